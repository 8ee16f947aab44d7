# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a program: configuration, ready file, histories, end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simulator.client import Control, ControlError, Simulator

TESTS = Path(__file__).resolve().parent.parent
CONFIG = """
alibaba:
  region: ap-southeast-1
  access_keys:
    LTAI5tFromTheFile: {secret: ExampleSecretFromTheFile}
connections:
  - id: vco-m5efromconfig0000001
    cloud: alibaba
    history:
      - {session: iked/v1_up_resp.debug, ends: "-30m"}
      - {session: iked/v1_psk_mismatch_resp.debug, begins: "-20m"}
      - {session: iked/v1_up_resp.info, begins: "-10m"}
"""


def test_configuration_file_and_history(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG)
    with Simulator("--config", str(config), "--latency", "5", "--no-quota") as control:
        state = control.state()
        assert [c["id"] for c in state["connections"]] == ["vco-m5efromconfig0000001"]
        assert state["connections"][0]["region"] == control.ready["alibaba"]["region"] == "ap-southeast-1"
        assert state["latency"] == {"*": 5.0} and state["quota"]["alibaba"] is None
        now, lines = control.now(), control.lines("vco-m5efromconfig0000001")
        ages = [(now - epoch) / 60 for epoch, _raw in lines]
        assert ages == sorted(ages, reverse=True)
        parts = [sum(low <= age < high for age in ages) for low, high in ((25, 35), (15, 25), (5, 15))]
        assert parts == [298, 238, 22]


def test_ends_on_a_signal(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", "--ready-file", str(ready), "--work-dir", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.DEVNULL,
    )
    try:
        give_up = time.monotonic() + 20
        while not ready.exists() and time.monotonic() < give_up:
            time.sleep(0.05)
        control = Control.from_file(ready)
        assert control.ready["pid"] == process.pid and Path(control.ready["ca_file"]).parent == tmp_path
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()


def test_a_bad_configuration_says_so(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"connections": [{"id": "x", "cloud": "alibaba", "history": [{"session": "iked/none"}]}]}')
    with pytest.raises(ControlError, match="no session 'iked/none'"), Simulator("--config", str(config)):
        pass


def test_sessions_are_listed_and_all_can_be_served(simulator: Control) -> None:
    names = simulator.sessions()
    assert len(names) >= 390 and {"vrp/healthy", "charon/ikev2_cert_success.init"} <= set(names)
    for name in names:
        cloud = "huawei" if name.startswith("vrp/") else "alibaba"
        made = simulator.connection(id="any", cloud=cloud, history=[{"session": name, "ends": "-1s"}])
        text = (TESTS / "corpus" / f"{name}.log").read_text(errors="replace")
        assert made["lines"] == made["visible"] == len(text.splitlines()), name


def test_nonsense_is_refused(simulator: Control) -> None:
    with pytest.raises(ControlError, match="unknown options"):
        simulator.connection(id="x", cloud="alibaba", options={"speed": 3})
    with pytest.raises(ControlError, match="belongs to huawei"):
        simulator.connection(id="x", cloud="alibaba", history=[{"session": "vrp/healthy"}])
    with pytest.raises(ControlError, match="no connection"):
        simulator.change("unknown", "vrp/healthy")
    with pytest.raises(ControlError, match="needs one of"):
        simulator.connection(id="x", cloud="alibaba", history=[{"nothing": 1}])
