# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every form of envelope the references show: stamp, level, source, and message come out, nothing else changes."""

from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines

from .samples import VCO, entries

PROTO_ERR = (
    "2023-01-13 11:39:21 vco-bp1spxu8hlcvpd7ry**** [PROTO_ERR]: ikev1.c:1433:isakmp_ph1resend(): phase1 negotiation failed"
    " due to time up. [{remote id:4}{ph1: 172.16.0.88[500] <=> 192.168.0.206[500], 172.16.0.88 <=> 192.168.0.206}]"
)
VRP = (
    "2024-12-24T07:08:32.730275+00:00 host-192-0-2-4 ipsec_ike[30085]: [203.0.113.9] IPSec tunnel negotiation fails."
    " (IfIndex=[207], PolicyName=[], SeqNum=[0], PeerAddress=[203.0.113.9], PeerPort=[500], Reason=[version mismatch])"
)

FORMS: t.List[t.Any] = [
    # Alibaba: iked
    (
        "alibaba",
        "2022-12-14 15:52:28 vco-m5evqnds4y459flt3**** [DEBUG]: isakmp_inf.c:1514:isakmp****",
        ("2022-12-14T07:52:28Z", "debug", None, None),
    ),
    (
        "alibaba",
        "2022-12-14 15:52:28 vco-m5evqnds4y459flt3**** [DEBUG]: oakley.c:2832:oak****",
        ("2022-12-14T07:52:28Z", "debug", None, None),
    ),
    ("alibaba", PROTO_ERR, ("2023-01-13T03:39:21Z", "error", "ikev1.c:1433", PROTO_ERR[PROTO_ERR.index("phase1 ") :])),
    (
        "alibaba",
        f"2026-11-21 18:00:00 {VCO} [INFO]: isakmp_inf.c:1396:isakmp_info_send_r_u(): DPD R-U-There sent (0)",
        ("2026-11-21T10:00:00Z", "info", "isakmp_inf.c:1396", "DPD R-U-There sent (0)"),
    ),
    (
        "alibaba",
        f"2026-11-21 18:00:00 {VCO} [INFO]: if_spmd.c:834: SLID ok: x",
        ("2026-11-21T10:00:00Z", "info", "if_spmd.c:834", "SLID ok: x"),
    ),
    (
        "alibaba",
        f"2026-11-21 18:00:00 {VCO} [INFO]: lib/if_spmd.c:834: SLID ok: x",
        ("2026-11-21T10:00:00Z", "info", "lib/if_spmd.c:834", "SLID ok: x"),
    ),
    (
        "alibaba",
        f"2026-11-21 18:00:00 {VCO} [DEBUG]: oakley.c:2317:oakley_skeyid(): ",
        ("2026-11-21T10:00:00Z", "debug", "oakley.c:2317", ""),
    ),
    (
        "alibaba",
        f"2026-11-21 18:00:00 {VCO} [INTERNAL_WARN]: pfkey.c:1420:ikev1_expired(): unexpected expire message (sa state 2)",
        ("2026-11-21T10:00:00Z", "warning", "pfkey.c:1420", "unexpected expire message (sa state 2)"),
    ),
    (
        "alibaba",
        f"2026-11-21 18:00:00 {VCO} [CRITICAL]: main.c:364:main(): configuration check failure",
        ("2026-11-21T10:00:00Z", "critical", "main.c:364", "configuration check failure"),
    ),
    # Alibaba: the daemons' own text, no connection ID put in, charon's and racoon's wording inside
    (
        "alibaba",
        "2026-11-21 18:00:00 [INFO]: main.c:306:main(): starting iked for racoon2",
        ("2026-11-21T10:00:00Z", "info", "main.c:306", "starting iked for racoon2"),
    ),
    (
        "alibaba",
        f"2026-11-21 18:00:00 {VCO} [IKE] sending DPD request",
        ("2026-11-21T10:00:00Z", None, "IKE", "sending DPD request"),
    ),
    (
        "alibaba",
        f"2026-11-21 18:00:00 {VCO} [IKE] <gw|1> sending DPD request",
        ("2026-11-21T10:00:00Z", None, "IKE", "<gw|1> sending DPD request"),
    ),
    (
        "alibaba",
        f"2026-11-21 18:00:00 {VCO} 13[IKE] sending DPD request",
        ("2026-11-21T10:00:00Z", None, "IKE", "sending DPD request"),
    ),
    (
        "alibaba",
        f"2026-11-21 18:00:00 {VCO} [INFO]: isakmp.c:1098:isakmp_ph1begin_i(): begin Aggressive mode.",
        ("2026-11-21T10:00:00Z", "info", "isakmp.c:1098", "begin Aggressive mode."),
    ),
    (
        "alibaba",
        f"2026-11-21 18:00:00 {VCO} charon: 13[IKE] sending DPD request",
        ("2026-11-21T10:00:00Z", None, "IKE", "sending DPD request"),
    ),
    (
        "alibaba",
        f"2026-11-21 18:00:00 {VCO} [INFO]: [IKE] sending DPD request",
        ("2026-11-21T10:00:00Z", "info", "IKE", "sending DPD request"),
    ),
    # Huawei
    ("huawei", VRP, ("2024-12-24T07:08:32.730275Z", None, "ipsec_ike[30085]", VRP[VRP.index("[203.0") :])),
    (
        "huawei",
        VRP.replace(": [203", ": WARNING [203").replace("+00:00", "+08:00"),
        ("2024-12-23T23:08:32.730275Z", "warning", "ipsec_ike[30085]", VRP[VRP.index("[203.0") :]),
    ),
    (
        "huawei",
        VRP.replace(": [203", ": [NOTICE]: [203"),
        ("2024-12-24T07:08:32.730275Z", "notice", "ipsec_ike[30085]", VRP[VRP.index("[203.0") :]),
    ),
    (
        "huawei",
        VRP.replace("+00:00", "Z"),
        ("2024-12-24T07:08:32.730275Z", None, "ipsec_ike[30085]", VRP[VRP.index("[203.0") :]),
    ),
    # charon
    (
        "charon",
        "2026-11-21 18:00:00 11[IKE] <gw|1> sending DPD request",
        ("2026-11-21T10:00:00Z", None, "IKE", "<gw|1> sending DPD request"),
    ),
    (
        "charon",
        "2026-11-21 18:00:00 11[IKE1] <1> sending DPD request",
        ("2026-11-21T10:00:00Z", None, "IKE", "<1> sending DPD request"),
    ),
    (
        "charon",
        "2026-11-21 18:00:00.25 11[JOB] DPD check timed out, enforcing DPD action",
        ("2026-11-21T10:00:00.25Z", None, "JOB", "DPD check timed out, enforcing DPD action"),
    ),
    (
        "charon",
        "2026-11-21T18:00:00.123456+08:00 gw charon[9]: 11[IKE] sending DPD request",
        ("2026-11-21T10:00:00.123456Z", None, "IKE", "sending DPD request"),
    ),
    (
        "charon",
        "2026-11-21 18:00:00 gw charon-systemd[9]: 11[IKE] sending DPD request",
        ("2026-11-21T10:00:00Z", None, "IKE", "sending DPD request"),
    ),
    ("charon", "11[IKE] sending DPD request", (None, None, "IKE", "sending DPD request")),
    ("charon", "Nov 21 18:00:00 gw charon: 11[IKE] sending DPD request", (None, None, "IKE", "sending DPD request")),
    ("charon", "Nov 21 18:00:00 gw ipsec[99]: 11[IKE] sending DPD request", (None, None, "IKE", "sending DPD request")),
    ("charon", "Nov 21 18:00:00 11[IKE] sending DPD request", (None, None, "IKE", "sending DPD request")),
    # racoon
    (
        "racoon",
        "2026-11-21 18:00:00: INFO: isakmp.c:1103:isakmp_ph1begin_i(): begin Aggressive mode.",
        ("2026-11-21T10:00:00Z", "info", "isakmp.c:1103", "begin Aggressive mode."),
    ),
    (
        "racoon",
        "2026-11-21 18:00:00: [203.0.113.2] ERROR: isakmp.c:443:isakmp_main(): invalid flag 0x08.",
        ("2026-11-21T10:00:00Z", "error", "isakmp.c:443", "invalid flag 0x08."),
    ),
    (
        "racoon",
        "2026-11-21 18:00:00: NOTIFY: the packet is retransmitted by 203.0.113.2[500] (1).",
        ("2026-11-21T10:00:00Z", "notice", None, "the packet is retransmitted by 203.0.113.2[500] (1)."),
    ),
    (
        "racoon",
        "Nov 21 18:00:00 gw racoon: INFO: begin Aggressive mode.",
        (None, "info", None, "begin Aggressive mode."),
    ),
    (
        "racoon",
        "Nov 21 18:00:00 gw racoon[99]: INFO: begin Aggressive mode.",
        (None, "info", None, "begin Aggressive mode."),
    ),
]


@pytest.mark.parametrize(("provider", "line", "wanted"), FORMS)
def test_form(provider: str, line: str, wanted: t.Tuple[t.Optional[str], ...]) -> None:
    (entry,) = parse_lines([line], provider=provider, log_timezone="+08:00")
    timestamp, level, source, message = wanted
    assert (entry["timestamp"], entry["level"]) == (timestamp, level)
    assert entry["raw"] == line
    if message is not None:
        assert (entry["source"], entry["message"]) == (source, message)


def test_the_racoon_address_before_the_level_is_read_in_alibabas_envelope_too() -> None:
    (entry,) = entries(
        [f"2026-11-21 10:00:00 {VCO} [203.0.113.20] INFO: isakmp_inf.c:1252:f(): received INITIAL-CONTACT"]
    )
    assert (entry["level"], entry["message"]) == ("info", "received INITIAL-CONTACT")


def test_shape() -> None:
    (entry,) = parse_lines([PROTO_ERR], provider="alibaba", connection_id="vco-x")
    keys = "timestamp epoch sequence level source message raw event phase reason peer tunnel_id provider connection_id"
    assert list(entry) == keys.split()
    assert (entry["epoch"], entry["sequence"], entry["provider"], entry["connection_id"]) == (
        1673581161,
        0,
        "alibaba",
        "vco-x",
    )


def test_peer_of_lines_that_print_one() -> None:
    lines = [
        f"2026-11-21 10:00:00 {VCO} [INFO]: ikev1.c:895:f(): initiate new phase 1 negotiation: 198.51.100.10[500]<=>203.0.113.20[500]",
        f"2026-11-21 10:00:00 {VCO} [PROTO_ERR]: ikev2.c:1:f(): 1:198.51.100.10[500] - 2001:db8::7[500]:(nil):ts unacceptable",
        f"2026-11-21 10:00:00 {VCO} [PROTO_ERR]: ike_conf.c:1:f(): 0:? - ?:(nil):ts unacceptable",
    ]
    assert [entry["peer"] for entry in entries(lines)] == ["203.0.113.20", "2001:db8::7", None]


@pytest.mark.parametrize(
    "stamp", ["2026-02-30 10:00:00", "2026-13-01 10:00:00", "2026-11-21 25:61:00", "0000-00-00 00:00:00"]
)
def test_a_date_that_does_not_exist_has_no_time(stamp: str) -> None:
    (entry,) = entries([f"{stamp} {VCO} [INFO]: main.c:1:main(): exiting iked"])
    assert (entry["timestamp"], entry["epoch"], entry["event"]) == (None, None, "daemon_stopped")


def test_a_date_that_does_not_exist_keeps_its_place() -> None:
    lines = [f"2026-11-21 10:00:0{n} {VCO} [INFO]: main.c:1:main(): line {n}" for n in range(3)]
    lines[1] = lines[1].replace("11-21", "11-31")
    lines[2] = lines[2].replace("10:00:02", "09:00:02")
    assert [entry["message"] for entry in entries(lines)].index("line 1") > 0


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", ""])
def test_line_ends_are_no_part_of_a_message(end: str) -> None:
    (entry,) = entries([f"2026-11-21 10:00:00 {VCO} [INFO]: main.c:1:main(): exiting iked{end}"])
    assert entry["message"] == "exiting iked"


@pytest.mark.parametrize(
    "hostile", ["\x00", "\x1b[31m", "\x7f", "\ufffd", "\u2028", "\x85", "\x0b", "\x0c", "\U0001f600", "\ud800"]
)
def test_control_characters_neither_split_nor_crash(hostile: str) -> None:
    line = f"2026-11-21 10:00:00 {VCO} [INFO]: main.c:1:main(): exiting iked {hostile} x"
    (entry,) = entries(line)
    # Half of a character can be neither printed nor passed on.
    assert (entry["raw"], entry["event"]) == (line.replace("\ud800", "\ufffd"), "daemon_stopped")


@pytest.mark.parametrize("provider", ["alibaba", "huawei", "charon", "racoon"])
def test_lines_without_anything(provider: str) -> None:
    assert entries([], provider) == []
    for text in ("", " ", "\t", "[]", "2026-11-21 10:00:00", "2026-11-21 10:00:00 ", "=[", "<", "<1", ":"):
        (entry,) = entries([text], provider)
        assert (entry["raw"], entry["event"]) == (text, "other")


@pytest.mark.parametrize("provider", ["alibaba", "huawei", "charon", "racoon"])
@pytest.mark.parametrize(
    "unit",
    ["a", " ", "aa ", "psk", "[", "2026-11-21 10:00:00 ", "SADB_ADD dst=1 spi=", "a=[", "<", "' with ", "_i c1 ", "::"],
)
def test_a_megabyte_line_costs_no_more_than_its_length(provider: str, unit: str) -> None:
    for prefix in ("", f"2026-11-21 10:00:00 {VCO} [DEBUG]: f.c:1:f(): ", VRP[:60]):
        line = prefix + unit * (100_000 // len(unit))
        begun = time.process_time()
        found = entries([line], provider)
        assert time.process_time() - begun < 1
        assert "".join(entry["raw"] for entry in found) == line or found[0]["raw"].endswith("[key material]")


def test_unknown_provider_and_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="provider 'aws'"):
        parse_lines([], provider="aws")
    for zone in ("8", "+8:00", "+15:00", "-13:00", "+08:60", "UTC+8"):
        with pytest.raises(ValueError, match="log_timezone"):
            parse_lines([], provider="alibaba", log_timezone=zone)
