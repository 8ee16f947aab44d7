# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebooks that README and guide show are such, and name what there is."""

from __future__ import annotations

import json
import re
import subprocess
import time
from typing import Any

import pytest
import rulebook_runs
import yaml
from documented import EVENTS, ROOT, in_page

from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._watcher import plan_of

pytestmark = pytest.mark.skipif(rulebook_runs.MISSING is not None, reason=str(rulebook_runs.MISSING))

NAME = "netops.cloud_vpn.vpn_connection_logs"
READ = """
import json, sys
from ansible_rulebook.rules_parser import parse_rule_sets
from ansible_rulebook.validators import Validate
for book in json.load(sys.stdin):
    Validate.rulebook(book)
    print(sum(len(ruleset.rules) for ruleset in parse_rule_sets(book, {})))
"""


def shown() -> list[list[dict[str, Any]]]:
    """Rulebooks, whole or in part, as whole ones."""
    source = {NAME: {"vpn_connection_ids": ["vco-m5e83sapxp88cgp5f"]}}
    rule = {"name": "Any", "condition": "event.vpn is defined", "action": {"none": {}}}
    books = []
    for page in (ROOT / "README.md", EVENTS):
        for block in in_page(page):
            content = yaml.safe_load(block.text) if block.language == "yaml" else None
            if isinstance(content, list) and any("sources" in one for one in content):
                books.append(content)
            elif isinstance(content, dict) and {"sources", "rules"} & set(content):
                part = {"name": block.place, "hosts": "localhost", "sources": [source], "rules": [rule], **content}
                books.append([part])
    return books


def test_they_are_rulebooks() -> None:
    done = subprocess.run(
        [str(rulebook_runs.PYTHON), "-c", READ], input=json.dumps(shown()), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1", "3", "1"]


def test_their_event_sources_have_options_that_there_are() -> None:
    for book in shown():
        for one in book[0]["sources"]:
            plan_of({**one[NAME], "vpn_connection_ids": ["vco-m5e83sapxp88cgp5f"]}, time.time())


def test_what_they_name_is_part_of_the_collection() -> None:
    text = EVENTS.read_text(encoding="utf-8") + (ROOT / "README.md").read_text(encoding="utf-8")
    books = set(re.findall(r"ansible-rulebook -r netops\.cloud_vpn\.(\w+)", text))
    plays = set(re.findall(r"name: netops\.cloud_vpn\.(\w*ticket\w*)", text))
    files = set(re.findall(r"``((?:extensions|playbooks)/[^`]+)``", text))
    assert (books, plays) == ({"vpn_tickets"}, {"open_ticket"}) and len(files) == 2
    assert all((ROOT / name).is_file() for name in files)
    assert (ROOT / "extensions" / "eda" / "rulebooks" / "vpn_tickets.yml").is_file()
    assert (ROOT / "playbooks" / "open_ticket.yml").is_file()
