# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every word the providers document, typing errors included, is read as the contract's reason."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs import keywords, vrp
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.reasons import REASONS, clean

from .samples import VCO, entries

PROPOSALS = ("proposal_mismatch", "phase1_proposal_mismatch", "phase2_proposal_mismatch")
KEYWORDS: t.Dict[str, t.Tuple[str, ...]] = {
    "received UNSUPPORTED_CRITICAL_PAYLOAD error": ("peer_address_mismatch",),
    "HASH mismatched": ("psk_mismatch",),
    "authentication failure": ("authentication_failed", "psk_mismatch"),
    "invalid encryption algorithm": PROPOSALS,
    "trns_id mismatched": PROPOSALS,
    "rejected enctype": PROPOSALS,
    "authtype mismatched": PROPOSALS,
    "rejected hashtype": PROPOSALS,
    "received KE type 14,expected 2": ("dh_group_mismatch", "pfs_mismatch"),
    "failed to compute dh value": ("dh_group_mismatch",),
    "rejected dh_group": ("dh_group_mismatch",),
    "proposal mismatch, transform type:4": ("dh_group_mismatch",),
    "Decryption failed! mismatch of preshared secrets": ("psk_mismatch",),
    "mismatch of preshared secrets": ("psk_mismatch",),
    "invalid HASH_V1 payload length, decryption failed": ("psk_mismatch",),
    "could not decrypt payloads": ("psk_mismatch",),
    "does not match peers id": ("peer_id_mismatch",),
    "received ID_I(xxx) does not match peers id": ("peer_id_mismatch",),
    "message lacks IDr payload": ("authentication_failed", "peer_id_mismatch"),
    "Expecting IP address type in main mode,but FQDN": ("peer_id_mismatch",),
    "Unknow peer id": ("peer_id_mismatch",),
    "Parse PEERID failed": ("peer_id_mismatch",),
    "DPD: remote seems to be dead": ("dpd_timeout",),
    "unknown ikev2 peer": ("no_matching_peer", "ike_version_mismatch"),
    "in Identity not acceptable Aggressive mode": ("exchange_mode_mismatch",),
    "not acceptable Identity Protection mode": ("exchange_mode_mismatch",),
    "ignore the packet, received unexpecting payload type 130": ("nat_traversal_mismatch",),
    "long lifetime proposed": ("lifetime_mismatch",),
    "proto_id mismatched": ("security_protocol_mismatch",),
    "encmode mismatched": ("encapsulation_mode_mismatch",),
    "traffic selector mismatch": ("traffic_selector_mismatch",),
    "invalid-id-information": ("traffic_selector_mismatch",),
    "traffic selector unacceptable": ("traffic_selector_mismatch",),
    "can't find matching selector": ("traffic_selector_mismatch",),
    "received INVALID_ID_INFORMATION error notify": ("traffic_selector_mismatch",),
    "received Notify type TS_UNACCEPTABLE": ("traffic_selector_mismatch",),
    "pfs group mismatched": ("pfs_mismatch",),
    "message lacks KE payload": ("pfs_mismatch",),
    "no proposal chosen": PROPOSALS,
    "received NO_PROPOSAL_CHOSEN": PROPOSALS,
    "no suitable proposal found": PROPOSALS,
    "failed to get valid proposal": PROPOSALS,
    "none of my proposal matched": PROPOSALS,
    "no matching proposal found, sending NO_PROPOSAL_CHOSEN": PROPOSALS,
    "proposal mismatch": PROPOSALS,
    "couldn't find configuaration": ("no_matching_peer",),
    "ignore the packet,expecting the packet encrypted": ("authentication_failed",),
    "phase1 negotiation failed due to time up": ("phase1_timeout",),
    "phase2 negotiation failed due to time up": ("phase2_timeout",),
    "retransmission count exceeded the limit": ("no_response",),
    "received DELETE IKE_SA": ("peer_deleted",),
}
CHARON = {
    "sending retransmit 1 of request message ID 0, seq 1": ("retransmit", None),
    "IDir xxxx does not match to xxxx": ("authentication", "peer_id_mismatch"),
    "received NO_PROPOSAL_CHOSEN error notify": ("negotiation_failed", "proposal_mismatch"),
    "received AUTHENTICATION_FAILED error notify": ("authentication", "authentication_failed"),
    "received INVALID_ID_INFORMATION error notify": ("negotiation_failed", "traffic_selector_mismatch"),
    "no matching proposal found, sending NO_PROPOSAL_CHOSEN": ("negotiation_failed", "phase2_proposal_mismatch"),
    "invalid HASH_V1 payload length, decryption failed?": ("authentication", "psk_mismatch"),
    "could not decrypt payloads": ("authentication", "psk_mismatch"),
    "received UNSUPPORTED_CRITICAL_PAYLOAD error": ("negotiation_failed", "peer_address_mismatch"),
}
CODES = {
    "PeerMismatch": ("peer_address_mismatch",),
    "AlgorithmMismatch": PROPOSALS,
    "EncryptionAlgorithmMismatch": PROPOSALS,
    "AuthenticationAlgorithmMismatch": PROPOSALS,
    "DhGroupMismatch": ("dh_group_mismatch",),
    "PskMismatch": ("psk_mismatch",),
    "PeerIdMismatch": ("peer_id_mismatch",),
    "DpdHashNotifyCompatibility": ("other",),
    "DpdTimeout": ("dpd_timeout",),
    "IkeVersionMismatch": ("ike_version_mismatch",),
    "NegotiationModeMismatch": ("exchange_mode_mismatch",),
    "NatTMismatch": ("nat_traversal_mismatch",),
    "LifetimeMismatch": ("lifetime_mismatch",),
    "SecurityProtocolMismatch": ("security_protocol_mismatch",),
    "EncapsulationModeMismatch": ("encapsulation_mode_mismatch",),
    "AlgorithmCompatibility": PROPOSALS,
    "TrafficSelectorMismatch": ("traffic_selector_mismatch",),
    "PfsMismatch": ("pfs_mismatch",),
    "CommitMismatch": (*PROPOSALS, "other"),
    "ProposalMismatch": PROPOSALS,
    "NegotiationFailed": ("phase1_timeout",),
    "Phase1NegotiationTimeout": ("phase1_timeout",),
    "Phase2NegotiationTimeout": ("phase2_timeout",),
    "NoResponse": ("no_response",),
    "ReceiveDeleteNotify": ("peer_deleted",),
}
FAILURES = {
    "phase1_proposal_mismatch": "phase1 proposal mismatch|phase1 proposal encryption algorithm mismatch|phase1 proposal authentication algorithm mismatch"
    "|phase1 proposal integrity algorithm mismatch",
    "auth_method_mismatch": "phase1 proposal authentication method mismatch",
    "dh_group_mismatch": "phase1 proposal dh mismatch|responder dh mismatch|initiator dh mismatch",
    "phase2_proposal_mismatch": "phase2 proposal or pfs mismatch|proposal mismatch or use sm in ikev2|ikev2 not support sm in ipsec proposal"
    "|ikev2 not support sm in ipsec proposal ikev2|ikev2 not support sm in ipsec proposal [ikev2]",
    "encapsulation_mode_mismatch": "encapsulation mode mismatch",
    "traffic_selector_mismatch": "flow or peer mismatch|flow mismatch|flow confict|flow conflict|netmask mismatch",
    "ike_version_mismatch": "version mismatch|unsupported version",
    "peer_address_mismatch": "peer address mismatch|local address mismatch",
    "peer_id_mismatch": "config ID mismatch|construct local ID fail",
    "authentication_failed": "authentication fail|eap authentication timeout|eap authentication fail|xauth authentication timeout|xauth authentication fail",
    "limit_exceeded": "first packet limited|route limit|ipsec tunnel number reaches limitation|dynamic peers number reaches limitation"
    "|license or specification limited",
    "malformed_packet": "invalid cookie|cookie mismatch|invalid length|short packet|malformed payload|malformed message"
    "|unknown exchange type|critical drop|uncritical drop",
    "exchange_mode_mismatch": "exchange mode mismatch|role mismatch",
    "nat_traversal_mismatch": "nat detection fail",
    "fragmentation": "fragment packet limit|fragment packet reassemble timeout",
    "certificate_invalid": "form cert payload fail|no valid local cert|peer cert is expired|peer cert is revoked by CRL",
    "no_response": "max transmit reached",
    "provider_fault": "no policy applied on interface|none of user's interface is selected|in disconnect state",
    "other": "ip assigned fail|rekey no find old sa|rekey fail|sa with same user exists|something nobody documented",
}  # fmt: skip
TEARDOWNS = {
    "dpd_timeout": "dpd timeout|heartbeat timeout",
    "no_response": "exchange timeout",
    "peer_deleted": "peer request|ikev1 phase1-phase2 sa dependent offline|receive invalid spi notify",
    "sa_expired": "phase1 hard expiry|phase2 hard expiry|hard expiry triggered by port mismatch|re-auth timeout|modecfg address soft expiry",
    "replaced": "phase1 sa replace|phase2 sa replace|kick old sa with same flow|eap delete old sa",
    "admin_down": "config modify or manual offline|manual offline|admin down|reset sa by ike user|aaa cut user",
    "peer_address_mismatch": "peer address switch|dns resolution status change",
    "traffic_selector_mismatch": "flow overlap",
    "local_fault": "spi conflict",
    "provider_fault": "forward down|cpu table updated|hash gene adjusted|receive backup delete info|ip address syn failed",
    "other": "sa with same user exists|nhrp notify|disconnect track nqa/bfd/vrrp|something nobody documented",
}


def listed(table: t.Mapping[str, str]) -> t.List[t.Tuple[str, str]]:
    return [(text, reason) for reason, texts in table.items() for text in texts.split("|")]


@pytest.mark.parametrize("case", [str, str.upper, str.lower])
@pytest.mark.parametrize("text", list(KEYWORDS))
def test_alibabas_keywords(text: str, case: t.Callable[[str], str]) -> None:
    """In the envelope of a fork that prints other files, lines, and words around them."""
    for around in ("{}", "fork says: {} (index 1)"):
        (entry,) = entries([f"2026-11-21 10:00:00 {VCO} [PROTO_ERR]: fork.c:1:f(): {around.format(case(text))}"])
        assert entry["reason"] in KEYWORDS[text], entry["reason"]


@pytest.mark.parametrize("text", list(CHARON))
def test_alibabas_keywords_of_older_gateways(text: str) -> None:
    (entry,) = entries([f"2026-11-21 10:00:00 {VCO} [IKE] {text}"])
    assert (entry["event"], entry["reason"]) == CHARON[text]


@pytest.mark.parametrize("code", list(CODES))
def test_failed_reason_codes(code: str) -> None:
    assert keywords.REASON_CODES[code] in CODES[code]
    (entry,) = entries([f"2026-11-21 10:00:00 {VCO} [INFO]: diagnosis.c:1:f(): FailedReasonCode={code}"])
    assert entry["reason"] == keywords.REASON_CODES[code]


def test_no_code_is_left_out() -> None:
    assert set(keywords.REASON_CODES) == set(CODES)


SPELLINGS: t.Tuple[t.Callable[[str], str], ...] = (
    str,
    str.upper,
    str.title,
    lambda text: text.replace(" ", "_"),
    lambda text: text.replace(" ", "-"),
    lambda text: text.replace("phase", "phase ") + ".",
)
"""As firmwares may spell a documented reason."""


@pytest.mark.parametrize(("text", "reason"), listed(FAILURES))
def test_huaweis_failures(text: str, reason: str) -> None:
    for case in SPELLINGS:
        for key in ("Reason", "OfflineReason"):
            line = f"2024-12-24T07:08:32.730275+00:00 host-x ipsec_ike[1]: IPSec tunnel negotiation fails. (IfIndex=[207], {key}=[{case(text)}])"
            (entry,) = entries([line], "huawei")
            assert entry["reason"] == reason
            assert entry["event"] == ("rekey_failed" if text.startswith("rekey") else "negotiation_failed")


@pytest.mark.parametrize(("text", "reason"), listed(TEARDOWNS))
@pytest.mark.parametrize(
    "sentence", ["IPSec tunnel is deleted.", "IPSec tunnel is teared down.", "IPSec tunnel is torn down."]
)
def test_huaweis_teardowns(text: str, reason: str, sentence: str) -> None:
    for case in SPELLINGS:
        line = f"2024-12-24T07:08:32.730275+00:00 host-x ipsec_ike[1]: {sentence} (Ifindex=[207],OfflineReason=[{case(text)}])"
        (entry,) = entries([line], "huawei")
        assert entry["reason"] == reason
        assert entry["event"] == ("sa_deleted" if reason == "replaced" else "tunnel_down")


def test_every_reason_in_the_tables_is_documented_somewhere() -> None:
    ours = {text.lower() for text, _reason in listed(FAILURES)}
    extra = set(vrp.FAILURES) - ours
    assert extra <= {"phase2 proposal mismatch", "proposal mismatch", "pfs mismatch"}
    assert set(vrp.TEARDOWNS) == {text for text, _reason in listed(TEARDOWNS)} - {"something nobody documented"}
    assert {clean(reason) for _phase, reason in vrp.FAILURES.values()} <= set(REASONS)
