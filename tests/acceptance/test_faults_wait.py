# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a tunnel while the service, the token, or the tunnel itself comes and goes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from fetching import opened, options_for, rule

from ansible_collections.netops.cloud_vpn.plugins.module_utils._collect import CollectError, collect
from simulator.client import Control

FIRST, SECOND = "vco-m5ewait0first0000001", "vco-m5ewait0second000002"
UP, DOWN = "iked/v2_up_resp.debug", "iked/v1_psk_mismatch_resp.debug"
Step = Callable[[], object]


def waiting(
    simulator: Control,
    cloud: str,
    ids: list[str],
    steps: dict[int, Step] | None = None,
    timeout: int = 8,
    pause: float = 0.1,
    sign_in: dict[str, str] | None = None,
    **more: Any,
) -> tuple[dict[str, Any], int]:
    """``collect`` with ``wait``; ``steps`` happen before the look of that number (2: after the first look)."""
    looks = [1]

    def sleep(_seconds: float) -> None:
        looks[0] += 1
        (steps or {}).get(looks[0], lambda: None)()
        time.sleep(pause)

    settings = {"wait": True, "wait_timeout": timeout, "wait_sleep": 1, "wait_fail_fast": False, "timeout": 1}
    options = options_for(simulator.ready, cloud, vpn_connection_ids=ids, deadline=30, limit=10, **{**settings, **more})
    with opened(simulator.ready, cloud, **{"max_retries": 1, "timeout": 1, **(sign_in or {})}) as provider:
        return collect(provider, options, warn=lambda text: None, sleep=sleep), looks[0]


def connection(simulator: Control, one: str, session: str = DOWN) -> None:
    simulator.connection(id=one, cloud="alibaba", history=[{"session": session, "ends": "-20s"}])


def mend(simulator: Control, one: str = FIRST) -> Step:
    return lambda: simulator.change(one, UP, ends="now")


def test_server_down_for_a_part_of_the_wait(simulator: Control) -> None:
    connection(simulator, FIRST)

    def up_again() -> None:
        simulator.listeners("alibaba", True)
        mend(simulator)()

    try:
        steps: dict[int, Step] = {2: lambda: simulator.listeners("alibaba", False), 5: up_again}
        records, looks = waiting(simulator, "alibaba", [FIRST], steps)
    finally:
        simulator.listeners("alibaba", True)
    assert records[FIRST]["health"]["state"] == "up" and looks >= 5


def test_server_down_from_the_start(simulator: Control) -> None:
    connection(simulator, FIRST, UP)
    simulator.listeners("alibaba", False)
    try:
        steps: dict[int, Step] = {3: lambda: simulator.listeners("alibaba", True)}
        records, looks = waiting(simulator, "alibaba", [FIRST], steps)
    finally:
        simulator.listeners("alibaba", True)
    assert records[FIRST]["health"]["state"] == "up" and looks >= 3


@pytest.mark.parametrize("how", ["expire_tokens", "revoke_tokens"])
def test_token_ends_during_the_wait(simulator: Control, how: str) -> None:
    one = "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4d1"
    simulator.connection(id=one, cloud="huawei", history=[{"session": "vrp/psk_wrong", "ends": "-20s"}])
    ended = getattr(simulator, how)
    steps: dict[int, Step] = {
        2: ended,
        4: ended,
        5: lambda: simulator.connection(
            id=one, cloud="huawei", history=[{"session": "vrp/established_again", "ends": "-1s"}]
        ),
    }
    records, looks = waiting(simulator, "huawei", [one], steps)
    assert records[one]["health"]["state"] == "up" and looks >= 5
    assert len(simulator.requests(service="iam")) == 3


def test_iam_down_when_the_token_ends(simulator: Control) -> None:
    one = "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4d2"
    simulator.connection(id=one, cloud="huawei", history=[{"session": "vrp/psk_wrong", "ends": "-20s"}])

    def ends() -> None:
        simulator.revoke_tokens()
        simulator.listeners("iam", False)

    def back() -> None:
        simulator.listeners("iam", True)
        simulator.connection(id=one, cloud="huawei", history=[{"session": "vrp/established_again", "ends": "-1s"}])

    try:
        records, looks = waiting(simulator, "huawei", [one], {2: ends, 5: back})
    finally:
        simulator.listeners("iam", True)
    assert records[one]["health"]["state"] == "up" and looks >= 5


def test_wrong_password_ends_the_wait_at_once(simulator: Control) -> None:
    one = simulator.ready["huawei"]["connections"][0]
    with pytest.raises(CollectError) as caught:
        waiting(simulator, "huawei", [one], sign_in={"password": "ExampleWrongPassword1!"})
    assert caught.value.error.kind == "auth" and len(simulator.requests(service="iam")) == 1


def test_verdict_flaps(simulator: Control) -> None:
    """A tunnel that is up at one look and down at the next is not what two connections are waited for."""
    connection(simulator, FIRST)
    connection(simulator, SECOND)
    steps: dict[int, Step] = {
        2: mend(simulator, FIRST),
        3: lambda: connection(simulator, FIRST),
        4: mend(simulator, SECOND),
        6: mend(simulator, FIRST),
    }
    records, looks = waiting(simulator, "alibaba", [FIRST, SECOND], steps)
    assert looks >= 6 and {record["health"]["state"] for record in records.values()} == {"up"}


def test_failure_has_the_last_health_of_each(simulator: Control) -> None:
    connection(simulator, FIRST, UP)
    connection(simulator, SECOND)
    with pytest.raises(CollectError) as caught:
        waiting(simulator, "alibaba", [FIRST, SECOND], timeout=1, pause=0.3)
    error = caught.value
    assert error.error.kind == "timeout" and error.health is not None
    assert {one: health["state"] for one, health in error.health.items()} == {FIRST: "up", SECOND: "down"}
    assert SECOND in error.message and "psk_mismatch" in error.message and FIRST not in error.message


def test_failure_keeps_the_health_read_before_the_service_went(simulator: Control) -> None:
    connection(simulator, FIRST)
    try:
        with pytest.raises(CollectError) as caught:
            steps: dict[int, Step] = {2: lambda: simulator.listeners("alibaba", False)}
            waiting(simulator, "alibaba", [FIRST], steps, timeout=1, pause=0.3)
    finally:
        simulator.listeners("alibaba", True)
    assert caught.value.health is not None and caught.value.health[FIRST]["reason"] == "psk_mismatch"
    assert "refused" in caught.value.message


@pytest.mark.parametrize("cloud", ["alibaba", "huawei"])
def test_fail_fast(simulator: Control, cloud: str) -> None:
    one = FIRST if cloud == "alibaba" else "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4d3"
    session = DOWN if cloud == "alibaba" else "vrp/psk_wrong"
    simulator.connection(id=one, cloud=cloud, history=[{"session": session, "ends": "-5s"}])
    began = time.monotonic()
    with pytest.raises(CollectError) as caught:
        waiting(simulator, cloud, [one], timeout=30, wait_fail_fast=True)
    assert time.monotonic() - began < 3
    assert caught.value.error.code == "WaitFailFast" and caught.value.health is not None
    assert caught.value.health[one]["persistent"] is True


def test_wait_ends_in_time_when_the_service_stalls(simulator: Control) -> None:
    connection(simulator, FIRST)
    simulator.plan(rule("trickle", at="*", interval=0.2))
    began = time.monotonic()
    with pytest.raises(CollectError) as caught:
        waiting(simulator, "alibaba", [FIRST], timeout=1, pause=0.1)
    # One request's time is left to the last look.
    assert time.monotonic() - began < 1 + 1 + 2 and caught.value.error.kind == "timeout"


def test_the_clock_of_the_machine_may_jump(simulator: Control) -> None:
    """The wait is measured on the monotonic clock: setting the time neither ends nor prolongs it."""
    connection(simulator, FIRST)
    jumps = iter([0.0, 7200.0, -7200.0, 86400.0])
    options = options_for(
        simulator.ready, "alibaba", vpn_connection_ids=[FIRST], deadline=30, limit=0, timeout=1, wait=True,
        wait_timeout=1, wait_sleep=1,
    )  # fmt: skip
    began = time.monotonic()
    with opened(simulator.ready, "alibaba", max_retries=0) as provider, pytest.raises(CollectError) as caught:
        collect(
            provider,
            options,
            warn=lambda text: None,
            clock=lambda: time.time() + next(jumps, 0.0),
            sleep=lambda seconds: time.sleep(0.3),
        )
    assert 0.9 < time.monotonic() - began < 5 and caught.value.error.kind == "timeout"
    assert threading.active_count() < 5
