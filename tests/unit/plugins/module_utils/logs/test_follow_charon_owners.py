# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which IKE SA has which CHILD SAs: reauthentication, re-keys, several connections, and windows that begin late."""

from __future__ import annotations

import typing as t

import pytest

from .samples import BETWEEN, charon, child_closed, child_up, health, ike_up, verdict

Verdict = t.Tuple[str, t.Optional[str]]
IS_UP: Verdict = ("up", None)
UNKNOWN: Verdict = ("unknown", None)
LOST: Verdict = ("down", "dpd_timeout")
DELETED: Verdict = ("down", "peer_deleted")

BEGIN1 = "<gw|1> initiating Main Mode IKE_SA gw[1] to 203.0.113.20\n"
UP = ike_up(1) + child_up(1, 1)
UP1 = BEGIN1 + UP
REAUTH1 = "<gw|1> reauthenticating IKE_SA gw[1]\n<gw|1> initiating Main Mode IKE_SA gw[2] to 203.0.113.20\n"
REKEY = "<gw|1> initiating IKE_SA gw[2] to 203.0.113.20\n"
UNANSWERED = "<gw|2> giving up after 5 retransmits\n<gw|2> establishing IKE_SA failed, peer not responding\n"
AGAIN = (
    "<gw|2> giving up after 5 retransmits\n<gw|2> peer not responding, trying again (2/0)\n"
    "<gw|2> initiating Main Mode IKE_SA gw[2] to 203.0.113.20\n"
)
GARBLED = "ENC <gw|2> invalid HASH_V1 payload length, decryption failed?\nENC <gw|2> could not decrypt payloads\n"
ADOPTED = "<gw|1> detected reauth of existing IKE_SA, adopting 1 children, 0 child tasks, and 0 virtual IPs\n"
CALLED = "<2> 203.0.113.20 is initiating a Main Mode IKE_SA\n"


def deleting(number: int, name: str = "gw") -> str:
    """charon deletes an IKE SA."""
    return f"<{name}|{number}> deleting IKE_SA {name}[{number}] {BETWEEN}\n"


def inbound(ike: int, number: int, name: str = "gw", child: str = "net") -> str:
    """Both halves of a CHILD SA that re-keys another one (IKEv2)."""
    line = child_up(ike, number, name, child)
    return line.replace("CHILD", "inbound CHILD") + line.replace("CHILD", "outbound CHILD")


BOTH: t.Dict[str, t.Tuple[str, Verdict]] = {
    "version 1: the new IKE SA has the children before it stands": (f"{UP1}+60 {REAUTH1}{deleting(1)}", IS_UP),
    "version 1: it is never answered": (f"{UP1}+60 {REAUTH1}+60 {UNANSWERED}", ("down", "no_response")),
    "version 1: it is not answered yet": (f"{UP1}+60 {REAUTH1}+60 {AGAIN}", IS_UP),
    "version 1: re-key of the IKE SA, nobody says reauthenticating": (
        f"{UP1}+60 {REAUTH1.partition(chr(10))[2]}{ike_up(2)}+5 {deleting(1)}",
        IS_UP,
    ),
    "version 1, responder: adopted, then all of it is deleted": (
        f"{UP1}+60 {CALLED}{ike_up(2)}{ADOPTED}+60 <gw|2> received DELETE for IKE_SA gw[2]\n{deleting(2)}",
        DELETED,
    ),
    "version 1, responder: what was re-keyed does not hold the tunnel": (
        f"{UP1}+60 <gw|1> detected rekeying of CHILD_SA net{{1}}\n{child_up(1, 2)}+60 {child_closed(1, 2)}",
        ("down", "admin_down"),
    ),
    "re-key of the IKE SA is never answered": (
        f"{UP}+60 {REKEY}+60 <gw|1> giving up after 5 retransmits\n<gw|1> rekeying IKE_SA failed, peer not responding",
        LOST,
    ),
    "re-key of an IKE SA without children is no negotiation of a tunnel": (
        f"{REKEY.replace('|1', '|1').replace('[2]', '[1]')}{ike_up(1)}+60 {REKEY}",
        ("down", None),
    ),
    "re-key of the IKE SA refused, then its peer deletes it": (
        f"{UP}+60 {REKEY}+1 <gw|1> received DELETE for IKE_SA gw[1]\n{deleting(1)}",
        DELETED,
    ),
    "a re-key of its child was under way when an IKE SA was deleted": (
        (
            f"{UP}+60 {inbound(1, 2).partition(chr(10))[0]}\n+1 {deleting(1)}+1 <gw|1> received DELETE for ESP CHILD_SA"
            f" with SPI c1\n{child_closed(1, 1)}{inbound(1, 2).partition(chr(10))[2]}+1 <gw|1> IKE_SA deleted"
        ),
        ("down", "admin_down"),
    ),
    "what is terminated here is answered by the peer": (
        (
            f"{UP}+60 CFG closing 'net' #1\n{child_closed(1, 1)}<gw|1> sending DELETE for ESP CHILD_SA with SPI c1\n"
            f"CFG closing IKE_SA #1\n<gw|1> received DELETE for ESP CHILD_SA with SPI c2\n{deleting(1)}"
        ),
        ("down", "admin_down"),
    ),
    "version 1: both reauthentications under way are given up": (
        (
            f"{UP1}{ike_up(2)}{child_up(2, 2)}+60 <gw|1> initiating Main Mode IKE_SA gw[3] to 203.0.113.20\n"
            "<gw|2> initiating Main Mode IKE_SA gw[4] to 203.0.113.20\n+1 CFG vici terminate IKE_SA 'gw'\n"
            "<gw|4> destroying IKE_SA in state CONNECTING without notification\n"
            "<gw|3> destroying IKE_SA in state CONNECTING without notification\n"
            f"{deleting(2)}{deleting(1)}+1 <gw|5> initiating Main Mode IKE_SA gw[5] to 203.0.113.20\n"
        ),
        ("negotiating", "admin_down"),
    ),
    "terminated with force": (f"{UP}+60 CFG vici terminate IKE_SA 'gw'", ("down", "admin_down")),
    "another connection terminated with force": (f"{UP}+60 CFG vici terminate IKE_SA 'other'", IS_UP),
    "terminated by number": (f"{UP}+60 CFG vici terminate IKE_SA #1", ("down", "admin_down")),
    "an IKE SA whose deletion is never answered is gone already": (
        (
            f"{UP}+60 {deleting(1)}+1 {REKEY.replace('|1', '|2')}{ike_up(2)}{child_up(2, 2)}"
            "+3 <gw|1> giving up after 5 retransmits\n<gw|1> proper IKE_SA delete failed, peer not responding"
        ),
        IS_UP,
    ),
    "two connections re-key their IKE SAs, one is deleted": (
        (
            f"{UP}{ike_up(2, 'b')}{child_up(2, 2, 'b', 'netb')}+60 <gw|1> IKE_SA gw[3] rekeyed {BETWEEN}\n"
            f"<b|2> IKE_SA b[4] rekeyed {BETWEEN}\n{deleting(1)}{deleting(2, 'b')}+60 {deleting(4, 'b')}"
        ),
        IS_UP,
    ),
    "two connections re-key their children, one is deleted": (
        (
            f"{UP}{ike_up(2, 'b')}{child_up(2, 2, 'b', 'netb')}+60 {inbound(1, 3)}{child_closed(1, 1)}"
            f"{inbound(2, 4, 'b', 'netb')}{child_closed(2, 2, 'b', 'netb')}+60 {deleting(2, 'b')}"
        ),
        IS_UP,
    ),
    "the daemon starts anew with the same number within the second": (
        f"{UP}+60 {deleting(1)}DMN Starting IKE charon daemon (strongSwan 5.9.8)\n{BEGIN1}",
        ("negotiating", "admin_down"),
    ),
    "charon-systemd has no line of its own for its start": (
        f"{UP}+60 LIB loaded plugins: charon-systemd aes sha1\n",
        ("down", "local_fault"),
    ),
    "closed by a change of its configuration": (
        f"{UP}+60 CFG updated vici connection: gw\nCFG closing 'net' #1\n{child_closed(1, 1)}",
        ("down", "admin_down"),
    ),
}


@pytest.mark.parametrize("tags", [True, False], ids=["tags", "no tags"])
@pytest.mark.parametrize(("story", "wanted"), list(BOTH.values()), ids=list(BOTH))
def test_story(story: str, wanted: Verdict, tags: bool) -> None:
    assert verdict(charon, story, tags=tags) == wanted


TAGGED: t.Dict[str, t.Tuple[str, Verdict]] = {
    "version 1: the new IKE SA is refused for its key": (
        f"{UP1}+60 {REAUTH1}+1 {GARBLED}+60 {UNANSWERED}",
        ("down", "psk_mismatch"),
    ),
    "two of three: giving up one IKE SA": (
        f"{UP}{ike_up(2, 'b')}{child_up(2, 2, 'b', 'netb')}+60 <b|2> giving up after 5 retransmits",
        IS_UP,
    ),
}


@pytest.mark.parametrize(("story", "wanted"), list(TAGGED.values()), ids=list(TAGGED))
def test_story_with_tags(story: str, wanted: Verdict) -> None:
    assert verdict(charon, story) == wanted


UNTAGGED: t.Dict[str, t.Tuple[str, Verdict]] = {
    "giving up any of several IKE SAs may be the end of all": (
        f"{UP}{ike_up(2, 'b')}{child_up(2, 2, 'b', 'netb')}+60 <b|2> giving up after 5 retransmits",
        LOST,
    ),
    "giving up what was only attempted is not": (f"{UP}+60 {CALLED}+60 {UNANSWERED}", IS_UP),
    "an attempt is refused while another one goes on": (
        f"{REKEY}{CALLED}<gw|2> received NO_PROPOSAL_CHOSEN notify error",
        ("negotiating", "phase1_proposal_mismatch"),
    ),
    "the responder gives a half-open one up, the initiator goes on": (
        f"{REKEY}{CALLED}+30 JOB <2> deleting half open IKE_SA with 203.0.113.20 after timeout",
        ("negotiating", "no_response"),
    ),
}


@pytest.mark.parametrize(("story", "wanted"), list(UNTAGGED.values()), ids=list(UNTAGGED))
def test_story_without_tags(story: str, wanted: Verdict) -> None:
    assert verdict(charon, story, tags=False) == wanted


LATE: t.Dict[str, t.Tuple[str, Verdict]] = {
    "behind the line of the IKE SA, which is deleted": (f"{child_up(1, 1)}+60 {deleting(1)}", ("down", "admin_down")),
    "behind the line of the IKE SA, which is reauthenticated in vain": (
        f"{child_up(1, 1)}+60 {REAUTH1}+60 {UNANSWERED}",
        ("down", "no_response"),
    ),
    "behind it, then terminated by number with force": (
        f"{ike_up(1)}{child_up(1, 1)}+60 CFG vici terminate IKE_SA #1",
        ("down", "admin_down"),
    ),
    "adopted, and that child is closed": (f"{ADOPTED}+60 {child_closed(2, 1)}", ("down", "admin_down")),
    "a failed re-key tells that a child stands": (
        (
            "<gw|1> received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built\n"
            "<gw|1> CHILD_SA rekeying failed, trying again in 8 seconds"
        ),
        ("degraded", "phase2_proposal_mismatch"),
    ),
    "until it expires": (
        (
            "<gw|1> received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built\n"
            f"<gw|1> CHILD_SA rekeying failed, trying again in 8 seconds\n+60 {child_closed(1, 1, expired=True)}"
        ),
        ("down", "phase2_proposal_mismatch"),
    ),
    "an IKE SA that stands may renew another one": (ike_up(2), UNKNOWN),
    "a fault of this host alone": ("NET error writing to socket: Network is unreachable", UNKNOWN),
    "somebody initiates what may stand": ("CFG vici initiate CHILD_SA 'net'", UNKNOWN),
    "somebody initiates what the daemon, just started, cannot have": (
        "DMN Starting IKE charon daemon (strongSwan 5.9.8, Linux, x86_64)\nCFG vici initiate CHILD_SA 'net'",
        ("down", None),
    ),
    "version 1: an IKE SA that may have children is reauthenticated": (
        f"{ike_up(1)}+60 {REAUTH1}+1 {ike_up(2)}",
        UNKNOWN,
    ),
    "an acquire alone": (
        "KNL creating acquire job for policy 10.1.0.1/32[icmp/8] === 10.2.0.1/32[icmp/8] with reqid {1}",
        ("down", None),
    ),
}


def test_window_begins_while_an_ike_sa_is_deleted() -> None:
    """What finishes being re-keyed goes with it. Without tags the line may be about any IKE SA."""
    assert verdict(charon, f"{inbound(1, 2)}+1 <gw|1> IKE_SA deleted") == ("down", "admin_down")


@pytest.mark.parametrize("tags", [True, False], ids=["tags", "no tags"])
@pytest.mark.parametrize(("story", "wanted"), list(LATE.values()), ids=list(LATE))
def test_window_that_begins_late(story: str, wanted: Verdict, tags: bool) -> None:
    told = health(charon, story, tags=tags)
    assert (told["state"], told["reason"] if told["state"] != "unknown" else None) == wanted


TAKEN = "<gw|1> initiating IKE_SA gw[1] to 203.0.113.20\n"
ANSWERED = "<1> 203.0.113.20 is initiating an IKE_SA\n"
FAILURES: t.Dict[str, Verdict] = {
    TAKEN + "<gw|1> received INVALID_SYNTAX notify error": ("down", "other"),
    TAKEN + "<gw|1> received EAP_FAILURE, EAP authentication failed": ("down", "authentication_failed"),
    TAKEN + "<gw|1> XAuth authentication of 'carol' (myself) failed": ("down", "authentication_failed"),
    TAKEN + "<gw|1> no ECDSA private key found for 'a'\nCFG <gw|1> configuration uses unsupported authentication": (
        "down",
        "local_fault",
    ),
    TAKEN + "CFG <gw|1> configuration uses unsupported authentication": ("down", "auth_method_mismatch"),
    TAKEN + "<gw|1> unable to resolve gw.example.net, initiate aborted": ("down", "local_fault"),
    TAKEN + ike_up(1) + "<gw|1> no acceptable traffic selectors found": ("down", "traffic_selector_mismatch"),
    TAKEN + ike_up(1) + "<gw|1> TUNNEL mode requested by responder is unacceptable": (
        "down",
        "encapsulation_mode_mismatch",
    ),
    TAKEN + ike_up(1) + "<gw|1> received INTERNAL_ADDRESS_FAILURE notify, no CHILD_SA built": ("down", "other"),
    TAKEN + ike_up(1) + "<gw|1> unable to install IPsec policies (SPD) in kernel": ("down", "local_fault"),
    ANSWERED + "<gw|1> EAP method EAP_MD5 failed for peer carol": ("down", "authentication_failed"),
    ANSWERED + "<gw|1> XAuth authentication of 'carol' failed": ("down", "authentication_failed"),
    ANSWERED + "<gw|1> canceling IKE_SA setup due to uniqueness policy": ("down", "other"),
    ANSWERED + "CFG <gw|1> constraint check failed: peer not authenticated by CA 'C=XX'": (
        "down",
        "certificate_invalid",
    ),
    ANSWERED
    + "<gw|1> signature validation failed, looking for another key\nENC <gw|1> generating IKE_AUTH response 1 [ N(AUTH_FAILED) ]": (
        "down",
        "authentication_failed",
    ),
    ANSWERED + ike_up(1) + "<gw|1> peer did not initiate a childless IKE_SA": ("down", "other"),
}


@pytest.mark.parametrize("tags", [True, False], ids=["tags", "no tags"])
@pytest.mark.parametrize(("story", "wanted"), list(FAILURES.items()))
def test_failure(story: str, wanted: Verdict, tags: bool) -> None:
    assert verdict(charon, story, tags=tags) == wanted
