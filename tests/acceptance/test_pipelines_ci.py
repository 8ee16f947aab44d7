# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples for GitHub Actions and GitLab CI: valid, and every line of them run."""

from __future__ import annotations

import subprocess

import pytest
import yaml
from pipelines import BIN, EXAMPLES, command, needs_programs
from pipelines_runs import Runs

pytestmark = needs_programs


@pytest.mark.parametrize(
    ("schema", "name"), [("vendor.github-workflows", "github_actions.yml"), ("vendor.gitlab-ci", "gitlab_ci.yml")]
)
def test_the_schema_holds(schema: str, name: str) -> None:
    check = [str(BIN / "check-jsonschema"), "--builtin-schema", schema, str(EXAMPLES / name)]
    done = subprocess.run(check, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_change_that_breaks_the_tunnel_stops_the_workflow(runs: Runs) -> None:
    steps = {name: done for name, done in runs.ci.done.items() if name != "GitLab"}
    wanted = {"Install": 0, "Dry run": 0, "Change and verify": 2, "Show the evidence": 0}
    assert {name: done.status for name, done in steps.items()} == wanted, steps
    assert "went through their check" in steps["Dry run"].output
    seen = runs.ci.seen["GitHub"]
    assert (seen.passed, seen.states, seen.tests, seen.failures) == (False, ["down", "down"], "2", "2")
    assert runs.ci.summary == seen.text


def test_the_log_reads_well(runs: Runs) -> None:
    """No colors, no warnings, no skipped tasks; the verdict is lines of text that say what to do."""
    output = runs.ci.done["Change and verify"].output
    assert "\x1b" not in output and "[WARNING]" not in output and "skipping: [localhost]" not in output
    verdict = output.partition("fatal: [localhost]: FAILED!")[2]
    assert "\n        2 of 2 VPN connections are not as expected (up).\n" in verdict
    assert "\n        vco-m5e83sapxp88cgp5f (pair branch office) is down: " in verdict


def test_a_change_that_works_passes(runs: Runs) -> None:
    assert runs.ci.done["GitLab"].status == 0, runs.ci.done["GitLab"].output
    seen = runs.ci.seen["GitLab"]
    assert (seen.passed, seen.states, seen.tests, seen.failures) == (True, ["up"], "1", "0")


def test_artifacts_are_kept_after_a_failure_too() -> None:
    job = yaml.safe_load((EXAMPLES / "gitlab_ci.yml").read_text())["vpn-change"]
    assert job["artifacts"] == {
        "when": "always",
        "paths": ["vpn-evidence/"],
        "reports": {"junit": "vpn-evidence/junit.xml"},
    }
    (job,) = yaml.safe_load((EXAMPLES / "github_actions.yml").read_text())["jobs"].values()
    (upload,) = (step for step in job["steps"] if "upload-artifact" in step.get("uses", ""))
    assert upload["if"] == "always()" and upload["with"]["path"] == "vpn-evidence/"


def test_a_look_is_one_call(runs: Runs) -> None:
    """One for the marker, one for the verdict."""
    assert runs.ci.calls == 2


def test_all_of_them_run_the_lines_of_the_guide() -> None:
    """Those that this test does not see run are the same as those that it does."""
    dry, real = command("--check").splitlines()
    gitlab = yaml.safe_load((EXAMPLES / "gitlab_ci.yml").read_text())
    (job,) = yaml.safe_load((EXAMPLES / "github_actions.yml").read_text())["jobs"].values()
    github = {step["name"]: step["run"] for step in job["steps"] if "run" in step}
    assert gitlab["vpn-check"]["script"] == [dry] == [github["Dry run"]]
    assert gitlab["vpn-change"]["script"] == [real] == [github["Change and verify"]]
    assert set(gitlab) == {"default", "variables", "vpn-check", "vpn-change"}
