# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world outside as clients see it: a proxy that answers for every host name, TLS included, and logs what was asked.

Programs under test reach it through HTTP_PROXY and HTTPS_PROXY, so that they need no special addresses: what they
believe to be the endpoint of a region ends here.
"""

from __future__ import annotations

import http.client
import re
import ssl
import tempfile
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import trustme

HOSTS = ("*.aliyuncs.com", "*.eu-central-1.aliyuncs.com", "*.eu-de.otc.t-systems.com", "*.myhuaweicloud.com")


class Asked(NamedTuple):
    method: str
    host: str
    path: str
    headers: Any
    body: bytes


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str] = {}


class Outside:
    """``with Outside(answer) as outside``: ``answer`` gets each request; ``.url`` is the proxy, ``.ca_file`` its trust."""

    def __init__(
        self, answer: Callable[[Asked], Answer], trust_too: str | None = None, hosts: tuple[str, ...] = HOSTS
    ) -> None:
        outside = self
        self.asked: list[Asked] = []
        authority = trustme.CA()
        self._folder = tempfile.TemporaryDirectory(prefix="cloud-vpn-outside-")
        self.ca_file = Path(self._folder.name, "ca.pem")
        known = Path(trust_too).read_bytes() if trust_too else b""
        self.ca_file.write_bytes(authority.cert_pem.bytes() + known)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*hosts).configure_cert(context)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_CONNECT(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.connection = context.wrap_socket(self.connection, server_side=True)
                self.setup_streams()
                self.close_connection = False

            def setup_streams(self) -> None:
                self.rfile = self.connection.makefile("rb", -1)
                self.wfile = self.connection.makefile("wb", 0)

            def reply(self) -> None:
                parts = urlsplit(self.path)
                path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Asked(self.command, self.headers.get("Host", ""), path, self.headers, body)
                outside.asked.append(asked)
                found = answer(asked)
                self.send_response_only(found.status)
                for name, value in {**found.headers, "Content-Length": str(len(found.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(found.body)

            do_GET = do_POST = do_PUT = reply

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args: Any) -> None:
                pass  # a client that hangs up

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """What makes a program go through here, but not to loopback."""
        names = {"HTTP_PROXY": self.url, "HTTPS_PROXY": self.url, "NO_PROXY": "127.0.0.1,localhost"}
        return {**names, **{name.lower(): value for name, value in names.items()}}

    def __enter__(self) -> Outside:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()


def forward(routes: dict[str, str]) -> Callable[[Asked], Answer]:
    """An ``answer`` that hands requests on to plain http URLs by host pattern; the Host header stays, it is signed."""

    def answer(asked: Asked) -> Answer:
        target = next((url for pattern, url in routes.items() if re.fullmatch(pattern, asked.host)), None)
        if target is None:
            return Answer(502, b"no such host")
        connection = http.client.HTTPConnection(urlsplit(target).netloc, timeout=30)
        try:
            skipped = ("proxy-connection", "connection", "content-length")
            headers = {name: value for name, value in asked.headers.items() if name.lower() not in skipped}
            connection.request(asked.method, asked.path, asked.body, headers)
            response = connection.getresponse()
            body = response.read()
            kept = ("transfer-encoding", "content-length", "connection", "content-encoding")
            shown = {name: value for name, value in response.getheaders() if name.lower() not in kept}
            return Answer(response.status, body, shown)
        finally:
            connection.close()

    return answer
