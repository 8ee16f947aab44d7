# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As few module calls as possible, and loud on lists that cannot be meant."""

from __future__ import annotations

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.calls import plan_calls
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.evidence.samples import OURS, THEIRS


def test_one_call_for_all_that_share_their_options():
    key = {"access_key_id": "k", "access_key_secret": "s"}
    connections = [{"id": f"vco-a{n}", "region": "eu-central-1", "options": dict(key)} for n in range(100)]
    connections += [{"id": f"98c5af8a-1f0e-4c7b-9a86-{n:012d}", "region": "eu-de"} for n in range(100)]
    calls = plan_calls(connections, since="2h")
    assert [(call["provider"], len(call["ids"])) for call in calls] == [("alibaba", 100), ("huawei", 100)]
    assert calls[0]["options"] == {**key, "region": "eu-central-1", "since": "2h"}


@pytest.mark.parametrize(
    "second",
    [{"region": "eu-west-1"}, {"options": {"access_key_id": "other"}}, {"tunnel_ids": ["tun-a1"]}],
)
def test_other_options_are_another_call(second):
    assert len(plan_calls([{"id": "vco-a1"}, dict(second, id="vco-a2")])) == 2


def test_aliases_are_the_same_option():
    calls = plan_calls(
        [{"id": "vco-a1", "options": {"alicloud_access_key": "k"}}, {"id": "vco-a2", "options": {"access_key_id": "k"}}]
    )
    assert len(calls) == 1
    assert calls[0]["options"] == {"access_key_id": "k"}


def test_since_marker_and_where_earlier_looks_began():
    connections = [{"id": "vco-a1"}, {"id": "vco-a2"}]
    marker = {"vco-a1": "2022-12-14T07:00:00Z", "vco-a2": "2022-12-14T07:00:00Z"}
    assert plan_calls(connections, marker=marker)[0]["options"]["since"] == "2022-12-14T07:00:00Z"
    assert plan_calls(connections, since="5m", marker=marker)[0]["options"]["since"] == "5m"
    assert "since" not in plan_calls(connections)[0]["options"]
    begun = plan_calls(connections, since="5m", begun={"vco-a1": "2022-12-14T06:00:00Z"})
    assert [call["options"]["since"] for call in begun] == ["2022-12-14T06:00:00Z", "5m"]
    with pytest.raises(ValueError, match="the marker does not know vco-a2"):
        plan_calls(connections, marker={"vco-a1": "2022-12-14T07:00:00Z"})


def test_a_marker_that_was_not_taken_is_not_the_default_window():
    with pytest.raises(ValueError, match="the marker does not know vco-a1"):
        plan_calls([{"id": "vco-a1"}], marker={})
    with pytest.raises(ValueError, match="the marker is no dictionary"):
        plan_calls([{"id": "vco-a1"}], marker="2022-12-14T07:00:00Z")
    assert plan_calls([{"id": "vco-a1"}], since="5m", marker={})[0]["options"]["since"] == "5m"


def test_text_is_what_an_argument_spec_makes_of_it():
    assert plan_calls("vco-a1,vco-a2")[0]["ids"] == ["vco-a1", "vco-a2"]
    (call,) = plan_calls("id=vco-a1 region=eu-central-1")
    assert call["ids"] == ["vco-a1"]
    assert call["options"] == {"region": "eu-central-1"}
    (call,) = plan_calls([{"id": "vco-a1", "tunnel_ids": "tun-a1,tun-a2"}])
    assert call["options"]["tunnel_ids"] == ["tun-a1", "tun-a2"]


def test_what_remains_after_a_failure_of_some():
    connections = [{"id": "vco-a1"}, {"id": "vco-a2"}, {"id": THEIRS}]
    first = [{"item": 0, "msg": "x", "errors": {"vco-a2": {"kind": "not_found"}}}, {"item": 1, "ansible_facts": {}}]
    assert [(call["number"], call["ids"]) for call in plan_calls(connections, after=first)] == [(0, ["vco-a1"])]
    everything = [{"item": 0, "msg": "x", "errors": {"vco-a1": {}, "vco-a2": {}}}, {"item": 1, "msg": "x", "error": {}}]
    assert plan_calls(connections, after=everything) == []


@pytest.mark.parametrize(
    "connections, words",
    [
        ([], "at least one"),
        (None, "at least one"),
        ("", "at least one"),
        (["{id: vco-a1"], "is no VPN connection"),
        (["id=vco-a1 vco-a2"], "is no VPN connection"),
        ([{}], "number 1 has no id"),
        ([{"id": "page"}], "is not a VPN connection ID"),
        ([{"id": OURS}, {"id": OURS}], "in the list twice"),
        ([{"id": THEIRS}, {"id": THEIRS.upper()}], "in the list twice"),
        ([{"id": OURS, "pair": "x"}], "1 end"),
        ([{"id": f"vco-a{n}", "pair": "x"} for n in range(3)], "3 end"),
        ([{"id": OURS, "colour": "red"}], "'colour' is not known"),
        ([{"id": OURS, "provider": "azure"}], "'azure' is not one of"),
        ([{"id": THEIRS, "tunnel_ids": ["tun-a1"]}], "Alibaba Cloud only"),
        ([{"id": OURS, "options": {"acces_key_id": "x"}}], "did you mean access_key_id"),
        ([{"id": OURS, "options": {"password": "x"}}], "no option of the module for this cloud"),
        ([{"id": OURS, "options": {"since": "1h"}}], "does not belong into options"),
        ([{"id": OURS, "options": {"region_id": "x"}}], "does not belong into options"),
        ([{"id": OURS, "options": {"access_key_id": "x", "access_key": "y"}}], "given twice"),
        ([{"id": OURS, "options": "x"}], "must be a dictionary"),
    ],
)
def test_refused(connections, words):
    with pytest.raises(ValueError, match=words):
        plan_calls(connections)
