# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals of the service: kind, words, retries, and nothing secret in any of them."""

from __future__ import annotations

import threading
import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba import pacing, signing
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.api import AlibabaProvider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import Credentials
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.pacing import Pacer
from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    AuthError,
    CloudVpnError,
    DeadlineError,
    ThrottledError,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window, parse_instant

from .http_fixtures import FakeVpc, Line, text_at

NOW = 1671004344
SECRET, TOKEN = "wrong-secret-value", "CAIS+token/value=="
OPTIONS = {
    "region": "eu-central-1",
    "access_key_id": "LTAIexample",
    "access_key_secret": SECRET,
    "security_token": TOKEN,
}
Run = t.Callable[..., t.Any]


@pytest.fixture
def run(vpc: FakeVpc, client: t.Callable[..., t.Any], monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Run]:
    monkeypatch.setattr(pacing, "PAUSE_BASE", 0.001)
    made: list[AlibabaProvider] = []

    def fetch(now: float = NOW + 3600.0, length: float = 600.0, retries: int = 2, **options: t.Any) -> t.Any:
        every = {**OPTIONS, "endpoint": vpc.url, **options}
        made.append(AlibabaProvider(every, client(max_retries=retries), {}, now=lambda: now))
        return made[-1].fetch("vco-a", None, Window(NOW - length, float(NOW)), Deadline(5))

    yield fetch
    for one in made:
        one.close()


def refuse(code: str, message: str = "Refused.", status: int = 400, **extra: t.Any) -> t.Callable[..., t.Any]:
    body = {
        "Code": code,
        "Message": message,
        "RequestId": "R-1",
        "HostId": "h",
        "Recommend": "http://evil.example",
        **extra,
    }
    return lambda query, headers, number: (status, body)


@pytest.mark.parametrize(
    ("code", "status", "kind", "words", "sent"),
    [
        (
            "InvalidVpnConnectionInstanceId.NotFound",
            404,
            "not_found",
            "'vco-a' does not exist in region 'eu-central-1'",
            1,
        ),
        ("InvalidVpnConnectionInstanceId.NotFound", 400, "not_found", "a wrong region looks the same", 1),
        ("InvalidTunnelId.NotFound", 404, "not_found", "does not exist", 1),
        ("Forbbiden.SubUser", 403, "permission", "permission", 1),
        ("Forbidden.RAM", 403, "permission", "permission", 1),
        ("NoPermission", 403, "permission", "permission", 1),
        ("Throttling.User", 400, "throttled", "throttles", 3),
        ("Rejected.Throttling", 400, "throttled", "throttles", 3),
        ("ServiceUnavailable", 503, "api", "fault of its own", 3),
        ("InternalError", 500, "api", "fault of its own", 3),
        ("SignatureNonceUsed", 400, "api", "seen this request", 3),
        ("InvalidAccessKeyId.NotFound", 404, "auth", "access key ID is not known to the service .from the options", 1),
        ("InvalidAccessKeyId.NotFound", 400, "auth", "access key ID is not known", 1),
        ("InvalidAccessKeyId.Inactive", 400, "auth", "disabled", 1),
        ("IncompleteSignature", 400, "auth", "stray characters", 1),
        ("InvalidSecurityToken.Expired", 400, "auth", "security token has expired", 1),
        ("InvalidSecurityToken.MismatchWithAccessKey", 400, "auth", "does not belong", 1),
        ("InvalidSecurityToken.Malformed", 400, "auth", "security token is not valid", 1),
        ("MissingSecurityToken", 400, "auth", "security token is missing", 1),
        ("InvalidRegionId.NotFound", 404, "options", "region: .*'eu-central-1'", 1),
        ("InvalidApi.NotFound", 404, "unsupported", "does not offer", 1),
        ("InvalidParameter", 400, "api", "InvalidParameter: Refused", 1),
        ("VpnGateway.FinancialLocked", 400, "api", "FinancialLocked", 1),
    ],
)
def test_codes(vpc: FakeVpc, run: Run, code: str, status: int, kind: str, words: str, sent: int) -> None:
    vpc.before = refuse(code, status=status)
    with pytest.raises(CloudVpnError, match=words) as caught:
        run()
    error = caught.value.as_dict()
    assert (error["kind"], error["code"], error["http_status"], error["request_id"]) == (kind, code, status, "R-1")
    assert (error["attempts"], len(vpc.queries)) == (sent, sent)
    assert error["service"] == vpc.url.split("//")[1]
    assert "evil.example" not in error["message"]


def test_an_error_inside_a_200_is_an_error(vpc: FakeVpc, run: Run) -> None:
    vpc.before = refuse("InvalidVpnConnectionInstanceId.NotFound", status=200)
    with pytest.raises(CloudVpnError) as caught:
        run()
    assert (caught.value.kind, caught.value.http_status) == ("not_found", 200)


@pytest.mark.parametrize("code", ["success", "OK", 200, "0", 0, ""])
def test_a_code_that_says_fine(vpc: FakeVpc, run: Run, code: t.Any) -> None:
    vpc.lines = [Line(NOW - 1, text_at(NOW - 1))]
    vpc.shape = lambda body, query: {**body, "Code": code}
    assert run().batches[0].lines == [text_at(NOW - 1)]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidParameter", "Specified SecurityToken.Expired."),
        ("MissingParameter", "The parameter SecurityToken is missing"),
    ],
)
def test_token_errors_in_disguise(vpc: FakeVpc, run: Run, code: str, message: str) -> None:
    vpc.before = refuse(code, message)
    with pytest.raises(AuthError, match="security token"):
        run()


def test_the_missing_permission_is_named(vpc: FakeVpc, run: Run) -> None:
    vpc.before = refuse("NoPermission", status=403, AccessDeniedDetail={"AuthAction": "vpc:DescribeVpnConnectionLogs"})
    with pytest.raises(CloudVpnError, match="vpc:DescribeVpnConnectionLogs"):
        run()


def echo(fake: FakeVpc, scheme: str, secret: str) -> t.Callable[..., t.Any]:
    """Answers as the service does when the signature is wrong: with the string that it signed itself."""

    def answer(query: dict[str, str], headers: t.Any, number: int) -> t.Any:
        key = Credentials("LTAIexample", secret, TOKEN)
        if scheme == "v1":
            params = {name: value for name, value in query.items() if name != "Signature"}
            to_sign = signing.signature_v1("POST", params, key)[0]
        else:
            names = headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
            signed = {name: headers[name] for name in names}
            to_sign = signing.authorize_v3(
                "POST", signing.canonical_query(query), signed, signed["x-acs-content-sha256"], key
            )[0]
        message = f"Specified signature does not match our calculation. server string to sign is:{to_sign}"
        return 400, {"Code": "SignatureDoesNotMatch", "Message": message, "RequestId": "R-1"}

    return answer


@pytest.mark.parametrize("scheme", ["v1", "v3"])
def test_a_wrong_secret_is_told_apart_and_tried_once(vpc: FakeVpc, run: Run, scheme: str) -> None:
    vpc.before = echo(vpc, scheme, "right")
    with pytest.raises(AuthError, match="access key secret is wrong") as caught:
        run(signature_version=scheme, length=86400.0)
    text = str(caught.value.as_dict())
    for value in (SECRET, TOKEN, "LTAIexample", "string to sign", "ACS3-HMAC", "%2F", signing.encode(TOKEN)):
        assert value not in text
    assert len(vpc.queries) == 1


def test_a_request_changed_on_its_way(vpc: FakeVpc, run: Run) -> None:
    message = f"server string to sign is:GET&%2F&AccessKeyId%3DLTAIexample%26SecurityToken%3D{TOKEN}"
    vpc.before = refuse("SignatureDoesNotMatch", message, 403)
    with pytest.raises(AuthError, match="signed something else than was sent") as caught:
        run()
    assert "LTAIexample" not in str(caught.value) and TOKEN not in str(caught.value)


def test_secrets_in_any_message_are_masked(vpc: FakeVpc, run: Run) -> None:
    message = f"odd {SECRET} and {TOKEN} of LTAIexample \x1b[31m; the StringToSign: POST&%2F&x"
    vpc.before = refuse("OddError", message)
    with pytest.raises(CloudVpnError) as caught:
        run()
    assert caught.value.message.endswith("(OddError: odd *** and *** of *** [31m).")


@pytest.mark.parametrize("code", ["InvalidTimeStamp.Expired", "IllegalTimestamp"])
@pytest.mark.parametrize("ahead", [2000.0, -2000.0])
def test_a_wrong_clock_is_corrected_once_and_told(vpc: FakeVpc, run: Run, code: str, ahead: float) -> None:
    vpc.lines = [Line(NOW - 60 * n, text_at(NOW - 60 * n)) for n in range(30)]
    vpc.clock = lambda: NOW + 0.0
    wrong = refuse(code)

    def before(query: dict[str, str], headers: t.Any, number: int) -> t.Any:
        skew = parse_instant(headers["x-acs-date"], 0.0, "x") - NOW
        return wrong(query, headers, number) if abs(skew) > 900 else None

    vpc.before = before
    fetched = run(now=NOW + ahead, retries=0, length=1800.0)
    assert sum(len(batch.lines) for batch in fetched.batches) == 30
    assert fetched.warnings == [
        (
            f"The clock of this machine is 2000 s {'ahead of' if ahead > 0 else 'behind'} the clock of Alibaba Cloud; "
            "requests were signed with the service's time. Set the clock right (NTP)."
        )
    ]


def test_a_clock_error_that_stays_ends_after_two_requests(vpc: FakeVpc, run: Run) -> None:
    vpc.before = refuse("InvalidTimeStamp.Expired")
    with pytest.raises(AuthError, match="clock of this machine"):
        run()
    assert len(vpc.queries) == 2


@pytest.mark.parametrize(
    ("name", "value"), [("x-acs-retry-after", "60"), ("Retry-After", "0"), ("x-acs-retry-after", "\u00b2")]
)
def test_retry_after_of_the_service(vpc: FakeVpc, run: Run, name: str, value: str) -> None:

    def before(query: dict[str, str], headers: t.Any, number: int) -> t.Any:
        body = {"Code": "Throttling.User", "Message": "x", "_headers": {name: value}}
        return (400, body) if number == 1 else None

    vpc.before = before
    assert run().complete
    assert len(vpc.queries) == 2


def test_html_of_a_proxy_is_no_answer(vpc: FakeVpc, run: Run) -> None:
    vpc.before = lambda query, headers, number: (404, b"<html>not here</html>")
    with pytest.raises(CloudVpnError, match="not an answer of the API") as caught:
        run()
    assert (caught.value.kind, caught.value.attempts) == ("protocol", 1)


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_pacing_stays_below_the_quota() -> None:
    clock = Time()
    pacer = Pacer(calls=5, period=60.0, clock=clock)
    for _number in range(5):
        pacer.acquire(Deadline(1), "s")
    with pytest.raises(DeadlineError, match="5 calls in 60 s"):
        pacer.acquire(Deadline(1), "s")
    clock.now += 60.0
    pacer.acquire(Deadline(1), "s")


def test_pacing_over_real_time() -> None:
    pacer = Pacer(calls=10, period=0.1)
    sent: list[float] = []
    lock = threading.Lock()

    def work() -> None:
        import time

        for _number in range(10):
            pacer.acquire(Deadline(5), "s")
            with lock:
                sent.append(time.monotonic())

    threads = [threading.Thread(target=work) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.sort()
    assert len(sent) == 30
    assert all(later - earlier > 0.09 for earlier, later in zip(sent, sent[10:]))


def test_throttled_earlier_than_the_quota() -> None:
    clock = Time()
    pacer = Pacer(calls=570, period=60.0, clock=clock)
    for _number in range(100):
        pacer.acquire(Deadline(1), "s")
    pacer.throttled(ThrottledError("Too fast."))
    clock.now += 1.0
    with pytest.raises(DeadlineError, match="90 calls"):
        pacer.acquire(Deadline(1), "s")
    clock.now += 60.0
    pacer.acquire(Deadline(1), "s")
    pacer.throttled(ThrottledError("Too fast.", code="Throttling", request_id="R-1", retry_after=5.0))
    with pytest.raises(
        ThrottledError, match="Too fast. It asks to wait 5 s, longer than the deadline leaves"
    ) as caught:
        pacer.acquire(Deadline(4), "s")
    assert (caught.value.code, caught.value.request_id, caught.value.attempts) == ("Throttling", "R-1", 1)
    clock.now += 5.0
    pacer.acquire(Deadline(1), "s")
