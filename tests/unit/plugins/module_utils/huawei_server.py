# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real server on loopback that plays IAM, the VPN service, and the metadata service of Huawei Cloud."""

from __future__ import annotations

import json
import threading
import time
import typing as t
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import CloudVpnError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline, HttpClient
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.api import HuaweiProvider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.signing import epoch_of, sign
from ansible_collections.netops.cloud_vpn.plugins.module_utils._provider import Fetched
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window

PROJECT = "0605768a3300d5762f8ec01a00000001"
CONNECTION = "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3"
DOMAIN = "OTC00000000001000000001"
USER, PASSWORD = "vpn-reader", "ExamplePasswordNotReal1!"
ACCESS, SECRET = "HWEXAMPLEACCESSKEY00", "ExampleSecretKeyNotReal0123456789abcdefg"
LINE = (
    "2024-12-24T07:08:32.730275+00:00 host-192-0-2-7 ipsec_ike[30085]: [192.0.2.7]IPSec tunnel negotiation fails."
    "(IfIndex=[207],PolicyName=[],SeqNum=[0],PeerAddress=[203.0.113.9],PeerPort=[500],Reason=[version mismatch])"
)


class Seen(t.NamedTuple):
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: t.Mapping[str, str]
    body: bytes

    def json(self) -> t.Any:
        return json.loads(self.body)


class Reply(t.NamedTuple):
    status: int
    body: t.Any = None
    headers: t.Mapping[str, str] = {}


def gateway(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"error_code": code, "error_msg": message, "request_id": "req-1"})


class FakeCloud:
    """``script`` answers the next requests instead (None: answer as usual). ``skew``: how far its clock is ahead."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.script: list[Reply | None] = []
        self.skew = 0.0
        self.token_life = 3600.0
        self.tokens: dict[str, float] = {}
        self.keys = {ACCESS: SECRET}
        self.projects: t.Any = [{"id": PROJECT, "name": "eu-de"}]
        self.logs: t.Any = [{"time": 1735024112, "raw_message": LINE}]
        self.agencies = {"vpn-agency"}
        self.delay = 0.0
        self._lock = threading.Lock()
        cloud = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def date_time_string(self, timestamp: float | None = None) -> str:
                return formatdate(time.time() + cloud.skew, usegmt=True)

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                seen = Seen(self.command, parts.path, dict(parse_qsl(parts.query)), self.headers, body)
                with cloud._lock:
                    cloud.seen.append(seen)
                    reply = cloud.script.pop(0) if cloud.script else None
                time.sleep(cloud.delay)
                reply = reply or cloud._answer(seen)
                data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in {"X-Request-Id": "req-1", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_PUT = do_GET

            def log_message(self, *args: t.Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def paths(self) -> list[str]:
        return [seen.path for seen in self.seen]

    def _answer(self, seen: Seen) -> Reply:
        if seen.path == "/v3/auth/tokens":
            return self._sign_in(seen)
        if seen.path == "/meta-data/latest/api/token":
            return Reply(200, b"metadata-token-1")
        if seen.path == "/openstack/latest/securitykey":
            return Reply(200, self._temporary())
        refused = self._refused(seen)
        if refused is not None:
            return refused
        if seen.path == "/v3/projects":
            return Reply(200, {"projects": self.projects})
        if seen.path == "/v3.0/OS-CREDENTIAL/securitytokens":
            return Reply(201, self._temporary())
        if seen.path.endswith("/log"):
            return Reply(200, {"logs": self.logs, "request_id": "req-1"})
        return gateway(404, "APIGW.0101", "The API does not exist")

    def _temporary(self) -> dict[str, t.Any]:
        access = f"HSTEXAMPLE{len(self.keys):010d}"
        self.keys[access] = "ExampleTemporarySecret" + access
        end = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(time.time() + self.skew + self.token_life))
        secret = {"access": access, "secret": self.keys[access], "securitytoken": "ExampleSecurityToken" + access}
        return {"credential": {**secret, "expires_at": end}}

    def _sign_in(self, seen: Seen) -> Reply:
        auth = seen.json()["auth"]
        identity = auth["identity"]
        if identity["methods"] == ["assume_role"]:
            if identity["assume_role"].get("xrole_name") not in self.agencies:
                return Reply(403, {"error": {"code": 403, "message": "not allowed", "title": "Forbidden"}})
        else:
            user = identity["password"]["user"]
            named = user.get("id") == "user-1" or (user.get("name"), user.get("domain")) == (USER, {"name": DOMAIN})
            if not named or user["password"] != PASSWORD:
                return Reply(401, {"error": {"code": 401, "message": "wrong password", "title": "Unauthorized"}})
        token = f"MIIexampletoken{len(self.tokens):04d}"
        self.tokens[token] = time.time() + self.skew + self.token_life
        end = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(self.tokens[token]))
        body: dict[str, t.Any] = {"expires_at": f"{end}.{int(self.tokens[token] % 1 * 1e6):06d}Z"}
        if "project" in (auth.get("scope") or {}):
            body["project"] = {"id": PROJECT, "name": "eu-de"}
        return Reply(201, {"token": body}, {"X-Subject-Token": token})

    def _refused(self, seen: Seen) -> Reply | None:
        token = seen.headers.get("X-Auth-Token")
        if token is not None:
            if token not in self.tokens:
                return gateway(401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail")
            if self.tokens[token] <= time.time() + self.skew:
                return gateway(401, "APIGW.0307", "The token must be updated")
            return None
        fields = dict(
            part.strip().split("=", 1)
            for part in seen.headers.get("Authorization", "").partition(" ")[2].split(",")
            if "=" in part
        )
        date, access = seen.headers.get("X-Sdk-Date", ""), fields.get("Access", "")
        if access not in self.keys:
            return gateway(401, "APIGW.0301", f"verify aksk signature fail, the ak {access} not exist")
        if abs(epoch_of(date) - time.time() - self.skew) > 900:
            return gateway(401, "APIGW.0301", "Incorrect IAM authentication information: Signature expired")
        signed = {name: seen.headers[name] for name in fields["SignedHeaders"].split(";") if name != "x-sdk-date"}
        host = seen.headers["Host"]
        query = list(seen.query.items())
        wanted = sign(seen.method, host, seen.path, query, signed, seen.body, access, self.keys[access], date).headers
        if wanted["Authorization"].rpartition("=")[2] != fields["Signature"]:
            text = "verify aksk signature fail, canonicalRequest:GET|/v5/|x-security-token:EchoedSecret"
            return gateway(401, "APIGW.0301", text)
        return None


class Desk:
    """A provider against a FakeCloud: made with options, asked for lines, closed at the end."""

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud
        self.environ = {"HOME": "/nonexistent", "CLOUD_VPN_METADATA_URL": "off"}
        self._open: list[HttpClient] = []

    def provider(self, **options: t.Any) -> HuaweiProvider:
        known = {"endpoint": self.cloud.url, "auth_url": f"{self.cloud.url}/v3", "region": "eu-de"}
        clocks = {name: options.pop(name) for name in ("now", "monotonic") if name in options}
        client = HttpClient(timeout=5, max_retries=3, backoff=lambda attempt: 0.0)
        self._open.append(client)
        return HuaweiProvider({**known, **options}, client, self.environ, **clocks)

    def fetch(self, provider: HuaweiProvider, connection: str = CONNECTION, since: float | None = None) -> Fetched:
        return provider.fetch(connection, None, Window(since, time.time()), Deadline(20))

    def close(self) -> None:
        for client in self._open:
            client.close()


def together(call: t.Callable[[], t.Any], count: int) -> list[t.Any]:
    """Results, or the CloudVpnErrors, of ``count`` calls that start at the same moment."""
    results: list[t.Any] = []
    barrier = threading.Barrier(count)

    def run() -> None:
        barrier.wait()
        try:
            results.append(call())
        except CloudVpnError as exc:
            results.append(exc)

    threads = [threading.Thread(target=run) for _number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(results) == count
    return results


BY_PASSWORD = {"username": USER, "password": PASSWORD, "domain_name": DOMAIN}
BY_KEY = {"access_key": ACCESS, "secret_key": SECRET}


@pytest.fixture
def cloud() -> t.Iterator[FakeCloud]:
    fake = FakeCloud()
    yield fake
    fake.close()


@pytest.fixture
def desk(cloud: FakeCloud) -> t.Iterator[Desk]:
    made = Desk(cloud)
    yield made
    made.close()
