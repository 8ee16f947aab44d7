# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in to a real Keystone, with a VPN service that asks it about every token.

Needs a virtual environment with requirements.txt: its Python is CLOUD_VPN_KEYSTONE_PYTHON, or .work/keystone/bin/python
of the checkout.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import struct
import subprocess
import threading
import time
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import AuthError, CloudVpnError, OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline, HttpClient
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.api import HuaweiProvider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window

HERE = Path(__file__).resolve().parent
PYTHON = Path(os.environ.get("CLOUD_VPN_KEYSTONE_PYTHON") or HERE.parents[2] / ".work" / "keystone" / "bin" / "python")
CONNECTION = "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3"
SHORT, ATTEMPTS = 6, 3

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason=f"there is no Keystone: {PYTHON} is missing")


def launch(work: Path, name: str, *args: str) -> tuple[subprocess.Popen[bytes], dict[str, t.Any]]:
    ready = work.parent / f"{name}.json"
    command = [
        str(PYTHON),
        str(HERE / "launch_keystone.py"),
        "--work-dir",
        str(work),
        "--ready-file",
        str(ready),
        *args,
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not ready.exists():
        assert server.poll() is None, "Keystone did not start"
        assert time.monotonic() < deadline, "Keystone is too slow"
        time.sleep(0.1)
    return server, json.loads(ready.read_text())


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[dict[str, dict[str, t.Any]]]:
    """Two servers on one database: tokens that live an hour, and tokens that live some seconds."""
    work = tmp_path_factory.mktemp("keystone") / "work"
    lock = ("--lockout-attempts", str(ATTEMPTS), "--lockout-seconds", "2")
    started, ready = [], {}
    try:
        for name, life in (("long", 3600), ("short", SHORT)):
            server, ready[name] = launch(work, name, "--expiration", str(life), *lock)
            started.append(server)
        yield ready
    finally:
        for server in started:
            server.terminate()
        for server in started:
            server.wait(20)


class Vpn:
    """A VPN service without a log that takes the tokens which Keystone takes for the project of the path."""

    def __init__(self, keystone: dict[str, t.Any]) -> None:
        vpn = self
        self.statuses: list[int] = []
        self._keystone = keystone

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                known = vpn.knows(self.headers["X-Auth-Token"], self.path.split("/")[2])
                vpn.statuses.append(200 if known else 401)
                refusal = {"error_code": "APIGW.0307", "error_msg": "The token must be updated", "request_id": "r"}
                body = json.dumps(
                    {"logs": [{"time": 1735024112, "raw_message": "line"}]} if known else refusal
                ).encode()
                self.send_response(vpn.statuses[-1])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: t.Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def request(self, method: str, token: str) -> requests.Response:
        url, ca_file = self._keystone["auth_url"], self._keystone["ca_file"]
        headers = {"X-Auth-Token": token, "X-Subject-Token": token}
        return requests.request(method, f"{url}/auth/tokens", headers=headers, verify=ca_file, timeout=30)

    def knows(self, token: str, project_id: str) -> bool:
        answer = self.request("GET", token)
        return answer.status_code == 200 and answer.json()["token"]["project"]["id"] == project_id

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Task:
    """One task against one of the servers."""

    def __init__(self, keystone: dict[str, t.Any], tmp_path: Path) -> None:
        self.keystone = keystone
        self.vpn = Vpn(keystone)
        self.clients: list[HttpClient] = []
        self.by_name = {name: keystone[name] for name in ("username", "password", "domain_name")}
        self._environ = {"HOME": str(tmp_path), "CLOUD_VPN_METADATA_URL": "off"}

    def provider(self, **options: t.Any) -> HuaweiProvider:
        where = {"endpoint": self.vpn.url, "auth_url": self.keystone["auth_url"], "region": "eu-de"}
        self.clients.append(HttpClient(ca_path=self.keystone["ca_file"], timeout=30))
        return HuaweiProvider({**where, **options}, self.clients[-1], self._environ)

    def fetch(self, provider: HuaweiProvider) -> int:
        fetched = provider.fetch(CONNECTION, None, Window(None, time.time()), Deadline(60))
        return len(fetched.batches[0].lines)

    def failed_attempts(self) -> int:
        with sqlite3.connect(self.keystone["database"]) as database:
            query = "select failed_auth_count from local_user where name = ?"
            return int(database.execute(query, (self.keystone["username"],)).fetchone()[0] or 0)

    def close(self) -> None:
        self.vpn.close()
        for client in self.clients:
            client.close()


@pytest.fixture(params=["long"])
def task(request: pytest.FixtureRequest, servers: dict[str, t.Any], tmp_path: Path) -> t.Iterator[Task]:
    made = Task(servers[request.param], tmp_path)
    yield made
    made.close()


short = pytest.mark.parametrize("task", ["short"], indirect=True)


def totp(secret: str) -> str:
    """RFC 6238, as an authenticator app does it."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 1000000:06d}"


def test_by_names(task: Task) -> None:
    provider = task.provider(**task.by_name)
    assert task.fetch(provider) == 1
    assert task.fetch(task.provider(**task.by_name, project_name="eu-de_branch", region=None)) == 1
    assert task.vpn.statuses == [200, 200]


def test_by_ids(task: Task) -> None:
    ids = {name: task.keystone[name] for name in ("user_id", "password", "project_id")}
    assert task.fetch(task.provider(**ids)) == 1
    mixed = {name: task.keystone[name] for name in ("username", "password", "domain_id", "project_id")}
    assert task.fetch(task.provider(**mixed)) == 1


@pytest.mark.parametrize("ending", ["", "/"])
def test_spellings_of_auth_url(task: Task, ending: str) -> None:
    bare = task.keystone["auth_url"].replace("https://", "")
    assert task.fetch(task.provider(**task.by_name, auth_url=bare + ending)) == 1
    assert task.fetch(task.provider(**task.by_name, auth_url=bare.replace("/v3", "") + ending)) == 1


def test_passcode(task: Task) -> None:
    mfa = task.keystone["mfa"]
    ids = {"user_id": mfa["user_id"], "password": mfa["password"], "domain_id": task.keystone["domain_id"]}
    with pytest.raises(AuthError, match="give user_id .* and a valid passcode"):
        task.fetch(task.provider(**ids))
    assert task.fetch(task.provider(**ids, passcode=totp(mfa["totp_secret"]))) == 1


@short
def test_token_ends_between_looks(task: Task) -> None:
    """Renewed before its end: the VPN service does not see a dead one, unless it dies on the way on a busy machine."""
    provider = task.provider(**task.by_name)
    end = time.monotonic() + 2 * SHORT
    while time.monotonic() < end:
        assert task.fetch(provider) == 1
        time.sleep(0.4)
    assert set(task.vpn.statuses) <= {200, 401}
    assert task.vpn.statuses.count(401) <= 1


@short
def test_given_token_ends(task: Task) -> None:
    own = task.provider(**task.by_name)
    own.prepare(Deadline(60))
    token = own._session._authority.take(Deadline(5)).token  # type: ignore[union-attr]
    given = task.provider(token=token, project_id=task.keystone["project_id"])
    assert task.fetch(given) == 1
    time.sleep(SHORT + 1.5)
    with pytest.raises(AuthError, match="cannot be renewed here") as caught:
        task.fetch(given)
    assert token and token not in str(caught.value)
    assert task.fetch(own) == 1


def test_revoked_token(task: Task) -> None:
    provider = task.provider(**task.by_name)
    task.fetch(provider)
    token = provider._session._authority.take(Deadline(5)).token  # type: ignore[union-attr]
    assert task.vpn.request("DELETE", str(token)).status_code == 204
    assert task.fetch(provider) == 1
    assert task.vpn.statuses == [200, 401, 200]


def test_wrong_password_is_tried_once(task: Task) -> None:
    assert task.failed_attempts() == 0
    provider = task.provider(**{**task.by_name, "password": "not-the-password"})
    errors: list[CloudVpnError] = []

    def run() -> None:
        try:
            task.fetch(provider)
        except CloudVpnError as exc:
            errors.append(exc)

    threads = [threading.Thread(target=run) for _number in range(3 * ATTEMPTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [error.kind for error in errors] == ["auth"] * 3 * ATTEMPTS
    assert task.failed_attempts() == 1
    assert not task.vpn.statuses
    # Not locked: the right one still works, and clears the counter.
    assert task.fetch(task.provider(**task.by_name)) == 1
    assert task.failed_attempts() == 0


def test_wrong_domain_project_and_url(task: Task) -> None:
    for wrong in ({"domain_name": "OTC00000000001000000009"}, {"project_name": "eu-de_other"}):
        with pytest.raises(AuthError, match="IAM does not say which"):
            task.fetch(task.provider(**{**task.by_name, **wrong}))
    with pytest.raises(OptionsError, match="check auth_url"):
        task.fetch(task.provider(**task.by_name, auth_url=task.keystone["auth_url"].replace("/v3", "/identity")))
    assert not task.vpn.statuses


def test_token_cache(task: Task, tmp_path: Path) -> None:
    cached = {**task.by_name, "token_cache": str(tmp_path / "tokens")}
    first, second = task.provider(**cached), task.provider(**cached)
    assert task.fetch(first) == task.fetch(second) == 1
    assert [client.requests_sent for client in task.clients] == [2, 1]
    (entry,) = (path for path in (tmp_path / "tokens").iterdir() if path.suffix != ".lock")
    assert task.vpn.request("DELETE", json.loads(entry.read_text())["token"]).status_code == 204
    assert task.fetch(task.provider(**cached)) == 1
    assert task.clients[-1].requests_sent == 3
