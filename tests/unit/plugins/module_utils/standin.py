# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small provider of our own for tests of what happens after the lines have come in."""

from __future__ import annotations

import threading

from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import options_of
from ansible_collections.netops.cloud_vpn.plugins.module_utils._provider import Batch, Fetched

NOW = 1671004344.0  # 2022-12-14T07:52:24Z

UP = """\
2022-12-14 15:50:00 {id} [INFO]: ikev1.c:1924:log_ph1established(): ISAKMP-SA established \
198.51.100.10[500]-203.0.113.20[500] spi:8201b9e4c19be06f:47d27265613ffe9b
2022-12-14 15:50:01 {id} [INFO]: pfkey.c:1117:ikev1_update_response(): IPsec-SA established: ESP/Tunnel \
203.0.113.20[500]->198.51.100.10[500] spi=21622580(0x149ef34)"""
DOWN = """\
2022-12-14 15:50:00 {id} [INFO]: ikev1.c:992:isakmp_ph1begin_r(): respond new phase 1 negotiation: \
198.51.100.10[500]<=>203.0.113.20[500]
2022-12-14 15:50:30 {id} [PROTO_ERR]: ikev1.c:1253:isakmp_ph1resend(): phase1 negotiation failed due to time up \
(index 7a75d09946d4ea64:e45fbc47cfa2be50)."""
# Refused by authentication: stays so until somebody changes one of the two ends.
HOPELESS = """\
2022-12-14 15:50:00 {id} [PROTO_ERR]: ikev2_auth.c:614:ikev2_verify(): \
1:198.51.100.10[500] - 203.0.113.20[500]:0x552ab4c9f0:authentication failure
2022-12-14 15:50:00 {id} [INFO]: ike_sa.c:264:ikev2_abort(): \
1:198.51.100.10[500] - 203.0.113.20[500]:(nil):aborting ike_sa"""
SILENT = ""


class StandIn:
    """Answers from a script: connection ID (or tunnel ID) -> list of answers, one per look, the last one repeating.

    An answer is a text of lines, or an exception to raise.
    """

    name = "alibaba"
    region = "eu-central-1"
    default_since = 600.0

    def __init__(self, script, complete=True, warnings=(), prepare=()):
        self.script = {key: list(value) for key, value in script.items()}
        self.complete = complete
        self.warnings = list(warnings)
        self.prepare_errors = list(prepare)
        self.calls = []
        self.prepared = 0
        self.closed = 0
        self.credentials_source = "the environment"
        self._lock = threading.Lock()

    def prepare(self, deadline):
        self.prepared += 1
        if self.prepare_errors:
            raise self.prepare_errors.pop(0)

    def fetch(self, connection_id, tunnel_id, window, deadline, arrive=None):
        with self._lock:
            self.calls.append((connection_id, tunnel_id, window, deadline))
            answers = self.script[tunnel_id or connection_id]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        lines = answer.format(id=connection_id).splitlines()
        return Fetched([Batch(window.since, window.until, lines)], self.complete, list(self.warnings))

    def server_time(self):
        return NOW + 1

    def close(self):
        self.closed += 1


def options(provider="alibaba", **given):
    """Validated options: the defaults of the table, and what is given."""
    values = {option.name: option.default for option in options_of(provider)}
    values.update(given)
    return values


class Time:
    """A clock that only sleeping moves."""

    def __init__(self, start=NOW):
        self.now = start
        self.slept = []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds
