# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What charon's log tells about attempts, how they fail, and what it gives up."""

from __future__ import annotations

import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.charon_sas import NOBODY, Sas
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Match, Reading
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import Entry
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.tracker import Tunnel

_NEVER = object()
_NOTHING: t.Tuple[t.Any, t.Dict[str, str]] = (_NEVER, {})


class Attempts:
    """The part of the reader whose lines are about an IKE SA that does not stand yet, or no longer."""

    def __init__(self, tunnel: Tunnel) -> None:
        self._tunnel = tunnel
        self._sas = Sas()
        self._renewals: t.Set[str] = set()
        self._troubled: t.Optional[str] = None  # the connection whose phase 1 failed last
        self._reauthenticating: t.Optional[str] = None
        self._current = NOBODY
        self._ending: t.Tuple[t.Any, str] = (None, "")
        self._given = self._given_before = _NOTHING

    def _next(self, match: Match) -> None:
        """Without tags a line is about the IKE SA named last."""
        self._current = match.get("tag") or match.get("ike") or self._current
        self._given_before, self._given = self._given, _NOTHING

    def _lost(self, entry: Entry, reason: str) -> None:
        if not self._sas.children and (self._tunnel.standing or self._tunnel.state in ("unknown", "down")):
            self._tunnel.lose(entry, reason, 2)

    # What ends an SA is told before its removal

    def _child_ended(self, match: Match, entry: Entry) -> None:
        """What was decided here a moment ago is only answered so."""
        if self._why(entry, "") in ("", "peer_deleted"):
            self._ended(match, entry)

    def _ended(self, match: Match, entry: Entry) -> None:
        self._ending = (entry["epoch"], match.rule.reason or "peer_deleted")

    def _admin(self, match: Match, entry: Entry) -> None:
        """With force, an IKE SA that is terminated goes without another line."""
        self._ended(match, entry)
        number, name = match.get("ike"), match.get("name")
        if number or name:
            self._sas.terminate(number, name)
            self._lost(entry, "admin_down")

    def _replacing(self, match: Match, entry: Entry) -> None:
        self._ended(match, entry)
        self._reauthenticating = match.get("ike")

    def _why(self, entry: Entry, default: str) -> str:
        when, reason = self._ending
        return reason if reason and (entry["epoch"] is None or entry["epoch"] - (when or 0) <= 5) else default

    # Attempts

    def _begin(self, match: Match, entry: Entry) -> None:
        ike, tag = match.get("ike"), match.get("tag")
        self._current = ike or tag or NOBODY
        if self._sas.over.get(self._current, _NEVER) == entry["epoch"]:
            return
        told, self._reauthenticating = self._reauthenticating, None
        old = self._sas.renewed(ike, tag, match.get("name"))
        if told and told != ike:
            old.add(told)
        if (old or not tag) and "Mode IKE_SA" in entry["message"]:  # version 1: it has the children from the start
            self._sas.hand_over({NOBODY, *old}, self._current)
        elif old and not told:
            return  # a re-key of the IKE SA: whether there are CHILD SAs does not depend on it
        late = tag and tag != ike and match.get("conn") and tag not in self._sas.over
        if self._tunnel.state == "unknown" and (old or late):
            self._renewals.add(self._current)  # of an IKE SA that has children from before the window, or may have
            return
        self._sas.attempts.add(self._current)
        self._tunnel.begin(entry)

    def _retry(self, match: Match, entry: Entry) -> None:
        if self._current not in self._sas.deleted:  # named last, but not what was given up
            self._sas.attempts.add(self._current)
        self._restore(entry)
        self._tunnel.begin(entry)
        if self._tunnel.cause is None or self._tunnel.cause.reason == "dpd_timeout":
            self._tunnel.explain(entry, "no_response", 1)

    def _alive(self, match: Match, entry: Entry) -> None:
        """The peer answers; that says nothing about phase 2."""
        self._tunnel.reassure()

    def _suspect(self, match: Match, entry: Entry) -> None:
        self._tunnel.suspect(entry, match.rule.reason or "?other", match.rule.phase)

    def _find_attempt(self, match: Match) -> None:
        """A line that the initiator of an attempt prints."""
        if not match.get("tag"):
            self._current = self._sas.attempt(self._current)

    def _rejected(self, match: Match, entry: Entry) -> None:
        """The initiator is told that its attempt failed."""
        self._find_attempt(match)
        self._fail(match, entry)

    def _refuse(self, match: Match, entry: Entry) -> None:
        """The responder ends an attempt: without tags one that has no number yet."""
        if not match.get("tag") and NOBODY in self._sas.attempts:
            self._current = NOBODY
        self._fail(match, entry)

    def _refused(self, match: Match, entry: Entry) -> Reading:
        """An IKEv1 error notify is about phase 1 until the IKE SA stands, about phase 2 afterwards."""
        self._find_attempt(match)
        reason, phase = match.rule.reason, match.rule.phase
        phase = 2 if self._current in self._sas.established else 1 if self._sas.attempts else None
        if reason == "phase1_proposal_mismatch" and phase != 1:
            reason = "phase2_proposal_mismatch" if phase else "proposal_mismatch"
        elif reason == "traffic_selector_mismatch":
            reason, phase = ("peer_id_mismatch", 1) if phase == 1 else (reason, 2)
        self._failed(match, entry, reason, phase)
        return Reading(match.rule.event, phase, reason)

    def _fail(self, match: Match, entry: Entry) -> None:
        self._failed(match, entry, match.rule.reason, match.rule.phase)

    def _failed(self, match: Match, entry: Entry, reason: t.Optional[str], phase: t.Optional[int]) -> None:
        """Beside a standing SA a failure counts when it is phase 2's, or of a connection that is known to be ours."""
        number = self._current
        if phase != 2:
            if number not in self._sas.attempts:
                self._sas.attempts.discard(NOBODY)
            self._sas.end(entry["epoch"], number)
            if number not in self._sas.established and number in self._sas.children.values():
                self._tunnel.fail(entry, reason, phase, rekey=True)
                self._sas.forsake([number])  # children that a reauthentication had handed over
                self._lost(entry, reason or "?other")
            elif number in self._renewals:
                return  # what it should have renewed may stand
            self._troubled = match.get("conn")
        self._tunnel.fail(entry, reason, phase, rekey=phase == 2 or bool(match.get("conn")))

    def _destroyed(self, match: Match, entry: Entry) -> None:
        self._find_attempt(match)
        if self._current in self._sas.attempts:
            self._failed(match, entry, self._why(entry, "?other") if self._ending[1] else None, 1)

    # Giving up: nothing says what it was that ends, unless the next line does

    def _given_up(self, match: Match, entry: Entry) -> None:
        """The end of an attempt, or of an IKE SA with all its children."""
        self._find_attempt(match)
        number, tag = self._current, match.get("tag")
        stood = number in self._sas.established
        ours = number in self._sas.attempts and number != NOBODY
        if tag and not (stood or ours) and number in self._sas.over and number not in self._sas.children.values():
            return  # it had ended before; what was given up is to tell the peer
        self._given = entry["epoch"], dict(self._sas.children)
        self._sas.established.discard(number)
        if not stood and number not in self._sas.children.values() and (tag or ours or not self._tunnel.standing):
            self._failed(match, entry, "no_response", 1)
            return
        self._sas.end(entry["epoch"], number)
        if tag is None:  # nobody knows whose children, and then none may be called standing
            self._sas.established.clear()
        self._sas.forsake(list(self._sas.children.values()) if tag is None else [tag])
        self._lost(entry, "dpd_timeout" if stood or not ours else "no_response")

    def _restore(self, entry: Entry) -> None:
        """It was an attempt that was given up: nothing that stood has gone with it."""
        epoch, children = self._given_before
        if epoch == entry["epoch"] and children and not self._tunnel.standing:
            self._sas.children.update(children)
            self._tunnel.rise(entry)

    def _not_established(self, match: Match, entry: Entry) -> None:
        if not match.get("tag"):
            self._restore(entry)
        self._fail(match, entry)

    def _delete_failed(self, match: Match, entry: Entry) -> None:
        """Giving up ended an IKE SA that had been deleted before."""
        self._restore(entry)

    def _reauth_failed(self, match: Match, entry: Entry) -> None:
        """The IKE SA that already had the children is gone; without tags nobody knows its number."""
        if not match.get("tag"):
            self._sas.forsake(set(self._sas.children.values()) - self._sas.established)
            self._lost(entry, "no_response")
        self._fail(match, entry)

    def _dpd_dead(self, match: Match, entry: Entry) -> None:
        dead = {self._current} | (set() if match.get("tag") else self._sas.established | {NOBODY})
        self._sas.established -= dead
        self._sas.end(entry["epoch"], self._current)
        self._sas.forsake(dead)
        self._lost(entry, match.rule.reason or "dpd_timeout")
