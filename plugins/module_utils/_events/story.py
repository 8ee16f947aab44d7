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


class _Thread:
    """The log of one connection or tunnel: a judge that has read what is settled, and entries that others may still precede."""

    def __init__(self) -> None:
        self._judge = Judge()
        self._open: t.List[t.Tuple[float, Entry]] = []
        self._flaps: t.Deque[float] = deque()
        self._last: t.Optional[Entry] = None

    def read(self, entry: Entry) -> None:
        epoch = entry["epoch"]
        self._open.append((float("-inf") if epoch is None else float(epoch), entry))

    def health(self, until: float) -> Health:
        # Stable: entries of the same instant stay in the order in which they came.
        self._open.sort(key=lambda pair: pair[0])
        judge = copy.deepcopy(self._judge) if self._open else self._judge
        for epoch, entry in self._open:
            if epoch <= until + _AHEAD:
                judge.read(entry)
        return judge.health()

    def settle(self, before: float, forgive: float) -> None:
        """Entries older than ``before`` have their place for good; flaps older than ``forgive`` are forgotten."""
        settled = 0
        for epoch, entry in self._open:
            if epoch >= before:
                break
            settled += 1
            self._last = entry
            flaps = self._judge.tunnel.flaps
            self._judge.read(entry)
            if self._judge.tunnel.flaps > flaps:
                self._flaps.append(epoch)
            elif self._judge.tunnel.flaps < flaps and self._flaps:
                self._flaps.pop()  # it was a re-key after all
        del self._open[:settled]
        while self._flaps and self._flaps[0] < forgive and self._last:
            self._flaps.popleft()
            self._judge.tunnel.flaps -= 1
            self._judge.tunnel.settle(self._last)


class Story:
    """What is known of one connection; with ``tunnels``, of each of them. It lives as long as the process.

    ``known``: HEALTH by key after the last look; None before the first.
    """

    def __init__(self, tunnels: t.Sequence[str] = ()) -> None:
        self._threads = {key: _Thread() for key in tunnels or (WHOLE,)}
        self.known: t.Optional[t.Dict[str, Health]] = None

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
