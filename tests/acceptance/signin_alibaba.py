# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook about signing in to Alibaba Cloud."""

from __future__ import annotations

import json
from pathlib import Path

import plays
from outside import Outside, forward
from plays import Played, module

from simulator.client import Simulator

IDS = [f"vco-m5esignin0000000{number:02d}" for number in range(20)]
ROLE = "acs:ram::1234567890123456:role/vpn-reader"
EXTERNAL = "acs:ram::1234567890123456:role/vpn-external"
EXPIRED = {
    "access_key_id": "STS.ExampleExpiredKeyId2",
    "access_key_secret": "ExampleStsSecretNotReal002",
    "security_token": "CAISExampleSecurityTokenExpired02",
}


def run(home: Path) -> tuple[Played, Outside, dict[str, object]]:
    """Play it against a simulator of its own, which the names of the region's endpoints lead to."""
    with Simulator() as simulator:
        ready = simulator.ready
        routes = {r"sts\.eu-central-1\.aliyuncs\.com": ready["sts"]["http"]}
        routes[r"vpc\.eu-central-1\.aliyuncs\.com"] = ready["alibaba"]["http"]
        with Outside(forward(routes), ready["ca_file"]) as outside:
            ended = [{"session": "iked/v2_up_resp.info", "ends": "-60s"}]
            simulator.connections([{"id": one, "cloud": "alibaba", "history": ended} for one in IDS])
            names = ("access_key_id", "access_key_secret")
            key = {name: ready["alibaba"][name] for name in names}
            where = {"region": "eu-central-1", "endpoint": ready["alibaba"]["https"], "ca_path": str(outside.ca_file)}
            one, many = {**where, "vpn_connection_ids": IDS[:1]}, {**where, "vpn_connection_ids": IDS}
            (home / ".aliyun").mkdir()
            profile = {"name": "prod", "mode": "AK", **key, "region_id": "eu-central-1"}
            config = home / ".aliyun" / "config.json"
            token, empty = home / "token", home / "empty"
            token.write_text(ready["alibaba"]["oidc"]["token"])
            empty.mkdir()
            oidc = {
                "ALIBABA_CLOUD_ROLE_ARN": ROLE,
                "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": ready["alibaba"]["oidc"]["provider_arn"],
                "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(token),
            }
            uri = {"ALIBABA_CLOUD_CREDENTIALS_URI": ready["metadata"]["credentials_uri"]}
            config.write_text(json.dumps({"current": "prod", "profiles": [profile]}))
            nobody = {"HOME": str(empty)}
            played = plays.play(
                simulator,
                home,
                {
                    "wrong secret": module(
                        "alibaba", **many, access_key_id=key[names[0]], access_key_secret="not-the-secret-of-it"
                    ),
                    "unknown key": module(
                        "alibaba", **many, access_key_id="LTAInobody", access_key_secret="not-the-secret-of-it"
                    ),
                    "expired": module("alibaba", **many, **EXPIRED),
                    "role": module("alibaba", **many, **key, assume_role={"role_arn": ROLE, "session_name": "nightly"}),
                    "role with external id": module(
                        "alibaba",
                        **one,
                        **key,
                        assume_role={"role_arn": EXTERNAL, "external_id": "example-external-id"},
                    ),
                    "role without external id": module("alibaba", **many, **key, assume_role_arn=EXTERNAL),
                    "OIDC": module("alibaba", {**nobody, **oidc}, **many),
                    "URI": module("alibaba", {**nobody, **uri}, **many),
                    "nothing": module("alibaba", nobody, **one),
                    "profile": module("alibaba", **one),
                    "IDs and a region": module(
                        "alibaba", vpn_connection_ids=IDS[:2], region="eu-central-1", ca_path=str(outside.ca_file)
                    ),
                    "(clock ahead)": plays.control(simulator, "POST", "/clock", {"shift": 3600}),
                    "clock": module("alibaba", **many, **key),
                    "clock and role": module("alibaba", **one, **key, assume_role={"role_arn": ROLE}),
                    "(clock right)": plays.control(simulator, "POST", "/clock", {"shift": 0}),
                },
                "-vvv",
                **outside.environment,
            )
        return played, outside, ready
