# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in to Huawei Cloud and Open Telekom Cloud in real playbooks: how often, as whom, and what is said about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import signin_runs
from plays import Done, Played
from signin_huawei import IDS, IN_BRANCH, MFA, OF_OTHERS, OTHER_PROJECT


@pytest.fixture(scope="module")
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return signin_runs.result("huawei", request, tmp_path_factory)


@pytest.fixture(scope="module")
def played(run: tuple[Played, Path, Any]) -> Played:
    return run[0]


@pytest.fixture(scope="module")
def home(run: tuple[Played, Path, Any]) -> Path:
    return run[1]


@pytest.fixture(scope="module")
def ready(run: tuple[Played, Path, Any]) -> Any:
    return run[2]


def sign_ins(done: Done) -> list[dict[str, object]]:
    return done.sent("iam", "POST /v3/auth/tokens")


def test_a_wrong_password_is_tried_once(played: Played, ready: Any) -> None:
    done = played.tasks["wrong password"]
    assert "password" in done.refused("auth") and len(done.result["errors"]) == len(IDS)
    assert len(sign_ins(done)) == 1 and not done.sent("huawei")
    assert done.failures[f"user/{ready['iam']['user_id']}"]["count"] == 1


def test_a_wrong_secret_is_tried_once(played: Played, ready: Any) -> None:
    lock = f"ak/{ready['huawei']['access_key']}"
    first, second = played.tasks["wrong secret"], played.tasks["wrong secret, project by region"]
    assert "secret" in first.refused("auth") and second.refused("auth")
    assert len(first.sent("huawei")) == 1 and not first.sent("iam")
    assert len(second.sent("iam")) == 1 and not second.sent("huawei")
    assert (first.failures[lock]["count"], second.failures[lock]["count"]) == (1, 2)


def test_one_token_for_all_connections(played: Played) -> None:
    done = played.tasks["password"]
    assert len(done.facts()) == len(IDS)
    assert len(sign_ins(done)) == 1
    assert [one["scheme"] for one in done.sent("huawei")] == ["token"] * len(IDS)
    assert not done.failures.get("user/0a8f768a3300d5762f8ec01a00000001")


def test_passcode(played: Played) -> None:
    assert played.tasks["MFA"].facts()
    assert [one["scheme"] for one in sign_ins(played.tasks["MFA"])] == ["password+totp"]
    assert "passcode" in played.tasks["MFA without passcode"].refused("auth")
    wrong = played.tasks["MFA with a wrong passcode"]
    wrong.refused("auth")
    assert len(sign_ins(wrong)) == 1 and wrong.failures[f"user/{MFA}"]["count"] == 1


def test_a_user_for_the_console_only(played: Played) -> None:
    done = played.tasks["console only"]
    assert "console" in done.refused("permission").lower() and len(sign_ins(done)) == 1


def test_agency(played: Played) -> None:
    done = played.tasks["agency"]
    assert list(done.facts()) == [OF_OTHERS]
    # The second is for the agency, on behalf of the user's own token.
    assert [one["scheme"] for one in sign_ins(done)] == ["password", "token"]
    assert [one["project"] for one in done.sent("huawei")] == [OTHER_PROJECT]
    assert "agency 'vpn-agency'" in done.warnings


def test_project_by_name(played: Played) -> None:
    done = played.tasks["project by name"]
    assert len(done.facts()) == 2
    (asked,) = done.sent("iam")
    assert asked["action"] == "GET /v3/projects" and asked["scheme"] == "aksk"


def test_sub_project(played: Played) -> None:
    done = played.tasks["sub-project"]
    # The simulator insists on X-Project-Id for it, as the service does.
    assert list(done.facts()) == [IN_BRANCH]
    assert [one["project"] for one in done.sent("huawei")] == ["0605768a3300d5762f8ec01a00000002"]


def test_a_token_of_the_user_is_not_renewed(played: Played) -> None:
    done = played.tasks["token given"]
    assert "cannot be renewed" in done.refused("auth")
    assert not done.sent("iam") and len(done.sent("huawei")) == 1


def test_an_own_token_is_renewed_once(played: Played) -> None:
    done = played.tasks["renewed"]
    assert len(done.facts()) == len(IDS) and len(sign_ins(done)) == 2
    assert len(done.sent("huawei")) == len(IDS) + 1
    done = played.tasks["renewed once"]
    done.refused("auth")
    assert len(sign_ins(done)) == 2 and len(done.sent("huawei")) == 2


def test_a_throttled_sign_in_waits(played: Played) -> None:
    done = played.tasks["throttled"]
    assert done.facts()
    first, second = sign_ins(done)
    assert (first["status"], second["status"]) == (429, 201)
    assert float(str(second["time"])) - float(str(first["time"])) >= 0.9


def test_token_cache(played: Played, home: Path) -> None:
    first, second, revoked = (played.tasks[f"cache, {name}"] for name in ("first", "second", "revoked"))
    assert [len(sign_ins(done)) for done in (first, second, revoked)] == [1, 0, 1]
    assert all(len(done.facts()) == len(IDS) for done in (first, second, revoked))
    assert [one["status"] for one in revoked.sent("huawei")].count(401) == 1
    message = played.tasks["cache, open to others"].refused("options")
    assert "others can read it (mode 0750)" in message and not played.tasks["cache, open to others"].requests
    files = list((home / "tokens").iterdir())
    assert files and {path.stat().st_mode & 0o777 for path in files} == {0o600}
    # The newest token alone is kept, and no password anywhere.
    kept = [json.loads(path.read_text())["token"] for path in files if path.suffix != ".lock"]
    assert len(kept) == 1 and not any("password" in path.read_text().lower() for path in files)


def test_an_empty_chain_says_what_each_place_lacked(played: Played) -> None:
    message = played.tasks["nothing"].refused("options")
    wanted = ["options: ", "(HW_*): ", "(HUAWEICLOUD_SDK_*): ", "(OS_*): ", "(ANSIBLE_HWC_*): ", "clouds.yaml: "]
    wanted += ["credentials file ", "KooCLI configuration ", "ECS metadata service: "]
    places = [message.find(place) for place in wanted]
    assert -1 not in places and places == sorted(places), message
    half = played.tasks["half"].refused("options")
    assert "username or user_id" in half and "domain_name or domain_id" in half and "a-password-alone" not in half


def test_a_cloud_and_an_instance(played: Played) -> None:
    assert played.tasks["cloud"].facts() and "cloud 'mine'" in played.tasks["cloud"].warnings
    done = played.tasks["instance"]
    assert done.facts() and [one["scheme"] for one in done.sent("huawei")] == ["aksk"]
    assert len(done.sent("metadata")) == 2 and "ECS metadata service" in done.warnings


def test_a_wrong_clock_is_made_up_for(played: Played) -> None:
    done = played.tasks["clock"]
    assert len(done.facts()) == len(IDS)
    assert "3600 s behind" in done.warnings or "3599 s behind" in done.warnings
    assert [one["status"] for one in done.sent("huawei")].count(401) == 1


def test_the_source_is_named_and_no_value_is(played: Played, ready: Any) -> None:
    assert "password from the options" in played.tasks["password"].warnings
    for value in (ready["iam"]["password"], ready["huawei"]["secret_key"]):
        assert value not in played.output
