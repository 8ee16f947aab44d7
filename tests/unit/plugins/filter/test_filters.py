# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters: thin, loud on what they do not know, plain in what they return."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError, AnsibleUndefinedVariable
from jinja2.runtime import StrictUndefined

from ansible_collections.netops.cloud_vpn.plugins.filter.vpn_health import vpn_health
from ansible_collections.netops.cloud_vpn.plugins.filter.vpn_parse import vpn_parse
from ansible_collections.netops.cloud_vpn.plugins.filter.vpn_timeline import vpn_timeline
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.standin import DOWN, UP

LINES = UP.format(id="vco-a").splitlines()


class Tagged(str):
    """What ansible-core hands out."""


def test_parse_a_list_or_one_text():
    entries = vpn_parse(LINES, provider="alibaba", connection_id="vco-a")
    assert [entry["event"] for entry in entries] == ["ike_sa_established", "tunnel_established"]
    assert entries[1]["timestamp"] == "2022-12-14T07:50:01Z"
    assert entries[1]["connection_id"] == "vco-a"
    assert vpn_parse("\n".join(LINES), provider="alibaba", connection_id="vco-a") == entries
    assert vpn_parse(LINES, provider="alibaba", log_timezone="+00:00")[1]["timestamp"] == "2022-12-14T15:50:01Z"
    assert vpn_parse([], provider="huawei") == []


def test_what_comes_out_is_plain():
    (entry,) = vpn_parse([Tagged(LINES[1])], provider=Tagged("alibaba"))
    # ansible-core 2.18 has a text type of its own for what must not be rendered.
    assert all(isinstance(value, (str, int, float, type(None))) for value in entry.values())
    assert not any(isinstance(value, Tagged) for value in entry.values())


@pytest.mark.parametrize(
    "args, options",
    [
        ((LINES,), {"provider": "cisco"}),
        ((LINES,), {"provider": "alibaba", "log_timezone": "CET"}),
        (({"a": 1},), {"provider": "alibaba"}),
        (([1, 2],), {"provider": "alibaba"}),
        ((None,), {"provider": "alibaba"}),
    ],
)
def test_parse_refuses(args, options):
    with pytest.raises(AnsibleFilterError, match="vpn_parse"):
        vpn_parse(*args, **options)


@pytest.mark.parametrize("function", [lambda value: vpn_parse(value, provider="alibaba"), vpn_health, vpn_timeline])
def test_undefined_is_an_error_everywhere(function):
    with pytest.raises(AnsibleUndefinedVariable):
        function(StrictUndefined(name="nothing"))


def test_health_of_entries_and_of_a_record():
    entries = vpn_parse(LINES, provider="alibaba")
    assert vpn_health(entries)["state"] == "up"
    assert vpn_health(vpn_parse(DOWN.format(id="vco-a"), provider="alibaba"))["state"] == "down"
    assert vpn_health([])["state"] == "unknown"
    assert vpn_health(entries[::-1])["state"] == "up"
    # The verdict of a record was made from all entries, and its logs may be cut.
    assert vpn_health({"logs": [], "health": {"state": "degraded"}}) == {"state": "degraded"}


@pytest.mark.parametrize("value", [{"vco-a": {"health": {"state": "up"}}}, "up", 3, None, ["line"], [{"no": "entry"}]])
def test_health_refuses(value):
    with pytest.raises(AnsibleFilterError, match="vpn_health"):
        vpn_health(value)


def test_timeline_of_both_ends():
    first = {"logs": vpn_parse(LINES, provider="alibaba", connection_id="vco-a"), "connection_id": "vco-a"}
    second = {
        "logs": vpn_parse(DOWN.format(id="vco-b"), provider="alibaba", connection_id="vco-b"),
        "connection_id": "vco-b",
    }
    merged = vpn_timeline([first, second])
    assert len(merged) == 4
    assert [entry["epoch"] for entry in merged] == sorted(entry["epoch"] for entry in merged)
    assert vpn_timeline({"vco-a": first, "vco-b": second}) == merged
    assert [entry["message"] for entry in vpn_timeline(first)] == [entry["message"] for entry in first["logs"]]
    assert vpn_timeline([first, second["logs"]]) == merged  # a log of one's own has no record
    assert vpn_timeline([]) == []


@pytest.mark.parametrize("value", ["text", 1, None, [1], {"a": 1}, [{"no": "logs"}]])
def test_timeline_refuses(value):
    with pytest.raises(AnsibleFilterError, match="vpn_timeline"):
        vpn_timeline(value)


def test_each_log_in_a_list_is_judged_on_its_own():
    logs = {name: vpn_parse(text.format(id=name), provider="alibaba", connection_id=name)
            for name, text in (("vco-a", UP), ("vco-b", DOWN))}  # fmt: skip
    assert vpn_health(vpn_timeline(list(logs.values())))["state"] == "degraded"
    assert vpn_health(vpn_timeline([logs["vco-b"], logs["vco-b"]]))["state"] == "down"
    tunnels = [{**entry, "connection_id": "vco-a", "tunnel_id": f"tun-{name}"} for name in logs for entry in logs[name]]
    assert (vpn_health(tunnels)["state"], vpn_health(tunnels[::-1])["state"]) == ("degraded", "degraded")
