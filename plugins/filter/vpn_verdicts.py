# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: results of module calls to the question which VPN connections are as expected."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vpn_verdicts
short_description: Judge what module calls returned against what is expected
version_added: 1.0.0
description:
  - Says of each VPN connection of a list whether it is as expected, and why not. The role C(netops.cloud_vpn.verify)
    is built on it.
  - A VPN connection without a record, with an incomplete one, or with a stale one never passes. What a call returned
    that failed is no record.
positional: _input
options:
  _input:
    description: The VPN connections, as for P(netops.cloud_vpn.vpn_calls#filter).
    type: list
    elements: raw
    required: true
  calls:
    description: What P(netops.cloud_vpn.vpn_calls#filter) made of them.
    type: list
    elements: dict
    required: true
  results:
    description: Registered results of the calls. The C(item) of each is the C(number) of its call.
    type: list
    elements: dict
    required: true
  accept:
    description: States that pass.
    type: list
    elements: str
    choices: [up, degraded, negotiating, down]
    default: [up]
  unknown_fails:
    description: Whether VPN connections fail whose log says nothing about the tunnel.
    type: bool
    default: true
  max_age:
    description: How many seconds old a record may be.
    type: float
    default: 600
  records:
    description: Whether the rows carry their records.
    type: bool
    default: false
  seconds_left:
    description: For a wait. When given, C(progress) holds a line per VPN connection that ends with it.
    type: float
  fail_fast:
    description: Whether a wait ends as soon as one is down and will stay so until a configuration is changed.
    type: bool
    default: false
author:
  - Contributors to the netops.cloud_vpn collection (!UNKNOWN)
seealso:
  - plugin: netops.cloud_vpn.vpn_calls
    plugin_type: filter
  - plugin: netops.cloud_vpn.vpn_evidence
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read and judge, with one module call for all that share cloud, region, and options
  vars:
    connections:
      - id: vco-m5e83sapxp88cgp5f
        region: eu-central-1
      - id: vco-m5e1k3e22ya6n1nsk
        region: eu-central-1
    calls: "{{ connections | netops.cloud_vpn.vpn_calls }}"
  block:
    - name: Read
      netops.cloud_vpn.alibaba_vpn_connection_logs_facts:
        vpn_connection_ids: "{{ calls[item].ids }}"
        region: "{{ calls[item].options.region }}"
      loop: "{{ range(calls | length) | list }}"
      register: reads

    - name: Judge
      ansible.builtin.debug:
        msg: "{{ (connections | netops.cloud_vpn.vpn_verdicts(calls, reads.results)).summary }}"
"""

RETURN = r"""
_value:
  description: The verdict on all of them.
  type: dict
  contains:
    passed:
      description: Whether all are as expected.
      returned: success
      type: bool
      sample: false
    settled:
      description: Whether all are as expected and none is silent, so that a wait may end.
      returned: success
      type: bool
      sample: false
    lasting:
      description: Whether one could not be read for a reason that waiting does not heal.
      returned: success
      type: bool
      sample: false
    hopeless:
      description: Whether one is down and will stay so until a configuration is changed.
      returned: success
      type: bool
      sample: true
    expected:
      description: The states that pass, in words.
      returned: success
      type: str
      sample: up
    summary:
      description: A head line, and a line for each VPN connection and each pair that is not as expected.
      returned: success
      type: list
      elements: str
      sample: ["The VPN connection is not as expected (up).", "vco-m5e83sapxp88cgp5f is down: psk_mismatch in phase 1."]
    connections:
      description: A row for each VPN connection.
      returned: success
      type: list
      elements: dict
      sample:
        - id: vco-m5e83sapxp88cgp5f
          provider: alibaba
          region: eu-central-1
          pair: null
          passed: false
          state: down
          reason: psk_mismatch
          problem: is down
    pairs:
      description: The pairs, with the worst state of their two ends.
      returned: success
      type: list
      elements: dict
      sample: []
    finished:
      description: Whether looking again is of no use, so that a wait ends before its time is over.
      returned: when O(seconds_left) is given
      type: bool
      sample: false
    progress:
      description: A line for each VPN connection with state, reason, and seconds left.
      returned: when O(seconds_left) is given
      type: list
      elements: str
      sample: ["vco-m5e83sapxp88cgp5f  down  psk_mismatch  waiting  290 s left"]
"""

import time
from typing import Any, Callable, Dict

from ansible.errors import AnsibleFilterError

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.verdicts import judge_reads, progress
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._plain import (
    boolean_input,
    list_input,
    never_template,
    plain_input,
)


def vpn_verdicts(
    connections: Any,
    calls: Any,
    results: Any,
    accept: Any = ("up",),
    unknown_fails: Any = True,
    max_age: float = 600.0,
    records: Any = False,
    seconds_left: Any = None,
    fail_fast: Any = False,
) -> Dict[str, Any]:
    """List of connections, calls, and results -> verdict."""
    try:
        keep = boolean_input(records, "vpn_verdicts, records")
        impatient = boolean_input(fail_fast, "vpn_verdicts, fail_fast")
        verdict = judge_reads(
            plain_input(connections, "vpn_verdicts"),
            plain_input(calls, "vpn_verdicts, calls"),
            plain_input(results, "vpn_verdicts, results"),
            accept=list_input(accept, "vpn_verdicts, accept"),
            unknown_fails=boolean_input(unknown_fails, "vpn_verdicts, unknown_fails"),
            max_age=float(max_age),
            now=time.time(),
        )
    except ValueError as exc:
        raise AnsibleFilterError(f"vpn_verdicts: {exc}") from exc
    if seconds_left is not None:
        verdict["progress"] = progress(verdict, float(seconds_left))
        verdict["finished"] = verdict["settled"] or verdict["lasting"] or (impatient and verdict["hopeless"])
    if not keep:
        for row in verdict["connections"]:
            del row["record"]
    return dict(never_template(verdict))


class FilterModule:
    """Filter vpn_verdicts."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        """The filter by name."""
        return {"vpn_verdicts": vpn_verdicts}
