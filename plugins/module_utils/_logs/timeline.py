# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Several logs as one story: entries of both ends of a tunnel, oldest first."""

from __future__ import annotations

import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import Entry

Source = t.Union[t.Mapping[str, t.Any], t.Sequence[Entry]]
"""A RECORD, or the entries of a log parsed without a cloud."""


def merge(sources: t.Iterable[Source]) -> t.List[Entry]:
    """Entries of all sources, oldest first; ``provider`` and ``connection_id`` of each tell who says it.

    Entries of one source never change places; one without a time stays behind its predecessor. At the same instant
    sources take turns in the order given. Raises ValueError, naming the position, for anything else than a RECORD or a list of ENTRY.
    """
    keyed: t.List[t.Tuple[float, int, int, Entry]] = []
    for number, source in enumerate(sources):
        newest = float("-inf")
        for position, entry in enumerate(_entries(source, number)):
            epoch = entry["epoch"]
            newest = newest if epoch is None else max(newest, float(epoch))
            keyed.append((newest, number, position, entry))
    keyed.sort(key=lambda item: item[:3])
    return [entry for _newest, _number, _position, entry in keyed]


def _entries(source: t.Any, number: int) -> t.Sequence[Entry]:
    entries = source.get("logs") if isinstance(source, t.Mapping) else source
    if isinstance(entries, (list, tuple)) and all(isinstance(one, t.Mapping) and "epoch" in one for one in entries):
        return entries
    raise ValueError(f"element {number} is neither a record of VPN connection logs nor a list of entries")
