# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Temporary access keys as IAM and the metadata service of an ECS instance hand them out."""

from __future__ import annotations

import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError, ProtocolError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import KEY, SignIn
from ansible_collections.netops.cloud_vpn.plugins.module_utils._masking import register
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import parse_instant


def read_temporary_key(body: t.Any, source: str, service: str, now: float) -> SignIn:
    """A key pair as IAM and the metadata service hand it out. Raises ProtocolError for anything else."""
    credential = body.get("credential") if isinstance(body, dict) else None
    if not isinstance(credential, dict):
        credential = {}
    values = [credential.get(name) for name in ("access", "secret", "securitytoken")]
    if not all(isinstance(value, str) and value for value in values):
        raise ProtocolError(f"{service} answered without a temporary access key.", service=service)
    try:
        expires = parse_instant(str(credential.get("expires_at")), now, "expires_at")
    except OptionsError:
        raise ProtocolError(f"{service} gave a temporary access key with an unreadable end.", service=service) from None
    register(values[1:])
    return SignIn(KEY, source, access_key=values[0], secret_key=values[1], security_token=values[2], expires=expires)
