# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated Alibaba gateway says no where the real one does."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import alibaba_signer as signer
import pytest
import requests

from simulator.client import Control

WRONG_SECRET = "this-is-not-the-secret"


def send(session: requests.Session, prepared: requests.PreparedRequest) -> tuple[int, dict[str, Any]]:
    answer = session.send(prepared, timeout=10)
    return answer.status_code, answer.json()


def key(simulator: Control) -> tuple[str, str]:
    cloud = simulator.ready["alibaba"]
    return cloud["access_key_id"], cloud["access_key_secret"]


@pytest.fixture
def url(simulator: Control) -> str:
    return str(simulator.ready["alibaba"]["https"])


@pytest.mark.parametrize("sign", [signer.v3, signer.v1])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_good_signature_passes(
    simulator: Control, session: requests.Session, url: str, sign: Any, method: str
) -> None:
    status, body = send(session, sign(url, key(simulator), signer.log_params(simulator.ready), method=method))
    assert status == 200 and body["Count"] == 10 and len(body["Data"]["Logs"]) == 10 and body["IsCompleted"] is True


@pytest.mark.parametrize("sign", [signer.v3, signer.v1])
def test_a_wrong_secret_echoes_what_the_server_signed(
    simulator: Control, session: requests.Session, url: str, sign: Any
) -> None:
    key_id = key(simulator)[0]
    prepared = sign(url, (key_id, WRONG_SECRET), signer.log_params(simulator.ready))
    status, body = send(session, prepared)
    assert (status, body["Code"]) == (400, "SignatureDoesNotMatch")
    echo = body["Message"].partition("server string to sign is:")[2]
    assert echo.startswith("ACS3-HMAC-SHA256\n" if sign is signer.v3 else "GET&%2F&AccessKeyId%3D")
    if sign is signer.v3:
        canonical = body["Message"].partition("server canonical request is:")[2]
        assert hashlib.sha256(canonical.encode()).hexdigest() in echo.splitlines()[1]
    assert body["RequestId"] and body["HostId"]


@pytest.mark.parametrize("sign", [signer.v3, signer.v1])
def test_a_changed_parameter_breaks_the_signature(
    simulator: Control, session: requests.Session, url: str, sign: Any
) -> None:
    prepared = sign(url, key(simulator), signer.log_params(simulator.ready, PageSize=20))
    prepared.url = prepared.url.replace("PageSize=20", "PageSize=21")
    assert send(session, prepared)[1]["Code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("sign", [signer.v3, signer.v1])
def test_a_nonce_works_once(simulator: Control, session: requests.Session, url: str, sign: Any) -> None:
    prepared = sign(url, key(simulator), signer.log_params(simulator.ready), nonce="the-same-nonce")
    assert send(session, prepared)[0] == 200
    assert send(session, prepared)[1]["Code"] == "SignatureNonceUsed"


@pytest.mark.parametrize("sign", [signer.v3, signer.v1])
@pytest.mark.parametrize(
    ("shift", "code"),
    [(-840, None), (840, None), (-960, "InvalidTimeStamp.Expired"), (960, "InvalidTimeStamp.Expired")],
)
def test_clock_skew(
    simulator: Control, session: requests.Session, url: str, sign: Any, shift: float, code: str | None
) -> None:
    _status, body = send(session, sign(url, key(simulator), signer.log_params(simulator.ready), shift=shift))
    assert body.get("Code") == code


def test_the_clock_of_the_server_can_be_shifted(simulator: Control, session: requests.Session, url: str) -> None:
    simulator.clock(7200)
    answer = session.send(signer.v3(url, key(simulator), signer.log_params(simulator.ready)), timeout=10)
    assert answer.json()["Code"] == "InvalidTimeStamp.Expired"
    server = time.mktime(time.strptime(answer.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
    assert abs(server - time.time() - 7200) < 5


def test_keys_and_tokens(simulator: Control, session: requests.Session, url: str) -> None:
    params = signer.log_params(simulator.ready)
    sts = simulator.ready["alibaba"]["sts"]
    good = (sts["access_key_id"], sts["access_key_secret"])
    expired = ("STS.ExampleExpiredKeyId2", "ExampleStsSecretNotReal002")

    def code(pair: tuple[str, str], token: str | None = None) -> Any:
        status, body = send(session, signer.v3(url, pair, params, token=token))
        return body.get("Code", status)

    assert code(("LTAI5tUnknown", "x")) == "InvalidAccessKeyId.NotFound"
    assert code(("LTAI5tInactiveUserKey000", "ExampleAlibabaSecretNotReal003")) == "InvalidAccessKeyId.Inactive"
    assert code(("LTAI5tForbiddenUserKey00", "ExampleAlibabaSecretNotReal002")) == "Forbbiden.SubUser"
    assert code(good, sts["security_token"]) == 200
    assert code(good) == "MissingSecurityToken"
    assert code(good, "CAISExampleSecurityTokenExpired02") == "InvalidSecurityToken.MismatchWithAccessKey"
    assert code(good, "nonsense") == "InvalidSecurityToken.Malformed"
    assert code(expired, "CAISExampleSecurityTokenExpired02") == "InvalidSecurityToken.Expired"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"PageSize": 51}, "InvalidPageSize"),
        ({"PageSize": 0}, "InvalidPageSize"),
        ({"PageNumber": 0}, "InvalidPageNumber"),
        ({"MinutePeriod": 11}, "InvalidMinutePeriod"),
        ({"MinutePeriod": None}, "MissingMinutePeriod"),
        ({"MinutePeriod": None, "From": 1700000000}, "MissingTo"),
        ({"MinutePeriod": None, "To": 1700000000}, "MissingFrom"),
        ({"MinutePeriod": None, "From": 1700000000, "To": 1700000601}, "IllegalParam.TimeRange"),
        ({"MinutePeriod": None, "From": 1700000001, "To": 1700000000}, "IllegalParam.TimeRange"),
        ({"MinutePeriod": None, "From": 1700000000000, "To": 1700000000600}, "InvalidFrom"),
        ({"RegionId": None}, "MissingRegionId"),
        ({"VpnConnectionId": None}, "MissingVpnConnectionId"),
        ({"VpnConnectionId": "vco-unknown"}, "InvalidVpnConnectionInstanceId.NotFound"),
        ({"RegionId": "cn-hangzhou"}, "InvalidVpnConnectionInstanceId.NotFound"),
        ({"TunnelId": "tun-unknown"}, "InvalidTunnelId.NotFound"),
        ({"MinutePeriod": None, "From": 1700000000, "To": 1700000600}, None),
        ({"From": 1700000000}, None),
        ({"PageSize": 50, "PageNumber": 99}, None),
    ],
)
def test_rules_of_page_and_window(
    simulator: Control, session: requests.Session, url: str, change: dict[str, Any], code: str | None
) -> None:
    status, body = send(session, signer.v3(url, key(simulator), signer.log_params(simulator.ready, **change)))
    assert (status == 200, body.get("Code")) == (code is None, code)


@pytest.mark.parametrize("to_inclusive", [True, False])
@pytest.mark.parametrize("from_inclusive", [True, False])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_edges_and_order(
    simulator: Control, session: requests.Session, url: str, order: str, from_inclusive: bool, to_inclusive: bool
) -> None:
    connection = "vco-m5eedgetest000000001"
    start = int(time.time()) - 100
    simulator.connection(
        id=connection,
        cloud="alibaba",
        options={"order": order, "from_inclusive": from_inclusive, "to_inclusive": to_inclusive},
        history=[{"lines": [[start + n, f"[INFO]: a.c:1:a(): {n}"] for n in range(11)]}],
    )
    window = {"MinutePeriod": None, "From": start, "To": start + 10, "VpnConnectionId": connection, "PageSize": 50}
    _status, body = send(session, signer.v3(url, key(simulator), signer.log_params(simulator.ready, **window)))
    expected = list(range(0 if from_inclusive else 1, 11 if to_inclusive else 10))
    got = [int(line.rpartition(" ")[2]) for line in body["Data"]["Logs"]]
    assert got == (expected if order == "asc" else expected[::-1])


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_hold_every_line_once(simulator: Control, session: requests.Session, url: str, order: str) -> None:
    connection = "vco-m5epagetest000000001"
    simulator.connection(
        id=connection,
        cloud="alibaba",
        options={"order": order},
        history=[{"synthetic": {"lines": 137, "seconds": 300}}],
    )
    lines: list[str] = []
    for page in range(1, 5):
        query = signer.log_params(simulator.ready, VpnConnectionId=connection, PageSize=40, PageNumber=page)
        _status, body = send(session, signer.v3(url, key(simulator), query))
        assert body["Count"] == (40, 40, 40, 17)[page - 1] and body["PageNumber"] == page
        lines += body["Data"]["Logs"]
    held = [raw for _epoch, raw in simulator.lines(connection)]
    assert lines == (held if order == "asc" else held[::-1])


@pytest.mark.parametrize(("form", "kind"), [("object", dict), ("list", list), ("nested", list), ("missing", dict)])
def test_forms_of_data(simulator: Control, session: requests.Session, url: str, form: str, kind: type) -> None:
    connection = simulator.ready["alibaba"]["connections"][0]
    simulator.options(connection, data_form=form)
    _status, body = send(session, signer.v3(url, key(simulator), signer.log_params(simulator.ready)))
    assert isinstance(body["Data"], kind)
    empty = signer.log_params(simulator.ready, MinutePeriod=None, From=1700000000, To=1700000600)
    _status, body = send(session, signer.v3(url, key(simulator), empty))
    assert body.get("Data") == {"object": {"Logs": []}, "list": [], "nested": [], "missing": None}[form]


def test_quota(simulator: Control, session: requests.Session, url: str) -> None:
    simulator.quota(alibaba={"calls": 3, "seconds": 60, "retry_after_ms": 1500})
    codes = [
        send(session, signer.v3(url, key(simulator), signer.log_params(simulator.ready)))[1].get("Code")
        for _n in range(4)
    ]
    assert codes == [None, None, None, "Throttling.User"]
    simulator.clock(61)
    assert send(session, signer.v3(url, key(simulator), signer.log_params(simulator.ready)))[0] == 200


def test_dual_tunnel(simulator: Control, session: requests.Session, url: str) -> None:
    connection = simulator.ready["alibaba"]["connections"][1]
    counts = {}
    for tunnel in ("tun-m5edemo0first00000001", "tun-m5edemo0second0000002", None):
        held = simulator.lines(connection, tunnel)
        query = signer.log_params(simulator.ready, VpnConnectionId=connection, TunnelId=tunnel, PageSize=50)
        _status, body = send(session, signer.v3(url, key(simulator), query))
        counts[tunnel] = len(held)
        assert body["Data"]["Logs"] == [raw for _epoch, raw in held][:50]
    assert counts[None] == counts["tun-m5edemo0first00000001"] + counts["tun-m5edemo0second0000002"]


def test_v1_without_format_answers_xml(simulator: Control, session: requests.Session, url: str) -> None:
    prepared = signer.v1(url, key(simulator), signer.log_params(simulator.ready), Format="XML")
    answer = session.send(prepared, timeout=10)
    assert answer.text.startswith("<?xml") and "<DescribeVpnConnectionLogsResponse>" in answer.text


def test_assume_role(simulator: Control, session: requests.Session) -> None:
    sts = simulator.ready["sts"]["https"]
    role = {"RoleArn": simulator.ready["alibaba"]["roles"][0], "RoleSessionName": "test"}
    kind = {"action": "AssumeRole", "version": "2015-04-01"}
    status, body = send(session, signer.v3(sts, key(simulator), role, **kind))
    assert status == 200
    issued = body["Credentials"]
    pair = (issued["AccessKeyId"], issued["AccessKeySecret"])
    log = signer.v3(
        simulator.ready["alibaba"]["https"], pair, signer.log_params(simulator.ready), token=issued["SecurityToken"]
    )
    assert send(session, log)[0] == 200
    assert send(session, signer.v3(sts, (pair[0], WRONG_SECRET), role, **kind))[1]["Code"] == "MissingSecurityToken"
    assert (
        send(session, signer.v3(sts, (key(simulator)[0], WRONG_SECRET), role, **kind))[1]["Code"]
        == "SignatureDoesNotMatch"
    )
    other = {**role, "RoleArn": simulator.ready["alibaba"]["roles"][1]}
    assert send(session, signer.v3(sts, key(simulator), other, **kind))[0] == 403
    assert (
        send(session, signer.v3(sts, key(simulator), {**other, "ExternalId": "example-external-id"}, **kind))[0] == 200
    )


def test_assume_role_with_oidc(simulator: Control, session: requests.Session) -> None:
    form = {
        "Action": "AssumeRoleWithOIDC",
        "Version": "2015-04-01",
        "Format": "JSON",
        "RoleArn": simulator.ready["alibaba"]["roles"][0],
        "RoleSessionName": "test",
        "OIDCProviderArn": simulator.ready["alibaba"]["oidc"]["provider_arn"],
        "OIDCToken": simulator.ready["alibaba"]["oidc"]["token"],
    }
    sts = simulator.ready["sts"]["https"]
    assert session.post(sts, data=form, timeout=10).json()["Credentials"]["SecurityToken"]
    assert session.post(sts, data={**form, "OIDCToken": "no"}, timeout=10).status_code == 400


def test_instance_metadata(simulator: Control, session: requests.Session) -> None:
    base = simulator.ready["metadata"]["http"]
    path = f"{base}/latest/meta-data/ram/security-credentials/"
    token = session.put(
        f"{base}/latest/api/token", headers={"X-aliyun-ecs-metadata-token-ttl-seconds": "60"}, timeout=10
    ).text
    role = session.get(path, headers={"X-aliyun-ecs-metadata-token": token}, timeout=10).text
    assert session.get(path + role, timeout=10).json()["Code"] == "Success"
    simulator.config(alibaba={"imds": {"v1": False, "v2": True}})
    assert session.get(path + role, timeout=10).status_code == 403
    assert session.get(path + role, headers={"X-aliyun-ecs-metadata-token": token}, timeout=10).status_code == 200
    assert session.get(simulator.ready["metadata"]["credentials_uri"], timeout=10).json()["Code"] == "Success"
