# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real servers on loopback sockets: one that answers byte by byte as told, one that plays the VPC API."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
import typing as t
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class RawServer:
    """Calls ``script(connection, request, number)`` for every request it reads; ``request`` is head and body."""

    def __init__(
        self,
        script: t.Callable[[socket.socket, bytes, int], None],
        context: ssl.SSLContext | None = None,
        on_connect: t.Callable[[socket.socket], bool] | None = None,
    ) -> None:
        self._script = script
        self._context = context
        self._on_connect = on_connect
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self.requests: list[bytes] = []
        self.connections = 0
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://localhost:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self.connections += 1
        try:
            with connection:
                connection.settimeout(10)
                if self._on_connect is not None and not self._on_connect(connection):
                    return
                if self._context is not None:
                    connection = self._context.wrap_socket(connection, server_side=True)
                while True:
                    request = _read_request(connection)
                    if not request:
                        return
                    with self._lock:
                        self.requests.append(request)
                        number = len(self.requests)
                    self._script(connection, request, number)
        except OSError:
            return

    def close(self) -> None:
        self._listener.close()


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _blank, body = data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(body: bytes = b"{}", status: str = "200 OK", headers: t.Mapping[str, str] | None = None) -> bytes:
    """A whole HTTP answer."""
    given = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def reset(connection: socket.socket) -> None:
    """Close so that the peer sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


class Line(t.NamedTuple):
    """A line as the service holds it: the second it was logged, and the text."""

    at: int
    text: str


class FakeVpc:
    """Plays DescribeVpnConnectionLogs; ``before`` may answer a request itself (return a status and a body)."""

    def __init__(self, lines: t.Sequence[Line] = ()) -> None:
        self.lines = list(lines)
        self.from_inclusive = self.to_inclusive = True
        self.order = "ascending"
        self.clock = time.time
        self.delay = 0.0
        self.before: t.Callable[[dict[str, str], t.Any, int], tuple[int, t.Any] | None] | None = None
        self.shape: t.Callable[[dict[str, t.Any], dict[str, str]], t.Any] = lambda body, query: body
        self.queries: list[dict[str, str]] = []
        self.headers: list[t.Any] = []
        self.in_flight = self.most_in_flight = 0
        self.lock = threading.Lock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                fake.serve(self)

            do_GET = do_PUT = do_POST

            def log_message(self, *args: t.Any) -> None:
                pass

            def send_response(self, code: int, message: str | None = None) -> None:
                self.send_response_only(code, message)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: t.Any, client_address: t.Any) -> None:
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def serve(self, handler: t.Any) -> None:
        handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        query = dict(parse_qsl(urlsplit(handler.path).query, keep_blank_values=True))
        with self.lock:
            self.in_flight += 1
            self.most_in_flight = max(self.in_flight, self.most_in_flight)
            self.queries.append(query)
            self.headers.append(handler.headers)
            number = len(self.queries)
        if self.delay:
            time.sleep(self.delay)
        try:
            found = self.before(query, handler.headers, number) if self.before is not None else None
            status, body = found if found is not None else (200, self.shape(self.page(query), query))
        finally:
            with self.lock:
                self.in_flight -= 1
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        extra = body.get("_headers", {}) if isinstance(body, dict) else {}
        head = {
            "Date": formatdate(self.clock(), usegmt=True),
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            **extra,
        }
        handler.send_response(status)
        for name, value in head.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    def held(self, start: int, end: int) -> list[str]:
        """The lines that a request for ``start`` to ``end`` covers, in the order of the service."""
        found = [
            line
            for line in self.lines
            if (start < line.at < end)
            or (self.from_inclusive and line.at == start)
            or (self.to_inclusive and line.at == end)
        ]
        if self.order == "descending":
            found = found[::-1]
        elif self.order == "seconds descending":
            found = sorted(found, key=lambda line: -line.at)
        return [line.text for line in found]

    def page(self, query: t.Mapping[str, str]) -> dict[str, t.Any]:
        number, size = int(query["PageNumber"]), int(query["PageSize"])
        assert 0 < int(query["To"]) - int(query["From"]) <= 600
        with self.lock:
            lines = self.held(int(query["From"]), int(query["To"]))[(number - 1) * size : number * size]
        return {
            "RequestId": "A1B2",
            "PageNumber": number,
            "PageSize": size,
            "Count": len(lines),
            "IsCompleted": True,
            "Data": {"Logs": lines},
        }

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def text_at(at: int, message: str = "isakmp_inf.c:1514:isakmp_info(): DPD R-U-There sent", offset: int = 28800) -> str:
    """A line as the gateway prints it, in its local time."""
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(at + offset))} vco-example [DEBUG]: {message}"
