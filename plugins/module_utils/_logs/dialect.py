# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""How a daemon's table of messages is written, and how a message finds its row.

A dialect is a table of rows. The text of a row is the beginning of a message as the daemon prints it, with
placeholders where it prints values: ``<peer>`` and ``<local>`` addresses, ``<spi>`` an SPI, ``<n>`` a number, ``<word>`` text
without blanks, ``<*>`` anything. ``{a|b}`` stands for one of several texts, ``$`` at the end for the end of the message.
"""

from __future__ import annotations

import re
import typing as t

_PLACEHOLDERS = {
    "peer": r"(?P<peer>[0-9A-Fa-f.:%]*[0-9A-Fa-f])(?:\[[^\]]*\])?",
    "local": r"[0-9A-Fa-f.:%]*[0-9A-Fa-f](?:\[[^\]]*\])?",
    "spi": r"(?P<spi>(?:0x)?[0-9A-Fa-f]+)",
    "hex": r"(?P<hex>0x[0-9A-Fa-f]+)",
    "in": r"(?P<in>[0-9A-Fa-f]+)",
    "out": r"(?P<out>[0-9A-Fa-f]+)",
    "cookies": r"(?P<cookies>[0-9A-Fa-f]{16}:[0-9A-Fa-f]{16})",
    "ike": r"(?P<ike>\d+)",
    "child": r"(?P<child>[^\s{}]+\{\d+\})",
    "name": r"(?P<name>[^\s\[\]]+)",
    "word": r"\S+",
    "old": r"(?P<old>\S+)",
    "new": r"(?P<new>\S+)",
    "n": r"\d+",
    "*": r".*?",
}
_TOKEN = re.compile(r"<(\*|[a-z]+)>|\{([^{}<>]*\|[^{}<>]*)\}|(\$)$|([^<{$]+|[<{$])")


class Rule(t.NamedTuple):
    """One row of a dialect's table."""

    text: str
    event: str = "other"
    phase: t.Optional[int] = None
    reason: t.Optional[str] = None
    """Reason of the contract; a leading ``?`` marks a guess that any surer line outranks."""
    act: t.Optional[str] = None
    """What the reader of the dialect does with the line; nothing when it changes no state."""


class Match(t.NamedTuple):
    """A message's row and the values found in it."""

    rule: Rule
    values: t.Dict[str, t.Optional[str]]


def compile_text(text: str) -> str:
    """The regular expression for the text of a row."""
    parts = []
    for name, choice, end, literal in _TOKEN.findall(text):
        if name:
            parts.append(_PLACEHOLDERS[name])
        elif choice:
            parts.append("(?:" + "|".join(re.escape(one) for one in choice.split("|")) + ")")
        elif end:
            parts.append("$")
        else:
            parts.append(re.escape(literal))
    return "".join(parts)


_Row = t.Tuple[t.Callable[[str], t.Optional["re.Match[str]"]], Rule]


class Dialect:
    """A table of rows, indexed by the first word of their texts."""

    def __init__(self, name: str, rules: t.Sequence[Rule], prefix: t.Optional[str] = None) -> None:
        """``prefix``: expression for what may stand before the text; its named groups are values of the match."""
        self.name = name
        self.rules = tuple(rules)
        self._prefix = re.compile(prefix).match if prefix else None
        self._by_word: t.Dict[str, t.List[_Row]] = {}
        self._floating: t.List[_Row] = []
        for rule in rules:
            row = (re.compile(compile_text(rule.text)).match, rule)
            word, blank, _rest = rule.text.partition(" ")
            if blank and not re.search(r"[<{$]", word):
                self._by_word.setdefault(word, []).append(row)
            else:
                self._floating.append(row)

    def match(self, message: str) -> t.Optional[Match]:
        """The first row whose text the message begins with; None when the table has none."""
        values: t.Dict[str, t.Optional[str]] = {}
        if self._prefix:
            found = self._prefix(message)
            if found and found.end():
                values = found.groupdict()
                message = message[found.end() :]
        for match, rule in self._by_word.get(message.partition(" ")[0], ()):
            hit = match(message)
            if hit:
                return Match(rule, {**values, **hit.groupdict()} if hit.lastindex or values else values)
        for match, rule in self._floating:
            hit = match(message)
            if hit:
                return Match(rule, {**values, **hit.groupdict()} if hit.lastindex or values else values)
        return None
