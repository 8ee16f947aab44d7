# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The order in which places are searched for a sign-in."""

from __future__ import annotations

import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.clouds import CloudSource
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import (
    EnvironmentSource,
    OptionsSource,
    Source,
    Surroundings,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.families import HW, HWC, OS, SDK
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.files import CredentialsFile, KooCli
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.metadata import MetadataSource


def sources_for(options: t.Mapping[str, t.Any], environ: t.Mapping[str, str]) -> list[Source]:
    """Options; the named cloud and nothing after it; else environment, clouds.yaml, files, and the ECS instance.

    OS_CLOUD stands for the OS_* variables, and those go before the only cloud of clouds.yaml, as in openstacksdk.
    """
    around = Surroundings(options, environ)
    first: list[Source] = [OptionsSource(options, around)]
    cloud = options.get("cloud")
    if cloud:
        return [*first, CloudSource(str(cloud), "cloud", environ, around, options)]
    named = environ.get("OS_CLOUD")
    openstack: list[Source] = [
        CloudSource(named, "OS_CLOUD", environ, around, {}) if named else EnvironmentSource(OS, environ, around)
    ]
    return [
        *first,
        EnvironmentSource(HW, environ, around),
        EnvironmentSource(SDK, environ, around),
        *openstack,
        EnvironmentSource(HWC, environ, around),
        *([] if named else [CloudSource(None, None, environ, around, {})]),
        CredentialsFile(environ, around),
        KooCli(environ, around),
        MetadataSource(environ, around),
    ]
