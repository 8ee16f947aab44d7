# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault at the first, a middle, and the last page of a fetch from Alibaba Cloud: the records, or one clear error."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fetching import MANY, SPOILED_ALIBABA, Outcome, Table, assert_signed_anew, fetch, many_pages, rule, same

from simulator.client import Control

PLACES = {"first": 1, "middle": 3, "last": 5}
RETRIES = 2


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    table = Table("Faults of Alibaba Cloud", "fault", "request", "times", "outcome", "time")
    yield table
    table.finish(tmp_path_factory.getbasetemp())


def date_in(simulator: Control, seconds: int) -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(simulator.now() + seconds))


# fault: (kind, arguments, outcome once, outcome always, code); "records" or the kind of the error.
FAULTS: dict[str, tuple[str, dict[str, Any], str, str, str | None]] = {
    "reset before the answer": ("reset", {}, "records", "transport", None),
    "closed before the answer": ("close", {}, "records", "transport", None),
    "reset in the body": ("reset_mid_body", {}, "records", "transport", None),
    "short body": ("short_body", {}, "records", "transport", None),
    "stall": ("stall", {"seconds": 30}, "records", "transport", None),
    "stall in the body": ("stall_mid_body", {"seconds": 30}, "records", "transport", None),
    "500": ("status", {"status": 500, "code": "InternalError"}, "records", "api", "InternalError"),
    "502 without a body": ("status", {"status": 502, "body": ""}, "records", "api", None),
    "503": ("status", {"status": 503, "code": "ServiceUnavailable"}, "records", "api", "ServiceUnavailable"),
    "busy inside a 200": ("error_in_200", {"code": "ServiceUnavailable"}, "records", "api", "ServiceUnavailable"),
    "nonce seen": ("status", {"status": 400, "code": "SignatureNonceUsed"}, "records", "api", "SignatureNonceUsed"),
    "HTML with 200": ("html", {}, "records", "protocol", None),
    "empty body": ("empty", {}, "records", "protocol", None),
    "half the JSON": ("broken_json", {}, "records", "protocol", None),
    "JSON of something else": ("body", {"body": {"hello": 1}}, "records", "protocol", None),
    "JSON list": ("body", {"body": [1, 2]}, "records", "protocol", None),
    "wrong content type": ("content_type", {"value": "text/plain"}, "records", "records", None),
    "64 MiB in chunks": ("huge", {"chunked": True, "bytes": 64 << 20}, "protocol", "protocol", None),
    "64 MiB": ("huge", {"bytes": 64 << 20}, "protocol", "protocol", None),
    "gzip bomb": ("gzip_bomb", {}, "protocol", "protocol", None),
    "permission inside a 200": ("error_in_200", {"code": "Forbidden.RAM"}, "permission", "permission", "Forbidden.RAM"),
    "400": ("status", {"status": 400, "code": "InvalidParameter"}, "api", "api", "InvalidParameter"),
    "403": ("status", {"status": 403, "code": "Forbidden.RAM"}, "permission", "permission", "Forbidden.RAM"),
    "404": (
        "status",
        {"status": 404, "code": "InvalidVpnConnectionInstanceId.NotFound"},
        "not_found",
        "not_found",
        "InvalidVpnConnectionInstanceId.NotFound",
    ),
    "secret refused": (
        "status",
        {"status": 400, "code": "SignatureDoesNotMatch"},
        "auth",
        "auth",
        "SignatureDoesNotMatch",
    ),
    "key refused": (
        "status",
        {"status": 404, "code": "InvalidAccessKeyId.NotFound"},
        "auth",
        "auth",
        "InvalidAccessKeyId.NotFound",
    ),
}


def check(outcome: Outcome, wanted: str, lines: list[str], limit: float) -> None:
    assert outcome.seconds < limit, outcome.words
    if wanted == "records":
        assert outcome.error is None, outcome.error
        assert outcome.complete and same(outcome.lines, lines)
    else:
        assert outcome.error is not None and outcome.error.kind == wanted, outcome.words
        assert "Signature=" not in str(outcome.error) and "://" not in str(outcome.error)
    assert_signed_anew(outcome.asked)


# At every place once; what a fault leads to that stays does not depend on the page it hits.
@pytest.mark.parametrize(("place", "often"), [*((place, "once") for place in PLACES), ("middle", "always")])
@pytest.mark.parametrize("fault", FAULTS)
def test_fault(simulator: Control, table: Table, fault: str, place: str, often: str) -> None:
    kind, args, once, always, code = FAULTS[fault]
    window, lines = many_pages(simulator)
    page = PLACES[place]
    simulator.plan(rule(kind, at=1 if often == "once" else "*", match={"page": page}, **args))
    stalls = kind.startswith("stall")
    wanted = once if often == "once" else always
    timeout = 0.3 if stalls and often == "once" else 0.15 if stalls else 5
    # TLS costs time: every fault has it once.
    scheme = "https" if place == "middle" else "http"
    outcome = fetch(simulator, "alibaba", MANY, window, 10, scheme=scheme, timeout=timeout, max_retries=RETRIES)
    table.add(fault, place, often, outcome.words, outcome.seconds)
    check(outcome, wanted, lines, 5.0)
    spoiled = [request for request in outcome.asked if request["faults"]]
    if outcome.error is None:
        assert len(spoiled) == 1 or often == "always"
        return
    error = outcome.error
    attempts = 1 if wanted == once else RETRIES + 1
    # What no repetition heals was sent once.
    assert (error.attempts, len(spoiled)) == (attempts, attempts)
    assert error.code == code and error.service
    if code is not None:
        assert error.request_id == SPOILED_ALIBABA and error.http_status == args.get("status", 200)


@pytest.mark.parametrize(
    ("name", "place", "least"),
    [
        ("Retry-After in seconds", "last", 1.0),
        ("Retry-After as a date", "middle", 0.9),
        ("x-acs-retry-after", "first", 0.4),
        ("x-acs-retry-after", "middle", 0.4),
        ("x-acs-retry-after", "last", 0.4),
    ],
)
def test_told_to_wait(simulator: Control, table: Table, name: str, place: str, least: float) -> None:
    window, lines = many_pages(simulator)
    status, code, headers = {
        "Retry-After in seconds": (429, "Throttling", {"Retry-After": "1"}),
        "Retry-After as a date": (503, "ServiceUnavailable", {"Retry-After": date_in(simulator, 2)}),
        "x-acs-retry-after": (400, "Throttling.User", {"x-acs-retry-after": "400"}),
    }[name]
    simulator.plan(rule("status", match={"page": PLACES[place]}, status=status, code=code, headers=headers))
    outcome = fetch(simulator, "alibaba", MANY, window, 10)
    table.add(f"{status} with {name}", place, "once", outcome.words, outcome.seconds)
    check(outcome, "records", lines, 6.0)
    assert outcome.seconds >= least


@pytest.mark.parametrize(("status", "kind"), [(429, "throttled"), (400, "throttled"), (503, "api")])
def test_told_to_wait_beyond_the_deadline(simulator: Control, table: Table, status: int, kind: str) -> None:
    window, lines = many_pages(simulator)
    code = "ServiceUnavailable" if status == 503 else "Throttling.User"
    simulator.plan(rule("status", match={"page": 3}, status=status, code=code, headers={"Retry-After": "60"}))
    outcome = fetch(simulator, "alibaba", MANY, window, 3)
    table.add(f"{status} with Retry-After past the deadline", "middle", "once", outcome.words, outcome.seconds)
    check(outcome, kind, lines, 4.0)
    assert outcome.error is not None and outcome.error.code == code and outcome.error.attempts == 1
    assert "60 s" in str(outcome.error) and outcome.error.request_id == SPOILED_ALIBABA


@pytest.mark.parametrize("place", PLACES)
def test_trickle_ends_at_the_deadline(simulator: Control, table: Table, place: str) -> None:
    window, lines = many_pages(simulator)
    simulator.plan(rule("trickle", match={"page": PLACES[place]}, interval=0.1))
    outcome = fetch(simulator, "alibaba", MANY, window, 0.6)
    table.add("trickle", place, "once", outcome.words, outcome.seconds)
    check(outcome, "timeout", lines, 2.0)
    assert outcome.seconds >= 0.55


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_reset_before_the_handshake(simulator: Control, table: Table, scheme: str, nth: int) -> None:
    window, lines = many_pages(simulator)
    simulator.plan(rule("reset_before_handshake", at=nth))
    outcome = fetch(simulator, "alibaba", MANY, window, 5, scheme=scheme)
    table.add(f"reset before the handshake ({scheme})", f"connection {nth}", "once", outcome.words, outcome.seconds)
    check(outcome, "records", lines, 4.0)


def test_reset_before_every_handshake(simulator: Control, table: Table) -> None:
    window, lines = many_pages(simulator)
    simulator.plan(rule("reset_before_handshake", at="*"))
    outcome = fetch(simulator, "alibaba", MANY, window, 5, max_retries=RETRIES)
    table.add("reset before the handshake", "all", "always", outcome.words, outcome.seconds)
    check(outcome, "transport", lines, 4.0)
    assert outcome.error is not None and outcome.error.attempts == RETRIES + 1


@pytest.mark.parametrize("after", [0, 2, 4])
def test_refused_for_a_while(simulator: Control, table: Table, after: int) -> None:
    """The ports close after some requests, and open again."""
    window, lines = many_pages(simulator)
    simulator.latency(40, "alibaba")
    seen = simulator.state()["requests"]

    def outage() -> None:
        while simulator.state()["requests"] < seen + after:
            time.sleep(0.005)
        simulator.listeners("alibaba", False)
        time.sleep(0.4)
        simulator.listeners("alibaba", True)

    thread = threading.Thread(target=outage)
    thread.start()
    if not after:
        time.sleep(0.1)
    outcome = fetch(simulator, "alibaba", MANY, window, 8, backoff=lambda attempt: 0.15)
    thread.join()
    table.add("refused for 0.4 s", f"after {after} requests", "once", outcome.words, outcome.seconds)
    check(outcome, "records", lines, 6.0)


def test_refused(simulator: Control, table: Table) -> None:
    window, lines = many_pages(simulator)
    simulator.listeners("alibaba", False)
    try:
        outcome = fetch(simulator, "alibaba", MANY, window, 5, max_retries=RETRIES)
    finally:
        simulator.listeners("alibaba", True)
    table.add("refused", "all", "always", outcome.words, outcome.seconds)
    check(outcome, "transport", lines, 3.0)
    assert outcome.error is not None and outcome.error.attempts == RETRIES + 1 and "refused" in str(outcome.error)
