# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""One step of a watch: the place before and a new RECORD in, events and the place after them out."""

from __future__ import annotations

import math
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import CloudVpnError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events import shape
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.place import (
    Counted,
    Place,
    Verdict,
    count,
    is_told,
    remember,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.story import WHOLE, Story
from ansible_collections.netops.cloud_vpn.plugins.module_utils._records import Health, Record
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import parse_instant

# A service that says its log is not accurate yet is read from the same moment again for so long.
HOLD = 900.0
# Whole minutes, so that connections whose answers came a second apart are read together the next time; and no more than
# a day, since a proxy may answer with any date.
_SKEW_STEP, _SKEW_MOST = 60.0, 86400.0
# Seconds that a re-key may leave a tunnel without an SA.
_REKEY = 5.0
_PASSING = ("up", "degraded")


class Settings(t.NamedTuple):
    """``overlap``: seconds that the next look reads again, for late lines. ``memory``: seconds that a flap counts.

    ``entries``: whether each log entry is an event.
    """

    overlap: float = 300.0
    memory: float = 3600.0
    entries: bool = True


class Item(t.NamedTuple):
    """An event and what holds once it was told."""

    event: shape.Event
    entry: t.Optional[Counted] = None
    verdict: t.Optional[Verdict] = None
    sighted: bool = False
    blind_since: t.Optional[float] = None


class Step(t.NamedTuple):
    """Events in the order in which they are to be told, and the place once all of them were."""

    items: t.List[Item]
    place: Place
    until: float


def begin(story: Story, place: Place, record: Record) -> None:
    """Let a new story know what the log held before ``place``. Nothing of it is told."""
    for one in count(record["logs"]):
        if one.entry["epoch"] is None or one.entry["epoch"] < place.since:
            story.read([one.entry])
            story.past[one.mark] = one.number


def advance(place: Place, story: Story, record: Record, settings: Settings) -> Step:
    """What is new in ``record``, whose window begins at ``place.since`` and whose ``logs`` hold all entries of it.

    A new story reads what was told before as well. Verdicts come before entries: whoever is stopped among many entries
    has told what matters, and no entry counts as told whose verdict was not.
    """
    source = shape.Source(record["provider"], record["connection_id"], record["region"])
    until = parse_instant(record["window"]["until"], 0.0, "until")
    counted = count(record["logs"])
    fresh = [one for one in counted if not is_told(place, one)]
    # A window begins at a whole second, and what is of that second may belong to the past as well.
    unread = [one for one in counted if one.number > story.past.get(one.mark, 0)]
    if story.known is None:
        story.read(one.entry for one in unread if is_told(place, one))
        story.known = story.healths(until)
        story.past = {}
    before = story.known
    lost = bool(not record["complete"] and fresh and len(fresh) == len(counted))
    if lost:
        story.forget()
    story.read(one.entry for one in unread if not is_told(place, one))
    after = story.healths(until)
    story.known = after

    items: t.List[Item] = []
    if place.blind_since is not None:
        items.append(Item(shape.sighted_event(source, place.blind_since, until), sighted=True))
    if lost:
        items.append(Item(shape.gap_event(source, place.since, fresh[0].entry["timestamp"])))
    tunnels = {key: health for key, health in after.items() if key != WHOLE}
    pending = set()
    for key, health in after.items():
        told = place.verdicts.get(key)
        if told and _may_be_a_rekey(told, health, until):
            pending.add(key)
        elif (
            told is None or key in place.unsure or _changed(told, None if key in place.pending else before[key], health)
        ):
            event = shape.verdict_event(source, key or None, health, told, {} if key else tunnels)
            items.append(Item(event, verdict=Verdict.of(health, event["vpn"]["id"])))
    if settings.entries:
        items += [Item(shape.entry_event(source, one), entry=one) for one in fresh]

    since = _next_since(place, record, until, settings.overlap)
    story.settle(since, until - settings.memory)
    verdicts = {**place.verdicts, **_told_verdicts(items)}
    seen = remember(place.seen, counted, until, since)
    waits = frozenset(pending)
    return Step(items, Place(since, seen, verdicts, None, waits, place.unsure & waits), until)


def lose_sight(place: Place, source: shape.Source, error: CloudVpnError, now: float) -> Step:
    """The log could not be read at ``now``: told once, until it can be read again."""
    if place.blind_since is not None:
        return Step([], place, now)
    event = shape.blind_event(source, place.since, now, error)
    return Step([Item(event, blind_since=now)], place._replace(blind_since=now), now)


def announce(place: Place, step: Step) -> Place:
    """The place to keep before ``step`` is told: whoever finds it after a crash tells its verdicts, whatever they are then.

    Otherwise a tunnel that went down, which was told, and came back while nobody looked would stay down for the rulebook.
    """
    return place._replace(unsure=place.unsure | frozenset(_told_verdicts(step.items)))


def part(place: Place, step: Step, told: int) -> Place:
    """The place when only the first ``told`` events of ``step`` were told, and the others are to be told again."""
    done = step.items[: max(0, told)]
    if len(done) == len(step.items):
        return step.place
    blind = place.blind_since
    for item in done:
        blind = item.blind_since if item.blind_since is not None else None if item.sighted else blind
    entries = [item.entry for item in done if item.entry]
    seen = remember(place.seen, entries, step.until, place.since)
    verdicts = {**place.verdicts, **_told_verdicts(done)}
    unsure = place.unsure - frozenset(_told_verdicts(done))
    return Place(place.since, seen, verdicts, blind, place.pending | step.place.pending, unsure)


def _told_verdicts(items: t.Iterable[Item]) -> t.Dict[str, Verdict]:
    return {item.event["vpn"]["tunnel_id"] or WHOLE: item.verdict for item in items if item.verdict}


def _changed(told: Verdict, before: t.Optional[Health], after: Health) -> bool:
    """Whether what was told does not hold any more, and what is new says so (``before``: the verdict without that).

    A tunnel that is down and tries again is down. One that went and came back between two looks has changed.
    """
    if told.state == "down" and after["state"] == "negotiating":
        return False
    if before and _key(after) == _key(before):
        return bool(after["flaps"] > before["flaps"] and after["since"] != told.since)
    return _key(after) != (told.state, told.reason, told.persistent)


def _may_be_a_rekey(told: Verdict, health: Health, until: float) -> bool:
    """A tunnel that went down this very moment: the line that says its new SA stands may be on its way."""
    if told.state not in _PASSING or health["state"] in _PASSING or health["persistent"] or not health["last_event"]:
        return False
    return until - parse_instant(health["last_event"], 0.0, "last_event") < _REKEY


def _key(health: Health) -> t.Tuple[t.Any, ...]:
    return health["state"], health["reason"], health["persistent"]


def _next_since(place: Place, record: Record, until: float, overlap: float) -> float:
    """Where the next look begins, by the clock of the service when ours is ahead of it.

    Never before the place, or lines from before the watch began would be told.
    """
    end = until
    if record["server_time"] is not None:
        behind = until - parse_instant(record["server_time"], 0.0, "server_time")
        if 2.0 < behind < _SKEW_MOST:
            end -= math.ceil(behind / _SKEW_STEP) * _SKEW_STEP
    if not record["complete"]:
        end = min(end, max(place.since + overlap, until - HOLD))
    return max(place.since, end - overlap)
