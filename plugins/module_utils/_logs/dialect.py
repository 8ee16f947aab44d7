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

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.reasons import clean

_PLACEHOLDERS = {
    "peer": r"(?P<peer>[0-9A-Fa-f.:%]*[0-9A-Fa-f])(?:\[[^\]]*\])?",
    "local": r"[0-9A-Fa-f.:%]*[0-9A-Fa-f](?:\[[^\]]*\])?",
    "spi": r"(?P<spi>(?:0x)?[0-9A-Fa-f]+)",
    "hex": r"(?P<hex>0x[0-9A-Fa-f]+)",
    "in": r"(?P<in>[0-9A-Fa-f]+)",
    "out": r"(?P<out>[0-9A-Fa-f]+)",
    "cookies": r"(?P<cookies>[0-9A-Fa-f]{16}:[0-9A-Fa-f]{16})",
    "ike": r"(?P<ike>\d+)",
    "child": r"(?P<child>[^{}\[\]]+\{\d+\})",
    "name": r"(?P<name>[^{}\[\]]+)",
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


class Reading(t.NamedTuple):
    """What a line says where its row alone cannot tell: it depends on the lines before."""

    event: str
    phase: t.Optional[int]
    reason: t.Optional[str]


class Match:
    """A message's row, and the values found in it."""

    __slots__ = ("_hits", "peer", "rule", "said")

    def __init__(self, rule: Rule, *hits: t.Optional[re.Match[str]]) -> None:
        self.rule = rule
        self._hits = hits
        peer = self.get("peer")
        self.peer = None if peer == "?" else peer
        self.said = (rule.event, rule.phase, clean(rule.reason), self.peer)

    def get(self, name: str) -> t.Optional[str]:
        """The value of a placeholder; None when the row has none of that name."""
        for hit in self._hits:
            if hit is not None and name in hit.re.groupindex:
                return hit[name]
        return None


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


class _Row:
    """A row and the expression for its text, compiled when a message first comes near it: a run sees few rows of a table."""

    __slots__ = ("match", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.match: t.Callable[[str], t.Optional[re.Match[str]]] = self._first

    def _first(self, message: str) -> t.Optional[re.Match[str]]:
        self.match = re.compile(compile_text(self.rule.text)).match
        return self.match(message)


_Rows = t.List[_Row]
_VARIABLE = re.compile(r"[<{$]")


def _variants(text: str) -> t.List[str]:
    """The text with a choice in its first two words written out."""
    found = re.match(r"((?:[^\s{]+ )?[^\s{]*)\{([^{}<>]*\|[^{}<>]*)\}(.*)", text)
    return [found[1] + one + found[3] for one in found[2].split("|")] if found else [text]


class Dialect:
    """A table of rows, indexed by the first two words of their texts; rows that name both words are asked first."""

    def __init__(
        self, name: str, rules: t.Sequence[Rule], prefix: t.Optional[str] = None, prefix_starts: str = ""
    ) -> None:
        """``prefix``: expression for what may stand before the text, its named groups are values of the match;
        ``prefix_starts``: the characters it may begin with."""
        self.name = name
        self.rules = tuple(rules)
        self._prefix = re.compile(prefix).match if prefix else None
        self._prefix_starts = frozenset(prefix_starts)
        self._by_words: t.Dict[str, t.Dict[str, _Rows]] = {}
        self._floating: _Rows = []
        for rule in rules:
            row = _Row(rule)
            for text in _variants(rule.text):
                first, blank, rest = text.partition(" ")
                second, more, _rest = rest.partition(" ")
                if not blank or _VARIABLE.search(first):
                    self._floating.append(row)
                    continue
                exact = more and not _VARIABLE.search(second)
                self._by_words.setdefault(first, {}).setdefault(second if exact else "", []).append(row)

    def match(self, message: str) -> t.Optional[Match]:
        """The first row whose text the message begins with; None when the table has none."""
        prefix = None
        if self._prefix and message[:1] in self._prefix_starts:
            prefix = self._prefix(message)
            if prefix:
                message = message[prefix.end() :]
        words = message.split(" ", 2)
        rows = self._by_words.get(words[0])
        if rows:
            for row in rows.get(words[1], ()) if len(words) > 1 else ():
                hit = row.match(message)
                if hit:
                    return Match(row.rule, hit, prefix)
            for row in rows.get("", ()):
                hit = row.match(message)
                if hit:
                    return Match(row.rule, hit, prefix)
        for row in self._floating:
            hit = row.match(message)
            if hit:
                return Match(row.rule, hit, prefix)
        return None
