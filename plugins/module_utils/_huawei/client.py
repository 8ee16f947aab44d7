# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Signed-in calls of one service: the first one alone, and one more try where a refusal can be healed."""

from __future__ import annotations

import threading
import time
import typing as t
from urllib.parse import urlsplit

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import AuthError, CloudVpnError, ProtocolError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpRequest
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.answers import Asked, is_clock, read_refusal
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.authority import Authority, Proof, Request
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.signing import Query, encode_query

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline, HttpClient, HttpResponse

# (answer, what was asked) -> None, or raises what the answer means.
Check = t.Callable[["HttpResponse", Asked], None]
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


class Gate:
    """Until the service has taken a proof once, requests go one at a time: a wrong one is then tried only once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = threading.Event()

    def through(self, ask: t.Callable[[], HttpResponse]) -> HttpResponse:
        if not self._open.is_set():
            with self._lock:
                if not self._open.is_set():
                    return self._first(ask)
        return ask()

    def _first(self, ask: t.Callable[[], HttpResponse]) -> HttpResponse:
        try:
            response = ask()
        except CloudVpnError as exc:
            # A refusal for another reason still means that we are known.
            status = exc.http_status or 0
            if 400 <= status < 500 and status not in (401, 429) and not isinstance(exc, ProtocolError):
                self._open.set()
            raise
        self._open.set()
        return response


class Client:
    """Calls of the service at ``url`` (which may have a path of its own) signed in by ``authority``."""

    def __init__(
        self,
        http: HttpClient,
        url: str,
        authority: Authority,
        *,
        region: str | None,
        gate: Gate | None = None,
        now: t.Callable[[], float] = time.time,
    ) -> None:
        parts = urlsplit(url)
        self._http = http
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._prefix = parts.path
        self._authority = authority
        self._region = region
        self._gate = gate or Gate()
        self._now = now
        self.service = parts.netloc
        # What arrives as Host header, and is signed: without a port that is the scheme's own.
        default = ":443" if parts.scheme == "https" else ":80"
        self._host = parts.netloc[: -len(default)] if parts.netloc.endswith(default) else parts.netloc
        self.server_time: float | None = None

    def call(
        self,
        method: str,
        path: str,
        check: Check,
        deadline: Deadline,
        *,
        subject: str,
        query: Query = (),
        body: bytes = b"",
        headers: t.Mapping[str, str] | None = None,
        project_id: str | None = None,
    ) -> HttpResponse:
        """The answer that ``check`` accepted; ``subject`` is what the call is about, in errors. ``path`` is encoded."""
        request = Request(method, self._host, self._prefix + path, query, body, {**_JSON, **(headers or {})})
        return self._gate.through(lambda: self._ask(request, check, deadline, subject, project_id))

    def _ask(
        self, request: Request, check: Check, deadline: Deadline, subject: str, project_id: str | None
    ) -> HttpResponse:
        authority = self._authority
        proof = authority.take(deadline)
        try:
            response = self._once(proof, request, check, deadline, subject, project_id)
        except _Refused as refused:
            if not authority.heal(proof, refused.error, refused.skew, deadline):
                raise refused.error from None
            proof = authority.take(deadline)
            try:
                response = self._once(proof, request, check, deadline, subject, project_id)
            except _Refused as again:
                # Tell the authority, so that no other thread tries the same once more.
                authority.heal(proof, again.error, None, deadline)
                raise again.error from None
        authority.accepted(proof)
        return response

    def _once(
        self,
        proof: Proof,
        request: Request,
        check: Check,
        deadline: Deadline,
        subject: str,
        project_id: str | None,
    ) -> HttpResponse:
        authority = self._authority
        url = self._base + request.path + (f"?{encode_query(request.query)}" if request.query else "")
        asked = Asked(subject, self.service, self._region, authority.proof, authority.source, proof.secrets())
        skews: list[float] = []

        def build() -> HttpRequest:
            headers = authority.headers(proof, request, project_id)
            return HttpRequest(request.method, url, headers, request.body)

        def inspect(response: HttpResponse) -> None:
            if response.date is not None:
                self.server_time = max(response.date, self.server_time or response.date)
                if response.status == 401 and is_clock(read_refusal(response)):
                    skews[:] = [response.date - self._now()]
            check(response, asked)

        try:
            return self._http.send(build, inspect, deadline, self.service)
        except AuthError as exc:
            raise _Refused(exc, skews[0] if skews else None) from None


class _Refused(Exception):
    """The service refused the proof of a request; ``skew`` is set when it complained about the time stamp."""

    def __init__(self, error: AuthError, skew: float | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.skew = skew
