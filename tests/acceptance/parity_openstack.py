# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""clouds.yaml and OS_* variables for openstacksdk 4."""

from __future__ import annotations

import json
from typing import Any

from parity_row import Row

YAML = ".config/openstack/clouds.yaml"
SECURE = ".config/openstack/secure.yaml"
URL = "https://iam.eu-de.otc.t-systems.com/v3"
DOMAIN = "OTC00000000001000000001"
PERSON = {"username": "reader", "password": "pass-of-reader", "user_domain_name": DOMAIN}
FULL = {"auth_url": URL, **PERSON, "project_name": "eu-de", "project_domain_name": DOMAIN}
READER = {"user": "reader", "password": "pass-of-reader", "domain": DOMAIN, "project": "eu-de"}


def yaml(**clouds: Any) -> str:
    return json.dumps({"clouds": clouds})  # which YAML is, too


def cloud(**changes: Any) -> dict[str, Any]:
    """A cloud; what is changed to None is left out."""
    auth = {name: value for name, value in {**FULL, **changes.pop("auth", {})}.items() if value is not None}
    merged = {"auth": auth, "region_name": "eu-de", **changes}
    return {name: value for name, value in merged.items() if value is not None}


def user(name: str) -> dict[str, Any]:
    return cloud(auth={"username": name})


ENV = {"OS_" + name.upper(): value for name, value in FULL.items()}
MINE = {"cloud": "mine"}
BY_OPTION: dict[str, Any] = {"options": MINE}
ROWS = [
    Row("by option", READER, {}, {YAML: yaml(mine=cloud(), other=user("x"))}, **BY_OPTION),
    Row("by OS_CLOUD", READER, {"OS_CLOUD": "mine"}, {YAML: yaml(mine=cloud(), other=user("x"))}),
    Row("the only one", READER, {}, {YAML: yaml(mine=cloud())}),
    Row("one of two, none chosen", None, {}, {YAML: yaml(mine=cloud(), other=user("x"))}),
    Row("a name that is not there", None, {"OS_CLOUD": "no"}, {YAML: yaml(mine=cloud())}),
    Row(
        "the current folder first",
        {"user": "here"},
        {},
        {"clouds.yaml": yaml(mine=user("here")), YAML: yaml(mine=cloud())},
        **BY_OPTION,
    ),
    Row(
        "XDG_CONFIG_HOME",
        {"user": "xdg"},
        {"XDG_CONFIG_HOME": "{home}/xdg"},
        {"xdg/openstack/clouds.yaml": yaml(mine=user("xdg")), YAML: yaml(mine=cloud())},
        **BY_OPTION,
    ),
    Row(
        "OS_CLIENT_CONFIG_FILE",
        {"user": "named"},
        {"OS_CLIENT_CONFIG_FILE": "{home}/my.yaml"},
        {"my.yaml": yaml(mine=user("named")), "clouds.yaml": yaml(mine=cloud())},
        **BY_OPTION,
    ),
    Row(
        "OS_CLIENT_CONFIG_FILE that is not there",
        {"user": "reader"},
        {"OS_CLIENT_CONFIG_FILE": "{home}/no.yaml"},
        {YAML: yaml(mine=cloud())},
        **BY_OPTION,
    ),
    Row("clouds.yml", {"user": "yml"}, {}, {".config/openstack/clouds.yml": yaml(mine=user("yml"))}, **BY_OPTION),
    Row("clouds.json", {"user": "json"}, {}, {".config/openstack/clouds.json": yaml(mine=user("json"))}, **BY_OPTION),
    Row(
        "yaml before json",
        READER,
        {},
        {".config/openstack/clouds.json": yaml(mine=user("json")), YAML: yaml(mine=cloud())},
        **BY_OPTION,
    ),
    Row(
        "password in secure.yaml",
        {**READER, "password": "kept-apart"},
        {},
        {YAML: yaml(mine=cloud(auth={"password": None})), SECURE: yaml(mine={"auth": {"password": "kept-apart"}})},
        **BY_OPTION,
    ),
    Row(
        "secure.yaml wins",
        {**READER, "password": "kept-apart"},
        {},
        {YAML: yaml(mine=cloud()), SECURE: yaml(mine={"auth": {"password": "kept-apart"}})},
        **BY_OPTION,
    ),
    Row(
        "secure.yaml in another folder",
        {**READER, "password": "kept-apart"},
        {},
        {YAML: yaml(mine=cloud()), "secure.yaml": yaml(mine={"auth": {"password": "kept-apart"}})},
        **BY_OPTION,
    ),
    Row(
        "OS_CLIENT_SECURE_FILE",
        {**READER, "password": "kept-apart"},
        {"OS_CLIENT_SECURE_FILE": "{home}/s.yaml"},
        {YAML: yaml(mine=cloud()), "s.yaml": yaml(mine={"auth": {"password": "kept-apart"}})},
        **BY_OPTION,
    ),
    Row(
        "profile otc",
        {**READER, "auth_url": "iam.eu-nl.otc.t-systems.com", "region": "eu-nl"},
        {},
        {YAML: yaml(mine=cloud(auth={"auth_url": None}, profile="otc", region_name="eu-nl"))},
        **BY_OPTION,
    ),
    Row(
        "profile otc without a region takes its first",
        {**READER, "auth_url": "iam.eu-de.otc.t-systems.com", "region": "eu-de"},
        {},
        {YAML: yaml(mine=cloud(auth={"auth_url": None}, profile="otc", region_name=None))},
        **BY_OPTION,
    ),
    Row(
        "profile otc-swiss, a URL without a scheme",
        {"auth_url": "iam-pub.eu-ch2.sc.otc.t-systems.com", "region": "eu-ch2"},
        {},
        {YAML: yaml(mine=cloud(auth={"auth_url": None}, profile="otc-swiss", region_name="eu-ch2"))},
        **BY_OPTION,
    ),
    Row(
        "the cloud's own auth_url before its profile's",
        {"auth_url": "iam.eu-de.otc.t-systems.com:443"},
        {},
        {YAML: yaml(mine=cloud(auth={"auth_url": "https://iam.eu-de.otc.t-systems.com:443/v3"}, profile="otc"))},
        **BY_OPTION,
    ),
    Row(
        "a profile of clouds-public.yaml",
        {"auth_url": "iam.example.com"},
        {},
        {
            YAML: yaml(mine=cloud(auth={"auth_url": None}, profile="private")),
            ".config/openstack/clouds-public.yaml": json.dumps(
                {"public-clouds": {"private": {"auth": {"auth_url": "https://iam.example.com/v3"}}}}
            ),
        },
        **BY_OPTION,
    ),
    Row(
        "IDs",
        {"user": "u1", "domain": "d1", "project": "p1"},
        {},
        {
            YAML: yaml(
                mine={
                    "auth": {
                        "auth_url": URL,
                        "user_id": "u1",
                        "password": "p",
                        "user_domain_id": "d1",
                        "project_id": "p1",
                        "project_domain_id": "d1",
                    },
                    "region_name": "eu-de",
                }
            )
        },
        **BY_OPTION,
    ),
    Row(
        "another domain of the project",
        {**READER, "project_domain": "OTC2"},
        {},
        {YAML: yaml(mine=cloud(auth={"project_domain_name": "OTC2"}))},
        **BY_OPTION,
    ),
    Row(
        "no domain of the project",
        {**READER, "project_domain": DOMAIN},
        {},
        {YAML: yaml(mine=cloud(auth={"project_domain_name": None}))},
        **BY_OPTION,
        theirs={"project_domain": None},
        why="the domain of the user stands in: Keystone refuses a project's name without one",
    ),
    Row(
        "tenant_name",
        READER,
        {},
        {YAML: yaml(mine=cloud(auth={"project_name": None, "tenant_name": "eu-de"}))},
        **BY_OPTION,
    ),
    Row(
        "a token",
        {"token": "a-token", "project": "p1"},
        {},
        {
            YAML: yaml(
                mine={
                    "auth_type": "token",
                    "auth": {"auth_url": URL, "token": "a-token", "project_id": "p1"},
                    "region_name": "eu-de",
                }
            )
        },
        **BY_OPTION,
    ),
    Row("variables", READER, {**ENV, "OS_REGION_NAME": "eu-de"}),
    Row("variables before the only cloud", READER, {**ENV, "OS_REGION_NAME": "eu-de"}, {YAML: yaml(mine=user("file"))}),
    Row(
        "variables with tenant",
        READER,
        {
            **{k: v for k, v in ENV.items() if k != "OS_PROJECT_NAME"},
            "OS_TENANT_NAME": "eu-de",
            "OS_REGION_NAME": "eu-de",
        },
    ),
    Row(
        "OS_CLOUD before variables",
        {"user": "file"},
        {**ENV, "OS_CLOUD": "mine", "OS_USERNAME": "reader"},
        {YAML: yaml(mine=user("file"))},
    ),
    Row(
        "some other OpenStack that nobody named",
        None,
        {},
        {YAML: yaml(mine=cloud(auth={"auth_url": "https://keystone.example.com/v3"}))},
        theirs={"user": "reader"},
        why="the password of another cloud must not be shown to this one just because it is there",
    ),
    Row(
        "some other OpenStack that was named",
        {"user": "reader", "auth_url": "keystone.example.com"},
        {},
        {YAML: yaml(mine=cloud(auth={"auth_url": "https://keystone.example.com/v3"}))},
        **BY_OPTION,
    ),
    Row(
        "OS_CLOUD and OS_REGION_NAME",
        {**READER, "region": "eu-nl"},
        {"OS_CLOUD": "mine", "OS_REGION_NAME": "eu-nl"},
        {YAML: yaml(mine=cloud())},
        theirs={"region": "eu-de"},
        why="the openstack command takes the region from there, the library does not",
    ),
    Row(
        "variables with IDs",
        {"user": "u1", "domain": "d1", "project": "p1"},
        {
            "OS_AUTH_URL": URL,
            "OS_USER_ID": "u1",
            "OS_PASSWORD": "p",
            "OS_USER_DOMAIN_ID": "d1",
            "OS_PROJECT_ID": "p1",
            "OS_PROJECT_DOMAIN_ID": "d1",
            "OS_REGION_NAME": "eu-de",
        },
    ),
]
