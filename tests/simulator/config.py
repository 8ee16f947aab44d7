# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator knows at the start: accounts, projects, roles, connections. ``--config`` replaces parts of it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

ALIBABA_CONNECTION = "vco-m5edemo0tunnel000001"
ALIBABA_DUAL = "vco-m5edemo0dual00000002"
HUAWEI_CONNECTION = "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3"
HUAWEI_SECOND = "3c1f7e02-6b5d-4a88-8f1b-52d0a9c4e711"

# Every value is invented.
DEFAULT: dict[str, Any] = {
    "alibaba": {
        "region": "eu-central-1",
        "account_id": "1234567890123456",
        "access_keys": {
            "LTAI5tExampleKeyIdOnly00": {"secret": "ExampleAlibabaSecretNotReal001"},
            "LTAI5tForbiddenUserKey00": {"secret": "ExampleAlibabaSecretNotReal002", "deny": "Forbbiden.SubUser"},
            "LTAI5tInactiveUserKey000": {"secret": "ExampleAlibabaSecretNotReal003", "inactive": True},
        },
        # expires: seconds from the start (negative: already over)
        "sts": {
            "STS.ExampleValidKeyId001": {
                "secret": "ExampleStsSecretNotReal001",
                "token": "CAISExampleSecurityTokenValid0001",
                "expires": 3600,
            },
            "STS.ExampleExpiredKeyId2": {
                "secret": "ExampleStsSecretNotReal002",
                "token": "CAISExampleSecurityTokenExpired02",
                "expires": -60,
            },
        },
        "roles": {
            "acs:ram::1234567890123456:role/vpn-reader": {},
            "acs:ram::1234567890123456:role/vpn-external": {"external_id": "example-external-id"},
        },
        "oidc": {
            "provider_arn": "acs:ram::1234567890123456:oidc-provider/example-idp",
            "token": "example.oidc.token-not-real",
        },
        "ecs_role": "vpn-reader-ecs",
        "imds": {"v1": True, "v2": True},
        "quota": {"calls": 600, "seconds": 60},
    },
    "huawei": {
        "region": "eu-de",
        "access_keys": {
            "HWEXAMPLEACCESSKEY00": {
                "secret": "ExampleHuaweiSecretKeyNotReal0123456789a",
                "domain_id": "d0000000000000000000000000000001",
            },
        },
        "domains": {
            "d0000000000000000000000000000001": "OTC00000000001000000001",
            "d0000000000000000000000000000002": "OTC00000000001000000002",
        },
        "projects": {
            "0605768a3300d5762f8ec01a00000001": {"name": "eu-de", "domain_id": "d0000000000000000000000000000001"},
            "0605768a3300d5762f8ec01a00000002": {
                "name": "eu-de_branch",
                "domain_id": "d0000000000000000000000000000001",
            },
            "0605768a3300d5762f8ec01a00000003": {"name": "eu-de", "domain_id": "d0000000000000000000000000000002"},
        },
        "users": {
            "0a8f768a3300d5762f8ec01a00000001": {
                "name": "vpn-reader",
                "password": "ExampleHuaweiPasswordNotReal1!",
                "domain_id": "d0000000000000000000000000000001",
            },
            "0a8f768a3300d5762f8ec01a00000002": {
                "name": "vpn-mfa",
                "password": "ExampleHuaweiPasswordNotReal2!",
                "domain_id": "d0000000000000000000000000000001",
                "passcode": "123456",
            },
            "0a8f768a3300d5762f8ec01a00000003": {
                "name": "console-only",
                "password": "ExampleHuaweiPasswordNotReal3!",
                "domain_id": "d0000000000000000000000000000001",
                "console_only": True,
            },
        },
        # An agency lives in the domain that delegates; ``trusts`` may assume it.
        "agencies": [
            {
                "name": "vpn-agency",
                "domain_id": "d0000000000000000000000000000002",
                "trusts": "d0000000000000000000000000000001",
            }
        ],
        "token_seconds": 86400,
        "token_bytes": 4700,
        "error_shape": "error_code",
        "iam_error_shape": "v3",
        "lockout": {"attempts": 5, "seconds": 900},
        "quota": None,
        "iam_quota": None,
        "max_lines": 200,
    },
    "connections": [
        {
            "id": ALIBABA_CONNECTION,
            "cloud": "alibaba",
            "history": [{"session": "iked/v2_up_resp.debug", "ends": "-60s"}],
        },
        {
            "id": ALIBABA_DUAL,
            "cloud": "alibaba",
            "tunnels": {
                "tun-m5edemo0first00000001": [{"session": "iked/v2_up_resp.debug", "ends": "-60s"}],
                "tun-m5edemo0second0000002": [{"session": "iked/v1_up_resp.debug", "ends": "-90s"}],
            },
        },
        {
            "id": HUAWEI_CONNECTION,
            "cloud": "huawei",
            "project_id": "0605768a3300d5762f8ec01a00000001",
            "history": [{"session": "vrp/healthy", "ends": "-60s"}],
        },
        {
            "id": HUAWEI_SECOND,
            "cloud": "huawei",
            "project_id": "0605768a3300d5762f8ec01a00000002",
            "history": [{"session": "vrp/dpd_timeout", "ends": "-60s"}],
        },
    ],
}


def _merge(base: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = value
    return base


def load(path: str | None) -> dict[str, Any]:
    """The default with the file's values over it; ``connections`` is replaced as a whole."""
    config = copy.deepcopy(DEFAULT)
    if path is None:
        return config
    text = Path(path).read_text(encoding="utf-8")
    if path.endswith(".json"):
        extra = json.loads(text)
    else:
        import yaml

        extra = yaml.safe_load(text)
    return _merge(config, extra or {})
