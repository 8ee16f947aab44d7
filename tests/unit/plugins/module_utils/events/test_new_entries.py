# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which entries of a look are new, whatever the service does to the lines."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.place import Place, fingerprint
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.steps import announce, part
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines

from .stories import (
    BASE,
    FAILED,
    NEGOTIATE,
    NOISE,
    PROBE,
    VCO,
    Watch,
    ends,
    line,
    messages,
    record,
    stands,
    told,
)

OVERLAP = 60


@dataclass(frozen=True)
class Piece:
    """Lines of one record in the log: stamp, when they can be read, and the lines (the first one has the stamp)."""

    second: int
    arrives: int
    lines: tuple[str, ...]


@st.composite
def logs(draw):
    pieces = []
    for second, late, text, times, wrapped in draw(
        st.lists(
            st.tuples(
                st.integers(1, 400),
                st.sampled_from([0, 0, 0, 1, 7, OVERLAP - 1, OVERLAP]),
                st.sampled_from([NOISE, PROBE, "[INFO]: a.c:1:f(): b"]),
                st.sampled_from([1, 1, 1, 2, 3, 40]),
                st.booleans(),
            ),
            max_size=30,
        )
    ):
        rest = ("    wrapped text",) if wrapped else ()
        pieces += [Piece(second, second + late, (line(second, text), *rest))] * times
    return pieces


@st.composite
def schedules(draw):
    """When the looks are, and what becomes of each: told in full, stopped or crashed after some events."""
    gaps = draw(st.lists(st.integers(1, 150), min_size=1, max_size=12))
    looks, now = [], 0
    for gap in gaps:
        now += gap
        looks.append((now, draw(st.sampled_from(["", "", "", "restart", "stop", "crash"]))))
    end = max(now, 400 + OVERLAP) + 1
    return [*looks, (end, ""), (end + 1, "")]


def window(pieces, since, now, rng, edges):
    """What the service answers: whole seconds, edges counted in or out, in any order but that within a piece."""
    low = int(since) - (0 if edges else 1)
    held = [piece for piece in pieces if low <= piece.second <= now + 1 and piece.arrives <= now]
    rng.shuffle(held)
    return [text for piece in held for text in piece.lines]


@given(logs(), schedules(), st.integers(0, 5), st.booleans())
def test_every_line_is_told_once(pieces, schedule, seed, edges):
    rng = random.Random(seed)
    watch = Watch(overlap=float(OVERLAP))
    events, crashed = [], False
    for now, fate in schedule:
        lines = window(pieces, watch.place.since - BASE, now, rng, edges)
        step = watch.step(lines, now)
        vpn = [item.event["vpn"] for item in step.items]
        if fate in ("stop", "crash"):
            done = rng.randint(0, len(vpn))
            events += vpn[:done]
            # A crash forgets all of this look, a stop in order keeps what was told.
            watch.place = watch.place if fate == "crash" else part(watch.place, step, done)
            crashed = crashed or fate == "crash"
        else:
            events += vpn
            watch.place = step.place
        if fate:
            watch.restart()
    entries = told(events, "entry")
    unique = {event["id"]: event["entry"]["raw"] for event in entries}
    history = Counter(text for piece in pieces for text in piece.lines)
    assert Counter(unique.values()) == history
    if not crashed:
        assert len(entries) == len(unique)


@st.composite
def lives(draw):
    """A tunnel that comes and goes, re-keys, and fails in between; some of it gets into the log late."""
    pieces, now, number, standing = [], 1, 0, False
    for gap, late, act in draw(
        st.lists(
            st.tuples(st.integers(1, 60), st.sampled_from([0, 0, 0, 5, OVERLAP]), st.sampled_from("srf")), max_size=12
        )
    ):
        now += gap
        if act == "f":
            lines = [line(now, NEGOTIATE), line(now, FAILED)]
        elif not standing or act == "r":
            number += 1
            lines = stands(now, number) + (ends(now, number - 1) if standing else [])
            standing = True
        else:
            lines, standing = ends(now, number), False
        pieces.append(Piece(now, now + late, tuple(lines)))
    return [piece for piece in pieces if piece.second <= 400]


@given(lives(), schedules(), st.integers(0, 5))
def test_the_last_verdict_that_was_told_holds(pieces, schedule, seed):
    rng = random.Random(seed)
    watch = Watch(overlap=float(OVERLAP))
    told_last = None
    for now, fate in [*schedule, (schedule[-1][0] + 30, "")]:
        held = [piece for piece in pieces if piece.second >= int(watch.place.since - BASE) and piece.arrives <= now]
        step = watch.step([text for piece in held for text in piece.lines], now)
        done = rng.randint(0, len(step.items)) if fate in ("stop", "crash") else len(step.items)
        for item in step.items[:done]:
            if item.verdict:
                told_last = item.verdict
        watch.place = announce(watch.place, step) if fate == "crash" else part(watch.place, step, done)
        if fate:
            since = watch.place.since - BASE
            watch.restart([text for piece in pieces if piece.second < since for text in piece.lines])
    final = judge(parse_lines([text for piece in pieces for text in piece.lines], provider="alibaba"))
    wanted = "down" if told_last.state == "down" and final["state"] == "negotiating" else final["state"]
    assert told_last.state == wanted


def test_equal_lines_of_one_second_are_counted():
    watch = Watch()
    assert len(messages(watch.look([line(5, NOISE)] * 3, 10))) == 3
    assert messages(watch.look([line(5, NOISE)] * 3, 20)) == []
    assert len(messages(watch.look([line(5, NOISE)] * 5, 30))) == 2


def test_equal_lines_have_ids_of_their_own():
    events = told(Watch().look([line(5, NOISE)] * 3 + [line(6, NOISE)], 10), "entry")
    assert len({event["id"] for event in events}) == 4


def test_entries_come_oldest_first_and_late_ones_behind():
    watch = Watch()
    watch.look([line(8, NOISE)], 10)
    events = watch.look([line(12, PROBE), line(8, NOISE), line(3, "[INFO]: a.c:1:f(): late")], 20)
    assert messages(events) == ["late", "DPD R-U-There sent (0)"]


def test_a_line_that_vanishes_and_comes_back_is_not_told_again():
    watch = Watch()
    watch.look([line(5, NOISE)] * 3, 10)
    assert messages(watch.look([], 20)) == []
    assert messages(watch.look([line(5, NOISE)] * 2, 30)) == []
    assert messages(watch.look([line(5, NOISE)] * 3, 40)) == []


def test_another_guess_of_the_zone_does_not_make_a_line_new():
    (here,), (there,) = (
        parse_lines([line(5, NOISE)], provider="alibaba", log_timezone=zone) for zone in ("+08:00", "+00:00")
    )
    assert here["epoch"] != there["epoch"]
    assert fingerprint(here) == fingerprint(there)


def test_half_of_a_wrapped_line_at_the_edge_of_a_window():
    watch = Watch()
    lines = [line(5, NOISE), "  the rest", line(9, PROBE)]
    assert len(messages(watch.look(lines, 10))) == 3
    assert messages(watch.look(lines[1:], 105)) == []
    # The same text of another line is another entry.
    assert messages(watch.look(["  the rest", line(107, NOISE), "  the rest"], 108)) == [
        "begin decryption.",
        "  the rest",
    ]


def test_lines_of_an_unknown_form_are_told():
    watch = Watch()
    watch.look([line(5, NOISE)], 10)
    strange = ["~~ 17:00:01 something new", line(12, PROBE)]
    assert messages(watch.look(strange, 20))[0] == "~~ 17:00:01 something new"
    assert messages(watch.look(strange, 30)) == []


def test_what_no_window_can_hold_any_more_is_forgotten():
    watch = Watch()
    for number in range(100):
        now = 10.0 * number
        lines = [line(second, f"{NOISE} {second}") for second in range(int(max(0, now - 110)), int(now))]
        watch.look(lines, now)
    assert len(watch.place.seen) < 300


def test_a_window_moves_on_by_the_clock_of_the_service():
    watch = Watch()
    watch.look([], 1000, server_time=999)
    assert watch.place.since == BASE + 900
    # Ours is half an hour ahead: whole minutes are taken off, so that connections stay together.
    watch.look([], 3000, server_time=1190)
    assert watch.place.since == BASE + 3000 - 1860 - 100
    watch.look([], 4000, server_time=-3e8)
    assert watch.place.since == BASE + 3900


def test_a_log_that_is_not_accurate_yet_is_read_again_for_a_while():
    watch = Watch()
    watch.look([line(5, NOISE)], 10)
    for now in range(60, 900, 60):
        watch.look([line(5, NOISE)], now, complete=False)
        assert watch.place.since == BASE
    watch.look([line(5, NOISE)], 2000, complete=False)
    assert watch.place.since == BASE + 2000 - 900 - 100


def test_lines_that_are_lost_are_not_hidden():
    watch = Watch()
    watch.look([line(second, NOISE) for second in range(10)], 10)
    # The newest lines only, and the oldest of them was told: nothing is missing.
    assert told(watch.look([line(9, NOISE), line(40, PROBE)], 60, complete=False), "gap") == []
    (gap,) = told(watch.look([line(150, PROBE)], 200, complete=False), "gap")
    assert (gap["since"], gap["until"]) == ("2023-11-14T22:13:20Z", "2023-11-14T22:15:50Z")
    assert told(watch.look([line(150, PROBE), line(210, PROBE)], 220, complete=False), "gap") == []


def test_without_entries_only_the_rest_is_told():
    watch = Watch(entries=False)
    assert {event["type"] for event in watch.look([line(5, NOISE)], 10)} == {"verdict"}
    watch.settings = watch.settings._replace(entries=True)
    assert messages(watch.look([line(5, NOISE), line(15, PROBE)], 20)) == ["DPD R-U-There sent (0)"]


def test_a_place_survives_its_file():
    watch = Watch()
    watch.look([line(5, NOISE), line(6, "[INFO]: ü \U0001f600")], 10.25)
    text = json.dumps(watch.place.to_json())
    assert Place.from_json(json.loads(text)) == watch.place


@pytest.mark.parametrize(
    "change",
    [
        {"since": "yesterday"},
        {"since": None},
        {"since": float("nan")},
        {"since": True},
        {"seen": []},
        {"seen": {"5": {"mark": 0}}},
        {"seen": {"5": {"mark": "1"}}},
        {"seen": {"soon": {"mark": 1}}},
        {"verdicts": {"": {"id": "x"}}},
        {"verdicts": {"": {"id": 1, "state": "up", "reason": None, "phase": None, "persistent": None}}},
        {"blind_since": "long ago"},
        {"pending": None},
        {"unsure": 5},
    ],
)
def test_a_damaged_place_is_an_error(change):
    watch = Watch()
    watch.look([line(5, NOISE)], 10)
    with pytest.raises(ValueError):
        Place.from_json({**watch.place.to_json(), **change})
    with pytest.raises(ValueError):
        Place.from_json({key: value for key, value in watch.place.to_json().items() if key not in change})


def test_the_record_of_these_tests_is_one():
    made = record([line(5, NOISE)], 10)
    assert (made["connection_id"], made["count"], made["complete"]) == (VCO, 1, True)
