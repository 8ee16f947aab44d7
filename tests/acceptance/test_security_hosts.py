# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No request leaves for a host that the options did not name, and no secret is in an address."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from fetching import MANY, fetch, many_pages, options_for, rule
from listening import listening
from running import run_module

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import options_of
from ansible_collections.netops.cloud_vpn.plugins.module_utils._validate import validate
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window
from simulator.client import Control

UUID = "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3"


def strays(simulator: Control) -> Any:
    return simulator.requests(service="witness")


@pytest.mark.parametrize(
    ("status", "scheme"), [(301, "http"), (302, "https"), (303, "http"), (307, "https"), (308, "http")]
)
@pytest.mark.parametrize("service", ["alibaba", "huawei", "iam", "project", "sts"])
def test_redirects_are_not_followed(simulator: Control, service: str, status: int, scheme: str) -> None:
    window, _lines = many_pages(simulator)
    target = simulator.ready["witness"][scheme] + "/v3/auth/tokens?x=1"
    name = "iam" if service == "project" else service
    simulator.plan(rule("redirect", at="*", service=name, to=target, status=status))
    cloud = "alibaba" if service in ("alibaba", "sts") else "huawei"
    more: dict[str, Any] = {}
    if service == "project":
        place = simulator.ready["huawei"]
        more = {
            "access_key": place["access_key"],
            "secret_key": place["secret_key"],
            "username": None,
            "password": None,
        }
    if service == "sts":
        role = {"role_arn": simulator.ready["alibaba"]["roles"][0], "session_name": "test", "session_expiration": 900}
        more = {"sts": simulator.ready["sts"]["https"], "assume_role": role}
    outcome = fetch(simulator, cloud, MANY if cloud == "alibaba" else UUID, window, 5, **more)
    assert outcome.error is not None and outcome.error.kind == "protocol" and outcome.error.attempts == 1
    assert "127.0.0.2" in str(outcome.error) and "x=1" not in str(outcome.error)
    assert not strays(simulator) and outcome.error.http_status == status


def test_addresses_in_answers_are_not_called(simulator: Control) -> None:
    window, _lines = many_pages(simulator)
    there = simulator.ready["witness"]["http"]
    body = {
        "Code": "InternalError",
        "Message": f"see {there}/help",
        "RequestId": "5EAF",
        "HostId": urlsplit(there).netloc,
        "Recommend": f"{there}/api?q=InternalError",
    }
    simulator.plan(
        rule("status", at="*", status=500, body=json.dumps(body), headers={"Location": there, "Link": there})
    )
    outcome = fetch(simulator, "alibaba", MANY, window, 5, max_retries=1)
    assert outcome.error is not None and outcome.error.kind == "api" and not strays(simulator)


def test_catalog_of_a_token_is_not_used(simulator: Control) -> None:
    there = simulator.ready["witness"]["http"]
    endpoint = {"url": there + "/v5/%(project_id)s", "interface": "public", "region": "eu-de", "region_id": "eu-de"}
    token = {
        "token": {
            "catalog": [{"type": kind, "name": kind, "endpoints": [endpoint]} for kind in ("vpn", "vpc", "iam")],
            "project": {"id": simulator.ready["huawei"]["project_id"], "name": "eu-de"},
            "expires_at": "2999-01-01T00:00:00.000000Z",
        }
    }
    simulator.plan(rule("body", service="iam", body=token, status=201))
    now = simulator.now()
    outcome = fetch(simulator, "huawei", UUID, Window(now - 9999, now), 5)
    assert outcome.error is None and not strays(simulator)


NOT_REGIONS = [
    "eu-central-1@127.0.0.2",
    "127.0.0.2:8443#",
    "127.0.0.2/",
    "x.example.com/a?",
    "eu-central-1.",
    "eu-central-1\r\nHost: 127.0.0.2",
    "eu-central-1\n",
    "eu central",
    "\uff45u-de",
    "..",
    "%2e%2e",
    "[::1]",
    "a" * 300,
]


@pytest.mark.parametrize("region", NOT_REGIONS)
@pytest.mark.parametrize("cloud", ["alibaba", "huawei"])
def test_region_is_no_host(simulator: Control, cloud: str, region: str) -> None:
    now = simulator.now()
    one = MANY if cloud == "alibaba" else UUID
    outcome = fetch(simulator, cloud, one, Window(now - 60, now), 2, region=region, endpoint=None, max_retries=0)
    assert outcome.error is not None and outcome.error.kind == "options", outcome.error
    assert "region" in str(outcome.error) and str(outcome.error).isprintable() and not outcome.asked


NOT_ENDPOINTS = [
    "https://user@127.0.0.2",
    "https://vpc.aliyuncs.com:pw@127.0.0.2/",
    "https://127.0.0.1\\@127.0.0.2",
    "https://127.0.0.1#@127.0.0.2",
    "https://127.0.0.1?@127.0.0.2",
    "https://127.0.0.1%2f@127.0.0.2",
    "https://127.0.0.1/../@x",
    "https://127.0.0.1\r\nHost: x",
    "https://127.0.0.1\t.example.com",
    "https://exa\u043cple.com",
    "http://vpc.eu-central-1.aliyuncs.com",
    "http://169.254.169.254",
    "http://127.1",
    "http://0x7f000001",
    "http://2130706433",
    "http://[::ffff:192.0.2.1]",
    "http://[fe80::1%25eth0]",
    "https://[::1",
    "https://[::1]x:443",
    "file:///etc/passwd",
    "gopher://127.0.0.2",
    "https://",
    "https://:443",
    "//127.0.0.2",
    "https:///127.0.0.2",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
    "https://127.0.0.1:99999",
    "https://127.0.0.1:8443:9",
]


@pytest.mark.parametrize("endpoint", NOT_ENDPOINTS)
@pytest.mark.parametrize("option", ["endpoint", "auth_url"])
def test_endpoints_that_are_none(simulator: Control, option: str, endpoint: str) -> None:
    now = simulator.now()
    cloud, one = ("alibaba", MANY) if option == "endpoint" else ("huawei", UUID)
    outcome = fetch(simulator, cloud, one, Window(now - 60, now), 2, **{option: endpoint, "max_retries": 0})
    assert outcome.error is not None and outcome.error.kind == "options", outcome.error
    assert option in str(outcome.error) and str(outcome.error).isprintable() and not outcome.asked
    assert "pw@" not in str(outcome.error)


@pytest.mark.parametrize(
    ("cloud", "option", "value"),
    [
        ("alibaba", "vpn_connection_ids", ["vco-m5e\r\nHost: x"]),
        ("alibaba", "vpn_connection_ids", ["vco-m5e&Action=DeleteVpnConnection"]),
        ("alibaba", "vpn_connection_ids", ["vco-m5e\n"]),
        ("alibaba", "tunnel_ids", ["tun-1\r\nx: y"]),
        ("alibaba", "access_key_id", "LTAI5tExample\n"),
        ("alibaba", "access_key_secret", "Example\r\nx-acs-security-token: y"),
        ("alibaba", "security_token", "CAIS\nx: y"),
        ("huawei", "vpn_connection_ids", [UUID + "\r\n"]),
        ("huawei", "vpn_connection_ids", ["../../v3/projects"]),
        ("huawei", "vpn_connection_ids", [UUID + "/../../x"]),
        ("huawei", "project_id", "0605\r\nX-Auth-Token: x"),
        ("huawei", "project_id", "../.."),
        ("huawei", "token", "MIIF\r\nHost: 127.0.0.2"),
        ("huawei", "access_key", "HWEXAMPLE\n"),
    ],
)
def test_line_breaks_and_paths_in_ids(simulator: Control, tmp_path: Path, cloud: str, option: str, value: Any) -> None:
    """What cannot be an ID never gets into an address or a header; neither the checks nor the provider let it pass."""
    now = simulator.now()
    args = options_for(simulator.ready, cloud, vpn_connection_ids=[MANY if cloud == "alibaba" else UUID])
    if option in ("token", "access_key", "project_id"):
        args = {name: args[name] for name in args if name not in ("username", "password", "domain_name")}
        args.update({"token": "MIIFexample", "project_id": "0605768a3300d5762f8ec01a00000001"})
        if option == "access_key":
            args.update(token=None, secret_key="ExampleHuaweiSecretKeyNotReal0123456789a")
    args[option] = value
    try:
        options = validate({**_defaults(cloud), **args}, cloud, {}, now)
    except OptionsError as exc:
        assert str(exc).isprintable()
        return
    one = options["vpn_connection_ids"][0]
    given = {name: options[name] for name in args if name in options}
    # The sign-in given here is all there is: what fetch() would add is taken out.
    nothing = dict.fromkeys(("username", "password", "domain_name"))
    outcome = fetch(simulator, cloud, one, Window(now - 60, now), 2, **{**nothing, **given, "max_retries": 0})
    assert outcome.error is not None and not outcome.asked


def _defaults(cloud: str) -> dict[str, Any]:
    return {option.name: option.default for option in options_of(cloud)}


def test_no_secret_in_an_address(simulator: Control) -> None:
    window, lines = many_pages(simulator)
    outcome = fetch(simulator, "alibaba", MANY, window, 10, **simulator.ready["alibaba"]["sts"])
    assert outcome.error is None and len(outcome.lines) == len(lines)
    secrets = list(simulator.ready["alibaba"]["sts"].values())
    for request in outcome.asked:
        assert request["scheme"] == "v3" and "ignature" not in request["url"]
        assert not [secret for secret in secrets if secret in request["url"]]


def test_no_secret_in_an_address_of_huawei(simulator: Control) -> None:
    now = simulator.now()
    outcome = fetch(simulator, "huawei", UUID, Window(now - 9999, now), 5)
    tokens = json.dumps(simulator.tokens())
    assert outcome.error is None and len(tokens) > 10
    password = simulator.ready["iam"]["password"]
    assert not [r for r in outcome.asked if password in r["url"] or "token" in urlsplit(r["url"]).query.lower()]


def test_nothing_but_the_options_is_asked(simulator: Control, tmp_path: Path) -> None:
    """A whole module run, with every address the environment could add pointing to the witness."""
    there = simulator.ready["witness"]["http"]
    many_pages(simulator)
    args = options_for(simulator.ready, "alibaba", vpn_connection_ids=[MANY], ca_path=simulator.ready["ca_file"])
    environment = {
        "ALIBABA_CLOUD_CREDENTIALS_URI": there + "/credentials",
        "ALIBABA_CLOUD_ECS_METADATA": "role",
        "OS_AUTH_URL": there + "/v3",
        "NETRC": str(tmp_path / "netrc"),
    }
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ExampleUser password ExampleNetrcPassword\n", "utf-8")
    run = run_module("alibaba", args, tmp_path / "run", **environment)
    assert run.status == 0, run.stdout
    assert not strays(simulator)
    assert {request["service"] for request in simulator.requests()} == {"alibaba"}


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
@pytest.mark.parametrize("form", ["[::1]", "[0:0:0:0:0:0:0:1]"])
def test_ipv6_literal(simulator: Control, tmp_path: Path, form: str) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 loopback here")
    now = simulator.now()
    with listening(tmp_path, "::1", "::1") as place:
        url = f"https://{form}:{place.port}"
        outcome = fetch(
            simulator, "alibaba", MANY, Window(now - 60, now), 5, endpoint=url, ca_path=place.ca_file, max_retries=0
        )
    assert outcome.error is None, outcome.error
    assert {head["host"] for head in place.heads} == {f"[::1]:{place.port}"}
    assert all(head["authorization"].startswith("ACS3-HMAC-SHA256") for head in place.heads)
