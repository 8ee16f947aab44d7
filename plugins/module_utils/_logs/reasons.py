# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Why a tunnel is not up: how sure a reason is, whether it heals by itself, and what to compare on both ends."""

from __future__ import annotations

import typing as t


class Reason(t.NamedTuple):
    """What is known about one reason."""

    weight: int
    """How much it explains: 30 names the parameter, 10 says only that time ran out. A surer reason is not replaced by a vaguer one."""
    persistent: t.Optional[bool]
    """True: will not heal until a configuration is changed. None: cannot be told."""
    hint: str


_NAMED, _CLASS, _LOSS, _VAGUE, _SILENT = 30, 28, 25, 15, 10
_GUESS, _GUESSED_CLASS, _GUESSED_LOSS = 18, 17, 20

REASONS: t.Dict[str, Reason] = {
    "phase1_proposal_mismatch": Reason(
        _CLASS,
        True,
        "The IKE (phase 1) proposals differ. Compare IKE version, encryption, hash, DH group, authentication method, and lifetime on both ends.",
    ),
    "phase2_proposal_mismatch": Reason(
        _CLASS,
        True,
        "The IPsec (phase 2) proposals differ. Compare ESP encryption, authentication, PFS group, and mode on both ends.",
    ),
    "proposal_mismatch": Reason(
        20,
        True,
        "A proposal differs, the log does not say of which phase. Compare the IKE and the IPsec policies on both ends.",
    ),
    "dh_group_mismatch": Reason(
        _NAMED, True, "The DH groups of phase 1 differ. Set the same DH group in the IKE policy on both ends."
    ),
    "pfs_mismatch": Reason(
        _NAMED,
        True,
        "The PFS (phase 2 DH) groups differ, or one end has PFS off. Set the same PFS group in the IPsec policy on both ends.",
    ),
    "lifetime_mismatch": Reason(
        _NAMED, True, "The SA lifetimes differ and one end insists. Set the same lifetime on both ends."
    ),
    "encapsulation_mode_mismatch": Reason(_NAMED, True, "One end uses transport mode. Set tunnel mode on both ends."),
    "security_protocol_mismatch": Reason(_NAMED, True, "One end uses AH or another protocol. Set ESP on both ends."),
    "psk_mismatch": Reason(
        _NAMED,
        True,
        "The pre-shared keys differ. Set the same key on both ends, and look for blanks or quotes around it.",
    ),
    "psk_missing": Reason(
        _NAMED,
        True,
        "No pre-shared key is configured for this pair of identities. Add the key, and check the local and remote IDs it belongs to.",
    ),
    "authentication_failed": Reason(
        _CLASS,
        True,
        "Authentication was refused, and this end is not told why. Compare pre-shared key, local and remote ID, and method;"
        " the log of the refusing end names it.",
    ),
    "auth_method_mismatch": Reason(
        _NAMED,
        True,
        "The authentication methods differ (pre-shared key against certificate). Set the same method on both ends.",
    ),
    "peer_id_mismatch": Reason(
        _NAMED,
        True,
        "The identity one end sends is not the one the other expects. Compare local ID and remote ID, type and value, on both ends.",
    ),
    "certificate_invalid": Reason(
        _NAMED,
        True,
        "A certificate was refused. Check its validity, revocation, name, and the CA that the other end trusts.",
    ),
    "peer_address_mismatch": Reason(
        _NAMED,
        True,
        "The peer's address is not the configured one. Compare the gateway addresses on both ends, and look for NAT between them.",
    ),
    "no_matching_peer": Reason(
        20,
        True,
        "No connection is configured for the address that called. If it is your peer, correct the customer gateway's address"
        " or the IKE version; a stranger can be ignored.",
    ),
    "ike_version_mismatch": Reason(
        _NAMED, True, "One end speaks IKEv1, the other IKEv2. Set the same IKE version on both ends."
    ),
    "exchange_mode_mismatch": Reason(
        _NAMED, True, "Main mode meets aggressive mode. Set the same negotiation mode on both ends."
    ),
    "nat_traversal_mismatch": Reason(
        _NAMED, True, "NAT traversal is on at one end only. Set it alike on both ends, and let UDP 4500 through."
    ),
    "traffic_selector_mismatch": Reason(
        _NAMED,
        True,
        "The protected networks differ. The local networks of one end must be the remote networks of the other, prefix length included.",
    ),
    "no_response": Reason(
        _SILENT,
        None,
        "The peer does not answer. Check its address, that it is running, and that UDP 500 and 4500 pass in both directions;"
        " some devices are silent on a mismatch too.",
    ),
    "dpd_timeout": Reason(
        _LOSS,
        False,
        "The peer stopped answering dead peer detection. Check the path and the peer; the tunnel comes back when they do.",
    ),
    "phase1_timeout": Reason(
        12,
        None,
        "Phase 1 ran out of time although the peer answered. Compare pre-shared key and identities first, then whether packets are lost on UDP 500 and 4500.",
    ),
    "phase2_timeout": Reason(
        12,
        None,
        "Phase 1 stands, phase 2 got no usable answer. Compare IPsec proposal, PFS group, and protected networks; the other end's log names it.",
    ),
    "fragmentation": Reason(
        _NAMED,
        None,
        "IKE fragments were lost. Check the MTU on the path and that fragments pass, or turn on IKE fragmentation.",
    ),
    "peer_deleted": Reason(
        _LOSS, None, "The peer deleted the SA. Look at the other end for a change, a restart, or an administrator."
    ),
    "admin_down": Reason(
        _LOSS,
        None,
        "The tunnel was taken down by an administrator or a change on this end. Start it again when the change is done.",
    ),
    "sa_expired": Reason(
        9,
        None,
        "The SA ran out and no new one was made. Send traffic or start the negotiation, and see whether the re-key fails.",
    ),
    "replaced": Reason(_SILENT, False, "The SA was replaced by a newer one. Nothing to do."),
    "inactive": Reason(
        _LOSS,
        False,
        "The SA was closed for lack of traffic. It comes back with traffic, or turn the inactivity time-out off.",
    ),
    "malformed_packet": Reason(
        _VAGUE,
        None,
        "A packet could not be understood. A wrong pre-shared key is the usual cause; else capture the exchange.",
    ),
    "decryption_failed": Reason(
        _VAGUE,
        None,
        "A packet could not be decrypted. A wrong pre-shared key is the usual cause; compare it on both ends.",
    ),
    "limit_exceeded": Reason(
        _NAMED,
        True,
        "A quota or rate limit stops the negotiation. Check the limits of the gateway and its number of tunnels.",
    ),
    "provider_fault": Reason(
        _CLASS, False, "The provider's gateway had a fault. Watch whether it heals, and open a ticket when it does not."
    ),
    "local_fault": Reason(
        22,
        None,
        "This end could not send or install what it negotiated. Check its configuration, routes, interfaces, and kernel support.",
    ),
    "gateway_too_old": Reason(_NAMED, True, "The gateway is too old to give logs. Upgrade the VPN gateway."),
    "other": Reason(5, None, "The log gives a reason that has no better name; read the evidence."),
}


SILENT = "Nothing in the window is about the tunnel. Send traffic through it, or take the window from earlier on."
"""The hint where there is no reason because nothing was said."""


def clean(reason: t.Optional[str]) -> t.Optional[str]:
    """The reason without the mark of a guess."""
    return reason[1:] if reason and reason[0] == "?" else reason


def weight(reason: str) -> int:
    """How much the reason explains; a guess explains less than what a line states."""
    name = reason.lstrip("?")
    known = REASONS[name].weight
    if name == reason:
        return known
    return min(known, _GUESS if known == _NAMED else _GUESSED_LOSS if known == _LOSS else _GUESSED_CLASS)
