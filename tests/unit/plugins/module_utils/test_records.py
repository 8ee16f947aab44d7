# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RECORD has exactly the fields that users may rely on."""

from __future__ import annotations

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._records import make_record, merge_tunnels
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window

FIELDS = [
    "provider",
    "connection_id",
    "region",
    "window",
    "fetched_at",
    "server_time",
    "complete",
    "count",
    "truncated",
    "logs",
    "health",
    "tunnels",
]


def entries(*epochs, tunnel=None):
    return [
        {"epoch": epoch, "sequence": index, "tunnel_id": tunnel, "message": f"m{index}"}
        for index, epoch in enumerate(epochs)
    ]


def record(items, limit=1000, query=None, since=0.0):
    return make_record(
        "huawei", "id", None, Window(since, 60.0), 61.5, None, True, items, {"state": "up"}, {}, limit, query
    )


def test_fields():
    result = record([])
    assert list(result) == FIELDS
    assert result["window"] == {"since": "1970-01-01T00:00:00Z", "until": "1970-01-01T00:01:00Z"}
    assert result["fetched_at"] == "1970-01-01T00:01:01.5Z"
    assert (result["server_time"], result["region"], result["tunnels"]) == (None, None, {})


def test_no_start():
    assert record([], since=None)["window"]["since"] is None


@pytest.mark.parametrize(
    "limit, kept, truncated",
    [(0, [], True), (1, [3], True), (2, [2, 3], True), (3, [1, 2, 3], False), (9, [1, 2, 3], False)],
)
def test_limit_keeps_the_newest(limit, kept, truncated):
    result = record(entries(1, 2, 3), limit)
    assert [entry["epoch"] for entry in result["logs"]] == kept
    assert (result["count"], result["truncated"]) == (3, truncated)


def test_nothing_is_cut_from_nothing():
    assert record([], 0)["truncated"] is False


def test_query_result_only_with_a_query():
    assert record(entries(1, 2), 0, query=len)["query_result"] == 2
    assert record(entries(1), query=lambda items: None)["query_result"] is None


def test_tunnels_merge_by_time_and_unstamped_lines_stay_behind_their_own():
    merged = merge_tunnels({"a": entries(1, None, 5, tunnel="a"), "b": entries(None, 2, 2, tunnel="b")})
    assert [(entry["tunnel_id"], entry["epoch"]) for entry in merged] == [
        ("b", None),
        ("a", 1),
        ("a", None),
        ("b", 2),
        ("b", 2),
        ("a", 5),
    ]
    assert [entry["sequence"] for entry in merged] == list(range(6))
