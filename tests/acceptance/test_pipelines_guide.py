# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide and the examples say the same, and the execution environment gets what the collection needs."""

from __future__ import annotations

import re

import yaml
from documented import PIPELINES, ROOT, in_page
from pipelines import EXAMPLES, blocks, command, example, needs_programs
from pipelines_runs import Runs

pytestmark = needs_programs

# Words by which the tests of this folder find what they run.
RUN = ("ansible-galaxy", "--check", "ansible-runner run", "transmit", "ansible-navigator", "ansible-builder")
# These blocks are no example file; they are put to work by pipelines_runs.py.
PLAYED = ("import_playbook", "verify_evidence_directory: ")


def test_what_the_guide_shows_is_an_example() -> None:
    shown = {name: text for name, text in blocks("yaml").items() if not any(word in text for word in PLAYED)}
    names = {path.name for path in EXAMPLES.iterdir()} - {"verify_change.yml"}
    assert shown == {f"examples/{name}": example(name) for name in names}
    assert len(blocks("yaml")) == len(shown) + len(PLAYED)


def test_every_block_of_the_guide_is_looked_at() -> None:
    assert sorted(blocks("shell").values()) == sorted(command(word) for word in RUN)
    assert len(list(in_page(PIPELINES))) == len(blocks("shell")) + len(blocks("yaml"))
    assert PIPELINES.read_text(encoding="utf-8").count(".. code-block::") == len(list(in_page(PIPELINES)))


def test_no_option_of_the_playbook_is_unknown_to_the_guide() -> None:
    play, _guard = yaml.safe_load(example("verify_change.yml"))
    guide = PIPELINES.read_text(encoding="utf-8")
    for name in ("change_step", "verify_since", "alibaba_options", "huawei_options"):
        assert name in guide
    assert set(play["vars"]) <= set(re.findall(r"\b(?:change|verify)_\w+", guide)) | {"verify_wait"}


def test_examples_hold_no_secret() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in EXAMPLES.iterdir())
    assert not re.findall(r"(?i)(?:secret|password|token)\w*: +(?![\"']?\$?\{\{|true)\S+", text)


def test_builder_finds_what_the_collection_needs(runs: Runs) -> None:
    """In the installed tarball: its two libraries, no system package, and nothing that only tests need."""
    place = runs.runner.place
    introspect, create = command("ansible-builder").splitlines()[-2:]
    done = place.run(f"{introspect} --write-pip pip.txt --write-bindep bindep.txt")
    assert done.status == 0, done.output
    needs = [line.partition("#")[0].strip() for line in (place.repository / "pip.txt").read_text().splitlines()]
    ours = [line.strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    assert sorted(needs) == sorted(ours)
    assert {re.split(r"\W", one)[0] for one in needs} == {"requests", "jmespath"}
    bindep = place.repository / "bindep.txt"
    assert not bindep.exists() or not bindep.read_text().strip()


def test_builder_accepts_the_example(runs: Runs) -> None:
    place = runs.runner.place
    done = place.run(command("ansible-builder"))
    assert done.status == 0, done.output
    context = place.repository / "context"
    assert yaml.safe_load((context / "_build" / "requirements.yml").read_text()) == {
        "collections": [{"name": "netops.cloud_vpn"}]
    }
    (recipe,) = (path for name in ("Containerfile", "Dockerfile") if (path := context / name).exists())
    assert "/usr/bin/python3.12" in recipe.read_text()


def test_all_examples_are_in_the_tarball(runs: Runs) -> None:
    installed = runs.runner.place.home / ".ansible/collections/ansible_collections/netops/cloud_vpn/examples"
    assert sorted(path.name for path in installed.iterdir()) == sorted(path.name for path in EXAMPLES.iterdir())
