# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Key material in debug dumps never passes, however it is grouped, split, wrapped, or cut."""

from __future__ import annotations

import json
import re
import types
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs import secrets
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_batches, parse_lines

from .samples import CORPUS, VCO

INTRODUCES = re.compile(
    r"psk: |sharedkey|SKEYID(?:_[dae])? computed|final encryption key computed|with key:|KEYMAT computed|private key:|nonce [12]: ",
    re.IGNORECASE,
)
HEX_LINE = re.compile(r"(?:[0-9a-f]{2,8}[ ]?)+$")
LOGS = ("v1_idle_healthy", "v1_up_resp", "v2_up_resp")
PSK = "73336372 65742d6f 662d6c61 62"
KEY = "2c044ff3 ccd29359 327fc73a e3e328ba 29522ded"


def native(name: str) -> str:
    path = CORPUS / "iked-native" / f"{name}.native.log"
    if not path.is_file():
        pytest.skip(f"no recorded session at {path}: real dumps were not looked at")
    return path.read_text(encoding="utf-8", errors="replace")


def keys_of(text: str) -> t.Set[str]:
    """The hex after every line that introduces a key, in one run."""
    found: t.Set[str] = set()
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if INTRODUCES.search(line):
            dump = ""
            for follower in lines[number + 1 : number + 8]:
                if HEX_LINE.match(follower):
                    dump += follower.replace(" ", "")
                elif dump or not re.search(r"\[DEBUG\]: \S+ $", follower):
                    break
            if dump:
                found.add(dump)
    return found


def in_envelope(text: str) -> str:
    """As Alibaba prints it: the connection's ID behind every stamp, in glued records too."""
    return re.sub(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?=\[[A-Z_]+\]: )", rf"\1 {VCO} ", text)


def squeezed(value: t.Any) -> str:
    return re.sub(r"[\s:,\-]|0x|\\[nrt]", "", json.dumps(value, ensure_ascii=False).lower())


def test_the_recorded_logs_hold_keys() -> None:
    keys = keys_of(native("v1_up_resp"))
    assert PSK.replace(" ", "") in keys
    assert len(keys) >= 5


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize("wrap", [str, in_envelope, str.upper], ids=["native", "Alibaba", "upper case"])
@pytest.mark.parametrize("provider", ["alibaba", "racoon", "charon", "huawei"])
def test_no_key_of_a_recorded_log_passes(name: str, wrap: t.Callable[[str], str], provider: str) -> None:
    text = native(name)
    every = set().union(*(keys_of(native(one)) for one in LOGS))
    found = parse_lines(wrap(text), provider=provider)
    shown = squeezed([found, judge(found)])
    for key in every:
        for start in range(0, max(1, len(key) - 15), 8):
            assert key[start : start + 16] not in shown
        assert bytes.fromhex(key).decode("latin-1").lower() not in shown
    if keys_of(text):
        assert secrets.MASK in json.dumps(found)


@pytest.mark.parametrize("name", LOGS)
def test_every_other_line_stays_as_it_is(name: str) -> None:
    lines = in_envelope(native(name)).split("\n")
    kept = [line for line in lines if line and not HEX_LINE.match(line) and line.count(VCO) == 1]
    raws = {entry["raw"] for entry in parse_lines(lines, provider="alibaba")}
    assert [line for line in kept if line not in raws] == []
    assert len(parse_lines(lines, provider="alibaba")) >= len(lines)


def test_the_gateway_is_reported_once() -> None:
    batch = types.SimpleNamespace(since=None, until=None, times=None, lines=[printed("psk: "), PSK])
    told = parse_batches([batch, batch], provider="alibaba", connection_id="vco-x", log_timezone="+08:00").warnings
    assert told == [secrets.WARNING]
    batch.lines = [printed("DPD monitoring....")]
    assert parse_batches([batch], provider="alibaba", connection_id="vco-x", log_timezone="+08:00").warnings == []


def forms(key: str) -> t.Dict[str, str]:
    """The ways to print a key."""
    flat = key.replace(" ", "")
    octets = [flat[n : n + 2] for n in range(0, len(flat), 2)]
    return {
        "as iked prints it": key,
        "upper case": key.upper(),
        "octets": " ".join(octets),
        "colons": ":".join(octets),
        "one run": flat,
        "one run, cut": flat[:-1],
        "0x": "0x" + flat,
        "groups of 16": " ".join(flat[n : n + 32] for n in range(0, len(flat), 32)),
        "groups of 8": " ".join(flat[n : n + 16] for n in range(0, len(flat), 16)),
        "cut in the middle of an octet": key[:-1],
        "cut with stars": key[:-3] + "****",
        "cut with dots": key[:-2] + "...",
        "with its characters": " ".join(octets[:16]) + "  s3cret-of-lab...",
        "numbered": "0000: " + " ".join(octets[:16]) + "  s3cret-of-lab...",
        "tabs": "\t" + "\t".join(key.split(" ")),
        "blanks in front and behind": f"  {key}  ",
        "dashes": "-".join(octets),
        "0x each": " ".join("0x" + octet for octet in octets),
        "a NUL in front": "\x00" + key,
    }


def printed(message: str, level: str = "DEBUG") -> str:
    return f"2026-11-21 10:00:00 {VCO} [{level}]: oakley.c:2405:oakley_skeyid(): {message}"


PLACES: t.Dict[str, t.Callable[[str], t.List[str]]] = {
    "a line of its own": lambda dump: [printed("SKEYID computed:"), printed(""), dump],
    "in the envelope": lambda dump: [printed(dump)],
    "behind its name": lambda dump: [printed(f"SKEYID computed: {dump}")],
    "behind its name, no blank": lambda dump: [printed(f"psk:{dump}")],
    "behind its name, level INFO": lambda dump: [printed(f"KEYMAT computed: {dump}", "INFO")],
    "behind its name, stamp cut off": lambda dump: [f"skeyid(): SKEYID_d computed: {dump}"],
    "trace": lambda dump: [printed(f"sharedkey {dump}")],
}


def leaks(lines: t.List[str], key: str) -> bool:
    shown = squeezed([[entry["raw"], entry["message"]] for entry in parse_lines(lines, provider="alibaba")])
    flat = key.replace(" ", "").lower()
    return any(flat[start : start + 12] in shown for start in range(0, len(flat) - 11, 2))


@pytest.mark.parametrize(
    ("form", "place"),
    [pytest.param(form, place, id=f"{form}, {where}") for form in forms(KEY) for where, place in PLACES.items()],
)
def test_every_form_in_every_place(form: str, place: t.Callable[[str], t.List[str]]) -> None:
    assert not leaks(place(forms(KEY)[form]), KEY)


@settings(max_examples=100, deadline=None)
@given(
    key=st.binary(min_size=12, max_size=64),
    widths=st.lists(st.sampled_from([1, 2, 4, 8, 16, 32]), min_size=1, max_size=1),
    cut=st.integers(0, 3),
)
def test_any_key_in_any_grouping(key: bytes, widths: t.List[int], cut: int) -> None:
    flat = key.hex()
    dump = " ".join(flat[n : n + 2 * widths[0]] for n in range(0, len(flat), 2 * widths[0]))
    if " " not in dump:
        cut = 0
    for where, place in PLACES.items():
        assert where == "trace" or not leaks(place(dump[: len(dump) - cut]), flat)


@pytest.mark.parametrize(
    "message",
    [
        "initiate new phase 1 negotiation: 198.51.100.10[500]<=>203.0.113.20[500]",
        "ISAKMP-SA established 198.51.100.10[500]-203.0.113.20[500] spi:a8bce6408be4728d:606732937a96cec3",
        "phase1 negotiation failed due to time up (index a8bce6408be4728d:606732937a96cec3).",
        "SADB_UPDATE ul_proto=255 src=203.0.113.20[500] dst=198.51.100.10[500] satype=ESP samode=tunnel spi=0x0a036c93 authtype=HMAC-SHA-1",
        "purging ISAKMP-SA spi=a8bce6408be4728d:606732937a96cec3.",
        "couldn't find the pskey for 203.0.113.20.",
        "the psk found.",
        "1:? - ?:(nil):aborting ike_sa",
        "2001:db8::1 is initiating an IKE_SA",
        "",
    ],
)
def test_what_is_no_key_stays(message: str) -> None:
    assert secrets.mask(message, True, "debug") is None
