# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: addresses and IDs to pseudonyms."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vpn_redact
short_description: Replace addresses and IDs by pseudonyms
version_added: 1.0.0
description:
  - Replaces IP addresses, e-mail addresses, and IDs of clouds (connections, tunnels, gateways, projects, requests) in
    every text of a value by pseudonyms such as V(address-1). The same thing gets the same pseudonym everywhere
    in the value.
  - Host names and names that people chose stay as they are, but for the address in names such as
    V(host-203-0-113-7) and V(ip-203-0-113-7).
positional: _input
options:
  _input:
    description: A text, or any list or dictionary of texts, for example a record.
    type: raw
    required: true
author:
  - Contributors to the netops.cloud_vpn collection (!UNKNOWN)
seealso:
  - plugin: netops.cloud_vpn.vpn_evidence
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show a verdict to somebody else
  ansible.builtin.debug:
    msg: "{{ ansible_facts['alibaba_vpn_connection_logs'] | netops.cloud_vpn.vpn_redact }}"
"""

RETURN = r"""
_value:
  description: A copy of the value with pseudonyms.
  type: raw
  sample: "IPsec-SA established: ESP/Tunnel address-1[500]->address-2[500]"
"""

from typing import Any, Callable, Dict

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.redact import Redactor
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._plain import never_template, plain_input


def vpn_redact(value: Any) -> Any:
    """Plain data -> the same with pseudonyms."""
    return never_template(Redactor().value(plain_input(value, "vpn_redact")))


class FilterModule:
    """Filter vpn_redact."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        """The filter by name."""
        return {"vpn_redact": vpn_redact}
