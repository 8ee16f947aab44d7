# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real runs of ansible-rulebook: what it took from the event source, and what it printed at -vv."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import plays

from simulator.client import Control

PYTHON = Path(os.environ.get("CLOUD_VPN_RULEBOOK_PYTHON") or "/nonexistent")
MISSING = (
    f"there is no ansible-rulebook: {PYTHON} is missing"
    if not PYTHON.exists()
    else None
    if shutil.which("java")
    else "ansible-rulebook needs Java 17, and there is no java"
)
ROOT = Path(__file__).resolve().parents[2]
_TAKEN = "Posting data to ruleset "


def install(folder: Path) -> Path:
    """A collections path with the collection as a user has it: built as a tarball, and installed from that."""
    galaxy = [str(PYTHON.with_name("ansible-galaxy")), "collection"]
    target = folder / "collections"
    variables = {**plays.environment(folder / "home"), "ANSIBLE_COLLECTIONS_PATH": str(target)}
    subprocess.run([*galaxy, "build", str(ROOT), "--output-path", str(folder)], env=variables, cwd=folder, check=True)
    (tarball,) = folder.glob("*.tar.gz")
    subprocess.run(
        [*galaxy, "install", "--offline", "-p", str(target), str(tarball)], env=variables, cwd=folder, check=True
    )
    return target


def sign_in(simulator: Control) -> dict[str, str]:
    """The environment of somebody who uses both clouds."""
    alibaba, huawei, iam = (simulator.ready[name] for name in ("alibaba", "huawei", "iam"))
    return {
        "ALIBABA_CLOUD_REGION": alibaba["region"],
        "ALIBABA_CLOUD_ACCESS_KEY_ID": alibaba["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": alibaba["access_key_secret"],
        "HW_REGION_NAME": huawei["region"],
        "HW_USER_NAME": iam["username"],
        "HW_USER_PASSWORD": iam["password"],
        "HW_DOMAIN_NAME": iam["domain_name"],
        "HW_AUTH_URL": iam["auth_url"],
        "CLOUD_VPN_CA_PATH": simulator.ready["ca_file"],
        "CLOUD_VPN_MAX_RETRIES": "0",
    }


class Run:
    """A running ansible-rulebook."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self._process, self.output = process, output

    @property
    def text(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What the engine took so far."""
        lines = [line for line in self.text.split("\n")[:-1] if _TAKEN in line]
        taken = [ast.literal_eval(line.partition(" => ")[2])["vpn"] for line in lines]
        return [event for event in taken if kind in (None, event["type"])]

    def until(self, condition: Callable[[], Any], seconds: float = 60) -> None:
        give_up = time.monotonic() + seconds
        while not condition():
            assert self._process.poll() is None, self.text[-4000:]
            assert time.monotonic() < give_up, self.text[-4000:]
            time.sleep(0.05)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it with everything that it started."""
        if self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self, seconds: float = 60) -> int:
        return self._process.wait(seconds)


@contextmanager
def rulebook(
    folder: Path, name: str, collections: Path, simulator: Control, variables: dict[str, Any], *options: str, **env: str
) -> Iterator[Run]:
    """``ansible-rulebook -r NAME`` at -vv with the sign-in of both clouds; it is ended on the way out."""
    folder.mkdir(parents=True, exist_ok=True)
    inventory, values, output = folder / "inventory.yml", folder / "vars.json", folder / "output.txt"
    host = {"ansible_connection": "local", "ansible_python_interpreter": str(PYTHON)}
    inventory.write_text(json.dumps({"all": {"hosts": {"localhost": host}}}))
    values.write_text(json.dumps(variables))
    environment = plays.environment(folder / "home", **{**sign_in(simulator), **env})
    environment.update(
        ANSIBLE_COLLECTIONS_PATH=str(collections), PATH=f"{PYTHON.parent}{os.pathsep}{environment['PATH']}"
    )
    environment.pop("ANSIBLE_ACTION_PLUGINS")
    if "JAVA_HOME" in os.environ:
        environment["JAVA_HOME"] = os.environ["JAVA_HOME"]
    command = [str(PYTHON.with_name("ansible-rulebook")), "-r", name, "-i", str(inventory), "--vars", str(values)]
    with output.open("wb") as stream:
        process = subprocess.Popen(
            [*command, "-vv", *options],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    run = Run(process, output)
    try:
        yield run
    finally:
        run.end(signal.SIGKILL)
