# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated Huawei gateway and IAM."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

from simulator.client import Control

DOMAIN, OTHER_DOMAIN = "OTC00000000001000000001", "OTC00000000001000000002"
PROJECT_NAME = {"project": {"name": "eu-de", "domain": {"name": DOMAIN}}}


def auth(ready: dict[str, Any], scope: Any = "project", password: str | None = None, **user: Any) -> dict[str, Any]:
    iam = ready["iam"]
    named = user or {"name": iam["username"], "domain": {"name": iam["domain_name"]}}
    body: dict[str, Any] = {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {"user": {**named, "password": password or iam["password"]}},
            }
        }
    }
    if scope:
        body["auth"]["scope"] = PROJECT_NAME if scope == "project" else scope
    return body


def sign_in(session: requests.Session, ready: dict[str, Any], body: dict[str, Any], **more: Any) -> requests.Response:
    return session.post(f"{ready['iam']['auth_url']}/auth/tokens", json=body, timeout=10, **more)


def log_url(ready: dict[str, Any], connection: str | None = None, project: str | None = None) -> str:
    cloud = ready["huawei"]
    return f"{cloud['https']}/v5/{project or cloud['project_id']}/vpn-connection/{connection or cloud['connections'][0]}/log"


def signed(
    session: requests.Session, url: str, access: str, secret: str, shift: float = 0.0, **headers: str
) -> requests.Response:
    parts = urlsplit(url)
    request = SdkRequest(
        method="GET",
        schema="https",
        host=parts.netloc,
        resource_path=parts.path,
        query_params=parse_qsl(parts.query),
        header_params={"X-Sdk-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + shift)), **headers},
        body="",
    )
    Signer(SimpleNamespace(ak=access, sk=secret)).sign(request)
    return session.get(url, headers=request.header_params, timeout=10)


@pytest.fixture
def token(simulator: Control, session: requests.Session) -> str:
    return sign_in(session, simulator.ready, auth(simulator.ready)).headers["X-Subject-Token"]


def test_password_by_names(simulator: Control, session: requests.Session) -> None:
    answer = sign_in(session, simulator.ready, auth(simulator.ready), params={"nocatalog": "1"})
    body = answer.json()["token"]
    assert answer.status_code == 201 and len(answer.headers["X-Subject-Token"]) == 4700
    assert body["project"]["id"] == simulator.ready["huawei"]["project_id"] and "catalog" not in body
    logs = session.get(
        log_url(simulator.ready), headers={"X-Auth-Token": answer.headers["X-Subject-Token"]}, timeout=10
    ).json()["logs"]
    assert [log["raw_message"] for log in logs] == [
        raw for _t, raw in simulator.lines(simulator.ready["huawei"]["connections"][0])
    ]


@pytest.mark.parametrize(
    "scope",
    [{"project": {"id": "0605768a3300d5762f8ec01a00000001"}}, {"project": {"name": "eu-de"}}],
    ids=["id", "name"],
)
def test_password_by_id(simulator: Control, session: requests.Session, scope: Any) -> None:
    answer = sign_in(session, simulator.ready, auth(simulator.ready, scope, id=simulator.ready["iam"]["user_id"]))
    assert answer.json()["token"]["project"]["name"] == "eu-de"


def test_unknown_project_and_no_scope(simulator: Control, session: requests.Session) -> None:
    answer = sign_in(session, simulator.ready, auth(simulator.ready, {"project": {"name": "eu-nl"}}))
    assert answer.status_code == 400 and answer.json()["error"]["code"] == 400
    answer = sign_in(session, simulator.ready, auth(simulator.ready, None))
    assert "project" not in answer.json()["token"]


def test_lock_out(simulator: Control, session: requests.Session) -> None:
    simulator.config(huawei={"iam_error_shape": "v3.0"})
    codes = [
        sign_in(session, simulator.ready, auth(simulator.ready, password="wrong")).json()["error_code"]
        for _n in range(6)
    ]
    assert codes == ["IAM.0062"] * 5 + ["IAM.0061"]
    assert sign_in(session, simulator.ready, auth(simulator.ready)).json()["error_code"] == "IAM.0061"


def test_second_factor_and_console_only(simulator: Control, session: requests.Session) -> None:
    ready = simulator.ready
    user = "0a8f768a3300d5762f8ec01a00000002"
    body = auth(ready, password="ExampleHuaweiPasswordNotReal2!", id=user)
    assert sign_in(session, ready, body).status_code == 401
    body["auth"]["identity"]["methods"].append("totp")
    body["auth"]["identity"]["totp"] = {"user": {"id": user, "passcode": "123456"}}
    assert sign_in(session, ready, body).json()["token"]["mfa_authn_at"]
    body = auth(ready, password="ExampleHuaweiPasswordNotReal3!", id="0a8f768a3300d5762f8ec01a00000003")
    assert sign_in(session, ready, body).status_code == 403


def test_agency(simulator: Control, session: requests.Session, token: str) -> None:
    body = {
        "auth": {
            "identity": {
                "methods": ["assume_role"],
                "assume_role": {"domain_name": OTHER_DOMAIN, "agency_name": "vpn-agency"},
            },
            "scope": {"project": {"name": "eu-de", "domain": {"name": OTHER_DOMAIN}}},
        }
    }
    answer = sign_in(session, simulator.ready, body, headers={"X-Auth-Token": token})
    assert answer.json()["token"]["project"]["id"] == "0605768a3300d5762f8ec01a00000003"
    assert "assumed_by" in answer.json()["token"]
    assert sign_in(session, simulator.ready, body).status_code == 401


def test_token_life(simulator: Control, session: requests.Session, token: str) -> None:
    def code(value: str | None) -> Any:
        headers = {} if value is None else {"X-Auth-Token": value}
        answer = session.get(log_url(simulator.ready), headers=headers, timeout=10)
        return answer.json().get("error_code", answer.status_code)

    assert code(token) == 200
    assert code("MIIunknown") == "APIGW.0301" and code(None) == "APIGW.0301"
    simulator.expire_tokens()
    assert code(token) == "APIGW.0301"
    fresh = sign_in(session, simulator.ready, auth(simulator.ready)).headers["X-Subject-Token"]
    simulator.revoke_tokens(fresh)
    assert code(fresh) == "APIGW.0307"
    simulator.config(huawei={"token_seconds": 60})
    short = sign_in(session, simulator.ready, auth(simulator.ready)).headers["X-Subject-Token"]
    assert code(short) == 200
    simulator.clock(61)
    assert code(short) == "APIGW.0301"


@pytest.mark.parametrize(
    ("connection", "project", "expected"),
    [
        (None, "0605768a3300d5762f8ec01a00000002", (403, "VPN.0003")),
        ("00000000-0000-4000-8000-000000000000", None, (404, "VPN.0004")),
        ("not-a-uuid", None, (400, "VPN.0001")),
    ],
)
def test_wrong_object(
    simulator: Control, session: requests.Session, token: str, connection: Any, project: Any, expected: Any
) -> None:
    url = log_url(simulator.ready, connection, project)
    answer = session.get(url, headers={"X-Auth-Token": token}, timeout=10)
    assert (answer.status_code, answer.json()["error_code"]) == expected


@pytest.mark.parametrize(("shape", "key"), [("code", "code"), ("camel", "errorCode"), ("nested", "error")])
def test_shapes_of_errors(simulator: Control, session: requests.Session, shape: str, key: str) -> None:
    simulator.config(huawei={"error_shape": shape})
    assert key in session.get(log_url(simulator.ready), timeout=10).json()


def test_access_key(simulator: Control, session: requests.Session) -> None:
    cloud = simulator.ready["huawei"]
    pair = (cloud["access_key"], cloud["secret_key"])
    assert signed(session, log_url(simulator.ready), *pair).status_code == 200
    assert "Signature expired" in signed(session, log_url(simulator.ready), *pair, shift=-1000).text
    assert signed(session, log_url(simulator.ready), "HWUNKNOWN", "x").json()["error_code"] == "APIGW.0301"
    found = signed(session, f"{simulator.ready['iam']['https']}/v3/projects?name=eu-de", *pair).json()["projects"]
    assert [p["id"] for p in found] == [cloud["project_id"]]
    branch = log_url(simulator.ready, cloud["connections"][1], "0605768a3300d5762f8ec01a00000002")
    assert signed(session, branch, *pair).json()["error_code"] == "VPN.0001"
    named = {"X-Project-Id": "0605768a3300d5762f8ec01a00000002"}
    assert signed(session, branch, *pair, **named).status_code == 200


def test_access_key_locks(simulator: Control, session: requests.Session) -> None:
    cloud = simulator.ready["huawei"]
    texts = [signed(session, log_url(simulator.ready), cloud["access_key"], "wrong").text for _n in range(7)]
    assert "limit" not in texts[5] and "reach the limit" in texts[6]
    assert "reach the limit" in signed(session, log_url(simulator.ready), cloud["access_key"], cloud["secret_key"]).text


def test_temporary_keys_of_an_instance(simulator: Control, session: requests.Session) -> None:
    keys = session.get(f"{simulator.ready['metadata']['http']}/openstack/latest/securitykey", timeout=10).json()[
        "credential"
    ]
    pair = (keys["access"], keys["secret"])
    good = signed(session, log_url(simulator.ready), *pair, **{"X-Security-Token": keys["securitytoken"]})
    assert good.status_code == 200
    assert signed(session, log_url(simulator.ready), *pair).status_code == 401


def test_only_the_newest_200_lines(simulator: Control, session: requests.Session, token: str) -> None:
    connection = simulator.ready["huawei"]["connections"][0]
    simulator.connection(id=connection, cloud="huawei", history=[{"synthetic": {"lines": 250, "seconds": 500}}])
    logs = session.get(log_url(simulator.ready), headers={"X-Auth-Token": token}, timeout=10).json()["logs"]
    held = simulator.lines(connection)
    assert [log["raw_message"] for log in logs] == [raw for _epoch, raw in held[-200:]]


def test_throttling(simulator: Control, session: requests.Session, token: str) -> None:
    simulator.quota(huawei={"calls": 1, "seconds": 60}, iam={"calls": 0, "seconds": 60})
    answers = [session.get(log_url(simulator.ready), headers={"X-Auth-Token": token}, timeout=10) for _n in range(2)]
    assert [a.status_code for a in answers] == [200, 429] and answers[1].json()["error_code"] == "APIGW.0308"
    assert sign_in(session, simulator.ready, auth(simulator.ready)).status_code == 429
