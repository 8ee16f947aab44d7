# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The dialect of strongSwan's charon.

Lines may begin with the tag of the IKE SA that printed them, ``<connection|number>``. The number in brackets after a name
is the IKE SA a line is about; during a re-key the two differ. CHILD SAs are ``name{number}``.
"""

from __future__ import annotations

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Dialect
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Rule as R

PREFIX = r"<(?:(?P<conn>[^|>]*)\|)?(?P<tag>\d+)> "

# fmt: off
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
    R("{IDir|IDr|IDi} <*> does not match to", "authentication", 1, "peer_id_mismatch", "fail"),
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
# fmt: on

DIALECT = Dialect("charon", RULES, PREFIX, "<")
