# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events: what is in them, and that nothing in them is obeyed."""

from __future__ import annotations

import json
import unicodedata

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.shape import harmless

from .stories import NOISE, Watch, line, told


def test_an_entry_is_that_of_the_modules():
    (event,) = told(Watch().look([line(5, NOISE)], 10), "entry")
    assert event["entry"] == {
        "timestamp": "2023-11-14T22:13:25Z",
        "epoch": 1700000005,
        "level": "debug",
        "source": "oakley.c:2832",
        "message": "begin decryption.",
        "raw": line(5, NOISE),
        "event": "other",
        "phase": None,
        "reason": None,
        "peer": None,
        "tunnel_id": None,
        "provider": "alibaba",
        "connection_id": "vco-m5e83sapxp88cgp5f",
    }


@pytest.mark.parametrize(
    "text, shown",
    [
        ("{{ lookup('pipe', 'id') }}", "{ { lookup('pipe', 'id') }}"),
        ("{{{% x %}{# y #}", "{ { { % x %}{ # y #}"),
        ("net{1} {ph1: a <=> b} {} }}", "net{1} {ph1: a <=> b} {} }}"),
        ("#jinja2:variable_start_string:'[['\n[[ 1 ]]", " #jinja2:variable_start_string:'[['\\x0a[[ 1 ]]"),
        ("$ANSIBLE_VAULT;1.1;AES256", " $ANSIBLE_VAULT;1.1;AES256"),
        ("\x1b[31mred\x00\r\x9b", "\\x1b[31mred\\x00\\x0d\\x9b"),
        ("a\ud800b\u202ec", "a\\ud800b\\u202ec"),
        ("grüße \U0001f600", "grüße \U0001f600"),
    ],
)
def test_texts_are_made_harmless(text, shown):
    assert harmless({"a": [text], text: None}) == {"a": [shown], shown: None}


def test_other_values_stay():
    value = {"a": [1, 1.5, True, None, {"b": ()}]}
    assert harmless(value) == {"a": [1, 1.5, True, None, {"b": []}]}


@settings(max_examples=40)
@given(st.text(st.sampled_from("{%#} $j\n\x1b\ud800'\"\\:"), max_size=12) | st.text(max_size=12))
def test_nothing_is_left_that_anybody_obeys(text):
    shown = harmless(text)
    assert not any(mark in shown for mark in ("{{", "{%", "{#"))
    assert not {"Cc", "Cs"} & {unicodedata.category(character) for character in shown}
    assert not shown.startswith(("#jinja2:", "$ANSIBLE_VAULT"))
    assert harmless(shown) == shown
    # As ansible-rulebook hands it to its engine and to a playbook.
    assert json.loads(json.dumps(shown).encode("utf-8")) == shown
    assert yaml.safe_load(yaml.dump({"text": shown})) == {"text": shown}
