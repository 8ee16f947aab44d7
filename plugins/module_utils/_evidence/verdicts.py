# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Which connections are as expected: rows, pairs, and the words for people."""

from __future__ import annotations

import calendar
import time
from typing import AbstractSet, Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.calls import (
    FACTS,
    Call,
    Connection,
    check_connections,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._text import visible
from ansible_collections.netops.cloud_vpn.plugins.module_utils._validate import quoted

Row = Dict[str, Any]
"""id, provider, region, pair, complete, passed, state, reason, phase, persistent, since, last_event, flaps, hint, problem, error,
lasting, server_time, window_since, record. `state` is that of the HEALTH, or `unread` when there is no record. `problem`: why it did not pass."""
Verdict = Dict[str, Any]
"""passed, settled, hopeless, summary, expected, connections ([Row]), pairs."""

STATES = ("up", "degraded", "negotiating", "down", "unknown")
UNREAD = "unread"
_WORST = (UNREAD, "down", "negotiating", "unknown", "degraded", "up")
# A look later changes nothing about these.
_LASTING = ("options", "dependency", "auth", "permission", "not_found", "unsupported", "unreachable", "broken")
_AHEAD = 300.0


def judge_reads(
    connections: Any,
    calls: Sequence[Call],
    results: Iterable[Any],
    *,
    accept: Sequence[str] = ("up",),
    unknown_fails: bool = True,
    max_age: float = 600.0,
    now: Optional[float] = None,
) -> Verdict:
    """Judge what the module calls returned. `results` are registered results whose `item` is the number of the call.

    `accept`: states that pass; `unknown` passes only with `unknown_fails` off. A record that is missing, incomplete,
    or older than `max_age` seconds never passes. Raises ValueError.
    """
    strangers = sorted(set(accept) - set(STATES[:4]))
    if strangers or not accept:
        raise ValueError(
            f"states that pass: {', '.join(map(quoted, strangers)) or 'none'} given; allowed are {', '.join(STATES[:4])}"
        )
    wanted = check_connections(connections)
    records, errors = _collect(calls, results)
    clock = time.time() if now is None else now
    passing = set(accept) | (set() if unknown_fails else {"unknown"})
    rows = [_row(one, records.get(one["id"]), errors.get(one["id"]), passing, max_age, clock) for one in wanted]
    pairs = _pairs(rows)
    expected = " or ".join(one for one in STATES if one in passing)
    return {
        "passed": all(row["passed"] for row in rows),
        # Silence right after a change is no reason to stop looking, even where it may pass in the end.
        "settled": all(row["passed"] and row["state"] != "unknown" for row in rows),
        "lasting": any(row["lasting"] for row in rows),
        "hopeless": any(not row["passed"] and row["state"] == "down" and row["persistent"] for row in rows),
        "expected": expected,
        "summary": summarize(rows, pairs, expected),
        "connections": rows,
        "pairs": pairs,
    }


def _collect(calls: Sequence[Call], results: Iterable[Any]) -> Tuple[Dict[str, Any], Dict[str, Dict[str, Any]]]:
    by_number = {call["number"]: call for call in calls}
    records: Dict[str, Any] = {}
    errors: Dict[str, Dict[str, Any]] = {}
    for result in results:
        call = by_number.get(result.get("item")) if isinstance(result, Mapping) else None
        if call is None:
            continue
        facts = result.get("ansible_facts")
        found = facts.get(FACTS[call["provider"]]) if isinstance(facts, Mapping) and not _failed(result) else None
        times = [one.get("server_time") for one in found.values()] if isinstance(found, Mapping) else []
        if isinstance(found, Mapping):
            for connection_id in call["ids"]:
                if isinstance(found.get(connection_id), Mapping):
                    # The earliest of the call for all of them, so that a marker keeps them in one call.
                    records[connection_id] = (found[connection_id], min(filter(None, times), default=None))
                    errors.pop(connection_id, None)
            continue
        named = result.get("errors") if isinstance(result.get("errors"), Mapping) else {}
        # Without an error of ours the module never ran: the host is away, or its Python cannot run it.
        strange = {"kind": "unreachable" if result.get("unreachable") else "broken"}
        general = result.get("error") if isinstance(result.get("error"), Mapping) else strange
        for connection_id in call["ids"]:
            if named and connection_id not in named:
                # Not read because of the others; a second call gets it.
                errors.setdefault(connection_id, _error(None, "not read, as the call failed for other VPN connections"))
            else:
                errors[connection_id] = _error(
                    named.get(connection_id) or general, str(result.get("msg") or "no result")
                )
    return records, errors


def _failed(result: Mapping[str, Any]) -> bool:
    """Also with `failed_when: false`, which leaves nothing of a failure but its error."""
    return any(result.get(key) for key in ("failed", "unreachable", "error", "errors"))


def _error(error: Optional[Mapping[str, Any]], message: str) -> Dict[str, Any]:
    known = dict(error or {})
    known.setdefault("kind", None)
    known["message"] = str(known.get("message") or message)
    return known


def _row(
    one: Connection,
    read: Optional[Tuple[Mapping[str, Any], Optional[str]]],
    error: Optional[Dict[str, Any]],
    passing: AbstractSet[str],
    max_age: float,
    now: float,
) -> Row:
    record, server_time = read or (None, None)
    health: Mapping[str, Any] = (record or {}).get("health") or {}
    if health.get("state") not in STATES:
        record = None
    state = str(health.get("state")) if record else UNREAD
    if record is None and error is None:
        error = _error(None, "there is no record of it")
    if record is None:
        problem: Optional[str] = "could not be read"
    elif state not in passing:
        problem = f"is {state}"
    elif record.get("complete") is not True:
        problem = f"is {state}, but its log is incomplete"
    else:
        problem = _stale(record.get("fetched_at"), max_age, now, state)
    return {
        "id": one["id"],
        "provider": one["provider"],
        "region": (record or {}).get("region") or one["region"],
        "pair": one["pair"],
        "complete": record is not None and record.get("complete") is True,
        "passed": problem is None,
        "state": state,
        **{key: health.get(key) for key in ("reason", "phase", "persistent", "since", "last_event", "flaps", "hint")},
        "problem": problem,
        "error": error if record is None else None,
        "lasting": record is None and (error or {}).get("kind") in _LASTING,
        "server_time": server_time,
        "window_since": ((record or {}).get("window") or {}).get("since"),
        "record": record,
    }


def _stale(fetched_at: Any, max_age: float, now: float, state: str) -> Optional[str]:
    try:
        fetched = calendar.timegm(time.strptime(str(fetched_at)[:19], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return f"is {state}, but nobody knows when it was read"
    age = now - fetched
    if -_AHEAD <= age <= max_age:
        return None
    return f"is {state}, but its record is {age:.0f} s old (or the clocks of the machines differ)"


def _pairs(rows: Sequence[Row]) -> List[Dict[str, Any]]:
    named: Dict[str, List[Row]] = {}
    for row in rows:
        if row["pair"]:
            named.setdefault(row["pair"], []).append(row)
    pairs = []
    for name, ends in named.items():
        states = [row["state"] for row in ends]
        worst = min(states, key=_WORST.index)
        passed = all(row["passed"] for row in ends)
        # An end whose log is cut or old is not known to be up, whatever its last line says.
        doubtful = worst == "up" and not passed
        pairs.append(
            {
                "name": name,
                "state": "unknown" if doubtful else worst,
                "passed": passed,
                "ends": [row["id"] for row in ends],
                "text": ", ".join(f"{row['id']} {row['state']}" for row in ends),
            }
        )
    return pairs


def sentence(row: Row) -> str:
    """One row in words: state, reason, hint. Fit for a terminal, whatever a service put into its message."""
    who = row["id"] + (f" (pair {visible(row['pair'])})" if row["pair"] else "")
    text = f"{who} {row['problem'] or 'is ' + str(row['state'])}"
    if row["error"]:
        return f"{text}: {visible(row['error']['message'])}"
    if row["reason"]:
        text += f": {row['reason']}"
        text += f" in phase {row['phase']}" if row["phase"] else ""
    text += ", will not heal by itself." if row["persistent"] and row["problem"] else "."
    return f"{text} {row['hint']}" if row["hint"] else text


def summarize(rows: Sequence[Row], pairs: Sequence[Mapping[str, Any]], expected: str) -> List[str]:
    """The summary as lines: a head, a line for each connection that is not as expected, a line for each such pair."""
    bad = [row for row in rows if not row["passed"]]
    total = len(rows)
    if not bad:
        who = "The VPN connection is" if total == 1 else f"All {total} VPN connections are"
        return [f"{who} as expected ({expected})."]
    verb = "is" if len(bad) == 1 else "are"
    who = "The VPN connection is" if total == 1 else f"{len(bad)} of {total} VPN connections {verb}"
    lines = [f"{who} not as expected ({expected})."]
    lines += [sentence(row) for row in bad]
    lines += [
        f"Pair {visible(pair['name'])} is not up at both ends: {pair['text']}." for pair in pairs if not pair["passed"]
    ]
    return lines


def progress(verdict: Verdict, seconds_left: float) -> List[str]:
    """A line per connection: ID, state, reason, seconds left."""
    width = max(len(row["id"]) for row in verdict["connections"])
    left = f"{max(0, round(seconds_left))} s left"
    lines = []
    for row in verdict["connections"]:
        if row["error"]:
            why = str(row["error"].get("kind") or "-")
        else:
            why = row["reason"] or ("-" if row["complete"] else "incomplete")
        done = "ok" if row["passed"] else "waiting"
        lines.append(f"{row['id']:<{width}}  {row['state']:<11}  {why:<26}  {done:<7}  {left}")
    return lines
