# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the dialects: every row can be reached, speaks in the contract's words, and has an act its reader knows."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs import charon, iked, keywords, racoon, vrp
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.charon_reader import CharonReader
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.dialect import Dialect, Rule, compile_text
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.entry import EVENTS
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.isakmp_reader import IsakmpReader
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.reasons import REASONS, weight

from .samples import expanded

TABLES: t.List[t.Tuple[types.ModuleType, t.Any]] = [
    (iked, IsakmpReader),
    (racoon, IsakmpReader),
    (keywords, IsakmpReader),
    (charon, CharonReader),
    (vrp, vrp.VrpReader),
]
ROWS = [(table, rule) for table, _reader in TABLES for rule in table.RULES]
CONTRACT_REASONS = (
    "admin_down auth_method_mismatch authentication_failed certificate_invalid decryption_failed"
    " dh_group_mismatch dpd_timeout"
    " encapsulation_mode_mismatch exchange_mode_mismatch fragmentation gateway_too_old ike_version_mismatch"
    " inactive lifetime_mismatch"
    " limit_exceeded local_fault malformed_packet nat_traversal_mismatch no_matching_peer no_response other"
    " peer_address_mismatch"
    " peer_deleted peer_id_mismatch pfs_mismatch phase1_proposal_mismatch phase1_timeout"
    " phase2_proposal_mismatch phase2_timeout"
    " proposal_mismatch provider_fault psk_mismatch psk_missing replaced sa_expired security_protocol_mismatch"
    " traffic_selector_mismatch"
)
PREFIXED = {iked: "12:198.51.100.10[500] - 203.0.113.20[500]:0x552ab819d0:", charon: "<gw|3> "}


def name(value: t.Any) -> str:
    return value.text if isinstance(value, Rule) else value.__name__.rpartition(".")[2]


@pytest.mark.parametrize(("table", "rule"), ROWS, ids=name)
def test_a_row_is_found_by_its_own_text(table: types.ModuleType, rule: Rule) -> None:
    for text in expanded(rule.text):
        for tail in ("", " and more", " (index 1:2)."):
            if rule.text.endswith("$") and tail:
                continue
            found = table.DIALECT.match(text + tail)
            assert found is not None, f"{text!r} is found by no row"
            assert found.rule.text == rule.text, f"{text!r} is found by {found.rule.text!r}"
            if table in PREFIXED:
                assert table.DIALECT.match(PREFIXED[table] + text + tail).rule.text == rule.text


@pytest.mark.parametrize(("table", "rule"), ROWS, ids=name)
def test_a_row_speaks_in_the_contracts_words(table: types.ModuleType, rule: Rule) -> None:
    assert rule.event in EVENTS
    assert rule.phase in (1, 2, None)
    assert rule.reason is None or rule.reason.lstrip("?") in REASONS
    reader = dict(TABLES)[table]
    assert rule.act is None or callable(getattr(reader, "_" + rule.act, None))
    assert rule.act is None or rule.event != "other", "the judge skips lines of no event"


@pytest.mark.parametrize(("table", "_reader"), TABLES, ids=[name(table) for table, _reader in TABLES])
def test_no_row_twice(table: types.ModuleType, _reader: t.Any) -> None:
    texts = [rule.text for rule in table.RULES]
    assert len(set(texts)) == len(texts)


def test_every_reason_of_the_contract_has_a_hint_of_one_or_two_sentences() -> None:
    assert " ".join(sorted(REASONS)) == CONTRACT_REASONS
    for reason in REASONS.values():
        assert reason.hint.endswith(".")
        assert 1 <= reason.hint.count(". ") + 1 <= 3
        assert reason.persistent in (True, False, None)


def test_a_guess_explains_less_than_what_is_stated() -> None:
    for reason, known in REASONS.items():
        assert weight("?" + reason) <= min(known.weight, 20)


@pytest.mark.parametrize("text", ["a (b) [c] .*", "1+1", "x{y", "a|b", "<", "{a}"])
def test_a_rows_text_is_taken_literally(text: str) -> None:
    assert Dialect("t", [Rule(text + " z")]).match(text + " z") is not None
    assert Dialect("t", [Rule(text + " z")]).match("x" + text) is None
    assert compile_text(text)


def test_the_first_of_two_rows_that_fit_is_taken() -> None:
    table = Dialect("t", [Rule("one two three", reason="a"), Rule("one two", reason="b"), Rule("one <n>", reason="c")])
    found = [table.match(text) for text in ("one two three", "one two four", "one 7", "one seven", "one")]
    assert [one.rule.reason if one else None for one in found] == ["a", "b", "c", None, None]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "SADB_UPDATE ul_proto=255 src=203.0.113.20[500] dst=198.51.100.10[500] satype=ESP samode=tunnel spi=0x0a036c93 x",
            {"peer": "203.0.113.20", "spi": "0x0a036c93"},
        ),
        (
            "SADB_ADD ul_proto=255 src=198.51.100.10[500] dst=2001:db8::20[500] satype=ESP samode=tunnel spi=0x0a036c93 x",
            {"peer": "2001:db8::20", "spi": "0x0a036c93"},
        ),
        (
            "IPsec-SA established: ESP/Tunnel 198.51.100.2[500]->203.0.113.2[500] spi=68277541(0x411d525)",
            {"peer": "203.0.113.2", "spi": "0x411d525"},
        ),
        (
            "ISAKMP-SA established 198.51.100.10[500]-203.0.113.20[500] spi:a8bce6408be4728d:606732937a96cec3",
            {"peer": "203.0.113.20", "cookies": "a8bce6408be4728d:606732937a96cec3"},
        ),
        ("7:198.51.100.10[500] - 203.0.113.20[500]:(nil):aborting ike_sa", {"serial": "7", "peer": "203.0.113.20"}),
        ("0:? - ?:(nil):ts unacceptable", {"serial": "0", "peer": "?"}),
    ],
)
def test_values_of_iked(text: str, values: t.Dict[str, str]) -> None:
    found = iked.DIALECT.match(text)
    assert found is not None
    assert {key: found.get(key) for key in values} == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "<gw|3> initiating IKE_SA gw[4] to 203.0.113.20",
            {"conn": "gw", "tag": "3", "ike": "4", "peer": "203.0.113.20"},
        ),
        ("<3> 203.0.113.20 is initiating an IKE_SA", {"conn": None, "tag": "3", "peer": "203.0.113.20"}),
        (
            "CHILD_SA net-1{12} established with SPIs c1a2_i d1a2_o and TS 10.0.0.0/8 === 10.1.0.0/16",
            {"child": "net-1{12}", "in": "c1a2", "out": "d1a2"},
        ),
        (
            "closing CHILD_SA net{1} with SPIs 7f849013_i (0 bytes) 41a315d5_o (0 bytes) and TS a === b",
            {"child": "net{1}", "in": "7f849013", "out": "41a315d5"},
        ),
        (
            "<gw|1> IKE_SA gw[1] established between 2001:db8::1[CN=a b]...2001:db8::2[CN=c]",
            {"ike": "1", "peer": "2001:db8::2"},
        ),
    ],
)
def test_values_of_charon(text: str, values: t.Dict[str, t.Optional[str]]) -> None:
    found = charon.DIALECT.match(text)
    assert found is not None
    assert {key: found.get(key) for key in values} == values
