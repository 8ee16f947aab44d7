# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""IAM tokens kept between tasks: one file per token in a directory that nobody else can read.

Off by default. A file is named by a hash of what identifies the token (IAM, account, user, project, agency), which the
password is no part of. Directory and files must belong to us and be closed to others, or they are refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
import time
import typing as t
from contextlib import contextmanager

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import SignIn, home_of
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.iam import Token

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline

_FORMAT = 1


def cache_directory(option: t.Any, environ: t.Mapping[str, str]) -> str | None:
    """Where ``token_cache`` (true, a path, or nothing) puts the tokens; None: nowhere."""
    if option is None or option is False or option == "":
        return None
    if option is True or str(option).lower() in ("true", "yes", "1", "on"):
        base = environ.get("XDG_CACHE_HOME") or os.path.join(home_of(environ), ".cache")
        return os.path.join(base, "netops.cloud_vpn", "tokens")
    if str(option).lower() in ("false", "no", "0", "off"):
        return None
    return os.path.abspath(os.path.expanduser(str(option)))


def identity_of(sign_in: SignIn, url: str, project_name: str | None) -> str:
    """A name for the token of ``sign_in`` at the IAM ``url``, by everything that identifies it but no secret."""
    parts = [
        url,
        sign_in.username if not sign_in.user_id else None,
        sign_in.user_id,
        sign_in.domain_id,
        sign_in.domain_name,
        sign_in.project_id,
        sign_in.project_name or project_name,
        sign_in.project_domain_id,
        sign_in.project_domain_name,
        sign_in.agency_name,
        sign_in.agency_domain_name,
        # A token that was given identifies its user itself, but only as a hash.
        hashlib.sha256(sign_in.token.encode()).hexdigest() if sign_in.token else None,
    ]
    return hashlib.sha256(json.dumps([_FORMAT, *parts]).encode()).hexdigest()


class TokenCache:
    """The tokens in ``directory``, which is made with mode 0700. Raises OptionsError when it is not safe."""

    def __init__(self, directory: str, now: t.Callable[[], float] = time.time) -> None:
        self._directory = directory
        self._now = now

    @contextmanager
    def locked(self, identity: str, deadline: Deadline) -> t.Iterator[None]:
        """Only one process at a time gets a token, the others wait for it and then find it here."""
        self._check_directory()
        path = self._path(identity) + ".lock"
        handle = self._open(path, os.O_RDWR | os.O_CREAT)
        try:
            while fcntl is not None:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError:
                    deadline.check("waiting for another task that signs in (token_cache)")
                    time.sleep(min(0.05, deadline.remaining()))
            yield
        finally:
            os.close(handle)

    def load(self, identity: str) -> Token | None:
        """The token, unless there is none or it is about to end."""
        data = self._read(identity)
        if data is None:
            return None
        value, project_id = data.get("token"), data.get("project_id")
        times = [data.get(name) for name in ("expires", "margin", "stored")]
        numbers = [float(one) for one in times if isinstance(one, (int, float))]
        if not isinstance(value, str) or not isinstance(project_id, str) or len(numbers) != len(times):
            return None
        expires, margin, stored = numbers
        now = self._now()
        # A file "from the future" means that a clock was set: its end is as doubtful.
        if stored > now + 60.0 or expires - margin <= now:
            return None
        return Token(value, project_id, expires - now, margin)

    def store(self, identity: str, token: Token) -> None:
        """Keep ``token``: written beside the old file and put in its place at once."""
        if token.lifetime is None:
            return
        now = self._now()
        data = {
            "token": token.value,
            "project_id": token.project_id,
            "expires": now + token.lifetime,
            "margin": token.margin,
            "stored": now,
        }
        path = self._path(identity)
        temporary = ""
        try:
            handle, temporary = tempfile.mkstemp(prefix=".token-", dir=self._directory)  # mode 0600
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(data, stream)
            os.replace(temporary, path)
            temporary = ""
        except OSError as exc:
            raise self._unusable(path, exc.strerror or "cannot be written") from exc
        finally:
            # On an interrupt as well, no half-written file stays behind.
            if temporary:
                _remove(temporary)

    def drop(self, identity: str, token: str) -> None:
        """Forget ``token``, unless somebody has put a newer one in its place."""
        data = self._read(identity)
        if data is not None and data.get("token") == token:
            _remove(self._path(identity))

    def _path(self, identity: str) -> str:
        return os.path.join(self._directory, identity)

    def _read(self, identity: str) -> dict[str, t.Any] | None:
        path = self._path(identity)
        try:
            handle = self._open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        with os.fdopen(handle, encoding="utf-8", errors="replace") as stream:
            try:
                data = json.load(stream)
            except (ValueError, RecursionError):
                return None  # not ours, or cut short: a new one takes its place
        return data if isinstance(data, dict) else None

    def _open(self, path: str, flags: int) -> int:
        try:
            handle = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0), 0o600)
        except FileNotFoundError:
            raise
        except OSError as exc:
            raise self._unusable(path, exc.strerror or "cannot be opened") from exc
        try:
            self._check(path, os.fstat(handle), stat.S_ISREG)
        except OptionsError:
            os.close(handle)
            raise
        return handle

    def _check_directory(self) -> None:
        try:
            os.makedirs(os.path.dirname(self._directory) or ".", mode=0o700, exist_ok=True)
            try:
                os.mkdir(self._directory, 0o700)
            except FileExistsError:
                pass
            found = os.lstat(self._directory)
        except OSError as exc:
            raise self._unusable(self._directory, exc.strerror or "cannot be made") from exc
        self._check(self._directory, found, stat.S_ISDIR)

    def _check(self, path: str, found: os.stat_result, is_kind: t.Callable[[int], bool]) -> None:
        if not is_kind(found.st_mode):
            raise self._unusable(path, "it is a link or something else that does not belong there")
        if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
            raise self._unusable(path, "it belongs to another user")
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise self._unusable(path, f"others can read it (mode {stat.S_IMODE(found.st_mode):04o}); remove it")

    @staticmethod
    def _unusable(path: str, why: str) -> OptionsError:
        return OptionsError(f"token_cache: '{path}' is not used: {why}.")


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except OSError:
        pass
