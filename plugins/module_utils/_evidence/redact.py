# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Addresses and IDs replaced by pseudonyms: the same one for the same thing, wherever it appears."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Dict, Iterable, List, Mapping, Tuple

# No boundary behind: tcpdump writes 203.0.113.7.500, and rather too much is replaced than too little.
_IPV4 = r"(?<![0-9])(?<![0-9]\.)(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9])"
# How nodes are called: host-203-0-113-7, ip-203-0-113-7. Elsewhere four such numbers are a date or a version.
_IN_NAME = r"(?i:(?<=host-)|(?<=ip-))(?:[0-9]{1,3}-){3}[0-9]{1,3}(?![0-9])"
_IPV6 = r"(?<![0-9A-Za-z:])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f]{0,4})(?![0-9A-Za-z:])"
_MAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
_UUID = r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
# vco-m5e..., tun-..., vgw-..., cgw-..., and what else Alibaba Cloud numbers like this.
_RESOURCE = r"(?<![0-9A-Za-z])[a-z]{1,5}-(?=[a-z0-9]*[0-9])[a-z0-9]{8,}(?![0-9A-Za-z])"
_HEX32 = r"(?<![0-9A-Za-z])[0-9a-f]{32}(?![0-9A-Za-z])"
_ACCOUNT = r"(?<=acs:ram::)[0-9]+"
_ALL = re.compile(
    f"(?P<uuid>{_UUID})|(?P<mail>{_MAIL})|(?P<v6>{_IPV6})|(?P<v4>{_IPV4}|{_IN_NAME})|(?P<id>{_RESOURCE}|{_HEX32}|{_ACCOUNT})"
)


class Redactor:
    """Replaces addresses, connection IDs, tunnel IDs, and other IDs; state is the table of pseudonyms."""

    def __init__(self, connections: Iterable[str] = (), tunnels: Iterable[str] = ()) -> None:
        self._names: Dict[Tuple[str, str], str] = {}
        self._counts: Dict[str, int] = {}
        self._known: List[Tuple[str, str]] = []
        for kind, ids in (("connection", connections), ("tunnel", tunnels)):
            for one in ids:
                if one:
                    self._known.append((one.lower(), self._name(kind, one.lower())))
        literal = "|".join(re.escape(one) for one, _name in sorted(self._known, key=lambda item: -len(item[0])))
        self._literal = re.compile(literal, re.IGNORECASE) if literal else None
        self._pseudonyms = dict(self._known)

    def _name(self, kind: str, key: str) -> str:
        if (kind, key) not in self._names:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._names[kind, key] = f"{kind}-{self._counts[kind]}"
        return self._names[kind, key]

    def text(self, text: str) -> str:
        """`text` with pseudonyms."""
        if self._literal is not None:
            text = self._literal.sub(lambda match: self._pseudonyms[match.group().lower()], text)
        return _ALL.sub(self._replace, text)

    def _replace(self, match: Any) -> str:
        found: str = match.group()
        if match.lastgroup in ("v4", "v6"):
            return self._address(found)
        if match.lastgroup == "mail":
            return self._name("identity", found.lower())
        return self._name("id", found.lower())

    def _address(self, found: str) -> str:
        plain = ".".join(str(int(part)) for part in re.split("[.-]", found)) if ":" not in found else found
        try:
            address = ipaddress.ip_address(plain)
        except ValueError:
            return found
        # "Any" and netmasks identify nobody, and :: is also how C++ writes a scope.
        return found if address.is_unspecified or plain.startswith("255.") else self._name("address", str(address))

    def value(self, value: Any) -> Any:
        """A copy of plain data with every text, keys included, redacted."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.value(key): self.value(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        return value


def redact_document(document: Mapping[str, Any]) -> Dict[str, Any]:
    """An evidence document with pseudonyms in the order of its connections: connection-1 is the first one."""
    rows = document.get("connections") or []
    tunnels = [tunnel for row in rows for tunnel in ((row.get("record") or {}).get("tunnels") or {})]
    redacted = Redactor([str(row["id"]) for row in rows], tunnels).value(document)
    return dict(redacted, redacted=True)
