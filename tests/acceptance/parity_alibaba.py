# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and environments for alibabacloud_credentials 1.0."""

from __future__ import annotations

import json
from typing import Any

from parity_row import Row, pair

CONFIG, INI = ".aliyun/config.json", ".alibabacloud/credentials.ini"
READER = "acs:ram::1234567890123456:role/reader"
IDP = "acs:ram::1234567890123456:oidc-provider/idp"


def env(name: str, stem: str = "ALIBABA_CLOUD_ACCESS_KEY", token: bool = False) -> dict[str, str]:
    values = {f"{stem}_ID": name, f"{stem}_SECRET": f"secret-of-{name}"}
    if token:
        values[stem.replace("ACCESS_KEY", "SECURITY_TOKEN")] = f"token-of-{name}"
    return values


def ak(name: str) -> dict[str, str]:
    return {"access_key_id": name, "access_key_secret": f"secret-of-{name}"}


def config(*profiles: dict[str, Any], current: str | None = "one") -> dict[str, str]:
    top = {} if current is None else {"current": current}
    return {CONFIG: json.dumps({**top, "profiles": list(profiles), "meta_path": ""})}


def one(mode: str, name: str = "one", **values: Any) -> dict[str, Any]:
    return {"name": name, "mode": mode, "region_id": "eu-central-1", "output_format": "json", **values}


def section(name: str, **values: str) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())


OIDC = {
    "ALIBABA_CLOUD_ROLE_ARN": READER,
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": IDP,
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "{home}/token",
}
TOKEN = {"token": "jwt"}
ROLE = {"ram_role_arn": READER, "ram_session_name": "from-profile", "expired_seconds": 1800}
CLI_AK = config(one("AK", **ak("in-cli")))
INI_AK = {INI: section("default", type="access_key", **ak("in-ini"), enable="true")}
TWO = config(one("AK", **ak("first")), one("AK", "two", **ak("second")))

ROWS = [
    Row("environment", pair("in-env"), env("in-env")),
    Row("environment with token", pair("in-env", True), env("in-env", token=True)),
    Row("environment before everything", pair("in-env"), {**env("in-env"), **OIDC}, {**TOKEN, **CLI_AK, **INI_AK}),
    Row("half an environment is none", pair("in-cli"), {"ALIBABA_CLOUD_ACCESS_KEY_ID": "half"}, CLI_AK),
    Row("empty variables are none", pair("in-cli"), dict.fromkeys(env("x", token=True), ""), CLI_AK),
    Row(
        "names of Terraform",
        pair("legacy"),
        {"ALICLOUD_ACCESS_KEY": "legacy", "ALICLOUD_SECRET_KEY": "secret-of-legacy"},
        CLI_AK,
        theirs=pair("in-cli"),
        why="the Ansible modules and Terraform read ALICLOUD_*; the library knows only its own names",
    ),
    Row(
        "current names before those of Terraform",
        pair("in-env"),
        {**env("in-env"), "ALICLOUD_ACCESS_KEY": "legacy", "ALICLOUD_SECRET_KEY": "secret-of-legacy"},
    ),
    Row("OIDC role", pair("sts.reader.by.jwt", True), OIDC, TOKEN),
    Row(
        "OIDC role with a session name",
        pair("sts.reader.by.jwt.as.mine", True),
        {**OIDC, "ALIBABA_CLOUD_ROLE_SESSION_NAME": "mine"},
        TOKEN,
    ),
    Row(
        "OIDC role, a line break after the token",
        pair("sts.reader.by.jwt", True),
        OIDC,
        {"token": "jwt\n"},
        theirs=pair("sts.reader.by.jwt\n", True),
        why="no token has white space at its end, but editors put it there",
    ),
    Row("OIDC role before CLI", pair("sts.reader.by.jwt", True), OIDC, {**TOKEN, **CLI_AK}),
    Row("OIDC role without its file", pair("in-cli"), OIDC, CLI_AK),
    Row(
        "two of three for OIDC",
        pair("in-cli"),
        {name: OIDC[name] for name in list(OIDC)[:2]},
        {**TOKEN, **CLI_AK},
    ),
    Row("CLI, mode AK", pair("in-cli"), {}, CLI_AK),
    Row("CLI before ini file", pair("in-cli"), {}, {**CLI_AK, **INI_AK}),
    Row("CLI, current is the second", pair("second"), {}, {CONFIG: TWO[CONFIG].replace('"one"', '"two"', 1)}),
    Row("CLI, profile by variable", pair("second"), {"ALIBABA_CLOUD_PROFILE": "two"}, TWO),
    Row(
        "CLI, a profile that is not there", pair("in-ini"), {}, {**config(one("AK", **ak("x")), current="no"), **INI_AK}
    ),
    Row(
        "CLI, no current",
        pair("in-cli"),
        {},
        {**config(one("AK", "default", **ak("in-cli")), current=None), **INI_AK},
        theirs=pair("in-ini"),
        why="the CLI itself takes the profile 'default' then",
    ),
    Row("CLI disabled", pair("in-ini"), {"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true"}, {**CLI_AK, **INI_AK}),
    Row("CLI file is broken", pair("in-ini"), {}, {CONFIG: "{", **INI_AK}),
    Row("CLI, mode StsToken", pair("tmp", True), {}, config(one("StsToken", **ak("tmp"), sts_token="token-of-tmp"))),
    Row(
        "CLI, a token beside mode AK is not sent",
        pair("in-cli"),
        {},
        config(one("AK", **ak("in-cli"), sts_token="stale")),
    ),
    Row(
        "CLI, mode RamRoleArn",
        pair("sts.reader.by.base.as.from-profile.for.1800", True),
        {},
        config(one("RamRoleArn", **ak("base"), **ROLE)),
    ),
    Row(
        "CLI, mode RamRoleArn with external id",
        pair("sts.reader.by.base.as.from-profile.for.1800.externally.x1", True),
        {},
        config(one("RamRoleArn", **ak("base"), **ROLE, external_id="x1")),
    ),
    Row(
        "CLI, mode ChainableRamRoleArn",
        pair("sts.reader.by.first.as.from-profile.for.1800", True),
        {},
        config(one("ChainableRamRoleArn", **ROLE, source_profile="base"), one("AK", "base", **ak("first"))),
    ),
    Row(
        "CLI, a chain of two roles",
        pair("sts.reader.by.sts.other.by.first", True),
        {},
        config(
            one("ChainableRamRoleArn", ram_role_arn=READER, source_profile="middle"),
            one("ChainableRamRoleArn", "middle", ram_role_arn=READER[:-6] + "other", source_profile="base"),
            one("AK", "base", **ak("first")),
        ),
    ),
    Row(
        "CLI, mode OIDC",
        pair("sts.reader.by.jwt", True),
        {},
        {**TOKEN, **config(one("OIDC", ram_role_arn=READER, oidc_provider_arn=IDP, oidc_token_file="{home}/token"))},
    ),
    Row(
        "CLI, mode EcsRamRole",
        pair("ecs.named.v2", True),
        {},
        config(one("EcsRamRole", ram_role_name="named")),
    ),
    Row(
        "CLI, mode in small letters",
        pair("in-cli"),
        {},
        {**config(one("ak", **ak("in-cli"))), **INI_AK},
        theirs=pair("in-ini"),
        why="the CLI itself reads modes in any case",
    ),
    Row(
        "CLI, mode CredentialsURI",
        pair("uri.profile", True),
        {},
        {**config(one("CredentialsURI", credentials_uri="{outside}/credentials-uri?for=profile")), **INI_AK},
        theirs=pair("in-ini"),
        why="a mode of the CLI that the library lacks",
    ),
    Row("ini file", pair("in-ini"), {}, INI_AK),
    Row(
        "ini file, section by variable",
        pair("other"),
        {"ALIBABA_CLOUD_PROFILE": "team"},
        {INI: INI_AK[INI] + section("team", type="access_key", **ak("other"))},
    ),
    Row(
        "ini file elsewhere",
        pair("else"),
        {"ALIBABA_CLOUD_CREDENTIALS_FILE": "{home}/keys"},
        {"keys": section("default", type="access_key", **ak("else")), **INI_AK},
    ),
    Row(
        "ini file with comments",
        pair("in-ini"),
        {},
        {INI: "# ours\n" + section("default", type="access_key # kind", **ak("in-ini"))},
    ),
    Row(
        "ini file, ram_role_arn",
        pair("sts.reader.by.base.as.mine", True),
        {},
        {INI: section("default", type="ram_role_arn", **ak("base"), role_arn=READER, role_session_name="mine")},
    ),
    Row(
        "ini file, oidc_role_arn",
        pair("sts.reader.by.jwt.as.mine", True),
        {},
        {
            **TOKEN,
            INI: section(
                "default",
                type="oidc_role_arn",
                role_arn=READER,
                oidc_provider_arn=IDP,
                oidc_token_file_path="{home}/token",
                role_session_name="mine",
            ),
        },
    ),
    Row(
        "ini file, ecs_ram_role",
        pair("ecs.named.v2", True),
        {},
        {INI: section("default", type="ecs_ram_role", role_name="named")},
    ),
    Row(
        "ini file, rsa_key_pair",
        None,
        {"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"},
        {INI: section("default", type="rsa_key_pair", public_key_id="x", private_key_file="{home}/no")},
    ),
    Row(
        "ini file, a percent sign in a secret",
        {"key": "in-ini", "secret": "100%secret"},
        {},
        {INI: section("default", type="access_key", access_key_id="in-ini", access_key_secret="100%secret")},
        theirs=pair("ecs.of-instance.v2", True),
        why="the library's parser takes it for a reference and gives up on the file",
    ),
    Row(
        "ini file, a number sign in a secret",
        {"key": "in-ini", "secret": "one#two"},
        {},
        {INI: section("default", type="access_key", access_key_id="in-ini", access_key_secret="one#two")},
        theirs={"key": "in-ini", "secret": "one"},
        why="the library cuts the secret there; a comment needs a space before it",
    ),
    Row("ECS role by variable", pair("ecs.mine.v2", True), {"ALIBABA_CLOUD_ECS_METADATA": "mine"}),
    Row("ECS role of the instance", pair("ecs.of-instance.v2", True), on_ecs=True),
    Row(
        "not an ECS instance",
        None,
        theirs=pair("ecs.of-instance.v2", True),
        why="elsewhere nobody answers at that address, and a wait for nothing is no service",
    ),
    Row(
        "credentials URI after metadata",
        pair("uri.plain", True),
        {"ALIBABA_CLOUD_CREDENTIALS_URI": "{outside}/credentials-uri", "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"},
        on_ecs=True,
    ),
    Row(
        "metadata before credentials URI",
        pair("ecs.of-instance.v2", True),
        {"ALIBABA_CLOUD_CREDENTIALS_URI": "{outside}/credentials-uri"},
        on_ecs=True,
    ),
    Row("nothing at all", None, {"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}),
]
