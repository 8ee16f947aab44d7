# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What an event looks like. Its ID is the same whenever the same thing is told again."""

from __future__ import annotations

import hashlib
import json
import re
import typing as t
import uuid

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import CloudVpnError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.place import Counted, Verdict
from ansible_collections.netops.cloud_vpn.plugins.module_utils._records import Health
from ansible_collections.netops.cloud_vpn.plugins.module_utils._text import visible
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import iso

Event = t.Dict[str, t.Any]

_BRACES = re.compile(r"\{(?=[{%#])")
# What Ansible looks for at the start of a text.
_OPENING = re.compile(r"\A(?=#jinja2:|\$ANSIBLE_VAULT)")


class Source(t.NamedTuple):
    """Whose log an event is about."""

    provider: str
    connection_id: str
    region: t.Optional[str]


def entry_event(source: Source, one: Counted) -> Event:
    """A new log entry."""
    entry = {name: value for name, value in one.entry.items() if name != "sequence"}
    identity = event_id(source, "entry", one.mark, one.number)
    return _event(source, "entry", identity, tunnel_id=entry["tunnel_id"], entry=entry)


def verdict_event(
    source: Source,
    tunnel_id: t.Optional[str],
    health: Health,
    told: t.Optional[Verdict],
    tunnels: t.Mapping[str, Health],
) -> Event:
    """A verdict that differs from ``told``, the one before it."""
    before = told.id if told else health["since"]
    now = [health["state"], health["reason"], health["persistent"]]
    identity = event_id(source, "verdict", tunnel_id, before, now)
    previous = {name: getattr(told, name, None) for name in ("state", "reason", "phase", "persistent")}
    return _event(
        source, "verdict", identity, tunnel_id=tunnel_id, health=health, previous=previous, tunnels=dict(tunnels)
    )


def gap_event(source: Source, since: float, until: t.Optional[str]) -> Event:
    """Lines of that time may be lost: the service held no line any more that was told before."""
    return _event(source, "gap", event_id(source, "gap", since, until), since=iso(since), until=until)


def blind_event(source: Source, read_until: float, since: float, error: CloudVpnError) -> Event:
    """The log cannot be read since then; up to ``read_until`` it was read."""
    identity = event_id(source, "blind", read_until)
    return _event(source, "blind", identity, since=iso(since), error=error.as_dict())


def sighted_event(source: Source, since: float, until: float) -> Event:
    """The log can be read again."""
    identity = event_id(source, "sighted", since)
    return _event(
        source, "sighted", identity, since=iso(since), until=iso(until), seconds=round(max(0.0, until - since), 3)
    )


def event_id(source: Source, *parts: t.Any) -> str:
    """A UUID made of what is told, and of nothing else."""
    text = json.dumps([source.provider, source.connection_id, *parts])
    return str(uuid.UUID(hashlib.sha256(text.encode()).hexdigest()[:32]))


def _event(source: Source, kind: str, identity: str, **more: t.Any) -> Event:
    body = {
        "type": kind,
        "id": identity,
        "provider": source.provider,
        "connection_id": source.connection_id,
        "region": source.region,
        "tunnel_id": None,
        **more,
    }
    return {"vpn": harmless(body), "meta": {"uuid": identity}}


def harmless(value: t.Any) -> t.Any:
    """A copy whose texts can be printed, stored as YAML, and put into a playbook: nothing in them is obeyed.

    ansible-playbook takes event data for its author's: it would run a ``{{ }}`` that a peer got into the log. So such
    marks are pulled apart by a space, and controls, surrogates and what hides text are shown by their number.
    """
    if isinstance(value, str):
        return _OPENING.sub(" ", _BRACES.sub("{ ", visible(value)))
    if isinstance(value, t.Mapping):
        return {harmless(key): harmless(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [harmless(item) for item in value]
    return value
