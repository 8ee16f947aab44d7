# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that is told to stop, stops: wherever it waits, with no thread and no half-written file left."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fetching import MANY, many_pages, opened, options_for, rule
from running import Process, start_module

from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import CloudVpnError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window
from simulator.client import Control

PROMPT = 3.0


@contextmanager
def silent_server() -> Iterator[str]:
    """Accepts connections and never says a word: a TLS handshake that does not end."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        kept: list[socket.socket] = []
        server.settimeout(0.05)
        over = threading.Event()

        def accept() -> None:
            while not over.is_set():
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join()
            for one in kept:
                one.close()


@contextmanager
def full_server() -> Iterator[str]:
    """A port whose queue is full: connecting to it waits until the timeout."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        kept = []
        for _number in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(server.getsockname())
            kept.append(one)
        try:
            yield f"https://127.0.0.1:{server.getsockname()[1]}"
        finally:
            for one in kept:
                one.close()


def arguments(simulator: Control, cloud: str = "alibaba", **more: Any) -> dict[str, Any]:
    ids = [MANY] if cloud == "alibaba" else simulator.ready["huawei"]["connections"][:1]
    return options_for(simulator.ready, cloud, ca_path=simulator.ready["ca_file"], vpn_connection_ids=ids, **more)


def wait_for_requests(simulator: Control, count: int, **match: Any) -> None:
    give_up = time.monotonic() + 20
    while len(simulator.requests(**match)) < count:
        assert time.monotonic() < give_up, "the module sent nothing"
        time.sleep(0.02)


def stop(process: Process, number: int) -> None:
    process.signal(number)
    run = process.finish(6)
    assert run.seconds < PROMPT, run.stderr[-2000:]
    assert run.status != 0


@pytest.mark.parametrize(
    ("fault", "number"), [("stall", signal.SIGINT), ("trickle", signal.SIGINT), ("back-off", signal.SIGINT),
                          ("trickle", signal.SIGTERM)],
)  # fmt: skip
def test_while_a_request_is_under_way(simulator: Control, tmp_path: Path, fault: str, number: int) -> None:
    many_pages(simulator)
    if fault == "back-off":
        simulator.plan(rule("status", at="*", status=503, code="ServiceUnavailable", headers={"Retry-After": "60"}))
    else:
        simulator.plan(rule(fault, at="*", seconds=60, interval=0.5))
    process = start_module("alibaba", arguments(simulator, since="30m"), tmp_path)
    wait_for_requests(simulator, 1, service="alibaba")
    time.sleep(0.1)
    stop(process, number)


@pytest.mark.parametrize("number", [signal.SIGINT])
@pytest.mark.parametrize("place", [silent_server, full_server])
def test_before_there_is_a_connection(simulator: Control, tmp_path: Path, place: Any, number: int) -> None:
    with place() as url:
        process = start_module("alibaba", arguments(simulator, endpoint=url), tmp_path)
        time.sleep(1.0)
        stop(process, number)


@pytest.mark.parametrize("number", [signal.SIGINT])
def test_while_waiting(simulator: Control, tmp_path: Path, number: int) -> None:
    args = arguments(simulator, wait=True, wait_timeout=300, wait_sleep=60)
    simulator.connection(id=MANY, cloud="alibaba")
    process = start_module("alibaba", args, tmp_path)
    wait_for_requests(simulator, 1, service="alibaba")
    time.sleep(0.3)
    stop(process, number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_while_signing_in_with_a_cache(simulator: Control, tmp_path: Path, number: int) -> None:
    """The token cache holds whole entries or none, and nobody waits for a lock afterwards."""
    cache = tmp_path / "cache"
    args = arguments(simulator, "huawei", token_cache=str(cache))
    simulator.plan(rule("stall", service="iam", seconds=60))
    process = start_module("huawei", args, tmp_path / "first")
    wait_for_requests(simulator, 1, service="iam")
    time.sleep(0.1)
    stop(process, number)
    for path in [entry for entry in cache.rglob("*") if entry.is_file()]:
        assert path.stat().st_size == 0 or json.loads(path.read_text(encoding="utf-8"))
    again = start_module("huawei", args, tmp_path / "second").finish(20)
    assert again.status == 0, again.stdout
    files = [entry for entry in cache.rglob("*") if entry.is_file()]
    assert files and all(entry.stat().st_mode & 0o777 == 0o600 for entry in files)
    assert not [entry for entry in files if entry.name.endswith((".tmp", "~", ".part"))]


@pytest.mark.parametrize("cloud", ["alibaba", "huawei"])
@pytest.mark.parametrize("fault", [None, "stall", "trickle"])
def test_no_thread_and_no_socket_is_left(simulator: Control, cloud: str, fault: str | None) -> None:
    many_pages(simulator)
    before = set(threading.enumerate())
    if fault:
        simulator.plan(rule(fault, at="*", service=cloud, seconds=60, interval=0.5))
    now = simulator.now()

    connection = MANY if cloud == "alibaba" else simulator.ready["huawei"]["connections"][0]
    sockets = open_sockets()
    try:
        with opened(simulator.ready, cloud, max_retries=1, timeout=5) as provider:
            provider.prepare(Deadline(1))
            provider.fetch(connection, None, Window(now - 1500, now), Deadline(0.4))
    except CloudVpnError as exc:
        assert fault, exc
    assert set(threading.enumerate()) <= before
    assert open_sockets() <= sockets


def open_sockets() -> int:
    """How many sockets this process has open; 0 where the system does not tell."""
    try:
        return sum(os.readlink(f"/proc/self/fd/{fd}").startswith("socket:") for fd in os.listdir("/proc/self/fd"))
    except OSError:
        return 0


@pytest.mark.parametrize("server", [silent_server, full_server])
def test_deadline_holds_before_there_is_a_connection(simulator: Control, server: Any) -> None:

    now = simulator.now()
    with server() as url, pytest.raises(CloudVpnError) as caught:
        began = time.monotonic()
        with opened(simulator.ready, "alibaba", endpoint=url, timeout=30) as provider:
            provider.fetch(MANY, None, Window(now - 1500, now), Deadline(0.8))
    assert time.monotonic() - began < 2.5
    assert caught.value.kind in ("timeout", "transport")
