# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults look to ``requests`` as they do on a bad network; sessions are re-timed and play."""

from __future__ import annotations

import time
from typing import Any

import alibaba_signer as signer
import pytest
import requests
from requests import exceptions as failures

from simulator.client import Control, ControlError


def ask(
    simulator: Control, session: requests.Session, page: int = 1, scheme: str = "https", **more: Any
) -> requests.Response:
    cloud = simulator.ready["alibaba"]
    pair = (cloud["access_key_id"], cloud["access_key_secret"])
    request = signer.v3(cloud[scheme], pair, signer.log_params(simulator.ready, PageNumber=page))
    return session.send(request, **{"timeout": 5, "allow_redirects": False, **more})


def rule(kind: str, at: Any = 1, match: dict[str, Any] | None = None, times: int = 1, **args: Any) -> dict[str, Any]:
    return {"kind": kind, "at": at, "times": times, "match": {"service": "alibaba", **(match or {})}, "args": args}


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        ("reset", failures.ConnectionError),
        ("close", failures.ConnectionError),
        ("reset_before_handshake", failures.ConnectionError),
        ("short_body", failures.ChunkedEncodingError),
        ("reset_mid_body", failures.ChunkedEncodingError),
    ],
)
def test_broken_connections(
    simulator: Control, session: requests.Session, scheme: str, kind: str, failure: type[Exception]
) -> None:
    simulator.plan(rule(kind))
    with pytest.raises(failure):
        ask(simulator, session, scheme=scheme)
    assert ask(simulator, session, scheme=scheme).status_code == 200
    assert [r["fired"] for r in simulator.get_plan()] == [1]


@pytest.mark.parametrize("kind", ["stall", "stall_mid_body"])
def test_stall(simulator: Control, session: requests.Session, kind: str) -> None:
    simulator.plan(rule(kind, seconds=3))
    with pytest.raises((failures.ReadTimeout, failures.ConnectionError)):
        ask(simulator, session, timeout=0.5)


def test_trickle_never_times_out(simulator: Control, session: requests.Session) -> None:
    simulator.plan(rule("trickle", interval=0.05, step=100))
    began = time.monotonic()
    assert ask(simulator, session, timeout=0.5).json()["Count"] == 10
    assert time.monotonic() - began > 0.5


@pytest.mark.parametrize(
    ("spoiled", "status", "content_type", "text"),
    [
        (
            rule("status", status=429, headers={"Retry-After": "3"}, code="Throttling"),
            429,
            "application/json",
            "Throttling",
        ),
        (rule("html"), 200, "text/html", "<html>"),
        (rule("empty"), 200, "application/json", ""),
        (rule("content_type", value="text/plain"), 200, "text/plain", "RequestId"),
        (rule("error_in_200", code="Forbidden"), 200, "application/json", "Forbidden"),
        (rule("redirect", to="https://127.0.0.2:9/"), 302, "text/html", ""),
        (rule("broken_json"), 200, "application/json", "RequestId"),
        (rule("body", body={"a": 1}), 200, "application/json", '"a"'),
    ],
)
def test_other_answers(
    simulator: Control, session: requests.Session, spoiled: Any, status: int, content_type: str, text: str
) -> None:
    simulator.plan(spoiled)
    answer = ask(simulator, session)
    assert answer.status_code == status and answer.headers["Content-Type"].startswith(content_type)
    assert text in answer.text
    for name, value in spoiled["args"].get("headers", {}).items():
        assert answer.headers[name] == value
    # The gateway saw the request all the same: its nonce is used up.
    assert simulator.requests(service="alibaba")[0]["verified"] is True


def test_gzip_bomb_and_huge_body(simulator: Control, session: requests.Session) -> None:
    simulator.plan(rule("gzip_bomb", bytes=32 << 20), rule("huge", at=2, bytes=8 << 20))
    bomb = ask(simulator, session)
    assert bomb.headers["Content-Encoding"] == "gzip" and len(bomb.content) == 32 << 20
    assert len(ask(simulator, session).content) == 8 << 20


def test_pages_that_lie(simulator: Control, session: requests.Session) -> None:
    page = {n: ask(simulator, session, n).json()["Data"]["Logs"] for n in (1, 2)}
    everywhere = {"at": "*"}
    simulator.plan(rule("ignore_page", **everywhere))
    assert ask(simulator, session, 2).json()["Data"]["Logs"] == page[1] != page[2]
    simulator.plan(rule("repeat_page", **everywhere))
    assert ask(simulator, session, 3).json()["Data"]["Logs"] == page[2]
    simulator.plan(rule("endless_pages", **everywhere))
    far = [ask(simulator, session, n).json()["Data"]["Logs"] for n in (1000, 1001)]
    assert len(far[0]) == 10 and not set(far[0]) & set(far[1])
    simulator.plan(rule("count_lies", delta=-3), rule("incomplete"))
    body = ask(simulator, session).json()
    assert body["Count"] == 7 and body["IsCompleted"] is False


def test_rules_count_and_match(simulator: Control, session: requests.Session) -> None:
    simulator.plan(rule("status", match={"page": 2}, at=[1, 3], status=503))
    got = [ask(simulator, session, page).status_code for page in (1, 2, 2, 2, 2)]
    assert got == [200, 503, 200, 503, 200]
    with pytest.raises(ControlError, match="bad rule"):
        simulator.plan({"kind": "nonsense"})


def test_closed_ports_refuse(simulator: Control, session: requests.Session) -> None:
    ask(simulator, session)
    simulator.listeners("alibaba", False)
    try:
        with pytest.raises(failures.ConnectionError):
            ask(simulator, session)
    finally:
        simulator.listeners("alibaba", True)
    assert ask(simulator, session).status_code == 200


def test_latency(simulator: Control, session: requests.Session) -> None:
    ask(simulator, session)
    simulator.latency(150)
    began = time.monotonic()
    ask(simulator, session)
    assert 0.15 <= time.monotonic() - began < 4


def test_a_session_plays(simulator: Control) -> None:
    connection = "vco-m5eplaytest000000001"
    simulator.connection(id=connection, cloud="alibaba", history=[{"session": "iked/v2_up_resp.debug", "ends": "-60s"}])
    before = simulator.lines(connection)
    began = simulator.now()
    simulator.change(connection, "iked/v1_psk_mismatch_resp.debug", speed=10)
    everything = simulator.lines(connection, everything=True)
    seen = [len(simulator.lines(connection))]
    while seen[-1] < len(everything):
        time.sleep(0.1)
        seen.append(len(simulator.lines(connection)))
        assert simulator.now() - began < 10
    assert seen == sorted(seen) and len(set(seen)) > 1 and everything[: len(before)] == before
    # What is printed is the moment of the line in the gateway's local time.
    for epoch, raw in everything:
        assert raw.startswith(time.strftime("%Y-%m-%d %H:%M:%S ", time.gmtime(int(epoch) + 8 * 3600)) + connection)


def test_a_change_ends_what_was_to_come(simulator: Control) -> None:
    connection = "vco-m5eplaytest000000002"
    simulator.connection(
        id=connection, cloud="alibaba", history=[{"session": "iked/v1_up_resp.debug", "begins": "+60s"}]
    )
    simulator.change(connection, silent=True)
    assert simulator.lines(connection, everything=True) == []


@pytest.mark.parametrize(
    "session_name", ["charon/ikev2_cert_success.init", "racoon/success.init", "iked-native/v1_up_resp.native"]
)
def test_every_family_gets_the_envelope(simulator: Control, session_name: str) -> None:
    connection = "vco-m5eenvelope000000001"
    simulator.connection(
        id=connection, cloud="alibaba", options={"offset": "+02:00"}, history=[{"session": session_name, "ends": "-1s"}]
    )
    lines = simulator.lines(connection)
    enveloped = [(epoch, raw) for epoch, raw in lines if f" {connection} [" in raw]
    assert len(enveloped) > len(lines) / 2
    for epoch, raw in enveloped:
        assert raw.startswith(time.strftime("%Y-%m-%d %H:%M:%S ", time.gmtime(int(epoch) + 2 * 3600)))


def test_late_lines(simulator: Control, session: requests.Session) -> None:
    connection = simulator.ready["alibaba"]["connections"][0]
    now = simulator.now()
    simulator.connection(id=connection, cloud="alibaba")
    late = {"epoch": now - 5, "text": "[INFO]: a.c:1:a(): late", "after_requests": 2}
    simulator.add_lines(connection, [[now - 9, "[INFO]: a.c:1:a(): early"], late])
    counts = [ask(simulator, session).json()["Count"] for _n in range(3)]
    assert counts == [1, 1, 2]


@pytest.mark.parametrize(("service", "key"), [("huawei", "error_code"), ("iam", "error"), ("alibaba", "Code")])
def test_errors_have_the_shape_of_their_service(
    simulator: Control, session: requests.Session, service: str, key: str
) -> None:
    simulator.plan({"kind": "status", "match": {"service": service}, "args": {"status": 500}})
    answer = session.get(simulator.ready[service]["https"] + "/", timeout=5)
    assert answer.status_code == 500 and key in answer.json()
