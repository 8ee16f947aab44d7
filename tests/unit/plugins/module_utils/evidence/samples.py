# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records and results as the role hands them over."""

from __future__ import annotations

import time

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.calls import FACTS, plan_calls
from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.verdicts import judge_reads
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines
from ansible_collections.netops.cloud_vpn.plugins.module_utils._records import make_record
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window

OURS, THEIRS = "vco-a1", "98c5af8a-1f0e-4c7b-9a86-ae2280a6f4c3"
BEGIN = 1671003800.0
PHASE1 = (
    "2022-12-14 15:44:28 vco-a1 [INFO]: ikev1.c:1924:log_ph1established(): "
    "ISAKMP-SA established 198.51.100.10[500]-203.0.113.20[500] spi:8201b9e4c19be06f:47d27265613ffe9b"
)
PHASE2 = (
    "2022-12-14 15:44:29 vco-a1 [INFO]: pfkey.c:1117:ikev1_update_response(): "
    "IPsec-SA established: ESP/Tunnel 203.0.113.20[500]->198.51.100.10[500] spi=21622580(0x149ef34)"
)
REFUSED = (
    "2022-12-14 15:44:28 vco-a1 [PROTO_ERR]: ikev2_auth.c:614:ikev2_verify(): "
    "1:198.51.100.10[500] - 203.0.113.20[500]:0x552ab4c9f0:authentication failure"
)
GAVE_UP = "2022-12-14 15:44:28 vco-a1 [INFO]: ike_sa.c:264:ikev2_abort(): 1:198.51.100.10[500] - 203.0.113.20[500]:(nil):aborting ike_sa"
UP, DOWN, SILENT = (PHASE1, PHASE2), (REFUSED, GAVE_UP), ()
# What a peer that wants harm could get into a log.
HOSTILE = (
    "<script>alert(1)</script> {{ 7 * 7 }} {% raw %} \x1b[31m\x00\x07\u202e\ufffe\ud800 ]]> --> &amp; "
    "\"' | `` ``` </pre></details> <img src=x onerror=alert(2)> @everyone"
)
ENVELOPE = "2022-12-14 15:44:30 vco-a1 [ERROR]: evil.c:1:f(): "


def record(lines, connection_id=OURS, provider="alibaba", complete=True, limit=1000):
    entries = parse_lines(list(lines), provider="alibaba", connection_id=connection_id)
    window = Window(BEGIN, BEGIN + 600)
    return make_record(
        provider, connection_id, "eu-de", window, time.time(), BEGIN + 600, complete, entries, judge(entries), {}, limit
    )


def result(call, records):
    return {
        "item": call["number"],
        "ansible_facts": {FACTS[call["provider"]]: {one["connection_id"]: one for one in records}},
    }


def verdict(records, connections=None, **options):
    """The verdict over records of the connections they name, plus `title` and `generated_at`."""
    connections = connections or [{"id": one["connection_id"]} for one in records]
    calls = plan_calls(connections)
    results = [result(call, [one for one in records if one["connection_id"] in call["ids"]]) for call in calls]
    found = judge_reads(connections, calls, results, **options)
    return {**found, "title": "Change 1", "generated_at": "2022-12-14T07:54:00Z", "redacted": False}


def pair():
    """Both ends of one tunnel, one of them down."""
    connections = [{"id": OURS, "pair": "branch"}, {"id": THEIRS, "pair": "branch"}]
    return connections, [record(UP), record(DOWN, THEIRS, "huawei")]
