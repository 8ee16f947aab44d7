# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Where keys are looked for beyond options and environment: files, tokens, and the machine's surroundings."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import Source, first_set
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.metadata import (
    METADATA_URL,
    EcsSource,
    UriSource,
    runs_on_ecs,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.profiles import (
    CliSource,
    IniSource,
    OidcSource,
    Surroundings,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.sts import Sts

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.client import Clock
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpClient

ROLE_NAMES = ("ALIBABA_CLOUD_ECS_METADATA", "ALICLOUD_ECS_ROLE_NAME")
URI_NAMES = ("ALIBABA_CLOUD_CREDENTIALS_URI", "ALICLOUD_CREDENTIALS_URI")
FILE_NAMES = ("ALICLOUD_SHARED_CREDENTIALS_FILE",)


class Places:
    """The places of one task. ``home``, ``metadata_url``, and ``on_ecs`` are for tests."""

    def __init__(
        self,
        http: HttpClient,
        clock: Clock,
        sts_url: str,
        region: str | None,
        environ: t.Mapping[str, str],
        *,
        home: str | None = None,
        metadata_url: str = METADATA_URL,
        on_ecs: t.Callable[[], bool] = runs_on_ecs,
    ) -> None:
        self.sts = Sts(http, sts_url, clock, region)
        folder = home or environ.get("HOME") or os.path.expanduser("~")
        self._around = Surroundings(http, self.sts, environ, folder, metadata_url, on_ecs)

    def sources(self, options: t.Mapping[str, t.Any]) -> list[Source]:
        """The one place that an option names; without such an option all of them, in their order."""
        around, environ = self._around, self._around.environ
        role, uri, profile, path = (
            options.get(name) or None
            for name in ("ecs_role_name", "credentials_uri", "profile", "shared_credentials_file")
        )
        if profile or path:
            explicit = "profile" if profile else "shared_credentials_file"
            path = os.path.expanduser(str(path)) if path else None
            if path and path.endswith((".ini", "credentials")):
                return [IniSource(around, profile, path, explicit=explicit)]
            return [CliSource(around, profile, path, explicit=explicit)]
        if role:
            ecs = EcsSource(
                around.http, role, environ, explicit="ecs_role_name", url=around.metadata_url, on_ecs=around.on_ecs
            )
            return [ecs]
        if uri:
            return [UriSource(around.http, uri, explicit="credentials_uri")]
        named_role, named_uri = first_set(environ, ROLE_NAMES), first_set(environ, URI_NAMES)
        named_file = first_set(environ, FILE_NAMES)
        return [
            OidcSource(around),
            CliSource(around, None, os.path.expanduser(named_file[1]) if named_file else None),
            IniSource(around, None, None),
            around.ecs(named_role[1] if named_role else None),
            UriSource(around.http, named_uri[1] if named_uri else None),
        ]
