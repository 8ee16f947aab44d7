# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Sign-ins in files of the SDK (~/.huaweicloud/credentials) and of KooCLI (~/.hcloud/config.json)."""

from __future__ import annotations

import configparser
import json
import os
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import (
    SignIn,
    Source,
    Surroundings,
    complete,
    home_of,
    what_lacks,
)

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline


class _FileSource(Source):
    """A file below the home directory, or where ``variable`` says: then it has to be there and to be readable."""

    variable = ""
    default: tuple[str, ...] = ()

    def __init__(self, environ: t.Mapping[str, str], surroundings: Surroundings) -> None:
        super().__init__()
        self._environ = environ
        self._surroundings = surroundings
        self._explicit = environ.get(self.variable)
        self._path = os.path.expanduser(self._explicit or os.path.join(home_of(environ), *self.default))

    def load(self, deadline: Deadline) -> SignIn | None:
        try:
            with open(self._path, encoding="utf-8-sig") as stream:
                text = stream.read()
        except FileNotFoundError:
            return self._without("there is no such file")
        except (OSError, UnicodeDecodeError):
            return self._without("it cannot be read")
        values = self._values(text)
        if values is None:
            return self._without(self.lacked)
        around = self._surroundings.around(values, False)
        found = complete(around, f"{self.name}")
        if found is None:
            return self._without(what_lacks(around) or "it holds no access key")
        return found

    def _without(self, lacked: str) -> SignIn | None:
        self.lacked = lacked
        if self._explicit:
            raise OptionsError(f"{self.variable}: {self.name} cannot be used: {lacked}.")
        return None

    def _values(self, text: str) -> dict[str, str | None] | None:
        """Values by our names; None after ``lacked`` was set."""
        raise NotImplementedError


class CredentialsFile(_FileSource):
    """Section [basic] (regional services) of the SDK's credentials file."""

    variable = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
    default = (".huaweicloud", "credentials")

    def __init__(self, environ: t.Mapping[str, str], surroundings: Surroundings) -> None:
        super().__init__(environ, surroundings)
        self.name = f"credentials file '{self._path}'"

    def _values(self, text: str) -> dict[str, str | None] | None:
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(text)
        except configparser.Error:
            self.lacked = "it is no INI file"
            return None
        if not parser.has_section("basic"):
            self.lacked = "it has no section [basic]"
            return None
        section = dict(parser.items("basic"))
        names = {
            "access_key": "ak",
            "secret_key": "sk",
            "security_token": "security_token",
            "project_id": "project_id",
            "domain_id": "domain_id",
            "auth_url": "iam_endpoint",
        }
        return {ours: section.get(theirs) or None for ours, theirs in names.items()}


class KooCli(_FileSource):
    """The current profile of KooCLI (or HW_PROFILE), which has to be stored unencrypted."""

    variable = "HW_SHARED_CONFIG_FILE"
    default = (".hcloud", "config.json")

    def __init__(self, environ: t.Mapping[str, str], surroundings: Surroundings) -> None:
        super().__init__(environ, surroundings)
        self.name = f"KooCLI configuration '{self._path}'"

    def _values(self, text: str) -> dict[str, str | None] | None:
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            data = None
        profiles = data.get("profiles") if isinstance(data, dict) else None
        if not isinstance(profiles, list):
            self.lacked = "it is no configuration of KooCLI"
            return None
        wanted = self._environ.get("HW_PROFILE") or data.get("current")
        profile = next((one for one in profiles if isinstance(one, dict) and one.get("name") == wanted), None)
        if profile is None:
            self.lacked = f"it has no profile {str(wanted)[:60]!r}"
            return None
        self.name = f"KooCLI profile '{wanted}'"
        values: t.Mapping[str, t.Any] = profile
        if profile.get("mode") == "SSO":
            sso = profile.get("ssoAuth")
            token = sso.get("stsToken") if isinstance(sso, dict) else None
            values = {**profile, **(token if isinstance(token, dict) else {})}
        names = {
            "access_key": "accessKeyId",
            "secret_key": "secretAccessKey",
            "security_token": "securityToken",
            "project_id": "projectId",
            "domain_id": "domainId",
            "agency_name": "agencyName",
            "agency_domain_name": "agencyDomainName",
            "region": "region",
        }
        found = {ours: values.get(theirs) for ours, theirs in names.items()}
        return {name: value if isinstance(value, str) and value else None for name, value in found.items()}
