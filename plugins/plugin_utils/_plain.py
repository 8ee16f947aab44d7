# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all filters and tests need at the border to the log code."""

from __future__ import annotations

from typing import Any, List

from ansible import template
from ansible.errors import AnsibleUndefinedVariable
from ansible.module_utils.common.validation import check_type_list
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.unsafe_proxy import wrap_var
from jinja2.runtime import Undefined

from ansible_collections.netops.cloud_vpn.plugins.module_utils._query import plain


def plain_input(value: Any, name: str) -> Any:
    """`value` as plain types.

    Undefined values fail here, on every ansible-core: what is not there must never pass as a verdict.
    """
    if isinstance(value, Undefined):
        raise AnsibleUndefinedVariable(f"{name}: the value is undefined")
    return plain(value)


def boolean_input(value: Any, name: str) -> bool:
    """`value` as Ansible takes booleans: the text "false" of an extra variable is none that Python holds for true.

    Raises ValueError for anything else.
    """
    value = plain_input(value, name)
    try:
        return bool(boolean(value))
    except TypeError:
        raise ValueError(f"{shown(value)} is no boolean; use true or false ({name})") from None


def list_input(value: Any, name: str) -> List[str]:
    """`value` as Ansible takes lists of texts: a text is one with commas. Raises ValueError for anything else."""
    value = plain_input(value, name)
    try:
        return [str(item) for item in check_type_list(value)]
    except TypeError:
        raise ValueError(f"{shown(value)} is no list ({name})") from None


def never_template(value: Any) -> Any:
    """Log text must not become a template. From ansible-core 2.19 on nothing does that is not marked as trusted.

    2.18 renders every text that is not marked as unsafe, for example when a fact that was set from it is used.
    """
    return value if hasattr(template, "trust_as_template") else wrap_var(value)


def shown(value: Any) -> str:
    """`value` for a message, never longer than a line."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
