# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Temporary keys from the Security Token Service (2015-04-01): AssumeRole and AssumeRoleWithOIDC."""

from __future__ import annotations

import re
import secrets
import typing as t
from dataclasses import dataclass, field

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.answers import Asked, check_answer
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.client import Clock, RpcClient
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import Credentials
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.signing import FORM, canonical_query
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError, ProtocolError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpRequest
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import parse_instant

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline, HttpClient, HttpResponse

VERSION = "2015-04-01"
SESSION_NAME = "ansible-cloud-vpn"
_ARN = re.compile(r"acs:ram::[0-9]+:role/[\w.@-]+", re.ASCII)
_SESSION = re.compile(r"[\w.@-]{2,64}", re.ASCII)


@dataclass(frozen=True)
class Role:
    """A role to take on; ``duration`` in seconds, None: the service's default (one hour)."""

    arn: str
    session_name: str = SESSION_NAME
    duration: int | None = None
    policy: str | None = field(default=None, repr=False)
    external_id: str | None = field(default=None, repr=False)

    @classmethod
    def from_values(cls, values: t.Mapping[str, t.Any], where: str) -> Role:
        """Checked role of ``role_arn``, ``session_name``, ``session_expiration``, ``policy``, and ``external_id``.

        Raises OptionsError that starts with ``where``.
        """
        arn = str(values.get("role_arn") or "")
        if not _ARN.fullmatch(arn):
            raise OptionsError(
                f"{where}: role_arn {arn[:120]!r} is not the ARN of a role; allowed is 'acs:ram::<account>:role/<name>'."
            )
        session = str(values.get("session_name") or SESSION_NAME)
        if not _SESSION.fullmatch(session):
            raise OptionsError(
                f"{where}: session_name {session[:80]!r} is not allowed; 2 to 64 letters, digits, and any of . @ - _ are."
            )
        duration = values.get("session_expiration")
        try:
            seconds = None if duration in (None, "") else int(t.cast(t.Any, duration))
        except (TypeError, ValueError):
            seconds = 0
        if seconds is not None and not 900 <= seconds <= 43200:
            raise OptionsError(
                f"{where}: session_expiration {duration!r} is not a number of seconds from 900 to 43200."
            )
        policy, external = values.get("policy"), values.get("external_id")
        return cls(arn, session, seconds, str(policy) if policy else None, str(external) if external else None)

    def params(self) -> dict[str, str]:
        given = {
            "RoleArn": self.arn,
            "RoleSessionName": self.session_name,
            "DurationSeconds": str(self.duration) if self.duration else None,
            "Policy": self.policy,
            "ExternalId": self.external_id,
        }
        return {name: value for name, value in given.items() if value}


class Sts:
    """The service at ``url``; calls are signed with ACS3-HMAC-SHA256 whatever the VPC API is asked with."""

    def __init__(self, http: HttpClient, url: str, clock: Clock, region: str | None = None) -> None:
        self._http = http
        self._url = url
        self._clock = clock
        self._region = region
        self._client = RpcClient(http, url, VERSION, scheme="v3", clock=clock)

    def assume(self, key: Credentials, role: Role, deadline: Deadline) -> Credentials:
        """A temporary key for ``role``, which ``key`` may take on."""
        found: list[Credentials] = []

        def check(response: HttpResponse) -> None:
            found[:] = [read_key(response, "Credentials", f"role '{role.arn}' through {key.source}")]

        self._client.call(
            "AssumeRole",
            role.params(),
            lambda: key,
            deadline,
            region=self._region,
            subject=f"Role '{role.arn}'",
            check=check,
        )
        return found[0]

    def assume_with_token(self, provider_arn: str, token: str, role: Role, deadline: Deadline) -> Credentials:
        """A temporary key for ``role`` against the token of an OIDC provider; this call carries no signature."""
        found: list[Credentials] = []
        # The token is as good as a key: it is masked like one and goes in the body, not in the URL.
        asked = Asked(Credentials("-", token, None, "OIDC"), "-", self._region, self._client.host, f"Role '{role.arn}'")

        def build() -> HttpRequest:
            query = {
                "Action": "AssumeRoleWithOIDC",
                "Version": VERSION,
                "Format": "JSON",
                "Timestamp": self._clock.timestamp(),
                "SignatureNonce": secrets.token_hex(16),
            }
            form = {**role.params(), "OIDCProviderArn": provider_arn, "OIDCToken": token}
            headers = {"Content-Type": FORM, "Accept": "application/json"}
            url = f"{self._url}/?{canonical_query(query)}"
            return HttpRequest("POST", url, headers, canonical_query(form).encode())

        def check(response: HttpResponse) -> None:
            check_answer(response, asked)
            found[:] = [read_key(response, "Credentials", f"OIDC role '{role.arn}'")]

        self._http.send(build, check, deadline, self._client.host)
        return found[0]


def read_key(response: HttpResponse, part: str | None, source: str) -> Credentials:
    """The key in an answer of STS, of the metadata service, or of a credentials URI. Raises ProtocolError."""
    body = response.json()
    values = body.get(part) if part and isinstance(body, dict) else body
    if not isinstance(values, dict) or not part and values.get("Code") != "Success":
        raise ProtocolError(f"The answer that should hold the key for {source} holds none.")
    key_id, secret, token = (values.get(name) for name in ("AccessKeyId", "AccessKeySecret", "SecurityToken"))
    if not (isinstance(key_id, str) and isinstance(secret, str) and key_id and secret and isinstance(token, str)):
        raise ProtocolError(f"The answer that should hold the key for {source} is incomplete.")
    expires = values.get("Expiration")
    try:
        end = parse_instant(expires, 0.0, "Expiration") if isinstance(expires, str) else None
    except OptionsError:
        end = None
    return Credentials(key_id, secret, token, source, end)
