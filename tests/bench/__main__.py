# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed beside what a user would take instead: ``python tests/bench [--rounds N] [NAME...]``.

Every ratio is measured side by side in one run, in turns; the median of at least seven rounds counts. The raw seconds go into
a JSON file. All contestants talk to the simulator, with latency added.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "acceptance"), str(HERE.parents[1] / ".work" / "link")]

import fetch_rows  # noqa: E402
import start_rows  # noqa: E402
from contest import Row, table  # noqa: E402
from field import Field  # noqa: E402

from simulator.client import Simulator  # noqa: E402

GROUPS = {
    "limit": fetch_rows.limit,
    "lines": fetch_rows.many_lines,
    "connections": fetch_rows.many_connections,
    "requests": fetch_rows.requests_sent,
    "growth": fetch_rows.growth,
    "ad-hoc": start_rows.ad_hoc,
    "tasks": start_rows.tasks,
    "start": start_rows.start,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(GROUPS)}; all when none is given")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path, help="where the raw numbers go")
    parser.add_argument("--check", action="store_true", help="exit code 1 when a goal is missed")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(GROUPS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    rows: list[Row] = []
    with Simulator("--no-quota") as control, tempfile.TemporaryDirectory(prefix="cloud-vpn-bench-") as folder:
        for name in arguments.names or GROUPS:
            control.reset()
            control.quota(alibaba=None)
            print(f"{name} …", flush=True)
            rows += GROUPS[name](Field(control, Path(tempfile.mkdtemp(dir=folder))), arguments.rounds)
    print(table(rows))
    output = arguments.output or Path(os.environ.get("CLOUD_VPN_WORK") or ".") / "bench.json"
    output.write_text(json.dumps([row.as_dict() for row in rows], indent=1) + "\n", encoding="utf-8")
    missed = [row.title.strip() for row in rows if not row.reached]
    print(
        f"{len(rows) - len(missed)} of {len(rows)} rows as they should be" + "".join(f"; not: {one}" for one in missed)
    )
    return 1 if missed and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
