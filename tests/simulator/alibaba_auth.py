# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alibaba's gateway: who signed this call? The signatures are computed by Alibaba's own package, never by the collection's code."""

from __future__ import annotations

import calendar
import hashlib
import hmac
import re
import time
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from alibabacloud_openapi_util.client import Client as OpenApiUtil  # type: ignore[import-untyped]

from simulator.answer import Answer, Call, Refused, json_answer, xml
from simulator.state import State, request_id

SKEW = 15 * 60
_V3 = re.compile(r"^ACS3-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)$")


def error(call: Call, status: int, code: str, message: str, **extra: Any) -> Answer:
    request = request_id()
    payload = {
        "RequestId": request,
        "Message": message,
        "Recommend": f"https://api.alibabacloud.com/troubleshoot?q={code}&product=Vpc&requestId={request}",
        "HostId": call.host,
        "Code": code,
        **extra,
    }
    answer = json_answer(status, payload, {"x-acs-request-id": request}, code)
    return as_xml(answer, "Error") if wants_xml(call) else answer


def wants_xml(call: Call) -> bool:
    """The HMAC-SHA1 scheme answers XML unless asked for JSON."""
    return call.notes.get("scheme") == "v1" and str(call.notes.get("format", "XML")).upper() != "JSON"


def as_xml(answer: Answer, tag: str) -> Answer:
    text = "<?xml version='1.0' encoding='UTF-8'?>" + xml(answer.payload, tag)
    return Answer(answer.status, text.encode(), answer.headers, "text/xml;charset=utf-8", answer.code)


def refuse(call: Call, status: int, code: str, message: str, **extra: Any) -> Refused:
    return Refused(error(call, status, code, message, **extra))


def read(call: Call) -> dict[str, str]:
    """Parameters of the call (query and form), with the notes that log and fault plan need. Nothing is verified yet."""
    if "params" in call.notes:
        return dict(call.notes["params"])
    params = dict(call.query() + call.form())
    v3 = call.headers.get("Authorization", "").startswith("ACS3")
    # The SDK sends x-acs-action with the older scheme too.
    scheme = "v3" if v3 or ("x-acs-action" in call.headers and "Signature" not in params) else "v1"
    header = call.headers.get
    call.notes.update(
        params=params,
        scheme=scheme,
        action=header("x-acs-action") if scheme == "v3" else params.get("Action"),
        version=header("x-acs-version") if scheme == "v3" else params.get("Version"),
        nonce=header("x-acs-signature-nonce") if scheme == "v3" else params.get("SignatureNonce"),
        timestamp=header("x-acs-date") if scheme == "v3" else params.get("Timestamp"),
        format=params.get("Format", "XML"),
        connection=params.get("VpnConnectionId"),
        tunnel=params.get("TunnelId"),
        page=params.get("PageNumber"),
        page_size=params.get("PageSize"),
        window=[params.get("From"), params.get("To"), params.get("MinutePeriod")],
    )
    return params


def _timestamp(state: State, call: Call, text: str | None) -> None:
    if not text:
        raise refuse(call, 400, "MissingTimestamp", "Timestamp is mandatory for this action.")
    try:
        moment = calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        raise refuse(
            call, 400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted."
        ) from None
    if abs(moment - state.clock.now()) > SKEW:
        raise refuse(call, 400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")


def _secret(state: State, call: Call, key_id: str, token: str | None) -> str:
    if not key_id:
        raise refuse(call, 400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action.")
    call.notes["access_key_id"] = key_id
    if key_id in state.sts:
        entry = state.sts[key_id]
        if not token:
            raise refuse(call, 400, "MissingSecurityToken", "SecurityToken is mandatory for this action.")
        if token != entry["token"]:
            known = any(token == other["token"] for other in state.sts.values())
            code = "InvalidSecurityToken.MismatchWithAccessKey" if known else "InvalidSecurityToken.Malformed"
            raise refuse(call, 400, code, "Specified SecurityToken does not match the AccessKey or is malformed.")
        if entry["expires"] <= state.clock.now():
            raise refuse(call, 400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
        return str(entry["secret"])
    entry = state.alibaba["access_keys"].get(key_id)
    if entry is None:
        raise refuse(call, 404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    if entry.get("inactive"):
        raise refuse(call, 400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
    if token:
        code = "InvalidSecurityToken.MismatchWithAccessKey"
        raise refuse(call, 400, code, "Specified SecurityToken mismatch with the AccessKey.")
    return str(entry["secret"])


def verify(state: State, call: Call, params: dict[str, str]) -> str:
    """The access key id that signed ``call``; Refused otherwise. The nonce is used up."""
    key_id = _verify_v3(state, call) if call.notes["scheme"] == "v3" else _verify_v1(state, call, params)
    nonce = call.notes["nonce"]
    if not nonce:
        raise refuse(call, 400, "MissingSignatureNonce", "SignatureNonce is mandatory for this action.")
    if not state.fresh_nonce(nonce):
        raise refuse(call, 400, "SignatureNonceUsed", "Specified signature nonce was used already.")
    call.notes["verified"] = True
    denied = state.alibaba["access_keys"].get(key_id, {}).get("deny")
    if denied:
        detail = {
            "AuthAction": "vpc:DescribeVpnConnectionLogs",
            "AuthPrincipalType": "SubUser",
            "AuthPrincipalOwnerId": state.alibaba["account_id"],
            "NoPermissionType": "ImplicitDeny",
            "PolicyType": "AccountLevelIdentityBasedPolicy",
        }
        raise refuse(
            call, 403, denied, "User not authorized to operate on the specified resource.", AccessDeniedDetail=detail
        )
    return key_id


def _verify_v3(state: State, call: Call) -> str:
    match = _V3.match(call.headers.get("Authorization", ""))
    if not match:
        raise refuse(call, 400, "IncompleteSignature", "The request signature does not conform to Aliyun standards.")
    key_id, names, signature = match[1], match[2].split(";"), match[3]
    secret = _secret(state, call, key_id, call.headers.get("x-acs-security-token"))
    _timestamp(state, call, call.notes["timestamp"])
    must = {"host"} | {name.lower() for name in call.headers if name.lower().startswith("x-acs-")}
    if call.body:
        must.add("content-type")
    if not must <= set(names) or names != sorted(names) or any(name not in call.headers for name in names):
        raise refuse(call, 400, "IncompleteSignature", "The request signature does not conform to Aliyun standards.")
    payload = hashlib.sha256(call.body).hexdigest()
    if call.headers.get("x-acs-content-sha256") != payload:
        raise refuse(call, 400, "InvalidContentSha256", "The x-acs-content-sha256 does not match the payload.")
    signed = SimpleNamespace(
        method=call.method,
        pathname=call.path or "/",
        query=dict(call.query()),
        headers={name: ",".join(call.headers.getall(name)) for name in names},
    )
    expected = OpenApiUtil.get_authorization(signed, "ACS3-HMAC-SHA256", payload, key_id, secret)
    if not hmac.compare_digest(expected.rpartition("Signature=")[2], signature):
        canonical = _canonical_v3(call, names, payload)
        echo = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        message = (
            "Specified signature is not matched with our calculation. "
            f"server string to sign is:{echo}, server canonical request is:{canonical}"
        )
        raise refuse(call, 400, "SignatureDoesNotMatch", message)
    return key_id


def _canonical_v3(call: Call, names: list[str], payload: str) -> str:
    """For the echo in the error message only."""
    query = "&".join(f"{_quote(k)}={_quote(v)}" for k, v in sorted(call.query()))
    headers = "".join(f"{name}:{','.join(call.headers.getall(name)).strip()}\n" for name in names)
    return f"{call.method}\n{call.path}\n{query}\n{headers}\n{';'.join(names)}\n{payload}"


def _quote(text: str) -> str:
    return quote(text, safe="~")


def _verify_v1(state: State, call: Call, params: dict[str, str]) -> str:
    signature = params.get("Signature")
    if not signature:
        raise refuse(call, 400, "IncompleteSignature", "The request signature does not conform to Aliyun standards.")
    if params.get("SignatureMethod") != "HMAC-SHA1" or params.get("SignatureVersion") != "1.0":
        raise refuse(call, 400, "InvalidSignatureMethod", "Specified signature method or version is not valid.")
    key_id = params.get("AccessKeyId", "")
    secret = _secret(state, call, key_id, params.get("SecurityToken"))
    _timestamp(state, call, call.notes["timestamp"])
    signed = {name: value for name, value in params.items() if name != "Signature"}
    expected = OpenApiUtil.get_rpcsignature(signed, call.method, secret)
    if not hmac.compare_digest(expected, signature):
        joined = "&".join(f"{_quote(k)}={_quote(v)}" for k, v in sorted(signed.items()))
        echo = f"{call.method}&%2F&{_quote(joined)}"
        message = f"Specified signature is not matched with our calculation. server string to sign is:{echo}"
        raise refuse(call, 400, "SignatureDoesNotMatch", message)
    return key_id
