# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Which dialect a line is in. One log may hold several: a gateway may be upgraded inside the window."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Dialect, Match, Reading
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import Entry
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.envelope import CHARON_GROUPS
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.tracker import Tunnel

IKED, RACOON, CHARON, VRP = "iked", "racoon", "charon", "vrp"


class Reader(t.Protocol):
    """Follows the SAs of one daemon; each act named in the daemon's table is a method."""

    def read(self, match: Match, entry: Entry) -> t.Optional[Reading]:
        """Take in one line that has an act; what the line says when its row alone cannot tell."""

    def abandon(self) -> None:
        """Another daemon took over: forget the SAs of this one."""


_LONGEST = 4096
"""Characters of a message that are looked at: no daemon prints a longer sentence, and hostile lines cost no more time."""


class Family:
    """Daemons that one reader follows, and their tables in the order they are asked."""

    def __init__(
        self, daemon: str, name: str, dialects: t.Tuple[Dialect, ...], reader: t.Callable[[Tunnel], Reader]
    ) -> None:
        self.daemon = daemon
        self.name = name
        self.dialects = dialects
        self.reader = reader
        # Daemons repeat themselves: a message seen before costs next to nothing.
        self._find_again = functools.lru_cache(maxsize=16384)(self._find)

    def find(self, message: str) -> t.Optional[Match]:
        """The row of the tables that the message fits, if any."""
        return self._find_again(message) if len(message) <= _LONGEST else self._find(message[:_LONGEST])

    def _find(self, message: str) -> t.Optional[Match]:
        for dialect in self.dialects:
            match = dialect.match(message)
            if match:
                return match
        return None


@functools.cache
def _load(daemon: str) -> Family:
    """The family of a daemon; its tables are imported with its first line, as most logs are of one daemon only."""
    if daemon == CHARON:
        from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs import charon, charon_reader

        return Family(daemon, "charon", (charon.DIALECT,), charon_reader.CharonReader)
    if daemon == VRP:
        from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs import vrp

        return Family(daemon, "vrp", (vrp.DIALECT,), vrp.VrpReader)
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs import iked, isakmp_reader, keywords, racoon

    tables = (racoon.DIALECT, iked.DIALECT) if daemon == RACOON else (iked.DIALECT, racoon.DIALECT, keywords.DIALECT)
    return Family(daemon, "isakmp", tables, isakmp_reader.IsakmpReader)


_RACOON_FILES = ("isakmp.c:", "session.c:", "remoteconf.c:", "nattraversal.c:", "admin.c:")
"""Files that racoon prints from and iked does not, except for errors and at debug level."""
_SPOKEN = ("info", "notice", "warning")
_OF_PROVIDER = {"huawei": VRP, "charon": CHARON, "racoon": RACOON}
PROVIDERS = ("alibaba", "huawei", "charon", "racoon")


@functools.lru_cache(maxsize=2048)
def family_of(provider: t.Optional[str], source: t.Optional[str], level: t.Optional[str] = None) -> Family:
    """The family whose tables and reader fit a line."""
    if provider in _OF_PROVIDER:
        return _load(_OF_PROVIDER[provider])
    if source is None:
        return _load(IKED)
    if source in CHARON_GROUPS:
        return _load(CHARON)
    return _load(RACOON if level in _SPOKEN and source.startswith(_RACOON_FILES) else IKED)
