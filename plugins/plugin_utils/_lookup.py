# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lookup does around the code that it shares with the modules."""

from __future__ import annotations

import difflib
import os
import time
from typing import Any, Callable, Dict, Iterable, List, Mapping, Sequence

from ansible.errors import AnsibleLookupError

from ansible_collections.netops.cloud_vpn.plugins.module_utils._collect import CollectError, collect
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import CloudVpnError, OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import (
    ALIBABA,
    OPTIONS,
    lookup_names,
    options_of,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._query import plain
from ansible_collections.netops.cloud_vpn.plugins.module_utils._session import ProviderFactory, open_provider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._validate import (
    provider_of,
    validate,
    warn_short_secrets,
)


def factory_of(provider: str) -> ProviderFactory:
    """The class of a provider. Every worker of a play imports anew, so only the cloud that is asked is loaded."""
    if provider == ALIBABA:
        from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.api import AlibabaProvider

        return AlibabaProvider
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.api import HuaweiProvider

    return HuaweiProvider


def refuse_unknown(keywords: Iterable[str]) -> None:
    """ansible-core drops keywords that a lookup does not know; a misspelled option must not pass in silence."""
    known = lookup_names()
    for keyword in keywords:
        if keyword in known:
            continue
        if keyword in ("vpn_connection_ids", "vpn_connection_id"):
            raise AnsibleLookupError(f"{keyword} is no option of this lookup: its terms are the IDs")
        near = difflib.get_close_matches(keyword, list(known), n=3)
        raise AnsibleLookupError(
            "{!r} is no option of this lookup{}".format(
                str(keyword), "; did you mean {}?".format(" or ".join(near)) if near else ""
            )
        )


def refuse_twice(keywords: Mapping[str, Any]) -> None:
    """An option and its alias in one call: one of them would be dropped in silence."""
    seen: Dict[str, str] = {}
    names = lookup_names()
    for keyword in keywords:
        first = seen.setdefault(names[keyword], keyword)
        if first != keyword:
            raise AnsibleLookupError(f"{first!r} and {keyword!r} are the same option; give one of them")


def rendered_variables(variables: Mapping[str, Any], template: Callable[[Any], Any]) -> Dict[str, Any]:
    """The documented variables, rendered: ansible-core hands lookups the raw text of `{{ }}`. Undefined ones raise."""
    names = ["cloud_vpn_provider"] + [option.var for option in OPTIONS if option.var]
    return {name: template(variables[name]) for name in names if name in variables}


def flat_terms(terms: Sequence[Any]) -> List[str]:
    """The terms as plain texts; a list given as one term counts as its items."""
    flat: List[str] = []
    for term in plain(list(terms)):
        flat.extend(str(item) for item in (term if isinstance(term, list) else [term]))
    return [term.strip(" ") for term in flat]


def records_of(
    terms: List[str],
    provider: str,
    get_option: Callable[[str], Any],
    warn: Callable[[str], None],
    say: Callable[[str], None],
) -> List[Dict[str, Any]]:
    """One RECORD per term, in their order. All options are checked before the first request, for all clouds."""
    try:
        groups: Dict[str, List[str]] = {}
        for term in terms:
            groups.setdefault(provider_of(term) if provider == "auto" else provider, []).append(term)
        _refuse_shared_token(groups, get_option)
        jobs = {name: _checked(name, ids, get_option) for name, ids in groups.items()}
        records: Dict[str, Dict[str, Any]] = {}
        for name, options in jobs.items():
            warn_short_secrets(options, warn)
            with open_provider(factory_of(name), options, os.environ) as cloud:
                records.update(collect(cloud, options, warn=warn))
                source = getattr(cloud, "credentials_source", None)
            if source:
                say(f"{name}: signed in with {source}")
        return [records[term] for term in terms]
    except CollectError as exc:
        raise AnsibleLookupError(_sentence(exc.message, exc.error)) from exc
    except CloudVpnError as exc:
        raise AnsibleLookupError(_sentence(exc.message, exc)) from exc


def _checked(name: str, ids: List[str], get_option: Callable[[str], Any]) -> Dict[str, Any]:
    values = {option.name: plain(get_option(option.name)) for option in options_of(name) if not option.required}
    values["vpn_connection_ids"] = ids
    return validate(values, name, os.environ, time.time())


def _refuse_shared_token(groups: Mapping[str, List[str]], get_option: Callable[[str], Any]) -> None:
    if len(groups) > 1 and get_option("security_token"):
        raise OptionsError(
            "security_token: the IDs are of more than one cloud, and the token of one cloud must not be sent to the "
            "other; call the lookup once for each cloud."
        )


def _sentence(message: str, error: CloudVpnError) -> str:
    """The message, with what a module would return in `error` and a lookup has no other place for."""
    parts = [f"kind: {error.kind}"]
    parts += [f"{name}: {getattr(error, name)}" for name in ("code", "request_id") if getattr(error, name)]
    return "{} ({})".format(message, ", ".join(parts))
