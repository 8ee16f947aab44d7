# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the simulator remembers while it runs."""

from __future__ import annotations

import copy
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator import corpus, timeline
from simulator.clock import Clock, offset_seconds
from simulator.faults import Plan

OPTIONS: dict[str, Any] = {
    "to_inclusive": True,
    "from_inclusive": True,
    "order": "asc",  # asc | desc | shuffled (Huawei only)
    "offset": "+08:00",
    "keep_tags": False,
    "data_form": "object",  # object | list | nested | null | missing
    "is_completed": True,
    "error": None,  # {status, code, message}: what every query for this connection gets
}


@dataclass
class Connection:
    id: str
    cloud: str
    region: str
    project_id: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    main: timeline.Timeline = field(default_factory=timeline.Timeline)
    tunnels: dict[str, timeline.Timeline] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def envelope(self) -> corpus.Envelope:
        return corpus.Envelope(self.id, offset_seconds(self.options["offset"]), bool(self.options["keep_tags"]))

    def timelines(self, tunnel: str | None = None) -> list[timeline.Timeline]:
        if tunnel is not None:
            return [self.tunnels[tunnel]]
        return list(self.tunnels.values()) if self.tunnels else [self.main]

    def describe(self, now: float) -> dict[str, Any]:
        return {
            "id": self.id,
            "cloud": self.cloud,
            "region": self.region,
            "project_id": self.project_id,
            "options": self.options,
            "history": self.history,
            "tunnels": sorted(self.tunnels),
            "lines": sum(len(t.raws) for t in self.timelines()),
            "visible": sum(t.visible(now) for t in self.timelines()),
        }


class Quota:
    """A sliding window of calls per key; ``limits`` is {calls, seconds} or None."""

    def __init__(self, limits: Mapping[str, Any] | None) -> None:
        self.limits = limits
        self.calls: dict[str, deque[float]] = {}

    def allows(self, key: str, now: float) -> bool:
        if not self.limits:
            return True
        calls = self.calls.setdefault(key, deque())
        while calls and calls[0] <= now - float(self.limits["seconds"]):
            calls.popleft()
        if len(calls) >= int(self.limits["calls"]):
            return False
        calls.append(now)
        return True


class State:
    """Built from a configuration; ``reset`` builds it anew (the fault plan and the request log are emptied too)."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._initial = copy.deepcopy(config)
        self.clock = Clock()
        self.plan = Plan()
        self.reset()

    def reset(self) -> None:
        self.config = copy.deepcopy(self._initial)
        self.clock.shift = 0.0
        self.plan.rules.clear()
        self.latency: dict[str, float] = {}
        self.alibaba: dict[str, Any] = self.config["alibaba"]
        self.huawei: dict[str, Any] = self.config["huawei"]
        self.nonces: dict[str, float] = {}
        self._swept = 0.0
        self.sts: dict[str, dict[str, Any]] = {}
        for key, value in self.alibaba["sts"].items():
            self.sts[key] = {**value, "expires": self.clock.now() + float(value["expires"])}
        self.metadata_tokens: dict[str, float] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.temporary_keys: dict[str, dict[str, Any]] = {}
        self.failures: dict[str, dict[str, float]] = {}
        self.quotas = {
            "alibaba": Quota(self.alibaba.get("quota")),
            "huawei": Quota(self.huawei.get("quota")),
            "iam": Quota(self.huawei.get("iam_quota")),
        }
        self.requests: deque[dict[str, Any]] = deque(maxlen=50_000)
        self.request_count = 0
        self.connections: dict[str, Connection] = {}
        for spec in self.config["connections"]:
            self.put_connection(spec)

    def put_connection(self, spec: Mapping[str, Any]) -> Connection:
        """Make (or replace) a connection from ``{id, cloud, region?, project_id?, options?, history?, tunnels?}``."""
        cloud = str(spec["cloud"])
        if cloud not in ("alibaba", "huawei"):
            raise ValueError(f"unknown cloud {cloud!r}")
        options = {**OPTIONS, **spec.get("options", {})}
        unknown = set(options) - set(OPTIONS)
        if unknown:
            raise ValueError(f"unknown options {sorted(unknown)}; known are {sorted(OPTIONS)}")
        project = spec.get("project_id")
        if cloud == "huawei" and project is None:
            project = next(iter(self.huawei["projects"]))
        connection = Connection(
            id=str(spec["id"]),
            cloud=cloud,
            region=str(spec.get("region") or self.config[cloud]["region"]),
            project_id=project,
            options=options,
        )
        for part in spec.get("history", []):
            self.change(connection, None, part)
        for tunnel, parts in spec.get("tunnels", {}).items():
            connection.tunnels[tunnel] = timeline.Timeline()
            for part in parts:
                self.change(connection, tunnel, part)
        self.connections[connection.id] = connection
        return connection

    def change(self, connection: Connection, tunnel: str | None, part: Mapping[str, Any]) -> None:
        """Add a part of a history. A session (or ``silent``) replaces what the log held from its beginning on."""
        line = connection.main if tunnel is None else connection.tunnels.setdefault(tunnel, timeline.Timeline())
        if "lines" in part:
            raw = bool(part.get("raw", False))
            lines, late = timeline.explicit(part["lines"], raw, connection.cloud, connection.envelope)
            line.add(lines)
            for item in late:
                item.after_requests += line.requests if item.after_requests else 0
            line.pending.extend(late)
            summary: dict[str, Any] = {"lines": len(lines), "late": len(late)}
        else:
            start, lines = timeline.build(part, self.clock, connection.cloud, connection.envelope)
            if start is not None:
                line.cut(start)
            line.add(lines)
            summary = {**part, "first": lines[0][0] if lines else start, "last": lines[-1][0] if lines else None}
        connection.history.append({"tunnel": tunnel, **summary} if tunnel else summary)

    def fresh_nonce(self, nonce: str) -> bool:
        """Remember ``nonce``; False when it was used in the last half hour."""
        now = self.clock.now()
        if len(self.nonces) > 100_000 and now > self._swept + 60:
            self._swept = now
            self.nonces = {n: t for n, t in self.nonces.items() if t > now - 1800}
        used = self.nonces.get(nonce)
        if used is not None and used > now - 1800:
            return False
        self.nonces[nonce] = now
        return True

    def record(self, entry: dict[str, Any]) -> None:
        self.request_count += 1
        entry["n"] = self.request_count
        self.requests.append(entry)

    def failed(self, key: str, limit: int, seconds: float) -> None:
        """Count a failed sign-in of ``key``; the ``limit``-th locks it for ``seconds``."""
        entry = self.failures.setdefault(key, {"count": 0, "locked_until": 0.0})
        entry["count"] += 1
        if entry["count"] >= limit:
            entry["locked_until"] = self.clock.now() + seconds

    def locked(self, key: str) -> bool:
        return self.failures.get(key, {}).get("locked_until", 0.0) > self.clock.now()

    def succeeded(self, key: str) -> None:
        self.failures.pop(key, None)


def request_id() -> str:
    return str(uuid.uuid4()).upper()
