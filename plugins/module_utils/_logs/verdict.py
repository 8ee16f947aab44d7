# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Whether a tunnel may be called up: the question that assertions ask. Whatever is missing, stale, or cut is not up."""

from __future__ import annotations

import calendar
import time
import typing as t

STATES = ("up", "degraded", "negotiating", "down", "unknown")
INCOMPLETE = "incomplete"
_AHEAD = 300.0
"""Seconds a record may come from the future before its age is not believed."""


def is_up(
    value: t.Any,
    *,
    expected: t.Optional[t.Sequence[str]] = None,
    allow: t.Sequence[str] = (),
    max_age: t.Optional[float] = None,
    now: t.Optional[float] = None,
) -> bool:
    """True when everything asked about is up.

    ``value``: a RECORD, a HEALTH, or the whole fact, a dict of connection ID to RECORD; an empty fact is not up.
    ``expected``: connection IDs that must be there and up; others are not looked at.
    ``allow``: further states that pass, and ``incomplete`` for records whose log may lack lines.
    ``max_age``: seconds since ``fetched_at``; an older record is not up.
    Raises ValueError for a value of another shape and for an argument that cannot be meant.
    """
    passing = {"up", *_words(allow, "allow")}
    unknown = sorted(passing - {*STATES, INCOMPLETE})
    if unknown:
        raise ValueError(f"allow: {', '.join(unknown)} is none of {', '.join((*STATES[1:], INCOMPLETE))}")
    if max_age is not None and (isinstance(max_age, bool) or not isinstance(max_age, (int, float)) or max_age < 0):
        raise ValueError(f"max_age: {max_age!r} is not a number of seconds")
    wanted = None if expected is None else _words(expected, "expected")
    if wanted == []:
        raise ValueError("expected: an empty list expects nothing, and nothing is never up")
    clock = time.time() if now is None else now
    if not isinstance(value, t.Mapping):
        raise ValueError(f"{type(value).__name__} is neither a record, a health, nor a dict of records")
    if "passed" in value and "state" in value:
        raise ValueError(
            "this is a row of what vpn_verdicts returns; what it passed by is more than its state, so ask for its 'passed'"
        )
    if isinstance(value.get("state"), str):
        if wanted is not None or max_age is not None:
            raise ValueError(
                "expected and max_age need a record or the whole fact: a health knows neither its connection nor its age"
            )
        return value["state"] in passing
    if "health" in value and "connection_id" in value:
        return (wanted is None or set(wanted) == {value["connection_id"]}) and _record_is_up(
            value, passing, max_age, clock
        )
    strangers = [key for key, record in value.items() if not (isinstance(record, t.Mapping) and "health" in record)]
    if strangers:
        raise ValueError(f"{strangers[0]!r} holds no record of VPN connection logs")
    asked = list(value) if wanted is None else wanted
    return bool(asked) and all(one in value and _record_is_up(value[one], passing, max_age, clock) for one in asked)


def _words(value: t.Any, name: str) -> t.List[str]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, (list, tuple, set, frozenset)) or not all(isinstance(one, str) for one in words):
        raise ValueError(f"{name}: {value!r} is not a list of words")
    return [str(one) for one in words]


def _record_is_up(record: t.Mapping[str, t.Any], passing: t.Set[str], max_age: t.Optional[float], now: float) -> bool:
    health = record.get("health")
    if not isinstance(health, t.Mapping) or not isinstance(health.get("state"), str) or health["state"] not in passing:
        return False
    if record.get("complete") is not True and INCOMPLETE not in passing:
        return False
    return max_age is None or _is_fresh(record.get("fetched_at"), max_age, now)


def _is_fresh(fetched_at: t.Any, max_age: float, now: float) -> bool:
    try:
        fetched = calendar.timegm(time.strptime(str(fetched_at)[:19], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return False
    return -_AHEAD <= now - fetched <= max_age
