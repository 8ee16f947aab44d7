# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alibaba STS: AssumeRole (signed) and AssumeRoleWithOIDC (the OIDC token is the proof)."""

from __future__ import annotations

import secrets
from typing import Any

from simulator import alibaba_auth as auth
from simulator.answer import Answer, Call, json_answer
from simulator.clock import iso
from simulator.state import State, request_id

ACTIONS = ("AssumeRole", "AssumeRoleWithOIDC")
VERSION = "2015-04-01"


def handle(state: State, call: Call, params: dict[str, str]) -> Answer:
    if call.notes["version"] != VERSION:
        raise auth.refuse(call, 400, "InvalidVersion", "Specified parameter Version is not valid.")
    signed = "Authorization" in call.headers or "Signature" in params
    if call.notes["action"] == "AssumeRole" or signed:
        auth.verify(state, call, params)
    else:
        call.notes["verified"] = None
    for name in ("RoleArn", "RoleSessionName"):
        if not params.get(name):
            raise auth.refuse(call, 400, f"Missing{name}", f"{name} is mandatory for this action.")
    if call.notes["action"] == "AssumeRoleWithOIDC":
        oidc = state.alibaba["oidc"]
        if params.get("OIDCProviderArn") != oidc["provider_arn"]:
            raise auth.refuse(call, 404, "EntityNotExist.OIDCProvider", "The OIDC provider does not exist.")
        if params.get("OIDCToken") != oidc["token"]:
            raise auth.refuse(call, 400, "AuthenticationFail.OIDCToken.Invalid", "This OIDC token is invalid.")
    role = state.alibaba["roles"].get(params["RoleArn"])
    if role is None:
        raise auth.refuse(call, 404, "EntityNotExist.Role", "The specified role does not exist.")
    if role.get("external_id") and params.get("ExternalId") != role["external_id"]:
        raise auth.refuse(call, 403, "NoPermission", "You are not authorized to do this action.")
    seconds = _duration(call, params)
    return json_answer(
        200,
        {
            "RequestId": request_id(),
            "AssumedRoleUser": {
                "Arn": f"{params['RoleArn']}/{params['RoleSessionName']}",
                "AssumedRoleId": f"300000000000000001:{params['RoleSessionName']}",
            },
            "Credentials": issue(state, seconds),
        },
    )


def _duration(call: Call, params: dict[str, str]) -> int:
    text = params.get("DurationSeconds", "3600")
    if not text.isdigit() or not 900 <= int(text) <= 43200:
        raise auth.refuse(
            call, 400, "InvalidParameter.DurationSeconds", "The Min/Max value of DurationSeconds is 15min/12hr."
        )
    return int(text)


def issue(state: State, seconds: float) -> dict[str, Any]:
    """New temporary credentials that the log call accepts."""
    key = f"STS.{secrets.token_hex(10)}"
    entry: dict[str, Any] = {
        "secret": secrets.token_hex(20),
        "token": f"CAIS{secrets.token_urlsafe(300)}",
        "expires": state.clock.now() + seconds,
    }
    state.sts[key] = entry
    return {
        "AccessKeyId": key,
        "AccessKeySecret": entry["secret"],
        "SecurityToken": entry["token"],
        "Expiration": iso(entry["expires"]),
    }
