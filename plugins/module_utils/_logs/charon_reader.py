# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Follows IKE SAs and CHILD SAs through charon's log."""

from __future__ import annotations

import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.charon_attempts import Attempts
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.charon_sas import FROM_BEFORE, NOBODY
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Match, Reading
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import Entry
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.tracker import Tunnel

_NEVER = object()


class CharonReader(Attempts):
    """One method for each act named in the table. Up is at least one CHILD SA established and not closed."""

    def __init__(self, tunnel: Tunnel) -> None:
        super().__init__(tunnel)
        self._fresh = False  # the window has the daemon's start
        self._closed: t.Dict[t.Tuple[t.Optional[str], ...], t.Any] = {}

    def read(self, match: Match, entry: Entry) -> t.Optional[Reading]:
        """Take in one line that has an act."""
        self._next(match)
        told: t.Optional[Reading] = getattr(self, "_" + str(match.rule.act))(match, entry)
        self._tunnel.trying = bool(self._sas.attempts) and not self._tunnel.standing
        return told

    def abandon(self) -> None:
        """Another daemon took over: its predecessor's SAs are gone."""
        self._sas.clear()

    def _restart(self, match: Match, entry: Entry) -> None:
        self.abandon()
        self._fresh = True
        self._tunnel.forget(entry, fresh=True)

    def _shutdown(self, match: Match, entry: Entry) -> None:
        self.abandon()
        self._tunnel.lose(entry, "admin_down")

    def _need(self, match: Match, entry: Entry) -> None:
        """Somebody asks for a tunnel. It may stand from before the window."""
        if self._fresh:
            self._tunnel.decide()

    def _acquire(self, match: Match, entry: Entry) -> None:
        """Traffic asks for a tunnel that is not there."""
        self._tunnel.decide()

    def _stranger(self, match: Match, entry: Entry) -> None:
        self._tunnel.strange(entry, match.rule.reason or "no_matching_peer")

    # IKE SAs

    def _ike_up(self, match: Match, entry: Entry) -> None:
        number = match.get("ike") or ""
        begun = bool(self._sas.attempts) or self._tunnel.decided  # else it may renew an IKE SA from before the window
        if number not in self._sas.attempts:  # a responder's attempt has no number until its IKE SA stands
            self._sas.attempts.discard(NOBODY)
        self._sas.end(entry["epoch"], number, match.get("tag"))
        self._stands(number, match)
        if begun and not self._tunnel.standing and number not in self._renewals:
            self._tunnel.pause()

    def _stands(self, number: str, match: Match) -> None:
        self._sas.stands(number, match.get("name"))
        if self._troubled == match.get("name"):
            self._tunnel.recover(1)

    def _ike_rekeyed(self, match: Match, entry: Entry) -> None:
        """The children go over to the new IKE SA."""
        new, old, name = match.get("ike") or "", match.get("tag"), match.get("name")
        self._sas.end(entry["epoch"], new, old or NOBODY)
        self._stands(new, match)
        if old:
            self._sas.hand_over((old,), new)
        else:
            self._sas.hand_over_all(name, new)

    def _adopted(self, match: Match, entry: Entry) -> None:
        """A reauthentication of version 1: the new IKE SA, just established or next, takes over what the old one has."""
        self._sas.adopt(match.get("tag"))
        if not self._sas.children:
            self._sas.children[FROM_BEFORE] = self._sas.latest or NOBODY
            self._tunnel.rise(entry)

    def _ike_gone(self, match: Match, entry: Entry) -> None:
        """Its children go with it; without tags those of an IKE SA that does not stand may be its, too."""
        number = match.get("ike") or ""
        self._sas.delete(entry["epoch"], number)
        self._sas.forsake({number, NOBODY} | (set() if match.get("tag") else self._sas.orphans()))
        if not self._sas.children and (self._tunnel.standing or not self._sas.established):
            self._ending = entry["epoch"], self._why(entry, "admin_down")
            self._lost(entry, self._ending[1])

    def _ike_closed(self, match: Match, entry: Entry) -> None:
        """The peer confirms a deletion, be it one from before the window."""
        if match.get("tag"):
            self._sas.forsake([match.get("tag")])
            if self._tunnel.standing:
                self._lost(entry, self._why(entry, "admin_down"))

    def _duplicate(self, match: Match, entry: Entry) -> None:
        """The peer starts afresh (INITIAL_CONTACT): what stood with it is gone; the new IKE SA is on its way."""
        self._sas.established.discard(self._current)
        owners = set(self._sas.children.values())
        self._sas.forsake(owners & {self._current} or owners)  # the new IKE SA may print the line
        self._lost(entry, "peer_deleted")

    # CHILD SAs

    def _child_up(self, match: Match, entry: Entry) -> t.Optional[Reading]:
        if self._closed.get(_identity(match), _NEVER) == entry["epoch"]:
            return None  # the order of lines within a second is not reliable
        child, owner = match.get("child") or "", self._current
        if not match.get("tag"):
            owner = self._sas.owner(child, owner, match.rule.event == "rekeyed")
        if owner in self._sas.deleted and (match.get("tag") or not self._sas.established):
            return None  # the re-key was under way when its IKE SA was deleted
        if match.get("conn"):
            self._sas.names.setdefault(owner, match.get("conn"))
        replaces = self._sas.add(child, owner, self._current)
        self._sas.end(entry["epoch"], self._current)
        self._tunnel.rise(entry)
        return Reading("rekeyed", 2, None) if replaces else None

    def _rekeying(self, match: Match, entry: Entry) -> None:
        self._sas.supersede(self._current, match.get("child") or "")

    def _rekey_failed(self, match: Match, entry: Entry) -> None:
        """It failed to replace a CHILD SA that stands, be it one from before the window."""
        if not self._sas.children and self._current not in self._sas.over:
            cause = self._tunnel.cause
            self._sas.children[FROM_BEFORE] = self._current
            self._tunnel.rise(entry)
            if cause:
                self._tunnel.fail(cause.entry, cause.reason, cause.phase, rekey=True)
        self._fail(match, entry)

    def _child_gone(self, match: Match, entry: Entry) -> None:
        child = match.get("child") or ""
        self._sas.children.pop(child if child in self._sas.children else FROM_BEFORE, None)
        self._closed[_identity(match)] = entry["epoch"]
        self._lost(entry, self._why(entry, match.rule.reason or "admin_down"))


def _identity(match: Match) -> t.Tuple[t.Optional[str], ...]:
    """A CHILD SA and its SPIs: numbers start anew with the daemon."""
    return match.get("child"), match.get("in"), match.get("out")
