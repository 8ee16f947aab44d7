# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signs calls with Alibaba's own package: the tests of the simulator must not lean on the collection's code."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import requests
from alibabacloud_openapi_util.client import Client as OpenApiUtil

EMPTY = hashlib.sha256(b"").hexdigest()


def stamp(shift: float = 0.0) -> str:
    moment = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=shift)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def encode(params: dict[str, str]) -> str:
    return urlencode(params, quote_via=quote, safe="~")


def log_params(ready: dict[str, Any], **more: Any) -> dict[str, str]:
    """A plain query for the last ten minutes; None takes a parameter out."""
    params = {
        "RegionId": ready["alibaba"]["region"],
        "VpnConnectionId": ready["alibaba"]["connections"][0],
        "MinutePeriod": "10",
    }
    params.update(more)
    return {name: str(value) for name, value in params.items() if value is not None}


def v3(
    url: str,
    key: tuple[str, str],
    params: dict[str, str],
    *,
    method: str = "POST",
    action: str = "DescribeVpnConnectionLogs",
    version: str = "2016-04-28",
    token: str | None = None,
    nonce: str | None = None,
    shift: float = 0.0,
) -> requests.PreparedRequest:
    headers = {
        "host": urlsplit(url).netloc,
        "x-acs-action": action,
        "x-acs-version": version,
        "x-acs-date": stamp(shift),
        "x-acs-signature-nonce": nonce or uuid.uuid4().hex,
        "x-acs-content-sha256": EMPTY,
    }
    if token:
        headers["x-acs-security-token"] = token
    request = SimpleNamespace(method=method, pathname="/", query=params, headers=headers)
    headers["Authorization"] = OpenApiUtil.get_authorization(request, "ACS3-HMAC-SHA256", EMPTY, *key)
    return _prepared(method, f"{url}/?{encode(params)}", headers)


def v1(
    url: str,
    key: tuple[str, str],
    params: dict[str, str],
    *,
    method: str = "GET",
    action: str = "DescribeVpnConnectionLogs",
    token: str | None = None,
    nonce: str | None = None,
    shift: float = 0.0,
    **common: str,
) -> requests.PreparedRequest:
    every = {
        **params,
        "Action": action,
        "Version": "2016-04-28",
        "Format": "JSON",
        "AccessKeyId": key[0],
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": nonce or uuid.uuid4().hex,
        "Timestamp": stamp(shift),
        **common,
    }
    if token:
        every["SecurityToken"] = token
    every["Signature"] = OpenApiUtil.get_rpcsignature(every, method, key[1])
    return _prepared(method, f"{url}/?{encode(every)}", {})


def _prepared(method: str, url: str, headers: dict[str, str]) -> requests.PreparedRequest:
    prepared = requests.Request(method, url, headers=headers).prepare()
    prepared.url = url  # byte for byte as signed
    return prepared
