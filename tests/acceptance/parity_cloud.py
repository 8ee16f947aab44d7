# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of STS, metadata services, and a credentials URI whose keys say what they were given for.

Two clients that ask for the same thing get the same key, so that comparing keys compares requests.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from outside import Answer, Asked

END = "2099-01-01T00:00:00Z"
_ROLE = "/latest/meta-data/ram/security-credentials/"
# Session names that clients make up when none is given.
_MADE_UP = re.compile(r"credentials-python-\d+|defaultSessionName|ansible-cloud-vpn")


def key(name: str) -> dict[str, str]:
    return {"AccessKeyId": name, "AccessKeySecret": f"secret-of-{name}", "SecurityToken": f"token-of-{name}"}


def answer(asked: Asked) -> Answer:
    path = urlsplit(asked.path).path
    params = dict(parse_qsl(urlsplit(asked.path).query) + parse_qsl(asked.body.decode()))
    action = asked.headers.get("x-acs-action") or params.get("Action")
    if action in ("AssumeRole", "AssumeRoleWithOIDC"):
        return _json({"Credentials": {**key(_assumed(asked, params, action)), "Expiration": END}})
    if path in ("/latest/api/token", "/meta-data/latest/api/token"):
        return Answer(200, b"metadata-session")
    if path == "/credentials-uri":
        return _json({"Code": "Success", **key(f"uri.{params.get('for', 'plain')}"), "Expiration": END})
    if path in (_ROLE, _ROLE[:-1]):
        return Answer(200, b"of-instance")
    if path.startswith(_ROLE):
        version = "v2" if asked.headers.get("X-aliyun-ecs-metadata-token") else "v1"
        return _json({"Code": "Success", **key(f"ecs.{path[len(_ROLE) :]}.{version}"), "Expiration": END})
    if path == "/openstack/latest/securitykey":
        name = "agency.v2" if asked.headers.get("X-Metadata-Token") else "agency.v1"
        values = {"access": name, "secret": f"secret-of-{name}", "securitytoken": f"token-of-{name}"}
        return _json({"credential": {**values, "expires_at": END.replace("Z", ".000000Z")}})
    return Answer(404, b"")


def _assumed(asked: Asked, params: dict[str, str], action: str) -> str:
    signer = re.search(r"Credential=([^,]+)", asked.headers.get("Authorization") or "")
    who = params.get("OIDCToken", "") if action.endswith("OIDC") else signer[1] if signer else params["AccessKeyId"]
    sent = asked.headers.get("x-acs-security-token") or params.get("SecurityToken") or ""
    parts = [params["RoleArn"].rpartition("/")[2], "by", who]
    parts += ["without-token"] if who.startswith("sts.") and not sent else []
    parts += [] if _MADE_UP.fullmatch(params["RoleSessionName"]) else ["as", params["RoleSessionName"]]
    parts += ["for", params["DurationSeconds"]] if params.get("DurationSeconds", "3600") != "3600" else []
    parts += ["externally", params["ExternalId"]] if params.get("ExternalId") else []
    return "sts." + ".".join(parts)


def _json(body: Any) -> Answer:
    return Answer(200, json.dumps(body).encode(), {"Content-Type": "application/json"})
