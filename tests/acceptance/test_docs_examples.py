# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users copy works: each example of README, guides, role, and plugins is run as it stands, or says here why not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from documented import ROOT, Block, blocks
from documented_world import World, world

from simulator.client import Control

ALL = blocks()
GUIDE = "docs/docsite/rst/guide_"
GALAXY = "needs Galaxy; the step build installs the tarball"
NOT_RUN = {
    ("README.md", "The VPN connection is not as expected (up)."): "output; test_docs_guides makes it",
    ("README.md", "ansible-galaxy collection install netops.cloud_vpn"): GALAXY,
    ("README.md", "collections:"): GALAXY,
    ("README.md", "ansible-galaxy collection install -r requirements.yml"): GALAXY,
    ("README.md", "- name: Tunnels"): "a rulebook; test_rulebook_guide has ansible-rulebook read it",
    (
        f"{GUIDE}sign_in.rst",
        "[WARNING]: alibaba: signed in with the environment (ALIBABA_CLOUD_ACCESS_KEY_ID)",
    ): "output; the target adhoc looks for it",
    (f"{GUIDE}verify_change.rst", "marker ──► change ──► traffic ──► wait ──► evidence"): "a drawing",
    (f"{GUIDE}verify_change.rst", "- name: Something wants through the tunnel"): "needs a host behind a gateway",
}
RUNNABLE = [block for block in ALL if block.key not in NOT_RUN]
PLAYED = [block for block in RUNNABLE if block.kind in ("play", "tasks")]
# The same playbook in several documents is run once.
SAME = {block.place: next(one.place for one in PLAYED if one.content == block.content) for block in PLAYED}
IN_PAGES = [one for one in PLAYED if not one.document.startswith("plugins/") and SAME[one.place] == one.place]
# Those of modules come last: they replace the facts that the others begin with.
IN_PLUGINS = sorted(
    (one for one in PLAYED if one.document.startswith("plugins/")), key=lambda one: "/modules/" in one.document
)
MADE = [block for block in RUNNABLE if block.kind == "shell" and block.text.startswith("make ")]
COMMANDS = [block for block in RUNNABLE if block.kind == "shell" and block not in MADE]
# What the examples of plugins begin with: their reader has read, and has taken a marker.
BEFORE = """\
- name: What was there before
  hosts: localhost
  gather_facts: false
  vars:
    ids: [vco-m5e83sapxp88cgp5f, vco-m5e1k3e22ya6n1nsk]
    facts: "{{ ansible_facts['alibaba_vpn_connection_logs'] }}"
    calls: "{{ ids | netops.cloud_vpn.vpn_calls }}"
  tasks:
    - netops.cloud_vpn.alibaba_vpn_connection_logs_facts: {vpn_connection_ids: "{{ ids }}", region: eu-central-1}
      register: read
    - netops.cloud_vpn.huawei_vpn_connection_logs_facts:
        {vpn_connection_id: 98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3, region: eu-de}
    - ansible.builtin.set_fact:
        record: "{{ facts[ids[0]] }}"
        marker: "{{ facts[ids[0]].window.since }}"
        changed_at: "{{ facts[ids[0]].logs[0].epoch }}"
        lines: "{{ facts[ids[0]].logs | map(attribute='raw') }}"
        verdict: "{{ ids | netops.cloud_vpn.vpn_verdicts(calls, [read | combine({'item': 0})], records=true) }}"

"""


class Ran(NamedTuple):
    status: int
    output: str


class Results(NamedTuple):
    world: World
    plays: dict[str, str]  # what was printed for a block, by its place
    tails: list[Ran]  # of each run of ansible-playbook
    commands: dict[str, Ran]


def in_sections(output: str) -> dict[str, str]:
    parts = re.split(r"^PLAY \[## (\S+)\].*$", output, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


@pytest.fixture(scope="module")
def results(simulator_process: Control, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    """Everything is run once, three processes at a time; each test looks at its part."""
    simulator_process.reset()
    folder = tmp_path_factory.mktemp("documented")
    with (
        world(simulator_process, folder, "\n".join(block.text for block in ALL)) as there,
        ThreadPoolExecutor(3) as pool,
    ):
        there.place(RUNNABLE)

        def command(block: Block) -> Ran:
            env = there.bare if re.search(r"^export (ALI|HW|OS)", block.text, re.MULTILINE) else there.signed_in
            return Ran(*there.run(["bash", "-euo", "pipefail", "-c", block.text], env))

        playing = [
            # An inventory that a guide shows, and the implicit localhost.
            pool.submit(there.play, IN_PAGES, "page", "", "--inventory", "inventory.yml"),
            pool.submit(there.play, IN_PLUGINS, "plugin", BEFORE),
        ]
        commands = dict(zip((block.place for block in COMMANDS), pool.map(command, COMMANDS)))
        tails = [Ran(*one.result()) for one in playing]
        sections = {place: text for ran in tails for place, text in in_sections(ran.output).items()}
        yield Results(there, sections, tails, commands)


def complaints(output: str) -> list[str]:
    """Lines that no example may print; ansible-doc of ansible-core 2.21 warns of a part of its own when it lists roles."""
    bad = (line for line in output.splitlines() if re.search(r"WARNING|DEPRECAT|ERROR|fatal:|FAILED", line))
    return [line for line in bad if "_protomatter" not in line]


@pytest.mark.parametrize("block", PLAYED, ids=lambda block: block.place)
def test_a_playbook_or_task_list(block: Block, results: Results) -> None:
    printed = results.plays.get(SAME[block.place])
    assert printed is not None, "not reached: " + "".join(ran.output[-2000:] for ran in results.tails if ran.status)
    assert complaints(printed) == []
    assert re.search(r"^TASK \[", printed, re.MULTILINE)


def test_nothing_had_to_be_rescued(results: Results) -> None:
    for ran in results.tails:
        assert ran.status == 0, ran.output[-3000:]
        recaps = re.findall(r"^localhost .*ok=\d+ .*failed=(\d+) .*rescued=(\d+) ", ran.output, re.MULTILINE)
        assert set(recaps) == {("0", "0")}


@pytest.mark.parametrize("block", COMMANDS, ids=lambda block: block.place)
def test_a_command(block: Block, results: Results) -> None:
    ran = results.commands[block.place]
    assert ran.status == 0, ran.output[-3000:]
    assert complaints(ran.output) == []
    verdicts = len(re.findall(r"\bup\b|\bdown\b|SUCCESS", ran.output))
    assert verdicts >= block.text.count("ansible localhost"), ran.output


def test_the_examples_asked_both_clouds_at_their_own_addresses(results: Results, simulator_process: Control) -> None:
    hosts = {one["host"] for one in simulator_process.requests() if one["status"] == 200}
    wanted = {
        "vpc.eu-central-1.aliyuncs.com",
        "vpc.ap-southeast-1.aliyuncs.com",
        "sts.eu-central-1.aliyuncs.com",
        "vpn.eu-de.otc.t-systems.com",
        "vpn.ap-southeast-1.myhuaweicloud.com",
        "vpn.example.com",
    }
    assert wanted <= hosts


def test_the_role_left_its_evidence(results: Results) -> None:
    folder = results.world.folder / "vpn-evidence" / "localhost"
    assert {path.name for path in folder.iterdir()} == {"evidence.json", "evidence.md", "evidence.html", "junit.xml"}
    assert json.loads((folder / "evidence.json").read_text())["passed"] is True


@pytest.mark.parametrize("block", MADE, ids=lambda block: block.place)
def test_a_target_of_make(block: Block) -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for line in block.text.splitlines():
        assert re.match(r"make ([a-z-]+)", line)[1] in targets  # type: ignore[index]


@pytest.mark.parametrize("block", [one for one in RUNNABLE if one.kind == "python"], ids=lambda block: block.place)
def test_python(block: Block) -> None:
    exec(compile(block.text, block.place, "exec"), {})


@pytest.mark.parametrize("block", [one for one in RUNNABLE if one.kind == "json"], ids=lambda block: block.place)
def test_a_policy_allows_the_one_action(block: Block) -> None:
    (statement,) = json.loads(block.text)["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] in ("vpc:DescribeVpnConnectionLogs", ["vpn:vpnConnections:getLog"])


def test_every_block_is_run_or_named() -> None:
    assert [block.place for block in RUNNABLE if block.kind == "other"] == []
    stale = set(NOT_RUN) - {block.key for block in ALL}
    assert stale == set()
    # A collector that finds nothing would make all of the above pass.
    assert len(IN_PAGES) >= 15
    assert len(IN_PLUGINS) == len(list(Path(ROOT, "plugins").glob("[mlft][oie]*/[!_]*.py")))
