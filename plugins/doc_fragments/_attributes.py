# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes that all modules of the collection share."""

from __future__ import annotations


class ModuleDocFragment:
    """Standard attributes of a module that only reads."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and return the same as without, because nothing is changed.
  diff_mode:
    support: N/A
    description: Will return details on what has changed when in C(diff) mode.
    details:
      - The module changes nothing.
  facts:
    support: full
    description: Returns C(ansible_facts), and nothing else.
  idempotent:
    support: full
    description:
      - When run twice in a row outside check mode, with the same arguments, the second run changes nothing.
"""

    ACTION_GROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/netops.cloud_vpn.all) or the group of the cloud in C(module_defaults) to set defaults.
    support: full
    membership:
      - netops.cloud_vpn.all
"""
