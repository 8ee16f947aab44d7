# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""From a list of connections to module calls: as few as possible, one for all that share their options."""

from __future__ import annotations

import difflib
import json
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ansible.module_utils.common.validation import check_type_dict, check_type_list

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import PROVIDERS, options_of
from ansible_collections.netops.cloud_vpn.plugins.module_utils._validate import provider_of, quoted

Connection = Dict[str, Any]
"""id, provider, region, pair, tunnel_ids, options (canonical names): one item of the list, checked."""
Call = Dict[str, Any]
"""number, provider, ids, options: one call of a module. `options` holds since, region, tunnel_ids too."""

FACTS: Mapping[str, str] = {provider: f"{provider}_vpn_connection_logs" for provider in PROVIDERS}
_KEYS = ("id", "provider", "region", "pair", "tunnel_ids", "options")
# What one connection may not decide for itself: the list is read and judged as a whole.
_RESERVED = (
    "vpn_connection_ids", "region", "tunnel_ids", "since", "until", "limit", "query",
    "wait", "wait_timeout", "wait_sleep", "wait_fail_fast",
)  # fmt: skip


def check_connections(connections: Any) -> List[Connection]:
    """The list in normal form. Raises ValueError, a sentence that names the item, for anything that cannot be meant."""
    if not isinstance(connections, (list, str)) or not connections:
        raise ValueError("give a list of VPN connections with at least one item; nothing to verify is never fine")
    checked = [_check(item, number) for number, item in enumerate(check_type_list(connections))]
    seen: Dict[str, None] = {}
    pairs: Dict[str, int] = {}
    for one in checked:
        if one["id"].lower() in seen:
            raise ValueError(f"{one['id']} is in the list twice")
        seen[one["id"].lower()] = None
        if one["pair"]:
            pairs[one["pair"]] = pairs.get(one["pair"], 0) + 1
    for name, ends in pairs.items():
        if ends != 2:
            raise ValueError(
                f"pair {quoted(name)} has {ends} end(s); a pair is the two ends of one tunnel, so exactly two VPN "
                "connections must have its name"
            )
    return checked


def _check(item: Any, number: int) -> Connection:
    where = f"VPN connection number {number + 1}"
    if isinstance(item, str):
        item = _from_text(item, where)
    if not isinstance(item, Mapping) or not isinstance(item.get("id"), str):
        raise ValueError(f"{where} has no id")
    connection_id = item["id"].strip()
    where = connection_id or where
    strangers = [str(key) for key in item if key not in _KEYS]
    if strangers:
        raise ValueError(f"{where}: {quoted(strangers[0])} is not known here; allowed are {', '.join(_KEYS)}")
    provider = item.get("provider") or "auto"
    if provider == "auto":
        try:
            provider = provider_of(connection_id)
        except OptionsError as exc:
            raise ValueError(exc.message) from exc
    if provider not in PROVIDERS:
        raise ValueError(f"{where}: provider {quoted(provider)} is not one of auto, {', '.join(PROVIDERS)}")
    tunnels = check_type_list(item.get("tunnel_ids") or [])
    if tunnels and provider != "alibaba":
        raise ValueError(f"{where}: tunnel_ids exist on Alibaba Cloud only")
    return {
        "id": connection_id,
        "provider": provider,
        "region": item.get("region") or None,
        "pair": str(item["pair"]) if item.get("pair") else None,
        "tunnel_ids": tunnels,
        "options": _options(item.get("options") or {}, provider, where),
    }


def _from_text(item: str, where: str) -> Mapping[str, Any]:
    """An ID alone, or what an argument spec would make a dictionary of."""
    if "=" not in item and not item.startswith("{"):
        return {"id": item}
    try:
        return dict(check_type_dict(item))
    except (TypeError, ValueError) as exc:
        raise ValueError(f"{where}: {quoted(item)} is no VPN connection") from exc


def _options(options: Any, provider: str, where: str) -> Dict[str, Any]:
    if not isinstance(options, Mapping):
        raise ValueError(f"{where}: options must be a dictionary of module options")
    names: Dict[str, str] = {}
    for option in options_of(provider):
        names.update(dict.fromkeys((option.name, *option.all_aliases(provider)), option.name))
    found: Dict[str, Any] = {}
    for key, value in options.items():
        name = names.get(str(key))
        if name is None:
            near = difflib.get_close_matches(str(key), list(names), n=1)
            more = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"{where}: {quoted(key)} is no option of the module for this cloud{more}")
        if name in _RESERVED:
            raise ValueError(f"{where}: {name} does not belong into options; the role or the item itself has it")
        if name in found:
            raise ValueError(f"{where}: {name} is given twice, under two names")
        if value is not None and value != "":
            found[name] = value
    return found


def plan_calls(
    connections: Any,
    since: Any = None,
    marker: Optional[Mapping[str, Any]] = None,
    begun: Optional[Mapping[str, Any]] = None,
    after: Optional[Sequence[Any]] = None,
) -> List[Call]:
    """The module calls that read `connections`.

    `since` holds for all; without it `marker` (connection ID -> instant) says since when, and must know all of them:
    an empty one is the marker that was not taken, which must not become the default window.
    `begun` (the same shape) goes before both: where earlier looks began, so that a wait never loses what it waited for.
    `after`: results of a first round. What remains are calls of which some connections failed, without those: one
    that does not exist must not take the records of the others with it. Raises ValueError.
    """
    groups: Dict[str, Tuple[Call, List[str]]] = {}
    for one in check_connections(connections):
        start = since
        if start in (None, "") and marker is not None:
            if not isinstance(marker, Mapping):
                raise ValueError("the marker is no dictionary from VPN connection ID to time")
            if one["id"] not in marker:
                raise ValueError(f"the marker does not know {one['id']}; take it with the same list of connections")
            start = marker[one["id"]]
        start = (begun or {}).get(one["id"]) or start
        options = dict(one["options"], region=one["region"], since=start, tunnel_ids=one["tunnel_ids"])
        options = {name: value for name, value in options.items() if value not in (None, "", [])}
        key = json.dumps(
            [one["provider"], one["id"] if one["tunnel_ids"] else "", options], sort_keys=True, default=str
        )
        if key not in groups:
            call = {"number": len(groups), "provider": one["provider"], "options": options}
            groups[key] = (call, [])
        groups[key][1].append(one["id"])
    calls = [dict(call, ids=ids) for call, ids in groups.values()]
    return calls if after is None else _remaining(calls, after)


def _remaining(calls: List[Call], results: Sequence[Any]) -> List[Call]:
    failed: Dict[int, Mapping[str, Any]] = {}
    for result in results:
        if isinstance(result, Mapping) and isinstance(result.get("errors"), Mapping) and "item" in result:
            failed[int(result["item"])] = result["errors"]
    remaining = []
    for call in calls:
        if call["number"] in failed:
            ids = [one for one in call["ids"] if one not in failed[call["number"]]]
            if ids:
                remaining.append(dict(call, ids=ids))
    return remaining
