# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one connection's (or tunnel's) log holds: lines with the moment at which each becomes visible."""

from __future__ import annotations

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator import corpus
from simulator.clock import Clock, iso_micro


@dataclass
class Pending:
    """A line that shows up later than its stamp says."""

    epoch: float
    raw: str
    visible_at: float = 0.0
    after_requests: int = 0


@dataclass
class Timeline:
    """Lines sorted by epoch (equal epochs: order of arrival). A line whose epoch is in the future is not visible yet."""

    epochs: list[float] = field(default_factory=list)
    raws: list[str] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    requests: int = 0

    def add(self, lines: Iterable[tuple[float, str]]) -> None:
        lines = list(lines)
        if not lines:
            return
        if not self.epochs or lines[0][0] >= self.epochs[-1]:
            self.epochs.extend(epoch for epoch, _raw in lines)
            self.raws.extend(raw for _epoch, raw in lines)
            if all(a[0] <= b[0] for a, b in zip(lines, lines[1:])):
                return
        else:
            self.epochs.extend(epoch for epoch, _raw in lines)
            self.raws.extend(raw for _epoch, raw in lines)
        order = sorted(range(len(self.epochs)), key=self.epochs.__getitem__)
        self.epochs = [self.epochs[i] for i in order]
        self.raws = [self.raws[i] for i in order]

    def cut(self, moment: float) -> None:
        """Forget everything from ``moment`` on: another session takes over."""
        keep = bisect_left(self.epochs, moment)
        del self.epochs[keep:]
        del self.raws[keep:]

    def settle(self, now: float) -> None:
        """Let late lines in whose time has come."""
        if not self.pending:
            return
        ready = [p for p in self.pending if p.visible_at <= now and p.after_requests <= self.requests]
        if ready:
            self.pending = [p for p in self.pending if p not in ready]
            self.add((p.epoch, p.raw) for p in ready)

    def visible(self, now: float) -> int:
        self.settle(now)
        return bisect_right(self.epochs, now)

    def span(self, start: int, end: int, now: float, from_inclusive: bool, to_inclusive: bool) -> tuple[int, int]:
        """Index range of the lines between whole seconds ``start`` and ``end``: the API's clock has no fractions."""
        visible = self.visible(now)
        low = bisect_left(self.epochs, start if from_inclusive else start + 1)
        high = bisect_left(self.epochs, end + 1 if to_inclusive else end)
        high = min(high, visible)
        return min(low, high), high


def build(
    spec: Mapping[str, Any], clock: Clock, cloud: str, envelope: corpus.Envelope
) -> tuple[float | None, list[tuple[float, str]]]:
    """Lines of one part of a history, and the moment from which it replaces what was there (None: it only adds)."""
    if "session" in spec:
        return _session(spec, clock, cloud, envelope)
    if "synthetic" in spec:
        return None, _synthetic(spec["synthetic"], clock, cloud, envelope)
    if "silent" in spec:
        return clock.moment(spec.get("begins")), []
    raise ValueError("a part of a history needs one of: session, synthetic, lines, silent")


def _session(
    spec: Mapping[str, Any], clock: Clock, cloud: str, envelope: corpus.Envelope
) -> tuple[float, list[tuple[float, str]]]:
    session = corpus.load(str(spec["session"]))
    if session.cloud != cloud:
        raise ValueError(f"session {session.name} belongs to {session.cloud}, the connection to {cloud}")
    speed = float(spec.get("speed", 1.0))
    length = (session.last - session.first) / speed
    if "begins" in spec:
        start = clock.moment(spec["begins"])
    else:
        start = clock.moment(spec.get("ends", "now")) - length
    if cloud == "alibaba":
        # Stamps have whole seconds. What begins now must not be older than now, or it would take away lines already read;
        # what ends now must not end later.
        start = float(math.ceil(start)) if "begins" in spec else float(math.floor(start))
    lines: list[tuple[float, str]] = []
    every = float(spec.get("every", length + 1))
    for turn in range(int(spec.get("repeat", 1))):
        base = start + turn * every

        def mapper(old: float, base: float = base) -> float:
            return base + (old - session.first) / speed

        lines.extend((mapper(m), session.render(i, mapper, envelope)) for i, m in enumerate(session.moments))
    return start, lines


_NOISE = (
    "[DEBUG]: isakmp_inf.c:1514:isakmp_info_recv_r_u(): DPD R-U-There sent (0)",
    "[DEBUG]: isakmp.c:768:isakmp_handler(): 92 bytes message received from 203.0.113.20[500]",
    "[DEBUG]: oakley.c:2832:oakley_do_decrypt(): begin decryption.",
    "[INFO]: ikev1.c:992:isakmp_ph1begin_r(): respond new phase 1 negotiation: 198.51.100.10[500]<=>203.0.113.20[500]",
    "[PROTO_WARN]: ipsec_doi.c:402:get_ph1approval(): long lifetime proposed: my:28800 peer:86400",
)


def _synthetic(spec: Mapping[str, Any], clock: Clock, cloud: str, envelope: corpus.Envelope) -> list[tuple[float, str]]:
    """``lines`` lines evenly over ``seconds`` seconds, the same for the same ``seed``."""
    count, seconds = int(spec["lines"]), float(spec.get("seconds", 600))
    chance = random.Random(int(spec.get("seed", 1)))
    if "begins" in spec:
        start = clock.moment(spec["begins"])
    else:
        start = clock.moment(spec.get("ends", "now")) - seconds
    start = float(int(start))
    step = seconds / max(count, 1)
    out = []
    for number in range(count):
        epoch = start + number * step
        out.append(
            (
                epoch,
                wrap(
                    epoch,
                    f"{chance.choice(_NOISE)} #{number}" if cloud == "alibaba" else _vrp_noise(number),
                    cloud,
                    envelope,
                ),
            )
        )
    return out


def _vrp_noise(number: int) -> str:
    return (
        "IPSec tunnel negotiation fails. (IfIndex=[207], PolicyName=[], "
        f"SeqNum=[{number}], PeerAddress=[203.0.113.20], PeerPort=[500], Reason=[version mismatch])"
    )


def wrap(epoch: float, text: str, cloud: str, envelope: corpus.Envelope) -> str:
    """``text`` in the cloud's envelope with the stamp of ``epoch``."""
    if cloud == "alibaba":
        return f"{corpus.print_local(epoch, envelope.offset)} {envelope.connection_id} {text}"
    return f"{iso_micro(epoch, '+00:00')} host-198-51-100-10 ipsec_ike[30085]: [203.0.113.20] {text}"


def explicit(
    items: Sequence[Any], raw: bool, cloud: str, envelope: corpus.Envelope
) -> tuple[list[tuple[float, str]], list[Pending]]:
    """Lines given as ``[epoch, text]`` or ``{epoch, text, visible_at, after_requests}``."""
    lines: list[tuple[float, str]] = []
    late: list[Pending] = []
    for item in items:
        fields = item if isinstance(item, Mapping) else dict(zip(("epoch", "text", "visible_at"), item))
        epoch = float(fields["epoch"])
        text = str(fields["text"]) if raw else wrap(epoch, str(fields["text"]), cloud, envelope)
        if fields.get("visible_at") or fields.get("after_requests"):
            late.append(
                Pending(epoch, text, float(fields.get("visible_at") or 0), int(fields.get("after_requests") or 0))
            )
        else:
            lines.append((epoch, text))
    return lines, late
