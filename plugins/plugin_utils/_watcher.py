# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The blocking half of the event source: arguments to options, and one look after the other at the logs of one cloud."""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from contextlib import ExitStack
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.netops.cloud_vpn.plugins.module_utils._collect import CollectError, collect, may_heal
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import CloudVpnError, OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.place import Place
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.shape import Source
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.steps import (
    Settings,
    Step,
    advance,
    begin,
    lose_sight,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.story import Story
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import event_names, event_spec
from ansible_collections.netops.cloud_vpn.plugins.module_utils._provider import Provider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._records import Record
from ansible_collections.netops.cloud_vpn.plugins.module_utils._session import open_provider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import lag, parse_instant
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils import _asking

# What was missed is read in pieces of so many seconds, so that no look has to hold a week of lines.
SLICE = 3600.0


class Plan(NamedTuple):
    """What the arguments ask for. `jobs`: cloud -> validated options; `since`: where a watch without a place begins."""

    jobs: Dict[str, Dict[str, Any]]
    settings: Settings
    delay: float
    max_delay: float
    since: Optional[float]
    state_file: Optional[str]


def plan_of(args: Mapping[str, Any], now: float) -> Plan:
    """The plan for the arguments of an event source. Raises CloudVpnError with a sentence; nothing is sent."""
    names = event_names()
    _asking.refuse_unknown(args, names, "event source")
    _asking.refuse_twice(args, names)
    result = ArgumentSpecValidator(event_spec()).validate({names[key]: value for key, value in args.items()})
    if result.error_messages:
        raise OptionsError("{}.".format("; ".join(result.error_messages)))
    values = result.validated_parameters
    for name, least in (("delay", 1), ("max_delay", 1), ("overlap", 1)):
        if values[name] < least:
            raise OptionsError(f"{name}: {values[name]} is out of range; allowed is {least} or more.")
    memory = now - parse_instant(values["history"], now, "history")
    if memory < 0 or not str(values["history"])[-1:].isalpha():
        raise OptionsError(f"history: {values['history']!r} is no age; allowed is for example '12h' or '1d'.")
    jobs = _asking.checked_jobs(
        values["vpn_connection_ids"], values["provider"], values.get, "write an event source for each"
    )
    since = None if values["since"] is None else parse_instant(values["since"], now, "since")
    settings = Settings(float(values["overlap"]), memory, values["entries"])
    delay, longest = float(values["delay"]), float(values["max_delay"])
    return Plan(jobs, settings, delay, max(delay, longest), since, values["state_file"])


class Look(NamedTuple):
    """`steps` are to be told in their order. `behind`: there is more to read already. `error`: nothing could be read."""

    steps: List[Tuple[str, Step]]
    behind: bool
    error: Optional[CloudVpnError]


def pause(look: Look, failures: int, plan: Plan) -> float:
    """Seconds until the next look: full jitter while the cloud does not answer, and the service's own wish if it has one."""
    if look.error is None:
        return plan.delay
    if look.error.ends_task:
        return plan.max_delay
    wait = random.uniform(0.0, min(plan.max_delay, plan.delay * 2.0 ** min(failures, 30)))
    return max(wait, min(look.error.retry_after or 0.0, plan.max_delay))


def once(warn: Callable[[str], None]) -> Callable[[str], None]:
    """`warn` that says the same thing once, however often a look gives it."""
    said: Dict[str, None] = {}

    def say(text: str) -> None:
        if text not in said:
            said[text] = None
            warn(text)
        while len(said) > 1000:
            del said[next(iter(said))]

    return say


class Watcher:
    """Looks at the connections of one cloud. `places` are read, and written by whoever tells what was found."""

    def __init__(
        self,
        cloud: str,
        plan: Plan,
        places: Dict[str, Place],
        warn: Callable[[str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._cloud, self._plan, self._places, self._warn, self._clock = cloud, plan, places, warn, clock
        self._options = plan.jobs[cloud]
        self.ids: List[str] = list(self._options["vpn_connection_ids"])
        self._stories: Dict[str, Story] = {}
        self._began = False
        self._lock = threading.Lock()
        self._stack: Optional[ExitStack] = None
        self._closed = False
        self._slow = 0.0

    def look(self) -> Look:
        """Read on, one slice of each connection. Raises CloudVpnError at the first look for what waiting cannot heal."""
        now = self._now()
        records: Dict[str, Record] = {}
        errors: Dict[str, CloudVpnError] = {}
        behind = False
        try:
            provider = self._provider()
            self._begin_stories(provider, now, errors)
            for since in sorted({self._places[one].since for one in self._stories}):
                ids = [one for one in self._stories if self._places[one].since == since]
                until = None if now - since <= SLICE + self._plan.settings.overlap else since + SLICE
                behind = behind or until is not None
                self._collect(provider, ids, since, until, records, errors)
        except CloudVpnError as exc:
            errors = {one: errors.get(one, exc) for one in self.ids if one not in records}
        if errors and not self._began:
            self._refuse(errors)
        self._began = self._began or bool(records)
        steps = [
            (one, advance(self._places[one], self._stories[one], record, self._plan.settings))
            for one, record in records.items()
        ]
        for one, error in errors.items():
            source = Source(self._cloud, one, self._options.get("region"))
            steps.append((one, lose_sight(self._places[one], source, error, now)))
        if records:
            return Look(steps, behind and not errors, None)
        # Keys and tokens may be new ones the next time, and so may the service's addresses.
        self._shut()
        return Look(steps, False, next(iter(errors.values())))

    def close(self) -> None:
        """End requests in flight, from whichever thread; no look goes on after that."""
        self._closed = True
        self._shut()

    def _provider(self) -> Provider:
        with self._lock:
            if self._closed:
                raise OptionsError("The event source has ended.")
            if self._stack is None:
                self._stack = ExitStack()
                factory = _asking.factory_of(self._cloud)
                self._open = self._stack.enter_context(open_provider(factory, self._options, os.environ))
            return self._open

    def _shut(self) -> None:
        with self._lock:
            stack, self._stack = self._stack, None
        if stack is not None:
            stack.close()

    def _begin_stories(self, provider: Provider, now: float, errors: Dict[str, CloudVpnError]) -> None:
        """Read what was before the place of each connection whose story has not begun, so that verdicts have a past."""
        fresh = [one for one in self.ids if one not in self._stories]
        for place in sorted({self._places[one].since for one in fresh}):
            ids = [one for one in fresh if self._places[one].since == place]
            stories = {one: Story(self._options.get("tunnel_ids") or ()) for one in ids}
            start = min(place, now) - self._plan.settings.memory
            while start < min(place, now) and stories:
                until = min(start + SLICE, place, now)
                everything = provider.default_since is None
                records: Dict[str, Record] = {}
                failed: Dict[str, CloudVpnError] = {}
                self._collect(provider, list(stories), None if everything else start, until, records, failed)
                errors.update(failed)
                stories = {one: story for one, story in stories.items() if one in records}
                for one, story in stories.items():
                    begin(story, self._places[one], records[one])
                    self._correct(one, records[one])
                start = place if everything else until
            self._stories.update(stories)

    def _collect(
        self,
        provider: Provider,
        ids: List[str],
        since: Optional[float],
        until: Optional[float],
        records: Dict[str, Record],
        errors: Dict[str, CloudVpnError],
    ) -> None:
        whole = {"since": since, "until": until, "limit": sys.maxsize, "query": None, "wait": False}
        try:
            records.update(
                collect(provider, {**self._options, **whole, "vpn_connection_ids": ids}, self._warn, clock=self._now)
            )
        except CollectError as exc:
            records.update(exc.records)
            errors.update(exc.errors)
        for record in records.values():
            self._note_clock(record)

    def _now(self) -> float:
        """Our clock, or the service's when that is ahead; never before what was read already."""
        return max(self._clock() + self._slow, *(self._places[one].since for one in self.ids))

    def _note_clock(self, record: Record) -> None:
        """Take the service's clock from a record that was read just now."""
        if record["server_time"] is not None:
            self._slow = lag(self._clock(), parse_instant(record["server_time"], 0.0, "server_time"))

    def _correct(self, connection_id: str, record: Record) -> None:
        """A watch that begins now begins by the clock of the service, if ours is ahead of it."""
        place = self._places[connection_id]
        if self._plan.since is None and not place.verdicts and record["server_time"] is not None:
            theirs = parse_instant(record["server_time"], 0.0, "server_time")
            if lag(theirs, place.since):
                self._places[connection_id] = place._replace(since=theirs)

    def _refuse(self, errors: Mapping[str, CloudVpnError]) -> None:
        """A wrong password, a missing library, or IDs none of which exists: somebody is there to be told, and to mend it."""
        for error in errors.values():
            if error.ends_task:
                raise error
        first = next(iter(errors.values()))
        if len(errors) == len(self.ids) and not any(may_heal(error) for error in errors.values()):
            raise first
