# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Follows IKE SAs and CHILD SAs through charon's log."""

from __future__ import annotations

import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Match
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import Entry
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.tracker import Tunnel

_NEVER = object()
_UNNUMBERED = "?"


class CharonReader:
    """One method for each act named in the table. Up is at least one CHILD SA established and not closed."""

    def __init__(self, tunnel: Tunnel) -> None:
        self._tunnel = tunnel
        self._children: t.Dict[str, str] = {}  # CHILD SA -> number of its IKE SA
        self._established: t.Set[str] = set()
        self._names: t.Dict[str, t.Optional[str]] = {}  # number of an IKE SA -> connection
        self._version1: t.Set[str] = set()
        self._refused_child: t.Set[str] = set()
        self._attempts: t.Set[str] = set()
        self._renewals: t.Set[str] = set()
        self._over: t.Dict[str, t.Any] = {}
        self._current = _UNNUMBERED
        self._ending: t.Optional[t.Tuple[t.Any, str]] = None
        self._closed: t.Dict[t.Tuple[t.Optional[str], ...], t.Any] = {}

    def read(self, match: Match, entry: Entry) -> None:
        """Take in one line that has an act. Without tags a line is about the IKE SA named last."""
        self._current = match.get("tag") or match.get("ike") or self._current
        getattr(self, "_" + str(match.rule.act))(match, entry)
        self._tunnel.trying = bool(self._attempts) and not self._tunnel.standing

    def abandon(self) -> None:
        """Another daemon took over: its predecessor's SAs are gone."""
        self._children.clear()
        self._established.clear()
        self._attempts.clear()

    def _restart(self, match: Match, entry: Entry) -> None:
        self.abandon()
        self._tunnel.forget(entry, fresh=True)

    def _shutdown(self, match: Match, entry: Entry) -> None:
        self.abandon()
        self._tunnel.lose(entry, "admin_down")

    def _need(self, match: Match, entry: Entry) -> None:
        """Somebody asks for a tunnel that is not there."""
        self._tunnel.decide()

    def _stranger(self, match: Match, entry: Entry) -> None:
        self._tunnel.strange(entry, match.rule.reason or "no_matching_peer")

    # What ends an SA is told before its removal

    def _ending_with(self, entry: Entry, reason: str) -> None:
        self._ending = (entry["epoch"], reason)

    def _admin(self, match: Match, entry: Entry) -> None:
        self._ending_with(entry, "admin_down")

    def _replacing(self, match: Match, entry: Entry) -> None:
        self._ending_with(entry, "replaced")

    def _ended(self, match: Match, entry: Entry) -> None:
        self._ending_with(entry, "peer_deleted")

    def _ending_act(self, match: Match, entry: Entry) -> None:
        self._ending_with(entry, match.rule.reason or "peer_deleted")

    def _why(self, entry: Entry, default: str) -> str:
        told = self._ending
        return told[1] if told and (entry["epoch"] is None or entry["epoch"] - (told[0] or 0) <= 5) else default

    # Phase 1

    def _begin(self, match: Match, entry: Entry) -> None:
        self._version(match, entry)
        ike, tag = match.get("ike"), match.get("tag")
        self._current = ike or tag or _UNNUMBERED
        if self._over.get(self._current, _NEVER) == entry["epoch"]:
            return
        renewal = bool(match.get("conn")) and (
            not ike or (tag != ike and (tag in self._established or tag not in self._over))
        )
        if renewal and self._tunnel.state == "unknown":
            self._renewals.add(self._current)  # of an IKE SA from before the window: nothing is known of its children
            return
        self._attempts.add(self._current)
        self._tunnel.begin(entry)

    def _version(self, match: Match, entry: Entry) -> None:
        """IKEv1 names its modes; without tags the next IKE SA that stands is the one that began."""
        if "Mode IKE_SA" in entry["message"]:
            self._version1.add(match.get("ike") or match.get("tag") or _UNNUMBERED)

    def _end(self, match: Match, entry: Entry, *numbers: t.Optional[str]) -> None:
        """An attempt is over. A responder's attempt has no number until its IKE SA stands, unless lines are tagged."""
        for number in numbers:
            if number:
                self._attempts.discard(number)
                self._over[number] = entry["epoch"]
        if not match.get("tag"):
            self._attempts.discard(_UNNUMBERED)

    def _retry(self, match: Match, entry: Entry) -> None:
        self._attempts.add(self._current)
        self._tunnel.begin(entry)
        if self._tunnel.cause is None or self._tunnel.cause.reason == "dpd_timeout":
            self._tunnel.explain(entry, "no_response", 1)

    def _suspect(self, match: Match, entry: Entry) -> None:
        self._tunnel.suspect(entry, match.rule.reason or "?other", match.rule.phase)

    def _fail(self, match: Match, entry: Entry) -> None:
        self._failed(match, entry, match.rule.reason, match.rule.phase)

    def _failed(self, match: Match, entry: Entry, reason: t.Optional[str], phase: t.Optional[int]) -> None:
        """Beside a standing SA a failure counts when it is phase 2's, or of a connection that is known to be ours."""
        if phase == 2:
            self._refused_child.add(self._current)
        else:
            self._end(match, entry, self._current)
        self._tunnel.fail(entry, reason, phase, rekey=phase == 2 or bool(match.get("conn")))

    def _refused(self, match: Match, entry: Entry) -> None:
        """An IKEv1 error notify is about phase 1 until the IKE SA stands, about phase 2 afterwards."""
        reason = match.rule.reason
        phase: t.Optional[int] = 2 if self._current in self._established else 1 if self._attempts else None
        if reason == "phase1_proposal_mismatch" and phase != 1:
            reason = "phase2_proposal_mismatch" if phase else "proposal_mismatch"
        elif reason == "traffic_selector_mismatch":
            reason, phase = ("peer_id_mismatch", 1) if phase == 1 else (reason, 2)
        self._failed(match, entry, reason, phase)

    def _destroyed(self, match: Match, entry: Entry) -> None:
        if self._current in self._attempts:
            self._failed(match, entry, self._why(entry, "?other") if self._ending else None, 1)

    def _ike_up(self, match: Match, entry: Entry) -> None:
        number = match.get("ike") or ""
        self._end(match, entry, number, match.get("tag"))
        self._established.add(number)
        self._names[number] = match.get("name")
        if not match.get("tag") and _UNNUMBERED in self._version1:
            self._version1 ^= {_UNNUMBERED, number}
        if not self._tunnel.standing and number not in self._renewals:
            self._tunnel.pause()

    def _ike_rekeyed(self, match: Match, entry: Entry) -> None:
        """The children go over to the new IKE SA."""
        new, old = match.get("ike") or "", match.get("tag") or ""
        self._end(match, entry, new, old)
        self._established.add(new)
        self._names[new] = match.get("name")
        for child, owner in self._children.items():
            if owner == old or not old:
                self._children[child] = new

    def _adopted(self, match: Match, entry: Entry) -> None:
        """CHILD SAs stand that were made before the window began."""
        if not self._children:
            self._children["adopted"] = self._current
            self._tunnel.rise(entry)

    def _ike_gone(self, match: Match, entry: Entry) -> None:
        """Its children go with it, unless another IKE SA without children of its own has adopted them (IKEv1)."""
        number = match.get("ike") or ""
        self._established.discard(number)
        self._end(match, entry, number)
        heirs = [
            one
            for one in self._established & self._version1 - set(self._children.values()) - self._refused_child
            if self._names.get(one) == match.get("name")
        ]
        for child, owner in list(self._children.items()):
            if owner == number:
                if heirs:
                    self._children[child] = heirs[0]
                else:
                    del self._children[child]
        if self._tunnel.standing or not self._established:
            self._lost(entry, self._why(entry, "admin_down"))

    def _duplicate(self, match: Match, entry: Entry) -> None:
        """The peer starts afresh (INITIAL_CONTACT): what stood with it is gone; the new IKE SA is on its way."""
        self._established.discard(self._current)
        alone = self._current not in self._children.values()  # the line may be printed by the new IKE SA
        for child, owner in list(self._children.items()):
            if owner == self._current or alone:
                del self._children[child]
        self._lost(entry, "peer_deleted")

    def _given_up(self, match: Match, entry: Entry) -> None:
        """The end of an attempt, or of an IKE SA with all its children; nothing else is printed."""
        number = self._current
        alive = number in self._established or number in self._children.values()
        ours = number in self._attempts and number != _UNNUMBERED
        self._established.discard(number)
        self._end(match, entry, number)
        if alive or (self._tunnel.standing and not match.get("tag") and not ours):
            self._drop_children(match.get("tag"), entry, "dpd_timeout")
        else:
            self._failed(match, entry, "no_response", 1)

    def _dpd_dead(self, match: Match, entry: Entry) -> None:
        self._established.discard(self._current)
        self._drop_children(match.get("tag"), entry, "dpd_timeout")

    def _drop_children(self, number: t.Optional[str], entry: Entry, reason: str) -> None:
        """The children of an IKE SA; without a tag nobody knows whose, and then none may be called standing."""
        for child, owner in list(self._children.items()):
            if number is None or owner == number:
                del self._children[child]
        self._lost(entry, reason)

    # Phase 2

    def _child_up(self, match: Match, entry: Entry) -> None:
        child = match.get("child") or ""
        if self._closed.get(_identity(match), _NEVER) == entry["epoch"]:
            return  # the order of lines within a second is not reliable
        self._children[child] = self._current
        self._end(match, entry, self._current)
        self._tunnel.rise(entry)

    def _child_gone(self, match: Match, entry: Entry) -> None:
        self._children.pop(match.get("child") or "", None)
        self._closed[_identity(match)] = entry["epoch"]
        self._lost(entry, self._why(entry, match.rule.reason or "admin_down"))

    def _lost(self, entry: Entry, reason: str) -> None:
        if not self._children and (self._tunnel.standing or self._tunnel.state in ("unknown", "down")):
            self._tunnel.lose(entry, reason, 2)


def _identity(match: Match) -> t.Tuple[t.Optional[str], ...]:
    """A CHILD SA and its SPIs: numbers start anew with the daemon."""
    return match.get("child"), match.get("in"), match.get("out")
