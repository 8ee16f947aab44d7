# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Huawei Cloud and Open Telekom Cloud: region, sign-in, and what only these clouds have."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of Huawei Cloud and Open Telekom Cloud."""

    DOCUMENTATION = r"""
options:
  region:
    description:
      - Region of the VPN gateway, for example V(eu-de) or V(ap-southeast-1).
      - A name that is neither a known region nor like those of Huawei Cloud is an error, because a sign-in must not go to
        the wrong company. For a new region of Open Telekom Cloud, give O(endpoint) and O(auth_url) too.
      - When unset, E(HW_REGION_NAME), E(OS_REGION_NAME), E(OS_REGION), and E(ANSIBLE_HWC_REGION) are tried, unless
        O(cloud) is given.
    type: str
    aliases: [region_id, region_name]
  validate_certs:
    aliases: [verify]
  ca_path:
    aliases: [ca_cert, cacert]
  auth_url:
    description:
      - URL of IAM, with or without scheme and with or without C(/v3). Default follows from O(region).
      - When unset, E(HW_AUTH_URL), E(OS_AUTH_URL), E(HUAWEICLOUD_SDK_IAM_ENDPOINT), and
        E(ANSIBLE_HWC_IDENTITY_ENDPOINT) are tried, unless O(cloud) is given.
    type: str
    aliases: [identity_endpoint]
  token:
    description:
      - Ready IAM token, scoped to the project of O(project_id). It is used as it is and never renewed.
      - The sign-in is the first complete one of a token, an access key, and a password. What is not given here is taken
        from the environment (C(HW_*), C(HUAWEICLOUD_SDK_*), C(OS_*), C(ANSIBLE_HWC_*)) and the files that the tools of
        these clouds use.
    type: str
    aliases: [auth_token]
  access_key:
    description: Access key (AK). It needs the IAM action C(vpn:vpnConnections:getLog).
    type: str
  secret_key:
    description: Secret access key (SK).
    type: str
  security_token:
    description: Token that belongs to a temporary access key.
    type: str
  username:
    description: Name of an IAM user. Needs O(domain_name) or O(domain_id).
    type: str
    aliases: [user, user_name]
  user_id:
    description: ID of an IAM user, instead of O(username).
    type: str
  password:
    description:
      - Password of the IAM user.
      - A wrong one is tried once per task, because accounts are locked after a few attempts.
    type: str
  passcode:
    description: Code of the virtual MFA device. Needs O(user_id).
    type: str
  domain_name:
    description: Name of the account that the user belongs to, on Open Telekom Cloud C(OTC) and digits.
    type: str
    aliases: [domain, user_domain_name]
  domain_id:
    description: ID of the account, instead of O(domain_name).
    type: str
    aliases: [user_domain_id]
  project_id:
    description: ID of the project that the VPN gateway belongs to.
    type: str
  project_name:
    description: Name of the project, instead of O(project_id). Default is the region's own project.
    type: str
    aliases: [project, tenant_name]
  agency_name:
    description: Agency (role) to assume with the user that was signed in.
    type: str
  agency_domain_name:
    description: Name of the account that delegated the agency. Needs O(agency_name).
    type: str
  cloud:
    description: Name of a cloud in C(clouds.yaml) that holds the sign-in.
    type: str
  token_cache:
    description:
      - Whether an IAM token is kept for later tasks. V(true) keeps it below the user's cache directory, a path keeps it
        in that directory. Default is not to keep it.
      - Inside a task, one token serves all VPN connections anyway.
    type: str
"""

    # Where the lookup finds these options besides its keywords.
    LOOKUP = r"""
options:
  auth_url:
    env:
      - name: CLOUD_VPN_AUTH_URL
    ini:
      - section: cloud_vpn
        key: auth_url
    vars:
      - name: cloud_vpn_auth_url
  token:
    ini:
      - section: cloud_vpn
        key: token
    vars:
      - name: cloud_vpn_token
  access_key:
    ini:
      - section: cloud_vpn
        key: access_key
    vars:
      - name: cloud_vpn_access_key
  secret_key:
    ini:
      - section: cloud_vpn
        key: secret_key
    vars:
      - name: cloud_vpn_secret_key
  username:
    ini:
      - section: cloud_vpn
        key: username
    vars:
      - name: cloud_vpn_username
  user_id:
    ini:
      - section: cloud_vpn
        key: user_id
    vars:
      - name: cloud_vpn_user_id
  password:
    ini:
      - section: cloud_vpn
        key: password
    vars:
      - name: cloud_vpn_password
  passcode:
    ini:
      - section: cloud_vpn
        key: passcode
    vars:
      - name: cloud_vpn_passcode
  domain_name:
    ini:
      - section: cloud_vpn
        key: domain_name
    vars:
      - name: cloud_vpn_domain_name
  domain_id:
    ini:
      - section: cloud_vpn
        key: domain_id
    vars:
      - name: cloud_vpn_domain_id
  project_id:
    ini:
      - section: cloud_vpn
        key: project_id
    vars:
      - name: cloud_vpn_project_id
  project_name:
    ini:
      - section: cloud_vpn
        key: project_name
    vars:
      - name: cloud_vpn_project_name
  agency_name:
    ini:
      - section: cloud_vpn
        key: agency_name
    vars:
      - name: cloud_vpn_agency_name
  agency_domain_name:
    ini:
      - section: cloud_vpn
        key: agency_domain_name
    vars:
      - name: cloud_vpn_agency_domain_name
  cloud:
    ini:
      - section: cloud_vpn
        key: cloud
    vars:
      - name: cloud_vpn_cloud
  token_cache:
    ini:
      - section: cloud_vpn
        key: token_cache
    vars:
      - name: cloud_vpn_token_cache
"""
