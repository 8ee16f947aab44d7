# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test vpn_up: never true by accident."""

from __future__ import annotations

import time

import pytest
from ansible.errors import AnsibleTemplateError, AnsibleUndefinedVariable
from jinja2.runtime import StrictUndefined

from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import iso
from ansible_collections.netops.cloud_vpn.plugins.test.vpn_up import vpn_up

STATES = ("up", "degraded", "negotiating", "down", "unknown")


def health(state):
    return {
        "state": state,
        "reason": None,
        "phase": None,
        "persistent": None,
        "since": None,
        "last_event": None,
        "flaps": 0,
        "time_to_up": None,
        "hint": None,
        "evidence": [],
    }


def record(state="up", age=0.0, connection_id="vco-a"):
    return {
        "provider": "alibaba",
        "connection_id": connection_id,
        "region": "eu-central-1",
        "window": {"since": None, "until": "2022-12-14T07:52:24Z"},
        "fetched_at": iso(round(time.time() - age, 3)),
        "server_time": None,
        "complete": True,
        "count": 0,
        "truncated": False,
        "logs": [],
        "health": health(state),
        "tunnels": {},
    }


@pytest.mark.parametrize("state", STATES)
def test_only_up_is_up(state):
    expected = state == "up"
    assert vpn_up(health(state)) is expected
    assert vpn_up(record(state)) is expected
    assert vpn_up({"vco-a": record(state)}) is expected


def test_allow_widens():
    assert vpn_up(record("degraded"), allow=["degraded"]) is True
    assert vpn_up(record("degraded"), allow="degraded") is True
    assert vpn_up(record("down"), allow=["degraded"]) is False


def test_absence_is_never_up():
    facts = {"vco-a": record()}
    assert vpn_up(facts, expected=["vco-a"]) is True
    assert vpn_up(facts, expected="vco-a") is True
    assert vpn_up(facts, expected=["vco-a", "vco-b"]) is False
    assert vpn_up({}, expected=["vco-a"]) is False


def test_expecting_a_record_twice_is_expecting_it():
    assert vpn_up(record(), expected=["vco-a", "vco-a"]) is True
    assert vpn_up(record(), expected=["vco-a", "vco-b"]) is False


@pytest.mark.parametrize("passed", [False, True])
def test_a_row_of_what_vpn_verdicts_returns_is_no_verdict(passed):
    row = {"id": "vco-a", "passed": passed, "state": "up", "reason": None, "problem": "its log is incomplete"}
    with pytest.raises(AnsibleTemplateError, match="passed"):
        vpn_up(row)


def test_stale_is_never_up():
    assert vpn_up(record(age=5), max_age=60) is True
    assert vpn_up(record(age=61), max_age=60) is False
    assert vpn_up({"vco-a": record(age=5), "vco-b": record(age=61, connection_id="vco-b")}, max_age="60") is False


def never_true(value, **options):
    try:
        return vpn_up(value, **options) is not True
    except AnsibleTemplateError:
        return True


@pytest.mark.parametrize("value", [{}, [], None, "", "up", True, 1, {"a": 1}, {"state": "great"}, {"health": None}])
def test_nothing_else_is_up(value):
    assert never_true(value)


def test_undefined_fails():
    with pytest.raises(AnsibleUndefinedVariable):
        vpn_up(StrictUndefined(name="nothing"))


@pytest.mark.parametrize("options", [{"max_age": "soon"}, {"allow": ["upp"]}, {"max_age": 60}])
def test_wrong_options_are_never_true(options):
    assert never_true(health("up"), **options)
