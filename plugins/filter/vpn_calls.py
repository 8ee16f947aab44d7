# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: a list of VPN connections to module calls."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vpn_calls
short_description: Group VPN connections into as few module calls as possible
version_added: 1.0.0
description:
  - Checks a list of VPN connections of both clouds and groups those that share cloud, region, and options, so that one
    module call reads them all. The role C(netops.cloud_vpn.verify) is built on it.
positional: _input
options:
  _input:
    description:
      - The VPN connections. Each is an ID, or a dictionary with C(id) and, where needed, C(provider), C(region),
        C(pair), C(tunnel_ids), and C(options) (options of the module, such as the sign-in).
    type: list
    elements: raw
    required: true
  since:
    description: Start of the window for all of them, as the option of the modules.
    type: str
  marker:
    description:
      - Start of the window for each, a dictionary from VPN connection ID to time. Must know all of them, so that an empty
        one is refused unless O(since) is given.
    type: dict
  begun:
    description: Where earlier looks began, a dictionary like O(marker). Goes before both, and need not know all of them.
    type: dict
  after:
    description:
      - Registered results of the calls. Only calls of which some VPN connections failed remain, without these.
    type: list
    elements: dict
author:
  - Contributors to the netops.cloud_vpn collection (!UNKNOWN)
seealso:
  - plugin: netops.cloud_vpn.vpn_verdicts
    plugin_type: filter
"""

EXAMPLES = r"""
- name: How many calls are needed?
  ansible.builtin.debug:
    msg: "{{ connections | netops.cloud_vpn.vpn_calls | length }}"
  vars:
    connections:
      - id: vco-m5e83sapxp88cgp5f
        region: eu-central-1
        pair: branch
      - id: 98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3
        region: eu-de
        pair: branch
"""

RETURN = r"""
_value:
  description: The calls.
  type: list
  elements: dict
  sample:
    - number: 0
      provider: alibaba
      ids: [vco-m5e83sapxp88cgp5f]
      options: {region: eu-central-1}
"""

from typing import Any, Callable, Dict, List

from ansible.errors import AnsibleFilterError

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.calls import plan_calls
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._plain import never_template, plain_input


def vpn_calls(
    connections: Any, since: Any = None, marker: Any = None, begun: Any = None, after: Any = None
) -> List[Dict[str, Any]]:
    """List of connections -> list of calls."""
    try:
        calls = plan_calls(
            plain_input(connections, "vpn_calls"),
            plain_input(since, "vpn_calls, since"),
            plain_input(marker, "vpn_calls, marker"),
            plain_input(begun, "vpn_calls, begun"),
            plain_input(after, "vpn_calls, after"),
        )
    except ValueError as exc:
        raise AnsibleFilterError(f"vpn_calls: {exc}") from exc
    return list(never_template(calls))


class FilterModule:
    """Filter vpn_calls."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        """The filter by name."""
        return {"vpn_calls": vpn_calls}
