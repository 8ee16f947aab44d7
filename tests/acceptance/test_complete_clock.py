# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine whose clock is behind reads the log up to the clock of the service, not up to its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from fetching import options_for
from running import run_module

from simulator.client import Control

IDS = {"alibaba": "vco-m5eclock00000000001", "huawei": "4e3f0a6e-7a9a-4b0a-8a35-8f0e64a4bd0c"}
FAILED = {"alibaba": "iked/v2_peer_delete.info", "huawei": "vrp/psk_wrong"}


@pytest.mark.parametrize("behind", [30, 250])
@pytest.mark.parametrize("cloud", list(IDS))
def test_the_clock_of_the_machine_is_behind(simulator: Control, tmp_path: Path, cloud: str, behind: int) -> None:
    simulator.clock(behind)
    simulator.connection(id=IDS[cloud], cloud=cloud, history=[{"session": FAILED[cloud], "ends": "-3s"}])
    marker = simulator.now() - 500
    args = options_for(simulator.ready, cloud, ca_path=simulator.ready["ca_file"], vpn_connection_ids=[IDS[cloud]])
    run = run_module(cloud, {**args, "since": str(int(marker))}, tmp_path)
    assert run.status == 0, run.stdout[-2000:] + run.stderr[-2000:]
    record = run.result["ansible_facts"][f"{cloud}_vpn_connection_logs"][IDS[cloud]]
    assert record["health"]["state"] == "down"
    assert record["logs"][-1]["epoch"] > simulator.now() - 30
    assert record["window"]["until"] > record["fetched_at"]
    assert "behind the clock of the service" in str(run.result["warnings"])
