# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing lost, nothing doubled: what comes out equals what the service held for the window."""

from __future__ import annotations

import typing as t
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba import seams
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.api import AlibabaProvider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpClient
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window

from .http_fixtures import FakeVpc, Line, text_at

NOW = 1671004344
ORDERS = ("ascending", "descending", "seconds descending")
MESSAGES = ("DPD R-U-There sent", "retransmit", "IPsec-SA established")


@pytest.fixture(scope="module")
def world() -> t.Iterator[tuple[FakeVpc, HttpClient]]:
    fake, http = FakeVpc(), HttpClient(backoff=lambda attempt: 0.0)
    yield fake, http
    http.close()
    fake.close()


def fetch(world: tuple[FakeVpc, HttpClient], start: int, end: int) -> t.Any:
    options = {"region": "eu-central-1", "access_key_id": "a", "access_key_secret": "b", "endpoint": world[0].url}
    provider = AlibabaProvider(options, world[1], {}, now=lambda: NOW + 86400.0)
    try:
        return provider.fetch("vco-a", None, Window(float(start), float(end)), Deadline(20))
    finally:
        provider._crew.close()


# Around the seams of a window that starts at NOW: every 599 seconds, and one to each side.
SEAM_SECONDS = st.sampled_from([NOW + 599 * chunk + near for chunk in range(4) for near in (-1, 0, 1, 2)])
SECONDS = st.one_of(SEAM_SECONDS, st.integers(NOW, NOW + 1900))
BLOCKS = st.tuples(SECONDS, st.sampled_from(MESSAGES), st.integers(0, 3), st.sampled_from([1, 1, 1, 2, 60]))


def history(blocks: t.Iterable[tuple[int, str, int, int]], offset: int = 28800) -> list[Line]:
    """Records in the order of time: a stamped line, lines of a hex dump after it, all of it perhaps many times."""
    lines = []
    for at, message, dumps, times in sorted(blocks):
        record = [
            Line(at, text_at(at, message, offset)),
            *(Line(at, f"  {number:02x} 00 ff") for number in range(dumps)),
        ]
        lines.extend(record * times)
    return lines


@given(
    st.lists(BLOCKS, max_size=25),
    st.booleans(),
    st.booleans(),
    st.sampled_from(ORDERS),
    st.sampled_from([1, 2, 599, 600, 601, 1198, 1199, 1200, 1801]),
    st.sampled_from([0, 28800, -12600]),
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_multiset_is_what_was_held(
    world: tuple[FakeVpc, HttpClient],
    blocks: list[tuple[int, str, int, int]],
    from_inclusive: bool,
    to_inclusive: bool,
    order: str,
    length: int,
    offset: int,
) -> None:
    fake = world[0]
    fake.lines, fake.order = history(blocks, offset), order
    fake.from_inclusive, fake.to_inclusive = from_inclusive, to_inclusive
    fetched = fetch(world, NOW, NOW + length)
    got = [line for batch in fetched.batches for line in batch.lines]
    held = fake.held(NOW, NOW + length)
    assert Counter(got) == Counter(held)
    assert fetched.complete
    stamps = [seams.stamp(line) for line in got if seams.stamp(line)]
    if order == "ascending" or len(set(stamps)) > 1:
        assert stamps == sorted(stamps)
    if order == "ascending":
        assert got == held


def test_thousands_in_the_second_of_a_seam(world: tuple[FakeVpc, HttpClient]) -> None:
    fake = world[0]
    fake.from_inclusive = fake.to_inclusive = True
    fake.order = "ascending"
    seam = NOW + 599
    fake.lines = history(
        [(seam - 1, "before", 0, 60), (seam, "x", 0, 1500), (seam + 1, "y", 1, 700), (seam + 5, "z", 0, 3)]
    )
    fetched = fetch(world, NOW, NOW + 1000)
    assert [line for batch in fetched.batches for line in batch.lines] == [line.text for line in fake.lines]
    assert fetched.complete


def line(at: int, message: str = "x") -> str:
    return text_at(at, message)


def test_a_late_line_between_two_requests_is_kept_once() -> None:
    earlier = [line(1), line(599, "p"), line(599, "q")]
    later = [line(599, "p"), line(599, "late"), line(599, "q"), line(700)]
    assert seams.without_overlap(earlier, later) == ([line(599, "late"), line(700)], True)
    assert seams.without_overlap([line(599)] * 2, [line(599)] * 3) == ([line(599)], True)


def test_another_order_within_the_second_is_no_loss() -> None:
    earlier = [line(598), line(599, "p"), line(599, "q"), "  00"]
    later = [line(599, "q"), "  00", line(599, "p"), line(599, "p"), line(601)]
    assert seams.without_overlap(earlier, later) == ([line(599, "p"), line(601)], True)


def test_lines_without_any_stamp_cannot_be_known() -> None:
    assert seams.without_overlap(["a", "b"], ["b", "c"]) == (["c"], False)
    assert seams.without_overlap(["a", "b"], ["c"]) == (["c"], True)
    assert seams.without_overlap([], ["c"]) == (["c"], True)


def test_the_overlap_search_is_linear() -> None:
    earlier, later = ["a"] * 100_000 + ["b"], ["a"] * 100_001
    assert len(seams.without_overlap(earlier, later)[0]) == 100_001
    assert seams.without_overlap(later, later) == ([], False)


@given(st.lists(st.sampled_from("ab"), max_size=12), st.lists(st.sampled_from("ab"), max_size=12))
def test_the_overlap_is_the_longest(earlier: list[str], later: list[str]) -> None:
    longest = max(n for n in range(min(len(earlier), len(later)) + 1) if earlier[len(earlier) - n :] == later[:n])
    assert seams.without_overlap(earlier, later)[0] == later[longest:]


@pytest.mark.parametrize("text", ["2022-12-14 15:52:28 vco", " 2022-12-14T15:52:28 x", "2022-12-14 15:52:28"])
def test_stamp(text: str) -> None:
    assert seams.stamp(text) == "2022-12-14 15:52:28"


@pytest.mark.parametrize("text", ["", "  00 ff", "14.12.2022 15:52", "١٠٢٢-12-14 15:52:28"])
def test_no_stamp(text: str) -> None:
    assert seams.stamp(text) is None
