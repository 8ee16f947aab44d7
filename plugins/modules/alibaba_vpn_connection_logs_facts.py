#!/usr/bin/python
# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log lines and verdicts of Alibaba Cloud VPN connections as facts."""

from __future__ import annotations

DOCUMENTATION = r"""
module: alibaba_vpn_connection_logs_facts
short_description: Log lines and verdicts of Alibaba Cloud VPN connections as facts
version_added: 1.0.0
description:
  - Calls C(DescribeVpnConnectionLogs) of Alibaba Cloud VPN Gateway.
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
  - netops.cloud_vpn._alibaba
attributes:
  action_group:
    membership:
      - netops.cloud_vpn.all
      - netops.cloud_vpn.alibaba
options:
  vpn_connection_ids:
    description:
      - IDs of the VPN connections, each C(vco-) followed by lower-case letters and digits. Repeated ones count once.
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
  - module: netops.cloud_vpn.huawei_vpn_connection_logs_facts
  - plugin: netops.cloud_vpn.vpn_connection_logs
    plugin_type: lookup
  - plugin: netops.cloud_vpn.vpn_up
    plugin_type: test
  - plugin: netops.cloud_vpn.vpn_health
    plugin_type: filter
  - plugin: netops.cloud_vpn.vpn_timeline
    plugin_type: filter
  - name: Alibaba Cloud, DescribeVpnConnectionLogs
    description: Reference of the API operation that the module calls.
    link: https://www.alibabacloud.com/help/en/vpc/developer-reference/api-vpc-2016-04-28-describevpnconnectionlogs
"""

EXAMPLES = r"""
- name: Read the last ten minutes of two VPN connections
  netops.cloud_vpn.alibaba_vpn_connection_logs_facts:
    vpn_connection_ids:
      - vco-m5e83sapxp88cgp5f
      - vco-m5e1k3e22ya6n1nsk
    region: eu-central-1

- name: Both tunnels must be up, on lines that were read just now
  ansible.builtin.assert:
    that: >-
      ansible_facts['alibaba_vpn_connection_logs'] is netops.cloud_vpn.vpn_up(
        expected=['vco-m5e83sapxp88cgp5f', 'vco-m5e1k3e22ya6n1nsk'], max_age=60)

- name: Set the sign-in and the region once for all modules of this cloud
  module_defaults:
    group/netops.cloud_vpn.alibaba:
      region: eu-central-1
      access_key_id: "{{ vault_access_key_id }}"
      access_key_secret: "{{ vault_access_key_secret }}"
  block:
    - name: Wait until the VPN connection is up, counting from the marker taken before the change
      netops.cloud_vpn.alibaba_vpn_connection_logs_facts:
        vpn_connection_ids: vco-m5e83sapxp88cgp5f
        since: "{{ marker }}"
        wait: true
        wait_timeout: 600
        wait_fail_fast: true

    - name: Read the two tunnels of a dual-tunnel VPN connection
      netops.cloud_vpn.alibaba_vpn_connection_logs_facts:
        vpn_connection_id: vco-m5e83sapxp88cgp5f
        tunnel_ids:
          - tun-opsqc4d97wni2yvgp
          - tun-opsqc4d97wni2yvgq

    - name: Only the messages of errors, no log lines
      netops.cloud_vpn.alibaba_vpn_connection_logs_facts:
        vpn_connection_id: vco-m5e83sapxp88cgp5f
        since: 2h
        limit: 0
        query: "[?level == 'error'].message"
"""

RETURN = r"""
ansible_facts:
  description: Facts to add to those of the host.
  returned: success
  type: dict
  contains:
    alibaba_vpn_connection_logs:
      description:
        - Dictionary from VPN connection ID to record.
        - The fields of a record are described with the return value of the
          P(netops.cloud_vpn.vpn_connection_logs#lookup) lookup, which are the same.
      returned: success
      type: dict
      sample:
        vco-m5e83sapxp88cgp5f:
          provider: alibaba
          connection_id: vco-m5e83sapxp88cgp5f
          region: eu-central-1
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
              source: "pfkey.c:1117"
              message: "IPsec-SA established: ESP/Tunnel 203.0.113.7[500]->198.51.100.4[500] spi=21622580(0x149ef34)"
              raw: >-
                2022-12-14 15:44:28 vco-m5e83sapxp88cgp5f [INFO]: pfkey.c:1117:ikev1_update_response():
                IPsec-SA established: ESP/Tunnel 203.0.113.7[500]->198.51.100.4[500] spi=21622580(0x149ef34)
              event: tunnel_established
              phase: 2
              reason: null
              peer: 203.0.113.7
              tunnel_id: null
              provider: alibaba
              connection_id: vco-m5e83sapxp88cgp5f
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
                message: "IPsec-SA established: ESP/Tunnel 203.0.113.7[500]->198.51.100.4[500] spi=21622580(0x149ef34)"
          tunnels: {}
msg:
  description: What failed, for which VPN connection, and what to do about it.
  returned: failure
  type: str
  sample: >-
    VPN connection 'vco-m5e83sapxp88cgp5f' does not exist in region 'eu-central-1' (a wrong region looks the same)
    (InvalidVpnConnectionInstanceId.NotFound: The specified vpn connection instance id does not exist).
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
      sample: InvalidVpnConnectionInstanceId.NotFound
    message:
      description: What failed.
      returned: failure
      type: str
      sample: >-
        VPN connection 'vco-m5e83sapxp88cgp5f' does not exist in region 'eu-central-1' (a wrong region looks the same)
        (InvalidVpnConnectionInstanceId.NotFound: The specified vpn connection instance id does not exist).
    http_status:
      description: Status of the answer.
      returned: failure
      type: int
      sample: 404
    request_id:
      description: ID of the request, for the support of the cloud.
      returned: failure
      type: str
      sample: 0E1C7A5C-8D0F-5F4B-9C51-2B1C7C2D3E4F
    retryable:
      description: Whether the same call may work later.
      returned: failure
      type: bool
      sample: false
    service:
      description: Host of the service that answered.
      returned: failure
      type: str
      sample: vpc.eu-central-1.aliyuncs.com
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
    vco-m5e83sapxp88cgp5f:
      kind: not_found
      code: InvalidVpnConnectionInstanceId.NotFound
      message: >-
        VPN connection 'vco-m5e83sapxp88cgp5f' does not exist in region 'eu-central-1' (a wrong region looks the same)
        (InvalidVpnConnectionInstanceId.NotFound: The specified vpn connection instance id does not exist).
      http_status: 404
      request_id: 0E1C7A5C-8D0F-5F4B-9C51-2B1C7C2D3E4F
      retryable: false
      service: vpc.eu-central-1.aliyuncs.com
health:
  description: Dictionary from VPN connection ID to the last verdict on it.
  returned: failure, with O(wait=true)
  type: dict
  sample:
    vco-m5e83sapxp88cgp5f:
      state: down
      reason: psk_mismatch
      phase: 1
      persistent: true
      since: "2022-12-14T07:44:28Z"
      last_event: "2022-12-14T07:44:28Z"
      flaps: 0
      time_to_up: null
      hint: The pre-shared keys differ. Set the same key on both ends, and look for blanks or quotes around it.
      evidence:
        - timestamp: "2022-12-14T07:44:27Z"
          message: "invalid length of payload"
        - timestamp: "2022-12-14T07:44:28Z"
          message: "phase1 negotiation failed due to time up (index 7a75d09946d4ea64:e45fbc47cfa2be50)."
"""

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.api import AlibabaProvider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._facts_module import FactsModule, run
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import argument_spec


def main() -> None:
    """Run the module."""
    module = FactsModule(argument_spec=argument_spec("alibaba"), supports_check_mode=True)
    run(module, "alibaba", AlibabaProvider, "alibaba_vpn_connection_logs")


if __name__ == "__main__":
    main()
