# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How iked's log is followed where half of the story is missing, or where the kernel disagrees."""

from __future__ import annotations

import typing as t

import pytest

from .samples import (
    COOKIES,
    IN,
    IN2,
    OUT2,
    PAIR,
    UNANSWERED,
    UP,
    V2,
    add,
    health,
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

OPEN: t.Dict[str, t.Tuple[str, t.Tuple[str, t.Optional[str]]]] = {
    "cut between UPDATE and ADD, with IPsec-SA established": (f"{add()}\n{ESTABLISHED}", IS_UP),
    "cut between UPDATE and ADD": (add(), IS_UP),
    "phase 1 alone, its begin cut off": (PH1_UP, ("negotiating", None)),
    "the kernel refused the outbound SA": (
        f"{RESPOND}{UP}!INTERNAL_ERR ike_pfkey.c 0:? - ?:(nil):sadb_poll: error at the kernel on ADD, Invalid argument",
        ("down", "local_fault"),
    ),
    "the kernel refused the inbound SA": (
        f"{RESPOND}{UP}!INTERNAL_ERR ike_pfkey.c 0:? - ?:(nil):sadb_poll: error at the kernel on UPDATE, Invalid argument",
        ("down", "local_fault"),
    ),
    "the published sample": (
        (
            "!PROTO_ERR ikev1.c phase1 negotiation failed due to time up."
            " [{remote id:4}{ph1: 172.16.0.88[500] <=> 192.168.0.206[500], 172.16.0.88 <=> 192.168.0.206}]"
        ),
        ("down", "phase1_timeout"),
    ),
    "a transmission error does not make it racoon": (
        (
            "!INTERNAL_ERR isakmp.c transmission error: Network is unreachable\n"
            f"+9 {RESPOND}+1 {PH1_UP}{RESPOND2}!PROTO_ERR ipsec_doi.c no suitable policy found."
        ),
        ("down", "phase2_proposal_mismatch"),
    ),
    "declared dead, all before is cut off": (
        "!DEBUG isakmp_inf.c DPD: remote seems to be dead",
        ("down", "dpd_timeout"),
    ),
}


@pytest.mark.parametrize(("story", "wanted"), list(OPEN.values()), ids=list(OPEN))
def test_story_that_once_was_misread(story: str, wanted: t.Tuple[str, t.Optional[str]]) -> None:
    assert verdict(iked, story) == wanted


def test_the_peers_refusal_is_named_by_its_first_notify() -> None:
    story = (
        f"{INITIATE}+1 {PH1_UP}ikev1.c initiate new phase 2 negotiation: {PAIR}\n"
        "!PROTO_ERR isakmp_inf.c unknown notify message, no phase2 handle found.\n"
        "!DEBUG isakmp_inf.c notification message 18:INVALID-ID-INFORMATION, doi=1 proto_id=3 spi=x(size=4).\n"
        "+5 !DEBUG isakmp_inf.c notification message 23:INVALID-HASH-INFORMATION, doi=1 proto_id=3 spi=x(size=4).\n"
        "+12 !PROTO_ERR ikev1.c phase2 negotiation failed due to time up. x"
    )
    assert verdict(iked, story) == ("down", "traffic_selector_mismatch")


def test_two_daemons_in_one_log() -> None:
    """A gateway is upgraded inside the window: what the old daemon had built is gone with it."""
    told = health(iked, f"{UP}+60 main.c exiting iked")
    assert (told["state"], told["flaps"]) == ("down", 1)
