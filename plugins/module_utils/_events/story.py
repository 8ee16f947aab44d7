# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The verdict over all that was read so far, not over a window.

A window that slides along begins in the middle of things sooner or later, behind the new SA and before the end of the
old one, say: that reads as a tunnel that went down. So each entry is read once, in its place, and the judge lives on.
"""

from __future__ import annotations

import copy
import typing as t
from collections import deque

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import Judge, combine
from ansible_collections.netops.cloud_vpn.plugins.module_utils._records import Entry, Health

WHOLE = ""
"""Key of the connection as a whole, beside the IDs of its tunnels."""
# An entry of more than this after the end of a look has a clock of its own and has to wait.
_AHEAD = 60.0
# Seconds after which a judge hands over to a younger one: longer than an SA lives, so that the younger one has seen each
# that stands, and one whose end never came into the log does not stand for ever.
TENURE = 2 * 86400.0


class _Settled:
    """A judge that has read what is settled. ``since``: when it first heard of the tunnel."""

    def __init__(self) -> None:
        self.judge = Judge()
        self.since: t.Optional[float] = None
        self._flaps: t.Deque[float] = deque()
        self._last: t.Optional[Entry] = None

    def read(self, epoch: float, entry: Entry) -> None:
        flaps = self.judge.tunnel.flaps
        self.judge.read(entry)
        self._last = entry
        if self.since is None and self.judge.tunnel.state != "unknown":
            self.since = epoch
        if self.judge.tunnel.flaps > flaps:
            self._flaps.append(epoch)
        elif self.judge.tunnel.flaps < flaps and self._flaps:
            self._flaps.pop()  # it was a re-key after all

    def forgive(self, before: float) -> None:
        while self._flaps and self._flaps[0] < before and self._last:
            self._flaps.popleft()
            self.judge.tunnel.flaps -= 1
            self.judge.tunnel.settle(self._last)


class _Thread:
    """The log of one connection or tunnel: judges of what is settled, and entries that others may still precede."""

    def __init__(self) -> None:
        self._elder, self._younger = _Settled(), _Settled()
        self._open: t.List[t.Tuple[float, Entry]] = []

    def read(self, entry: Entry) -> None:
        epoch = entry["epoch"]
        self._open.append((float("-inf") if epoch is None else float(epoch), entry))

    def health(self, until: float) -> Health:
        # Stable: entries of the same instant stay in the order in which they came.
        self._open.sort(key=lambda pair: pair[0])
        judge = copy.deepcopy(self._elder.judge) if self._open else self._elder.judge
        for epoch, entry in self._open:
            if epoch <= until + _AHEAD:
                judge.read(entry)
        return judge.health()

    def settle(self, before: float, forgive: float) -> None:
        settled = [pair for pair in self._open if pair[0] < before]
        del self._open[: len(settled)]
        for one in (self._elder, self._younger):
            for epoch, entry in settled:
                one.read(epoch, entry)
            one.forgive(forgive)
        if self._younger.since is not None and before - self._younger.since > TENURE:
            self._elder, self._younger = self._younger, _Settled()


class Story:
    """What is known of one connection; with ``tunnels``, of each of them. It lives as long as the process.

    ``known``: HEALTH by key after the last look; None before the first. ``past``: what was read before the first look,
    fingerprints with their counts.
    """

    def __init__(self, tunnels: t.Sequence[str] = ()) -> None:
        self._keys = tuple(tunnels) or (WHOLE,)
        self.known: t.Optional[t.Dict[str, Health]] = None
        self.past: t.Dict[str, int] = {}
        self.forget()

    def forget(self) -> None:
        """Begin anew: lines were lost, and with them perhaps the end of an SA."""
        self._threads = {key: _Thread() for key in self._keys}

    def read(self, entries: t.Iterable[Entry]) -> None:
        """Take in entries, each once, in the order of their look; they may be older than others that were read."""
        for entry in entries:
            self._threads[entry["tunnel_id"] or WHOLE].read(entry)

    def healths(self, until: float) -> t.Dict[str, Health]:
        """HEALTH of the connection and of each tunnel, as of a look that ended at ``until``."""
        found = {key: thread.health(until) for key, thread in self._threads.items()}
        return found if WHOLE in found else {WHOLE: combine(found), **found}

    def settle(self, before: float, forgive: float) -> None:
        """Entries older than ``before`` get no more predecessors; flaps older than ``forgive`` count no more."""
        for thread in self._threads.values():
            thread.settle(before, forgive)
