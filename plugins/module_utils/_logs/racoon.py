# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The dialect of racoon (ipsec-tools), as far as it differs from racoon2's iked.

Levels are INFO, WARNING, NOTIFY, ERROR. racoon starts phase 2 in a step of its own once phase 1 stands.
"""

from __future__ import annotations

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Dialect
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Rule as R

# fmt: off
RULES = (
    # the daemon
    R("@(#)ipsec-tools", "daemon_started", None, None, "restart"),
    R("caught signal", "daemon_stopped", None, "admin_down", "admin"),
    R("racoon process <n> shutdown", "daemon_stopped", None, "admin_down", "shutdown"),
    R("Reading configuration", "config"),
    R("<local> used {as isakmp port|for NAT-T}", "config"),
    R("Flushing all SAs", "sa_deleted", None, "admin_down", "admin"),
    R("sendmsg (", "peer_unresponsive", None, "local_fault", "suspect"),
    R("sendfromto failed", "peer_unresponsive", None, "local_fault", "suspect"),
    # phase 1
    R("IPsec-SA request for <peer> queued due to no phase1 found", "negotiation_started", 1, None, "need"),
    R("request for establishing IPsec-SA was queued", "negotiation_started", 1, None, "need"),
    R("ISAKMP-SA established <local>-<peer> spi:<cookies>", "ike_sa_established", 1, None, "ike_up_pause"),
    R("phase1 negotiation failed due to send error", "negotiation_failed", 1, "local_fault", "fail"),
    R("purged ISAKMP-SA", "sa_deleted", 1),
    R("purging ISAKMP-SA", "sa_deleted", 1),
    R("{Unknown|unknown} Informational exchange received"),
    R("invalid flag 0x", "negotiation_failed", 1, "ike_version_mismatch", "stranger"),
    R("invalid {major|minor} version", "negotiation_failed", 1, "ike_version_mismatch", "stranger"),
    R("exchange <*> not allowed in any applicable rmconf", "negotiation_failed", 1, "no_matching_peer", "stranger"),
    R("no configuration found for <peer>", "negotiation_failed", 1, "local_fault", "fail"),
    R("failed to begin ipsec sa negoti", "negotiation_failed", 2, "local_fault", "fail"),
    R("failed to {pre-process|process} ph1 packet", "other", 1),
    R("notification NO-PROPOSAL-CHOSEN received in unencrypted", "negotiation_failed", 1, "phase1_proposal_mismatch", "suspect"),
    R("notification <word> received in unencrypted", "other", 1),
    R("couldn't find the pskey", "authentication", 1, "psk_missing", "suspect"),
    R("couldn't find the proper pskey, try to get one"),
    R("HASH mismatched", "authentication", 1, "psk_mismatch", "suspect"),
    R("No ID match", "authentication", 1, "peer_id_mismatch", "suspect"),
    R("Expecting IP address type in main mode", "authentication", 1, "peer_id_mismatch", "suspect"),
    R("{invalid ID payload|ID value mismatched|ID type mismatched|Invalid ID}", "authentication", 1, "peer_id_mismatch", "suspect"),
    R("received INITIAL-CONTACT"),
    R("DPD: remote (ISAKMP-SA spi=<cookies>) seems to be dead", "dpd_timeout", 1, "dpd_timeout", "dead"),
    # phase 2
    R("IPsec-SA established: <word> <local>-><peer> spi=<n>(<spi>)", "tunnel_established", 2, None, "established"),
    R("IPsec-SA expired: <word> <local>-><peer> spi=<n>(<spi>)", "sa_expired", 2, None, "expired"),
    R("purged IPsec-SA <*>spi=<spi>", "sa_deleted", 2, None, "remove"),
    R("purging spi=<spi>", "sa_deleted", 2, None, "remove"),
    R("failed to {pre-process|process} ph2 packet", "negotiation_failed", 2, None, "fail"),
    R("failed to get sainfo", "negotiation_failed", 2, "traffic_selector_mismatch", "sainfo"),
    R("no policy found: ", "negotiation_failed", 2, "traffic_selector_mismatch", "suspect"),
    R("no policy found, try to generate", "other", 2),
    R("no suitable policy found", "negotiation_failed", 2, "phase2_proposal_mismatch", "suspect"),
    R("no proposal chosen", "negotiation_failed", 2, "phase2_proposal_mismatch", "suspect"),
    R("failed to get proposal for responder", "negotiation_failed", 2, "?phase2_proposal_mismatch", "suspect"),
    R("notification NO-PROPOSAL-CHOSEN received in informational", "negotiation_failed", 2, "phase2_proposal_mismatch", "refused"),
    R("notification INVALID-ID-INFORMATION received", "negotiation_failed", 2, "traffic_selector_mismatch", "refused"),
    R("notification <word> received"),
    R("proposal check failed", "negotiation_failed", 2, "traffic_selector_mismatch", "suspect"),
    R("mismatched ID{ci|cr} was returned", "negotiation_failed", 2, "traffic_selector_mismatch", "suspect"),
    R("keylen mismatched", "proposal", 2, "phase2_proposal_mismatch", "suspect"),
    R("lifetime mismatched", "proposal", 2, "lifetime_mismatch", "suspect"),
    R("<peer> give up to get IPsec-SA due to time up to wait", "negotiation_failed", 2, "no_response", "fail"),
    R("phase2 negotiation failed due to phase1 expired", "negotiation_failed", 2),
)
# fmt: on

DIALECT = Dialect("racoon", RULES)
