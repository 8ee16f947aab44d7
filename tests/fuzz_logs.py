#!/usr/bin/env python
# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile log lines by the million: mutated, glued, cut, shuffled, doubled, and mixed lines of every daemon.

Whatever comes in, no line may be lost, every entry must speak in the contract's words, times must be in order, the verdict
must be one of the five, and no line may take long. Prints its seed; the same seed makes the same lines.
"""

from __future__ import annotations

import argparse
import pathlib
import random
import sys
import time
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs import charon, iked, keywords, racoon, vrp
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import EVENTS, LEVELS
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.envelope import ENVELOPES
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.reasons import REASONS
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.secrets import MASK

CORPUS = pathlib.Path(__file__).parent / "corpus"
STATES = ("up", "degraded", "negotiating", "down", "unknown")
BATCH = 2000
SECONDS_PER_BATCH, SECONDS_PER_LONG_LINE = 4.0, 2.0

_ENVELOPES = (
    "{stamp} vco-m5elab0initiator0001 [{level}]: {file}.c:{n}:{word}(): ",
    "{stamp} vco-m5elab0initiator0001 [{level}]: ",
    "{stamp} [{level}]: {file}.c:{n}:{word}(): ",
    "{stamp} vco-m5elab0initiator0001 [IKE] ",
    "{stamp} {n}[IKE] <gw|{n}> ",
    "{stamp} 07[ENC] ",
    "{stamp}: {level}: {file}.c:{n}:{word}(): ",
    "{stamp}: [203.0.113.20] {level}: ",
    "{iso}+00:00 host-192-0-2-4 ipsec_ike[{n}]: [203.0.113.9] ",
    "",
)
_LEVELS = (
    "INFO",
    "DEBUG",
    "PROTO_ERR",
    "PROTO_WARN",
    "INTERNAL_ERR",
    "INTERNAL_WARN",
    "CRITICAL",
    "ERROR",
    "WARNING",
    "NOTIFY",
    "X",
)
_HOSTILE = (
    "\x00", "\x1b[31m", "\r", "\u2028", "\ufffd", "\ud800", "\U0001f600", "\u0660", "=[", "]", "(", "{", "<", "|", "%s", "\\", "'", '"', "::", "spi=", "\t",
    "2026-11-21 10:00:00", "9999-99-99 99:99:99", "73336372 65742d6f 662d6c61 62", "psk: ", "0x", "-1", "9" * 40, "a" * 300,
)  # fmt: skip
_EXAMPLES = (
    "203.0.113.20[500]",
    "198.51.100.10",
    "0x0a036c93",
    "68277541(0x411d525)",
    "net{1}",
    "gw[2]",
    "7",
    "0" * 16 + ":" + "1" * 16,
    "",
)


class Maker:
    """Makes log lines out of recorded ones and of the tables' own texts."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._texts = [rule.text for table in (iked, racoon, charon, keywords, vrp) for rule in table.RULES]
        self._recorded: t.Dict[str, t.List[str]] = {}
        for path in sorted(CORPUS.glob("*/*.log")):
            lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
            self._recorded.setdefault(path.parent.name, []).extend(line for line in lines if line)
        self._folders = sorted(self._recorded)

    def line(self) -> str:
        """One line."""
        pick = self.random.random()
        line = self._from_tables() if pick < 0.4 or not self._folders else self._from_records()
        return line if self.random.random() < 0.4 else self._mutated(line)

    def lines(self, count: int) -> t.List[str]:
        """Many lines: shuffled, doubled, turned round."""
        lines = [self.line() for _number in range(count)]
        pick = self.random.random()
        if pick < 0.25:
            self.random.shuffle(lines)
        elif pick < 0.4:
            lines.reverse()
        elif pick < 0.6:
            start = self.random.randrange(count)
            lines[start:start] = lines[start : start + 50]
        return lines

    def long_line(self) -> str:
        """A line of about a hundred thousand characters."""
        unit = (
            self.random.choice([self.line(), self.random.choice(_HOSTILE), self.random.choice(self._texts), "aa ", " "])
            or "x"
        )
        return self.line()[: self.random.randrange(120)] + (unit * (100_000 // len(unit) + 1))[:100_000]

    def _from_records(self) -> str:
        return self.random.choice(self._recorded[self.random.choice(self._folders)])

    def _from_tables(self) -> str:
        choose, number = self.random.choice, self.random.randrange
        text = choose(self._texts)
        while "<" in text and ">" in text[text.index("<") :]:
            start = text.index("<")
            text = text[:start] + choose(_EXAMPLES) + text[text.index(">", start) + 1 :]
        if "{" in text and "}" in text[text.index("{") :] and "|" in text:
            start, end = text.index("{"), text.index("}", text.index("{"))
            text = text[:start] + choose(text[start + 1 : end].split("|")) + text[end + 1 :]
        stamp = f"2026-{1 + number(12):02d}-{1 + number(31):02d} {number(24):02d}:{number(60):02d}:{number(60):02d}"
        head = choose(_ENVELOPES).format(
            stamp=stamp,
            iso=stamp.replace(" ", "T"),
            level=choose(_LEVELS),
            file=choose(("ikev1", "isakmp", "pfkey")),
            n=number(3000),
            word="f",
        )
        return head + text

    def _mutated(self, line: str) -> str:
        where = self.random.randrange(len(line) + 1)
        other = self.random.randrange(len(line) + 1)
        kind = self.random.randrange(7)
        if kind == 0:
            return line[:where]
        if kind == 1:
            return line[where:]
        if kind == 2:
            return line[:where] + self.random.choice(_HOSTILE) + line[where:]
        if kind == 3:
            return line + self._from_records() if self._folders else line + line
        if kind == 4:
            low, high = sorted((where, other))
            return line[:low] + line[high:]
        if kind == 5:
            return line[:where] + chr(self.random.randrange(0xD800)) + line[where + 1 :]
        return line + "\n" + self._from_tables()


def check(lines: t.Sequence[str], provider: str) -> t.Optional[str]:
    """What is wrong with the entries and the verdict of the lines; None when nothing is."""
    entries = parse_lines(list(lines), provider=provider, log_timezone="+00:00")
    if len(entries) < sum(1 + line.rstrip("\r\n").count("\n") for line in lines):
        return f"{len(entries)} entries of {len(lines)} lines"
    newest: t.Optional[float] = None
    shown = 0
    for number, entry in enumerate(entries):
        if entry["sequence"] != number:
            return f"sequence {entry['sequence']} at {number}"
        if entry["event"] not in EVENTS or not (entry["reason"] is None or entry["reason"] in REASONS):
            return f"{entry['event']}, {entry['reason']}: {entry['raw']!r}"
        if entry["phase"] not in (None, 1, 2) or not (entry["level"] is None or entry["level"] in LEVELS.values()):
            return f"phase {entry['phase']}, level {entry['level']}: {entry['raw']!r}"
        if (entry["timestamp"] is None) != (entry["epoch"] is None):
            return f"timestamp {entry['timestamp']}, epoch {entry['epoch']}"
        if entry["epoch"] is not None and newest is not None and entry["epoch"] < newest:
            return f"epoch {entry['epoch']} after {newest}"
        newest = newest if entry["epoch"] is None else entry["epoch"]
        shown += len(entry["raw"]) if MASK not in entry["raw"] else 0
    if not any(MASK in entry["raw"] for entry in entries):
        given = sum(len(line.rstrip("\r\n").replace("\r\n", "").replace("\n", "")) for line in lines)
        if shown > given or shown < given - sum(line.count("\r") for line in lines):
            return f"{given} characters became {shown}"
    told = judge(entries)
    if (
        told["state"] not in STATES
        or not (told["reason"] is None or told["reason"] in REASONS)
        or len(told["evidence"]) > 5
    ):
        return f"verdict {told}"
    up = told["state"] in ("up", "degraded")
    if up and not any(entry["event"] in ("tunnel_established", "rekeyed") for entry in entries):
        return f"{told['state']} although no line says that an IPsec SA was established"
    return None


def pieces_rejoin(line: str) -> bool:
    """A line's records, one behind the other, are the line."""
    return all("".join(envelope.split(line)) == line for envelope in ENVELOPES.values())


def main() -> int:
    """Run until the number of lines is reached; 1 at the first thing that is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    seed = random.SystemRandom().randrange(10**9) if args.seed is None else args.seed
    print(f"seed {seed}", flush=True)
    maker, done, busy = Maker(seed), 0, 0.0
    providers = sorted(ENVELOPES)
    while done < args.lines:
        lines = maker.lines(BATCH)
        provider = providers[(done // BATCH) % len(providers)]
        begun = time.process_time()
        wrong = check(lines, provider)
        spent = time.process_time() - begun
        if wrong is None and spent > SECONDS_PER_BATCH:
            wrong = f"{BATCH} lines took {spent:.1f} s"
        if wrong is None and not all(map(pieces_rejoin, lines[:100])):
            wrong = "the records of a line are not the line"
        if wrong is None and done % (BATCH * 10) == 0:
            long_line = maker.long_line()
            begun = time.process_time()
            wrong = check([long_line], provider)
            if wrong is None and time.process_time() - begun > SECONDS_PER_LONG_LINE:
                wrong = f"a line of 100 KB took {time.process_time() - begun:.1f} s: {long_line[:200]!r}"
        if wrong:
            print(f"seed {seed}, lines {done} to {done + BATCH}, provider {provider}: {wrong}")
            return 1
        done += len(lines)
        busy += spent
    print(f"{done} lines, {done / busy:,.0f} lines/s parsed, judged, and checked; nothing lost, nothing crashed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
