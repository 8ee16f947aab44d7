# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What is put on a request so that the service knows who asks: a token, or a signature.

Both kinds remember what was refused for good, so that a wrong password or key is tried once per task however many
threads ask, and both decide whether a refused request is worth one more try.
"""

from __future__ import annotations

import threading
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    AuthError,
    CloudVpnError,
    NotFoundError,
    OptionsError,
    PermissionDeniedError,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.answers import GIVEN_TOKEN, KEY, OWN_TOKEN
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.iam import Token
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.signing import Query, sdk_date, sign

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import SignIn

# A clock that is less than this off is not why the gateway (which allows 15 minutes) refused a signature.
LEAST_SKEW = 60.0
# Temporary keys are renewed this long before their end.
KEY_MARGIN = 60.0


@dataclass(frozen=True)
class Request:
    """A GET or POST before anything is put on it. ``host`` has no default port; ``path`` and ``query`` are as sent."""

    method: str
    host: str
    path: str
    query: Query = ()
    body: bytes = b""
    headers: t.Mapping[str, str] | None = None


@dataclass(frozen=True)
class Proof:
    """What one request is signed in with; ``generation`` tells a renewed one from the one before."""

    generation: int
    token: str | None = field(default=None, repr=False)
    sign_in: SignIn | None = None
    skew: float = 0.0

    def secrets(self) -> tuple[str, ...]:
        return tuple(value for value in (self.token, *(self.sign_in.secrets() if self.sign_in else ())) if value)


class Authority(t.Protocol):
    """A way to sign in requests. Thread-safe."""

    proof: str
    source: str

    def take(self, deadline: Deadline) -> Proof:
        """The current proof. Raises what was raised before when that was final."""

    def headers(self, proof: Proof, request: Request, project_id: str | None) -> dict[str, str]:
        """All headers of ``request``, freshly signed."""

    def heal(self, proof: Proof, error: AuthError, skew: float | None, deadline: Deadline) -> bool:
        """Whether the request that was refused with ``error`` is worth one more try, with a new proof."""

    def accepted(self, proof: Proof) -> None:
        """The service took this proof."""


class GivenToken:
    """A token that the user gave: used as it is."""

    proof = GIVEN_TOKEN

    def __init__(self, sign_in: SignIn) -> None:
        self.source = sign_in.source
        self._proof = Proof(0, token=sign_in.token)
        self._refused: AuthError | None = None

    def take(self, deadline: Deadline) -> Proof:
        if self._refused is not None:
            raise self._refused
        return self._proof

    def headers(self, proof: Proof, request: Request, project_id: str | None) -> dict[str, str]:
        return _with_token(proof, request)

    def heal(self, proof: Proof, error: AuthError, skew: float | None, deadline: Deadline) -> bool:
        self._refused = error
        return False

    def accepted(self, proof: Proof) -> None:
        pass


class OwnToken:
    """A token that ``issue`` gets from IAM, renewed before it ends, and once when it is refused.

    ``issue`` may take it from a cache; ``drop`` is called with a token that was refused.
    """

    proof = OWN_TOKEN

    def __init__(
        self,
        source: str,
        issue: t.Callable[[Deadline], Token],
        drop: t.Callable[[str], None] = lambda token: None,
        monotonic: t.Callable[[], float] = time.monotonic,
    ) -> None:
        self.source = source
        self._issue = issue
        self._drop = drop
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._proof: Proof | None = None
        self._token: Token | None = None
        self._renew_at: float | None = None
        self._doubtful = False  # the current token replaces a refused one, and was not accepted yet
        self._refused: CloudVpnError | None = None

    @property
    def token(self) -> Token | None:
        return self._token

    def take(self, deadline: Deadline) -> Proof:
        with self._lock:
            if self._refused is not None:
                raise self._refused
            due = self._renew_at is not None and self._monotonic() >= self._renew_at
            if self._proof is None or due:
                return self._sign_in(deadline)
            return self._proof

    def _sign_in(self, deadline: Deadline) -> Proof:
        try:
            token = self._issue(deadline)
        except (AuthError, OptionsError, PermissionDeniedError, NotFoundError) as exc:
            # Final: another attempt with the same password only brings the account closer to being locked.
            self._refused = exc
            raise
        life = token.usable_for()
        self._token = token
        self._renew_at = None if life is None else self._monotonic() + life
        self._proof = Proof(self._proof.generation + 1 if self._proof else 1, token=token.value)
        return self._proof

    def headers(self, proof: Proof, request: Request, project_id: str | None) -> dict[str, str]:
        return _with_token(proof, request)

    def heal(self, proof: Proof, error: AuthError, skew: float | None, deadline: Deadline) -> bool:
        with self._lock:
            if self._refused is not None:
                raise self._refused
            if self._proof is None or self._proof.generation != proof.generation:
                return True  # somebody has renewed it meanwhile
            if self._doubtful:
                self._refused = error
                return False
            self._drop(proof.token or "")
            self._sign_in(deadline)
            self._doubtful = True
            return True

    def accepted(self, proof: Proof) -> None:
        with self._lock:
            if self._proof is not None and self._proof.generation == proof.generation:
                self._doubtful = False


class SigningKey:
    """An access key. Temporary ones are renewed through ``reload`` shortly before they end."""

    proof = KEY

    def __init__(
        self,
        sign_in: SignIn,
        reload: t.Callable[[Deadline], SignIn] | None = None,
        now: t.Callable[[], float] = time.time,
    ) -> None:
        self.source = sign_in.source
        self._reload = reload
        self._now = now
        self._lock = threading.Lock()
        self._proof = Proof(0, sign_in=sign_in)
        self._refused: CloudVpnError | None = None
        self._corrected = False
        self.warning: str | None = None

    def take(self, deadline: Deadline) -> Proof:
        with self._lock:
            if self._refused is not None:
                raise self._refused
            old = self._proof
            expires = old.sign_in.expires if old.sign_in is not None else None
            if self._reload is not None and expires is not None and expires - KEY_MARGIN < self._now() + old.skew:
                try:
                    renewed = self._reload(deadline)
                except (AuthError, OptionsError, PermissionDeniedError, NotFoundError) as exc:
                    self._refused = exc
                    raise
                self._proof = Proof(old.generation + 1, sign_in=renewed, skew=old.skew)
            return self._proof

    def headers(self, proof: Proof, request: Request, project_id: str | None) -> dict[str, str]:
        key = proof.sign_in
        if key is None or key.access_key is None or key.secret_key is None:
            raise OptionsError("access_key and secret_key: missing.")
        extra = dict(request.headers or {})
        extra["Host"] = request.host
        if project_id:
            # Sub-projects need it; the official SDK sends it always.
            extra["X-Project-Id"] = project_id
        if key.security_token:
            extra["X-Security-Token"] = key.security_token
        date = sdk_date(self._now() + proof.skew)
        return sign(
            request.method,
            request.host,
            request.path,
            request.query,
            extra,
            request.body,
            key.access_key,
            key.secret_key,
            date,
        ).headers

    def heal(self, proof: Proof, error: AuthError, skew: float | None, deadline: Deadline) -> bool:
        """``skew`` is how far the service's clock is from ours, given when it complained about the time stamp."""
        with self._lock:
            if self._proof.generation != proof.generation:
                return True
            if skew is None or self._corrected or abs(skew - proof.skew) < LEAST_SKEW:
                # A wrong signature is never repeated: the key would be locked after five.
                self._refused = error
                return False
            self._corrected = True
            self._proof = Proof(proof.generation + 1, sign_in=proof.sign_in, skew=skew)
            side = "behind" if skew > 0 else "ahead of"
            self.warning = (
                f"The clock of this machine is {abs(skew):.0f} s {side} the clock of the cloud; requests were signed "
                "with the cloud's time. Set the clock right (NTP)."
            )
            return True

    def accepted(self, proof: Proof) -> None:
        pass


def _with_token(proof: Proof, request: Request) -> dict[str, str]:
    return {**(request.headers or {}), "X-Auth-Token": proof.token or ""}
