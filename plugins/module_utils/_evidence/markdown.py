# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""evidence.md: for a ticket that takes Markdown."""

from __future__ import annotations

import re
from typing import Any, List, Mapping

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.verdicts import Row, sentence
from ansible_collections.netops.cloud_vpn.plugins.module_utils._text import visible

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]#!|~$@])")


def _inline(value: Any) -> str:
    """Text that Markdown leaves alone: no markup, no HTML, no mention, no table cell."""
    text = visible(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _PUNCTUATION.sub(r"\\\1", text)


def _code(lines: List[str]) -> List[str]:
    """A fenced block; the fence is longer than any in the text."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence + "text", *lines, fence]


def _section(row: Row) -> List[str]:
    record = row["record"] or {}
    lines = ["", f"## {_inline(row['id'])}", "", _inline(sentence(row))]
    if not record:
        return lines
    window, count = record.get("window") or {}, record.get("count")
    cut = f", the newest {len(record.get('logs') or [])} are kept" if record.get("truncated") else ""
    lines += [
        "",
        _inline(
            f"Window {window.get('since') or 'everything the provider holds'} to {window.get('until')}, {count} entries{cut}. "
            f"Read {record.get('fetched_at')}."
        ),
    ]
    evidence = (record.get("health") or {}).get("evidence") or []
    if evidence:
        lines += ["", "Decisive lines:", ""]
        lines += _code([f"{one.get('timestamp') or '-'} {visible(one.get('message'))}" for one in evidence])
    return lines


def render_markdown(document: Mapping[str, Any]) -> str:
    """Summary, table, and a section per connection; the whole logs are in the other files."""
    rows = document["connections"]
    result = "passed" if document["passed"] else "FAILED"
    lines = [f"# {_inline(document['title'])}: {result}", ""]
    head, *rest = document["summary"]
    lines += [_inline(head)] + (["", *(f"* {_inline(line)}" for line in rest)] if rest else [])
    lines += ["", "| connection | cloud | pair | state | reason | since | result |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        cells = [row["id"], row["provider"], row["pair"], row["state"], row["reason"], row["since"]]
        lines.append(
            "| " + " | ".join(_inline(cell) or " " for cell in cells) + f" | {'ok' if row['passed'] else 'NOT ok'} |"
        )
    if document["pairs"]:
        lines += ["", "| pair | state | ends |", "|---|---|---|"]
        lines += [
            f"| {_inline(one['name'])} | {_inline(one['state'])} | {_inline(one['text'])} |"
            for one in document["pairs"]
        ]
    for row in rows:
        lines += _section(row)
    note = " Addresses and IDs are replaced by pseudonyms." if document["redacted"] else ""
    lines += ["", f"Written {_inline(document['generated_at'])} by netops.cloud_vpn.verify.{note}"]
    return "\n".join(lines)
