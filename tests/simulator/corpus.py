# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded sessions: loading, and printing them again with other times and another connection.

Every session is kept as its original lines with the moment of each. ``Session.render`` prints the line a second time in the
form the cloud uses: Alibaba's envelope carries the gateway's local time without a zone, the Huawei one an ISO stamp with offset.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

CORPUS = Path(__file__).resolve().parent.parent / "corpus"

_STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
# No anchor: the daemon forgets newlines, so that a second record may begin in the middle of a line.
_IKED = re.compile(rf"({_STAMP}) (vco-\S+ )?(?=\[[A-Z_]+\]: )")
_CHARON = re.compile(rf"^({_STAMP}) \d+\[([A-Z]{{3}})\d?\] (<[^>]*> )?(.*)$")
_RACOON = re.compile(rf"^({_STAMP}): ([A-Z]+): (.*)$")
_RACOON_PEER = re.compile(rf"^({_STAMP})(: \[[0-9a-f.:]+\] [A-Z]+: .*)$")
_VRP = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d) ")
_IKED_OFFSET = 8 * 3600  # the recorded gateways print UTC+8, the other daemons' lab clock was UTC

Mapper = Callable[[float], float]


def parse_local(stamp: str, offset: int = 0) -> float:
    return calendar.timegm(time.strptime(stamp, "%Y-%m-%d %H:%M:%S")) - offset


def print_local(epoch: float, offset: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(int(epoch // 1) + offset))


@dataclass
class Envelope:
    """How a connection's gateway prints: identifier, local time, charon's tags kept or not."""

    connection_id: str
    offset: int = _IKED_OFFSET
    keep_tags: bool = False


@dataclass
class Session:
    name: str
    family: str
    lines: list[str] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)

    @property
    def cloud(self) -> str:
        return "huawei" if self.family == "vrp" else "alibaba"

    @property
    def first(self) -> float:
        return self.moments[0] if self.moments else 0.0

    @property
    def last(self) -> float:
        return self.moments[-1] if self.moments else 0.0

    @staticmethod
    def _again(match: re.Match[str], mapper: Mapper, envelope: Envelope) -> str:
        stamp = print_local(mapper(parse_local(match[1], _IKED_OFFSET)), envelope.offset)
        # A record glued onto another has no connection in front of it.
        return f"{stamp} {envelope.connection_id} " if match[2] or match.start() == 0 else f"{stamp} "

    def render(self, index: int, mapper: Mapper, envelope: Envelope) -> str:
        """Line ``index`` with every stamp sent through ``mapper`` (old epoch to new epoch)."""
        line = self.lines[index]
        if self.family.startswith("iked"):
            return _IKED.sub(lambda match: self._again(match, mapper, envelope), line)
        if self.family == "charon":
            match = _CHARON.match(line)
            if match:
                stamp = print_local(mapper(parse_local(match[1])), envelope.offset)
                tag = (match[3] or "") if envelope.keep_tags else ""
                return f"{stamp} {envelope.connection_id} [{match[2]}] {tag}{match[4]}"
        elif self.family == "racoon":
            match = _RACOON.match(line)
            if match:
                stamp = print_local(mapper(parse_local(match[1])), envelope.offset)
                return f"{stamp} {envelope.connection_id} [{match[2]}]: {match[3]}"
            match = _RACOON_PEER.match(line)
            if match:  # a second form that has the peer in front; it stays bare
                return f"{print_local(mapper(parse_local(match[1])), envelope.offset)}{match[2]}"
        else:
            match = _VRP.match(line)
            if match:
                moment = dt.datetime.fromtimestamp(mapper(_vrp_epoch(match[1])), dt.timezone.utc)
                return f"{moment.strftime('%Y-%m-%dT%H:%M:%S.%f')}+00:00 {line[match.end() :]}"
        return line


def _vrp_epoch(stamp: str) -> float:
    return dt.datetime.fromisoformat(stamp).timestamp()


def _moment(family: str, line: str) -> float | None:
    if family.startswith("iked"):
        match = _IKED.match(line)
        return parse_local(match[1], _IKED_OFFSET) if match else None
    match = {"charon": _CHARON, "racoon": _RACOON}.get(family, _VRP).match(line)
    if not match and family == "racoon":
        match = _RACOON_PEER.match(line)
    if not match:
        return None
    return _vrp_epoch(match[1]) if family == "vrp" else parse_local(match[1])


def names() -> list[str]:
    """All sessions, as ``folder/file`` without ``.log``."""
    return sorted(f"{path.parent.name}/{path.stem}" for path in CORPUS.glob("*/*.log"))


@cache
def load(name: str) -> Session:
    """The session ``name``; KeyError when the corpus has none of that name."""
    if not re.fullmatch(r"[a-z-]+/[A-Za-z0-9_.-]+", name) or not (CORPUS / f"{name}.log").is_file():
        raise KeyError(f"no session {name!r} in the corpus")
    session = Session(name=name, family=name.split("/")[0])
    text = (CORPUS / f"{name}.log").read_text(encoding="utf-8", errors="replace")
    session.lines = text.split("\n")
    if session.lines and session.lines[-1] == "":
        session.lines.pop()
    found = [_moment(session.family, line) for line in session.lines]
    current = next((moment for moment in found if moment is not None), 0.0)
    for moment in found:
        # Never backwards: the order of the file is the order of the log.
        current = current if moment is None else max(current, moment)
        session.moments.append(current)
    return session
