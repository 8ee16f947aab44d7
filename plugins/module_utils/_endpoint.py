# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Checks of service addresses that users give: nothing in them may send a signed request somewhere else."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", re.ASCII)
_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*", re.ASCII)
_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
_ALLOWED = "allowed is a host or URL such as 'service.example.com' or 'https://service.example.com:8443'"


def service_url(text: str, option: str) -> str:
    """``https://host[:port]`` plus an optional path without a trailing slash.

    Without a scheme it is https; plain http is accepted for loopback addresses only. Raises OptionsError that names
    ``option``, the value, and what is allowed, for user info, queries, fragments, and anything unusual in host or path.
    """
    value = str(text).strip()

    def refuse(why: str) -> OptionsError:
        # A URL with user info holds a password: the value is not repeated then.
        shown = "the value" if "@" in value else repr(value[:100])
        return OptionsError(f"{option}: {shown} {why}; {_ALLOWED}.")

    if not value:
        raise refuse("is empty")
    if not re.fullmatch(r"[!-~]+", value):
        raise refuse("holds characters that are not allowed in a URL")
    if "@" in value:
        raise refuse("holds a user name or password before an '@', which is not accepted")
    for char, name in (("?", "a query"), ("#", "a fragment"), ("\\", "a backslash"), ("%", "a percent sign")):
        if char in value:
            raise refuse(f"holds {name}")
    scheme, rest = "https", value
    found = _SCHEME.match(value)
    if found is not None:
        scheme, rest = found.group(1).lower(), value[found.end() :]
    if scheme not in ("http", "https"):
        raise refuse(f"has the scheme '{scheme}'")
    authority, slash, path = rest.partition("/")
    host, port, loopback = _authority(authority, refuse)
    if scheme == "http" and not loopback:
        raise refuse("is plain http, which is accepted for loopback addresses only (use https)")
    return f"{scheme}://{host}{port}{_path(slash + path, refuse)}"


def _authority(text: str, refuse: t.Callable[[str], OptionsError]) -> tuple[str, str, bool]:
    if text.startswith("["):
        literal, bracket, tail = text[1:].partition("]")
        try:
            address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.IPv6Address(literal)
        except ValueError:
            raise refuse("holds something in brackets that is not an IPv6 address") from None
        if not bracket or (tail and not tail.startswith(":")):
            raise refuse("has an unreadable host")
        return f"[{address.compressed}]", _port(tail[1:] if tail else None, refuse), address.is_loopback
    host, colon, number = text.partition(":")
    port = _port(number if colon else None, refuse)
    host = host.lower()
    bare = host.rstrip(".") if host.endswith(".") and not host.endswith("..") else host
    labels = bare.split(".")
    if len(bare) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise refuse("has no valid host name")
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        # Resolvers read 127.1 or 0x7f000001 as addresses too: only the plain form is taken.
        try:
            address = ipaddress.IPv4Address(bare)
        except ValueError:
            raise refuse("has a host that looks like an IPv4 address and is none") from None
        return str(address), port, address.is_loopback
    return host, port, bare == "localhost" or bare.endswith(".localhost")


def _port(text: str | None, refuse: t.Callable[[str], OptionsError]) -> str:
    if text is None:
        return ""
    if not _PORT.fullmatch(text) or not 0 < int(text) < 65536:
        raise refuse("has a port that is not a number from 1 to 65535")
    return f":{int(text)}"


def _path(text: str, refuse: t.Callable[[str], OptionsError]) -> str:
    path = text.rstrip("/")
    if path and not all(_SEGMENT.fullmatch(segment) for segment in path[1:].split("/")):
        raise refuse("has a path with empty, dotted, or unusual parts")
    return path
