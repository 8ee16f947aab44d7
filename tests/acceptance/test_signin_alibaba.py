# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in to Alibaba Cloud in real playbooks: where keys come from, and how often a wrong one is tried."""

from __future__ import annotations

import json
from typing import Any

import pytest
import signin_runs
from outside import Outside
from plays import Played
from signin_alibaba import IDS, ROLE


@pytest.fixture(scope="module")
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return signin_runs.result("alibaba", request, tmp_path_factory)


@pytest.fixture(scope="module")
def played(run: tuple[Played, Outside, Any]) -> Played:
    return run[0]


@pytest.fixture(scope="module")
def outside(run: tuple[Played, Outside, Any]) -> Outside:
    return run[1]


def test_a_wrong_secret_is_tried_once(played: Played) -> None:
    done = played.tasks["wrong secret"]
    message = done.refused("auth")
    assert "secret" in message and "string to sign" not in json.dumps(done.result)
    assert [one["code"] for one in done.sent("alibaba")] == ["SignatureDoesNotMatch"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("unknown key", "InvalidAccessKeyId.NotFound"),
        ("expired", "InvalidSecurityToken.Expired"),
    ],
)
def test_a_refused_key_is_tried_once(played: Played, name: str, code: str) -> None:
    done = played.tasks[name]
    done.refused("auth")
    assert done.result["error"]["code"] == code and not done.result["error"]["retryable"]
    assert [one["code"] for one in done.sent("alibaba")] == [code]
    assert len(done.result["errors"]) == len(IDS)


def test_role(played: Played, outside: Outside) -> None:
    done = played.tasks["role"]
    assert len(done.facts()) == len(IDS)
    (call,) = done.sent("sts")
    assert call["action"] == "AssumeRole" and call["verified"] and call["host"] == "sts.eu-central-1.aliyuncs.com"
    used = {one["access_key_id"] for one in done.sent("alibaba")}
    assert len(used) == 1 and call["access_key_id"] not in used
    assert f"role '{ROLE}'" in done.warnings


def test_role_with_external_id(played: Played) -> None:
    assert played.tasks["role with external id"].facts()
    done = played.tasks["role without external id"]
    assert "vpn-external" in done.refused("permission")
    assert len(done.sent("sts")) == 1 and not done.sent("alibaba")


def test_oidc_role(played: Played, outside: Outside) -> None:
    done = played.tasks["OIDC"]
    assert len(done.facts()) == len(IDS)
    (call,) = done.sent("sts")
    assert call["action"] == "AssumeRoleWithOIDC" and call.get("access_key_id") is None
    (sent,) = (one for one in outside.asked if b"OIDCToken=" in one.body)
    assert "OIDCToken" not in sent.path and "Authorization" not in sent.headers
    assert "OIDC role" in done.warnings


def test_credentials_uri(played: Played) -> None:
    done = played.tasks["URI"]
    assert len(done.facts()) == len(IDS)
    assert len(done.sent("metadata")) == 1 and "credentials URI at 127.0.0.1" in done.warnings


def test_an_empty_chain_says_what_each_place_lacked(played: Played) -> None:
    message = played.tasks["nothing"].refused("options")
    wanted = ("options: ", "environment: ", "OIDC role: ", "CLI profile: ", "credentials file: ", "ECS RAM role: ")
    places = [message.find(place) for place in (*wanted, "credentials URI: ")]
    assert -1 not in places and places == sorted(places), message
    assert "there is no file" in message and "ALIBABA_CLOUD_CREDENTIALS_URI is not set" in message
    assert not played.tasks["nothing"].requests


def test_ids_and_a_region_are_enough(played: Played) -> None:
    done = played.tasks["IDs and a region"]
    assert len(done.facts()) == 2
    assert {one["host"] for one in done.sent("alibaba")} == {"vpc.eu-central-1.aliyuncs.com"}


def test_the_source_is_named_and_no_value_is(played: Played, run: tuple[Played, Outside, Any]) -> None:
    assert "signed in with CLI profile 'prod'" in played.tasks["profile"].warnings
    assert "CLI profile 'prod'" in played.output
    assert run[2]["alibaba"]["access_key_secret"] not in played.output


def test_a_wrong_clock_is_made_up_for(played: Played) -> None:
    for name in ("clock", "clock and role"):
        done = played.tasks[name]
        assert done.facts()
        assert "3600 s behind" in done.warnings or "3599 s behind" in done.warnings, done.result
    refused = [one for one in played.tasks["clock"].sent("alibaba") if one["status"] != 200]
    assert [one["code"] for one in refused] == ["InvalidTimeStamp.Expired"]
    assert not [one for one in played.tasks["clock and role"].sent("alibaba") if one["status"] != 200]
