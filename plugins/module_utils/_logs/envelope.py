# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Takes a raw line apart: when, how severe, printed where, and what it says.

Envelopes known: Alibaba Cloud's (racoon2's, with the connection ID put in, or charon's wording inside it), Huawei
Cloud's, and the daemons' own log files (charon, racoon). A line without an envelope is a line all the same.
"""

from __future__ import annotations

import functools
import re
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import LEVELS

_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d:\d\d"
_OFFSET = r"Z|[+-]\d\d:?\d\d"
CHARON_GROUPS = frozenset(
    [
        "DMN",
        "MGR",
        "IKE",
        "CHD",
        "JOB",
        "CFG",
        "KNL",
        "NET",
        "ASN",
        "ENC",
        "TNC",
        "IMC",
        "IMV",
        "PTS",
        "TLS",
        "APP",
        "ESP",
        "LIB",
        "LCM",
    ]
)
_GROUP = rf"(?:\d+)?\[(?P<group>{'|'.join(sorted(CHARON_GROUPS))})\d?\]"
_LOCATION = r"(?:(?P<source>[\w./+-]+\.[ch]:\d+)(?::[^\s:()]*(?:\(\))?)?:[ ]?)?"


Line = t.Tuple[t.Optional[str], t.Optional[str], t.Optional[str], t.Optional[str], t.Optional[str], str]
"""A line without its envelope: stamp (``YYYY-MM-DD HH:MM:SS``), fraction (digits), offset as printed, level, source, message."""


_INNER_STAMP = re.compile(r"-\d\d-\d\d[ T]\d\d:").search
"""Finds a stamp that is not the line's own when it starts looking behind the first dash of that."""


class Envelope:
    """One form of envelope: how a record starts, and how it is taken apart."""

    def __init__(self, expression: str, start: str, usual: t.Optional[str] = None) -> None:
        """``usual``: the form that most lines have, with groups stamp, level, source, message in this order; it is tried first."""
        self._texts = (expression, start, usual)

    # Compiled when first used: a task reads one form of the four.
    @functools.cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self._texts[0], re.DOTALL)

    @functools.cached_property
    def _starts(self) -> re.Pattern[str]:
        return re.compile(self._texts[1])

    @functools.cached_property
    def _usual(self) -> t.Optional[re.Pattern[str]]:
        return re.compile(self._texts[2], re.DOTALL) if self._texts[2] else None

    @functools.cached_property
    def _parts(self) -> t.Tuple[int, ...]:
        names = ("stamp", "fraction", "offset", "level", "word", "group", "source", "message")
        return tuple(self._pattern.groupindex.get(name, 0) for name in names)

    def split(self, line: str) -> t.List[str]:
        """The records of one physical line: daemons forget newlines."""
        if not _INNER_STAMP(line, 5):
            return [line]
        cuts = [found.start() for found in self._starts.finditer(line, 1)]
        if not cuts:
            return [line]
        ends = [*cuts, len(line)]
        return [line[: cuts[0]]] + [line[start:end] for start, end in zip(cuts, ends[1:])]

    def open(self, line: str) -> Line:
        """The parts of a record; a line without an envelope has a message only."""
        if self._usual:
            found = self._usual.match(line)
            if found:
                moment, word, place, text = found.groups()
                return moment, None, None, LEVELS.get(word or ""), place, text
        found = self._pattern.match(line)
        if not found:
            return None, None, None, None, None, line
        stamp, fraction, offset, level, word, group, source, message = self._parts
        severity = (found[level] if level else None) or (found[word] if word else None)
        return (
            found[stamp],
            found[fraction] if fraction else None,
            found[offset] if offset else None,
            LEVELS.get(severity.upper()) if severity else None,
            (found[group] if group else None) or (found[source] if source else None),
            found[message],
        )


_STAMP = rf"(?P<stamp>{_DATE}[ T]{_TIME})(?:[.,](?P<fraction>\d+))?(?P<offset>{_OFFSET})?"

# syslog's own stamp has no year: such a line has no time
_SYSLOG = rf"(?:<\d+>)?(?:{_STAMP}:?\s+|[A-Z][a-z]{{2}}\s+\d+ {_TIME}:?\s+)?"
_LEVELS = "|".join(sorted(LEVELS, key=len, reverse=True))

ENVELOPES: t.Dict[str, Envelope] = {
    "alibaba": Envelope(
        rf"(?:{_STAMP}:?\s+(?:vco-\S+\s+)?(?:\[[0-9A-Fa-f.:]+\][ ])?)?"
        r"(?:\[(?P<level>[A-Za-z]+_[A-Za-z]+|[A-Za-z]{4,})\]:?[ ]|(?P<word>[A-Z]{4,}):[ ])?"
        rf"(?:(?:[\w.-]+(?:\[\d+\])?:[ ])?{_GROUP}[ ])?{_LOCATION}(?P<message>.*)",
        rf"{_DATE} {_TIME}\s+(?:vco-\S+\s+)?(?:\d+)?\[[A-Z_\d]{{3,14}}\]:? ",
        r"([\d-]{10} [\d:]{8}) vco-\S+ \[([A-Z_]{4,13})\]: ([\w./-]+\.[ch]:\d+)(?::\w+\(\))?: (.*)",
    ),
    "huawei": Envelope(
        rf"{_STAMP}\s+\S+\s+(?P<source>[\w./-]+\[\d+\]):?\s*"
        rf"(?:\[?(?P<level>(?i:{_LEVELS}))\]?:?\s+)?"
        r"(?P<message>.*)",
        rf"{_DATE}T{_TIME}(?:\.\d+)?(?:{_OFFSET})\s+\S+\s+[\w./-]+\[\d+\]:",
    ),
    "charon": Envelope(
        rf"{_SYSLOG}(?:[\w.-]+\s+)?(?:[\w.-]+(?:\[\d+\])?:\s+)?{_GROUP}[ ](?P<message>.*)",
        rf"{_DATE}[ T]{_TIME}\S*\s+(?:[\w.-]+\s+)?(?:[\w.-]+(?:\[\d+\])?:\s+)?\d+\[[A-Z]{{3}}\d?\] ",
        r"([\d-]{10} [\d:]{8}) \d+(?P<none>(?!))?\[([A-Z]{3})\] (.*)",
    ),
    "racoon": Envelope(
        rf"{_SYSLOG}(?:[\w.-]+\s+)?(?:racoon(?:\[\d+\])?:\s+)?(?:\[[^\]]*\] )?(?P<level>{_LEVELS}): (?:\[[^\]]*\] )?"
        rf"{_LOCATION}(?P<message>.*)",
        rf"{_DATE} {_TIME}: (?:\[[^\]]*\] )?[A-Z]+: ",
    ),
}
