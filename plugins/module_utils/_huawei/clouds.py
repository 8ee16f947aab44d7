# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A cloud of clouds.yaml as a sign-in: found, merged, and completed as openstacksdk does."""

from __future__ import annotations

import json
import os
import types
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import DependencyError, OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import (
    PROOF,
    SignIn,
    Source,
    Surroundings,
    Values,
    complete,
    home_of,
    what_lacks,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.endpoints import is_public_cloud

yaml: types.ModuleType | None
try:
    import yaml
except ImportError:
    yaml = None

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline

# The vendor profiles of openstacksdk that matter here; the Swiss one comes without a scheme there, too.
_PROFILES: t.Mapping[str, dict[str, t.Any]] = {
    "otc": {
        "auth": {"auth_url": "https://iam.{region_name}.otc.t-systems.com/v3"},
        "regions": ["eu-de", "eu-nl"],
    },
    "otc-swiss": {"auth": {"auth_url": "iam-pub.eu-ch2.sc.otc.t-systems.com/v3"}, "regions": ["eu-ch2"]},
}
_AUTH_TYPES = ("password", "v3password", "token", "v3token", "v3multifactor", "aksk", "v3aksk", "")
# Our name -> names in `auth` or beside it, the first one that is set counts.
_NAMES: t.Mapping[str, tuple[str, ...]] = {
    "token": ("token", "auth_token"),
    "access_key": ("access_key", "ak"),
    "secret_key": ("secret_key", "sk"),
    "security_token": ("security_token",),
    "username": ("username", "user_name"),
    "user_id": ("user_id",),
    "password": ("password",),
    "passcode": ("passcode",),
    "domain_id": ("user_domain_id", "domain_id", "project_domain_id"),
    "domain_name": ("user_domain_name", "domain_name", "project_domain_name"),
    "project_domain_id": ("project_domain_id",),
    "project_domain_name": ("project_domain_name",),
    "project_id": ("project_id", "tenant_id"),
    "project_name": ("project_name", "tenant_name"),
    "agency_name": ("agency_name",),
    "agency_domain_name": ("agency_domain_name",),
    "auth_url": ("auth_url",),
}


class CloudSource(Source):
    """``cloud`` of clouds.yaml, or the only one there when ``cloud`` is None.

    ``chosen_by`` is the option or variable that named it: then it has to be there. ``own`` are options that may
    complete it. Raises OptionsError for a named cloud that is missing or not usable.
    """

    def __init__(
        self,
        cloud: str | None,
        chosen_by: str | None,
        environ: t.Mapping[str, str],
        surroundings: Surroundings,
        own: Values,
    ) -> None:
        super().__init__()
        self.name = f"cloud '{cloud}' of clouds.yaml" if cloud else "clouds.yaml"
        self._cloud = cloud
        self._chosen_by = chosen_by
        self._environ = environ
        self._surroundings = surroundings
        self._own = {name: own.get(name) for name in PROOF if own.get(name)}

    def load(self, deadline: Deadline) -> SignIn | None:
        if yaml is None and self._chosen_by:
            raise DependencyError("The Python library 'PyYAML' is required to read clouds.yaml.", code="PyYAML")
        path, clouds = self._clouds()
        cloud = self._cloud
        if cloud is None and len(clouds) == 1:
            cloud = next(iter(clouds))
        if cloud is None or cloud not in clouds:
            if self._chosen_by:
                where = f"in '{path}'; it has {', '.join(sorted(clouds)) or 'none'}" if path else "and no clouds.yaml"
                raise OptionsError(f"{self._chosen_by}: there is no cloud '{cloud}' {where}.")
            self.lacked = (
                "there is no such file" if not path else f"'{path}' has {len(clouds)} clouds and none is chosen"
            )
            return None
        self.name = f"cloud '{cloud}' of '{path}'"
        values = self._values(clouds[cloud])
        if values is None:
            return self._unusable()
        if self._cloud is None and not _is_ours(values):
            # Some other OpenStack: its sign-in must not be shown to Huawei Cloud just because it is there.
            self.lacked = "its auth_url is not of Huawei Cloud or Open Telekom Cloud (choose it with cloud)"
            return None
        around = self._surroundings.around({**values, **self._own}, False)
        found = complete(around, self.name)
        if found is None:
            self.lacked = what_lacks(around) or "it has no token, no access key, and no user with password"
            return self._unusable()
        return found

    def _unusable(self) -> SignIn | None:
        if self._chosen_by:
            raise OptionsError(f"{self._chosen_by}: {self.name} cannot be used: {self.lacked}.")
        return None

    def _values(self, entry: dict[str, t.Any]) -> dict[str, str | None] | None:
        profile_name = entry.get("profile", entry.get("cloud"))
        profile = self._profile(profile_name) if profile_name else {}
        if profile is None:
            self.lacked = f"its profile {str(profile_name)[:60]!r} is not known"
            return None
        merged = merge(profile, entry)
        auth_type = str(merged.get("auth_type") or "")
        if auth_type not in _AUTH_TYPES:
            self.lacked = f"its auth_type {auth_type[:40]!r} is not supported (password, token, and access keys are)"
            return None
        given = merged.get("auth")
        auth = {**merged, **(given if isinstance(given, dict) else {})}
        values = {name: _first(auth, names) for name, names in _NAMES.items()}
        chosen = self._environ.get("OS_REGION_NAME") if self._chosen_by == "OS_CLOUD" else None
        region = chosen or _first(merged, ("region_name",)) or self._surroundings.region or _first_region(merged)
        url = values["auth_url"]
        if url and "{region_name}" in url:
            if not region:
                self.lacked = "its auth_url needs region_name"
                return None
            values["auth_url"] = url.replace("{region_name}", region)
        values["region"] = region
        return values

    def _clouds(self) -> tuple[str | None, dict[str, dict[str, t.Any]]]:
        path, data = self._read("clouds", "OS_CLIENT_CONFIG_FILE")
        secure_path, secure = self._read("secure", "OS_CLIENT_SECURE_FILE")
        merged = merge(data, secure)
        clouds = merged.get("clouds")
        if not isinstance(clouds, dict):
            return path or secure_path, {}
        return path or secure_path, {str(name): entry for name, entry in clouds.items() if isinstance(entry, dict)}

    def _profile(self, name: t.Any) -> dict[str, t.Any] | None:
        _path, vendors = self._read("clouds-public", "OS_CLIENT_VENDOR_FILE")
        public = vendors.get("public-clouds")
        found = public.get(name) if isinstance(public, dict) else None
        if isinstance(found, dict):
            return found
        return _PROFILES.get(name) if isinstance(name, str) else None

    def _read(self, stem: str, variable: str) -> tuple[str | None, dict[str, t.Any]]:
        """The first file that is there and can be read."""
        home, environ = home_of(self._environ), self._environ
        folders = [
            os.getcwd(),
            os.path.join(environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "openstack"),
        ]
        folders.append(os.path.join(home, ".config", "openstack"))
        folders.extend(
            os.path.join(folder, "openstack")
            for folder in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)[:1]
        )
        folders.append("/etc/openstack")
        paths = [environ[variable]] if environ.get(variable) else []
        paths += [os.path.join(folder, stem + suffix) for folder in folders for suffix in (".yaml", ".yml", ".json")]
        for path in paths:
            data = _parsed(path)
            if data is not None:
                return path, data
        return None, {}


def _parsed(path: str) -> dict[str, t.Any] | None:
    """The mapping in a file; None when it is missing, unreadable, or broken (the next file is tried then)."""
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
    except (OSError, UnicodeDecodeError):
        return None
    # The texts of these errors quote the file, passwords included: they are not passed on.
    data: t.Any
    if path.endswith("json"):
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            return None
    elif yaml is None:
        return None
    else:
        try:
            data = yaml.safe_load(text)
        except (ValueError, RecursionError, yaml.YAMLError):
            return None
    return data if isinstance(data, dict) else {}


def merge(base: t.Mapping[str, t.Any], over: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """``base`` with ``over`` laid on top, mapping by mapping."""
    result = dict(base)
    for name, value in over.items():
        old = result.get(name)
        result[name] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _first(values: t.Mapping[str, t.Any], names: t.Iterable[str]) -> str | None:
    for name in names:
        value = values.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value):
            return str(value)
    return None


def _first_region(merged: t.Mapping[str, t.Any]) -> str | None:
    regions = merged.get("regions")
    first = regions[0] if isinstance(regions, list) and regions else None
    return str(first.get("name")) if isinstance(first, dict) else first if isinstance(first, str) else None


def _is_ours(values: Values) -> bool:
    url = values.get("auth_url")
    try:
        # Without an auth_url it has keys of its own for us (`ak`, `sk`).
        return is_public_cloud(url) if url else bool(values.get("access_key"))
    except OptionsError:
        return False
