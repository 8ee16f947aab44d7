# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to connect: options that are the same for every cloud."""

from __future__ import annotations


class ModuleDocFragment:
    """Options for the connection to the service."""

    DOCUMENTATION = r"""
options:
  endpoint:
    description:
      - URL or host of the VPN service, instead of the one that follows from O(region). Without a scheme it is C(https).
      - Plain C(http) is accepted for loopback addresses only.
      - When unset, E(ALIBABA_CLOUD_ENDPOINT_VPC) is tried for Alibaba Cloud.
    type: str
  timeout:
    description: Seconds to wait for a connection, and for each read from it, V(1) to V(3600).
    type: int
    default: 30
  deadline:
    description:
      - Seconds for the whole of one fetch, V(1) to V(86400), all VPN connections, pages, and retries included, whatever
        the server does. With O(wait=true) each look has a deadline of its own.
    type: int
    default: 300
  max_retries:
    description:
      - How often one request is repeated after a transient fault, V(0) to V(100). Other faults are never repeated.
    type: int
    default: 5
  concurrency:
    description: How many requests may be in flight at a time, V(1) to V(16).
    type: int
    default: 8
  validate_certs:
    description: Whether the certificate of the service is verified.
    type: bool
    default: true
  ca_path:
    description:
      - File or directory with the CA certificates to trust, in PEM form, instead of those that the C(requests) library
        brings along. In a directory they need the names that C(openssl rehash) makes.
      - When unset, E(OS_CACERT) is tried for Huawei Cloud and Open Telekom Cloud.
    type: path
requirements:
  - requests >= 2.25
  - jmespath >= 0.10 (only with O(query))
notes:
  - Proxies are taken from the environment (E(HTTPS_PROXY), E(NO_PROXY)), as the C(requests) library does.
"""

    # Where the lookup finds these options besides its keywords.
    LOOKUP = r"""
options:
  region:
    env:
      - name: CLOUD_VPN_REGION
    ini:
      - section: cloud_vpn
        key: region
    vars:
      - name: cloud_vpn_region
  endpoint:
    env:
      - name: CLOUD_VPN_ENDPOINT
    ini:
      - section: cloud_vpn
        key: endpoint
    vars:
      - name: cloud_vpn_endpoint
  timeout:
    env:
      - name: CLOUD_VPN_TIMEOUT
    ini:
      - section: cloud_vpn
        key: timeout
    vars:
      - name: cloud_vpn_timeout
  deadline:
    env:
      - name: CLOUD_VPN_DEADLINE
    ini:
      - section: cloud_vpn
        key: deadline
    vars:
      - name: cloud_vpn_deadline
  max_retries:
    env:
      - name: CLOUD_VPN_MAX_RETRIES
    ini:
      - section: cloud_vpn
        key: max_retries
    vars:
      - name: cloud_vpn_max_retries
  concurrency:
    env:
      - name: CLOUD_VPN_CONCURRENCY
    ini:
      - section: cloud_vpn
        key: concurrency
    vars:
      - name: cloud_vpn_concurrency
  validate_certs:
    env:
      - name: CLOUD_VPN_VALIDATE_CERTS
    ini:
      - section: cloud_vpn
        key: validate_certs
    vars:
      - name: cloud_vpn_validate_certs
  ca_path:
    env:
      - name: CLOUD_VPN_CA_PATH
    ini:
      - section: cloud_vpn
        key: ca_path
    vars:
      - name: cloud_vpn_ca_path
  security_token:
    ini:
      - section: cloud_vpn
        key: security_token
    vars:
      - name: cloud_vpn_security_token
"""
