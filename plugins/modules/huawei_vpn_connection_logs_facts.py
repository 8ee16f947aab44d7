#!/usr/bin/python
# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log lines and verdicts of Huawei Cloud and Open Telekom Cloud VPN connections as facts."""

from __future__ import annotations

DOCUMENTATION = r"""
module: huawei_vpn_connection_logs_facts
short_description: Log lines and verdicts of Huawei Cloud and Open Telekom Cloud VPN connections as facts
version_added: 1.0.0
description:
  - Calls C(GET /v5/{project_id}/vpn-connection/{vpn_connection_id}/log) of the Enterprise Edition of Virtual Private
    Network on Huawei Cloud and Open Telekom Cloud. The API holds about 200 lines per VPN connection.
  - Fetches the log lines of IPsec-VPN connections, normalizes every line into an entry, and judges each connection from
    its entries as C(up), C(degraded), C(negotiating), C(down), or C(unknown), with a reason and a hint.
  - The facts are a dictionary from VPN connection ID to record. Two calls replace each other's facts, and of a loop
    only the last item's facts survive. Give all VPN connections in one call instead.
  - Environment variables and configuration files are read on the machine on which the module runs.
author:
  - Contributors to the netops.cloud_vpn collection (!UNKNOWN)
extends_documentation_fragment:
  - netops.cloud_vpn._attributes
  - netops.cloud_vpn._attributes.action_group
  - netops.cloud_vpn._window
  - netops.cloud_vpn._http
  - netops.cloud_vpn._huawei
attributes:
  action_group:
    membership:
      - netops.cloud_vpn.all
      - netops.cloud_vpn.huawei
options:
  vpn_connection_ids:
    description:
      - IDs of the VPN connections, each a UUID. Repeated ones count once.
      - All of them are tried even when one fails. Then the task fails and names each one that failed.
    type: list
    elements: str
    required: true
    aliases: [vpn_connection_id]
notes:
  - Every option but the IDs and the sign-in can also be set with an environment variable, C(CLOUD_VPN_) and its name in
    capitals, for example E(CLOUD_VPN_REGION) or E(CLOUD_VPN_WAIT_TIMEOUT).
  - With a fact cache, the next playbook run sees the facts of the last one before it has asked anything. Check with the
    P(netops.cloud_vpn.vpn_up#test) test and its O(netops.cloud_vpn.vpn_up#test:max_age).
  - An explicit C(localhost) in the inventory runs modules with a discovered Python that may lack the C(requests)
    library. Set C(ansible_python_interpreter) to C(ansible_playbook_python) there.
seealso:
  - ref: ansible_collections.netops.cloud_vpn.docsite.guide_sign_in
    description: Where a sign-in is looked for, the least permission, and what each refusal means.
  - ref: ansible_collections.netops.cloud_vpn.docsite.guide_verdicts
    description: What each state and reason means, and what to check on both ends.
  - module: netops.cloud_vpn.alibaba_vpn_connection_logs_facts
  - plugin: netops.cloud_vpn.vpn_connection_logs
    plugin_type: lookup
  - plugin: netops.cloud_vpn.vpn_up
    plugin_type: test
  - plugin: netops.cloud_vpn.vpn_health
    plugin_type: filter
  - plugin: netops.cloud_vpn.vpn_timeline
    plugin_type: filter
  - name: Open Telekom Cloud, Querying VPN Connection Logs
    description: Reference of the API operation that the module calls.
    link: https://docs.otc.t-systems.com/virtual-private-network/api-ref/
"""

EXAMPLES = r"""
- name: Read all log lines that the API still holds
  netops.cloud_vpn.huawei_vpn_connection_logs_facts:
    vpn_connection_id: 98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3
    region: eu-de
    username: "{{ otc_username }}"
    password: "{{ otc_password }}"
    domain_name: OTC00000000001000000001

- name: The VPN connection must be up, on lines that were read just now
  ansible.builtin.assert:
    that: >-
      ansible_facts['huawei_vpn_connection_logs'] is netops.cloud_vpn.vpn_up(
        expected=['98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3'], max_age=60)

- name: Set the sign-in and the region once for all modules of this cloud
  module_defaults:
    group/netops.cloud_vpn.huawei:
      region: ap-southeast-1
      access_key: "{{ vault_access_key }}"
      secret_key: "{{ vault_secret_key }}"
      project_id: 0a1b2c3d4e5f60718293a4b5c6d7e8f9
  block:
    - name: Wait until the VPN connection is up, counting from the marker taken before the change
      netops.cloud_vpn.huawei_vpn_connection_logs_facts:
        vpn_connection_ids: d3b0f1a2-5c6e-4f70-8a91-b2c3d4e5f607
        since: "{{ marker }}"
        wait: true
        wait_timeout: 600
        wait_fail_fast: true

    - name: Only the lines of the last two hours that name a reason
      netops.cloud_vpn.huawei_vpn_connection_logs_facts:
        vpn_connection_id: d3b0f1a2-5c6e-4f70-8a91-b2c3d4e5f607
        since: 2h
        limit: 0
        query: "[?reason].[timestamp, reason, message]"

- name: Use a token and a private endpoint
  netops.cloud_vpn.huawei_vpn_connection_logs_facts:
    vpn_connection_id: d3b0f1a2-5c6e-4f70-8a91-b2c3d4e5f607
    endpoint: vpn.example.com
    token: "{{ iam_token }}"
    project_id: 0a1b2c3d4e5f60718293a4b5c6d7e8f9
"""

RETURN = r"""
ansible_facts:
  description: Facts to add to those of the host.
  returned: success
  type: dict
  contains:
    huawei_vpn_connection_logs:
      description:
        - Dictionary from VPN connection ID to record.
        - The fields of a record are described with the return value of the
          P(netops.cloud_vpn.vpn_connection_logs#lookup) lookup, which are the same.
      returned: success
      type: dict
      sample:
        98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3:
          provider: huawei
          connection_id: 98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3
          region: eu-de
          window:
            since: "2022-12-14T07:42:24Z"
            until: "2022-12-14T07:52:24Z"
          fetched_at: "2022-12-14T07:52:24Z"
          server_time: "2022-12-14T07:52:25Z"
          complete: true
          count: 1
          truncated: false
          logs:
            - timestamp: "2022-12-14T07:44:28Z"
              epoch: 1671003868
              sequence: 0
              level: info
              source: IKE
              message: "IPSec tunnel is established. (PeerAddress=[203.0.113.7])"
              raw: "2022-12-14T07:44:28.730275+00:00 IPSec tunnel is established. (PeerAddress=[203.0.113.7])"
              event: tunnel_established
              phase: 2
              reason: null
              peer: 203.0.113.7
              tunnel_id: null
              provider: huawei
              connection_id: 98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3
          health:
            state: up
            reason: null
            phase: null
            persistent: null
            since: "2022-12-14T07:44:28Z"
            last_event: "2022-12-14T07:44:28Z"
            flaps: 0
            time_to_up: 124
            hint: null
            evidence:
              - timestamp: "2022-12-14T07:44:28Z"
                message: "IPSec tunnel is established. (PeerAddress=[203.0.113.7])"
          tunnels: {}
msg:
  description: What failed, for which VPN connection, and what to do about it.
  returned: failure
  type: str
  sample: >-
    VPN connection '98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3' was not found in region eu-de (a wrong region or project looks
    the same). vpn.eu-de.otc.t-systems.com says: The VPN connection does not exist (VPN.0004, request
    0e1c7a5c8d0f5f4b9c512b1c7c2d3e4f).
error:
  description: The (first) error.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - One of V(options), V(dependency), V(auth), V(permission), V(not_found), V(throttled), V(unsupported), V(api),
          V(transport), V(protocol), V(timeout).
      returned: failure
      type: str
      sample: not_found
    code:
      description: The service's own code.
      returned: failure
      type: str
      sample: VPN.0004
    message:
      description: What failed.
      returned: failure
      type: str
      sample: >-
        VPN connection '98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3' was not found in region eu-de (a wrong region or project looks
        the same). vpn.eu-de.otc.t-systems.com says: The VPN connection does not exist (VPN.0004, request
        0e1c7a5c8d0f5f4b9c512b1c7c2d3e4f).
    http_status:
      description: Status of the answer.
      returned: failure
      type: int
      sample: 404
    request_id:
      description: ID of the request, for the support of the cloud.
      returned: failure
      type: str
      sample: 0e1c7a5c8d0f5f4b9c512b1c7c2d3e4f
    retryable:
      description: Whether the same call may work later.
      returned: failure
      type: bool
      sample: false
    service:
      description: Host of the service that answered.
      returned: failure
      type: str
      sample: vpn.eu-de.otc.t-systems.com
    attempts:
      description: How often the request was sent.
      returned: failure, when a request was sent
      type: int
      sample: 1
errors:
  description: With several VPN connections, a dictionary from the ID of each one that failed to its RV(error).
  returned: failure, with several VPN connections
  type: dict
  sample:
    98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3:
      kind: not_found
      code: VPN.0004
      message: >-
        VPN connection '98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3' was not found in region eu-de (a wrong region or project looks
        the same). vpn.eu-de.otc.t-systems.com says: The VPN connection does not exist (VPN.0004, request
        0e1c7a5c8d0f5f4b9c512b1c7c2d3e4f).
      http_status: 404
      request_id: 0e1c7a5c8d0f5f4b9c512b1c7c2d3e4f
      retryable: false
      service: vpn.eu-de.otc.t-systems.com
health:
  description: Dictionary from VPN connection ID to the last verdict on it.
  returned: failure, with O(wait=true)
  type: dict
  sample:
    98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3:
      state: down
      reason: authentication_failed
      phase: 1
      persistent: true
      since: "2022-12-14T07:44:28Z"
      last_event: "2022-12-14T07:44:28Z"
      flaps: 0
      time_to_up: null
      hint: >-
        Authentication was refused, and this end is not told why. Compare pre-shared key, local and remote ID, and method;
        the log of the refusing end names it.
      evidence:
        - timestamp: "2022-12-14T07:44:28Z"
          message: "IPSec tunnel negotiation fails. (PeerAddress=[203.0.113.7], Reason=[authentication fail])"
"""

from ansible_collections.netops.cloud_vpn.plugins.module_utils._facts_module import FactsModule, run
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.api import HuaweiProvider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import argument_spec


def main() -> None:
    """Run the module."""
    module = FactsModule(argument_spec=argument_spec("huawei"), supports_check_mode=True)
    run(module, "huawei", HuaweiProvider, "huawei_vpn_connection_logs")


if __name__ == "__main__":
    main()
