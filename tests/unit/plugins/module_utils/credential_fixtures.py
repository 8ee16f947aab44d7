# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""STS, the metadata service, and a credentials URI behind one port, and a chain that asks them."""

from __future__ import annotations

import json
import pathlib
import socket
import typing as t
from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.chain import CredentialChain
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.client import Clock
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import Credentials
from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline

from .http_fixtures import RawServer, answer

ARN = "acs:ram::1234567890123456:role/reader"
KEY = {
    "AccessKeyId": "STS.id",
    "AccessKeySecret": "sts-secret",
    "SecurityToken": "sts-token",
    "Expiration": "2022-12-14T08:52:24Z",
}


class Cloud:
    """STS, the metadata service, and a credentials URI behind one port."""

    def __init__(self, serve: t.Callable[..., RawServer]) -> None:
        self.server = serve(self.script)
        self.sts: list[tuple[dict[str, str], dict[str, str], dict[str, str]]] = []
        self.refusal: dict[str, t.Any] | None = None
        self.imds_v2 = self.imds_v1 = True
        self.asked: list[str] = []

    def script(self, connection: socket.socket, request: bytes, number: int) -> None:
        head, _blank, body = request.decode().partition("\r\n\r\n")
        method, target, _version = head.split("\r\n")[0].split(" ")
        headers = {line.split(": ")[0].lower(): line.split(": ", 1)[1] for line in head.split("\r\n")[1:]}
        path = urlsplit(target).path
        self.asked.append(f"{method} {path}")
        if path == "/":
            query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
            self.sts.append((query, headers, {name: values[0] for name, values in parse_qs(body).items()}))
            done = {"RequestId": "R", "Credentials": KEY}
            found = (
                answer(json.dumps(self.refusal).encode(), "403 No")
                if self.refusal
                else answer(json.dumps(done).encode())
            )
        elif path == "/latest/api/token":
            found = answer(b"imds-token") if self.imds_v2 and method == "PUT" else answer(b"", "405 No")
        elif path.startswith("/latest/") and not (
            headers.get("x-aliyun-ecs-metadata-token") == "imds-token" or self.imds_v1
        ):
            found = answer(b"", "403 No")
        elif path == "/latest/meta-data/ram/security-credentials/":
            found = answer(b"found-role")
        elif path == "/missing" or path.endswith("/unknown"):
            found = answer(b"", "404 No")
        else:
            found = answer(json.dumps({"Code": "Success", **KEY}).encode())
        connection.sendall(found)


@pytest.fixture
def cloud(serve: t.Callable[..., RawServer]) -> Cloud:
    return Cloud(serve)


@pytest.fixture
def resolve(cloud: Cloud, client: t.Callable[..., t.Any], tmp_path: pathlib.Path) -> t.Callable[..., Credentials]:
    def run(environ: t.Mapping[str, str] | None = None, on_ecs: bool = False, **options: t.Any) -> Credentials:
        chain = CredentialChain(
            options,
            environ or {},
            client(max_retries=1),
            Clock(lambda: 1671004344.0),
            cloud.server.url,
            home=str(tmp_path),
            metadata_url=cloud.server.url,
            on_ecs=lambda: on_ecs,
        )
        return chain.resolve(Deadline(5))

    return run


def cli(home: pathlib.Path, *profiles: dict[str, t.Any], current: str = "default") -> pathlib.Path:
    """Write the CLI's file of profiles."""
    path = home / ".aliyun" / "config.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"current": current, "profiles": profiles}))
    return path


def ini(home: pathlib.Path, text: str) -> pathlib.Path:
    """Write the SDKs' ini file."""
    path = home / ".alibabacloud" / "credentials.ini"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path
