# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where documented examples run as they stand: the clouds' real host names, with every documented VPN connection behind them.

An example is not edited. What its reader brings along (a sign-in in the environment, variables from a vault, a log file) is
given here, and the host names end at the simulator.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from documented import ROOT, Block
from outside import HOSTS, Outside, forward
from plays import environment

from simulator.client import Control

ABROAD = ("*.ap-southeast-1.aliyuncs.com", "*.ap-southeast-1.myhuaweicloud.com", "vpn.example.com")
REGIONS = {"vco-t4nexamplesingapore1": "ap-southeast-1"}
PROJECTS = {"d3b0f1a2-5c6e-4f70-8a91-b2c3d4e5f607": "0a1b2c3d4e5f60718293a4b5c6d7e8f9"}
# Every documented connection is up but those whose example asks why it is down.
DOWN = ("4e3f0a6e-7a9a-4b0a-8a35-8f0e64a4bd0c",)
ESTABLISHED = {
    "alibaba": "[INFO]: pfkey.c:1117:ikev1_update_response(): IPsec-SA established: "
    "ESP/Tunnel 203.0.113.20[500]->198.51.100.10[500] spi={0}({0:#x})",
    "huawei": "IPSec tunnel is established. (IfIndex=[207], SeqNum=[1], TunnelIndex=[{0}], PeerAddress=[203.0.113.20])",
}
# What a reader has in the place of these names.
FILES = {"charon.log": ROOT / "tests" / "corpus" / "charon" / "ikev1_success.init.log"}


def _heartbeat(cloud: str, now: float) -> dict[str, Any]:
    """A tunnel that is negotiated again every few seconds from now on: whatever the marker, it comes up after it."""
    moments = [*range(int(now) - 600, int(now), 100), *range(int(now), int(now) + 1200, 2)]
    return {"lines": [[moment, ESTABLISHED[cloud].format(moment % 100_000 + 4096)] for moment in moments]}


def _connections(text: str, now: float) -> list[dict[str, Any]]:
    """Every connection that the examples name, with the tunnels that are named anywhere."""
    up = _heartbeat("alibaba", now)
    tunnels = dict.fromkeys(re.findall(r"\btun-[a-z0-9]{17}\b", text), [up])
    specs: list[dict[str, Any]] = []
    for one in dict.fromkeys(re.findall(r"\bvco-[a-z0-9]{10,}\b", text)):
        specs.append({"id": one, "cloud": "alibaba", "region": REGIONS.get(one), "history": [up], "tunnels": tunnels})
    for one in dict.fromkeys(re.findall(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", text)):
        history = [{"session": "vrp/psk_wrong", "ends": "-5s"}] if one in DOWN else [_heartbeat("huawei", now)]
        specs.append({"id": one, "cloud": "huawei", "project_id": PROJECTS.get(one), "history": history})
    return specs


def _token(ready: Any) -> str:
    """A token for the project of the example that brings its own."""
    iam, (project,) = ready["iam"], PROJECTS.values()
    user = {"id": iam["user_id"], "password": iam["password"]}
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": project}}}}
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(f"{iam['http']}/v3/auth/tokens", json=body, timeout=30)
    return str(answer.headers["X-Subject-Token"])


@dataclass
class World:
    """``bare`` is an environment without a sign-in; ``variables`` come from the reader's vault."""

    folder: Path
    bare: dict[str, str]
    signed_in: dict[str, str]
    variables: dict[str, str]

    def place(self, blocks: list[Block]) -> None:
        """Put the files there that the documents show, and those that they only name."""
        for block in blocks:
            if block.kind == "file":
                assert not (self.folder / block.caption).exists(), f"{block.caption} is shown twice"
                (self.folder / block.caption).write_text(block.text, encoding="utf-8")
        for name, source in FILES.items():
            shutil.copyfile(source, self.folder / name)
        for name in ("vault.yml", "given.json"):
            (self.folder / name).write_text(json.dumps(self.variables), encoding="utf-8")

    def run(self, command: list[str], env: dict[str, str]) -> tuple[int, str]:
        done = subprocess.run(
            command,
            env=env,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        return done.returncode, done.stdout

    def play(self, blocks: list[Block], name: str, before: str = "", *options: str) -> tuple[int, str]:
        """All of ``blocks`` in one run: plays as they are, tasks in a play. A play named after the place goes before each."""
        files = []
        for number, block in enumerate(blocks):
            head = f"- name: '## {block.place}'\n  hosts: localhost\n  gather_facts: false\n"
            body = block.text if block.kind == "play" else f"  tasks:\n{textwrap.indent(block.text, '    ')}"
            path = self.folder / f"{name}-{number}.yml"
            path.write_text(f"{before if number == 0 else ''}{head}{body}", encoding="utf-8")
            files.append(path.name)
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        return self.run([program, "--extra-vars", "@given.json", *options, *files], self.signed_in)


@contextmanager
def world(simulator: Control, folder: Path, text: str) -> Iterator[World]:
    """The world that the examples in ``text`` need."""
    ready = simulator.ready
    domain = ready["iam"]["domain_id"]
    simulator.config(
        huawei={"projects": {project: {"name": "ap-southeast-1", "domain_id": domain} for project in PROJECTS.values()}}
    )
    simulator.connections([{k: v for k, v in spec.items() if v} for spec in _connections(text, simulator.now())])
    alibaba, huawei, iam = ready["alibaba"], ready["huawei"], ready["iam"]
    routes = {
        r"vpc\..*": alibaba["http"],
        r"sts\..*": ready["sts"]["http"],
        r"vpn\..*": huawei["http"],
        r"iam\..*": iam["http"],
    }
    variables = {
        "vault_access_key_id": alibaba["access_key_id"],
        "vault_access_key_secret": alibaba["access_key_secret"],
        "vault_access_key": huawei["access_key"],
        "vault_secret_key": huawei["secret_key"],
        "otc_username": iam["username"],
        "otc_password": iam["password"],
        "iam_token": _token(ready),
        "passcode": "123456",
    }
    with Outside(forward(routes), hosts=HOSTS + ABROAD) as outside:
        settings = {
            "ANSIBLE_ACTION_PLUGINS": "",
            "ANSIBLE_PIPELINING": "true",
            # Waits of ten seconds would be all that the examples do.
            "CLOUD_VPN_WAIT_SLEEP": "1",
            "REQUESTS_CA_BUNDLE": str(outside.ca_file),
            **outside.environment,
        }
        bare = environment(folder / "home", **settings)
        signed_in = {
            **bare,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": alibaba["access_key_id"],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": alibaba["access_key_secret"],
            "OS_USERNAME": iam["username"],
            "OS_PASSWORD": iam["password"],
            "OS_USER_DOMAIN_NAME": iam["domain_name"],
        }
        yield World(folder, bare, signed_in, {**variables, "verify_poll": "1"})
