# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in to Huawei Cloud against a real server: how often, with what, and what is said when it fails."""

from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    AuthError,
    CloudVpnError,
    NotFoundError,
    OptionsError,
    PermissionDeniedError,
    ProtocolError,
    ThrottledError,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline

from .huawei_server import (
    BY_KEY,
    BY_PASSWORD,
    CONNECTION,
    DOMAIN,
    PASSWORD,
    PROJECT,
    SECRET,
    Desk,
    FakeCloud,
    Reply,
    cloud,
    desk,
    gateway,
    together,
)

__all__ = ["cloud", "desk"]
LOG_PATH = f"/v5/{PROJECT}/vpn-connection/{CONNECTION}/log"


def scope_of(cloud: FakeCloud, number: int = 0) -> t.Any:
    return cloud.seen[number].json()["auth"].get("scope")


def test_password_by_names(desk: Desk, cloud: FakeCloud) -> None:
    provider = desk.provider(**BY_PASSWORD)
    assert len(desk.fetch(provider).batches[0].lines) == 1
    assert cloud.paths() == ["/v3/auth/tokens", LOG_PATH]
    sign_in, asked = cloud.seen
    assert sign_in.query == {"nocatalog": "1"}
    assert sign_in.json()["auth"]["identity"] == {
        "methods": ["password"],
        "password": {"user": {"name": "vpn-reader", "domain": {"name": DOMAIN}, "password": PASSWORD}},
    }
    assert scope_of(cloud) == {"project": {"name": "eu-de", "domain": {"name": DOMAIN}}}
    assert asked.headers["X-Auth-Token"] in cloud.tokens
    assert provider.credentials_source == "password from the options"
    assert provider.region == "eu-de"
    assert provider.server_time() == pytest.approx(time.time(), abs=5)


def test_password_by_ids(desk: Desk, cloud: FakeCloud) -> None:
    desk.fetch(desk.provider(user_id="user-1", password=PASSWORD, project_id=PROJECT))
    assert cloud.seen[0].json()["auth"]["identity"]["password"]["user"] == {"id": "user-1", "password": PASSWORD}
    assert scope_of(cloud) == {"project": {"id": PROJECT}}


def test_passcode(desk: Desk, cloud: FakeCloud) -> None:
    desk.fetch(desk.provider(user_id="user-1", password=PASSWORD, domain_id="d1", passcode="123456"))
    identity = cloud.seen[0].json()["auth"]["identity"]
    assert identity["methods"] == ["password", "totp"]
    assert identity["totp"] == {"user": {"id": "user-1", "passcode": "123456"}}


def test_project_name_names_the_region(desk: Desk, cloud: FakeCloud) -> None:
    provider = desk.provider(**BY_PASSWORD, region=None, project_name="eu-nl_branch")
    desk.fetch(provider)
    assert provider.region == "eu-nl"
    assert scope_of(cloud)["project"]["name"] == "eu-nl_branch"


def test_project_of_another_region(desk: Desk, cloud: FakeCloud) -> None:
    with pytest.raises(OptionsError, match="region: 'eu-de' does not fit project_name 'eu-nl_x'"):
        desk.provider(**BY_PASSWORD, project_name="eu-nl_x")
    assert not cloud.seen


def test_one_token_for_many_connections(desk: Desk, cloud: FakeCloud) -> None:
    provider = desk.provider(**BY_PASSWORD)
    together(lambda: desk.fetch(provider), 12)
    assert cloud.paths().count("/v3/auth/tokens") == 1
    assert cloud.paths().count(LOG_PATH) == 12


@pytest.mark.parametrize(
    "options",
    [{**BY_PASSWORD, "password": "wrong-password"}, {**BY_KEY, "secret_key": "wrong-secret"}],
    ids=["password", "key"],
)
def test_a_wrong_proof_is_tried_once(desk: Desk, cloud: FakeCloud, options: dict[str, str]) -> None:
    provider = desk.provider(**options)
    cloud.delay = 0.05
    results = together(lambda: desk.fetch(provider), 12)
    assert all(isinstance(one, AuthError) and not one.retryable for one in results)
    assert len(cloud.seen) == 1


def test_a_wrong_key_with_known_project_is_tried_once(desk: Desk, cloud: FakeCloud) -> None:
    provider = desk.provider(access_key="HWEXAMPLEACCESSKEY00", secret_key="wrong-secret", project_id=PROJECT)
    cloud.delay = 0.05
    results = together(lambda: desk.fetch(provider), 12)
    assert len(cloud.seen) == 1
    text = str(results[0])
    assert "the secret key from the options does not belong to the access key" in text
    # The gateway echoes what it signed; nothing of that is passed on.
    assert "canonical" not in text.lower()
    assert "EchoedSecret" not in text


def test_token_ends_during_the_task(desk: Desk, cloud: FakeCloud) -> None:
    """Renewed before its end, by the monotonic clock."""
    ahead = [0.0]
    cloud.token_life = 1000.0
    provider = desk.provider(**BY_PASSWORD, monotonic=lambda: 1000.0 + ahead[0])
    desk.fetch(provider)
    ahead[0] = 795.0
    desk.fetch(provider)
    assert cloud.paths().count("/v3/auth/tokens") == 1
    ahead[0] = 805.0
    desk.fetch(provider)
    assert cloud.paths().count("/v3/auth/tokens") == 2


def test_revoked_token_is_replaced_once_for_all_threads(desk: Desk, cloud: FakeCloud) -> None:
    provider = desk.provider(**BY_PASSWORD)
    desk.fetch(provider)
    cloud.tokens.clear()
    results = together(lambda: desk.fetch(provider), 8)
    assert not [one for one in results if isinstance(one, CloudVpnError)]
    assert cloud.paths().count("/v3/auth/tokens") == 2


def test_a_second_refusal_is_final(desk: Desk, cloud: FakeCloud) -> None:
    provider = desk.provider(**BY_PASSWORD)
    refusal = gateway(401, "APIGW.0307", "The token must be updated")
    cloud.script = [None, refusal, None, refusal]
    with pytest.raises(AuthError, match="a second one as well") as caught:
        desk.fetch(provider)
    assert "A token holds in the region that issued it only" in str(caught.value)
    assert (caught.value.code, caught.value.request_id) == ("APIGW.0307", "req-1")
    assert len(cloud.seen) == 4
    with pytest.raises(AuthError):
        desk.fetch(provider)
    assert len(cloud.seen) == 4


def test_given_token(desk: Desk, cloud: FakeCloud) -> None:
    cloud.tokens["given"] = time.time() + 60
    provider = desk.provider(token="given", project_id=PROJECT)
    desk.fetch(provider)
    assert cloud.paths() == [LOG_PATH]
    cloud.tokens.clear()
    with pytest.raises(AuthError, match="cannot be renewed here") as caught:
        desk.fetch(provider)
    assert "given'" not in str(caught.value)
    assert len(cloud.seen) == 2


def test_given_token_without_project(desk: Desk, cloud: FakeCloud) -> None:
    with pytest.raises(OptionsError, match=r"lacks project_id \(an option, or HW_PROJECT_ID"):
        desk.provider(token="given").prepare(Deadline(5))
    assert not cloud.seen


def test_key_finds_its_project(desk: Desk, cloud: FakeCloud) -> None:
    provider = desk.provider(**BY_KEY, security_token=None)
    desk.fetch(provider)
    desk.fetch(provider)
    assert cloud.paths() == ["/v3/projects", LOG_PATH, LOG_PATH]
    look_up, asked, _again = cloud.seen
    assert look_up.query == {"name": "eu-de"}
    assert asked.headers["X-Project-Id"] == PROJECT
    assert "x-project-id" in asked.headers["Authorization"]


def test_key_with_security_token(desk: Desk, cloud: FakeCloud) -> None:
    desk.fetch(desk.provider(**BY_KEY, security_token="ExampleSecurityToken", project_id=PROJECT))
    assert cloud.seen[0].headers["X-Security-Token"] == "ExampleSecurityToken"
    assert "x-security-token" in cloud.seen[0].headers["Authorization"]


@pytest.mark.parametrize("projects", [None, [], [{"id": "a1", "name": "eu-de_x"}], [{"id": "a", "name": "eu-de"}] * 2])
def test_project_is_not_clear(desk: Desk, cloud: FakeCloud, projects: t.Any) -> None:
    cloud.projects = projects
    with pytest.raises(NotFoundError, match="Give project_id"):
        desk.provider(**BY_KEY).prepare(Deadline(5))


def test_precedence(desk: Desk, cloud: FakeCloud) -> None:
    cloud.tokens["given"] = time.time() + 60
    everything = {**BY_PASSWORD, **BY_KEY, "token": "given", "project_id": PROJECT}
    for drop, source in (
        ((), "token"),
        (("token",), "access key"),
        (("token", "secret_key", "access_key"), "password"),
    ):
        provider = desk.provider(**{name: value for name, value in everything.items() if name not in drop})
        desk.fetch(provider)
        assert provider.credentials_source == f"{source} from the options"


@pytest.mark.parametrize("off", [-1800.0, 1800.0])
def test_clock_is_off(desk: Desk, cloud: FakeCloud, off: float) -> None:
    cloud.skew = off
    provider = desk.provider(**BY_KEY, project_id=PROJECT)
    fetched = desk.fetch(provider)
    assert len(cloud.seen) == 2
    side = "behind" if off > 0 else "ahead of"
    assert [f"{side} the clock of the cloud" in warning for warning in fetched.warnings] == [True]
    assert desk.fetch(provider).warnings == []
    assert len(cloud.seen) == 3


def test_expired_signature_without_skew_is_not_repeated(desk: Desk, cloud: FakeCloud) -> None:
    cloud.script = [gateway(401, "APIGW.0301", "Incorrect IAM authentication information: Signature expired")]
    with pytest.raises(AuthError):
        desk.fetch(desk.provider(**BY_KEY, project_id=PROJECT))
    assert len(cloud.seen) == 1


def test_token_of_a_service_with_another_clock(desk: Desk, cloud: FakeCloud) -> None:
    """Lifetimes are measured on the service's clock."""
    cloud.skew, cloud.token_life = -7200.0, 3600.0
    provider = desk.provider(**BY_PASSWORD)
    desk.fetch(provider)
    desk.fetch(provider)
    assert cloud.paths().count("/v3/auth/tokens") == 1


def test_throttled_sign_in_backs_off(desk: Desk, cloud: FakeCloud) -> None:
    cloud.script = [Reply(429, {"error_code": "IAM.0012", "error_msg": "threshold"}, {"Retry-After": "0"})] * 2
    desk.fetch(desk.provider(**BY_PASSWORD))
    assert cloud.paths().count("/v3/auth/tokens") == 3
    cloud.script = [Reply(429, {"error_code": "IAM.0012", "error_msg": "threshold"})] * 9
    with pytest.raises(ThrottledError) as caught:
        desk.fetch(desk.provider(**BY_PASSWORD))
    assert (caught.value.code, caught.value.attempts) == ("IAM.0012", 4)


def test_agency_by_password(desk: Desk, cloud: FakeCloud) -> None:
    provider = desk.provider(**BY_PASSWORD, agency_name="vpn-agency", agency_domain_name="OTC0002")
    desk.fetch(provider)
    assert scope_of(cloud, 0) == {"domain": {"name": DOMAIN}}
    assert scope_of(cloud, 1) == {"project": {"name": "eu-de", "domain": {"name": "OTC0002"}}}
    assert cloud.seen[1].headers["X-Auth-Token"] == "MIIexampletoken0000"
    assert cloud.seen[2].headers["X-Auth-Token"] == "MIIexampletoken0001"
    assert provider.credentials_source == "password from the options, agency 'vpn-agency'"


def test_agency_by_key(desk: Desk, cloud: FakeCloud) -> None:
    provider = desk.provider(**BY_KEY, agency_name="vpn-agency", agency_domain_name="OTC0002", project_id=PROJECT)
    desk.fetch(provider)
    assert cloud.paths() == ["/v3.0/OS-CREDENTIAL/securitytokens", LOG_PATH]
    assert "HSTEXAMPLE" in cloud.seen[1].headers["Authorization"]


def test_agency_refused(desk: Desk) -> None:
    with pytest.raises(PermissionDeniedError, match="Assuming agency 'other' of account 'OTC0002'"):
        desk.fetch(desk.provider(**BY_PASSWORD, agency_name="other", agency_domain_name="OTC0002"))
    with pytest.raises(OptionsError, match="agency_domain_name: missing"):
        desk.fetch(desk.provider(**BY_PASSWORD, agency_name="other"))


def test_instance_of_ecs(desk: Desk, cloud: FakeCloud) -> None:
    desk.environ["CLOUD_VPN_METADATA_URL"] = cloud.url
    now = [time.time()]
    provider = desk.provider(project_id=PROJECT, now=lambda: now[0])
    desk.fetch(provider)
    assert provider.credentials_source == "access key from the ECS metadata service"
    assert cloud.seen[1].headers["X-Metadata-Token"] == "metadata-token-1"
    now[0] += cloud.token_life - 30
    cloud.skew = cloud.token_life - 30
    desk.fetch(provider)
    assert cloud.paths().count("/openstack/latest/securitykey") == 2


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (
            Reply(401, {"error": {"code": 401, "message": "no", "title": "Unauthorized"}}),
            "auth",
            "IAM does not say which",
        ),
        (Reply(401, {"error_code": "IAM.0061", "error_msg": "locked"}), "auth", "the account is locked"),
        (Reply(403, {"error_code": "IAM.0081", "error_msg": "console"}), "auth", "allow programmatic access"),
        (Reply(401, {"receipt": {}, "required_auth_methods": [["totp", "password"]]}), "auth", "passcode"),
        (Reply(400, {"error_code": "IAM.1109", "error_msg": "no project"}), "not_found", "project was not found"),
        (Reply(404, b"<html>nothing</html>"), "options", "check auth_url"),
        (Reply(400, {"error": {"code": 400, "message": "bad", "title": "Bad Request"}}), "api", "HTTP status 400"),
        (Reply(201, {"token": {}}), "protocol", "X-Subject-Token"),
        (Reply(201, {"token": {}}, {"X-Subject-Token": "t"}), "protocol", "not for a project"),
        (Reply(201, {"token": {"project": {"id": "../x"}}}, {"X-Subject-Token": "t"}), "protocol", "project ID"),
        (Reply(201, ["token"], {"X-Subject-Token": "t"}), "protocol", "no token"),
    ],
)
def test_iam_refuses(desk: Desk, cloud: FakeCloud, reply: Reply, kind: str, words: str) -> None:
    cloud.script = [reply] * 9
    with pytest.raises(CloudVpnError, match=words) as caught:
        desk.provider(**BY_PASSWORD).prepare(Deadline(5))
    assert caught.value.kind == kind
    assert len(cloud.seen) == 1
    assert PASSWORD not in repr(caught.value.as_dict())


def test_iam_fails_for_a_moment(desk: Desk, cloud: FakeCloud) -> None:
    cloud.script = [Reply(500, b""), Reply(503, b"<html>"), Reply(201, b"<html>", {"X-Subject-Token": "t"})]
    desk.fetch(desk.provider(**BY_PASSWORD))
    assert cloud.paths().count("/v3/auth/tokens") == 4


def test_echoed_secrets_are_blotted_out(desk: Desk, cloud: FakeCloud) -> None:
    cloud.script = [gateway(403, "APIGW.0302", f"denied for {SECRET}\n\x1b[31m")]
    with pytest.raises(PermissionDeniedError) as caught:
        desk.fetch(desk.provider(**BY_KEY, project_id=PROJECT))
    assert "denied for ********" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_redirect_is_not_followed(desk: Desk, cloud: FakeCloud) -> None:
    cloud.script = [Reply(302, b"", {"Location": "https://elsewhere.example.com/"})]
    with pytest.raises(ProtocolError, match=r"elsewhere\.example\.com"):
        desk.provider(**BY_PASSWORD).prepare(Deadline(5))
    assert len(cloud.seen) == 1
