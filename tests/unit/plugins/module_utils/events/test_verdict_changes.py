# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a verdict is told, and when not."""

from __future__ import annotations

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import AuthError, TransportError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events import story
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.shape import Source
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.steps import advance, lose_sight, part
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.story import Story
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.logs.samples import CORPUS

from .stories import (
    BASE,
    FAILED,
    NEGOTIATE,
    NOISE,
    PROBE,
    TIMEOUT,
    VCO,
    Watch,
    ends,
    line,
    messages,
    record,
    stands,
    states,
    told,
)

SOURCE = Source("alibaba", VCO, "eu-central-1")
UP = stands(5)
DOWN = [*ends(20), line(21, NEGOTIATE), line(22, FAILED)]


def up():
    watch = Watch()
    assert states(watch.look(UP, 10)) == [(None, "up")]
    return watch


def test_the_first_verdict_is_told_whatever_it_is():
    assert states(Watch().look([], 10)) == [(None, "unknown")]
    watch = Watch()
    watch.look([], 10)
    assert states(watch.look(UP, 20)) == [("unknown", "up")]


def test_a_change_is_told_once_with_what_was_before():
    watch = up()
    (event,) = told(watch.look([*UP, *DOWN], 30), "verdict")
    assert (event["health"]["state"], event["health"]["reason"]) == ("down", "psk_mismatch")
    assert event["health"]["persistent"] is True
    assert event["previous"] == {"state": "up", "reason": None, "phase": None, "persistent": None}
    assert (event["connection_id"], event["provider"], event["region"]) == (VCO, "alibaba", "eu-central-1")
    assert states(watch.look([*UP, *DOWN], 60)) == []


def test_silence_changes_nothing():
    watch = up()
    for now in range(60, 100000, 3600):
        assert watch.look([], now) == []
    assert states(watch.look([line(99999, PROBE)], 100010)) == []
    watch = up()
    watch.look([*UP, *DOWN], 30)
    assert watch.look([], 50000) == []


def test_an_attempt_does_not_end_down():
    watch = up()
    watch.look([*UP, *DOWN], 30)
    lines, now = [], 40
    for _turn in range(5):
        lines.append(line(now, NEGOTIATE))
        assert states(watch.look(lines, now + 1)) == []
        lines.append(line(now + 5, FAILED))
        assert states(watch.look(lines, now + 10)) == []
        now += 20
    assert states(watch.look([*lines, *stands(now, 7)], now + 1)) == [("down", "up")]


def test_another_reason_is_another_verdict():
    watch = up()
    gone = [*UP, *ends(20), line(21, NEGOTIATE), line(51, TIMEOUT)]
    assert states(watch.look(gone, 60)) == [("up", "down")]
    (event,) = told(watch.look([*gone, line(70, NEGOTIATE), line(71, FAILED)], 80), "verdict")
    assert event["previous"]["state"] == event["health"]["state"] == "down"
    assert (event["previous"]["persistent"], event["health"]["persistent"]) == (None, True)


def test_a_tunnel_that_went_and_came_back_between_two_looks():
    watch = up()
    lines = [*UP, *ends(20), line(21, NEGOTIATE), *stands(29, 7)]
    (event,) = told(watch.look(lines, 60), "verdict")
    assert (event["previous"]["state"], event["health"]["state"], event["health"]["flaps"]) == ("up", "up", 1)
    assert states(watch.look(lines, 70)) == []


def test_a_look_in_the_middle_of_a_re_key_tells_nothing():
    watch = up()
    middle = [*UP, *ends(20)]
    assert states(watch.look(middle, 21)) == []
    assert states(watch.look([*middle, *stands(20, 7)], 22)) == []
    watch = up()
    assert states(watch.look(middle, 21)) == []
    assert states(watch.look(middle, 26)) == [("up", "down")]


@pytest.mark.parametrize("stopped", [False, True])
def test_a_verdict_that_has_to_wait_survives_a_restart(stopped):
    watch = up()
    gone = [*UP, *ends(20)]
    step = watch.step(gone, 21)
    assert [item.event["vpn"]["type"] for item in step.items] == ["entry", "entry"]
    watch.place = part(watch.place, step, 1) if stopped else step.place
    watch.restart(history=[])
    assert states(watch.look(gone, 40)) == [("up", "down")]
    assert states(watch.look(gone, 50)) == []


def test_flaps_are_forgiven():
    watch = Watch(memory=1000.0)
    lines = [*UP]
    for turn in range(4):
        lines += [*ends(20 + turn * 20, turn), *stands(30 + turn * 20, turn + 1)]
    watch.look([], 1)
    assert states(watch.look(lines, 110))[-1][1] == "degraded"
    assert watch.look([], 1000) == []
    watch.look([], 1120)
    (event,) = told(watch.look([], 1200), "verdict")
    assert (event["previous"]["state"], event["health"]["state"]) == ("degraded", "up")


def test_late_lines_are_read_in_their_place():
    watch = up()
    lines = [*UP, *stands(40, 7), *ends(42)]
    assert states(watch.look(lines, 50)) == []
    # That SA 7 was asked to go before it came says nothing; read behind the others it would be the end of the tunnel.
    assert states(watch.look([*ends(30, 7), *lines], 60)) == []
    assert states(watch.look([*lines, *ends(70, 7)], 80)) == [("up", "down")]


@pytest.mark.parametrize("tenure, found_out", [(story.TENURE, True), (1e9, False)])
def test_an_end_that_never_came_into_the_log_does_not_count_for_ever(monkeypatch, tenure, found_out):
    monkeypatch.setattr(story, "TENURE", tenure)
    watch = Watch()
    assert states(watch.look([*UP, *stands(100, 1)], 200)) == [(None, "up")]
    changes = []
    for turn in range(1, 12):
        # SA 0 goes without a word. Its successors come and go, until the last one goes, too.
        at = turn * 43200
        lines = [*stands(at, turn + 1), *ends(at + 10, turn)] if turn < 7 else [line(at, FAILED), *ends(at, turn)]
        changes += states(watch.look(lines, at + 60))
    assert changes == ([("up", "down")] if found_out else [])


def test_after_lost_lines_the_verdict_begins_anew():
    watch = up()
    events = watch.look([line(500, PROBE)], 510, complete=False)
    assert [event["type"] for event in events] == ["gap", "verdict", "entry"]
    assert states(events) == [("up", "unknown")]
    assert states(watch.look([line(500, PROBE), *stands(520, 9)], 530)) == [("unknown", "up")]
    watch = up()
    watch.look([*UP, *DOWN], 30)
    events = watch.look([line(500, NEGOTIATE), line(510, FAILED)], 520, complete=False)
    assert [event["type"] for event in events] == ["gap", "entry", "entry"]


def test_the_same_first_verdict_of_another_time_is_another_event():
    first, second = (told(Watch().look(stands(at), 10), "verdict")[0]["id"] for at in (5, 6))
    assert first != second


RE_KEYS = [
    "v1_peer_rekey.info",
    "v1_peer_rekey.debug",
    "v2_peer_rekey.info",
    "v2_rekey_child.info",
    "v2_rekey_ike.debug",
]


@pytest.mark.parametrize("name", RE_KEYS)
def test_re_keys_of_a_healthy_tunnel_are_no_verdicts(name):
    """A judge of the last lines only calls this tunnel down; see the control below."""
    raws = (CORPUS / "iked" / f"{name}.log").read_text(encoding="utf-8").splitlines()
    begun = parse_lines(raws, provider="alibaba", log_timezone="+00:00")
    first = next(number for number in range(len(begun)) if judge(begun[: number + 1])["state"] == "up") + 1
    origin = begun[0]["epoch"] - BASE
    watch = Watch(since=origin, overlap=5.0)
    watch.look(raws[:first], begun[first]["epoch"] - BASE)
    for stop in range(first, len(raws)):
        now = begun[stop]["epoch"] - BASE
        shown = [raw for raw, entry in zip(raws, begun) if entry["epoch"] >= watch.place.since][: stop + 1]
        assert all(state[1] == "up" for state in states(watch.look(shown, now))), stop


def test_a_window_that_slides_would_call_them_down():
    raws = (CORPUS / "iked" / "v1_peer_rekey.info.log").read_text(encoding="utf-8").splitlines()
    entries = parse_lines(raws, provider="alibaba", log_timezone="+00:00")
    assert "down" in {judge(entries[number:])["state"] for number in range(1, len(entries))}


def test_the_past_gives_a_verdict_but_no_entries():
    watch = Watch(since=1000)
    watch.restart(history=UP)
    events = watch.look([line(1010, PROBE)], 1020)
    assert states(events) == [(None, "up")]
    assert messages(events) == ["DPD R-U-There sent (0)"]


def test_a_restart_repeats_nothing_and_misses_nothing():
    watch = up()
    watch.restart(history=UP)
    assert watch.look(UP, 20) == []
    watch.restart(history=UP)
    events = watch.look([*UP, *DOWN], 40)
    assert (states(events), len(messages(events))) == ([("up", "down")], 4)
    watch.restart(history=UP)
    assert watch.look([*UP, *DOWN], 60) == []


def test_a_past_that_begins_in_the_middle_does_not_undo_what_was_told():
    watch = up()
    watch.place = watch.place._replace(since=BASE + 3000)
    watch.restart(history=ends(2000, 99))
    assert states(watch.look([line(3010, PROBE)], 3020)) == []
    assert states(watch.look([line(3010, PROBE), line(3030, NEGOTIATE), line(3031, FAILED)], 3050)) == [("up", "down")]


BOUNCE = [*ends(20), line(21, NEGOTIATE), *stands(24, 7)]


@pytest.mark.parametrize("lines", [DOWN, BOUNCE], ids=["down", "bounce"])
@pytest.mark.parametrize("after", range(7))
def test_a_stop_in_the_middle_loses_nothing(after, lines):
    watch = up()
    step = watch.step([*UP, *lines], 30)
    assert [item.event["vpn"]["type"] for item in step.items] == ["verdict"] + ["entry"] * len(lines)
    watch.place = part(watch.place, step, after)
    watch.restart(history=[])
    rest = watch.look([*UP, *lines], 40)
    assert [event["id"] for event in rest] == [item.event["vpn"]["id"] for item in step.items][after:]


def test_a_crash_repeats_with_the_same_ids():
    watch = up()
    step = watch.step([*UP, *DOWN], 30)
    watch.restart(history=[])
    again = watch.step([*UP, *DOWN, line(50, NOISE)], 60)
    first = [item.event["vpn"]["id"] for item in step.items]
    assert [item.event["vpn"]["id"] for item in again.items][: len(first)] == first
    assert len({item.event["vpn"]["id"] for item in again.items}) == len(again.items)
    assert all(item.event["meta"]["uuid"] == item.event["vpn"]["id"] for item in again.items)


def test_blindness_is_told_once_and_ends():
    watch = up()
    step = lose_sight(watch.place, SOURCE, TransportError("The connection was refused.", service="VPC"), BASE + 20)
    (blind,) = [item.event["vpn"] for item in step.items]
    assert blind["error"]["message"] == "The connection was refused."
    assert (blind["type"], blind["since"], blind["error"]["kind"]) == ("blind", "2023-11-14T22:13:40Z", "transport")
    watch.place = step.place
    watch.restart(history=UP)
    assert lose_sight(watch.place, SOURCE, AuthError("no"), BASE + 40).items == []
    events = watch.look([*UP, *DOWN], 80)
    assert [event["type"] for event in events] == ["sighted", "verdict"] + ["entry"] * 4
    assert (events[0]["since"], events[0]["seconds"]) == (blind["since"], 60.0)
    assert part(step.place, advance(step.place, Story(), record(DOWN, 80), watch.settings), 1).blind_since is None
    assert watch.look([*UP, *DOWN], 90) == []


def test_blindness_not_told_is_told_again_with_the_same_id():
    place = up().place
    first = lose_sight(place, SOURCE, TransportError("a"), BASE + 20)
    again = lose_sight(part(place, first, 0), SOURCE, TransportError("b"), BASE + 25)
    assert first.items[0].event["vpn"]["id"] == again.items[0].event["vpn"]["id"]
    assert part(place, first, 1).blind_since == BASE + 20


def test_each_tunnel_has_its_verdict():
    watch = Watch()
    watch.story = Story(("tun-a", "tun-b"))

    def both(lines_a, lines_b, until):
        made = record([*lines_a, *lines_b], until)
        for number, entry in enumerate(made["logs"]):
            entry["tunnel_id"] = "tun-a" if number < len(lines_a) else "tun-b"
        step = advance(watch.place, watch.story, made, watch.settings)
        watch.place = step.place
        return {
            event["tunnel_id"]: (event["previous"]["state"], event["health"]["state"])
            for event in (item.event["vpn"] for item in step.items)
            if event["type"] == "verdict"
        }

    assert both(UP, UP, 10) == {None: (None, "up"), "tun-a": (None, "up"), "tun-b": (None, "up")}
    assert both(UP, [*UP, *DOWN], 30) == {None: ("up", "degraded"), "tun-b": ("up", "down")}
