# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary keys: what goes over the wire for the metadata service, a credentials URI, and AssumeRole."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba import signing
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import Credentials
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import CloudVpnError, OptionsError

from .credential_fixtures import ARN, Cloud

Resolve = t.Callable[..., Credentials]
CURRENT = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "env-id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "env-secret"}
LEGACY = {"ALICLOUD_ACCESS_KEY": "old-id", "ALICLOUD_SECRET_KEY": "old-secret", "ALICLOUD_SECURITY_TOKEN": "old-token"}


def test_ecs_with_and_without_version_two(resolve: Resolve, cloud: Cloud) -> None:
    cloud.imds_v1 = False
    assert resolve({}, on_ecs=True).source == "ECS RAM role 'found-role'"
    assert cloud.asked[0] == "PUT /latest/api/token"
    cloud.imds_v1, cloud.imds_v2 = True, False
    assert resolve({}, ecs_role_name="r").source == "ECS RAM role 'r'"
    with pytest.raises(OptionsError, match="ECS RAM role: the metadata service gives no key"):
        resolve({"ALIBABA_CLOUD_IMDSV1_DISABLED": "true"}, ecs_role_name="r")
    with pytest.raises(OptionsError, match="ecs_role_name: .*does not have this RAM role"):
        resolve({}, ecs_role_name="unknown")


def test_the_metadata_service_is_asked_past_the_proxy(resolve: Resolve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert resolve({}, ecs_role_name="r").access_key_id == "STS.id"


@pytest.mark.parametrize("uri", ["ftp://x", "no address", "http://user:pw@127.0.0.1/"])
def test_a_uri_that_is_none(resolve: Resolve, uri: str) -> None:
    with pytest.raises(OptionsError, match="credentials_uri: ") as caught:
        resolve({}, credentials_uri=uri)
    assert "pw" not in str(caught.value)


def test_assume_role_on_top(resolve: Resolve, cloud: Cloud) -> None:
    role = {
        "role_arn": ARN,
        "session_name": "s-1",
        "session_expiration": 900,
        "policy": '{"a": 1}',
        "external_id": "ext",
    }
    key = resolve(LEGACY, assume_role=role)
    assert (key.access_key_id, key.source) == ("STS.id", f"role '{ARN}' through the environment (ALICLOUD_ACCESS_KEY)")
    query, headers, _form = cloud.sts[0]
    assert query == {
        "RoleArn": ARN,
        "RoleSessionName": "s-1",
        "DurationSeconds": "900",
        "Policy": '{"a": 1}',
        "ExternalId": "ext",
    }
    names = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    signed = {name: headers[name] for name in names}
    expected = signing.authorize_v3(
        "POST",
        signing.canonical_query(query),
        signed,
        signed["x-acs-content-sha256"],
        Credentials("old-id", "old-secret"),
    )[1]
    assert headers["authorization"] == expected
    assert (headers["x-acs-action"], headers["x-acs-version"]) == ("AssumeRole", "2015-04-01")


@pytest.mark.parametrize(
    "role",
    [
        {},
        {"role_arn": "x"},
        {"role_arn": ARN, "session_name": "a b"},
        {"role_arn": ARN, "session_expiration": 10},
        {"role_arn": ARN, "session_expiration": "x"},
    ],
)
def test_a_role_is_checked_before_any_request(resolve: Resolve, cloud: Cloud, role: dict[str, t.Any]) -> None:
    if not role:
        assert resolve(CURRENT, assume_role=role).access_key_id == "env-id"
        return
    with pytest.raises(OptionsError, match="assume_role: "):
        resolve(CURRENT, assume_role=role)
    assert cloud.asked == []


def test_a_role_that_may_not_be_taken_on(resolve: Resolve, cloud: Cloud) -> None:
    cloud.refusal = {"Code": "NoPermission", "Message": "You are not authorized", "RequestId": "R"}
    with pytest.raises(CloudVpnError, match=f"Role '{ARN}' needs the permission") as caught:
        resolve(CURRENT, assume_role={"role_arn": ARN})
    assert (caught.value.kind, caught.value.request_id) == ("permission", "R")


def test_a_role_from_the_variables_of_other_tools(resolve: Resolve, cloud: Cloud) -> None:
    role = {"ALICLOUD_ASSUME_ROLE_ARN": ARN, "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION": "1200"}
    assert resolve({**CURRENT, **role}).access_key_id == "STS.id"
    assert (cloud.sts[0][0]["RoleSessionName"], cloud.sts[0][0]["DurationSeconds"]) == ("ansible-cloud-vpn", "1200")
    with pytest.raises(OptionsError, match="ALICLOUD_ASSUME_ROLE_ARN: role_arn 'x'"):
        resolve({**CURRENT, "ALICLOUD_ASSUME_ROLE_ARN": "x"})
