# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook about signing in to a real Keystone, with VPN services that ask it about every token."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import plays
import requests
from plays import Played, module

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = ROOT / "tests" / "integration" / "keystone" / "launch_keystone.py"
sys.path.insert(0, str(LAUNCHER.parent))

from test_keystone_sign_in import PYTHON, Vpn, launch, totp  # noqa: E402  (beside the launcher)

IDS = [f"98c5af8a-1f0e-4c7b-9a86-ae2280a6f4{number:02d}" for number in range(20)]
LIFE, ATTEMPTS = 6, 3
GIVEN = os.environ.get("CLOUD_VPN_KEYSTONE_PYTHON")


class Watched(Vpn):
    """Knows which tokens it was shown; ``revoke_at``: the token of that request is revoked just before it is looked at."""

    def __init__(self, keystone: dict[str, Any], revoke_at: int = 0) -> None:
        self.tokens: list[str] = []
        self._revoke_at = revoke_at
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = keystone["ca_file"]
        super().__init__(keystone)

    def request(self, method: str, token: str) -> requests.Response:
        headers = {"X-Auth-Token": token, "X-Subject-Token": token}
        return self._session.request(method, f"{self._keystone['auth_url']}/auth/tokens", headers=headers, timeout=30)

    def knows(self, token: str, project_id: str) -> bool:
        self.tokens.append(token)
        if len(self.tokens) == self._revoke_at:
            self.request("DELETE", token)
        return super().knows(token, project_id)


class Result(NamedTuple):
    played: Played
    vpns: dict[str, Watched]
    keystone: dict[str, Any]
    failed_attempts: int


@contextmanager
def servers(home: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Two Keystones on one database: tokens that live an hour, and tokens that live some seconds.

    To make the database takes most of the time, so that it is kept for the next run where there is a place for it.
    """
    assert PYTHON.exists(), f"{PYTHON} is missing"
    kept = os.environ.get("CLOUD_VPN_WORK")
    version = hashlib.sha256(LAUNCHER.read_bytes()).hexdigest()[:12]
    base = Path(kept, "cache", f"keystone-{version}") if kept else home / "keystone"
    base.mkdir(parents=True, exist_ok=True)
    for old in base.glob("*.json"):
        old.unlink()
    if not (base / "work" / "seeded.json").exists():
        shutil.rmtree(base / "work", ignore_errors=True)
    started: list[subprocess.Popen[bytes]] = []
    try:
        ready = []
        for name, life, attempts in (("long", 3600, ATTEMPTS), ("short", LIFE, 0)):
            lock = ("--lockout-attempts", str(attempts), "--lockout-seconds", "600")
            server, found = launch(base / "work", name, "--expiration", str(life), *lock)
            started.append(server)
            ready.append(found)
        yield ready[0], ready[1]
    finally:
        for server in started:
            server.terminate()
        for server in started:
            server.wait(20)


def run(home: Path) -> Result:
    vpns: dict[str, Watched] = {}
    with servers(home) as (ready, short):

        def task(name: str, count: int, keystone: dict[str, Any], revoke_at: int = 0, **options: Any) -> plays.Task:
            vpns[name] = Watched(keystone, revoke_at)
            where = {"auth_url": keystone["auth_url"], "ca_path": keystone["ca_file"], "endpoint": vpns[name].url}
            # One request at a time, so that what is revoked is known.
            return module(
                "huawei", **where, vpn_connection_ids=IDS[:count], concurrency=1 if revoke_at else 8, **options
            )

        by_name = {name: ready[name] for name in ("username", "password", "domain_name")}
        by_id = {name: ready[name] for name in ("user_id", "password", "project_id")}
        mfa = {name: ready["mfa"][name] for name in ("user_id", "password")}
        code = totp(ready["mfa"]["totp_secret"])
        wait = {"wait": True, "wait_timeout": 2 * LIFE, "wait_sleep": 1}
        wrong = {**by_name, "password": "not-the-password-of-it"}
        tasks = {
            "passcode": task("passcode", 1, ready, region="eu-de", **mfa, domain_id=ready["domain_id"], passcode=code),
            "names": task("names", 20, ready, region="eu-de", **by_name),
            "IDs": task("IDs", 1, ready, **by_id),
            "revoked": task("revoked", 4, ready, revoke_at=2, region="eu-de", **by_name),
            "short life": task("short life", 1, short, region="eu-de", **by_name, **wait),
            "wrong": task("wrong", 20, ready, region="eu-de", **wrong),
        }
        played = plays.play(None, home, tasks, "-vvv")
        with sqlite3.connect(ready["database"]) as database:
            query = "select failed_auth_count from local_user where name = ?"
            failed = int(database.execute(query, (ready["username"],)).fetchone()[0] or 0)
        for vpn in vpns.values():
            vpn.close()
        return Result(played, vpns, ready, failed)
