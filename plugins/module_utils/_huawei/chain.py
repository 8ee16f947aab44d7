# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The order in which places are searched for a sign-in."""

from __future__ import annotations

import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import (
    EnvironmentSource,
    OptionsSource,
    Source,
    Surroundings,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.families import HW, HWC, OS, SDK


def sources_for(options: t.Mapping[str, t.Any], environ: t.Mapping[str, str]) -> t.Iterator[Source]:
    """Options; the named cloud and nothing after it; else environment, clouds.yaml, files, and the ECS instance.

    OS_CLOUD stands for the OS_* variables, and those go before the only cloud of clouds.yaml, as in openstacksdk.
    Most tasks have their sign-in in options or environment: the code for all other places is loaded when it is their turn.
    """
    around = Surroundings(options, environ)
    cloud, named = options.get("cloud"), environ.get("OS_CLOUD")
    yield OptionsSource(options, around)
    if not cloud:
        yield EnvironmentSource(HW, environ, around)
        yield EnvironmentSource(SDK, environ, around)
        if not named:
            yield EnvironmentSource(OS, environ, around)
            yield EnvironmentSource(HWC, environ, around)

    from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.clouds import CloudSource

    if cloud:
        yield CloudSource(str(cloud), "cloud", environ, around, options)
        return
    if named:
        yield CloudSource(named, "OS_CLOUD", environ, around, {})
        yield EnvironmentSource(HWC, environ, around)
    else:
        yield CloudSource(None, None, environ, around, {})

    from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.files import CredentialsFile, KooCli
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.metadata import MetadataSource

    yield CredentialsFile(environ, around)
    yield KooCli(environ, around)
    yield MetadataSource(environ, around)
