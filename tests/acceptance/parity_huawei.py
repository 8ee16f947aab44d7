# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and environments for the provider chain of huaweicloudsdkcore 3.1 (basic credentials)."""

from __future__ import annotations

import json
from typing import Any

from parity_row import Row, pair

FILE, KOOCLI = ".huaweicloud/credentials", ".hcloud/config.json"
PROJECT = "0605768a3300d5762f8ec01a00000001"
OTHER = "0605768a3300d5762f8ec01a00000002"


def env(name: str, token: bool = False) -> dict[str, str]:
    values = {"HUAWEICLOUD_SDK_AK": name, "HUAWEICLOUD_SDK_SK": f"secret-of-{name}"}
    return {**values, **({"HUAWEICLOUD_SDK_SECURITY_TOKEN": f"token-of-{name}"} if token else {})}


def file(name: str, section: str = "basic", **values: str) -> str:
    lines = {"ak": name, "sk": f"secret-of-{name}", **values}
    return f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items())


def koocli(name: str, **values: Any) -> dict[str, str]:
    profile = {"name": "one", "mode": "AKSK", "accessKeyId": name, "secretAccessKey": f"secret-of-{name}", **values}
    return {KOOCLI: json.dumps({"current": "one", "profiles": [profile]})}


IN_FILE = {FILE: file("in-file", project_id=PROJECT)}
ROWS = [
    Row("environment", pair("in-env"), env("in-env")),
    Row("environment with token", pair("in-env", True), env("in-env", token=True)),
    Row(
        "environment with project and IAM",
        {**pair("in-env"), "project_id": PROJECT, "auth_url": "iam.example.com"},
        {
            **env("in-env"),
            "HUAWEICLOUD_SDK_PROJECT_ID": PROJECT,
            "HUAWEICLOUD_SDK_IAM_ENDPOINT": "https://iam.example.com",
        },
    ),
    Row("environment before file", pair("in-env"), env("in-env"), {FILE: file("in-file")}),
    Row(
        "half an environment is none", {**pair("in-file"), "project_id": PROJECT}, {"HUAWEICLOUD_SDK_AK": "x"}, IN_FILE
    ),
    Row("empty variables are none", pair("in-file"), dict.fromkeys(env("x", True), ""), IN_FILE),
    Row("file", {**pair("in-file"), "project_id": PROJECT}, {}, IN_FILE),
    Row(
        "file with token and IAM",
        {**pair("tmp", True), "auth_url": "iam.example.com"},
        {},
        {FILE: file("tmp", security_token="token-of-tmp", iam_endpoint="https://iam.example.com/v3")},
    ),
    Row(
        "file elsewhere",
        pair("else"),
        {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": "{home}/keys"},
        {"keys": file("else"), **IN_FILE},
    ),
    Row("file with both sections", pair("basic"), {}, {FILE: file("global", "global", domain_id="d") + file("basic")}),
    Row("file without [basic]", None, {}, {FILE: file("global", "global", domain_id="d")}),
    Row("file with half a key", None, {}, {FILE: "[basic]\nak = half\n"}),
    Row(
        "file with a percent sign in a secret",
        {"key": "in-file", "secret": "100%secret"},
        {},
        {FILE: "[basic]\nak = in-file\nsk = 100%secret\n"},
        theirs=None,
        why="the SDK's parser takes it for a reference and gives up on the file",
    ),
    Row("file before metadata", pair("in-file"), {}, IN_FILE, on_ecs=True),
    Row("agency of the instance", pair("agency.v2", True), on_ecs=True),
    Row("nothing at all", None),
    Row(
        "project of the environment, key of the file",
        {**pair("in-file"), "project_id": PROJECT},
        {"HUAWEICLOUD_SDK_PROJECT_ID": OTHER},
        IN_FILE,
    ),
    Row(
        "names of Terraform",
        pair("terraform"),
        {"HW_ACCESS_KEY": "terraform", "HW_SECRET_KEY": "secret-of-terraform", **env("in-env")},
        theirs=pair("in-env"),
        why="HW_* are Terraform's names, which the SDK does not know; they come first in the documented order",
    ),
    Row(
        "half of Terraform's names",
        pair("in-env"),
        {"HW_ACCESS_KEY": "terraform", **env("in-env")},
    ),
    Row(
        "OS_* names",
        pair("openstack"),
        {"OS_ACCESS_KEY": "openstack", "OS_SECRET_KEY": "secret-of-openstack"},
        theirs=None,
        why="names of Terraform and of otcextensions, which the SDK does not know",
    ),
    Row("names of the SDK before OS_*", pair("in-env"), {**env("in-env"), "OS_ACCESS_KEY": "x", "OS_SECRET_KEY": "y"}),
    Row(
        "KooCLI",
        {**pair("koocli"), "project_id": PROJECT},
        {},
        koocli("koocli", projectId=PROJECT, region="eu-west-101"),
        theirs=None,
        why="the SDK does not read KooCLI's file, Terraform does",
    ),
    Row("file before KooCLI", pair("in-file"), {}, {**koocli("koocli"), **IN_FILE}),
]
