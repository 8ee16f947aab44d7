# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event of a line where its text alone does not tell: it depends on the lines before."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import Followed, judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines

from .samples import (
    COOKIES,
    DOWN,
    IN,
    IN2,
    OUT,
    OUT2,
    UNANSWERED,
    UP,
    VCO,
    add,
    charon,
    child_closed,
    child_up,
    delete,
    entries,
    expire,
    ike_up,
    iked,
    pair,
    pair_expired,
    racoon,
    update,
    vrp,
)

Lines = t.List[str]
SENT = f"!DEBUG ikev1.c resend phase1 packet {COOKIES}\n"
SENT2 = f"!DEBUG ikev1.c resend phase2 packet {COOKIES}:0b77e817\n"
BEGIN1 = "<gw|1> initiating Main Mode IKE_SA gw[1] to 203.0.113.20\n"
NOTIFY = "<gw|1> received NO_PROPOSAL_CHOSEN error notify\n"
VRP_UP = "IPSec tunnel is established. (SeqNum=[1], DstIP=[203.0.113.20], LifeTime=[3600])\n"

EVENTS: t.Dict[str, t.Tuple[Lines, str, str]] = {
    "charon: the first CHILD SA": (charon(child_up(1, 1)), "charon", "tunnel_established"),
    "charon, version 1: one of the same name beside it": (
        charon(child_up(1, 1) + "+60 " + child_up(1, 2)),
        "charon",
        "tunnel_established rekeyed",
    ),
    "charon: one of another name": (
        charon(child_up(1, 1) + child_up(1, 2, child="net2")),
        "charon",
        "tunnel_established tunnel_established",
    ),
    "charon: one of another IKE SA": (
        charon(child_up(1, 1) + child_up(2, 2)),
        "charon",
        "tunnel_established tunnel_established",
    ),
    "charon: after the first was closed": (
        charon(child_up(1, 1) + child_closed(1, 1) + child_up(1, 2)),
        "charon",
        "tunnel_established sa_deleted tunnel_established",
    ),
    "iked: the pair, and another one a minute later": (
        iked(f"{UP}+60 {update(IN2)}\n{add(OUT2)}"),
        "alibaba",
        "tunnel_established tunnel_established rekeyed rekeyed",
    ),
    "iked: pairs of two selectors come up together": (
        iked(f"{UP}+1 {update(IN2)}\n{add(OUT2)}"),
        "alibaba",
        " ".join(["tunnel_established"] * 4),
    ),
    "iked, version 1: break before make": (
        iked(f"{UP}+60 {expire(IN)}\n{expire(OUT)}\n+1 {update(IN2)}\n{add(OUT2)}"),
        "alibaba",
        "tunnel_established tunnel_established sa_expired sa_expired rekeyed rekeyed",
    ),
    "iked: up again after a deletion": (
        iked(f"{UP}+60 {DOWN}+1 {update(IN2)}\n{add(OUT2)}"),
        "alibaba",
        "tunnel_established tunnel_established sa_deleted sa_deleted tunnel_established tunnel_established",
    ),
    "iked: a packet is sent, sent again, and sent again": (
        iked(f"{SENT}+10 {SENT}+10 {SENT}"),
        "alibaba",
        "other retransmit retransmit",
    ),
    "iked: the messages of one exchange follow at once": (
        iked(f"{SENT}{SENT}+1 {SENT}"),
        "alibaba",
        "other other other",
    ),
    "iked: of phase 2": (iked(f"{SENT2}+10 {SENT2}"), "alibaba", "other retransmit"),
    "racoon: soft expiry, then the new pair": (
        racoon(f"{pair(1)}+60 {pair_expired(1)}{pair(2)}"),
        "racoon",
        "tunnel_established tunnel_established sa_expired sa_expired rekeyed rekeyed",
    ),
    "VRP": (vrp(f"{VRP_UP}+60 {VRP_UP}"), "huawei", "tunnel_established rekeyed"),
}


@pytest.mark.parametrize(("lines", "provider", "wanted"), list(EVENTS.values()), ids=list(EVENTS))
def test_event_depends_on_the_lines_before(lines: Lines, provider: str, wanted: str) -> None:
    assert [entry["event"] for entry in entries(lines, provider)] == wanted.split()


MEANINGS: t.Dict[str, t.Tuple[Lines, str, t.Tuple[str, t.Optional[int], str]]] = {
    "the notify before phase 1": (
        charon(BEGIN1 + NOTIFY),
        "charon",
        ("negotiation_failed", 1, "phase1_proposal_mismatch"),
    ),
    "and after it": (
        charon(BEGIN1 + ike_up(1) + NOTIFY),
        "charon",
        ("negotiation_failed", 2, "phase2_proposal_mismatch"),
    ),
    "and out of the blue": (charon(NOTIFY), "charon", ("negotiation_failed", None, "proposal_mismatch")),
    "time is up for a silent peer": (
        iked(f"!PROTO_ERR ikev1.c phase1 negotiation failed due to time up (index {UNANSWERED})."),
        "alibaba",
        ("negotiation_failed", 1, "no_response"),
    ),
    "time is up for one that answered": (
        iked(f"!PROTO_ERR ikev1.c phase1 negotiation failed due to time up (index {COOKIES})."),
        "alibaba",
        ("negotiation_failed", 1, "phase1_timeout"),
    ),
    "no proposal chosen, phase 1": (
        iked("!PROTO_ERR ikev2.c 0:? - 203.0.113.20[500]:(nil):no proposal chosen"),
        "alibaba",
        ("negotiation_failed", 1, "phase1_proposal_mismatch"),
    ),
    "no proposal chosen, phase 2": (
        iked("!PROTO_ERR ikev2_child.c 0:? - 203.0.113.20[500]:(nil):no proposal chosen"),
        "alibaba",
        ("negotiation_failed", 2, "phase2_proposal_mismatch"),
    ),
}


@pytest.mark.parametrize(("lines", "provider", "wanted"), list(MEANINGS.values()), ids=list(MEANINGS))
def test_phase_and_reason_depend_on_the_lines_before(lines: Lines, provider: str, wanted: t.Tuple[t.Any, ...]) -> None:
    last = entries(lines, provider)[-1]
    assert (last["event"], last["phase"], last["reason"]) == wanted


def test_events_are_those_of_the_order_in_time() -> None:
    lines = iked(f"{UP}+60 {update(IN2)}\n{add(OUT2)}")
    turned = entries(lines[2:] + lines[:2])
    assert [entry["event"] for entry in turned] == ["tunnel_established", "tunnel_established", "rekeyed", "rekeyed"]
    assert [entry["sequence"] for entry in turned] == [0, 1, 2, 3]


STORIES = {
    "alibaba": iked(
        f"{UP}+60 {update(IN2)}\n{add(OUT2)}\n{delete(IN)}\n{delete(OUT)}\n+9 {delete(IN2)}\n{delete(OUT2)}"
    ),
    "charon": charon(BEGIN1 + ike_up(1) + child_up(1, 1) + "+60 " + child_up(1, 2) + NOTIFY + child_closed(1, 1)),
}


@pytest.mark.parametrize(("provider", "lines"), list(STORIES.items()), ids=list(STORIES))
def test_verdict_is_the_same_over_entries_that_were_parsed_elsewhere(provider: str, lines: Lines) -> None:
    followed = parse_lines(lines, provider=provider, log_timezone="+00:00")
    assert isinstance(followed, Followed)
    elsewhere = [dict(entry) for entry in followed]
    for since in (None, followed[0]["epoch"] - 7):
        assert judge(followed, since=since) == judge(elsewhere, since=since)
    assert [dict(entry) for entry in followed] == elsewhere, "judging changes no entry"


def test_verdict_over_fewer_entries_than_were_parsed() -> None:
    followed = parse_lines(iked(f"{UP}+60 {DOWN}"), provider="alibaba", log_timezone="+00:00")
    del followed[2:]
    assert judge(followed)["state"] == "up"


def test_a_line_is_numbered_and_nothing_is_added() -> None:
    assert entries([f"2026-11-21 10:00:00 {VCO} [INFO]: main.c:1:f(): words"])[0]["sequence"] == 0
    assert entries([]) == []
