# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""JMESPath over the entries of a record. jmespath is imported only when a query is given."""

from __future__ import annotations

import traceback
from typing import Any, Callable, Iterator, List, Mapping, Optional

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import DependencyError, OptionsError

Query = Callable[[List[Any]], Any]


def plain(value: Any) -> Any:
    """A copy of `value` made of plain dict, list, str, int, float, bool, None.

    jmespath decides by exact type, and ansible-core hands out subclasses (tagged strings, lazy lists).
    """
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return str(value)


def _nodes(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield node
        for child in node.get("children", ()):
            yield from _nodes(child)


def _check_functions(ast: Any, table: Mapping[str, Any]) -> None:
    """jmespath notices an unknown function only when it gets there; here it is noticed before any request."""
    for node in _nodes(ast):
        if node.get("type") != "function_expression":
            continue
        name = node["value"]
        if name not in table:
            import difflib

            near = difflib.get_close_matches(name, list(table), n=1)
            suggestion = f"; did you mean '{near[0]}'?" if near else "."
            raise OptionsError(f"query: JMESPath has no function '{name}'{suggestion}")
        signature = table[name]["signature"]
        given, wanted = len(node["children"]), len(signature)
        variadic = bool(signature and signature[-1].get("variadic"))
        if given < wanted or (given > wanted and not variadic):
            least = "at least " if variadic else ""
            raise OptionsError(
                f"query: the JMESPath function '{name}' takes {least}{wanted} argument(s), {given} given."
            )


def compile_query(expression: Optional[str]) -> Optional[Query]:
    """Compile `expression` to a function over a list of entries; None for no expression.

    Raises OptionsError that points at the position of a syntax error, DependencyError without jmespath. The returned
    function raises OptionsError when the expression does not fit the entries (a type error).
    """
    if expression is None:
        return None
    try:
        import jmespath
        import jmespath.exceptions
        import jmespath.functions
    except ImportError as exc:
        missing = DependencyError("The option query needs the Python library 'jmespath'.", code="jmespath")
        missing.import_error = traceback.format_exc()
        raise missing from exc
    text = str(plain(expression))
    try:
        compiled = jmespath.compile(text)
    except jmespath.exceptions.EmptyExpressionError as exc:
        raise OptionsError("query: the JMESPath expression is empty; leave the option out instead.") from exc
    except jmespath.exceptions.LexerError as exc:
        raise OptionsError(_pointer(text, exc.lexer_position)) from exc
    except jmespath.exceptions.ParseError as exc:
        raise OptionsError(_pointer(text, exc.lex_position)) from exc
    _check_functions(compiled.parsed, jmespath.functions.Functions.FUNCTION_TABLE)

    def search(entries: List[Any]) -> Any:
        try:
            return plain(compiled.search(plain(entries)))
        except jmespath.exceptions.JMESPathError as exc:
            raise OptionsError(f"query: {text!r} does not fit the log entries: {exc}") from exc

    return search


def _pointer(text: str, position: Optional[int]) -> str:
    at = len(text) if position is None else min(max(position, 0), len(text))
    where = "at its end" if at >= len(text) else f"at position {at + 1}, before {text[at : at + 20]!r}"
    return f"query: {text!r} is not a valid JMESPath expression: syntax error {where}."
