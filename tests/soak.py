#!/usr/bin/env python
# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The long runs against the simulator: ``python tests/soak.py [NAME...]``; prints one line of figures per run.

wide      300 connections x 1 hour of logs in one task, under the quota of 600 calls in 60 seconds
deep      one connection with 200,000 lines: peak memory of the module below 400 MB
facts     50 connections x 1000 entries: what the facts cost the controller
trickle   servers that send a byte a second, or nothing: the deadline ends it
hours     many generated histories for the completeness of windows, in random order (not the fixed ones of the tests)

Needs Python 3.11 or newer with ansible-core, requests, hypothesis and tests/simulator/requirements.txt; PYTHONPATH (or
the link that make lays) has to lead to the collection. All runs together take about a quarter of an hour.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "acceptance"), str(HERE.parent / ".work" / "link")]

from fetching import fetch, options_for, rule  # noqa: E402
from running import Run, run_module, run_play, task_for  # noqa: E402

from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window  # noqa: E402
from simulator.client import Control, Simulator  # noqa: E402

MIB = 1 << 20
FACT = "alibaba_vpn_connection_logs"


class Failed(Exception):
    """A run did not come out as it has to."""


def need(holds: bool, what: str) -> None:
    if not holds:
        raise Failed(what)


def ids(count: int) -> list[str]:
    return [f"vco-m5esoak{number:013d}" for number in range(count)]


def fill(control: Control, names: list[str], lines: int, seconds: int) -> None:
    for start in range(0, len(names), 50):
        control.connections(
            [
                {
                    "id": name,
                    "cloud": "alibaba",
                    "history": [{"synthetic": {"lines": lines, "seconds": seconds, "ends": "-5s", "seed": number}}],
                }
                for number, name in enumerate(names[start : start + 50], start)
            ]
        )


def arguments(control: Control, names: list[str], **more: Any) -> dict[str, Any]:
    return options_for(
        control.ready,
        "alibaba",
        ca_path=control.ready["ca_file"],
        vpn_connection_ids=names,
        **{"concurrency": 8, **more},
    )


def records(run: Run) -> Any:
    need(run.status == 0, f"the module failed: {run.stdout[-1500:]} {run.stderr[-1500:]}")
    return run.result["ansible_facts"][FACT]


def throttled(control: Control) -> int:
    return sum(request["code"] == "Throttling.User" for request in control.requests(service="alibaba"))


def wide(folder: Path) -> str:
    with Simulator() as control:
        names = ids(300)
        fill(control, names, 240, 3500)
        args = arguments(control, names, since="1h", limit=10, deadline=1800)
        run = run_module("alibaba", args, folder, 1800)
        found = records(run)
        counts = Counter(record["count"] for record in found.values())
        need(counts == {240: 300} and all(record["complete"] for record in found.values()), f"lines missing: {counts}")
        calls, refused = control.state()["requests"], throttled(control)
    need(not refused, f"{refused} calls were throttled")
    return f"{calls} calls, none throttled, {run.seconds:.0f} s, peak {run.peak / MIB:.0f} MiB"


def deep(folder: Path) -> str:
    with Simulator() as control:
        (name,) = names = ids(1)
        fill(control, names, 200_000, 3500)
        run = run_module("alibaba", arguments(control, names, since="1h", deadline=1800), folder, 1800)
        record = records(run)[name]
        need(record["count"] == 200_000 and record["complete"], f"{record['count']} lines, {record['complete']}")
        need(len(record["logs"]) == 1000 and record["truncated"], f"limit: {len(record['logs'])}")
        calls, refused = control.state()["requests"], throttled(control)
    need(not refused, f"{refused} calls were throttled")
    need(run.peak < 400 * MIB, f"peak {run.peak / MIB:.0f} MiB")
    return f"{calls} calls, {run.seconds:.0f} s, peak {run.peak / MIB:.0f} MiB, result {len(run.stdout) // 1024} KiB"


def facts(folder: Path) -> str:
    """Processor time of a play less that of the module alone, with all entries and with none.

    Wall time says little on a busy machine, and most of this work is not done side by side. Huawei Cloud, since a query there is
    one request: pacing would only prolong it.
    """
    with Simulator() as control:
        control.config(huawei={"max_lines": 1000})
        names = [f"98c5af8a-1f0e-4c7b-9a86-ae2280a6{number:04d}" for number in range(50)]
        history = [{"synthetic": {"lines": 1000, "seconds": 3500, "ends": "-5s"}}]
        control.connections([{"id": name, "cloud": "huawei", "history": history} for name in names])
        play: dict[int, float] = {}
        alone: dict[int, float] = {}
        size = 0
        for limit in (1000, 500, 200, 0):
            args = options_for(
                control.ready, "huawei", ca_path=control.ready["ca_file"], vpn_connection_ids=names, limit=limit
            )
            turn = folder / str(limit)
            runs = [run_module("huawei", args, turn / f"module{n}") for n in range(3)]
            need(all(run.status == 0 for run in runs), runs[0].stdout[-1500:])
            alone[limit] = min(run.cpu for run in runs)
            size = max(size, len(runs[0].stdout))
            tasks = [task_for("huawei", args), {"ansible.builtin.debug": {"msg": "done"}}]
            plays = [run_play(tasks, turn / f"play{n}") for n in range(3)]
            need(all(run.status == 0 for run in plays), plays[0].stdout[-1500:])
            play[limit] = min(run.cpu for run in plays)
    base = play[0] - alone[0]
    cost = {limit: play[limit] - alone[limit] - base for limit in play}
    told = ", ".join(f"limit {limit}: {seconds:.1f} s" for limit, seconds in cost.items())
    need(cost[1000] < 3.0, f"the facts cost {cost[1000]:.1f} s of controller time ({told})")
    return f"{told}; result {size / MIB:.1f} MiB; module alone {alone[1000]:.1f} s, play {play[1000]:.1f} s"


def trickle(folder: Path) -> str:
    took = []
    with Simulator() as control:
        (name,) = names = ids(1)
        fill(control, names, 200, 580)
        for kind, args in (("trickle", {"interval": 1}), ("stall", {}), ("stall_mid_body", {})):
            for page in (1, 3, 5):
                control.plan(rule(kind, at="*", match={"page": page}, **args))
                now = control.now()
                outcome = fetch(control, "alibaba", name, Window(now - 585, now), 12.0, timeout=5, max_retries=1)
                need(outcome.error is not None, f"{kind} at page {page} went through")
                need(outcome.seconds < 13.5, f"{kind} at page {page} took {outcome.seconds:.1f} s")
                took.append(outcome.seconds)
        control.plan(rule("trickle", at="*", interval=1))
        run = run_module("alibaba", arguments(control, names, deadline=20), folder, 60)
        need(run.status != 0 and run.seconds < 23, f"the module took {run.seconds:.1f} s")
    return f"{len(took) + 1} servers, longest {max(took):.1f} s of 12 s, module {run.seconds:.1f} s of 20 s"


def hours(folder: Path) -> str:
    import fetching
    from history_strategies import CONNECTION, histories
    from hypothesis import HealthCheck, given, settings
    from test_complete_windows import put, read

    count = [0]
    with Simulator("--no-quota") as control, fetching.opened(control.ready, "alibaba", scheme="http") as provider:

        @settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(history=histories(longest=86400))
        def search(history: Any) -> None:
            wanted = put(control, history)
            outcome = read(provider, history.since, history.until)
            count[0] += 1
            need(outcome.complete and Counter(outcome.lines) == Counter(wanted), f"{CONNECTION}: {history}")

        search()
    return f"{count[0]} histories, none with a line missing or doubled"


RUNS: dict[str, Callable[[Path], str]] = {
    "trickle": trickle,
    "facts": facts,
    "hours": hours,
    "wide": wide,
    "deep": deep,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="all when none is given")
    names = parser.parse_args().names
    unknown = set(names) - set(RUNS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    bad = 0
    for name in names or RUNS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="cloud-vpn-soak-") as folder:
            try:
                text = RUNS[name](Path(folder))
            except (Failed, AssertionError) as exc:
                text, bad = f"FAILED: {exc}", bad + 1
        print(f"{name:8} {time.monotonic() - began:6.0f} s  {text}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
