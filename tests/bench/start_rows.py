# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows about what one call costs beside the fetch: start of the process, ad hoc, task, lookup."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from contest import Row, Sample, compare, take_turns
from field import Field, Wrong

MODULE = "netops.cloud_vpn.alibaba_vpn_connection_logs"
TASKS = 20
BARE = """#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule
import requests


def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    module.exit_json(changed=False, version=requests.__version__)


if __name__ == "__main__":
    main()
"""


def _library(field: Field) -> dict[str, str]:
    folder = field.folder / "library"
    folder.mkdir(exist_ok=True)
    (folder / "imports_requests.py").write_text(BARE, encoding="utf-8")
    return {"ANSIBLE_LIBRARY": str(folder)}


def _words(options: dict[str, Any]) -> str:
    return " ".join(f"{name}={value[0] if isinstance(value, list) else value}" for name, value in options.items())


def ad_hoc(field: Field, rounds: int) -> list[Row]:
    """One call of one page against ping; a module that imports requests and does nothing shows what is left to win."""
    options, bare = {**field.alibaba(30), "limit": 0}, _library(field)
    samples = take_turns(
        {
            "ours": lambda: field.ansible("-m", MODULE, "-a", _words(options)),
            "ping": lambda: field.ansible("-m", "ansible.builtin.ping"),
            "bare": lambda: field.ansible("-m", "imports_requests", **bare),
        },
        rounds,
    )
    return [
        compare("one ad-hoc call: ours / ping", samples, "ours", "ping", most=1.35),
        compare("  only importing requests / ping", samples, "bare", "ping"),
    ]


def tasks(field: Field, rounds: int) -> list[Row]:
    """Twenty tasks in a play, less what a play without tasks costs; and twenty lookups in the same way."""
    options, bare = {**field.alibaba(30), "limit": 0}, _library(field)
    one = options["vpn_connection_ids"][0]
    settings = ", ".join(f"{name}={value!r}" for name, value in options.items() if name != "vpn_connection_ids")
    lookup = f"{{{{ lookup('netops.cloud_vpn.vpn_connection_logs', '{one}', {settings}).health.state }}}}"
    samples = take_turns(
        {
            "empty": lambda: field.play([]),
            "ours": lambda: field.play([{MODULE: options}] * TASKS),
            "ping": lambda: field.play([{"ansible.builtin.ping": {}}] * TASKS),
            "bare": lambda: field.play([{"imports_requests": {}}] * TASKS, **bare),
            "lookup": lambda: field.play([{"ansible.builtin.debug": {"msg": lookup}}] * TASKS),
        },
        rounds,
    )
    return [
        compare("20 tasks of a play: ours / ping", samples, "ours", "ping", less="empty", most=1.5),
        compare("  only importing requests / ping", samples, "bare", "ping", less="empty"),
        compare("20 lookups of a play: lookup / module", samples, "lookup", "ours", less="empty", most=0.3),
    ]


def start(field: Field, rounds: int) -> list[Row]:
    """The module's own process as Ansible ships it, up to its first request, against one that imports requests only."""
    # Nobody listens on the port of the ready file's own discard service: the first request ends the run.
    options = {**field.alibaba(1), "endpoint": "http://127.0.0.1:9", "max_retries": 0}
    bundles = {
        "ours": _bundle(field, MODULE, _words(options)),
        "bare": _bundle(field, "imports_requests", "", **_library(field)),
    }

    def run(name: str) -> Sample:
        done = field.process([sys.executable, str(bundles[name])], good=(0, 1))
        if name == "ours" and "connection refused" not in done.stdout:
            raise Wrong(done.stdout[-500:] + done.stderr[-500:])
        return Sample(done.seconds, done.cpu)

    samples = take_turns({name: lambda name=name: run(name) for name in bundles}, rounds)
    size = {name: path.stat().st_size // 1024 for name, path in bundles.items()}
    note = f"AnsiballZ {size['ours']} KiB and {size['bare']} KiB"
    return [compare("start of the module: ours / only requests", samples, "ours", "bare", most=1.2, note=note)]


def _bundle(field: Field, module: str, arguments: str, **env: str) -> Path:
    """The file that Ansible makes of a module and its utils."""
    remote = field.place()
    settings = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TEMP": str(remote), **env}
    try:
        field.ansible("-m", module, *(["-a", arguments] if arguments else []), **settings)
    except Wrong:
        pass  # the refused connection
    return next(remote.glob("*/AnsiballZ_*"))
