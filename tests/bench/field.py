# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The field on which contestants meet: a simulator, connections, and processes that are timed as a whole."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contest import Sample
from fetching import options_for
from running import Process, Run, environment, run_module, run_play

from simulator.client import Control

HERE = Path(__file__).resolve().parent
ONE = "vco-m5ebench000000000001"
FACT = "{}_vpn_connection_logs"


class Wrong(Exception):
    """A contestant failed, or did not do the same work as the others."""


class Field:
    """A simulator without a quota, and a folder in which each run gets a place of its own."""

    def __init__(self, control: Control, folder: Path) -> None:
        self.control, self.folder = control, folder
        self.ready = control.ready
        self.ready_file = folder / "ready.json"
        self.ready_file.write_text(json.dumps(self.ready), encoding="utf-8")
        self._numbers = itertools.count()
        # Byte code is kept, as it is on a machine of a user; AnsiballZ has none on any machine.
        self._env = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "pycache")}

    def place(self) -> Path:
        path = self.folder / f"run{next(self._numbers)}"
        path.mkdir()
        return path

    # Connections

    def alibaba(self, lines: int, ids: tuple[str, ...] = (ONE,), seconds: int = 590) -> dict[str, Any]:
        """Connections whose lines are all older than the time in which more may still come; the options to read them."""
        until = int(self.control.now()) - 600
        history = [{"synthetic": {"lines": lines, "seconds": seconds, "begins": until - seconds - 5}}]
        self.control.connections([{"id": one, "cloud": "alibaba", "history": history} for one in ids])
        window = {"since": str(until - seconds - 10), "until": str(until)}
        return options_for(
            self.ready, "alibaba", ca_path=self.ready["ca_file"], vpn_connection_ids=list(ids), concurrency=8, **window
        )

    def huawei(self, count: int, lines: int = 100) -> dict[str, Any]:
        ids = [f"98c5af8a-1f0e-4c7b-9a86-ae2280a6{number:04d}" for number in range(count)]
        history = [{"synthetic": {"lines": lines, "seconds": 3500, "ends": "-5s"}}]
        self.control.connections([{"id": one, "cloud": "huawei", "history": history} for one in ids])
        cloud = self.ready["huawei"]
        key = {name: cloud[name] for name in ("access_key", "secret_key", "project_id", "region")}
        return {
            **key,
            "endpoint": cloud["https"],
            "ca_path": self.ready["ca_file"],
            "vpn_connection_ids": ids,
            "concurrency": 8,
        }

    # Runs

    def module(self, cloud: str, options: Mapping[str, Any], lines: int) -> Sample:
        """The module as a process: fetch, normalize, judge, print."""
        run = _good(run_module(cloud, options, self.place(), 300, **self._env))
        records = run.result["ansible_facts"][FACT.format(cloud)].values()
        same(sum(record["count"] for record in records), lines)
        return Sample(run.seconds, run.cpu)

    def competitor(self, *arguments: str, lines: int, alone: bool = False) -> Sample:
        """A program of competitors.py; ``alone``: without its start and imports."""
        command = [sys.executable, str(HERE / "competitors.py"), arguments[0], str(self.ready_file), *arguments[1:]]
        run = self.process(command)
        found, seconds = run.stdout.split()[-2:]
        same(int(found), lines)
        return Sample(float(seconds) if alone else run.seconds, run.cpu)

    def process(self, command: list[str], good: tuple[int, ...] = (0,)) -> Run:
        place = self.place()
        return _good(Process(command, place, environment(place, **self._env)).finish(300), good)

    def play(self, tasks: list[Any], **env: str) -> Sample:
        run = _good(run_play(tasks, self.place(), 300, **self._env, **env))
        return Sample(run.seconds, run.cpu)

    def ansible(self, *arguments: str, **env: str) -> Sample:
        """One ad-hoc call."""
        place = self.place()
        command = [sys.executable, "-m", "ansible.cli.adhoc", "localhost", *arguments]
        run = _good(Process(command, place, environment(place, **self._env, **env)).finish(300))
        return Sample(run.seconds, run.cpu)

    def requests(self, service: str) -> int:
        return len(self.control.requests(service=service))


def _good(run: Run, good: tuple[int, ...] = (0,)) -> Run:
    if run.status not in good:
        raise Wrong(f"exit code {run.status}: {run.stdout[-1500:]} {run.stderr[-1500:]}")
    return run


def same(found: int, wanted: int) -> None:
    if found != wanted:
        raise Wrong(f"{found} lines instead of {wanted}")
