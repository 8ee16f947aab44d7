# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebook that the collection brings, installed from its tarball: a tunnel goes down, and a ticket is opened."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import unquote

import leaks
import pytest
import rulebook_runs
from rulebook_runs import rulebook

from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.events.stories import FAILED, NEGOTIATE
from simulator.client import Control
from simulator.config import DEFAULT

pytestmark = pytest.mark.skipif(rulebook_runs.MISSING is not None, reason=str(rulebook_runs.MISSING))

VCO = "vco-m5edemo0tunnel000001"
ENDS = (("UPDATE", "203.0.113.20", "198.51.100.10"), ("ADD", "198.51.100.10", "203.0.113.20"))
UP = [
    f"[INFO]: ike_pfkey.c:304:sadb_log_add(): SADB_{verb} ul_proto=255 src={src}[500] dst={dst}[500] satype=ESP spi=0x0000{spi}"
    for spi, (verb, src, dst) in enumerate(ENDS, 1001)
]
GONE = [text.replace("SADB_UPDATE", "SADB_DELETE").replace("SADB_ADD", "SADB_DELETE") for text in UP]


def test_one_ticket_whatever_happens(simulator: Control, tmp_path: Path) -> None:
    collections = rulebook_runs.install(tmp_path)
    tickets, trap = tmp_path / "tickets", tmp_path / "trap"
    hostile = f" {{{{ lookup('pipe', 'touch {trap}') }}}} {{% raw %}} \x1b[31mred"
    simulator.connection(id=VCO, cloud="alibaba", history=[{"lines": [[simulator.now() - 2000, text] for text in UP]}])
    variables = {
        "vpn_connection_ids": [VCO],
        "state_file": str(tmp_path / "places.json"),
        "ticket_directory": str(tickets),
        "delay": 1,
    }
    # A temporary key and the older signature: both are parts of each URL.
    key_id, key = next(iter(DEFAULT["alibaba"]["sts"].items()))
    secrets = {key["secret"]: "secret", key["token"]: "token"}
    environment = {
        "CLOUD_VPN_ENDPOINT": simulator.ready["alibaba"]["https"],
        "CLOUD_VPN_SIGNATURE_VERSION": "v1",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": key["secret"],
        "ALIBABA_CLOUD_SECURITY_TOKEN": key["token"],
    }
    name = "netops.cloud_vpn.vpn_tickets"

    def opened() -> list[str]:
        return sorted(path.read_text(encoding="utf-8") for path in tickets.glob("*.md"))

    with rulebook(tmp_path / "first", name, collections, simulator, variables, **environment) as first:
        first.until(first.events)
        first.end()
    assert [event["health"]["state"] for event in first.events()] == ["up"]

    now = simulator.now()
    simulator.add_lines(VCO, [[now, text] for text in (*GONE, NEGOTIATE, FAILED + hostile)])
    with rulebook(tmp_path / "second", name, collections, simulator, variables, **environment) as second:
        second.until(opened)
        # Attempts that fail as before are no news.
        simulator.add_lines(VCO, [[simulator.now(), text] for text in (NEGOTIATE, FAILED)])
        looks = simulator.state()["requests"]
        second.until(lambda: simulator.state()["requests"] > looks + 1)
        simulator.listeners("alibaba", up=False)
        second.until(lambda: second.events("blind"))
        simulator.listeners("alibaba", up=True)
        second.until(lambda: second.events("sighted") and len(opened()) == 2)
        looks = simulator.state()["requests"]
        second.until(lambda: simulator.state()["requests"] > looks + 1)
    down, blind = opened()
    assert down.startswith(f"# VPN connection {VCO} is down: psk_mismatch\n\nThe pre-shared keys differ.")
    assert blind.startswith(f"# VPN connection {VCO} is not readable: transport\n")
    assert [event["type"] for event in second.events()] == ["verdict", "blind", "sighted"]

    # Text is text: it was not run, does not reach a terminal, and can still be read.
    assert not trap.exists()
    assert "\x1b" not in down and f"{{ {{ lookup('pipe', 'touch {trap}') }}}} {{ % raw %}} \\x1b[31mred" in down
    assert any(one["verified"] and key["token"] in unquote(one["url"]) for one in simulator.requests(service="alibaba"))
    assert list(leaks.search([tmp_path], secrets)) == []
    assert "Signature=" not in first.text + second.text


def test_what_is_wrong_is_said_and_ends_it(simulator: Control, tmp_path: Path) -> None:
    (tmp_path / "book.yml").write_text(
        """
- name: Wrong
  hosts: localhost
  sources:
    - vpn_connection_logs:
        vpn_connection_ids: [vco-m5edemo0tunnel000001]
        intervall: 5
  rules:
    - name: Any
      condition: event.vpn is defined
      action: {debug: {}}
"""
    )
    before = time.monotonic()
    folder = rulebook_runs.ROOT / "extensions" / "eda" / "plugins" / "event_source"
    with rulebook(tmp_path, str(tmp_path / "book.yml"), tmp_path, simulator, {}, "-S", str(folder)) as run:
        assert run.wait() == 1
    words = "'intervall' is no option of this event source; did you mean interval?"
    assert f"OptionsError: Source plugin failed with error message: '{words}'" in run.text
    assert time.monotonic() - before < 30
    assert simulator.requests(service="alibaba") == []
