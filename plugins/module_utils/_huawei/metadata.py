# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Keys of the agency of the ECS instance this runs on, from its metadata service."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._endpoint import service_url
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    ApiError,
    CloudVpnError,
    DeadlineError,
    ProtocolError,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpClient, HttpRequest
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import (
    KEY,
    SignIn,
    Source,
    Surroundings,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.temporary import read_temporary_key

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline, HttpResponse

URL = "http://169.254.169.254"
# For tests and unusual networks: a loopback or https address that answers like the metadata service, or "off".
URL_VARIABLE = "CLOUD_VPN_METADATA_URL"
_TOKEN_PATH = "/meta-data/latest/api/token"
_KEY_PATH = "/openstack/latest/securitykey"


class _DirectClient(HttpClient):
    """A link-local address is never behind a proxy."""

    def _proxies_for(self, url: str) -> dict[str, str]:
        return {}


class MetadataSource(Source):
    """Asked last, and briefly: most machines are no ECS instances."""

    name = "ECS metadata service"

    def __init__(
        self,
        environ: t.Mapping[str, str],
        surroundings: Surroundings,
        now: t.Callable[[], float] = time.time,
        timeout: float = 1.0,
    ) -> None:
        super().__init__()
        given = environ.get(URL_VARIABLE)
        self._off = (given or "").lower() == "off"
        self._url = service_url(given, URL_VARIABLE) if given and not self._off else URL
        self._surroundings = surroundings
        self._now = now
        self._timeout = timeout

    def load(self, deadline: Deadline) -> SignIn | None:
        if self._off:
            self.lacked = f"{URL_VARIABLE} says off"
            return None
        client = _DirectClient(timeout=self._timeout, max_retries=1, pool=1, user_agent="netops.cloud_vpn")
        try:
            found = self._key(client, deadline)
        except DeadlineError:
            raise
        except CloudVpnError as exc:
            status = f"HTTP status {exc.http_status}" if exc.http_status else "no answer"
            self.lacked = f"{status} (not an ECS instance, or one without an agency)"
            return None
        finally:
            client.close()
        values: dict[str, t.Any] = {
            "access_key": found.access_key,
            "secret_key": found.secret_key,
            "security_token": found.security_token,
        }
        around = self._surroundings.around(values, False)
        return SignIn(KEY, "the ECS metadata service", **around, expires=found.expires)

    def _key(self, client: HttpClient, deadline: Deadline) -> SignIn:
        headers = {}
        try:
            answer = self._ask(client, "PUT", _TOKEN_PATH, {"X-Metadata-Token-Ttl-Seconds": "60"}, deadline)
            headers["X-Metadata-Token"] = answer.body.decode("ascii", "replace").strip()[:512]
        except (ApiError, ProtocolError):
            pass  # the first version of the service knows no tokens
        answer = self._ask(client, "GET", _KEY_PATH, headers, deadline)
        return read_temporary_key(answer.json(), self.name, self.name, self._now())

    def _ask(
        self, client: HttpClient, method: str, path: str, headers: dict[str, str], deadline: Deadline
    ) -> HttpResponse:
        def check(response: HttpResponse) -> None:
            if response.status != 200:
                raise ApiError("no", http_status=response.status, retryable=response.status >= 500)

        return client.send(lambda: HttpRequest(method, self._url + path, headers), check, deadline, self.name)
