# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is secret in a run, read from the wire, and a search for it in whatever the run left behind."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from outside import Answer, Asked

# Part of a long value is as much of a leak as the whole: three pieces of it are searched for in every form, and any
# piece of twice GRAM characters as it is.
PIECE, GRAM = 32, 16
_HEADERS = ("X-Auth-Token", "X-Subject-Token", "X-Security-Token", "x-acs-security-token", "X-Metadata-Token")
_FIELDS = (
    "AccessKeySecret",
    "SecurityToken",
    "secret",
    "securitytoken",
    "OIDCToken",
    "Signature",
    "password",
    "passcode",
)


class Wire:
    """Looks at what passes by: ``answer`` wraps that of an Outside; ``secrets`` maps each value to what it is."""

    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        self._answer = answer
        self.secrets: dict[str, str] = {}

    def __call__(self, asked: Asked) -> Answer:
        for name in (*_HEADERS, "X-aliyun-ecs-metadata-token"):
            self._note(name, asked.headers.get(name))
        signature = re.search(r"Signature=(\S+)", asked.headers.get("Authorization") or "")
        self._note("signature", signature and signature[1])
        for name, value in parse_qsl(urlsplit(asked.path).query) + parse_qsl(asked.body.decode("utf-8", "replace")):
            if name in _FIELDS:
                self._note(name, value)
        self._note_fields(asked.body)
        found = self._answer(asked)
        for name, value in found.headers.items():
            if name.lower() == "x-subject-token":
                self._note("token", value)
        self._note_fields(found.body)
        if asked.method == "PUT":
            self._note("metadata token", found.body.decode())
        return found

    def _note(self, what: str, value: Any) -> None:
        if isinstance(value, str) and len(value) >= 8:
            self.secrets.setdefault(value, what)

    def _note_fields(self, text: bytes) -> None:
        try:
            items = [json.loads(text)]
        except ValueError:
            return
        while items:
            item = items.pop()
            if isinstance(item, dict):
                items.extend(item.values())
                for name in _FIELDS:
                    self._note(name, item.get(name))
            elif isinstance(item, list):
                items.extend(item)


def forms(value: str) -> set[bytes]:
    """``value`` as it may turn up: plain, percent-encoded, in JSON (also twice), in base64 at any offset, in hex."""
    plain = value.encode()
    found = {plain, quote(value, safe="").encode(), quote(value).encode(), quote_plus(value).encode()}
    for text in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]):
        found |= {text.encode(), json.dumps(text)[1:-1].encode()}
    found |= {plain.hex().encode(), quote(quote(value, safe=""), safe="").encode()}
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + plain)
        # Characters at both ends depend on the neighbors too.
        whole = text[(offset * 8 + 5) // 6 : (offset + len(plain)) * 8 // 6]
        found |= {whole, whole.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def needles(secrets: Iterable[str]) -> dict[bytes, str]:
    """Piece of bytes -> the secret that it belongs to."""
    found: dict[bytes, str] = {}
    for secret in secrets:
        middle = len(secret) // 2
        pieces = (
            {secret} if len(secret) <= 2 * PIECE else {secret[:PIECE], secret[middle : middle + PIECE], secret[-PIECE:]}
        )
        for piece in pieces:
            found.update(dict.fromkeys(forms(piece), secret))
    return found


def search(folders: Iterable[Path], secrets: dict[str, str], but: Iterable[Path] = ()) -> Iterator[str]:
    """``file: what`` for each secret in any file below ``folders``, apart from the files and folders in ``but``."""
    wanted = needles(secrets)
    long = [secret for secret in secrets if len(secret) > 2 * PIECE]
    grams = {one[at : at + GRAM].encode(): one for one in long for at in range(0, len(one) - GRAM + 1, GRAM)}
    skipped = list(but)
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or any(path == one or one in path.parents for one in skipped):
                continue
            content = path.read_bytes()
            hits = {secret: content.index(needle) for needle, secret in wanted.items() if needle in content}
            for place in range(len(content) - GRAM + 1) if grams else ():
                if content[place : place + GRAM] in grams:
                    hits.setdefault(grams[content[place : place + GRAM]], place)
            for secret, place in hits.items():
                yield f"{path}: {secrets[secret]} {secret[:12]}... as {content[max(0, place - 80) : place + 60]!r}"
