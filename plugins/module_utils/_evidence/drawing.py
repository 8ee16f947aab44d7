# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The drawn timeline as inline SVG.

Places are percentages and sizes are pixels, so that it fits a phone as well as a page and its shapes keep theirs. States
differ by height, marks by shape: nothing rests on color alone.
"""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.spans import Lane, Mark, Span, domain, lanes
from ansible_collections.netops.cloud_vpn.plugins.module_utils._text import escape
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import iso

_ROW = 26
# State -> (distance from the top of the row, height).
_BARS = {"up": (4, 16), "degraded": (4, 16), "negotiating": (9, 11), "down": (16, 4), "unknown": (17, 2)}
MARKS = {
    "failed": "M-4-4L4 4M4-4L-4 4",
    "rekeyed": "M0-5L5 0L0 5L-5 0Z",
    "silent": "M-1-5H1V1H-1ZM-1 3H1V5H-1Z",
    "lost": "M-5-4H5L0 5Z",
}
WORDS = {
    "failed": "attempt failed",
    "rekeyed": "re-key",
    "silent": "peer does not answer",
    "lost": "tunnel lost",
}


def _clock(at: float) -> str:
    return iso(round(at))[11:19]


def _bar(span: Span, row: int, start: float, scale: float) -> str:
    top, height = _BARS[span.state]
    x, width = (span.start - start) * scale, (span.stop - span.start) * scale
    title = f"<title>{span.state} {_clock(span.start)} to {_clock(span.stop)}</title>"
    place = f'x="{x:.3f}%" y="{row * _ROW + top}" width="{width:.3f}%" height="{height}"'
    stripes = f'<rect {place} class="stripes"/>' if span.state == "degraded" else ""
    return f'<rect {place} class="{span.state}">{title}</rect>{stripes}'


def _mark(mark: Mark, start: float, scale: float) -> str:
    x, y = (mark.at - start) * scale, (mark.phase - 1) * _ROW + 12
    times = f", {mark.times} times" if mark.times > 1 else ""
    title = f"<title>{WORDS[mark.kind]} {_clock(mark.at)}{times}</title>"
    return f'<svg x="{x:.3f}%" y="{y}"><path class="mark {mark.kind}" d="{MARKS[mark.kind]}">{title}</path></svg>'


def _in_words(spans: Sequence[Span], marks: Sequence[Mark]) -> str:
    shown = [f"{span.state} from {_clock(span.start)}" for span in spans[-8:]]
    counts = {kind: sum(mark.times for mark in marks if mark.kind == kind) for kind in MARKS}
    shown += [f"{WORDS[kind]}: {count}" for kind, count in counts.items() if count]
    return ", ".join(shown) or "nothing known"


def _lane(lane: Lane, start: float, stop: float) -> str:
    scale = 100.0 / (stop - start)
    grid = "".join(f'<line x1="{x}%" x2="{x}%" y1="0" y2="{2 * _ROW}" class="grid"/>' for x in (0, 25, 50, 75, 100))
    bars = "".join(
        _bar(span, row, start, scale) for row, spans in enumerate((lane.phase1, lane.phase2)) for span in spans
    )
    marks = "".join(_mark(mark, start, scale) for mark in lane.marks)
    name = lane.connection_id + (f", {lane.tunnel_id}" if lane.tunnel_id else "")
    words = "; ".join(
        f"phase {phase}: {_in_words(spans, [mark for mark in lane.marks if mark.phase == phase])}"
        for phase, spans in ((1, lane.phase1), (2, lane.phase2))
    )
    return (
        f'<p class="who">{escape(name)}</p><div class="lane"><div class="phases"><span>phase 1</span>'
        f'<span>phase 2</span></div><svg class="line" role="img" width="100%" height="{2 * _ROW}" '
        f'aria-label="{escape(f"Timeline of {name}; {words}")}">{grid}{bars}{marks}</svg></div>'
    )


def draw(records: List[Mapping[str, Any]]) -> str:
    """The timeline of one tunnel: a lane per end (and per tunnel of it) on one axis. Empty without records."""
    if not records:
        return ""
    start, stop = domain(records)
    drawn = "".join(_lane(lane, start, stop) for record in records for lane in lanes(record, start, stop))
    middle = iso(round((start + stop) / 2))[11:]
    axis = f'<p class="axis"><span>{iso(round(start))}</span><span class="middle">{middle}</span><span>{iso(round(stop))}</span></p>'
    return f'<div class="timeline">{drawn}{axis}</div>'


def legend() -> str:
    """What heights and shapes mean, once for the page."""
    items = [
        f'<li><svg width="24" height="{_ROW}" aria-hidden="true"><rect x="0" y="{top}" width="24" height="{height}" '
        f'class="{state}"/>{stripes}</svg> {state}</li>'
        for state, (top, height) in _BARS.items()
        for stripes in [
            f'<rect x="0" y="{top}" width="24" height="{height}" class="stripes"/>' if state == "degraded" else ""
        ]
    ]
    items += [
        f'<li><svg width="16" height="{_ROW}" aria-hidden="true"><svg x="8" y="13"><path class="mark {kind}" d="{path}"/>'
        f"</svg></svg> {WORDS[kind]}</li>"
        for kind, path in MARKS.items()
    ]
    pattern = (
        '<svg width="0" height="0" aria-hidden="true" class="defs"><defs><pattern id="stripes" width="6" height="6" '
        'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2" height="6" class="stripe"/>'
        "</pattern></defs></svg>"
    )
    return f'{pattern}<ul class="legend">{"".join(items)}</ul>'
