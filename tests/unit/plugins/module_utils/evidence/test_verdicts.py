# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What passes and what never does, and the words for it."""

from __future__ import annotations

import time

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.calls import plan_calls
from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.verdicts import judge_reads, progress
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.evidence.samples import (
    DOWN,
    OURS,
    SILENT,
    THEIRS,
    UP,
    pair,
    record,
    result,
    verdict,
)


def test_up_passes_down_and_silence_do_not():
    assert verdict([record(UP)])["passed"]
    for lines in (DOWN, SILENT):
        assert not verdict([record(lines)])["passed"]
    assert verdict([record(DOWN)], accept=["down"])["passed"]
    assert not verdict([record(UP)], accept=["down"])["passed"]


def test_silence_may_pass_but_never_ends_a_wait():
    found = verdict([record(SILENT)], unknown_fails=False)
    assert found["passed"]
    assert not found["settled"]
    assert verdict([record(UP)], unknown_fails=False)["settled"]


@pytest.mark.parametrize("accept", [["up"], ["up", "degraded", "negotiating", "down"]])
def test_incomplete_stale_and_missing_never_pass(accept):
    cut = verdict([record(UP, complete=False)], accept=accept, unknown_fails=False)
    assert "incomplete" in cut["summary"][1]
    old = verdict([record(UP)], accept=accept, unknown_fails=False, now=time.time() + 700)
    assert "s old" in old["summary"][1]
    future = verdict([record(UP)], accept=accept, now=time.time() - 4000)
    undated = verdict([dict(record(UP), fetched_at=None)], accept=accept)
    missing = verdict([], [{"id": OURS}], accept=accept, unknown_fails=False)
    assert missing["connections"][0]["state"] == "unread"
    for found in (cut, old, future, undated, missing):
        assert not found["passed"]
        assert not found["settled"]


def test_a_record_of_another_connection_does_not_count():
    calls = plan_calls([{"id": OURS}])
    found = judge_reads([{"id": OURS}], calls, [result(calls[0], [record(UP, "vco-b2")])])
    assert not found["passed"]


def test_a_failed_call_names_each_reason_once_read_again_counts():
    connections = [{"id": "vco-a1"}, {"id": "vco-a2"}]
    calls = plan_calls(connections)
    failed = {"item": 0, "msg": "1 of 2", "errors": {"vco-a2": {"kind": "not_found", "message": "vco-a2 is not there"}}}
    found = judge_reads(connections, calls, [failed, result(calls[0], [record(UP)])])
    assert [row["passed"] for row in found["connections"]] == [True, False]
    assert found["lasting"]
    assert found["summary"][1:] == ["vco-a2 could not be read: vco-a2 is not there"]
    assert "failed for other" in judge_reads(connections, calls, [failed])["connections"][0]["error"]["message"]


@pytest.mark.parametrize(
    "failure",
    [{"failed": True}, {"unreachable": True}, {"failed": False, "error": {"kind": "timeout", "message": "too late"}}],
)
def test_facts_of_a_call_that_failed_are_no_records(failure):
    calls = plan_calls([{"id": OURS}])
    found = judge_reads([{"id": OURS}], calls, [{**result(calls[0], [record(UP)]), "msg": "it failed", **failure}])
    assert not found["passed"]
    assert found["connections"][0]["state"] == "unread"
    assert (failure.get("error") or {"message": "it failed"})["message"] in found["summary"][1]


@pytest.mark.parametrize(
    "failure, lasting",
    [
        ({"error": {"kind": "auth", "message": "wrong"}}, True),
        ({"error": {"kind": "transport", "message": "refused"}}, False),
        ({"unreachable": True}, True),
        ({"module_stderr": "Traceback"}, True),
    ],
)
def test_what_waiting_does_not_heal(failure, lasting):
    calls = plan_calls([{"id": OURS}])
    found = judge_reads([{"id": OURS}], calls, [{"item": 0, "msg": "it failed", **failure}])
    assert not found["passed"]
    assert found["lasting"] is lasting


def test_a_pair_is_up_only_when_both_ends_are():
    connections, records = pair()
    found = verdict(records, connections)
    assert found["pairs"] == [
        {
            "name": "branch",
            "state": "down",
            "passed": False,
            "ends": [OURS, THEIRS],
            "text": f"{OURS} up, {THEIRS} down",
        }
    ]
    half = verdict([record(UP), record(SILENT, THEIRS, "huawei")], connections)
    assert half["pairs"][0]["state"] == "unknown"
    assert f"{OURS} up, {THEIRS} unknown" in half["summary"][-1]
    one_read = verdict([record(UP)], connections)
    assert one_read["pairs"][0]["state"] == "unread"
    doubtful = verdict([record(UP), record(UP, THEIRS, "huawei", complete=False)], connections)
    assert doubtful["pairs"][0]["state"] == "unknown"
    assert verdict([record(UP), record(UP, THEIRS, "huawei")], connections)["pairs"][0]["state"] == "up"


def test_summary_names_state_reason_hint_of_what_failed_only():
    found = verdict([record(UP), record(DOWN, "vco-b2")])
    assert found["summary"][0] == "1 of 2 VPN connections is not as expected (up)."
    assert len(found["summary"]) == 2
    health = found["connections"][1]
    assert found["summary"][1].startswith(f"vco-b2 is down: {health['reason']}")
    assert health["hint"] in found["summary"][1]
    assert verdict([record(UP)])["summary"] == ["The VPN connection is as expected (up)."]


def test_no_terminal_escape_gets_into_the_summary():
    calls = plan_calls([{"id": OURS}])
    error = {"kind": "api", "message": "bad \x1b]0;title\x07 \r\n<b>"}
    (_head, line) = judge_reads([{"id": OURS}], calls, [{"item": 0, "msg": "x", "error": error}])["summary"]
    assert line.isprintable()


def test_a_line_of_progress_for_each():
    connections, records = pair()
    lines = progress(verdict(records, connections), 287.4)
    assert [line.split()[:2] for line in lines] == [[OURS, "up"], [THEIRS, "down"]]
    assert all(line.endswith("287 s left") for line in lines)
    assert "incomplete" in progress(verdict([record(UP, complete=False)]), 1)[0]
    assert "-" in progress(verdict([], [{"id": OURS}]), -1)[0]


def test_a_marker_is_the_same_for_all_of_a_call():
    records = [record(UP), dict(record(UP, "vco-b2"), server_time="2022-12-14T07:40:00Z")]
    assert {row["server_time"] for row in verdict(records)["connections"]} == {"2022-12-14T07:40:00Z"}


@pytest.mark.parametrize("accept", [[], ["unknown"], ["fine"]])
def test_states_that_may_not_be_accepted(accept):
    with pytest.raises(ValueError, match="states that pass"):
        verdict([record(UP)], accept=accept)
