# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of sources: which key wins, and what is said when none does."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import Credentials
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import AuthError, OptionsError

from .credential_fixtures import ARN, Cloud, cli, ini

Resolve = t.Callable[..., Credentials]
AK = {"name": "default", "mode": "AK", "access_key_id": "cli-id", "access_key_secret": "cli-secret"}
INI = "[default]\ntype = access_key\naccess_key_id = ini-id  # mine\naccess_key_secret = ini%secret\n"
CURRENT = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "env-id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "env-secret"}
LEGACY = {"ALICLOUD_ACCESS_KEY": "old-id", "ALICLOUD_SECRET_KEY": "old-secret", "ALICLOUD_SECURITY_TOKEN": "old-token"}


def test_options_win(resolve: Resolve, tmp_path: pathlib.Path) -> None:
    cli(tmp_path, AK)
    key = resolve(CURRENT, access_key_id="id", access_key_secret="secret")
    assert (key.access_key_id, key.security_token, key.source) == ("id", None, "the options")


@pytest.mark.parametrize("given", ["access_key_id", "access_key_secret", "security_token"])
def test_halves_are_never_combined(resolve: Resolve, given: str) -> None:
    with pytest.raises(OptionsError, match=f"missing although {given} is given") as caught:
        resolve(CURRENT, **{given: "halfsecret"})
    assert "halfsecret" not in str(caught.value)
    with pytest.raises(
        OptionsError, match="ALIBABA_CLOUD_ACCESS_KEY_ID is set and ALIBABA_CLOUD_ACCESS_KEY_SECRET is not"
    ):
        resolve({"ALIBABA_CLOUD_ACCESS_KEY_ID": "x", "ALICLOUD_SECRET_KEY": "y"})


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({**CURRENT, **LEGACY}, ("env-id", "env-secret", None)),
        (LEGACY, ("old-id", "old-secret", "old-token")),
        ({"ALICLOUD_ACCESS_KEY_ID": "a", "ALICLOUD_SECRET_ACCESS_KEY": "b"}, ("a", "b", None)),
        ({"ALIBABACLOUD_ACCESS_KEY_ID": "a", "ALIBABACLOUD_ACCESS_KEY_SECRET": "b"}, ("a", "b", None)),
        ({"ALIYUN_ACCESS_KEY_ID": "a", "ALIYUN_ACCESS_KEY_SECRET": "b", "SECURITY_TOKEN": "no"}, ("a", "b", None)),
        ({"ACCESS_KEY_ID": "a", "ACCESS_KEY_SECRET": "b", "SECURITY_TOKEN": "c"}, ("a", "b", "c")),
        ({**CURRENT, "ALIBABA_CLOUD_SECURITY_TOKEN": "t"}, ("env-id", "env-secret", "t")),
    ],
)
def test_environment(resolve: Resolve, environ: dict[str, str], expected: tuple[str, str, str | None]) -> None:
    key = resolve(environ)
    assert (key.access_key_id, key.access_key_secret, key.security_token) == expected
    assert key.source.startswith("the environment (")


def test_the_order_of_the_rest(resolve: Resolve, cloud: Cloud, tmp_path: pathlib.Path) -> None:
    token = tmp_path / "token"
    token.write_text("oidc-token\n")
    oidc = {
        "ALIBABA_CLOUD_ROLE_ARN": ARN,
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/p",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(token),
    }
    uri = {"ALIBABA_CLOUD_CREDENTIALS_URI": cloud.server.url + "/uri"}
    everything = {**oidc, **uri, "ALIBABA_CLOUD_ECS_METADATA": "some-role"}
    config, file = cli(tmp_path, AK), ini(tmp_path, INI)
    assert resolve({**CURRENT, **everything}).access_key_id == "env-id"
    assert resolve(everything).source == f"OIDC role '{ARN}'"
    del everything["ALIBABA_CLOUD_OIDC_TOKEN_FILE"]
    assert resolve(everything).source == "CLI profile 'default'"
    config.unlink()
    key = resolve(everything)
    assert (key.access_key_id, key.access_key_secret) == ("ini-id", "ini%secret")
    file.unlink()
    assert resolve(everything).source == "ECS RAM role 'some-role'"
    assert resolve({**everything, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}).source.startswith(
        "credentials URI at localhost"
    )
    with pytest.raises(OptionsError) as caught:
        resolve({})
    order = [
        "options:",
        "environment:",
        "OIDC role:",
        "CLI profile:",
        "credentials file:",
        "ECS RAM role:",
        "credentials URI:",
    ]
    places = [str(caught.value).index(name) for name in order]
    assert places == sorted(places)


def test_no_address_is_asked_when_nothing_names_it(resolve: Resolve, cloud: Cloud) -> None:
    with pytest.raises(OptionsError, match="this machine is not an ECS instance"):
        resolve({})
    assert cloud.asked == []


def test_oidc_request(resolve: Resolve, cloud: Cloud, tmp_path: pathlib.Path) -> None:
    (tmp_path / "token").write_text("oidc-token")
    environ = {
        "ALIBABA_CLOUD_ROLE_ARN": ARN,
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/p",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(tmp_path / "token"),
        "ALIBABA_CLOUD_ROLE_SESSION_NAME": "session",
    }
    key = resolve(environ)
    assert (key.access_key_id, key.security_token, key.expires) == ("STS.id", "sts-token", 1671007944.0)
    query, headers, form = cloud.sts[0]
    assert (query["Action"], query["Version"]) == ("AssumeRoleWithOIDC", "2015-04-01")
    assert form == {
        "RoleArn": ARN,
        "RoleSessionName": "session",
        "OIDCProviderArn": "acs:ram::1:oidc-provider/p",
        "OIDCToken": "oidc-token",
    }
    assert "authorization" not in headers
    cloud.refusal = {"Code": "AuthenticationFail.OIDCToken.Expired", "Message": "token oidc-token expired"}
    with pytest.raises(AuthError) as caught:
        resolve(environ)
    assert "oidc-token" not in str(caught.value)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (AK, ("cli-id", None, "CLI profile 'default'")),
        ({**AK, "mode": "StsToken", "sts_token": "tok"}, ("cli-id", "tok", "CLI profile 'default'")),
        (
            {**AK, "mode": "RamRoleArn", "ram_role_arn": ARN},
            ("STS.id", "sts-token", f"role '{ARN}' through CLI profile 'default'"),
        ),
        ({"name": "default", "mode": "EcsRamRole", "ram_role_name": "r"}, ("STS.id", "sts-token", "ECS RAM role 'r'")),
        (
            {"name": "default", "mode": "ChainableRamRoleArn", "source_profile": "base", "ram_role_arn": ARN},
            ("STS.id", "sts-token", f"role '{ARN}' through CLI profile 'base'"),
        ),
        (
            {"name": "default", "mode": "CredentialsURI", "credentials_uri": "URI"},
            ("STS.id", "sts-token", "credentials URI at HOST"),
        ),
    ],
)
def test_cli_modes(
    resolve: Resolve, cloud: Cloud, tmp_path: pathlib.Path, profile: dict[str, t.Any], expected: tuple[str, str, str]
) -> None:
    host = cloud.server.url.split("//")[1]
    given = {name: f"{cloud.server.url}/uri" if value == "URI" else value for name, value in profile.items()}
    cli(tmp_path, {**AK, "name": "base"}, given)
    key = resolve({})
    assert (key.access_key_id, key.security_token, key.source) == (*expected[:2], expected[2].replace("HOST", host))


def test_which_profile(resolve: Resolve, tmp_path: pathlib.Path) -> None:
    path = cli(
        tmp_path,
        AK,
        {**AK, "name": "prod", "access_key_id": "prod-id"},
        {**AK, "name": "dev", "access_key_id": "dev-id"},
        current="dev",
    )
    assert resolve({}).access_key_id == "dev-id"
    assert resolve({"ALIBABA_CLOUD_PROFILE": "prod"}).access_key_id == "prod-id"
    assert resolve({"ALIBABA_CLOUD_PROFILE": "prod", **CURRENT}, profile="default").source == "CLI profile 'default'"
    assert resolve(CURRENT, shared_credentials_file=str(path)).access_key_id == "dev-id"
    with pytest.raises(OptionsError, match="ALIBABA_CLOUD_CLI_PROFILE_DISABLED"):
        resolve({"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true"})


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"name": "p", "mode": "AK", "access_key_id": "only-half"}, "has no access_key_secret"),
        ({"name": "p", "mode": "CloudSSO"}, "'CloudSSO', which is not supported"),
        (
            {"name": "p", "mode": "ChainableRamRoleArn", "source_profile": "p", "ram_role_arn": ARN},
            "its own source_profile",
        ),
        ({**AK, "name": "p", "mode": "RamRoleArn", "ram_role_arn": "nonsense"}, "not the ARN of a role"),
        ({"name": "other"}, "has no profile 'p'"),
    ],
)
def test_a_profile_that_was_chosen_must_work(
    resolve: Resolve, tmp_path: pathlib.Path, entry: dict[str, t.Any], words: str
) -> None:
    cli(tmp_path, entry)
    with pytest.raises(OptionsError, match=words) as caught:
        resolve(CURRENT, profile="p")
    assert str(caught.value).startswith("profile: CLI profile: ")
    assert "only-half" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"profiles": 1}', "\x00", "[" * 100000],
    ids=["empty", "cut", "list", "number", "zero", "deep"],
)
def test_a_broken_file_is_told_apart(resolve: Resolve, tmp_path: pathlib.Path, text: str) -> None:
    cli(tmp_path).write_text(text)
    with pytest.raises(OptionsError, match="CLI profile: .*config.json (is not JSON|has no profiles)"):
        resolve({})


def test_ini_types(resolve: Resolve, tmp_path: pathlib.Path) -> None:
    text = (
        f"{INI}[role]\ntype = ram_role_arn\naccess_key_id = a\naccess_key_secret = b\nrole_arn = {ARN}\n"
        "[ecs]\ntype = ecs_ram_role\nrole_name = r\n[off]\nenable = false\n"
    )
    path = ini(tmp_path, text)
    assert resolve({"ALIBABA_CLOUD_PROFILE": "role"}).source.startswith(f"role '{ARN}' through credentials file")
    assert resolve({}, shared_credentials_file=str(path), profile="ecs").source == "ECS RAM role 'r'"
    with pytest.raises(OptionsError, match="section 'off' is not enabled"):
        resolve({}, shared_credentials_file=str(path), profile="off")
