# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Where the VPC API of a region answers.

Rule and exceptions: the endpoint pages of VPN Gateway (2026-01) and the map of alibabacloud_vpc20160428 7.2.2. Test
hosts of that map are left out on purpose; cn-hangzhou follows the documentation, which differs from the SDK.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._endpoint import service_url
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError

_REGION = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+", re.ASCII)
_CENTRAL = "vpc.aliyuncs.com"
_NEBULA = "vpc-nebula.cn-qingdao-nebula.aliyuncs.com"
# Finance, government, and other regions with a wall around them that the public rule does not reach.
_PUBLIC: t.Mapping[str, str] = {
    "ap-northeast-2-pop": _CENTRAL,
    "cn-beijing-finance-pop": _CENTRAL,
    "cn-beijing-gov-1": _CENTRAL,
    "cn-beijing-nu16-b01": _CENTRAL,
    "cn-edge-1": _NEBULA,
    "cn-fujian": _CENTRAL,
    "cn-haidian-cm12-c01": _CENTRAL,
    "cn-hangzhou-bj-b01": _CENTRAL,
    "cn-hangzhou-finance": _CENTRAL,
    "cn-hongkong-finance-pop": _CENTRAL,
    "cn-huhehaote-nebula-1": _NEBULA,
    "cn-north-2-gov-1": _CENTRAL,
    "cn-qingdao-nebula": _NEBULA,
    "cn-shanghai-et2-b01": _CENTRAL,
    "cn-shanghai-finance-1": _CENTRAL,
    "cn-shanghai-inner": _CENTRAL,
    "cn-shenzhen-finance-1": _CENTRAL,
    "cn-shenzhen-inner": _CENTRAL,
    "cn-shenzhen-st4-d01": _CENTRAL,
    "cn-shenzhen-su18-b01": _CENTRAL,
    "cn-wuhan": _CENTRAL,
    "cn-yushanfang": _CENTRAL,
    "cn-zhangbei": _CENTRAL,
    "cn-zhangbei-na61-b01": _CENTRAL,
    "cn-zhangjiakou-na62-a01": "vpc.cn-zhangjiakou.aliyuncs.com",
    "cn-zhengzhou-nebula-1": _NEBULA,
    "eu-west-1-oxs": "vpc-nebula.cn-shenzhen-cloudstone.aliyuncs.com",
    "rus-west-1-pop": _CENTRAL,
}


def check_region(region: str | None) -> str:
    """The region, checked so that it can become part of a host name. Raises OptionsError."""
    if not region:
        raise OptionsError(
            "region: missing; give the option region, such as 'eu-central-1', or set ALIBABA_CLOUD_REGION."
        )
    if not _REGION.fullmatch(region) or len(region) > 40:
        raise OptionsError(
            f"region: {region[:60]!r} is not a region ID; allowed are lower-case letters, digits, and hyphens, "
            "such as 'eu-central-1'."
        )
    return region


def vpc_url(region: str, network: str = "public", endpoint: str | None = None) -> str:
    """Base URL of the VPC API: ``endpoint`` when given, else what the region and the network (public, vpc) lead to."""
    if endpoint:
        return service_url(endpoint, "endpoint")
    check_region(region)
    if network == "vpc":
        return f"https://vpc-vpc.{region}.aliyuncs.com"
    if network != "public":
        raise OptionsError(f"network: {network!r} is not known; allowed are 'public' and 'vpc'.")
    return f"https://{_PUBLIC.get(region, f'vpc.{region}.aliyuncs.com')}"


def sts_url(region: str | None, network: str = "public") -> str:
    """Base URL of the Security Token Service."""
    if not region:
        return "https://sts.aliyuncs.com"
    check_region(region)
    return f"https://sts{'-vpc' if network == 'vpc' else ''}.{region}.aliyuncs.com"
