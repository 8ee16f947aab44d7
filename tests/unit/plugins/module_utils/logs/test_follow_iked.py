# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How iked's log is followed: IPsec SAs by SPI, phase 1 says nothing, and what misleads a reader of keywords."""

from __future__ import annotations

import typing as t

import pytest

from .samples import (
    COOKIES,
    DOWN,
    IN,
    IN2,
    OUT,
    OUT2,
    PAIR,
    UNANSWERED,
    UP,
    V2,
    add,
    delete,
    expire,
    iked,
    update,
    verdict,
)

INITIATE = f"ikev1.c initiate new phase 1 negotiation: {PAIR}\nikev1.c begin Identity Protection mode.\n"
RESPOND = f"ikev1.c respond new phase 1 negotiation: {PAIR}\nikev1.c begin Identity Protection mode.\n"
RESPOND2 = f"ikev1.c respond new phase 2 negotiation: {PAIR}\n"
PH1_UP = f"ikev1.c ISAKMP-SA established 198.51.100.10[500]-203.0.113.20[500] spi:{COOKIES}\n"
ESTABLISHED = (
    f"pfkey.c IPsec-SA established: ESP/Tunnel 203.0.113.20[500]->198.51.100.10[500] spi={int(IN, 16)}({IN})\n"
)
TIME_UP = f"!PROTO_ERR ikev1.c phase1 negotiation failed due to time up (index {COOKIES}).\n"
SILENT = f"!PROTO_ERR ikev1.c phase1 negotiation failed due to time up (index {UNANSWERED}).\n"
PURGE = f"handler.c purging ISAKMP-SA spi={COOKIES}.\n"
NEW_PAIR = f"{update(IN2)}\n{add(OUT2)}\n"
ABORT = f"ike_sa.c {V2}aborting ike_sa\n"
GONE = f"!PROTO_ERR ikev2.c {V2}retransmission count exceeded the limit\n{ABORT}"
START = "main.c starting iked for racoon2 20100526a\n"

UNKNOWN: t.Tuple[str, t.Optional[str]] = ("unknown", None)
IS_UP: t.Tuple[str, t.Optional[str]] = ("up", None)

CASES: t.Dict[str, t.Tuple[str, t.Tuple[str, t.Optional[str]]]] = {
    # phase 1 alone
    "phase 1 alone is not up": (f"{INITIATE}+1 {PH1_UP}", ("negotiating", None)),
    "phase 1 again and again, quick mode refused": (
        (
            f"{RESPOND}+1 {PH1_UP}{RESPOND2}!PROTO_ERR ipsec_doi.c not matched\n"
            "!PROTO_ERR ipsec_doi.c no suitable policy found.\n"
            f"+5 {RESPOND}+1 {PH1_UP}{RESPOND2}!PROTO_ERR ipsec_doi.c no suitable policy found."
        ),
        ("down", "phase2_proposal_mismatch"),
    ),
    "the end of phase 1 leaves IPsec SAs alone": (
        (
            f"{INITIATE}+1 {PH1_UP}{UP}+60 ikev1.c ISAKMP-SA expired 198.51.100.10[500]-203.0.113.20[500] spi:{COOKIES}\n"
            f"ikev1.c ISAKMP-SA deleted 198.51.100.10[500]-203.0.113.20[500] spi:{COOKIES}"
        ),
        IS_UP,
    ),
    "IKE SA of version 2 established, child refused": (
        (
            f"!DEBUG ikev2.c {V2}ike_sa 0x55 state IDLING -> INI_IKE_SA_INIT_SENT\n"
            f"+1 !DEBUG ikev2.c {V2}ike_sa 0x55 state INI_IKE_AUTH_SENT -> ESTABLISHED\n"
            f"!PROTO_ERR ikev2_notify.c {V2}received Notify type TS_UNACCEPTABLE, failed establishing child_sa"
        ),
        ("down", "traffic_selector_mismatch"),
    ),
    # IPsec SAs
    "a pair stands": (f"{RESPOND}{UP}", IS_UP),
    "IPsec-SA established alone": (ESTABLISHED, IS_UP),
    "both forms of the same moment": (f"{UP}{ESTABLISHED}", IS_UP),
    "deleted": (f"{UP}+60 {DOWN}", ("down", "peer_deleted")),
    "a delete alone": (delete(IN), ("down", "peer_deleted")),
    "a lone PFKEY_DELETE": (f"ike_pfkey.c received PFKEY_DELETE seq=0 satype=ESP spi={IN}", ("down", "peer_deleted")),
    "a re-key's delete": (f"{UP}+60 {NEW_PAIR}{DOWN}", IS_UP),
    "a re-key's delete is all that is left of the old pair": (f"{NEW_PAIR}+1 {DOWN}", IS_UP),
    "delete printed before the new pair in the same second": (f"{UP}+60 {DOWN}{NEW_PAIR}", IS_UP),
    "installed and removed in one second": (
        f"{update()}\n{add()}\nikev2.c {V2}delete proto ESP spi {OUT}\n{DOWN}",
        ("down", "peer_deleted"),
    ),
    "removed and installed, shuffled within the second": (
        f"{delete(OUT)}\n{delete(IN)}\n{add()}\n{update()}",
        ("down", "peer_deleted"),
    ),
    "one of two pairs is left": (f"{UP}{NEW_PAIR}+60 {DOWN}", IS_UP),
    "the peer's new child is taken down at once, the old one stays": (
        (f"{UP}+60 {NEW_PAIR}ikev2.c {V2}delete proto ESP spi {OUT2}\n{delete(IN2)}\n{delete(OUT2)}"),
        IS_UP,
    ),
    "hard expiry": (f"{UP}+60 {expire(IN)}\n{expire(OUT)}", ("down", "sa_expired")),
    "soft expiry": (f"{UP}+60 {expire(IN, 1)}\n{expire(OUT, 1)}", IS_UP),
    "break before make": (
        f"{UP}+60 {expire(IN)}\n{expire(OUT)}\n+1 ikev1.c initiate new phase 2 negotiation: {PAIR}\n{NEW_PAIR}",
        IS_UP,
    ),
    "an ACQUIRE that timed out is no SA": (f"{UP}+60 {expire('0x00000000')}", IS_UP),
    # failures beside a living SA
    "failed re-key beside a living SA": (
        f"{UP}+60 !PROTO_ERR ikev2.c {V2}message lacks KE payload",
        ("degraded", "pfs_mismatch"),
    ),
    "second child refused": (
        f"{UP}+1 !PROTO_ERR ikev2_child.c {V2}ts unacceptable",
        ("degraded", "traffic_selector_mismatch"),
    ),
    "failed re-key, then a good one": (
        f"{UP}+60 !PROTO_ERR ikev2.c {V2}message lacks KE payload\n+9 {NEW_PAIR}",
        IS_UP,
    ),
    "failed re-key, then expired": (
        f"{UP}+60 !PROTO_ERR ikev2.c {V2}message lacks KE payload\n+9 {expire(IN)}\n{expire(OUT)}",
        ("down", "pfs_mismatch"),
    ),
    "phase 1 renewal fails while SAs stand": (f"{UP}+60 {INITIATE}+12 {SILENT}", IS_UP),
    # strangers
    "couldn't find configuration, from a stranger while up": (
        f"{UP}+60 !PROTO_ERR ikev1.c couldn't find configuration.",
        IS_UP,
    ),
    "unknown ikev2 peer, while up": (
        f"{UP}+60 !PROTO_WARN ikev2.c 9:198.51.100.10[500] - 192.0.2.66[500]:(nil):unknown ikev2 peer",
        IS_UP,
    ),
    "other broken packets, while up": (
        (
            f"{UP}+60 !PROTO_ERR isakmp.c packet (4) shorter than isakmp header size.\n"
            "!PROTO_ERR isakmp.c unsupported isakmp version 3.000.\n!PROTO_ERR ikev2.c malformed payload format"
        ),
        IS_UP,
    ),
    "another peer's refused proposal, while up": (
        (
            f"{UP}+60 !PROTO_ERR ikev2.c 9:198.51.100.10[500] - 192.0.2.66[500]:(nil):no proposal chosen\n"
            "ike_sa.c 9:198.51.100.10[500] - 192.0.2.66[500]:(nil):aborting ike_sa"
        ),
        IS_UP,
    ),
    "aggressive mode of a stranger, while up": (f"{UP}+60 !PROTO_ERR ikev1.c not acceptable Aggressive mode", IS_UP),
    "a quick mode without phase 1, while up": (
        f"{UP}+60 !PROTO_ERR ikev1.c can't start the quick mode, there is no ISAKMP-SA, {COOKIES}",
        IS_UP,
    ),
    "strangers alone say nothing of the tunnel": (
        "!PROTO_ERR ikev1.c couldn't find configuration.",
        ("unknown", "no_matching_peer"),
    ),
    # dead peers
    "dead peer of version 2": (f"{UP}+60 {GONE}{DOWN}", ("down", "dpd_timeout")),
    "dead peer of version 1 at DEBUG": (
        f"{PH1_UP}{UP}+60 !DEBUG isakmp_inf.c DPD: remote seems to be dead\n{PURGE}{DOWN}",
        ("down", "dpd_timeout"),
    ),
    "dead peer of version 1 at INFO": (f"{PH1_UP}{UP}+60 {PURGE}{DOWN}", ("down", "dpd_timeout")),
    "DELETE of the peer, version 1": (
        f"{PH1_UP}{UP}+60 {DOWN}!DEBUG isakmp_inf.c purged SAs.\n{PURGE}",
        ("down", "peer_deleted"),
    ),
    "DPD monitoring is only a tick": (
        "!DEBUG isakmp_inf.c DPD monitoring....\n+5 !DEBUG isakmp_inf.c DPD monitoring....",
        UNKNOWN,
    ),
    "an unanswered re-key of a dead peer that comes back": (f"{UP}+60 {GONE}{DOWN}+30 {NEW_PAIR}", IS_UP),
    # attempts
    "a silent peer": (f"{INITIATE}+12 {SILENT}", ("down", "no_response")),
    "a peer that answered": (f"{INITIATE}isakmp_ident.c NAT not detected \n+12 {TIME_UP}", ("down", "phase1_timeout")),
    "under way again after a time-out": (f"{INITIATE}+12 {SILENT}+5 {INITIATE}", ("negotiating", "no_response")),
    "wrong key as initiator": (
        (
            f"{INITIATE}+1 !PROTO_ERR isakmp_inf.c ignore information because ISAKMP-SA has not been established yet.\n"
            f"+12 {TIME_UP}"
        ),
        ("down", "authentication_failed"),
    ),
    "no answer to IKE_SA_INIT": (GONE, ("down", "no_response")),
    "version 2, no proposal, initiator": (
        (
            f"!PROTO_ERR ikev2_notify.c {V2}ignoring notification payload (type NO_PROPOSAL_CHOSEN) inside"
            f" unauthenticated response\n!PROTO_ERR ikev2.c {V2}packet lacks expected payload\n+30 {GONE}"
        ),
        ("down", "phase1_proposal_mismatch"),
    ),
    "no proposal chosen, phase 1": (
        f"!PROTO_ERR ikev2.c {V2}no proposal chosen\n{ABORT}",
        ("down", "phase1_proposal_mismatch"),
    ),
    "no proposal chosen, phase 2": (
        f"!PROTO_ERR ikev2_child.c {V2}no proposal chosen",
        ("down", "phase2_proposal_mismatch"),
    ),
    "the DH group is named": (
        (
            f"{RESPOND}!PROTO_ERR ipsec_doi.c rejected dh_group\n!PROTO_ERR ipsec_doi.c no suitable proposal found.\n"
            "!PROTO_ERR isakmp_ident.c failed to get valid proposal."
        ),
        ("down", "dh_group_mismatch"),
    ),
    "ACCEPTED, yet refused": (
        (f"{RESPOND}!PROTO_ERR ipsec_doi.c ACCEPTED\n!PROTO_ERR ipsec_doi.c no suitable proposal found."),
        ("down", "phase1_proposal_mismatch"),
    ),
    "AH against ESP": (
        (
            f"{PH1_UP}{RESPOND2}!PROTO_ERR proposal.c proto_id mismatched: my:ESP peer:AH\n"
            "!PROTO_ERR ipsec_doi.c no suitable policy found."
        ),
        ("down", "security_protocol_mismatch"),
    ),
    "transport mode": (
        (
            f"{PH1_UP}{RESPOND2}!PROTO_ERR proposal.c encmode mismatched: my:Tunnel peer:Transport\n"
            "!PROTO_ERR ipsec_doi.c no suitable policy found."
        ),
        ("down", "encapsulation_mode_mismatch"),
    ),
    "PFS named among several transforms": (
        (
            f"{RESPOND2}!PROTO_WARN proposal.c trns_id mismatched: my:AES peer:3DES\n"
            "!PROTO_ERR proposal.c pfs group mismatched: my:2 peer:0\n!PROTO_ERR ipsec_doi.c no suitable policy found."
        ),
        ("down", "pfs_mismatch"),
    ),
    "lifetime that one end insists on": (
        (
            f"{RESPOND2}!PROTO_ERR proposal.c long lifetime proposed: my:3600 peer:28800\n"
            "!PROTO_ERR ipsec_doi.c no suitable policy found."
        ),
        ("down", "lifetime_mismatch"),
    ),
    "compared transforms before a success": (
        (
            f"{RESPOND2}!PROTO_WARN proposal.c trns_id mismatched: my:AES peer:3DES\n"
            f"!PROTO_ERR ipsec_doi.c not matched\n{UP}"
        ),
        IS_UP,
    ),
    "an FQDN in main mode": (
        (
            f"{INITIATE}!PROTO_ERR ipsec_doi.c Expecting IP address type in main mode, but FQDN.\n"
            f"!PROTO_ERR isakmp_ident.c invalid ID payload.\n+12 {TIME_UP}"
        ),
        ("down", "peer_id_mismatch"),
    ),
    "aggressive mode": ("!PROTO_ERR ikev1.c not acceptable Aggressive mode", ("down", "exchange_mode_mismatch")),
    "selectors of version 1": (
        (
            f"{PH1_UP}{RESPOND2}!INTERNAL_ERR isakmp_quick.c can't find matching selector src=a dst=b\n"
            "!PROTO_ERR isakmp_quick.c failed to get sainfo."
        ),
        ("down", "traffic_selector_mismatch"),
    ),
    "NAT-T": (
        (
            f"{INITIATE}!PROTO_ERR isakmp_ident.c ignore the packet, received unexpecting payload type 130.\n"
            f"+12 {TIME_UP}"
        ),
        ("down", "nat_traversal_mismatch"),
    ),
    "wrong key, version 2": (
        f"!PROTO_ERR ikev2_auth.c {V2}authentication failure\n{ABORT}",
        ("down", "authentication_failed"),
    ),
    "identity, version 2": (
        f"!PROTO_ERR ikev2.c {V2}received ID_I (type ID_FQDN [x]) does not match peers id\n{ABORT}",
        ("down", "peer_id_mismatch"),
    ),
    # the daemon
    "daemon restart": (f"{UP}+60 main.c received SIGTERM\nmain.c exiting iked\n+2 {START}", ("down", "local_fault")),
    "daemon restart, up again": (f"{UP}+60 {START}+2 {INITIATE}+1 {PH1_UP}{NEW_PAIR}", IS_UP),
    "a start says nothing": (START, UNKNOWN),
    "configuration refused": (
        f"{START}!CRITICAL main.c configuration check failure\nmain.c exiting (code 1)",
        ("down", "local_fault"),
    ),
    "configuration errors: 0": (f"{START}!INTERNAL_WARN ike_conf.c configuration errors: 0, warnings: 2", UNKNOWN),
}


@pytest.mark.parametrize(("story", "wanted"), list(CASES.values()), ids=list(CASES))
def test_story(story: str, wanted: t.Tuple[str, t.Optional[str]]) -> None:
    assert verdict(iked, story) == wanted
