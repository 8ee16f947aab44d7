# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""evidence.html: one page that needs nothing but itself."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any, Dict, List, Mapping, Sequence

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.drawing import draw, legend
from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.style import SCRIPT, STYLE
from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.verdicts import Row, sentence
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.timeline import merge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._text import escape

CLOUDS = {"alibaba": "Alibaba Cloud", "huawei": "Huawei Cloud"}


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


# Even if a line got through as markup, no browser would run or load it.
POLICY = f"default-src 'none'; img-src data:; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; base-uri 'none'; form-action 'none'"


def _badge(state: Any, kind: Any = None) -> str:
    return f'<span class="badge {escape(kind or state)}">{escape(state)}</span>'


def _short(moment: Any) -> str:
    """A time without its fraction and with a place to break: the record has it in full."""
    return re.sub(r"(T[0-9:]{8})\.[0-9]+Z", r"\1Z", str(moment or "")).replace("T", " ")


def _cell(label: str, content: str) -> str:
    return f'<td data-label="{label}">{content}</td>'


def _table(rows: Sequence[Row]) -> str:
    lines = []
    places = {row["id"]: place for place, ends in enumerate(_tunnels(rows), 1) for row in ends}
    for row in rows:
        cloud = ", ".join(filter(None, (CLOUDS.get(row["provider"], row["provider"]), row["region"])))
        reason = row["reason"] or (row["error"] or {}).get("kind") or ""
        lines.append(
            "<tr>"
            f'<td class="id"><a href="#tunnel-{places[row["id"]]}">{escape(row["id"])}</a></td>'
            + _cell("cloud", escape(cloud))
            + _cell("pair", escape(row["pair"]))
            + _cell("state", _badge(row["state"]))
            + _cell("reason", escape(reason).replace("_", "_<wbr>"))
            + _cell("since", escape(_short(row["since"])))
            + _cell("result", "as expected" if row["passed"] else "<strong>not as expected</strong>")
            + "</tr>"
        )
    heads = "".join(
        f'<th scope="col">{name}</th>' for name in ("connection", "cloud", "pair", "state", "reason", "since", "result")
    )
    return f'<table class="summary"><caption>VPN connections</caption><thead><tr>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table>'


def _tunnels(rows: Sequence[Row]) -> List[List[Row]]:
    """Both ends of a pair together, in the order of the list."""
    groups: Dict[str, List[Row]] = {}
    for row in rows:
        groups.setdefault(f"pair {row['pair']}" if row["pair"] else row["id"], []).append(row)
    return list(groups.values())


def _end(row: Row, several: bool) -> str:
    """Verdict, hint, and the decisive lines of one end; its name only when it is not that of the section."""
    record = row["record"] or {}
    name = f"<h3>{escape(row['id'])} {_badge(row['state'])}</h3>" if several else ""
    parts = [name, f"<p>{escape(sentence(row))}</p>"]
    evidence = (record.get("health") or {}).get("evidence") or []
    if evidence:
        lines = "".join(
            f"<li><time>{escape(one.get('timestamp') or 'no time')}</time>{escape(one.get('message'))}</li>"
            for one in evidence
        )
        parts.append(f'<ul class="lines" aria-label="Decisive lines of {escape(row["id"])}">{lines}</ul>')
    return "".join(parts)


def _log(records: List[Mapping[str, Any]], number: int) -> str:
    entries = merge(records)
    if not entries:
        return '<p class="soft">There are no log lines.</p>'
    several = len(records) > 1
    lines = []
    for entry in entries:
        who = " ".join(filter(None, (entry.get("connection_id") if several else None, entry.get("tunnel_id"))))
        source = f"{escape(entry.get('source'))} " if entry.get("source") else ""
        event = f" <i>{escape(entry['event'])}</i>" if entry.get("event") not in (None, "other") else ""
        lines.append(
            f'<li class="{escape(entry.get("level") or "none")}"><time>{escape(entry.get("timestamp") or "no time")}</time> '
            + (f"<b>{escape(who)}</b> " if who else "")
            + f"<b>{source}</b>{escape(entry.get('message'))}{event}</li>"
        )
    cut = [record for record in records if record.get("truncated")]
    note = "".join(
        f'<p class="soft">Of {escape(one["connection_id"])} the newest {len(one["logs"])} of {escape(one["count"])} entries are here; '
        "the verdict rests on all, the timeline on these.</p>"
        for one in cut
    )
    return (
        f"<details><summary>Full log, {len(entries)} lines</summary>{note}"
        f'<div class="filter" hidden><label for="filter-{number}">Show lines with</label>'
        f'<input id="filter-{number}" type="search" autocomplete="off" spellcheck="false"><span role="status"></span></div>'
        f'<ol class="log" tabindex="0" aria-label="Log">{"".join(lines)}</ol></details>'
    )


def _windows(records: List[Mapping[str, Any]]) -> str:
    parts = []
    for record in records:
        window = record.get("window") or {}
        since = window.get("since") or "everything the provider holds"
        parts.append(
            f"{record['connection_id']}: window {_short(since)} to {_short(window.get('until'))}, {record.get('count')} "
            f"entries, read {_short(record.get('fetched_at'))}"
            + ("" if record.get("complete") is True else ", INCOMPLETE")
        )
    return "".join(f'<p class="soft">{escape(part)}</p>' for part in parts)


def _section(ends: List[Row], number: int, pairs: Mapping[str, Mapping[str, Any]]) -> str:
    pair = pairs.get(ends[0]["pair"] or "")
    title = f"Pair {escape(pair['name'])}" if pair else escape(ends[0]["id"])
    badge = _badge(pair["state"] if pair else ends[0]["state"])
    both = f"<p>Both ends: {escape(pair['text'])}.</p>" if pair else ""
    records = [row["record"] for row in ends if row["record"]]
    drawing = draw(records) or '<p class="soft">There is no record to draw.</p>'
    verdicts = "".join(_end(row, len(ends) > 1) for row in ends)
    return (
        f'<section class="tunnel" id="tunnel-{number}" aria-labelledby="title-{number}"><h2 id="title-{number}">{title} {badge}</h2>'
        f'{both}<div class="both"><div>{drawing}{_windows(records)}</div><div>{verdicts}</div></div>'
        f"{_log(records, number) if records else ''}</section>"
    )


def render_page(document: Mapping[str, Any]) -> str:
    """The whole page. Every text of the document passes `escape`."""
    rows = document["connections"]
    pairs = {pair["name"]: pair for pair in document["pairs"]}
    title = escape(document["title"])
    result = _badge("passed", "ok") if document["passed"] else _badge("not passed", "bad")
    head, *rest = document["summary"]
    listed = f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in rest)}</ul>" if rest else ""
    note = " Addresses and IDs are replaced by pseudonyms." if document["redacted"] else ""
    sections = "".join(_section(ends, number, pairs) for number, ends in enumerate(_tunnels(rows), 1))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f'<link rel="icon" href="data:,"><title>{title}</title><style>{STYLE}</style></head><body>'
        f"<header><h1>{title} {result}</h1><p>{escape(head)}</p>{listed}"
        f'<p class="soft">Written {escape(document["generated_at"])}; all times are UTC.{note}</p></header>'
        f"<main>{_table(rows)}{legend()}{sections}</main><script>{SCRIPT}</script></body></html>"
    )
