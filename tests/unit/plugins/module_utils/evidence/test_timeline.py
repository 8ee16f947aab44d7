# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the timeline draws."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.drawing import draw, legend
from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.spans import domain, instant, lanes
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.evidence.samples import (
    BEGIN,
    DOWN,
    OURS,
    PHASE1,
    PHASE2,
    SILENT,
    THEIRS,
    UP,
    record,
)


def lane(lines):
    (one,) = lanes(record(lines), BEGIN, BEGIN + 600)
    return one


def test_up_from_where_the_lines_say():
    one = lane(UP)
    assert [(span.state, span.start - BEGIN, span.stop - BEGIN) for span in one.phase1] == [
        ("unknown", 0, 68),
        ("up", 68, 600),
    ]
    assert [span.state for span in one.phase2][-1] == "up"
    assert one.phase2[-1].start - BEGIN == 69
    assert one.marks == []


def test_the_last_span_is_the_verdict():
    for lines in (UP, DOWN, SILENT):
        entry = record(lines)
        assert lane(lines).phase2[-1].state == entry["health"]["state"]


def test_rekeys_and_failures_are_marked():
    again = PHASE2.replace("15:44:29", "15:50:00").replace("149ef34", "149ef35").replace("21622580", "21622581")
    assert [(mark.kind, mark.phase) for mark in lane([*UP, again]).marks] == [("rekeyed", 2)]
    assert [mark.kind for mark in lane(DOWN).marks] == ["failed"]
    many = [line.replace("15:44:28", f"15:44:28.{n}") for n in range(5) for line in DOWN]
    assert len(lane(many).marks) < 5


def test_tunnels_are_lanes():
    entry = record(UP)
    for one in entry["logs"]:
        one["tunnel_id"] = "tun-a1"
    entry["tunnels"] = {"tun-a1": {}, "tun-b2": {}}
    first, second = lanes(entry, BEGIN, BEGIN + 600)
    assert (first.phase2[-1].state, second.phase2[-1].state) == ("up", "unknown")


def test_one_axis_for_both_ends():
    start, stop = domain(
        [record(UP), dict(record(UP, THEIRS, "huawei"), window={"since": None, "until": "2022-12-14T08:00:00Z"})]
    )
    assert start == BEGIN
    assert stop == 1671004800
    assert domain([record(SILENT)]) == (BEGIN, BEGIN + 600)
    assert domain([{"logs": [], "window": None}])[0] < domain([{"logs": [], "window": None}])[1]


def test_the_drawing_is_well_formed_and_stays_inside():
    drawn = draw([record([*UP, PHASE1]), record(DOWN, THEIRS, "huawei")])
    root = ElementTree.fromstring(drawn)
    assert len(root.findall(".//svg[@role='img']")) == 2
    for place in re.findall(r'x="([-0-9.]+)%"', drawn):
        assert 0 <= float(place) <= 100
    assert f"Timeline of {OURS}" in drawn
    ElementTree.fromstring(f"<div>{legend()}</div>")
    assert draw([]) == ""


def test_instants():
    assert instant("2022-12-14T07:44:28Z") == 1671003868
    assert instant(None) is None
    assert instant("soon") is None
