# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The dialect of strongSwan's charon, and how its IKE SAs and CHILD SAs are followed.

Lines may begin with the tag of the IKE SA that printed them, ``<connection|number>``. The number in brackets after a name
is the IKE SA a line is about; during a re-key the two differ. CHILD SAs are ``name{number}``.
"""

from __future__ import annotations

import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Dialect, Match
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Rule as R
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import Entry
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.tracker import Tunnel

PREFIX = r"<(?:(?P<conn>[^|>]*)\|)?(?P<tag>\d+)> "

RULES = (
    # the daemon and its administrator
    R("Starting IKE charon daemon", "daemon_started", None, None, "restart"),
    R("Starting IKEv{1|2} charon daemon", "daemon_started", None, None, "restart"),
    R("SIG{TERM|INT} received, shutting down", "daemon_stopped", None, "admin_down", "shutdown"),
    R("{vici|stroke} initiate", "negotiation_started", None, None, "need"),
    R("received stroke: initiate", "negotiation_started", None, None, "need"),
    R("{vici|stroke} terminate", "sa_deleted", None, "admin_down", "admin"),
    R("received stroke: terminate", "sa_deleted", None, "admin_down", "admin"),
    R("{added|updated|removed} {vici|configuration|connection}", "config"),
    R("loaded {IKE|certificate|ECDSA|RSA|EAP|private}", "config"),
    R("error writing to socket", "peer_unresponsive", None, "?local_fault", "suspect"),
    R("interface <word> deactivated", "peer_unresponsive", None, "?local_fault", "suspect"),
    # phase 1
    R("initiating {Main Mode |Aggressive Mode |}IKE_SA <name>[<ike>] to <peer>", "negotiation_started", 1, None, "begin"),
    R("<peer> is initiating a", "negotiation_started", 1, None, "begin"),
    R("IKE_SA <name>[<ike>] established between <local>...<peer>", "ike_sa_established", 1, None, "ike_up"),
    R("IKE_SA <name>[<ike>] rekeyed between <local>...<peer>", "rekeyed", 1, None, "ike_rekeyed"),
    R("detected reauth of existing IKE_SA, adopting 0 children", "rekeyed", 1),
    R("detected reauth of existing IKE_SA, adopting <n> children", "rekeyed", 1, None, "adopted"),
    R("reauthenticating IKE_SA", "sa_deleted", 1, "replaced", "replacing"),
    R("received proposals unacceptable", "negotiation_failed", 1, "phase1_proposal_mismatch", "fail"),
    R("no proposal found", "negotiation_failed", 1, "phase1_proposal_mismatch", "fail"),
    R("{received|configured} proposals:", "proposal"),
    R("selected proposal:", "proposal"),
    R("received NO_PROPOSAL_CHOSEN notify error", "negotiation_failed", 1, "phase1_proposal_mismatch", "fail"),
    R("received NO_PROPOSAL_CHOSEN error notify", "negotiation_failed", None, "phase1_proposal_mismatch", "refused"),
    R("no IKE config found for <local>...<peer>, sending", "negotiation_failed", 1, "no_matching_peer", "stranger"),
    R("no {matching peer|peer} config found", "authentication", 1, "peer_id_mismatch", "fail"),
    R("IDir '<*>' does not match to", "authentication", 1, "peer_id_mismatch", "fail"),
    R("ID{r|i} '<*>' does not match to", "authentication", 1, "peer_id_mismatch", "fail"),
    R("found <n> matching {config|configs}, but none allows", "negotiation_failed", 1, "exchange_mode_mismatch", "fail"),
    R("Aggressive Mode PSK disabled", "negotiation_failed", 1, "exchange_mode_mismatch", "fail"),
    R("tried <n> shared {key|keys} for <*>, but MAC mismatched", "authentication", 1, "psk_mismatch", "fail"),
    R("calculated HASH does not match HASH payload", "authentication", 1, "psk_mismatch", "fail"),
    R("no shared key found", "authentication", 1, "psk_missing", "fail"),
    R("no private key found", "authentication", 1, "local_fault", "fail"),
    R("received AUTHENTICATION_FAILED {notify error|error notify}", "authentication", 1, "authentication_failed", "fail"),
    R("received INVALID_KE_PAYLOAD error notify", "authentication", 1, "?psk_missing", "fail"),
    R("received INVALID_ID_INFORMATION error notify", "negotiation_failed", None, "traffic_selector_mismatch", "refused"),
    R("received UNSUPPORTED_CRITICAL_PAYLOAD", "negotiation_failed", 1, "peer_address_mismatch", "fail"),
    R("constraint requires", "authentication", 1, "auth_method_mismatch", "fail"),
    R("constraint check failed: identity", "authentication", 1, "peer_id_mismatch", "fail"),
    R("constraint check failed", "authentication", 1, "?authentication_failed", "fail"),
    R("selected peer config '<*>' unacceptable: {non-matching|constraint}", "authentication", 1, "?auth_method_mismatch", "fail"),
    R("configuration uses unsupported authentication", "authentication", 1, "auth_method_mismatch", "fail"),
    R("no trusted <*>public key found", "authentication", 1, "certificate_invalid", "fail"),
    R("{subject certificate invalid|certificate was revoked|no issuer certificate found|issuer is}", "authentication", 1, "certificate_invalid", "suspect"),
    R("certificate status is not available", "authentication", 1),
    R("authentication of '<*>' (myself)", "authentication", 1),
    R("authentication of '<*>' with <*> successful", "authentication", 1),
    R("invalid {ID_V1|HASH_V1} payload length, decryption failed", "authentication", 1, "?psk_mismatch", "suspect"),
    R("could not decrypt payloads", "authentication", 1, "?psk_mismatch", "suspect"),
    R("message parsing failed", "negotiation_failed", 1, "?malformed_packet", "suspect"),
    R("ignore malformed INFORMATIONAL", "other", 1),
    R("{sending retransmit|retransmit} <n> of request", "retransmit"),
    R("received retransmit of", "retransmit"),
    R("giving up after <n> retransmits", "peer_unresponsive", None, "no_response", "given_up"),
    R("peer not responding, trying again", "negotiation_started", 1, "no_response", "retry"),
    R("establishing IKE_SA failed, peer not responding", "negotiation_failed", 1, "no_response", "fail"),
    R("deleting half open IKE_SA with <peer> after timeout", "negotiation_failed", 1, "?no_response", "fail"),
    R("destroying IKE_SA in state", "negotiation_failed", 1, None, "destroyed"),
    R("destroying duplicate IKE_SA for peer", "sa_deleted", 1, "replaced", "duplicate"),
    R("received DELETE for IKE_SA <name>[<ike>]", "sa_deleted", 1, "peer_deleted", "ended"),
    R("sending DELETE for IKE_SA", "sa_deleted", 1),
    R("deleting IKE_SA <name>[<ike>] between <local>...<peer>", "sa_deleted", 1, None, "ike_gone"),
    R("IKE_SA deleted", "sa_deleted", 1),
    # phase 2
    R("CHILD_SA <child> established with SPIs <in>_i <out>_o", "tunnel_established", 2, None, "child_up"),
    R("{inbound|outbound} CHILD_SA <child> established with SPIs <in>_i <out>_o", "rekeyed", 2, None, "child_up"),
    R("establishing CHILD_SA", "negotiation_started", 2),
    R("detected rekeying of CHILD_SA", "rekeyed", 2),
    R("CHILD_SA rekeying failed, trying again", "rekey_failed", 2, None, "fail"),
    R("no acceptable proposal found", "negotiation_failed", 2, "phase2_proposal_mismatch", "fail"),
    R("no matching proposal found, sending NO_PROPOSAL_CHOSEN", "negotiation_failed", 2, "phase2_proposal_mismatch", "fail"),
    R("received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built", "negotiation_failed", 2, "phase2_proposal_mismatch", "fail"),
    R("received TS_UNACCEPTABLE notify, no CHILD_SA built", "negotiation_failed", 2, "traffic_selector_mismatch", "fail"),
    R("received <word> notify, no CHILD_SA built", "negotiation_failed", 2, "?phase2_proposal_mismatch", "fail"),
    R("traffic selectors <*> unacceptable", "negotiation_failed", 2, "traffic_selector_mismatch", "fail"),
    R("no matching CHILD_SA config found for", "negotiation_failed", 2, "traffic_selector_mismatch", "fail"),
    R("unable to install <*>IPsec SA", "negotiation_failed", 2, "local_fault", "fail"),
    R("failed to establish CHILD_SA, keeping IKE_SA", "negotiation_failed", 2, None, "fail"),
    R("closing expired CHILD_SA <child> with SPIs <in>_i <*><out>_o", "sa_expired", 2, "sa_expired", "child_gone"),
    R("closing CHILD_SA <child> with SPIs <in>_i <*><out>_o", "sa_deleted", 2, None, "child_gone"),
    R("closing CHILD_SA <child>", "sa_deleted", 2, None, "child_gone"),
    R("deleting CHILD_SA after <n> seconds of inactivity", "sa_deleted", 2, "inactive", "ending_act"),
    R("received DELETE for ESP CHILD_SA", "sa_deleted", 2, "peer_deleted", "ending_act"),
    R("sending DELETE for ESP CHILD_SA", "sa_deleted", 2),
    R("CHILD_SA closed", "sa_deleted", 2),
    # keep-alive
    R("sending DPD request", "dpd_probe", 1),
    R("DPD check timed out, enforcing DPD action", "dpd_timeout", 1, "dpd_timeout", "dpd_dead"),
    R("parsed INFORMATIONAL{_V1|} request <n> [ HASH N(DPD", "dpd_alive", 1),
    R("parsed INFORMATIONAL response <n> [ ]", "dpd_alive", 1),
    # texts that mislead
    R("peer didn't accept DH group", "proposal"),
    R("DH group <word> unacceptable, requesting", "proposal"),
    R("no alternative config found"),
    R("CHILD_SA <word> not found for {rekey|delete}"),
)

DIALECT = Dialect("charon", RULES, PREFIX, "<")


class CharonReader:
    """One method for each act named in the table. Up is at least one CHILD SA established and not closed."""

    def __init__(self, tunnel: Tunnel) -> None:
        self._tunnel = tunnel
        self._children: t.Dict[str, str] = {}  # CHILD SA -> number of its IKE SA
        self._established: t.Set[str] = set()
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
        ike, tag = match.get("ike"), match.get("tag")
        self._current = ike or tag or _UNNUMBERED
        if self._over.get(self._current, _NEVER) == entry["epoch"]:
            return
        renewal = (tag not in (None, ike) and tag not in self._over) if ike else bool(match.get("conn"))
        if renewal and self._tunnel.state == "unknown":
            self._renewals.add(self._current)  # of an IKE SA from before the window: nothing is known of its children
            return
        self._attempts.add(self._current)
        self._tunnel.begin(entry)

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

    def _suspect(self, match: Match, entry: Entry) -> None:
        self._tunnel.suspect(entry, match.rule.reason or "?other", match.rule.phase)

    def _fail(self, match: Match, entry: Entry) -> None:
        self._failed(match, entry, match.rule.reason, match.rule.phase)

    def _failed(self, match: Match, entry: Entry, reason: t.Optional[str], phase: t.Optional[int]) -> None:
        """Beside a standing SA a failure counts when it is phase 2's, or of a connection that is known to be ours."""
        if phase != 2:
            self._end(match, entry, self._current)
        self._tunnel.fail(entry, reason, phase, rekey=phase == 2 or bool(match.get("conn")))

    def _refused(self, match: Match, entry: Entry) -> None:
        """An IKEv1 error notify is about phase 1 until the IKE SA stands, about phase 2 afterwards."""
        second = self._current in self._established
        reason = match.rule.reason
        if reason == "phase1_proposal_mismatch" and second:
            reason = "phase2_proposal_mismatch"
        elif reason == "traffic_selector_mismatch" and not second:
            reason = "peer_id_mismatch"
        self._failed(match, entry, reason, 2 if second else 1)

    def _destroyed(self, match: Match, entry: Entry) -> None:
        if self._current in self._attempts:
            self._failed(match, entry, self._why(entry, "?other") if self._ending else None, 1)

    def _ike_up(self, match: Match, entry: Entry) -> None:
        number = match.get("ike") or ""
        self._end(match, entry, number, match.get("tag"))
        self._established.add(number)
        if not self._tunnel.standing and number not in self._renewals:
            self._tunnel.pause()

    def _ike_rekeyed(self, match: Match, entry: Entry) -> None:
        """The children go over to the new IKE SA."""
        new, old = match.get("ike") or "", match.get("tag") or ""
        self._end(match, entry, new, old)
        self._established.add(new)
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
        owners = set(self._children.values())
        heirs = [one for one in self._established if one not in owners]
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
        for child, owner in list(self._children.items()):
            if owner == self._current or not match.get("tag"):
                del self._children[child]
        self._lost(entry, "peer_deleted")

    def _given_up(self, match: Match, entry: Entry) -> None:
        """The end of an attempt, or of an IKE SA with all its children; nothing else is printed."""
        number = self._current
        alive = number in self._established or number in self._children.values()
        self._established.discard(number)
        self._end(match, entry, number)
        if alive or (self._tunnel.standing and not match.get("tag")):
            self._drop_children(number, entry, "dpd_timeout")
        else:
            self._failed(match, entry, "no_response", 1)

    def _dpd_dead(self, match: Match, entry: Entry) -> None:
        self._established.discard(self._current)
        self._drop_children(self._current, entry, "dpd_timeout")

    def _drop_children(self, number: str, entry: Entry, reason: str) -> None:
        for child, owner in list(self._children.items()):
            if owner == number or not owner:
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


_NEVER = object()
_UNNUMBERED = "?"


def _identity(match: Match) -> t.Tuple[t.Optional[str], ...]:
    """A CHILD SA and its SPIs: numbers start anew with the daemon."""
    return match.get("child"), match.get("in"), match.get("out")
