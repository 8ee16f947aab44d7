# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change that breaks a tunnel and one that mends it, through each kind of pipeline, two machines side by side."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pipelines
import yaml
from jinja2 import Template
from pipelines import ALIBABA, BROKEN, HUAWEI, MENDED, Done, Evidence, Site, blocks, changes, command, evidence

BOTH = (ALIBABA, HUAWEI)


@dataclass
class Machine:
    """What happened on a machine: ``done`` and the evidence ``seen``, by name, and the secrets that went over its wire."""

    place: Site
    done: dict[str, Done] = field(default_factory=dict)
    seen: dict[str, Evidence] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    handed: dict[str, Any] = field(default_factory=dict)
    """What a job hands on to later ones of its workflow."""
    summary: str = ""
    calls: int = 0

    def look(self, name: str, folder: Path) -> None:
        if folder.is_dir():
            self.seen[name] = evidence(folder)


class Runs:
    """Both machines at once; a trouble of one is not the other's."""

    def __init__(self, folder: Path) -> None:
        tarball = pipelines.build_tarball(folder)
        with ThreadPoolExecutor(2) as pool:
            self._runner = pool.submit(play_runner, folder / "runner", tarball)
            self._ci = pool.submit(play_ci, folder / "ci", tarball)

    @property
    def ci(self) -> Machine:
        return self._ci.result()

    @property
    def runner(self) -> Machine:
        return self._runner.result()


def play_ci(folder: Path, tarball: Path) -> Machine:
    with pipelines.site(folder, tarball) as (place, wire):
        machine = Machine(place)
        kept = pipelines.sign_in(place.simulator.ready)
        written = place.repository / "vpn-evidence"
        shutil.copy(pipelines.EXAMPLES / "verify_change.yml", place.repository)
        place.write_settings(BOTH)
        machine.done |= pipelines.run_github(place, kept, CHANGES=changes(BROKEN, BOTH))
        machine.look("GitHub", written)
        machine.summary = (place.temporary / "summary.md").read_text()
        # As a fresh clone for the next job.
        shutil.rmtree(written, ignore_errors=True)
        place.write_settings((ALIBABA,), verify_wait=0)
        place.simulator.clear_requests()
        machine.done["GitLab"] = pipelines.run_gitlab(place, kept, CHANGES=changes(MENDED, (ALIBABA,)))
        machine.look("GitLab", written)
        machine.calls = len(place.simulator.requests(service="alibaba"))
        machine.secrets |= wire.secrets
        return machine


def play_runner(folder: Path, tarball: Path) -> Machine:
    with pipelines.site(folder, tarball) as (place, wire):
        machine = Machine(place)
        kept = pipelines.sign_in(place.simulator.ready)
        one = (HUAWEI,)
        job, results = place.repository / "job", place.repository / "results"
        run, mesh = command("ansible-runner run"), command("transmit")
        # The guide's playbook around a change that is a playbook, too.
        (own,) = (block for block in blocks("yaml").values() if "import_playbook" in block)
        head = {"name": "Change", "hosts": "localhost", "gather_facts": False}
        gateways = [{**head, "tasks": yaml.safe_load(pipelines.CHANGE)}]
        (job / "project").mkdir(parents=True)
        (job / "project" / "own.yml").write_text(own)
        (job / "project" / "gateways.yml").write_text(json.dumps(gateways))
        machine.done["install"] = place.run(command("ansible-galaxy"))
        place.write_settings(one, verify_wait=0)
        give(job, kept)
        around = run.replace("-p verify_change.yml", "-p own.yml")
        machine.done["run, broken"] = place.run(around, CHANGES=changes(BROKEN, one))
        machine.look("run, broken", job / "artifacts" / "CHG0012345" / "vpn-evidence")
        # A later node of a workflow gets them as variables.
        machine.handed |= artifact_data(job / "artifacts" / "CHG0012345")
        give(job, kept, change_step="verify", **machine.handed)
        machine.done["mesh, broken"] = place.run(mesh)
        machine.look("mesh, broken", results / "artifacts" / "CHG0012345" / "vpn-evidence")
        place.simulator.change(HUAWEI, **MENDED[HUAWEI])
        # Evidence of tunnels that are up is looked at elsewhere.
        give(job, kept, change_step="verify", verify_evidence_directory="", **machine.handed)
        machine.done["mesh, mended"] = place.run(mesh.replace("CHG0012345", "CHG0012346"))
        machine.done["run, mended"] = place.run(run.replace("CHG0012345", "CHG0012346"))
        machine.done["navigator"] = navigate(place, kept)
        machine.secrets |= wire.secrets
        return machine


def give(job: Path, kept: dict[str, str], **more: Any) -> None:
    """Variables of a job for ansible-runner: the sign-in, and where evidence goes by the guide."""
    (where,) = (block for block in blocks("yaml").values() if block.startswith("verify_evidence_directory"))
    names = {"username": "OS_USERNAME", "password": "OS_PASSWORD", "domain_name": "OS_USER_DOMAIN_NAME"}
    options = {option: kept[name] for option, name in names.items()}
    (job / "env").mkdir(parents=True, exist_ok=True)
    (job / "env" / "extravars").write_text(json.dumps({**yaml.safe_load(where), "huawei_options": options, **more}))


def navigate(place: Site, kept: dict[str, str]) -> Done:
    """A dry run, signed in as AWX does it: the fields of a credential, put into the environment by its type."""
    given: dict[str, str] = {}
    for kind in yaml.safe_load(pipelines.example("awx_credential_types.yml"))["controller_credential_types"]:
        fields = {one["id"] for one in kind["inputs"]["fields"]}
        assert set(kind["inputs"]["required"]) <= fields
        # The name of the variable in the pipelines of CI tells which value is meant.
        values = {name.strip("{} "): kept[variable] for variable, name in kind["injectors"]["env"].items()}
        assert set(values) == fields
        given |= {name: Template(text).render(values) for name, text in kind["injectors"]["env"].items()}
    return place.run(command("ansible-navigator").replace(" --ee", " --check --ee"), CHANGES="[]", TERM="dumb", **given)


def artifact_data(folder: Path) -> dict[str, Any]:
    """What set_stats hands on to the next job: in the event of the recap."""
    for path in (folder / "job_events").glob("*.json"):
        event = json.loads(path.read_text())
        if event["event"] == "playbook_on_stats":
            return dict(event["event_data"]["artifact_data"])
    return {}
