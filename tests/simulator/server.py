# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners: each service has its own ports; every request goes through ``Service.serve``."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from simulator import alibaba, alibaba_auth, faults, huawei, iam, metadata
from simulator.answer import Answer, Call, json_answer
from simulator.state import State

Handler = Callable[[State, Call], Answer]


def witness(state: State, call: Call) -> Answer:
    """A host that nobody should ever call: it only remembers what came."""
    call.notes["headers"] = dict(call.headers)
    return json_answer(200, {})


HANDLERS: dict[str, Handler] = {
    "alibaba": alibaba.handle,
    "sts": alibaba.handle,
    "metadata": metadata.handle,
    "huawei": huawei.handle,
    "iam": iam.handle,
    "witness": witness,
}
HEADER_LIMITS: dict[str, Any] = {"max_field_size": 65536, "max_line_size": 65536}


class Gate(socket.socket):
    """A listening socket that can reset a connection before TLS sees it."""

    refuses: Callable[[], bool] = staticmethod(lambda: False)

    def accept(self) -> tuple[socket.socket, Any]:
        connection, address = super().accept()
        if self.refuses():
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
            raise BlockingIOError
        return connection, address


class Service:
    """One service on one port."""

    def __init__(
        self, state: State, name: str, host: str, port: int = 0, context: ssl.SSLContext | None = None
    ) -> None:
        self.state, self.name, self.host, self.port, self.context = state, name, host, port, context
        self.scheme = "https" if context else "http"
        self.handler = HANDLERS[name]
        self._runner: web.ServerRunner | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    async def start(self) -> None:
        gate = Gate(socket.AF_INET, socket.SOCK_STREAM)
        gate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        gate.bind((self.host, self.port))
        gate.setblocking(False)
        gate.refuses = lambda: self.state.plan.refuses_connection(self.name, self.scheme)
        self.port = gate.getsockname()[1]
        self._runner = web.ServerRunner(web.Server(self.serve, access_log=None, **HEADER_LIMITS), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.SockSite(self._runner, gate, ssl_context=self.context, backlog=512).start()

    async def stop(self) -> None:
        """Close the port and every connection: clients get "connection refused" from now on."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        began = time.perf_counter()
        state = self.state
        body = await request.read() if request.body_exists else b""
        peer = request.transport.get_extra_info("peername") if request.transport else None
        call = self._call(request, body, peer)
        wait = state.latency.get(self.name, state.latency.get("*", 0.0))
        if wait:
            await asyncio.sleep(wait / 1000)
        self._prepare(call)
        rules = state.plan.take(call) if state.plan.rules else []
        call.notes["tweaks"] = {r.kind: r.args for r in rules if r.kind in faults.TWEAKS}
        answer = self.handler(state, call)
        answer.headers.setdefault("Date", state.clock.http_date())
        wire = next((r for r in rules if r.kind in faults.WIRE), None)
        entry = self._entry(call, answer, rules)
        state.record(entry)
        try:
            response = await faults.send(request, answer, wire, self.name)
        finally:
            entry["ms"] = round((time.perf_counter() - began) * 1000, 2)
        if isinstance(response, web.Response):
            entry["status"] = response.status
        return response

    def _call(self, request: web.BaseRequest, body: bytes, peer: Any) -> Call:
        target = request._message.path
        if "://" in target:
            target = "/" + target.split("://", 1)[1].partition("/")[2]
        return Call(
            service=self.name,
            method=request.method,
            scheme=self.scheme,
            host=request.headers.get("Host", ""),
            raw_path=target,
            headers=request.headers,
            body=body,
            peer=f"{peer[0]}:{peer[1]}" if peer else "",
        )

    def _prepare(self, call: Call) -> None:
        """Notes that fault rules match on, before the handler runs (and verifies anything)."""
        if self.name in ("alibaba", "sts"):
            alibaba_auth.read(call)
            return
        call.notes["action"] = call.path
        match = huawei._LOG.match(call.decoded_path)
        if match:
            call.notes.update(action="ShowVpnConnectionLog", project=match[1], connection=match[2])

    def _entry(self, call: Call, answer: Answer, rules: list[faults.Rule]) -> dict[str, Any]:
        notes = {k: v for k, v in call.notes.items() if k not in ("tweaks", "format", "params") and v is not None}
        return {
            "time": self.state.clock.now(),
            "service": self.name,
            "scheme_url": self.scheme,
            "method": call.method,
            "host": call.host,
            "url": call.raw_path,
            "peer": call.peer,
            "user_agent": call.headers.get("User-Agent"),
            **notes,
            "status": answer.status,
            "code": answer.code,
            "bytes": len(answer.body),
            "faults": [r.kind for r in rules],
        }
