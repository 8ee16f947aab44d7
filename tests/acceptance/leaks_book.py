# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of the leak test: every way to sign in, each also failing, and crashes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from plays import Task, module

VCO, UUID = "vco-m5edemo0tunnel000001", "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3"
OF_OTHERS = "5d2a9c1e-4b6f-4d3a-9c8e-7f1b2a3c4d5e"
ROLE = "acs:ram::1234567890123456:role/vpn-reader"
DOMAIN, USER, MFA = "OTC00000000001000000001", "vpn-reader", "0a8f768a3300d5762f8ec01a00000002"
PROJECT = "0605768a3300d5762f8ec01a00000001"
# Full of what gets escaped somewhere, but for those that the simulator hands out itself.
SECRETS = {
    "alibaba": 'Al1/baba+Secret"with\\all=of&it%2F',
    "sts_secret": "ExampleStsSecretNotReal001",
    "sts_token": "CAISExampleSecurityTokenValid0001",
    "oidc": "eyJhbGciOi/example+oidc=token.not-real",
    "password": 'Hua"wei\\Pass/wörd+%41<&>',
    "mfa_password": "Mfa'Pass/word+%42{x}",
    "passcode": "90817263544",
    "secret_key": "Hw/Secret+key=that&is%43known",
    "wrong": 'Wr0ng/"Secret\\+%44=of&nobody',
    "given_token": "MIIgiven/Token+that=nobody&knows%45",
}
CRASH = """
import requests.adapters

def _send(self, request, **more):
    raise RuntimeError("forced by the test")

requests.adapters.HTTPAdapter.send = _send
"""


def configuration() -> dict[str, Any]:
    """What the simulator has to know for these secrets."""
    domain_id = "d0000000000000000000000000000001"
    provider = "acs:ram::1234567890123456:oidc-provider/example-idp"
    return {
        "alibaba": {
            "access_keys": {"LTAI5tLeakTest": {"secret": SECRETS["alibaba"]}},
            "oidc": {"provider_arn": provider, "token": SECRETS["oidc"]},
        },
        "huawei": {
            "access_keys": {"HWLEAKTEST": {"secret": SECRETS["secret_key"], "domain_id": domain_id}},
            "users": {
                "leaktest": {"name": "leaktest", "password": SECRETS["password"], "domain_id": domain_id},
                MFA: {
                    "name": "vpn-mfa",
                    "password": SECRETS["mfa_password"],
                    "domain_id": domain_id,
                    "passcode": SECRETS["passcode"],
                },
            },
        },
    }


def inputs(home: Path, folder: Path, ca_file: Path) -> list[Path]:
    """Write the files that hold secrets on purpose, and return them."""
    key = {"access_key_id": "LTAI5tLeakTest", "access_key_secret": SECRETS["alibaba"]}
    person = {
        "username": "leaktest",
        "password": SECRETS["password"],
        "user_domain_name": DOMAIN,
        "project_name": "eu-de",
    }
    wrong = {**person, "password": SECRETS["wrong"]}
    clouds = {name: {"auth": auth, "profile": "otc", "region_name": "eu-de"} for name, auth in
              (("good", person), ("bad", wrong))}  # fmt: skip
    texts = {
        folder / "secrets.json": json.dumps({"secrets": SECRETS, "ca_file": str(ca_file)}),
        folder / "oidc": SECRETS["oidc"],
        folder / "crash" / "sitecustomize.py": CRASH,
        folder / "broken.yaml": f"clouds: {{bad: [password: {json.dumps(SECRETS['password'])}\n",
        folder / "broken.json": '{"profiles": [{"access_key_secret": ' + json.dumps(SECRETS["alibaba"]),
        home / ".aliyun" / "config.json": json.dumps(
            {"current": "prod", "profiles": [{"name": "prod", "mode": "AK", **key}]}
        ),
        home / ".config" / "openstack" / "clouds.yaml": json.dumps({"clouds": clouds}),
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)


def secret(name: str) -> str:
    return "{{ secrets." + name + " }}"


def tasks(folder: Path, cache: Path, empty: Path) -> dict[str, tuple[Task, bool]]:
    """Name -> task, and whether it is to work."""
    alibaba = {"vpn_connection_ids": [VCO], "region": "eu-central-1", "ca_path": "{{ ca_file }}", "limit": 1}
    huawei = {"vpn_connection_ids": [UUID], "region": "eu-de", "ca_path": "{{ ca_file }}", "limit": 1}
    key = {"access_key_id": "LTAI5tLeakTest", "access_key_secret": secret("alibaba")}
    sts = {"access_key_id": "STS.ExampleValidKeyId001", "access_key_secret": secret("sts_secret")}
    sts_token = {"security_token": secret("sts_token")}
    person = {"username": "leaktest", "password": secret("password"), "domain_name": DOMAIN}
    mfa = {"user_id": MFA, "password": secret("mfa_password"), "domain_name": DOMAIN}
    pair = {"access_key": "HWLEAKTEST", "secret_key": secret("secret_key"), "project_id": PROJECT}
    oidc = {
        "ALIBABA_CLOUD_ROLE_ARN": ROLE,
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1234567890123456:oidc-provider/example-idp",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(folder / "oidc"),
    }
    agency = {"agency_name": "vpn-agency", "agency_domain_name": "OTC00000000001000000002"}
    nobody = {"HOME": str(empty)}
    crash = {"PYTHONPATH": str(folder / "crash")}
    broken = {"OS_CLIENT_CONFIG_FILE": str(folder / "broken.yaml"), **nobody}
    return {
        "key": (module("alibaba", **alibaba, **key), True),
        "key, wrong": (module("alibaba", **alibaba, **{**key, "access_key_secret": secret("wrong")}), False),
        "key with token, v1": (module("alibaba", **alibaba, **sts, **sts_token, signature_version="v1"), True),
        "key with token, v1, wrong": (
            module(
                "alibaba",
                **alibaba,
                **{**sts, "access_key_secret": secret("wrong")},
                **sts_token,
                signature_version="v1",
            ),
            False,
        ),
        "key with a wrong token": (module("alibaba", **alibaba, **sts, security_token=secret("wrong")), False),
        "role": (module("alibaba", **alibaba, **key, assume_role={"role_arn": ROLE}), True),
        "role, refused": (module("alibaba", **alibaba, **key, assume_role={"role_arn": ROLE + "x"}), False),
        "OIDC": (module("alibaba", {**nobody, **oidc}, **alibaba), True),
        "OIDC, refused": (
            module("alibaba", {**nobody, **oidc, "ALIBABA_CLOUD_ROLE_ARN": ROLE + "x"}, **alibaba),
            False,
        ),
        "URI": (
            module("alibaba", nobody, **alibaba, credentials_uri="{{ lookup('env', 'OUTSIDE') }}/credentials-uri"),
            True,
        ),
        "profile": (module("alibaba", **alibaba), True),
        "broken profile": (module("alibaba", **alibaba, shared_credentials_file=str(folder / "broken.json")), False),
        "password": (module("huawei", **huawei, **person, token_cache=str(cache)), True),
        "password, wrong": (module("huawei", **huawei, **{**person, "password": secret("wrong")}), False),
        "passcode": (module("huawei", **huawei, **mfa, passcode=secret("passcode")), True),
        "passcode, wrong": (module("huawei", **huawei, **mfa, passcode="x" + secret("passcode")), False),
        "agency": (module("huawei", **{**huawei, "vpn_connection_ids": [OF_OTHERS]}, **person, **agency), True),
        "agency, refused": (module("huawei", **huawei, **person, **{**agency, "agency_name": "x"}), False),
        "key pair, wrong": (module("huawei", **huawei, **{**pair, "secret_key": secret("wrong")}), False),
        "key pair": (module("huawei", **huawei, **pair), True),
        "token, wrong": (module("huawei", **huawei, token=secret("given_token"), project_id=PROJECT), False),
        "cloud": (module("huawei", **huawei, cloud="good"), True),
        "cloud, wrong": (module("huawei", **huawei, cloud="bad"), False),
        "broken cloud": (module("huawei", broken, **huawei, cloud="bad"), False),
        "instance": (
            module(
                "huawei",
                {**nobody, "CLOUD_VPN_METADATA_URL": "{{ lookup('env', 'OUTSIDE') }}"},
                **huawei,
                project_id=PROJECT,
            ),
            True,
        ),
        "crash": (module("alibaba", crash, **alibaba, **key), False),
        "crash, the other cloud": (module("huawei", crash, **huawei, **person), False),
        "crash of a cached token": (module("huawei", crash, **huawei, **person, token_cache=str(cache)), False),
    }


def lookups() -> dict[str, tuple[Task, bool]]:
    alibaba = f"'{VCO}', region='eu-central-1', ca_path=ca_file, limit=0, access_key_id='LTAI5tLeakTest'"
    huawei = f"'{UUID}', region='eu-de', ca_path=ca_file, limit=0, username='leaktest', domain_name='{DOMAIN}'"
    calls = {
        "lookup, key": (f"{alibaba}, access_key_secret=secrets.alibaba", True),
        "lookup, key, wrong": (f"{alibaba}, access_key_secret=secrets.wrong", False),
        "lookup, password": (f"{huawei}, password=secrets.password", True),
        "lookup, password, wrong": (f"{huawei}, password=secrets.wrong", False),
    }
    return {
        name: (
            {"ansible.builtin.debug": {"msg": "{{ lookup('netops.cloud_vpn.vpn_connection_logs', " + call + ") }}"}},
            works,
        )
        for name, (call, works) in calls.items()
    }
