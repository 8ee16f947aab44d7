# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line: start everything, write the ready file, run until a signal."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import ssl
import tempfile
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web

from simulator import config
from simulator.control import Control
from simulator.server import Service
from simulator.state import State

SERVICES = ("alibaba", "sts", "huawei", "iam", "metadata")


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(
        prog="python -m simulator",
        description="Both clouds' VPN log APIs on loopback, with TLS, real signatures, recorded sessions, and faults.",
    )
    result.add_argument("--config", metavar="FILE", help="JSON or YAML laid over the embedded default")
    result.add_argument(
        "--ready-file", metavar="FILE", help="where to write URLs, credentials, and the CA file's path once all is up"
    )
    result.add_argument("--work-dir", metavar="DIR", help="where the CA file goes (default: a new temporary directory)")
    result.add_argument("--control-port", type=int, default=0, metavar="PORT", help="default: a free one")
    result.add_argument(
        "--base-port", type=int, default=0, metavar="PORT", help="service ports count up from here; default: free ones"
    )
    result.add_argument("--latency", type=float, default=0.0, metavar="MS", help="added to every answer")
    result.add_argument("--no-quota", action="store_true", help="no 600 calls a minute (benchmarks)")
    result.add_argument("--sessions", action="store_true", help="list the sessions of the corpus and exit")
    return result


def _tls(folder: Path) -> tuple[ssl.SSLContext, Path]:
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1", "127.0.0.2", "::1").configure_cert(context)
    return context, ca_file


def _ready(state: State, services: dict[str, list[Service]], control: str, ca_file: Path) -> dict[str, Any]:
    urls = {name: {service.scheme: service.url for service in pair} for name, pair in services.items()}
    alibaba, huawei = state.alibaba, state.huawei
    key_id, key = next(iter(alibaba["access_keys"].items()))
    sts_id, sts = next(iter(alibaba["sts"].items()))
    access, secret = next(iter(huawei["access_keys"].items()))
    user_id, user = next(iter(huawei["users"].items()))
    project_id, project = next(iter(huawei["projects"].items()))
    ids = {cloud: [c.id for c in state.connections.values() if c.cloud == cloud] for cloud in ("alibaba", "huawei")}
    return {
        "pid": os.getpid(),
        "control": control,
        "ca_file": str(ca_file),
        "alibaba": {
            **urls["alibaba"],
            "region": alibaba["region"],
            "access_key_id": key_id,
            "access_key_secret": key["secret"],
            "sts": {"access_key_id": sts_id, "access_key_secret": sts["secret"], "security_token": sts["token"]},
            "roles": list(alibaba["roles"]),
            "oidc": alibaba["oidc"],
            "connections": ids["alibaba"],
        },
        "sts": urls["sts"],
        "huawei": {
            **urls["huawei"],
            "region": huawei["region"],
            "project_id": project_id,
            "project_name": project["name"],
            "access_key": access,
            "secret_key": secret["secret"],
            "connections": ids["huawei"],
        },
        "iam": {
            **urls["iam"],
            "auth_url": urls["iam"]["https"] + "/v3",
            "username": user["name"],
            "user_id": user_id,
            "password": user["password"],
            "domain_name": huawei["domains"][user["domain_id"]],
            "domain_id": user["domain_id"],
        },
        "metadata": {**urls["metadata"], "credentials_uri": urls["metadata"]["http"] + "/credentials-uri"},
        "witness": urls["witness"],
    }


async def _run(arguments: argparse.Namespace) -> None:
    settings = config.load(arguments.config)
    if arguments.no_quota:
        settings["alibaba"]["quota"] = None
    state = State(settings)
    if arguments.latency:
        state.latency["*"] = arguments.latency
    folder = Path(arguments.work_dir or tempfile.mkdtemp(prefix="cloud-vpn-simulator-"))
    folder.mkdir(parents=True, exist_ok=True)
    context, ca_file = _tls(folder)
    services: dict[str, list[Service]] = {}
    port = arguments.base_port
    for name in (*SERVICES, "witness"):
        host = "127.0.0.2" if name == "witness" else "127.0.0.1"
        services[name] = [Service(state, name, host, port, context), Service(state, name, host, port and port + 1)]
        port += 2 if port else 0
        for service in services[name]:
            await service.start()

    async def listen(name: str, up: bool) -> None:
        for service in services[name]:
            await service.stop()
            if up:
                await service.start()

    ready: dict[str, Any] = {}
    runner = web.AppRunner(Control(state, listen, ready).application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", arguments.control_port)
    await site.start()
    address = runner.addresses[0]
    ready.update(_ready(state, services, f"http://{address[0]}:{address[1]}", ca_file))
    text = json.dumps(ready, indent=2)
    if arguments.ready_file:
        # Complete or not there at all: others wait for this file.
        partial = Path(f"{arguments.ready_file}.part")
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(arguments.ready_file)
    print(text, flush=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    for pair in services.values():
        for service in pair:
            await service.stop()
    await runner.cleanup()


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    if arguments.sessions:
        from simulator import corpus

        print("\n".join(corpus.names()))
        return 0
    asyncio.run(_run(arguments))
    return 0
