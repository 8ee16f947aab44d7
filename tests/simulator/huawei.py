# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Huawei's VPN service: the log of one connection."""

from __future__ import annotations

import random
import re

from simulator import huawei_auth as auth
from simulator.answer import Answer, Call, Refused, hex_id, json_answer
from simulator.state import Connection, State

_LOG = re.compile(r"^/v5/([^/]+)/vpn-connection/([^/]+)/log$")
_UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")


def handle(state: State, call: Call) -> Answer:
    match = _LOG.match(call.decoded_path)
    call.notes["action"] = "ShowVpnConnectionLog" if match else call.path
    if match:
        call.notes.update(project=match[1], connection=match[2])
    try:
        if not match or call.method != "GET":
            raise auth.refuse(
                state, 404, "APIGW.0101", "The API does not exist or has not been published in the environment"
            )
        identity = auth.authenticate(state, call)
        if not state.quotas["huawei"].allows(identity.domain_id, state.clock.now()):
            raise auth.refuse(
                state, 429, "APIGW.0308", "The throttling threshold has been reached: policy user over ratelimit"
            )
        _project(state, call, identity, match[1])
        return _log(state, call, match[1], match[2])
    except Refused as refused:
        return refused.answer


def _project(state: State, call: Call, identity: auth.Identity, project_id: str) -> None:
    project = state.huawei["projects"].get(project_id)
    if identity.kind == "token":
        if identity.project_id != project_id:
            raise auth.refuse(state, 403, "VPN.0003", "The project of the URL is not the project of the token")
        return
    named = call.headers.get("X-Project-Id")
    if project is None or project["domain_id"] != identity.domain_id:
        raise auth.refuse(state, 403, "VPN.0003", "The account may not use this project")
    if named is not None and named != project_id:
        raise auth.refuse(state, 400, "VPN.0001", "urlTenantId is not equal tokenTenantId")
    if named is None and "_" in project["name"]:
        raise auth.refuse(state, 400, "VPN.0001", "urlTenantId is not equal tokenTenantId")


def _log(state: State, call: Call, project_id: str, connection_id: str) -> Answer:
    if not _UUID.match(connection_id):
        raise auth.refuse(state, 400, "VPN.0001", "Invalid request: vpn_connection_id")
    connection = state.connections.get(connection_id)
    if connection is None or connection.cloud != "huawei" or connection.project_id != project_id:
        raise auth.refuse(state, 404, "VPN.0004", "The VPN connection does not exist")
    problem = connection.options["error"]
    if problem:
        raise auth.refuse(state, int(problem["status"]), str(problem["code"]), str(problem.get("message", "refused")))
    logs = _lines(state, connection)
    call.notes["lines"] = len(logs)
    request = hex_id()
    return json_answer(200, {"logs": logs, "request_id": request}, {"X-Request-Id": request})


def _lines(state: State, connection: Connection) -> list[dict[str, object]]:
    """The newest lines, as many as the service keeps; ``time`` is the stamp cut to seconds."""
    line = connection.main
    visible = line.visible(state.clock.now())
    line.requests += 1
    keep = int(state.huawei["max_lines"])
    low = max(0, visible - keep) if keep else 0
    logs: list[dict[str, object]] = [
        {"time": int(epoch // 1), "raw_message": raw}
        for epoch, raw in zip(line.epochs[low:visible], line.raws[low:visible])
    ]
    if connection.options["order"] == "desc":
        logs.reverse()
    elif connection.options["order"] == "shuffled":
        random.Random(len(logs)).shuffle(logs)
    return logs
