# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance finds at its link-local address: Alibaba RAM role keys, a credentials URI, Huawei agency keys."""

from __future__ import annotations

import secrets
from typing import Any

from simulator import sts
from simulator.answer import Answer, Call, json_answer
from simulator.clock import iso, iso_micro
from simulator.state import State, request_id

_ROLE = "/latest/meta-data/ram/security-credentials/"


def handle(state: State, call: Call) -> Answer:
    call.notes["action"] = call.path
    path = call.path
    if path in ("/latest/api/token", "/meta-data/latest/api/token"):
        return _token(
            state,
            call,
            "X-aliyun-ecs-metadata-token-ttl-seconds" if path.startswith("/latest") else "X-Metadata-Token-Ttl-Seconds",
        )
    if call.method != "GET":
        return Answer(405, b"method not allowed", content_type="text/plain")
    if path == "/credentials-uri":
        return json_answer(200, {"Code": "Success", **sts.issue(state, 3600)})
    if path == "/openstack/latest/securitykey":
        return _huawei(state, call)
    if path.startswith("/latest/meta-data/"):
        imds = state.alibaba["imds"]
        if not _allowed(state, call.headers.get("X-aliyun-ecs-metadata-token"), bool(imds["v1"])):
            return Answer(403, b"forbidden", content_type="text/plain")
        if path in (_ROLE, _ROLE[:-1]):
            return Answer(200, state.alibaba["ecs_role"].encode(), content_type="text/plain")
        if path == _ROLE + state.alibaba["ecs_role"]:
            keys = sts.issue(state, 6 * 3600)
            return json_answer(200, {**keys, "LastUpdated": iso(state.clock.now()), "Code": "Success"})
        if path == "/latest/meta-data/region-id":
            return Answer(200, state.alibaba["region"].encode(), content_type="text/plain")
    return Answer(404, b"<html><head><title>404 Not Found</title></head></html>", content_type="text/html")


def _token(state: State, call: Call, header: str) -> Answer:
    seconds = call.headers.get(header, "")
    if (
        call.method != "PUT"
        or not seconds.isdigit()
        or not 1 <= int(seconds) <= 21600
        or not state.alibaba["imds"]["v2"]
    ):
        return Answer(404 if not state.alibaba["imds"]["v2"] else 400, b"", content_type="text/plain")
    token = secrets.token_urlsafe(32)
    state.metadata_tokens[token] = state.clock.now() + int(seconds)
    return Answer(200, token.encode(), content_type="text/plain")


def _allowed(state: State, token: str | None, v1: bool) -> bool:
    return v1 if token is None else state.metadata_tokens.get(token, 0) > state.clock.now()


def _huawei(state: State, call: Call) -> Answer:
    if not _allowed(state, call.headers.get("X-Metadata-Token"), bool(state.alibaba["imds"]["v1"])):
        return Answer(401, b"", content_type="text/plain")
    key = f"HST{secrets.token_hex(9).upper()}"[:20]
    expires = state.clock.now() + 24 * 3600
    entry: dict[str, Any] = {
        "secret": secrets.token_hex(20),
        "token": f"ggpjbi{secrets.token_urlsafe(600)}",
        "expires": expires,
        "domain_id": next(iter(state.huawei["domains"])),
    }
    state.temporary_keys[key] = entry
    return json_answer(
        200,
        {
            "credential": {
                "access": key,
                "secret": entry["secret"],
                "securitytoken": entry["token"],
                "expires_at": iso_micro(expires),
            },
            "request_id": request_id(),
        },
    )
