# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The state of one tunnel while its log is read, whatever daemon writes the log."""

from __future__ import annotations

import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import Entry
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.reasons import weight

_STALE = 180.0
"""Seconds after which a vaguer reason replaces a surer one: by then the surer one would have been repeated."""
_REKEY_GAP = 5.0
"""Seconds within which a new SA after an expired one is a break-before-make re-key and no flap."""
_FLAPPING = 3
_SURE = 18
"""Weight of a cause that names what to change, be it a guess; it replaces one that has become moot."""


class Cause(t.NamedTuple):
    """Why an attempt failed or an SA was lost, as one line said it."""

    reason: str
    phase: t.Optional[int]
    entry: Entry


class Tunnel:
    """What the lines so far say about a tunnel. Readers call it, the judge asks it."""

    def __init__(self) -> None:
        self.state = "unknown"
        self.since: t.Optional[Entry] = None
        self.standing = False
        self.trying = False
        self.decided = False
        self.cause: t.Optional[Cause] = None
        self.trouble: t.Optional[Cause] = None
        self.flaps = 0
        self.first_attempt: t.Optional[Entry] = None
        self.first_up: t.Optional[Entry] = None
        self.first_line: t.Optional[Entry] = None
        self.evidence: t.Dict[str, Entry] = {}
        self._suspicion: t.Optional[Cause] = None
        self._lost: t.Optional[Cause] = None
        self._risen: t.Optional[Entry] = None
        self._stranger: t.Optional[Cause] = None
        self._fresh = False

    # What a reader tells

    def begin(self, entry: Entry) -> None:
        """A negotiation starts."""
        self.trying = True
        self.decide()
        if self.first_attempt is None:
            self.first_attempt = entry
        if not self.standing:
            self._show(entry)

    def pause(self) -> None:
        """Something is settled, yet no IPsec SA stands and no negotiation is seen to be under way."""
        self.trying = False
        self.decide()

    def decide(self) -> None:
        """A line that is about the tunnel itself; what strangers did no longer matters."""
        if not self.decided:
            self.evidence.clear()
            self.decided = True

    def suspect(self, entry: Entry, reason: str, phase: t.Optional[int]) -> None:
        """A line that explains a failure if one follows."""
        if self._suspicion is None or weight(reason) >= weight(self._suspicion.reason):
            self._suspicion = Cause(reason, phase, entry)
        if not self.decided:
            self._show(entry)

    def fail(self, entry: Entry, reason: t.Optional[str], phase: t.Optional[int], rekey: bool = False) -> None:
        """An attempt failed. With ``rekey`` the failure counts beside a standing SA, too."""
        told = Cause(reason, phase, entry) if reason else None
        suspicion, self._suspicion = self._suspicion, None
        best = max((one for one in (suspicion, told) if one), key=lambda one: weight(one.reason), default=None)
        if self.standing:
            if rekey and best:
                self.trouble = best
                self._show(best.entry)
                self._show(entry)
            return
        self.pause()
        if best:
            self._blame(best)
            self._show(best.entry)
        self._show(entry)

    def rise(self, entry: Entry) -> None:
        """An IPsec SA pair stands (again, or a new one beside the old)."""
        if not self.standing:
            self.evidence.clear()
            self._risen = entry
            if self.first_up is None:
                self.first_up = entry
        self.pause()
        self._show(entry)
        self.standing = True
        self.cause = self.trouble = self._suspicion = None

    def lose(self, entry: Entry, reason: str, phase: t.Optional[int] = None) -> None:
        """The last IPsec SA is gone; what already failed beside it explains it best."""
        trouble, self.trouble = self.trouble, None
        if self.standing:
            suspicion = self._suspicion
            if suspicion and trouble is None and weight(suspicion.reason) > weight(reason):
                trouble = suspicion if _seconds_between(suspicion.entry, entry) <= _STALE else None
            self.evidence.clear()
            self._suspicion = self.cause = None
        self.standing = False
        self.decide()
        self._lost = Cause(reason, phase, entry)
        self._blame(self._lost)
        if trouble:
            self._blame(trouble)
            self._show(trouble.entry)
        self._show(entry)

    def doubt(self, entry: Entry, reason: str) -> None:
        """The peer was declared dead while its SAs stand: until it shows a sign of life the tunnel is in doubt."""
        if self.standing:
            self.trouble = Cause(reason, 1, entry)
            self._show(entry)

    def reassure(self) -> None:
        """The peer shows a sign of life."""
        if self.trouble and self.trouble.reason.lstrip("?") in ("dpd_timeout", "no_response"):
            self.trouble = None

    def recover(self, phase: int) -> None:
        """What failed beside the standing SA has worked since."""
        if self.trouble and self.trouble.phase == phase:
            self.trouble = None

    def explain(self, entry: Entry, reason: str, phase: t.Optional[int] = None) -> None:
        """The daemon's own word for why the state is as it is; it counts whatever was concluded before."""
        if self.decided and not self.standing:
            self.cause = Cause(reason, phase, entry)

    def strange(self, entry: Entry, reason: str) -> None:
        """A caller whom no connection fits: the peer or a stranger, so no statement about a tunnel that may stand."""
        if self._fresh and not self.standing:
            self.fail(entry, reason, 1)
        elif not self.decided:
            self._stranger = Cause(reason, 1, entry)
            self._show(entry)

    def forget(self, entry: Entry, fresh: bool = False) -> None:
        """The daemon started anew and forgot what it knew; ``fresh``: no SA outlived that."""
        if self.standing:
            self.lose(entry, "local_fault")
        self.trying = False
        self._suspicion = None
        self._fresh = fresh

    # What the judge asks

    @property
    def blame(self) -> t.Optional[Cause]:
        """The reason to report for the present state, if any."""
        if self.standing:
            return self.trouble or (self._lost if self.flaps >= _FLAPPING else None)
        told = self.cause if self.decided else self._stranger
        suspicion = self._suspicion
        if self.state == "negotiating" and suspicion and (not told or weight(suspicion.reason) >= weight(told.reason)):
            return suspicion
        return told

    def settle(self, entry: Entry) -> None:
        """Draw the state from what has been told so far; a change begins with ``entry``."""
        was_up = self.state in ("up", "degraded")
        if was_up and not self.standing:
            self.flaps += 1
        elif self.standing and not was_up and self._rekeyed(entry):
            self.flaps -= 1
        if self.standing:
            state = "degraded" if self.trouble or self.flaps >= _FLAPPING else "up"
        elif self.trying or (self._suspicion and self._suspicion.phase and not self.decided):
            state = "negotiating"
        else:
            state = "down" if self.decided else "unknown"
        if state == self.state:
            return
        self.state = state
        self.since = entry

    def _rekeyed(self, entry: Entry) -> bool:
        """Whether the SA that now stands follows the lost one so closely that it is its re-key."""
        if self._lost is None or not self.flaps:
            return False
        gap = _seconds_between(self._lost.entry, entry)
        return gap < 1 or (gap <= _REKEY_GAP and self._lost.reason == "sa_expired")

    def renews(self, entry: Entry) -> bool:
        """Whether an SA that comes up now renews the one that stands, or one that has just expired."""
        if self.standing:
            return self._risen is not None and _seconds_between(self._risen, entry) > _REKEY_GAP
        lost = self._lost
        return lost is not None and lost.reason == "sa_expired" and _seconds_between(lost.entry, entry) <= _REKEY_GAP

    def _blame(self, cause: Cause) -> None:
        """A surer cause stays, unless it is stale or moot: by an attempt after a loss, by phase 1 failing where phase 2 did."""
        held = self.cause
        if held is not None and _seconds_between(held.entry, cause.entry) <= _STALE:
            moot = held is self._lost or (held.phase == 2 and cause.phase == 1)
            if weight(cause.reason) < (min(_SURE, weight(held.reason)) if moot else weight(held.reason)):
                return
        self.cause = cause

    def _show(self, entry: Entry) -> None:
        """Keep the newest line of each kind, at most five."""
        key = entry["message"].rpartition(":")[2].strip().partition(" ")[0] + (entry["source"] or "")
        self.evidence.pop(key, None)
        self.evidence[key] = entry
        while len(self.evidence) > 5:
            del self.evidence[next(iter(self.evidence))]


def _seconds_between(first: Entry, second: Entry) -> float:
    if first["epoch"] is None or second["epoch"] is None:
        return 0.0
    return float(second["epoch"] - first["epoch"])
