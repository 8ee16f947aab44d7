#!/usr/bin/env python
# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often the verdict is right on recorded sessions of real daemons.

For every session of the corpus the state at the end, the state at each labelled event (over the lines up to it), and the
reason where the label says that the log states it are compared with the label. Prints a confusion table per daemon, names
every session that is wrong, and fails when a share is below its bar.
"""

from __future__ import annotations

import argparse
import collections
import json
import pathlib
import sys
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines

BARS = {"state": 0.99, "events": 0.98, "reason": 0.97}
STATES = ("up", "degraded", "negotiating", "down", "unknown")
PROVIDERS = {"iked": "alibaba", "charon": "charon", "racoon": "racoon"}


def health_of(lines: t.Sequence[str], label: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """The verdict over lines of a session."""
    entries = parse_lines(list(lines), provider=PROVIDERS[label["daemon"]], log_timezone=label.get("clock") or "+00:00")
    return judge(entries)


def troubled(label: t.Mapping[str, t.Any]) -> bool:
    """`degraded` is not labelled: it is right beside a reason, and after three losses in one window."""
    return bool(label["reason"]) or label["times_up"] >= 4


def acceptable(label: t.Mapping[str, t.Any]) -> t.Set[str]:
    """The states that are right at the end of a session."""
    states = {label["state"], *(label["also_acceptable"] or ())}
    if "up" in states and troubled(label):
        states.add("degraded")
    return states


class Score:
    """Counts of one daemon."""

    def __init__(self) -> None:
        self.confusion: t.Counter[t.Tuple[str, str]] = collections.Counter()
        self.right: t.Counter[str] = collections.Counter()
        self.total: t.Counter[str] = collections.Counter()
        self.wrong: t.List[str] = []

    def count(self, what: str, right: bool, text: str) -> None:
        """One comparison."""
        self.total[what] += 1
        self.right[what] += right
        if not right:
            self.wrong.append(f"{what:7} {text}")

    def session(self, name: str, label: t.Mapping[str, t.Any], lines: t.Sequence[str]) -> None:
        """All comparisons of one session."""
        health = health_of(lines, label)
        self.confusion[label["state"], health["state"]] += 1
        fine = acceptable(label)
        self.count("state", health["state"] in fine, f"{name}: {health['state']} is not {'/'.join(sorted(fine))}")
        for moment in label["timeline"]:
            state = health_of(lines[: moment["line"]], label)["state"]
            right = state == moment["state"] or (moment["state"] == "up" and state == "degraded" and troubled(label))
            self.count("events", right, f"{name}:{moment['line']}: {state} is not {moment['state']}")
        if label["reason_certainty"] == "stated":
            told = health["reason"]
            flapping = label["reason"] is None and health["state"] == "degraded" and troubled(label)
            right = told == label["reason"] or flapping or health["state"] == label["state"] == "up"
            self.count("reason", right, f"{name}: {told} is not {label['reason']}")


def read_lines(path: pathlib.Path) -> t.List[str]:
    """The physical lines of a log."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return text[:-1].split("\n") if text.endswith("\n") else text.split("\n") if text else []


def main() -> int:
    """Print the tables; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=pathlib.Path, default=pathlib.Path(__file__).parent / "corpus")
    parser.add_argument("--only", default="", help="sessions whose name contains this")
    args = parser.parse_args()
    labels = json.loads((args.corpus / "labels.json").read_text(encoding="utf-8"))
    scores: t.Dict[str, Score] = {}
    for name, label in sorted(labels.items()):
        if args.only in name:
            score = scores.setdefault(label["daemon"], Score())
            score.session(name, label, read_lines(args.corpus / f"{name}.log"))
    total: t.Counter[str] = collections.Counter()
    right: t.Counter[str] = collections.Counter()
    for daemon, score in scores.items():
        print(f"\n{daemon}: verdict (columns) against label (rows)")
        print(" " * 12 + "".join(f"{state:>12}" for state in STATES))
        for row in STATES:
            if any(score.confusion[row, column] for column in STATES):
                print(f"{row:>12}" + "".join(f"{score.confusion[row, column] or '.':>12}" for column in STATES))
        print("  ".join(f"{what} {score.right[what]}/{score.total[what]}" for what in BARS))
        for text in score.wrong:
            print(f"  {text}")
        total.update(score.total)
        right.update(score.right)
    missed = [what for what, least in BARS.items() if total[what] and right[what] / total[what] < least]
    shares = ", ".join(f"{what} {100 * right[what] / max(1, total[what]):.1f} % of {total[what]}" for what in BARS)
    print(f"\nall: {shares}" + (f"; below the bar: {', '.join(missed)}" if missed else ""))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
