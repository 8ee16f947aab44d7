# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's repository with the examples in it, the steps of its pipelines run as GitHub and GitLab run them, and the
commands of the guide. The user has the tarball and the programs of .ci/requirements/pipelines.txt, and no checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import leaks
import pytest
import yaml
from documented import PIPELINES, ROOT, in_page
from outside import Outside, forward
from short_paths import short

from simulator.client import Control, Simulator

EXAMPLES = ROOT / "examples"
PYTHON = Path(os.environ.get("CLOUD_VPN_PIPELINES_PYTHON") or ROOT / ".work" / "venv" / "pipelines" / "bin" / "python")
BIN = PYTHON.parent
needs_programs = pytest.mark.skipif(
    not PYTHON.exists(), reason=f"there is no {PYTHON}: see .ci/requirements/pipelines.txt"
)
# Those of vpn.yml.
ALIBABA, HUAWEI = "vco-m5e83sapxp88cgp5f", "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3"
BROKEN = {
    ALIBABA: {"session": "iked/v2_psk_mismatch_resp.info", "speed": 1000},
    HUAWEI: {"session": "vrp/psk_wrong", "speed": 1000},
}
MENDED = {
    ALIBABA: {"session": "iked/v2_up_resp.info", "speed": 1000},
    HUAWEI: {"session": "vrp/psk_fixed", "speed": 1000},
}
# Tells the simulator what happens to the tunnels from now on.
CHANGE = """\
- name: Change the pre-shared key
  ansible.builtin.uri:
    url: "{{ lookup('ansible.builtin.env', 'GATEWAYS') }}"
    method: POST
    body_format: json
    body: "{{ item }}"
    use_proxy: false
  loop: "{{ lookup('ansible.builtin.env', 'CHANGES') | from_json }}"
  loop_control:
    label: "{{ item.id }}"
"""


class Done(NamedTuple):
    status: int
    output: str


def build_tarball(folder: Path) -> Path:
    # The checkout's own folders that git ignores are in build_ignore, too.
    command = [str(BIN / "ansible-galaxy"), "collection", "build", str(ROOT), "--output-path", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "HOME": str(folder)}, timeout=60)
    return next(folder.glob("*.tar.gz"))


class Site:
    """One machine: a home folder, a repository, and clouds that answer by their real names."""

    def __init__(self, folder: Path, simulator: Control, outside: Outside, tarball: Path) -> None:
        self.simulator, self.wire, self.repository = simulator, outside, folder / "repository"
        self.home, self.temporary = folder / "home", folder / "tmp"
        for one in (self.repository, self.home, self.temporary):
            one.mkdir(parents=True)
        wanted = {"collections": [{"name": str(tarball), "type": "file"}]}
        (self.repository / "requirements.yml").write_text(json.dumps(wanted))
        (self.repository / "change.yml").write_text(CHANGE)
        self.environment = {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "TMPDIR": str(short(self.temporary)),
            # By default this one follows the password database, not HOME.
            "ANSIBLE_REMOTE_TEMP": str(self.home / "remote"),
            "GATEWAYS": f"{simulator.url}/change",
            "REQUESTS_CA_BUNDLE": str(outside.ca_file),
            # All is there already: a package that is not is a mistake.
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            **outside.environment,
        }

    def write_settings(self, connections: tuple[str, ...], **more: Any) -> None:
        """vpn.yml as it is shipped, but impatient, and perhaps with fewer VPN connections."""
        settings = yaml.safe_load((EXAMPLES / "vpn.yml").read_text())
        kept = [one for one in settings["verify_connections"] if one["id"] in connections]
        if len(kept) == 1:
            del kept[0]["pair"]
        settings |= {"verify_connections": kept, "verify_poll": 1, "verify_wait": 12, **more}
        (self.repository / "vpn.yml").write_text(json.dumps(settings))

    def run(self, script: str, shell: tuple[str, ...] = ("bash", "-e"), **env: str) -> Done:
        file = self.temporary / "script.sh"
        file.write_text(script)
        done = subprocess.run(
            [*shell, str(file)],
            env={**self.environment, **env},
            cwd=self.repository,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=180,
            check=False,
        )
        return Done(done.returncode, done.stdout)


@contextmanager
def site(folder: Path, tarball: Path) -> Iterator[tuple[Site, leaks.Wire]]:
    with Simulator() as simulator:
        ready = simulator.ready
        ended = {ALIBABA: ("alibaba", "iked/v2_up_resp.info"), HUAWEI: ("huawei", "vrp/healthy")}
        for one, (cloud, session) in ended.items():
            simulator.connection(id=one, cloud=cloud, history=[{"session": session, "ends": "-60s"}])
        routes = {
            r"vpc\.eu-central-1\.aliyuncs\.com": ready["alibaba"]["http"],
            r"iam\.eu-de\.otc\.t-systems\.com": ready["iam"]["http"],
            r"vpn\.eu-de\.otc\.t-systems\.com": ready["huawei"]["http"],
        }
        wire = leaks.Wire(forward(routes))
        with Outside(wire, ready["ca_file"]) as outside:
            yield Site(folder, simulator, outside, tarball), wire


def changes(parts: dict[str, dict[str, Any]], connections: tuple[str, ...]) -> str:
    return json.dumps([{"id": one, **parts[one]} for one in connections])


def sign_in(ready: dict[str, Any]) -> dict[str, str]:
    """What a pipeline keeps as secrets and variables, by name."""
    return {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": ready["alibaba"]["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ready["alibaba"]["access_key_secret"],
        "OS_USERNAME": ready["iam"]["username"],
        "OS_PASSWORD": ready["iam"]["password"],
        "OS_USER_DOMAIN_NAME": ready["iam"]["domain_name"],
    }


def run_github(place: Site, kept: dict[str, str], **env: str) -> dict[str, Done]:
    """Step -> what came of it: after a failure only those that run always."""
    (job,) = yaml.safe_load((EXAMPLES / "github_actions.yml").read_text())["jobs"].values()

    def fill(found: re.Match[str]) -> str:
        return kept[found[1]]

    variables = {
        name: re.sub(r"\$\{\{ (?:secrets|vars)\.(\w+) \}\}", fill, value) for name, value in job["env"].items()
    }
    assert "${{" not in json.dumps([variables, job["steps"]]), "an expression that this test does not know"
    summary = place.temporary / "summary.md"
    summary.touch()
    ran: dict[str, Done] = {}
    for step in job["steps"]:
        failed = any(one.status for one in ran.values())
        if "run" in step and (not failed or step.get("if") == "always()"):
            ran[step["name"]] = place.run(
                step["run"], CI="true", GITHUB_STEP_SUMMARY=str(summary), **{**variables, **env}
            )
    return ran


def run_gitlab(place: Site, kept: dict[str, str], **env: str) -> Done:
    """All lines of a job are one script; variables of the project are in the environment."""
    config = yaml.safe_load((EXAMPLES / "gitlab_ci.yml").read_text())
    lines = "\n".join([*config["default"]["before_script"], *config["vpn-change"]["script"]])
    return place.run(lines, ("bash", "-eo", "pipefail"), CI="true", **{**kept, **config["variables"], **env})


def blocks(language: str) -> dict[str, str]:
    """The code blocks of the guide: caption, or first line where there is none, and text."""
    found = [block for block in in_page(PIPELINES) if block.language == language]
    return {block.caption or block.text.partition("\n")[0]: block.text for block in found}


def command(word: str) -> str:
    """The one shell block of the guide with ``word`` in it."""
    (found,) = (block for block in blocks("shell").values() if word in block)
    return found


def example(name: str) -> str:
    """An example without its head of license lines."""
    return re.sub(r"\A---\n(#.*\n)+\n", "", (EXAMPLES / name).read_text(encoding="utf-8"))


class Evidence(NamedTuple):
    """What the four files say."""

    passed: bool
    states: list[str]
    tests: str
    failures: str
    text: str


def evidence(folder: Path) -> Evidence:
    assert sorted(path.name for path in folder.iterdir()) == [
        "evidence.html",
        "evidence.json",
        "evidence.md",
        "junit.xml",
    ]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    document = json.loads((folder / "evidence.json").read_text())
    suites = ElementTree.parse(folder / "junit.xml").getroot()
    states = [one["state"] for one in document["connections"]]
    text = (folder / "evidence.md").read_text()
    return Evidence(document["passed"], states, suites.attrib["tests"], suites.attrib["failures"], text)
