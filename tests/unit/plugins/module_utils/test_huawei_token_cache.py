# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens kept between tasks: who may read them, when they serve, when they are dropped."""

from __future__ import annotations

import json
import os
import threading
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import CloudVpnError, DeadlineError, OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import PASSWORD as BY
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import SignIn
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.token_cache import (
    TokenCache,
    cache_directory,
    identity_of,
)

from .huawei_server import BY_PASSWORD, PASSWORD, Desk, FakeCloud, cloud, desk

__all__ = ["cloud", "desk"]


def entries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix != ".lock"]


def sign_ins(cloud: FakeCloud) -> int:
    return cloud.paths().count("/v3/auth/tokens")


def test_off_by_default(desk: Desk, tmp_path: Path) -> None:
    desk.environ.update(HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path))
    desk.fetch(desk.provider(**BY_PASSWORD))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "environ", "wanted"),
    [
        (None, {}, None),
        (False, {}, None),
        ("no", {}, None),
        (True, {"HOME": "/h"}, "/h/.cache/netops.cloud_vpn/tokens"),
        ("true", {"HOME": "/h", "XDG_CACHE_HOME": "/c"}, "/c/netops.cloud_vpn/tokens"),
        ("/somewhere", {}, "/somewhere"),
    ],
)
def test_directory(option: t.Any, environ: dict[str, str], wanted: str | None) -> None:
    assert cache_directory(option, environ) == wanted


def test_second_task_needs_no_sign_in(desk: Desk, cloud: FakeCloud, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tokens"
    for _task in range(3):
        desk.fetch(desk.provider(**BY_PASSWORD, token_cache=str(folder)))
    assert sign_ins(cloud) == 1
    (entry,) = entries(folder)
    assert entry.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert PASSWORD not in entry.read_text() + entry.name


def test_parallel_tasks_sign_in_once(desk: Desk, cloud: FakeCloud, tmp_path: Path) -> None:
    cloud.delay = 0.05
    failures: list[CloudVpnError] = []

    def task() -> None:
        try:
            desk.fetch(desk.provider(**BY_PASSWORD, token_cache=str(tmp_path / "tokens")))
        except CloudVpnError as exc:
            failures.append(exc)

    threads = [threading.Thread(target=task) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (failures, sign_ins(cloud)) == ([], 1)


def test_refused_token_is_dropped(desk: Desk, cloud: FakeCloud, tmp_path: Path) -> None:
    option = str(tmp_path / "tokens")
    desk.fetch(desk.provider(**BY_PASSWORD, token_cache=option))
    cloud.tokens.clear()
    desk.fetch(desk.provider(**BY_PASSWORD, token_cache=option))
    assert sign_ins(cloud) == 2
    desk.fetch(desk.provider(**BY_PASSWORD, token_cache=option))
    assert sign_ins(cloud) == 2


@pytest.mark.parametrize("change", [{"expires": 30.0}, {"stored": 7200.0}])
def test_token_about_to_end_or_from_the_future(
    desk: Desk, cloud: FakeCloud, tmp_path: Path, change: dict[str, float]
) -> None:
    option = str(tmp_path / "tokens")
    desk.fetch(desk.provider(**BY_PASSWORD, token_cache=option))
    (entry,) = entries(tmp_path / "tokens")
    moved = {name: time.time() + ahead for name, ahead in change.items()}
    entry.write_text(json.dumps({**json.loads(entry.read_text()), **moved}))
    desk.fetch(desk.provider(**BY_PASSWORD, token_cache=option))
    assert sign_ins(cloud) == 2


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"token": 5}', '{"token": "x", "project_id": "y", "expires": "z"}']
)
def test_broken_file_is_replaced(desk: Desk, cloud: FakeCloud, tmp_path: Path, content: str) -> None:
    option = str(tmp_path / "tokens")
    desk.fetch(desk.provider(**BY_PASSWORD, token_cache=option))
    (entry,) = entries(tmp_path / "tokens")
    entry.write_text(content)
    desk.fetch(desk.provider(**BY_PASSWORD, token_cache=option))
    assert sign_ins(cloud) == 2
    assert json.loads(entry.read_text())["token"] in cloud.tokens


@pytest.mark.parametrize("which", ["directory", "file"])
@pytest.mark.parametrize("mode", [0o040, 0o004, 0o022])
def test_open_to_others(desk: Desk, cloud: FakeCloud, tmp_path: Path, which: str, mode: int) -> None:
    folder = tmp_path / "tokens"
    desk.fetch(desk.provider(**BY_PASSWORD, token_cache=str(folder)))
    path = folder if which == "directory" else entries(folder)[0]
    path.chmod(path.stat().st_mode | mode)
    with pytest.raises(OptionsError, match="token_cache: .* others can read it"):
        desk.fetch(desk.provider(**BY_PASSWORD, token_cache=str(folder)))
    assert sign_ins(cloud) == 1


@pytest.mark.parametrize("which", ["directory", "file"])
def test_links(desk: Desk, tmp_path: Path, which: str) -> None:
    folder = tmp_path / "tokens"
    desk.fetch(desk.provider(**BY_PASSWORD, token_cache=str(folder)))
    path = folder if which == "directory" else entries(folder)[0]
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")
    with pytest.raises(OptionsError, match="token_cache"):
        desk.fetch(desk.provider(**BY_PASSWORD, token_cache=str(folder)))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_of_somebody_else(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "tokens"
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, 12345)
    with pytest.raises(OptionsError, match="belongs to another user"):
        desk.fetch(desk.provider(**BY_PASSWORD, token_cache=str(folder)))


def test_lock_is_bounded_by_the_deadline(tmp_path: Path) -> None:
    cache = TokenCache(str(tmp_path / "tokens"))
    with cache.locked("a", Deadline(5)):
        with cache.locked("b", Deadline(5)):
            pass
        with pytest.raises(DeadlineError, match="token_cache"), cache.locked("a", Deadline(0.1)):
            pass


def test_identity() -> None:
    url = "https://iam.eu-de.otc.t-systems.com"
    one = SignIn(BY, "options", username="u", password="first-password", domain_name="d")
    same = SignIn(BY, "environment", username="u", password="other-password", domain_name="d")
    assert identity_of(one, url, "eu-de") == identity_of(same, url, "eu-de")
    others = [
        SignIn(BY, "options", username="v", domain_name="d"),
        SignIn(BY, "options", username="u", domain_name="e"),
        SignIn(BY, "options", username="u", domain_id="d"),
        SignIn(BY, "options", username="u", domain_name="d", agency_name="a"),
        SignIn(BY, "options", username="u", domain_name="d", project_id="eu-de"),
    ]
    names = {identity_of(other, url, "eu-de") for other in others} | {identity_of(one, url, "eu-nl")}
    names |= {identity_of(one, url + "/x", "eu-de"), identity_of(one, url, "eu-de")}
    assert len(names) == len(others) + 3
