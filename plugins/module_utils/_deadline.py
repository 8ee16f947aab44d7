# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The deadline of a fetch round, and the watchdog that makes it hold.

A read timeout starts anew with every byte: a server that sends one byte a second in its header lines or chunk sizes is
never caught by it. The watchdog shuts the socket down from outside, so the blocked read returns at once.
"""

from __future__ import annotations

import math
import os
import socket
import threading
import time
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import DeadlineError


class Deadline:
    """A point on the monotonic clock, ``seconds`` from now (None: never)."""

    def __init__(self, seconds: float | None, clock: t.Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._at = math.inf if seconds is None else clock() + seconds

    @classmethod
    def never(cls) -> Deadline:
        return cls(None)

    def remaining(self) -> float:
        """Seconds left, at least 0; ``math.inf`` when there is no deadline."""
        return max(0.0, self._at - self._clock())

    def expired(self) -> bool:
        return self.remaining() <= 0.0

    def error(self, what: str, last: Exception | None = None, service: str | None = None) -> DeadlineError:
        """The error for ``what`` ("reading the answer of …") that the deadline cut short."""
        text = f"The deadline of {self.seconds or 0:g} s passed while {what}."
        if last is not None:
            text += f" The last failure before that: {last}"
        return DeadlineError(text, service=service)

    def check(self, what: str) -> None:
        """Raise DeadlineError when the deadline has passed."""
        if self.expired():
            raise self.error(what)


class Guard:
    """The sockets of one request in flight. ``cut`` ends whatever blocks on them, from any thread."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self._lock = threading.Lock()
        self._sock: socket.socket | None = None
        self._owned = False
        self.was_cut = False

    def watch(self, sock: socket.socket | None) -> None:
        with self._lock:
            self._forget()
            self._sock = sock
            if self.was_cut:
                self._shut()

    def watch_copy(self, sock: socket.socket) -> None:
        """Watch a socket from before it connects: a copy stays valid while TLS takes the original over."""
        copy = socket.socket(fileno=os.dup(sock.fileno()))
        with self._lock:
            self._forget()
            self._sock, self._owned = copy, True
            if self.was_cut:
                self._shut()

    def cut(self) -> None:
        with self._lock:
            self.was_cut = True
            self._shut()

    def release(self) -> None:
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        if self._owned and self._sock is not None:
            self._sock.close()
        self._sock, self._owned = None, False

    def _shut(self) -> None:
        if self._sock is None:
            return
        try:
            # Not SSLSocket.shutdown: that would take the TLS object away from the thread that is reading through it.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
        except OSError:
            pass  # already closed


class Watchdog:
    """One thread that cuts every guarded request whose deadline passes; started with the first finite deadline."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._guards: set[Guard] = set()
        self._thread: threading.Thread | None = None
        self._next = math.inf
        self._closed = False

    def add(self, guard: Guard) -> None:
        left = guard.deadline.remaining()
        with self._condition:
            self._guards.add(guard)
            if self._closed:
                guard.cut()
                return
            if left == math.inf:
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="cloud_vpn-deadline", daemon=True)
                self._thread.start()
            elif time.monotonic() + left < self._next:
                self._condition.notify()

    def remove(self, guard: Guard) -> None:
        guard.release()
        with self._condition:
            self._guards.discard(guard)

    def close(self) -> None:
        """Cut all that is in flight and end the thread."""
        with self._condition:
            self._closed = True
            for guard in self._guards:
                guard.cut()
            self._condition.notify()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(5.0)

    def _run(self) -> None:
        with self._condition:
            while not self._closed:
                shortest = math.inf
                for guard in self._guards:
                    left = guard.deadline.remaining()
                    if left <= 0.0:
                        guard.cut()
                    else:
                        shortest = min(shortest, left)
                self._next = time.monotonic() + shortest
                self._condition.wait(None if shortest == math.inf else shortest)
