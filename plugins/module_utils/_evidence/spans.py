# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a timeline shows: from the entries of a record to spans and marks, by the same reader that makes the verdict."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import Judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import parse_instant


class Span(NamedTuple):
    """From `start` to `stop` (epoch seconds) the phase was in `state`."""

    start: float
    stop: float
    state: str


class Mark(NamedTuple):
    """Something that happened `times` times at about `at` (epoch seconds). `kind`: failed, rekeyed, silent, lost."""

    at: float
    phase: int
    kind: str
    times: int


class Lane(NamedTuple):
    """One end (or one tunnel of it) of the drawing."""

    connection_id: str
    tunnel_id: Optional[str]
    phase1: List[Span]
    phase2: List[Span]
    marks: List[Mark]


_FAILED = ("negotiation_failed", "rekey_failed")
_SILENT = ("dpd_timeout", "peer_unresponsive")
_GONE = ("sa_deleted", "sa_expired")
_ENDED = ("daemon_started", "daemon_stopped", "tunnel_down", "dpd_timeout")


def instant(text: Any) -> Optional[float]:
    """Epoch seconds of an ISO time of a record, None for anything else."""
    try:
        return None if text is None else parse_instant(str(text), 0.0, "time")
    except OptionsError:
        return None


def domain(records: List[Mapping[str, Any]]) -> Tuple[float, float]:
    """Begin and end of the time axis for the records of one tunnel: their windows, or their entries if those know more."""
    starts: List[float] = []
    stops: List[float] = []
    for record in records:
        window = record.get("window") or {}
        epochs = [float(one["epoch"]) for one in record.get("logs") or [] if one.get("epoch") is not None]
        since = instant(window.get("since"))
        starts += [since] if since is not None else epochs[:1]
        until = instant(window.get("until"))
        stops += ([until] if until is not None else []) + ([max(epochs)] if epochs else [])
    stop = max(stops, default=0.0)
    start = min(starts, default=stop - 60.0)
    return (start, stop) if stop > start else (start, start + 1.0)


def lanes(record: Mapping[str, Any], start: float, stop: float) -> List[Lane]:
    """One lane for the connection, or one per tunnel when it was read tunnel by tunnel."""
    entries: List[Dict[str, Any]] = list(record.get("logs") or [])
    tunnels = list(record.get("tunnels") or {})
    if not tunnels:
        return [_lane(record, None, entries, start, stop)]
    return [
        _lane(record, tunnel, [one for one in entries if one.get("tunnel_id") == tunnel], start, stop)
        for tunnel in tunnels
    ]


class _Track:
    """Spans of one phase, built while time goes on."""

    def __init__(self, start: float, state: str) -> None:
        self.spans: List[Span] = []
        self.state = state
        self._since = start

    def turn(self, at: float, state: str) -> None:
        if state == self.state:
            return
        if at > self._since:
            self.spans.append(Span(self._since, at, self.state))
        self.state = state
        self._since = max(at, self._since)

    def finish(self, stop: float) -> List[Span]:
        if stop > self._since:
            self.spans.append(Span(self._since, stop, self.state))
        return self.spans


def _lane(
    record: Mapping[str, Any], tunnel_id: Optional[str], entries: List[Dict[str, Any]], start: float, stop: float
) -> Lane:
    judge = Judge()
    phase1, phase2 = _Track(start, "unknown"), _Track(start, "unknown")
    standing = 0
    found: List[Tuple[float, int, str]] = []
    at = start
    for entry in entries:
        if entry.get("epoch") is not None:
            at = min(max(at, float(entry["epoch"])), stop)
        before = judge.tunnel.standing
        judge.read(entry)
        event, phase = entry.get("event"), entry.get("phase")
        kind = _kind(event, phase, before, judge.tunnel.standing, standing)
        if kind:
            found.append((at, 1 if phase == 1 else 2, kind))
        standing = _ike_sas(standing, event, phase)
        up = judge.tunnel.state in ("up", "degraded")
        if standing or up:
            phase1.turn(at, "up")
        elif phase1.state == "up" or event in _FAILED:
            phase1.turn(at, "down" if event not in ("negotiation_started",) else "negotiating")
        elif event == "negotiation_started":
            phase1.turn(at, "negotiating")
        phase2.turn(at, judge.tunnel.state)
    marks = _thin(found, (stop - start) / 150.0)
    return Lane(str(record["connection_id"]), tunnel_id, phase1.finish(stop), phase2.finish(stop), marks)


def _ike_sas(standing: int, event: Any, phase: Any) -> int:
    """How many IKE SAs stand after the event; a re-key makes the new one before it deletes the old."""
    if event == "ike_sa_established":
        return min(standing + 1, 2)
    if event in _ENDED:
        return 0
    if event in _GONE and phase == 1:
        return max(0, standing - 1)
    return standing


def _kind(event: Any, phase: Any, before: bool, after: bool, ike_sas: int) -> Optional[str]:
    if event in _FAILED:
        return "failed"
    if event in _SILENT:
        return "silent"
    if before and not after:
        return "lost"
    again = (event == "tunnel_established" and before) or (event == "ike_sa_established" and ike_sas > 0)
    return "rekeyed" if event == "rekeyed" or again else None


def _thin(found: List[Tuple[float, int, str]], width: float) -> List[Mark]:
    """Marks that would lie upon each other as one with a count."""
    marks: List[Mark] = []
    newest: Dict[Tuple[int, str], int] = {}
    for at, phase, kind in found:
        place = newest.get((phase, kind))
        if place is not None and at - marks[place].at < width:
            marks[place] = marks[place]._replace(times=marks[place].times + 1)
            continue
        newest[phase, kind] = len(marks)
        marks.append(Mark(at, phase, kind, 1))
    return marks
