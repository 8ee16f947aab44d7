# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Alibaba Cloud's two request signatures for RPC services: ACS3-HMAC-SHA256 and the older HMAC-SHA1 query scheme.

Both return a ``Signed``: the query to append to the URL byte for byte, the headers, and the string that was signed. The
latter is only ever compared with what the service echoes, never shown.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import typing as t
from dataclasses import dataclass, field
from urllib.parse import quote

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.credentials import Credentials

ALGORITHM = "ACS3-HMAC-SHA256"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Signed:
    """A signed request: ``query`` without ``?``."""

    query: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    string_to_sign: str = field(repr=False)


def encode(text: str) -> str:
    """RFC 3986 percent-encoding of UTF-8: only unreserved characters stay."""
    return quote(text, safe="~")


def canonical_query(params: t.Mapping[str, str]) -> str:
    """``a=1&b=2`` in byte order of the names, everything encoded; a value that is empty keeps its ``=``."""
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(params.items()))


def sign_v3(
    method: str,
    host: str,
    action: str,
    version: str,
    params: t.Mapping[str, str],
    credentials: Credentials,
    nonce: str,
    timestamp: str,
    body: bytes = b"",
) -> Signed:
    """Sign with ACS3-HMAC-SHA256; ``host`` with its port unless it is the default, ``timestamp`` ISO 8601 UTC."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-version": version,
        "x-acs-date": timestamp,
        "x-acs-signature-nonce": nonce,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
    }
    if body:
        headers["content-type"] = FORM
    if credentials.security_token:
        headers["x-acs-security-token"] = credentials.security_token
    query = canonical_query(params)
    to_sign, authorization = authorize_v3(method, query, headers, headers["x-acs-content-sha256"], credentials)
    headers["Authorization"] = authorization
    # Not signed: proxies rewrite it.
    headers["Accept"] = "application/json"
    return Signed(query, headers, to_sign)


def authorize_v3(
    method: str, query: str, headers: t.Mapping[str, str], payload_hash: str, credentials: Credentials
) -> tuple[str, str]:
    """(string to sign, value of the ``Authorization`` header) for the headers given, all of which are signed."""
    merged: dict[str, list[str]] = {}
    for name, value in headers.items():
        merged.setdefault(name.lower(), []).append(value.strip())
    names = sorted(merged)
    lines = "".join(f"{name}:{','.join(sorted(merged[name]))}\n" for name in names)
    signed_names = ";".join(names)
    request = f"{method}\n/\n{query}\n{lines}\n{signed_names}\n{payload_hash}"
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = credentials.access_key_secret.encode()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    value = f"{ALGORITHM} Credential={credentials.access_key_id},SignedHeaders={signed_names},Signature={signature}"
    return to_sign, value


def sign_v1(
    method: str,
    action: str,
    version: str,
    params: t.Mapping[str, str],
    credentials: Credentials,
    nonce: str,
    timestamp: str,
) -> Signed:
    """Sign with the HMAC-SHA1 query scheme. The key ID and a security token travel in the query: that is the scheme."""
    every = {
        "Action": action,
        "Version": version,
        "Format": "JSON",
        "AccessKeyId": credentials.access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": nonce,
        "Timestamp": timestamp,
        **params,
    }
    if credentials.security_token:
        every["SecurityToken"] = credentials.security_token
    to_sign, every["Signature"] = signature_v1(method, every, credentials)
    return Signed(canonical_query(every), {"Accept": "application/json"}, to_sign)


def signature_v1(method: str, params: t.Mapping[str, str], credentials: Credentials) -> tuple[str, str]:
    """(string to sign, signature) over all parameters of a request."""
    to_sign = f"{method}&%2F&{encode(canonical_query(params))}"
    key = f"{credentials.access_key_secret}&".encode()
    # SHA-1 is what this scheme is defined with; the default scheme does not use it.
    return to_sign, base64.b64encode(hmac.new(key, to_sign.encode(), hashlib.sha1).digest()).decode()
