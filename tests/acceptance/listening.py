# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small TLS server under a name of choice that remembers what was asked; for what the simulator's addresses cannot show."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme


@dataclass
class Listener:
    url: str
    ca_file: str
    port: int
    heads: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def listening(folder: Path, host: str, *names: str) -> Iterator[Listener]:
    """Listens on ``host`` with a certificate for ``names``; every answer is an empty page of Alibaba's."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    heads: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            heads.append({"url": self.path, **{name.lower(): value for name, value in self.headers.items()}})
            body = json.dumps({"RequestId": "1", "Count": 0, "Data": {"Logs": []}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a client that does not trust us

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    with Server((host, 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        port = server.server_address[1]
        shown = f"[{host}]" if ":" in host else host
        try:
            yield Listener(f"https://{shown}:{port}", str(folder / "ca.pem"), port, heads)
        finally:
            server.shutdown()
            thread.join()
