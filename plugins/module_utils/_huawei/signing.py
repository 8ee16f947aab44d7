# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""SDK-HMAC-SHA256, the signature of Huawei's API gateway (devg-apisign, api-sign-algorithm-002 and following)."""

from __future__ import annotations

import calendar
import hashlib
import hmac
import time
import typing as t
from dataclasses import dataclass
from urllib.parse import quote, unquote

ALGORITHM = "SDK-HMAC-SHA256"
Query = t.Sequence[t.Tuple[str, str]]


@dataclass(frozen=True)
class Signed:
    """Headers to send, and what was signed on the way."""

    headers: dict[str, str]
    canonical_request: str
    string_to_sign: str


def encode(text: str) -> str:
    """Percent-encoding of the signature: all but letters, digits, and ``-_.~``."""
    return quote(text, safe="~")


def encode_query(query: Query) -> str:
    """The query sorted and encoded: the same text is signed and sent."""
    pairs = sorted((encode(name), encode(value)) for name, value in query)
    return "&".join(f"{name}={value}" for name, value in pairs)


def sdk_date(epoch: float) -> str:
    """``20241224T071000Z``."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(epoch))


def epoch_of(stamp: str) -> int:
    """The reverse of ``sdk_date``."""
    return calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))


def sign(
    method: str,
    host: str,
    path: str,
    query: Query,
    headers: t.Mapping[str, str],
    body: bytes,
    access_key: str,
    secret_key: str,
    date: str,
) -> Signed:
    """Sign one request. All of ``headers`` are signed, with Host and X-Sdk-Date added.

    ``host`` carries the port when it is not the default one; ``path`` may be encoded or not; ``date`` is ``sdk_date``.
    """
    complete = {**headers, "X-Sdk-Date": date}
    if not any(name.lower() == "host" for name in complete):
        complete["Host"] = host
    # The gateway drops headers with an underscore on their way in, so they cannot be part of the signature.
    lowered = sorted((name.lower(), value.strip()) for name, value in complete.items() if "_" not in name)
    uri = "/".join(encode(part) for part in unquote(path).split("/"))
    names = ";".join(name for name, _value in lowered)
    canonical = "\n".join(
        (
            method.upper(),
            # The signature counts a slash at the end that the request itself does not have.
            uri if uri.endswith("/") else uri + "/",
            encode_query(query),
            "".join(f"{name}:{value}\n" for name, value in lowered),
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    to_sign = f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret_key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    complete["Authorization"] = f"{ALGORITHM} Access={access_key}, SignedHeaders={names}, Signature={signature}"
    return Signed(complete, canonical, to_sign)
