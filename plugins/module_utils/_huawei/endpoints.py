# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Where the VPN service and IAM of a region answer.

A region that is in none of the maps goes to Huawei Cloud only when it is called as Huawei Cloud calls its regions: a
mistyped ``eu-de`` must not show the sign-in of one company to another.

Maps: huaweicloudsdkvpn and huaweicloudsdkiam 3.1.219, the OTC and OTC Swiss lists of regions and endpoints. Dublin
(eu-west-101) is on myhuaweicloud.eu: the VPN map of the SDK says .com, its IAM map, its README, and Terraform say .eu.
"""

from __future__ import annotations

import re

from ansible_collections.netops.cloud_vpn.plugins.module_utils._endpoint import service_url
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError

_REGION = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+", re.ASCII)
# Host suffix per region where it is not the usual one.
_OTC = {"eu-de": "otc.t-systems.com", "eu-nl": "otc.t-systems.com", "eu-ch2": "sc.otc.t-systems.com"}
_OTC_IAM = {"eu-ch2": "iam-pub"}
_IAM_GLOBAL = "https://iam.myhuaweicloud.com"
_IAM_REGIONS = frozenset(
    [
        "ae-ad-1",
        "af-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "cn-east-2",
        "cn-east-3",
        "cn-east-4",
        "cn-east-5",
        "cn-north-1",
        "cn-north-12",
        "cn-north-2",
        "cn-north-4",
        "cn-north-9",
        "cn-south-1",
        "cn-south-2",
        "cn-southwest-2",
        "eu-west-0",
        "eu-west-101",
        "la-north-2",
        "la-south-2",
        "me-east-1",
        "my-kualalumpur-1",
        "na-mexico-1",
        "ru-moscow-1",
        "sa-brazil-1",
        "tr-west-1",
    ]
)
# Regions with a VPN endpoint but without an IAM one of their own: the global IAM serves them.
_VPN_ONLY = frozenset(["af-north-1", "ap-southeast-5", "cn-north-11", "cn-south-4", "cn-southwest-3"])
# How Huawei Cloud calls its regions (area, place, number): new ones follow the pattern of the old ones.
_HUAWEI = re.compile(r"(?:(?:ae|af|ap|cn|la|me|my|na|ru|sa|tr)-[a-z]+-[0-9]{1,3}|eu-west-1[0-9]{2})", re.ASCII)
KNOWN_REGIONS = _IAM_REGIONS | _VPN_ONLY | frozenset(_OTC)

_CLOUD_HOST = re.compile(
    r"https://[a-z0-9-]+\.([a-z0-9-]+)\.(?:myhuaweicloud\.com|myhuaweicloud\.eu|(?:sc\.)?otc\.t-systems\.com)(?::\d+)?"
    r"(?:/.*)?",
    re.ASCII,
)
_GLOBAL_HOST = re.compile(r"https://[a-z0-9-]+\.myhuaweicloud\.com(?::\d+)?(?:/.*)?", re.ASCII)
_IAM_PATH = re.compile(r"/v(?:3|3\.0|2\.0)(?:/auth/tokens)?\Z", re.ASCII)


def check_region(region: str) -> str:
    """The region, checked so that it can become part of a host name. Raises OptionsError."""
    if not _REGION.fullmatch(region) or len(region) > 40:
        raise OptionsError(
            f"region: {region[:60]!r} is not a region; allowed are lower-case letters, digits, and hyphens, such as "
            "'eu-de' or 'ap-southeast-1'."
        )
    return region


def vpn_url(region: str | None, endpoint: str | None = None) -> str:
    """Base URL of the VPN service: ``endpoint`` when given, else what the region leads to. Raises OptionsError."""
    if endpoint:
        return service_url(endpoint, "endpoint")
    if not region:
        raise OptionsError(
            "region: missing; give the option region, such as 'eu-de' (or endpoint), or set HW_REGION_NAME or "
            "OS_REGION_NAME."
        )
    return f"https://vpn.{_placed(region, 'endpoint (the address of its VPN service)')}.{_domain(region)}"


def iam_url(region: str | None, auth_url: str | None = None) -> str:
    """Base URL of IAM without ``/v3``: from ``auth_url`` (with or without scheme, port, ``/v3``), else the region."""
    if auth_url:
        return _IAM_PATH.sub("", service_url(auth_url, "auth_url"))
    if not region:
        raise OptionsError(
            "auth_url: missing, and there is no region that it follows from; give the option region, such as 'eu-de', "
            "or auth_url."
        )
    _placed(region, "auth_url (the address of its IAM)")
    if region in _OTC or region in _IAM_REGIONS or region.startswith("eu-west-1"):
        return f"https://{_OTC_IAM.get(region, 'iam')}.{region}.{_domain(region)}"
    return _IAM_GLOBAL


def region_of_project(project_name: str | None) -> str | None:
    """``eu-de`` of ``eu-de`` and ``eu-de_project``; None for names that do not begin with a known region."""
    region = (project_name or "").partition("_")[0]
    return region if region in KNOWN_REGIONS else None


def region_of_url(url: str | None) -> str | None:
    """The region in the host of a public endpoint of these clouds, None when there is none."""
    if not url:
        return None
    found = _CLOUD_HOST.fullmatch(service_url(url, "auth_url"))
    return found.group(1) if found is not None and found.group(1) in KNOWN_REGIONS else None


def is_public_cloud(url: str) -> bool:
    """Whether a URL leads to Huawei Cloud or Open Telekom Cloud, rather than to some other OpenStack."""
    checked = service_url(url, "auth_url")
    return bool(_CLOUD_HOST.fullmatch(checked) or _GLOBAL_HOST.fullmatch(checked))


def _placed(region: str, instead: str) -> str:
    """The region, if it is clear whose it is. ``instead``: the option that does without. Raises OptionsError."""
    if check_region(region) in KNOWN_REGIONS or _HUAWEI.fullmatch(region):
        return region
    import difflib

    near = difflib.get_close_matches(region, sorted(KNOWN_REGIONS), n=3)
    meant = f"; did you mean {' or '.join(near)}?" if near else "."
    raise OptionsError(
        f"region: {region!r} is no known region of Huawei Cloud or Open Telekom Cloud{meant} For a region that is new, "
        f"give {instead}."
    )


def _domain(region: str) -> str:
    if region in _OTC:
        return _OTC[region]
    return "myhuaweicloud.eu" if region.startswith("eu-west-1") else "myhuaweicloud.com"
