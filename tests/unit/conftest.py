# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the temporary files of unit tests in .work where make runs them: ansible-test hands no TMPDIR on, but HOME."""

from __future__ import annotations

import os
import pathlib

from hypothesis import HealthCheck, settings

# The same examples every time, and none refused because the machine is busy; the fuzzer looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")

WORK = pathlib.Path(os.environ.get("HOME", "/nonexistent")).parent
if WORK.name == ".work" and (WORK / "tmp").is_dir():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(WORK / "tmp"))
