# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Raw lines to records without envelope and key material: the work that a line needs whatever lines are around it."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs import secrets
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Match
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialects import family_of
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.envelope import ENVELOPES, Line

Record = t.Tuple[Line, str, t.Optional[Match]]
"""A record without its envelope, the record as it came, and the row of the tables that its message fits."""
_SURROGATES = re.compile("[\ud800-\udfff]")
"""JSON can hold halves of characters, which nothing can print or pass on."""


class Opener:
    """Opens the lines of one log, and may do so as they arrive, while others are still on their way."""

    def __init__(self, provider: str) -> None:
        self.masked = False
        """Whether key material had to be masked."""
        self._provider = provider
        self._envelope = ENVELOPES[provider]
        self._ahead: t.Dict[str, t.List[Record]] = {}

    def arrive(self, lines: t.Iterable[str]) -> None:
        """Lines that came, in any order and perhaps more than once; ``open`` is to find them ready."""
        for line in lines:
            if line not in self._ahead:
                self._ahead[line] = self._open(line)

    def open(self, line: str) -> t.List[Record]:
        """The records of a line: daemons forget newlines."""
        return self._ahead.pop(line, None) or self._open(line)

    def _open(self, line: str) -> t.List[Record]:
        envelope = self._envelope
        records: t.List[Record] = []
        if not line.isascii():
            line = _SURROGATES.sub("\ufffd", line)
        broken = "\n" in line or "\r" in line
        for physical in [one.rstrip("\r") for one in line.rstrip("\r\n").split("\n")] if broken else (line,):
            for raw in envelope.split(physical):
                opened = envelope.open(raw)
                masked = secrets.mask(opened[-1], opened[0] is not None, opened[3])
                if masked is not None:
                    self.masked = True
                    raw = raw[: len(raw) - len(opened[-1])] + masked
                    opened = (*opened[:-1], masked)
                *_when, level, source, message = opened
                records.append((opened, raw, family_of(self._provider, source, level).find(message)))
        return records
