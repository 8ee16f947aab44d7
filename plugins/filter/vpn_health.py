# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: entries to a verdict."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vpn_health
short_description: Judge a VPN connection from its log entries
version_added: 1.0.0
description:
  - Judges whether a VPN connection is V(up), V(degraded), V(negotiating), V(down), or
    V(unknown), and says why, since when, and what to compare or do.
  - Silence is V(unknown), never up and never down.
positional: _input
options:
  _input:
    description:
      - A list of entries, as P(netops.cloud_vpn.vpn_parse#filter) returns them, or one record of a module or lookup
        of this collection.
      - Entries of several VPN connections or tunnels are judged each on its own; then V(up) means that all of them are,
        and V(degraded) that some are.
      - Of a record the verdict that it brings along is returned, because that one was made from all entries, those that
        C(limit) left out included. A verdict does not know whether the record was complete or when it was fetched, so
        test the record itself with P(netops.cloud_vpn.vpn_up#test).
    type: raw
    required: true
author:
  - Contributors to the netops.cloud_vpn collection (!UNKNOWN)
seealso:
  - ref: ansible_collections.netops.cloud_vpn.docsite.guide_verdicts
    description: What each state and reason means, and what to check on both ends.
  - plugin: netops.cloud_vpn.vpn_parse
    plugin_type: filter
  - plugin: netops.cloud_vpn.vpn_up
    plugin_type: test
"""

EXAMPLES = r"""
- name: Judge only what came after the change
  ansible.builtin.debug:
    msg: "{{ record.logs | selectattr('epoch') | selectattr('epoch', '>=', changed_at) | netops.cloud_vpn.vpn_health }}"
"""

RETURN = r"""
_value:
  description: The verdict.
  type: dict
  contains:
    state:
      description: One of V(up), V(degraded), V(negotiating), V(down), V(unknown).
      returned: success
      type: str
      sample: down
    reason:
      description: Why, as a word to match on.
      returned: success
      type: str
      sample: psk_mismatch
    phase:
      description: Phase in which it fails, V(1) for the IKE SA, V(2) for the IPsec SA.
      returned: success
      type: int
      sample: 1
    persistent:
      description: Whether it will not heal until a configuration is changed.
      returned: success
      type: bool
      sample: true
    since:
      description: When this state began, as far as the window shows.
      returned: success
      type: str
      sample: "2022-12-14T07:44:28Z"
    last_event:
      description: Time of the newest entry that says anything about the tunnel.
      returned: success
      type: str
      sample: "2022-12-14T07:51:02Z"
    flaps:
      description: How often it went from up to something else.
      returned: success
      type: int
      sample: 0
    time_to_up:
      description: Seconds until it was up for the first time.
      returned: success
      type: float
      sample: 12.5
    hint:
      description: What to compare or to do.
      returned: success
      type: str
      sample: The pre-shared keys differ. Set the same key on both ends, and look for blanks or quotes around it.
    evidence:
      description: The entries that decided it, at most five, oldest first.
      returned: success
      type: list
      elements: dict
      sample:
        - timestamp: "2022-12-14T07:44:28Z"
          message: "phase1 negotiation failed due to time up (index 7a75d09946d4ea64:e45fbc47cfa2be50)."
"""

from typing import Any, Callable, Dict, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge_each
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._plain import never_template, plain_input, shown


def vpn_health(value: Any) -> Dict[str, Any]:
    """List of ENTRY, or RECORD -> HEALTH."""
    value = plain_input(value, "vpn_health")
    if isinstance(value, Mapping):
        # A record's own verdict comes from all entries, tunnel by tunnel; its logs may have been cut by limit.
        health = value.get("health")
        if not isinstance(health, Mapping) or "state" not in health:
            raise AnsibleFilterError(
                "vpn_health: expected a list of entries or one record; this dictionary has no health. "
                "For the facts of several VPN connections, pick one record by its ID."
            )
        return dict(never_template(health))
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        raise AnsibleFilterError(
            f"vpn_health: expected a list of entries (see the filter vpn_parse) or one record; got {shown(value)}"
        )
    try:
        health = judge_each(value)
    except (KeyError, ValueError) as exc:
        raise AnsibleFilterError(f"vpn_health: an item is not an entry: {exc}") from exc
    return dict(never_template(health))


class FilterModule:
    """Filter vpn_health."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        """The filter by name."""
        return {"vpn_health": vpn_health}
