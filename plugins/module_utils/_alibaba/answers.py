# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What the service says: pages of lines, and refusals turned into the error tree.

Codes: the API page of DescribeVpnConnectionLogs, the common gateway codes, and STS. HTTP statuses differ between
editions of those lists, so the code decides first, some odd ones are told by their message, the status comes last.
"""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, field

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import Credentials
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    ApiError,
    AuthError,
    CloudVpnError,
    NotFoundError,
    OptionsError,
    PermissionDeniedError,
    ProtocolError,
    ThrottledError,
    UnsupportedError,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._transport import retry_after

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpResponse

CLOCK_CODES = ("InvalidTimeStamp.Expired", "IllegalTimestamp", "InvalidTimeStamp")
_ECHO = re.compile(r"(?is)[\s,.;:]*\b(?:the\s+)?(?:server\s+)?(?:string\s*to\s*sign|canonical\s*request)\b.*")
_FINE_CODES = ("", "0", "200", "ok", "success")
_NOT_FOUND_IDS = ("vpnconnection", "instanceid", "tunnel", "vpn")


@dataclass(frozen=True)
class Page:
    """One page: ``size`` is the page size the service used, ``count`` what it says the number of lines is."""

    number: int
    lines: list[str] = field(repr=False)
    size: int
    count: int | None
    completed: bool


@dataclass(frozen=True)
class Asked:
    """What an error text may need to know about the request that failed."""

    credentials: Credentials
    string_to_sign: str
    region: str | None
    service: str
    subject: str


def read_page(response: HttpResponse, number: int, size: int) -> Page:
    """The page in an answer that ``check_answer`` let pass. ProtocolError when there are no lines to be found in it."""
    body = response.json()
    if not isinstance(body, dict) or not ({"Data", "Count", "RequestId"} & body.keys()):
        raise ProtocolError(
            "The answer is JSON, but not a page of VPN connection logs (is the endpoint the VPC API?).", retryable=True
        )
    echoed = _integer(body.get("PageNumber"))
    if echoed is not None and echoed != number:
        raise ProtocolError(
            f"The service answered with page {echoed} when page {number} was asked for.",
            request_id=_text(body.get("RequestId")),
            retryable=True,
        )
    echoed_size = _integer(body.get("PageSize"))
    return Page(
        number,
        _lines(body.get("Data")),
        echoed_size if echoed_size is not None and 0 < echoed_size < size else size,
        _integer(body.get("Count")),
        str(body.get("IsCompleted")).lower() != "false",
    )


def _lines(data: t.Any) -> list[str]:
    """Published forms: an object with ``Logs``, a plain list, nothing at all; one sample has either one as text."""
    if isinstance(data, str):
        data = _unquote(data)
    if isinstance(data, dict):
        data = data.get("Logs")
        if isinstance(data, str):
            data = _unquote(data)
    if data is None:
        return []
    if isinstance(data, list) and len(data) == 1 and isinstance(data[0], str) and data[0].lstrip().startswith('"Logs"'):
        data = _unquote("{" + data[0].strip().rstrip(",") + "}")
        data = data.get("Logs") if isinstance(data, dict) else data
    if not isinstance(data, list) or not all(isinstance(line, str) for line in data):
        raise ProtocolError("The lines in the answer have a form that is not known.")
    return data


def _unquote(text: str) -> t.Any:
    if not text.strip():
        return []
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError("The lines in the answer have a form that is not known.") from None


def check_answer(response: HttpResponse, asked: Asked) -> None:
    """Raise the error that an answer means; return for a good one. An error inside a 200 is an error."""
    if response.status == 200:
        body = response.json()
        code = body.get("Code", body.get("code")) if isinstance(body, dict) else None
        if code is None or str(code).strip().lower() in _FINE_CODES:
            return
    try:
        parsed = response.json()
    except ProtocolError:
        parsed = None
    body = parsed if isinstance(parsed, dict) else {}
    code = _text(body.get("Code", body.get("code")))
    error = _refusal(response, code, _text(body.get("Message", body.get("message"))) or "", asked, body)
    error.code = code
    error.http_status = response.status
    error.request_id = _text(body.get("RequestId", body.get("requestId"))) or response.headers.get("x-acs-request-id")
    error.service = asked.service
    if error.retryable and error.retry_after is None:
        error.retry_after = _wait(response)
    raise error


def _wait(response: HttpResponse) -> float | None:
    milliseconds = response.headers.get("x-acs-retry-after", "").strip()
    if re.fullmatch("[0-9]{1,11}", milliseconds):
        return int(milliseconds) / 1000.0
    return retry_after(response)


def _refusal(
    response: HttpResponse, code: str | None, message: str, asked: Asked, body: t.Mapping[str, t.Any]
) -> CloudVpnError:
    status, name = response.status, (code or "").lower()
    said = _said(code, message, asked)
    if "throttling" in name or status == 429:
        return ThrottledError(f"{asked.service} throttles requests{said}")
    if name in ("serviceunavailable", "internalerror", "unknownerror") or status in (500, 502, 503, 504):
        return ApiError(f"{asked.service} has a fault of its own (HTTP status {status}){said}", retryable=True)
    if name == "signaturenonceused":
        # The service saw an earlier attempt whose answer was lost; the next attempt has a nonce of its own.
        return ApiError(f"{asked.service} has seen this request before{said}", retryable=True, retry_after=0.0)
    found = _sign_in_refusal(name, message, asked)
    if found is not None:
        return found
    if name.startswith(("forbidden", "forbbiden", "nopermission", "noauth")) or status == 403:
        detail = body.get("AccessDeniedDetail", body.get("accessDeniedDetail"))
        action = _text(detail.get("AuthAction")) if isinstance(detail, dict) else None
        return PermissionDeniedError(
            f"The account may not do this; {asked.subject} needs the permission {action or 'for this operation'}{said}"
        )
    if "region" in name and ("notfound" in name or name.startswith("invalid")):
        return OptionsError(f"region: the service does not know the region '{asked.region}'{said}")
    if name.startswith(("invalidapi", "invalidproduct", "invalidversion", "invalidaction", "unsupported")):
        return UnsupportedError(f"{asked.service} does not offer this operation; check region and endpoint{said}")
    if "notfound" in name and any(word in name for word in _NOT_FOUND_IDS):
        return NotFoundError(
            f"{asked.subject} does not exist in region '{asked.region}' (a wrong region looks the same){said}"
        )
    if code is None:
        return ProtocolError(
            f"{asked.service} answered with HTTP status {status} and without an error code: this is not an answer of "
            "the API (a proxy, or a wrong endpoint).",
        )
    return ApiError(f"{asked.service} refused the request{said}")


def _sign_in_refusal(name: str, message: str, asked: Asked) -> CloudVpnError | None:
    source = f" (from {asked.credentials.source})" if asked.credentials.source else ""
    if name.startswith(("invalidtimestamp", "illegaltimestamp")):
        return AuthError("The clock of this machine differs too much from the service's; set it right (NTP).")
    if name.startswith("signaturedoesnotmatch"):
        # The echo equals our own string: both sides signed the same, so only the secret can differ.
        if _squeezed(asked.string_to_sign) in _squeezed(message):
            return AuthError(f"The access key secret is wrong: it does not belong to the access key ID{source}.")
        return AuthError(
            f"The signature was refused, yet the service signed something else than was sent{source}: a proxy that "
            "changes requests, or a wrong access key secret."
        )
    if name.startswith("incompletesignature"):
        return AuthError(f"The signature cannot be read; the access key probably holds stray characters{source}.")
    if name.startswith("authenticationfail"):
        return AuthError(f"The identity was refused{source}{_said(name, message, asked)}")
    if name.startswith("invalidaccesskeyid.inactive"):
        return AuthError(f"The access key is disabled{source}; enable it or use another one.")
    if name.startswith("invalidaccesskeyid"):
        return AuthError(
            f"The access key ID is not known to the service{source}; check it, and that it was not deleted."
        )
    token = "securitytoken" in name or "securitytoken" in message.replace(" ", "").lower()
    if token and name.startswith(
        ("invalidsecuritytoken", "missingsecuritytoken", "invalidparameter", "missingparameter")
    ):
        if "expired" in name or "expired" in message.lower():
            return AuthError(f"The security token has expired{source}; get a new one.")
        if name.startswith("missing"):
            return AuthError(f"The access key is a temporary one and its security token is missing{source}.")
        if "mismatch" in name:
            return AuthError(f"The security token does not belong to the access key{source}.")
        return AuthError(f"The security token is not valid{source}.")
    return None


def _said(code: str | None, message: str, asked: Asked) -> str:
    """`` (Code: message)`` without the echo of what was signed and without secrets, at most 300 characters."""
    text = _ECHO.sub("", message)
    for secret in (*asked.credentials.secrets(), asked.credentials.access_key_id):
        text = text.replace(secret, "***")
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())[:300]
    said = ": ".join(part for part in (code, text.rstrip(".")) if part)
    return f" ({said})." if said else "."


def _squeezed(text: str) -> str:
    return re.sub(r"\s|\\n", "", text)


def _text(value: t.Any) -> str | None:
    if value is None or isinstance(value, (dict, list)):
        return None
    return "".join(char for char in str(value)[:2000] if char.isprintable() or char.isspace()) or None


def _integer(value: t.Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value, re.ASCII):
        return int(value)
    return None
