# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file: valid, complete, and log text is text in it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.document import FORMS, render
from ansible_collections.netops.cloud_vpn.plugins.module_utils._text import escape, visible
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.evidence.samples import (
    DOWN,
    ENVELOPE,
    HOSTILE,
    OURS,
    THEIRS,
    UP,
    pair,
    record,
    verdict,
)

VOID = {"meta", "link", "input", "wbr"}


class Page(HTMLParser):
    """Elements by name, attributes, and the text outside of script and style; complains about what is not closed."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.text = [], [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data


def hostile():
    """A log, a title, a pair name, and an error message that mean harm."""
    records = [record([*UP, ENVELOPE + HOSTILE]), record([*DOWN, ENVELOPE + HOSTILE], THEIRS, "huawei")]
    records[1]["health"]["evidence"].append({"timestamp": None, "message": HOSTILE})
    records[1]["health"]["hint"] = HOSTILE
    connections = [{"id": OURS, "pair": HOSTILE}, {"id": THEIRS, "pair": HOSTILE}, {"id": "vco-gone1"}]
    found = verdict(records, connections)
    found["connections"][2]["error"] = {"kind": HOSTILE, "message": HOSTILE}
    return {**found, "title": HOSTILE}


def test_json_holds_the_records():
    connections, records = pair()
    text = render(verdict(records, connections), "json")
    found = json.loads(text)
    assert [row["record"]["logs"] for row in found["connections"]] == [one["logs"] for one in records]
    assert text.isascii()


def test_junit_counts_and_tells():
    connections, records = pair()
    found = verdict(records, [*connections, {"id": "vco-gone1"}])
    suite = ElementTree.fromstring(render(found, "junit"))[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    failure = suite.find("testcase/failure")
    assert failure.get("message").startswith(f"{THEIRS} (pair branch) is down: ")
    assert failure.get("type") == found["connections"][1]["reason"]
    assert "authentication failure" in failure.text
    assert suite.find("testcase/error") is not None


@pytest.mark.parametrize("form", list(FORMS))
def test_hostile_text_is_text(form):
    text = render(hostile(), form)
    # Nothing that a terminal, XML 1.0, or a reader's eye would trip over.
    assert all(char == "\n" or char.isprintable() for char in text)
    assert "7 * 7" in text or "7 \\* 7" in text
    if form == "json":
        logs = json.loads(text)["connections"][0]["record"]["logs"]
        assert any(entry["message"] == HOSTILE.replace("\ud800", "\ufffd") for entry in logs)
    if form in ("junit", "html"):
        assert "<script>alert" not in text
        assert "<img" not in text


def test_hostile_text_in_the_page():
    text = render(hostile(), "html")
    page = Page(text)
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert visible(HOSTILE) in page.text
    assert not [name for name, _value in page.attributes if name.startswith("on") or name == "style"]
    # Nothing is asked of anybody.
    links = [value for name, value in page.attributes if name in ("src", "href", "srcset", "action", "data")]
    assert all(link.startswith("#tunnel-") or link == "data:," for link in links)
    assert not re.search(r"@import|url\((?!#)", text)


def test_hostile_text_in_markdown_is_in_code_or_escaped():
    lines = render(hostile(), "markdown").splitlines()
    fence = None
    for line in lines:
        mark = re.match(r"(`{3,})(text)?$", line)
        if mark and (fence is None or mark[1] == fence):
            fence = mark[1] if fence is None else None
        elif fence is None:
            assert "<" not in line
            assert not re.search(r"(?<!\\)[@`*](?!  ?)\w", line.lstrip("* "))
    assert fence is None


def test_hostile_text_in_junit():
    root = ElementTree.fromstring(render(hostile(), "junit"))
    assert {element.tag for element in root.iter()} == {
        "testsuites",
        "testsuite",
        "testcase",
        "system-out",
        "failure",
        "error",
    }
    assert visible(HOSTILE) in root[0].find("testcase/error").text


def test_the_page_has_both_ends_together():
    connections, records = pair()
    text = render(verdict(records, connections), "html")
    page = Page(text)
    assert page.tags.count("section") == 1
    assert text.count('class="line"') == 2
    assert page.tags.count("details") == 1
    assert f"Full log, {sum(len(one['logs']) for one in records)} lines" in page.text
    assert "default-src 'none'" in dict(page.attributes)["content"] or "default-src 'none'" in text


def test_a_cut_log_is_said_to_be_cut():
    text = render(verdict([record(UP, limit=1)]), "html")
    assert "the newest 1 of 2 entries are here" in text


def test_no_record_at_all_is_still_a_page():
    found = verdict([], [{"id": OURS}])
    for form in FORMS:
        assert OURS in render(found, form).replace("\\", "")


def test_what_cannot_be_rendered():
    found = verdict([record(UP)])
    with pytest.raises(ValueError, match="is not one of"):
        render(found, "pdf")
    with pytest.raises(ValueError, match="vpn_verdicts"):
        render({}, "html")
    del found["connections"][0]["record"]
    with pytest.raises(ValueError, match="records=true"):
        render(found, "html")


def test_visible_and_escape():
    assert visible("a\tb\x1b\n\u202e\x85\ud800") == "a b\\x1b\\x0a\\u202e\\x85\\ud800"
    assert visible(None) == ""
    assert visible("Grüße 日本 ✓") == "Grüße 日本 ✓"
    assert escape("<a href='x'>&\"") == "&lt;a href=&#39;x&#39;&gt;&amp;&quot;"
