# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The order in which keys are looked for, and the role that may be taken on with what was found.

An option that names a place (a profile, a role, an address) is a choice: only that place is asked then. Without one the
order is that of Alibaba Cloud's own libraries.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import (
    Credentials,
    EnvironmentSource,
    OptionsSource,
    Source,
    first_set,
    resolve,
)
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
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.sts import Role, Sts

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.client import Clock
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpClient

ROLE_NAMES = ("ALIBABA_CLOUD_ECS_METADATA", "ALICLOUD_ECS_ROLE_NAME")
URI_NAMES = ("ALIBABA_CLOUD_CREDENTIALS_URI", "ALICLOUD_CREDENTIALS_URI")
FILE_NAMES = ("ALICLOUD_SHARED_CREDENTIALS_FILE",)


class CredentialChain:
    """Finds the key of a task. ``home``, ``metadata_url``, and ``on_ecs`` are for tests.

    Raises OptionsError for an ``assume_role`` that cannot be right, before any request.
    """

    def __init__(
        self,
        options: t.Mapping[str, t.Any],
        environ: t.Mapping[str, str],
        http: HttpClient,
        clock: Clock,
        sts_url: str,
        *,
        home: str | None = None,
        metadata_url: str = METADATA_URL,
        on_ecs: t.Callable[[], bool] = runs_on_ecs,
    ) -> None:
        self._options = options
        self._environ = environ
        self._sts = Sts(http, sts_url, clock, options.get("region"))
        folder = home or environ.get("HOME") or os.path.expanduser("~")
        self._around = Surroundings(http, self._sts, environ, folder, metadata_url, on_ecs)
        values, where = _role_values(options, environ)
        self._role = Role.from_values(values, where) if values else None

    def resolve(self, deadline: Deadline) -> Credentials:
        """The key to sign with. Raises OptionsError when there is none, AuthError and others from STS."""
        key = resolve(self.sources(), deadline)
        return key if self._role is None else self._sts.assume(key, self._role, deadline)

    def sources(self) -> list[Source]:
        """The sources in their order."""
        options, environ, around = self._options, self._environ, self._around
        role, uri, profile, path = (
            options.get(name) or None
            for name in ("ecs_role_name", "credentials_uri", "profile", "shared_credentials_file")
        )
        from_options: list[Source] = [OptionsSource(options)]
        if any(options.get(name) for name in ("access_key_id", "access_key_secret", "security_token")):
            return from_options
        if profile or path:
            explicit = "profile" if profile else "shared_credentials_file"
            if path and os.path.expanduser(str(path)).endswith((".ini", "credentials")):
                return [IniSource(around, profile, os.path.expanduser(str(path)), explicit=explicit)]
            path = os.path.expanduser(str(path)) if path else None
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
            *from_options,
            EnvironmentSource(environ),
            OidcSource(around),
            CliSource(around, None, os.path.expanduser(named_file[1]) if named_file else None),
            IniSource(around, None, None),
            around.ecs(named_role[1] if named_role else None),
            UriSource(around.http, named_uri[1] if named_uri else None),
        ]


def _role_values(options: t.Mapping[str, t.Any], environ: t.Mapping[str, str]) -> tuple[t.Mapping[str, t.Any], str]:
    """What is known of the role to take on, and the name to call it by: the option, else the variables of other tools."""
    if options.get("assume_role"):
        return options["assume_role"], "assume_role"
    names = {"role_arn": "ARN", "session_name": "SESSION_NAME", "session_expiration": "SESSION_EXPIRATION"}
    given = {key: environ.get(f"ALICLOUD_ASSUME_ROLE_{name}") for key, name in names.items()}
    return (given if given["role_arn"] else {}), "ALICLOUD_ASSUME_ROLE_ARN"
