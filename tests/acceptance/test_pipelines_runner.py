# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the guide for ansible-runner, on one node and with the work on another, and for ansible-navigator."""

from __future__ import annotations

import json

import leaks
import pytest
from pipelines import HUAWEI, needs_programs, sign_in
from pipelines_runs import Runs, artifact_data

pytestmark = needs_programs


@pytest.mark.parametrize("name", ["run, broken", "mesh, broken"])
def test_a_broken_tunnel_fails_with_evidence(runs: Runs, name: str) -> None:
    done = runs.runner.done[name]
    assert done.status == 2, done.output
    seen = runs.runner.seen[name]
    assert (seen.passed, seen.states, seen.tests, seen.failures) == (False, ["down"], "1", "1")
    assert f"{HUAWEI} is down: authentication_failed" in done.output


def test_a_mended_tunnel_passes(runs: Runs) -> None:
    for name in ("run, mended", "mesh, mended"):
        done = runs.runner.done[name]
        assert done.status == 0, done.output
        assert "The VPN connection is as expected (up)." in done.output


@pytest.mark.parametrize(
    ("folder", "status"),
    [
        ("job/artifacts/CHG0012345", 2),
        ("results/artifacts/CHG0012345", 2),
        ("results/artifacts/CHG0012346", 0),
        ("job/artifacts/CHG0012346", 0),
    ],
)
def test_artifacts_tell_how_it_went(runs: Runs, folder: str, status: int) -> None:
    artifacts = runs.runner.place.repository / folder
    assert (artifacts / "rc").read_text() == str(status)
    verdict = artifact_data(artifacts)["change_verdict"]
    assert verdict["passed"] is (status == 0)
    assert [one["id"] for one in verdict["connections"]] == [HUAWEI]
    assert not [name for one in verdict["connections"] for name in one if name in ("record", "logs")]


def test_the_marker_is_handed_on(runs: Runs) -> None:
    assert list(runs.runner.handed["verify_marker"]) == [HUAWEI]
    for name in ("CHG0012345", "CHG0012346"):
        verdict = artifact_data(runs.runner.place.repository / "results" / "artifacts" / name)["change_verdict"]
        assert [one["window_since"] for one in verdict["connections"]] == [runs.runner.handed["verify_marker"][HUAWEI]]


@pytest.mark.parametrize("name", ["ci", "runner"])
def test_no_secret_is_left(runs: Runs, name: str) -> None:
    """Not in events, artifacts, evidence, and output, and not in what a worker unpacked; only where it was given."""
    machine = getattr(runs, name)
    place = machine.place
    kept = sign_in(place.simulator.ready)
    secrets = {**machine.secrets, **{kept[one]: one for one in ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "OS_PASSWORD")}}
    assert {"token", "X-Auth-Token"} & set(machine.secrets.values())
    given = place.repository / "job" / "env" / "extravars"
    if given.exists():
        assert list(leaks.search([given.parent], secrets)), "the search finds nothing where there is something"
    # The guides of the collection sign in with the same invented values.
    but = [given, place.home / ".ansible" / "collections"]
    assert list(leaks.search([place.repository, place.home, place.temporary], secrets, but)) == []
    output = "".join(done.output for done in machine.done.values())
    assert not [what for secret, what in secrets.items() if secret in output]


def test_the_environment_of_a_job_is_among_its_artifacts(runs: Runs) -> None:
    """Why the guide tells to keep secrets out of it."""
    for folder in ("job", "results"):
        file = runs.runner.place.repository / folder / "artifacts" / "CHG0012345" / "command"
        assert json.loads(file.read_text())["env"]["GATEWAYS"] == runs.runner.place.environment["GATEWAYS"]


def test_navigator_with_the_environment_of_an_awx_credential(runs: Runs) -> None:
    done = runs.runner.done["navigator"]
    assert done.status == 0, done.output
    assert "VPN connections that can be read: 1" in done.output and "went through their check" in done.output
    assert sign_in(runs.runner.place.simulator.ready)["OS_PASSWORD"] not in done.output


def test_a_limit_that_leaves_localhost_out_is_no_success(runs: Runs) -> None:
    done = runs.runner.place.run("ansible-playbook -i gateway.example.com, verify_change.yml -e @vpn.yml --limit all")
    assert done.status == 2, done.output
    assert "no hosts matched" in done.output and "Add localhost to it." in done.output


@pytest.mark.parametrize(
    "given",
    [
        {"change_step": "mistyped"},
        {"change_tasks": ""},
        {"verify_since": "1h"},
        {"change_step": "verify", "verify_marker": {}},
        {"change_step": "verify", "verify_marker": {HUAWEI: "2026-01-01T00:00:00Z"}, "verify_since": "1h"},
    ],
    ids=["a wrong step", "no change", "an old window", "an empty marker", "a window before the marker"],
)
def test_what_would_pass_by_mistake_is_refused(runs: Runs, given: dict[str, object]) -> None:
    """With a tag that no task has, which would leave out whatever has none."""
    line = "ansible-playbook verify_change.yml --tags nothing -e @vpn.yml -e @given.json"
    (runs.runner.place.repository / "given.json").write_text(json.dumps(given))
    done = runs.runner.place.run(line)
    assert done.status == 2, done.output
    assert "change_step is one of all, mark, and verify" in done.output and "ok=0" in done.output


def test_the_collection_was_installed_from_the_tarball(runs: Runs) -> None:
    done = runs.runner.done["install"]
    assert done.status == 0, done.output
    place = runs.runner.place
    assert (place.home / ".ansible/collections/ansible_collections/netops/cloud_vpn/MANIFEST.json").exists()
