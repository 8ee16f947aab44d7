# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sign-in playbooks, all of them side by side: each waits more than it works."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import signin_alibaba
import signin_huawei
import signin_keystone

RUNS: dict[str, Callable[[Path], Any]] = {
    "keystone": signin_keystone.run,
    "huawei": signin_huawei.run,
    "alibaba": signin_alibaba.run,
}
_started: dict[str, Future[Any]] = {}


def result(name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the run called ``name`` left; those whose tests are in this session start together with the first."""
    if not _started:
        executor = ThreadPoolExecutor(len(RUNS))
        paths = {item.path.stem for item in request.session.items}
        for one, run in RUNS.items():
            if f"test_signin_{one}" in paths:
                _started[one] = executor.submit(run, tmp_path_factory.mktemp(one))
    return _started[name].result(240)
