# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How charon's log is followed: CHILD SAs by number and SPIs, IKE SAs by tag, with and without tags."""

from __future__ import annotations

import typing as t

import pytest

from .samples import BETWEEN, charon, child_closed, child_up, entries, health, ike_up, verdict

UP = ike_up(1) + child_up(1, 1)
BEGIN = "<gw|1> initiating IKE_SA gw[1] to 203.0.113.20\n"
BEGIN1 = "<gw|1> initiating Main Mode IKE_SA gw[1] to 203.0.113.20\n"
DELETING = f"<gw|1> deleting IKE_SA gw[1] {BETWEEN}\n"
DELETED = f"<gw|1> received DELETE for IKE_SA gw[1]\n{DELETING}<gw|1> IKE_SA deleted\n"
GIVEN_UP = "<gw|1> giving up after 5 retransmits\n"
BACK = "<2> 203.0.113.20 is initiating an IKE_SA\n"
REFUSED2 = "<gw|2> no acceptable proposal found\n<gw|2> failed to establish CHILD_SA, keeping IKE_SA\n"
STRANGER = "<9> 192.0.2.66 is initiating a Main Mode IKE_SA\n<9> no proposal found\n"
START = "DMN Starting IKE charon daemon (strongSwan 5.9.8, Linux, x86_64)\n"

Verdict = t.Tuple[str, t.Optional[str]]
IS_UP: Verdict = ("up", None)
UNKNOWN: Verdict = ("unknown", None)

CASES: t.Dict[str, t.Tuple[str, Verdict]] = {
    "an IKE SA alone is not up": (f"{BEGIN}+1 {ike_up(1)}", ("down", None)),
    "a CHILD SA is": (f"{BEGIN}+1 {UP}", IS_UP),
    "closing the old one after a re-key": (f"{UP}+60 {child_up(1, 2)}{child_closed(1, 1)}", IS_UP),
    "inbound and outbound halves of a re-key": (
        (
            f"{UP}+60 <gw|1> in{child_up(1, 2)[7:].replace('CHILD', 'bound CHILD')}<gw|1>"
            f" out{child_up(1, 2)[7:].replace('CHILD', 'bound CHILD')}{child_closed(1, 1)}"
        ),
        IS_UP,
    ),
    "closing 1 after established 2 in a window that begins there": (f"{child_up(1, 2)}{child_closed(1, 1)}", IS_UP),
    "closing alone": (child_closed(1, 1), ("down", "admin_down")),
    "closed": (f"{UP}+60 {child_closed(1, 1)}", ("down", "admin_down")),
    "deleted by the peer, version 2 prints no closing": (f"{UP}+60 {DELETED}", ("down", "peer_deleted")),
    "hard expiry": (f"{UP}+60 {child_closed(1, 1, expired=True)}", ("down", "sa_expired")),
    "closed for lack of traffic": (
        f"{UP}+60 JOB deleting CHILD_SA after 8 seconds of inactivity\n{child_closed(1, 1)}",
        ("down", "inactive"),
    ),
    "terminated by an administrator": (
        f"{UP}+60 CFG vici terminate CHILD_SA 'net'\n{child_closed(1, 1)}",
        ("down", "admin_down"),
    ),
    "two children, one closed": (f"{UP}{child_up(1, 2, child='net2')}+60 {child_closed(1, 1)}", IS_UP),
    "two children, one refused": (
        (
            f"{UP}+1 <gw|1> received TS_UNACCEPTABLE notify, no CHILD_SA built\n"
            "<gw|1> failed to establish CHILD_SA, keeping IKE_SA"
        ),
        ("degraded", "traffic_selector_mismatch"),
    ),
    "failed re-key": (
        (
            f"{UP}+60 <gw|1> received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built\n"
            "<gw|1> CHILD_SA rekeying failed, trying again in 8 seconds"
        ),
        ("degraded", "phase2_proposal_mismatch"),
    ),
    "failed re-key, then hard expiry": (
        (
            f"{UP}+60 <gw|1> received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built\n"
            f"<gw|1> CHILD_SA rekeying failed, trying again in 8 seconds\n+60 {child_closed(1, 1, expired=True)}"
        ),
        ("down", "phase2_proposal_mismatch"),
    ),
    "IKE re-key": (
        (
            f"{UP}+60 <gw|1> initiating IKE_SA gw[2] to 203.0.113.20\n<gw|1> IKE_SA gw[2] rekeyed {BETWEEN}\n"
            f"{DELETING}<gw|1> IKE_SA deleted"
        ),
        IS_UP,
    ),
    "IKE re-key, then the peer is lost": (
        (f"{UP}+60 <gw|1> IKE_SA gw[2] rekeyed {BETWEEN}\n{DELETING}+60 <gw|2> giving up after 5 retransmits"),
        ("down", "dpd_timeout"),
    ),
    "reauthentication, break before make": (
        (
            f"{UP}+60 <gw|1> reauthenticating IKE_SA gw[1]\n{DELETING}<gw|1> restarting CHILD_SA net\n"
            f"<gw|1> initiating IKE_SA gw[2] to 203.0.113.20\n{ike_up(2)}{child_up(2, 2)}"
        ),
        IS_UP,
    ),
    "reauthentication of version 1 hands the children on": (
        (
            f"{BEGIN1}{UP}+60 <gw|1> reauthenticating IKE_SA gw[1]\n"
            f"<gw|1> initiating Main Mode IKE_SA gw[2] to 203.0.113.20\n{ike_up(2)}+5 {DELETING}"
        ),
        IS_UP,
    ),
    "adopted children from before the window": (
        "<gw|2> detected reauth of existing IKE_SA, adopting 1 children and 0 virtual IPs",
        IS_UP,
    ),
    "INITIAL_CONTACT, then up again": (
        (
            f"{UP}+60 {BACK}<gw|2> destroying duplicate IKE_SA for peer '203.0.113.20', received INITIAL_CONTACT\n"
            f"{ike_up(2)}{child_up(2, 2)}"
        ),
        IS_UP,
    ),
    "DPD of version 1": (f"{UP}+60 JOB <gw|1> DPD check timed out, enforcing DPD action", ("down", "dpd_timeout")),
    "DPD of version 2 has no line of its own": (
        f"{UP}+60 <gw|1> sending DPD request\n{GIVEN_UP}",
        ("down", "dpd_timeout"),
    ),
    "DPD with restart": (
        f"{UP}+60 {GIVEN_UP}<gw|1> restarting CHILD_SA net\n<gw|1> initiating IKE_SA gw[2] to 203.0.113.20",
        ("negotiating", "dpd_timeout"),
    ),
    "a silent peer": (
        f"{BEGIN}+60 {GIVEN_UP}<gw|1> establishing IKE_SA failed, peer not responding",
        ("down", "no_response"),
    ),
    "giving up, trying again": (
        f"{BEGIN}+60 {GIVEN_UP}<gw|1> peer not responding, trying again (2/0)\n{BEGIN}",
        ("negotiating", "no_response"),
    ),
    "retransmissions alone": ("<gw|1> retransmit 1 of request with message ID 0", UNKNOWN),
    "keep-alive alone": ("<gw|1> sending DPD request\nENC <gw|1> parsed INFORMATIONAL response 4 [ ]", UNKNOWN),
    "late recover": (f"{BEGIN}+4 <gw|1> retransmit 1 of request with message ID 0\n+1 {UP}", IS_UP),
    "DH group retried": (
        f"{BEGIN}<gw|1> peer didn't accept DH group ECP_256, it requested MODP_2048\n{BEGIN}{UP}",
        IS_UP,
    ),
    "wrong key, responder": (
        (f"{BACK}+1 <gw|2> tried 1 shared key for 'a' - 'b', but MAC mismatched\n<gw|2> no alternative config found"),
        ("down", "psk_mismatch"),
    ),
    "wrong key, initiator": (
        f"{BEGIN}<gw|1> received AUTHENTICATION_FAILED notify error",
        ("down", "authentication_failed"),
    ),
    "key missing": (f"{BACK}<gw|2> no shared key found for '%any' - '203.0.113.20'", ("down", "psk_missing")),
    "identity": (f"{BACK}CFG <gw|2> no matching peer config found", ("down", "peer_id_mismatch")),
    "certificate expired": (
        (
            f"{BEGIN}CFG <gw|1> subject certificate invalid (valid from Jan 01 00:00:00 2020 to Jan 01 00:00:00 2021)\n"
            "<gw|1> no trusted RSA public key found for 'b'"
        ),
        ("down", "certificate_invalid"),
    ),
    "certificate revoked": (
        (
            f"{BACK}CFG <gw|2> certificate was revoked on Jan 01 00:00:00 UTC 2026, reason: key compromise\n"
            "<gw|2> no trusted RSA public key found for 'b'"
        ),
        ("down", "certificate_invalid"),
    ),
    "certificate without status": (f"{BEGIN}CFG <gw|1> certificate status is not available\n{UP}", IS_UP),
    "phase 1 refused": (
        f"{BEGIN}<gw|1> received NO_PROPOSAL_CHOSEN notify error",
        ("down", "phase1_proposal_mismatch"),
    ),
    "version 1: the same notify before and after the IKE SA stands": (
        f"{BEGIN1}+1 <gw|1> received NO_PROPOSAL_CHOSEN error notify",
        ("down", "phase1_proposal_mismatch"),
    ),
    "version 1: after it stands": (
        f"{BEGIN1}{ike_up(1)}+1 <gw|1> received NO_PROPOSAL_CHOSEN error notify",
        ("down", "phase2_proposal_mismatch"),
    ),
    "selectors, responder": (
        f"{BACK}{ike_up(2)}<gw|2> traffic selectors 10.9.0.0/24 === 10.2.0.0/24 unacceptable",
        ("down", "traffic_selector_mismatch"),
    ),
    "the kernel refuses": (
        (
            f"{BEGIN}{ike_up(1)}KNL <gw|1> received netlink error: Protocol not supported (93)\n"
            "<gw|1> unable to install inbound and outbound IPsec SA (SAD) in kernel\n"
            "<gw|1> failed to establish CHILD_SA, keeping IKE_SA"
        ),
        ("down", "local_fault"),
    ),
    "no route": (
        (
            f"{BEGIN}NET <gw|1> error writing to socket: Network is unreachable\n"
            f"+60 {GIVEN_UP}<gw|1> establishing IKE_SA failed, peer not responding"
        ),
        ("down", "local_fault"),
    ),
    "path found again": (
        (
            f"{UP}+60 KNL interface eth0 deactivated\n<gw|1> old path is not available anymore, try to find another\n"
            "KNL interface eth0 activated"
        ),
        IS_UP,
    ),
    "strangers while up": (f"{UP}+60 {STRANGER}", IS_UP),
    "a stranger without a configuration, while up": (
        f"{UP}+60 <9> no IKE config found for 198.51.100.10...192.0.2.66, sending NO_PROPOSAL_CHOSEN",
        IS_UP,
    ),
    "daemon stopped": (f"{UP}+60 DMN SIGTERM received, shutting down", ("down", "admin_down")),
    "daemon restarted": (f"{UP}+60 {START}", ("down", "local_fault")),
    "daemon restarted, same numbers again": (f"{UP}+60 {START}+1 {BEGIN}{UP}", IS_UP),
    "the start of a daemon says nothing": (START, UNKNOWN),
    "the child of another connection keeps that one up": (
        f"{UP}{ike_up(2, 'other')}{child_up(2, 2, 'other')}+60 {DELETED}",
        IS_UP,
    ),
}


@pytest.mark.parametrize("tags", [True, False], ids=["tags", "no tags"])
@pytest.mark.parametrize(("story", "wanted"), list(CASES.values()), ids=list(CASES))
def test_story(story: str, wanted: Verdict, tags: bool) -> None:
    assert verdict(charon, story, tags=tags) == wanted


OPEN: t.Dict[str, t.Tuple[str, Verdict, bool]] = {
    "peer comes back with other proposals, then its old IKE SA goes": (
        f"{UP}+60 {BACK}{ike_up(2)}{REFUSED2}+10 {DELETED}",
        ("down", "phase2_proposal_mismatch"),
        True,
    ),
    "same with version 1": (
        (
            f"{BEGIN1}{UP}+60 <2> 203.0.113.20 is initiating a Main Mode IKE_SA\n"
            f"{ike_up(2)}<gw|2> no matching proposal found, sending NO_PROPOSAL_CHOSEN\n+10 {DELETED}"
        ),
        ("down", "phase2_proposal_mismatch"),
        True,
    ),
    "an IKE SA of another connection is no heir": (
        (f"{UP}+60 {ike_up(2, 'other')}<other|2> received TS_UNACCEPTABLE notify, no CHILD_SA built\n+10 {DELETED}"),
        ("down", "traffic_selector_mismatch"),
        True,
    ),
    "duplicate told under the new number, child refused": (
        (
            f"{UP}+60 {BACK}<gw|2> destroying duplicate IKE_SA for peer '203.0.113.20', received INITIAL_CONTACT\n"
            f"{ike_up(2)}{REFUSED2}"
        ),
        ("down", "phase2_proposal_mismatch"),
        True,
    ),
    "untagged DPD after a stranger": (
        f"{UP}+60 {STRANGER}+60 JOB <gw|1> DPD check timed out, enforcing DPD action",
        ("down", "dpd_timeout"),
        False,
    ),
    "untagged giving up after a stranger": (f"{UP}+60 {STRANGER}+60 {GIVEN_UP}", ("down", "dpd_timeout"), False),
    "IKE re-key of children from before the window": (
        (f"<gw|1> 203.0.113.20 is initiating an IKE_SA\n<gw|1> IKE_SA gw[2] rekeyed {BETWEEN}\n+1 {DELETED}"),
        UNKNOWN,
        True,
    ),
    "reauthentication of children from before the window": (
        (f"<gw|1> initiating Main Mode IKE_SA gw[2] to 203.0.113.20\n{ike_up(2)}+5 {DELETING}"),
        UNKNOWN,
        True,
    ),
    "IDir as documented, without quotes": (
        f"{BEGIN1}<gw|1> IDir 1.2.3.4 does not match to 5.6.7.8",
        ("down", "peer_id_mismatch"),
        True,
    ),
    "INVALID_ID_INFORMATION, IKE SA from before the window": (
        "<gw|1> received INVALID_ID_INFORMATION error notify",
        ("down", "traffic_selector_mismatch"),
        True,
    ),
}


@pytest.mark.parametrize(("story", "wanted", "tags"), list(OPEN.values()), ids=list(OPEN))
def test_story_that_once_was_misread(story: str, wanted: Verdict, tags: bool) -> None:
    assert verdict(charon, story, tags=tags) == wanted


def test_time_to_up_counts_from_the_first_attempt() -> None:
    assert health(charon, f"{BEGIN}+7 {UP}+60 {child_up(1, 2)}")["time_to_up"] == 7


def test_lines_without_stamps_are_judged_in_the_order_given() -> None:
    lines = [line[20:] for line in charon(f"{BEGIN}{UP}+60 {DELETED}")]
    assert all(entry["epoch"] is None for entry in entries(lines, "charon"))
    assert [entry["event"] for entry in entries(lines, "charon")][:3] == [
        "negotiation_started",
        "ike_sa_established",
        "tunnel_established",
    ]
