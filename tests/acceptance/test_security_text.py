# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log text is text: no template, no path, no terminal escape, and no work for a regular expression."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from fetching import MANY, fetch, options_for, rule
from running import run_play, task_for

from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window
from simulator.client import Control

UUID = "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3"
ESCAPE = "\x1b]0;owned\x07\x1b[2J\x1b[31m"


def hostile(folder: Path) -> list[str]:
    touch = folder / "touched"
    return [
        "[ERROR]: ikev1.c:1:a(): {{ 7191 * 7193 }}",
        "[ERROR]: ikev1.c:2:b(): {% raw %}{{ 7191 * 7193 }}{% endraw %}",
        f"[ERROR]: ikev1.c:3:c(): {{{{ lookup('ansible.builtin.pipe', 'touch {touch}') }}}}",
        f"[ERROR]: ikev1.c:4:d(): $(touch {touch}) `touch {touch}` ; touch {touch}",
        f"[ERROR]: ikev1.c:5:e(): {ESCAPE} \u009b31m \u202eevil \x00 end",
        "[ERROR]: ../../../../etc/passwd:6:f(): <script>alert(1)</script> \r overwritten",
        '[ERROR]: ikev1.c:7:g(): !unsafe "{{ 7191 * 7193 }}" !vault |',
        "[ERROR]: ikev1.c:8:h(): phase1 negotiation failed due to {{ 7191 * 7193 }} (index 1:2).",
    ]


CLOUDS = {"alibaba": MANY, "huawei": UUID}


def arguments(simulator: Control, cloud: str, **more: Any) -> dict[str, Any]:
    ready = simulator.ready
    return options_for(ready, cloud, ca_path=ready["ca_file"], vpn_connection_ids=[CLOUDS[cloud]], **more)


def test_log_text_is_never_a_template(simulator: Control, tmp_path: Path) -> None:
    """Through facts, set_fact, the filters, and into a file: what was logged comes out as it was logged."""
    now = simulator.now()
    lines = [[now - 60 + number, text] for number, text in enumerate(hostile(tmp_path))]
    tasks: list[Any] = []
    for cloud, one in CLOUDS.items():
        simulator.connection(id=one, cloud=cloud, history=[{"lines": lines}])
        tasks.append(task_for(cloud, arguments(simulator, cloud, query="[].message")))
        record = f"{cloud}_vpn_connection_logs['{one}']"
        parsed = f"again.logs | map(attribute='raw') | list | netops.cloud_vpn.vpn_parse(provider='{cloud}')"
        shown = [record, record + ".logs | map(attribute='message') | join(' / ')", "again.query_result", parsed]
        shown += ["again.logs | netops.cloud_vpn.vpn_health", "again"]
        tasks += [
            {"ansible.builtin.set_fact": {"again": "{{ " + record + " }}"}},
            {
                "ansible.builtin.debug": {"msg": [f"{{{{ {one} }}}}" for one in shown]},
                "when": "again.logs | map(attribute='message') | select('search', '7191') | length == 4",
            },
            {"ansible.builtin.copy": {"content": "{{ again.logs | to_json }}", "dest": str(tmp_path / cloud)}},
        ]
    run = run_play(tasks, tmp_path / "play", options=("-v",))
    output = run.stdout + run.stderr
    assert run.status == 0, output[-3000:]
    assert "skipping" not in output
    for cloud in CLOUDS:
        written = (tmp_path / cloud).read_text(encoding="utf-8")
        assert len(json.loads(written)) == 8 and "{{ 7191 * 7193 }}" in written
        assert str(7191 * 7193) not in output + written
    assert not (tmp_path / "touched").exists()
    assert "\x1b" not in output and "\x00" not in output


def test_what_the_service_says_is_printable(simulator: Control, tmp_path: Path) -> None:
    """A message of a service (or of something between) becomes part of ours: without escapes, not a template."""
    message = f"no {ESCAPE} {{{{ 7191 * 7193 }}}} \r\n fake: ok=1 \u202e"
    codes = {"alibaba": "Forbidden.RAM\x1b[2J", "huawei": "VPN.0007"}
    plan = [
        rule("status", service=cloud, at="*", status=403, code=code, message=message) for cloud, code in codes.items()
    ]
    simulator.plan(*plan)
    tasks: list[Any] = []
    for cloud in CLOUDS:
        tasks.append(task_for(cloud, arguments(simulator, cloud), register="result", ignore_errors=True))
        tasks.append({"ansible.builtin.debug": {"msg": "{{ result.msg }} {{ result.error.kind }} of " + cloud}})
    run = run_play(tasks, tmp_path / "play")
    output = run.stdout + run.stderr
    assert "permission of alibaba" in output and "permission of huawei" in output, output[-3000:]
    assert str(7191 * 7193) not in output and not {"\x1b", "\u202e", "\r", "\x9b"} & set(output)


MEGABYTE = 1 << 20
STAMP = {"alibaba": "2022-12-14 07:52:28 vco-m5e [DEBUG]: ", "huawei": "2022-12-14T07:52:28.1+00:00 h ipsec[1]: "}
PIECES = [
    "a",
    " ",
    "[",
    "(",
    "0",
    ":",
    "=",
    "-",
    "1.2.3.4",
    "<=>",
    "a b ",
    "=[",
    "()[]{}",
    "0a ",
    "[a](",
    "2022-12-14 ",
]
PIECES += [
    "failed to ",
    "phase1 ",
    "Reason=[",
    "isakmp.c:1:a(): ",
    "\t",
    "psk: ",
    "\u00e9",
    "\\",
    "'\"",
    "no suitable ",
]


@pytest.mark.parametrize("provider", ["alibaba", "huawei", "charon", "racoon"])
def test_a_megabyte_in_one_line(provider: str) -> None:
    """Linear: each of these takes milliseconds; a pattern that backtracks takes minutes."""
    slowest = 0.0
    for number, piece in enumerate(PIECES):
        if (number + len(provider)) % 2:
            continue  # the other provider of its kind reads it
        # Every third one bare: what has no envelope goes another way. The "!" makes patterns fail at the end.
        body = "" if number % 3 == 2 else STAMP.get(provider, "")
        text = body + (piece * (MEGABYTE // len(piece)))[:MEGABYTE] + "!"
        began = time.process_time()
        entries = parse_lines([text], provider=provider, connection_id=MANY)
        judge(entries)
        took = time.process_time() - began
        slowest = max(slowest, took)
        assert took < 2.5, (piece, took)
        assert sum(len(entry["raw"]) for entry in entries) >= MEGABYTE * 0.9 or "key material" in entries[0]["raw"]
    print(f"\n{provider}: slowest line of 1 MB {slowest:.2f} s")


def test_a_megabyte_line_from_the_service(simulator: Control) -> None:
    now = int(simulator.now()) - 400
    texts = ["[INFO]: a.c:1:a(): " + "x" * MEGABYTE, "[INFO]: a.c:2:b(): " + "([" * (MEGABYTE // 2)]
    simulator.connection(
        id=MANY, cloud="alibaba", history=[{"lines": [[now + n, text] for n, text in enumerate(texts)]}]
    )
    outcome = fetch(simulator, "alibaba", MANY, Window(float(now - 60), float(now + 60)), 10)
    assert outcome.error is None and [len(line) > MEGABYTE for line in outcome.lines] == [True, True]
    assert outcome.seconds < 5
