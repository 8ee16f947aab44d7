# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JMESPath over entries."""

from __future__ import annotations

import sys

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import DependencyError, OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._query import compile_query, plain


class Tagged(str):
    """What ansible-core hands out: a subclass."""


class Lazy(dict):
    """Likewise."""


class LazyList(list):
    """Likewise."""


def test_plain_leaves_no_subclass():
    result = plain(Lazy({Tagged("a"): LazyList([Tagged("b"), (1, 2.5, None, True)])}))
    assert result == {"a": ["b", [1, 2.5, None, True]]}
    kinds = [type(result), type(result["a"]), type(result["a"][0])] + [type(key) for key in result]
    assert kinds == [dict, list, str, str]


def test_functions_work_on_what_ansible_hands_out():
    entries = LazyList([Lazy(message=Tagged("phase1 up"), epoch=2), Lazy(message=Tagged("other"), epoch=1)])
    search = compile_query(Tagged("sort_by([?contains(message, 'up') || starts_with(message, 'o')], &epoch)[].message"))
    assert search(entries) == ["other", "phase1 up"]


def test_no_expression_no_import(monkeypatch):
    monkeypatch.setitem(sys.modules, "jmespath", None)
    assert compile_query(None) is None
    with pytest.raises(DependencyError) as caught:
        compile_query("[]")
    assert caught.value.code == "jmespath"
    assert "ImportError" in caught.value.import_error or "ModuleNotFoundError" in caught.value.import_error


@pytest.mark.parametrize(
    "expression, words",
    [
        ("[?level == 'error'", "at its end"),
        ("[?level == ]", "at position 12, before ']'"),
        ("a b", "at position 3, before 'b'"),
        ("[?a == #]", "at position 8"),
        ("foo.", "at its end"),
        (" ", "syntax error"),
        ("lenght(@)", "did you mean 'length'?"),
        ("[?nope(@)]", "no function 'nope'"),
        ("[].{a: join(',')}", "'join' takes 2 argument(s), 1 given"),
        ("merge()", "at least 1"),
        ("sort_by(@, &nope(@))", "no function 'nope'"),
    ],
)
def test_syntax_errors_point_at_the_place(expression, words):
    with pytest.raises(OptionsError) as caught:
        compile_query(expression)
    assert caught.value.message.startswith("query: ")
    assert words in caught.value.message


def test_an_expression_that_does_not_fit():
    search = compile_query("[].abs(message)")
    with pytest.raises(OptionsError, match="query: .*does not fit the log entries"):
        search([{"message": "text"}])
