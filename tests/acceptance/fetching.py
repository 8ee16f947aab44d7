# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One fetch by a provider against the simulator, with its outcome, its duration, and what the simulator saw of it."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.api import AlibabaProvider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.pacing import Pacer
from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import CloudVpnError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpClient
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.api import HuaweiProvider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window
from simulator.client import Control

MANY = "vco-m5emany0pages0000001"
# The request ID that the simulator puts into spoiled answers.
SPOILED_ALIBABA = "5EAF0000-0000-4000-8000-00000000FA17"
SPOILED_HUAWEI = "5eaf00000000400080000000fa17fa17"
HTTP_OPTIONS = ("timeout", "validate_certs", "ca_path", "max_retries", "backoff", "max_body")


def soon(attempt: int) -> float:
    """A back-off that tests can wait for."""
    return random.uniform(0.0, 0.02 * attempt)


def options_for(ready: Mapping[str, Any], cloud: str, scheme: str = "https", **more: Any) -> dict[str, Any]:
    """Options of a provider for the simulator; the sign-in is an access key, for Huawei a password."""
    place = ready[cloud]
    options: dict[str, Any] = {"region": place["region"], "endpoint": place[scheme], "concurrency": 4}
    if cloud == "alibaba":
        options.update(access_key_id=place["access_key_id"], access_key_secret=place["access_key_secret"])
    else:
        iam = ready["iam"]
        url = iam["auth_url"] if scheme == "https" else iam["http"] + "/v3"
        options.update({"auth_url": url, **{name: iam[name] for name in ("username", "password", "domain_name")}})
    options.update(more)
    return {name: value for name, value in options.items() if value is not None}


@contextmanager
def opened(ready: Mapping[str, Any], cloud: str, scheme: str = "https", **more: Any) -> Iterator[Any]:
    """A provider on sockets. HTTP options (timeout, backoff, …), ``pacer``, ``sts`` and ``now`` are taken out of ``more``."""
    http_options = {"timeout": 5, "max_retries": 5, "backoff": soon, "ca_path": ready["ca_file"]}
    http_options.update({name: more.pop(name) for name in HTTP_OPTIONS if name in more})
    extra = {name: more.pop(name) for name in ("pacer", "sts", "now") if name in more}
    http = HttpClient(**http_options)
    factory: Callable[..., Any] = AlibabaProvider if cloud == "alibaba" else HuaweiProvider
    if cloud == "alibaba":
        extra.setdefault("pacer", Pacer(100_000))
    try:
        provider = factory(options_for(ready, cloud, scheme, **more), http, {}, **extra)
        try:
            yield provider
        finally:
            provider.close()
    finally:
        http.close()


@dataclass
class Outcome:
    """What came of one fetch: lines, or an error; ``seconds`` includes closing everything."""

    lines: list[str] = field(default_factory=list)
    complete: bool = True
    warnings: list[str] = field(default_factory=list)
    error: CloudVpnError | None = None
    seconds: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def words(self) -> str:
        if self.error is None:
            return "records" if self.complete else "records, complete: false"
        error = self.error
        return (
            f"{error.kind}, code {error.code or '-'}, {error.attempts if error.attempts is not None else '-'} attempts"
        )


def fetch(
    simulator: Control,
    cloud: str,
    connections: str | list[str],
    window: Window,
    seconds: float = 20.0,
    tunnel: str | None = None,
    **more: Any,
) -> Outcome:
    """Prepare and fetch, one connection after the other, within one deadline of ``seconds``."""
    outcome = Outcome()
    seen = simulator.state()["requests"]
    began = time.monotonic()
    try:
        with opened(simulator.ready, cloud, **more) as provider:
            deadline = Deadline(seconds)
            provider.prepare(deadline)
            for connection in [connections] if isinstance(connections, str) else connections:
                fetched = provider.fetch(connection, tunnel, window, deadline)
                outcome.lines += [line for batch in fetched.batches for line in batch.lines]
                outcome.complete = outcome.complete and fetched.complete
                outcome.warnings += fetched.warnings
    except CloudVpnError as exc:
        outcome.error = exc
    outcome.seconds = time.monotonic() - began
    outcome.asked = simulator.requests(after=seen)
    return outcome


def many_pages(simulator: Control, lines: int = 230, ended: float = 900.0, **options: Any) -> tuple[Window, list[str]]:
    """A connection whose log fills five pages of one request window, long over; the window, and its lines."""
    end = int(simulator.now() - ended)
    synthetic = {"lines": lines, "seconds": 590, "begins": end - 595}
    simulator.connection(id=MANY, cloud="alibaba", options=options, history=[{"synthetic": synthetic}])
    return Window(float(end - 600), float(end)), [raw for _epoch, raw in simulator.lines(MANY)]


def rule(kind: str, at: Any = 1, service: str = "alibaba", match: Any = None, times: int = 1, **args: Any) -> Any:
    return {"kind": kind, "at": at, "times": times, "match": {"service": service, **(match or {})}, "args": args}


def same(got: list[str], wanted: list[str]) -> bool:
    """Every line as often as the service held it."""
    return Counter(got) == Counter(wanted)


def assert_signed_anew(asked: list[dict[str, Any]]) -> None:
    """No nonce came twice, and every signature was right."""
    nonces = [request["nonce"] for request in asked if request.get("nonce")]
    assert len(nonces) == len(set(nonces))
    assert all(request["verified"] for request in asked if "verified" in request)


class Table:
    """Rows of fault × outcome × time; written to a file and printed when the tests of a file are over."""

    def __init__(self, title: str, *columns: str) -> None:
        self.title, self.columns, self.rows = title, columns, list[tuple[Any, ...]]()

    def add(self, *row: Any) -> None:
        self.rows.append(tuple(f"{cell:.2f} s" if isinstance(cell, float) else str(cell) for cell in row))

    def finish(self, folder: Path) -> None:
        lines = [f"| {' | '.join(self.columns)} |", "|" + "---|" * len(self.columns)]
        lines += [f"| {' | '.join(row)} |" for row in self.rows]
        text = f"## {self.title}\n\n" + "\n".join(lines) + "\n"
        (folder / f"{self.title.lower().replace(' ', '-')}.md").write_text(text, encoding="utf-8")
        print("\n" + text)
