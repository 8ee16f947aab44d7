# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Secrets that are no options, so that `no_log` does not know them: registered with ansible-core's masking where it has one."""

from __future__ import annotations

import typing as t

try:
    # Since ansible-core 2.22: what is registered is masked in all output.
    from ansible.module_utils.secrets import register_secret
except ImportError:
    register_secret = None


def register(values: t.Iterable[str | None]) -> None:
    """Have ``values`` (keys from files, tokens obtained at run time) masked in all output."""
    for value in values:
        if value and register_secret is not None:
            register_secret(value)
