# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Keys that come over HTTP from the machine's own surroundings: the RAM role of an ECS instance, a credentials URI."""

from __future__ import annotations

import re
import typing as t
from urllib.parse import quote, urlsplit

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import Credentials, Lacking, Source
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.sts import read_key
from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import ApiError, CloudVpnError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpRequest

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpClient, HttpResponse

METADATA_URL = "http://100.100.100.200"
DMI_VENDOR = "/sys/class/dmi/id/sys_vendor"
# The metadata service is one hop away: who does not answer at once is not there.
PATIENCE = 2.0
_ROLE = re.compile(r"[\w.@-]{1,64}", re.ASCII)


def runs_on_ecs(path: str = DMI_VENDOR) -> bool:
    """True when the firmware says that this machine is one of Alibaba Cloud's."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return "alibaba" in stream.read(200).lower()
    except OSError:
        return False


class EcsSource(Source):
    """The RAM role of the ECS instance this runs on: IMDSv2, then IMDSv1 unless that is disabled.

    Asked only when a role is named or the machine is an ECS instance: elsewhere nobody answers at that address.
    """

    name = "ECS RAM role"

    def __init__(
        self,
        http: HttpClient,
        role: str | None,
        environ: t.Mapping[str, str],
        *,
        explicit: str | None = None,
        url: str = METADATA_URL,
        on_ecs: t.Callable[[], bool] = runs_on_ecs,
    ) -> None:
        super().__init__(explicit)
        self._http = http
        self._role = role
        self._environ = environ
        self._url = url
        self._on_ecs = on_ecs

    def find(self, deadline: Deadline) -> Credentials:
        if not self.explicit and truth(self._environ.get("ALIBABA_CLOUD_ECS_METADATA_DISABLED")):
            raise Lacking("disabled by ALIBABA_CLOUD_ECS_METADATA_DISABLED")
        if not self._role and not self._on_ecs():
            raise Lacking("no role is named and this machine is not an ECS instance")
        # Only what is asked here has so little time, so its expiry says that nobody is there.
        patience = Deadline(min(PATIENCE, deadline.remaining()))
        try:
            headers = self._session(patience)
            base = "/latest/meta-data/ram/security-credentials/"
            role = self._role or self._get("GET", base, headers, patience).body.decode(errors="replace").strip()
            if not _ROLE.fullmatch(role):
                raise Lacking("the instance has no RAM role, or its name is not a valid one")
            response = self._get("GET", base + role, headers, patience)
            return read_key(response, None, f"ECS RAM role '{role}'")
        except CloudVpnError as exc:
            if exc.http_status == 404:
                raise Lacking("the instance does not have this RAM role") from None
            raise Lacking(f"the metadata service gives no key: {exc}") from None

    def _session(self, deadline: Deadline) -> dict[str, str]:
        ttl = {"X-aliyun-ecs-metadata-token-ttl-seconds": "21600"}
        try:
            token = self._get("PUT", "/latest/api/token", ttl, deadline).body.decode(errors="replace").strip()
        except CloudVpnError:
            if truth(self._environ.get("ALIBABA_CLOUD_IMDSV1_DISABLED")):
                raise
            return {}
        return {"X-aliyun-ecs-metadata-token": token}

    def _get(self, method: str, path: str, headers: dict[str, str], deadline: Deadline) -> HttpResponse:
        return self._http.send(
            lambda: HttpRequest(method, self._url + path, headers, direct=True), _fine, deadline, "the metadata service"
        )


class UriSource(Source):
    """A key from the address in ``credentials_uri``, usually a service on this machine."""

    name = "credentials URI"

    def __init__(self, http: HttpClient, uri: str | None, *, explicit: str | None = None) -> None:
        super().__init__(explicit)
        self._http = http
        self._uri = uri

    def find(self, deadline: Deadline) -> Credentials:
        if not self._uri:
            raise Lacking("ALIBABA_CLOUD_CREDENTIALS_URI is not set")
        uri = quote(self._uri.strip(), safe="!#$%&'()*+,/:;=?@[]~")
        try:
            parts = urlsplit(uri)
            named = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        except ValueError:
            named = False
        if not named:
            raise Lacking("it is not an http or https address")
        host = parts.netloc
        try:
            response = self._http.send(lambda: HttpRequest("GET", uri), _fine, deadline, host)
            return read_key(response, None, f"credentials URI at {host}")
        except CloudVpnError as exc:
            if exc.kind in ("options", "timeout"):
                raise
            raise Lacking(str(exc)) from None


def _fine(response: HttpResponse) -> None:
    if response.status != 200:
        raise ApiError(
            f"HTTP status {response.status}",
            http_status=response.status,
            retryable=response.status in (429, 500, 502, 503, 504),
        )


def truth(text: str | None) -> bool:
    """What a flag in the environment means."""
    return (text or "").strip().lower() in ("1", "true", "yes", "on")
