# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks that are stopped, run into the task's ``timeout``, or poll an asynchronous task."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from fetching import MANY, many_pages, options_for, rule
from running import group_members, run_play, start_play, task_for

from simulator.client import Control

# Python, ansible-core and two cores that are busy; the module alone may take 30 s for a connection, 300 s for a round.
PROMPT = 6.0


def stuck(simulator: Control, **more: Any) -> dict[str, Any]:
    """Arguments of a task that would run for five minutes."""
    many_pages(simulator)
    simulator.plan(rule("trickle", at="*", interval=0.5))
    ready = simulator.ready
    return options_for(ready, "alibaba", ca_path=ready["ca_file"], vpn_connection_ids=[MANY], since="30m", **more)


def nobody_left(pid: int, seconds: float = PROMPT) -> list[int]:
    give_up = time.monotonic() + seconds
    while (left := group_members(pid)) and time.monotonic() < give_up:
        time.sleep(0.05)
    return left


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_playbook_is_stopped(simulator: Control, tmp_path: Path, number: int) -> None:
    play = start_play([task_for("alibaba", stuck(simulator))], tmp_path)
    give_up = time.monotonic() + 30
    while not simulator.requests(service="alibaba"):
        assert time.monotonic() < give_up
        time.sleep(0.05)
    # Ctrl-C reaches all processes of the terminal, a service manager ends the whole group as well.
    play.signal(number, group=True)
    run = play.finish(20)
    assert run.status != 0 and run.seconds < PROMPT
    assert not nobody_left(play.pid)


def test_timeout_of_the_task(simulator: Control, tmp_path: Path) -> None:
    began = time.monotonic()
    task = task_for("alibaba", stuck(simulator), timeout=1)
    play = start_play([task], tmp_path)
    run = play.finish(60)
    assert run.status == 2 and "imed" in run.stdout + run.stderr
    assert time.monotonic() - began < 15
    # ansible-core itself leaves the module running when it gives up; then the deadline of the task ends it.
    left = nobody_left(play.pid, 1.0)
    if left:
        os.killpg(play.pid, signal.SIGKILL)
    assert len(left) <= 3, left


def test_asynchronous_with_poll(simulator: Control, tmp_path: Path) -> None:
    many_pages(simulator, ended=200)
    ready = simulator.ready
    args = options_for(ready, "alibaba", ca_path=ready["ca_file"], vpn_connection_ids=[MANY], since="15m", limit=2)
    simulator.latency(150, "alibaba")
    tasks = [
        task_for("alibaba", args, **{"async": 60, "poll": 1}),
        {"ansible.builtin.assert": {"that": [f"alibaba_vpn_connection_logs['{MANY}'].count == 230"]}},
    ]
    play = start_play(tasks, tmp_path, ANSIBLE_ASYNC_DIR=str(tmp_path / "async"))
    run = play.finish(60)
    assert run.status == 0, run.stdout + run.stderr
    assert not nobody_left(play.pid)


def test_asynchronous_beyond_its_time(simulator: Control, tmp_path: Path) -> None:
    """ansible-core kills the module when its time is over; nothing of it stays."""
    task = task_for("alibaba", stuck(simulator), **{"async": 1, "poll": 1})
    run = run_play([task], tmp_path, ANSIBLE_ASYNC_DIR=str(tmp_path / "async"))
    assert run.status == 2, run.stdout
    last = len(simulator.requests(service="alibaba"))
    time.sleep(0.6)
    assert len(simulator.requests(service="alibaba")) <= last + 1
