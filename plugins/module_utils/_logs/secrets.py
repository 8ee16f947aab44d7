# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Key material in debug dumps: iked prints the pre-shared key and every session key as hex. None of it passes."""

from __future__ import annotations

import re
import typing as t

MASK = "[key material]"
WARNING = "the gateway's log holds key material (debug level); it was masked. Lower the gateway's log level and change the keys."

_HEX_DUMP = re.compile(r"\s*(?:[0-9A-Fa-f]{2}){1,4}(?:[\s:]+(?:[0-9A-Fa-f]{2}){1,4})*\s*\Z")
_LONG_HEX = re.compile(r"\s*(?:0x)?(?:[0-9A-Fa-f]{2}){8,}\s*\Z")
_OFFSET_DUMP = re.compile(r"\s*(?:[0-9A-Fa-f]{4,8}|\d+):\s+(?:[0-9A-Fa-f]{2,8}\s+)+(?:\S.*)?\Z")
_AFTER_NAME = re.compile(
    r"""(?P<name>(?:psk|pre-?shared\ ?key|shared\ ?key|secret|skeyid(?:_[dae])?|skeyseed|sk_(?:d|ai|ar|ei|er|pi|pr)|keymat|with\ key|private\ key
    |encryption\ key|enckey|authkey|session\ key|dh'?s?\ (?:private|shared)|nonce\ \d|password|hash\([1-4]\))
    [^:=\n]{0,40}(?:[:=]|=>)\s*(?:0x)?)(?P<hex>[0-9A-Fa-f]{2,}(?:[\s:]*[0-9A-Fa-f]{2,})*)""",
    re.IGNORECASE | re.VERBOSE,
)
_NAMES = ("key", "psk", "KEY", "secret", "sk_", "SK_", "nonce", "password", "HASH(", "dh", "DH")
_HEX_START = frozenset("0123456789abcdefABCDEF \t")


def mask(message: str, enveloped: bool, level: t.Optional[str]) -> t.Optional[str]:
    """The message with key material replaced, or None when it holds none.

    A line without an envelope of its own (not ``enveloped``) is the rest of a dump if it is hex, and a dump whose purpose
    is not known counts as key material. Keys are named at debug level only.
    """
    if message[:1] in _HEX_START and message:
        if (_HEX_DUMP.match(message) and (not enveloped or len(message) > 3)) or _LONG_HEX.match(message):
            return MASK
        if _OFFSET_DUMP.match(message):
            return MASK
    if level is not None and level != "debug":
        return None
    for name in _NAMES:
        if name in message:
            masked = _AFTER_NAME.sub(_hide, message)
            return masked if masked != message else None
    return None


def _hide(found: re.Match[str]) -> str:
    return found["name"] + MASK
