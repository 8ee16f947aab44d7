# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Signed RPC calls: a fresh signature for every attempt, the clock of the service where ours is wrong."""

from __future__ import annotations

import secrets
import threading
import time
import typing as t
from urllib.parse import urlsplit

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.answers import CLOCK_CODES, Asked, check_answer
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.signing import sign_v1, sign_v3
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import AuthError, ThrottledError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpRequest
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import iso

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import Credentials
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.pacing import Pacer
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline, HttpClient, HttpResponse


class Clock:
    """Our clock, corrected once by the service's ``Date`` header when the service refuses our time stamps."""

    def __init__(self, now: t.Callable[[], float] = time.time) -> None:
        self._now = now
        self._lock = threading.Lock()
        self.skew = 0.0
        self._corrected = False
        self.warning: str | None = None

    def timestamp(self) -> str:
        return iso(int(self._now() + self.skew))

    def now(self) -> float:
        return self._now() + self.skew

    def correct(self, date: float | None, used: float) -> bool:
        """Take over the service's clock. True when a request signed with the skew ``used`` is worth repeating."""
        with self._lock:
            if self.skew != used:
                return True
            if date is None or self._corrected:
                return False
            self.skew, self._corrected = date - self._now(), True
            side = "behind" if self.skew > 0 else "ahead of"
            self.warning = (
                f"The clock of this machine is {abs(self.skew):.0f} s {side} the clock of Alibaba Cloud; requests "
                "were signed with the service's time. Set the clock right (NTP)."
            )
            return True


class RpcClient:
    """Calls of one RPC service (``url`` without a path of its own, API ``version``) through the shared HTTP client."""

    def __init__(
        self, http: HttpClient, url: str, version: str, *, scheme: str, clock: Clock, pacer: Pacer | None = None
    ) -> None:
        self._http = http
        self._url = url
        self._version = version
        self._scheme = scheme
        self._clock = clock
        self._pacer = pacer
        self.host = urlsplit(url).netloc
        self.server_time: float | None = None

    def call(
        self,
        action: str,
        params: t.Mapping[str, str],
        credentials: t.Callable[[], Credentials],
        deadline: Deadline,
        *,
        region: str | None,
        subject: str,
        check: t.Callable[[HttpResponse], None] = lambda response: None,
    ) -> HttpResponse:
        """The answer to ``action``; ``subject`` is what it is about, in errors; ``check`` may refuse a good answer."""
        asked: list[Asked] = []
        skews: list[float] = []
        dates: list[float | None] = []

        def build() -> HttpRequest:
            if self._pacer is not None:
                self._pacer.acquire(deadline, self.host)
            key = credentials()
            skews[:] = [self._clock.skew]
            nonce, moment = secrets.token_hex(16), self._clock.timestamp()
            if self._scheme == "v1":
                signed = sign_v1("POST", action, self._version, params, key, nonce, moment)
            else:
                signed = sign_v3("POST", self.host, action, self._version, params, key, nonce, moment)
            asked[:] = [Asked(key, signed.string_to_sign, region, self.host, subject)]
            return HttpRequest("POST", f"{self._url}/?{signed.query}", signed.headers)

        def inspect(response: HttpResponse) -> None:
            dates[:] = [response.date]
            if response.date is not None:
                self.server_time = max(response.date, self.server_time or response.date)
            try:
                check_answer(response, asked[0])
            except ThrottledError as exc:
                if self._pacer is not None:
                    self._pacer.throttled(exc)
                raise
            check(response)

        try:
            return self._http.send(build, inspect, deadline, self.host)
        except AuthError as exc:
            if exc.code not in CLOCK_CODES or not self._clock.correct(dates[0], skews[0]):
                raise
        return self._http.send(build, inspect, deadline, self.host)
