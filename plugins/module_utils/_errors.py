# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The error tree of the collection.

Everything that can go wrong between the options and the raw lines is one of these classes, so that modules and lookups
translate errors in exactly one place. ``kind`` is the word that users match on; ``as_dict()`` is the ``error`` result.
"""

from __future__ import annotations

import typing as t


class CloudVpnError(Exception):
    """Base of the tree; raised through its subclasses only.

    ``message`` is a readable sentence without any secret: no URL query, no header value, no text that was signed.
    ``retry_after`` is in seconds. ``attempts`` is set by the HTTP client: how often the request was sent.
    """

    kind: t.ClassVar[str] = "api"
    default_retryable: t.ClassVar[bool] = False
    # True: no other connection of the task can fare better (a wrong password, a missing library).
    ends_task: t.ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
        retryable: bool | None = None,
        service: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.http_status = http_status
        self.request_id = request_id
        self.retryable = self.default_retryable if retryable is None else retryable
        self.service = service
        self.retry_after = retry_after
        self.attempts: int | None = None

    def __str__(self) -> str:
        return self.message

    def as_dict(self) -> dict[str, t.Any]:
        """The ``error`` value of a failed task."""
        result: dict[str, t.Any] = {
            "kind": self.kind,
            "code": self.code,
            "message": self.message,
            "http_status": self.http_status,
            "request_id": self.request_id,
            "retryable": self.retryable,
            "service": self.service,
        }
        if self.attempts is not None:
            result["attempts"] = self.attempts
        return result


class OptionsError(CloudVpnError):
    """An option is wrong or missing; found before any request, or refused by the service as such."""

    kind = "options"
    ends_task = True


class DependencyError(CloudVpnError):
    """A Python library is missing; ``code`` is the name to install, ``import_error`` the traceback of the import."""

    kind = "dependency"
    ends_task = True
    import_error: str | None = None


class AuthError(CloudVpnError):
    """Who you are was refused: wrong key, wrong password, expired token. Holds for the whole task."""

    kind = "auth"
    ends_task = True


class PermissionDeniedError(CloudVpnError):
    """You are known, but may not do this."""

    kind = "permission"


class NotFoundError(CloudVpnError):
    """The connection, tunnel, or project does not exist where we looked."""

    kind = "not_found"


class ThrottledError(CloudVpnError):
    """The service asks us to slow down."""

    kind = "throttled"
    default_retryable = True


class UnsupportedError(CloudVpnError):
    """The service, region, or gateway does not offer the operation."""

    kind = "unsupported"


class ApiError(CloudVpnError):
    """Any other refusal that the service worded itself."""

    kind = "api"


class TransportError(CloudVpnError):
    """No answer came through: refused, reset, cut short, timed out, TLS."""

    kind = "transport"
    default_retryable = True


class ProtocolError(CloudVpnError):
    """An answer came that the service should never give: HTML, a redirect, broken JSON, endless pages."""

    kind = "protocol"


class DeadlineError(CloudVpnError):
    """The ``deadline`` of the fetch round passed first."""

    kind = "timeout"
