# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Points in time and windows: what ``since`` and ``until`` mean, and how a window is cut into requests.

All instants are epoch seconds (float). Written by hand rather than with ``datetime.fromisoformat``, which refuses a
trailing ``Z`` before Python 3.11.
"""

from __future__ import annotations

import math
import re
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError

FORMS = (
    "an age such as '90s', '15m', '2h' or '1d', an ISO 8601 time such as '2022-12-14T07:52:28Z' "
    "(without an offset it is UTC), or epoch seconds (from 100000000000 on: milliseconds)"
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_AGE = re.compile(r"([0-9]{1,9})\s?([smhd])", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,17}(?:\.[0-9]{1,9})?", re.ASCII)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"\s?([Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# 9999-12-31T23:59:59Z: later instants have no ISO form.
_LAST = 253402300799.0
_MILLISECONDS_FROM = 1e11
# A marker taken from the service's clock may be "later" than ours; that much difference is a clock, not a mistake.
CLOCK_TOLERANCE = 300.0
# Seconds that lie between two clocks before one is called behind, and when the difference is nonsense.
_CLOCK_NOISE, _CLOCK_MOST = 2.0, 86400.0


@dataclass(frozen=True)
class Window:
    """``since`` (None: everything the service still holds) to ``until``, epoch seconds, ``since`` < ``until``."""

    since: float | None
    until: float


def _reject(value: object, option: str, why: str = "") -> OptionsError:
    shown = repr(str(value)[:80])
    return OptionsError(f"{option}: {shown} is not a point in time{why}; allowed is {FORMS}.")


def parse_instant(text: str | float, now: float, option: str) -> float:
    """Epoch seconds of ``text``; ages count back from ``now``.

    Raises OptionsError that names ``option``, the value, and the allowed forms.
    """
    if isinstance(text, bool) or not isinstance(text, (str, int, float)):
        raise _reject(text, option)
    if isinstance(text, (int, float)):
        if not math.isfinite(text):
            raise _reject(text, option)
        return _number(float(text), text, option)
    stripped = str(text).strip()
    age = _AGE.fullmatch(stripped)
    if age is not None:
        result = now - int(age.group(1)) * _UNITS[age.group(2)]
        if result < 0:
            raise _reject(text, option, " after 1970")
        return result
    if _NUMBER.fullmatch(stripped):
        if len(stripped) == 8:
            # 20221214 would silently become a day in August 1970.
            raise _reject(text, option, " (write a date as 2022-12-14)")
        return _number(float(stripped), text, option)
    iso_form = _ISO.fullmatch(stripped)
    if iso_form is None:
        raise _reject(text, option)
    return _from_iso(iso_form, text, option)


def _number(value: float, shown: object, option: str) -> float:
    if value >= _MILLISECONDS_FROM:
        value /= 1000.0
    if not 0 <= value <= _LAST:
        raise _reject(shown, option)
    return value


def _from_iso(match: t.Match[str], shown: object, option: str) -> float:
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=timezone.utc
        )
    except ValueError as exc:
        raise _reject(shown, option, f" ({exc})") from exc
    result = (moment - _EPOCH).total_seconds() + (float("0." + fraction) if fraction else 0.0)
    if offset and offset not in "Zz":
        digits = offset[1:].replace(":", "")
        hours, minutes = int(digits[:2]), int(digits[2:] or 0)
        if hours > 18 or minutes > 59:
            raise _reject(shown, option, f" (offset {offset})")
        seconds = hours * 3600 + minutes * 60
        result += seconds if offset[0] == "-" else -seconds
    if not 0 <= result <= _LAST:
        raise _reject(shown, option)
    return result


def lag(clock: float, other: float) -> float:
    """Seconds that ``clock`` is behind ``other``; 0.0 when it is not, or cannot be."""
    seconds = other - clock
    return seconds if _CLOCK_NOISE < seconds < _CLOCK_MOST else 0.0


def resolve_window(
    since: str | float | None,
    until: str | float | None,
    now: float,
    default_since: float | None,
) -> Window:
    """The window that the options ``since`` and ``until`` ask for.

    ``default_since`` is how many seconds before the end the window starts when ``since`` is not given; None: no start.
    ``until`` later than ``now`` is cut to ``now``. Raises OptionsError for a reversed window or one in the future.
    """
    end = now if until is None else min(parse_instant(until, now, "until"), now)
    if since is None:
        return Window(None if default_since is None else max(0.0, math.ceil(end) - default_since), end)
    # Ages count from the second that is under way: ten minutes are then one request of 600 s and no second one.
    start = parse_instant(since, math.ceil(now), "since")
    if start > now + CLOCK_TOLERANCE:
        raise OptionsError(
            f"since: '{since}' is {iso(start)}, which is in the future (it is {iso(now)} by the clock of this machine)."
        )
    if start >= end and start >= now - CLOCK_TOLERANCE and end == now:
        # The marker came from a clock ahead of ours, or was taken this very second: an empty second, not an error.
        return Window(start, start + 1.0)
    if start >= end:
        raise OptionsError(
            f"since: '{since}' is {iso(start)}, not earlier than until ({iso(end)}); swap them or widen the window."
        )
    return Window(start, end)


class Windows:
    """The window of each round. Its start is fixed by the first one, so that a wait never loses what it waited for."""

    def __init__(
        self, options: t.Mapping[str, t.Any], default_since: float | None, clock: t.Callable[[], float]
    ) -> None:
        self._asked = (options.get("since"), options.get("until"), default_since)
        self._clock = clock
        self._began = round(clock(), 3)
        self._behind = 0.0
        self._resolve()

    def _resolve(self) -> None:
        since, until, default_since = self._asked
        now = self._began + self._behind
        self._first = resolve_window(since, until, now, default_since)
        self._until = None if until is None else parse_instant(until, now, "until")

    def now(self) -> float:
        """By our clock, which does not go back."""
        return max(self._began, round(self._clock(), 3))

    def at(self, now: float) -> Window:
        """The window of a round that starts at ``now`` by our clock."""
        now += self._behind
        end = now if self._until is None else min(now, self._until)
        return Window(self._first.since, max(end, self._first.until))

    def put_forward(self, server_time: float | None) -> None:
        """From now on go by the clock of the service, as its log does, if ours is behind."""
        more = 0.0 if server_time is None else lag(self.now() + self._behind, server_time)
        if more:
            first, self._behind = not self._behind, self._behind + more
            if first:
                self._resolve()

    @property
    def warning(self) -> str:
        """What the user should know about the clocks."""
        return (
            f"The clock of this machine is {self._behind:.0f} s behind the clock of the service; the log was read up to the "
            "service's time. Set the clock right (NTP)."
        )


def iso(epoch: float) -> str:
    """``2022-12-14T07:52:28Z``, with a fraction (at most microseconds) only when there is one."""
    micros = round(epoch * 1000000)
    moment = _EPOCH + timedelta(microseconds=micros)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S") if moment.year >= 1000 else moment.isoformat()[:19]
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    return f"{text}{fraction}Z"


def chunks(window: Window, span: int = 600, overlap: int = 1) -> list[tuple[int, int]]:
    """Cut ``window`` into ``(from, to)`` pairs of whole seconds, each at most ``span`` long, oldest first.

    Neighbors overlap by ``overlap`` seconds: with one second every instant lies strictly inside at least one pair or on
    the included side of an edge, whether the service counts its edges in or out. ``window.since`` must be set.
    """
    if window.since is None:
        raise ValueError("a window without a start cannot be cut")
    if not 0 < overlap < span:
        raise ValueError("overlap must be at least one second and smaller than span")
    start, end = math.floor(window.since), max(math.ceil(window.until), math.floor(window.since) + 1)
    result = []
    while True:
        stop = min(start + span, end)
        result.append((start, stop))
        if stop >= end:
            return result
        start = stop - overlap
