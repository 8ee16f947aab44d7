# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts of what really ran: ansible-test ends with exit code 0 when it tested nothing."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from runner import StepFailed

# Sentences after which ansible-test still ends with exit code 0.
SILENT = (
    "All targets skipped",
    "No tests applicable",
    "Required program",
    "no tests ran",
    "Unable to determine context",
    "Skipping tests",
)
# Sanity tests that must have had something to look at, and how many must have run in all .
SANITY_MUST = ("ansible-doc", "compile", "import", "pep8", "pylint", "validate-modules", "yamllint")
SANITY_LEAST = 20


def refuse_silence(output: str) -> None:
    """Raise StepFailed if ansible-test said that it left something out."""
    for line in output.splitlines():
        if any(sentence in line for sentence in SILENT):
            raise StepFailed(f"ansible-test left something out: {line.strip()}")


def junit_counts(files: list[Path]) -> Counter[str]:
    """Return tests, failures (errors included), and skipped of JUnit files together."""
    counts: Counter[str] = Counter(tests=0, failures=0, skipped=0)
    for file in files:
        for case in ElementTree.parse(file).getroot().iter("testcase"):
            counts["tests"] += 1
            counts["skipped"] += case.find("skipped") is not None
            counts["failures"] += case.find("failure") is not None or case.find("error") is not None
    return counts


def pytest_count(file: Path, least: int = 1) -> str:
    """Return '532 tests' or '532 tests, 2 skipped' for the JUnit file of one pytest run; too few is a failure."""
    counts = junit_counts([file])
    ran = counts["tests"] - counts["skipped"]
    if ran < least:
        raise StepFailed(f"{ran} tests ran, at least {least} are expected")
    return f"{ran} tests" + (f", {counts['skipped']} skipped" if counts["skipped"] else "")


def units_count(folder: Path, output: str, controller: str) -> str:
    """Return a summary of 'ansible-test units': each Python must have run module tests, the controller's all."""
    refuse_silence(output)
    pythons: dict[str, int] = {}
    for file in sorted(folder.glob("python*-units.xml")):
        version = re.match(r"python([0-9.]+)-", file.name)
        counts = junit_counts([file])
        if version and counts["tests"] - counts["skipped"]:
            pythons[version[1]] = pythons.get(version[1], 0) + counts["tests"] - counts["skipped"]
    announced = set(re.findall(r"Unit test \S+ with Python ([0-9.]+)", output))
    if controller not in pythons:
        raise StepFailed(f"no unit test ran on Python {controller}")
    if announced - set(pythons):
        raise StepFailed(f"no unit test ran on Python {', '.join(sorted(announced - set(pythons)))}")
    order = sorted(pythons, key=lambda text: [int(part) for part in text.split(".")])
    return f"{sum(pythons.values())} tests on Python " + ", ".join(f"{name} ({pythons[name]})" for name in order)


def sanity_count(folder: Path, output: str) -> str:
    """Return a summary of 'ansible-test sanity'."""
    refuse_silence(output)
    ran = sanity_names(folder)
    missing = [name for name in SANITY_MUST if name not in ran]
    if missing or len(ran) < SANITY_LEAST:
        raise StepFailed(f"{len(ran)} sanity tests looked at something; missing: {', '.join(missing) or 'none'}")
    pythons = sorted(set(re.findall(r'"import" on Python ([0-9.]+)', output)), key=lambda v: int(v.split(".")[1]))
    return f"{len(ran)} tests, no ignore entries, imports on Python {', '.join(pythons)}"


def sanity_names(folder: Path) -> set[str]:
    """Return the names of the sanity tests that had files to look at, by their JUnit files."""
    files = [file for file in folder.glob("ansible-test-sanity-*.xml") if not junit_counts([file])["skipped"]]
    return {re.sub(r"-python-[0-9.]+$", "", file.name[len("ansible-test-sanity-") : -len(".xml")]) for file in files}


def integration_count(targets: Path, output: str) -> str:
    """Return a summary of 'ansible-test integration': every target that can run must have run."""
    refuse_silence(output)
    expected = set()
    for folder in sorted(path for path in targets.iterdir() if path.is_dir()):
        aliases = folder / "aliases"
        words = aliases.read_text(encoding="utf-8").split() if aliases.exists() else []
        if not {"hidden", "disabled", "unsupported"} & set(words) and not folder.name.startswith(
            ("prepare_", "setup_")
        ):
            expected.add(folder.name)
    ran = set(re.findall(r"Running (\S+) integration test", output))
    if not expected or expected - ran:
        raise StepFailed(f"targets that did not run: {', '.join(sorted(expected - ran)) or 'all (there is none)'}")
    tasks = sum(int(number) for number in re.findall(r"\bok=(\d+)", output))
    return f"{len(expected)} targets, {tasks} tasks"
