# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: one simulator for all tests, reset before each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))  # the helpers beside the tests

import pipelines_runs

from simulator.client import Control, Simulator


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Control]:
    with Simulator() as control:
        yield control


@pytest.fixture
def simulator(simulator_process: Control) -> Iterator[Control]:
    """A running simulator in its initial state."""
    simulator_process.reset()
    yield simulator_process


@pytest.fixture
def session(simulator: Control) -> Iterator[requests.Session]:
    """``requests`` that trusts the simulator's CA and nothing of the environment."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = simulator.ready["ca_file"]
        yield session


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> pipelines_runs.Runs:
    """The pipelines of the examples and the commands of their guide, played once."""
    return pipelines_runs.Runs(tmp_path_factory.mktemp("pipelines"))
