# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lookup adds to the code that it shares with the modules."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleLookupError

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import NotFoundError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.api import HuaweiProvider
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils import _lookup
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.standin import DOWN, UP, StandIn, options

UUID = "4e3f0a6e-7a9a-4b0a-8a35-8f0e64a4bd0c"


class Clouds:
    """Two clouds of our own in the place of the real ones."""

    def __init__(self, monkeypatch):
        self.alibaba = StandIn({"vco-a": [UP], "vco-b": [DOWN]})
        self.huawei = StandIn({UUID: [UP]})
        self.huawei.name = "huawei"
        self.seen = {}
        self.warnings = []
        self.said = []
        monkeypatch.setattr(_lookup, "factory_of", self._factory)

    def _factory(self, name):
        def make(given, http, environ):
            self.seen[name] = given
            return getattr(self, name)

        return make

    def records(self, *terms, provider="auto", **given):
        values = dict(options("alibaba"), **options("huawei"))
        values.update({"log_timezone": "+08:00", "region": "eu-de"})
        values.update(given)
        return _lookup.records_of(
            _lookup.flat_terms(terms), provider, values.get, self.warnings.append, self.said.append
        )


@pytest.fixture
def clouds(monkeypatch):
    return Clouds(monkeypatch)


def test_one_record_per_term_in_their_order(clouds):
    records = clouds.records("vco-b", UUID, "vco-a", "vco-b")
    assert [record["connection_id"] for record in records] == ["vco-b", UUID, "vco-a", "vco-b"]
    assert len(clouds.alibaba.calls) == 2
    assert (clouds.alibaba.closed, clouds.huawei.closed) == (1, 1)
    assert clouds.said == ["alibaba: signed in with the environment", "huawei: signed in with the environment"]


def test_a_list_as_one_term(clouds):
    assert [record["connection_id"] for record in clouds.records(["vco-a", "vco-b"])] == ["vco-a", "vco-b"]


def test_each_cloud_gets_its_own_options_only(clouds):
    clouds.records("vco-a", UUID, access_key_id="A", access_key="H")
    assert clouds.seen["alibaba"]["access_key_id"] == "A"
    assert "access_key" not in clouds.seen["alibaba"]
    assert "access_key_id" not in clouds.seen["huawei"]


@pytest.mark.parametrize(
    "terms, given, words",
    [
        (["vpn-1"], {}, "'vpn-1' is not a VPN connection ID: allowed are"),
        ([UUID], {"provider": "alibaba"}, f"vpn_connection_ids: '{UUID}'"),
        (["vco-a"], {"limit": -1}, "limit: -1"),
        (["vco-a", "vco-b"], {"tunnel_ids": ["tun-1"]}, "tunnel_ids"),
        ([], {"limit": -1}, "vpn_connection_ids: the list is empty; give at least one VPN connection ID."),
        ([[]], {}, "vpn_connection_ids: the list is empty"),
        (["vco-a", UUID], {"security_token": "t0ken-of-one"}, "security_token"),
        ([UUID, "vco-a"], {"endpoint": "https://vpn.example.com"}, "endpoint: the IDs are of more than one cloud"),
        (["vco-a", UUID], {"since": ""}, "since: the value is empty"),
        (["vco-a", UUID], {"ca_path": __file__}, f"ca_path: '{__file__}' holds no CA certificate"),
        (["vco-a", UUID], {"log_timezone": "CET"}, "log_timezone"),
        (["vco-a"], {"signature_version": "v9"}, "signature_version: 'v9'"),
    ],
)
def test_nothing_is_asked_when_an_option_is_wrong(clouds, terms, given, words):
    with pytest.raises(AnsibleLookupError) as caught:
        clouds.records(*terms, **given)
    assert words in str(caught.value)
    assert "(kind: options)" in str(caught.value)
    assert (clouds.alibaba.prepared, clouds.huawei.prepared) == (0, 0)


def test_an_endpoint_for_one_cloud(clouds, monkeypatch):
    clouds.records("vco-a", "vco-b", endpoint="https://vpn.example.com")
    assert clouds.seen["alibaba"]["endpoint"] == "https://vpn.example.com"
    # A variable that only one of the clouds reads goes to that one.
    monkeypatch.setenv("ALIBABA_CLOUD_ENDPOINT_VPC", "https://vpc.example.com")
    clouds.records("vco-a", UUID)
    assert clouds.seen["alibaba"]["endpoint"] == "https://vpc.example.com"
    assert clouds.seen["huawei"]["endpoint"] is None


def test_no_cloud_is_asked_before_all_have_checked_their_options(clouds, monkeypatch):
    monkeypatch.setattr(
        _lookup, "factory_of", lambda name: HuaweiProvider if name == "huawei" else clouds._factory(name)
    )
    sign_in = {"username": "vpn-reader", "password": "ExamplePassword", "domain_name": "OTC00000000001000000001"}
    for given, words in (
        ({"project_name": "eu-nl_x"}, "region: 'eu-de' does not fit project_name 'eu-nl_x'"),
        ({"region": "eu-dee"}, "region: 'eu-dee' is no known region .*did you mean eu-de"),
        ({"domain_name": None}, "The sign-in given by options .* is not complete"),
    ):
        with pytest.raises(AnsibleLookupError, match=words):
            clouds.records("vco-a", UUID, **{**sign_in, **given})
    assert (clouds.alibaba.prepared, clouds.alibaba.closed) == (0, 3)


@pytest.mark.parametrize(
    "keywords, variables, environment, expected",
    [
        ({}, {}, {"CLOUD_VPN_SINCE": ""}, None),
        ({"since": ""}, {}, {"CLOUD_VPN_SINCE": ""}, ""),
        ({}, {"cloud_vpn_since": ""}, {"CLOUD_VPN_SINCE": ""}, ""),
        ({}, {}, {}, ""),
    ],
)
def test_only_a_variable_of_the_environment_may_be_empty(monkeypatch, keywords, variables, environment, expected):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    get = _lookup.without_empty_environment({"since": "", "limit": 5}.get, keywords, variables)
    assert (get("since"), get("limit"), get("token")) == (expected, 5, None)


def test_an_error_of_the_cloud(clouds):
    clouds.alibaba.script["vco-a"] = [NotFoundError("gone", code="X.NotFound", request_id="R-1")]
    with pytest.raises(AnsibleLookupError) as caught:
        clouds.records("vco-a")
    assert "gone (kind: not_found, code: X.NotFound, request_id: R-1)" in str(caught.value)


def test_unknown_keywords():
    with pytest.raises(AnsibleLookupError, match="'regoin' is no option of this lookup; did you mean region"):
        _lookup.refuse_unknown({"region": 1, "regoin": 2})
    with pytest.raises(AnsibleLookupError, match="its terms are the IDs"):
        _lookup.refuse_unknown(["vpn_connection_ids"])
    _lookup.refuse_unknown(["region_id", "alicloud_region", "provider", "access_key", "tunnel_id"])


def test_an_option_twice():
    with pytest.raises(AnsibleLookupError, match="'region' and 'region_id' are the same option"):
        _lookup.refuse_twice({"region": 1, "region_id": 2})


def test_only_documented_variables_are_rendered():
    rendered = _lookup.rendered_variables(
        {"cloud_vpn_region": "a", "cloud_vpn_provider": "b", "cloud_vpn_other": "c", "region": "d"}, str.upper
    )
    assert rendered == {"cloud_vpn_region": "A", "cloud_vpn_provider": "B"}
