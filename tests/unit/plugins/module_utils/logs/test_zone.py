# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which zone a gateway prints its time: found from the window that a request asked for."""

from __future__ import annotations

import time
import types
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs import zone
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import Parsed, parse_batches

from .samples import VCO

NOON = 1671003744
OFFSETS = range(-12 * 3600, 14 * 3600 + 1, 900)


def line(epoch: float, offset: int) -> str:
    """A line that a gateway prints whose clock is ``offset`` seconds east of UTC."""
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(epoch + offset))} {VCO} [INFO]: main.c:1:main(): at {int(epoch)}"


def batch(
    lines: t.List[str], since: t.Optional[float] = NOON, until: t.Optional[float] = NOON + 600
) -> types.SimpleNamespace:
    return types.SimpleNamespace(since=since, until=until, lines=lines, times=None)


def parsed(*batches: types.SimpleNamespace, log_timezone: str = "auto") -> Parsed:
    return parse_batches(batches, provider="alibaba", connection_id=VCO, log_timezone=log_timezone)


def right(told: Parsed) -> bool:
    """Every line has the time that it tells itself."""
    stamped = [entry for entry in told.entries if " at " in entry["message"] or entry["message"].startswith("at ")]
    return all(entry["epoch"] == int(entry["message"].split("at ")[-1]) for entry in stamped)


@pytest.mark.parametrize("offset", OFFSETS, ids=zone.format_offset)
def test_every_quarter_hour(offset: int) -> None:
    for span in (600, 60, 5, 1):
        told = parsed(
            batch([line(NOON, offset), line(NOON + span // 2, offset), line(NOON + span, offset)], NOON, NOON + span)
        )
        assert right(told), (span, told.entries)
        assert told.warnings == []


@settings(max_examples=150, deadline=None)
@given(
    offset=st.sampled_from(OFFSETS),
    span=st.integers(0, 600),
    start=st.integers(NOON, NOON + 10**8),
    where=st.lists(st.floats(0, 1), min_size=1, max_size=6),
    outside=st.integers(-60, 60),
)
def test_up_to_a_minute_outside(offset: int, span: int, start: int, where: t.List[float], outside: int) -> None:
    times = sorted(
        [start + int(span * one) for one in where] + [start + outside if outside < 0 else start + span + outside]
    )
    told = parsed(batch([line(one, offset) for one in times], start, start + span))
    assert right(told)
    assert told.warnings == []


def test_several_requests_with_several_zones() -> None:
    """A gateway that switches its zone between two requests, and one that does in the middle of a request."""
    one = batch([line(NOON, 28800), line(NOON + 500, 28800)])
    two = batch([line(NOON + 600, 32400), line(NOON + 1100, 32400)], NOON + 600, NOON + 1200)
    told = parsed(one, two)
    assert right(told)
    assert ["changed its time zone" in text for text in told.warnings] == [True]
    mixed = batch([line(NOON + second, 28800 if second < 300 else 32400) for second in range(0, 600, 50)])
    told = parsed(mixed)
    assert right(told)
    assert ["changed its time zone" in text for text in told.warnings] == [True]


def test_a_switch_back_keeps_the_order_of_lines() -> None:
    told = parsed(batch([line(NOON + second, 7200 if second < 300 else 3600) for second in range(0, 600, 50)]))
    assert [entry["epoch"] for entry in told.entries] == [NOON + second for second in range(0, 600, 50)]


@pytest.mark.parametrize("off", [-400, -300, -200, 200, 300, 400])
def test_a_clock_that_is_off_is_no_zone_and_moves_no_line(off: int) -> None:
    told = parsed(batch([line(NOON + second, 28800 + off) for second in range(0, 600, 50)]))
    assert [entry["epoch"] for entry in told.entries] == [NOON + second + off for second in range(0, 600, 50)]
    assert ["log_timezone" in text for text in told.warnings] == [True]


@pytest.mark.parametrize("outside", [3600 * 20, 400, 61 + 300])
def test_no_offset_fits(outside: int) -> None:
    """Then +08:00 is used, and it is said."""
    told = parsed(
        batch([line(NOON + 300 + outside, 28800)], NOON + 300, NOON + 300)
        if outside != 3600 * 20
        else batch([line(NOON + outside, 28800)])
    )
    assert [entry["epoch"] for entry in told.entries] == [int(told.entries[0]["message"].split("at ")[-1])]
    assert len(told.warnings) == 1
    assert "+08:00" in told.warnings[0]
    assert "log_timezone" in told.warnings[0]


def test_a_window_too_long_for_one_answer() -> None:
    told = parsed(batch([line(NOON + 100, 0)], NOON, NOON + 3600))
    assert "+08:00" in told.warnings[0]


@pytest.mark.parametrize("given", ["+14:00", "+07:00", "+08:15"])
def test_a_given_zone_that_cannot_be_is_believed_and_said(given: str) -> None:
    told = parsed(batch([line(NOON + 300, 28800)]), log_timezone=given)
    assert told.entries[0]["epoch"] == NOON + 300 + 28800 - zone.parse_offset(given)
    assert [given in text and "window" in text for text in told.warnings] == [True]


def test_a_given_zone_is_believed() -> None:
    told = parsed(batch([line(NOON + 20, -9000)]), log_timezone="-02:30")
    assert right(told)
    assert told.warnings == []


@pytest.mark.parametrize(
    "lines", [[], ["no stamp"], ["", "deadbeef 12345678"], ["2022-13-41 99:99:99 vco-x [INFO]: x"]]
)
def test_lines_without_stamps_ask_for_nothing(lines: t.List[str]) -> None:
    warnings = [text for text in parsed(batch(lines)).warnings if "time zone" in text]
    assert warnings == []


def test_lines_with_an_offset_of_their_own_need_no_zone() -> None:
    stamp = "2024-12-24T07:08:32.730275+00:00 host-x ipsec_ike[1]: IPSec tunnel is established. (TunnelIndex=[1])"
    for window in ((None, None), (NOON, NOON + 600), (None, NOON)):
        one = types.SimpleNamespace(since=window[0], until=window[1], lines=[stamp], times=[1735024112.730275])
        told = parse_batches([one], provider="huawei", connection_id="x")
        assert told.warnings == []
        assert told.entries[0]["timestamp"] == "2024-12-24T07:08:32.730275Z"


def test_the_providers_own_time_stands_in_for_a_stamp() -> None:
    one = types.SimpleNamespace(since=None, until=None, lines=["garbled", "more"], times=[1735024112.5, None])
    told = parse_batches([one], provider="huawei", connection_id="x")
    assert [entry["epoch"] for entry in told.entries] == [1735024112.5, 1735024112.5]


def test_one_stray_line_does_not_mislead_the_others() -> None:
    lines = [line(NOON + second, 3600) for second in range(0, 500, 100)]
    lines.insert(3, line(NOON + 5000, 3600))
    told = parsed(batch(lines))
    assert right(told)
    assert told.warnings


def test_tunnel_and_connection_are_in_every_entry() -> None:
    told = parse_batches([batch([line(NOON, 0)])], provider="alibaba", connection_id=VCO, tunnel_id="tun-1")
    assert [(entry["tunnel_id"], entry["connection_id"]) for entry in told.entries] == [("tun-1", VCO)]
