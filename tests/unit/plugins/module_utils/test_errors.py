# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils import _errors

KINDS = {
    "OptionsError": "options",
    "DependencyError": "dependency",
    "AuthError": "auth",
    "PermissionDeniedError": "permission",
    "NotFoundError": "not_found",
    "ThrottledError": "throttled",
    "UnsupportedError": "unsupported",
    "ApiError": "api",
    "TransportError": "transport",
    "ProtocolError": "protocol",
    "DeadlineError": "timeout",
}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_kind(name: str, kind: str) -> None:
    error = getattr(_errors, name)("It failed.", code="C", http_status=418, request_id="R", service="s")
    assert error.as_dict() == {
        "kind": kind,
        "code": "C",
        "message": "It failed.",
        "http_status": 418,
        "request_id": "R",
        "retryable": name in ("ThrottledError", "TransportError"),
        "service": "s",
    }
    assert str(error) == "It failed."
    assert error.ends_task is (name in ("OptionsError", "DependencyError", "AuthError"))


def test_attempts_appear_when_known() -> None:
    error = _errors.TransportError("Gone.", retryable=False)
    error.attempts = 3
    assert error.as_dict()["attempts"] == 3
    assert error.retryable is False


def test_every_class_is_covered() -> None:
    assert {cls.__name__ for cls in _errors.CloudVpnError.__subclasses__()} == set(KINDS)
