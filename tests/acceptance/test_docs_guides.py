# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What README and guides say about the code is what the code says: reasons, errors, variables, hosts, names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from documented import GUIDES, PLUGINS, ROOT, blocks

from ansible_collections.netops.cloud_vpn.plugins.module_utils import _errors as errors
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.endpoints import sts_url, vpc_url
from ansible_collections.netops.cloud_vpn.plugins.module_utils._evidence.verdicts import summarize
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.endpoints import iam_url, vpn_url
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.health import judge
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.parse import parse_lines
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.reasons import REASONS
from ansible_collections.netops.cloud_vpn.plugins.module_utils._logs.verdict import STATES
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import BY_NAME
from ansible_collections.netops.cloud_vpn.plugins.module_utils._provider import Provider

README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = {path.stem.removeprefix("guide_"): path.read_text(encoding="utf-8") for path in GUIDES}
CODE = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "plugins").rglob("*.py"))
CORPUS = ROOT / "tests" / "corpus"
HEALS = {True: "stays", False: "heals", None: "open"}


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", sorted(REASONS))
def test_a_reason_is_explained_with_its_hint(name: str) -> None:
    found = re.search(rf"^``{name}`` : ([^:\n]+) : (\w+)\n((?:    .+\n)+)\n((?:    .+\n)+)", GUIDE["verdicts"], re.M)
    assert found, f"the guide has no ``{name}`` : phase : stays|heals|open with two paragraphs"
    assert found[2] == HEALS[REASONS[name].persistent]
    assert one_line(found[3]) == one_line(REASONS[name].hint)


def test_no_reason_is_made_up() -> None:
    assert set(re.findall(r"^``(\w+)`` : ", GUIDE["verdicts"], re.MULTILINE)) == set(REASONS)


def test_states() -> None:
    for text, form in ((GUIDE["verdicts"], r"^``(\w+)``  +[A-Z]"), (README, r"^\| `(\w+)` \| .* \| [a-z].* \|$")):
        assert tuple(re.findall(form, text, re.MULTILINE)) == STATES


def test_every_kind_of_error_is_explained() -> None:
    known = {
        one.kind for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.CloudVpnError)
    }
    table = GUIDE["sign_in"].partition("``error.kind``")[2]
    assert set(re.findall(r"^``([a-z_]+)``  ", table, re.MULTILINE)) == known


# What other tools read, too; the code names them in another way, or not at all.
FOREIGN = {
    "ALICLOUD_",
    "ALIYUN_",
    "ALIBABACLOUD_",
    "ANSIBLE_HWC_",
    "HW_",
    "OS_",
    "HUAWEICLOUD_SDK_",
    "SADB_ADD",
    "SADB_UPDATE",
}
FOREIGN |= {"HTTPS_PROXY", "NO_PROXY", "INJECT_FACTS_AS_VARS", "ANSIBLE_CORE", "_SECRET", "AUTHENTICATION_FAILED"}


@pytest.mark.parametrize("name", ["README", "sign_in", "facts", "verify_change", "verdicts"])
def test_variables_are_known_to_the_code(name: str) -> None:
    text = README if name == "README" else GUIDE[name]
    named = set(re.findall(r"`…?([A-Z_]+_[A-Z_]*)[=…*]*[a-z]*`", text)) | set(
        re.findall(r"^ *export ([A-Z_]+)=", text, re.M)
    )
    own = {option.env for option in BY_NAME.values()} | {"CLOUD_VPN_METADATA_URL", "ANSIBLE_CALLBACK_RESULT_FORMAT"}
    unknown = {one for one in named - FOREIGN - own if f'"{one}"' not in CODE}
    assert unknown == set()


def test_readme_lists_everything_that_users_call() -> None:
    table = README.partition("## Included content")[2].partition("\n## ")[0]
    listed = set(re.findall(r"`netops\.cloud_vpn\.(\w+)`", table))
    roles = {path.name for path in (ROOT / "roles").iterdir()}
    assert listed == {path.stem for path in PLUGINS} | roles


def test_readme_shows_what_the_role_prints() -> None:
    shown = next(block.text for block in blocks() if block.document == "README.md" and block.language == "text")
    reason = REASONS["psk_mismatch"]
    row: dict[str, Any] = {"id": "vco-m5e83sapxp88cgp5f", "pair": None, "passed": False, "state": "down", "error": None}
    row.update(problem="is down", reason="psk_mismatch", phase=1, persistent=reason.persistent, hint=reason.hint)
    assert one_line(shown) == one_line(" ".join(summarize([row], [], "up")))


def test_links_into_the_repository_lead_somewhere() -> None:
    # Those that a release makes.
    later = {"CHANGELOG.md"}
    for text in (README, *GUIDE.values()):
        for target in re.findall(r"netops\.cloud_vpn/blob/main/([\w./-]+)", text):
            assert target in later or (ROOT / target).is_file(), target
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)\)", contributing):
        assert (ROOT / target).is_file(), target


def test_hosts() -> None:
    table = GUIDE["sign_in"].partition("\nRegions and endpoints")[2].partition("\nProxies")[0]
    rows = {row.partition("  ")[0]: re.findall(r"``([a-z-]+\.[\w.-]+)``", row) for row in table.splitlines()}
    hosts = {name: [host.replace("REGION", "xx-north-1") for host in found] for name, found in rows.items() if found}
    made = {
        "Alibaba Cloud": [vpc_url("xx-north-1"), sts_url("xx-north-1")],
        "Alibaba Cloud, inside a VPC": [vpc_url("xx-north-1", "vpc"), sts_url("xx-north-1", "vpc")],
        "Alibaba Cloud, walled regions": [vpc_url("cn-shanghai-finance-1"), sts_url("xx-north-1")],
        "Huawei Cloud": [vpn_url("ap-southeast-1"), iam_url("ap-southeast-1")],
        "Huawei Cloud, Dublin": [vpn_url("eu-west-101"), iam_url("eu-west-101")],
        "Open Telekom Cloud": [vpn_url("eu-de"), iam_url("eu-de")],
        "Open Telekom Cloud, Switzerland": [vpn_url("eu-ch2"), iam_url("eu-ch2")],
    }
    expected = {
        name: [url.removeprefix("https://").replace("ap-southeast-1", "xx-north-1") for url in made[name]]
        for name in made
    }
    assert hosts == expected


def cells(table: str, row: str) -> list[str]:
    """The texts of a row of a simple table; its first cell has one line, the others may have more."""
    lines = table.splitlines()
    rule = next(line for line in lines if line.startswith("==="))
    spans = [found.span() for found in re.finditer("=+", rule)]
    first = next(number for number, line in enumerate(lines) if line.startswith(row + "  "))
    last = next(n for n, line in enumerate(lines) if n > first and line[: spans[0][1]].strip())
    return [one_line(" ".join(line[start:end] for line in lines[first:last])) for start, end in spans]


@pytest.mark.parametrize(
    ("row", "version", "session", "provider"),
    [
        ("Alibaba Cloud, called by your gateway", 1, "iked/v1_psk_mismatch_resp.debug", "alibaba"),
        ("Alibaba Cloud, called by your gateway", 1, "iked/v1_psk_mismatch_resp.info", "alibaba"),
        ("Alibaba Cloud, called by your gateway", 2, "iked/v2_psk_mismatch_resp.info", "alibaba"),
        ("Alibaba Cloud, calls your gateway", 1, "iked/v1_info_level_psk.info", "alibaba"),
        ("Alibaba Cloud, calls your gateway", 2, "iked/v2_psk_mismatch_init.info", "alibaba"),
        ("Huawei Cloud, Open Telekom Cloud", 1, "vrp/psk_wrong", "huawei"),
        ("your strongSwan, calls", 1, "charon/charon_to_racoon_psk_mismatch.init", "charon"),
    ],
)
def test_a_wrong_key_is_reported_as_the_table_says(row: str, version: int, session: str, provider: str) -> None:
    log = (CORPUS / f"{session}.log").read_text(encoding="utf-8", errors="replace")
    reason = judge(parse_lines(log, provider=provider))["reason"]
    table = GUIDE["verdicts"].partition("A wrong pre-shared key\n~")[2].partition("\n\nOnly the end")[0]
    assert f"``{reason}``" in cells(table, row)[version]


def test_the_example_of_a_provider_offers_what_a_provider_offers() -> None:
    text = next(block.text for block in blocks() if block.text.startswith("class ExampleProvider"))
    names: dict[str, Any] = {}
    exec(text, names)
    wanted = {name for name in [*vars(Provider), *Provider.__annotations__] if not name.startswith("_")}
    assert {name for name in vars(names["ExampleProvider"]) if not name.startswith("_")} == wanted


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.stem)
def test_samples_hint_at_what_the_code_hints_at(path: Path) -> None:
    hints = {one_line(reason.hint) for reason in REASONS.values()}
    text = path.read_text(encoding="utf-8")
    for found in re.finditer(r"^( +)(?:hint|sample): (?:>-\n((?:\1  .*\n)+)|([A-Z].*)$)", text, re.MULTILINE):
        sample = one_line(found[2] or found[3])
        if "both ends" in sample:
            assert sample in hints
