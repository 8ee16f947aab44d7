# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The seam between the clouds and everything that is done with their lines.

A provider knows how to sign in and how to fetch raw lines; it knows nothing about what the lines mean.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window


@dataclass
class Batch:
    """The lines of one request window, oldest first, as the provider sent them.

    ``since``/``until`` are the epoch seconds that were asked for (None: no bound). ``times`` holds the provider's own
    epoch seconds per line where it gives them (same length as ``lines``), else None.
    """

    since: float | None
    until: float | None
    lines: list[str]
    times: list[float | None] | None = None


@dataclass
class Fetched:
    """All batches of one connection (or tunnel), oldest first.

    ``complete`` is False when the provider says its log is not accurate, or when lines may be missing.
    """

    batches: list[Batch]
    complete: bool = True
    warnings: list[str] = field(default_factory=list)


# Takes lines as they come, in any order and perhaps more than once: others may work on them while fetching goes on.
Arrive = t.Callable[[t.Sequence[str]], None]


class Provider(t.Protocol):
    """What a cloud offers to the rest of the collection. ``fetch`` may be called from several threads at once."""

    name: str
    region: str | None
    # Seconds before the end at which a window starts when the user gives no ``since``; None: all that is there.
    default_since: float | None

    def prepare(self, deadline: Deadline) -> None:
        """Sign in, once per task and before any connection, so that a wrong password is tried only once."""

    def fetch(
        self,
        connection_id: str,
        tunnel_id: str | None,
        window: Window,
        deadline: Deadline,
        arrive: Arrive | None = None,
    ) -> Fetched:
        """All lines of one connection, or of one of its tunnels, in ``window``. Raises CloudVpnError.

        ``arrive`` may be called, in the thread of the caller, while there is something to wait for.
        """

    def server_time(self) -> float | None:
        """Epoch seconds of the newest ``Date`` header of the service, None before the first answer."""

    def close(self) -> None:
        """End requests in flight and the threads that made them."""
