# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Checks of options that need no network. Modules and the lookup share them, and so their sentences."""

from __future__ import annotations

import os
import re
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Pattern, Tuple

from ansible.module_utils.common.text.converters import to_text
from ansible.module_utils.parsing.convert_bool import BOOLEANS, boolean

from ansible_collections.netops.cloud_vpn.plugins.module_utils._endpoint import service_url
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.zone import parse_offset
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import (
    ALIBABA,
    BY_NAME,
    HUAWEI,
    SECRETS,
    options_of,
    with_environment,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._query import compile_query
from ansible_collections.netops.cloud_vpn.plugins.module_utils._window import resolve_window


class IdForm(NamedTuple):
    """How the connection IDs of one cloud look: shown in messages, used to tell the clouds apart."""

    pattern: Pattern[str]
    words: str


ID_FORMS: Mapping[str, IdForm] = {
    ALIBABA: IdForm(
        re.compile(r"vco-[a-z0-9]+\Z"), "'vco-' followed by lower-case letters and digits, as Alibaba Cloud gives them"
    ),
    HUAWEI: IdForm(
        re.compile(r"(?:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{32})\Z"),
        "a UUID, as Huawei Cloud and Open Telekom Cloud give them",
    ),
}

_TUNNEL = re.compile(r"tun-[a-z0-9]+\Z")
_REGION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

# Smallest and largest value of each number; None = no bound. Clocks and sleeps of the operating system have a largest
# value, far beyond what anybody means: seconds are bounded by an hour, a day, or a week.
_BOUNDS: Mapping[str, Tuple[int, Optional[int]]] = {
    "limit": (0, None),
    "timeout": (1, 3600),
    "deadline": (1, 86400),
    "max_retries": (0, 100),
    "concurrency": (1, 16),
    "wait_timeout": (0, 604800),
    "wait_sleep": (1, 86400),
}

# ansible-core blots a secret's text out of every result, our log lines included; a short one hits ordinary words.
SHORT_SECRET = 8


def quoted(value: Any) -> str:
    """A value for a sentence: quoted, control characters escaped, never longer than a line."""
    text = repr(to_text(value))
    return text if len(text) <= 90 else text[:86] + "...'"


def provider_of(term: str) -> str:
    """The cloud that a connection ID belongs to, by its form. Raises OptionsError for anything else."""
    for provider, form in ID_FORMS.items():
        if form.pattern.match(term):
            return provider
    allowed = ", or ".join(form.words for form in ID_FORMS.values())
    raise OptionsError(f"{quoted(term)} is not a VPN connection ID: allowed are {allowed}.")


def no_ids() -> OptionsError:
    """The error for nothing to ask: an empty result would pass for a healthy one."""
    return OptionsError("vpn_connection_ids: the list is empty; give at least one VPN connection ID.")


def _unique(values: List[str]) -> List[str]:
    return list(dict.fromkeys(values))


def _connection_ids(options: Dict[str, Any], provider: str) -> None:
    ids = _unique([str(value).strip(" ") for value in options.get("vpn_connection_ids") or []])
    if not ids:
        raise no_ids()
    form = ID_FORMS[provider]
    for value in ids:
        if not form.pattern.match(value):
            raise OptionsError(
                f"vpn_connection_ids: {quoted(value)} is not a VPN connection ID; allowed is {form.words}."
            )
    options["vpn_connection_ids"] = ids


def _tunnel_ids(options: Dict[str, Any]) -> None:
    tunnels = _unique([str(value).strip(" ") for value in options.get("tunnel_ids") or []])
    for value in tunnels:
        if not _TUNNEL.match(value):
            raise OptionsError(
                f"tunnel_ids: {quoted(value)} is not a tunnel ID; allowed is 'tun-' followed by lower-case letters and "
                "digits."
            )
    count = len(options["vpn_connection_ids"])
    if tunnels and count > 1:
        raise OptionsError(
            "tunnel_ids: {} was given together with {} VPN connections; tunnels belong to one connection, so "
            "exactly one VPN connection ID is allowed then.".format(", ".join(tunnels), count)
        )
    options["tunnel_ids"] = tunnels


def _numbers(options: Mapping[str, Any]) -> None:
    for name, (low, high) in _BOUNDS.items():
        value = options.get(name)
        if value is None or (value >= low and (high is None or value <= high)):
            continue
        allowed = f"{low} or more" if high is None else f"{low} to {high}"
        raise OptionsError(f"{name}: {value} is out of range; allowed is {allowed}.")


def _choices(options: Mapping[str, Any], provider: str) -> None:
    """AnsibleModule checks choices itself, the lookup's options do not pass through it."""
    for option in options_of(provider):
        value = options.get(option.name)
        if option.choices and value is not None and value not in option.choices:
            raise OptionsError(
                "{}: {} is not allowed; choose one of {}.".format(option.name, quoted(value), ", ".join(option.choices))
            )


def _connection(options: Dict[str, Any], provider: str) -> None:
    region = options.get("region")
    if region is not None and not _REGION.match(region):
        raise OptionsError(
            f"region: {quoted(region)} is not a region name; allowed are letters, digits, '-' and '_', for example "
            "'eu-central-1'."
        )
    for name in ("endpoint", "auth_url"):
        if options.get(name):
            service_url(options[name], name)
    ca_path = options.get("ca_path")
    if ca_path and not os.path.exists(ca_path):
        raise OptionsError(
            f"ca_path: {quoted(ca_path)} does not exist on this machine; allowed is a file with CA certificates in PEM "
            "form, or a directory of such files."
        )
    zone = options.get("log_timezone")
    if zone in (None, "auto"):
        return
    try:
        parse_offset(zone)
    except ValueError as exc:
        raise OptionsError(
            f"log_timezone: {quoted(zone)} is not an offset; allowed are 'auto' and the form '+08:00', from -12:00 to "
            "+14:00."
        ) from exc


def _window_ends(options: Mapping[str, Any], now: float) -> None:
    for name in ("since", "until"):
        # Without a start, Huawei Cloud is asked for all it holds: an empty marker would let an old success pass.
        if options.get(name) == "":
            raise OptionsError(
                f"{name}: the value is empty; give a point in time, or leave the option out (in a template, "
                "default(omit) instead of default(''))."
            )
    resolve_window(options.get("since"), options.get("until"), now, None)


def _header_values(options: Mapping[str, Any], provider: str) -> None:
    """No sign-in value may hold a control character: it ends up in a header, a query, or a file name."""
    for option in options_of(provider):
        value = options.get(option.name)
        parts = list(value.values()) if isinstance(value, Mapping) else [value]
        if option.sign_in and any(isinstance(part, str) and _CONTROL.search(part) for part in parts):
            raise OptionsError(
                f"{option.name}: the value holds a line break or another control character; give it without."
            )


def _assume_role(options: Dict[str, Any]) -> None:
    """One dict for the role, whether it came nested or as the flat options of older collections."""
    role = dict(options.get("assume_role") or {})
    flat = {
        "role_arn": options.pop("assume_role_arn", None),
        "session_name": options.pop("assume_role_session_name", None),
        "session_expiration": options.pop("assume_role_session_expiration", None),
    }
    if not role and not any(flat.values()):
        options["assume_role"] = None
        return
    known = {name: sub.name for sub in BY_NAME["assume_role"].suboptions for name in (sub.name,) + sub.aliases}
    unknown = sorted(str(name) for name in role if name not in known)
    if unknown:
        raise OptionsError(
            "assume_role: {} is not known; allowed are {}.".format(", ".join(unknown), ", ".join(sorted(known)))
        )
    merged = {name: value for name, value in flat.items() if value is not None}
    merged.update({known[name]: value for name, value in role.items() if value is not None})
    if not merged.get("role_arn"):
        raise OptionsError("assume_role: role_arn is missing; give the ARN of the RAM role (acs:ram::...:role/...).")
    options["assume_role"] = {sub.name: merged.get(sub.name) for sub in BY_NAME["assume_role"].suboptions}


def _token_cache(options: Dict[str, Any]) -> None:
    """`token_cache` is a switch or a path: True, a path, or None afterwards."""
    value = options.get("token_cache")
    text = "" if value is None else str(value).strip()
    if not text:
        options["token_cache"] = None
    elif text.lower() in BOOLEANS:
        options["token_cache"] = boolean(text) or None
    else:
        options["token_cache"] = os.path.expanduser(text)


def validate(options: Mapping[str, Any], provider: str, environ: Mapping[str, str], now: float) -> Dict[str, Any]:
    """Check all options of one cloud and return them normalized: canonical names, IDs without repeats, one assume_role.

    `now` is epoch seconds of this machine. Raises OptionsError (or DependencyError when `query` is used and jmespath
    is missing); nothing is sent.
    """
    checked = with_environment(options, provider, environ)
    _connection_ids(checked, provider)
    _header_values(checked, provider)
    if provider == ALIBABA:
        _tunnel_ids(checked)
        _assume_role(checked)
    else:
        _token_cache(checked)
    _numbers(checked)
    _choices(checked, provider)
    _connection(checked, provider)
    _window_ends(checked, now)
    compile_query(checked.get("query"))
    return checked


def warn_short_secrets(options: Mapping[str, Any], warn: Callable[[str], None]) -> None:
    """Say which secrets are so short that masking them may blot out parts of log lines. A passcode always is short."""
    for name in SECRETS:
        value = options.get(name)
        if name != "passcode" and value and len(value) < SHORT_SECRET:
            warn(
                f"{name} is shorter than {SHORT_SECRET} characters: Ansible masks its text wherever it appears, "
                "log lines included."
            )
