# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real playbooks sign in to a real Keystone.

It needs a virtual environment of its own, whose Python is CLOUD_VPN_KEYSTONE_PYTHON or .work/keystone/bin/python.
"""

from __future__ import annotations

import pytest
import signin_keystone
import signin_runs
from signin_keystone import IDS, Result

pytestmark = pytest.mark.skipif(
    not (signin_keystone.PYTHON.exists() or signin_keystone.GIVEN),
    reason="CLOUD_VPN_KEYSTONE_PYTHON is not set, and there is no Keystone in .work",
)


@pytest.fixture(scope="module")
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Result:
    result: Result = signin_runs.result("keystone", request, tmp_path_factory)
    return result


def test_by_names(run: Result) -> None:
    assert len(run.played.tasks["names"].facts()) == len(IDS)
    vpn = run.vpns["names"]
    assert vpn.statuses == [200] * len(IDS) and len(set(vpn.tokens)) == 1


@pytest.mark.parametrize("name", ["IDs", "passcode"])
def test_by_ids_and_passcode(run: Result, name: str) -> None:
    assert run.played.tasks[name].facts() and run.vpns[name].statuses == [200]


def test_a_token_ends_in_the_middle_of_a_run(run: Result) -> None:
    """The log never says "up", so the wait lasts twice the life of a token."""
    done = run.played.tasks["short life"]
    done.refused("timeout")
    vpn = run.vpns["short life"]
    assert 2 <= len(set(vpn.tokens)) <= 6 and vpn.statuses[-1] == 200
    # They are renewed before their end; only a machine that stands still for a second shows a dead one, once.
    assert vpn.statuses.count(401) <= 1 < vpn.statuses.count(200)


def test_a_revoked_token_is_replaced(run: Result) -> None:
    assert len(run.played.tasks["revoked"].facts()) == 4
    vpn = run.vpns["revoked"]
    assert vpn.statuses == [200, 401, 200, 200, 200] and len(set(vpn.tokens)) == 2


def test_a_wrong_password_is_tried_once(run: Result) -> None:
    done = run.played.tasks["wrong"]
    done.refused("auth")
    assert len(done.result["errors"]) == len(IDS)
    assert run.failed_attempts == 1 and not run.vpns["wrong"].statuses


def test_no_token_is_shown(run: Result) -> None:
    tokens = {token for vpn in run.vpns.values() for token in vpn.tokens}
    assert len(tokens) >= 7 and not [token for token in tokens if token[:40] in run.played.output]
    assert run.keystone["password"] not in run.played.output
