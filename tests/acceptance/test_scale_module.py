# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many connections, and many lines, through the real module in a process of its own."""

from __future__ import annotations

from pathlib import Path

from fetching import options_for
from running import run_module

from simulator.client import Control

MIB = 1 << 20


def test_three_hundred_connections_in_one_task(simulator: Control, tmp_path: Path) -> None:
    ids = [f"vco-m5ewide{number:013d}" for number in range(300)]
    history = [{"synthetic": {"lines": 30, "seconds": 500, "ends": "-20s"}}]
    simulator.connections([{"id": one, "cloud": "alibaba", "history": history} for one in ids])
    # One request for each: within the quota of a minute.
    args = options_for(
        simulator.ready, "alibaba", ca_path=simulator.ready["ca_file"], vpn_connection_ids=ids, limit=5, since="9m"
    )
    run = run_module("alibaba", args, tmp_path)
    assert run.status == 0, run.stdout[-2000:] + run.stderr[-2000:]
    records = run.result["ansible_facts"]["alibaba_vpn_connection_logs"]
    assert list(records) == ids
    assert {(record["count"], len(record["logs"]), record["truncated"]) for record in records.values()} == {
        (30, 5, True)
    }
    print(f"\n300 connections, 30 lines each: {run.seconds:.1f} s, peak {run.peak / MIB:.0f} MiB")
    assert run.seconds < 40 and run.peak < 200 * MIB


def test_twenty_thousand_lines(simulator: Control, tmp_path: Path) -> None:
    """A tenth of what the soak reads: the result is bounded by ``limit``, the verdict uses all."""
    limit = 100
    simulator.quota(alibaba=None)
    one = "vco-m5edeep000000000001"
    history = [{"synthetic": {"lines": 20_000, "seconds": 580, "ends": "-10s"}}]
    simulator.connection(id=one, cloud="alibaba", history=history)
    args = options_for(
        simulator.ready, "alibaba", ca_path=simulator.ready["ca_file"], vpn_connection_ids=[one], limit=limit
    )
    run = run_module("alibaba", args, tmp_path)
    assert run.status == 0, run.stdout[-2000:] + run.stderr[-2000:]
    record = run.result["ansible_facts"]["alibaba_vpn_connection_logs"][one]
    assert (record["count"], len(record["logs"]), record["truncated"]) == (20_000, limit, True)
    print(f"\n20000 lines: {run.seconds:.1f} s, peak {run.peak / MIB:.0f} MiB, result {len(run.stdout)} bytes")
    assert run.peak < 150 * MIB and len(run.stdout) < 5000 + limit * 2000
