# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alibaba's product calls: DescribeVpnConnectionLogs and STS."""

from __future__ import annotations

import json
import re
from typing import Any

from simulator import alibaba_auth as auth
from simulator import sts
from simulator.answer import Answer, Call, Refused, json_answer
from simulator.state import Connection, State, request_id
from simulator.timeline import Timeline

VERSION = "2016-04-28"
MAX_SPAN = 600


def handle(state: State, call: Call) -> Answer:
    """One RPC call on ``/``."""
    params = auth.read(call)
    try:
        answer = _dispatch(state, call, params)
    except Refused as refused:
        return refused.answer
    return auth.as_xml(answer, f"{call.notes['action']}Response") if auth.wants_xml(call) else answer


def _dispatch(state: State, call: Call, params: dict[str, str]) -> Answer:
    action = call.notes["action"]
    if call.path not in ("", "/"):
        raise auth.refuse(
            call, 404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method."
        )
    if action in sts.ACTIONS:
        return sts.handle(state, call, params)
    if not action:
        raise auth.refuse(call, 400, "MissingAction", "Action is mandatory for this action.")
    if action != "DescribeVpnConnectionLogs":
        raise auth.refuse(
            call, 404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method."
        )
    if call.notes["version"] != VERSION:
        raise auth.refuse(call, 400, "InvalidVersion", "Specified parameter Version is not valid.")
    if call.method not in ("GET", "POST"):
        raise auth.refuse(call, 405, "InvalidHttpMethod", "This http method is not supported.")
    auth.verify(state, call, params)
    if not state.quotas["alibaba"].allows(f"{params.get('RegionId')}/{action}", state.clock.now()):
        answer = auth.error(call, 400, "Throttling.User", "Request was denied due to user flow control.")
        retry = (state.quotas["alibaba"].limits or {}).get("retry_after_ms")
        if retry:
            answer.headers["x-acs-retry-after"] = str(retry)
        return answer
    return _logs(state, call, params)


def _number(
    call: Call, params: dict[str, str], name: str, low: int, high: int, default: int | None = None
) -> int | None:
    text = params.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"-?\d+", text) or not low <= int(text) <= high:
        raise auth.refuse(call, 400, f"Invalid{name}", f"The specified parameter {name} is not valid.")
    return int(text)


def _window(state: State, call: Call, params: dict[str, str]) -> tuple[int, int]:
    """From, To as the documented rules allow; int32 seconds."""
    largest = 2**31 - 1
    start = _number(call, params, "From", 0, largest)
    end = _number(call, params, "To", 0, largest)
    minutes = _number(call, params, "MinutePeriod", 1, 10)
    if minutes is None and start is None and end is None:
        raise auth.refuse(call, 400, "MissingMinutePeriod", "MinutePeriod is mandatory when From and To are not given.")
    if minutes is None and (start is None or end is None):
        name = "From" if start is None else "To"
        raise auth.refuse(call, 400, f"Missing{name}", f"{name} or MinutePeriod must be given too.")
    span = 60 * (minutes or 0)
    if start is not None and end is not None:
        pass
    elif start is not None:
        end = start + span
    else:
        end = int(state.clock.now()) if end is None else end
        start = end - span
    assert start is not None and end is not None
    if start > end:
        raise auth.refuse(call, 400, "IllegalParam.TimeRange", "From must not be later than To.")
    if end - start > MAX_SPAN:
        raise auth.refuse(call, 400, "IllegalParam.TimeRange", "The time range must not exceed 10 minutes.")
    return start, end


def _find(state: State, call: Call, params: dict[str, str]) -> tuple[Connection, list[Timeline]]:
    for name in ("RegionId", "VpnConnectionId"):
        if not params.get(name):
            raise auth.refuse(call, 400, f"Missing{name}", f"{name} is mandatory for this action.")
    connection = state.connections.get(params["VpnConnectionId"])
    if connection is None or connection.cloud != "alibaba" or connection.region != params["RegionId"]:
        code = "InvalidVpnConnectionInstanceId.NotFound"
        raise auth.refuse(call, 404, code, "The specified vpn connection instance id does not exist.")
    if connection.options["error"]:
        problem = connection.options["error"]
        raise auth.refuse(call, int(problem["status"]), str(problem["code"]), str(problem.get("message", "refused")))
    tunnel = params.get("TunnelId")
    if tunnel and tunnel not in connection.tunnels:
        raise auth.refuse(call, 404, "InvalidTunnelId.NotFound", "The specified tunnel does not exist.")
    return connection, connection.timelines(tunnel or None)


def _logs(state: State, call: Call, params: dict[str, str]) -> Answer:
    page = _number(call, params, "PageNumber", 1, 2**31 - 1, 1)
    size = _number(call, params, "PageSize", 1, 50, 10)
    assert page is not None and size is not None
    start, end = _window(state, call, params)
    connection, timelines = _find(state, call, params)
    tweak = call.notes.get("tweaks", {})
    asked = page
    if "ignore_page" in tweak:
        page = 1
    elif "repeat_page" in tweak and page > 1:
        page -= 1
    lines = _page(connection, timelines, start, end, page, size, state.clock.now())
    for line in timelines:
        line.requests += 1
    if "endless_pages" in tweak:
        first = lines[0] if lines else f"1970-01-01 08:00:00 {connection.id} [DEBUG]: x.c:1:x(): again"
        lines = [f"{first} ({asked}/{number})" for number in range(size)]
    payload: dict[str, Any] = {
        "RequestId": request_id(),
        "PageNumber": asked,
        "PageSize": size,
        "Count": len(lines) + int(tweak.get("count_lies", {}).get("delta", 0)),
        "IsCompleted": bool(connection.options["is_completed"]) and "incomplete" not in tweak,
    }
    form = tweak.get("data_form", {}).get("form", connection.options["data_form"])
    if form == "list":
        payload["Data"] = lines
    elif form == "nested":
        payload["Data"] = ['"Logs": ' + json.dumps(lines, ensure_ascii=False)] if lines else []
    elif form == "null" and not lines:
        payload["Data"] = None
    elif form != "missing" or lines:
        payload["Data"] = {"Logs": lines}
    call.notes["lines"] = len(lines)
    return json_answer(200, payload, {"x-acs-request-id": payload["RequestId"]})


def _page(
    connection: Connection, timelines: list[Timeline], start: int, end: int, page: int, size: int, now: float
) -> list[str]:
    edges = (bool(connection.options["from_inclusive"]), bool(connection.options["to_inclusive"]))
    if len(timelines) == 1:
        line = timelines[0]
        low, high = line.span(start, end, now, *edges)
        if connection.options["order"] == "desc":
            last = high - (page - 1) * size
            return line.raws[max(low, last - size) : max(low, last)][::-1]
        first = low + (page - 1) * size
        return line.raws[min(first, high) : min(first + size, high)]
    merged: list[tuple[float, str]] = []
    for line in timelines:
        low, high = line.span(start, end, now, *edges)
        merged.extend(zip(line.epochs[low:high], line.raws[low:high]))
    merged.sort(key=lambda item: item[0], reverse=connection.options["order"] == "desc")
    return [raw for _epoch, raw in merged[(page - 1) * size : page * size]]
