# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The answer to the log query as lines in order, cut to the window.

``time`` is the line's own stamp cut to whole seconds, and the order of the list is not documented; so lines are put in
order by their own stamps.
"""

from __future__ import annotations

import re
import typing as t
from datetime import datetime

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError, ProtocolError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window, parse_instant

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpResponse

# The console manual speaks of the most recent 200 lines; the API page names no number.
KEPT_LINES = 200
_MILLISECONDS_FROM = 1e11
_STAMP = re.compile(r"\s*(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d))(?=\s|\Z)", re.ASCII)


class Line(t.NamedTuple):
    """One line, ``time`` as the service gives it, and ``moment``: the exact instant as far as it is known."""

    raw: str
    time: float | None
    moment: float | None


def read_lines(response: HttpResponse, service: str) -> list[Line]:
    """All lines of an answer, oldest first. Raises ProtocolError when it is not what the log query answers."""
    body = response.json()

    def wrong(what: str) -> ProtocolError:
        return ProtocolError(f"{service} answered the log query with {what}.", http_status=200, service=service)

    if not isinstance(body, dict):
        raise wrong(f"a JSON {type(body).__name__} instead of an object")
    logs = body.get("logs")
    if logs is None:
        return []
    if not isinstance(logs, list):
        raise wrong(f"'logs' as {type(logs).__name__} instead of a list")
    lines = []
    for number, item in enumerate(logs):
        raw = item.get("raw_message") if isinstance(item, dict) else None
        if not isinstance(raw, str):
            raise wrong(f"an entry {number} of 'logs' that has no text in 'raw_message'")
        stamp = item.get("time")
        if isinstance(stamp, str) and re.fullmatch(r"[0-9]{1,16}", stamp):
            stamp = int(stamp)
        if stamp is not None and (
            isinstance(stamp, bool) or not isinstance(stamp, (int, float)) or not 0 <= stamp < 1e15
        ):
            raise wrong(f"an entry {number} of 'logs' whose 'time' is no time")
        if stamp is not None and stamp >= _MILLISECONDS_FROM:
            stamp /= 1000.0
        lines.append(Line(raw, stamp, _moment(raw, stamp)))
    return _ordered(lines)


def _moment(raw: str, stamp: float | None) -> float | None:
    """The stamp inside the line when it is of the same second as ``time``, else ``time``."""
    found = _STAMP.match(raw)
    if found is None:
        return stamp
    try:
        own = _instant(found.group(1).replace(",", "."))
    except OptionsError:
        return stamp
    return own if stamp is None or abs(own - stamp) < 2.0 else stamp


def _instant(text: str) -> float:
    """Epoch seconds of a stamp. Every line has one, so it is read the fast way, which older Pythons know for fewer forms."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return parse_instant(text, 0.0, "time")


def _ordered(lines: list[Line]) -> list[Line]:
    known = [line.moment for line in lines if line.moment is not None]
    steps = [(after > before) - (after < before) for before, after in zip(known, known[1:])]
    if sum(steps) < 0:
        # Newest first: turned round before sorting, so that lines of the same instant come out oldest first as well.
        lines = lines[::-1]
    keyed = []
    last = float("-inf")
    for line in lines:
        last = line.moment if line.moment is not None else last
        keyed.append((last, line))
    return [line for _key, line in sorted(keyed, key=lambda pair: pair[0])]


def within(lines: t.Sequence[Line], window: Window, live: bool) -> list[Line]:
    """The lines inside ``window``; with ``live`` the end is now, by whichever clock, and nothing is cut there."""
    return [
        line
        for line in lines
        if line.moment is None
        or ((window.since is None or _latest(line) >= window.since) and (live or line.moment <= window.until))
    ]


def _latest(line: Line) -> float:
    """The last instant at which the line may have been written: ``time`` without a stamp is any part of its second."""
    moment = line.moment or 0.0
    return moment + 0.999 if moment == line.time and float(moment).is_integer() else moment


def is_cut(lines: t.Sequence[Line], window: Window) -> bool:
    """Whether older lines of the window may be gone: the service keeps the newest ones only."""
    if window.since is None or len(lines) < KEPT_LINES:
        return False
    oldest = min((line.moment for line in lines if line.moment is not None), default=None)
    return oldest is None or oldest > window.since
