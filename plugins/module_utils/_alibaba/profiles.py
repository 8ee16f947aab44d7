# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Keys from files: the CLI's profiles, the SDK's ini file, and the token file of an OIDC provider."""

from __future__ import annotations

import configparser
import json
import os
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import (
    Credentials,
    Lacking,
    Source,
    first_set,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.metadata import EcsSource, UriSource, truth
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.sts import SESSION_NAME, Role, Sts
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpClient

PROFILE_NAMES = ("ALIBABA_CLOUD_PROFILE", "ALIBABACLOUD_PROFILE", "ALICLOUD_PROFILE")
_LONGEST_FILE = 1024 * 1024
_DEEPEST = 5


class Surroundings(t.NamedTuple):
    """What sources need besides their own file."""

    http: HttpClient
    sts: Sts
    environ: t.Mapping[str, str]
    home: str
    metadata_url: str
    on_ecs: t.Callable[[], bool]

    def ecs(self, role: str | None) -> EcsSource:
        return EcsSource(self.http, role, self.environ, url=self.metadata_url, on_ecs=self.on_ecs)


def read_text(path: str) -> str:
    """The text of a file. Raises Lacking."""
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read(_LONGEST_FILE + 1)
    except FileNotFoundError:
        raise Lacking(f"there is no file {path}") from None
    except (OSError, UnicodeDecodeError) as exc:
        raise Lacking(f"{path} cannot be read ({type(exc).__name__})") from None
    if len(text) > _LONGEST_FILE:
        raise Lacking(f"{path} is too long")
    return text


def need(values: t.Mapping[str, t.Any], names: t.Sequence[str], where: str) -> list[str]:
    """The values of ``names``, all present. Raises Lacking that names those that are not."""
    missing = [name for name in names if not values.get(name)]
    if missing:
        raise Lacking(f"{where} has no {' and no '.join(missing)}")
    return [str(values[name]) for name in names]


class OidcSource(Source):
    """A role for the holder of an OIDC token, as the three ALIBABA_CLOUD_* variables name them."""

    name = "OIDC role"

    def __init__(self, around: Surroundings, values: t.Mapping[str, t.Any] | None = None) -> None:
        super().__init__()
        self._around = around
        self._values = values

    def find(self, deadline: Deadline) -> Credentials:
        environ = self._around.environ
        given = self._values
        if given is None:
            names = ("ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE")
            missing = [name for name in names if not environ.get(name)]
            if missing:
                raise Lacking(f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set")
            arn, provider, path = (environ[name] for name in names)
            session = environ.get("ALIBABA_CLOUD_ROLE_SESSION_NAME")
            given = {"role_arn": arn, "oidc_provider_arn": provider, "oidc_token_file": path, "session_name": session}
        _arn, provider, path = need(given, ("role_arn", "oidc_provider_arn", "oidc_token_file"), "the OIDC setting")
        token = read_text(os.path.expanduser(path)).strip()
        if not token:
            raise Lacking(f"{path} is empty")
        return self._around.sts.assume_with_token(provider, token, _role(given), deadline)


def _role(values: t.Mapping[str, t.Any]) -> Role:
    try:
        return Role.from_values(values, "role")
    except OptionsError as exc:
        raise Lacking(str(exc).rstrip(".")) from None


class CliSource(Source):
    """A profile of the aliyun CLI."""

    name = "CLI profile"

    def __init__(
        self, around: Surroundings, profile: str | None, path: str | None, *, explicit: str | None = None
    ) -> None:
        super().__init__(explicit)
        self._around = around
        self._profile = profile
        self._path = path or os.path.join(around.home, ".aliyun", "config.json")

    def find(self, deadline: Deadline) -> Credentials:
        environ = self._around.environ
        if not self.explicit and truth(environ.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED")):
            raise Lacking("disabled by ALIBABA_CLOUD_CLI_PROFILE_DISABLED")
        try:
            config = json.loads(read_text(self._path))
        except (ValueError, RecursionError):
            raise Lacking(f"{self._path} is not JSON") from None
        entries = config.get("profiles") if isinstance(config, dict) else None
        if not isinstance(entries, list):
            raise Lacking(f"{self._path} has no profiles")
        profiles = {str(entry.get("name")): entry for entry in entries if isinstance(entry, dict)}
        named = first_set(environ, PROFILE_NAMES)
        chosen = self._profile or (named[1] if named else None) or str(config.get("current") or "default")
        return self._resolve(profiles, chosen, deadline, ())

    def _resolve(
        self, profiles: t.Mapping[str, t.Mapping[str, t.Any]], name: str, deadline: Deadline, seen: tuple[str, ...]
    ) -> Credentials:
        where = f"profile '{name}'"
        if name in seen or len(seen) >= _DEEPEST:
            raise Lacking(f"{where} is its own source_profile")
        values = profiles.get(name)
        if values is None:
            raise Lacking(f"{self._path} has no {where}")
        source = f"CLI profile '{name}'"
        mode = str(values.get("mode") or "AK").lower()
        role = {
            "role_arn": values.get("ram_role_arn"),
            "session_name": values.get("ram_session_name"),
            "session_expiration": values.get("expired_seconds") or None,
            "policy": values.get("policy"),
            "external_id": values.get("external_id"),
        }
        if mode in ("ak", "ststoken", "ramrolearn"):
            key_id, secret = need(values, ("access_key_id", "access_key_secret"), where)
            token = values.get("sts_token")
            if mode == "ststoken":
                token = need(values, ("sts_token",), where)[0]
            key = Credentials(key_id, secret, str(token) if token and mode != "ak" else None, source)
            return key if mode != "ramrolearn" else self._around.sts.assume(key, _role(role), deadline)
        if mode == "ecsramrole":
            return self._around.ecs(values.get("ram_role_name") or "").find(deadline)
        if mode == "oidc":
            oidc = {name: values.get(name) for name in ("oidc_provider_arn", "oidc_token_file")}
            return OidcSource(self._around, {**role, **oidc}).find(deadline)
        if mode == "chainableramrolearn":
            base = self._resolve(profiles, need(values, ("source_profile",), where)[0], deadline, (*seen, name))
            return self._around.sts.assume(base, _role(role), deadline)
        if mode == "credentialsuri":
            return UriSource(self._around.http, need(values, ("credentials_uri",), where)[0]).find(deadline)
        raise Lacking(f"{where} has the mode '{str(values.get('mode'))[:40]}', which is not supported")


class IniSource(Source):
    """The ini file of the SDKs, one section per profile."""

    name = "credentials file"

    def __init__(
        self, around: Surroundings, profile: str | None, path: str | None, *, explicit: str | None = None
    ) -> None:
        super().__init__(explicit)
        self._around = around
        self._profile = profile
        self._path = path

    def find(self, deadline: Deadline) -> Credentials:
        environ = self._around.environ
        named = first_set(environ, PROFILE_NAMES)
        section = self._profile or (named[1] if named else None) or "default"
        path = self._path or environ.get("ALIBABA_CLOUD_CREDENTIALS_FILE")
        path = path or os.path.join(self._around.home, ".alibabacloud", "credentials.ini")
        parser = configparser.ConfigParser(interpolation=None, default_section="\n")
        try:
            parser.read_string(read_text(path))
        except configparser.Error:
            raise Lacking(f"{path} is not an ini file") from None
        if not parser.has_section(section):
            raise Lacking(f"{path} has no section '{section}'")
        # A comment may follow a value after " #".
        values = {name: value.split(" #")[0].strip().strip("'\"") for name, value in parser.items(section)}
        where = f"section '{section}'"
        if values.get("enable", "true").lower() in ("false", "0"):
            raise Lacking(f"{where} is not enabled")
        kind = values.get("type", "access_key")
        role = {
            "role_arn": values.get("role_arn"),
            "session_name": values.get("role_session_name") or SESSION_NAME,
            "policy": values.get("policy"),
        }
        if kind in ("access_key", "sts", "ram_role_arn"):
            key_id, secret = need(values, ("access_key_id", "access_key_secret"), where)
            token = need(values, ("security_token",), where)[0] if kind == "sts" else None
            key = Credentials(key_id, secret, token, f"credentials file, {where}")
            return key if kind != "ram_role_arn" else self._around.sts.assume(key, _role(role), deadline)
        if kind == "ecs_ram_role":
            return self._around.ecs(values.get("role_name")).find(deadline)
        if kind == "oidc_role_arn":
            oidc = {
                "oidc_provider_arn": values.get("oidc_provider_arn"),
                "oidc_token_file": values.get("oidc_token_file_path"),
            }
            return OidcSource(self._around, {**role, **oidc}).find(deadline)
        raise Lacking(f"{where} has the type '{kind[:40]}', which is not supported")
