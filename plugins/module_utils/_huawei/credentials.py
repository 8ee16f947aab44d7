# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Who signs in: an ordered chain of sources, the first one that is complete wins.

Inside a source the order is token, access key, password. What proves who you are comes from one source and is never put
together from two; what only says where (project, domain, region, IAM URL) may be given by options for any of them.
Values never appear in any text.
"""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.families import FAMILIES, Family

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline

TOKEN, KEY, PASSWORD = "token", "access key", "password"
Values = t.Mapping[str, t.Optional[str]]

PROOF = ("token", "access_key", "secret_key", "security_token", "username", "user_id", "password", "passcode")
# Taken together from the first place that has any of them: an ID of one place never overrides a name of another.
_GROUPS: tuple[tuple[str, ...], ...] = (
    ("project_id", "project_name"),
    ("domain_id", "domain_name"),
    ("agency_name", "agency_domain_name"),
    ("auth_url",),
    ("region",),
)


@dataclass(frozen=True)
class SignIn:
    """A complete set. ``kind`` is TOKEN, KEY, or PASSWORD; ``expires`` is epoch seconds of a temporary key.

    ``domain_*`` is the account of the user, ``project_domain_*`` that of the project where it is another one.
    """

    kind: str
    source: str
    token: str | None = field(default=None, repr=False)
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    security_token: str | None = field(default=None, repr=False)
    username: str | None = None
    user_id: str | None = None
    password: str | None = field(default=None, repr=False)
    passcode: str | None = field(default=None, repr=False)
    domain_id: str | None = None
    domain_name: str | None = None
    project_id: str | None = None
    project_name: str | None = None
    project_domain_id: str | None = None
    project_domain_name: str | None = None
    agency_name: str | None = None
    agency_domain_name: str | None = None
    auth_url: str | None = None
    region: str | None = None
    expires: float | None = None

    def secrets(self) -> tuple[str, ...]:
        """The values that must never be shown."""
        values = (self.token, self.secret_key, self.security_token, self.password, self.passcode)
        return tuple(value for value in values if value)

    @property
    def described(self) -> str:
        """``access key from the environment (HW_ACCESS_KEY)``."""
        agency = f", agency '{self.agency_name}'" if self.agency_name else ""
        return f"{self.kind} from {self.source}{agency}"


class Source:
    """One place that may hold a sign-in."""

    name = ""

    def __init__(self) -> None:
        self.lacked = "not tried"

    def load(self, deadline: Deadline) -> SignIn | None:
        """The sign-in, or None after ``lacked`` was set. Raises CloudVpnError when what is there is broken."""
        raise NotImplementedError

    def describe(self) -> str:
        """``name: what it lacked``, for the error of an empty chain."""
        return f"{self.name}: {self.lacked}"


class Surroundings:
    """What options and environment say about project, account, agency, IAM URL, and region."""

    # Option -> variables that ``_options`` may have filled it from; what comes from there gives way to a source's own.
    _FILLED: t.Mapping[str, tuple[str, ...]] = {
        "auth_url": ("HW_AUTH_URL", "OS_AUTH_URL", "HUAWEICLOUD_SDK_IAM_ENDPOINT", "ANSIBLE_HWC_IDENTITY_ENDPOINT"),
        "region": ("HW_REGION_NAME", "OS_REGION_NAME", "OS_REGION", "ANSIBLE_HWC_REGION"),
    }

    def __init__(self, options: Values, environ: t.Mapping[str, str]) -> None:
        self._options = {name: options.get(name) or None for group in _GROUPS for name in group}
        self._filled: dict[str, str | None] = {}
        for name, variables in self._FILLED.items():
            value = self._options[name]
            if value and not options.get("cloud") and any(environ.get(variable) == value for variable in variables):
                self._filled[name], self._options[name] = value, None
        self._environ = [] if options.get("cloud") else [family.values(environ) for family in FAMILIES]

    @property
    def region(self) -> str | None:
        """The region that an option or a variable names."""
        return self._options["region"] or self._filled.get("region")

    def around(self, values: Values, from_environment: bool) -> dict[str, str | None]:
        """``values`` of a source, completed. Variables complete options and other variables, not files."""
        layers: list[Values] = [self._options, values]
        if from_environment:
            layers.extend(self._environ)
        layers.append(self._filled)
        result = dict(values)
        for group in _GROUPS:
            layer = next((one for one in layers if any(one.get(name) for name in group)), {})
            result.update({name: layer.get(name) or None for name in group})
        return result


def missing_of(values: Values) -> dict[str, list[str]]:
    """Kind of sign-in -> what it lacks (nothing: complete), for each kind of which anything is there."""
    kinds: dict[str, list[str]] = {}
    if values.get("token"):
        kinds[TOKEN] = [] if values.get("project_id") else ["project_id"]
    if values.get("access_key") or values.get("secret_key") or values.get("security_token"):
        kinds[KEY] = [name for name in ("access_key", "secret_key") if not values.get(name)]
    if any(values.get(name) for name in ("username", "user_id", "password", "passcode")):
        lacks = [] if values.get("username") or values.get("user_id") else ["username or user_id"]
        lacks += [] if values.get("password") else ["password"]
        domain = values.get("domain_id") or values.get("domain_name")
        # A user ID is unique by itself, but a project's name is not.
        if not domain and not (values.get("user_id") and values.get("project_id")):
            lacks.append("domain_name or domain_id")
        if values.get("passcode") and not values.get("user_id"):
            lacks.append("user_id (IAM takes a passcode with it only)")
        kinds[PASSWORD] = lacks
    return kinds


def complete(values: Values, source: str) -> SignIn | None:
    """The first complete sign-in in ``values``, else None."""
    for kind, lacks in missing_of(values).items():
        if not lacks:
            wanted = {
                TOKEN: ("token",),
                KEY: ("access_key", "secret_key", "security_token"),
                PASSWORD: ("username", "user_id", "password", "passcode"),
            }[kind]
            rest = {name: value for name, value in values.items() if name not in PROOF or name in wanted}
            return SignIn(kind=kind, source=source, **rest)  # type: ignore[arg-type]
    return None


_MAY_COME_FROM: t.Mapping[str, str] = {
    "project_id": "HW_PROJECT_ID or OS_PROJECT_ID",
    "domain_name or domain_id": "HW_DOMAIN_NAME or OS_USER_DOMAIN_NAME",
}


def what_lacks(values: Values) -> str:
    """``the password lacks domain_name or domain_id (option, …)``."""
    parts = []
    for kind, lacks in missing_of(values).items():
        named = [
            name + (f" (an option, or {_MAY_COME_FROM[name]} in the environment)" if name in _MAY_COME_FROM else "")
            for name in lacks
        ]
        parts.append(f"a sign-in by {kind} was begun and lacks {' and '.join(named)}")
    return "; ".join(parts)


class OptionsSource(Source):
    """The options themselves."""

    name = "options"

    def __init__(self, options: Values, surroundings: Surroundings) -> None:
        super().__init__()
        self._given = {name: options.get(name) or None for name in PROOF}
        self._cloud = options.get("cloud")
        self._surroundings = surroundings

    def load(self, deadline: Deadline) -> SignIn | None:
        if not any(self._given.values()):
            self.lacked = "none of token, access_key and secret_key, or username and password is given"
            return None
        values = self._surroundings.around(self._given, True)
        found = complete(values, "the options")
        if found is not None:
            return found
        if self._cloud:
            # A named cloud may hold the rest on purpose, such as all but the password.
            self.lacked = what_lacks(values)
            return None
        names = ", ".join(name for name in PROOF if self._given[name])
        raise OptionsError(
            f"The sign-in given by options ({names}) is not complete: {what_lacks(values)}. Give all parts as options, "
            "or none and let them come from the environment or a file (a proof is never put together from two places)."
        )


class EnvironmentSource(Source):
    """The environment variables of one tool."""

    def __init__(self, family: Family, environ: t.Mapping[str, str], surroundings: Surroundings) -> None:
        super().__init__()
        self.name = f"environment ({family.name})"
        self._family = family
        self._environ = environ
        self._surroundings = surroundings

    def load(self, deadline: Deadline) -> SignIn | None:
        values = self._family.values(self._environ)
        if not any(values.get(name) for name in PROOF):
            self.lacked = "not set"
            return None
        values = self._surroundings.around(values, True)
        found = complete(values, "the environment")
        if found is None:
            self.lacked = what_lacks(values)
            return None
        named = next(name for name in PROOF if values.get(name) and getattr(found, name) == values[name])
        variable = self._family.named(named, self._environ)
        return complete(values, f"the environment ({variable})")


def resolve(sources: t.Iterable[Source], deadline: Deadline) -> SignIn:
    """The sign-in of the first complete source. Raises OptionsError that lists every source and what it lacked."""
    tried = []
    for source in sources:
        found = source.load(deadline)
        if found is not None:
            return found
        tried.append(source.describe())
    raise OptionsError(
        "No complete sign-in for Huawei Cloud or Open Telekom Cloud was found. Give one of: token and project_id; "
        "access_key and secret_key; username (or user_id), password, and domain_name (or domain_id). Tried in this "
        f"order: {'. '.join(tried)}."
    )


def home_of(environ: t.Mapping[str, str]) -> str:
    """The home directory of the user this runs as."""
    return environ.get("HOME") or os.path.expanduser("~")
