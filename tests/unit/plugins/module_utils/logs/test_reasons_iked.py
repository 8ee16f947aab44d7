# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of several causes iked's log names is the reason, and what its rarer lines say."""

from __future__ import annotations

import typing as t

import pytest

from .samples import COOKIES, DOWN, PAIR, UNANSWERED, UP, V2, entries, iked, verdict

Verdict = t.Tuple[str, t.Optional[str]]
BEGIN = f"ikev1.c initiate new phase 1 negotiation: {PAIR}\n"
CALLED = f"ikev1.c respond new phase 1 negotiation: {PAIR}\n"
STRANGER = "ikev1.c respond new phase 1 negotiation: 198.51.100.10[500]<=>192.0.2.66[500]\n"
REFUSED = "!PROTO_ERR ipsec_doi.c no suitable proposal found.\n"
GARBAGE = "!DEBUG ikev1.c invalid length of payload\n"
TIME_UP = f"!PROTO_ERR ikev1.c phase1 negotiation failed due to time up (index {COOKIES}).\n"
NEVER = f"!PROTO_ERR ikev1.c phase1 negotiation failed due to time up (index {UNANSWERED}).\n"
CLEAR = "!PROTO_ERR isakmp_inf.c reject the packet, received unexpected payload type none.\n"
SELECTORS = "!PROTO_ERR isakmp_quick.c failed to get sainfo.\n"
STATE = f"!DEBUG ikev2.c {V2}ike_sa 0x552ab7fea0 state "
ABORTED = f"ike_sa.c {V2}aborting ike_sa\n"

STORIES: t.Dict[str, t.Tuple[str, Verdict]] = {
    "deleted, then the key is wrong": (f"{UP}+60 {DOWN}+5 {CALLED}{GARBAGE}+12 {TIME_UP}", ("down", "psk_mismatch")),
    "deleted, then only time runs out": (f"{UP}+60 {DOWN}+5 {BEGIN}+12 {NEVER}", ("down", "peer_deleted")),
    "deleted, then something is refused in clear text": (
        f"{UP}+60 {DOWN}+5 {BEGIN}{CLEAR}+12 {TIME_UP}",
        ("down", "peer_deleted"),
    ),
    "selectors, then phase 1 fails": (
        f"{CALLED}{SELECTORS}+30 {CALLED}{REFUSED}",
        ("down", "phase1_proposal_mismatch"),
    ),
    "selectors, then only time runs out": (
        f"{CALLED}{SELECTORS}+30 {CALLED}+12 {TIME_UP}",
        ("down", "traffic_selector_mismatch"),
    ),
    "phase 1 of the peer fails beside its standing SA": (
        f"{UP}+60 {CALLED}{REFUSED}",
        ("degraded", "phase1_proposal_mismatch"),
    ),
    "phase 1 of a stranger does": (f"{UP}+60 {STRANGER}{REFUSED}", ("up", None)),
    "version 2: of the peer": (
        f"{UP}+60 !PROTO_ERR ikev2_auth.c {V2}authentication failure",
        ("degraded", "authentication_failed"),
    ),
    "version 2: of a stranger": (
        f"{UP}+60 !PROTO_ERR ikev2_auth.c {V2.replace('203.0.113.20', '192.0.2.66')}authentication failure",
        ("up", None),
    ),
    "an attempt beside a standing SA that only runs out of time": (f"{UP}+60 {CALLED}+12 {TIME_UP}", ("up", None)),
    "version 2: the first message is never answered": (
        f"{STATE}IDLING -> INI_IKE_SA_INIT_SENT\n+30 {ABORTED}{STATE}INI_IKE_SA_INIT_SENT -> DYING",
        ("down", "no_response"),
    ),
    "version 2: our answer is not": (
        f"{STATE}IDLING -> RES_IKE_SA_INIT_SENT\n+30 {ABORTED}{STATE}RES_IKE_SA_INIT_SENT -> DYING",
        ("down", "no_response"),
    ),
    "version 2: it was refused": (
        (
            f"{STATE}IDLING -> INI_IKE_SA_INIT_SENT\n"
            f"!PROTO_WARN ikev2_notify.c {V2}ignoring notification payload (type NO_PROPOSAL_CHOSEN) inside unauthenticated response\n"
            f"!PROTO_ERR ikev2.c {V2}packet lacks expected payload\n"
            f"+30 {ABORTED}{STATE}INI_IKE_SA_INIT_SENT -> DYING"
        ),
        ("down", "phase1_proposal_mismatch"),
    ),
    "version 2: a stale half-open one beside a standing SA": (
        f"{UP}+20 {ABORTED}{STATE}RES_IKE_SA_INIT_SENT -> DYING",
        ("up", None),
    ),
}


@pytest.mark.parametrize(("story", "wanted"), list(STORIES.values()), ids=list(STORIES))
def test_story(story: str, wanted: Verdict) -> None:
    assert verdict(iked, story) == wanted


LINES: t.Dict[str, t.Tuple[str, t.Optional[int], t.Optional[str]]] = {
    "main.c remote peer ikev1 exchange_mode base not supported": ("config", 1, "local_fault"),
    "ike_conf.c sa ipsec enc_alg twofish_cbc not supported by kernel": ("config", None, "local_fault"),
    "if_spmd.c no available spmd I/F": ("config", None, "local_fault"),
    "ike_conf.c configuration errors: 0, warnings: 2": ("config", None, None),
    "ike_conf.c remote peer ikev1 max_retry_to_send configuration field support is unimplemented, ignored": (
        "config",
        None,
        None,
    ),
    "ikev1.c begin Identity Protection mode.": ("negotiation_started", 1, None),
    "ikev1.c can't start the quick mode, there is no ISAKMP-SA, 7218d8eef919dd45:f84e5c2f776842ff": (
        "negotiation_failed",
        2,
        None,
    ),
    "ikev1.c phase2 sa expired 198.51.100.10-203.0.113.20": ("sa_expired", 2, None),
    "ikev1.c phase2 sa deleted 198.51.100.10-203.0.113.20": ("sa_deleted", 2, None),
    "ikev1.c protocol mismatch 6 != 17": ("proposal", 2, None),
    "isakmp_ident.c few isakmp message received.": ("negotiation_failed", None, "malformed_packet"),
    "isakmp_ident.c received invalid next payload type 8, expecting 1.": (
        "negotiation_failed",
        None,
        "malformed_packet",
    ),
    "isakmp_inf.c received notify payload is not encrypted": ("negotiation_failed", 1, "authentication_failed"),
    "isakmp_inf.c ignore information due to hash mismatch": ("authentication", None, "psk_mismatch"),
    "isakmp_inf.c Wrong DPD sequence number (7, 8 expected).": ("dpd_alive", 1, None),
    "ipsec_doi.c lifebyte mismatched in a proposal, prev:20 curr:30.": ("proposal", 2, "lifetime_mismatch"),
    "proposal.c less key length proposed, mine:128 peer:256.  Use initiator's one.": ("proposal", 2, None),
    "proposal.c no DH group defined": ("config", 2, "local_fault"),
    "pfkey.c pfkey UPDATE succeeded: ESP/Tunnel 203.0.113.20[500]->198.51.100.10[500] spi=1(0x1)": (
        "tunnel_established",
        2,
        None,
    ),
    f"ikev2.c {V2}packet lacks expected payload": ("negotiation_failed", 1, "phase1_proposal_mismatch"),
    f"ikev2.c {V2}unexpected critical payload (type 49)": ("negotiation_failed", 1, "malformed_packet"),
    f"ikev2.c {V2}responding with cookie": ("negotiation_started", 1, None),
    f"ike_sa.c {V2}ike_sa expired": ("sa_expired", 1, None),
    f"ikev2_notify.c {V2}ignoring extraneous packet with INVALID_KE_PAYLOAD": ("proposal", 1, "dh_group_mismatch"),
    f"ikev2_child.c {V2}child_sa 0x552ab8aab0 state WAIT_RESPONSE -> MATURE": ("tunnel_established", 2, None),
    f"ikev2_child.c {V2}child_sa 0x552ab8aab0 state MATURE -> EXPIRED": ("sa_expired", 2, None),
}


@pytest.mark.parametrize(("line", "wanted"), list(LINES.items()))
def test_line(line: str, wanted: t.Tuple[t.Any, ...]) -> None:
    (entry,) = entries(iked(line))
    assert (entry["event"], entry["phase"], entry["reason"]) == wanted
