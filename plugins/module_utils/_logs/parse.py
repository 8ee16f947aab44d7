# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Raw lines in, entries out: nothing dropped, merged, or made up, and no key material."""

from __future__ import annotations

import calendar
import functools
import time
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs import secrets, zone
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialects import PROVIDERS, family_of, find
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import Entry
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.envelope import ENVELOPES, Line


class BatchLike(t.Protocol):
    """The lines of one request's window, oldest first; ``times`` are the provider's own epoch seconds per line."""

    since: t.Optional[float]
    until: t.Optional[float]
    lines: t.List[str]
    times: t.Optional[t.List[t.Optional[float]]]


class Parsed(t.NamedTuple):
    """Entries, oldest first, and what the user should be warned of."""

    entries: t.List[Entry]
    warnings: t.List[str]


class _Record(t.NamedTuple):
    line: Line
    raw: str
    time: t.Optional[float]
    masked: bool


def parse_batches(
    batches: t.Sequence[BatchLike],
    *,
    provider: str,
    connection_id: t.Optional[str],
    tunnel_id: t.Optional[str] = None,
    log_timezone: str = "auto",
) -> Parsed:
    """Entries of all batches of one connection or tunnel.

    ``log_timezone``: offset of stamps that carry none, or ``auto`` to find it from each batch's window.
    Raises ValueError for an unknown provider or a malformed ``log_timezone``.
    """
    if provider not in PROVIDERS:
        raise ValueError(f"provider {provider!r} is not one of {', '.join(PROVIDERS)}")
    fixed = None if log_timezone == "auto" else zone.parse_offset(log_timezone)
    warnings: t.List[str] = []
    per_batch = [_records(batch, provider) for batch in batches]
    offsets = _offsets(batches, per_batch, fixed, warnings)
    entries: t.List[Entry] = []
    keys: t.List[float] = []
    last: t.Tuple[t.Optional[str], t.Optional[float]] = (None, None)
    secret = False
    for records, batch_offsets in zip(per_batch, offsets):
        for record, offset in zip(records, batch_offsets):
            line = record.line
            if line.stamp or record.time is not None:
                last = _instant(line, record.time, offset)
            secret = secret or record.masked
            match = find(family_of(provider, line.source), line.message)
            rule = match.rule if match else None
            peer = match.values.get("peer") if match else None
            entries.append(
                {
                    "timestamp": last[0],
                    "epoch": last[1],
                    "sequence": 0,
                    "level": line.level,
                    "source": line.source,
                    "message": line.message,
                    "raw": record.raw,
                    "event": rule.event if rule else "other",
                    "phase": rule.phase if rule else None,
                    "reason": rule.reason.lstrip("?") if rule and rule.reason else None,
                    "peer": None if peer == "?" else peer,
                    "tunnel_id": tunnel_id,
                    "provider": provider,
                    "connection_id": connection_id,
                }
            )
            keys.append(float("-inf") if last[1] is None else last[1])
    if any(later < earlier for earlier, later in zip(keys, keys[1:])):
        entries = [entry for _key, entry in sorted(zip(keys, entries), key=lambda pair: pair[0])]
    for sequence, entry in enumerate(entries):
        entry["sequence"] = sequence
    if secret:
        warnings.append(secrets.WARNING)
    return Parsed(entries, warnings)


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
    return parse_batches(
        [batch], provider=provider, connection_id=connection_id, log_timezone=log_timezone
    ).entries


def _records(batch: BatchLike, provider: str) -> t.List[_Record]:
    envelope = ENVELOPES[provider]
    records: t.List[_Record] = []
    for index, line in enumerate(batch.lines):
        when = batch.times[index] if batch.times else None
        text = line[:-1] if line.endswith("\n") else line
        for physical in text.split("\n") if "\n" in text else (text,):
            for raw in envelope.split(physical.rstrip("\r")):
                opened = envelope.open(raw)
                masked = secrets.mask(opened.message, continuation=opened.stamp is None)
                if masked is not None:
                    raw = raw[: len(raw) - len(opened.message)] + masked
                    opened = opened._replace(message=masked)
                records.append(_Record(opened, raw, when, masked is not None))
    return records


def _offsets(
    batches: t.Sequence[BatchLike],
    per_batch: t.List[t.List[_Record]],
    fixed: t.Optional[int],
    warnings: t.List[str],
) -> t.List[t.List[int]]:
    """The zone of every record; a line that prints its own offset does not use it."""
    if fixed is not None:
        return [[fixed] * len(records) for records in per_batch]
    found: t.List[t.List[t.Optional[int]]] = []
    doubtful = False
    for batch, records in zip(batches, per_batch):
        naive = [_naive(one.line.stamp) if one.line.stamp and not one.line.offset else None for one in records]
        offsets, certain = zone.offsets(naive, batch.since, batch.until)
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


@functools.lru_cache(maxsize=4096)
def _naive(stamp: t.Optional[str]) -> t.Optional[int]:
    """A printed local time as if it were UTC; None when it is no time."""
    try:
        return calendar.timegm(time.strptime(stamp or "", "%Y-%m-%d %H:%M:%S"))
    except ValueError:
        return None


@functools.lru_cache(maxsize=4096)
def _iso(epoch: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(epoch))


def _instant(line: Line, given: t.Optional[float], offset: int) -> t.Tuple[t.Optional[str], t.Optional[float]]:
    """The line's own stamp; failing that the provider's time for it."""
    naive = _naive(line.stamp)
    if naive is None:
        return (None, None) if given is None else (_iso(int(given)) + "Z", given)
    if line.offset:
        offset = zone.parse_offset(line.offset)
    whole = naive - offset
    if not line.fraction:
        return _iso(whole) + "Z", whole
    return f"{_iso(whole)}.{line.fraction}Z", whole + float("0." + line.fraction)
