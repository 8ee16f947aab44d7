# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records glued on one line, wrapped lines, duplicated and shuffled ones: nothing is lost, merged, or made up."""

from __future__ import annotations

import random
import re
import types
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import EVENTS, LEVELS
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.envelope import ENVELOPES
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.opener import Opener
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_batches, parse_lines
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.reasons import REASONS
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.secrets import MASK

from .samples import (
    COOKIES,
    IN,
    OUT,
    PAIR,
    UP,
    V2,
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
    racoon,
    update,
    vrp,
)

STORIES: t.Dict[str, t.List[str]] = {
    "alibaba": iked(
        f"ikev1.c initiate new phase 1 negotiation: {PAIR}\n"
        f"+1 ikev1.c ISAKMP-SA established 198.51.100.10[500]-203.0.113.20[500] spi:{COOKIES}\n"
        "isakmp_inf.c INITIALCONTACT processing unimplemented\n"
        f"{UP}+60 !PROTO_ERR ikev2_child.c {V2}ts unacceptable\n{delete(IN)}\n{delete(OUT)}\n"
        f"+5 !DEBUG isakmp_inf.c DPD monitoring....\n{expire('0x00000000')}\nmain.c exiting iked"
    ),
    "charon": charon(
        "initiating IKE_SA gw[1] to 203.0.113.20\n"
        f"{ike_up(1)}{child_up(1, 1)}+60 {child_up(1, 2)}{child_closed(1, 1)}<gw|1> giving up after 5 retransmits"
    ),
    "racoon": racoon(
        f"isakmp.c initiate new phase 1 negotiation: {PAIR}\n{pair(1)}+9 !ERROR ipsec_doi.c no suitable policy found."
    ),
    "huawei": vrp(
        "IPSec tunnel is established. (TunnelIndex=[4])\n"
        "+9 IPSec tunnel negotiation fails. (PeerAddress=[203.0.113.9], Reason=[rekey fail])"
    ),
}

EVERY = [line for lines in STORIES.values() for line in lines]
_CUTS = st.integers(0, 200)
_LINE = st.one_of(
    st.sampled_from(EVERY),
    st.tuples(st.sampled_from(EVERY), _CUTS).map(lambda pick: pick[0][: pick[1]]),
    st.tuples(st.sampled_from(EVERY), _CUTS).map(lambda pick: pick[0][pick[1] :]),
    st.tuples(st.sampled_from(EVERY), st.sampled_from(EVERY)).map("".join),
    st.text(max_size=60),
    st.sampled_from(["73336372 65742d6f", "", " ", "\x00", "=" * 9]),
)
PROVIDER = st.sampled_from(sorted(STORIES))


def is_sound(entry: t.Mapping[str, t.Any]) -> bool:
    """Every word of an entry is in its closed set."""
    return (
        entry["event"] in EVENTS
        and (entry["reason"] is None or entry["reason"] in REASONS)
        and entry["phase"] in (1, 2, None)
        and (entry["level"] is None or entry["level"] in LEVELS.values())
        and isinstance(entry["message"], str)
        and (entry["peer"] is None or isinstance(entry["peer"], str))
        and (entry["timestamp"] is None) == (entry["epoch"] is None)
    )


@settings(max_examples=150, deadline=None)
@given(provider=PROVIDER, line=_LINE)
def test_splitting_loses_no_character(provider: str, line: str) -> None:
    assert "".join(ENVELOPES[provider].split(line)) == line
    parsed = parse_lines([line], provider=provider, log_timezone="+00:00")
    if MASK not in "".join(entry["raw"] for entry in parsed):
        assert sorted("".join(entry["raw"] for entry in parsed)) == sorted(re.sub(r"\r?\n|\r+\Z", "", line))


@settings(max_examples=150, deadline=None)
@given(provider=PROVIDER, lines=st.lists(_LINE, max_size=12))
def test_any_lines_at_all(provider: str, lines: t.List[str]) -> None:
    found = parse_lines(lines, provider=provider, log_timezone="+00:00")
    assert len(found) >= len(lines)
    assert all(map(is_sound, found))
    assert [entry["sequence"] for entry in found] == list(range(len(found)))
    times = [entry["epoch"] for entry in found if entry["epoch"] is not None]
    assert times == sorted(times)
    told = judge(found)
    assert told["state"] in ("up", "degraded", "negotiating", "down", "unknown")
    assert told["reason"] is None or (told["reason"] in REASONS and told["hint"])
    assert len(told["evidence"]) <= 5


@settings(max_examples=150, deadline=None)
@given(provider=PROVIDER, lines=st.lists(_LINE, max_size=12), ahead=st.lists(st.integers(0, 11), max_size=24))
def test_opening_lines_ahead_changes_nothing(provider: str, lines: t.List[str], ahead: t.List[int]) -> None:
    batch = types.SimpleNamespace(lines=lines, since=None, until=None, times=None)
    opener = Opener(provider)
    opener.arrive(lines[place] for place in ahead if place < len(lines))
    how: t.Dict[str, t.Any] = {"provider": provider, "connection_id": "vco-a", "log_timezone": "+00:00"}
    assert parse_batches([batch], **how, opener=opener) == parse_batches([batch], **how)


@settings(max_examples=100, deadline=None)
@given(provider=PROVIDER, seed=st.integers(0, 10**9))
def test_order_within_a_second_is_kept_and_seconds_are_ordered(provider: str, seed: int) -> None:
    lines = [f"{line} #{n}" for n, line in enumerate(STORIES[provider])]
    random.Random(seed).shuffle(lines)
    found = parse_lines(lines, provider=provider, log_timezone="+00:00")
    keys = [(entry["epoch"], lines.index(entry["raw"])) for entry in found]
    assert keys == sorted(keys)


@settings(max_examples=150, deadline=None)
@given(provider=PROVIDER, copies=st.lists(st.integers(1, 3), min_size=20, max_size=20))
def test_duplicated_lines_do_not_change_the_verdict(provider: str, copies: t.List[int]) -> None:
    doubled = [line for line, times in zip(STORIES[provider], copies) for _copy in range(times)]
    once, twice = (judge(parse_lines(one, provider=provider)) for one in (STORIES[provider], doubled))
    assert (once["state"], once["reason"]) == (twice["state"], twice["reason"])


@pytest.mark.parametrize("level", ["INFO", "DEBUG", "PROTO_ERR", "INTERNAL_WARN"])
def test_glued_records_are_split(level: str) -> None:
    first = f"2026-11-21 10:00:00 {VCO} [INFO]: isakmp_inf.c:960:f(): INITIALCONTACT processing unimplemented"
    second = f"2026-11-21 10:00:01 {VCO} [{level}]: main.c:701:f(): exiting iked"
    native = second.replace(f"{VCO} ", "")
    assert [entry["raw"] for entry in entries([first + second + native])] == [first, second, native]


def test_glued_native_records_of_charon_and_racoon() -> None:
    one, two = charon(f"{ike_up(1)}{child_up(1, 1)}")
    assert [entry["raw"] for entry in entries([one + two], "charon")] == [one, two]
    one, two = racoon(pair(1))
    assert [entry["raw"] for entry in entries([one + two], "racoon")] == [one, two]
    one, two = STORIES["huawei"]
    assert [entry["raw"] for entry in entries([one + two], "huawei")] == [one, two]


def test_an_empty_record_before_the_next_one() -> None:
    start = f"2026-11-21 10:00:00 {VCO} [DEBUG]: oakley.c:2316:oakley_skeyid(): "
    assert [entry["message"] for entry in entries([f"{start}psk: {start}"])] == ["psk: ", ""]


def test_a_record_glued_to_a_line_without_a_stamp() -> None:
    record = iked(update())[0]
    assert [entry["raw"] for entry in entries([f"rest of a wrapped line{record}"])] == [
        "rest of a wrapped line",
        record,
    ]


def test_records_glued_over_new_year() -> None:
    lines = [f"2025-12-31 23:59:59 {VCO} [INFO]: a.c:1:f(): x", f"2026-01-01 00:00:00 {VCO} [INFO]: b.c:1:f(): y"]
    assert [entry["raw"] for entry in entries(["".join(lines)])] == lines


def test_a_stamp_inside_a_message_is_no_record() -> None:
    line = iked("main.c file of 2026-11-21 10:00:00 read")[0]
    assert len(entries([line])) == 1


def test_lines_without_a_stamp_have_the_time_of_the_line_before() -> None:
    lines = [*iked("+5 ikev1.c begin Aggressive mode."), "deadbeef wrapped", *iked("+7 main.c exiting iked")]
    assert [entry["timestamp"] for entry in entries(lines)] == [
        "2026-11-21T10:00:05Z",
        "2026-11-21T10:00:05Z",
        "2026-11-21T10:00:07Z",
    ]
    first, second = entries(["deadbeef wrapped", lines[0]])
    assert (first["timestamp"], second["timestamp"]) == (None, "2026-11-21T10:00:05Z")


def test_a_text_is_read_line_by_line_like_a_list() -> None:
    lines = [*STORIES["alibaba"], "", "wrapped"]
    for text in ("\n".join(lines), "\r\n".join(lines)):
        assert entries(text) == entries(lines)
    assert entries("") == []
    assert len(entries(lines[0] + "\n")) == 1


def test_a_list_element_of_several_lines_is_several_lines() -> None:
    lines = STORIES["alibaba"]
    assert entries(["\n".join(lines[:3]), *lines[3:]]) == entries(lines)


def test_a_descending_log_is_turned_round_by_seconds() -> None:
    lines = iked(f"+0 {update()}\n+1 {add()}\n+60 {delete(IN)}")
    assert [entry["raw"] for entry in entries(lines[::-1])] == lines
    assert judge(entries(lines[::-1]))["state"] == "down"
