# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lookup does around the code that it shares with the modules."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any, Callable, Dict, Iterable, List, Mapping, Sequence

from ansible.errors import AnsibleLookupError

from ansible_collections.netops.cloud_vpn.plugins.module_utils._collect import CollectError, collect
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import CloudVpnError, OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import BY_NAME, OPTIONS, lookup_names
from ansible_collections.netops.cloud_vpn.plugins.module_utils._query import plain
from ansible_collections.netops.cloud_vpn.plugins.module_utils._session import open_provider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._validate import warn_short_secrets
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils import _asking
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._asking import factory_of


def refuse_unknown(keywords: Iterable[str]) -> None:
    """ansible-core drops keywords that a lookup does not know."""
    given = list(keywords)
    for keyword in given:
        if keyword in ("vpn_connection_ids", "vpn_connection_id"):
            raise AnsibleLookupError(f"{keyword} is no option of this lookup: its terms are the IDs")
    try:
        _asking.refuse_unknown(given, lookup_names(), "lookup")
    except OptionsError as exc:
        raise AnsibleLookupError(exc.message) from exc


def refuse_twice(keywords: Mapping[str, Any]) -> None:
    """An option and its alias in one call."""
    try:
        _asking.refuse_twice(keywords, lookup_names())
    except OptionsError as exc:
        raise AnsibleLookupError(exc.message) from exc


def rendered_variables(variables: Mapping[str, Any], template: Callable[[Any], Any]) -> Dict[str, Any]:
    """The documented variables, rendered: ansible-core hands lookups the raw text of `{{ }}`. Undefined ones raise."""
    names = ["cloud_vpn_provider"] + [option.var for option in OPTIONS if option.var]
    return {name: template(variables[name]) for name in names if name in variables}


def without_empty_environment(
    get_option: Callable[[str], Any], keywords: Iterable[str], variables: Iterable[str]
) -> Callable[[str], Any]:
    """`get_option`, to which a variable of the environment that is set to nothing is as good as unset, as in a module.

    `keywords` and `variables` are those of this call: what one of them gives is never from the environment.
    """
    names = lookup_names()
    given = {names[keyword] for keyword in keywords} | {variable[len("cloud_vpn_") :] for variable in variables}

    def get(name: str) -> Any:
        value = get_option(name)
        variable = BY_NAME[name].env
        return None if value == "" and name not in given and variable and os.environ.get(variable) == "" else value

    return get


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
        jobs = _asking.checked_jobs(terms, provider, get_option, "make one call for each")
        records: Dict[str, Dict[str, Any]] = {}
        with ExitStack() as stack:
            # A cloud has checks of its own, made as it is opened: none is asked before all are open.
            clouds = {
                name: stack.enter_context(open_provider(factory_of(name), options, os.environ))
                for name, options in jobs.items()
            }
            for name, options in jobs.items():
                warn_short_secrets(options, warn)
                records.update(collect(clouds[name], options, warn=warn))
                source = getattr(clouds[name], "credentials_source", None)
                if source:
                    say(f"{name}: signed in with {source}")
        return [records[term] for term in terms]
    except CollectError as exc:
        raise AnsibleLookupError(_sentence(exc.message, exc.error)) from exc
    except CloudVpnError as exc:
        raise AnsibleLookupError(_sentence(exc.message, exc)) from exc


def _sentence(message: str, error: CloudVpnError) -> str:
    """The message, with what a module would return in `error` and a lookup has no other place for."""
    parts = [f"kind: {error.kind}"]
    parts += [f"{name}: {getattr(error, name)}" for name in ("code", "request_id") if getattr(error, name)]
    return "{} ({})".format(message, ", ".join(parts))
