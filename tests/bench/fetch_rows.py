# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows about fetching: many lines, many connections, requests, growth, and the simulator's own limit."""

from __future__ import annotations

import json
import statistics
import time
from urllib.request import Request, urlopen

from contest import Row, Sample, compare, cpu_of, take_turns
from fetching import opened
from field import ONE, Field, same

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.pacing import Pacer
from ansible_collections.netops.cloud_vpn.plugins.module_utils._collect import collect

LINES, PAGE, CONNECTIONS = 10_000, 50, 50


def limit(field: Field, rounds: int) -> list[Row]:
    """What the simulator can do: processor time of its single thread for one signed page of 50 lines."""
    options = field.alibaba(LINES)
    costs, busy = [], []
    for _round in range(rounds):
        field.control.clear_requests()
        before, began = cpu_of(field.ready["pid"]), time.monotonic()
        field.module("alibaba", options, LINES)
        used = cpu_of(field.ready["pid"]) - before
        busy.append(used / (time.monotonic() - began))
        costs.append(1000 * used / field.requests("alibaba"))
    rate = 1000 / statistics.median(costs)
    note = f"so at most {rate:.0f} requests/s; 8 in flight ask for 400 at 20 ms, for 40 at 200 ms"
    return [
        Row("simulator: ms of processor time per page", costs, note=note),
        Row("simulator: share of a core that it uses at 0 ms", busy),
    ]


def many_lines(field: Field, rounds: int) -> list[Row]:
    """10,000 lines of one connection: module against SDK loop."""
    options = field.alibaba(LINES)
    window = (ONE, options["since"], options["until"])
    rows = []
    for milliseconds, goal in ((20, {"least": 5.0}), (200, {"least": 6.0}), (0, {"most": 1.5})):
        field.control.latency(milliseconds)
        samples = take_turns(
            {
                "ours": lambda: field.module("alibaba", options, LINES),
                "SDK": lambda: field.competitor("alibaba", *window, lines=LINES),
            },
            rounds,
        )
        title = f"{LINES:,} lines, {milliseconds} ms: "
        if milliseconds:
            rows.append(compare(title + "SDK loop / ours", samples, "SDK", "ours", **goal))
        else:
            rows.append(compare(title + "ours / SDK loop, CPU", samples, "ours", "SDK", "cpu", **goal))
    field.control.latency(0)
    return rows


def many_connections(field: Field, rounds: int) -> list[Row]:
    """50 Huawei connections: one task against 50 SDK calls and against a loop of ansible.builtin.uri."""
    options = field.huawei(CONNECTIONS)
    ids, lines = options["vpn_connection_ids"], 100 * CONNECTIONS
    field.control.latency(20)
    programs = take_turns(
        {
            "ours": lambda: field.module("huawei", options, lines),
            "SDK": lambda: field.competitor("huawei", *ids, lines=lines),
            "ours alone": lambda: field.competitor("ours", *ids, lines=lines, alone=True),
            "SDK alone": lambda: field.competitor("huawei", *ids, lines=lines, alone=True),
        },
        rounds,
    )
    cloud = field.ready["huawei"]
    uri = {
        "ansible.builtin.uri": {
            "url": f"{cloud['https']}/v5/{cloud['project_id']}/vpn-connection/{{{{ item }}}}/log",
            "headers": {"X-Auth-Token": _token(field)},
            "ca_path": field.ready["ca_file"],
            "return_content": True,
        },
        "loop": ids,
        "no_log": True,
    }
    plays = take_turns(
        {
            "empty": lambda: field.play([]),
            "ours": lambda: field.play([{"netops.cloud_vpn.huawei_vpn_connection_logs": options}]),
            "verdicts": lambda: field.play([{"netops.cloud_vpn.huawei_vpn_connection_logs": {**options, "limit": 0}}]),
            "uri loop": lambda: field.play([uri]),
        },
        max(rounds // 2, 3),
    )
    field.control.latency(0)
    title = f"{CONNECTIONS} Huawei connections, 20 ms: "
    return [
        compare(title + "SDK calls / ours", programs, "SDK alone", "ours alone", least=5.0),
        compare("  with the start of both processes", programs, "SDK", "ours"),
        compare(title + "uri loop / our task", plays, "uri loop", "ours", less="empty", least=20.0),
        compare("  the same with limit: 0", plays, "uri loop", "verdicts", less="empty"),
    ]


def _token(field: Field) -> str:
    """What the user of a uri loop has to get first; not counted."""
    iam = field.ready["iam"]
    user = {"name": iam["username"], "password": iam["password"], "domain": {"name": iam["domain_name"]}}
    scope = {"project": {"id": field.ready["huawei"]["project_id"]}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
    request = Request(
        f"{iam['http']}/v3/auth/tokens", json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urlopen(request) as answer:
        return str(answer.headers["X-Subject-Token"])


def requests_sent(field: Field, rounds: int) -> list[Row]:
    """Requests over the fewest that can do, where a window is over when a page is short."""
    rows = []
    for title, lines, ids, seconds in (
        ("one window of 10,000 lines", LINES, (ONE,), 590),
        ("an hour of 3,000 lines", 3000, (ONE,), 3590),
        ("20 connections of 60 lines", 60, tuple(f"vco-m5ebench{n:012d}" for n in range(100, 120)), 590),
    ):
        options = field.alibaba(lines, ids, seconds)
        least = sum(_fewest(field, one, int(options["since"]), int(options["until"])) for one in ids)
        sent = []
        for _round in range(min(rounds, 3)):
            field.control.clear_requests()
            field.module("alibaba", options, lines * len(ids))
            sent.append(field.requests("alibaba"))
        note = f"{', '.join(map(str, sent))} requests, {least} at least"
        ratios = [max(number - options["concurrency"], least) / least for number in sent]
        rows.append(Row(f"requests less concurrency / fewest: {title}", ratios, most=1.1, note=note))
    return rows


def _fewest(field: Field, connection: str, since: int, until: int) -> int:
    """Pages of windows of ten minutes that do not overlap; one more where the last page is full."""
    held = [epoch for epoch, _raw in field.control.lines(connection)]
    starts = range(since, until, 600)
    return sum(sum(start <= epoch < start + 600 for epoch in held) // PAGE + 1 for start in starts)


def growth(field: Field, rounds: int) -> list[Row]:
    """Time for 1,000, 10,000, and 100,000 lines, the quota's pacing set aside: per line, the second step over the first."""

    def read(lines: int) -> Sample:
        options = {**field.alibaba(lines), "limit": 1000, "deadline": 300}
        began, cpu = time.monotonic(), time.process_time()
        with opened(field.ready, "alibaba", pacer=Pacer(1_000_000), concurrency=8) as provider:
            record = collect(provider, options, warn=lambda text: None)[ONE]
        same(record["count"], lines)
        return Sample(time.monotonic() - began, time.process_time() - cpu)

    samples = take_turns({f"{lines:,}": lambda lines=lines: read(lines) for lines in (1000, 10_000, 100_000)}, rounds)
    walls = {int(name.replace(",", "")): [one.wall for one in taken] for name, taken in samples.items()}
    ratios = [
        ((large - middle) / 90_000) / ((middle - small) / 9000)
        for small, middle, large in zip(walls[1000], walls[10_000], walls[100_000])
    ]
    note = ", ".join(f"{lines:,} in {statistics.median(taken):.2f} s" for lines, taken in walls.items())
    return [Row("growth: time a line, 10k to 100k over 1k to 10k", ratios, least=0.8, most=1.2, note=note)]
