# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How racoon's and Huawei's logs are followed."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs import vrp as dialect

from .samples import COOKIES, PAIR, UNANSWERED, entries, health, pair, pair_expired, racoon, racoon_spis, verdict, vrp

Verdict = t.Tuple[str, t.Optional[str]]
IS_UP: Verdict = ("up", None)
UNKNOWN: Verdict = ("unknown", None)

INITIATE = f"isakmp.c:isakmp_ph1begin_i initiate new phase 1 negotiation: {PAIR}\n"
INITIATE2 = f"isakmp.c:isakmp_ph2begin_i initiate new phase 2 negotiation: {PAIR}\n"
PH1_UP = f"isakmp.c:log_ph1established ISAKMP-SA established 198.51.100.10[500]-203.0.113.20[500] spi:{COOKIES}\n"
GONE = f"isakmp.c:isakmp_ph1delete ISAKMP-SA deleted 198.51.100.10[500]-203.0.113.20[500] spi:{COOKIES}\n"
DEAD = f"isakmp_inf.c:isakmp_info_send_r_u DPD: remote (ISAKMP-SA spi={COOKIES}) seems to be dead.\n"
START = "main.c:main @(#)ipsec-tools 0.8.2 (http://ipsec-tools.sourceforge.net)\n"
IN1, OUT1 = racoon_spis(1)
PURGED = f"isakmp.c:purge_remote purged IPsec-SA spi={IN1}.\nisakmp.c:purge_remote purged IPsec-SA spi={OUT1}.\n"

RACOON: t.Dict[str, t.Tuple[str, Verdict]] = {
    "phase 1 alone": (f"{INITIATE}{PH1_UP}", ("down", None)),
    "up": (f"{INITIATE}{PH1_UP}{INITIATE2}{pair(1)}", IS_UP),
    "soft expiry prints what hard expiry prints": (f"{pair(1)}+60 {pair_expired(1)}", IS_UP),
    "hard expiry is the second time": (f"{pair(1)}+60 {pair_expired(1)}+9 {pair_expired(1)}", ("down", "sa_expired")),
    "re-keyed in between": (f"{pair(1)}+60 {pair_expired(1)}{INITIATE2}{pair(2)}+9 {pair_expired(1)}", IS_UP),
    "phase 1 ends, phase 2 goes on": (f"{PH1_UP}{pair(1)}+60 {GONE}", IS_UP),
    "purged": (f"{pair(1)}+60 {PURGED}", ("down", "peer_deleted")),
    "dead peer": (
        f"{PH1_UP}{pair(1)}+60 {DEAD}isakmp.c:purge_remote purging ISAKMP-SA spi={COOKIES}.\n{PURGED}",
        ("down", "dpd_timeout"),
    ),
    "flushed by an administrator": (
        f"{pair(1)}+60 admin.c:admin_process Flushing all SAs for peer 203.0.113.20\n{PURGED}",
        ("down", "admin_down"),
    ),
    "silent peer": (
        f"{INITIATE}+50 !ERROR isakmp.c:isakmp_ph1resend phase1 negotiation failed due to time up. {UNANSWERED}",
        ("down", "no_response"),
    ),
    "a peer that answered": (
        f"{INITIATE}+50 !ERROR isakmp.c:isakmp_ph1resend phase1 negotiation failed due to time up. {COOKIES}",
        ("down", "phase1_timeout"),
    ),
    "encrypted refusal": (
        (
            f"{INITIATE}+1 !ERROR isakmp_inf.c:isakmp_info_recv ignore information because ISAKMP-SA has not been established yet.\n"
            f"+50 !ERROR isakmp.c:isakmp_ph1resend phase1 negotiation failed due to time up. {COOKIES}"
        ),
        ("down", "authentication_failed"),
    ),
    "phase 2 refused": (
        (
            f"{PH1_UP}{INITIATE2}+1 !ERROR isakmp_inf.c:isakmp_log_notify notification NO-PROPOSAL-CHOSEN received in"
            " informational exchange.\n"
            "+30 !ERROR isakmp_quick.c:quick_timeover 203.0.113.20 give up to get IPsec-SA due to time up to wait."
        ),
        ("down", "phase2_proposal_mismatch"),
    ),
    "give up": (
        (
            f"{PH1_UP}{INITIATE2}+30 !ERROR isakmp_quick.c:quick_timeover 203.0.113.20 give up to get IPsec-SA due to"
            " time up to wait."
        ),
        ("down", "no_response"),
    ),
    "wrong key, aggressive mode": (
        (
            f"{INITIATE}!ERROR oakley.c:oakley_validate_auth HASH mismatched\n"
            f"+50 !ERROR isakmp.c:isakmp_ph1resend phase1 negotiation failed due to time up. {COOKIES}"
        ),
        ("down", "psk_mismatch"),
    ),
    "identity, level WARNING": (
        (
            f"{INITIATE}!WARNING remoteconf.c:rmconf_match_identity No ID match.\n"
            f"+50 !ERROR isakmp.c:isakmp_ph1resend phase1 negotiation failed due to time up. {COOKIES}"
        ),
        ("down", "peer_id_mismatch"),
    ),
    "an unsuitable key first": (
        (
            f"{INITIATE}!NOTIFY oakley.c:oakley_skeyid couldn't find the proper pskey, try to get one by the peer's address.\n"
            f"{PH1_UP}{pair(1)}"
        ),
        IS_UP,
    ),
    "policy generated": (
        (
            f"{INITIATE}isakmp_quick.c:get_proposal_r no policy found, try to generate the policy : 10.1.0.0/24[0]"
            f" 10.2.0.0/24[0] proto=any dir=in\n{pair(1)}"
        ),
        IS_UP,
    ),
    "daemon restart": (
        (
            f"{pair(1)}+60 session.c:check_sigreq caught signal 15\nsession.c:close_session racoon process 7 shutdown\n"
            f"+1 {START}"
        ),
        ("down", "admin_down"),
    ),
    "restart, up again": (f"{pair(1)}+60 {START}{INITIATE}{PH1_UP}{pair(2)}", IS_UP),
    "stranger while up": (
        f"{pair(1)}+60 !ERROR isakmp.c:isakmp_ph1begin_r exchange Aggressive not allowed in any applicable rmconf.",
        IS_UP,
    ),
    "IKEv2 packet of a stranger while up": (f"{pair(1)}+60 !ERROR isakmp.c:isakmp_main invalid flag 0x08.", IS_UP),
}


@pytest.mark.parametrize(("story", "wanted"), list(RACOON.values()), ids=list(RACOON))
def test_story_of_racoon(story: str, wanted: Verdict) -> None:
    assert verdict(racoon, story) == wanted


def test_the_second_half_of_a_pair_alone_shows_a_tunnel() -> None:
    """The window began between the two lines."""
    assert verdict(racoon, pair(1).split("\n")[1])[0] == "up"


VRP_UP = (
    "IPSec tunnel is established. (Ifindex=[207], SeqNum=[1], TunnelIndex=[4], RuleNum=[1], DstIP=[203.0.113.9],"
    " FlowInfo=[(10.0.0.0/24, 10.1.0.0/24), a=[b]], LifeTime=[3600])\n"
)
VRP_UP2 = VRP_UP.replace("[4]", "[5]").replace("RuleNum=[1]", "RuleNum=[2]")


def failed(reason: str, peer: str = "203.0.113.9") -> str:
    return (
        f"IPSec tunnel negotiation fails. (IfIndex=[207], PolicyName=[], SeqNum=[0], PeerAddress=[{peer}],"
        f" PeerPort=[500], Reason=[{reason}])\n"
    )


def gone(reason: str, sentence: str = "IPSec tunnel is deleted.", index: str = "TunnelIndex=[4], RuleNum=[1], ") -> str:
    return f"{sentence} (Ifindex=[207], SeqNum=[1], {index}DstIP=[203.0.113.9], OfflineReason=[{reason}])\n"


VRP: t.Dict[str, t.Tuple[str, Verdict]] = {
    "up": (VRP_UP, IS_UP),
    "phase 1 alone": ("IKE phase1 sa is established. (PeerAddress=[203.0.113.9])", ("negotiating", None)),
    "failure, then up": (f"{failed('authentication fail')}+60 {VRP_UP}", IS_UP),
    "replacement is no loss": (f"{VRP_UP}+60 {VRP_UP}+1 {gone('phase2 sa replace')}", IS_UP),
    "replacement alone says nothing": (gone("phase2 sa replace"), UNKNOWN),
    "dead peer": (f"{VRP_UP}+60 {gone('dpd timeout')}", ("down", "dpd_timeout")),
    "teardown of the other template": (
        f"{VRP_UP}+60 {gone('peer request', 'IPSec tunnel is teared down.', '')}",
        ("down", "peer_deleted"),
    ),
    "teardown alone": (gone("dpd timeout"), ("down", "dpd_timeout")),
    "failed re-key beside a living SA": (
        f"{VRP_UP}+60 {failed('phase2 proposal or pfs mismatch')}",
        ("degraded", "phase2_proposal_mismatch"),
    ),
    "failure after the lifetime is over": (f"{VRP_UP}+7200 {failed('max transmit reached')}", ("down", "no_response")),
    "somebody else's failure": (f"{VRP_UP}+60 {failed('version mismatch', '192.0.2.66')}", IS_UP),
    "one of two flows": (f"{VRP_UP}{VRP_UP2}+60 {gone('peer request')}", ("degraded", "peer_deleted")),
    "both flows": (
        f"{VRP_UP}{VRP_UP2}+60 {gone('peer request')}{gone('peer request', index='TunnelIndex=[5], RuleNum=[2], ')}",
        ("down", "peer_deleted"),
    ),
    "capitals, no blanks": (
        "IPSEC TUNNEL NEGOTIATION FAILS.(IFINDEX=[1],REASON=[Authentication Fail])",
        ("down", "authentication_failed"),
    ),
    "list without a sentence we know": ("IPSec something new happened. (Reason=[authentication fail])", UNKNOWN),
    "cut in a key": ("IPSec tunnel negotiation fails. (IfIndex=[207], PeerAddr", ("down", "other")),
}


@pytest.mark.parametrize(("story", "wanted"), list(VRP.values()), ids=list(VRP))
def test_story_of_vrp(story: str, wanted: Verdict) -> None:
    assert verdict(vrp, story) == wanted


@pytest.mark.parametrize("key", ["Reason", "OfflineReason", "reason", "REASON"])
def test_either_key_names_the_reason(key: str) -> None:
    (entry,) = entries(vrp(f"IPSec tunnel negotiation fails. (Ifindex=[1], {key}=[version mismatch])"), "huawei")
    assert entry["reason"] == "ike_version_mismatch"


@pytest.mark.parametrize(
    "value",
    ["a, b", "(10.0.0.0/24, 10.1.0.0/24)", "a=b, c", "x[y], z", "a]b", " blanks ", "", "=", "(", ")"],
)
def test_values_with_every_sign(value: str) -> None:
    message = f"IPSec tunnel negotiation fails. (IfIndex=[207],FlowInfo=[{value}], Reason=[flow mismatch])"
    assert dialect.parameters(message) == {"ifindex": "207", "flowinfo": value, "reason": "flow mismatch"}


def test_peer_is_the_peers_address() -> None:
    (entry,) = entries(vrp(failed("flow mismatch", "2001:db8::9")), "huawei")
    assert (entry["peer"], entry["phase"], entry["event"]) == ("2001:db8::9", 2, "negotiation_failed")


def test_every_failure_and_teardown_reason_is_persistent_or_not_as_documented() -> None:
    persistent = {
        "phase1 proposal mismatch",
        "encapsulation mode mismatch",
        "flow mismatch",
        "version mismatch",
        "config id mismatch",
        "authentication fail",
        "exchange mode mismatch",
        "netmask mismatch",
        "peer cert is expired",
        "peer address mismatch",
    }
    for text in persistent:
        assert health(vrp, failed(text))["persistent"] is True
    for text in ("rekey fail", "max transmit reached"):
        assert health(vrp, failed(text))["persistent"] is not True
