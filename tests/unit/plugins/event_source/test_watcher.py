# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments, windows, and what becomes of errors: the blocking half of the event source."""

from __future__ import annotations

import random

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    AuthError,
    NotFoundError,
    OptionsError,
    ThrottledError,
    TransportError,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.place import Place
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._watcher import Look, Watcher, once, pause, plan_of
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.events.stories import (
    BASE,
    NOISE,
    PROBE,
    ends,
    stands,
)

from .cloud import OTHER, UUID, VCO, cloud

__all__ = ["cloud"]


class Watching:
    """A watcher whose events are all told at once."""

    def __init__(self, cloud, since=None, ids=(VCO,), **args):
        plan = plan_of({"vpn_connection_ids": list(ids), "region": "eu-central-1", **args}, cloud.clock())
        start = cloud.clock() if since is None else BASE + since
        self.places = {one: Place(start) for one in ids}
        self.warnings = []
        self.watcher = Watcher("alibaba", plan, self.places, self.warnings.append, cloud.clock)

    def look(self):
        self.result = self.watcher.look()
        events = []
        for connection_id, step in self.result.steps:
            events += [item.event["vpn"] for item in step.items]
            self.places[connection_id] = step.place
        return events


def kinds(events):
    return [(event["type"], event.get("health", {}).get("state")) for event in events]


@pytest.mark.parametrize(
    "args, words",
    [
        ({"vpn_conection_ids": [VCO]}, "'vpn_conection_ids' is no option of this event source; did you mean"),
        ({"delya": 5}, "'delya' is no option of this event source; did you mean delay"),
        ({"wait": True}, "'wait' is no option of this event source"),
        ({"until": "now"}, "'until' is no option of this event source"),
        ({"delay": 5, "interval": 6}, "'delay' and 'interval' are the same option"),
        ({"vpn_connection_ids": []}, "vpn_connection_ids: the list is empty"),
        ({"vpn_connection_ids": None}, "vpn_connection_ids"),
        ({"vpn_connection_ids": ["vpn-1"]}, "'vpn-1' is not a VPN connection ID"),
        ({"vpn_connection_ids": [VCO, UUID], "security_token": "token-of-one"}, "security_token: the IDs are of more"),
        ({"vpn_connection_ids": [VCO, UUID], "endpoint": "vpn.example.com"}, "write an event source for each cloud."),
        ({"since": ""}, "since: the value is empty"),
        ({"delay": "often"}, "delay"),
        ({"delay": 0}, "delay: 0 is out of range; allowed is 1 or more."),
        ({"overlap": 0}, "overlap: 0 is out of range"),
        ({"history": "2022-12-14"}, "history: '2022-12-14' is no age"),
        ({"history": "always"}, "history: 'always' is not a point in time"),
        ({"since": "yesterday"}, "since: 'yesterday' is not a point in time"),
        ({"timeout": 0}, "timeout: 0 is out of range"),
        ({"provider": "aws"}, "provider"),
        ({"entries": "perhaps"}, "entries"),
        ({"signature_version": "v9"}, "signature_version"),
        ({"tunnel_ids": ["x"]}, "tunnel_ids: 'x' is not a tunnel ID"),
        ({"ca_path": "/nowhere"}, "ca_path: '/nowhere' does not exist"),
    ],
)
def test_wrong_arguments_end_in_a_sentence(cloud, args, words):
    with pytest.raises(OptionsError) as caught:
        plan_of({"vpn_connection_ids": [VCO], **args}, cloud.clock())
    assert words in caught.value.message
    assert cloud.opened == 0


def test_ids_are_needed(cloud):
    with pytest.raises(OptionsError, match="vpn_connection_ids"):
        plan_of({"region": "eu-de"}, cloud.clock())


def test_arguments_may_be_texts_and_aliases(cloud, monkeypatch):
    monkeypatch.setenv("CLOUD_VPN_TIMEOUT", "7")
    plan = plan_of(
        {
            "vpn_connection_id": f"{VCO},{UUID}",
            "interval": "30",
            "entries": "no",
            "region_id": "eu-x",
            "history": "12h",
        },
        cloud.clock(),
    )
    assert {name: options["vpn_connection_ids"] for name, options in plan.jobs.items()} == {
        "alibaba": [VCO],
        "huawei": [UUID],
    }
    assert (plan.delay, plan.max_delay, plan.settings.memory) == (30.0, 900.0, 43200.0)
    assert plan.settings.entries is False
    assert {(options["region"], options["timeout"]) for options in plan.jobs.values()} == {("eu-x", 7)}


def test_the_past_is_read_in_slices_and_not_told(cloud):
    cloud.add(50000, stands(50000))
    cloud.say(PROBE, at=99990)
    watching = Watching(cloud, history="1d")
    assert kinds(watching.look()) == [("verdict", "up")]
    context = cloud.asked[:-1]
    assert context[0][1] == 100000 - 86400 and context[-1][2] == 100000 and len(context) == 24
    assert all(until - since <= 3600 for _id, since, until in context)
    cloud.asked.clear()
    cloud.now += 60
    cloud.say(NOISE)
    assert kinds(watching.look()) == [("entry", None)]
    # The next look and all that follow read what is new and the overlap.
    assert cloud.asked == [(VCO, 100000.0, 100060.0)]
    cloud.now += 1000
    watching.look()
    cloud.now += 60
    cloud.asked.clear()
    watching.look()
    assert cloud.asked == [(VCO, 100760.0, 101120.0)]


def test_a_service_that_holds_little_is_asked_once_for_the_past(cloud):
    cloud.default_since = None
    cloud.add(50000, stands(50000))
    watching = Watching(cloud)
    assert kinds(watching.look()) == [("verdict", "up")]
    assert [since for _id, since, _until in cloud.asked] == [None, 100000.0]


def test_what_was_missed_is_read_in_slices(cloud):
    watching = Watching(cloud, since=100000 - 4 * 3600)
    for hour in range(4):
        cloud.say(f"{NOISE} {hour}", at=100000 - 4 * 3600 + hour * 3600 + 1800)
    told, behind = [], []
    for _turn in range(6):
        told += [event["entry"]["message"][-1] for event in watching.look() if event["type"] == "entry"]
        behind.append(watching.result.behind)
    assert told == ["0", "1", "2", "3"]
    assert behind == [True, True, True, True, False, False]


def test_connections_are_asked_together(cloud):
    watching = Watching(cloud, ids=(VCO, OTHER))
    watching.look()
    cloud.asked.clear()
    cloud.now += 60
    watching.look()
    assert sorted(cloud.asked) == [(OTHER, 100000.0, 100060.0), (VCO, 100000.0, 100060.0)]


def test_one_connection_may_fail_and_catch_up(cloud):
    watching = Watching(cloud, ids=(VCO, OTHER))
    watching.look()
    cloud.problems[VCO] = TransportError("It is gone.")
    cloud.now += 60
    cloud.say(NOISE)
    cloud.say(PROBE, connection_id=OTHER)
    assert kinds(watching.look()) == [("entry", None), ("blind", None)]
    assert watching.result.error is None
    cloud.now += 6000
    assert kinds(watching.look()) == []
    del cloud.problems[VCO]
    cloud.now += 60
    events = watching.look()
    while watching.result.behind:
        events += watching.look()
    assert kinds(events) == [("sighted", None), ("entry", None)]


def test_a_cloud_that_is_down_is_opened_anew(cloud):
    watching = Watching(cloud)
    cloud.problems["sign-in"] = TransportError("The connection was refused.")
    assert kinds(watching.look()) == [("blind", None)]
    assert watching.result.error.message == "The connection was refused."
    assert watching.look() == []
    assert (cloud.opened, cloud.closed) == (2, 2)
    cloud.problems.clear()
    cloud.now += 60
    cloud.add(100030, stands(100030))
    assert kinds(watching.look()) == [("sighted", None), ("verdict", "up"), ("entry", None), ("entry", None)]


def test_a_past_that_cannot_be_read_is_read_later(cloud):
    cloud.add(99000, stands(99000))
    watching = Watching(cloud, ids=(VCO, OTHER))
    cloud.problems[VCO] = TransportError("It is gone.")
    assert kinds(watching.look()) == [("verdict", "unknown"), ("blind", None)]
    del cloud.problems[VCO]
    cloud.now += 60
    assert kinds(watching.look()) == [("sighted", None), ("verdict", "up")]


def test_what_cannot_heal_ends_the_first_look(cloud):
    watching = Watching(cloud)
    cloud.problems["sign-in"] = AuthError("The key is wrong.")
    with pytest.raises(AuthError, match="The key is wrong."):
        watching.look()
    watching = Watching(cloud)
    cloud.problems = {VCO: NotFoundError("There is no such connection.")}
    with pytest.raises(NotFoundError):
        watching.look()


def test_what_cannot_heal_is_told_later_on(cloud):
    watching = Watching(cloud)
    watching.look()
    cloud.problems["sign-in"] = AuthError("The key is wrong.")
    cloud.problems[VCO] = AuthError("The key is wrong.")
    assert kinds(watching.look()) == [("blind", None)]
    assert watching.result.error.ends_task


def test_one_of_several_may_be_gone_from_the_beginning(cloud):
    watching = Watching(cloud, ids=(VCO, OTHER))
    cloud.problems[OTHER] = NotFoundError("There is no such connection.")
    assert kinds(watching.look()) == [("verdict", "unknown"), ("blind", None)]


def test_our_clock_ahead_of_the_clouds_loses_nothing(cloud):
    cloud.clock_is_behind = 1800.0
    watching = Watching(cloud)
    watching.look()
    said = []
    for turn in range(40):
        cloud.now += 60
        cloud.say(f"{NOISE} {turn}", at=cloud.now - 1800)
        said += [event["entry"]["message"] for event in watching.look() if event["type"] == "entry"]
    assert [text.rpartition(" ")[2] for text in said] == [str(turn) for turn in range(40)]


def test_our_clock_behind_the_clouds_delays_nothing(cloud):
    cloud.clock_is_behind = -1800.0
    watching = Watching(cloud)
    watching.look()
    cloud.now += 60
    cloud.say(NOISE, at=cloud.now + 1800)
    assert kinds(watching.look()) == [("entry", None)]


def test_a_clock_that_is_set_back_repeats_nothing(cloud):
    cloud.say(NOISE, at=99990)
    watching = Watching(cloud, since=99900)
    assert len(watching.look()) == 2
    cloud.now -= 500
    assert watching.look() == []
    cloud.now += 700
    cloud.say(PROBE)
    assert kinds(watching.look()) == [("entry", None)]


def test_a_tunnel_that_ends(cloud):
    cloud.add(99000, stands(99000))
    watching = Watching(cloud)
    watching.look()
    cloud.add(100010, ends(100010))
    cloud.now += 60
    assert kinds(watching.look()) == [("verdict", "down"), ("entry", None), ("entry", None)]


def test_no_look_after_the_end(cloud):
    watching = Watching(cloud)
    watching.look()
    watching.watcher.close()
    assert cloud.closed == 1
    watching.look()
    assert watching.result.error is not None


def test_pauses_grow_by_chance_up_to_a_limit(monkeypatch):
    plan = plan_of({"vpn_connection_ids": [VCO], "delay": 60, "max_delay": 900}, BASE)
    ranges = []
    monkeypatch.setattr(random, "uniform", lambda low, high: ranges.append((low, high)) or high / 2)
    down = Look([], False, TransportError("gone"))
    assert [pause(down, failures, plan) for failures in (1, 2, 3, 4, 1000)] == [60, 120, 240, 450, 450]
    assert ranges[:2] == [(0.0, 120.0), (0.0, 240.0)] and ranges[-1] == (0.0, 900.0)
    assert pause(Look([], False, None), 0, plan) == 60
    # Five wrong passwords lock an account at Huawei Cloud.
    assert pause(Look([], False, AuthError("wrong")), 1, plan) == 900
    assert pause(Look([], False, ThrottledError("slow", retry_after=200.0)), 1, plan) == 200
    assert pause(Look([], False, ThrottledError("slow", retry_after=1e9)), 1, plan) == 900


def test_a_warning_is_given_once():
    given = []
    warn = once(given.append)
    for text in ("a", "b", "a", *map(str, range(1001)), "a"):
        warn(text)
    assert given.count("b") == 1 and given.count("a") == 2 and len(given) == 1004
