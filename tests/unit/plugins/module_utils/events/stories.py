# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log lines that tell a story, records that hold them, and a watch that is told of them look by look."""

from __future__ import annotations

import json
import time

from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.place import Place
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.steps import Settings, advance, begin
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.story import Story
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines
from ansible_collections.netops.cloud_vpn.plugins.module_utils._records import make_record
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import Window

VCO = "vco-m5e83sapxp88cgp5f"
BASE = 1_700_000_000.0

NEGOTIATE = (
    "[INFO]: ikev1.c:992:isakmp_ph1begin_r(): respond new phase 1 negotiation: 198.51.100.10[500]<=>203.0.113.20[500]"
)
FAILED = "[PROTO_ERR]: oakley.c:1269:oakley_validate_auth(): HASH mismatched"
TIMEOUT = (
    "[PROTO_ERR]: ikev1.c:1253:isakmp_ph1resend(): phase1 negotiation failed due to time up "
    "(index 7a75d09946d4ea64:e45fbc47cfa2be50)."
)
PROBE = "[DEBUG]: isakmp_inf.c:1514:isakmp_info_recv_r_u(): DPD R-U-There sent (0)"
NOISE = "[DEBUG]: oakley.c:2832:oakley_do_decrypt(): begin decryption."


def line(at: float, text: str) -> str:
    """`text` as a raw line of the second `at` after BASE; the gateway's clock is UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(BASE + at)) + f" {VCO} {text}"


_ENDS = (("203.0.113.20", "198.51.100.10"), ("198.51.100.10", "203.0.113.20"))


def stands(at: float, number: int = 0) -> list[str]:
    """The lines that say that the IPsec SA of this number stands."""
    return [
        line(
            at,
            f"[INFO]: ike_pfkey.c:304:sadb_log_add(): SADB_{verb} ul_proto=255 src={src}[500] dst={dst}[500] satype=ESP "
            f"samode=tunnel spi={0x1000 + 16 * number + way:#010x} authtype=HMAC-SHA-1 enctype=AES-CBC",
        )
        for way, (verb, (src, dst)) in enumerate(zip(("UPDATE", "ADD"), _ENDS))
    ]


def ends(at: float, number: int = 0) -> list[str]:
    """The lines that say that it is gone."""
    return [
        line(
            at,
            f"[INFO]: ike_pfkey.c:403:sadb_delete(): SADB_DELETE ul_proto=255 src={src}[500] dst={dst}[500] satype=ESP "
            f"spi={0x1000 + 16 * number + way:#010x}",
        )
        for way, (src, dst) in enumerate(_ENDS)
    ]


def record(lines, until, since=None, complete=True, server_time=None, provider="alibaba"):
    """A RECORD of raw lines whose window ended `until` seconds after BASE."""
    entries = parse_lines(list(lines), provider=provider, connection_id=VCO, log_timezone="+00:00")
    window = Window(None if since is None else BASE + since, BASE + until)
    clock = None if server_time is None else BASE + server_time
    made = make_record(
        provider,
        VCO,
        "eu-central-1",
        window,
        window.until,
        clock,
        complete,
        entries,
        judge(entries),
        {},
        len(entries) + 1,
    )
    return json.loads(json.dumps(made))


class Watch:
    """One connection, watched: `look` at raw lines gives the events; all of them are told."""

    def __init__(self, since=0.0, **settings):
        self.place = Place(BASE + since)
        self.settings = Settings(**{"overlap": 100.0, **settings})
        self.story = Story()

    def step(self, lines, until, **more):
        return advance(self.place, self.story, record(lines, until, **more), self.settings)

    def look(self, lines, until, **more):
        step = self.step(lines, until, **more)
        self.place = step.place
        return [item.event["vpn"] for item in step.items]

    def restart(self, history=()):
        """As another process does: the place from its file, and a story that begins anew."""
        self.place = Place.from_json(json.loads(json.dumps(self.place.to_json())))
        self.story = Story()
        begin(self.story, self.place, record(history, self.place.since - BASE))


def told(events, kind):
    return [event for event in events if event["type"] == kind]


def messages(events):
    return [event["entry"]["message"] for event in told(events, "entry")]


def states(events):
    return [(event["previous"]["state"], event["health"]["state"]) for event in told(events, "verdict")]
