# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From keywords to checked options per cloud: what the lookup and the event source have in common."""

from __future__ import annotations

import difflib
import os
import time
from typing import Any, Callable, Dict, Iterable, List, Mapping

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import ALIBABA, options_of
from ansible_collections.netops.cloud_vpn.plugins.module_utils._query import plain
from ansible_collections.netops.cloud_vpn.plugins.module_utils._session import ProviderFactory
from ansible_collections.netops.cloud_vpn.plugins.module_utils._validate import no_ids, provider_of, validate

# What both clouds have and what can belong to one of them only. A region leads each cloud to hosts of its own.
_OF_ONE_CLOUD: Mapping[str, str] = {
    "security_token": "the token of one cloud must not be sent to the other",
    "endpoint": "the sign-in of one cloud must not be sent to the address of the other",
}


def factory_of(provider: str) -> ProviderFactory:
    """The class of a provider. Every worker of a play imports anew, so only the cloud that is asked is loaded."""
    if provider == ALIBABA:
        from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.api import AlibabaProvider

        return AlibabaProvider
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.api import HuaweiProvider

    return HuaweiProvider


def refuse_unknown(keywords: Iterable[str], known: Mapping[str, str], what: str) -> None:
    """Raise OptionsError for a keyword that is not in `known`: a misspelled option must not pass in silence."""
    for keyword in keywords:
        if keyword not in known:
            near = difflib.get_close_matches(keyword, list(known), n=3)
            suggestion = f"; did you mean {' or '.join(near)}?" if near else ""
            raise OptionsError(f"{str(keyword)!r} is no option of this {what}{suggestion}")


def refuse_twice(keywords: Iterable[str], known: Mapping[str, str]) -> None:
    """Raise OptionsError for an option and its alias in one call: one of them would be dropped in silence."""
    seen: Dict[str, str] = {}
    for keyword in keywords:
        first = seen.setdefault(known[keyword], keyword)
        if first != keyword:
            raise OptionsError(f"{first!r} and {keyword!r} are the same option; give one of them")


def checked_jobs(
    ids: Iterable[str], provider: str, get_option: Callable[[str], Any], what: str
) -> Dict[str, Dict[str, Any]]:
    """Cloud -> its validated options, with those of `ids` that are its own. All is checked before the first request."""
    groups: Dict[str, List[str]] = {}
    for one in ids:
        groups.setdefault(provider_of(one) if provider == "auto" else provider, []).append(one)
    if not groups:
        raise no_ids()
    for name, why in _OF_ONE_CLOUD.items():
        if len(groups) > 1 and get_option(name):
            raise OptionsError(f"{name}: the IDs are of more than one cloud, and {why}; {what} cloud.")
    jobs = {}
    for name, own in groups.items():
        values = {option.name: plain(get_option(option.name)) for option in options_of(name) if not option.required}
        values["vpn_connection_ids"] = own
        jobs[name] = validate(values, name, os.environ, time.time())
    return jobs
