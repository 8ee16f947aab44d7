# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer before it goes out, so that a fault can still change it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=utf-8"
    code: str | None = None  # the error code, for the request log

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


def json_answer(status: int, payload: Any, headers: dict[str, str] | None = None, code: str | None = None) -> Answer:
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, body, dict(headers or {}), code=code)


class Refused(Exception):
    """A handler's way out: this answer instead."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


@dataclass
class Call:
    """A request with its body read, decoded the way a server sees it."""

    service: str
    method: str
    scheme: str
    host: str
    raw_path: str  # with query, as it came
    headers: Any  # CIMultiDict: case-insensitive
    body: bytes
    peer: str
    notes: dict[str, Any] = field(default_factory=dict)  # for the request log and the fault plan

    @property
    def path(self) -> str:
        return self.raw_path.partition("?")[0]

    @property
    def raw_query(self) -> str:
        return self.raw_path.partition("?")[2]

    @property
    def decoded_path(self) -> str:
        return unquote(self.path)

    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.raw_query, keep_blank_values=True)

    def form(self) -> list[tuple[str, str]]:
        if not self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            return []
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)


def xml(payload: Any, tag: str) -> str:
    """Alibaba's older default format."""
    if isinstance(payload, dict):
        return f"<{tag}>" + "".join(xml(value, key) for key, value in payload.items()) + f"</{tag}>"
    if isinstance(payload, list):
        return "".join(xml(value, tag) for value in payload)
    text = str(payload).lower() if isinstance(payload, bool) else str(payload)
    return f"<{tag}>{escape(text)}</{tag}>"


def hex_id() -> str:
    return uuid.uuid4().hex
