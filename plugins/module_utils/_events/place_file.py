# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Places on disk: one file, readable by its owner only, replaced as a whole, used by one process at a time."""

from __future__ import annotations

import json
import os
import stat
import tempfile
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.place import Place

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

_FORMAT = "netops.cloud_vpn places"
_VERSION = 1


class PlaceFile:
    """The file at ``path``; ``close`` lets others have it. Raises OptionsError when it cannot be used."""

    def __init__(self, path: str) -> None:
        self._path = os.path.abspath(os.path.expanduser(path))
        self._lock = self._locked()

    def load(self, connections: t.Iterable[str]) -> t.Dict[str, Place]:
        """The places of those of ``connections`` that the file knows; none when there is no file yet.

        A file that knows none of them belongs to somebody else, and is left alone.
        """
        try:
            handle = os.open(self._path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError:
            return {}
        except OSError as exc:
            raise self._unusable(f"cannot be read ({exc.strerror})") from exc
        with os.fdopen(handle, encoding="utf-8", errors="strict") as stream:
            found = os.fstat(handle)
            if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
                raise self._unusable("belongs to another user")
            if stat.S_IMODE(found.st_mode) & 0o022:
                raise self._unusable(f"can be changed by others (mode {stat.S_IMODE(found.st_mode):04o})")
            try:
                data = json.load(stream)
            except (ValueError, RecursionError) as exc:
                raise self._unusable("is damaged; " + _REMEDY) from exc
        places = self._places(data)
        wanted = list(connections)
        if places and not set(places) & set(wanted):
            raise self._unusable(
                "is of other VPN connections ({}), not of {}; give each event source a file of its own".format(
                    ", ".join(list(places)[:3]), ", ".join(wanted[:3])
                )
            )
        return {connection_id: places[connection_id] for connection_id in wanted if connection_id in places}

    def save(self, places: t.Mapping[str, Place]) -> None:
        """Replace the file; whoever reads it finds the old content or the new one, also after a power cut."""
        data = {
            "format": _FORMAT,
            "version": _VERSION,
            "connections": {connection_id: place.to_json() for connection_id, place in places.items()},
        }
        folder = os.path.dirname(self._path)
        temporary = ""
        try:
            handle, temporary = tempfile.mkstemp(prefix=".places-", dir=folder)  # mode 0600
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(data, stream)
                stream.flush()
                os.fsync(handle)
            os.replace(temporary, self._path)
            temporary = ""
            _sync_folder(folder)
        except OSError as exc:
            raise self._unusable(f"cannot be written ({exc.strerror})") from exc
        finally:
            # On an interrupt as well, no half-written file stays behind.
            if temporary:
                os.unlink(temporary)

    def close(self) -> None:
        """Let go of the file."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _locked(self) -> t.Optional[int]:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            handle = os.open(self._path + ".lock", flags, 0o600)
        except OSError as exc:
            raise self._unusable(f"cannot be locked ({exc.strerror})") from exc
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            os.close(handle)
            raise self._unusable("is in use by another event source; give each event source a file of its own") from exc
        return handle

    def _places(self, data: t.Any) -> t.Dict[str, Place]:
        if not isinstance(data, dict) or data.get("format") != _FORMAT:
            raise self._unusable("is something else than a state file of this event source")
        if data.get("version") != _VERSION:
            raise self._unusable(
                f"has version {data.get('version')!r}, and this release of the collection reads version {_VERSION}; {_REMEDY}"
            )
        try:
            return {str(key): Place.from_json(value) for key, value in data["connections"].items()}
        except (KeyError, AttributeError, ValueError) as exc:
            raise self._unusable("is damaged; " + _REMEDY) from exc

    def _unusable(self, why: str) -> OptionsError:
        return OptionsError(f"state_file: '{self._path}' {why}.")


_REMEDY = "remove it to begin anew at 'since', which may repeat or leave out events"


def _sync_folder(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
