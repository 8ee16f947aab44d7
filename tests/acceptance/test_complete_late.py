# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that arrive while pages are read: never doubled, and what was there at the start is never missing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from fetching import opened
from history_strategies import CONNECTION
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window
from simulator.client import Control

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def provider(simulator_process: Control) -> Iterator[Any]:
    simulator_process.reset()
    simulator_process.quota(alibaba=None)
    with opened(simulator_process.ready, "alibaba", scheme="http") as provider:
        yield provider


def check(provider: Any, control: Control, window: Window, early: list[Any], late: list[Any], options: Any) -> None:
    control.connection(id=CONNECTION, cloud="alibaba", options=options, history=[{"lines": early}])
    before = Counter(raw for _epoch, raw in control.lines(CONNECTION))
    control.add_lines(CONNECTION, late)
    fetched = provider.fetch(CONNECTION, None, window, Deadline(30))
    got = Counter(line for batch in fetched.batches for line in batch.lines)
    after = before + Counter(_raw(item) for item in late)
    if fetched.complete:
        assert not got - after, f"doubled or made up: {got - after}"
        assert not before - got, f"missing: {before - got}"
    else:
        assert fetched.warnings


def _raw(item: dict[str, Any]) -> str:
    local = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(int(item["epoch"]) + 8 * 3600))
    return f"{local} {CONNECTION} {item['text']}"


@QUICK
@given(
    held=st.integers(45, 260),
    span=st.sampled_from([60, 590, 1100]),
    order=st.sampled_from(["asc", "desc"]),
    late=st.lists(st.tuples(st.integers(0, 100), st.integers(1, 8), st.booleans()), min_size=1, max_size=6),
)
def test_lines_arrive_in_a_live_window(
    provider: Any,
    simulator_process: Control,
    held: int,
    span: int,
    order: str,
    late: list[tuple[int, int, bool]],
) -> None:
    """Up to 100 s late: what ended two minutes ago or more is taken as settled."""
    end = int(simulator_process.now()) - 5
    start = end - span
    early = [[float(start + number * span // held), f"[INFO]: a.c:1:a(): {number}"] for number in range(held)]
    arriving = [
        {
            "epoch": float(max(start, end - by % span)),
            "text": f"[INFO]: a.c:1:a(): {'equal' if equal else f'late {by}'}",
            "after_requests": after,
        }
        for by, after, equal in late
    ]
    options = {"order": order}
    check(provider, simulator_process, Window(float(start), float(end)), early, arriving, options)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("count", [1, 2, 60])
@pytest.mark.parametrize("after", [1, 2, 3])
def test_lines_arrive_before_what_was_read(
    provider: Any, simulator_process: Control, after: int, count: int, order: str
) -> None:
    """They push everything behind them on to the next pages."""
    end = int(simulator_process.now()) - 5
    start = end - 500
    early = [[float(start + 100 + number), f"[INFO]: a.c:1:a(): {number}"] for number in range(230)]
    place = start + 10 if order == "asc" else end - 1
    late = [
        {"epoch": float(place), "text": f"[INFO]: a.c:1:a(): late {n}", "after_requests": after} for n in range(count)
    ]
    check(provider, simulator_process, Window(float(start), float(end)), early, late, {"order": order})
