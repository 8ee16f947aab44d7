# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Where the watch over one VPN connection stands: what was told, and from where to look on.

Entries are told apart by counting. Equal lines of the same second have the same fingerprint; a look that holds more of
them than were told holds new ones. So it does not matter in which order lines come, how late, or how looks overlap.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._records import Entry, Health

_OWN_STAMP = re.compile(r"\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d", re.ASCII)


class Verdict(t.NamedTuple):
    """What was told last about a connection or a tunnel; ``id`` is that of the event, ``since`` that of the HEALTH."""

    id: str
    state: str
    reason: t.Optional[str]
    phase: t.Optional[int]
    persistent: t.Optional[bool]
    since: t.Optional[str]

    @classmethod
    def of(cls, health: Health, event_id: str) -> Verdict:
        return cls(event_id, health["state"], health["reason"], health["phase"], health["persistent"], health["since"])


class Sightings(t.NamedTuple):
    """How many entries of one fingerprint were told, and when the last look ended that held one."""

    told: int
    last: float


class Place(t.NamedTuple):
    """``since``: where the next look begins, epoch seconds. ``verdicts``: by tunnel ID, that of the connection by ``""``.

    ``blind_since``: the connection cannot be read since then, and that was told. ``pending``: keys of verdicts that may
    have changed, which the next look is to decide. ``unsure``: keys of verdicts that may have been told and were not noted.
    """

    since: float
    seen: t.Mapping[str, Sightings] = {}
    verdicts: t.Mapping[str, Verdict] = {}
    blind_since: t.Optional[float] = None
    pending: t.FrozenSet[str] = frozenset()
    unsure: t.FrozenSet[str] = frozenset()

    def to_json(self) -> t.Dict[str, t.Any]:
        """As plain types; ``from_json`` reads it."""
        by_look: t.Dict[str, t.Dict[str, int]] = {}
        for mark, (told, last) in self.seen.items():
            by_look.setdefault(repr(last), {})[mark] = told
        return {
            "since": self.since,
            "seen": by_look,
            "verdicts": {key: verdict._asdict() for key, verdict in self.verdicts.items()},
            "blind_since": self.blind_since,
            "pending": sorted(self.pending),
            "unsure": sorted(self.unsure),
        }

    @classmethod
    def from_json(cls, data: t.Any) -> Place:
        """Raises ValueError for anything that ``to_json`` does not write."""
        try:
            seen = {
                str(mark): Sightings(_count(told), _moment(float(last)))
                for last, marks in data["seen"].items()
                for mark, told in marks.items()
            }
            verdicts = {str(key): _verdict(**told) for key, told in data["verdicts"].items()}
            blind = data["blind_since"]
            keys = [frozenset(str(key) for key in data[name]) for name in ("pending", "unsure")]
            return cls(_moment(data["since"]), seen, verdicts, None if blind is None else _moment(blind), *keys)
        except (KeyError, TypeError, AttributeError) as exc:
            raise ValueError(str(exc)) from exc


class Counted(t.NamedTuple):
    """One entry of a look: ``number`` counts those with the same ``mark`` from 1 on."""

    entry: Entry
    mark: str
    number: int


def fingerprint(entry: Entry) -> str:
    """The same for the same line at every look, whatever was made of it.

    A line that prints its own time is told by its text: which zone that time is in may be known better at a later look.
    """
    return _mark(entry, None if _OWN_STAMP.match(entry["raw"]) else entry["timestamp"])


def count(entries: t.Iterable[Entry]) -> t.List[Counted]:
    """Each entry with its fingerprint and its number among its equals."""
    numbers: t.Dict[str, int] = {}
    counted = []
    for entry in entries:
        mark = fingerprint(entry)
        numbers[mark] = numbers.get(mark, 0) + 1
        counted.append(Counted(entry, mark, numbers[mark]))
    return counted


def is_told(place: Place, one: Counted) -> bool:
    """Whether the entry was told at an earlier look."""
    sightings = place.seen.get(one.mark)
    return sightings is not None and one.number <= sightings.told


def remember(
    seen: t.Mapping[str, Sightings], told: t.Iterable[Counted], until: float, since: float
) -> t.Dict[str, Sightings]:
    """The sightings after a look that ended at ``until``; what no window from ``since`` on can hold is forgotten."""
    after = {mark: one for mark, one in seen.items() if one.last >= since}

    def note(mark: str, number: int) -> None:
        before = seen.get(mark)
        after[mark] = Sightings(max(number, before.told if before else 0), until)

    wrapped: t.Dict[str, int] = {}
    for one in told:
        note(one.mark, one.number)
        if one.entry["timestamp"] is not None and not _OWN_STAMP.match(one.entry["raw"]):
            # Half of a wrapped line: once a window begins behind its first half, nobody can tell its time any more.
            orphan = _mark(one.entry, None)
            wrapped[orphan] = wrapped.get(orphan, 0) + 1
            note(orphan, wrapped[orphan])
    return after


def _mark(entry: Entry, timestamp: t.Optional[str]) -> str:
    text = json.dumps([entry["tunnel_id"], timestamp, entry["raw"]])
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _count(value: t.Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{value!r} is not a count")
    return value


def _moment(value: t.Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{value!r} is not a point in time")
    return float(value)


def _verdict(**told: t.Any) -> Verdict:
    if not isinstance(told["state"], str) or not isinstance(told["id"], str):
        raise ValueError("a verdict without state or ID")
    return Verdict(**told)
