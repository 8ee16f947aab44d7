# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""From options to a signed-in client: which sign-in, which IAM, which project, which host."""

from __future__ import annotations

import json
import time
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import NotFoundError, OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei import iam as iam_api
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.answers import Asked, iam_error
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.authority import (
    Authority,
    GivenToken,
    OwnToken,
    SigningKey,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.chain import sources_for
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.client import Client, Gate
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import (
    KEY,
    TOKEN,
    EnvironmentSource,
    OptionsSource,
    SignIn,
    resolve,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.endpoints import (
    check_region,
    iam_url,
    region_of_project,
    region_of_url,
    vpn_url,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.temporary import read_temporary_key
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.token_cache import (
    TokenCache,
    cache_directory,
    identity_of,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._masking import register

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpClient, HttpResponse


class Session:
    """The sign-in of one task. ``region`` and ``project_id`` are known once ``open`` has returned."""

    def __init__(
        self,
        options: t.Mapping[str, t.Any],
        http: HttpClient,
        environ: t.Mapping[str, str],
        *,
        now: t.Callable[[], float] = time.time,
        monotonic: t.Callable[[], float] = time.monotonic,
    ) -> None:
        self.region: str | None = options.get("region") or None
        if self.region:
            check_region(self.region)
        self._endpoint: str | None = options.get("endpoint") or None
        if self._endpoint:
            vpn_url(None, self._endpoint)
        if options.get("auth_url"):
            iam_url(None, options["auth_url"])
        self._options = options
        self._http = http
        self._environ = environ
        self._now = now
        self._monotonic = monotonic
        directory = cache_directory(options.get("token_cache"), environ)
        self._cache = TokenCache(directory, now) if directory else None
        self._gate = Gate()
        self._sign_in: SignIn | None = None
        self._authority: Authority | None = None
        self._given_project: str | None = None
        self._begin()

    @property
    def described(self) -> str | None:
        return self._sign_in.described if self._sign_in is not None else None

    @property
    def warning(self) -> str | None:
        """That the clock is off, once it was found out."""
        return self._authority.warning if isinstance(self._authority, SigningKey) else None

    @property
    def project_id(self) -> str:
        """The project of the current token, or of the key."""
        if isinstance(self._authority, OwnToken) and self._authority.token is not None:
            return self._authority.token.project_id or ""
        return self._given_project or ""

    def open(self, deadline: Deadline) -> Client:
        """Sign in and return a client for the VPN service. May be called again after an error that can pass."""
        if self._sign_in is None or self._authority is None:
            sign_in = resolve(sources_for(self._options, self._environ), deadline)
            self._authority = self._taken(sign_in)
            self._sign_in = sign_in
        url = vpn_url(self.region, self._endpoint)
        if isinstance(self._authority, OwnToken):
            self._authority.take(deadline)
        elif self._given_project is None:
            self._given_project = self._sign_in.project_id or self._find_project(self._sign_in, deadline)
        return Client(self._http, url, self._authority, region=self.region, gate=self._gate, now=self._now)

    def _begin(self) -> None:
        """Take a sign-in that options or environment hold, so that what is wrong with it is said before any request."""
        for source in sources_for(self._options, self._environ):
            if not isinstance(source, (OptionsSource, EnvironmentSource)):
                return
            sign_in = source.load(Deadline.never())
            if sign_in is not None:
                self._authority = self._taken(sign_in)
                self._sign_in = sign_in
                return

    def _taken(self, sign_in: SignIn) -> Authority:
        """What the sign-in leads to, checked: nothing is sent yet."""
        region = self._region_of(sign_in)
        if sign_in.project_id:
            iam_api.check_project_id(sign_in.project_id)
        vpn_url(region, self._endpoint)
        if sign_in.kind == KEY and (sign_in.agency_name or not sign_in.project_id):
            # Asked only once the key is in use; an authority that needs IAM itself checks the address when it is made.
            iam_url(region, sign_in.auth_url)
        register(sign_in.secrets())
        self.region = region
        return self._authority_for(sign_in)

    def _region_of(self, sign_in: SignIn) -> str | None:
        named = region_of_project(sign_in.project_name)
        region = sign_in.region or None
        if region:
            check_region(region)
        if named and region and named != region and not sign_in.project_id:
            raise OptionsError(
                f"region: {region!r} does not fit project_name {sign_in.project_name!r}, which is a project of region "
                f"{named!r}; give a project of {region!r}, or none for its own."
            )
        return region or named or region_of_url(sign_in.auth_url)

    def _project_name(self, sign_in: SignIn) -> str | None:
        """Every region has a project of its own, called like it."""
        return sign_in.project_name or self.region

    def _authority_for(self, sign_in: SignIn) -> Authority:
        if sign_in.kind == KEY:
            if not sign_in.agency_name:
                reload = None if sign_in.expires is None else self._reload
                return SigningKey(sign_in, reload, self._now)
            return SigningKey(
                SignIn(KEY, sign_in.source, expires=0.0),
                lambda deadline: self._agency_key(sign_in, deadline),
                self._now,
            )
        if sign_in.kind == TOKEN and not sign_in.agency_name:
            return GivenToken(sign_in)
        iam = iam_api.Iam(self._http, iam_url(self.region, sign_in.auth_url), self.region)
        name = self._project_name(sign_in)
        cache, identity = self._cache, identity_of(sign_in, iam.url, name)

        def sign(deadline: Deadline) -> iam_api.Token:
            if sign_in.kind == TOKEN:
                return iam.by_agency(sign_in, sign_in.token or "", iam_api.project_scope(sign_in, name), deadline)
            return iam.sign_in(sign_in, name, deadline)

        if cache is None:
            return OwnToken(sign_in.source, sign, monotonic=self._monotonic)

        def issue(deadline: Deadline) -> iam_api.Token:
            with cache.locked(identity, deadline):
                token = cache.load(identity)
                if token is None:
                    token = sign(deadline)
                    cache.store(identity, token)
                else:
                    register([token.value])
                return token

        return OwnToken(sign_in.source, issue, lambda token: cache.drop(identity, token), self._monotonic)

    def _reload(self, deadline: Deadline) -> SignIn:
        return resolve(sources_for(self._options, self._environ), deadline)

    def _find_project(self, sign_in: SignIn, deadline: Deadline) -> str:
        name = self._project_name(sign_in)
        if not name:
            raise OptionsError(
                "project_id: missing; give project_id, project_name, or the region whose project it is (HW_PROJECT_ID, "
                "HW_PROJECT_NAME, and HW_REGION_NAME in the environment)."
            )
        if self._authority is None:
            raise OptionsError("project_id: missing.")
        found: list[list[str]] = []

        def check(response: HttpResponse, asked: Asked) -> None:
            if response.status != 200:
                raise iam_error(response, asked)
            found[:] = [iam_api.read_projects(response, name, asked.service)]

        client = Client(
            self._http,
            iam_url(self.region, sign_in.auth_url),
            self._authority,
            region=self.region,
            gate=self._gate,
            now=self._now,
        )
        headers = {"X-Domain-Id": sign_in.domain_id} if sign_in.domain_id else {}
        subject = f"Looking up project '{name}' (give project_id to do without)"
        client.call("GET", "/v3/projects", check, deadline, subject=subject, query=[("name", name)], headers=headers)
        ids = found[0]
        if len(ids) != 1:
            what = "there is none" if not ids else f"there are {len(ids)} of them"
            raise NotFoundError(
                f"project_name: the ID of project '{name}' is not clear: {what} that this access key may see. Give "
                "project_id.",
                service=client.service,
            )
        return ids[0]

    def _agency_key(self, sign_in: SignIn, deadline: Deadline) -> SignIn:
        """Temporary keys of the agency, for an access key (POST /v3.0/OS-CREDENTIAL/securitytokens)."""
        role: dict[str, t.Any] = iam_api.agency_role(sign_in, "agency_name")
        role["duration_seconds"] = 3600
        body = json.dumps({"auth": {"identity": {"methods": ["assume_role"], "assume_role": role}}}).encode()
        made: list[SignIn] = []

        def check(response: HttpResponse, asked: Asked) -> None:
            if response.status not in (200, 201):
                raise iam_error(response, asked)
            made[:] = [read_temporary_key(response.json(), sign_in.source, asked.service, self._now())]

        base = SigningKey(sign_in, now=self._now)
        client = Client(
            self._http, iam_url(self.region, sign_in.auth_url), base, region=self.region, gate=Gate(), now=self._now
        )
        subject = f"Assuming agency '{sign_in.agency_name}' of account '{sign_in.agency_domain_name}'"
        client.call("POST", "/v3.0/OS-CREDENTIAL/securitytokens", check, deadline, subject=subject, body=body)
        return made[0]
