# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Huawei's API gateway: token or AK/SK. Signatures are computed by Huawei's own package, never by the collection's code."""

from __future__ import annotations

import calendar
import hmac
import re
import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from huaweicloudsdkcore.sdk_request import SdkRequest  # type: ignore[import-untyped]
from huaweicloudsdkcore.signer.signer import Signer  # type: ignore[import-untyped]

from simulator.answer import Answer, Call, Refused, hex_id, json_answer
from simulator.clock import iso_micro
from simulator.state import State

SKEW = 15 * 60
LOCK_ATTEMPTS, LOCK_SECONDS = 6, 300  # "more than five", five minutes
_AUTHORIZATION = re.compile(r"^SDK-HMAC-SHA256 Access=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]+)$")


@dataclass
class Identity:
    """Who calls: by token (with its project) or by access key (with its account)."""

    kind: str  # token | access_key
    domain_id: str
    project_id: str | None = None
    user_id: str | None = None
    token: str | None = None


def error(state: State, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    """An error of the gateway or the VPN service, in the shape that the configuration names."""
    request = hex_id()
    shape = state.huawei["error_shape"]
    body: dict[str, Any]
    if shape == "code":
        body = {"code": code, "message": message}
    elif shape == "nested":
        body = {"error": {"code": code, "message": message, "title": code}}
    elif shape == "camel":
        body = {"errorCode": code, "errorMsg": message}
    else:
        body = {"error_msg": message, "error_code": code, "request_id": request}
    return json_answer(status, body, {"X-Request-Id": request, **(headers or {})}, code)


def refuse(state: State, status: int, code: str, message: str) -> Refused:
    return Refused(error(state, status, code, message))


def authenticate(state: State, call: Call) -> Identity:
    """The caller; Refused with the gateway's 401 otherwise."""
    token = call.headers.get("X-Auth-Token")
    if token is not None:
        call.notes["scheme"] = "token"
        identity = _token(state, token)
    elif call.headers.get("Authorization", "").startswith("SDK-HMAC-SHA256"):
        call.notes["scheme"] = "aksk"
        identity = _signature(state, call)
    else:
        raise _wrong(state, "x-auth-token not found")
    call.notes["verified"] = True
    return identity


def _wrong(state: State, detail: str) -> Refused:
    return refuse(state, 401, "APIGW.0301", f"Incorrect IAM authentication information: {detail}")


def _token(state: State, token: str) -> Identity:
    entry = state.tokens.get(token)
    if entry is None:
        raise _wrong(state, "decrypt token fail")
    if entry["revoked"]:
        raise refuse(state, 401, "APIGW.0307", "The token must be updated")
    if entry["expires"] <= state.clock.now():
        raise _wrong(state, f"token expires, expires_at:{iso_micro(entry['expires'])}")
    return Identity("token", entry["domain_id"], entry["project_id"], entry["user_id"], token)


def _key(state: State, call: Call, access: str) -> dict[str, Any]:
    entry = state.huawei["access_keys"].get(access)
    security = call.headers.get("X-Security-Token")
    if entry is not None:
        if security is not None:
            raise _wrong(state, "verify security token failed")
        return dict(entry)
    temporary = state.temporary_keys.get(access)
    if temporary is None:
        raise _wrong(state, f"verify aksk signature fail, the ak {access} not exist")
    if security != temporary["token"]:
        raise _wrong(state, "verify security token failed")
    if temporary["expires"] <= state.clock.now():
        raise refuse(state, 400, "IAM.1108", "The temporary access key has expired.")
    return dict(temporary)


def _signature(state: State, call: Call) -> Identity:
    match = _AUTHORIZATION.match(call.headers["Authorization"])
    if not match:
        raise _wrong(state, "Authorization format is incorrect")
    access, names, signature = match[1], match[2].split(";"), match[3]
    call.notes["access_key_id"] = access
    stamp = call.headers.get("X-Sdk-Date", "")
    call.notes["timestamp"] = stamp
    lock = f"ak/{access}"
    if state.locked(lock):
        raise _wrong(state, "AK access failed to reach the limit,forbidden")
    entry = _key(state, call, access)
    try:
        moment = calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise _wrong(state, "the X-Sdk-Date header is missing or malformed") from None
    if abs(moment - state.clock.now()) > SKEW:
        raise _wrong(state, "Signature expired")
    if "x-sdk-date" not in names or any(name not in call.headers for name in names):
        raise _wrong(state, "signed headers are incomplete")
    if expected_signature(call, access, str(entry["secret"]), names) != signature:
        state.failed(lock, LOCK_ATTEMPTS, LOCK_SECONDS)
        raise _wrong(state, "verify aksk signature fail")
    state.succeeded(lock)
    return Identity("access_key", str(entry["domain_id"]))


def expected_signature(call: Call, access: str, secret: str, names: list[str]) -> str:
    """What Huawei's signer makes of the request as it arrived."""
    request = SdkRequest(
        method=call.method,
        schema=call.scheme,
        host=call.host,
        resource_path=call.path,
        query_params=call.query(),
        header_params={name: call.headers[name] for name in names},
        body=call.body,
    )
    # The signer adds Host by itself when it is not among the headers; a client may leave it unsigned.
    signer = Signer(SimpleNamespace(ak=access, sk=secret))
    if "host" in names:
        authorization = signer.sign(request).header_params["Authorization"]
    else:
        canonical = signer._process_canonical_request(request, sorted(names))
        moment = signer._process_header_time(request)
        return str(signer._sign_string_to_sign(signer._process_string_to_sign(canonical, moment), secret))
    return str(authorization).rpartition("Signature=")[2]


def same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
