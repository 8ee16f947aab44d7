# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded sessions of real daemons, cut, shuffled, and interrupted: what is left is judged on what it shows."""

from __future__ import annotations

import functools
import random
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import Judge, judge

from .samples import CORPUS, corpus_entries, corpus_labels

SHOWS_AN_SA = ("tunnel_established", "rekeyed")
PASSING = ("up", "degraded")
AVAILABLE = (CORPUS / "labels.json").is_file()
NAMES = sorted(corpus_labels()) if AVAILABLE else ["not copied along"]


@functools.cache
def session(name: str) -> t.Tuple[t.Dict[str, t.Any], t.List[t.Dict[str, t.Any]]]:
    label = corpus_labels()[name]
    return label, corpus_entries(name, label)


def acceptable(label: t.Mapping[str, t.Any]) -> t.Set[str]:
    states = {label["state"], *(label["also_acceptable"] or ())}
    return states | {"degraded"} if "up" in states else states


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(NAMES), share=st.floats(0, 1))
def test_a_suffix_is_up_only_when_it_shows_an_ipsec_sa(name: str, share: float) -> None:
    _label, log = session(name)
    suffix = log[int(len(log) * share) :]
    if judge(suffix)["state"] in PASSING:
        assert any(entry["event"] in SHOWS_AN_SA for entry in suffix)


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(NAMES), share=st.floats(0, 1))
def test_no_suffix_of_a_dead_tunnels_log_is_up(name: str, share: float) -> None:
    label, log = session(name)
    if not acceptable(label) & set(PASSING):
        assert judge(log[int(len(log) * share) :])["state"] not in PASSING


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(NAMES), seed=st.integers(0, 10**9))
def test_shuffling_within_seconds_never_turns_down_into_up(name: str, seed: int) -> None:
    """The order of lines within a second is not reliable."""
    label, log = session(name)
    if not acceptable(label) & set(PASSING):
        dice = random.Random(seed)
        shuffled = sorted(log, key=lambda entry: (entry["epoch"] or 0, dice.random()))
        assert judge(shuffled)["state"] not in PASSING


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(NAMES), share=st.floats(0, 1))
def test_the_verdict_can_be_asked_for_at_any_moment(name: str, share: float) -> None:
    _label, log = session(name)
    cut = int(len(log) * share)
    reader = Judge()
    for entry in log[:cut]:
        reader.read(entry)
    assert reader.health() == judge(log[:cut])


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(NAMES), seed=st.integers(0, 10**9))
def test_hex_dumps_and_empty_records_in_between_change_nothing(name: str, seed: int) -> None:
    _label, log = session(name)
    dice = random.Random(seed)
    noise = {
        "event": "other",
        "message": "[key material]",
        "raw": "",
        "source": None,
        "level": None,
        "reason": None,
        "phase": None,
        "peer": None,
    }
    noisy: t.List[t.Dict[str, t.Any]] = []
    for entry in log:
        noisy.append(entry)
        if dice.random() < 0.2:
            noisy.append({**entry, **noise})
    assert judge(noisy) == judge(log)


# Windows that began within a second of IPsec SAs being installed: half of the lines of that second are missing.
@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("iked/v1_up_resp.info", 21),
        ("iked/v1_delete_reneg.info", 46),
        ("iked/v2_up_init.info", 4),
        ("iked/v2_flap_up.info", 52),
        ("racoon/success.init", 15),
        ("racoon/success.resp", 14),
        ("racoon/rekey_child.init", 27),
    ],
)
def test_a_window_that_begins_between_the_two_lines_of_a_pair(name: str, line: int) -> None:
    label, log = session(name)
    assert label["state"] == "up"
    assert judge(log[line - 1 :])["state"] in PASSING


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("charon/ikev2_ike_rekey_collision.init", 24),
        ("charon/ikev2_ike_rekey_collision.resp", 40),
        ("charon/charon_to_racoon_reauth.init", 37),
    ],
)
def test_a_window_in_which_only_the_ike_sa_is_renewed(name: str, line: int) -> None:
    """The children it takes over were made before the window began: nothing says that they are gone."""
    label, log = session(name)
    assert label["state"] == "up"
    assert judge(log[line - 1 :])["state"] in ("unknown", *PASSING)


if not AVAILABLE:

    @pytest.fixture(autouse=True)
    def _say_so() -> None:
        corpus_labels()
