# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example that users see: code blocks of README, guides, and role, commands in running text, and EXAMPLES of plugins."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[2]
GUIDES = sorted((ROOT / "docs" / "docsite" / "rst").glob("*.rst"))
# Its blocks are run in pipelines, by test_pipelines_*.py.
PIPELINES = ROOT / "docs" / "docsite" / "rst" / "guide_pipelines.rst"
# Its blocks are read by ansible-rulebook, in test_rulebook_guide.py.
EVENTS = ROOT / "docs" / "docsite" / "rst" / "guide_event_driven.rst"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "roles").glob("*/README.md"))]
PAGES += [page for page in GUIDES if page not in (PIPELINES, EVENTS)]
PLUGINS = sorted(
    path for kind in ("modules", "lookup", "filter", "test") for path in (ROOT / "plugins" / kind).glob("*.py")
)

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_DIRECTIVE = re.compile(r"^( *)\.\. code-block:: ([\w+-]+)\n((?:\1 +:\w+:.*\n)*)\n((?:(?:\1 +.*)?\n)+)", re.MULTILINE)
_COMMAND = re.compile(r"`{1,2}(ansible-doc [^`]+)`{1,2}")
_SHELLS = ("sh", "shell", "bash", "console")


class Block(NamedTuple):
    """One example, as it stands in its document; ``caption`` is the file that it shows."""

    document: str
    line: int
    language: str
    text: str
    caption: str = ""

    @property
    def place(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def key(self) -> tuple[str, str]:
        """What a block is called in tables: its document and its first line, which outlives edits further up."""
        return self.document, self.text.strip().partition("\n")[0]

    @property
    def kind(self) -> str:
        """play, tasks, shell, python, json, file, or other."""
        if self.caption:
            return "file"
        if self.language in _SHELLS:
            return "shell"
        if self.language in ("python", "json"):
            return self.language
        content = self.content if self.language.lower().startswith("yaml") else None
        if not isinstance(content, list):
            return "other"
        return "play" if all("hosts" in item for item in content) else "tasks"

    @property
    def content(self) -> Any:
        return yaml.safe_load(self.text)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def in_page(path: Path) -> Iterator[Block]:
    text = path.read_text(encoding="utf-8")
    name = str(path.relative_to(ROOT))
    if path.suffix == ".md":
        for found in _FENCE.finditer(text):
            yield Block(name, _line(text, found.start()) + 1, found[2], textwrap.dedent(found[3]))
    else:
        for found in _DIRECTIVE.finditer(text):
            caption = re.search(r":caption: *(\S+)", found[3])
            body = textwrap.dedent(found[4]).strip("\n") + "\n"
            yield Block(name, _line(text, found.start(4)), found[2], body, caption[1] if caption else "")
    for found in _COMMAND.finditer(text):
        yield Block(name, _line(text, found.start()), "sh", found[1] + "\n")


def _in_plugin(path: Path) -> Iterator[Block]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES":
            assert isinstance(node.value, ast.Constant)
            yield Block(str(path.relative_to(ROOT)), node.lineno, "yaml", str(node.value.value).lstrip("\n"))


def blocks() -> list[Block]:
    found = [block for path in PAGES for block in in_page(path)]
    return found + [block for path in PLUGINS for block in _in_plugin(path)]
