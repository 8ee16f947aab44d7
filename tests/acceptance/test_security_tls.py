# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS is verified unless the options say otherwise, and the options win over the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trustme
from fetching import MANY, Outcome, fetch, many_pages
from listening import listening

from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window
from simulator.client import Control

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
UUID = "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3"


@pytest.fixture
def stranger(tmp_path: Path) -> str:
    """A CA that nobody here uses."""
    path = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(autouse=True)
def no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in BUNDLES:
        monkeypatch.delenv(name, raising=False)


def read(simulator: Control, cloud: str = "alibaba", **more: Any) -> Outcome:
    window, _lines = many_pages(simulator, 10)
    one, window = (MANY, window) if cloud == "alibaba" else (UUID, Window(0.0, simulator.now()))
    return fetch(simulator, cloud, one, window, 5, max_retries=2, **more)


def refused(outcome: Outcome) -> bool:
    error = outcome.error
    assert error is not None and error.kind == "transport" and "certificate" in str(error), error
    # It does not get better by trying again.
    assert error.attempts == 1 and not outcome.asked
    return True


@pytest.mark.parametrize("cloud", ["alibaba", "huawei"])
def test_verified_by_default(simulator: Control, cloud: str) -> None:
    assert refused(read(simulator, cloud, ca_path=None))


@pytest.mark.parametrize("cloud", ["alibaba", "huawei"])
@pytest.mark.parametrize("name", BUNDLES)
def test_ca_path_wins_over_the_environment(
    simulator: Control, monkeypatch: pytest.MonkeyPatch, stranger: str, name: str, cloud: str
) -> None:
    monkeypatch.setenv(name, stranger)
    assert read(simulator, cloud).error is None
    monkeypatch.setenv(name, simulator.ready["ca_file"])
    assert refused(read(simulator, cloud, ca_path=stranger))


def test_bundle_of_the_environment_replaces_the_default(simulator: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", simulator.ready["ca_file"])
    assert read(simulator, ca_path=None).error is None


def test_not_verified_only_when_told(simulator: Control, monkeypatch: pytest.MonkeyPatch, stranger: str) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", stranger)
    assert read(simulator, ca_path=None, validate_certs=False).error is None
    assert refused(read(simulator, ca_path=stranger, validate_certs=True))


def test_the_name_is_verified_too(simulator: Control, tmp_path: Path) -> None:
    now = simulator.now()
    with listening(tmp_path, "127.0.0.1", "vpc.example.com", "127.0.0.9") as place:
        outcome = fetch(simulator, "alibaba", MANY, Window(now - 60, now), 5, endpoint=place.url, ca_path=place.ca_file)
    assert refused(outcome) and not place.heads


def test_plain_http_port_is_told_apart(simulator: Control) -> None:
    url = simulator.ready["alibaba"]["http"].replace("http:", "https:")
    outcome = read(simulator, endpoint=url)
    assert outcome.error is not None and outcome.error.kind == "transport" and "TLS" in str(outcome.error)
