# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The output of the demo: one line for each task, and what it has to say."""

from __future__ import annotations

import textwrap
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: story
type: stdout
short_description: One line for each task, and what it has to say
description: Prints the name of each task, how it ended, and its message.
extends_documentation_fragment: default_callback
"""
WIDTH = 116
MARGIN = " " * 11


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "story"

    def _tell(self, outcome: str, result: Any, color: str) -> None:
        task = result.task if hasattr(result, "task") else result._task
        data = self._data(result)
        self._display.display(f"  {outcome:<8} {task.get_name()}", color=color)
        if outcome != "FAILED" and task.action != "ansible.builtin.assert":
            return
        for line in str(data.get("msg") or "").splitlines():
            # What goes on in the next line stays below the text, beside the keyword.
            indent = MARGIN + " " * (10 if line.startswith(("reason:", "hint:", "evidence:", " ")) else 0)
            for part in textwrap.wrap(line, WIDTH, initial_indent=MARGIN, subsequent_indent=indent):
                self._display.display(part, color=color)

    def _data(self, result: Any) -> dict[str, Any]:
        return result.result if hasattr(result, "result") else result._result

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._display.display(f"PLAY {play.get_name()}")

    def v2_runner_on_ok(self, result: Any) -> None:
        data = self._data(result)
        if "results" not in data:
            self._tell("changed" if data.get("changed") else "ok", result, "green")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if "results" not in self._data(result):
            self._tell("FAILED", result, "red")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._tell("FAILED", result, "red")

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._tell("ok", result, "green")

    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._tell("FAILED", result, "red")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        for host in sorted(stats.processed):
            found = stats.summarize(host)
            wanted = ("ok", "changed", "failures", "rescued")
            self._display.display(f"  {host}: " + ", ".join(f"{name} {found[name]}" for name in wanted))
