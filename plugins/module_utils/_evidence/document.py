# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The evidence document: what all files are rendered from, and evidence.json itself."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, Mapping

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.junit import render_junit
from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.markdown import render_markdown
from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.page import render_page
from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.redact import redact_document

Document = Dict[str, Any]
"""A Verdict (see verdicts.py) with `title`, `generated_at` (ISO), and `redacted`."""


def render_json(document: Mapping[str, Any]) -> str:
    """The document itself. Only ASCII, so that no log line can play with a terminal that shows the file."""
    return json.dumps(document, indent=2, ensure_ascii=True)


FORMS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "json": render_json,
    "markdown": render_markdown,
    "junit": render_junit,
    "html": render_page,
}


def render(document: Mapping[str, Any], form: str, redact: bool = False) -> str:
    """One evidence file as text. Raises ValueError for an unknown form or something that is no document."""
    if form not in FORMS:
        raise ValueError(f"{form!r} is not one of {', '.join(FORMS)}")
    rows = document.get("connections") if isinstance(document, Mapping) else None
    if not isinstance(rows, list) or "summary" not in document:
        raise ValueError("expected the verdict of the filter vpn_verdicts")
    if any("record" not in row for row in rows):
        raise ValueError("this verdict carries no records; make it with records=true")
    complete = {"title": "VPN verification", "generated_at": "", "redacted": False, **document}
    return FORMS[form](redact_document(complete) if redact else complete)
