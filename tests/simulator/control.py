# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control port: plain HTTP on loopback, JSON in and out. See ``client.Control`` for the Python side."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from simulator import corpus
from simulator.faults import KINDS
from simulator.state import Connection, Quota, State

# Restarts or stops the ports of a service.
Listen = Callable[[str, bool], Awaitable[None]]


class Control:
    def __init__(self, state: State, listen: Listen, ready: dict[str, Any]) -> None:
        self.state, self.listen, self.ready = state, listen, ready

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._errors], client_max_size=512 << 20)
        route = app.router.add_route
        route("GET", "/", self.get_ready)
        route("GET", "/ready", self.get_ready)
        route("GET", "/state", self.get_state)
        route("GET", "/sessions", self.get_sessions)
        route("GET", "/plan", self.get_plan)
        route("POST", "/plan", self.post_plan)
        route("DELETE", "/plan", self.delete_plan)
        route("GET", "/connections", self.get_connections)
        route("POST", "/connections", self.post_connection)
        route("GET", "/connections/{id}", self.get_connection)
        route("PATCH", "/connections/{id}", self.patch_connection)
        route("DELETE", "/connections/{id}", self.delete_connection)
        route("GET", "/connections/{id}/lines", self.get_lines)
        route("POST", "/change", self.post_change)
        route("POST", "/clock", self.post_clock)
        route("POST", "/latency", self.post_latency)
        route("POST", "/quota", self.post_quota)
        route("POST", "/config", self.post_config)
        route("GET", "/tokens", self.get_tokens)
        route("POST", "/tokens/revoke", self.post_revoke)
        route("POST", "/tokens/expire", self.post_expire)
        route("GET", "/requests", self.get_requests)
        route("DELETE", "/requests", self.delete_requests)
        route("POST", "/listeners", self.post_listeners)
        route("POST", "/reset", self.post_reset)
        return app

    @web.middleware
    async def _errors(self, request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            return web.json_response(await handler(request))
        except (KeyError, TypeError, ValueError) as problem:
            return web.json_response({"error": f"{type(problem).__name__}: {problem}"}, status=400)

    async def _body(self, request: web.Request) -> Any:
        text = await request.text()
        return json.loads(text) if text else {}

    def _connection(self, name: str) -> Connection:
        if name not in self.state.connections:
            raise KeyError(f"no connection {name}")
        return self.state.connections[name]

    async def get_ready(self, request: web.Request) -> Any:
        return self.ready

    async def get_state(self, request: web.Request) -> Any:
        state = self.state
        now = state.clock.now()
        return {
            "now": now,
            "shift": state.clock.shift,
            "latency": state.latency,
            "requests": state.request_count,
            "connections": [c.describe(now) for c in state.connections.values()],
            "plan": self._plan(),
            "tokens": sum(not t["revoked"] and t["expires"] > now for t in state.tokens.values()),
            "failures": state.failures,
            "quota": {name: quota.limits for name, quota in state.quotas.items()},
        }

    async def get_sessions(self, request: web.Request) -> Any:
        return corpus.names()

    def _plan(self) -> list[dict[str, Any]]:
        return [vars(rule) for rule in self.state.plan.rules]

    async def get_plan(self, request: web.Request) -> Any:
        return self._plan()

    async def post_plan(self, request: web.Request) -> Any:
        items = await self._body(request)
        self.state.plan.load(items if isinstance(items, list) else [items], append="append" in request.query)
        return self._plan()

    async def delete_plan(self, request: web.Request) -> Any:
        self.state.plan.rules.clear()
        return []

    async def get_connections(self, request: web.Request) -> Any:
        now = self.state.clock.now()
        return [connection.describe(now) for connection in self.state.connections.values()]

    async def get_connection(self, request: web.Request) -> Any:
        return self._connection(request.match_info["id"]).describe(self.state.clock.now())

    async def post_connection(self, request: web.Request) -> Any:
        specs = await self._body(request)
        made = [self.state.put_connection(spec) for spec in (specs if isinstance(specs, list) else [specs])]
        return [connection.describe(self.state.clock.now()) for connection in made]

    async def patch_connection(self, request: web.Request) -> Any:
        """New options; lines that exist keep their text."""
        connection = self._connection(request.match_info["id"])
        changes = await self._body(request)
        unknown = set(changes) - set(connection.options)
        if unknown:
            raise ValueError(f"unknown options {sorted(unknown)}")
        connection.options.update(changes)
        return connection.describe(self.state.clock.now())

    async def delete_connection(self, request: web.Request) -> Any:
        self._connection(request.match_info["id"])
        del self.state.connections[request.match_info["id"]]
        return {}

    async def get_lines(self, request: web.Request) -> Any:
        """What the log holds right now: ``[[epoch, raw], ...]``; ``?all=1`` with the lines still to come."""
        connection = self._connection(request.match_info["id"])
        out: list[tuple[float, str]] = []
        for line in connection.timelines(request.query.get("tunnel")):
            visible = line.visible(self.state.clock.now())
            stop = len(line.raws) if "all" in request.query else visible
            out.extend(zip(line.epochs[:stop], line.raws[:stop]))
        return sorted(out, key=lambda item: item[0])

    async def post_change(self, request: web.Request) -> Any:
        """``{id, tunnel?, session|synthetic|lines|silent, ...}``: the connection behaves like that from now on."""
        part = await self._body(request)
        connection = self._connection(str(part.pop("id")))
        tunnel = part.pop("tunnel", None)
        if ("session" in part or "silent" in part) and "begins" not in part and "ends" not in part:
            part["begins"] = "now"
        now = self.state.clock.now()
        self.state.change(connection, tunnel, part)
        return {"now": now, "change": connection.history[-1]}

    async def post_clock(self, request: web.Request) -> Any:
        self.state.clock.shift = float((await self._body(request))["shift"])
        return {"now": self.state.clock.now(), "shift": self.state.clock.shift}

    async def post_latency(self, request: web.Request) -> Any:
        """``{"*": ms}`` or ``{service: ms, ...}``; replaces all."""
        self.state.latency = {str(k): float(v) for k, v in (await self._body(request)).items()}
        return self.state.latency

    async def post_quota(self, request: web.Request) -> Any:
        """``{service: {calls, seconds[, retry_after_ms]} | null}``; services alibaba, huawei, iam."""
        for name, limits in (await self._body(request)).items():
            if name not in self.state.quotas:
                raise KeyError(f"no quota for {name}")
            self.state.quotas[name] = Quota(limits)
        return {name: quota.limits for name, quota in self.state.quotas.items()}

    async def post_config(self, request: web.Request) -> Any:
        """Merge into the running configuration: ``{alibaba: {...}, huawei: {...}}`` (one level deep, null removes)."""
        for cloud, changes in (await self._body(request)).items():
            target = {"alibaba": self.state.alibaba, "huawei": self.state.huawei}[cloud]
            for key, value in changes.items():
                if isinstance(value, dict) and isinstance(target.get(key), dict):
                    target[key].update(value)
                    for name in [name for name, item in value.items() if item is None]:
                        del target[key][name]
                else:
                    target[key] = value
        return {}

    async def get_tokens(self, request: web.Request) -> Any:
        return [{"token": t, **{k: v for k, v in e.items() if k != "body"}} for t, e in self.state.tokens.items()]

    def _chosen(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        if "token" in body:
            return [self.state.tokens[body["token"]]]
        return list(self.state.tokens.values())

    async def post_revoke(self, request: web.Request) -> Any:
        """``{token}``, or all tokens: from now on "The token must be updated"."""
        chosen = self._chosen(await self._body(request))
        for entry in chosen:
            entry["revoked"] = True
        return {"count": len(chosen)}

    async def post_expire(self, request: web.Request) -> Any:
        """``{token?, seconds?}``: the tokens expire in that many seconds (default: they have expired)."""
        body = await self._body(request)
        chosen = self._chosen(body)
        for entry in chosen:
            entry["expires"] = self.state.clock.now() + float(body.get("seconds", -1))
        return {"count": len(chosen)}

    async def get_requests(self, request: web.Request) -> Any:
        """The log; every query parameter is a filter (``service``, ``action``, ``connection``, ``page``, ...), ``after=n``."""
        filters = dict(request.query)
        after = int(filters.pop("after", 0))
        return [
            entry
            for entry in self.state.requests
            if entry["n"] > after and all(str(entry.get(name)) == value for name, value in filters.items())
        ]

    async def delete_requests(self, request: web.Request) -> Any:
        self.state.requests.clear()
        return {}

    async def post_listeners(self, request: web.Request) -> Any:
        """``{service, up: false}`` closes its ports (connection refused) until ``up: true`` opens the same ports again."""
        body = await self._body(request)
        await self.listen(str(body["service"]), bool(body["up"]))
        return body

    async def post_reset(self, request: web.Request) -> Any:
        self.state.reset()
        return {"kinds": KINDS}
