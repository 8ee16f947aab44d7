# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every log entry of both clouds reaches the engine, also over a crash, and one that comes twice has the same ID."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
import rulebook_runs
from rulebook_runs import rulebook

from simulator.client import Control

pytestmark = pytest.mark.skipif(rulebook_runs.MISSING is not None, reason=str(rulebook_runs.MISSING))

PROJECT = "0605768a3300d5762f8ec01a00000001"
VCO, UUID = "vco-m5edemo0tunnel000001", "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3"
BOOK = """
- name: Logs
  hosts: localhost
  sources:
    - SOURCE: {vpn_connection_ids: [VCO], endpoint: "{{ alibaba }}", state_file: "{{ folder }}/alibaba", delay: 1}
    - name: confirmed
      SOURCE:
        vpn_connection_ids: [UUID]
        endpoint: "{{ huawei }}"
        state_file: "{{ folder }}/huawei"
        delay: 1
        feedback: true
  rules:
    - name: Null is nothing
      condition: event.vpn.health.persistent or event.vpn.previous.state == "up" or event.vpn.tunnel_id == "null"
      action: {shutdown: }
    - name: Text, numbers, and null
      condition: event.vpn.entry.message is search("number 1 ") and event.vpn.entry.epoch > 1000 and not event.vpn.tunnel_id
      action: {debug: {msg: "matched {{ event.vpn.provider }}"}}
"""


class Gateway(threading.Thread):
    """Writes lines until it is told to stop, some of them equal, and half of them late."""

    def __init__(self, simulator: Control) -> None:
        super().__init__(daemon=True)
        self._simulator = simulator
        self._enough = threading.Event()
        self.written = 0

    def run(self) -> None:
        while not self._enough.wait(0.2):
            now = self._simulator.now()
            text = f"[DEBUG]: oakley.c:2832:oakley_do_decrypt(): number {self.written // 6} "
            for connection in (VCO, UUID):
                late = {"epoch": now, "text": text, "visible_at": now + 2}
                self._simulator.add_lines(connection, [[now, text], late])
            self.written += 2

    def __enter__(self) -> Gateway:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._enough.set()
        self.join()


def test_every_entry_over_a_crash(simulator: Control, tmp_path: Path) -> None:
    fqcn, alone = tmp_path / "fqcn.yml", tmp_path / "alone.yml"
    for path, source in ((fqcn, "netops.cloud_vpn.vpn_connection_logs"), (alone, "vpn_connection_logs")):
        path.write_text(BOOK.replace("SOURCE", source).replace("VCO", VCO).replace("UUID", UUID))
    simulator.connection(id=VCO, cloud="alibaba", history=[{"silent": True}])
    simulator.connection(id=UUID, cloud="huawei", project_id=PROJECT, history=[{"silent": True}])
    variables = {"folder": str(tmp_path), "drools_db_file_path": str(tmp_path / "database")}
    variables.update({cloud: simulator.ready[cloud]["https"] for cloud in ("alibaba", "huawei")})
    kept = ("--persistence-id", "test", "--id", "test")
    tree = rulebook_runs.ROOT / ".work" / "link"
    here = str(rulebook_runs.ROOT / "extensions" / "eda" / "plugins" / "event_source")

    with rulebook(tmp_path / "first", str(fqcn), tree, simulator, variables, *kept) as first:
        first.until(lambda: len(first.events("verdict")) == 2)
        with Gateway(simulator) as gateway:
            first.until(lambda: len(first.events("entry")) > 30)
            first.end(signal.SIGKILL)
    # Found by its file alone: no collections path leads to the checkout.
    with rulebook(tmp_path / "second", str(alone), tmp_path, simulator, variables, "-S", here, *kept) as second:

        def told() -> Counter[str]:
            events = [event for run in (first, second) for event in run.events("entry")]
            return Counter({event["id"]: event["entry"]["raw"] for event in events}.values())

        second.until(lambda: told().total() >= 2 * gateway.written)
        time.sleep(1.5)
        held = [raw for connection in (VCO, UUID) for _epoch, raw in simulator.lines(connection)]
        assert told() == Counter(held) and gateway.written > 10
    assert first.events("gap") == second.events("gap") == []
    assert all(f"matched {cloud}" in first.text + second.text for cloud in ("alibaba", "huawei"))
