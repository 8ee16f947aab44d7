# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Key material in debug dumps: iked prints the pre-shared key and every session key as hex. None of it passes."""

from __future__ import annotations

import re
import typing as t

MASK = "[key material]"
WARNING = "the gateway's log holds key material (debug level); it was masked. Lower the gateway's log level and change the keys."

_WHOLE = re.compile(r"\W*(?:0x)?[0-9A-Fa-f]+(?:[\s:]+(?:0x)?[0-9A-Fa-f]+)*\W*\Z")
"""A line that is nothing but hex, however short: the end of a dump."""
_HEAD = re.compile(
    r"""[^\w]*  # quotes, brackets, control characters
    (?P<hex>(?:0x)?[0-9A-Fa-f]{2,}(?![G-Zg-z_.])
        (?:(?:[\s,"'|\[\]-]+|:(?=[0-9A-Fa-f]{2}(?![0-9A-Fa-f])))(?:0x)?[0-9A-Fa-f]+(?![\w.]))*
    )""",
    re.VERBOSE,
)
"""The hex that a line begins with, in groups of any width; the groups of addresses and stamps are parted otherwise."""
_OFFSET_DUMP = re.compile(r"\s*(?:[0-9A-Fa-f]{4,8}|\d+):\s+(?:[0-9A-Fa-f]{2,8}\s+)+(?:\S.*)?\Z")
_ENOUGH = 16
"""Hex digits in even groups that make a dump of what begins with them, even if it is cut off or text follows."""
_AFTER_NAME = re.compile(
    r"""(?P<name>(?:psk|pre-?shared\ ?key|shared\ ?key|secret|skeyid(?:_[dae])?|skeyseed|sk_(?:d|ai|ar|ei|er|pi|pr)|keymat
    |with\ key|private\ key|encryption\ key|enckey|authkey|session\ key|dh'?s?\ (?:private|shared)|nonce\ \d|password
    |hash\([1-4]\))[^:=\n]{0,40}?(?:(?:[:=]|=>)[^\w]*|[^\w:=]+(?=(?:0x)?[0-9A-Fa-f]{8}(?![G-Zg-z])|(?:(?:0x)?[0-9A-Fa-f]{2}[^\w.]+){4})))
    (?P<hex>(?:0x)?[0-9A-Fa-f]{2,}(?:[^\w.]*(?:0x)?[0-9A-Fa-f]{2,})*)""",
    re.IGNORECASE | re.VERBOSE,
)
_LOUD_NAMES = ("SKEYID", "KEYMAT", "psk:", "key:")
"""What is looked for in a line whose level says that it names no keys, should the level be wrong."""
_NAMES = ("key", "psk", "KEY", "secret", "sk_", "SK_", "nonce", "password", "HASH(", "dh", "DH")


def mask(message: str, enveloped: bool, level: t.Optional[str]) -> t.Optional[str]:
    """The message with key material replaced, or None when it holds none.

    A line without an envelope of its own (not ``enveloped``) is the rest of a dump if it is hex, and a dump whose purpose
    is not known counts as key material. charon and VRP print no level; they name no keys beside hex.
    """
    if not message:
        return None
    if message[0] not in _NO_HEX and _is_dump(message, enveloped):
        return MASK
    if enveloped and level is None:
        return None
    for name in _NAMES if level in (None, "debug") else _LOUD_NAMES:
        if name in message:
            masked = _AFTER_NAME.sub(_hide, message)
            return masked if masked != message else None
    return None


_NO_HEX = frozenset("ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ<(")
"""What no dump begins with: most messages are done with at their first character."""


def _is_dump(message: str, enveloped: bool) -> bool:
    if _OFFSET_DUMP.match(message):
        return True
    head = _HEAD.match(message)
    if head is None:
        return False
    groups = re.findall(r"(?:0x)?([0-9A-Fa-f]+)", head["hex"])
    if any(len(one) % 2 for one in groups[:-1]):
        return False
    if sum(map(len, groups)) >= _ENOUGH:
        return len(groups) > 1 or len(groups[0]) % 2 == 0 or bool(_WHOLE.match(message))
    return (not enveloped or len(message) > 3) and len(groups[-1]) % 2 == 0 and bool(_WHOLE.match(message))


def _hide(found: re.Match[str]) -> str:
    return found["name"] + MASK
