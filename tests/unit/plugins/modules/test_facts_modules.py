# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module hands back to ansible-core: facts only, or one readable failure."""

from __future__ import annotations

import json
import sys

import pytest
from ansible.module_utils import basic

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    DependencyError,
    NotFoundError,
    TransportError,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._facts_module import FactsModule, run
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import argument_spec
from ansible_collections.netops.cloud_vpn.plugins.modules import (
    alibaba_vpn_connection_logs_facts,
    huawei_vpn_connection_logs_facts,
)
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.standin import DOWN, UP, StandIn

SECRET = "averylongsecret"
# The window is that of the lines.
ARGS = {
    "vpn_connection_ids": ["vco-a"],
    "region": "eu-central-1",
    "log_timezone": "+08:00",
    "since": "2022-12-14T07:45:00Z",
    "until": "2022-12-14T07:55:00Z",
}


@pytest.fixture
def play(monkeypatch, capsys):
    """Run a function that makes a module and leaves it; returns what ansible-core would read."""

    def runner(function, args, check=False):
        arguments = dict(args, _ansible_check_mode=check)
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
        if hasattr(basic, "_ANSIBLE_PROFILE"):  # since ansible-core 2.19
            monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy")
        monkeypatch.setattr(sys, "argv", ["module"])
        with pytest.raises(SystemExit) as left:
            function()
        result = json.loads(capsys.readouterr().out)
        assert (left.value.code != 0) == bool(result.get("failed"))
        return result

    return runner


def body(provider):
    def main():
        module = FactsModule(argument_spec=argument_spec("alibaba"), supports_check_mode=True)
        run(module, "alibaba", lambda options, http, environ: provider, "some_fact")

    return main


@pytest.mark.parametrize("check", [False, True])
def test_facts_and_nothing_else(play, check):
    provider = StandIn({"vco-a": [UP]})
    result = play(body(provider), dict(ARGS, access_key_secret=SECRET), check)
    assert set(result) <= {"changed", "ansible_facts", "invocation"}
    assert result["changed"] is False
    assert list(result["ansible_facts"]) == ["some_fact"]
    assert result["ansible_facts"]["some_fact"]["vco-a"]["health"]["state"] == "up"
    assert SECRET not in json.dumps(result)
    assert provider.closed == 1


def test_the_failure_of_one_connection(play):
    provider = StandIn({"vco-a": [NotFoundError("gone", code="X.NotFound", http_status=404, service="vpc")]})
    result = play(body(provider), ARGS)
    assert result["msg"] == "vco-a: gone"
    assert result["error"]["kind"] == "not_found"
    assert {"kind", "code", "message", "http_status", "request_id", "retryable", "service"} <= set(result["error"])
    assert not {"errors", "health", "ansible_facts"} & set(result)
    assert provider.closed == 1


def test_the_failure_of_some_connections(play):
    provider = StandIn({"vco-a": [UP], "vco-b": [TransportError("cut")]})
    result = play(body(provider), dict(ARGS, vpn_connection_ids=["vco-a", "vco-b"]))
    assert {key: error["kind"] for key, error in result["errors"].items()} == {"vco-b": "transport"}
    assert "vco-b: cut" in result["msg"]


def test_a_wait_in_vain_tells_the_last_verdict(play):
    result = play(body(StandIn({"vco-a": [DOWN]})), dict(ARGS, wait=True, wait_timeout=0))
    assert result["error"]["kind"] == "timeout"
    assert result["health"]["vco-a"]["state"] == "down"


def test_a_missing_library(play):
    def factory(options, http, environ):
        raise DependencyError("no requests", code="requests")

    def main():
        run(FactsModule(argument_spec=argument_spec("alibaba"), supports_check_mode=True), "alibaba", factory, "fact")

    result = play(main, ARGS)
    assert result["error"]["kind"] == "dependency"
    assert result["msg"].startswith("Failed to import the required Python library (requests)")


@pytest.mark.parametrize("verbosity", [2, 3])
def test_warnings_reach_the_user(play, monkeypatch, verbosity):
    said = []
    monkeypatch.setattr(FactsModule, "warn", lambda self, text: said.append(text))
    provider = StandIn({"vco-a": [UP]}, warnings=["your clock is off"])
    play(body(provider), dict(ARGS, security_token="short", _ansible_verbosity=verbosity))
    assert said[0].startswith("security_token is shorter than 8 characters")
    assert said[1:] == ["your clock is off"] + ["alibaba: signed in with the environment"] * (verbosity == 3)


MODULES = [
    (alibaba_vpn_connection_logs_facts, "vco-a", "access_key_id"),
    (huawei_vpn_connection_logs_facts, "4e3f0a6e-7a9a-4b0a-8a35-8f0e64a4bd0c", "token"),
]


@pytest.mark.parametrize("module, connection_id, _option", MODULES)
@pytest.mark.parametrize(
    "args, words",
    [
        ({"limit": -1}, "limit: -1"),
        ({"limit": "many"}, "limit"),
        ({"since": "soon"}, "since: 'soon'"),
        ({"colour": "red"}, "colour"),
        ({"vpn_connection_ids": ["junk/../"]}, "vpn_connection_ids: 'junk/../'"),
        ({"region": "x/y"}, "region: 'x/y'"),
        ({"endpoint": "http://192.0.2.1"}, "endpoint: 'http://192.0.2.1'"),
        ({"query": "[?"}, "query: "),
    ],
)
def test_wrong_options_have_an_error_too(play, module, connection_id, _option, args, words):
    result = play(module.main, dict({"vpn_connection_ids": [connection_id], "region": "eu-de"}, **args))
    assert result["failed"] is True
    assert result["error"]["kind"] == "options"
    assert words in result["msg"]


@pytest.mark.parametrize("module, connection_id, option", MODULES)
def test_no_sign_in_names_what_is_missing(play, monkeypatch, module, connection_id, option, tmp_path):
    for name in list(module_environment()):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
    result = play(module.main, {"vpn_connection_id": connection_id, "region": "eu-de"})
    assert result["error"]["kind"] == "options"
    assert option in result["msg"]


def module_environment():
    """Variables of this machine that could sign in."""
    import os

    return [name for name in os.environ if name.startswith(("ALI", "HW_", "OS_", "HUAWEI", "ANSIBLE_HWC", "CLOUD_VPN"))]
