# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret and no token leaves a run: not in output at -vvvv, not in job events, not in files, not in any encoding."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import leaks
import leaks_book
import plays
import pytest
from leaks_book import SECRETS
from outside import Outside, forward

from simulator.client import Control

BIN = Path(sys.executable).parent


class Run(NamedTuple):
    """What a run left: the folder to search, what holds secrets there on purpose, and which tasks failed."""

    folder: Path
    but: list[Path]
    failed: dict[str, bool]
    tasks: dict[str, tuple[plays.Task, bool]]


@pytest.fixture(scope="module")
def prepared(simulator_process: Control) -> Iterator[tuple[Outside, leaks.Wire]]:
    """A simulator that knows the secrets, behind a wire that is listened to."""
    simulator, ready = simulator_process, simulator_process.ready
    simulator.reset()
    simulator.config(**leaks_book.configuration())
    ended = [{"session": "vrp/healthy", "ends": "-60s"}]
    project = "0605768a3300d5762f8ec01a00000003"
    simulator.connection(id=leaks_book.OF_OTHERS, cloud="huawei", project_id=project, history=ended)
    routes = {
        r"sts\.eu-central-1\.aliyuncs\.com": ready["sts"]["http"],
        r"vpc\.eu-central-1\.aliyuncs\.com": ready["alibaba"]["http"],
        r"iam\.eu-de\.otc\.t-systems\.com": ready["iam"]["http"],
        r"vpn\.eu-de\.otc\.t-systems\.com": ready["huawei"]["http"],
        r"127\.0\.0\.1:\d+": ready["metadata"]["http"],
    }
    wire = leaks.Wire(forward(routes))
    with Outside(wire, ready["ca_file"]) as outside:
        yield outside, wire
    simulator.reset()


def start(name: str, tasks: dict[str, tuple[plays.Task, bool]], folder: Path, **more: str) -> subprocess.Popen[bytes]:
    """ansible-runner at -vvvv, with all it can be made to tell and to keep."""
    steps = [
        {"name": task_name, "ignore_errors": True, "register": f"done_{number}", **task}
        for number, (task_name, (task, _works)) in enumerate(tasks.items())
    ]
    content = "{{ [" + ", ".join(f"done_{number}.failed" for number in range(len(tasks))) + "] | to_json }}"
    steps.append({"name": "Keep", "ansible.builtin.copy": {"content": content, "dest": str(folder / "failed.json")}})
    (folder / "private" / "project").mkdir(parents=True)
    (folder / "private" / "project" / "book.json").write_text(json.dumps(plays.playbook(steps, name)))
    environment = plays.environment(
        folder / "home",
        ANSIBLE_DISPLAY_TRACEBACK="always",
        ANSIBLE_INJECT_INVOCATION="true",
        ANSIBLE_LOG_PATH=str(folder / "ansible.log"),
        ANSIBLE_CALLBACKS_ENABLED="ansible.builtin.junit",
        JUNIT_OUTPUT_DIR=str(folder / "junit"),
        **more,
    )
    (folder / "private" / "inventory").mkdir()
    (folder / "private" / "inventory" / "hosts").write_text("localhost\n")
    variables = ["--cmdline", f"-e @{folder / 'inputs' / 'secrets.json'}"]
    program = [str(BIN / "ansible-runner"), "run", str(folder / "private"), "-p", "book.json", "-vvvv", *variables]
    with (folder / "output.txt").open("wb") as stream:
        return subprocess.Popen(program, env=environment, cwd=folder, stdout=stream, stderr=stream)


@pytest.fixture(scope="module")
def runs(prepared: tuple[Outside, leaks.Wire], tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """One run per cloud, side by side."""
    outside, wire = prepared
    everything: dict[str, dict[str, tuple[plays.Task, bool]]] = {"alibaba": {}, "huawei": {}}
    started = []
    base = tmp_path_factory.mktemp("leaks")
    for cloud, chosen in everything.items():
        folder = base / cloud
        (folder / "home" / "empty").mkdir(parents=True)
        inputs = leaks_book.inputs(folder / "home", folder / "inputs", outside.ca_file)
        cache = folder / "home" / "token-cache"
        both = {**leaks_book.tasks(folder / "inputs", cache, folder / "home" / "empty"), **leaks_book.lookups()}
        mark = {"alibaba": leaks_book.VCO, "huawei": "eu-de"}[cloud]
        chosen.update({name: one for name, one in both.items() if mark in json.dumps(one)})
        process = start(cloud, chosen, folder, OUTSIDE=outside.url, **outside.environment)
        started.append((process, folder, [*inputs, cache], chosen))
    made = []
    for process, folder, but, chosen in started:
        assert process.wait(180) in (0, 2), (folder / "output.txt").read_text()[-3000:]
        failed = json.loads((folder / "failed.json").read_text())
        made.append(Run(folder, but, dict(zip(chosen, failed, strict=True)), chosen))
    return made


def test_everything_happened_as_planned(runs: list[Run]) -> None:
    for run in runs:
        wanted = {name: not works for name, (_task, works) in run.tasks.items()}
        assert run.failed == wanted


def test_the_wire_was_listened_to(runs: list[Run], prepared: tuple[Outside, leaks.Wire]) -> None:
    found = prepared[1].secrets
    kinds = set(found.values())
    assert {"signature", "Signature", "X-Auth-Token", "AccessKeySecret", "securitytoken", "OIDCToken", "token"} <= kinds
    # How many requests a log takes varies; a task that asked for nothing does not count as searched.
    assert len(found) > sum(len(run.tasks) for run in runs)
    # What was given went out as it should: these are the very values that are searched for.
    given = {name for name, value in SECRETS.items() if value in found}
    assert {"sts_token", "oidc", "password", "mfa_password", "wrong", "passcode", "given_token"} <= given


def test_nothing_leaks(runs: list[Run], prepared: tuple[Outside, leaks.Wire]) -> None:
    secrets = {**prepared[1].secrets, **{value: f"the secret '{name}'" for name, value in SECRETS.items()}}
    for run in runs:
        events = list((run.folder / "private" / "artifacts").glob("*/job_events/*.json"))
        assert len(events) > 3 * len(run.tasks) and (run.folder / "ansible.log").stat().st_size > 10000
        crashes = sum("forced by the test" in path.read_text() for path in events)
        assert crashes, "no traceback was seen, so none was searched"
        assert list(leaks.search([run.folder], secrets, run.but)) == []


def test_the_cache_keeps_tokens_and_no_passwords(runs: list[Run]) -> None:
    (cache,) = (path for run in runs for path in run.but if path.name == "token-cache" and path.exists())
    secrets = {value: f"the secret '{name}'" for name, value in SECRETS.items()}
    assert list(leaks.search([cache], secrets)) == []
    assert not [path for path in cache.iterdir() if path.name.startswith(".token-")]


def test_the_search_finds_what_is_there(runs: list[Run], tmp_path: Path) -> None:
    """The control: ansible made to tell, and each form of each secret in a file."""
    told = {name: {"ansible.builtin.debug": {"msg": "{{ secrets." + name + " }}"}} for name in SECRETS}
    for spelled in ("b64encode", "urlencode", "to_json"):
        told[spelled] = {"ansible.builtin.debug": {"msg": "{{ ('a' ~ secrets.password ~ 'z') | " + spelled + " }}"}}
    inputs = leaks_book.inputs(tmp_path / "home", tmp_path / "inputs", tmp_path)
    process = start("control", {name: (task, True) for name, task in told.items()}, tmp_path)
    assert process.wait(120) == 0
    secrets = {value: name for name, value in SECRETS.items()}
    found = list(leaks.search([tmp_path], secrets, inputs))
    for place in ("output.txt", "ansible.log", "job_events", "stdout"):
        for name in SECRETS:
            assert any(place in line and f": {name} " in line for line in found), (place, name)
    for spelled in ("b64encode", "urlencode", "to_json"):
        events = [
            path
            for path in tmp_path.rglob("*.json")
            if "job_events" in str(path) and f'"{spelled}"' in path.read_text()
        ]
        assert events
        assert any(str(path) in line for path in events for line in found), spelled


@pytest.mark.parametrize("name", SECRETS)
def test_every_form_of_a_secret_is_found(name: str, tmp_path: Path) -> None:
    forms = leaks.forms(SECRETS[name])
    assert len(forms) >= 5
    for number, form in enumerate(sorted(forms)):
        path = tmp_path / str(number)
        path.write_bytes(b"before " + form + b" after")
        assert list(leaks.search([tmp_path], {SECRETS[name]: name}, [p for p in tmp_path.iterdir() if p != path]))


def test_a_part_of_a_token_is_found(tmp_path: Path) -> None:
    token = base64.b64encode(bytes(number * 7919 % 251 for number in range(3000))).decode()
    (tmp_path / "log").write_text(f"before {token[1001:1032]} after")
    assert len(list(leaks.search([tmp_path], {token: "token"}))) == 1
    (tmp_path / "log").write_text(f"before {token[1001:1016]} after")
    assert not list(leaks.search([tmp_path], {token: "token"}))
