# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated log histories, and what a service with given edges holds of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

CONNECTION = "vco-m5ehistory00000000001"
# Long ago, so that nothing is "live"; the simulator's clock is later.
BASE = 1_700_000_000


@dataclass(frozen=True)
class History:
    """``lines`` as the control port takes them, [epoch, text] with stamps of whole seconds; the window asked for."""

    lines: list[list[Any]]
    since: float
    until: float
    options: dict[str, Any]

    def held(self, stored: list[Any]) -> list[str]:
        """What the service holds for the window, by its own reading of From and To."""
        start, end = math.floor(self.since), max(math.ceil(self.until), math.floor(self.since) + 1)
        low = start if self.options["from_inclusive"] else start + 1
        high = end if self.options["to_inclusive"] else end - 1
        return [raw for epoch, raw in stored if low <= int(epoch) <= high]


_TEXTS = st.sampled_from(
    [
        "[INFO]: isakmp.c:1:a(): again",
        "[DEBUG]: isakmp.c:2:b(): other",
        "[ERROR]: ikev1.c:3:c(): third",
    ]
)


@st.composite
def histories(draw: st.DrawFn, longest: int = 6000, edges: bool = True) -> History:
    """Lines at random seconds, on the edges of every chunk, and bursts within one second; equal texts are likely."""
    length = draw(st.one_of(st.integers(1, 30), st.integers(590, 1300), st.integers(1, longest)))
    fractions = draw(st.sampled_from([(0.0, 0.0), (0.25, 0.0), (0.0, 0.75), (0.25, 0.75)]))
    since, until = BASE + fractions[0], BASE + length + fractions[1]
    boundaries = [BASE + step * 599 for step in range(length // 599 + 2)] + [BASE + length]
    near = st.builds(lambda edge, by: edge + by, st.sampled_from(boundaries), st.integers(-2, 3))
    anywhere = st.integers(BASE - 5, BASE + length + 5)
    lines: list[list[Any]] = []
    for second, text, count in draw(
        st.lists(st.tuples(st.one_of(near, anywhere), _TEXTS, st.sampled_from([1, 1, 1, 2, 3, 60])), max_size=25)
    ):
        for number in range(count):
            # Half of the bursts repeat one text, half number their lines.
            lines.append([float(second), text if number % 2 else f"{text} {len(lines)}"])
    lines.sort(key=lambda line: line[0])
    options = {
        "order": draw(st.sampled_from(["asc", "desc"])),
        "to_inclusive": draw(st.booleans()),
        "from_inclusive": draw(st.booleans()) if edges else True,
        "data_form": draw(st.sampled_from(["object", "list", "null"])),
    }
    return History(lines, since, until, options)
