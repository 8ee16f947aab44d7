#!/usr/bin/env python
# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast logs are read: lines a second and bytes a line, beside the bare cost of loading the same lines as JSON.

The measurements take turns, so that a busy machine slows all of them alike; the median of seven rounds is shown.
"""

from __future__ import annotations

import argparse
import gc
import json
import pathlib
import statistics
import sys
import time
import tracemalloc
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines

CORPUS = pathlib.Path(__file__).parent / "corpus"
SETS = {
    "charon": ("charon/*.log", "charon"),
    "iked INFO": ("iked/*.info.log", "alibaba"),
    "iked DEBUG": ("iked/*.debug.log", "alibaba"),
    "racoon": ("racoon/*.log", "racoon"),
}
BARS = {"charon": 100_000, "iked INFO": 100_000}
BYTES_PER_LINE = 2048
ROUNDS = 7


def lines_of(pattern: str, count: int) -> t.List[str]:
    """Lines of recorded sessions, over and over until there are enough; no two stamps in a row are made alike."""
    found = [
        line
        for path in sorted(CORPUS.glob(pattern))
        for line in path.read_text(encoding="utf-8", errors="replace").split("\n")
        if line
    ]
    return (found * (count // len(found) + 1))[:count]


def seconds(work: t.Callable[[], t.Any]) -> float:
    """Processor seconds of one run."""
    gc.collect()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def one_round(lines: t.List[str], provider: str, text: str) -> t.Dict[str, float]:
    """Processor seconds of parsing, of the verdict over what was parsed, of judging a plain list of entries as the filter
    vpn_health does, and of loading the same lines as JSON."""
    parsed: t.List[t.Any] = []
    return {
        "parse": seconds(lambda: parsed.append(parse_lines(lines, provider=provider))),
        "verdict": seconds(lambda: judge(parsed[0])),
        "judge": seconds(lambda: judge(list(parsed[0]))),
        "json": seconds(lambda: json.loads(text)),
    }


def bytes_of(lines: t.List[str], provider: str) -> float:
    """Bytes a line that entries and verdict need at most, the lines themselves not counted."""
    gc.collect()
    tracemalloc.start()
    kept = parse_lines(lines, provider=provider)
    judge(kept)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / len(lines)


def main() -> int:
    """Print the table; with --check 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--check", action="store_true", help="fail when a bar is missed")
    args = parser.parse_args()
    data = {name: (lines_of(pattern, args.lines), provider) for name, (pattern, provider) in SETS.items()}
    texts = {name: json.dumps({"Data": {"Logs": lines}}) for name, (lines, _provider) in data.items()}
    spent: t.Dict[t.Tuple[str, str], t.List[float]] = {}
    for _round in range(ROUNDS):
        for name, (lines, provider) in data.items():
            for what, cost in one_round(lines, provider, texts[name]).items():
                spent.setdefault((name, what), []).append(cost)
    missed = []
    print(f"{'':12}{'parse+judge':>14}{'parse':>12}{'judge':>12}{'json.loads':>12}  lines/s{'bytes/line':>14}")
    for name, (lines, provider) in data.items():
        parse, verdict, again, loads = (
            statistics.median(spent[name, what]) for what in ("parse", "verdict", "judge", "json")
        )
        rate, size = len(lines) / (parse + verdict), bytes_of(lines, provider)
        print(
            f"{name:12}{rate:>14,.0f}{len(lines) / parse:>12,.0f}{len(lines) / again:>12,.0f}{len(lines) / loads:>12,.0f}{size:>23,.0f}"
        )
        if rate < BARS.get(name, 0):
            missed.append(f"{name}: {rate:,.0f} lines/s")
        if size > BYTES_PER_LINE:
            missed.append(f"{name}: {size:,.0f} bytes a line")
    if missed:
        print("below the bar: " + ", ".join(missed))
    return 1 if missed and args.check else 0


if __name__ == "__main__":
    sys.exit(main())
