# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to fetch: options that are the same for every cloud."""

from __future__ import annotations


class ModuleDocFragment:
    """Options for the window, the result, and waiting."""

    DOCUMENTATION = r"""
options:
  since:
    description:
      - Start of the window.
      - An age before now (V(90s), V(15m), V(2h), V(1d)), an ISO 8601 time (without offset it is UTC),
        or epoch seconds (a value of 100000000000 or more is milliseconds).
      - Without it, Alibaba Cloud is asked for the ten minutes before the end of the window,
        Huawei Cloud and Open Telekom Cloud for everything their API still holds.
      - To see what came after a change, save RV(ignore:server_time) of a record before the change and pass it here
        afterwards. A clock of this machine that is behind does no harm then; one that is behind by more than five minutes
        is an error.
      - An empty text is an error, because a marker that got lost must not widen the window. Where there may be none, use
        the filter C(default) with C(omit).
    type: str
  until:
    description:
      - End of the window, in the same forms as O(since), not empty either. Later than now is cut to now.
      - Default is now, by the clock of the service if this machine's is behind (then a warning says by how much).
    type: str
  limit:
    description:
      - How many of the newest entries are kept in C(logs). V(0) keeps none.
      - The verdict, C(count), and O(query) always use all entries of the window.
    type: int
    default: 1000
  query:
    description:
      - A JMESPath expression over the list of all entries of the window. Its value is returned as C(query_result).
      - Needs the Python library jmespath.
    type: str
  wait:
    description:
      - Repeat until every VPN connection is V(up), by a log that is C(complete). The start of the window stays where it was at the first look.
      - Transient faults of the service do not end the wait. A refused sign-in, a wrong option, or an unknown VPN
        connection does.
      - Fails after O(wait_timeout) seconds, with the last verdict on each connection.
    type: bool
    default: false
  wait_timeout:
    description: How many seconds O(wait=true) waits, V(0) to V(604800).
    type: int
    default: 300
  wait_sleep:
    description: Seconds between two looks of O(wait=true), V(1) to V(86400).
    type: int
    default: 10
  wait_fail_fast:
    description:
      - Stop waiting as soon as one connection is down for a reason that does not heal until a configuration is changed,
        for example different pre-shared keys on the two ends.
    type: bool
    default: false
"""

    # Where the lookup finds these options besides its keywords.
    LOOKUP = r"""
options:
  since:
    env:
      - name: CLOUD_VPN_SINCE
    ini:
      - section: cloud_vpn
        key: since
    vars:
      - name: cloud_vpn_since
  until:
    env:
      - name: CLOUD_VPN_UNTIL
    ini:
      - section: cloud_vpn
        key: until
    vars:
      - name: cloud_vpn_until
  limit:
    env:
      - name: CLOUD_VPN_LIMIT
    ini:
      - section: cloud_vpn
        key: limit
    vars:
      - name: cloud_vpn_limit
  query:
    env:
      - name: CLOUD_VPN_QUERY
    ini:
      - section: cloud_vpn
        key: query
    vars:
      - name: cloud_vpn_query
  wait:
    env:
      - name: CLOUD_VPN_WAIT
    ini:
      - section: cloud_vpn
        key: wait
    vars:
      - name: cloud_vpn_wait
  wait_timeout:
    env:
      - name: CLOUD_VPN_WAIT_TIMEOUT
    ini:
      - section: cloud_vpn
        key: wait_timeout
    vars:
      - name: cloud_vpn_wait_timeout
  wait_sleep:
    env:
      - name: CLOUD_VPN_WAIT_SLEEP
    ini:
      - section: cloud_vpn
        key: wait_sleep
    vars:
      - name: cloud_vpn_wait_sleep
  wait_fail_fast:
    env:
      - name: CLOUD_VPN_WAIT_FAIL_FAST
    ini:
      - section: cloud_vpn
        key: wait_fail_fast
    vars:
      - name: cloud_vpn_wait_fail_fast
"""
