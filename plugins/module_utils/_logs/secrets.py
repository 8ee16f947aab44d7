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
_NAMES = ("psk", "key", "secret", "skeyid", "KEY", "SKEYID", "sk_", "SK_", "dh", "DH", "nonce", "password", "HASH(", "hash(")


def mask(message: str, continuation: bool) -> t.Optional[str]:
    """The message with key material replaced, or None when it holds none.

    ``continuation``: the line has no envelope of its own, so any hex in it is a dump, and a dump whose purpose is not
    known counts as key material.
    """
    if not message:
        return None
    if message[0] in "0123456789abcdefABCDEF \t" and (
        (_HEX_DUMP.match(message) and (continuation or len(message) > 3)) or _LONG_HEX.match(message)
    ):
        return MASK
    if (continuation or message[0] in " 0123456789") and _OFFSET_DUMP.match(message):
        return MASK
    for name in _NAMES:
        if name in message:
            masked = _AFTER_NAME.sub(lambda found: found["name"] + MASK, message)
            return masked if masked != message else None
    return None
