# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup: log lines and verdicts of VPN connections of both clouds."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vpn_connection_logs
short_description: Log lines and verdicts of cloud VPN connections
version_added: 1.0.0
description:
  - Returns one record per VPN connection, with its log entries and a verdict, from Alibaba Cloud, Huawei Cloud, and
    Open Telekom Cloud. The records are the same as those of the modules of this collection.
  - Use C(query), which always returns a list. C(lookup) returns the record itself for one ID, and a list for several.
  - A lookup runs on the controller. It reads the environment and the configuration files of the controller, and neither
    C(module_defaults) nor the C(environment) of a task reach it.
  - Keywords that are no option are an error.
author:
  - Contributors to the netops.cloud_vpn collection (!UNKNOWN)
extends_documentation_fragment:
  - netops.cloud_vpn._window
  - netops.cloud_vpn._window.lookup
  - netops.cloud_vpn._http
  - netops.cloud_vpn._http.lookup
  - netops.cloud_vpn._alibaba
  - netops.cloud_vpn._alibaba.lookup
  - netops.cloud_vpn._huawei
  - netops.cloud_vpn._huawei.lookup
options:
  _terms:
    description:
      - IDs of VPN connections, at least one. Those of both clouds may be mixed, as long as what both need (the region,
        for example) comes from the environment variables of each cloud.
      - O(security_token) and O(endpoint) belong to one cloud. With one of them, make one call for each cloud.
    type: list
    elements: str
    required: true
  provider:
    description:
      - The cloud. V(auto) tells it by the form of each ID. C(vco-) and letters and digits is Alibaba Cloud, a UUID is
        Huawei Cloud or Open Telekom Cloud.
    type: str
    choices: [auto, alibaba, huawei]
    default: auto
    env:
      - name: CLOUD_VPN_PROVIDER
    ini:
      - section: cloud_vpn
        key: provider
    vars:
      - name: cloud_vpn_provider
  region:
    description:
      - Region of the VPN gateway, for example V(eu-central-1) or V(eu-de).
      - When unset, the variables of the cloud are tried. For Alibaba Cloud these are E(ALIBABA_CLOUD_REGION),
        E(ALIBABA_CLOUD_REGION_ID), E(ALICLOUD_REGION), E(ALICLOUD_REGION_ID), and E(ALIBABACLOUD_REGION_ID), for Huawei
        Cloud and Open Telekom Cloud E(HW_REGION_NAME), E(OS_REGION_NAME), E(OS_REGION), and E(ANSIBLE_HWC_REGION),
        unless O(cloud) is given.
    type: str
    aliases: [region_id, alicloud_region, region_name]
  access_key_id:
    aliases: [alicloud_access_key]
  access_key_secret:
    aliases: [alicloud_secret_key, secret_access_key]
  security_token:
    description:
      - Token that belongs to a temporary access key of the cloud that is asked. IDs of more than one cloud cannot be
        asked with it in one call.
    type: str
    aliases: [alicloud_security_token]
notes:
  - A variable that holds this lookup asks the cloud each time it is used. Save the result with
    M(ansible.builtin.set_fact) first.
  - Values of C(vars) may be templates.
seealso:
  - ref: ansible_collections.netops.cloud_vpn.docsite.guide_sign_in
    description: Where a sign-in is looked for, the least permission, and what each refusal means.
  - ref: ansible_collections.netops.cloud_vpn.docsite.guide_verdicts
    description: What each state and reason means, and what to check on both ends.
  - module: netops.cloud_vpn.alibaba_vpn_connection_logs_facts
  - module: netops.cloud_vpn.huawei_vpn_connection_logs_facts
  - plugin: netops.cloud_vpn.vpn_up
    plugin_type: test
  - plugin: netops.cloud_vpn.vpn_timeline
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the verdict on one VPN connection
  ansible.builtin.debug:
    msg: "{{ lookup('netops.cloud_vpn.vpn_connection_logs', 'vco-m5e83sapxp88cgp5f', region='eu-central-1').health }}"

- name: Read two VPN connections once and use them often
  ansible.builtin.set_fact:
    records: >-
      {{ query('netops.cloud_vpn.vpn_connection_logs', 'vco-m5e83sapxp88cgp5f', 'vco-m5e1k3e22ya6n1nsk',
               region='eu-central-1', since='1h', limit=100) }}

- name: Options from variables
  ansible.builtin.debug:
    msg: "{{ query('netops.cloud_vpn.vpn_connection_logs', '98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3') }}"
  vars:
    cloud_vpn_region: eu-de
    cloud_vpn_username: "{{ otc_username }}"
    cloud_vpn_password: "{{ otc_password }}"
    cloud_vpn_domain_name: OTC00000000001000000001

- name: Wait until the VPN connection is up
  ansible.builtin.debug:
    msg: >-
      {{ lookup('netops.cloud_vpn.vpn_connection_logs', 'vco-m5e83sapxp88cgp5f', region='eu-central-1',
                since=marker, wait=true, wait_timeout=600, limit=0).health.state }}
"""

RETURN = r"""
_raw:
  description: One record per term, in their order.
  type: list
  elements: dict
  contains:
    provider:
      description: The cloud, V(alibaba) or V(huawei).
      returned: success
      type: str
      sample: alibaba
    connection_id:
      description: ID of the VPN connection.
      returned: success
      type: str
      sample: vco-m5e83sapxp88cgp5f
    region:
      description: Region that was asked.
      returned: success
      type: str
      sample: eu-central-1
    window:
      description: What was asked for.
      returned: success
      type: dict
      contains:
        since:
          description: Start of the window. None when everything that the API holds was asked for.
          returned: success
          type: str
          sample: "2022-12-14T07:42:24Z"
        until:
          description: End of the window.
          returned: success
          type: str
          sample: "2022-12-14T07:52:24Z"
    fetched_at:
      description: When the record was fetched, by the clock of the machine that did it.
      returned: success
      type: str
      sample: "2022-12-14T07:52:24Z"
    server_time:
      description: When the record was fetched, by the clock of the cloud. Save it before a change, pass it as
        O(since) after.
      returned: success
      type: str
      sample: "2022-12-14T07:52:25Z"
    complete:
      description: False when the cloud says that its log is not accurate, or when lines may be missing.
      returned: success
      type: bool
      sample: true
    count:
      description: Number of entries in the window.
      returned: success
      type: int
      sample: 1
    truncated:
      description: Whether RV(_raw[].logs) was cut by O(limit).
      returned: success
      type: bool
      sample: false
    logs:
      description: The entries, oldest first.
      returned: success
      type: list
      elements: dict
      contains:
        timestamp:
          description: Time of the line in UTC, ISO 8601. None when it has none.
          returned: success
          type: str
          sample: "2022-12-14T07:44:28Z"
        epoch:
          description: The same instant in epoch seconds.
          returned: success
          type: float
          sample: 1671003868
        sequence:
          description: Position in the window.
          returned: success
          type: int
          sample: 0
        level:
          description: One of V(debug), V(info), V(notice), V(warning), V(error), V(critical), or none.
          returned: success
          type: str
          sample: info
        source:
          description: Where the daemon says it printed the line.
          returned: success
          type: str
          sample: "pfkey.c:1117"
        message:
          description: The line without its envelope. Key material is masked.
          returned: success
          type: str
          sample: "IPsec-SA established: ESP/Tunnel 203.0.113.7[500]->198.51.100.4[500] spi=21622580(0x149ef34)"
        raw:
          description: The line as the cloud sent it. Key material is masked.
          returned: success
          type: str
          sample: "2022-12-14 15:44:28 vco-m5e83sapxp88cgp5f [INFO]: pfkey.c:1117:ikev1_update_response(): IPsec-SA ..."
        event:
          description: What the line means. V(other) when that is unknown.
          returned: success
          type: str
          sample: tunnel_established
        phase:
          description: V(1) for the IKE SA, V(2) for the IPsec SA, none when the line does not say.
          returned: success
          type: int
          sample: 2
        reason:
          description: Why something failed or ended.
          returned: success
          type: str
          sample: psk_mismatch
        peer:
          description: Remote address, where the line has one.
          returned: success
          type: str
          sample: 203.0.113.7
        tunnel_id:
          description: The tunnel, when O(tunnel_ids) was given.
          returned: success
          type: str
          sample: tun-opsqc4d97wni2yvgp
        provider:
          description: The cloud.
          returned: success
          type: str
          sample: alibaba
        connection_id:
          description: ID of the VPN connection.
          returned: success
          type: str
          sample: vco-m5e83sapxp88cgp5f
    health:
      description: The verdict.
      returned: success
      type: dict
      contains:
        state:
          description: One of V(up), V(degraded), V(negotiating), V(down), V(unknown).
          returned: success
          type: str
          sample: up
        reason:
          description: Why, as a word to match on.
          returned: success
          type: str
          sample: psk_mismatch
        phase:
          description: Phase in which it fails.
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
          sample: "2022-12-14T07:44:28Z"
        flaps:
          description: How often it went from up to something else.
          returned: success
          type: int
          sample: 0
        time_to_up:
          description: Seconds from the start of the window, or the first negotiation, until it was up for the first
            time.
          returned: success
          type: float
          sample: 124
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
              message: "IPsec-SA established: ESP/Tunnel 203.0.113.7[500]->198.51.100.4[500] spi=21622580(0x149ef34)"
    tunnels:
      description: Dictionary from tunnel ID to the verdict on it. Empty unless O(tunnel_ids) was given.
      returned: success
      type: dict
      sample: {}
    query_result:
      description: Value of O(query).
      returned: when O(query) was given
      type: raw
      sample: []
"""

from typing import Any, Dict, List, Optional, Sequence

from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._lookup import (
    flat_terms,
    records_of,
    refuse_twice,
    refuse_unknown,
    rendered_variables,
    without_empty_environment,
)

display = Display()


class LookupModule(LookupBase):
    """Lookup vpn_connection_logs."""

    def run(
        self, terms: Sequence[Any], variables: Optional[Dict[str, Any]] = None, **kwargs: Any
    ) -> List[Dict[str, Any]]:
        """One RECORD per term."""
        refuse_unknown(kwargs)
        refuse_twice(kwargs)
        rendered = rendered_variables(variables or {}, self._templar.template)
        self.set_options(var_options=rendered, direct=kwargs)
        return records_of(
            flat_terms(terms),
            self.get_option("provider"),
            without_empty_environment(self.get_option, kwargs, rendered),
            warn=display.warning,
            say=display.vvv,
        )
