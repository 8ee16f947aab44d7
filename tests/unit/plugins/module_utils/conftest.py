# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers and clients for the tests of the network part; everything is closed again."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpClient

from .credential_fixtures import cloud, resolve
from .http_fixtures import FakeVpc, RawServer

__all__ = ["cloud", "resolve"]

_PROXY_NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _PROXY_NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def serve() -> t.Iterator[t.Callable[..., RawServer]]:
    """``serve(script, …)`` starts a RawServer."""
    started: list[RawServer] = []

    def start(*args: t.Any, **kwargs: t.Any) -> RawServer:
        started.append(RawServer(*args, **kwargs))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def client() -> t.Iterator[t.Callable[..., HttpClient]]:
    """``client(…)`` makes an HttpClient that does not wait between attempts."""
    made: list[HttpClient] = []

    def make(**kwargs: t.Any) -> HttpClient:
        made.append(HttpClient(**{"backoff": lambda attempt: 0.0, "timeout": 5, **kwargs}))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def vpc() -> t.Iterator[FakeVpc]:
    fake = FakeVpc()
    yield fake
    fake.close()
