# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch, parse, judge, wait: with a scripted provider and a clock that stands still."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._collect import CollectError, collect
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    ApiError,
    AuthError,
    NotFoundError,
    OptionsError,
    PermissionDeniedError,
    ProtocolError,
    ThrottledError,
    TransportError,
    UnsupportedError,
)
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.standin import (
    DOWN,
    HOPELESS,
    NOW,
    SILENT,
    UP,
    StandIn,
    Time,
    options,
)

A, B, C = "vco-a1", "vco-b2", "vco-c3"


def run(provider, time=None, progress=None, **given):
    time = time or Time()
    warnings = []
    given.setdefault("vpn_connection_ids", list(provider.script))
    result = collect(
        provider,
        options(**given),
        warn=warnings.append,
        progress=progress,
        clock=time.clock,
        monotonic=time.clock,
        sleep=time.sleep,
    )
    return result, warnings


def test_one_record_per_connection_in_the_order_of_the_ids():
    provider = StandIn({B: [DOWN], A: [UP], C: [SILENT]})
    records, warnings = run(provider, vpn_connection_ids=[B, A, C])
    assert list(records) == [B, A, C]
    assert [record["health"]["state"] for record in records.values()] == ["down", "up", "unknown"]
    assert [record["count"] for record in records.values()] == [2, 2, 0]
    assert warnings == []
    assert provider.prepared == 1
    assert records[A]["logs"][0]["connection_id"] == A
    assert records[A]["fetched_at"] == "2022-12-14T07:52:24Z"
    assert records[A]["server_time"] == "2022-12-14T07:52:25Z"
    assert records[A]["window"] == {"since": "2022-12-14T07:42:24Z", "until": "2022-12-14T07:52:24Z"}


def test_all_are_tried_when_one_fails_and_all_that_failed_are_named():
    provider = StandIn({A: [NotFoundError(f"no {A} here")], B: [UP], C: [TransportError("cut")]})
    with pytest.raises(CollectError) as caught:
        run(provider)
    assert sorted(call[0] for call in provider.calls) == [A, B, C]
    assert {key: error.kind for key, error in caught.value.errors.items()} == {A: "not_found", C: "transport"}
    assert list(caught.value.records) == [B]
    assert caught.value.error.kind == "not_found"
    assert caught.value.message == ("2 of 3 VPN connections could not be read. no vco-a1 here vco-c3: cut")


def test_the_message_of_a_single_connection_names_it():
    with pytest.raises(CollectError) as caught:
        run(StandIn({A: [NotFoundError("no such thing")]}))
    assert caught.value.message == "vco-a1: no such thing"
    assert caught.value.health is None


def test_a_refused_key_is_tried_once_and_not_per_connection():
    provider = StandIn({A: [AuthError("wrong key")], B: [UP], C: [UP]})
    with pytest.raises(CollectError) as caught:
        run(provider)
    assert [call[0] for call in provider.calls] == [A]
    assert set(caught.value.errors) == {A, B, C}
    assert caught.value.message == "wrong key"


def test_a_refused_sign_in_reads_nothing():
    provider = StandIn({A: [UP], B: [UP]}, prepare=[AuthError("wrong password")])
    with pytest.raises(CollectError) as caught:
        run(provider)
    assert provider.calls == []
    assert caught.value.error.kind == "auth"


def test_one_deadline_for_the_whole_round():
    provider = StandIn({A: [UP], B: [UP]})
    run(provider, deadline=17)
    deadlines = {id(call[3]) for call in provider.calls}
    assert len(deadlines) == 1
    assert 0 < provider.calls[0][3].remaining() <= 17


def test_never_more_connections_at_a_time_than_concurrency():
    names = [f"vco-n{number}" for number in range(12)]
    provider = StandIn({name: [UP] for name in names})
    inside, most, entered, lock = [], [], [], threading.Lock()
    three = threading.Barrier(3, timeout=10)
    fetch = provider.fetch

    def slow(connection_id, *args):
        with lock:
            inside.append(connection_id)
            most.append(len(inside))
            entered.append(connection_id)
            place = len(entered)
        if 2 <= place <= 4:
            three.wait()  # the first one goes alone; the next three are in flight together, or this breaks
        result = fetch(connection_id, *args)
        with lock:
            inside.remove(connection_id)
        return result

    provider.fetch = slow
    records, _warnings = run(provider, concurrency=3)
    assert list(records) == names
    assert max(most) == 3
    assert most[0] == 1


def test_the_window_ends_by_the_clock_of_the_service_if_ours_is_behind():
    """Else what was logged last is left out, and a tunnel that went down in these minutes is up."""
    time = Time(NOW - 299)
    provider = StandIn({A: [UP], B: [UP]})
    records, warnings = run(provider, time=time, since="10m")
    assert {record["window"]["until"] for record in records.values()} == {"2022-12-14T07:52:25Z"}
    assert {record["window"]["since"] for record in records.values()} == {"2022-12-14T07:42:25Z"}
    assert {record["fetched_at"] for record in records.values()} == {"2022-12-14T07:47:25Z"}
    assert ["300 s behind the clock of the service" in text for text in warnings] == [True]
    # A marker from the clock of the service is no point in the future.
    records, _warnings = run(StandIn({A: [UP]}), time=Time(NOW - 299), since="2022-12-14T07:52:00Z")
    assert records[A]["window"] == {"since": "2022-12-14T07:52:00Z", "until": "2022-12-14T07:52:25Z"}


@pytest.mark.parametrize("ahead", [0, 1, 600, -1, -90000])
def test_a_clock_that_is_ahead_or_nonsense_moves_no_window(ahead):
    provider = StandIn({A: [UP]})
    records, warnings = run(provider, time=Time(NOW + ahead))
    assert records[A]["window"]["until"] == records[A]["fetched_at"]
    assert ([text for text in warnings if "clock of the service" in text], len(provider.calls)) == ([], 1)


def test_a_window_that_ended_is_read_once_whatever_the_clock():
    provider = StandIn({A: [UP]})
    records, warnings = run(
        provider,
        time=Time(NOW - 299),
        since="2022-12-14T07:40:00Z",
        until="2022-12-14T07:45:00Z",
    )
    assert records[A]["window"]["until"] == "2022-12-14T07:45:00Z"
    assert ([text for text in warnings if "clock of the service" in text], len(provider.calls)) == ([], 1)


def test_each_look_of_a_wait_goes_by_the_clock_of_the_service():
    time = Time(NOW - 299)
    provider = StandIn({A: [DOWN, DOWN, UP]})
    provider.server_time = lambda: time.now + 300
    _records, warnings = run(provider, time=time, wait=True, wait_sleep=10)
    ends = [call[2].until - NOW for call in provider.calls]
    assert ends == [-299, 1, 11]
    assert len([text for text in warnings if "clock" in text]) == 1


def test_a_log_of_two_peers_is_warned_of():
    other = UP.replace("203.0.113.20", "192.0.2.7")
    _records, warnings = run(StandIn({A: [f"{UP}\n{other}"], B: [UP]}))
    assert [text for text in warnings if "tunnel_ids" in text and "203.0.113.20, 192.0.2.7" in text] == warnings != []
    _records, warnings = run(StandIn({"tun-1": [f"{UP}\n{other}"]}), vpn_connection_ids=[A], tunnel_ids=["tun-1"])
    assert warnings == []


def test_a_wait_ends_with_a_complete_log_only():
    provider = StandIn({A: [UP]}, complete=False)
    with pytest.raises(CollectError, match="vco-a1 is up, but its log may lack lines") as caught:
        run(provider, wait=True, wait_timeout=20, wait_sleep=10)
    assert caught.value.error.code == "WaitTimeout"
    assert len(provider.calls) == 3


def test_warnings_are_given_once():
    _records, warnings = run(StandIn({A: [UP], B: [UP]}, warnings=["your clock is 12 s off"]))
    assert warnings == ["your clock is 12 s off"]


def test_incomplete_stays_incomplete():
    records, _warnings = run(StandIn({A: [UP]}, complete=False))
    assert records[A]["complete"] is False


def test_tunnels_are_read_one_by_one_and_judged_one_by_one():
    provider = StandIn({"tun-1": [UP], "tun-2": [DOWN]})
    records, _warnings = run(provider, vpn_connection_ids=[A], tunnel_ids=["tun-1", "tun-2"])
    record = records[A]
    assert [call[1] for call in provider.calls] == ["tun-1", "tun-2"]
    assert {key: health["state"] for key, health in record["tunnels"].items()} == {"tun-1": "up", "tun-2": "down"}
    assert record["health"]["state"] == "degraded"
    assert record["count"] == 4
    assert [entry["sequence"] for entry in record["logs"]] == [0, 1, 2, 3]
    assert [entry["epoch"] for entry in record["logs"]] == sorted(entry["epoch"] for entry in record["logs"])
    assert {entry["tunnel_id"] for entry in record["logs"]} == {"tun-1", "tun-2"}


def test_query_sees_all_entries_and_limit_only_the_newest():
    records, _warnings = run(StandIn({A: [UP]}), limit=1, query="[].event")
    record = records[A]
    assert len(record["query_result"]) == 2
    assert (len(record["logs"]), record["count"], record["truncated"]) == (1, 2, True)
    assert record["logs"][0]["event"] == "tunnel_established"


def test_a_query_that_does_not_fit_fails_with_options():
    with pytest.raises(CollectError) as caught:
        run(StandIn({A: [UP]}), query="abs(@)")
    assert caught.value.error.kind == "options"
    assert "abs(@)" in caught.value.message


def test_wait_ends_when_all_are_up():
    time = Time()
    seen = []
    provider = StandIn({A: [DOWN, UP], B: [UP, UP]})
    records, _warnings = run(provider, time, lambda left, health: seen.append((left, sorted(health))), wait=True)
    assert [record["health"]["state"] for record in records.values()] == ["up", "up"]
    assert time.slept == [10]
    assert seen == [(300, [A, B])]


def test_the_window_of_a_wait_keeps_its_start_and_moves_its_end():
    time = Time()
    provider = StandIn({A: [DOWN, DOWN, UP]})
    run(provider, time, wait=True)
    assert [(call[2].since, call[2].until) for call in provider.calls] == [
        (NOW - 600, NOW),
        (NOW - 600, NOW + 10),
        (NOW - 600, NOW + 20),
    ]


@pytest.mark.parametrize("timeout, sleeps", [(25, [10, 10, 5]), (0, [])])
def test_wait_fails_at_its_timeout_with_the_last_verdicts(timeout, sleeps):
    time = Time()
    with pytest.raises(CollectError) as caught:
        run(StandIn({A: [DOWN], B: [UP]}), time, wait=True, wait_timeout=timeout)
    assert time.slept == sleeps
    assert caught.value.error.kind == "timeout"
    assert {key: health["state"] for key, health in caught.value.health.items()} == {A: "down", B: "up"}
    assert caught.value.message.startswith(f"1 of 2 VPN connections is not up after {timeout} s: vco-a1 is down")
    assert B not in caught.value.message


@pytest.mark.parametrize(
    "error",
    [
        TransportError("refused"),
        ThrottledError("slow down"),
        ProtocolError("HTML instead of JSON"),
        ApiError("internal error", retryable=True),
    ],
)
def test_a_transient_fault_does_not_end_a_wait(error):
    records, _warnings = run(StandIn({A: [DOWN, error, UP]}), wait=True)
    assert records[A]["health"]["state"] == "up"


@pytest.mark.parametrize(
    "error",
    [
        AuthError("wrong key"),
        OptionsError("wrong option"),
        PermissionDeniedError("may not"),
        NotFoundError("no such thing"),
        UnsupportedError("gateway too old"),
        ApiError("bad request"),
    ],
)
def test_what_waiting_cannot_heal_ends_it_at_once(error):
    time = Time()
    with pytest.raises(CollectError) as caught:
        run(StandIn({A: [DOWN, error], B: [UP, TransportError("refused")]}), time, wait=True)
    assert time.slept == [10]
    assert caught.value.error is error
    assert caught.value.health[A]["state"] == "down"


def test_a_sign_in_that_is_down_for_a_while_does_not_end_a_wait():
    provider = StandIn({A: [UP]}, prepare=[TransportError("refused")])
    records, _warnings = run(provider, wait=True)
    assert records[A]["health"]["state"] == "up"
    assert provider.prepared == 2


def test_the_last_fault_is_told_when_a_wait_ends_during_it():
    with pytest.raises(CollectError) as caught:
        run(StandIn({A: [DOWN, TransportError("refused")]}), wait=True, wait_timeout=15)
    assert caught.value.error.kind == "timeout"
    assert caught.value.errors[A].kind == "transport"
    assert "The last look failed. vco-a1: refused" in caught.value.message
    assert caught.value.health[A]["state"] == "down"


def test_fail_fast_stops_at_a_persistent_reason_only():
    time = Time()
    with pytest.raises(CollectError) as caught:
        run(StandIn({A: [DOWN, HOPELESS]}), time, wait=True, wait_fail_fast=True)
    assert time.slept == [10]
    assert caught.value.error.code == "WaitFailFast"
    assert caught.value.health[A]["persistent"] is True
    time = Time()
    with pytest.raises(CollectError):
        run(StandIn({A: [HOPELESS]}), time, wait=True, wait_timeout=20)
    assert time.slept == [10, 10]


def test_a_look_of_a_wait_cannot_outlast_it_by_more_than_one_request():
    provider = StandIn({A: [DOWN]})
    with pytest.raises(CollectError):
        run(provider, wait=True, wait_timeout=40, wait_sleep=35, timeout=3, deadline=300)
    assert [round(call[3].seconds) for call in provider.calls] == [40, 5, 3]


def test_a_reversed_window_ends_before_any_request():
    provider = StandIn({A: [UP]})
    with pytest.raises(OptionsError, match="since"):
        run(provider, since="1m", until="2m")
    assert (provider.prepared, provider.calls) == (0, [])
