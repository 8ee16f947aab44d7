# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of options, and what the offline checks refuse: one sentence that names option, value, and what is allowed."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.netops.cloud_vpn.plugins.doc_fragments import _http, _window
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import (
    BY_NAME,
    OPTIONS,
    PROVIDERS,
    SECRETS,
    argument_spec,
    lookup_names,
    options_of,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._validate import (
    provider_of,
    validate,
    warn_short_secrets,
)
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.standin import NOW, options

VCO = "vco-m5e83sapxp88cgp5f"
UUID = "4e3f0a6e-7a9a-4b0a-8a35-8f0e64a4bd0c"
IDS = {"alibaba": [VCO], "huawei": [UUID]}


def check(provider="alibaba", environ=None, **given):
    given.setdefault("vpn_connection_ids", IDS[provider])
    return validate(options(provider, **given), provider, environ or {}, NOW)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_name_stands_for_two_options(provider):
    seen = {}
    for option in options_of(provider):
        for name in (option.name,) + option.all_aliases(provider):
            assert seen.setdefault(name, option.name) == option.name, name


def test_the_lookup_reaches_every_option_by_its_own_name():
    names = lookup_names()
    for option in OPTIONS:
        if not option.required:
            assert names[option.name] == option.name
    assert "vpn_connection_ids" not in names
    # Both are Huawei's own names, although the module of Alibaba Cloud takes them as aliases.
    assert (names["access_key"], names["secret_key"]) == ("access_key", "secret_key")


def test_only_true_secrets_are_hidden():
    assert set(SECRETS) == {"access_key_secret", "security_token", "token", "secret_key", "password", "passcode"}
    for provider in PROVIDERS:
        hidden = {name for name, entry in argument_spec(provider).items() if entry.get("no_log")}
        assert hidden == {name for name in SECRETS if provider in BY_NAME[name].providers}


def test_no_variable_of_our_own_for_the_sign_in():
    for option in OPTIONS:
        assert (option.env is None) == (option.sign_in or option.required), option.name
        assert ("fallback" in argument_spec(option.providers[0])[option.name]) == (option.env is not None)


CONTRACT_DEFAULTS = {
    "limit": 1000,
    "log_timezone": "auto",
    "wait": False,
    "wait_timeout": 300,
    "wait_sleep": 10,
    "wait_fail_fast": False,
    "timeout": 30,
    "deadline": 300,
    "max_retries": 5,
    "concurrency": 8,
    "validate_certs": True,
    "signature_version": "v3",
    "network": "public",
}


def test_defaults():
    assert {option.name: option.default for option in OPTIONS if option.default is not None} == CONTRACT_DEFAULTS


@pytest.mark.parametrize(
    "junk", ["", "vco-", "vco-ABC", "vco-a/b", "vco-a\r\nHost: x", "vco-a\n", "page", UUID, "vco-a****", 7]
)
def test_junk_ids_of_alibaba(junk):
    with pytest.raises(OptionsError) as caught:
        check(vpn_connection_ids=[VCO, junk])
    assert caught.value.message.startswith("vpn_connection_ids: ")
    assert "'vco-' followed by lower-case letters and digits" in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "junk", ["", VCO, UUID + "x", UUID[:-1], "../" + UUID, UUID.replace("-", "_"), UUID + "\n", UUID[:8] + UUID[9:]]
)
def test_junk_ids_of_huawei(junk):
    with pytest.raises(OptionsError) as caught:
        check("huawei", vpn_connection_ids=[junk])
    assert "a UUID" in caught.value.message


def test_ids_are_kept_once_in_their_order():
    assert check(vpn_connection_ids=["vco-b", "vco-a", " vco-b"])["vpn_connection_ids"] == ["vco-b", "vco-a"]
    bare = UUID.replace("-", "").upper()
    assert check("huawei", vpn_connection_ids=[bare])["vpn_connection_ids"] == [bare]


def test_the_form_of_an_id_tells_the_cloud():
    assert provider_of(VCO) == "alibaba"
    assert provider_of(UUID) == "huawei"
    with pytest.raises(OptionsError, match="'vpn-1' is not a VPN connection ID: allowed are 'vco-'.* a UUID"):
        provider_of("vpn-1")


# option, value, words that the sentence must have besides option and value
BAD = [
    ("since", "soon", "90s"),
    ("since", "2022-13-01T00:00:00Z", "ISO 8601"),
    ("until", "yesterday", "epoch seconds"),
    ("limit", -1, "0 or more"),
    ("timeout", 0, "1 to 3600"),
    ("timeout", 3601, "1 to 3600"),
    ("deadline", 0, "1 to 86400"),
    ("deadline", 10000000000, "1 to 86400"),
    ("max_retries", -1, "0 to 100"),
    ("max_retries", 101, "0 to 100"),
    ("concurrency", 0, "1 to 16"),
    ("concurrency", 17, "1 to 16"),
    ("wait_timeout", -1, "0 to 604800"),
    ("wait_timeout", 604801, "0 to 604800"),
    ("wait_sleep", 0, "1 to 86400"),
    ("wait_sleep", 86401, "1 to 86400"),
    ("region", "eu-central-1.evil.example.com", "letters, digits"),
    ("region", "eu/../x", "letters, digits"),
    ("region", "a@b", "letters, digits"),
    ("endpoint", "http://vpc.example.com", "loopback"),
    ("endpoint", "ftp://vpc.example.com", "https"),
    ("ca_path", "/does/not/exist.pem", "PEM"),
    ("log_timezone", "CET", "+08:00"),
    ("log_timezone", "+8", "+08:00"),
    ("log_timezone", "+25:00", "+08:00"),
    ("log_timezone", "-12:15", "from -12:00 to +14:00"),
    ("log_timezone", "-14:00", "from -12:00 to +14:00"),
    ("log_timezone", "+14:45", "from -12:00 to +14:00"),
    ("signature_version", "v2", "v3, v1"),
    ("network", "intranet", "public, vpc"),
    ("query", "[?level=", "position"),
    ("tunnel_ids", ["tun-x/y"], "'tun-'"),
]


@pytest.mark.parametrize("option, value, words", BAD)
def test_wrong_values(option, value, words):
    with pytest.raises(OptionsError) as caught:
        check(**{option: value})
    assert caught.value.kind == "options"
    assert caught.value.message.startswith(option + ": ")
    shown = value[0] if isinstance(value, list) else value
    if option != "query":
        assert str(shown) in caught.value.message
        assert words in caught.value.message


def test_a_reversed_window():
    with pytest.raises(OptionsError, match="since.*until"):
        check(since="1m", until="2m")


def test_tunnels_belong_to_one_connection():
    with pytest.raises(OptionsError, match="tunnel_ids: tun-a, tun-b was given together with 2 VPN connections"):
        check(vpn_connection_ids=["vco-a", "vco-b"], tunnel_ids=["tun-a", "tun-b", "tun-a"])
    assert check(tunnel_ids=["tun-a", "tun-b", "tun-a"])["tunnel_ids"] == ["tun-a", "tun-b"]


@pytest.mark.parametrize("name", [option.name for option in OPTIONS if option.sign_in and option.type == "str"])
def test_no_control_character_in_a_sign_in(name):
    provider = BY_NAME[name].providers[0]
    with pytest.raises(OptionsError) as caught:
        check(provider, **{name: "hidden-value\r\nX-Evil: 1"})
    assert caught.value.message.startswith(name + ": ")
    assert "hidden-value" not in caught.value.message


def test_auth_url_is_checked_too():
    with pytest.raises(OptionsError, match="auth_url: .*loopback"):
        check("huawei", auth_url="http://iam.example.com")
    check("huawei", auth_url="http://127.0.0.1:5000/v3")


def test_an_empty_text_is_as_good_as_none():
    checked = check(region="", query="", endpoint="")
    assert [checked[name] for name in ("region", "query", "endpoint")] == [None] * 3


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("name", ["since", "until"])
def test_an_empty_end_of_the_window_is_a_marker_that_got_lost(provider, name):
    with pytest.raises(OptionsError, match=name + ": the value is empty; .*default.omit"):
        check(provider, **{name: ""})
    assert check(provider, **{name: None})[name] is None


def test_a_variable_that_is_set_to_nothing_is_unset(monkeypatch):
    monkeypatch.setenv("CLOUD_VPN_SINCE", "")
    monkeypatch.setenv("CLOUD_VPN_UNTIL", "1m")
    checked = ArgumentSpecValidator(argument_spec("alibaba")).validate({"vpn_connection_ids": [VCO]})
    assert not checked.error_messages
    assert (checked.validated_parameters["since"], checked.validated_parameters["until"]) == (None, "1m")


@pytest.mark.parametrize("zone", ["-12:00", "+14:00", "-03:30", "+05:45", "auto"])
def test_every_zone_that_is_let_through_can_be_used(zone):
    checked = check(log_timezone=zone)["log_timezone"]
    assert checked == "auto" or parse_lines([], provider="alibaba", log_timezone=checked) == []


@pytest.mark.parametrize("name", ["timeout", "deadline", "max_retries", "concurrency", "wait_timeout", "wait_sleep"])
def test_the_range_of_a_number_is_documented(name):
    with pytest.raises(OptionsError) as caught:
        check(**{name: 10**10})
    allowed = re.search(r"allowed is (\d+) to (\d+)", caught.value.message)
    fragments = yaml.safe_load(_http.ModuleDocFragment.DOCUMENTATION)["options"]
    fragments.update(yaml.safe_load(_window.ModuleDocFragment.DOCUMENTATION)["options"])
    assert "V({}) to V({})".format(*allowed.groups()) in str(fragments[name]["description"])


def test_variables_that_users_have_already():
    environ = {"ALICLOUD_REGION": "old", "ALIBABA_CLOUD_REGION": "new", "OS_REGION_NAME": "eu-de"}
    assert check(environ=environ)["region"] == "new"
    assert check(environ=environ, region="given")["region"] == "given"
    assert check("huawei", environ=environ)["region"] == "eu-de"
    assert check("huawei", environ=environ, cloud="otc")["region"] is None


def test_only_the_options_of_the_cloud_get_through():
    assert set(check("huawei", access_key_id="x")) == {option.name for option in options_of("huawei")}


@pytest.mark.parametrize(
    "given, expected",
    [
        ({}, None),
        ({"assume_role": {"role_arn": "acs:ram::1:role/r"}}, {"role_arn": "acs:ram::1:role/r"}),
        ({"assume_role_arn": "a", "assume_role_session_expiration": 900}, {"role_arn": "a", "session_expiration": 900}),
        (
            {"assume_role": {"role_arn": "n", "duration": 60}, "assume_role_arn": "f"},
            {"role_arn": "n", "session_expiration": 60},
        ),
    ],
)
def test_assume_role_nested_or_flat(given, expected):
    role = check(**given)["assume_role"]
    assert expected is role if expected is None else {key: value for key, value in role.items() if value} == expected


@pytest.mark.parametrize(
    "role, words", [({"session_name": "x"}, "role_arn is missing"), ({"arn": "x"}, "arn is not known")]
)
def test_assume_role_that_cannot_work(role, words):
    with pytest.raises(OptionsError, match=words):
        check(assume_role=role)


@pytest.mark.parametrize(
    "given, expected",
    [
        (None, None),
        ("", None),
        (True, True),
        ("True", True),
        ("yes", True),
        ("False", None),
        ("no", None),
        ("/x/y", "/x/y"),
    ],
)
def test_token_cache_is_a_switch_or_a_path(given, expected):
    assert check("huawei", token_cache=given)["token_cache"] == expected


def test_short_secrets_warn_without_being_shown():
    said = []
    warn_short_secrets({"password": "IKE", "passcode": "123456", "token": "long enough"}, said.append)
    assert len(said) == 1
    assert said[0].startswith("password is shorter than 8 characters")
    assert "IKE" not in said[0]
