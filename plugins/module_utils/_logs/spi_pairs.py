# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Which SPIs are installed, by direction. A tunnel needs one of each."""

from __future__ import annotations

import typing as t

_NEVER = object()


class SpiPairs:
    """SPIs that stand. Of a pair that was seen by half, one SPI stands for both directions until the other one is met."""

    def __init__(self) -> None:
        self.inbound: t.Set[int] = set()
        self.outbound: t.Set[int] = set()
        self._half: t.Set[int] = set()
        self._removed: t.Dict[int, t.Any] = {}

    @property
    def standing(self) -> bool:
        """Whether traffic can pass both ways."""
        return bool(self.inbound and self.outbound)

    def clear(self) -> None:
        """Nothing is known any more."""
        self.inbound.clear()
        self.outbound.clear()
        self._half.clear()

    def add(self, spi: int, side: t.Set[int], when: t.Any) -> bool:
        """An SA stands; not one that is removed in the same second: the order of lines within a second is not reliable,
        and an SPI does not come back."""
        if self._removed.get(spi, _NEVER) == when:
            return False
        if self._half and spi not in self._half:  # here is the other half
            side -= self._half
            self._half.clear()
        side.add(spi)
        return True

    def halve(self, spi: int) -> None:
        """The other half of this SPI's pair is from before the window, is next, or is never printed."""
        self._half.add(spi)
        self.inbound.add(spi)
        self.outbound.add(spi)

    def drop(self, spi: int, when: t.Any) -> bool:
        """An SA is gone; whether it stood."""
        known = spi in self.inbound or spi in self.outbound
        self._removed[spi] = when
        if not known and self._half:  # it may be the other half of a pair that was seen by one SPI only
            self.inbound -= self._half
            self.outbound -= self._half
            self._half.clear()
            known = True
        self.inbound.discard(spi)
        self.outbound.discard(spi)
        return known
