# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""RECORD: what a user gets for one VPN connection."""

from __future__ import annotations

import heapq
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window, iso

Entry = Dict[str, Any]
Health = Dict[str, Any]
Record = Dict[str, Any]


def merge_tunnels(streams: Mapping[Optional[str], List[Entry]]) -> List[Entry]:
    """One list, oldest first, of the entries of several tunnels, with `sequence` counted anew.

    A line without a stamp stays behind the line of its own tunnel that it followed.
    """

    def keyed(entries: List[Entry]) -> Iterator[Tuple[float, Entry]]:
        last = float("-inf")
        for entry in entries:
            if entry.get("epoch") is not None:
                last = max(last, float(entry["epoch"]))
            yield last, entry

    merged = heapq.merge(*(keyed(part) for part in streams.values()), key=lambda pair: pair[0])
    return [dict(entry, sequence=index) for index, (_key, entry) in enumerate(merged)]


def make_record(
    provider: str,
    connection_id: str,
    region: Optional[str],
    window: Window,
    fetched_at: float,
    server_time: Optional[float],
    complete: bool,
    entries: List[Entry],
    health: Health,
    tunnels: Mapping[str, Health],
    limit: int,
    query: Optional[Callable[[List[Entry]], Any]] = None,
) -> Record:
    """Build a RECORD.

    `entries` are all entries of the window, oldest first; `logs` keeps the newest `limit` of them (0: none), while
    `count` and the result of `query` speak of all. Times are epoch seconds, None where unknown.
    """
    logs = entries[-limit:] if limit > 0 else []
    record: Record = {
        "provider": provider,
        "connection_id": connection_id,
        "region": region,
        "window": {"since": None if window.since is None else iso(window.since), "until": iso(window.until)},
        "fetched_at": iso(fetched_at),
        "server_time": None if server_time is None else iso(server_time),
        "complete": complete,
        "count": len(entries),
        "truncated": len(logs) < len(entries),
        "logs": logs,
        "health": health,
        "tunnels": dict(tunnels),
    }
    if query is not None:
        record["query_result"] = query(entries)
    return record
