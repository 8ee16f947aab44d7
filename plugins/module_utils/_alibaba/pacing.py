# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Staying under the quota of 600 calls in 60 seconds per region and account (VPN Gateway quota page)."""

from __future__ import annotations

import threading
import time
import typing as t
from collections import deque

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import ThrottledError

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline

# A little below the quota: calls reach the service later than they are counted here, and not evenly so.
CALLS, PERIOD = 570, 60.0
# Throttled after fewer calls than this says nothing about a rate: then only the pause counts.
LEAST_CALLS = 60
PAUSE_BASE, PAUSE_CAP = 0.5, 10.0


class Pacer:
    """Counts the calls of all threads of a task; ``acquire`` blocks until one more fits."""

    def __init__(
        self,
        calls: int = CALLS,
        period: float = PERIOD,
        clock: t.Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = self._calls = calls
        self._period = period
        self._clock = clock
        self._sent: deque[float] = deque()
        self._not_before = 0.0
        self._refusal: ThrottledError | None = None
        self._throttled_at = -2 * period
        self._streak = 0
        self._condition = threading.Condition()
        self._closed = False

    def acquire(self, deadline: Deadline, service: str) -> None:
        """Wait for a slot. When it lies beyond the deadline, raises at once: what the service said if it asked for the
        pause, else DeadlineError."""
        with self._condition:
            while True:
                now = self._clock()
                while self._sent and self._sent[0] <= now - self._period:
                    self._sent.popleft()
                if self._calls < self._most and now - self._throttled_at > self._period:
                    self._calls, self._throttled_at = min(self._most, self._calls * 2), now
                ready = self._not_before
                if len(self._sent) >= self._calls:
                    ready = max(ready, self._sent[-self._calls] + self._period)
                if ready <= now or self._closed:
                    self._sent.append(now)
                    return
                if ready - now >= deadline.remaining():
                    if self._refusal is not None and ready == self._not_before:
                        raise self._too_long(self._refusal)
                    raise deadline.error(
                        f"keeping below the limit of {service} ({self._calls} calls in {self._period:g} s)",
                        None,
                        service,
                    )
                self._condition.wait(ready - now)

    def throttled(self, refusal: ThrottledError) -> None:
        """The service asked to slow down: all pause and keep to the rate it bore."""
        retry_after = refusal.retry_after
        with self._condition:
            now = self._clock()
            # Answers to requests that were under way together are one sign, not many.
            if now - self._throttled_at > PAUSE_BASE:
                self._streak = self._streak + 1 if now - self._throttled_at < self._period else 1
                if len(self._sent) >= LEAST_CALLS:
                    self._calls = max(LEAST_CALLS, min(self._calls, len(self._sent) * 9 // 10))
            self._throttled_at = now
            pause = min(PAUSE_BASE * 2.0 ** (self._streak - 1), PAUSE_CAP) if retry_after is None else retry_after
            if now + pause > self._not_before:
                self._not_before = now + pause
                self._refusal = refusal if retry_after is not None else None

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    @staticmethod
    def _too_long(refusal: ThrottledError) -> ThrottledError:
        """What one thread was told holds for all; an error of its own for each, as each adds to it."""
        error = ThrottledError(
            f"{refusal.message} It asks to wait {refusal.retry_after:g} s, longer than the deadline leaves.",
            code=refusal.code,
            http_status=refusal.http_status,
            request_id=refusal.request_id,
            service=refusal.service,
        )
        # Not counted yet when this thread is quicker than the one that was refused.
        error.attempts = refusal.attempts or 1
        return error
