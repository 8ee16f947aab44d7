# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Huawei's IAM: tokens by password, MFA, token and agency; projects."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

from simulator import huawei_auth as auth
from simulator.answer import Answer, Call, Refused, hex_id, json_answer
from simulator.clock import iso_micro
from simulator.state import State

_TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


def _error(state: State, status: int, code: str, message: str) -> Answer:
    trace = {"X-IAM-Trace-Id": hex_id()}
    if state.huawei["iam_error_shape"] == "v3.0":
        return json_answer(status, {"error_code": code, "error_msg": message}, trace, code)
    body = {"error": {"code": status, "message": message, "title": _TITLES.get(status, "Error")}}
    if state.huawei["iam_error_shape"] == "v3+code":
        body["error_code"], body["error_msg"] = code, message  # type: ignore[assignment]
    return json_answer(status, body, trace, code)


def _refuse(state: State, status: int, code: str, message: str) -> Refused:
    return Refused(_error(state, status, code, message))


def handle(state: State, call: Call) -> Answer:
    route = (call.method, call.path.rstrip("/"))
    call.notes["action"] = f"{call.method} {call.path}"
    try:
        if not state.quotas["iam"].allows("all", state.clock.now()):
            raise _refuse(
                state, 429, "IAM.0012", "The throttling threshold has been reached: threshold 1 times per 60 seconds"
            )
        if route == ("POST", "/v3/auth/tokens"):
            return _sign_in(state, call)
        if route in (("GET", "/v3/auth/tokens"), ("DELETE", "/v3/auth/tokens")):
            return _token(state, call)
        if route == ("GET", "/v3/auth/projects"):
            identity = _caller(state, call)
            return _projects(state, [p for p in _all(state) if p["domain_id"] == identity.domain_id])
        if route == ("GET", "/v3/projects"):
            return _find_projects(state, call)
        if route == ("GET", "/v3/auth/domains"):
            identity = _caller(state, call)
            name = state.huawei["domains"][identity.domain_id]
            return json_answer(
                200, {"domains": [{"id": identity.domain_id, "name": name, "enabled": True}], "links": {}}
            )
        if route in (("GET", "/v3"), ("GET", "")):
            return json_answer(200, {"version": {"id": "v3.6", "status": "stable"}})
        raise auth.refuse(
            state, 404, "APIGW.0101", "The API does not exist or has not been published in the environment"
        )
    except Refused as refused:
        return refused.answer


def _caller(state: State, call: Call) -> auth.Identity:
    return auth.authenticate(state, call)


def _all(state: State) -> list[dict[str, Any]]:
    return [{"id": key, **value} for key, value in state.huawei["projects"].items()]


def _projects(state: State, found: list[dict[str, Any]]) -> Answer:
    projects = [
        {
            "id": p["id"],
            "name": p["name"],
            "domain_id": p["domain_id"],
            "parent_id": p["domain_id"],
            "enabled": True,
            "is_domain": False,
            "description": "",
            "links": {"self": f"https://iam.example.com/v3/projects/{p['id']}"},
        }
        for p in found
    ]
    return json_answer(
        200,
        {
            "projects": projects,
            "links": {"self": "https://iam.example.com/v3/projects", "next": None, "previous": None},
        },
    )


def _find_projects(state: State, call: Call) -> Answer:
    identity = _caller(state, call)
    query = dict(call.query())
    if ("page" in query) != ("per_page" in query):
        raise _refuse(state, 400, "IAM.0011", "page and per_page must be given together.")
    found = [p for p in _all(state) if p["domain_id"] == identity.domain_id]
    if "name" in query:
        found = [p for p in found if p["name"] == query["name"]]
    if "domain_id" in query:
        found = [p for p in found if p["domain_id"] == query["domain_id"]]
    return _projects(state, found)


def _token(state: State, call: Call) -> Answer:
    _caller(state, call)
    subject = call.headers.get("X-Subject-Token", "")
    entry = state.tokens.get(subject)
    if entry is None or entry["revoked"] or entry["expires"] <= state.clock.now():
        raise _refuse(state, 404, "IAM.0004", "The token is not found.")
    if call.method == "DELETE":
        entry["revoked"] = True
        return Answer(204, b"")
    return json_answer(200, {"token": entry["body"]}, {"X-Subject-Token": subject})


def _sign_in(state: State, call: Call) -> Answer:
    if not call.headers.get("Content-Type", "").startswith("application/json") or len(call.body) > 32768:
        raise _refuse(state, 400, "IAM.1101", "The request body is empty or larger than 32 KB.")
    try:
        body = json.loads(call.body)["auth"]
        identity = body["identity"]
        methods = list(identity["methods"])
    except (ValueError, KeyError, TypeError):
        raise _refuse(state, 400, "IAM.0011", "The request body is invalid.") from None
    call.notes["scheme"] = "+".join(methods)
    if methods in (["password"], ["password", "totp"], ["totp", "password"]):
        user_id = _password(state, identity, "totp" in methods)
        domain_id = state.huawei["users"][user_id]["domain_id"]
        extra: dict[str, Any] = {}
    elif methods == ["token"]:
        parent = auth._token(state, str(identity.get("token", {}).get("id", "")))
        user_id, domain_id = str(parent.user_id), parent.domain_id
        extra = {"expires": state.tokens[str(parent.token)]["expires"]}
    elif methods == ["assume_role"]:
        user_id, domain_id, extra = _agency(state, call, identity.get("assume_role", {}))
    else:
        raise _refuse(state, 400, "IAM.0011", "Unsupported identity methods.")
    call.notes["verified"] = True
    project_id = _scope(state, body.get("scope") or {}, domain_id)
    return _issue(state, call, user_id, domain_id, project_id, methods, extra)


def _user_id(state: State, user: dict[str, Any]) -> str | None:
    users = state.huawei["users"]
    if user.get("id"):
        return user["id"] if user["id"] in users else None
    domain = _domain(state, user.get("domain") or {})
    return next((k for k, v in users.items() if v["name"] == user.get("name") and v["domain_id"] == domain), None)


def _domain(state: State, domain: dict[str, Any]) -> str | None:
    domains = state.huawei["domains"]
    if domain.get("id"):
        return domain["id"] if domain["id"] in domains else None
    return next((key for key, name in domains.items() if name == domain.get("name")), None)


def _password(state: State, identity: dict[str, Any], with_totp: bool) -> str:
    user = identity.get("password", {}).get("user") or {}
    if not user.get("password") or not (user.get("id") or (user.get("name") and user.get("domain"))):
        raise _refuse(state, 400, "IAM.0011", "The user, password, or domain is missing.")
    user_id = _user_id(state, user)
    lock = f"user/{user_id or user.get('name')}"
    limits = state.huawei["lockout"]
    if state.locked(lock):
        raise _refuse(state, 401, "IAM.0061", "The account is locked, please try again 15 minutes later.")
    entry = state.huawei["users"].get(user_id) if user_id else None
    if entry is None or not auth.same(str(entry["password"]), str(user["password"])):
        state.failed(lock, int(limits["attempts"]), float(limits["seconds"]))
        raise _refuse(state, 401, "IAM.0062", "The username or password is wrong.")
    if entry.get("disabled"):
        raise _refuse(state, 403, "IAM.0080", "The user has been disabled.")
    if entry.get("console_only"):
        raise _refuse(
            state, 403, "IAM.0081", "The user supports console access only, programmatic access is not allowed."
        )
    if entry.get("passcode"):
        totp = (identity.get("totp") or {}).get("user") or {}
        if not with_totp:
            raise _refuse(state, 401, "IAM.0001", "The user must use multi-factor authentication.")
        if totp.get("id") != user_id or str(totp.get("passcode")) != entry["passcode"]:
            state.failed(lock, int(limits["attempts"]), float(limits["seconds"]))
            raise _refuse(state, 401, "IAM.0062", "The verification code is wrong.")
    state.succeeded(lock)
    assert user_id is not None
    return user_id


def _agency(state: State, call: Call, role: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    caller = auth.authenticate(state, call)
    delegating = _domain(state, {"id": role.get("domain_id"), "name": role.get("domain_name")})
    name = role.get("agency_name") or role.get("xrole_name")
    for agency in state.huawei["agencies"]:
        if agency["name"] == name and agency["domain_id"] == delegating and agency["trusts"] == caller.domain_id:
            by = {"user": {"id": caller.user_id, "domain": {"id": caller.domain_id}}}
            return str(caller.user_id), str(delegating), {"assumed_by": by}
    raise _refuse(state, 403, "IAM.0003", "Policy does not allow the agency to be assumed.")


def _scope(state: State, scope: dict[str, Any], domain_id: str) -> str | None:
    """Project id; None: the token is for the account only. A project wins over a domain."""
    project = scope.get("project")
    if not project:
        if scope.get("domain") and _domain(state, scope["domain"]) != domain_id:
            raise _refuse(state, 403, "IAM.0002", "You are not authorized to use this domain.")
        return None
    wanted = _domain(state, project["domain"]) if project.get("domain") else domain_id
    for candidate in _all(state):
        if candidate["domain_id"] == domain_id == wanted and (
            candidate["id"] == project.get("id") or (not project.get("id") and candidate["name"] == project.get("name"))
        ):
            return str(candidate["id"])
    raise _refuse(state, 400, "IAM.1109", "The project is not found.")


def make_token(size: int) -> str:
    """Looks like the CMS tokens of the public clouds: some kilobytes of base64."""
    return ("MII" + base64.b64encode(secrets.token_bytes(size)).decode().replace("/", "-").replace("=", ""))[:size]


def _issue(
    state: State,
    call: Call,
    user_id: str,
    domain_id: str,
    project_id: str | None,
    methods: list[str],
    extra: dict[str, Any],
) -> Answer:
    huawei, now = state.huawei, state.clock.now()
    user = huawei["users"].get(user_id, {"name": "unknown", "domain_id": domain_id})
    expires = extra.pop("expires", now + float(huawei["token_seconds"]))
    domain = {"id": domain_id, "name": huawei["domains"][domain_id]}
    body: dict[str, Any] = {
        "methods": methods,
        "issued_at": iso_micro(now),
        "expires_at": iso_micro(expires),
        "user": {
            "id": user_id,
            "name": user["name"],
            "domain": {"id": user["domain_id"], "name": huawei["domains"].get(user["domain_id"])},
            "password_expires_at": "",
        },
        "roles": [{"id": "0", "name": "te_admin"}],
        **extra,
    }
    if project_id:
        body["project"] = {"id": project_id, "name": huawei["projects"][project_id]["name"], "domain": domain}
    else:
        body["domain"] = domain
    if "totp" in methods:
        body["mfa_authn_at"] = iso_micro(now)
    if not any(name == "nocatalog" and value for name, value in call.query()):
        body["catalog"] = [
            {
                "type": "vpn",
                "id": hex_id(),
                "name": "vpn",
                "endpoints": [
                    {
                        "id": hex_id(),
                        "interface": "public",
                        "region": "*",
                        "region_id": "*",
                        "url": "https://vpn.elsewhere.example.com/v5",
                    }
                ],
            }
        ]
    token = make_token(int(huawei["token_bytes"]))
    state.tokens[token] = {
        "expires": expires,
        "revoked": False,
        "user_id": user_id,
        "domain_id": domain_id,
        "project_id": project_id,
        "body": body,
    }
    return json_answer(201, {"token": body}, {"X-Subject-Token": token, "X-IAM-Trace-Id": hex_id()})
