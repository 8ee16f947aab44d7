# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the role: text of extra variables means what it means to Ansible."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.netops.cloud_vpn.plugins.filter.vpn_calls import vpn_calls
from ansible_collections.netops.cloud_vpn.plugins.filter.vpn_evidence import vpn_evidence
from ansible_collections.netops.cloud_vpn.plugins.filter.vpn_verdicts import vpn_verdicts
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.evidence.samples import (
    DOWN,
    OURS,
    SILENT,
    UP,
    record,
    result,
)

CONNECTIONS = [{"id": OURS}]


def judged(lines, **options):
    calls = vpn_calls(CONNECTIONS)
    return vpn_verdicts(CONNECTIONS, calls, [result(calls[0], [record(lines)])], **options)


@pytest.mark.parametrize(
    "yes, no",
    [(True, False), ("true", "false"), ("Yes", "no"), ("on", "Off"), ("y", "n"), ("t", "f"), ("1", "0"), (1, 0)],
)
def test_booleans(yes, no):
    assert judged(SILENT, unknown_fails=no)["passed"]
    assert not judged(SILENT, unknown_fails=yes)["passed"]
    assert "record" not in judged(UP, records=no)["connections"][0]
    verdict = judged(UP, records=yes)
    assert OURS in vpn_evidence(verdict, "markdown", redact=no)
    assert OURS not in vpn_evidence(verdict, "markdown", redact=yes)
    assert not judged(DOWN, seconds_left=9, fail_fast=no)["finished"]
    assert judged(DOWN, seconds_left=9, fail_fast=yes)["finished"]


@pytest.mark.parametrize("value", ["perhaps", "", None, 2, ["true"]])
@pytest.mark.parametrize("option", ["unknown_fails", "records", "fail_fast"])
def test_what_is_no_boolean_is_refused(option, value):
    with pytest.raises(AnsibleFilterError, match=rf"^vpn_verdicts: .* is no boolean.*vpn_verdicts, {option}"):
        judged(UP, **{option: value})
    with pytest.raises(AnsibleFilterError, match="^vpn_evidence: .* is no boolean.*vpn_evidence, redact"):
        vpn_evidence(judged(UP, records=True), "json", redact=value)


@pytest.mark.parametrize("accept, passed", [("up", False), ("down", True), ("up,down", True), (["up", "down"], True)])
def test_states_as_text(accept, passed):
    assert judged(DOWN, accept=accept)["passed"] is passed


@pytest.mark.parametrize("accept, words", [("up,fine", "'fine' given"), ("", "'' given"), ({"up": 1}, "is no list")])
def test_states_that_are_none(accept, words):
    with pytest.raises(AnsibleFilterError, match=f"^vpn_verdicts: .*{words}"):
        judged(UP, accept=accept)


def test_when_a_wait_is_over():
    assert "finished" not in judged(UP)
    assert judged(UP, seconds_left=9)["finished"]
    assert not judged(SILENT, seconds_left=9, unknown_fails=False)["finished"]
