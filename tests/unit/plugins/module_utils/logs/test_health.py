# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in a verdict beside state and reason, the verdict of several tunnels, and a log of several daemons."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import combine, judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.reasons import REASONS

from .samples import (
    COOKIES,
    DOWN,
    PAIR,
    START,
    UNANSWERED,
    UP,
    V2,
    VCO,
    charon,
    child_up,
    entries,
    expire,
    health,
    ike_up,
    iked,
    pair,
    racoon,
)

INITIATE = f"ikev1.c initiate new phase 1 negotiation: {PAIR}\n"
SILENT = f"!PROTO_ERR ikev1.c phase1 negotiation failed due to time up (index {UNANSWERED}).\n"
GONE = f"!PROTO_ERR ikev2.c {V2}retransmission count exceeded the limit\nike_sa.c {V2}aborting ike_sa\n{DOWN}"
KEYS = ["state", "reason", "phase", "persistent", "since", "last_event", "flaps", "time_to_up", "hint", "evidence"]


def test_an_empty_log() -> None:
    told = judge([])
    assert list(told) == KEYS
    assert told["state"] == "unknown"
    assert (told["flaps"], told["evidence"]) == (0, [])
    assert "Send traffic" in told["hint"]
    assert {told[key] for key in KEYS if key not in ("state", "flaps", "evidence", "hint")} == {None}


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_hint_and_persistent_go_with_the_reason(reason: str) -> None:
    texts = {
        "psk_missing": "!PROTO_ERR oakley.c couldn't find the pskey for 203.0.113.20.",
        "no_response": f"{INITIATE}+12 {SILENT}",
        "dpd_timeout": f"{UP}+60 {GONE}",
    }
    if reason in texts:
        told = health(iked, texts[reason])
        assert (told["reason"], told["hint"], told["persistent"]) == (
            reason,
            REASONS[reason].hint,
            REASONS[reason].persistent,
        )


def test_persistent_of_every_mismatch() -> None:
    for reason, known in REASONS.items():
        if reason.endswith("_mismatch"):
            assert known.persistent is True
    assert REASONS["dpd_timeout"].persistent is False
    assert REASONS["no_response"].persistent is None


def test_a_healthy_tunnel_has_no_reason() -> None:
    told = health(iked, f"{INITIATE}+2 {UP}")
    assert [told[key] for key in ("reason", "phase", "persistent", "hint", "flaps")] == [None, None, None, None, 0]
    assert told["since"] == "2026-11-21T10:00:02Z"
    assert told["time_to_up"] == 2


def test_since_is_when_the_state_began_and_not_when_it_was_seen_last() -> None:
    told = health(iked, f"{INITIATE}+12 {SILENT}+60 {SILENT}+60 {SILENT}")
    assert (told["state"], told["since"], told["last_event"]) == (
        "down",
        "2026-11-21T10:00:12Z",
        "2026-11-21T10:02:12Z",
    )


def test_since_does_not_move_with_a_re_key() -> None:
    told = health(
        iked,
        f"{UP}+60 ike_pfkey.c SADB_UPDATE src=203.0.113.20 x spi=0x1\nike_pfkey.c SADB_ADD x dst=203.0.113.20 x spi=0x2\n{DOWN}",
    )
    assert (told["state"], told["since"], told["flaps"]) == ("up", "2026-11-21T10:00:00Z", 0)


def test_time_to_up_from_the_begin_of_the_window() -> None:
    log = entries(iked(f"+30 {UP}"))
    assert judge(log)["time_to_up"] is None
    assert judge(log, since=START)["time_to_up"] == 30
    assert judge(entries(iked(f"{INITIATE}+30 {SILENT}")), since=START)["time_to_up"] is None


def test_last_event_is_what_says_anything_of_the_tunnel() -> None:
    told = health(
        iked,
        f"{UP}+60 !DEBUG isakmp_inf.c DPD monitoring....\n+60 !DEBUG algorithm.c encryption(aes)\n+9 main.c reading config x",
    )
    assert told["last_event"] == "2026-11-21T10:01:00Z"


@pytest.mark.parametrize(("losses", "state"), [(1, "up"), (2, "up"), (3, "degraded"), (5, "degraded")])
def test_flapping(losses: int, state: str) -> None:
    told = health(iked, f"{UP}+60 {GONE}+60 " * losses + UP)
    assert (told["state"], told["flaps"]) == (state, losses)
    assert told["reason"] == ("dpd_timeout" if state == "degraded" else None)


def test_break_before_make_is_no_flap() -> None:
    once = f"+60 {expire('0x0a036c93')}\n{expire('0xc3b6e755')}\n+1 {UP.replace('0x0a036c93', '{0}').replace('0xc3b6e755', '{1}')}"
    story = UP + once.format("0x0a036c94", "0xc3b6e756")
    story += (
        once.replace("0x0a036c93", "0x0a036c94").replace("0xc3b6e755", "0xc3b6e756").format("0x0a036c95", "0xc3b6e757")
    )
    told = health(iked, story)
    assert (told["state"], told["flaps"]) == ("up", 0)


def test_evidence() -> None:
    story = (
        f"{INITIATE}!PROTO_ERR ipsec_doi.c rejected dh_group\n!PROTO_ERR ipsec_doi.c no suitable proposal found.\n"
        "!PROTO_ERR isakmp_ident.c failed to get valid proposal.\n"
    )
    told = health(iked, "+9 ".join([story] * 6))
    assert 1 <= len(told["evidence"]) <= 5
    assert all(list(one) == ["timestamp", "message"] for one in told["evidence"])
    assert [one["timestamp"] for one in told["evidence"]] == sorted(one["timestamp"] for one in told["evidence"])
    assert any("rejected dh_group" in one["message"] for one in told["evidence"])


def test_evidence_of_a_tunnel_that_is_up_is_what_brought_it_up() -> None:
    told = health(iked, f"{INITIATE}+12 {SILENT}+9 {INITIATE}+1 {UP}")
    assert all("SADB_" in one["message"] for one in told["evidence"])


def test_evidence_of_strangers_goes_when_the_tunnel_speaks() -> None:
    told = health(iked, f"!PROTO_ERR ikev1.c couldn't find configuration.\n+9 {UP}")
    assert not any("configuration" in one["message"] for one in told["evidence"])


# Several tunnels

STATES = ("up", "degraded", "negotiating", "down", "unknown")


def one(state: str, **more: t.Any) -> t.Dict[str, t.Any]:
    return {**judge([]), "state": state, **more}


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        (["up"], "up"),
        (["up", "up"], "up"),
        (["down"], "down"),
        (["unknown", "unknown"], "unknown"),
        (["up", "down"], "degraded"),
        (["down", "up"], "degraded"),
        (["up", "unknown"], "degraded"),
        (["up", "negotiating"], "degraded"),
        (["up", "degraded"], "degraded"),
        (["degraded", "down"], "degraded"),
        (["down", "negotiating"], "down"),
        (["negotiating", "unknown"], "negotiating"),
        (["unknown", "down"], "down"),
    ],
)
def test_combined_state(states: t.List[str], wanted: str) -> None:
    assert combine({f"tun-{number}": one(state) for number, state in enumerate(states)})["state"] == wanted


def test_combined_values() -> None:
    up = health(iked, f"{INITIATE}+2 {UP}+700 !DEBUG isakmp_inf.c DPD monitoring....")
    down = health(iked, f"{INITIATE}+12 {SILENT}")
    both = combine({"a": up, "b": down})
    assert list(both) == KEYS
    assert (both["reason"], both["hint"], both["persistent"]) == ("no_response", down["hint"], down["persistent"])
    assert both["last_event"] == up["last_event"]
    stamps = ("2026-11-21T10:00:32Z", "2026-11-21T10:00:32.5Z")
    assert combine({one: {**up, "last_event": one} for one in stamps})["last_event"] == stamps[1]
    assert both["evidence"] == down["evidence"]
    assert combine({})["state"] == "unknown"
    assert both["time_to_up"] is None
    assert combine({"a": up, "b": up})["time_to_up"] == 2
    flapping = health(iked, f"{UP}+60 {GONE}")
    assert combine({"a": flapping, "b": flapping})["flaps"] == 2
    assert up["state"] == "up", "what was combined is not changed"


# Several daemons in one log

CHARON_IN = [line.replace("11[", f"{VCO} [") for line in charon(f"{ike_up(1)}{child_up(1, 1)}", tags=False)]
RACOON_IN = [line.replace(": INFO: ", f" {VCO} [INFO]: ") for line in racoon(pair(1))]


@pytest.mark.parametrize("lines", [CHARON_IN, RACOON_IN], ids=["charon", "racoon"])
def test_other_daemons_in_alibabas_envelope(lines: t.List[str]) -> None:
    assert judge(entries(lines))["state"] == "up"


def test_what_an_old_daemon_had_built_is_gone_with_it() -> None:
    later = [line.replace(" 10:00", " 10:05") for line in iked(f"main.c starting iked for racoon2\n+1 {INITIATE}")]
    told = judge(entries(CHARON_IN + later))
    assert told["state"] == "negotiating"
    assert told["flaps"] == 1
    later += [line.replace(" 10:00", " 10:06") for line in iked(UP)]
    assert judge(entries(CHARON_IN + later))["state"] == "up"


def test_after_racoon_iked_is_read_as_iked() -> None:
    later = [
        line.replace(" 10:00", " 10:05")
        for line in iked(
            f"main.c starting iked for racoon2\nikev1.c respond new phase 2 negotiation: {PAIR}\n"
            "!PROTO_ERR ipsec_doi.c no suitable policy found."
        )
    ]
    told = judge(entries(RACOON_IN + later))
    assert (told["state"], told["reason"]) == ("down", "phase2_proposal_mismatch")


@pytest.mark.parametrize(
    "noise",
    [
        "rest of a wrapped line, authentication failure",
        "no proposal chosen",
        "received DELETE IKE_SA",
    ],
)
def test_a_torn_line_is_no_change_of_daemons(noise: str) -> None:
    told = judge(entries([*CHARON_IN, noise]))
    assert told["state"] in ("up", "degraded")


def test_purging_an_ike_sa_beside_standing_ipsec_sas_says_nothing() -> None:
    assert health(iked, f"{UP}+60 handler.c purging ISAKMP-SA spi={COOKIES}.")["state"] in ("up", "degraded")
