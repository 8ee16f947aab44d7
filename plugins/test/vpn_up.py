# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test: is a VPN connection up?"""

from __future__ import annotations

DOCUMENTATION = r"""
name: vpn_up
short_description: Whether VPN connections are up
version_added: 1.0.0
description:
  - True when everything that was asked about is there and up. Anything else is false, or an error when the value is
    nothing that this test knows.
  - A missing, stale, silent, or incompletely read VPN connection is never up.
positional: _input
options:
  _input:
    description:
      - A record, a verdict (the C(health) of a record, or what P(netops.cloud_vpn.vpn_health#filter) returns), or the
        facts of a module (a dictionary from VPN connection ID to record).
    type: raw
    required: true
  expected:
    description:
      - IDs of the VPN connections that must be there and up. One that is absent makes the test false, others are not
        looked at. Without it, all records in the value must be up.
      - Cannot be used on a verdict, which does not know its VPN connection.
    type: list
    elements: str
  allow:
    description:
      - States that pass besides V(up), for example V(degraded).
      - V(incomplete) lets records pass whose C(complete) is false.
    type: list
    elements: str
    default: []
  max_age:
    description:
      - How many seconds old the record (its C(fetched_at)) may be. A guard against facts of an earlier run in a fact
        cache.
      - Cannot be used on a verdict, which does not know when it was fetched.
    type: float
author:
  - Contributors to the netops.cloud_vpn collection (!UNKNOWN)
seealso:
  - module: netops.cloud_vpn.alibaba_vpn_connection_logs_facts
  - module: netops.cloud_vpn.huawei_vpn_connection_logs_facts
  - plugin: netops.cloud_vpn.vpn_health
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Both VPN connections must be there and up, on lines that were read within the last minute
  ansible.builtin.assert:
    that: >-
      ansible_facts['alibaba_vpn_connection_logs'] is netops.cloud_vpn.vpn_up(
        expected=['vco-m5e83sapxp88cgp5f', 'vco-m5e1k3e22ya6n1nsk'], max_age=60)

- name: One of two tunnels is enough
  ansible.builtin.assert:
    that: record is netops.cloud_vpn.vpn_up(allow=['degraded'])
"""

RETURN = r"""
_value:
  description: Whether all of it is up.
  type: bool
  sample: true
"""

import time
from typing import Any, Callable, Dict, Optional

from ansible.errors import AnsibleTemplateError

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.verdict import is_up
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._plain import plain_input


def vpn_up(value: Any, expected: Any = None, allow: Any = (), max_age: Optional[float] = None) -> bool:
    """RECORD, HEALTH, or dict of RECORD -> bool."""
    try:
        return bool(
            is_up(
                plain_input(value, "vpn_up"),
                expected=_names(expected, "expected"),
                allow=_names(allow, "allow") or [],
                max_age=_seconds(max_age),
                now=time.time(),
            )
        )
    except ValueError as exc:
        raise AnsibleTemplateError(f"vpn_up: {exc}") from exc


def _names(value: Any, option: str) -> Any:
    """One name stands for a list of one; a text must never be taken as a list of its letters."""
    value = plain_input(value, "vpn_up, " + option)
    return [value] if isinstance(value, str) else value


def _seconds(value: Any) -> Optional[float]:
    value = plain_input(value, "vpn_up, max_age")
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"max_age: {value!r} is not a number of seconds") from None


class TestModule:
    """Test vpn_up."""

    # pytest collects classes by this prefix; ansible-core demands the name.
    __test__ = False

    def tests(self) -> Dict[str, Callable[..., Any]]:
        """The test by name."""
        return {"vpn_up": vpn_up}
