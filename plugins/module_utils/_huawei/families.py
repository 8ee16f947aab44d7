# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Environment variables that tools of these clouds read: one table per tool, in the order in which they are tried.

Sources: huaweicloudsdkcore 3.1.219, terraform-provider-huaweicloud (provider.go), openstacksdk and otcextensions,
community.general's hwc modules.
"""

from __future__ import annotations

import typing as t


class Family(t.NamedTuple):
    """Variables of one tool: option name -> variables, the first one that is set counts."""

    name: str
    variables: t.Mapping[str, tuple[str, ...]]

    def values(self, environ: t.Mapping[str, str]) -> dict[str, str | None]:
        return {
            option: next((environ[name] for name in names if environ.get(name)), None)
            for option, names in self.variables.items()
        }

    def named(self, option: str, environ: t.Mapping[str, str]) -> str:
        return next((name for name in self.variables.get(option, ()) if environ.get(name)), "")


HW = Family(
    "HW_*",
    {
        "token": ("HW_AUTH_TOKEN",),
        "access_key": ("HW_ACCESS_KEY",),
        "secret_key": ("HW_SECRET_KEY",),
        "security_token": ("HW_SECURITY_TOKEN",),
        "username": ("HW_USER_NAME",),
        "user_id": ("HW_USER_ID",),
        "password": ("HW_USER_PASSWORD",),
        "domain_id": ("HW_DOMAIN_ID",),
        "domain_name": ("HW_DOMAIN_NAME",),
        "project_id": ("HW_PROJECT_ID",),
        "project_name": ("HW_PROJECT_NAME",),
        "agency_name": ("HW_ASSUME_ROLE_AGENCY_NAME",),
        "agency_domain_name": ("HW_ASSUME_ROLE_DOMAIN_NAME",),
        "auth_url": ("HW_AUTH_URL",),
        "region": ("HW_REGION_NAME",),
    },
)
SDK = Family(
    "HUAWEICLOUD_SDK_*",
    {
        "access_key": ("HUAWEICLOUD_SDK_AK",),
        "secret_key": ("HUAWEICLOUD_SDK_SK",),
        "security_token": ("HUAWEICLOUD_SDK_SECURITY_TOKEN",),
        "domain_id": ("HUAWEICLOUD_SDK_DOMAIN_ID",),
        "project_id": ("HUAWEICLOUD_SDK_PROJECT_ID",),
        "auth_url": ("HUAWEICLOUD_SDK_IAM_ENDPOINT",),
    },
)
# S3_ACCESS_KEY_ID, which otcextensions reads too, is left out: it is as likely the key of some other object storage.
OS = Family(
    "OS_*",
    {
        "token": ("OS_AUTH_TOKEN", "OS_TOKEN"),
        "access_key": ("OS_ACCESS_KEY",),
        "secret_key": ("OS_SECRET_KEY",),
        "security_token": ("OS_SECURITY_TOKEN",),
        "username": ("OS_USERNAME",),
        "user_id": ("OS_USER_ID",),
        "password": ("OS_PASSWORD",),
        "passcode": ("OS_PASSCODE",),
        "domain_id": ("OS_DOMAIN_ID", "OS_USER_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID"),
        "domain_name": ("OS_DOMAIN_NAME", "OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME", "DEFAULT_DOMAIN"),
        "project_domain_id": ("OS_PROJECT_DOMAIN_ID",),
        "project_domain_name": ("OS_PROJECT_DOMAIN_NAME",),
        "project_id": ("OS_PROJECT_ID", "OS_TENANT_ID"),
        "project_name": ("OS_PROJECT_NAME", "OS_TENANT_NAME"),
        "agency_name": ("OS_AGENCY_NAME",),
        "agency_domain_name": ("OS_AGENCY_DOMAIN_NAME",),
        "auth_url": ("OS_AUTH_URL",),
        "region": ("OS_REGION_NAME", "OS_REGION"),
    },
)
HWC = Family(
    "ANSIBLE_HWC_*",
    {
        "username": ("ANSIBLE_HWC_USER",),
        "password": ("ANSIBLE_HWC_PASSWORD",),
        "domain_name": ("ANSIBLE_HWC_DOMAIN",),
        "project_name": ("ANSIBLE_HWC_PROJECT",),
        "auth_url": ("ANSIBLE_HWC_IDENTITY_ENDPOINT",),
        "region": ("ANSIBLE_HWC_REGION",),
    },
)
FAMILIES = (HW, SDK, OS, HWC)
