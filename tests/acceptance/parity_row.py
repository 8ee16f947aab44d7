# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a row of the parity tables is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# "the same as ours" in ``theirs``
SAME: dict[str, Any] = {"same": True}


@dataclass(frozen=True)
class Row:
    """A home folder with files, an environment, options, and what is to be picked there.

    ``picks`` holds some fields of our pick, or None when there is none. ``theirs`` is given, with the reason why,
    where the vendor's library picks something else on purpose. ``{home}`` and ``{outside}`` in texts are replaced.
    """

    name: str
    picks: dict[str, Any] | None
    env: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    on_ecs: bool = False
    theirs: dict[str, Any] | None = field(default_factory=lambda: SAME)
    why: str = ""


def pair(name: str, token: bool = False) -> dict[str, Any]:
    """The pick of a key pair called ``name``, all parts of which carry its name."""
    return {"key": name, "secret": f"secret-of-{name}", "token": f"token-of-{name}" if token else None}
