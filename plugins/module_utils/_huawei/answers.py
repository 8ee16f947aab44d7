# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What IAM, the API gateway, and the VPN service say when they refuse, as errors of the collection.

Codes: error pages of the VPN API (vpn_api_0067), of the API gateway (api-sign-errorcode), and of IAM. Bodies come in
several shapes; the documents disagree, so all of them are read.
"""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass, field

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

GIVEN_TOKEN, OWN_TOKEN, KEY, PASSWORD, AGENCY = "given token", "own token", "key", "password", "agency"


@dataclass(frozen=True)
class Asked:
    """What a request was about: goes into the text of errors. ``proof`` is what it was signed in with."""

    subject: str
    service: str
    region: str | None
    proof: str
    source: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def place(self) -> str:
        return f"region {self.region}" if self.region else f"the region of {self.service}"


class Refusal(t.NamedTuple):
    """What the body and the headers of a refusal say."""

    code: str | None
    message: str
    request_id: str | None
    mfa: bool = False


_CODE = re.compile(r"\b(?:IAM|APIGW|APIG|VPN)\.\d{4}\b")
# The gateway may echo what it has signed itself, which must not end up in logs; the text before it is enough.
_ECHO = re.compile(r"[\s,;:(]*(?:canonical\s?request|string\s?to\s?sign|authorization_message).*", re.I | re.S)
_CLOCK = re.compile(
    r"signature (?:is |has )?expired|expired signature|time\s?stamp|time skew|clock|x-sdk-date|request time", re.I
)
_KEYS = (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message"))


def read_refusal(response: HttpResponse, secrets: t.Iterable[str] = ()) -> Refusal:
    """Code, message, and request ID of a refusal, whatever the shape of its body. ``secrets`` are blotted out."""
    try:
        body: t.Any = json.loads(response.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        body = None
    code: str | None = None
    message, mfa = "", False
    if isinstance(body, dict):
        mfa = "receipt" in body or "required_auth_methods" in body
        for part in [body] + [value for value in body.values() if isinstance(value, dict)]:
            found = next(((part.get(a), part.get(b)) for a, b in _KEYS if part.get(a) or part.get(b)), None)
            if found is not None:
                # Keystone's "code" is the HTTP status again.
                code = found[0] if isinstance(found[0], str) and not found[0].isdigit() else None
                message = found[1] if isinstance(found[1], str) else ""
                break
    if code is None:
        inside = _CODE.search(message)
        code = inside.group(0) if inside is not None else None
    if code is not None:
        code = _plain(code, ())[:40].replace("APIG.", "APIGW.")
    headers = response.headers
    request_id = headers.get("X-Request-Id") or headers.get("X-IAM-Trace-Id") or headers.get("X-Openstack-Request-Id")
    if not request_id and isinstance(body, dict) and isinstance(body.get("request_id"), str):
        request_id = body["request_id"]
    return Refusal(code, _plain(message, secrets), _plain(request_id, ())[:80] if request_id else None, mfa)


def _plain(text: str, secrets: t.Iterable[str]) -> str:
    for secret in secrets:
        if secret:
            text = text.replace(secret, "********")
    text = _ECHO.sub("", text)
    return "".join(char if char.isprintable() else " " for char in text).strip()[:300]


def is_clock(refusal: Refusal) -> bool:
    """Whether a signature was refused for its time stamp."""
    return bool(_CLOCK.search(refusal.message))


_Rule = t.Tuple[t.Type[CloudVpnError], bool, str]
_RULES: t.Mapping[str, _Rule] = {
    "VPN.0001": (NotFoundError, False, "was not found in {place} (a wrong region or project looks the same)"),
    "VPN.0002": (ApiError, True, "could not be read: the service failed"),
    "VPN.0003": (
        PermissionDeniedError,
        False,
        "may not be read with this sign-in (IAM action getLog, and the project)",
    ),
    "VPN.0004": (NotFoundError, False, "was not found in {place} (a wrong region or project looks the same)"),
    "VPN.0005": (ApiError, True, "could not be read: the service could not sign in itself"),
    "VPN.0006": (ApiError, True, "could not be read: the service cannot reach IAM"),
    "VPN.0007": (
        PermissionDeniedError,
        False,
        "may not be read: the user lacks the IAM action vpn:vpnConnections:getLog",
    ),
    "VPN.0009": (ApiError, False, "is being deleted"),
    "VPN.0014": (ApiError, True, "could not be read: the service is busy"),
    "VPN.0016": (ApiError, True, "could not be read: its gateway is not ready"),
    "VPN.0017": (ApiError, True, "could not be read: its gateway is not ready"),
    "VPN.0030": (ApiError, True, "could not be read: the service is busy"),
    "VPN.0031": (ApiError, True, "could not be read: the service is busy with the same operation"),
    "VPN.0304": (
        UnsupportedError,
        False,
        "has no log: the version of its VPN gateway is too old for log queries; upgrade the gateway",
    ),
    "VPN.0305": (
        UnsupportedError,
        False,
        "has no log: logs are not offered for connections of the policy template type",
    ),
    "VPN.0306": (ApiError, True, "could not be read: it is being updated"),
    "VPN.0429": (ThrottledError, True, "could not be read: too many requests"),
    "VPN.0506": (ApiError, True, "could not be read: its gateway is being created"),
    "VPN.0507": (ApiError, True, "could not be read: its gateway is being updated"),
    "VPN.0508": (ApiError, False, "could not be read: its gateway is being deleted"),
    "VPN.0509": (NotFoundError, False, "was not found in {place}: its gateway does not exist"),
    "APIGW.0101": (
        UnsupportedError,
        False,
        "could not be read: {service} does not offer the log query of Enterprise Edition VPN; check region and endpoint",
    ),
    "APIGW.0302": (PermissionDeniedError, False, "may not be read: the gateway has barred this user"),
    "APIGW.0308": (ThrottledError, True, "could not be read: too many requests"),
    "APIGW.0310": (PermissionDeniedError, False, "may not be read: the project is not available"),
}
_BY_STATUS: t.Mapping[int, _Rule] = {
    401: (AuthError, False, ""),
    403: (PermissionDeniedError, False, "may not be read with this sign-in"),
    404: (NotFoundError, False, "was not found in {place} (a wrong region or project looks the same)"),
    408: (ApiError, True, "could not be read: the service waited too long"),
    409: (ApiError, True, "could not be read: it is in a state that does not allow it now"),
    425: (ApiError, False, "could not be read: it is in a state that does not allow it now"),
    429: (ThrottledError, True, "could not be read: too many requests"),
}


def vpn_error(response: HttpResponse, asked: Asked) -> CloudVpnError:
    """The error for an answer of the VPN service, or of the gateway before it, that is not the log."""
    refusal = read_refusal(response, asked.secrets)
    status = response.status
    rule = _RULES.get(refusal.code or "") or _BY_STATUS.get(status)
    if status == 401 or refusal.code == "VPN.0010":
        return _made(AuthError, _refused_proof(asked, refusal), response, refusal, asked, False)
    if rule is None:
        if not 400 <= status < 600:
            return ProtocolError(
                f"{asked.service} answered with HTTP status {status}, which the log query never gives.",
                http_status=status,
                request_id=refusal.request_id,
                service=asked.service,
            )
        rule = (ApiError, status in (500, 502, 503, 504), f"could not be read (HTTP status {status})")
    kind, retryable, text = rule
    sentence = f"{asked.subject} {text.format(place=asked.place, service=asked.service)}"
    return _made(kind, sentence, response, refusal, asked, retryable)


def _refused_proof(asked: Asked, refusal: Refusal) -> str:
    said, place = refusal.message.lower(), asked.place
    if asked.proof == KEY:
        if "limit" in said and "forbidden" in said:
            return "The access key is locked for five minutes after too many wrong signatures"
        if "not exist" in said or "get secretkey failed" in said:
            return f"The access key from {asked.source} is not known in {place}; check access_key and region"
        if "security token" in said or "securitytoken" in said:
            return f"The security token of the access key from {asked.source} was refused; it may have expired"
        if "signature" in said and not is_clock(refusal):
            return f"The signature was refused: the secret key from {asked.source} does not belong to the access key"
        return f"The access key from {asked.source} was refused in {place}"
    trap = " A token holds in the region that issued it only" if refusal.code == "APIGW.0307" else ""
    if asked.proof == GIVEN_TOKEN:
        return (
            f"The token from {asked.source} was refused in {place}: it has expired, was revoked, or is of another "
            f"region or project. A token that was given cannot be renewed here; get a new one, or sign in with a "
            f"password or an access key.{trap}".rstrip(".")
        )
    return (
        f"The token that IAM has issued is refused in {place}, a second one as well; check that auth_url and region "
        f"belong together.{trap}".rstrip(".")
    )


_IAM_AUTH: t.Mapping[str, str] = {
    "IAM.0061": "the account is locked after too many failed sign-ins (15 minutes by default)",
    "IAM.0062": "the user name or the password is wrong",
    "IAM.0066": "the token has expired",
    "IAM.0067": "the token is not valid",
    "IAM.0080": "the user is disabled",
    "IAM.0082": "the user is disabled",
    "IAM.0081": "the user may use the console only; allow programmatic access for it",
    "IAM.1108": "the temporary access key has expired",
}


def iam_error(response: HttpResponse, asked: Asked) -> CloudVpnError:
    """The error for an answer of IAM that is not what was asked for; ``asked.subject`` is "Signing in as …"."""
    refusal = read_refusal(response, asked.secrets)
    status, code = response.status, refusal.code or ""
    if status == 429 or code in ("IAM.0012", "APIGW.0308"):
        return _made(ThrottledError, f"{asked.subject} was throttled", response, refusal, asked, True)
    if status == 401 or code in _IAM_AUTH:
        return _made(AuthError, f"{asked.subject} failed: {_why(asked, refusal)}", response, refusal, asked, False)
    if code == "IAM.1109":
        text = f"{asked.subject} failed: the project was not found; check project_id, project_name, and region"
        return _made(NotFoundError, text, response, refusal, asked, False)
    if status == 403:
        return _made(PermissionDeniedError, f"{asked.subject} is not allowed", response, refusal, asked, False)
    if status in (404, 405):
        text = f"{asked.subject} failed: there is no IAM at {asked.service} (check auth_url)"
        return _made(OptionsError, text, response, refusal, asked, False)
    if not 400 <= status < 600:
        return ProtocolError(
            f"{asked.service} answered with HTTP status {status}, which IAM never gives here.",
            http_status=status,
            service=asked.service,
        )
    text = f"{asked.subject} failed (HTTP status {status})"
    return _made(ApiError, text, response, refusal, asked, status in (500, 502, 503, 504))


def _why(asked: Asked, refusal: Refusal) -> str:
    if refusal.mfa or re.search(r"multi-?factor|\bmfa\b|verification code", refusal.message, re.I):
        return "the user has multi-factor authentication; give user_id (not username) and a valid passcode"
    known = _IAM_AUTH.get(refusal.code or "")
    if known:
        return known
    if asked.proof == PASSWORD:
        return (
            "user, password, domain, or project is wrong (IAM does not say which). It was tried once only, since "
            "accounts are locked after a few attempts"
        )
    text = _refused_proof(asked, refusal)
    return text[:1].lower() + text[1:]


def _made(
    kind: t.Type[CloudVpnError], sentence: str, response: HttpResponse, refusal: Refusal, asked: Asked, retryable: bool
) -> CloudVpnError:
    said = f" {asked.service} says: {refusal.message.rstrip('.')}" if refusal.message else ""
    details = [detail for detail in (refusal.code, refusal.request_id and f"request {refusal.request_id}") if detail]
    tail = f" ({', '.join(details)})" if details else ""
    text = f"{sentence}.{said}{tail}." if said else f"{sentence}{tail}."
    return kind(
        text,
        code=refusal.code,
        http_status=response.status,
        request_id=refusal.request_id,
        retryable=retryable,
        service=asked.service,
        retry_after=retry_after(response) if retryable else None,
    )
