# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""HTTP for the providers: one pool per task, retries, deadline, bounded answers, no redirects. Knows no cloud.

Requests go through an adapter of ``requests`` without its session: a session re-encodes URLs (a signed query must leave
byte for byte), reads the body of a redirect without bound, stores cookies, and lets ``REQUESTS_CA_BUNDLE`` win.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import ssl
import threading
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ansible_collections.netops.cloud_vpn.plugins.module_utils import _transport
from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline, Guard, Watchdog
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    CloudVpnError,
    DependencyError,
    OptionsError,
    ProtocolError,
    TransportError,
)

if t.TYPE_CHECKING:
    import requests

__all__ = ["Deadline", "HttpClient", "HttpRequest", "HttpResponse", "require_requests"]

# After decompression. A page of 50 lines has some 10 KB; several answers may be in memory at once.
MAX_BODY = 16 * 1024 * 1024
BACKOFF_BASE, BACKOFF_CAP = 0.5, 20.0
_BLOCK = 65536
_Error = t.TypeVar("_Error", bound=CloudVpnError)
_URL = re.compile(r"https?://[!-~]+\Z", re.ASCII)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z", re.ASCII)


def require_requests() -> None:
    """Raise DependencyError when ``requests`` cannot be imported."""
    if _transport.REQUESTS_IMPORT_ERROR is not None:
        error = DependencyError("The Python library 'requests' is required and cannot be imported.", code="requests")
        error.import_error = _transport.REQUESTS_IMPORT_ERROR
        raise error


@dataclass
class HttpRequest:
    """One request, complete: ``url`` is sent byte for byte, so it has to be percent-encoded already."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    # Past the proxies of the environment: for addresses that exist on this machine's own network only.
    direct: bool = False


@dataclass
class HttpResponse:
    """One answer. ``headers`` ignore case; ``date`` is the ``Date`` header in epoch seconds."""

    status: int
    headers: t.Mapping[str, str]
    body: bytes
    date: float | None = None

    def json(self) -> t.Any:
        """The body as JSON; ProtocolError (worth another attempt) for HTML, an empty body, or broken JSON."""
        try:
            return json.loads(self.body.decode("utf-8-sig"))
        except (ValueError, RecursionError) as exc:
            if not self.body.strip():
                what = "an empty body"
            elif self.body.lstrip()[:1] == b"<":
                what = "a page of HTML or XML (a proxy, a login page, or not the service's address)"
            else:
                kind = str(self.headers.get("Content-Type", "unknown type"))[:60]
                what = f"{len(self.body)} bytes of {kind!r}"
            raise ProtocolError(
                f"The answer with HTTP status {self.status} should be JSON and is {what}.",
                http_status=self.status,
                retryable=True,
            ) from exc


def full_jitter(attempt: int) -> float:
    """Seconds to wait after failed attempt number ``attempt`` (from 1)."""
    return random.uniform(0.0, min(BACKOFF_CAP, BACKOFF_BASE * 2.0**attempt))


class HttpClient:
    """Sends requests from several threads over one pool of connections.

    ``timeout`` (seconds) bounds connecting and each read. ``max_retries`` counts attempts after the first one.
    ``backoff`` maps the number of the failed attempt to seconds. Raises OptionsError for an unusable ``ca_path``.
    """

    def __init__(
        self,
        *,
        timeout: float = 30,
        validate_certs: bool = True,
        ca_path: str | None = None,
        max_retries: int = 5,
        pool: int = 8,
        user_agent: str = "netops.cloud_vpn",
        backoff: t.Callable[[int], float] = full_jitter,
        max_body: int = MAX_BODY,
    ) -> None:
        require_requests()
        if ca_path is not None and validate_certs:
            _check_ca_path(ca_path)
        self.timeout = float(timeout)
        self.max_retries = max_retries
        self.user_agent = user_agent
        self.requests_sent = 0
        self.server_time: float | None = None
        if not validate_certs:
            _transport.accept_unverified()
        self._verify: bool | str = _transport.verify(validate_certs, ca_path)
        self._backoff = backoff
        self._max_body = max_body
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._watchdog = Watchdog()
        self._proxies: dict[str, dict[str, str]] = {}
        self._adapter = _transport.watched_adapter(pool)

    def send(
        self,
        build: t.Callable[[], HttpRequest],
        check: t.Callable[[HttpResponse], None],
        deadline: Deadline,
        service: str,
    ) -> HttpResponse:
        """Send what ``build`` returns (called anew for every attempt) until ``check`` accepts the answer.

        ``check`` raises a CloudVpnError for an answer it does not want; ``retryable`` and ``retry_after`` decide what
        happens next. ``service`` names the other side in errors. Raises the last error, or DeadlineError.
        """
        attempt = 0
        last: CloudVpnError | None = None
        while True:
            attempt += 1
            if deadline.expired():
                raise _numbered(deadline.error(f"asking {service}", last, service), attempt - 1) from last
            if self._closed.is_set():
                raise TransportError(
                    f"{service} is not asked any more: the task has ended.", retryable=False, service=service
                )
            try:
                request = build()
            except CloudVpnError as exc:
                # Nothing was sent; what building needs has retries of its own, and counts them.
                exc.attempts = exc.attempts or attempt - 1
                raise
            try:
                response = self._once(request, deadline, service)
                if 300 <= response.status < 400:
                    raise _transport.redirected(response, service)
                check(response)
                return response
            except CloudVpnError as exc:
                last = _numbered(exc, attempt)
                last.service = last.service or service
                if not last.retryable or attempt > self.max_retries or self._closed.is_set():
                    raise
            self._pause(last, attempt, deadline, service)

    def close(self) -> None:
        """End requests in flight (they raise TransportError) and drop all connections."""
        self._closed.set()
        self._watchdog.close()
        self._adapter.close()

    def _pause(self, error: CloudVpnError, attempt: int, deadline: Deadline, service: str) -> None:
        wait = self._backoff(attempt)
        if error.retry_after is not None:
            wait = error.retry_after + min(wait, 1.0)
        if wait >= deadline.remaining():
            if error.retry_after is not None:
                error.message += f" It asks to wait {error.retry_after:g} s, longer than the deadline leaves."
                raise error
            raise _numbered(deadline.error(f"asking {service} again", error, service), attempt) from error
        self._closed.wait(wait)

    def _once(self, request: HttpRequest, deadline: Deadline, service: str) -> HttpResponse:
        prepared = self._prepare(request)
        timeout = max(0.001, min(self.timeout, deadline.remaining()))
        guard = Guard(deadline)
        self._watchdog.add(guard)
        _transport.in_flight.guard = guard
        with self._lock:
            self.requests_sent += 1
        reply = None
        try:
            reply = self._adapter.send(
                prepared,
                stream=True,
                timeout=(timeout, timeout),
                verify=self._verify,
                proxies={} if request.direct else self._proxies_for(request.url),
            )
            body = self._read(reply, deadline)
            if guard.was_cut:
                # An answer that ends within its head or a chunk size passes for a complete one with http.client.
                raise ConnectionAbortedError
            reply.raw.release_conn()
        except _transport.FAULTS as exc:
            _drop(reply)
            if deadline.expired():
                raise deadline.error(f"waiting for {service}", None, service) from None
            # The texts of these exceptions hold the URL with its query: "from None" keeps them out of tracebacks too.
            raise _transport.transport_error(exc, service) from None
        except CloudVpnError:
            _drop(reply)
            raise
        finally:
            _transport.in_flight.guard = None
            self._watchdog.remove(guard)
        date = _transport.http_date(reply.headers.get("Date"))
        if date is not None:
            with self._lock:
                self.server_time = date if self.server_time is None else max(date, self.server_time)
        return HttpResponse(reply.status_code, reply.headers, body, date)

    def _prepare(self, request: HttpRequest) -> requests.PreparedRequest:
        if not _URL.match(request.url):
            raise OptionsError("The address of a request holds characters that are not allowed in a URL.")
        prepared = _transport.prepared_request()
        prepared.method = request.method
        prepared.url = request.url
        # "identity" because a page is small: compressing costs more than it saves, and bombs need compression.
        headers = {"User-Agent": self.user_agent, "Accept-Encoding": "identity"}
        headers.update(request.headers)
        if request.body or request.method not in ("GET", "HEAD"):
            headers["Content-Length"] = str(len(request.body))
        for name, value in headers.items():
            if not _HEADER_NAME.match(name) or any(
                ord(char) < 32 and char != "\t" or ord(char) > 126 for char in value
            ):
                raise OptionsError(
                    f"The value for request header '{name[:60]}' holds a line break or other characters that a "
                    "header cannot carry; check the option it comes from (often a stray newline after a secret)."
                )
        prepared.headers.update(headers)
        prepared.body = request.body or None
        return prepared

    def _proxies_for(self, url: str) -> dict[str, str]:
        parts = urlsplit(url)
        key = f"{parts.scheme}://{parts.netloc}/"
        found = self._proxies.get(key)
        if found is None:
            found = _transport.environ_proxies(key)
            self._proxies[key] = found
        return found

    def _read(self, reply: requests.Response, deadline: Deadline) -> bytes:
        length = reply.headers.get("Content-Length", "")
        expected = int(length) if re.fullmatch(r"[0-9]{1,18}", length) else None
        if "Transfer-Encoding" in reply.headers or reply.status_code in (204, 304):
            expected = None
        unpack = _transport.unpacker(reply.headers.get("Content-Encoding", ""), self._max_body)
        pieces: list[bytes] = []
        received = size = 0
        if expected is not None and expected > self._max_body:
            raise _transport.too_long(self._max_body)
        while True:
            piece = reply.raw.read(_BLOCK, decode_content=False)
            if not piece:
                break
            deadline.check("reading an answer")
            received += len(piece)
            piece = unpack(piece, size)
            size += len(piece)
            if max(size, received) > self._max_body:
                raise _transport.too_long(self._max_body)
            pieces.append(piece)
        if expected is not None and received != expected:
            raise http.client.IncompleteRead(b"", expected - received)
        return b"".join(pieces)


def _check_ca_path(path: str) -> None:
    """Raise OptionsError for what TLS would only refuse at the first request, and again at each retry."""
    why = "holds no CA certificate in PEM form"
    try:
        if not os.path.isdir(path):
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        # OpenSSL opens no other names.
        if any(re.fullmatch(r"[0-9a-f]{8}\.[0-9]+", name) for name in os.listdir(path)):
            return None
        why += " under the names that 'openssl rehash' makes"
    except OSError as exc:
        why = why if isinstance(exc, ssl.SSLError) else f"cannot be read ({exc.strerror})"
    raise OptionsError(f"ca_path: '{path}' {why}; give a file with CA certificates, or a directory of such files.")


def _numbered(error: _Error, attempts: int) -> _Error:
    error.attempts = max(attempts, 0)
    return error


def _drop(reply: requests.Response | None) -> None:
    # Never back into the pool: what is left of this answer would be read as the start of the next one.
    if reply is not None:
        reply.raw.close()
