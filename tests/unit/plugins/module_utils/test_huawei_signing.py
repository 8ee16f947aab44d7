# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures against vectors made with Huawei's own signer, and endpoints against the published maps."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei import endpoints
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.signing import (
    encode_query,
    epoch_of,
    sdk_date,
    sign,
)

from .huawei_server import BY_KEY, BY_PASSWORD, CONNECTION, PROJECT, Desk, FakeCloud, cloud, desk

__all__ = ["cloud", "desk"]
FIXTURES = Path(__file__).parent / "fixtures"
VECTORS = json.loads((FIXTURES / "huawei_signatures.json").read_text())["vectors"]
MAPS = json.loads((FIXTURES / "huawei_endpoints.json").read_text())


def test_there_are_vectors() -> None:
    assert len(VECTORS) == 8


@pytest.mark.parametrize("vector", VECTORS, ids=[one["name"] for one in VECTORS])
def test_signature(vector: dict[str, t.Any]) -> None:
    query = [(str(name), str(value)) for name, value in vector["query"]]
    headers = {name: value for name, value in vector["headers_before_signing"].items() if name != "X-Sdk-Date"}
    signed = sign(
        vector["method"],
        vector["host"],
        vector["path"],
        query,
        headers,
        vector["body"].encode(),
        vector["access_key"],
        vector["secret_key"],
        vector["sdk_date"],
    )
    assert signed.canonical_request == vector["canonical_request"]
    assert signed.string_to_sign == vector["string_to_sign"]
    assert signed.headers["Authorization"].endswith(f"Signature={vector['signature']}")
    assert f"SignedHeaders={vector['signed_headers']}," in signed.headers["Authorization"]
    if "headers_after_signing" in vector:
        assert signed.headers == vector["headers_after_signing"]
    wire = vector["path"] + (f"?{encode_query(query)}" if query else "")
    assert wire == vector["request_uri"]


def test_a_header_with_an_underscore_is_sent_but_not_signed() -> None:
    signed = sign("GET", "vpn.example.com", "/", [], {"X_Odd": "1"}, b"", "a", "s", "20241224T071000Z")
    assert signed.headers["X_Odd"] == "1"
    assert "odd" not in signed.headers["Authorization"]


def test_dates() -> None:
    assert sdk_date(1735024112.9) == "20241224T070832Z"
    assert epoch_of("20241224T070832Z") == 1735024112


@pytest.mark.parametrize(("region", "url"), sorted(MAPS["huaweicloud_vpn"].items()))
def test_vpn_of_huawei(region: str, url: str) -> None:
    # The maps conflict about Dublin: see their notes.
    wanted = url.replace(".com", ".eu") if region == "eu-west-101" else url
    assert endpoints.vpn_url(region) == wanted


@pytest.mark.parametrize(("region", "url"), sorted(MAPS["huaweicloud_iam"].items()))
def test_iam_of_huawei(region: str, url: str) -> None:
    assert endpoints.iam_url(region) == url


@pytest.mark.parametrize("region", MAPS["vpn_regions_without_iam_entry"])
def test_iam_is_the_global_one_where_a_region_has_none(region: str) -> None:
    assert endpoints.iam_url(region) == MAPS["iam_global"]


def test_otc() -> None:
    for name, call in (("otc_vpn_enterprise", endpoints.vpn_url), ("otc_swiss_vpn", endpoints.vpn_url)):
        for region, url in MAPS[name].items():
            assert call(region) == url
    for name in ("otc_iam", "otc_swiss_iam"):
        for region, url in MAPS[name].items():
            assert endpoints.iam_url(region) == url
    assert endpoints.vpn_url("eu-nl") == "https://vpn.eu-nl.otc.t-systems.com"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("https://iam.eu-de.otc.t-systems.com/v3", "https://iam.eu-de.otc.t-systems.com"),
        ("https://iam.eu-de.otc.t-systems.com:443/v3", "https://iam.eu-de.otc.t-systems.com:443"),
        ("https://iam.eu-de.otc.t-systems.com:443/v3/", "https://iam.eu-de.otc.t-systems.com:443"),
        ("iam-pub.eu-ch2.sc.otc.t-systems.com/v3", "https://iam-pub.eu-ch2.sc.otc.t-systems.com"),
        ("iam.example.com", "https://iam.example.com"),
        ("https://iam.example.com/identity/v3", "https://iam.example.com/identity"),
        ("https://iam.example.com/v3/auth/tokens", "https://iam.example.com"),
        ("http://127.0.0.1:5000/v3", "http://127.0.0.1:5000"),
    ],
)
def test_auth_url(given: str, wanted: str) -> None:
    assert endpoints.iam_url("eu-nl", given) == wanted


@pytest.mark.parametrize(
    "url", ["http://iam.example.com/v3", "https://a@iam.example.com/v3", "https://iam.example.com/v3?x=1"]
)
def test_auth_url_refused(url: str) -> None:
    with pytest.raises(OptionsError, match="auth_url"):
        endpoints.iam_url("eu-de", url)


@pytest.mark.parametrize(
    "region", ["eu", "eu-de.example.com/", "EU-DE", "eu-de#", "eu-de@x", "eu de", "x" * 30 + "-" + "y" * 30]
)
def test_region_refused(region: str) -> None:
    with pytest.raises(OptionsError, match="region"):
        endpoints.vpn_url(region)
    with pytest.raises(OptionsError, match="region"):
        endpoints.iam_url(region)


@pytest.mark.parametrize(
    ("region", "meant"),
    [
        ("eu-dee", "; did you mean eu-de"),
        ("eu-fr", "; did you mean"),
        ("eu-west-1", "; did you mean eu-west-101"),
        ("eu-central-1", ""),
        ("us-east-1", ""),
        ("cn-hangzhou", ""),
        ("otc-de", ""),
        ("ap-southeast-3x", "; did you mean ap-southeast-3"),
    ],
)
def test_a_region_that_may_be_of_another_company_is_refused(region: str, meant: str) -> None:
    with pytest.raises(OptionsError) as caught:
        endpoints.vpn_url(region)
    assert f"region: {region!r} is no known region" in str(caught.value) and meant in str(caught.value)
    assert "For a region that is new, give endpoint" in str(caught.value)
    with pytest.raises(OptionsError, match=f"region: '{region}' .* give auth_url"):
        endpoints.iam_url(region)
    assert endpoints.vpn_url(region, "vpn.example.com") == "https://vpn.example.com"
    assert endpoints.iam_url(region, "iam.example.com") == "https://iam.example.com"


@pytest.mark.parametrize(
    "region", ["cn-north-7", "ap-southeast-9", "tr-west-2", "af-west-1", "ru-moscow-2", "sa-chile-3"]
)
def test_a_new_region_of_huawei_cloud_follows_the_pattern(region: str) -> None:
    assert endpoints.vpn_url(region) == f"https://vpn.{region}.myhuaweicloud.com"
    assert endpoints.iam_url(region) == MAPS["iam_global"]
    assert endpoints.vpn_url("eu-west-102") == "https://vpn.eu-west-102.myhuaweicloud.eu"
    assert endpoints.iam_url("eu-west-102") == "https://iam.eu-west-102.myhuaweicloud.eu"


def test_a_region_that_is_not_known(desk: Desk, cloud: FakeCloud) -> None:
    """Refused where an address would have to follow from it, and only there."""
    key = {**BY_KEY, "project_id": PROJECT}
    for options, instead in (
        ({**BY_PASSWORD, "auth_url": None}, "auth_url"),
        ({**key, "project_id": None, "auth_url": None}, "auth_url"),
        ({**key, "agency_name": "a", "agency_domain_name": "d", "auth_url": None}, "auth_url"),
        ({**BY_PASSWORD, "endpoint": None}, "endpoint"),
        ({**key, "endpoint": None}, "endpoint"),
    ):
        with pytest.raises(OptionsError, match=f"region: 'eu-dee' .*did you mean eu-de.* give {instead}"):
            desk.provider(**{**options, "region": "eu-dee"})
    assert not cloud.seen
    desk.fetch(desk.provider(**{**key, "region": "eu-dee", "auth_url": None}))
    assert cloud.paths() == [f"/v5/{PROJECT}/vpn-connection/{CONNECTION}/log"]


def test_region_missing() -> None:
    with pytest.raises(OptionsError, match="region: missing"):
        endpoints.vpn_url(None)
    with pytest.raises(OptionsError, match="auth_url: missing"):
        endpoints.iam_url(None)
    assert endpoints.vpn_url(None, "vpn.example.com") == "https://vpn.example.com"


def test_region_of_names() -> None:
    assert endpoints.region_of_project("eu-de_project") == "eu-de"
    assert endpoints.region_of_project("eu-de") == "eu-de"
    assert endpoints.region_of_project("my-project") is None
    assert endpoints.region_of_project(None) is None
    assert endpoints.region_of_url("https://iam.eu-nl.otc.t-systems.com:443/v3") == "eu-nl"
    assert endpoints.region_of_url("iam-pub.eu-ch2.sc.otc.t-systems.com/v3") == "eu-ch2"
    assert endpoints.region_of_url("https://iam.myhuaweicloud.com/v3") is None
    assert endpoints.region_of_url("https://iam.eu-nl.otc.t-systems.com.example.com/v3") is None
    assert endpoints.is_public_cloud("https://iam.myhuaweicloud.com/v3")
    assert not endpoints.is_public_cloud("https://keystone.example.com/v3")
