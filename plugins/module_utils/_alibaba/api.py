# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Alibaba Cloud as a provider of raw lines: DescribeVpnConnectionLogs of the VPC API (2016-04-28).

One request spans at most 600 seconds and 50 lines. All connections of a task share one pool of threads, so there are
never more than ``concurrency`` requests in flight.
"""

from __future__ import annotations

import threading
import time
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.answers import Page, read_page
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.chain import CredentialChain
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.client import Clock, RpcClient
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import Credentials
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.endpoints import check_region, sts_url, vpc_url
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.pacing import Pacer
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.paging import (
    PAGE_SIZE,
    Crew,
    Reading,
    read_windows,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.seams import descends, turned, without_overlap
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    AuthError,
    NotFoundError,
    OptionsError,
    PermissionDeniedError,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._masking import register
from ansible_collections.netops.cloud_vpn.plugins.module_utils._provider import Arrive, Batch, Fetched
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window, chunks, iso

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline, HttpClient, HttpResponse

VERSION = "2016-04-28"
ACTION = "DescribeVpnConnectionLogs"
DEFAULT_SINCE = 600.0
# The troubleshooting page (2026) speaks of 180 days; longer windows only cost requests.
LONGEST = 180 * 86400.0
# Lines may reach the log late; a window that ended earlier than this before now does not change any more.
LIVE = 120.0


class AlibabaProvider:
    """See ``_provider.Provider``. ``options`` by their canonical names; ``environ`` of the machine this runs on.

    Raises OptionsError for a region, endpoint, or network that cannot be used. ``now``,
    ``pacer``, ``sts`` (base URL of STS), and ``places`` (see Places) are for tests.
    """

    name = "alibaba"

    def __init__(
        self,
        options: t.Mapping[str, t.Any],
        http: HttpClient,
        environ: t.Mapping[str, str],
        *,
        now: t.Callable[[], float] = time.time,
        pacer: Pacer | None = None,
        sts: str | None = None,
        **places: t.Any,
    ) -> None:
        self.default_since: float | None = DEFAULT_SINCE
        self.region: str | None = check_region(options.get("region"))
        scheme = options.get("signature_version") or "v3"
        if scheme not in ("v1", "v3"):
            raise OptionsError(f"signature_version: {scheme!r} is not known; allowed are 'v1' and 'v3'.")
        network = options.get("network") or "public"
        url = vpc_url(self.region, network, options.get("endpoint"))
        self._http = http
        self._clock = Clock(now)
        self._pacer = pacer or Pacer()
        self._client = RpcClient(http, url, VERSION, scheme=scheme, clock=self._clock, pacer=self._pacer)
        sts = sts or sts_url(self.region, network)
        self._chain = CredentialChain(options, environ, http, self._clock, sts, **places)
        self._crew = Crew(int(options.get("concurrency") or 8))
        self._gate = threading.Lock()
        self._key_lock = threading.Lock()
        self._credentials: Credentials | None = None
        self._proven = threading.Event()
        self._refused: AuthError | None = None
        self._warned = False

    def prepare(self, deadline: Deadline) -> None:
        self._key(deadline)

    def server_time(self) -> float | None:
        return self._client.server_time

    def close(self) -> None:
        self._pacer.close()
        self._http.close()
        self._crew.close()

    @property
    def credentials_source(self) -> str | None:
        """Where the key came from, in words, once ``prepare`` was called."""
        return self._credentials.source if self._credentials is not None else None

    def fetch(
        self,
        connection_id: str,
        tunnel_id: str | None,
        window: Window,
        deadline: Deadline,
        arrive: Arrive | None = None,
    ) -> Fetched:
        """One batch per request window, oldest first, without the lines that neighbors share."""
        since = window.until - DEFAULT_SINCE if window.since is None else window.since
        if window.until - since > LONGEST:
            raise OptionsError(
                f"since: {iso(since)} is more than {LONGEST / 86400:.0f} days before the end of the window; Alibaba "
                "Cloud does not keep logs for longer. Narrow the window."
            )
        self._key(deadline)
        params = {"RegionId": str(self.region), "VpnConnectionId": connection_id, "PageSize": str(PAGE_SIZE)}
        subject = f"VPN connection '{connection_id}'"
        if tunnel_id:
            params["TunnelId"] = tunnel_id
            subject = f"Tunnel '{tunnel_id}' of VPN connection '{connection_id}'"

        def ask(start: int, end: int, number: int) -> Page:
            wanted = {**params, "From": str(start), "To": str(end), "PageNumber": str(number)}
            return self._first_alone(lambda: self._ask(wanted, number, subject, deadline))

        now = self._clock.now()
        readings = [Reading(start, end, live=end >= now - LIVE) for start, end in chunks(Window(since, window.until))]
        read_windows(readings, ask, self._crew, deadline, arrive)
        return self._joined(readings, subject)

    def _ask(self, params: t.Mapping[str, str], number: int, subject: str, deadline: Deadline) -> Page:
        pages: list[Page] = []

        def check(response: HttpResponse) -> None:
            pages[:] = [read_page(response, number, PAGE_SIZE)]

        self._client.call(
            ACTION,
            params,
            lambda: self._key(deadline),
            deadline,
            region=self.region,
            subject=subject,
            check=check,
        )
        return pages[0]

    def _first_alone(self, ask: t.Callable[[], Page]) -> Page:
        """Until the service has accepted the key once, one request at a time: a wrong key is tried only once."""
        if self._proven.is_set():
            return ask()
        with self._gate:
            if self._refused is not None:
                raise self._refused
            if not self._proven.is_set():
                try:
                    page = ask()
                except AuthError as exc:
                    self._refused = exc
                    raise
                except (NotFoundError, PermissionDeniedError):
                    # The key was good enough to be told this.
                    self._proven.set()
                    raise
                self._proven.set()
                return page
        return ask()

    def _key(self, deadline: Deadline) -> Credentials:
        with self._key_lock:
            key = self._credentials
            # Temporary keys are renewed a little before they end; a fixed one has no end.
            if key is None or (key.expires is not None and key.expires - 60.0 < self._clock.now()):
                key = self._credentials = self._chain.resolve(deadline)
                register(key.secrets())
            return key

    def _joined(self, readings: t.Sequence[Reading], subject: str) -> Fetched:
        answers = [reading.lines for reading in readings]
        ordered = turned(answers) if descends(answers) else answers
        fetched = Fetched([])
        before: list[str] = []
        for reading, lines in zip(readings, ordered):
            kept, certain = without_overlap(before, lines)
            fetched.batches.append(Batch(float(reading.since), float(reading.until), kept))
            fetched.complete = fetched.complete and certain and reading.completed and reading.problem is None
            before = lines
        problems = sorted({reading.problem for reading in readings if reading.problem})
        fetched.warnings.extend(f"{subject}: {problem}; lines may be missing or doubled." for problem in problems)
        if not all(reading.completed for reading in readings):
            fetched.warnings.append(f"{subject}: Alibaba Cloud says that this log is not accurate yet.")
        with self._key_lock:
            if self._clock.warning is not None and not self._warned:
                self._warned = True
                fetched.warnings.append(self._clock.warning)
        return fetched
