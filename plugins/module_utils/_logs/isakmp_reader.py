# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Follows IPsec SAs through the logs of the racoon family: racoon2's iked and racoon itself.

Both print what they ask the kernel to install and remove, by SPI. A tunnel is up while at least one inbound and one
outbound SPI are left; phase 1 says nothing about that.
"""

from __future__ import annotations

import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Match, Reading
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import Entry
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.reasons import weight
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.spi_pairs import SpiPairs
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.tracker import Tunnel

_UNANSWERED = "0" * 16
_V1 = "v1"
_TIME_UP = 12
"""Weight of the reasons that say no more than that time ran out."""
_RETRANSMITTED = 2.0
"""Seconds after which the same packet is sent again; the messages of an exchange that goes on follow each other faster."""


class IsakmpReader:
    """One method for each act named in the tables of iked.py and racoon.py."""

    def __init__(self, tunnel: Tunnel) -> None:
        self._tunnel = tunnel
        self._spis = SpiPairs()
        self._expiring: t.Set[int] = set()
        self._attempts: t.Set[str] = set()
        self._ike: t.Set[str] = set()
        self._asked: t.Dict[str, int] = {}
        self._kernel_seen = False
        self._ending: t.Optional[t.Tuple[t.Any, str]] = None
        self._sent_at: t.Dict[str, t.Any] = {}
        self._caller: t.Optional[str] = None
        self._peers: t.Set[t.Optional[str]] = set()

    def read(self, match: Match, entry: Entry) -> t.Optional[Reading]:
        """Take in one line that has an act."""
        told: t.Optional[Reading] = getattr(self, "_" + str(match.rule.act))(match, entry)
        self._tunnel.trying = bool(self._attempts) and not self._tunnel.standing
        return told

    def abandon(self) -> None:
        """Another daemon took over: its predecessor's SAs are gone."""
        self._spis.clear()
        self._attempts.clear()
        self._ike.clear()
        self._peers.clear()

    # Negotiations. IKEv2 lines carry the serial of their IKE SA, IKEv1 lines do not tell attempts apart.

    def _begin(self, match: Match, entry: Entry) -> None:
        self._attempts.add(match.get("serial") or _V1)
        self._caller = match.peer
        self._tunnel.begin(entry)

    def _need(self, match: Match, entry: Entry) -> None:
        """Traffic asks for a tunnel that is not there."""
        self._tunnel.decide()

    def _suspect(self, match: Match, entry: Entry) -> None:
        self._tunnel.suspect(entry, match.rule.reason or "?other", match.rule.phase)

    def _fail(self, match: Match, entry: Entry) -> None:
        """Beside a standing SA a failure counts when it is phase 2's, or a refusal of the peer that the SA is with."""
        reason = match.rule.reason
        self._attempts.discard(match.get("serial") or _V1)
        ours = reason is not None and weight(reason) > _TIME_UP and (match.peer or self._caller) in self._peers
        self._tunnel.fail(entry, reason, match.rule.phase, rekey=match.rule.phase == 2 or ours)

    def _time_up(self, match: Match, entry: Entry) -> Reading:
        """The second cookie tells whether the peer ever answered."""
        answered = not (match.get("cookies") or "").endswith(_UNANSWERED)
        reason = "phase1_timeout" if answered else "no_response"
        self._attempts.discard(_V1)
        self._tunnel.fail(entry, reason, 1)
        return Reading(match.rule.event, 1, reason)

    def _sent(self, match: Match, entry: Entry) -> t.Optional[Reading]:
        """`resend phase1 packet` is printed for the first transmission too, and for the next message of an exchange."""
        before = self._sent_at.get(entry["message"])
        self._sent_at[entry["message"]] = entry["epoch"]
        again = before is not None and entry["epoch"] - before >= _RETRANSMITTED
        return None if again else Reading("other", match.rule.phase, None)

    def _ike_trying(self, match: Match, entry: Entry) -> None:
        """`ike_sa 0x… state … -> …` (DEBUG, IKEv2): on its way to ESTABLISHED."""
        serial = match.get("serial") or ""
        if serial not in self._attempts:
            self._begin(match, entry)

    def _ike_established(self, match: Match, entry: Entry) -> None:
        serial = match.get("serial") or ""
        self._attempts.discard(serial)
        self._ike.add(serial)

    def _ike_dying(self, match: Match, entry: Entry) -> None:
        serial = match.get("serial") or ""
        self._ike.discard(serial)
        if serial in self._attempts:
            self._attempts.discard(serial)
            self._tunnel.fail(entry, None, 1)

    def _abort(self, match: Match, entry: Entry) -> None:
        """`aborting ike_sa`: the end of a failed negotiation, or of an IKE SA nobody needs any more."""
        serial = match.get("serial") or ""
        self._attempts.discard(serial)
        self._ike.discard(serial)
        self._tunnel.fail(entry, None, 1)

    def _unanswered(self, match: Match, entry: Entry) -> None:
        """Retransmissions ran out: a peer that never answered, or the death of what had been established."""
        serial = match.get("serial") or ""
        self._attempts.discard(serial)
        established = self._tunnel.standing or serial in self._ike
        self._ending = (entry["epoch"], "dpd_timeout")
        if not established:
            self._tunnel.fail(entry, "no_response", 1)

    def _refused(self, match: Match, entry: Entry) -> None:
        """A notify of the peer: beside a standing SA a failed re-key, else the reason of the time-out that follows."""
        if self._tunnel.standing or self._tunnel.state == "down":
            self._tunnel.fail(entry, match.rule.reason, match.rule.phase, rekey=True)
        else:
            self._suspect(match, entry)

    def _no_proposal(self, match: Match, entry: Entry) -> Reading:
        """`no proposal chosen` says nothing of the phase; the file that prints it does."""
        child = (entry["source"] or "").startswith("ikev2_child")
        reason, phase = ("phase2_proposal_mismatch", 2) if child else ("phase1_proposal_mismatch", 1)
        self._attempts.discard(match.get("serial") or _V1)
        self._tunnel.fail(entry, reason, phase, rekey=child)
        return Reading(match.rule.event, phase, reason)

    def _stranger(self, match: Match, entry: Entry) -> None:
        """Somebody without a connection called: the peer at an unexpected address, or anybody."""
        self._tunnel.strange(entry, match.rule.reason or "no_matching_peer")

    def _sainfo(self, match: Match, entry: Entry) -> None:
        """racoon's initiator looks the selectors up in its own configuration, its responder compares them."""
        if (entry["source"] or "").startswith("isakmp_quick"):
            self._suspect(match, entry)
        else:
            self._tunnel.fail(entry, "local_fault", 2)

    # Phase 1

    def _ike_up(self, match: Match, entry: Entry) -> None:
        self._ike.add(match.get("cookies") or "")
        if self._tunnel.state == "unknown":  # its begin is from before the window; phase 2 is next
            self._attempts.add(_V1)
            self._tunnel.begin(entry)
        self._tunnel.decide()
        self._tunnel.reassure()

    def _ike_up_pause(self, match: Match, entry: Entry) -> None:
        """racoon starts phase 2 in a second step of its own."""
        self._ike_up(match, entry)
        self._attempts.discard(_V1)
        self._tunnel.pause()

    def _ike_gone(self, match: Match, entry: Entry) -> None:
        self._ike.discard(match.get("cookies") or "")

    def _purge(self, match: Match, entry: Entry) -> None:
        """`purging ISAKMP-SA`: DPD verdict, unless the DELETE of the peer has removed the IPsec SAs already.

        Beside standing IPsec SAs it says nothing at INFO level: a healthy IKEv1 tunnel does without phase 1 for long.
        """
        cookies = match.get("cookies") or ""
        self._ike.discard(cookies)
        if self._ike or (self._ending and self._ending[0] == entry["epoch"] and not self._tunnel.standing):
            return
        self._ending = (entry["epoch"], "dpd_timeout")
        if not self._tunnel.standing:
            self._tunnel.lose(entry, "?dpd_timeout")

    def _admin(self, match: Match, entry: Entry) -> None:
        """An administrator takes the tunnel down; the removals follow."""
        self._ending = (entry["epoch"], "admin_down")

    def _shutdown(self, match: Match, entry: Entry) -> None:
        self.abandon()
        self._tunnel.lose(entry, match.rule.reason or "admin_down")

    def _restart(self, match: Match, entry: Entry) -> None:
        """racoon starts with nothing; iked leaves its SAs in the kernel when it ends."""
        self.abandon()
        self._tunnel.forget(entry, fresh=True)

    # What ends an SA is told before or after its removal

    def _ended(self, match: Match, entry: Entry) -> None:
        self._ending = (entry["epoch"], match.rule.reason or "peer_deleted")
        if not self._tunnel.standing and self._tunnel.state in ("down", "unknown"):
            self._tunnel.lose(entry, match.rule.reason or "peer_deleted")

    def _purged(self, match: Match, entry: Entry) -> None:
        """A DELETE of the peer is done with: what was a guess when its SAs went is certain now."""
        if self._tunnel.cause and self._tunnel.cause.reason == "?peer_deleted":
            self._tunnel.explain(entry, match.rule.reason or "peer_deleted")

    def _ended_child(self, match: Match, entry: Entry) -> None:
        """The peer deletes one IPsec SA: the old one of a re-key, or the tunnel."""
        self._ending = (entry["epoch"], match.rule.reason or "peer_deleted")

    def _dead(self, match: Match, entry: Entry) -> None:
        """DPD's verdict; the purge of the IKE SA and of its IPsec SAs follows."""
        self._ending = (entry["epoch"], "dpd_timeout")
        if self._tunnel.state == "unknown":
            self._tunnel.lose(entry, "dpd_timeout")
        self._tunnel.doubt(entry, "dpd_timeout")

    def _alive(self, match: Match, entry: Entry) -> None:
        """The peer answers; that says nothing about phase 2."""
        self._tunnel.reassure()

    def _forget(self, match: Match, entry: Entry) -> None:
        self.abandon()
        self._tunnel.forget(entry)

    # IPsec SAs

    def _install_in(self, match: Match, entry: Entry) -> t.Optional[Reading]:
        self._kernel_seen = True
        self._asked["UPDATE"] = _spi(match)
        return self._install(match, entry, self._spis.inbound)

    def _install_out(self, match: Match, entry: Entry) -> t.Optional[Reading]:
        self._kernel_seen = True
        self._asked["ADD"] = _spi(match)
        return self._install(match, entry, self._spis.outbound)

    def _established(self, match: Match, entry: Entry) -> t.Optional[Reading]:
        """`IPsec-SA established`: racoon prints one for each direction, iked one for the pair, beside its SADB lines."""
        if "pk_recvupdate" in entry["raw"]:
            return self._install(match, entry, self._spis.inbound)
        if "pk_recvadd" not in entry["raw"] and self._kernel_seen and self._spis.inbound:
            return self._renewal(entry)
        if not self._spis.inbound:
            told = self._install(match, entry, self._spis.inbound)
            if self._spis.outbound:
                return told
            self._spis.halve(_spi(match))
        return self._install(match, entry, self._spis.outbound)

    def _kernel_refused(self, match: Match, entry: Entry) -> None:
        """The SADB lines tell what is asked for; here the kernel says no to the last of them."""
        spi = self._asked.get("ADD" if " ADD" in entry["message"] else "UPDATE")
        if spi is not None:
            self._drop(spi, entry, "local_fault")
        self._tunnel.fail(entry, "local_fault", 2, rekey=True)

    def _renewal(self, entry: Entry) -> t.Optional[Reading]:
        """A pair that comes up well after the one that stands, or where one has just expired, renews it."""
        return Reading("rekeyed", 2, None) if self._tunnel.renews(entry) else None

    def _install(self, match: Match, entry: Entry, side: t.Set[int]) -> t.Optional[Reading]:
        spi = _spi(match)
        if not self._spis.add(spi, side, entry["epoch"]):
            return None
        self._peers.add(match.peer)
        if entry is self._tunnel.first_line and not self._spis.standing:
            self._spis.halve(spi)
        self._attempts.clear()
        told = self._renewal(entry)
        if self._spis.standing:
            self._tunnel.rise(entry)
        else:
            self._tunnel.pause()
        return told

    def _remove(self, match: Match, entry: Entry) -> None:
        self._drop(_spi(match), entry, self._why(entry))

    def _expire(self, match: Match, entry: Entry) -> None:
        """`PFKEY_EXPIRE … expired=2`: the hard lifetime. SPI 0 is traffic that waited in vain for a tunnel."""
        spi = _spi(match)
        if not spi:
            self._tunnel.decide()
        elif spi in self._spis.inbound | self._spis.outbound:
            self._drop(spi, entry, "sa_expired")

    def _expired(self, match: Match, entry: Entry) -> None:
        """racoon prints the same text twice: the soft lifetime first, then the hard one."""
        spi = _spi(match)
        if spi in self._expiring:
            self._drop(spi, entry, "sa_expired")
        self._expiring.add(spi)

    def _drop(self, spi: int, entry: Entry, reason: str) -> None:
        known = self._spis.drop(spi, entry["epoch"])
        if self._spis.standing:
            return
        if (known and self._tunnel.standing) or not (self._tunnel.trying or self._tunnel.standing):
            self._tunnel.lose(entry, reason, 2)

    def _why(self, entry: Entry) -> str:
        if self._ending and (entry["epoch"] is None or entry["epoch"] - (self._ending[0] or 0) <= 2):
            return self._ending[1]
        self._ending = (entry["epoch"], "?peer_deleted")
        return "?peer_deleted"


def _spi(match: Match) -> int:
    """SPIs are printed as 0x…, as hex, or as a decimal number."""
    text = match.get("spi") or "0"
    return int(text, 16) if text.startswith("0x") else int(text) if text.isdecimal() else int(text, 16)
