# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Side by side: the collection's chains and the vendors' libraries pick the same key from the same files and variables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import parity_alibaba
import parity_cloud
import parity_huawei
import parity_openstack
import pytest
from outside import Outside
from parity_row import SAME, Row
from plays import COLLECTIONS

HERE = Path(__file__).resolve().parent
TABLES = {"alibaba": parity_alibaba.ROWS, "huawei": parity_huawei.ROWS, "openstack": parity_openstack.ROWS}
ROWS = [(cloud, row) for cloud, rows in TABLES.items() for row in rows]


def job(who: str, row: Row, folder: Path, outside: Outside) -> dict[str, Any]:
    def fill(text: str) -> str:
        return text.replace("{home}", str(folder)).replace("{outside}", outside.url)

    for name, text in row.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fill(text))
    folder.mkdir(exist_ok=True)
    env = {"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **outside.environment}
    return {
        "who": who,
        "folder": str(folder),
        "env": {**env, **{name: fill(value) for name, value in row.env.items()}},
        "options": row.options,
        "on_ecs": row.on_ecs,
        "metadata": outside.url,
        "ca_file": str(outside.ca_file),
    }


@pytest.fixture(scope="module")
def picks(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    """All rows at once, in one program: it forks for each."""
    home = tmp_path_factory.mktemp("parity")
    with Outside(parity_cloud.answer) as outside:
        jobs = {
            (f"{side}_{cloud}", row.name): job(f"{side}_{cloud}", row, home / f"{cloud}-{number}", outside)
            for number, (cloud, row) in enumerate(ROWS)
            for side in ("ours", "theirs")
        }
        done = subprocess.run(
            [sys.executable, str(HERE / "parity_picks.py")],
            input=json.dumps(list(jobs.values())),
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
            check=True,
            env={**os.environ, "HOME": str(home), "PYTHONPATH": str(COLLECTIONS)},
        )
    return dict(zip(jobs, json.loads(done.stdout), strict=True))


def some(pick: dict[str, Any] | None, fields: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if pick is None or fields is None else {name: pick[name] for name in fields}


@pytest.mark.parametrize(("cloud", "row"), [pytest.param(c, r, id=f"{c}: {r.name}") for c, r in ROWS])
def test_row(cloud: str, row: Row, picks: dict[tuple[str, str], dict[str, Any]]) -> None:
    ours, theirs = (picks[f"{side}_{cloud}", row.name] for side in ("ours", "theirs"))
    assert some(ours["pick"], row.picks or {}) == row.picks, ours
    if row.theirs == SAME:
        assert ours["pick"] == theirs["pick"], (ours, theirs)
    else:
        assert some(theirs["pick"], row.theirs or {}) == row.theirs, theirs
        assert ours["pick"] != theirs["pick"]
        assert row.why


def test_the_table_is_long_enough_and_its_names_differ() -> None:
    assert len(ROWS) >= 40
    assert all(len({row.name for row in rows}) == len(rows) for rows in TABLES.values())
    # A table in which hardly anything is found would prove nothing.
    assert sum(row.picks is not None for _cloud, row in ROWS) > 0.8 * len(ROWS)
