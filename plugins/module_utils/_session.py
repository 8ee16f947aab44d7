# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""From validated options to an open provider, for modules and the lookup alike."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator, Mapping

from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpClient
from ansible_collections.netops.cloud_vpn.plugins.module_utils._provider import Provider

# (options, HTTP client, environment) -> provider; in practice the provider's class.
ProviderFactory = Callable[[Mapping[str, Any], HttpClient, Mapping[str, str]], Provider]

# Held against galaxy.yml by a test: a module on a target has no manifest to read it from.
VERSION = "1.0.0"
USER_AGENT = "netops.cloud_vpn/" + VERSION


@contextmanager
def open_provider(
    factory: ProviderFactory, options: Mapping[str, Any], environ: Mapping[str, str]
) -> Iterator[Provider]:
    """An open provider for validated `options`; closed on the way out, whatever happens, so that no thread is left."""
    http = HttpClient(
        timeout=int(options["timeout"]),
        validate_certs=bool(options["validate_certs"]),
        ca_path=options.get("ca_path"),
        max_retries=int(options["max_retries"]),
        pool=int(options["concurrency"]),
        user_agent=USER_AGENT,
    )
    try:
        provider = factory(options, http, environ)
        try:
            yield provider
        finally:
            provider.close()
    finally:
        http.close()
