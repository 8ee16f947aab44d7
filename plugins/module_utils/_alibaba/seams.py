# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Order and seams: lines of neighboring request windows joined without loss and without doubles.

Neighboring windows overlap by a second, because nothing says whether the service counts ``From`` and ``To`` in. The
lines of the overlap therefore come once or twice. Their own stamps (local time of an unknown zone) cannot be compared
with the windows, but they can be compared with each other.
"""

from __future__ import annotations

import re
import typing as t
from collections import Counter

_STAMP = re.compile(r"\s*(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)", re.ASCII)


def stamp(line: str) -> str | None:
    """The second a line names, as text that sorts like time; None for a line without a stamp of its own."""
    found = _STAMP.match(line)
    return found.group(1).replace("T", " ") if found else None


def descends(answers: t.Iterable[t.Sequence[str]]) -> bool:
    """True when most steps from one stamp to the next different one, over all answers, go back in time."""
    steps = 0
    for lines in answers:
        last = None
        for line in lines:
            here = stamp(line)
            if here is None:
                continue
            if last is not None and here != last:
                steps += 1 if here > last else -1
            last = here
    return steps < 0


def turned(answers: t.Sequence[t.Sequence[str]]) -> list[list[str]]:
    """Answers that come newest first, oldest first.

    Within a second the service may still tell the lines in the order they were printed; then an answer can end with a
    line without a stamp, which never happens when the whole order is reversed.
    """
    by_second = any(lines and stamp(lines[0]) is not None and stamp(lines[-1]) is None for lines in answers)
    if not by_second:
        return [list(reversed(lines)) for lines in answers]
    return [[line for block in reversed(list(_seconds(lines))) for line in block] for lines in answers]


def _seconds(lines: t.Sequence[str]) -> t.Iterator[list[str]]:
    block: list[str] = []
    current = None
    for line in lines:
        here = stamp(line)
        if here is not None and here != current:
            if block:
                yield block
            block, current = [], here
        block.append(line)
    if block:
        yield block


def without_overlap(earlier: t.Sequence[str], later: t.Sequence[str]) -> tuple[list[str], bool]:
    """``later`` without the lines that ``earlier`` (the window before it) ends with already. Both oldest first.

    The second value is False when only lines without a stamp match: whether they are the same lines cannot be known.
    """
    if not earlier or not later:
        return list(later), True
    shared = _shared_stamps(earlier, later)
    # No longer than ``later``: what lies before cannot be part of the overlap.
    tail = earlier[-len(later) :]
    length = _common(tail, later)
    rest = Counter(tail)
    # Usual case: the overlap is the end of one answer and the start of the other, line by line. It is believed when
    # nothing after it was in the earlier answer too.
    if any(stamp(line) in shared and rest[line] > 0 for line in later[length:]):
        return _by_records(earlier, later, shared), True
    certain = length == 0 or any(stamp(line) is not None for line in later[:length])
    return list(later[length:]), certain


def _shared_stamps(earlier: t.Sequence[str], later: t.Sequence[str]) -> set[str]:
    seen = {stamp(line) for line in later}
    return {here for here in map(stamp, earlier) if here is not None and here in seen}


def _common(tail: t.Sequence[str], head: t.Sequence[str]) -> int:
    """Length of the longest end of ``tail`` that ``head`` starts with (prefix function: linear)."""
    fallback = [0] * len(head)
    matched = 0
    for index in range(1, len(head)):
        while matched and head[index] != head[matched]:
            matched = fallback[matched - 1]
        if head[index] == head[matched]:
            matched += 1
        fallback[index] = matched
    matched = 0
    for index, line in enumerate(tail):
        while matched and (matched == len(head) or line != head[matched]):
            matched = fallback[matched - 1]
        if line == head[matched]:
            matched += 1
        if matched == len(head) and index < len(tail) - 1:
            matched = fallback[matched - 1]
    return matched


def _records(lines: t.Sequence[str]) -> t.Iterator[tuple[str, ...]]:
    """A stamped line with the lines without a stamp that follow it."""
    record: list[str] = []
    for line in lines:
        if record and stamp(line) is not None:
            yield tuple(record)
            record = []
        record.append(line)
    if record:
        yield tuple(record)


def _by_records(earlier: t.Sequence[str], later: t.Sequence[str], shared: set[str]) -> list[str]:
    """The two answers tell the overlap in a different order or number: every record counts as often as in the answer
    that has more of it."""
    known = Counter(record for record in _records(earlier) if stamp(record[0]) in shared)
    result: list[str] = []
    for record in _records(later):
        if known[record] > 0:
            known[record] -= 1
        else:
            result.extend(record)
    return result
