# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Fetch, parse, judge, for many connections: the only room that sees both a provider and the log code."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import CloudVpnError, DeadlineError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import combine, judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.opener import Opener
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_batches
from ansible_collections.netops.cloud_vpn.plugins.module_utils._provider import Provider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._query import Query, compile_query
from ansible_collections.netops.cloud_vpn.plugins.module_utils._records import (
    Entry,
    Health,
    Record,
    make_record,
    merge_tunnels,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window, Windows

Warn = Callable[[str], None]
# Called after each unsuccessful look of a wait: seconds left, HEALTH per connection read so far.
Progress = Callable[[float, Mapping[str, Health]], None]

# Errors that a later look cannot heal although they are not about the task as a whole.
_LASTING_KINDS = ("permission", "not_found", "unsupported")
# Events whose peer is the remote gateway; lines about an IPsec SA name either end first.
_OF_A_PEER = ("ike_sa_established", "negotiation_failed")


class CollectError(Exception):
    """Some connections could not be read, or a wait ended without all of them up.

    `error` is the first error, or the DeadlineError of the wait. `errors` has one per failed connection, `health` the
    last HEALTH of each connection (a wait only), `records` what could be read all the same.
    """

    def __init__(
        self,
        message: str,
        error: CloudVpnError,
        errors: Mapping[str, CloudVpnError],
        records: Mapping[str, Record],
        health: Optional[Mapping[str, Health]] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.error = error
        self.errors = dict(errors)
        self.records = dict(records)
        self.health = None if health is None else dict(health)


@dataclass
class _Outcome:
    """Of one round: each connection has a record or an error."""

    records: Dict[str, Record] = field(default_factory=dict)
    errors: Dict[str, CloudVpnError] = field(default_factory=dict)
    warnings: List[str] = field(default_factory=list)


class _Collector:
    """State of one task: what to read, and what was said already."""

    def __init__(self, provider: Provider, options: Mapping[str, Any], query: Optional[Query], warn: Warn) -> None:
        self._provider = provider
        self._options = options
        self._ids: List[str] = list(options["vpn_connection_ids"])
        self._tunnels: List[str] = list(options.get("tunnel_ids") or [])
        self._query = query
        self._warn = warn
        self._warned: Dict[str, None] = {}
        self._prepared = False
        self._fatal: Optional[CloudVpnError] = None

    def look(self, windows: Windows, seconds: float) -> _Outcome:
        """One round; a second one when its answers tell that our clock is behind, so that the window ended too early."""
        now = windows.now()
        window = windows.at(now)
        outcome = self._round(window, now, seconds)
        windows.put_forward(self._provider.server_time())
        if windows.at(now) != window and outcome.records:
            outcome = self._round(windows.at(now), now, seconds)
            outcome.warnings.insert(0, windows.warning)
        for text in outcome.warnings:
            if text not in self._warned:
                self._warned[text] = None
                self._warn(text)
        return outcome

    def _round(self, window: Window, now: float, seconds: float) -> _Outcome:
        """Read every connection once, within `seconds` altogether."""
        deadline = Deadline(seconds)
        if not self._prepared:
            try:
                self._provider.prepare(deadline)
            except CloudVpnError as exc:
                return _Outcome(errors=dict.fromkeys(self._ids, exc))
            self._prepared = True
        # The first connection goes alone: if the key is wrong, it is tried once and not once per connection.
        results = {self._ids[0]: self._attempt(self._ids[0], window, now, deadline)}
        results.update(self._in_parallel(self._ids[1:], window, now, deadline))
        outcome = _Outcome()
        for connection_id in self._ids:
            record, error, warnings = results[connection_id]
            outcome.warnings += warnings
            if error is not None:
                outcome.errors[connection_id] = error
            elif record is not None:
                outcome.records[connection_id] = record
        return outcome

    def _in_parallel(self, ids: List[str], window: Window, now: float, deadline: Deadline) -> Dict[str, Any]:
        if not ids:
            return {}
        executor = ThreadPoolExecutor(max_workers=min(len(ids), int(self._options["concurrency"])))
        try:
            futures: Dict[str, Future[Any]] = {
                connection_id: executor.submit(self._attempt, connection_id, window, now, deadline)
                for connection_id in ids
            }
            return {connection_id: future.result() for connection_id, future in futures.items()}
        finally:
            # On an interrupt: drop what has not begun, do not wait for what has (closing the provider ends it).
            executor.shutdown(wait=False, cancel_futures=True)

    def _attempt(
        self, connection_id: str, window: Window, now: float, deadline: Deadline
    ) -> Tuple[Optional[Record], Optional[CloudVpnError], List[str]]:
        if self._fatal is not None:
            return None, self._fatal, []
        try:
            record, warnings = self._read(connection_id, window, now, deadline)
        except CloudVpnError as exc:
            if exc.ends_task:
                self._fatal = exc
            return None, exc, []
        return record, None, warnings

    def _read(self, connection_id: str, window: Window, now: float, deadline: Deadline) -> Tuple[Record, List[str]]:
        provider, options = self._provider, self._options
        wanted: List[Optional[str]] = list(self._tunnels) or [None]
        streams: Dict[Optional[str], List[Entry]] = {}
        warnings: List[str] = []
        complete = True
        for tunnel_id in wanted:
            opener = Opener(provider.name)
            fetched = provider.fetch(connection_id, tunnel_id, window, deadline, opener.arrive)
            parsed = parse_batches(
                fetched.batches,
                provider=provider.name,
                connection_id=connection_id,
                tunnel_id=tunnel_id,
                log_timezone=options.get("log_timezone") or "auto",
                opener=opener,
            )
            streams[tunnel_id] = parsed.entries
            warnings += list(fetched.warnings) + list(parsed.warnings)
            complete = complete and fetched.complete
        verdicts = {tunnel_id: judge(entries, since=window.since) for tunnel_id, entries in streams.items()}
        several = None if self._tunnels else _several_peers(connection_id, streams[None])
        warnings += [several] if several else []
        tunnels = {tunnel_id: health for tunnel_id, health in verdicts.items() if tunnel_id is not None}
        record = make_record(
            provider.name,
            connection_id,
            provider.region,
            window,
            now,
            provider.server_time(),
            complete,
            merge_tunnels(streams) if tunnels else streams[None],
            combine(tunnels) if tunnels else verdicts[None],
            tunnels,
            int(options["limit"]),
            self._query,
        )
        return record, warnings


def collect(
    provider: Provider,
    options: Mapping[str, Any],
    warn: Warn,
    progress: Optional[Progress] = None,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Dict[str, Record]:
    """Read all connections of `options` (validated) and return connection ID -> RECORD.

    With `wait`, rounds are repeated until every connection is up, by a complete log. All connections are tried even when one fails.
    Raises CollectError; OptionsError for a window that does not fit.
    """
    query = compile_query(options.get("query"))
    windows = Windows(options, provider.default_since, clock)
    collector = _Collector(provider, options, query, warn)
    if not options.get("wait"):
        outcome = collector.look(windows, float(options["deadline"]))
        if outcome.errors:
            raise _failed(outcome)
        return outcome.records

    ends = monotonic() + float(options["wait_timeout"])
    health: Dict[str, Health] = {}
    while True:
        # The last look may begin just before the end: one request's time is left to it.
        seconds = min(float(options["deadline"]), max(ends - monotonic(), float(options["timeout"])))
        outcome = collector.look(windows, seconds)
        health.update({connection_id: record["health"] for connection_id, record in outcome.records.items()})
        if any(not may_heal(error) for error in outcome.errors.values()):
            raise _failed(outcome, health)
        if not outcome.errors and all(_is_up(record) for record in outcome.records.values()):
            return outcome.records
        hopeless = [key for key, record in outcome.records.items() if _is_hopeless(record["health"])]
        if hopeless and options.get("wait_fail_fast"):
            raise _not_up(outcome, health, "WaitFailFast", "and will not be until a configuration is changed")
        remaining = ends - monotonic()
        if remaining <= 0:
            raise _not_up(outcome, health, "WaitTimeout", "after {} s".format(options["wait_timeout"]))
        if progress is not None:
            progress(remaining, health)
        sleep(min(float(options["wait_sleep"]), remaining))


def _several_peers(connection_id: str, entries: List[Entry]) -> Optional[str]:
    """What to warn of if the log may be that of two tunnels, one of which hides how the other one is."""
    peers = dict.fromkeys(
        entry["peer"] for entry in entries if entry["peer"] and entry["phase"] == 1 and entry["event"] in _OF_A_PEER
    )
    if len(peers) < 2:
        return None
    named = ", ".join(list(peers)[:5])
    return (
        f"The log of {connection_id} speaks of {len(peers)} peers ({named}), and the verdict is on all of them together. Give "
        "tunnel_ids if it has two tunnels, to have each of them judged."
    )


def may_heal(error: CloudVpnError) -> bool:
    """Whether it is worth to ask again after `error`: a service that is down comes back, a wrong password does not."""
    if error.ends_task or error.kind in _LASTING_KINDS:
        return False
    return error.retryable or error.kind in ("throttled", "timeout", "protocol")


def _is_up(record: Record) -> bool:
    return bool(record["health"]["state"] == "up" and record["complete"])


def _is_hopeless(health: Health) -> bool:
    return bool(health["state"] == "down" and health.get("persistent"))


def _failed(outcome: _Outcome, health: Optional[Mapping[str, Health]] = None) -> CollectError:
    errors = outcome.errors
    lasting = [error for error in errors.values() if not may_heal(error)]
    first = next(iter(lasting if health is not None and lasting else errors.values()))
    total = len(errors) + len(outcome.records)
    if first.ends_task:
        message = first.message
    elif total == 1:
        message = _named(next(iter(errors)), first)
    else:
        named = " ".join(_named(connection_id, error) for connection_id, error in errors.items())
        message = f"{len(errors)} of {total} VPN connections could not be read. {named}"
    return CollectError(message, first, errors, outcome.records, health)


def _named(connection_id: str, error: CloudVpnError) -> str:
    return error.message if connection_id in error.message else f"{connection_id}: {error.message}"


def _not_up(outcome: _Outcome, health: Mapping[str, Health], code: str, ending: str) -> CollectError:
    parts = []
    for connection_id in list(outcome.records) + list(outcome.errors):
        error = outcome.errors.get(connection_id)
        if error is not None:
            parts.append(f"The last look failed. {_named(connection_id, error)}")
        elif not _is_up(outcome.records[connection_id]):
            parts.append(_in_words(connection_id, health[connection_id]))
    total = len(outcome.records) + len(outcome.errors)
    who = (
        "The VPN connection is"
        if total == 1
        else f"{len(parts)} of {total} VPN connections {'is' if len(parts) == 1 else 'are'}"
    )
    message = f"{who} not up {ending}: {' '.join(parts)}"
    return CollectError(message, DeadlineError(message, code=code), outcome.errors, outcome.records, health)


def _in_words(connection_id: str, health: Health) -> str:
    why = f" ({health['reason']})" if health.get("reason") else ""
    hint = f" {health['hint']}" if health.get("hint") else ""
    # Up is named here only when lines may be missing.
    but = ", but its log may lack lines" if health["state"] == "up" else ""
    return f"{connection_id} is {health['state']}{why}{but}.{hint}"
