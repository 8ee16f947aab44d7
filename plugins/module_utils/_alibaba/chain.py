# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The order in which keys are looked for, and the role that may be taken on with what was found.

An option that names a place (a profile, a role, an address) is a choice: only that place is asked then. Without one the
order is that of Alibaba Cloud's own libraries. Most tasks have their key in the options or the environment, so the code
for all other places is loaded only when it is their turn.
"""

from __future__ import annotations

import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import (
    Credentials,
    EnvironmentSource,
    OptionsSource,
    Source,
    resolve,
)

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.client import Clock
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.places import Places
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.sts import Role
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpClient

KEY_OPTIONS = ("access_key_id", "access_key_secret", "security_token")
PLACE_OPTIONS = ("profile", "shared_credentials_file", "ecs_role_name", "credentials_uri")


class CredentialChain:
    """Finds the key of a task. ``places`` (``home``, ``metadata_url``, ``on_ecs``; see Places) are for tests.

    Raises OptionsError for an ``assume_role`` that cannot be right, before any request.
    """

    def __init__(
        self,
        options: t.Mapping[str, t.Any],
        environ: t.Mapping[str, str],
        http: HttpClient,
        clock: Clock,
        sts_url: str,
        **places: t.Any,
    ) -> None:
        self._options = options
        self._environ = environ
        self._services = (http, clock, sts_url)
        self._for_tests = places
        self._known_places: Places | None = None
        self._role = _role(options, environ)

    def resolve(self, deadline: Deadline) -> Credentials:
        """The key to sign with. Raises OptionsError when there is none, AuthError and others from STS."""
        key = resolve(self.sources(), deadline)
        return key if self._role is None else self._places.sts.assume(key, self._role, deadline)

    def sources(self) -> t.Iterator[Source]:
        """The sources in their order."""
        given = any(self._options.get(name) for name in KEY_OPTIONS)
        if given or not any(self._options.get(name) for name in PLACE_OPTIONS):
            yield OptionsSource(self._options)
            if given:
                return
            yield EnvironmentSource(self._environ)
        yield from self._places.sources(self._options)

    @property
    def _places(self) -> Places:
        from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.places import Places

        if self._known_places is None:
            region = self._options.get("region")
            self._known_places = Places(*self._services, region, self._environ, **self._for_tests)
        return self._known_places


def _role(options: t.Mapping[str, t.Any], environ: t.Mapping[str, str]) -> Role | None:
    """The role to take on, if any: the option, else the variables of other tools."""
    values, where = options.get("assume_role"), "assume_role"
    if not values:
        names = {"role_arn": "ARN", "session_name": "SESSION_NAME", "session_expiration": "SESSION_EXPIRATION"}
        values = {key: environ.get(f"ALICLOUD_ASSUME_ROLE_{name}") for key, name in names.items()}
        where = "ALICLOUD_ASSUME_ROLE_ARN"
        if not values["role_arn"]:
            return None
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.sts import Role

    return Role.from_values(values, where)
