# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Raw lines in, entries out: nothing dropped, merged, or made up, and no key material."""

from __future__ import annotations

import calendar
import functools
import itertools
import re
import time
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs import secrets, zone
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Match
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialects import PROVIDERS
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import Entry
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import Followed
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.opener import Opener, Record


class BatchLike(t.Protocol):
    """The lines of one request's window, oldest first; ``times`` are the provider's own epoch seconds per line."""

    since: t.Optional[float]
    until: t.Optional[float]
    lines: t.List[str]
    times: t.Optional[t.List[t.Optional[float]]]


class Parsed(t.NamedTuple):
    """Entries, oldest first, and what the user should be warned of."""

    entries: Followed
    warnings: t.List[str]


def parse_batches(
    batches: t.Sequence[BatchLike],
    *,
    provider: str,
    connection_id: t.Optional[str],
    tunnel_id: t.Optional[str] = None,
    log_timezone: str = "auto",
    opener: t.Optional[Opener] = None,
) -> Parsed:
    """Entries of all batches of one connection or tunnel.

    ``log_timezone``: offset of stamps that carry none, or ``auto`` to find it from each batch's window.
    ``opener``: of the same provider, when lines were opened ahead. Raises ValueError for an unknown provider or a malformed ``log_timezone``.
    """
    if provider not in PROVIDERS:
        raise ValueError(f"provider {provider!r} is not one of {', '.join(PROVIDERS)}")
    fixed = None if log_timezone == "auto" else zone.parse_offset(log_timezone)
    warnings: t.List[str] = []
    opener = opener or Opener(provider)
    opened = [_records(batch, opener) for batch in batches]
    if opener.masked:
        warnings.append(secrets.WARNING)
    offsets = _offsets(batches, opened, fixed, warnings)
    entries: t.List[Entry] = []
    matches: t.List[t.Optional[Match]] = []
    keys: t.List[float] = []
    timestamp: t.Optional[str] = None
    epoch: t.Optional[float] = None
    forked = provider == "alibaba"
    for records, batch_offsets in zip(opened, offsets):
        for ((line, raw, match), when), zone_offset in zip(records, batch_offsets):
            stamp, fraction, offset, level, source, message = line
            if stamp:
                instant = _instant(stamp, fraction, offset, zone_offset)
                if instant[1] is not None:  # a stamp that is no time says nothing
                    timestamp, epoch = instant
            if when is not None and (not stamp or epoch is None):
                timestamp, epoch = _iso(int(when)) + "Z", when
            event, phase, reason, peer = match.said if match else _OTHER
            if peer is None and forked and "{ph1: " in message:
                peer = _peer_of_context(message)
            entry: Entry = {
                "timestamp": timestamp,
                "epoch": epoch,
                "sequence": 0,
                "level": level,
                "source": source,
                "message": message,
                "raw": raw,
                "event": event,
                "phase": phase,
                "reason": reason,
                "peer": peer,
                "tunnel_id": tunnel_id,
                "provider": provider,
                "connection_id": connection_id,
            }
            entries.append(entry)
            matches.append(match)
            keys.append(_FIRST if epoch is None else epoch)
    if any(later < earlier for earlier, later in zip(keys, keys[1:])):
        order = sorted(range(len(keys)), key=keys.__getitem__)
        entries = [entries[index] for index in order]
        matches = [matches[index] for index in order]
    return Parsed(Followed(entries, matches), warnings)


_OTHER: t.Tuple[str, t.Optional[int], t.Optional[str], t.Optional[str]] = ("other", None, None, None)
_FIRST = float("-inf")


class _Lines:
    """A batch made of lines at hand, without a request's window."""

    def __init__(self, lines: t.List[str]) -> None:
        self.since: t.Optional[float] = None
        self.until: t.Optional[float] = None
        self.lines = lines
        self.times: t.Optional[t.List[t.Optional[float]]] = None


def parse_lines(
    lines: t.Union[str, t.Iterable[str]],
    *,
    provider: str,
    connection_id: t.Optional[str] = None,
    log_timezone: str = "+08:00",
) -> t.List[Entry]:
    """Entries of raw lines, a list or one text; no cloud involved.

    ``log_timezone`` is used for stamps that carry no offset. Raises ValueError as ``parse_batches`` does.
    """
    if isinstance(lines, str):
        lines = lines[:-1].split("\n") if lines.endswith("\n") else lines.split("\n") if lines else []
    batch = _Lines([str(line) for line in lines])
    if log_timezone == "auto":
        raise ValueError("log_timezone 'auto' needs the window of a request; give an offset such as '+08:00'")
    return parse_batches([batch], provider=provider, connection_id=connection_id, log_timezone=log_timezone).entries


def _records(batch: BatchLike, opener: Opener) -> t.List[t.Tuple[Record, t.Optional[float]]]:
    """The records of a batch, each with the provider's own time for it."""
    times = batch.times or itertools.repeat(None)
    return [(record, when) for text, when in zip(batch.lines, times) for record in opener.open(text)]


def _offsets(
    batches: t.Sequence[BatchLike],
    per_batch: t.List[t.List[t.Tuple[Record, t.Optional[float]]]],
    fixed: t.Optional[int],
    warnings: t.List[str],
) -> t.List[t.List[int]]:
    """The zone of every record; a line that prints its own offset does not use it."""
    both = list(zip(batches, per_batch))
    if fixed is not None:
        if not all(zone.fit(_locals(records), fixed, batch.since, batch.until) for batch, records in both):
            warnings.append(
                f"log_timezone {zone.format_offset(fixed)} puts lines outside of the window that they were asked for; it is not"
                " the gateway's time zone, or the gateway's clock is off."
            )
        return [[fixed] * len(records) for records in per_batch]
    found: t.List[t.List[t.Optional[int]]] = []
    doubtful = False
    for batch, records in both:
        offsets, certain = zone.offsets(list(_locals(records)), batch.since, batch.until)
        found.append(offsets)
        doubtful = doubtful or not certain
    known = [one for offsets in found for one in offsets if one is not None]
    usual = max(set(known), key=known.count) if known else zone.DEFAULT
    if doubtful:
        warnings.append(
            f"the time zone of the log's stamps cannot be told from the window for every line; {zone.format_offset(usual)} is used."
            " Set log_timezone to be sure."
        )
    elif len(set(known)) > 1:
        zones = ", ".join(zone.format_offset(one) for one in sorted(set(known)))
        warnings.append(f"the gateway changed its time zone inside the window ({zones}); each line is read in its own.")
    return [[usual if one is None else one for one in offsets] for offsets in found]


def _locals(records: t.Iterable[t.Tuple[Record, t.Optional[float]]]) -> t.Iterator[t.Optional[int]]:
    """The local times of records; None for one without a stamp or with an offset of its own."""
    for (line, _raw, _match), _when in records:
        yield _naive(line[0]) if line[0] and not line[2] else None


@functools.lru_cache(maxsize=4096)
def _naive(stamp: str) -> t.Optional[int]:
    """A printed local time as if it were UTC; None when it is no time."""
    try:
        return calendar.timegm(time.strptime(stamp.replace("T", " "), "%Y-%m-%d %H:%M:%S"))
    except ValueError:
        return None


def _peer_of_context(message: str) -> t.Optional[str]:
    """The remote address in the context that Alibaba Cloud's fork adds, ``{ph1: local[port] <=> peer[port], …}``."""
    found = re.search(r"\{ph1: \S+ <=> ([0-9A-Fa-f.:]+)", message)
    return found[1] if found else None


def _iso(epoch: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(epoch))


@functools.lru_cache(maxsize=4096)
def _instant(
    stamp: str, fraction: t.Optional[str], offset: t.Optional[str], zone_offset: int
) -> t.Tuple[t.Optional[str], t.Optional[float]]:
    """ISO 8601 in UTC and epoch seconds of a stamp; None for both when it is no time."""
    naive = _naive(stamp)
    if naive is None:
        return None, None
    whole = naive - (zone.parse_offset(offset) if offset else zone_offset)
    if not fraction:
        return _iso(whole) + "Z", whole
    return f"{_iso(whole)}.{fraction}Z", whole + float("0." + fraction)
