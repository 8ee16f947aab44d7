# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup in a real ansible: where its options come from makes no difference to what it refuses, and to whom it talks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fetching import MANY, many_pages
from running import Run, run_play

from simulator.client import Control

UUID = "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3"
LOOKUP = "query('netops.cloud_vpn.vpn_connection_logs', *terms, **keywords)"


def ask(simulator: Control, folder: Path, terms: list[str], keywords: dict[str, Any] | None = None, **more: Any) -> Run:
    """One lookup with a complete sign-in for both clouds in the environment."""
    alibaba, huawei = simulator.ready["alibaba"], simulator.ready["huawei"]
    environment = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": alibaba["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": alibaba["access_key_secret"],
        "ALIBABA_CLOUD_REGION": alibaba["region"],
        "HW_ACCESS_KEY": huawei["access_key"],
        "HW_SECRET_KEY": huawei["secret_key"],
        "HW_PROJECT_ID": huawei["project_id"],
        "HW_REGION_NAME": huawei["region"],
        "CLOUD_VPN_CA_PATH": simulator.ready["ca_file"],
        **more.pop("env", {}),
    }
    task = {
        "name": "Ask",
        "ansible.builtin.debug": {"msg": "{{ " + LOOKUP + " | map(attribute='count') }}"},
        "vars": {"terms": terms, "keywords": keywords or {}, **more},
    }
    return run_play([task], folder / "run", **environment)


@pytest.mark.parametrize("place", ["keyword", "variable", "environment", "ini"])
def test_no_endpoint_for_two_clouds(simulator: Control, tmp_path: Path, place: str) -> None:
    url = simulator.ready["alibaba"]["https"]
    config = tmp_path / "ansible.cfg"
    config.write_text(f"[cloud_vpn]\nendpoint = {url}\n", encoding="utf-8")
    given: dict[str, Any] = {
        "keyword": {"keywords": {"endpoint": url}},
        "variable": {"cloud_vpn_endpoint": url},
        "environment": {"env": {"CLOUD_VPN_ENDPOINT": url}},
        "ini": {"env": {"ANSIBLE_CONFIG": str(config)}},
    }[place]
    run = ask(simulator, tmp_path, [MANY, UUID], **given)
    assert run.status != 0 and "endpoint: the IDs are of more than one cloud" in " ".join(run.stdout.split())
    assert not simulator.requests()


def test_an_endpoint_of_each_clouds_own_variable(simulator: Control, tmp_path: Path) -> None:
    """Only Alibaba Cloud has one; Huawei Cloud is then asked where its region leads, and that is not the simulator."""
    many_pages(simulator)
    own = {"ALIBABA_CLOUD_ENDPOINT_VPC": simulator.ready["alibaba"]["https"], "CLOUD_VPN_MAX_RETRIES": "0"}
    run = ask(
        simulator, tmp_path, [MANY, UUID], env={**own, "https_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.1"}
    )
    assert run.status != 0 and "endpoint: " not in run.stdout
    assert {request["service"] for request in simulator.requests()} == {"alibaba"}


def test_an_empty_variable_of_the_environment_is_unset(simulator: Control, tmp_path: Path) -> None:
    many_pages(simulator)
    more = {"CLOUD_VPN_SINCE": "", "CLOUD_VPN_UNTIL": "", "CLOUD_VPN_ENDPOINT": simulator.ready["alibaba"]["https"]}
    good = ask(simulator, tmp_path, [MANY], env=more)
    assert good.status == 0, good.stdout
    bad = ask(simulator, tmp_path, [MANY], cloud_vpn_since="", env=more)
    assert bad.status != 0 and "since: the value is empty" in " ".join(bad.stdout.split())
