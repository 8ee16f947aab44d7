# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: a plan of rules, and what each kind does to an answer on the wire."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from simulator.answer import Answer

if TYPE_CHECKING:
    from simulator.answer import Call

# These change what is answered; all others change how it arrives.
TWEAKS = ("ignore_page", "repeat_page", "endless_pages", "count_lies", "incomplete", "data_form")
WIRE = (
    "reset", "close", "reset_mid_body", "short_body", "trickle", "stall", "stall_mid_body", "delay", "status", "html",
    "empty", "content_type", "error_in_200", "redirect", "huge", "gzip_bomb", "broken_json", "body", "header",
)  # fmt: skip
ACCEPT = ("reset_before_handshake",)
KINDS = TWEAKS + WIRE + ACCEPT
CHUNK = 65536


@dataclass
class Rule:
    """``match``: all named fields must be equal (``path`` and ``url``: contained). ``at``: fires at the nth match (a list:
    at each of them; ``"*"``: at all), for ``times`` matches in a row."""

    kind: str
    match: dict[str, Any] = field(default_factory=dict)
    at: Any = 1
    times: int = 1
    args: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    fired: int = 0

    def matches(self, fields: dict[str, Any]) -> bool:
        for name, wanted in self.match.items():
            have = fields.get(name)
            if name in ("path", "url"):
                if str(wanted) not in str(have):
                    return False
            elif str(have) != str(wanted):
                return False
        return True

    def due(self) -> bool:
        """Count one match; True when the rule fires for it."""
        self.seen += 1
        if self.at == "*":
            fires = True
        else:
            places = self.at if isinstance(self.at, list) else [self.at]
            fires = any(int(p) <= self.seen < int(p) + self.times for p in places)
        self.fired += fires
        return fires


class Plan:
    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def load(self, items: list[dict[str, Any]], append: bool = False) -> None:
        rules = []
        for item in items:
            unknown = set(item) - {"kind", "match", "at", "times", "args"}
            if unknown or item.get("kind") not in KINDS:
                raise ValueError(
                    f"bad rule {item!r}: kinds are {', '.join(KINDS)}; keys are kind, match, at, times, args"
                )
            rules.append(Rule(**item))
        self.rules = [*self.rules, *rules] if append else rules

    def take(self, call: Call) -> list[Rule]:
        """Rules that fire for this request."""
        fields = {**call.notes, "service": call.service, "method": call.method, "path": call.path, "url": call.raw_path}
        return [r for r in self.rules if r.kind not in ACCEPT and r.matches(fields) and r.due()]

    def refuses_connection(self, service: str, scheme: str) -> bool:
        fields = {"service": service, "scheme": scheme}
        due = [r.due() for r in self.rules if r.kind in ACCEPT and r.matches(fields)]
        return any(due)


def rst(request: web.BaseRequest) -> None:
    """End the connection with a TCP reset."""
    transport = request.transport
    if transport is None:
        return
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def send(request: web.BaseRequest, answer: Answer, rule: Rule | None, service: str = "") -> web.StreamResponse:
    """Write ``answer``, spoiled by ``rule``."""
    if rule is None:
        return _plain(answer)
    args, kind = {"shape": service, **rule.args}, rule.kind
    if kind == "delay":
        await asyncio.sleep(float(args.get("seconds", 1)))
        return _plain(answer)
    if kind == "stall":
        await asyncio.sleep(float(args.get("seconds", 3600)))
        rst(request)
        return _plain(answer)
    if kind == "reset":
        rst(request)
        return _plain(answer)
    if kind == "close":
        if request.transport is not None:
            request.transport.close()
        return _plain(answer)
    changed = _replaced(kind, args, answer)
    if changed is not None:
        return _plain(changed)
    return await _stream(request, answer, kind, args)


def _plain(answer: Answer) -> web.Response:
    headers = {"Content-Type": answer.content_type, **answer.headers}
    if answer.status == 204:
        headers.pop("Content-Type")
    return web.Response(status=answer.status, body=answer.body, headers=headers)


def _error_body(shape: str, code: str, message: str, status: int) -> dict[str, Any]:
    if shape == "huawei":
        return {"error_code": code, "error_msg": message, "request_id": "5eaf00000000400080000000fa17fa17"}
    if shape == "iam":
        return {"error": {"code": status, "message": message, "title": code}}
    return {"Code": code, "Message": message, "RequestId": "5EAF0000-0000-4000-8000-00000000FA17"}


def _replaced(kind: str, args: dict[str, Any], answer: Answer) -> Answer | None:
    """Faults that are just another answer; None for those that need the socket."""
    headers = {**answer.headers, **{str(k): str(v) for k, v in args.get("headers", {}).items()}}
    if kind == "header":
        return Answer(answer.status, answer.body, headers, answer.content_type)
    if kind == "status":
        if "body" in args:
            body = args["body"] if isinstance(args["body"], str) else json.dumps(args["body"])
        else:
            code, message = args.get("code", "ServiceUnavailable"), args.get("message", "The request has failed.")
            body = json.dumps(_error_body(str(args["shape"]), str(code), str(message), int(args.get("status", 503))))
        return Answer(
            int(args.get("status", 503)), body.encode(), headers, args.get("content_type", answer.content_type)
        )
    if kind == "body":
        body = args["body"] if isinstance(args["body"], str) else json.dumps(args["body"])
        return Answer(
            int(args.get("status", 200)), body.encode(), headers, args.get("content_type", answer.content_type)
        )
    if kind == "html":
        body = "<html><head><title>Gateway</title></head><body><h1>It works</h1></body></html>"
        return Answer(int(args.get("status", 200)), body.encode(), {}, "text/html; charset=utf-8")
    if kind == "empty":
        return Answer(int(args.get("status", 200)), b"", headers, answer.content_type)
    if kind == "content_type":
        return Answer(answer.status, answer.body, headers, str(args.get("value", "text/plain")))
    if kind == "error_in_200":
        code, message = (
            args.get("code", "Forbidden"),
            args.get("message", "The caller may not operate on the resource."),
        )
        payload = {"RequestId": "5EAF0000-0000-4000-8000-00000000FA17", "Code": code, "Message": message}
        return Answer(200, json.dumps(payload).encode(), headers, answer.content_type)
    if kind == "redirect":
        return Answer(int(args.get("status", 302)), b"", {"Location": str(args["to"])}, "text/html")
    if kind == "broken_json":
        return Answer(answer.status, answer.body[: len(answer.body) // 2], headers, answer.content_type)
    return None


async def _stream(request: web.BaseRequest, answer: Answer, kind: str, args: dict[str, Any]) -> web.StreamResponse:
    size = int(args.get("bytes", 1 << 30))
    headers = {"Content-Type": answer.content_type, **answer.headers}
    if kind == "gzip_bomb":
        headers["Content-Encoding"] = "gzip"
    elif kind == "huge":
        if not args.get("chunked"):
            headers["Content-Length"] = str(size)
    else:
        extra = int(args.get("missing", 100)) if kind == "short_body" else 0
        headers["Content-Length"] = str(len(answer.body) + extra)
    response = web.StreamResponse(status=answer.status, headers=headers)
    if "Content-Length" not in headers:
        response.enable_chunked_encoding()
    await response.prepare(request)
    try:
        if kind == "huge":
            for sent in range(0, size, CHUNK):
                await response.write(b" " * min(CHUNK, size - sent))
        elif kind == "gzip_bomb":
            await _bomb(response, size)
        elif kind == "trickle":
            step = int(args.get("step", 1))
            for place in range(0, len(answer.body), step):
                await response.write(answer.body[place : place + step])
                await asyncio.sleep(float(args.get("interval", 1.0)))
        elif kind == "short_body":
            await response.write(answer.body)
            await asyncio.sleep(0.02)
            if request.transport is not None:
                request.transport.close()
        else:
            await response.write(answer.body[: len(answer.body) // 2])
            await asyncio.sleep(float(args.get("seconds", 3600)) if kind == "stall_mid_body" else 0.05)
            rst(request)
    except ConnectionError:
        pass  # the client gave up, as it should
    return response


async def _bomb(response: web.StreamResponse, size: int) -> None:
    """``size`` bytes of blanks as gzip: one fully flushed block, written again and again."""
    block = 1 << 20
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b" " * block) + packer.flush(zlib.Z_FULL_FLUSH)
    await response.write(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff")
    crc = 0
    for _turn in range(max(1, size // block)):
        crc = zlib.crc32(b" " * block, crc)
        await response.write(packed)
    total = max(1, size // block) * block
    await response.write(b"\x03\x00" + struct.pack("<II", crc, total & 0xFFFFFFFF))
