# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Byte for byte against values that the cloud's own signers and documentation gave."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba import endpoints, signing
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import Credentials
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
VECTORS = json.loads((FIXTURES / "alibaba_signatures.json").read_text())["vectors"]
ENDPOINTS = json.loads((FIXTURES / "alibaba_endpoints.json").read_text())
V1 = [vector for vector in VECTORS if vector["scheme"].startswith("RPC-V1")]
V3 = [vector for vector in VECTORS if vector["scheme"].startswith("ACS3")]


def ids(vector: dict[str, t.Any]) -> str:
    return vector["name"]


def test_there_are_vectors_of_both_schemes() -> None:
    assert len(V1) >= 5
    assert len(V3) >= 8


@pytest.mark.parametrize("vector", V1, ids=ids)
def test_v1(vector: dict[str, t.Any]) -> None:
    key = Credentials("unused", vector["access_key_secret"])
    to_sign, signature = signing.signature_v1(vector["method"], vector["params"], key)
    assert signing.canonical_query(vector["params"]) == vector["canonicalized_query_string"]
    assert (to_sign, signature) == (vector["string_to_sign"], vector["signature"])
    assert signing.canonical_query({**vector["params"], "Signature": signature}) == vector["signed_url_query"]


@pytest.mark.parametrize("vector", [v for v in V1 if v["name"].startswith("ours")], ids=ids)
def test_v1_request(vector: dict[str, t.Any]) -> None:
    params = dict(vector["params"])
    key = Credentials(params.pop("AccessKeyId"), vector["access_key_secret"], params.pop("SecurityToken", None))
    nonce, moment = params.pop("SignatureNonce"), params.pop("Timestamp")
    action, version = params.pop("Action"), params.pop("Version")
    for name in ("Format", "SignatureMethod", "SignatureVersion"):
        params.pop(name)
    signed = signing.sign_v1(vector["method"], action, version, params, key, nonce, moment)
    assert signed.query == vector["signed_url_query"]
    assert signed.string_to_sign == vector["string_to_sign"]


@pytest.mark.parametrize("vector", V3, ids=ids)
def test_v3(vector: dict[str, t.Any]) -> None:
    key = Credentials(vector["access_key_id"], vector["access_key_secret"])
    headers = vector["headers_signed"]
    query = signing.canonical_query(vector["query"])
    payload = vector.get("payload_hash") or headers["x-acs-content-sha256"]
    assert query == vector["canonical_query"]
    to_sign, value = signing.authorize_v3(vector["method"], query, headers, payload, key)
    assert (to_sign, value) == (vector["string_to_sign"], vector["authorization"])


@pytest.mark.parametrize(
    "vector",
    [v for v in V3 if "sdk-unit" not in v["name"] and "x-acs-accesskey-id" not in v["headers_signed"]],
    ids=ids,
)
def test_v3_request(vector: dict[str, t.Any]) -> None:
    headers = vector["headers_signed"]
    token = headers.get("x-acs-security-token")
    signed = signing.sign_v3(
        vector["method"],
        headers["host"],
        headers["x-acs-action"],
        headers["x-acs-version"],
        vector["query"],
        Credentials(vector["access_key_id"], vector["access_key_secret"], token),
        headers["x-acs-signature-nonce"],
        headers["x-acs-date"],
        vector["body"].encode(),
    )
    assert signed.query == vector["canonical_query"]
    assert signed.headers["Authorization"] == vector["authorization"]
    assert headers.items() <= signed.headers.items()


def test_nothing_secret_in_a_repr() -> None:
    key = Credentials("LTAI-id", "the-secret-value", "the-token-value", "the options")
    signed = signing.sign_v1("GET", "A", "V", {}, key, "n", "t")
    for text in (repr(key), repr(signed), str(key)):
        assert not any(value in text for value in ("LTAI-id", "the-secret-value", "the-token-value", "Signature="))
    assert key.secrets() == ["the-secret-value", "the-token-value"]


@pytest.mark.parametrize(("region", "host"), ENDPOINTS["public_by_region"]["map"].items())
def test_public_endpoints(region: str, host: str) -> None:
    assert endpoints.vpc_url(region) == f"https://{host}"


@pytest.mark.parametrize(("region", "host"), ENDPOINTS["vpc_internal_map"]["map"].items())
def test_vpc_endpoints(region: str, host: str) -> None:
    assert endpoints.vpc_url(region, "vpc") == f"https://{host}"


def test_the_exceptions_follow_the_sdk() -> None:
    known = ENDPOINTS["sdk_explicit_map"]["map"]
    left_out = {name for name, host in known.items() if "-pre." in host} | {
        "cn-hangzhou",
        "cn-hangzhou-internal-prod-1",
    }
    for region in set(known) - left_out:
        assert endpoints.vpc_url(region) == f"https://{known[region]}"


def test_an_endpoint_wins_and_is_checked() -> None:
    assert endpoints.vpc_url("eu-central-1", endpoint="vpc.example.com") == "https://vpc.example.com"
    with pytest.raises(OptionsError, match="endpoint: "):
        endpoints.vpc_url("eu-central-1", endpoint="http://vpc.example.com")
    with pytest.raises(OptionsError, match="network: "):
        endpoints.vpc_url("eu-central-1", "intranet")


@pytest.mark.parametrize(
    "region", ["evil.example/", "a@b-1", "eu-central-1.evil.example", "EU-central-1", "eu", "-a-b", "x" * 50]
)
def test_a_region_cannot_change_the_host(region: str) -> None:
    with pytest.raises(OptionsError, match="region: "):
        endpoints.vpc_url(region)


def test_a_missing_region_says_where_it_may_come_from() -> None:
    with pytest.raises(OptionsError, match="ALIBABA_CLOUD_REGION"):
        endpoints.check_region(None)


def test_sts_endpoints() -> None:
    assert endpoints.sts_url(None) == "https://sts.aliyuncs.com"
    assert endpoints.sts_url("eu-central-1") == "https://sts.eu-central-1.aliyuncs.com"
    assert endpoints.sts_url("eu-central-1", "vpc") == "https://sts-vpc.eu-central-1.aliyuncs.com"
