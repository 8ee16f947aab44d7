# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: a verdict to an evidence file."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vpn_evidence
short_description: Render a verdict as an evidence file
version_added: 1.0.0
description:
  - Renders what P(netops.cloud_vpn.vpn_verdicts#filter) returns as a file for a change ticket.
  - Log lines are text in every form. Markup, templates, and terminal escapes in them have no effect.
positional: _input, form
options:
  _input:
    description:
      - A verdict with records. Keys C(title) and C(generated_at) may be added to it.
    type: dict
    required: true
  form:
    description:
      - V(json) is the verdict with all records, V(markdown) a summary for a ticket, V(junit) one test case per VPN
        connection, and V(html) a page with drawn timelines that needs nothing but itself.
    type: str
    choices: [json, markdown, junit, html]
    required: true
  redact:
    description:
      - Whether to replace addresses and IDs by pseudonyms. The same verdict gets the same pseudonyms in each form.
    type: bool
    default: false
author:
  - Contributors to the netops.cloud_vpn collection (!UNKNOWN)
seealso:
  - plugin: netops.cloud_vpn.vpn_verdicts
    plugin_type: filter
  - plugin: netops.cloud_vpn.vpn_redact
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Keep the page
  ansible.builtin.copy:
    content: "{{ verdict | netops.cloud_vpn.vpn_evidence('html', redact=true) }}"
    dest: "{{ playbook_dir }}/evidence.html"
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The text of the file.
  type: str
  sample: "<!DOCTYPE html>..."
"""

from typing import Any, Callable, Dict

from ansible.errors import AnsibleFilterError

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.document import render
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._plain import boolean_input, never_template, plain_input


def vpn_evidence(verdict: Any, form: str, redact: Any = False) -> Any:
    """Verdict -> text of one file."""
    try:
        hidden = boolean_input(redact, "vpn_evidence, redact")
        text = render(plain_input(verdict, "vpn_evidence"), str(form), hidden)
    except ValueError as exc:
        raise AnsibleFilterError(f"vpn_evidence: {exc}") from exc
    return never_template(text)


class FilterModule:
    """Filter vpn_evidence."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        """The filter by name."""
        return {"vpn_evidence": vpn_evidence}
