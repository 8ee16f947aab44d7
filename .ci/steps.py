# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of the collection by name; "make" calls this through .ci/step."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import docsite
import guards
import workspace
from runner import Job, Report, Step, StepFailed
from workspace import COLLECTION, CONTROLLER, CORES, LINK, ROOT, WORK, venv_dir

# What a user gets; anything else in the tarball, or any of these missing, is a mistake.
SHIPPED = {
    "CHANGELOG.md", "CHANGELOG.rst", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "COPYING", "FILES.json", "LICENSES", "MANIFEST.json",
    "README.md", "changelogs", "docs", "examples", "extensions", "meta", "playbooks", "plugins", "requirements.txt", "roles",
}  # fmt: skip


def tool(name: str, program: str) -> str:
    return str(venv_dir(name) / "bin" / program)


def environment(name: str = "test", *, collections: Path = LINK) -> dict[str, str]:
    return workspace.environment(venv_dir(name), collections=collections)


# Tests that wait for real time-outs and count seconds: they want a machine of their own.
FAULTS = ("test_faults_*.py", "test_complete_*.py", "test_scale_*.py", "test_interrupt_*.py", "test_security_*.py")

# With a real ansible-rulebook, which wants an environment of its own and Java.
RULEBOOK = "test_rulebook_*.py"


def pytest(
    job: Job, *folders: str, extra: list[str] | None = None, least: int = 1, wrap: tuple[str, ...] = (), **more: str
) -> str:
    missing = [folder for folder in folders if not (ROOT / folder).is_dir()]
    if missing:
        raise StepFailed(f"there is no {missing[0]}")
    junit = WORK / "junit" / f"{job.name}.xml"
    junit.unlink(missing_ok=True)
    options = [
        "-q",
        f"--basetemp={WORK}/tmp/pytest-{job.name}",
        f"--junitxml={junit}",
        "-o",
        f"cache_dir={WORK}/cache/{job.name}",
    ]
    command = [tool("test", "python"), *wrap, "-m", "pytest", *folders, *options, *(extra or [])]
    job.run(command, env={**environment(), **more}, cwd=ROOT)
    return guards.pytest_count(junit, least)


def unit(job: Job) -> str:
    return pytest(job, "tests/unit", extra=["-n", "auto", "--maxprocesses=4", *os.environ.get("ARGS", "").split()])


def acceptance(job: Job) -> str:
    more = {f"CLOUD_VPN_{name.upper()}_PYTHON": tool(name, "python") for name in ("keystone", "pipelines")}
    if shutil.which("chromium", path=environment()["PATH"]):
        more["CLOUD_VPN_AXE"] = str(workspace.get_axe(job.run, venv_dir("test")))
    ignored = [f"--ignore-glob=*/{name}" for name in (*FAULTS, RULEBOOK)]
    arguments = ["--durations=15", *ignored, *os.environ.get("ARGS", "").split()]
    return pytest(job, "tests/acceptance", "tests/integration/keystone", extra=arguments, **more)


def rulebook(job: Job) -> str:
    if not shutil.which("java", path=environment()["PATH"]):
        return "NOT RUN, nothing was tested: there is no Java 17 (Debian: apt install openjdk-17-jre-headless)"
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests/acceptance").glob(RULEBOOK))
    java = {"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {}
    python = {"CLOUD_VPN_RULEBOOK_PYTHON": tool("rulebook", "python")}
    arguments = ["--durations=5", *os.environ.get("ARGS", "").split()]
    return pytest(job, extra=[*files, *arguments], **python, **java)


def faults(job: Job) -> str:
    files = sorted(str(path.relative_to(ROOT)) for name in FAULTS for path in (ROOT / "tests/acceptance").glob(name))
    return pytest(job, extra=[*files, "--durations=15", *os.environ.get("ARGS", "").split()], least=100)


def coverage(job: Job) -> str:
    data = WORK / "coverage"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    note = pytest(job, "tests/unit", wrap=("-m", "coverage", "run"))
    report = job.run([tool("test", "coverage"), "report"], env=environment(), cwd=ROOT)
    total = re.search(r"^TOTAL.*?(\d+)%$", report, re.MULTILINE)
    if not total:
        raise StepFailed("coverage saw nothing of module_utils")
    return f"{note}, {total[1]} % of module_utils covered (branches too)"


def ansible_test(job: Job, tree: str, command: str, *options: str, shipped: Path | None = None) -> tuple[Path, str]:
    folder = workspace.copy_tree(job.run, tree, shipped)
    workspace.offer_get_pip(venv_dir("test"))
    settings = folder / "tests" / "integration" / "integration.cfg"
    if command == "integration" and not settings.exists():
        # The environment is filtered, and without this modules unpack in the home folder of the password database.
        settings.write_text(f"[defaults]\nremote_tmp = {workspace.HOME}/.ansible/tmp\n", encoding="utf-8")
    junit = folder / "tests" / "output" / "junit"
    shutil.rmtree(junit, ignore_errors=True)
    output = job.run([tool("test", "ansible-test"), command, "--color", "no", *options], env=environment(), cwd=folder)
    return junit, output


def sanity(job: Job) -> str:
    ignored = [
        path.name for path in (ROOT / "tests" / "sanity").glob("ignore*") if path.read_text(encoding="utf-8").strip()
    ]
    if ignored:
        raise StepFailed(f"ignore entries are not wanted: {', '.join(ignored)}")
    # pslint is for PowerShell, of which there is none.
    junit, output = ansible_test(job, "sanity", "sanity", "--local", "--junit", "--skip-test", "pslint")
    return guards.sanity_count(junit, output)


def unit_matrix(job: Job) -> str:
    junit, output = ansible_test(job, "test", "units", "--venv", *os.environ.get("ARGS", "").split())
    return guards.units_count(junit, output, CONTROLLER)


def units(job: Job) -> str:
    """What modules need on the oldest Python that they may meet, all else on the controller's; "coverage" runs all there."""
    path = environment()["PATH"]
    oldest = next(
        version for version in (f"3.{minor}" for minor in range(9, 15)) if shutil.which(f"python{version}", path=path)
    )
    notes = []
    everywhere = ("module_utils", "modules")
    folders = sorted((ROOT / "tests" / "unit" / "plugins").iterdir())
    others = [f"tests/unit/plugins/{one.name}/" for one in folders if one.is_dir() and one.name not in everywhere]
    for version, targets in {oldest: [], CONTROLLER: others if oldest != CONTROLLER else []}.items():
        junit, output = ansible_test(job, "test", "units", "--venv", "--python", version, *targets)
        notes.append(guards.units_count(junit, output, version))
    return "; ".join(notes)


def test_matrix(job: Job) -> str:
    """Each ansible-core: units on every Python for modules, integration with the oldest and the newest controller."""
    path = environment()["PATH"]
    notes = []
    for core in os.environ.get("ARGS", "").split() or CORES:
        found = [(version, shutil.which(f"python{version}", path=path)) for version in CORES[core]]
        pythons = {version: python for version, python in found if python}
        if not pythons:
            raise StepFailed(f"ansible-core {core} needs one of Python {', '.join(CORES[core])}")
        newest = next(reversed(pythons))
        for version in dict.fromkeys((next(iter(pythons)), newest)):
            names = ["integration", *(["unit-matrix"] if version == newest else [])]
            env = {**os.environ, "ANSIBLE_CORE": core, "PYTHON": str(pythons[version]), "ARGS": ""}
            output = job.run([str(ROOT / ".ci" / "step"), *names], env=env, cwd=ROOT, limit=5400.0)
            notes += [f"{core} on {version}: {line}" for line in re.findall(r"^pass  (?!install)(.*)$", output, re.M)]
    job.say("\n".join(notes) + "\n")
    return f"{len(notes)} runs of units and integration on ansible-core {', '.join(CORES)}"


def integration(job: Job) -> str:
    """The targets run against the installed tarball: what is missing in it, users would miss."""
    targets = ROOT / "tests" / "integration" / "targets"
    if not targets.is_dir():
        raise StepFailed("there is no tests/integration/targets")
    names = os.environ.get("ARGS", "").split()
    pack(job)
    shipped = WORK / "install" / "ansible_collections" / workspace.NAMESPACE / workspace.NAME
    options = ("--venv", "--python", CONTROLLER, *names)
    _junit, output = ansible_test(job, "shipped", "integration", *options, shipped=shipped)
    return f"targets {' '.join(names)}" if names else guards.integration_count(targets, output)


def lint(job: Job) -> str:
    tree = workspace.copy_tree(job.run, "lint")
    env = environment(collections=WORK / "tree" / "lint")
    package = f"ansible_collections.{COLLECTION}.plugins.module_utils"
    mypy = [tool("test", "mypy"), "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", f"{WORK}/cache/mypy"]
    output: dict[str, str] = {}
    failed = []
    # One complaint must not hide the others.
    for name, command, folder in (
        ("ruff", [tool("test", "ruff"), "check", "."], ROOT),
        ("ruff format", [tool("test", "ruff"), "format", "--check", "."], ROOT),
        ("shellcheck", [tool("test", "shellcheck"), ".ci/run", ".ci/step"], ROOT),
        ("yamllint", [tool("test", "yamllint"), "--strict", "."], tree),
        ("mypy", [*mypy, "-p", package], LINK),
        ("reuse", [tool("test", "reuse"), "--root", str(tree), "lint", "--lines"], tree),
        ("ansible-lint", [tool("test", "ansible-lint"), "--nocolor", "--strict"], tree),
    ):
        try:
            output[name] = job.run(command, env={**env, "MYPYPATH": str(LINK)}, cwd=folder)
        except StepFailed:
            failed.append(name)
    if failed:
        raise StepFailed(f"complaints by {', '.join(failed)}")
    typed = re.search(r"no issues found in (\d+) source files", output["mypy"])
    linted = re.search(r"0 warning\(s\) in (\d+) files", output["ansible-lint"])
    if not typed or not linted or int(linted[1]) < 5:
        raise StepFailed("mypy or ansible-lint looked at nothing")
    return f"ruff, yamllint, shellcheck, reuse, mypy --strict ({typed[1]} files), ansible-lint production ({linted[1]} files)"


def docs(job: Job) -> str:
    env = environment(collections=WORK / "tree" / "lint")
    tree = workspace.copy_tree(job.run, "lint")
    flags = ["--plugin-docs", "--validate-collection-refs", "self", "--check-extra-docs-refs"]
    job.run([tool("test", "antsibull-docs"), "lint-collection-docs", *flags, "."], env=env, cwd=tree)
    job.run([tool("test", "antsibull-changelog"), "lint"], env=env, cwd=tree)
    job.run(
        [tool("test", "antsibull-changelog"), "lint-changelog-yaml", "changelogs/changelog.yaml"], env=env, cwd=tree
    )
    listing = job.run([tool("test", "ansible-doc"), "--list", "--type", "module", COLLECTION], env=env, cwd=tree)
    if f"{COLLECTION}.alibaba_vpn_connection_logs_facts" not in listing:
        raise StepFailed("ansible-doc does not know the modules")
    return "antsibull-docs, antsibull-changelog"


def site(job: Job) -> str:
    tree = workspace.copy_tree(job.run, "lint")
    return docsite.build(job, environment(collections=WORK / "tree" / "lint"), tree)


def pack(job: Job) -> Path:
    """Build the tarball, install it offline below .work/install, and return it."""
    env = environment(collections=WORK / "install")
    tree = workspace.copy_tree(job.run, "lint")
    for name in ("dist", "install", "elsewhere"):
        shutil.rmtree(WORK / name, ignore_errors=True)
    elsewhere = WORK / "elsewhere"
    elsewhere.mkdir()
    galaxy = [tool("test", "ansible-galaxy"), "collection"]
    job.run([*galaxy, "build", "--output-path", str(WORK / "dist")], env=env, cwd=tree)
    tarball = next((WORK / "dist").glob("*.tar.gz"))
    job.run(
        [*galaxy, "install", "--offline", "--force", "-p", str(WORK / "install"), str(tarball)], env=env, cwd=elsewhere
    )
    job.run([*galaxy, "verify", "--offline", COLLECTION, "-p", str(WORK / "install")], env=env, cwd=elsewhere)
    return tarball


def build(job: Job) -> str:
    tarball = pack(job)
    env, elsewhere = environment(collections=WORK / "install"), WORK / "elsewhere"
    with tarfile.open(tarball) as archive:
        names = [member.name for member in archive if member.isfile()]
    top = {name.split("/")[0] for name in names}
    if top != SHIPPED:
        raise StepFailed(f"tarball: not expected {sorted(top - SHIPPED)}, missing {sorted(SHIPPED - top)}")
    # The playbook is copied away: from the checkout ansible would find the collection beside it.
    shutil.copyfile(ROOT / ".ci" / "installed.yml", elsewhere / "installed.yml")
    env["CLOUD_VPN_SESSION"] = str(ROOT / "tests" / "corpus" / "charon" / "ikev1_success.init.log")
    played = job.run([tool("test", "ansible-playbook"), "installed.yml"], env=env, cwd=elsewhere)
    if not re.search(r"ok=[1-9]\d* .*failed=0", played):
        raise StepFailed("the playbook with the installed collection did nothing")
    return f"{tarball.name}, {len(names)} files, {tarball.stat().st_size // 1024} KiB; installed and used offline"


def importer(job: Job) -> str:
    tarball = next((WORK / "dist").glob("*.tar.gz"), None)
    if tarball is None:
        tarball = pack(job)
    settings = WORK / "tmp" / "galaxy-importer.cfg"
    settings.write_text("[galaxy-importer]\nCHECK_CHANGELOG=True\nCHECK_REQUIRED_TAGS=True\n", encoding="utf-8")
    env = {**environment("importer"), "GALAXY_IMPORTER_CONFIG": str(settings)}
    (WORK / "elsewhere").mkdir(exist_ok=True)
    output = job.run(
        [tool("importer", "python"), "-m", "galaxy_importer.main", str(tarball)], env=env, cwd=WORK / "elsewhere"
    )
    bad = [line.strip() for line in output.splitlines() if re.match(r"(WARNING|ERROR)\b", line)]
    if bad:
        raise StepFailed(f"galaxy-importer: {bad[0]} ({len(bad)} in all)")
    if "Importer processing completed successfully" not in output:
        raise StepFailed("galaxy-importer did not come to its end")
    return "galaxy-importer without warnings"


def demo(job: Job) -> str:
    output = job.run([tool("demo", "python"), "demo/run.py"], env=environment("demo"), cwd=ROOT)
    return output.rstrip().rpartition("\n")[2].strip()


def format_code(job: Job) -> str:
    job.run([tool("test", "ruff"), "format", "."], env=environment(), cwd=ROOT)
    return "ruff format"


def program(path: str) -> Callable[[Job], str]:
    """A step that runs a program of ours; its last line is the note."""

    def step(job: Job) -> str:
        command = [tool("test", "python"), path, *os.environ.get("ARGS", "").split()]
        output = job.run(command, env={**environment(), "PYTHONPATH": f"{LINK}:{ROOT}/tests"}, cwd=ROOT)
        return output.rstrip().rpartition("\n")[2].strip()

    return step


STEPS = {
    step.name: step
    for step in (
        Step("demo", demo, "a change that breaks both tunnels, is found out, and mended", ("demo",)),
        Step("unit", unit, "unit tests on one Python, in the checkout (ARGS='-k name')", ("test",)),
        Step("units", units, "unit tests by ansible-test, each on the oldest Python it has to run on", ("test",)),
        Step("unit-matrix", unit_matrix, "unit tests by ansible-test on every Python there is", ("test",)),
        Step("test-matrix", test_matrix, "units and integration on every ansible-core (ARGS=2.18)"),
        Step("sanity", sanity, "ansible-test sanity, without ignore entries", ("test",)),
        Step("integration", integration, "integration targets by ansible-test (ARGS=target)", ("test",)),
        Step(
            "acceptance",
            acceptance,
            "the whole path against the simulator and a real Keystone, the clouds' own clients, and pipelines",
            ("test", "keystone", "pipelines"),
        ),
        Step("rulebook", rulebook, "the event source in a real ansible-rulebook (needs Java 17)", ("test", "rulebook")),
        Step(
            "faults", faults, "faults, completeness, scale, interruption, and security, with real time-outs", ("test",)
        ),
        Step("coverage", coverage, "unit tests, and how much of module_utils they reach", ("test",)),
        Step("lint", lint, "ruff, yamllint, mypy --strict, reuse, ansible-lint (production)", ("test",)),
        Step("docs", docs, "documentation of plugins and changelog", ("test",)),
        Step("docsite", site, "the documentation site, with warnings as errors", ("test",)),
        Step("build", build, "build the tarball, install it offline, use it", ("test",)),
        Step("importer", importer, "what Galaxy would say about the tarball", ("test", "importer")),
        Step(
            "corpus-score",
            program("tests/corpus_score.py"),
            "verdicts and reasons against the labeled sessions",
            ("test",),
        ),
        Step(
            "soak",
            program("tests/soak.py"),
            "300 connections, 200,000 lines, long trickles: some fifteen minutes",
            ("test",),
        ),
        Step("fuzz", program("tests/fuzz_logs.py"), "a million hostile log lines", ("test",)),
        Step("bench-logs", program("tests/bench_logs.py"), "log lines a second and bytes a line", ("test",)),
        Step("bench", program("tests/bench"), "speed beside the clouds' SDKs and uri loops (ARGS=name)", ("test",)),
        Step("format", format_code, "format the Python code", ("test",)),
    )
}
# "make test": two lanes for two cores. Steps of one lane share files, and the longest lane decides.
LANES = [
    ["units", "integration", "lint", "docs", "docsite", "build", "importer"],
    ["sanity", "coverage", "corpus-score", "acceptance", "rulebook", "demo"],
]
# What counts seconds comes when nothing else runs.
AFTER = ["faults"]


def main(names: list[str]) -> int:
    everything = names == ["test"]
    lanes = [*LANES, AFTER] if everything else [names]
    unknown = [name for lane in lanes for name in lane if name not in STEPS]
    if unknown or not names:
        print(f"unknown step: {' '.join(unknown)}; known: test {' '.join(STEPS)}", file=sys.stderr)
        return 2
    start = time.monotonic()
    hosts = workspace.prepare()
    secrets = re.compile("|".join(re.escape(host) for host in hosts) or r"(?!)")
    report = Report(WORK / "logs", secrets, echo=not everything)
    venvs = sorted({venv for lane in lanes for name in lane for venv in STEPS[name].needs})

    def install(job: Job) -> str:
        made = [workspace.make_venv(job.run, name) for name in venvs]
        return f"Python {CONTROLLER}: " + ", ".join(path.name for path in made)

    quiet = Report(WORK / "logs", secrets)
    if quiet.play(Step("install", install, "")):
        if everything and os.environ.get("JOBS") != "1":
            report.lanes([[STEPS[name] for name in lane] for lane in LANES])
            report.lanes([[STEPS[name] for name in AFTER]])
        else:
            for lane in lanes:
                for name in lane:
                    report.play(STEPS[name])
    failed = report.failed + quiet.failed
    if everything or failed:
        print(
            f"{time.monotonic() - start:.0f} s; logs in .work/logs"
            + (f"; failed: {', '.join(failed)}" if failed else "")
        )
        print(f"steps: {len(report.passed)} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
