# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The run body that all facts modules share, and the one place where errors become `fail_json`."""

from __future__ import annotations

import os
import time
from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.netops.cloud_vpn.plugins.module_utils._collect import CollectError, collect
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    CloudVpnError,
    DependencyError,
    OptionsError,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._session import ProviderFactory, open_provider
from ansible_collections.netops.cloud_vpn.plugins.module_utils._validate import validate, warn_short_secrets


class FactsModule(AnsibleModule):  # type: ignore[misc]  # ansible-core carries no types
    """An AnsibleModule whose every failure has `error`, those of ansible-core's own argument checks included."""

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        """Fail with `msg` and `error`; without an `error` given, ansible-core refused the arguments."""
        if "error" not in kwargs:
            kwargs["error"] = OptionsError(msg).as_dict()
        super().fail_json(msg, **kwargs)


def run(module: AnsibleModule, provider_name: str, factory: ProviderFactory, fact: str) -> None:
    """Validate, collect, and leave the module with the facts, or with `msg`, `error`, `errors`, `health`."""
    try:
        result = _facts(module, provider_name, factory, fact)
    except CollectError as exc:
        result = _collect_failure(exc)
    except CloudVpnError as exc:
        result = _failure(exc.message, exc)
    if "error" in result:
        module.fail_json(**result)
    module.exit_json(**result)


def _facts(module: AnsibleModule, provider_name: str, factory: ProviderFactory, fact: str) -> Dict[str, Any]:
    options = validate(module.params, provider_name, os.environ, time.time())
    warn_short_secrets(options, module.warn)
    with open_provider(factory, options, os.environ) as provider:
        records = collect(provider, options, warn=module.warn)
        source = getattr(provider, "credentials_source", None)
    # Facts modules return nothing but facts, and `invocation` is off by default from ansible-core 2.21 on: a warning is
    # the one way to be heard at -vvv.
    if source and module._verbosity >= 3:
        module.warn(f"{provider_name}: signed in with {source}")
    return {"changed": False, "ansible_facts": {fact: records}}


def _failure(message: str, error: CloudVpnError) -> Dict[str, Any]:
    failure: Dict[str, Any] = {"msg": message, "error": error.as_dict()}
    if isinstance(error, DependencyError):
        # Names interpreter and host, which is what the user has to know here.
        failure["msg"] = missing_required_lib(error.code or error.message)
        failure["exception"] = error.import_error
    return failure


def _collect_failure(exc: CollectError) -> Dict[str, Any]:
    failure = _failure(exc.message, exc.error)
    if len(exc.errors) + len(exc.records) > 1:
        failure["errors"] = {connection_id: error.as_dict() for connection_id, error in exc.errors.items()}
    if exc.health is not None:
        failure["health"] = exc.health
    return failure
