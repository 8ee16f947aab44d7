# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real runs of ansible-playbook: a list of tasks in, what each returned and sent to the simulator out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from short_paths import short

import ansible_collections.netops.cloud_vpn as collection
from simulator.client import Control

HERE = Path(__file__).resolve().parent
COLLECTIONS = Path(next(iter(collection.__path__))).parent.parent.parent
Task = dict[str, Any]


class Done(NamedTuple):
    """One task: its result, the requests that reached the simulator meanwhile, and the state afterwards."""

    result: dict[str, Any]
    requests: list[dict[str, Any]]
    failures: dict[str, Any]

    def sent(self, service: str, action: str = "") -> list[dict[str, Any]]:
        return [one for one in self.requests if one["service"] == service and action in str(one["action"])]

    @property
    def warnings(self) -> str:
        return " ".join(str(one) for one in self.result.get("warnings", []))

    def refused(self, kind: str) -> str:
        """The message of a task that failed with ``kind``."""
        assert self.result.get("failed") and self.result["error"]["kind"] == kind, self.result
        return str(self.result["msg"])

    def facts(self) -> dict[str, Any]:
        assert not self.result.get("failed"), self.result
        (records,) = self.result["ansible_facts"].values()
        return dict(records)


class Played(NamedTuple):
    output: str
    tasks: dict[str, Done]


def module(provider: str, environment: dict[str, str] | None = None, /, **options: Any) -> Task:
    return {f"netops.cloud_vpn.{provider}_vpn_connection_logs_facts": options, "environment": environment or {}}


def control(simulator: Control, method: str, path: str, body: Any = None) -> Task:
    return {"simulator": {"method": method, "url": simulator.url + path, "body": body}}


def chmod(modes: dict[str, str]) -> Task:
    return {"simulator": {"chmod": modes}}


def environment(home: Path, **more: str) -> dict[str, str]:
    """Nothing of the user who runs the tests but PATH; the home folder is a temporary one."""
    home.mkdir(parents=True, exist_ok=True)
    temporary = home / "tmp"
    temporary.mkdir(exist_ok=True)
    prefix = os.environ.get("PYTHONPYCACHEPREFIX")
    return {
        **({"PYTHONPYCACHEPREFIX": prefix} if prefix else {"PYTHONDONTWRITEBYTECODE": "1"}),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": str(short(temporary)),
        "ANSIBLE_LOCAL_TEMP": str(temporary),
        "ANSIBLE_REMOTE_TEMP": str(temporary),
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_ACTION_PLUGINS": str(HERE / "plays_action"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_INJECT_FACT_VARS": "false",
        "CLOUD_VPN_METADATA_URL": "off",
        "NO_PROXY": "127.0.0.1,localhost",
        **more,
    }


def playbook(tasks: list[Task], name: str = "Tasks") -> list[dict[str, Any]]:
    play = {"name": name, "hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    return [{**play, "vars": {"ansible_python_interpreter": sys.executable}}]


def play(simulator: Control | None, home: Path, tasks: dict[str, Task], *arguments: str, **env: str) -> Played:
    """Run ``tasks`` one after the other, whether they fail or not. Names that start with "(" only prepare something."""
    if simulator:
        simulator.clear_requests()
    results = home / "results.json"
    steps: list[Task] = []
    for number, (name, task) in enumerate(tasks.items()):
        if name.startswith("("):
            steps.append({"name": name, **task})
            continue
        steps.append({"name": name, "ignore_errors": True, "register": f"done_{number}", **task})
        look = {"look": simulator.url if simulator else None}
        steps.append({"name": f"{name}: seen", "register": f"seen_{number}", "simulator": look})
    wanted = [(number, name) for number, name in enumerate(tasks) if not name.startswith("(")]
    kept = [f"{kind}_{number}" for number, _name in wanted for kind in ("done", "seen")]
    content = "{{ {" + ", ".join(f"'{name}': {name}" for name in kept) + "} | to_json }}"
    steps.append({"name": "Keep", "ansible.builtin.copy": {"content": content, "dest": str(results), "mode": "0600"}})
    variables = environment(home, ANSIBLE_PIPELINING="true", **env)
    book = home / "playbook.json"
    book.write_text(json.dumps(playbook(steps)))
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), *arguments, "-i", "localhost,", str(book)],
        env=variables,
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
        check=False,
    )
    assert results.exists(), done.stdout[-4000:]
    found = json.loads(results.read_text())
    return Played(
        done.stdout,
        {
            name: Done(
                found[f"done_{number}"], found[f"seen_{number}"]["requests"], found[f"seen_{number}"]["failures"]
            )
            for number, name in wanted
        },
    )
