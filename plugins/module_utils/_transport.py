# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What the HTTP client needs of ``requests`` and the sockets below it: connections, faults in words, unpacking."""

from __future__ import annotations

import email.utils
import http.client
import math
import os
import re
import socket
import ssl
import threading
import time
import traceback
import typing as t
import zlib
from urllib.parse import urlsplit

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import ProtocolError, TransportError

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Guard
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpResponse

REQUESTS_IMPORT_ERROR: str | None = None
FAULTS: tuple[type[Exception], ...] = (http.client.HTTPException, OSError)
try:
    import requests
    import requests.adapters
    import requests.utils
    import urllib3
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()
else:
    FAULTS = (*FAULTS, requests.RequestException, urllib3.exceptions.HTTPError)

in_flight = threading.local()


def prepared_request() -> requests.PreparedRequest:
    """An empty request that nothing has re-encoded."""
    prepared = requests.PreparedRequest()
    prepared.headers = requests.structures.CaseInsensitiveDict()
    return prepared


def environ_proxies(url: str) -> dict[str, str]:
    """The proxies that the environment names for ``url``."""
    return dict(requests.utils.get_environ_proxies(url))


def accept_unverified() -> None:
    """No warning on stderr for every request: not to verify is what the user asked for."""
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


def verify(validate_certs: bool, ca_path: str | None) -> bool | str:
    if not validate_certs:
        return False
    # The environment may replace the default bundle, as users of requests expect, but never what the options say.
    return ca_path or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True


def watched_adapter(pool: int) -> requests.adapters.HTTPAdapter:
    """An adapter whose connections tell the current request's guard which socket they block on."""

    class Watched:
        sock: socket.socket | None

        def _new_conn(self) -> socket.socket:
            guard = getattr(in_flight, "guard", None)
            if guard is None:
                return t.cast(socket.socket, super()._new_conn())  # type: ignore[misc]
            return _connect(self, guard)

        def getresponse(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
            _watch(self.sock)
            return super().getresponse(*args, **kwargs)  # type: ignore[misc]

    http_pool, https_pool = urllib3.HTTPConnectionPool, urllib3.HTTPSConnectionPool
    plain = type("PlainConnection", (Watched, http_pool.ConnectionCls), {})
    secure = type("SecureConnection", (Watched, https_pool.ConnectionCls), {})
    pools = {
        "http": type("PlainPool", (http_pool,), {"ConnectionCls": plain}),
        "https": type("SecurePool", (https_pool,), {"ConnectionCls": secure}),
    }

    class Adapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, proxy: t.Any, **kwargs: t.Any) -> t.Any:
            manager = super().proxy_manager_for(proxy, **kwargs)
            if not str(proxy).lower().startswith("socks"):
                manager.pool_classes_by_scheme = pools
            return manager

    return Adapter(pool_connections=pool, pool_maxsize=pool, max_retries=0)


def _connect(connection: t.Any, guard: Guard) -> socket.socket:
    """Connect as urllib3 does, with the socket watched from the start: connecting can then be cut, too, and all addresses
    of a name together take no longer than the deadline leaves."""
    last: OSError | None = None
    try:
        addresses = socket.getaddrinfo(connection._dns_host, connection.port, 0, socket.SOCK_STREAM)
    except socket.gaierror as exc:
        raise urllib3.exceptions.NewConnectionError(connection, "name resolution failed") from exc
    for family, kind, proto, _name, address in addresses:
        sock = socket.socket(family, kind, proto)
        try:
            for option in connection.socket_options or ():
                sock.setsockopt(*option)
            limit = connection.timeout if isinstance(connection.timeout, (int, float)) else None
            left = guard.deadline.remaining()
            sock.settimeout(
                max(0.001, left if limit is None else min(limit, left)) if limit or left != math.inf else None
            )
            guard.watch_copy(sock)
            sock.connect(address)
            if not guard.was_cut:
                return sock
            last = ConnectionAbortedError("cut")
        except OSError as exc:
            last = exc
        sock.close()
        if guard.was_cut:
            break
    if isinstance(last, socket.timeout):
        raise urllib3.exceptions.ConnectTimeoutError(connection, "no connection within the timeout") from last
    raise urllib3.exceptions.NewConnectionError(connection, "no connection") from last


def _watch(sock: socket.socket | None) -> None:
    guard = getattr(in_flight, "guard", None)
    if guard is not None:
        guard.watch(sock)


def http_date(text: str | None) -> float | None:
    """Epoch seconds of an HTTP date, None when it is none."""
    if not text:
        return None
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def retry_after(response: HttpResponse) -> float | None:
    """Seconds that the ``Retry-After`` header asks for (it holds seconds or a date), None without a usable one."""
    text = response.headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]{1,9}", text):
        return float(text)
    moment = http_date(text)
    if moment is None:
        return None
    # Measured on the server's own clock where it tells it: ours may be off.
    return max(0.0, moment - (response.date if response.date is not None else time.time()))


def redirected(response: HttpResponse, service: str) -> ProtocolError:
    """Redirects are refused: signed requests and tokens go to the host that the options name and to no other."""
    try:
        host = urlsplit(response.headers.get("Location", "")).hostname or "the same host"
    except ValueError:
        host = "an unreadable address"
    if not host.isprintable():
        host = "an unreadable address"
    return ProtocolError(
        f"{service} answered with a redirect (HTTP status {response.status}) to {host[:100]}, which is not followed; "
        "check the endpoint.",
        http_status=response.status,
        service=service,
    )


def too_long(limit: int) -> ProtocolError:
    return ProtocolError(f"The answer is longer than {limit // (1024 * 1024)} MiB, which no answer of the service is.")


def unpacker(encoding: str, limit: int) -> t.Callable[[bytes, int], bytes]:
    """A function (piece, size so far) -> unpacked piece that never unpacks more than one byte beyond ``limit``."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return lambda piece, size: piece
    if name not in ("gzip", "x-gzip", "deflate"):
        raise ProtocolError(f"The answer is encoded as {encoding[:40]!r}, which was not asked for.")
    stream = zlib.decompressobj(zlib.MAX_WBITS if name == "deflate" else zlib.MAX_WBITS | 16)

    def unpack(piece: bytes, size: int) -> bytes:
        try:
            return stream.decompress(piece, limit - size + 1)
        except zlib.error as exc:
            raise ProtocolError("The answer is compressed and damaged.", retryable=True) from exc

    return unpack


def transport_error(exc: Exception, service: str) -> TransportError:
    """``exc`` in words of our own: the library's texts hold the whole URL, signature included."""
    text, retryable = "the connection failed", True
    for cause in _causes(exc):
        if isinstance(cause, ssl.SSLCertVerificationError):
            text = f"its TLS certificate is not accepted: {cause.verify_message} (options ca_path and validate_certs)"
            return TransportError(f"{service} cannot be reached: {text}.", retryable=False, service=service)
        found = _fault_text(cause)
        if found is not None:
            text, retryable = found
            break
    return TransportError(f"{service} cannot be reached: {text}.", retryable=retryable, service=service)


def _fault_text(cause: BaseException) -> tuple[str, bool] | None:
    if isinstance(cause, socket.gaierror):
        # EAI_AGAIN is the resolver being slow; any other answer is that the name does not exist.
        return "its name cannot be resolved", cause.errno == socket.EAI_AGAIN
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused", True
    if isinstance(cause, (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
        return "the connection was reset", True
    if isinstance(cause, ssl.SSLError):
        if cause.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST"):
            return "it does not speak TLS (is the scheme or the port wrong?)", False
        return f"TLS failed ({cause.reason or 'connection closed'})", True
    if isinstance(cause, (http.client.IncompleteRead, urllib3.exceptions.IncompleteRead)):
        return "the answer was cut short", True
    if isinstance(cause, (requests.exceptions.InvalidSchema, requests.exceptions.InvalidProxyURL)):
        return "the proxy that the environment names cannot be used", False
    if isinstance(cause, (socket.timeout, urllib3.exceptions.TimeoutError)):
        connecting = isinstance(cause, urllib3.exceptions.ConnectTimeoutError)
        return "no connection within the timeout" if connecting else "no answer within the timeout", True
    if isinstance(cause, OSError) and cause.errno is not None and cause.strerror and not cause.filename:
        return cause.strerror, True
    if isinstance(cause, http.client.RemoteDisconnected):
        return "it closed the connection without an answer", True
    if isinstance(cause, (http.client.HTTPException, urllib3.exceptions.ProtocolError)) and not cause.args:
        return "what it sent is not HTTP", True
    return None


def _causes(exc: BaseException) -> t.Iterator[BaseException]:
    """``exc`` and what it wraps, innermost first: the libraries nest the cause in args, reason, or context."""
    chain: list[BaseException] = []
    queue: list[t.Any] = [exc]
    while queue and len(chain) < 32:
        item = queue.pop(0)
        if isinstance(item, BaseException) and item not in chain:
            chain.append(item)
            queue.extend([getattr(item, "reason", None), *item.args, item.__cause__, item.__context__])
    return reversed(chain)
