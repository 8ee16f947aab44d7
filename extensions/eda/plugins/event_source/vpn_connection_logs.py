# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event source: what happens to cloud VPN connections, from their logs."""

from __future__ import annotations

DOCUMENTATION = r"""
---
short_description: Receive log entries and verdicts of cloud VPN connections
description:
  - An ansible-rulebook event source plugin that reads the logs of VPN connections of Alibaba Cloud, Huawei Cloud, and Open
    Telekom Cloud again and again, and sends an event for each new log entry and for each change of the verdict.
  - It sends an event as well when a log cannot be read any more, when it can be read again, and when lines were lost, so
    that silence is never mistaken for health.
  - It keeps its place. With O(state_file) it goes on after a restart where it stopped.
author:
  - Contributors to the netops.cloud_vpn collection (!UNKNOWN)
requirements:
  - ansible-core and the Python library requests, in the Python that runs ansible-rulebook
options:
  vpn_connection_ids:
    description:
      - IDs of VPN connections. Those of both clouds may be mixed, as long as what both need (the region, for example)
        comes from the environment variables of each cloud.
    type: list
    elements: str
    required: true
    aliases: [vpn_connection_id]
  provider:
    description:
      - The cloud. V(auto) tells it by the form of each ID.
    type: str
    choices: [auto, alibaba, huawei]
    default: auto
  delay:
    description:
      - Seconds between two looks at the logs.
    type: int
    default: 60
    aliases: [interval]
  max_delay:
    description:
      - Seconds to wait at the most while a cloud does not answer. Waits grow from O(delay) to this, each by chance
        (full jitter), so that many event sources do not come back all at once.
      - When a cloud refuses the sign-in, the wait has this length at once, so that no account is locked.
    type: int
    default: 900
  since:
    description:
      - Where a watch begins that has no place yet, in the forms that the modules take, such as V(2h). Older entries send
        no events.
      - By default it begins when the event source starts.
    type: str
  history:
    description:
      - How far back the log is read at the start so that the verdict has a past. Nothing of it is sent as an entry.
      - A healthy, idle tunnel prints nothing for hours. To know it at once, take the lifetime of its IPsec SA; Alibaba Cloud
        needs a request for each ten minutes of each VPN connection. Without that, its verdict is V(unknown) until it is
        heard of, and after a restart the one that was sent last stands.
      - Also how long a lost tunnel counts for the verdict V(degraded).
    type: str
    default: 1h
  overlap:
    description:
      - Seconds that each look reads again. A line that comes into the log later than this is not found.
    type: int
    default: 300
  entries:
    description:
      - Whether to send an event for each log entry. Turn it off for busy logs when rules need the verdicts only.
    type: bool
    default: true
  state_file:
    description:
      - Path of a file for the places of these VPN connections. It is made with mode 0600, and each event source needs its
        own. Its folder must exist.
      - Without it a restart begins anew, at O(since).
      - VPN connections that are added later begin at O(since), and those left out are forgotten.
    type: path
  feedback:
    description:
      - Wait until ansible-rulebook confirms each event. It does so only when it keeps events in a database.
    type: bool
    default: false
notes:
  - All options of the lookup P(netops.cloud_vpn.vpn_connection_logs#lookup) that say how to connect and sign in, and
    C(tunnel_ids), C(log_timezone), C(region), and C(endpoint), are options here too, by the same names and with the same
    environment variables. See C(ansible-doc -t lookup netops.cloud_vpn.vpn_connection_logs). C(until), C(limit), C(query),
    and C(wait) have no meaning here. C(endpoint) and C(security_token) belong to one cloud. With one of them, write an event
    source for each cloud.
  - Give secrets by the environment, by files of the clouds' own tools, or by variables of ansible-rulebook. What a rulebook
    holds as plain text is printed by ansible-rulebook itself with C(-vv).
  - Each event is sent at least once. The place is kept when ansible-rulebook has taken the events of a look, and every
    second while there are many. What it took after that is sent again when it was ended in between, with the same
    C(event.vpn.id), which is C(event.meta.uuid) as well. A verdict that may have been sent right before a crash is sent
    afterwards as it is then, so that a rulebook never keeps an old one. Actions that an end interrupts are not started again, unless
    ansible-rulebook keeps events in a database and O(feedback) is on.
  - A verdict is about all that was read since the start, C(history) included. Silence does not change it. An attempt to
    connect does not change V(down). A tunnel that went down and came back between two looks sends its verdict with a
    greater C(flaps).
  - In all texts of events, controls and other characters that do not show are written as their number (C(\\x1b)), and
    a brace is set apart by a space where Jinja would begin, since ansible-playbook runs templates in event data.
  - At the first look, errors that waiting cannot heal end the event source, and ansible-rulebook with it.
"""

EXAMPLES = r"""
- netops.cloud_vpn.vpn_connection_logs:
    vpn_connection_ids:
      - vco-m5e83sapxp88cgp5f
    region: eu-central-1
    state_file: /var/lib/rulebooks/vpn.json

- netops.cloud_vpn.vpn_connection_logs:
    vpn_connection_ids: "{{ vpn_connection_ids }}"
    delay: 30
    entries: false
    since: 1h

# Every event has these keys. "meta" is ansible-rulebook's.
#
# vpn:
#   type: verdict                   # verdict, entry, gap, blind, sighted
#   id: 0f4b4c5e-5a0e-0d5b-7d2e-5c8b1d0a9f11
#   provider: alibaba
#   connection_id: vco-m5e83sapxp88cgp5f
#   region: eu-central-1
#   tunnel_id: null                 # set when tunnel_ids was given
#
# verdict: the first one, and each that differs from the one before. "health" is that of the modules, "previous" the last
# verdict sent (state null before the first). With tunnel_ids each tunnel sends its own, and the connection one with "tunnels".
#
# vpn:
#   type: verdict
#   health:
#     state: down                   # up, degraded, negotiating, down, unknown
#     reason: psk_mismatch
#     phase: 1
#     persistent: true              # waiting will not help
#     since: "2022-12-14T07:52:10Z"
#     last_event: "2022-12-14T07:52:28Z"
#     flaps: 1
#     time_to_up: null
#     hint: Compare the pre-shared key on both ends.
#     evidence:
#       - timestamp: "2022-12-14T07:52:28Z"
#         message: authentication failure
#   previous: {state: up, reason: null, phase: null, persistent: null}
#   tunnels: {}
#
# entry: a new log entry, as the modules return it, without "sequence".
#
# vpn:
#   type: entry
#   entry:
#     timestamp: "2022-12-14T07:52:28Z"
#     epoch: 1671004348
#     level: error
#     source: ikev2_auth.c:614
#     message: authentication failure
#     raw: "2022-12-14 15:52:28 vco-m5e83sapxp88cgp5f [PROTO_ERR]: ikev2_auth.c:614:ikev2_verify(): authentication failure"
#     event: negotiation_failed
#     phase: 1
#     reason: psk_mismatch
#     peer: null
#     tunnel_id: null
#     provider: alibaba
#     connection_id: vco-m5e83sapxp88cgp5f
#
# gap: lines of this time may be lost. Huawei Cloud keeps the newest 200 lines of a VPN connection only.
#
# vpn: {type: gap, since: "2022-12-14T07:40:00Z", until: "2022-12-14T07:51:03Z"}
#
# blind: the log cannot be read. Sent once, until it can be read again.
#
# vpn:
#   type: blind
#   since: "2022-12-14T07:53:28Z"
#   error: {kind: transport, code: null, message: The connection was refused., http_status: null, request_id: null,
#           retryable: true, service: Alibaba Cloud}
#
# sighted: it can be read again. What was logged meanwhile is sent behind this.
#
# vpn: {type: sighted, since: "2022-12-14T07:53:28Z", until: "2022-12-14T08:03:28Z", seconds: 600.0}

# A rule for a tunnel that will not come back by itself
- name: Tunnels
  hosts: localhost
  sources:
    - netops.cloud_vpn.vpn_connection_logs:
        vpn_connection_ids: [vco-m5e83sapxp88cgp5f]
        region: eu-central-1
  rules:
    - name: Down until somebody changes something
      condition: event.vpn.type == "verdict" and event.vpn.health.state == "down" and event.vpn.health.persistent
      action:
        debug:
          msg: "{{ event.vpn.connection_id }} is down ({{ event.vpn.health.reason }}). {{ event.vpn.health.hint }}"
"""

import asyncio
import logging
import os
import sys
import time
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any, Dict, Optional, Sequence

COLLECTION = "ansible_collections.netops.cloud_vpn"


class _OwnCollection:
    """Finds the collection that this file is part of.

    ansible-rulebook runs an event source as a file, and ansible-core's own finder cannot be set up in its process: with its
    path hook in place, ansible-rulebook finds no further plugin. Nothing but this one collection is found here.
    """

    root = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4))

    @classmethod
    def find_spec(cls, name: str, path: Optional[Sequence[str]] = None, target: Any = None) -> Optional[ModuleSpec]:
        """The collection, and the namespaces above it where nobody else has them."""
        if name != COLLECTION and not COLLECTION.startswith(name + "."):
            return None
        spec = PathFinder.find_spec(name, path) if name != COLLECTION else None
        if spec is None:
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [cls.root] if name == COLLECTION else []
        return spec


if COLLECTION not in sys.modules:
    sys.meta_path.insert(0, _OwnCollection)

try:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import CloudVpnError
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.place import Place
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.place_file import PlaceFile
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.steps import Step, announce, part
    from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._watcher import (
        Plan,
        Watcher,
        once,
        pause,
        plan_of,
    )
except ImportError as exc:
    if (exc.name or "").partition(".")[0] != "ansible":
        raise
    raise ImportError(
        "The event source netops.cloud_vpn.vpn_connection_logs needs ansible-core in the Python that runs "
        f"ansible-rulebook ({sys.executable})."
    ) from exc

# Seconds after which places are kept in the middle of many events.
KEEP = 1.0

logger = logging.getLogger("netops.cloud_vpn.vpn_connection_logs")


class _Teller:
    """Hands events to ansible-rulebook, and knows which of them it has taken."""

    def __init__(self, queue: Any, feedback: Any, places: Dict[str, Place], state: Optional[PlaceFile]) -> None:
        self._queue, self._feedback, self._places, self._state = queue, feedback, places, state
        # ansible-rulebook wraps a queue for one event: an event that still lies there is lost when it stops.
        inner = getattr(queue, "queue", queue)
        self._inner = inner if getattr(inner, "maxsize", 0) > 0 else None

    async def tell(self, connection_id: str, step: Step) -> None:
        """Send the events of a step. Whatever ends it, the place then stands behind the last event that was taken."""
        place, told = self._places[connection_id], 0
        kept = time.monotonic()

        def stand() -> None:
            waiting = self._inner.qsize() if self._inner is not None else 0
            self._places[connection_id] = part(place, step, told - waiting)

        announced = announce(place, step)
        if announced != place:
            self._places[connection_id] = announced
            await self.save()
        try:
            for item in step.items:
                await self._queue.put(item.event)
                await self._confirmation(item.event["vpn"]["id"])
                told += 1
                if time.monotonic() - kept > KEEP:
                    # Its Java machine ends ansible-rulebook on SIGTERM at once: there is no other time for this.
                    stand()
                    await self.save()
                    kept = time.monotonic()
            while self._inner is not None and not self._inner.empty():
                await asyncio.sleep(0.02)
        finally:
            stand()

    async def _confirmation(self, identity: str) -> None:
        while self._feedback is not None:
            if (await self._feedback.get()).get("meta", {}).get("uuid") == identity:
                return

    async def save(self) -> None:
        """Keep the places; that they cannot be kept is no reason to look away."""
        await asyncio.get_running_loop().run_in_executor(None, self.save_now)

    def save_now(self) -> None:
        """The same, when there is nothing else left to do."""
        try:
            if self._state is not None:
                self._state.save(dict(self._places))
        except CloudVpnError as exc:
            logger.error("%s Events will be repeated after a restart.", exc.message)


async def _watch(watcher: Watcher, teller: _Teller, plan: Plan) -> None:
    """Look, tell, keep the place, wait; for ever."""
    loop = asyncio.get_running_loop()
    failures = 0
    try:
        while True:
            look = await loop.run_in_executor(None, watcher.look)
            for connection_id, step in look.steps:
                for item in step.items:
                    if item.blind_since is not None:
                        logger.warning("%s: %s", connection_id, item.event["vpn"]["error"]["message"])
                await teller.tell(connection_id, step)
            await teller.save()
            failures = failures + 1 if look.error else 0
            if not look.behind:
                await asyncio.sleep(pause(look, failures, plan))
    finally:
        # Ends the look that is under way, so that its thread does not outlive us.
        await loop.run_in_executor(None, watcher.close)


async def main(queue: Any, args: Dict[str, Any]) -> None:
    """Send events until the task is cancelled. Raises CloudVpnError with a sentence."""
    args = dict(args)
    feedback = args.pop("eda_feedback_queue", None)
    # At DEBUG it prints the URL of each request, where older signatures and tokens have their place.
    logging.getLogger("urllib3").setLevel(logging.INFO)
    now = time.time()
    plan = plan_of(args, now)
    ids = [one for options in plan.jobs.values() for one in options["vpn_connection_ids"]]
    state = PlaceFile(plan.state_file) if plan.state_file else None
    try:
        places = {one: Place(now if plan.since is None else plan.since) for one in ids}
        if state is not None:
            places.update(state.load(ids))
            state.save(places)
        teller = _Teller(queue, feedback, places, state)
        warn = once(lambda text: logger.warning("%s", text))
        watches = [asyncio.create_task(_watch(Watcher(cloud, plan, places, warn), teller, plan)) for cloud in plan.jobs]
        try:
            await asyncio.gather(*watches)
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)
            teller.save_now()
    finally:
        if state is not None:
            state.close()
