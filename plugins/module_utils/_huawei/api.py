# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Huawei Cloud and Open Telekom Cloud as a provider of raw lines: ShowVpnConnectionLog of Enterprise Edition VPN (v5).

One GET per connection answers all lines that the service still holds; there is no paging and no filter.
"""

from __future__ import annotations

import json
import threading
import time
import typing as t
from urllib.parse import quote

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.answers import Asked, vpn_error
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.client import Client
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.lines import Line, is_cut, read_lines, within
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.session import Session
from ansible_collections.netops.cloud_vpn.plugins.module_utils._provider import Arrive, Batch, Fetched

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline, HttpClient, HttpResponse
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window


class HuaweiProvider:
    """See ``_provider.Provider``. ``options`` by their canonical names; ``environ`` of the machine this runs on.

    Raises OptionsError for a region, endpoint, or IAM URL that cannot be used. ``now`` and ``monotonic`` are for tests.
    """

    name = "huawei"

    def __init__(
        self,
        options: t.Mapping[str, t.Any],
        http: HttpClient,
        environ: t.Mapping[str, str],
        *,
        now: t.Callable[[], float] = time.time,
        monotonic: t.Callable[[], float] = time.monotonic,
    ) -> None:
        self.default_since: float | None = None
        self._http = http
        self._live = not options.get("until")
        self._now = now
        self._session = Session(options, http, environ, now=now, monotonic=monotonic)
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._warned = False

    @property
    def region(self) -> str | None:
        return self._session.region

    @property
    def credentials_source(self) -> str | None:
        """Where the sign-in came from, in words, once ``prepare`` was called."""
        return self._session.described

    def prepare(self, deadline: Deadline) -> None:
        self._ready(deadline)

    def server_time(self) -> float | None:
        return self._client.server_time if self._client is not None else None

    def close(self) -> None:
        self._http.close()

    def fetch(
        self,
        connection_id: str,
        tunnel_id: str | None,
        window: Window,
        deadline: Deadline,
        arrive: Arrive | None = None,
    ) -> Fetched:
        """One batch with the lines of the window, oldest first."""
        if tunnel_id is not None:
            raise OptionsError(
                "tunnel_ids: connections of Huawei Cloud and Open Telekom Cloud have no tunnels of their own."
            )
        client = self._ready(deadline)
        found: list[list[Line]] = []

        def check(response: HttpResponse, asked: Asked) -> None:
            if response.status != 200 or _is_refusal(response):
                raise vpn_error(response, asked)
            found[:] = [read_lines(response, asked.service)]

        project_id = self._session.project_id
        client.call(
            "GET",
            f"/v5/{quote(project_id, safe='')}/vpn-connection/{quote(connection_id, safe='')}/log",
            check,
            deadline,
            subject=f"VPN connection '{connection_id}'",
            project_id=project_id,
        )
        lines = within(found[0], window, self._live)
        batch = Batch(window.since, window.until, [line.raw for line in lines], [line.time for line in lines])
        return Fetched([batch], not is_cut(found[0], window), self._warnings())

    def _ready(self, deadline: Deadline) -> Client:
        with self._lock:
            if self._client is None:
                self._client = self._session.open(deadline)
            return self._client

    def _warnings(self) -> list[str]:
        with self._lock:
            if self._warned or self._session.warning is None:
                return []
            self._warned = True
            return [self._session.warning]


def _is_refusal(response: HttpResponse) -> bool:
    """An error inside a 200: no lines, but a code."""
    if b'"logs"' in response.body:
        return False
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and any(name in body for name in ("error_code", "errorCode", "error"))
