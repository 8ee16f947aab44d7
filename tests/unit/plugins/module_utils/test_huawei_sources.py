# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a sign-in for Huawei Cloud is looked for, in which order, and what is said when there is none."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei import clouds
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.chain import sources_for
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import SignIn, resolve

needs_yaml = pytest.mark.skipif(clouds.yaml is None, reason="PyYAML is not installed")

HW_KEY = {"HW_ACCESS_KEY": "hw-ak", "HW_SECRET_KEY": "hw-sk"}
SDK_KEY = {"HUAWEICLOUD_SDK_AK": "sdk-ak", "HUAWEICLOUD_SDK_SK": "sdk-sk", "HUAWEICLOUD_SDK_PROJECT_ID": "sdk-project"}
OS_USER = {"OS_USERNAME": "os-user", "OS_PASSWORD": "os-password", "OS_USER_DOMAIN_NAME": "os-domain"}
HWC_USER = {"ANSIBLE_HWC_USER": "hwc-user", "ANSIBLE_HWC_PASSWORD": "hwc-password", "ANSIBLE_HWC_DOMAIN": "hwc-domain"}
CLOUDS = {
    "clouds": {
        "otc": {
            "profile": "otc",
            "region_name": "eu-nl",
            "auth": {"username": "cloud-user", "project_name": "eu-nl_x", "user_domain_name": "OTC0001"},
        },
        "keys": {"ak": "cloud-ak", "sk": "cloud-sk", "auth": {"auth_url": "https://iam.eu-de.otc.t-systems.com/v3"}},
        "swiss": {
            "profile": "otc-swiss",
            "auth": {"username": "u", "password": "p", "user_domain_name": "1234", "project_domain_name": "5678"},
        },
        "oidc": {"auth_type": "v3oidcpassword", "auth": {"auth_url": "https://iam.example.com"}},
        "odd": {"profile": "rackspace", "auth": {"username": "u", "password": "p", "user_domain_name": "d"}},
    }
}
SECURE = {"clouds": {"otc": {"auth": {"password": "secure-password"}}}}


class Home:
    """A home directory with nothing in it yet, and an environment that knows nothing else."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environ = {"HOME": str(path), "CLOUD_VPN_METADATA_URL": "off"}

    def write(self, name: str, content: t.Any) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # JSON is YAML too.
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def resolve(self, **options: str) -> SignIn:
        return resolve(sources_for(options, self.environ), Deadline(5))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    return Home(tmp_path)


@pytest.mark.parametrize(
    ("environ", "key", "source"),
    [
        ({**HW_KEY, **SDK_KEY, **OS_USER}, "hw-ak", "the environment (HW_ACCESS_KEY)"),
        ({**SDK_KEY, **OS_USER}, "sdk-ak", "the environment (HUAWEICLOUD_SDK_AK)"),
        ({**OS_USER, **HWC_USER}, "os-user", "the environment (OS_USERNAME)"),
        (HWC_USER, "hwc-user", "the environment (ANSIBLE_HWC_USER)"),
        ({"OS_ACCESS_KEY": "os-ak", "OS_SECRET_KEY": "os-sk", **OS_USER}, "os-ak", "the environment (OS_ACCESS_KEY)"),
        (
            {"S3_ACCESS_KEY_ID": "x", "S3_SECRET_ACCESS_KEY": "x", **SDK_KEY},
            "sdk-ak",
            "the environment (HUAWEICLOUD_SDK_AK)",
        ),
        ({**HW_KEY, "HW_AUTH_TOKEN": "hw-token", "HW_PROJECT_ID": "p"}, "hw-token", "the environment (HW_AUTH_TOKEN)"),
        ({**HW_KEY, "HW_AUTH_TOKEN": "hw-token"}, "hw-ak", "the environment (HW_ACCESS_KEY)"),
        ({"HW_ACCESS_KEY": "half", **SDK_KEY}, "sdk-ak", "the environment (HUAWEICLOUD_SDK_AK)"),
        (
            {"HW_ACCESS_KEY": "half", "OS_SECRET_KEY": "half", **HWC_USER},
            "hwc-user",
            "the environment (ANSIBLE_HWC_USER)",
        ),
    ],
)
def test_environment(home: Home, environ: dict[str, str], key: str, source: str) -> None:
    home.environ.update(environ)
    found = home.resolve()
    assert key in (found.token, found.access_key, found.username)
    assert found.source == source
    for value in found.secrets():
        assert value not in repr(found) + found.described


def test_options_win(home: Home) -> None:
    home.environ.update({**HW_KEY, "HW_PROJECT_NAME": "eu-de_env", "HW_DOMAIN_NAME": "env-domain"})
    found = home.resolve(access_key="own-ak", secret_key="own-sk")
    assert (found.access_key, found.secret_key, found.source) == ("own-ak", "own-sk", "the options")
    assert found.project_name == "eu-de_env"
    found = home.resolve(username="own", password="own-pw", project_id="own-project")
    assert (found.domain_name, found.project_id, found.project_name) == ("env-domain", "own-project", None)


def test_an_id_of_the_environment_does_not_override_a_name_of_the_options(home: Home) -> None:
    home.environ.update({**HW_KEY, "HW_PROJECT_ID": "env-project"})
    found = home.resolve(project_name="eu-de_own")
    assert (found.access_key, found.project_name, found.project_id) == ("hw-ak", "eu-de_own", None)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"access_key": "a"}, "lacks secret_key"),
        ({"secret_key": "a"}, "lacks access_key"),
        ({"security_token": "a"}, "lacks access_key and secret_key"),
        ({"username": "a"}, "lacks password and domain_name or domain_id"),
        ({"password": "a", "domain_name": "d"}, "lacks username or user_id"),
        ({"user_id": "a", "password": "b"}, "lacks domain_name or domain_id"),
        ({"username": "a", "password": "b", "domain_id": "d", "passcode": "1"}, "lacks user_id"),
        ({"token": "a"}, "lacks project_id"),
    ],
)
def test_half_of_a_sign_in_in_options(home: Home, options: dict[str, str], words: str) -> None:
    home.environ.update({"HW_SECRET_KEY": "x", "HW_ACCESS_KEY": "x", "HW_USER_PASSWORD": "x", "HW_USER_NAME": "x"})
    with pytest.raises(OptionsError, match=words):
        home.resolve(**options)


def test_nothing_at_all(home: Home) -> None:
    home.environ.update({"HW_USER_NAME": "x", "OS_ACCESS_KEY": "secret-looking"})
    home.write(".hcloud/config.json", {"current": "c", "profiles": [{"name": "c", "mode": "AKSK", "accessKeyId": "a"}]})
    with pytest.raises(OptionsError) as caught:
        home.resolve()
    text = str(caught.value)
    for words in (
        "options: none of token",
        "environment (HW_*): a sign-in by password was begun and lacks password",
        "environment (OS_*): a sign-in by access key was begun and lacks secret_key",
        "clouds.yaml: there is no such file",
        ".huaweicloud/credentials': there is no such file",
        "KooCLI profile 'c': a sign-in by access key was begun and lacks secret_key",
        "ECS metadata service: CLOUD_VPN_METADATA_URL says off",
    ):
        assert words in text
    assert "secret-looking" not in text


@needs_yaml
def test_named_cloud(home: Home) -> None:
    home.environ.update({**HW_KEY, "OS_PROJECT_ID": "env-project", "HW_REGION_NAME": "cn-north-4"})
    home.write(".config/openstack/clouds.yaml", CLOUDS)
    home.write(".config/openstack/secure.yaml", SECURE)
    found = home.resolve(cloud="otc")
    assert (found.username, found.password, found.domain_name) == ("cloud-user", "secure-password", "OTC0001")
    assert (found.project_name, found.project_id, found.region) == ("eu-nl_x", None, "eu-nl")
    assert found.auth_url == "https://iam.eu-nl.otc.t-systems.com/v3"
    assert found.source.startswith("cloud 'otc' of '") and found.source.endswith("clouds.yaml'")
    keys = home.resolve(cloud="keys")
    assert (keys.access_key, keys.secret_key, keys.kind) == ("cloud-ak", "cloud-sk", "access key")
    swiss = home.resolve(cloud="swiss")
    assert (swiss.region, swiss.auth_url) == ("eu-ch2", "iam-pub.eu-ch2.sc.otc.t-systems.com/v3")
    assert (swiss.domain_name, swiss.project_domain_name) == ("1234", "5678")


@needs_yaml
def test_named_cloud_completed_by_options(home: Home) -> None:
    home.write("cwd/clouds.yaml", CLOUDS)
    found = home.resolve(cloud="otc", password="own-password", region="eu-de", auth_url="https://iam.example.com")
    assert (found.username, found.password) == ("cloud-user", "own-password")
    assert (found.region, found.auth_url) == ("eu-de", "https://iam.example.com")


@needs_yaml
@pytest.mark.parametrize(
    ("cloud", "words"),
    [
        ("other", "cloud: there is no cloud 'other' in .*it has keys, odd, oidc, otc, swiss"),
        ("otc", "cannot be used: .*lacks password"),
        ("oidc", "auth_type 'v3oidcpassword' is not supported"),
        ("odd", "profile 'rackspace' is not known"),
    ],
)
def test_named_cloud_that_does_not_do(home: Home, cloud: str, words: str) -> None:
    home.environ.update(HW_KEY)
    home.write(".config/openstack/clouds.yaml", CLOUDS)
    with pytest.raises(OptionsError, match=words):
        home.resolve(cloud=cloud)


@needs_yaml
def test_os_cloud_stands_for_the_os_variables(home: Home) -> None:
    path = home.write("elsewhere.yaml", CLOUDS)
    home.environ.update(
        {**OS_USER, "OS_CLOUD": "keys", "OS_CLIENT_CONFIG_FILE": str(path), "OS_AUTH_URL": "https://x.example.com"}
    )
    assert home.resolve(auth_url="https://x.example.com").auth_url == "https://iam.eu-de.otc.t-systems.com/v3"
    assert home.resolve().access_key == "cloud-ak"
    home.environ.update(HW_KEY)
    assert home.resolve().access_key == "hw-ak"


@needs_yaml
@pytest.mark.parametrize(
    ("url", "used"),
    [("https://iam.eu-de.otc.t-systems.com/v3", True), ("https://keystone.example.com/v3", False), (None, False)],
)
def test_the_only_cloud(home: Home, url: str | None, used: bool) -> None:
    """It serves unnamed, unless it is some other OpenStack, whose password is none of our business."""
    auth = {"username": "u", "password": "p", "user_domain_name": "d", **({"auth_url": url} if url else {})}
    home.write(".config/openstack/clouds.yaml", {"clouds": {"mine": {"auth": auth}}})
    if used:
        assert home.resolve().username == "u"
        return
    with pytest.raises(OptionsError, match="its auth_url is not of Huawei Cloud"):
        home.resolve()


@needs_yaml
def test_broken_files_are_passed_over_without_a_word_of_their_text(home: Home) -> None:
    home.write("cwd/clouds.yaml", "clouds: {x: [unclosed password-in-file")
    with pytest.raises(OptionsError) as caught:
        home.resolve()
    assert "password-in-file" not in str(caught.value)
    home.write(".config/openstack/clouds.yml", CLOUDS)
    assert home.resolve(cloud="keys").access_key == "cloud-ak"


def test_without_pyyaml(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clouds, "yaml", None)
    home.environ.update(HWC_USER)
    assert home.resolve().username == "hwc-user"
    with pytest.raises(Exception, match="PyYAML"):
        home.resolve(cloud="otc")


def test_credentials_file(home: Home) -> None:
    home.write(
        ".huaweicloud/credentials", "[basic]\nak = file-ak\nsk = file%sk\nproject_id = file-project\n[global]\nak = x\n"
    )
    found = home.resolve()
    assert (found.access_key, found.secret_key, found.project_id) == ("file-ak", "file%sk", "file-project")
    other = home.write("other", "[basic]\nak = other-ak\nsk = other-sk\niam_endpoint = https://iam.example.com\n")
    home.environ["HUAWEICLOUD_SDK_CREDENTIALS_FILE"] = str(other)
    assert home.resolve().auth_url == "https://iam.example.com"
    other.write_text("[global]\nak = secret-looking\n")
    with pytest.raises(OptionsError, match=r"HUAWEICLOUD_SDK_CREDENTIALS_FILE: .*no section \[basic\]"):
        home.resolve()


@pytest.mark.parametrize("content", ["", "ak = 1", "[basic\nak", "[basic]\nak = 1\nak = 2\n"])
def test_broken_credentials_file(home: Home, content: str) -> None:
    home.write(".huaweicloud/credentials", content)
    with pytest.raises(OptionsError, match=r"credentials': it (is no INI file|has no section)"):
        home.resolve()


def test_koocli(home: Home) -> None:
    profiles = [
        {
            "name": "one",
            "mode": "AKSK",
            "accessKeyId": "a1",
            "secretAccessKey": "s1",
            "region": "eu-nl",
            "projectId": "p",
        },
        {
            "name": "two",
            "mode": "SSO",
            "ssoAuth": {"stsToken": {"accessKeyId": "a2", "secretAccessKey": "s2", "securityToken": "t2"}},
        },
    ]
    path = home.write(".hcloud/config.json", {"current": "one", "profiles": profiles})
    found = home.resolve()
    assert (found.access_key, found.region, found.project_id, found.source) == (
        "a1",
        "eu-nl",
        "p",
        "KooCLI profile 'one'",
    )
    home.environ["HW_PROFILE"] = "two"
    assert (home.resolve().access_key, home.resolve().security_token) == ("a2", "t2")
    home.environ.update({"HW_PROFILE": "three", "HW_SHARED_CONFIG_FILE": str(path)})
    with pytest.raises(OptionsError, match="HW_SHARED_CONFIG_FILE: .*no profile 'three'"):
        home.resolve()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"profiles": {}}', '{"profiles": [1], "current": 1}'])
def test_broken_koocli(home: Home, content: str) -> None:
    home.write(".hcloud/config.json", content)
    with pytest.raises(OptionsError, match="KooCLI configuration .*it (is no configuration|has no profile)"):
        home.resolve()


def test_agency_of_the_environment(home: Home) -> None:
    home.environ.update({**HW_KEY, "HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_ASSUME_ROLE_DOMAIN_NAME": "d"})
    assert (home.resolve().agency_name, home.resolve().agency_domain_name) == ("a", "d")
    assert home.resolve().described == "access key from the environment (HW_ACCESS_KEY), agency 'a'"
