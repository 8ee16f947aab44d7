# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pseudonyms: nothing slips through, and the same thing is the same everywhere."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.document import FORMS, render
from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.redact import Redactor
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.evidence.samples import (
    OURS,
    THEIRS,
    pair,
    record,
    verdict,
)


@pytest.mark.parametrize(
    "text, redacted",
    [
        ("203.0.113.7[500]->198.51.100.4[4500]", "address-1[500]->address-2[4500]"),
        ("198.51.100.10 at host-198-51-100-10 ipsec_ike[1]:", "address-1 at host-address-1 ipsec_ike[1]:"),
        ("ip-10-0-0-1.example.com, Host-010-000-000-001", "ip-address-1.example.com, Host-address-1"),
        ("host-300-0-0-1, host-0-0-0-0", "host-300-0-0-1, host-0-0-0-0"),
        ("build 1-2-3-4, host-1-2-3, 2022-12-14-07", "build 1-2-3-4, host-1-2-3, 2022-12-14-07"),
        ("203.0.113.7.500 > 203.0.113.7.4500", "address-1.500 > address-1.4500"),
        ("peer=2001:db8::1, [2001:DB8:0::1]:500", "peer=address-1, [address-1]:500"),
        ("::ffff:192.0.2.1 and fe80::1%eth0", "address-1 and address-2%eth0"),
        ("192.0.2.0/24 === 198.51.100.0/24", "address-1/24 === address-2/24"),
        ("ID user@vpn.example.com", "ID identity-1"),
        ("request 5E1A0C4B-0000-4B0A-8A35-8F0E64A4BD0C", "request id-1"),
        ("vgw-m5e83sapxp88cgp5f cgw-m5e83sapxp88cgp5f", "id-1 id-2"),
        ("project 0605768a3300d5762f82c01180692873", "project id-1"),
        ("acs:ram::1234567890123456:role/vpn", "acs:ram::id-1:role/vpn"),
        ("at 2022-12-14 07:44:28 in ikev1.c:1924", "at 2022-12-14 07:44:28 in ikev1.c:1924"),
        ("spi 7a75d09946d4ea64:e45fbc47cfa2be50, 0x149ef34", "spi 7a75d09946d4ea64:e45fbc47cfa2be50, 0x149ef34"),
        ("10.20.0.0/255.255.0.0", "address-1/255.255.0.0"),
        ("0.0.0.0/0 and :: and std::string", "0.0.0.0/0 and :: and std::string"),
        ("racoon 0.8.2, re-negotiation, pre-shared", "racoon 0.8.2, re-negotiation, pre-shared"),
    ],
)
def test_texts(text, redacted):
    assert Redactor().text(text) == redacted


def test_known_ids_go_first_and_in_every_case():
    redactor = Redactor(["vco-b2", THEIRS], ["tun-a1"])
    assert redactor.text(f"{THEIRS.upper()} vco-b2 tun-a1") == "connection-2 connection-1 tunnel-1"


def test_keys_and_depth():
    value = {"192.0.2.1": [{"a": "vco-m5e83sapxp88cgp5f"}], "n": 1, "none": None, "yes": True}
    assert Redactor().value(value) == {"address-1": [{"a": "id-1"}], "n": 1, "none": None, "yes": True}


@given(st.ip_addresses(), st.sampled_from(["{}", "[{}]", "from {}, to", "({})", "ip={};", "{}[500]", "<{}>"]))
def test_no_address_survives(address, form):
    text = form.format(address)
    if address.is_unspecified or str(address).startswith("255."):
        return
    assert str(address) not in Redactor().text(text)


@given(st.ip_addresses(v=4), st.sampled_from(["host-{}", "ip-{}.example.com", "at host-{} ike[1]:"]))
def test_no_address_survives_in_the_name_of_a_node(address, form):
    hyphenated = str(address).replace(".", "-")
    if address.is_unspecified or hyphenated.startswith("255-"):
        return
    assert Redactor().text(f"{address} {form}".format(hyphenated)) == f"address-1 {form}".format("address-1")


def test_the_node_of_a_gateway_is_hidden_in_all_files():
    node = "2022-12-14T07:44:30.000000+00:00 host-198-51-100-10 ipsec_ike[1]: SrcIP=198.51.100.10, DstIP=203.0.113.20"
    found = verdict([record([node], THEIRS, "huawei")])
    assert "host-198-51-100-10" in render(found, "html")
    assert "host-address-1 ipsec_ike[1]: SrcIP=address-1" in render(found, "html", redact=True)
    assert not [form for form in FORMS if "198-51-100-10" in render(found, form, redact=True)]


def test_all_files_use_the_same_pseudonyms():
    connections, records = pair()
    found = verdict(records, connections)
    for form in FORMS:
        text = render(found, form, redact=True).replace("\\", "")
        assert "connection-1" in text
        assert "connection-2" in text
        for word in (OURS, THEIRS, "203.0.113.20", "198.51.100.10"):
            assert word not in text
    rows = json.loads(render(found, "json", redact=True))["connections"]
    assert [row["id"] for row in rows] == ["connection-1", "connection-2"]
    assert "address-1" in rows[0]["record"]["logs"][0]["message"]
    # The verdict itself is left as it was.
    assert found["connections"][0]["id"] == OURS
