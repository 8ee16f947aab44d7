# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""IAM v3: tokens by password, MFA, and agency; temporary keys of an agency; the ID of a project by its name.

Tokens: OTC and Huawei "Obtaining a User Token"; a domain is always sent with a project's name, since Keystone insists
on it and the public clouds accept it.
"""

from __future__ import annotations

import json
import re
import time
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError, ProtocolError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpRequest
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.answers import AGENCY, PASSWORD, Asked, iam_error
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import SignIn
from ansible_collections.netops.cloud_vpn.plugins.module_utils._masking import register
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import parse_instant

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline, HttpClient, HttpResponse

_PROJECT_ID = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
TOKENS_PATH = "/v3/auth/tokens"
# A token is renewed this long before its end, or at four fifths of a short life.
MARGIN = 300.0


@dataclass(frozen=True)
class Token:
    """An IAM token. ``lifetime`` is in seconds from when it was received (None when IAM did not say), and it should be
    renewed ``margin`` seconds before the end."""

    value: str = field(repr=False)
    project_id: str | None
    lifetime: float | None
    margin: float = 0.0

    def usable_for(self) -> float | None:
        """Seconds until it should be renewed."""
        return None if self.lifetime is None else max(0.0, self.lifetime - self.margin)


def check_project_id(project_id: str) -> str:
    """The ID, checked so that it can be part of a path. Raises OptionsError."""
    if not _PROJECT_ID.fullmatch(project_id):
        raise OptionsError(
            f"project_id: {project_id[:80]!r} is not a project ID; allowed are letters, digits, '-' and '_'."
        )
    return project_id


def _domain(domain_id: str | None, name: str | None) -> dict[str, str] | None:
    if domain_id:
        return {"id": domain_id}
    return {"name": name} if name else None


def project_scope(sign_in: SignIn, project_name: str | None) -> dict[str, t.Any]:
    """``scope`` for the project of ``sign_in``; ``project_name`` is what to take when it names none."""
    if sign_in.project_id:
        return {"project": {"id": sign_in.project_id}}
    name = sign_in.project_name or project_name
    if not name:
        raise OptionsError("project_name: missing, and there is no region whose project could be taken; give either.")
    project: dict[str, t.Any] = {"name": name}
    if sign_in.agency_name:
        domain = _domain(None, sign_in.agency_domain_name)
    else:
        domain = _domain(sign_in.project_domain_id, sign_in.project_domain_name)
    domain = domain or _domain(sign_in.domain_id, sign_in.domain_name)
    if domain:
        project["domain"] = domain
    return {"project": project}


def password_identity(sign_in: SignIn) -> dict[str, t.Any]:
    """``identity`` for a password, with a passcode where there is one."""
    user: dict[str, t.Any] = {"password": sign_in.password}
    if sign_in.user_id:
        user["id"] = sign_in.user_id
    else:
        user["name"] = sign_in.username
        user["domain"] = _domain(sign_in.domain_id, sign_in.domain_name)
    identity: dict[str, t.Any] = {"methods": ["password"], "password": {"user": user}}
    if sign_in.passcode:
        identity["methods"] = ["password", "totp"]
        identity["totp"] = {"user": {"id": sign_in.user_id, "passcode": sign_in.passcode}}
    return identity


def agency_role(sign_in: SignIn, name_key: str) -> dict[str, t.Any]:
    """``assume_role``; the token API calls the agency xrole_name, the API of temporary keys agency_name."""
    if not sign_in.agency_domain_name:
        raise OptionsError("agency_domain_name: missing although agency_name is given; give the delegating account.")
    return {"domain_name": sign_in.agency_domain_name, name_key: sign_in.agency_name}


class Iam:
    """Calls of one IAM (``url`` without ``/v3``) that need no signature."""

    def __init__(self, http: HttpClient, url: str, region: str | None) -> None:
        self._http = http
        self.url = url
        self.host = urlsplit(url).netloc
        self._region = region

    def sign_in(self, sign_in: SignIn, project_name: str | None, deadline: Deadline) -> Token:
        """A token for the project by password, and through the agency when one is named."""
        scope = project_scope(sign_in, project_name)
        if not sign_in.agency_name:
            return self.by_password(sign_in, scope, deadline)
        # Assuming an agency is a right in the account, not in one of its projects.
        domain = _domain(sign_in.domain_id, sign_in.domain_name)
        base = self.by_password(sign_in, {"domain": domain} if domain else None, deadline)
        return self.by_agency(sign_in, base.value, scope, deadline)

    def by_password(self, sign_in: SignIn, scope: dict[str, t.Any] | None, deadline: Deadline) -> Token:
        who = f"user '{sign_in.username}'" if sign_in.username and not sign_in.user_id else "the user of user_id"
        subject = f"Signing in to IAM as {who} (password from {sign_in.source})"
        asked = Asked(subject, self.host, self._region, PASSWORD, sign_in.source, sign_in.secrets())
        return self._token(password_identity(sign_in), scope, {}, asked, deadline)

    def by_agency(self, sign_in: SignIn, token: str, scope: dict[str, t.Any], deadline: Deadline) -> Token:
        identity = {"methods": ["assume_role"], "assume_role": agency_role(sign_in, "xrole_name")}
        subject = f"Assuming agency '{sign_in.agency_name}' of account '{sign_in.agency_domain_name}'"
        asked = Asked(subject, self.host, self._region, AGENCY, sign_in.source, (*sign_in.secrets(), token))
        return self._token(identity, scope, {"X-Auth-Token": token}, asked, deadline)

    def _token(
        self,
        identity: dict[str, t.Any],
        scope: dict[str, t.Any] | None,
        headers: dict[str, str],
        asked: Asked,
        deadline: Deadline,
    ) -> Token:
        auth: dict[str, t.Any] = {"identity": identity}
        if scope:
            auth["scope"] = scope
        body = json.dumps({"auth": auth}).encode()
        # Without the catalog: it is long, and its URLs are not used.
        url = f"{self.url}{TOKENS_PATH}?nocatalog=1"
        headers = {"Content-Type": "application/json;charset=utf8", "Accept": "application/json", **headers}
        found: list[Token] = []

        def check(response: HttpResponse) -> None:
            if response.status not in (200, 201):
                raise iam_error(response, asked)
            found[:] = [read_token(response, self.host, scope is not None and "project" in scope)]

        self._http.send(lambda: HttpRequest("POST", url, headers, body), check, deadline, self.host)
        register([found[0].value])
        return found[0]


def read_token(response: HttpResponse, service: str, scoped: bool) -> Token:
    """The token of an answer. Raises ProtocolError when the answer is none."""

    def wrong(what: str) -> ProtocolError:
        return ProtocolError(f"{service} signed us in, but its answer {what}.", service=service)

    value = response.headers.get("X-Subject-Token")
    if not value:
        raise wrong("has no X-Subject-Token header (is it IAM?)")
    body = response.json()
    token = body.get("token") if isinstance(body, dict) else None
    if not isinstance(token, dict):
        raise wrong("describes no token")
    project = token.get("project")
    project_id = project.get("id") if isinstance(project, dict) else None
    if project_id is not None and not (isinstance(project_id, str) and _PROJECT_ID.fullmatch(project_id)):
        raise wrong("has no usable project ID")
    if scoped and project_id is None:
        raise wrong("is not for a project")
    expires = token.get("expires_at")
    if expires is None:
        return Token(value, project_id, None)
    try:
        # Both stamps are of the service's clock: ours may be off. Date is cut to seconds, so count it as the next one.
        now = response.date + 1.0 if response.date is not None else time.time()
        lifetime = parse_instant(expires, now, "expires_at") - now
    except OptionsError:
        raise wrong("has an unreadable expires_at") from None
    return Token(value, project_id, max(0.0, lifetime), min(MARGIN, max(0.0, lifetime) / 5.0))


def read_projects(response: HttpResponse, name: str, service: str) -> list[str]:
    """IDs of the projects called ``name`` in the answer to GET /v3/projects; ``projects`` may be null."""
    body = response.json()
    projects = body.get("projects") if isinstance(body, dict) else ()
    if projects is None:
        return []
    if not isinstance(projects, list):
        raise ProtocolError(f"{service} answered the search for a project with something else.", service=service)
    found = [one.get("id") for one in projects if isinstance(one, dict) and one.get("name") == name]
    return [one for one in found if isinstance(one, str) and _PROJECT_ID.fullmatch(one)]
