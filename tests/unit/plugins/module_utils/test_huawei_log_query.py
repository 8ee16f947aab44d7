# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log query of Huawei Cloud: lines in order, windows, and every way in which it refuses."""

from __future__ import annotations

import random
import time
import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import CloudVpnError, OptionsError, ProtocolError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window, iso

from .huawei_server import BY_PASSWORD, CONNECTION, Desk, FakeCloud, Reply, cloud, desk

__all__ = ["cloud", "desk"]
BASE = 1735024112


def line(second: float, text: str) -> dict[str, t.Any]:
    """As the service gives it: ``time`` cut to whole seconds, the stamp in the line with all digits."""
    stamp = iso(BASE + second).rstrip("Z") + "+00:00"
    return {"time": int(BASE + second), "raw_message": f"{stamp} host-192-0-2-7 ipsec_ike[1]: [192.0.2.7]{text}"}


def texts(fetched: t.Any) -> list[str]:
    return [raw.rpartition("]")[2] for raw in fetched.batches[0].lines]


@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
@pytest.mark.parametrize("factor", [1, 1000])
def test_order(desk: Desk, cloud: FakeCloud, order: str, factor: int) -> None:
    logs = [line(0.25, "a"), line(0.5, "b"), line(0.75, "c"), line(3, "d"), line(7.125, "e")]
    if order == "descending":
        logs.reverse()
    elif order == "shuffled":
        random.Random(7).shuffle(logs)
    cloud.logs = [{**one, "time": one["time"] * factor} for one in logs]
    fetched = desk.fetch(desk.provider(**BY_PASSWORD))
    assert texts(fetched) == ["a", "b", "c", "d", "e"]
    assert fetched.batches[0].times == [BASE, BASE, BASE, BASE + 3, BASE + 7]
    assert fetched.complete


def test_lines_of_one_instant_that_came_newest_first(desk: Desk, cloud: FakeCloud) -> None:
    cloud.logs = [line(9, "d"), line(5, "c"), line(5, "b"), line(1, "a")]
    assert texts(desk.fetch(desk.provider(**BY_PASSWORD))) == ["a", "b", "c", "d"]


def test_a_line_with_another_offset_and_one_without_stamp(desk: Desk, cloud: FakeCloud) -> None:
    cloud.logs = [
        {"time": BASE + 9, "raw_message": "no stamp here]b"},
        {"time": BASE, "raw_message": "2024-12-24T15:08:32.5+08:00 host ipsec_ike[1]: [x]a"},
        {"raw_message": "nothing at all]c"},
    ]
    fetched = desk.fetch(desk.provider(**BY_PASSWORD))
    assert sorted(texts(fetched)) == ["a", "b", "c"]
    assert texts(fetched)[0] == "a" or fetched.batches[0].times[0] is None


@pytest.mark.parametrize("body", [{"logs": None}, {"logs": []}, {"request_id": "x"}])
def test_no_lines(desk: Desk, cloud: FakeCloud, body: t.Any) -> None:
    provider = desk.provider(**BY_PASSWORD)
    provider.prepare(Deadline(5))
    cloud.script = [Reply(200, body)]
    fetched = desk.fetch(provider)
    assert (fetched.batches[0].lines, fetched.complete) == ([], True)


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        {"logs": {}},
        {"logs": ["text"]},
        {"logs": [{"time": 1}]},
        {"logs": [{"time": 1, "raw_message": 5}]},
        {"logs": [{"time": True, "raw_message": "x"}]},
        {"logs": [{"time": "soon", "raw_message": "x"}]},
        {"logs": [{"time": -5, "raw_message": "x"}]},
    ],
)
def test_wrong_types(desk: Desk, cloud: FakeCloud, body: t.Any) -> None:
    provider = desk.provider(**BY_PASSWORD)
    provider.prepare(Deadline(5))
    cloud.script = [Reply(200, body)]
    with pytest.raises(ProtocolError):
        desk.fetch(provider)
    assert len(cloud.seen) == 2


def test_window(desk: Desk, cloud: FakeCloud) -> None:
    cloud.logs = [line(second, str(second)) for second in (0.25, 1.5, 2.5, 3.5)]
    provider = desk.provider(**BY_PASSWORD, until="any")
    fetched = provider.fetch(CONNECTION, None, Window(BASE + 1.5, BASE + 3.0), Deadline(5))
    assert texts(fetched) == ["1.5", "2.5"]
    assert (fetched.batches[0].since, fetched.batches[0].until) == (BASE + 1.5, BASE + 3.0)


def test_a_time_without_a_stamp_is_any_part_of_its_second(desk: Desk, cloud: FakeCloud) -> None:
    cloud.logs = [{"time": BASE, "raw_message": "early"}, {"time": BASE + 1, "raw_message": "same second"}]
    fetched = desk.fetch(desk.provider(**BY_PASSWORD), since=BASE + 1.5)
    assert fetched.batches[0].lines == ["same second"]


def test_the_clouds_clock_is_ahead(desk: Desk, cloud: FakeCloud) -> None:
    """Without ``until`` the newest lines are kept, whatever our clock says."""
    cloud.logs = [{"time": int(time.time()) + 120, "raw_message": "new"}]
    assert desk.fetch(desk.provider(**BY_PASSWORD)).batches[0].lines == ["new"]


@pytest.mark.parametrize(
    ("count", "since", "complete"), [(199, -1, True), (200, -1, False), (200, 0, True), (200, None, True)]
)
def test_complete(desk: Desk, cloud: FakeCloud, count: int, since: int | None, complete: bool) -> None:
    """The service keeps 200 lines: when all of them are newer than the window's start, older ones may be gone."""
    cloud.logs = [line(second, "x") for second in range(count)]
    fetched = desk.fetch(desk.provider(**BY_PASSWORD), since=None if since is None else BASE + since)
    assert fetched.complete is complete


def test_tunnels_are_not_known_here(desk: Desk) -> None:
    with pytest.raises(OptionsError, match="tunnel_ids"):
        desk.provider(**BY_PASSWORD).fetch(CONNECTION, "tun-1", Window(None, time.time()), Deadline(5))


CASES = [
    (400, "VPN.0001", "not_found", False, "was not found in region eu-de"),
    (404, "VPN.0004", "not_found", False, "was not found in region eu-de"),
    (404, "VPN.0509", "not_found", False, "gateway does not exist"),
    (404, None, "not_found", False, "was not found in region eu-de"),
    (500, "VPN.0002", "api", True, "the service failed"),
    (403, "VPN.0003", "permission", False, "may not be read"),
    (403, "VPN.0007", "permission", False, "vpn:vpnConnections:getLog"),
    (500, "VPN.0005", "api", True, "could not be read"),
    (500, "VPN.0006", "api", True, "could not be read"),
    (425, "VPN.0009", "api", False, "being deleted"),
    (504, "VPN.0014", "api", True, "busy"),
    (409, "VPN.0016", "api", True, "not ready"),
    (400, "VPN.0030", "api", True, "busy"),
    (400, "VPN.0031", "api", True, "busy"),
    (400, "VPN.0304", "unsupported", False, "too old"),
    (400, "VPN.0305", "unsupported", False, "policy template"),
    (400, "VPN.0306", "api", True, "being updated"),
    (400, "VPN.0508", "api", False, "being deleted"),
    (429, "VPN.0429", "throttled", True, "too many requests"),
    (429, "APIGW.0308", "throttled", True, "too many requests"),
    (404, "APIGW.0101", "unsupported", False, "check region and endpoint"),
    (403, "APIGW.0302", "permission", False, "may not be read"),
    (494, "APIGW.0201", "api", False, "HTTP status 494"),
    (502, "APIGW.0201", "api", True, "could not be read"),
    (504, "APIGW.0203", "api", True, "could not be read"),
    (400, "VPN.9999", "api", False, "HTTP status 400"),
    (503, None, "api", True, "could not be read"),
    (418, None, "api", False, "HTTP status 418"),
    (204, None, "protocol", False, "HTTP status 204"),
]
SHAPES: dict[str, t.Callable[[str, str], t.Any]] = {
    "error_code": lambda code, text: {"error_code": code, "error_msg": text, "request_id": "req-1"},
    "code": lambda code, text: {"code": code, "message": text},
    "nested": lambda code, text: {"error": {"code": code, "message": text}},
    "camel": lambda code, text: {"errorCode": code, "errorMsg": text, "encoded_authorization_message": "x" * 99},
}


@pytest.mark.parametrize(("status", "code", "kind", "retryable", "words"), CASES)
def test_refusals(
    desk: Desk, cloud: FakeCloud, status: int, code: str | None, kind: str, retryable: bool, words: str
) -> None:
    provider = desk.provider(**BY_PASSWORD)
    provider.prepare(Deadline(5))
    body = SHAPES["error_code"](code, "the server's words") if code else b"<html>proxy</html>"
    cloud.script = [Reply(status, body if status != 204 else b"")] * 9
    with pytest.raises(CloudVpnError, match=words) as caught:
        desk.fetch(provider)
    error = caught.value
    assert (error.kind, error.code, error.http_status, error.retryable) == (kind, code, status, retryable)
    assert error.attempts == (4 if retryable else 1)
    assert error.request_id == "req-1"
    if code:
        assert "the server's words" in str(error)
        assert "request req-1" in str(error)


# A 200 with nothing but `code` and `message` could be anything.
@pytest.mark.parametrize(
    ("status", "shape"), [(400, shape) for shape in SHAPES] + [(200, "error_code"), (200, "nested")]
)
def test_shapes_of_errors(desk: Desk, cloud: FakeCloud, shape: str, status: int) -> None:
    provider = desk.provider(**BY_PASSWORD)
    provider.prepare(Deadline(5))
    cloud.script = [Reply(status, SHAPES[shape]("VPN.0304", "old gateway"))]
    with pytest.raises(CloudVpnError) as caught:
        desk.fetch(provider)
    assert (caught.value.kind, caught.value.code) == ("unsupported", "VPN.0304")
    assert "old gateway" in str(caught.value)
    assert "xxx" not in str(caught.value)


def test_a_passing_fault_is_survived(desk: Desk, cloud: FakeCloud) -> None:
    provider = desk.provider(**BY_PASSWORD)
    provider.prepare(Deadline(5))
    cloud.script = [
        Reply(400, SHAPES["code"]("VPN.0030", "busy")),
        Reply(429, SHAPES["error_code"]("APIGW.0308", "slow down"), {"Retry-After": "0"}),
        Reply(200, b"<html>"),
    ]
    assert len(desk.fetch(provider).batches[0].lines) == 1
    assert len(cloud.seen) == 5


def test_a_refusal_of_one_connection_leaves_the_others(desk: Desk, cloud: FakeCloud) -> None:
    provider = desk.provider(**BY_PASSWORD)
    provider.prepare(Deadline(5))
    cloud.script = [Reply(404, SHAPES["error_code"]("VPN.0004", "no"))]
    with pytest.raises(CloudVpnError):
        desk.fetch(provider)
    assert len(desk.fetch(provider).batches[0].lines) == 1
