# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import (
    Window,
    chunks,
    iso,
    parse_instant,
    resolve_window,
)

NOW = 1671004344.0  # 2022-12-14T07:52:24Z


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", NOW - 90),
        ("15m", NOW - 900),
        (" 2h ", NOW - 7200),
        ("1d", NOW - 86400),
        ("0s", NOW),
        ("2022-12-14T07:52:24Z", NOW),
        ("2022-12-14 07:52:24", NOW),
        ("2022-12-14t15:52:24+08:00", NOW),
        ("2022-12-14T15:52:24+0800", NOW),
        ("2022-12-14T15:52:24+08", NOW),
        ("2022-12-14T02:22:24-05:30", NOW),
        ("2022-12-14T07:52:24.25Z", NOW + 0.25),
        ("2022-12-14T07:52:24,5", NOW + 0.5),
        ("2022-12-14T07:52Z", NOW - 24),
        ("2022-12-14", 1670976000.0),
        ("1671004344", NOW),
        ("1671004344.5", NOW + 0.5),
        ("1671004344000", NOW),
        (1671004344, NOW),
        (1671004344500, NOW + 0.5),
        (NOW, NOW),
        (0, 0.0),
    ],
)
def test_forms(text: t.Any, expected: float) -> None:
    assert parse_instant(text, NOW, "since") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "10",
        "-5m",
        "5 weeks",
        "1.5h",
        "2022-13-01",
        "2022-02-30T00:00:00Z",
        "2022-12-14T25:00:00Z",
        "2022-12-14T07:52:24+25:00",
        "20221214",
        "2022-12-14T07:52:24Z; rm",
        "١٥m",
        "99999999999999999",
        True,
        float("nan"),
        float("inf"),
        -1,
        None,
        "999999999d",
    ],
)
def test_junk_names_option_value_and_forms(text: t.Any) -> None:
    if text == "10":
        assert parse_instant(text, NOW, "since") == 10.0
        return
    with pytest.raises(OptionsError) as caught:
        parse_instant(text, NOW, "until")
    message = str(caught.value)
    assert message.startswith("until: ")
    assert str(text)[:80] in message
    assert "ISO 8601" in message and "15m" in message


@given(st.integers(0, 253402300799), st.integers(0, 999999))
def test_iso_round_trip(second: int, micros: int) -> None:
    text = iso(second + (micros / 1000000 if second < 2**32 else 0))
    assert text.endswith("Z")
    assert abs(parse_instant(text, NOW, "since") - second - (micros / 1000000 if second < 2**32 else 0)) < 2e-6


def test_iso_has_a_fraction_only_when_there_is_one() -> None:
    assert iso(1671004348.0) == "2022-12-14T07:52:28Z"
    assert iso(1671004348.25) == "2022-12-14T07:52:28.25Z"


def test_window_defaults() -> None:
    assert resolve_window(None, None, NOW, 600.0) == Window(NOW - 600, NOW)
    assert resolve_window(None, None, NOW, None) == Window(None, NOW)
    assert resolve_window(None, "1h", NOW, 600.0) == Window(NOW - 4200, NOW - 3600)
    assert resolve_window("15m", "2099-01-01", NOW, None) == Window(NOW - 900, NOW)


def test_reversed_and_future_windows_are_refused() -> None:
    with pytest.raises(OptionsError, match=r"since: '5m' is 2022-12-14T07:47:24Z, not earlier than until"):
        resolve_window("5m", "10m", NOW, None)
    with pytest.raises(OptionsError, match=r"not earlier"):
        resolve_window("10m", "10m", NOW, None)
    with pytest.raises(OptionsError, match=r"since: .* in the future"):
        resolve_window(NOW + 3600, None, NOW, None)


@pytest.mark.parametrize("ahead", [0.0, 1.0, 120.0])
def test_a_marker_of_a_clock_ahead_of_ours_is_an_empty_window(ahead: float) -> None:
    assert resolve_window(NOW + ahead, None, NOW, None) == Window(NOW + ahead, NOW + ahead + 1)


@given(st.floats(0, 2e9), st.floats(0.001, 20000), st.integers(20, 700), st.integers(1, 5))
@settings(deadline=None)
def test_chunks_cover_the_window_and_overlap(since: float, length: float, span: int, overlap: int) -> None:
    overlap = min(overlap, span - 1)
    window = Window(since, since + length)
    parts = chunks(window, span, overlap)
    assert parts[0][0] <= since < parts[0][0] + 1
    assert window.until <= parts[-1][1] <= window.until + 1
    assert all(0 < end - start <= span for start, end in parts)
    assert all(later[0] == earlier[1] - overlap for earlier, later in zip(parts, parts[1:]))
    # With both edges left out by the service, no second inside the window is missed.
    assert all(later[0] + 1 <= earlier[1] for earlier, later in zip(parts, parts[1:]))


def test_chunks_refuses_what_cannot_be_cut() -> None:
    with pytest.raises(ValueError, match="start"):
        chunks(Window(None, NOW))
    with pytest.raises(ValueError, match="overlap"):
        chunks(Window(0.0, NOW), 600, 600)
