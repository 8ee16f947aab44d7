# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's own clock, which can be shifted against the machine's."""

from __future__ import annotations

import datetime as dt
import re
import time
from email.utils import formatdate

_RELATIVE = re.compile(r"^([+-])(\d+(?:\.\d+)?)([smhd]?)$")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


class Clock:
    """Wall clock plus ``shift`` seconds."""

    def __init__(self, shift: float = 0.0) -> None:
        self.shift = shift
        self._http: tuple[int, str] = (0, "")

    def now(self) -> float:
        return time.time() + self.shift

    def http_date(self) -> str:
        second = int(self.now())
        if self._http[0] != second:
            self._http = (second, formatdate(second, usegmt=True))
        return self._http[1]

    def moment(self, value: object, default: float | None = None) -> float:
        """Epoch seconds from ``now``, ``-5m``, ``+10``, an ISO stamp, or a number."""
        if value is None:
            return self.now() if default is None else default
        if isinstance(value, (int, float)):
            return float(value)
        text = str(value).strip()
        if text == "now":
            return self.now()
        match = _RELATIVE.match(text)
        if match:
            sign = -1 if match[1] == "-" else 1
            return self.now() + sign * float(match[2]) * _UNITS[match[3]]
        try:
            return float(text)
        except ValueError:
            pass
        stamp = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=dt.timezone.utc)).timestamp()


def iso(epoch: float) -> str:
    """``2024-12-24T07:08:32Z``, whole seconds."""
    return dt.datetime.fromtimestamp(int(epoch), dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_micro(epoch: float, zone: str = "Z") -> str:
    """``2024-12-24T07:08:32.730275Z`` (or with ``+00:00``)."""
    return dt.datetime.fromtimestamp(epoch, dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f") + zone


def offset_seconds(text: str) -> int:
    """``+08:00`` as seconds."""
    sign = -1 if text.startswith("-") else 1
    hours, minutes = text.lstrip("+-").split(":")
    return sign * (int(hours) * 3600 + int(minutes) * 60)
