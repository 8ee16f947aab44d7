# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every line of a window comes exactly as often as the service holds it, or the answer says that it is not complete."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from fetching import Outcome, opened, same
from history_strategies import BASE, CONNECTION, History, histories
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window
from simulator.client import Control

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def provider(simulator_process: Control) -> Iterator[Any]:
    """One provider for all examples: connections to the service are not what is tested here."""
    simulator_process.reset()
    simulator_process.quota(alibaba=None)
    with opened(simulator_process.ready, "alibaba", scheme="http") as provider:
        yield provider


def read(provider: Any, since: float, until: float) -> Outcome:
    fetched = provider.fetch(CONNECTION, None, Window(since, until), Deadline(30))
    return Outcome([line for batch in fetched.batches for line in batch.lines], fetched.complete, fetched.warnings)


def difference(got: list[str], wanted: list[str]) -> str:
    have, want = Counter(got), Counter(wanted)
    return f"missing {dict(want - have)}, too many {dict(have - want)}"


def put(control: Control, history: History) -> list[str]:
    control.connection(
        id=CONNECTION, cloud="alibaba", options=history.options, history=[{"lines": history.lines, "raw": False}]
    )
    return history.held(control.lines(CONNECTION))


@QUICK
@given(history=histories())
def test_any_history(provider: Any, simulator_process: Control, history: History) -> None:
    wanted = put(simulator_process, history)
    outcome = read(provider, history.since, history.until)
    # All lines have stamps, so it can always be known.
    assert outcome.complete and same(outcome.lines, wanted), difference(outcome.lines, wanted)
    stamps = [line[:19] for line in outcome.lines]
    assert stamps == sorted(stamps)


@QUICK
@given(history=histories(longest=1500), data=st.data())
def test_lines_without_a_stamp(
    provider: Any, simulator_process: Control, history: History, data: st.DataObject
) -> None:
    """Hex dumps and wrapped lines follow their line, also across the seams; they may make it unknowable."""
    lines: list[list[Any]] = []
    for epoch, text in history.lines[:60]:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(epoch))
        lines.append([epoch, f"{stamp} {CONNECTION} {text}"])
        dump = st.lists(st.sampled_from(["00 11 22", "33 44 55"]), max_size=2)
        lines += [[epoch, tail] for tail in data.draw(dump)]
    options = history.options
    simulator_process.connection(
        id=CONNECTION, cloud="alibaba", options=options, history=[{"lines": lines, "raw": True}]
    )
    wanted = history.held(simulator_process.lines(CONNECTION))
    outcome = read(provider, history.since, history.until)
    assert not outcome.complete or same(outcome.lines, wanted), difference(outcome.lines, wanted)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("edges", [(True, True), (True, False), (False, True), (False, False)])
def test_a_day_with_lines_on_every_edge(
    provider: Any, simulator_process: Control, edges: tuple[bool, bool], order: str
) -> None:
    length = 86400
    seconds = sorted({BASE + k * 599 + by for k in range(length // 599 + 1) for by in (-1, 0, 1, 2)})
    lines = [[float(second), f"[INFO]: a.c:1:a(): {n}"] for second in seconds for n in ("same", "same", second)]
    options = {"order": order, "from_inclusive": edges[0], "to_inclusive": edges[1]}
    history = History(lines, float(BASE), float(BASE + length), options)
    wanted = put(simulator_process, history)
    outcome = read(provider, history.since, history.until)
    assert outcome.complete and same(outcome.lines, wanted), difference(outcome.lines, wanted)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("edge", [0, 599, 600])
def test_thousands_in_one_second(provider: Any, simulator_process: Control, edge: int, order: str) -> None:
    """A storm within a second on, before, and behind an edge; some lines are equal, some are not."""
    storm = [[float(BASE + edge), f"[INFO]: a.c:1:a(): {n % 7}"] for n in range(2000)]
    history = History(storm, float(BASE), float(BASE + 1200), {"order": order, "to_inclusive": True})
    options = {**history.options, "from_inclusive": True}
    history = History(storm, history.since, history.until, options)
    wanted = put(simulator_process, history)
    outcome = read(provider, history.since, history.until)
    assert not outcome.complete or same(outcome.lines, wanted), difference(outcome.lines, wanted)
    assert len(outcome.lines) == len(wanted) == 2000


@pytest.mark.parametrize("length", [1, 2, 59, 598, 599, 600, 601, 1198, 1199, 1200])
def test_every_second_of_a_window(provider: Any, simulator_process: Control, length: int) -> None:
    lines = [[float(BASE + second), "[INFO]: a.c:1:a(): tick"] for second in range(-3, length + 4)]
    for to_inclusive in (True, False):
        options = {"to_inclusive": to_inclusive, "from_inclusive": True, "order": "asc"}
        history = History(lines, float(BASE), float(BASE + length), options)
        wanted = put(simulator_process, history)
        outcome = read(provider, history.since, history.until)
        assert outcome.complete and same(outcome.lines, wanted), difference(outcome.lines, wanted)
