# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Reading many windows of pages with a bounded number of requests in flight.

No answer says how many lines there are, so a window is read until a page is short. Pages are asked for ahead of time
only when there is nothing certain left to ask for, so guesses cost next to nothing.
"""

from __future__ import annotations

import threading
import typing as t
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.answers import Page
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.seams import stamp
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import ProtocolError

if t.TYPE_CHECKING:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._provider import Arrive

PAGE_SIZE = 50
# Half a million lines within ten minutes: no gateway writes that, a service that never ends a list does.
MAX_PAGES = 10000
_ROUNDS = 3
Ask = t.Callable[[int, int, int], Page]


@dataclass
class Reading:
    """One window (epoch seconds) on its way from the first page to a list of lines in the service's order."""

    since: int
    until: int
    live: bool = False
    lines: list[str] = field(default_factory=list, repr=False)
    problem: str | None = None
    completed: bool = True
    done: bool = False
    rounds: int = 1
    in_flight: int = 0
    _pages: dict[int, Page] = field(default_factory=dict, repr=False)
    _next: int = 1
    _end: int | None = None
    _rechecking: bool = False
    _before: list[str] | None = field(default=None, repr=False)
    _seen: dict[int, int] = field(default_factory=dict, repr=False)

    def next_page(self, most: int = 1) -> int | None:
        """The page to ask for now, None: nothing. With ``most`` above one also pages that may not exist."""
        if self.done:
            return None
        if self._end is not None:
            return self._end if self._rechecking and not self.in_flight else None
        # Three more in flight for every full page seen: 1, 4, 8, …
        if self.in_flight >= min(most, 3 * len(self._pages) + 1):
            return None
        if self._next > MAX_PAGES:
            raise ProtocolError(
                f"The service goes on sending full pages after {MAX_PAGES} of them; narrow the window, or "
                "check the endpoint."
            )
        self._next += 1
        return self._next - 1

    def add(self, page: Page) -> None:
        """Take a page that arrived. Raises ProtocolError when the service keeps repeating pages."""
        if self._rechecking:
            self._recheck(page)
        else:
            self._pages[page.number] = page
            self.completed = self.completed and page.completed
            if self._repeats(page):
                self._again("the service sends the same page again and again", fatal=True)
                return
            if len(page.lines) < page.size:
                self._end = page.number if self._end is None else min(self._end, page.number)
        if self._end is not None and self.in_flight == 0 and not self.done:
            self._finish()

    def _finish(self) -> None:
        end = t.cast(int, self._end)
        if any(number > end and page.lines for number, page in self._pages.items()):
            self._again("a short page was followed by another one")
            return
        if self.live and end > 1 and not self._rechecking and self._before is None:
            self._rechecking = True
            return
        lines = self._joined()
        changed = lines != self._before if self._before is not None else self.live and self._slipped(end)
        if changed:
            self._again("lines arrived while pages were read")
        else:
            self._accept(lines)

    def _recheck(self, page: Page) -> None:
        # A line that arrives late pushes all lines after it on, so it shows on the last page wherever it went.
        end = t.cast(int, self._end)
        old = self._pages[end].lines
        if page.lines[: len(old)] != old:
            self._again("lines arrived while pages were read")
            return
        self._pages[end] = page
        if len(page.lines) >= page.size:
            self._pages = {number: known for number, known in self._pages.items() if number <= end}
            self._next, self._end, self._rechecking = end + 1, None, False

    def _slipped(self, end: int) -> bool:
        """True when a line is on two pages: perhaps the same line, pushed on by others that arrived before it."""
        seen: set[str] = set()
        for number in range(1, end + 1):
            here = {line for line in self._pages[number].lines if stamp(line) is not None}
            if not seen.isdisjoint(here):
                return True
            seen |= here
        return False

    def _repeats(self, page: Page) -> bool:
        # Many equal lines within one second are possible; the same full page over several seconds is not.
        if len(page.lines) < page.size or len({stamp(line) for line in page.lines} - {None}) < 2:
            return False
        return self._seen.setdefault(hash(tuple(page.lines)), page.number) != page.number

    def _again(self, problem: str, fatal: bool = False) -> None:
        """Read the window once more, or settle for what is there."""
        lines = [] if fatal else self._joined()
        if self.rounds >= _ROUNDS:
            if fatal:
                raise ProtocolError(f"The log cannot be read: {problem}.")
            self.problem = problem
            self._accept(lines)
            return
        self.rounds += 1
        self._before = None if fatal else lines
        self._pages, self._seen = {}, {}
        self._next, self._end, self._rechecking = 1, None, False

    def _joined(self) -> list[str]:
        return [line for number in sorted(self._pages) for line in self._pages[number].lines]

    def _accept(self, lines: list[str]) -> None:
        for page in self._pages.values():
            # Some editions may count the whole list instead of the page.
            if page.count is not None and page.count > len(page.lines) and page.count != len(lines):
                self.problem = self.problem or "the service counts more lines than it sends"
        self.lines, self.done = lines, True
        self._pages, self._seen, self._before = {}, {}, None


class Crew:
    """The threads that all connections of a task share; ``size`` of them ask at the same time."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._executor = ThreadPoolExecutor(size, thread_name_prefix="cloud_vpn-alibaba")
        self._lock = threading.Lock()
        self._readings = 0

    @property
    def share(self) -> int:
        """How many threads one window may keep busy, so that nobody's guesses stand before another's certain request."""
        return max(round(self.size / max(self._readings, 1)), 1)

    def count(self, readings: int) -> None:
        """So many more windows are being read (less, when negative)."""
        with self._lock:
            self._readings += readings

    def submit(self, ask: Ask, since: int, until: int, number: int) -> Future[Page]:
        return self._executor.submit(ask, since, until, number)

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)


def read_windows(
    readings: t.Sequence[Reading], ask: Ask, crew: Crew, deadline: Deadline, arrive: Arrive | None = None
) -> None:
    """Read all windows to their end. Raises the first CloudVpnError."""
    backlog = list(reversed(readings))
    active: list[Reading] = []
    pending: dict[Future[Page], tuple[Reading, int]] = {}

    def start(reading: Reading, number: int) -> None:
        reading.in_flight += 1
        pending[crew.submit(ask, reading.since, reading.until, number)] = (reading, reading.rounds)

    def fill() -> None:
        while backlog and len(active) < crew.size:
            active.append(backlog.pop())
            crew.count(1)
        share = crew.share
        for reading in active:
            number = reading.next_page(share)
            while number is not None:
                start(reading, number)
                number = reading.next_page(share)

    arrived: list[Page] = []
    try:
        fill()
        while pending:
            left = deadline.remaining()
            limit = 0.0 if arrived else None if left == float("inf") else left
            done, _unfinished = wait(pending, limit, FIRST_COMPLETED)
            if not done and arrive is not None and arrived:
                arrive(arrived.pop().lines)
                continue
            if not done:
                raise deadline.error("reading the log")
            for future in done:
                reading, round_number = pending.pop(future)
                reading.in_flight -= 1
                page = future.result()
                if arrive is not None:
                    arrived.append(page)
                # What belongs to a round that was given up is of no use.
                if round_number == reading.rounds:
                    reading.add(page)
            left_over = [reading for reading in active if not reading.done]
            crew.count(len(left_over) - len(active))
            active[:] = left_over
            fill()
    finally:
        crew.count(-len(active))
        for future in pending:
            future.cancel()
