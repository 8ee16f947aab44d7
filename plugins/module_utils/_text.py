# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Log text that nobody vouches for, made harmless to look at: what does not show is shown."""

from __future__ import annotations

import re
from typing import Any

# Controls (line ends too), what reorders or hides text (bidirectional marks, zero width, tags), surrogates, noncharacters:
# all of what XML 1.0 forbids is among them.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]|[\U0001fffe-\U0001ffff\U0010fffe-\U0010ffff]"
)


def _named(match: Any) -> str:
    code = ord(match.group())
    if code == 0x09:
        return " "
    return f"\\x{code:02x}" if code < 0x100 else (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def visible(value: Any) -> str:
    """`value` as one line of printable text: an escape becomes its number, as does a right-to-left mark."""
    return _UNSEEN.sub(_named, "" if value is None else str(value))


def escape(value: Any) -> str:
    """`visible` text for HTML and XML, in elements and in quoted attributes."""
    text = visible(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#39;")
