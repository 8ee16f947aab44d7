# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alibaba Cloud: region, sign-in, and what only this cloud has."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of Alibaba Cloud."""

    DOCUMENTATION = r"""
options:
  tunnel_ids:
    description:
      - Tunnels of one dual-tunnel VPN connection, each C(tun-) followed by letters and digits. Exactly one VPN
        connection may be given then.
      - Each tunnel is queried on its own. Each entry carries its C(tunnel_id), and C(tunnels) of the record holds one
        verdict per tunnel.
      - Without it the lines of both tunnels of such a connection are judged as one, and one tunnel may hide that the other
        is down. A log that speaks of several peers brings a warning.
    type: list
    elements: str
    aliases: [tunnel_id]
  log_timezone:
    description:
      - Alibaba Cloud prints time stamps without an offset, in the local time of the gateway.
      - V(auto) finds the offset by comparing the stamps with the window that was asked for, and falls back to V(+08:00)
        with a warning when no offset, or more than one, fits.
      - Otherwise the offset itself, from V(-12:00) to V(+14:00), for example V(+08:00) or V(-03:30).
    type: str
    default: auto
  region:
    description:
      - Region of the VPN gateway, for example V(eu-central-1).
      - When unset, E(ALIBABA_CLOUD_REGION), E(ALIBABA_CLOUD_REGION_ID), E(ALICLOUD_REGION), E(ALICLOUD_REGION_ID),
        and E(ALIBABACLOUD_REGION_ID) are tried.
    type: str
    aliases: [region_id, alicloud_region]
  access_key_id:
    description:
      - ID of the access key. It needs the RAM action C(vpc:DescribeVpnConnectionLogs).
      - When neither this nor O(access_key_secret) is given, the environment is tried, E(ALIBABA_CLOUD_ACCESS_KEY_ID),
        E(ALIBABA_CLOUD_ACCESS_KEY_SECRET), and E(ALIBABA_CLOUD_SECURITY_TOKEN) before the older C(ALICLOUD_) names,
        then the other places where the tools of Alibaba Cloud look.
    type: str
    aliases: [alicloud_access_key, access_key]
  access_key_secret:
    description: Secret of the access key.
    type: str
    aliases: [alicloud_secret_key, secret_access_key, secret_key]
  security_token:
    description: Token that belongs to a temporary access key.
    type: str
    aliases: [alicloud_security_token]
  signature_version:
    description:
      - V(v3) signs with ACS3-HMAC-SHA256 in headers.
      - V(v1) signs with HMAC-SHA1 in the query, for gateways in between that strip headers.
    type: str
    choices: [v3, v1]
    default: v3
  network:
    description: V(vpc) uses the address of the service that is reachable from inside a VPC.
    type: str
    choices: [public, vpc]
    default: public
  profile:
    description:
      - Name of the profile in the configuration of the C(aliyun) command.
      - Default is E(ALIBABA_CLOUD_PROFILE), or the profile that is current there.
    type: str
  shared_credentials_file:
    description:
      - File that holds the profile, the configuration of the C(aliyun) command (default C(~/.aliyun/config.json)), or an
        ini file of the SDKs, when its name ends with C(.ini) or C(credentials).
      - When neither this nor O(profile) is given, C(~/.aliyun/config.json) and then E(ALIBABA_CLOUD_CREDENTIALS_FILE) or
        C(~/.alibabacloud/credentials.ini) are among the places that are tried.
    type: path
  ecs_role_name:
    description: Name of the RAM role of the ECS instance on which this runs.
    type: str
    aliases: [role_name]
  credentials_uri:
    description: URL of a local service that hands out temporary access keys. Default is
      E(ALIBABA_CLOUD_CREDENTIALS_URI).
    type: str
  assume_role:
    description: RAM role to assume with the credentials that were found.
    type: dict
    aliases: [alicloud_assume_role]
    suboptions:
      role_arn:
        description: ARN of the role.
        type: str
        required: true
      session_name:
        description: Name under which the session appears in audit logs.
        type: str
      session_expiration:
        description: Seconds for which the session is valid.
        type: int
        aliases: [duration]
      policy:
        description: Policy, as JSON text, that narrows down what the session may do.
        type: str
      external_id:
        description: External ID that the role's trust policy asks for.
        type: str
  assume_role_arn:
    description: Flat form of C(role_arn) of O(assume_role), which wins when both are given.
    type: str
    aliases: [alicloud_assume_role_arn]
  assume_role_session_name:
    description: Flat form of C(session_name) of O(assume_role).
    type: str
    aliases: [alicloud_assume_role_session_name]
  assume_role_session_expiration:
    description: Flat form of C(session_expiration) of O(assume_role).
    type: int
    aliases: [alicloud_assume_role_session_expiration]
"""

    # Where the lookup finds these options besides its keywords.
    LOOKUP = r"""
options:
  tunnel_ids:
    env:
      - name: CLOUD_VPN_TUNNEL_IDS
    ini:
      - section: cloud_vpn
        key: tunnel_ids
    vars:
      - name: cloud_vpn_tunnel_ids
  log_timezone:
    env:
      - name: CLOUD_VPN_LOG_TIMEZONE
    ini:
      - section: cloud_vpn
        key: log_timezone
    vars:
      - name: cloud_vpn_log_timezone
  access_key_id:
    ini:
      - section: cloud_vpn
        key: access_key_id
    vars:
      - name: cloud_vpn_access_key_id
  access_key_secret:
    ini:
      - section: cloud_vpn
        key: access_key_secret
    vars:
      - name: cloud_vpn_access_key_secret
  signature_version:
    env:
      - name: CLOUD_VPN_SIGNATURE_VERSION
    ini:
      - section: cloud_vpn
        key: signature_version
    vars:
      - name: cloud_vpn_signature_version
  network:
    env:
      - name: CLOUD_VPN_NETWORK
    ini:
      - section: cloud_vpn
        key: network
    vars:
      - name: cloud_vpn_network
  profile:
    ini:
      - section: cloud_vpn
        key: profile
    vars:
      - name: cloud_vpn_profile
  shared_credentials_file:
    ini:
      - section: cloud_vpn
        key: shared_credentials_file
    vars:
      - name: cloud_vpn_shared_credentials_file
  ecs_role_name:
    ini:
      - section: cloud_vpn
        key: ecs_role_name
    vars:
      - name: cloud_vpn_ecs_role_name
  credentials_uri:
    ini:
      - section: cloud_vpn
        key: credentials_uri
    vars:
      - name: cloud_vpn_credentials_uri
  assume_role:
    ini:
      - section: cloud_vpn
        key: assume_role
    vars:
      - name: cloud_vpn_assume_role
  assume_role_arn:
    ini:
      - section: cloud_vpn
        key: assume_role_arn
    vars:
      - name: cloud_vpn_assume_role_arn
  assume_role_session_name:
    ini:
      - section: cloud_vpn
        key: assume_role_session_name
    vars:
      - name: cloud_vpn_assume_role_session_name
  assume_role_session_expiration:
    ini:
      - section: cloud_vpn
        key: assume_role_session_expiration
    vars:
      - name: cloud_vpn_assume_role_session_expiration
"""
