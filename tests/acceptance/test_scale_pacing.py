# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One quota for all connections of a task: kept by own pacing, and adapted to when the service throttles earlier."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fetching import opened, options_for, soon

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.pacing import CALLS, PERIOD, Pacer
from ansible_collections.netops.cloud_vpn.plugins.module_utils._collect import collect
from simulator.client import Control

LINES = 60


def connections(simulator: Control, count: int) -> list[str]:
    ids = [f"vco-m5epace{number:013d}" for number in range(count)]
    history = [{"synthetic": {"lines": LINES, "seconds": 500, "ends": "-300s"}}]
    simulator.connections([{"id": one, "cloud": "alibaba", "history": history} for one in ids])
    return ids


def read(simulator: Control, ids: list[str], pacer: Pacer, **more: Any) -> dict[str, Any]:
    options = options_for(
        simulator.ready,
        "alibaba",
        scheme="http",
        vpn_connection_ids=ids,
        deadline=30,
        limit=0,
        concurrency=8,
        since="20m",
    )
    with opened(simulator.ready, "alibaba", scheme="http", pacer=pacer, concurrency=8, **more) as provider:
        return dict(collect(provider, options, warn=lambda text: None))


def read_all(simulator: Control, count: int, pacer: Pacer, **more: Any) -> dict[str, Any]:
    ids = connections(simulator, count)
    simulator.clear_requests()
    records = read(simulator, ids, pacer, **more)
    assert [record["count"] for record in records.values()] == [LINES] * count
    assert all(record["complete"] for record in records.values())
    return {"asked": simulator.requests(service="alibaba"), "throttled": throttled(simulator)}


def throttled(simulator: Control) -> list[Any]:
    return [one for one in simulator.requests(service="alibaba") if one["code"] == "Throttling.User"]


def test_default_pace_is_below_the_quota() -> None:
    assert CALLS < 600 and PERIOD == 60.0


def test_pace_is_shared_by_all_connections(simulator: Control) -> None:
    """40 connections need some 160 calls; 57 fit into each period."""
    simulator.quota(alibaba={"calls": 63, "seconds": 0.9})
    began = time.monotonic()
    seen = read_all(simulator, 40, Pacer(57, 1.0))
    assert not seen["throttled"]
    # It is used, not just kept.
    assert time.monotonic() - began < len(seen["asked"]) / 57 + 3


def test_adapts_when_throttled_earlier(simulator: Control) -> None:
    """The service allows a third of what we think it does: all is read, and few calls are in vain."""
    simulator.quota(alibaba={"calls": 80, "seconds": 1.0, "retry_after_ms": 200})
    seen = read_all(simulator, 60, Pacer(240, 1.0), backoff=soon, max_retries=5)
    assert seen["throttled"], "the quota was never reached"
    assert len(seen["throttled"]) < len(seen["asked"]) / 4


def test_tasks_side_by_side_do_not_know_of_each_other(simulator: Control) -> None:
    """Three jobs of a pipeline, each as fast as the quota allows one of them: late, but complete."""
    simulator.quota(alibaba={"calls": 63, "seconds": 0.9})
    ids = connections(simulator, 60)
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(read, simulator, ids[job::3], Pacer(57, 1.0)) for job in range(3)]
    records = {one: record for job in jobs for one, record in job.result().items()}
    assert throttled(simulator), "the quota was never reached"
    assert sorted(records) == ids
    assert all(record["count"] == LINES and record["complete"] for record in records.values())
