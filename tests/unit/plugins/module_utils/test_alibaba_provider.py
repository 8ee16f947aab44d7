# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider against a server that plays the API over real sockets."""

from __future__ import annotations

import time
import typing as t
from collections import Counter

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.api import AlibabaProvider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    ApiError,
    CloudVpnError,
    DeadlineError,
    OptionsError,
    ProtocolError,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window

from .http_fixtures import FakeVpc, Line, text_at

NOW = 1671004344
OPTIONS = {"region": "eu-central-1", "access_key_id": "LTAIexample", "access_key_secret": "example-secret-value"}
Make = t.Callable[..., AlibabaProvider]


@pytest.fixture
def provider(vpc: FakeVpc, client: t.Callable[..., t.Any]) -> t.Iterator[Make]:
    made: list[AlibabaProvider] = []

    def make(
        now: float = NOW + 3600.0, environ: t.Mapping[str, str] | None = None, **options: t.Any
    ) -> AlibabaProvider:
        http = client(max_retries=options.pop("max_retries", 3), timeout=options.pop("timeout", 5))
        every = {**OPTIONS, "endpoint": vpc.url, **options}
        made.append(AlibabaProvider(every, http, environ or {}, now=lambda: now))
        return made[-1]

    yield make
    for one in made:
        one.close()


def many(count: int, start: int = NOW - 600, span: int = 600) -> list[Line]:
    return [
        Line(start + index * span // count, text_at(start + index * span // count, f"line {index}"))
        for index in range(count)
    ]


def lines_of(fetched: t.Any) -> list[str]:
    return [line for batch in fetched.batches for line in batch.lines]


def test_one_page(vpc: FakeVpc, provider: Make) -> None:
    vpc.lines = many(3)
    fetched = provider().fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))
    assert lines_of(fetched) == [line.text for line in vpc.lines]
    assert (fetched.complete, fetched.warnings) == (True, [])
    assert [(batch.since, batch.until, batch.times) for batch in fetched.batches] == [(NOW - 600.0, float(NOW), None)]
    assert vpc.queries == [
        {
            "RegionId": "eu-central-1",
            "VpnConnectionId": "vco-a",
            "From": str(NOW - 600),
            "To": str(NOW),
            "PageNumber": "1",
            "PageSize": "50",
        }
    ]
    assert vpc.headers[0]["x-acs-action"] == "DescribeVpnConnectionLogs"
    assert "example-secret-value" not in str(vpc.headers[0])


def test_a_tunnel_is_asked_for(vpc: FakeVpc, provider: Make) -> None:
    provider().fetch("vco-a", "tun-b", Window(NOW - 1.0, float(NOW)), Deadline(10))
    assert vpc.queries[0]["TunnelId"] == "tun-b"


def test_the_older_scheme(vpc: FakeVpc, provider: Make) -> None:
    vpc.lines = many(120)
    fetched = provider(signature_version="v1", security_token="token/+=").fetch(
        "vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10)
    )
    assert len(lines_of(fetched)) == 120
    assert all(
        query["SignatureMethod"] == "HMAC-SHA1" and query["SecurityToken"] == "token/+=" for query in vpc.queries
    )
    assert len({query["SignatureNonce"] for query in vpc.queries}) == len(vpc.queries)


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 99, 100, 500, 1234])
def test_pages(vpc: FakeVpc, provider: Make, count: int) -> None:
    vpc.lines = many(count)
    fetched = provider().fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))
    assert lines_of(fetched) == [line.text for line in vpc.lines]
    assert fetched.complete
    least = count // 50 + 1
    assert len(vpc.queries) <= least * 1.1 + 8


def test_lines_are_worked_on_while_others_are_on_their_way(vpc: FakeVpc, provider: Make) -> None:
    vpc.lines, vpc.delay = many(1234), 0.02
    arrived: list[str] = []
    fetched = provider().fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10), arrived.extend)
    assert set(arrived) <= set(lines_of(fetched))
    # All but the answers that nothing was waited for any more with.
    assert len(set(arrived)) > 1234 - 8 * 50


def test_requests_in_flight_are_bounded_for_the_whole_task(vpc: FakeVpc, provider: Make) -> None:
    import threading

    vpc.lines = many(400)
    vpc.delay = 0.01
    one = provider(concurrency=3)
    results: list[t.Any] = []
    threads = [
        threading.Thread(
            target=lambda: results.append(one.fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10)))
        )
        for _number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(lines_of(fetched)) for fetched in results] == [400] * 4
    assert 2 <= vpc.most_in_flight <= 3
    # Nine pages and a second look at the last one each: guesses wait until no certain request does.
    assert len(vpc.queries) <= 4 * 10 + 3


def test_a_day_costs_hardly_more_requests_than_windows(vpc: FakeVpc, provider: Make) -> None:
    vpc.lines = many(288, NOW - 86400, 86400)
    fetched = provider().fetch("vco-a", None, Window(NOW - 86400.0, float(NOW)), Deadline(10))
    assert Counter(lines_of(fetched)) == Counter(line.text for line in vpc.lines)
    assert len(vpc.queries) == len(fetched.batches) == 145


@pytest.mark.parametrize(
    "data",
    [
        lambda lines: {"Logs": lines},
        lambda lines: lines,
        lambda lines: ['"Logs": ' + __import__("json").dumps(lines)],
        lambda lines: __import__("json").dumps({"Logs": lines}),
    ],
)
def test_forms_of_data(vpc: FakeVpc, provider: Make, data: t.Callable[[list[str]], t.Any]) -> None:
    vpc.lines = many(60)
    vpc.shape = lambda body, query: {**body, "Data": data(body["Data"]["Logs"])}
    fetched = provider().fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))
    assert lines_of(fetched) == [line.text for line in vpc.lines]


@pytest.mark.parametrize("data", [None, {}, {"Logs": None}, [], {"Logs": []}, ""])
def test_no_lines(vpc: FakeVpc, provider: Make, data: t.Any) -> None:
    vpc.shape = lambda body, query: {**body, "Data": data}
    fetched = provider().fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))
    assert lines_of(fetched) == [] and fetched.complete


@pytest.mark.parametrize("body", [{}, [], "x", None, {"Data": {"Logs": [1]}}, {"Data": 5}, b"", b"<html>", b'{"Data"'])
def test_what_is_not_a_page_is_an_error(vpc: FakeVpc, provider: Make, body: t.Any) -> None:
    vpc.before = lambda query, headers, number: (200, body)
    with pytest.raises(ProtocolError):
        provider(max_retries=1).fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))


@pytest.mark.parametrize("said", [False, "false", "FALSE"])
def test_not_accurate_is_not_complete(vpc: FakeVpc, provider: Make, said: t.Any) -> None:
    vpc.lines = many(2)
    vpc.shape = lambda body, query: {**body, "IsCompleted": said}
    fetched = provider().fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))
    assert not fetched.complete
    assert fetched.warnings == ["VPN connection 'vco-a': Alibaba Cloud says that this log is not accurate yet."]


def test_a_count_larger_than_the_page_is_not_complete(vpc: FakeVpc, provider: Make) -> None:
    vpc.lines = many(7)
    vpc.shape = lambda body, query: {**body, "Count": 9}
    assert not provider().fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10)).complete


def test_a_count_of_the_whole_list_is_fine(vpc: FakeVpc, provider: Make) -> None:
    vpc.lines = many(60)
    vpc.shape = lambda body, query: {**body, "Count": 60}
    assert provider().fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10)).complete


def test_a_service_with_smaller_pages(vpc: FakeVpc, provider: Make) -> None:
    vpc.lines = many(95)
    real = vpc.page
    vpc.page = lambda query: real({**query, "PageSize": "10"})  # type: ignore[method-assign]
    fetched = provider().fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))
    assert lines_of(fetched) == [line.text for line in vpc.lines]


@pytest.mark.parametrize("echo", [True, False])
def test_a_service_that_ignores_the_page_number(vpc: FakeVpc, provider: Make, echo: bool) -> None:
    vpc.lines = many(200)
    real = vpc.page

    def page(query: t.Mapping[str, str]) -> dict[str, t.Any]:
        body = real({**query, "PageNumber": "1"})
        if not echo:
            del body["PageNumber"]
        return body

    vpc.page = page  # type: ignore[method-assign]
    with pytest.raises(ProtocolError) as caught:
        provider(max_retries=1).fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))
    assert "page" in str(caught.value)
    assert len(vpc.queries) < 60


def test_an_endless_list_ends_at_the_deadline_or_the_limit(
    vpc: FakeVpc, provider: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba import paging

    monkeypatch.setattr(paging, "MAX_PAGES", 40)
    same = [text_at(NOW - 5)] * 50
    vpc.shape = lambda body, query: {**body, "Data": {"Logs": same}, "Count": 50}
    with pytest.raises(ProtocolError, match="40"):
        provider().fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))


def test_thousands_of_equal_lines_in_one_second(vpc: FakeVpc, provider: Make) -> None:
    vpc.lines = [Line(NOW - 5, text_at(NOW - 5))] * 2003
    fetched = provider().fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))
    assert len(lines_of(fetched)) == 2003 and fetched.complete


@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_lines_that_arrive_while_pages_are_read(vpc: FakeVpc, provider: Make, order: str) -> None:
    vpc.lines = many(180)
    vpc.order = order

    def late(query: dict[str, str], headers: t.Any, number: int) -> None:
        if number in (2, 5):
            at = NOW - 600 + number
            vpc.lines.append(Line(at, text_at(at, f"late {number}")))
            vpc.lines.sort()

    vpc.before = late
    fetched = provider(now=NOW + 1.0).fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))
    assert Counter(lines_of(fetched)) == Counter(line.text for line in vpc.lines)
    assert fetched.complete


def test_a_log_that_never_stands_still_is_not_complete(vpc: FakeVpc, provider: Make) -> None:
    vpc.lines = many(180)

    def late(query: dict[str, str], headers: t.Any, number: int) -> None:
        vpc.lines.insert(0, Line(NOW - 599, text_at(NOW - 599, f"late {number}")))

    vpc.before = late
    fetched = provider(now=NOW + 1.0).fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))
    assert not fetched.complete
    assert "lines may be missing or doubled" in fetched.warnings[0]


def test_the_deadline_ends_it_with_one_clear_error(vpc: FakeVpc, provider: Make) -> None:
    vpc.lines = many(3000)
    vpc.delay = 0.1
    one = provider()
    started = time.monotonic()
    with pytest.raises(DeadlineError) as caught:
        one.fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(0.4))
    assert time.monotonic() - started < 1.0
    assert "deadline of 0.4 s" in str(caught.value)
    one.close()
    assert time.monotonic() - started < 1.5


def test_a_fault_in_the_middle_is_repeated(vpc: FakeVpc, provider: Make) -> None:
    vpc.lines = many(300)
    vpc.before = lambda query, headers, number: (503, b"busy") if number in (1, 4, 7) else None
    fetched = provider().fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))
    assert lines_of(fetched) == [line.text for line in vpc.lines]
    nonces = [headers["x-acs-signature-nonce"] for headers in vpc.headers]
    assert len(set(nonces)) == len(nonces)


def test_a_lasting_fault_is_an_error_with_attempts(vpc: FakeVpc, provider: Make) -> None:
    vpc.before = lambda query, headers, number: (500, {"Code": "InternalError", "Message": "x", "RequestId": "R1"})
    with pytest.raises(ApiError) as caught:
        provider(max_retries=2).fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))
    error = caught.value.as_dict()
    assert (error["attempts"], error["http_status"], error["request_id"], error["code"]) == (
        3,
        500,
        "R1",
        "InternalError",
    )


def test_wrong_options_end_before_any_request(vpc: FakeVpc, provider: Make) -> None:
    for options in (
        {"region": None},
        {"region": "a/b-1"},
        {"endpoint": "http://192.0.2.1"},
        {"signature_version": "v2"},
    ):
        with pytest.raises(OptionsError):
            provider(**options)
    with pytest.raises(OptionsError, match="180 days"):
        provider().fetch("vco-a", None, Window(0.0, float(NOW)), Deadline(10))
    with pytest.raises(OptionsError, match="access_key_secret: missing"):
        provider(access_key_secret=None).prepare(Deadline(1))
    with pytest.raises(CloudVpnError, match="Tried in this order: options: .*; environment: "):
        provider(access_key_id=None, access_key_secret=None).prepare(Deadline(1))
    assert vpc.queries == []


def test_the_clock_of_the_service(vpc: FakeVpc, provider: Make) -> None:
    vpc.clock = lambda: NOW + 5.0
    one = provider()
    assert one.server_time() is None
    one.fetch("vco-a", None, Window(NOW - 600.0, float(NOW)), Deadline(10))
    assert one.server_time() == NOW + 5.0
