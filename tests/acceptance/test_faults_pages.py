# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages that lie, repeat, never end, or do not fit into memory."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fetching import MANY, Table, assert_signed_anew, fetch, many_pages, rule, same

from simulator.client import Control

PLACES = {"first": 1, "middle": 3, "last": 5}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    table = Table("Pages that lie", "fault", "request", "times", "outcome", "time")
    yield table
    table.finish(tmp_path_factory.getbasetemp())


def rss_peak(reset: bool = False) -> int:
    """Peak memory of this process in bytes since the last reset; 0 where the system does not tell."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


@pytest.mark.parametrize("kind", ["huge", "huge in chunks", "gzip_bomb"])
def test_memory_is_bounded(simulator: Control, kind: str) -> None:
    """A gigabyte, and a bomb of one."""
    window, _lines = many_pages(simulator)
    args = {"chunked": True} if "chunks" in kind else {}
    simulator.plan(rule(kind.split()[0], at="*", match={"page": 2}, **args))
    before = rss_peak(reset=True)
    outcome = fetch(simulator, "alibaba", MANY, window, 10)
    assert outcome.error is not None and outcome.error.kind == "protocol" and outcome.seconds < 5
    assert re.search(r"\b16 MiB|\b\d+ (bytes|MiB)", str(outcome.error)), outcome.error
    assert rss_peak() - before < 96 << 20


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_page_number_ignored(simulator: Control, table: Table, order: str) -> None:
    window, _lines = many_pages(simulator, order=order)
    simulator.plan(rule("ignore_page", at="*"))
    outcome = fetch(simulator, "alibaba", MANY, window, 5)
    table.add(f"PageNumber ignored ({order})", "all", "always", outcome.words, outcome.seconds)
    assert outcome.error is not None and outcome.error.kind == "protocol" and "page" in str(outcome.error)
    assert len(outcome.asked) < 40 and outcome.seconds < 3


def test_page_number_ignored_within_one_second(simulator: Control, table: Table) -> None:
    """Equal full pages of one second look the same whether the number is ignored or a storm was logged."""
    window, _lines = many_pages(simulator)
    second = int(window.until) - 100
    simulator.connection(id=MANY, cloud="alibaba")
    simulator.add_lines(MANY, [[second, "[INFO]: a.c:1:a(): the same"]] * 60)
    simulator.plan(rule("ignore_page", at="*"))
    outcome = fetch(simulator, "alibaba", MANY, window, 2)
    table.add("PageNumber ignored, one second", "all", "always", outcome.words, outcome.seconds)
    assert outcome.seconds < 4
    assert outcome.error is not None and outcome.error.kind in ("protocol", "timeout"), outcome.words


def test_endless_pages(simulator: Control, table: Table) -> None:
    window, _lines = many_pages(simulator)
    simulator.plan(rule("endless_pages", at="*"))
    outcome = fetch(simulator, "alibaba", MANY, window, 1.5)
    table.add("endless pages", "all", "always", outcome.words, outcome.seconds)
    assert outcome.error is not None and outcome.error.kind in ("protocol", "timeout") and outcome.seconds < 3


@pytest.mark.parametrize("often", ["once", "always"])
@pytest.mark.parametrize("page", [2, 3, 5])
def test_page_repeats(simulator: Control, table: Table, page: int, often: str) -> None:
    window, lines = many_pages(simulator)
    simulator.plan(rule("repeat_page", at=1 if often == "once" else "*", match={"page": page}))
    outcome = fetch(simulator, "alibaba", MANY, window, 5)
    table.add("page repeats", f"page {page}", often, outcome.words, outcome.seconds)
    assert outcome.seconds < 3
    if often == "once":
        assert outcome.error is None and outcome.complete and same(outcome.lines, lines)
    else:
        assert (outcome.error is not None and outcome.error.kind == "protocol") or not outcome.complete


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("delta", [-3, 7, 10_000_000_000])
def test_count_lies(simulator: Control, table: Table, delta: int, place: str) -> None:
    window, lines = many_pages(simulator)
    simulator.plan(rule("count_lies", at="*", match={"page": PLACES[place]}, delta=delta))
    outcome = fetch(simulator, "alibaba", MANY, window, 5)
    table.add(f"Count lies by {delta:+d}", place, "always", outcome.words, outcome.seconds)
    # Whatever it says, the pages were read to their end; more lines promised than sent is not complete.
    assert outcome.error is None and same(outcome.lines, lines)
    assert outcome.complete is (delta < 0) and bool(outcome.warnings) is (delta > 0)


@pytest.mark.parametrize("place", PLACES)
def test_not_completed(simulator: Control, table: Table, place: str) -> None:
    window, lines = many_pages(simulator)
    simulator.plan(rule("incomplete", at="*", match={"page": PLACES[place]}))
    outcome = fetch(simulator, "alibaba", MANY, window, 5)
    table.add("IsCompleted: false", place, "always", outcome.words, outcome.seconds)
    assert outcome.error is None and not outcome.complete and same(outcome.lines, lines)
    assert any("accurate" in text for text in outcome.warnings)


@pytest.mark.parametrize("form", ["object", "list", "nested", "null", "missing"])
@pytest.mark.parametrize("lines_held", [0, 50, 230])
def test_forms_of_data(simulator: Control, form: str, lines_held: int) -> None:
    window, lines = many_pages(simulator, lines_held, data_form=form)
    outcome = fetch(simulator, "alibaba", MANY, window, 5)
    assert outcome.error is None and outcome.complete and same(outcome.lines, lines), outcome.words
    # Guesses beyond the end: never more than there are requests in flight.
    assert len(outcome.asked) <= lines_held // 50 + 1 + 4
    assert_signed_anew(outcome.asked)


def body(lines: Any, **more: Any) -> dict[str, Any]:
    return {"RequestId": "5EAF", "PageNumber": 1, "PageSize": 50, "Count": 1, "Data": lines, **more}


@pytest.mark.parametrize(
    "spoiled",
    [
        body({"Logs": [None]}),
        body({"Logs": [1, 2]}),
        body({"Logs": [{"a": "b"}]}),
        body({"Logs": "{"}),
        body("[" * 100_000),
        body(7),
        body({"Logs": ["line"]}, PageNumber=2),
        '{"RequestId": "5EAF", "Data": {"Logs": ["a"]}, "Count": ' + "9" * 6000 + "}",
        "[" * 200_000,
        "\ufeff" + "null",
        "NaN",
    ],
)
def test_forms_that_are_none(simulator: Control, spoiled: Any) -> None:
    window, _lines = many_pages(simulator)
    simulator.plan(rule("body", at="*", body=spoiled))
    outcome = fetch(simulator, "alibaba", MANY, window, 5, max_retries=1)
    assert outcome.error is not None and outcome.error.kind == "protocol" and outcome.seconds < 3, outcome.words


def test_table_counts(table: Table) -> None:
    """The table has what the tests above have put into it."""
    assert not [row for row, times in Counter(table.rows).items() if times > 1]
