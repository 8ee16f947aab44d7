# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules and playbooks as processes of their own: result, time, peak memory, and what they leave behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from short_paths import short

import ansible_collections.netops.cloud_vpn.plugins.module_utils as collection_part

PACKAGE = "ansible_collections.netops.cloud_vpn.plugins.modules."
FACTS = {"alibaba": "alibaba_vpn_connection_logs_facts", "huawei": "huawei_vpn_connection_logs_facts"}
# The folder that holds ansible_collections.
TREE = Path(next(iter(collection_part.__path__))).parents[4]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a run may see: no proxy, no credentials, no settings of the user; temporary files below ``folder``."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return {
        **kept,
        "HOME": str(folder),
        "TMPDIR": str(short(folder)),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
        "ANSIBLE_COLLECTIONS_PATH": str(TREE),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
        "PYTHONPATH": str(TREE),
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }


@dataclass
class Run:
    """A process that has ended. ``peak`` is its largest resident memory in bytes, ``cpu`` its seconds of processor time
    together with the processes that it waited for."""

    status: int
    stdout: str
    stderr: str
    seconds: float
    peak: int
    cpu: float

    @property
    def result(self) -> Any:
        """What a module printed."""
        return json.loads(self.stdout)


class Process:
    """A process in a process group of its own; ``finish`` waits for it with its resource usage."""

    def __init__(self, command: list[str], folder: Path, env: Mapping[str, str], stdin: str = "") -> None:
        self._out, self._err = folder / "stdout", folder / "stderr"
        (folder / "stdin").write_text(stdin, encoding="utf-8")
        self.began = time.monotonic()
        with open(folder / "stdin", "rb") as source, open(self._out, "wb") as out, open(self._err, "wb") as err:
            self._process = subprocess.Popen(
                command, stdin=source, stdout=out, stderr=err, env=dict(env), cwd=folder, start_new_session=True
            )
        self.pid = self._process.pid

    def signal(self, number: int, group: bool = False) -> None:
        (os.killpg if group else os.kill)(self.pid, number)
        self.began = time.monotonic()

    def threads(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def finish(self, seconds: float = 120) -> Run:
        """Wait for the end; ``seconds`` of the run count from the last signal. Kills what does not end."""
        give_up = time.monotonic() + seconds
        peak = 0
        while True:
            # The rusage of a child starts with the size of its parent before exec; the system's own mark does not.
            peak = max(peak, peak_of(self.pid))
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > give_up:
                os.killpg(self.pid, signal.SIGKILL)
                os.wait4(self.pid, 0)
                raise AssertionError(
                    f"still running after {seconds} s: {self._err.read_text(errors='replace')[-2000:]}"
                )
            time.sleep(0.01)
        took = time.monotonic() - self.began
        self._process.returncode = os.waitstatus_to_exitcode(status)
        text = [path.read_text(encoding="utf-8", errors="replace") for path in (self._out, self._err)]
        return Run(self._process.returncode, *text, took, peak, usage.ru_utime + usage.ru_stime)


def peak_of(pid: int) -> int:
    """Largest resident memory of a running process so far, in bytes; 0 when the system does not tell."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def start_module(cloud: str, args: Mapping[str, Any], folder: Path, **env: str) -> Process:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", PACKAGE + FACTS[cloud]]
    return Process(command, folder, environment(folder, **env), json.dumps({"ANSIBLE_MODULE_ARGS": dict(args)}))


def run_module(cloud: str, args: Mapping[str, Any], folder: Path, seconds: float = 120, **env: str) -> Run:
    return start_module(cloud, args, folder, **env).finish(seconds)


def start_play(
    tasks: list[Any], folder: Path, options: tuple[str, ...] = (), play: Mapping[str, Any] | None = None, **env: str
) -> Process:
    """``ansible-playbook`` with one play on localhost."""
    folder.mkdir(parents=True, exist_ok=True)
    playbook = folder / "play.yml"
    head = {"hosts": "localhost", "gather_facts": False, "tasks": tasks, **(play or {})}
    playbook.write_text(yaml.safe_dump([head], sort_keys=False), encoding="utf-8")
    # The implicit localhost runs modules with the Python that runs this.
    command = [sys.executable, "-m", "ansible.cli.playbook", *options, str(playbook)]
    return Process(command, folder, environment(folder, **env))


def run_play(tasks: list[Any], folder: Path, seconds: float = 120, **more: Any) -> Run:
    return start_play(tasks, folder, **more).finish(seconds)


def task_for(cloud: str, args: Mapping[str, Any], **keywords: Any) -> dict[str, Any]:
    return {"name": "Read the log", f"netops.cloud_vpn.{FACTS[cloud]}": dict(args), **keywords}


def group_members(pid: int) -> list[int]:
    """Processes of the session that ``pid`` began and that still run."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[3]) == pid and fields[0] != "Z":
                found.append(int(entry))
    return found
