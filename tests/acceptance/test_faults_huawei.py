# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault at sign-in, at the project search, and at the first, a middle, and the last query of Huawei Cloud."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fetching import SPOILED_HUAWEI, Outcome, Table, fetch, rule, same

from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window
from simulator.client import Control

IDS = [f"98c5af8a-1f0e-4c7b-9a86-ae2280a6f4{number:02d}" for number in range(10, 13)]
PLACES: dict[str, dict[str, Any]] = {
    "sign-in": {"service": "iam", "match": {"path": "/v3/auth/tokens"}},
    "project": {"service": "iam", "match": {"path": "/v3/projects"}},
    "first": {"service": "huawei", "match": {"connection": IDS[0]}},
    "middle": {"service": "huawei", "match": {"connection": IDS[1]}},
    "last": {"service": "huawei", "match": {"connection": IDS[2]}},
}
RETRIES = 2
# fault: (kind, arguments, outcome once, outcome always, code)
FAULTS: dict[str, tuple[str, dict[str, Any], str, str, str | None]] = {
    "reset before the answer": ("reset", {}, "records", "transport", None),
    "closed before the answer": ("close", {}, "records", "transport", None),
    "reset in the body": ("reset_mid_body", {}, "records", "transport", None),
    "short body": ("short_body", {}, "records", "transport", None),
    "stall": ("stall", {"seconds": 30}, "records", "transport", None),
    "stall in the body": ("stall_mid_body", {"seconds": 30}, "records", "transport", None),
    "429": ("status", {"status": 429, "code": "APIGW.0308"}, "records", "throttled", "APIGW.0308"),
    "500": ("status", {"status": 500, "code": "VPN.0002"}, "records", "api", "VPN.0002"),
    "502 without a body": ("status", {"status": 502, "body": ""}, "records", "api", None),
    "503": ("status", {"status": 503, "code": "APIGW.0205"}, "records", "api", "APIGW.0205"),
    "HTML with 200": ("html", {}, "records", "protocol", None),
    "half the JSON": ("broken_json", {}, "records", "protocol", None),
    "wrong content type": ("content_type", {"value": "text/plain"}, "records", "records", None),
    "64 MiB": ("huge", {"chunked": True, "bytes": 64 << 20}, "protocol", "protocol", None),
    "gzip bomb": ("gzip_bomb", {}, "protocol", "protocol", None),
    "403": ("status", {"status": 403, "code": "VPN.0007"}, "permission", "permission", "VPN.0007"),
}
# These only make sense for the query itself.
AT_QUERY: dict[str, tuple[str, dict[str, Any], str, str, str | None]] = {
    "empty body": ("empty", {}, "records", "protocol", None),
    "busy as 400": ("status", {"status": 400, "code": "VPN.0014"}, "records", "api", "VPN.0014"),
    "same operation as 400": ("status", {"status": 400, "code": "VPN.0031"}, "records", "api", "VPN.0031"),
    "error inside a 200": (
        "body",
        {"body": {"error_code": "VPN.0007", "error_msg": "no", "request_id": SPOILED_HUAWEI}},
        "permission",
        "permission",
        "VPN.0007",
    ),
    "400": ("status", {"status": 400, "code": "VPN.0999"}, "api", "api", "VPN.0999"),
    "gateway too old": ("status", {"status": 400, "code": "VPN.0304"}, "unsupported", "unsupported", "VPN.0304"),
    "404": ("status", {"status": 404, "code": "VPN.0001"}, "not_found", "not_found", "VPN.0001"),
}
# Everywhere once; what a fault leads to that stays does not depend on the query it hits.
CASES = [(fault, place, "once") for fault in FAULTS for place in PLACES]
CASES += [(fault, place, "always") for fault in FAULTS for place in ("sign-in", "middle")]
CASES += [(fault, place, "once") for fault in AT_QUERY for place in ("first", "middle", "last")]
CASES += [(fault, "middle", "always") for fault in AT_QUERY]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    table = Table("Faults of Huawei Cloud", "fault", "request", "times", "outcome", "time")
    yield table
    table.finish(tmp_path_factory.getbasetemp())


@pytest.fixture
def window(simulator: Control) -> Window:
    now = simulator.now()
    lines = {"synthetic": {"lines": 40, "seconds": 300, "ends": "-60s"}}
    simulator.connections([{"id": one, "cloud": "huawei", "history": [lines]} for one in IDS])
    return Window(now - 1000, now)


def signed_in(simulator: Control, place: str) -> dict[str, Any]:
    """A password, or for the project search a key without a project."""
    if place != "project":
        return {}
    cloud = simulator.ready["huawei"]
    key = {"access_key": cloud["access_key"], "secret_key": cloud["secret_key"]}
    return {**key, "username": None, "password": None, "domain_name": None}


def query(simulator: Control, window: Window, place: str, seconds: float = 10, **more: Any) -> Outcome:
    return fetch(simulator, "huawei", IDS, window, seconds, **{**signed_in(simulator, place), **more})


def held(simulator: Control) -> list[str]:
    return [raw for one in IDS for _epoch, raw in simulator.lines(one)]


@pytest.mark.parametrize(("fault", "place", "often"), CASES)
def test_fault(simulator: Control, table: Table, window: Window, fault: str, place: str, often: str) -> None:
    kind, args, once, always, code = FAULTS.get(fault) or AT_QUERY[fault]
    simulator.plan(rule(kind, at=1 if often == "once" else "*", **PLACES[place], **args))
    wanted = once if often == "once" else always
    if (fault, place) == ("HTML with 200", "sign-in"):
        # A 200 without a token is not IAM: the password is not sent there again.
        wanted = once = "protocol"
    stalls = kind.startswith("stall")
    timeout = 0.25 if stalls and often == "once" else 0.12 if stalls else 5
    # TLS costs time: every fault has it once.
    scheme = "https" if place == "middle" else "http"
    outcome = query(simulator, window, place, scheme=scheme, timeout=timeout, max_retries=RETRIES)
    table.add(fault, place, often, outcome.words, outcome.seconds)
    assert outcome.seconds < 4
    spoiled = [request for request in outcome.asked if request["faults"]]
    if wanted == "records":
        assert outcome.error is None, outcome.error
        assert same(outcome.lines, held(simulator))
        return
    error = outcome.error
    assert error is not None and error.kind == wanted, outcome.words
    attempts = 1 if wanted == once else RETRIES + 1
    assert (error.attempts, len(spoiled)) == (attempts, attempts), outcome.words
    assert error.service and "://" not in str(error)
    if code is not None and place not in ("sign-in", "project"):
        assert error.code == code and error.http_status == args.get("status", 200)
        assert error.request_id


@pytest.mark.parametrize("place", PLACES)
def test_trickle_ends_at_the_deadline(simulator: Control, table: Table, window: Window, place: str) -> None:
    simulator.plan(rule("trickle", **PLACES[place], interval=0.1))
    outcome = query(simulator, window, place, 0.6)
    table.add("trickle", place, "once", outcome.words, outcome.seconds)
    assert outcome.error is not None and outcome.error.kind == "timeout" and 0.55 <= outcome.seconds < 2


@pytest.mark.parametrize("place", ["sign-in", "middle"])
def test_told_to_wait(simulator: Control, table: Table, window: Window, place: str) -> None:
    headers = {"Retry-After": "1"}
    simulator.plan(rule("status", **PLACES[place], status=429, code="APIGW.0308", headers=headers))
    outcome = query(simulator, window, place)
    table.add("429 with Retry-After", place, "once", outcome.words, outcome.seconds)
    assert outcome.error is None and same(outcome.lines, held(simulator)) and 0.9 <= outcome.seconds < 4


@pytest.mark.parametrize("service", ["iam", "huawei"])
def test_refused(simulator: Control, table: Table, window: Window, service: str) -> None:
    simulator.listeners(service, False)
    try:
        outcome = query(simulator, window, "first", max_retries=RETRIES)
    finally:
        simulator.listeners(service, True)
    table.add("refused", service, "always", outcome.words, outcome.seconds)
    assert outcome.error is not None and outcome.error.kind == "transport" and outcome.seconds < 3
    assert outcome.error.attempts == RETRIES + 1


@pytest.mark.parametrize("service", ["iam", "huawei"])
def test_reset_before_the_handshake(simulator: Control, table: Table, window: Window, service: str) -> None:
    simulator.plan(rule("reset_before_handshake", service=service))
    outcome = query(simulator, window, "first")
    table.add("reset before the handshake", service, "once", outcome.words, outcome.seconds)
    assert outcome.error is None and same(outcome.lines, held(simulator))


@pytest.mark.parametrize("status", [400, 401, 403])
def test_sign_in_is_refused_once(simulator: Control, table: Table, window: Window, status: int) -> None:
    simulator.plan(rule("status", at="*", **PLACES["sign-in"], status=status, code="Unauthorized"))
    outcome = query(simulator, window, "sign-in")
    table.add(f"{status} at sign-in", "sign-in", "always", outcome.words, outcome.seconds)
    assert outcome.error is not None and outcome.error.attempts == 1 and len(outcome.asked) == 1
    assert status != 401 or outcome.error.kind == "auth"


def test_wrong_password_is_sent_once(simulator: Control, window: Window) -> None:
    outcome = query(simulator, window, "sign-in", password="ExampleWrongPassword1!")
    assert outcome.error is not None and outcome.error.kind == "auth" and len(outcome.asked) == 1


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_token_refused(simulator: Control, table: Table, window: Window, place: str, times: int) -> None:
    """A token that ends early is renewed once; one that is refused again is not."""
    plan = rule("status", times=times, **PLACES[place], status=401, code="APIGW.0301", message="Incorrect IAM token.")
    simulator.plan(plan)
    outcome = query(simulator, window, place)
    table.add(f"401 {times} times", place, "once", outcome.words, outcome.seconds)
    sign_ins = [request for request in outcome.asked if request["service"] == "iam"]
    if times == 1:
        assert outcome.error is None and same(outcome.lines, held(simulator)) and len(sign_ins) == 2
    else:
        assert outcome.error is not None and outcome.error.kind == "auth" and len(sign_ins) <= 3
