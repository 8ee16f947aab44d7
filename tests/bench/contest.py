# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contestants take turns, and every round gives one ratio: a busy machine slows both sides of it alike."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Sample:
    """One run of one contestant, in seconds."""

    wall: float
    cpu: float


Contestant = Callable[[], Sample]
Samples = dict[str, list[Sample]]


def take_turns(contestants: Mapping[str, Contestant], rounds: int) -> Samples:
    """A B C A B C …, after one uncounted run of each that fills caches of byte code and files."""
    samples: Samples = {name: [] for name in contestants}
    for number in range(rounds + 1):
        for name, run in contestants.items():
            sample = run()
            if number:
                samples[name].append(sample)
    return samples


@dataclass
class Row:
    """A line of the table. ``least``: the ratio must not be smaller, ``most``: not larger; None for both: for information."""

    title: str
    ratios: list[float]
    least: float | None = None
    most: float | None = None
    note: str = ""
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)

    @property
    def goal(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:g}" + (f", ≤ {self.most:g}" if self.most is not None else "")
        return f"≤ {self.most:g}" if self.most is not None else ""

    @property
    def reached(self) -> bool:
        return (self.least is None or self.median >= self.least) and (self.most is None or self.median <= self.most)

    def cells(self) -> tuple[str, ...]:
        verdict = ("yes" if self.reached else "NO") if self.goal else ""
        spread = f"{min(self.ratios):.2f}–{max(self.ratios):.2f}"
        return self.title, f"{self.median:.2f}", spread, self.goal, verdict, self.note

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "median": self.median, "reached": self.reached}


def compare(title: str, samples: Samples, top: str, bottom: str, what: str = "wall", **more: Any) -> Row:
    """The row of ``top`` over ``bottom``, round by round; ``less``: samples of a run whose cost is taken off both."""
    less = more.pop("less", None)

    def seconds(name: str) -> list[float]:
        base = [getattr(one, what) for one in samples[less]] if less else [0.0] * len(samples[name])
        return [getattr(one, what) - off for one, off in zip(samples[name], base)]

    ratios = [above / below for above, below in zip(seconds(top), seconds(bottom))]
    medians = {name: statistics.median(seconds(name)) for name in (top, bottom)}
    note = ", ".join(f"{name} {value:.2f} s" for name, value in medians.items())
    note = f"{note} ({what}); {more.pop('note')}" if "note" in more else f"{note} ({what})"
    raw = {name: [asdict(one) for one in taken] for name, taken in samples.items()}
    return Row(title, ratios, note=note, raw=raw, **more)


def cpu_of(pid: int) -> float:
    """Processor seconds that a running process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def table(rows: list[Row]) -> str:
    head = ("what", "ratio", "min–max", "goal", "reached", "medians")
    cells = [head, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
