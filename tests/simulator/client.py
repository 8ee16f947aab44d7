# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the control port for tests, demo, and playbooks. Standard library only, Python 3.9 and newer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Optional
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

_OPENER = build_opener(ProxyHandler({}))  # never through a proxy of the environment


class ControlError(Exception):
    """The simulator refused a control call."""


class Control:
    """Talk to a running simulator: ``Control(url)`` or ``Control.from_file(ready_file)``; ``.ready`` is the ready file's content."""

    def __init__(self, url: str, ready: Optional[dict[str, Any]] = None) -> None:
        self.url = url.rstrip("/")
        self._ready: Any = ready

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Control:
        ready = json.loads(Path(path).read_text(encoding="utf-8"))
        return cls(ready["control"], ready)

    @property
    def ready(self) -> Any:
        if self._ready is None:
            self._ready = self.call("GET", "/ready")
        return self._ready

    def call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with _OPENER.open(request, timeout=120) as response:
                return json.load(response)
        except HTTPError as problem:
            raise ControlError(problem.read().decode("utf-8", "replace")) from None

    def state(self) -> Any:
        return self.call("GET", "/state")

    def now(self) -> float:
        """The simulator's clock, epoch seconds."""
        return float(self.state()["now"])

    def sessions(self) -> Any:
        return self.call("GET", "/sessions")

    def reset(self) -> None:
        self.call("POST", "/reset")

    def plan(self, *rules: dict[str, Any], append: bool = False) -> Any:
        """Set the fault plan; without rules: clear it."""
        return self.call("POST", "/plan?append=1" if append else "/plan", list(rules))

    def get_plan(self) -> Any:
        return self.call("GET", "/plan")

    def connection(self, **spec: Any) -> Any:
        """Make or replace one: id, cloud, region, project_id, options, history, tunnels."""
        return self.call("POST", "/connections", spec)[0]

    def connections(self, specs: list[dict[str, Any]]) -> Any:
        return self.call("POST", "/connections", specs)

    def delete_connection(self, connection: str) -> None:
        self.call("DELETE", f"/connections/{quote(connection)}")

    def options(self, connection: str, **options: Any) -> Any:
        return self.call("PATCH", f"/connections/{quote(connection)}", options)

    def lines(self, connection: str, tunnel: Optional[str] = None, everything: bool = False) -> Any:
        """``[[epoch, raw], ...]`` as the simulator holds them now."""
        query = {**({"tunnel": tunnel} if tunnel else {}), **({"all": "1"} if everything else {})}
        return self.call("GET", f"/connections/{quote(connection)}/lines?{urlencode(query)}")

    def change(self, connection: str, session: Optional[str] = None, **part: Any) -> Any:
        """Switch to another session from now on (or another part of a history: synthetic=, lines=, silent=True)."""
        if session is not None:
            part["session"] = session
        return self.call("POST", "/change", {"id": connection, **part})

    def add_lines(self, connection: str, lines: list[Any], raw: bool = False, tunnel: Optional[str] = None) -> Any:
        part: dict[str, Any] = {"lines": lines, "raw": raw}
        if tunnel:
            part["tunnel"] = tunnel
        return self.change(connection, **part)

    def clock(self, shift: float) -> float:
        return float(self.call("POST", "/clock", {"shift": shift})["now"])

    def latency(self, milliseconds: float, service: str = "*") -> None:
        self.call("POST", "/latency", {service: milliseconds})

    def quota(self, **services: Any) -> Any:
        """``quota(alibaba=None)`` or ``quota(alibaba={"calls": 10, "seconds": 60})``."""
        return self.call("POST", "/quota", services)

    def config(self, **clouds: dict[str, Any]) -> None:
        self.call("POST", "/config", clouds)

    def revoke_tokens(self, token: Optional[str] = None) -> int:
        return int(self.call("POST", "/tokens/revoke", {"token": token} if token else {})["count"])

    def expire_tokens(self, seconds: float = -1, token: Optional[str] = None) -> int:
        body = {"seconds": seconds, **({"token": token} if token else {})}
        return int(self.call("POST", "/tokens/expire", body)["count"])

    def tokens(self) -> Any:
        return self.call("GET", "/tokens")

    def requests(self, **filters: Any) -> Any:
        return self.call("GET", f"/requests?{urlencode(filters)}")

    def clear_requests(self) -> None:
        self.call("DELETE", "/requests")

    def listeners(self, service: str, up: bool) -> None:
        self.call("POST", "/listeners", {"service": service, "up": up})


class Simulator:
    """Runs the simulator as a subprocess: ``with Simulator() as control: ...``."""

    def __init__(self, *arguments: str, python: str = sys.executable, timeout: float = 30.0) -> None:
        self.arguments, self.python, self.timeout = arguments, python, timeout
        self._folder = tempfile.TemporaryDirectory(prefix="cloud-vpn-simulator-")
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._log = Path(self._folder.name, "simulator.log")

    def start(self) -> Control:
        ready = Path(self._folder.name, "ready.json")
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    self.python,
                    "-m",
                    "simulator",
                    "--ready-file",
                    str(ready),
                    "--work-dir",
                    self._folder.name,
                    *self.arguments,
                ],
                env=environment,
                stdout=log,
                stderr=log,
            )
        give_up = time.monotonic() + self.timeout
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > give_up:
                text = self._log.read_text(encoding="utf-8", errors="replace")
                self.stop()
                raise ControlError(f"the simulator did not start:\n{text}")
            time.sleep(0.05)
        return Control.from_file(ready)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()

    def __enter__(self) -> Control:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()
