# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: raw VPN log lines to entries."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vpn_parse
short_description: Parse raw VPN log lines
version_added: 1.0.0
description:
  - Turns log lines of a VPN gateway into the same entries that the modules of this collection return, without any
    cloud.
  - No line is dropped. A line whose meaning is unknown is an entry with the event V(other).
  - Key material that a daemon printed at debug level is masked.
positional: _input
options:
  _input:
    description: The lines, as a list, or as one text.
    type: raw
    required: true
  provider:
    description:
      - Where the lines come from.
      - V(alibaba) and V(huawei) are the lines of the clouds' APIs. V(charon) (strongSwan) and V(racoon) are the
        daemons' own log files, for the customer's end of a tunnel.
    type: str
    required: true
    choices: [alibaba, huawei, charon, racoon]
  log_timezone:
    description: Offset of time stamps that carry none, in the form V(+08:00), from V(-12:00) to V(+14:00).
    type: str
    default: "+08:00"
  connection_id:
    description: VPN connection ID to put into the entries.
    type: str
author:
  - Contributors to the netops.cloud_vpn collection (!UNKNOWN)
seealso:
  - plugin: netops.cloud_vpn.vpn_health
    plugin_type: filter
  - plugin: netops.cloud_vpn.vpn_connection_logs
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Judge a log that somebody sent
  ansible.builtin.debug:
    msg: >-
      {{ lookup('ansible.builtin.file', 'charon.log')
         | netops.cloud_vpn.vpn_parse(provider='charon', log_timezone='+01:00')
         | netops.cloud_vpn.vpn_health }}

- name: Parse lines that were copied from the console
  ansible.builtin.set_fact:
    entries: "{{ lines | netops.cloud_vpn.vpn_parse(provider='alibaba') }}"
"""

RETURN = r"""
_value:
  description: The entries, oldest first.
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

from typing import Any, Callable, Dict, List, Optional

from ansible.errors import AnsibleFilterError

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._plain import never_template, plain_input, shown


def vpn_parse(
    lines: Any, provider: str, log_timezone: str = "+08:00", connection_id: Optional[str] = None
) -> List[Dict[str, Any]]:
    """List of lines or one text -> list of ENTRY."""
    value = plain_input(lines, "vpn_parse")
    if not isinstance(value, str) and not (isinstance(value, list) and all(isinstance(line, str) for line in value)):
        raise AnsibleFilterError(f"vpn_parse: expected a list of lines, or one text; got {shown(value)}")
    try:
        entries = parse_lines(
            value,
            provider=plain_input(provider, "vpn_parse, provider"),
            connection_id=plain_input(connection_id, "vpn_parse, connection_id"),
            log_timezone=plain_input(log_timezone, "vpn_parse, log_timezone"),
        )
    except ValueError as exc:
        raise AnsibleFilterError(f"vpn_parse: {exc}") from exc
    return list(never_template(entries))


class FilterModule:
    """Filter vpn_parse."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        """The filter by name."""
        return {"vpn_parse": vpn_parse}
