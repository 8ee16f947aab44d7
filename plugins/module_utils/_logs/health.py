# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The verdict: entries in, one HEALTH out."""

from __future__ import annotations

import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Match, Reading
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialects import (
    RACOON,
    Family,
    Reader,
    family_of,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import Entry
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.reasons import REASONS, SILENT, clean
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.tracker import Tunnel

Health = t.Dict[str, t.Any]
"""state, reason, phase, persistent, since, last_event, flaps, time_to_up, hint, evidence."""

_WORST = ("down", "negotiating", "unknown", "degraded", "up")
_SILENT_EVENTS = frozenset(("config", "proposal"))


class Judge:
    """Reads entries one by one; the verdict can be asked for at any moment."""

    def __init__(self) -> None:
        self.tunnel = Tunnel()
        self._readers: t.Dict[str, Reader] = {}
        self._speaking: t.Optional[Family] = None
        self._isakmp: t.Optional[Family] = None
        self._last_event: t.Optional[Entry] = None

    def read(self, entry: Entry, match: t.Optional[Match] = None) -> t.Optional[Reading]:
        """Take in the next entry, oldest first; what it says when its text alone cannot tell.

        ``match``: the row of the entry's own family, when it is known already.
        """
        if self.tunnel.first_line is None:
            self.tunnel.first_line = entry
        event = entry["event"]
        if event == "other" and not (match and match.rule.act):
            return None
        if event not in _SILENT_EVENTS:
            self._last_event = entry
        own = family_of(entry["provider"], entry["source"], entry["level"])
        family = own
        if entry["source"] is None and self._speaking is not None:
            family = self._speaking  # a torn line is no other daemon
        if event == "daemon_started":
            self._isakmp = None
        if family.name == "isakmp":
            family = self._isakmp = family if family.daemon == RACOON else self._isakmp or family
        if match is None or family is not own:
            match = family.find(entry["message"])
        if match is None or not match.rule.act:
            return None
        if self._speaking is not family:
            if self._speaking is not None and self._speaking.name != family.name:
                self._readers[self._speaking.name].abandon()
                self.tunnel.forget(entry)
            self._speaking = family
        reader = self._readers.get(family.name)
        if reader is None:
            reader = self._readers[family.name] = family.reader(self.tunnel)
        told = reader.read(match, entry)
        self.tunnel.settle(entry)
        return told

    def health(self, since: t.Optional[float] = None) -> Health:
        """The verdict over what was read; ``since``: begin of the window, epoch seconds."""
        tunnel = self.tunnel
        blame = tunnel.blame if tunnel.state != "up" else None
        name = clean(blame.reason) if blame else None
        reason = REASONS[name] if name else None
        return {
            "state": tunnel.state,
            "reason": name,
            "phase": blame.phase if blame else None,
            "persistent": reason.persistent if reason else None,
            "since": tunnel.since["timestamp"] if tunnel.since else None,
            "last_event": self._last_event["timestamp"] if self._last_event else None,
            "flaps": tunnel.flaps,
            "time_to_up": self._time_to_up(since),
            "hint": reason.hint if reason else SILENT if tunnel.state == "unknown" else None,
            "evidence": sorted(
                ({"timestamp": one["timestamp"], "message": one["message"]} for one in tunnel.evidence.values()),
                key=lambda one: str(one["timestamp"] or ""),
            ),
        }

    def _time_to_up(self, since: t.Optional[float]) -> t.Optional[float]:
        up, begun = self.tunnel.first_up, self.tunnel.first_attempt
        if up is None or up["epoch"] is None:
            return None
        start = begun["epoch"] if begun is not None and begun["epoch"] is not None else since
        return None if start is None else round(max(0.0, up["epoch"] - start), 6)


class Followed(t.List[Entry]):
    """Entries that a judge has read, oldest first; a verdict over all of them needs no second reading."""

    def __init__(self, entries: t.Sequence[Entry], matches: t.Sequence[t.Optional[Match]]) -> None:
        """``matches``: the row of each entry's own family. Entries are numbered, and what an entry says is corrected where
        that depends on the ones before, as with a new SA that renews another."""
        super().__init__(entries)
        self.judge = Judge()
        self.read = len(self)
        for sequence, (entry, match) in enumerate(zip(entries, matches)):
            entry["sequence"] = sequence
            if match is not None or not sequence:
                told = self.judge.read(entry, match)
                if told is not None:
                    entry["event"], entry["phase"], reason = told
                    entry["reason"] = clean(reason)


def judge(entries: t.Iterable[Entry], *, since: t.Optional[float] = None) -> Health:
    """HEALTH over all entries of one tunnel, oldest first. ``since``: begin of the window, epoch seconds."""
    if isinstance(entries, Followed) and len(entries) == entries.read:
        return entries.judge.health(since)
    judge_ = Judge()
    for entry in entries:
        judge_.read(entry)
    return judge_.health(since)


def judge_each(entries: t.Sequence[Entry]) -> Health:
    """HEALTH over entries of any number of connections and tunnels, each judged on its own, in either direction of time."""
    known = [entry["epoch"] for entry in entries if entry["epoch"] is not None]
    if known and known[-1] < known[0]:
        entries = entries[::-1]
    logs: t.Dict[t.Tuple[t.Any, ...], t.List[Entry]] = {}
    for entry in entries:
        logs.setdefault((entry["provider"], entry["connection_id"], entry["tunnel_id"]), []).append(entry)
    return combine({name: judge(log) for name, log in logs.items()}) if len(logs) > 1 else judge(entries)


def combine(healths: t.Mapping[t.Any, Health]) -> Health:
    """One HEALTH for a connection with several tunnels: up when all are up, degraded when some are, else the worst.

    Reason, phase, hint, and evidence are those of the worst tunnel; ``flaps`` counts those of all.
    """
    if not healths:
        return Judge().health()
    ordered = sorted(healths.values(), key=lambda one: _WORST.index(one["state"]))
    worst = dict(ordered[0])
    passing = [one for one in ordered if one["state"] in ("up", "degraded")]
    if passing and worst["state"] not in ("up", "degraded"):
        worst["state"] = "degraded"
    events = [one["last_event"] for one in ordered if one["last_event"]]
    # Without the Z, as "32.5" would come before "32Z".
    worst["last_event"] = max(events, key=lambda one: one.rstrip("Z")) if events else None
    worst["flaps"] = sum(one["flaps"] for one in ordered)
    times = [one["time_to_up"] for one in ordered]
    worst["time_to_up"] = None if None in times else max(times)
    return worst
