# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""In which zone a gateway prints its local time, found from the window a request asked for.

The provider filters on absolute seconds, and a request spans 600 s at most, less than the quarter of an hour that
lies between two possible offsets: at most one offset puts a line into its own request's window.
"""

from __future__ import annotations

import collections
import re
import typing as t

_QUARTER = 900
_LOWEST, _HIGHEST = -12 * 3600, 14 * 3600
_TOLERANCE = 60
DEFAULT = 8 * 3600
"""UTC+8: every published sample of Alibaba Cloud's log is in it."""


def parse_offset(text: str) -> int:
    """Seconds east of UTC for ``Z`` or ``+08:00``. Raises ValueError, naming the forms allowed."""
    if text in ("Z", "z", "UTC"):
        return 0
    found = re.match(r"([+-])(\d\d):?([0-5]\d)\Z", text)
    seconds = (int(found[2]) * 3600 + int(found[3]) * 60) * (-1 if found[1] == "-" else 1) if found else None
    if seconds is None or not _LOWEST <= seconds <= _HIGHEST:
        raise ValueError(f"log_timezone {text!r} is not 'auto' or an offset from -12:00 to +14:00 such as '+08:00'")
    return seconds


def format_offset(seconds: int) -> str:
    """``+08:00`` for 28800."""
    hours, rest = divmod(abs(seconds), 3600)
    return f"{'-' if seconds < 0 else '+'}{hours:02d}:{rest // 60:02d}"


def fit(
    locals_: t.Iterable[t.Optional[float]], offset: int, since: t.Optional[float], until: t.Optional[float]
) -> bool:
    """Whether local times of that offset lie in the window of their request, if it has one."""
    if since is None or until is None:
        return True
    return all(local is None or since - _TOLERANCE <= local - offset <= until + _TOLERANCE for local in locals_)


def _offset_of(local: float, since: float, until: float) -> t.Optional[int]:
    """The one quarter-hour offset that puts a local time into the window; None when none or more than one does."""
    low, high = local - until - _TOLERANCE, local - since + _TOLERANCE
    first = -(-low // _QUARTER) * _QUARTER
    if first > high or first + _QUARTER <= high or not _LOWEST <= first <= _HIGHEST:
        return None
    return int(first)


def offsets(
    locals_: t.Sequence[t.Optional[float]], since: t.Optional[float], until: t.Optional[float]
) -> t.Tuple[t.List[t.Optional[int]], bool]:
    """The offset of each line of one request's window, and whether it is certain.

    ``locals_``: the lines' printed local times as if they were UTC, None for a line without a stamp. A gateway that
    switched its zone inside the window shows as a run of one offset followed by a run of another. Not certain: no line
    fits any offset, or the lines disagree; then the offset most lines agree on is used, or None for all.
    """
    if all(local is None for local in locals_):
        return [None] * len(locals_), True
    if since is None or until is None:
        return [None] * len(locals_), False
    found = [None if local is None else _offset_of(local, since, until) for local in locals_]
    seen = [one for one in found if one is not None]
    if not seen:
        return [None] * len(locals_), False
    runs = [seen[0]]
    for one in seen:
        if one != runs[-1]:
            runs.append(one)
    usual = collections.Counter(seen).most_common(1)[0][0]
    strays = sum(1 for local, one in zip(locals_, found) if local is not None and one is None)
    if len(runs) == 1:
        return [usual] * len(locals_), not strays
    if len(set(runs)) != len(runs) or len(runs) > 2:
        return [usual] * len(locals_), False
    filled: t.List[t.Optional[int]] = []
    newest = float("-inf")
    for local, offset in zip(locals_, found):
        filled.append(offset if offset is not None else filled[-1] if filled else runs[0])
        if local is None:
            continue
        instant = local - t.cast(int, filled[-1])
        if instant < newest - _TOLERANCE:
            # A switch of the zone leaves lines in order: what puts later ones before earlier ones is a clock that is off.
            return [usual] * len(locals_), False
        newest = max(newest, instant)
    return filled, not strays
