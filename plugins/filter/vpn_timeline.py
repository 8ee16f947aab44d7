# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: several records to one timeline."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vpn_timeline
short_description: Merge the entries of several VPN connections
version_added: 1.0.0
description:
  - Makes one list of the entries of several records, oldest first, for example of both ends of one tunnel.
  - Each entry says where it comes from (C(provider), C(connection_id), C(tunnel_id)).
positional: _input
options:
  _input:
    description:
      - A list, or the facts of a module (a dictionary from VPN connection ID to record), or one record.
      - The items of a list are records of modules or lookups of this collection, or lists of entries, as
        P(netops.cloud_vpn.vpn_parse#filter) returns them for the log of the customer's end.
    type: raw
    required: true
author:
  - Contributors to the netops.cloud_vpn collection (!UNKNOWN)
seealso:
  - plugin: netops.cloud_vpn.vpn_connection_logs
    plugin_type: lookup
  - plugin: netops.cloud_vpn.vpn_parse
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Both ends of one tunnel, in the order in which things happened
  ansible.builtin.debug:
    msg: >-
      {{ [ansible_facts['alibaba_vpn_connection_logs']['vco-m5e83sapxp88cgp5f'],
          ansible_facts['huawei_vpn_connection_logs']['98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3']]
         | netops.cloud_vpn.vpn_timeline
         | map(attribute='message') }}

- name: The cloud's end and the log of our strongSwan
  ansible.builtin.debug:
    msg: "{{ [cloud, own] | netops.cloud_vpn.vpn_timeline | map(attribute='message') }}"
  vars:
    cloud: "{{ ansible_facts['alibaba_vpn_connection_logs']['vco-m5e83sapxp88cgp5f'] }}"
    own: "{{ lookup('ansible.builtin.file', 'charon.log') | netops.cloud_vpn.vpn_parse(provider='charon') }}"
"""

RETURN = r"""
_value:
  description: The entries of all records, oldest first.
  type: list
  elements: dict
  sample:
    - timestamp: "2022-12-14T07:44:28Z"
      epoch: 1671003868
      sequence: 0
      level: info
      source: "pfkey.c:1117"
      message: "IPsec-SA established: ESP/Tunnel 203.0.113.7[500]->198.51.100.4[500] spi=21622580(0x149ef34)"
      raw: "2022-12-14 15:44:28 vco-m5e [INFO]: pfkey.c:1117:ikev1_update_response(): IPsec-SA established: ..."
      event: tunnel_established
      phase: 2
      reason: null
      peer: 203.0.113.7
      tunnel_id: null
      provider: alibaba
      connection_id: vco-m5e83sapxp88cgp5f
"""

from typing import Any, Callable, Dict, List, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.timeline import merge
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._plain import never_template, plain_input, shown


def _is_record(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("logs"), list)


def vpn_timeline(value: Any) -> List[Dict[str, Any]]:
    """List of RECORD and of lists of ENTRY, dict of RECORD, or RECORD -> list of ENTRY."""
    value = plain_input(value, "vpn_timeline")
    if _is_record(value):
        sources = [value]
    elif isinstance(value, Mapping):
        sources = list(value.values())
    else:
        sources = value
    if not isinstance(sources, list) or not all(_is_record(one) or isinstance(one, list) for one in sources):
        raise AnsibleFilterError(
            "vpn_timeline: expected a list of records or of lists of entries, or the facts of a module "
            f"(VPN connection ID -> record); got {shown(value)}"
        )
    try:
        entries = merge(sources)
    except (KeyError, ValueError) as exc:
        raise AnsibleFilterError(f"vpn_timeline: {exc}") from exc
    return list(never_template(entries))


class FilterModule:
    """Filter vpn_timeline."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        """The filter by name."""
        return {"vpn_timeline": vpn_timeline}
