# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Who signs: an ordered chain of sources, the first one that is complete wins.

A source never mixes halves from two places, and says in words what it lacked, so that the error of an empty chain lists
where a key was looked for. Values never appear in any text.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline


@dataclass(frozen=True)
class Credentials:
    """An access key. ``source`` says where it came from; ``expires`` is epoch seconds for temporary ones."""

    access_key_id: str = field(repr=False)
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)
    source: str = ""
    expires: float | None = None

    def secrets(self) -> list[str]:
        """The values that must never be shown."""
        return [value for value in (self.access_key_secret, self.security_token) if value]


class Lacking(Exception):
    """A source has no credentials; the text says what it lacks, without any value."""


class Source:
    """One place that may hold credentials. ``explicit`` is the option that names it; None: it is only looked at."""

    name = ""

    def __init__(self, explicit: str | None = None) -> None:
        self.explicit = explicit
        self.lacked = "not tried"

    def find(self, deadline: Deadline) -> Credentials:
        """The credentials. Raises Lacking when there are none, CloudVpnError when the way to them is broken."""
        raise NotImplementedError

    def load(self, deadline: Deadline) -> Credentials | None:
        """The credentials, or None after ``lacked`` was set. A source that an option names must have them."""
        try:
            return self.find(deadline)
        except Lacking as exc:
            if self.explicit:
                raise OptionsError(f"{self.explicit}: {self.name}: {exc}.") from None
            self.lacked = str(exc)
            return None

    def describe(self) -> str:
        """``name: what it lacked``, for the error of an empty chain."""
        return f"{self.name}: {self.lacked}"


class OptionsSource(Source):
    """The options access_key_id, access_key_secret, and security_token."""

    name = "options"

    def __init__(self, options: t.Mapping[str, t.Any]) -> None:
        super().__init__()
        self._options = options

    def find(self, deadline: Deadline) -> Credentials:
        names = ("access_key_id", "access_key_secret", "security_token")
        key_id, secret, token = (self._options.get(name) or None for name in names)
        if key_id and secret:
            return Credentials(str(key_id), str(secret), str(token) if token else None, "the options")
        if key_id or secret or token:
            missing = " and ".join(name for name, value in zip(names, (key_id, secret)) if not value)
            given = next(name for name, value in zip(names, (key_id, secret, token)) if value)
            raise OptionsError(
                f"{missing}: missing although {given} is given; give both as options, or neither and let them "
                "come from the environment or a profile (halves from two places are never combined)."
            )
        raise Lacking("access_key_id and access_key_secret are not given")


# (names of the key ID, of the secret, of the token): the current family first, then those that other tools use.
FAMILIES: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (("ALIBABA_CLOUD_ACCESS_KEY_ID",), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET",), ("ALIBABA_CLOUD_SECURITY_TOKEN",)),
    (
        ("ALICLOUD_ACCESS_KEY", "ALICLOUD_ACCESS_KEY_ID"),
        ("ALICLOUD_SECRET_KEY", "ALICLOUD_SECRET_ACCESS_KEY", "ALICLOUD_ACCESS_KEY_SECRET"),
        ("ALICLOUD_SECURITY_TOKEN",),
    ),
    (("ALIBABACLOUD_ACCESS_KEY_ID",), ("ALIBABACLOUD_ACCESS_KEY_SECRET",), ("ALIBABACLOUD_SECURITY_TOKEN",)),
    (("ALIYUN_ACCESS_KEY_ID",), ("ALIYUN_ACCESS_KEY_SECRET",), ()),
    (("ACCESS_KEY_ID",), ("ACCESS_KEY_SECRET",), ("SECURITY_TOKEN",)),
)


def first_set(environ: t.Mapping[str, str], names: t.Iterable[str]) -> tuple[str, str] | None:
    """(name, value) of the first variable that is set and not empty."""
    for name in names:
        value = environ.get(name)
        if value:
            return name, value
    return None


class EnvironmentSource(Source):
    """The environment variables of one family at a time, the current names first."""

    name = "environment"

    def __init__(self, environ: t.Mapping[str, str]) -> None:
        super().__init__()
        self._environ = environ

    def find(self, deadline: Deadline) -> Credentials:
        halves = []
        for id_names, secret_names, token_names in FAMILIES:
            key_id, secret = first_set(self._environ, id_names), first_set(self._environ, secret_names)
            if key_id and secret:
                token = first_set(self._environ, token_names)
                source = f"the environment ({key_id[0]})"
                return Credentials(key_id[1], secret[1], token[1] if token else None, source)
            found = key_id or secret
            if found:
                halves.append(f"{found[0]} is set and {(secret_names if key_id else id_names)[0]} is not")
        raise Lacking(
            ", ".join(halves) or "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are not set"
        )


def resolve(sources: t.Iterable[Source], deadline: Deadline) -> Credentials:
    """The credentials of the first complete source. Raises OptionsError that lists every source and what it lacked."""
    tried = []
    for source in sources:
        found = source.load(deadline)
        if found is not None:
            return found
        tried.append(source.describe())
    raise OptionsError(
        "No Alibaba Cloud access key was found. Give the options access_key_id and access_key_secret, or set up one of "
        f"these. Tried in this order: {'; '.join(tried)}."
    )
