# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The shape of one log entry and the closed sets of words in it."""

from __future__ import annotations

import typing as t

Entry = t.Dict[str, t.Any]
"""One log line: timestamp, epoch, sequence, level, source, message, raw, event, phase, reason, peer, tunnel_id,
provider, connection_id. A plain dict: it is returned as a fact as it is."""

# fmt: off
EVENTS = frozenset((
    "negotiation_started", "negotiation_failed", "ike_sa_established", "tunnel_established", "rekeyed", "rekey_failed",
    "sa_expired", "sa_deleted", "tunnel_down", "retransmit", "peer_unresponsive", "dpd_probe", "dpd_alive", "dpd_timeout",
    "authentication", "proposal", "config", "daemon_started", "daemon_stopped", "other",
))
# fmt: on

LEVELS: t.Dict[str, str] = {
    "DEBUG": "debug",
    "TRACE": "debug",
    "INFO": "info",
    "NOTICE": "notice",
    "NOTIFY": "notice",
    "WARN": "warning",
    "WARNING": "warning",
    "PROTO_WARN": "warning",
    "INTERNAL_WARN": "warning",
    "ERR": "error",
    "ERROR": "error",
    "PROTO_ERR": "error",
    "INTERNAL_ERR": "error",
    "CRIT": "critical",
    "CRITICAL": "critical",
    "EMERG": "critical",
    "ALERT": "critical",
    "FATAL": "critical",
}
"""Level tokens of racoon2 (plog.c), racoon, and VRP, and what they are called in an entry."""
