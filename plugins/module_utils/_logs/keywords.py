# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Alibaba Cloud's documented keywords, for lines that no table of a daemon knows: the gateways run forks.

Searched anywhere in the message, without regard to case, and never surer than a guess about the state: a keyword explains
a failure, it does not make one.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Dialect, Match
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Rule as R

# fmt: off
RULES = (
    R("received UNSUPPORTED_CRITICAL_PAYLOAD", "negotiation_failed", 1, "peer_address_mismatch", "fail"),
    R("HASH mismatched", "authentication", 1, "psk_mismatch", "fail"),
    R("mismatch of preshared secrets", "authentication", 1, "psk_mismatch", "fail"),
    R("invalid HASH_V1 payload length, decryption failed", "authentication", 1, "?psk_mismatch", "suspect"),
    R("could not decrypt payloads", "authentication", 1, "?psk_mismatch", "suspect"),
    R("authentication failure", "authentication", 1, "authentication_failed", "fail"),
    R("invalid encryption algorithm", "proposal", 2, "phase2_proposal_mismatch", "suspect"),
    R("trns_id mismatched", "proposal", 2, "phase2_proposal_mismatch", "suspect"),
    R("authtype mismatched", "proposal", 2, "phase2_proposal_mismatch", "suspect"),
    R("rejected enctype", "proposal", 1, "phase1_proposal_mismatch", "suspect"),
    R("rejected hashtype", "proposal", 1, "phase1_proposal_mismatch", "suspect"),
    R("rejected dh_group", "proposal", 1, "dh_group_mismatch", "suspect"),
    R("failed to compute dh value", "proposal", 1, "dh_group_mismatch", "fail"),
    R("proposal mismatch, transform type:4", "proposal", 1, "dh_group_mismatch", "suspect"),
    R("received KE type", "proposal", 1, "dh_group_mismatch", "suspect"),
    R("does not match peers id", "authentication", 1, "peer_id_mismatch", "fail"),
    R("message lacks IDr payload", "authentication", 1, "?authentication_failed", "fail"),
    R("Expecting IP address type in main mode", "authentication", 1, "peer_id_mismatch", "fail"),
    R("Unknow peer id", "authentication", 1, "peer_id_mismatch", "fail"),
    R("Unknown peer id", "authentication", 1, "peer_id_mismatch", "fail"),
    R("Parse PEERID failed", "authentication", 1, "peer_id_mismatch", "fail"),
    R("DPD: remote seems to be dead", "dpd_timeout", 1, "dpd_timeout", "dead"),
    R("unknown ikev2 peer", "negotiation_failed", 1, "no_matching_peer", "stranger"),
    R("not acceptable Aggressive mode", "negotiation_failed", 1, "exchange_mode_mismatch", "fail"),
    R("not acceptable Identity Protection mode", "negotiation_failed", 1, "exchange_mode_mismatch", "fail"),
    R("unexpecting payload type 130", "negotiation_failed", 1, "nat_traversal_mismatch", "suspect"),
    R("long lifetime proposed", "proposal", 2, "lifetime_mismatch", "suspect"),
    R("proto_id mismatched", "proposal", 2, "security_protocol_mismatch", "suspect"),
    R("encmode mismatched", "proposal", 2, "encapsulation_mode_mismatch", "suspect"),
    R("traffic selector mismatch", "negotiation_failed", 2, "traffic_selector_mismatch", "fail"),
    R("traffic selector unacceptable", "negotiation_failed", 2, "traffic_selector_mismatch", "fail"),
    R("invalid-id-information", "negotiation_failed", 2, "traffic_selector_mismatch", "suspect"),
    R("INVALID_ID_INFORMATION", "negotiation_failed", 2, "traffic_selector_mismatch", "suspect"),
    R("TS_UNACCEPTABLE", "negotiation_failed", 2, "traffic_selector_mismatch", "suspect"),
    R("can't find matching selector", "negotiation_failed", 2, "traffic_selector_mismatch", "suspect"),
    R("pfs group mismatched", "proposal", 2, "pfs_mismatch", "suspect"),
    R("message lacks KE payload", "negotiation_failed", 2, "pfs_mismatch", "suspect"),
    R("no proposal chosen", "negotiation_failed", None, "?proposal_mismatch", "suspect"),
    R("NO_PROPOSAL_CHOSEN", "negotiation_failed", None, "?proposal_mismatch", "suspect"),
    R("NO-PROPOSAL-CHOSEN", "negotiation_failed", None, "?proposal_mismatch", "suspect"),
    R("no suitable proposal found", "negotiation_failed", None, "proposal_mismatch", "fail"),
    R("failed to get valid proposal", "negotiation_failed", None, "proposal_mismatch", "fail"),
    R("none of my proposal matched", "negotiation_failed", None, "proposal_mismatch", "fail"),
    R("proposal mismatch", "negotiation_failed", None, "proposal_mismatch", "suspect"),
    R("couldn't find configuration", "negotiation_failed", 1, "no_matching_peer", "stranger"),
    R("couldn't find configuaration", "negotiation_failed", 1, "no_matching_peer", "stranger"),
    R("expecting the packet encrypted", "authentication", 1, "?authentication_failed", "suspect"),
    R("retransmission count exceeded the limit", "peer_unresponsive", 1, "no_response", "unanswered"),
    R("phase1 negotiation failed due to time up", "negotiation_failed", 1, "phase1_timeout", "fail"),
    R("phase2 negotiation failed due to time up waiting for phase1", "negotiation_failed", 1),
    R("phase2 negotiation failed due to time up", "negotiation_failed", 2, "phase2_timeout", "fail"),
    R("received DELETE IKE_SA", "sa_deleted", 1, "peer_deleted", "ended"),
)
# fmt: on

REASON_CODES: t.Dict[str, str] = {
    "PeerMismatch": "peer_address_mismatch",
    "AlgorithmMismatch": "proposal_mismatch",
    "EncryptionAlgorithmMismatch": "proposal_mismatch",
    "AuthenticationAlgorithmMismatch": "proposal_mismatch",
    "DhGroupMismatch": "dh_group_mismatch",
    "PskMismatch": "psk_mismatch",
    "PeerIdMismatch": "peer_id_mismatch",
    "DpdHashNotifyCompatibility": "other",
    "DpdTimeout": "dpd_timeout",
    "IkeVersionMismatch": "ike_version_mismatch",
    "NegotiationModeMismatch": "exchange_mode_mismatch",
    "NatTMismatch": "nat_traversal_mismatch",
    "LifetimeMismatch": "lifetime_mismatch",
    "SecurityProtocolMismatch": "security_protocol_mismatch",
    "EncapsulationModeMismatch": "encapsulation_mode_mismatch",
    "AlgorithmCompatibility": "proposal_mismatch",
    "TrafficSelectorMismatch": "traffic_selector_mismatch",
    "PfsMismatch": "pfs_mismatch",
    "CommitMismatch": "phase2_proposal_mismatch",
    "ProposalMismatch": "proposal_mismatch",
    "NegotiationFailed": "phase1_timeout",
    "Phase1NegotiationTimeout": "phase1_timeout",
    "Phase2NegotiationTimeout": "phase2_timeout",
    "NoResponse": "no_response",
    "ReceiveDeleteNotify": "peer_deleted",
}
"""FailedReasonCode of the provider's diagnosis, should a line quote one."""


_STEMS = (
    *(
        "match",
        "fail",
        "reject",
        "decrypt",
        "critical",
        "invalid",
        "accept",
        "chosen",
        "proposal",
        "proposed",
        "lacks",
        "dead",
    ),
    *(
        "limit",
        "ke type",
        "expect",
        "config",
        "delete ike",
        "peer id",
        "peerid",
        "ikev2 peer",
        "timeout",
        "response",
        "notify",
    ),
    *("compatibility", "negotiationfailed"),
)
"""Every keyword holds one of these; looking for them first is several times faster than looking for the keywords."""


class KeywordDialect(Dialect):
    """Finds a row's text anywhere in a message, the longest first."""

    def __init__(self, name: str, rules: t.Sequence[R]) -> None:
        super().__init__(name, ())
        self.rules = tuple(rules)
        ordered = sorted(rules, key=lambda rule: -len(rule.text))
        self._rows = {rule.text.lower(): rule for rule in ordered}
        self._search = re.compile("|".join(re.escape(rule.text) for rule in ordered), re.IGNORECASE).search
        self._codes = re.compile(r"\b(?:" + "|".join(REASON_CODES) + r")\b").search

    def match(self, message: str) -> t.Optional[Match]:
        """The row of the longest keyword in the message."""
        lower = message.lower()
        for stem in _STEMS:
            if stem in lower:
                break
        else:
            return None
        found = self._search(message)
        if found:
            return Match(self._rows[found[0].lower()])
        code = self._codes(message)
        if code:
            return Match(R(code[0], "negotiation_failed", None, REASON_CODES[code[0]], "suspect"))
        return None


DIALECT = KeywordDialect("keywords", RULES)
