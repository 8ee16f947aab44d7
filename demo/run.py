#!/usr/bin/env python
# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Play a change on both clouds: healthy, broken by a wrong pre-shared key, found out, mended, up again.

Real ansible-playbook, real HTTPS, real signatures; only the clouds are simulated. Exit code 0 only if every step came out
as it should. "make demo" prepares what this needs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

from simulator.client import Control, Simulator  # noqa: E402

WORK = Path(os.environ.get("CLOUD_VPN_WORK") or HERE.parent / ".work") / "demo"
CLOUDS = ("alibaba", "huawei")
LIMIT = 90  # seconds for one playbook
# Recorded sessions of real daemons, printed again with the time of the demo.
BROKEN = {
    "alibaba": {"session": "iked/v1_psk_mismatch_resp.debug", "speed": 6},
    "huawei": {"session": "vrp/psk_wrong", "speed": 30},
}
MENDED = {
    "alibaba": {"session": "iked/v2_up_resp.debug", "begins": "+4s"},
    "huawei": {"session": "vrp/psk_fixed", "speed": 10},
}
REASONS = ("psk_mismatch", "authentication_failed")


class Unexpected(Exception):
    """A step did not come out as it should."""


class Story:
    """The steps of the demo against one simulator."""

    def __init__(self, control: Control) -> None:
        ready = control.ready
        self.connections = {cloud: ready[cloud]["connections"][0] for cloud in CLOUDS}
        self.variables: dict[str, Any] = {
            "control": control.url,
            "ca_file": ready["ca_file"],
            "alibaba": {
                "connection": self.connections["alibaba"],
                "endpoint": ready["alibaba"]["https"],
                **{key: ready["alibaba"][key] for key in ("region", "access_key_id", "access_key_secret")},
            },
            "huawei": {
                "connection": self.connections["huawei"],
                "endpoint": ready["huawei"]["https"],
                "region": ready["huawei"]["region"],
                "project_name": ready["huawei"]["project_name"],
                **{key: ready["iam"][key] for key in ("auth_url", "username", "password", "domain_name")},
            },
        }
        self.number = 0

    def play(self, title: str, playbook: str, *, succeeds: bool, **variables: Any) -> None:
        """Announce a step, run a playbook, and insist on how it ends."""
        self.number += 1
        print(f"\n{self.number}. {title}", flush=True)
        settings = WORK / f"step-{self.number}.json"
        settings.touch(mode=0o600)
        settings.write_text(json.dumps({**self.variables, **variables}), encoding="utf-8")
        command = ["ansible-playbook", str(HERE / playbook), "--extra-vars", f"@{settings}"]
        env = {**os.environ, "ANSIBLE_CONFIG": str(HERE / "ansible.cfg")}
        code = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, timeout=LIMIT, check=False).returncode
        # 2: a task failed on a host. Anything else would be trouble with the playbook itself.
        if code != (0 if succeeds else 2):
            raise Unexpected(f"step {self.number}: {playbook} ended with exit code {code}")

    def verify(
        self, title: str, *, succeeds: bool, since: str, patience: int = 0, fail_fast: bool = False
    ) -> dict[str, dict[str, Any]]:
        """Run the verification and return the records by cloud."""
        report = WORK / "records.json"
        report.unlink(missing_ok=True)
        options = {"since": since, "patience": patience, "fail_fast": fail_fast, "report": str(report)}
        self.play(title, "verify.yml", succeeds=succeeds, **options)
        facts = json.loads(report.read_text(encoding="utf-8"))
        return {cloud: fact[self.connections[cloud]] for cloud, fact in zip(CLOUDS, facts)}

    def change(self, title: str, parts: dict[str, dict[str, Any]]) -> None:
        changes = [{"id": self.connections[cloud], **parts[cloud]} for cloud in CLOUDS]
        self.play(title, "change.yml", succeeds=True, changes=changes)


def insist(what: str, good: bool) -> None:
    if not good:
        raise Unexpected(what)


def marker(records: dict[str, dict[str, Any]]) -> str:
    """The clouds' own time of a moment before the change: only what comes after it counts."""
    return min(str(record["server_time"]) for record in records.values())


def tell(control: Control) -> None:
    story = Story(control)
    before = story.verify("Before the change: both tunnels are up", succeeds=True, since="")
    insist("a tunnel was not up before the change", all(r["health"]["state"] == "up" for r in before.values()))

    story.change("The change: a new pre-shared key, mistyped on the customer's gateway", BROKEN)
    title = "Verify the change: it must be found out"
    broken = story.verify(title, succeeds=False, since=marker(before), patience=20, fail_fast=True)
    for cloud, record in broken.items():
        health = record["health"]
        insist(f"{cloud}: {health['state']} is not 'down'", health["state"] == "down")
        insist(f"{cloud}: the reason {health['reason']} has nothing to do with the key", health["reason"] in REASONS)
        insist(f"{cloud}: no hint or no evidence", bool(health["hint"]) and bool(health["evidence"]))

    story.change("The fix: the right pre-shared key", MENDED)
    after = story.verify("Verify the fix: wait until both are up", succeeds=True, since=marker(broken), patience=40)
    for cloud, record in after.items():
        insist(f"{cloud}: not up after the fix", record["health"]["state"] == "up")
        insist(f"{cloud}: the record is older than the fix", record["fetched_at"] > broken[cloud]["fetched_at"])


def main() -> int:
    start = time.monotonic()
    WORK.mkdir(parents=True, exist_ok=True)
    try:
        with Simulator() as control:
            tell(control)
    except (Unexpected, OSError, subprocess.SubprocessError, KeyError, ValueError) as problem:
        print(f"\nThe demo FAILED: {problem}", flush=True)
        return 1
    print(f"\nDemo: 5 steps came out as they should, in {time.monotonic() - start:.0f} s.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
