# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The dialect of Huawei's VRP, as Huawei Cloud and Open Telekom Cloud print it, and how its tunnels are followed.

A sentence says what happened, a list of ``Key=[value]`` says where and why. Values may hold commas, ``=``, blanks, and
parentheses; keys differ in case between firmwares; a level token may stand before the sentence or not.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import (
    Dialect,
    Match,
    Reading,
    compile_text,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Rule as R
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import Entry
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.tracker import Tunnel

# fmt: off
RULES = (
    R("ipsec tunnel negotiation fail", "negotiation_failed", None, None, "fail"),
    R("ipsec tunnel is established", "tunnel_established", 2, None, "up"),
    R("ipsec tunnel established", "tunnel_established", 2, None, "up"),
    R("ipsec tunnel is {deleted|teared down|torn down|tore down}", "tunnel_down", 2, None, "gone"),
    R("ipsec tunnel {deleted|teared down|torn down}", "tunnel_down", 2, None, "gone"),
    R("ike phase1 sa {is established|established}", "ike_sa_established", 1, None, "ike_up"),
    R("ike phase 1 sa {is established|established}", "ike_sa_established", 1, None, "ike_up"),
    R("ike phase-1 sa {is established|established}", "ike_sa_established", 1, None, "ike_up"),
    R("ike sa phase1 {is established|established}", "ike_sa_established", 1, None, "ike_up"),
    R("{ike|ipsec} reset", "config", None, "admin_down"),
    R("{the number of ipsec tunnels|ipsec tunnel number}", "other", None, "limit_exceeded"),
)
# fmt: on
"""Sentences in lower case: firmwares differ in capitals."""

FAILURES: t.Dict[str, t.Tuple[t.Optional[int], str]] = {
    "phase1 proposal mismatch": (1, "phase1_proposal_mismatch"),
    "phase1 proposal encryption algorithm mismatch": (1, "phase1_proposal_mismatch"),
    "phase1 proposal authentication algorithm mismatch": (1, "phase1_proposal_mismatch"),
    "phase1 proposal integrity algorithm mismatch": (1, "phase1_proposal_mismatch"),
    "phase1 proposal authentication method mismatch": (1, "auth_method_mismatch"),
    "phase1 proposal dh mismatch": (1, "dh_group_mismatch"),
    "responder dh mismatch": (1, "dh_group_mismatch"),
    "initiator dh mismatch": (1, "dh_group_mismatch"),
    "phase2 proposal or pfs mismatch": (2, "phase2_proposal_mismatch"),
    "phase2 proposal mismatch": (2, "phase2_proposal_mismatch"),
    "proposal mismatch or use sm in ikev2": (2, "phase2_proposal_mismatch"),
    "ikev2 not support sm in ipsec proposal": (2, "phase2_proposal_mismatch"),
    "ikev2 not support sm in ipsec proposal ikev2": (2, "phase2_proposal_mismatch"),
    "proposal mismatch": (None, "proposal_mismatch"),
    "pfs mismatch": (2, "pfs_mismatch"),
    "encapsulation mode mismatch": (2, "encapsulation_mode_mismatch"),
    "flow or peer mismatch": (2, "traffic_selector_mismatch"),
    "flow mismatch": (2, "traffic_selector_mismatch"),
    "flow confict": (2, "traffic_selector_mismatch"),
    "flow conflict": (2, "traffic_selector_mismatch"),
    "netmask mismatch": (2, "traffic_selector_mismatch"),
    "version mismatch": (1, "ike_version_mismatch"),
    "unsupported version": (1, "ike_version_mismatch"),
    "exchange mode mismatch": (1, "exchange_mode_mismatch"),
    "role mismatch": (1, "exchange_mode_mismatch"),
    "peer address mismatch": (1, "peer_address_mismatch"),
    "local address mismatch": (1, "peer_address_mismatch"),
    "config id mismatch": (1, "peer_id_mismatch"),
    "construct local id fail": (1, "peer_id_mismatch"),
    "authentication fail": (1, "authentication_failed"),
    "nat detection fail": (1, "nat_traversal_mismatch"),
    "malformed payload": (None, "malformed_packet"),
    "malformed message": (None, "malformed_packet"),
    "invalid cookie": (1, "malformed_packet"),
    "cookie mismatch": (1, "malformed_packet"),
    "invalid length": (None, "malformed_packet"),
    "short packet": (None, "malformed_packet"),
    "unknown exchange type": (1, "malformed_packet"),
    "critical drop": (None, "malformed_packet"),
    "uncritical drop": (None, "malformed_packet"),
    "max transmit reached": (None, "no_response"),
    "fragment packet limit": (None, "fragmentation"),
    "fragment packet reassemble timeout": (None, "fragmentation"),
    "rekey no find old sa": (2, "other"),
    "rekey fail": (2, "other"),
    "first packet limited": (None, "limit_exceeded"),
    "route limit": (None, "limit_exceeded"),
    "ipsec tunnel number reaches limitation": (None, "limit_exceeded"),
    "dynamic peers number reaches limitation": (None, "limit_exceeded"),
    "license or specification limited": (None, "limit_exceeded"),
    "form cert payload fail": (1, "certificate_invalid"),
    "no valid local cert": (1, "certificate_invalid"),
    "peer cert is expired": (1, "certificate_invalid"),
    "peer cert is revoked by crl": (1, "certificate_invalid"),
    "eap authentication timeout": (1, "authentication_failed"),
    "eap authentication fail": (1, "authentication_failed"),
    "xauth authentication timeout": (1, "authentication_failed"),
    "xauth authentication fail": (1, "authentication_failed"),
    "ip assigned fail": (None, "other"),
    "sa with same user exists": (None, "other"),
    "no policy applied on interface": (None, "provider_fault"),
    "none of user's interface is selected": (None, "provider_fault"),
    "in disconnect state": (None, "provider_fault"),
}
"""`Reason` of a failed negotiation: phase and the contract's word, documented typos included."""

TEARDOWNS: t.Dict[str, str] = {
    "dpd timeout": "dpd_timeout",
    "heartbeat timeout": "dpd_timeout",
    "exchange timeout": "no_response",
    "peer request": "peer_deleted",
    "phase1 hard expiry": "sa_expired",
    "phase2 hard expiry": "sa_expired",
    "hard expiry triggered by port mismatch": "sa_expired",
    "re-auth timeout": "sa_expired",
    "modecfg address soft expiry": "sa_expired",
    "phase1 sa replace": "replaced",
    "phase2 sa replace": "replaced",
    "kick old sa with same flow": "replaced",
    "eap delete old sa": "replaced",
    "config modify or manual offline": "admin_down",
    "manual offline": "admin_down",
    "admin down": "admin_down",
    "reset sa by ike user": "admin_down",
    "aaa cut user": "admin_down",
    "ikev1 phase1-phase2 sa dependent offline": "peer_deleted",
    "peer address switch": "peer_address_mismatch",
    "dns resolution status change": "peer_address_mismatch",
    "flow overlap": "traffic_selector_mismatch",
    "spi conflict": "local_fault",
    "receive invalid spi notify": "peer_deleted",
    "forward down": "provider_fault",
    "cpu table updated": "provider_fault",
    "hash gene adjusted": "provider_fault",
    "receive backup delete info": "provider_fault",
    "ip address syn failed": "provider_fault",
    "sa with same user exists": "other",
    "nhrp notify": "other",
    "disconnect track nqa/bfd/vrrp": "other",
}
"""`OfflineReason` of a tunnel that is gone."""

_KEY = re.compile(r"(\w+)\s*=\s*\[")
_NUMBERED = re.compile(r"\bphase ([12])\b")
_BLANKS = str.maketrans("[]_-", "    ")
_FLOW_KEYS = ("tunnelindex", "seqnum", "rulenum", "flowinfo", "inboundspi")
_DEFAULT_LIFETIME = 3600.0
_SENTENCE = 160
"""Characters among which the sentence begins and ends."""


def parameters(message: str) -> t.Dict[str, str]:
    """The ``Key=[value]`` list of a message, keys in lower case; of a truncated last value what is there."""
    keys = list(_KEY.finditer(message))
    ends = [key.start() for key in keys[1:]] + [len(message)]
    values = {}
    for key, end in zip(keys, ends):
        value = message[key.end() : end]
        values[key[1].lower()] = value.rpartition("]")[0] if "]" in value else value
    return values


def _plain(reason: str) -> str:
    """A reason's words alone: firmwares differ in capitals, blanks, hyphens, and underscores."""
    return _NUMBERED.sub(r"phase\1", " ".join(reason.lower().translate(_BLANKS).split()).strip(" ."))


_FAILED = {_plain(text): told for text, told in FAILURES.items()}
_GONE = {_plain(text): reason for text, reason in TEARDOWNS.items()}


def _failure(text: str) -> t.Tuple[t.Optional[int], str]:
    """Phase and reason of a failure's text; a text not listed is read by what it names."""
    known = _FAILED.get(text)
    if known:
        return known
    phase = 1 if "phase1" in text else 2 if "phase2" in text else None
    if "proposal" in text:
        return phase, f"phase{phase}_proposal_mismatch" if phase else "proposal_mismatch"
    if "cert" in text:
        return 1, "certificate_invalid"
    return phase, "limit_exceeded" if "limit" in text else "other"


class VrpMatch(Match):
    """A match whose values are the parameter list."""

    __slots__ = ("values",)

    def __init__(self, rule: R, values: t.Mapping[str, str]) -> None:
        self.values = values
        super().__init__(rule)

    def get(self, name: str) -> t.Optional[str]:
        """A parameter; ``peer`` is the address of the other end."""
        if name == "peer":
            return self.values.get("peeraddress") or self.values.get("dstip")
        return self.values.get(name)


class VrpDialect(Dialect):
    """The table, and the reason that the parameter list gives. Level or address may stand before the sentence."""

    def __init__(self, name: str, rules: t.Sequence[R]) -> None:
        super().__init__(name, ())
        self.rules = tuple(rules)
        self._phrases = [(re.compile(compile_text(rule.text)).search, rule) for rule in rules]

    def match(self, message: str) -> t.Optional[Match]:
        """The row of the sentence, with event, phase, and reason as the parameters say."""
        sentence = message[:_SENTENCE].lower()
        rule = next((rule for search, rule in self._phrases if search(sentence)), None)
        if rule is None:
            return None
        values = parameters(message)
        if rule.act not in ("fail", "gone"):
            return VrpMatch(rule, values)
        told = _plain(values.get("offlinereason") or values.get("reason") or "")
        if rule.act == "fail":
            phase, reason = _failure(told) if told else (None, "other")
            event = "rekey_failed" if told.startswith("rekey") else rule.event
            return VrpMatch(rule._replace(phase=phase, reason=reason, event=event), values)
        reason = _GONE.get(told, "other")
        return VrpMatch(
            rule._replace(reason=reason, event="sa_deleted" if reason == "replaced" else rule.event), values
        )


DIALECT = VrpDialect("vrp", RULES)


class VrpReader:
    """Follows tunnels by the keys that both an establishing and a teardown line print; without keys, one per connection."""

    def __init__(self, tunnel: Tunnel) -> None:
        self._tunnel = tunnel
        self._flows: t.List[t.Dict[str, str]] = []
        self._expires: t.Optional[float] = None
        self._peer: t.Optional[str] = None

    def read(self, match: Match, entry: Entry) -> t.Optional[Reading]:
        """Take in one line that has an act."""
        told: t.Optional[Reading] = getattr(self, "_" + str(match.rule.act))(match, entry)
        return told

    def abandon(self) -> None:
        """Another daemon took over: its predecessor's SAs are gone."""
        self._flows.clear()

    def _up(self, match: Match, entry: Entry) -> t.Optional[Reading]:
        flow = _flow(match)
        renews = any(_same(one, flow) for one in self._flows)
        self._flows = [one for one in self._flows if not _same(one, flow)] + [flow]
        self._peer = match.peer or self._peer
        lifetime = match.get("lifetime") or ""
        if entry["epoch"] is not None:
            self._expires = entry["epoch"] + (float(lifetime) if lifetime.isdecimal() else _DEFAULT_LIFETIME)
        self._tunnel.rise(entry)
        return Reading("rekeyed", 2, None) if renews else None

    def _ike_up(self, match: Match, entry: Entry) -> None:
        if not self._tunnel.standing:
            self._tunnel.begin(entry)

    def _fail(self, match: Match, entry: Entry) -> None:
        """Beside a standing tunnel a failed re-key; once its lifetime is over, the end of it."""
        peer = match.peer
        if self._tunnel.standing and peer and self._peer and peer != self._peer:
            return  # somebody else's attempt
        if self._tunnel.standing and self._expires is not None and (entry["epoch"] or 0) > self._expires:
            self._flows.clear()
            self._tunnel.lose(entry, "sa_expired", 2)
        self._tunnel.fail(entry, match.rule.reason, match.rule.phase, rekey=True)

    def _gone(self, match: Match, entry: Entry) -> None:
        reason = match.rule.reason or "other"
        if reason == "replaced":
            return
        flow = _flow(match)
        self._flows = [one for one in self._flows if not _same(one, flow)]
        if not self._flows:
            self._tunnel.lose(entry, reason, 2)
        else:
            self._tunnel.fail(entry, reason, 2, rekey=True)


def _flow(match: Match) -> t.Dict[str, str]:
    return {key: match.get(key) or "" for key in _FLOW_KEYS if match.get(key)}


def _same(one: t.Mapping[str, str], other: t.Mapping[str, str]) -> bool:
    """Two lines are about the same tunnel unless a key they both print differs."""
    return all(one[key] == other[key] for key in one if key in other)
