# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""junit.xml: one case per connection, for the viewers of CI systems."""

from __future__ import annotations

from typing import Any, List, Mapping

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.verdicts import Row, sentence
from ansible_collections.netops.cloud_vpn.plugins.module_utils._text import escape


def _body(row: Row) -> str:
    lines: List[str] = [sentence(row)]
    health = (row["record"] or {}).get("health") or {}
    lines += [f"{line.get('timestamp') or '-'} {line.get('message')}" for line in health.get("evidence") or []]
    return "\n".join(escape(line) for line in lines)


def render_junit(document: Mapping[str, Any]) -> str:
    """One suite. A verdict that does not pass is a failure, a connection that could not be read an error."""
    rows = document["connections"]
    errors = sum(row["record"] is None for row in rows)
    failures = sum(not row["passed"] for row in rows) - errors
    counts = f'tests="{len(rows)}" failures="{failures}" errors="{errors}"'
    stamp = f' timestamp="{escape(document["generated_at"].rstrip("Z"))}"' if document["generated_at"] else ""
    title = escape(document["title"])
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="{title}" {counts}>',
        f'  <testsuite name="{title}" {counts} skipped="0" time="0"{stamp}>',
    ]
    for row in rows:
        name = row["id"] + (f" (pair {row['pair']})" if row["pair"] else "")
        case = f'    <testcase classname="{escape(row["provider"])}" name="{escape(name)}" time="0"'
        if row["passed"]:
            lines.append(f"{case}><system-out>{_body(row)}</system-out></testcase>")
            continue
        tag = "error" if row["record"] is None else "failure"
        kind = (row["error"] or {}).get("kind") or row["reason"] or row["state"]
        lines.append(f"{case}>")
        lines.append(f'      <{tag} message="{escape(sentence(row))}" type="{escape(kind)}">{_body(row)}</{tag}>')
        lines.append("    </testcase>")
    lines += ["  </testsuite>", "</testsuites>"]
    return "\n".join(lines)
