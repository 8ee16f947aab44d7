# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook about signing in to Huawei Cloud and Open Telekom Cloud."""

from __future__ import annotations

import json
from pathlib import Path

import plays
from plays import Played, Task, module

from simulator.client import Simulator

IDS = [f"98c5af8a-1f0e-4c7b-9a86-ae2280a6f4{number:02d}" for number in range(20)]
IN_BRANCH = "3c1f7e02-6b5d-4a88-8f1b-52d0a9c4e711"
OF_OTHERS = "5d2a9c1e-4b6f-4d3a-9c8e-7f1b2a3c4d5e"
OTHER_PROJECT, OTHER_DOMAIN = "0605768a3300d5762f8ec01a00000003", "OTC00000000001000000002"
MFA, CONSOLE = "0a8f768a3300d5762f8ec01a00000002", "0a8f768a3300d5762f8ec01a00000003"
FAULT_401 = {
    "kind": "status",
    "match": {"service": "huawei"},
    "args": {"status": 401, "code": "APIGW.0307", "message": "The token must be updated"},
}


def run(home: Path) -> tuple[Played, Path, dict[str, object]]:
    """Play it against a simulator of its own."""
    with Simulator() as simulator:
        ready = simulator.ready
        ended = [{"session": "vrp/healthy", "ends": "-60s"}]
        simulator.connections(
            [{"id": one, "cloud": "huawei", "history": ended} for one in IDS]
            + [{"id": OF_OTHERS, "cloud": "huawei", "project_id": OTHER_PROJECT, "history": ended}]
        )
        huawei, iam = ready["huawei"], ready["iam"]
        person = {name: iam[name] for name in ("username", "password", "domain_name")}
        key = {name: huawei[name] for name in ("access_key", "secret_key")}
        project = {"project_id": huawei["project_id"]}
        where = {
            "region": "eu-de",
            "endpoint": huawei["https"],
            "auth_url": iam["auth_url"],
            "ca_path": ready["ca_file"],
        }
        one, many = {**where, "vpn_connection_ids": IDS[:1]}, {**where, "vpn_connection_ids": IDS}
        domain = {"domain_name": iam["domain_name"]}
        mfa = {"user_id": MFA, "password": "ExampleHuaweiPasswordNotReal2!", **domain}
        console = {"user_id": CONSOLE, "password": "ExampleHuaweiPasswordNotReal3!", **domain}
        agency = {"agency_name": "vpn-agency", "agency_domain_name": OTHER_DOMAIN, "vpn_connection_ids": [OF_OTHERS]}
        given = {"token": "not-a-token-of-this-cloud", **project}
        clouds = {"clouds": {"mine": {"auth": {"auth_url": iam["auth_url"], **person}, "region_name": "eu-de"}}}
        (home / ".config/openstack").mkdir(parents=True)
        (home / ".config/openstack/clouds.yaml").write_text(json.dumps(clouds))
        (home / "empty").mkdir()
        no_auth = {name: value for name, value in one.items() if name not in ("auth_url", "region")}
        cached = {**many, **person, "token_cache": str(home / "tokens")}
        metadata = {"HOME": str(home / "empty"), "CLOUD_VPN_METADATA_URL": ready["metadata"]["http"]}

        def fault(name: str, *rules: dict[str, object]) -> dict[str, Task]:
            return {f"({name})": plays.control(simulator, "POST", "/plan", list(rules))}

        throttled = {"status": 429, "code": "IAM.0012", "headers": {"Retry-After": "1"}}
        played = plays.play(
            simulator,
            home,
            {
                "wrong password": module("huawei", **many, **{**person, "password": "not-the-password-of-it"}),
                "wrong secret": module("huawei", **many, **project, **{**key, "secret_key": "not-the-secret-of-it"}),
                "wrong secret, project by region": module(
                    "huawei", **many, **{**key, "secret_key": "not-the-secret-of-it"}
                ),
                "password": module("huawei", **many, **person),
                "MFA": module("huawei", **one, **mfa, passcode="123456"),
                "MFA without passcode": module("huawei", **many, **mfa),
                "MFA with a wrong passcode": module("huawei", **many, **mfa, passcode="654321"),
                "console only": module("huawei", **many, **console),
                "agency": module("huawei", **{**where, **agency}, **person),
                "project by name": module(
                    "huawei", **{**many, "vpn_connection_ids": IDS[:2]}, **key, project_name="eu-de"
                ),
                "sub-project": module(
                    "huawei", **{**where, "vpn_connection_ids": [IN_BRANCH]}, **key, project_name="eu-de_branch"
                ),
                "token given": module("huawei", **many, **given),
                **fault("one 401", {**FAULT_401, "at": 3}),
                "renewed": module("huawei", **many, **person),
                **fault("only 401", {**FAULT_401, "at": "*", "times": 1000}),
                "renewed once": module("huawei", **many, **person),
                **fault("throttled", {"kind": "status", "match": {"service": "iam"}, "args": throttled}),
                "throttled": module("huawei", **one, **person),
                **fault("no faults"),
                "cache, first": module("huawei", **cached),
                "cache, second": module("huawei", **cached),
                "(revoke)": plays.control(simulator, "POST", "/tokens/revoke", {}),
                "cache, revoked": module("huawei", **cached),
                "(open to others)": plays.chmod({str(home / "tokens"): "0750"}),
                "cache, open to others": module("huawei", **cached),
                "nothing": module("huawei", {"HOME": str(home / "empty")}, **one),
                "half": module("huawei", **one, password="a-password-alone"),
                "cloud": module("huawei", **no_auth, cloud="mine"),
                "instance": module("huawei", metadata, **one, **project),
                "(clock ahead)": plays.control(simulator, "POST", "/clock", {"shift": 3600}),
                "clock": module("huawei", **many, **key, **project),
                "(clock right)": plays.control(simulator, "POST", "/clock", {"shift": 0}),
            },
            "-vvv",
        )
        return played, home, ready
