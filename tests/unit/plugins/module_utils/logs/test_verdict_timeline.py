# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a tunnel may be called up, and several logs as one story."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.timeline import merge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.verdict import is_up

NOW = 1671004348.0  # 2022-12-14T07:52:28Z


def record(
    state: str = "up", name: str = "vco-a", complete: bool = True, fetched_at: str = "2022-12-14T07:52:28Z"
) -> t.Dict[str, t.Any]:
    return {
        "connection_id": name,
        "health": {**judge([]), "state": state},
        "complete": complete,
        "fetched_at": fetched_at,
        "logs": [],
    }


def fact(**states: str) -> t.Dict[str, t.Any]:
    return {name: record(state, name) for name, state in states.items()}


@pytest.mark.parametrize("state", ["up", "degraded", "negotiating", "down", "unknown"])
def test_only_up_is_up(state: str) -> None:
    for value in (record(state), record(state)["health"], fact(a=state), fact(a="up", b=state)):
        assert is_up(value, now=NOW) is (state == "up")
        assert is_up(value, allow=[state], now=NOW) is True
        assert is_up(value, allow=["degraded"], now=NOW) is (state in ("up", "degraded"))


def test_nothing_is_not_up() -> None:
    assert is_up({}, now=NOW) is False


def test_an_incomplete_log_is_not_up_unless_allowed() -> None:
    assert is_up(record(complete=False), now=NOW) is False
    assert is_up(record(complete=False), allow=["incomplete"], now=NOW) is True
    assert is_up(record("down", complete=False), allow=["incomplete"], now=NOW) is False


def test_expected() -> None:
    value = fact(a="up", b="down")
    assert is_up(value, expected=["a"], now=NOW) is True
    assert is_up(value, expected="a", now=NOW) is True
    assert is_up(value, expected=["a", "b"], now=NOW) is False
    assert is_up(value, expected=["a", "c"], now=NOW) is False
    assert is_up(record(name="a"), expected=["a"], now=NOW) is True
    assert is_up(record(name="a"), expected=["a", "b"], now=NOW) is False
    with pytest.raises(ValueError, match="expected"):
        is_up(value, expected=[], now=NOW)


@pytest.mark.parametrize(
    ("fetched_at", "fresh"),
    [
        ("2022-12-14T07:52:28Z", True),
        ("2022-12-14T07:51:28Z", True),
        ("2022-12-14T07:51:27Z", False),
        ("2022-12-13T07:52:28Z", False),
        ("2022-12-14T07:54:28Z", True),
        ("2022-12-14T08:52:28Z", False),
        ("nonsense", False),
        ("", False),
        (None, False),
    ],
)
def test_max_age(fetched_at: t.Any, fresh: bool) -> None:
    assert is_up(record(fetched_at=fetched_at), max_age=60, now=NOW) is fresh
    assert is_up({"vco-a": record(fetched_at=fetched_at)}, max_age=60, now=NOW) is fresh
    assert is_up(record(fetched_at=fetched_at), now=NOW) is True


@pytest.mark.parametrize(
    ("value", "arguments"),
    [
        (None, {}),
        ("up", {}),
        ([], {}),
        (["up"], {}),
        (7, {}),
        (True, {}),
        ({"a": "up"}, {}),
        ({"a": None}, {}),
        ({"a": {"state": "up"}}, {}),
        ({"a": record(), "b": {}}, {}),
        (record(), {"allow": ["fine"]}),
        (record(), {"allow": 7}),
        (record(), {"max_age": -1}),
        (record(), {"max_age": "60"}),
        (record(), {"max_age": True}),
        (record()["health"], {"expected": ["a"]}),
        (record()["health"], {"max_age": 60}),
        (record(), {"expected": 7}),
        (record(), {"expected": [7]}),
    ],
)
def test_what_cannot_be_judged_is_an_error(value: t.Any, arguments: t.Dict[str, t.Any]) -> None:
    with pytest.raises(ValueError, match=r"\w+ "):
        is_up(value, now=NOW, **arguments)


def test_a_connection_called_state() -> None:
    assert is_up(fact(state="up"), now=NOW) is True
    assert is_up(fact(state="down"), now=NOW) is False


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        7,
        "UP",
        "Up",
        "up ",
    ],
)
def test_a_state_that_is_none_of_the_five_is_not_up(state: t.Any) -> None:
    value = {**record(), "health": {"state": state}}
    assert is_up(value, now=NOW) is False


# Several logs as one story


def entry(epoch: t.Optional[float], text: str, provider: str = "alibaba") -> t.Dict[str, t.Any]:
    return {"epoch": epoch, "message": text, "provider": provider, "connection_id": provider}


def told(found: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    return " ".join(one["message"] for one in found)


def test_merge() -> None:
    cloud = {**record(), "logs": [entry(1, "a"), entry(3, "c"), entry(3, "d")]}
    own = [entry(2, "b", "charon"), entry(3, "e", "charon"), entry(9, "f", "charon")]
    assert told(merge([cloud, own])) == "a b c d e f"
    assert told(merge([own, cloud])) == "a b e c d f"
    assert told(merge([])) == ""
    assert told(merge([cloud])) == "a c d"
    assert {one["provider"] for one in merge([cloud, own])} == {"alibaba", "charon"}


def test_lines_without_a_time_stay_behind_their_predecessor() -> None:
    found = merge([[entry(None, "a"), entry(5, "d"), entry(None, "e")], [entry(1, "b"), entry(4, "c"), entry(6, "f")]])
    assert told(found) == "a b c d e f"


@pytest.mark.parametrize(
    "sources", [[7], [{"health": {}}], [["line"]], [{"logs": None}], [[{}]], [[entry(1, "a")], "text"]]
)
def test_what_is_no_log_is_an_error(sources: t.Any) -> None:
    with pytest.raises(ValueError, match=f"element {len(sources) - 1} "):
        merge(sources)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), st.integers(0, 20)), max_size=8), max_size=4))
def test_merging_loses_nothing_and_keeps_each_logs_order(times: t.List[t.List[t.Optional[int]]]) -> None:
    sources = [
        [entry(epoch, f"{source}.{number}") for number, epoch in enumerate(one)] for source, one in enumerate(times)
    ]
    found = merge(sources)
    for number, source in enumerate(sources):
        assert [one for one in found if one["message"].startswith(f"{number}.")] == source
    assert len(found) == sum(map(len, sources))
    if all(one == sorted(one, key=lambda epoch: epoch or 0) and None not in one for one in times):
        epochs = [one["epoch"] for one in found]
        assert epochs == sorted(epochs)
