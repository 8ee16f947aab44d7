# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The evidence page in a real Chromium: complete without help, harmless, readable on a phone, in the dark, and for everybody."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, Page, browse

from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.document import render
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.evidence.samples import (
    DOWN,
    ENVELOPE,
    HOSTILE,
    OURS,
    THEIRS,
    UP,
    record,
    verdict,
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: install the package chromium")
# axe.min.js of axe-core; too big and not ours to carry.
AXE = Path(os.environ.get("CLOUD_VPN_AXE", "axe.min.js"))
SIZES = [(1280, False), (1280, True), (390, False), (390, True)]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with a pair, a lone end that is down, one that was not read, and a log that means harm."""
    records = [
        record([*UP, ENVELOPE + HOSTILE]),
        record(UP, THEIRS, "huawei"),
        record(DOWN, "vco-b2"),
    ]
    connections = [
        {"id": OURS, "pair": "branch office"},
        {"id": THEIRS, "pair": "branch office"},
        {"id": "vco-b2"},
        {"id": "vco-c3"},
    ]
    file = tmp_path_factory.mktemp("evidence") / "evidence.html"
    file.write_text(render({**verdict(records, connections), "title": HOSTILE}, "html"), encoding="utf-8")
    return file


def test_nothing_is_asked_run_or_complained_about(page_file: Path, tmp_path: Path) -> None:
    async def action(page: Page) -> tuple[list[str], list[str], Any]:
        for width, dark in SIZES:
            await page.open(page_file, width, dark)
            await page.run("document.querySelectorAll('details').forEach(one => one.open = true)")
        return page.requests, page.complaints, await page.run("document.querySelectorAll('img, main script').length")

    requests, complaints, strangers = browse(tmp_path / "profile", action)
    assert set(requests) == {page_file.as_uri()}
    assert complaints == []
    assert strangers == 0


def test_it_fits_and_follows_the_color_scheme(page_file: Path, tmp_path: Path) -> None:
    async def action(page: Page) -> list[tuple[bool, int, str]]:
        seen = []
        for width, dark in SIZES:
            await page.open(page_file, width, dark)
            await page.run("document.querySelectorAll('details').forEach(one => one.open = true)")
            wider = await page.run("document.documentElement.scrollWidth - innerWidth")
            seen.append((dark, wider, await page.run("getComputedStyle(document.body).backgroundColor")))
        return seen

    seen = browse(tmp_path / "profile", action)
    assert [wider for _dark, wider, _color in seen] == [0, 0, 0, 0]
    assert {color for dark, _wider, color in seen if not dark} == {"rgb(255, 255, 255)"}
    assert {color for dark, _wider, color in seen if dark} == {"rgb(13, 17, 23)"}


def test_the_filter_box_and_the_page_without_script(page_file: Path, tmp_path: Path) -> None:
    count = "Array.from(document.querySelectorAll('#tunnel-1 .log li')).filter(one => !one.hidden).length"
    visible_box = "getComputedStyle(document.querySelector('.filter')).display != 'none'"

    async def action(page: Page) -> list[Any]:
        await page.open(page_file)
        found = [await page.run(count), await page.run(visible_box)]
        await page.run(
            "document.querySelector('details').open = true;"
            "document.querySelector('#filter-1').value = 'ISAKMP-sa';"
            "document.querySelector('#filter-1').dispatchEvent(new Event('input'))"
        )
        found += [
            await page.run(count),
            await page.run("document.querySelector('#tunnel-1 [role=status]').textContent"),
        ]
        await page.open(page_file, script=False)
        document = await page.send("DOM.getDocument", depth=0)
        box = await page.send("DOM.querySelector", nodeId=document["root"]["nodeId"], selector=".filter")
        text = await page.send("DOM.getOuterHTML", nodeId=box["nodeId"])
        return [*found, " hidden" in text["outerHTML"].split(">")[0]]

    assert browse(tmp_path / "profile", action) == [5, True, 2, "2 of 5 lines", True]


def test_it_prints(page_file: Path, tmp_path: Path) -> None:
    async def action(page: Page) -> bytes:
        await page.open(page_file)
        return await page.paper()

    paper = browse(tmp_path / "profile", action)
    assert paper.startswith(b"%PDF")
    assert len(paper) > 10_000


@pytest.mark.skipif(not AXE.exists(), reason="there is no axe-core: CLOUD_VPN_AXE names no axe.min.js")
def test_everybody_can_read_it(page_file: Path, tmp_path: Path) -> None:
    async def action(page: Page) -> list[Any]:
        violations = []
        for width, dark in SIZES:
            await page.open(page_file, width, dark)
            await page.run("document.querySelectorAll('details').forEach(one => one.open = true)")
            await page.run(AXE.read_text(encoding="utf-8") + "; 0")
            found = await page.run("axe.run().then(result => JSON.stringify(result.violations))")
            violations += [(width, dark, one["id"], one["nodes"][0]["html"]) for one in json.loads(found)]
        return violations

    assert browse(tmp_path / "profile", action) == []
