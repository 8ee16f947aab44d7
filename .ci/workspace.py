# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder .work: virtual environments, a private HOME, and copies of the checkout. Nothing is written outside it."""

from __future__ import annotations

import ast
import configparser
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".work"
HOME = WORK / "home"
LINK = WORK / "link"
NAMESPACE, NAME = "netops", "cloud_vpn"
COLLECTION = f"{NAMESPACE}.{NAME}"
CONTROLLER = f"{sys.version_info[0]}.{sys.version_info[1]}"
# Releases of ansible-core under test, and the Pythons that their controllers may have.
CORES = {
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
}

# Carries axe-core 4.12.
AXE = "axe-playwright-python==0.1.8"

# Nothing else of the user's environment gets in: no credentials of a real cloud, no ansible settings.
KEEP = re.compile(
    r"PATH|LANG|LC_\w+|TERM|TZ|USER|LOGNAME|SHELL|CI|HYPOTHESIS_\w+|PYTEST_\w+|(?i:https?_proxy|all_proxy)"
)
# Only what talks to the package index may see these: the clients under test are to bring their own trust.
TRUST = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE")

Run = Callable[..., str]


def interpreter_dirs() -> list[str]:
    """Return the folders of pyenv's interpreters, newest first: its shims exist but fail for versions not selected."""
    roots = [
        Path(entry).parent for entry in os.environ.get("PATH", "").split(os.pathsep) if Path(entry).name == "shims"
    ]
    roots.append(Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv"))
    found = {
        path
        for root in roots
        for path in root.glob("versions/3.*/bin")
        if re.fullmatch(r"3(\.\d+)+", path.parent.name) and path.is_dir()
    }
    return [str(path) for path in sorted(found, key=lambda p: [int(n) for n in p.parent.name.split(".")], reverse=True)]


def environment(venv: Path | None = None, *, trust: bool = False, collections: Path = LINK) -> dict[str, str]:
    """Return the environment of a child: the private HOME, and ``venv`` before the real interpreters on PATH."""
    env = {key: value for key, value in os.environ.items() if KEEP.fullmatch(key)}
    if trust:
        env.update({key: os.environ[key] for key in TRUST if key in os.environ})
        env.update({key: value for key, value in os.environ.items() if key.startswith("PIP_")})
        env.pop("PIP_CACHE_DIR", None)
    path = [str(venv / "bin")] if venv else []
    path += interpreter_dirs()
    path += [entry for entry in env.get("PATH", os.defpath).split(os.pathsep) if Path(entry).name != "shims"]
    env.setdefault("LANG", "C.UTF-8")
    env.update(
        {
            "PATH": os.pathsep.join(path),
            "HOME": str(HOME),
            # By default this one follows the password database, not HOME.
            "ANSIBLE_REMOTE_TEMP": str(HOME / ".ansible" / "tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INJECT_FACT_VARS": "false",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(WORK / "cache" / "hypothesis"),
            "NO_PROXY": "127.0.0.1,localhost,::1",
            "no_proxy": "127.0.0.1,localhost,::1",
            # Byte code of the checkout goes here too.
            "PYTHONPYCACHEPREFIX": str(WORK / "cache" / "pycache"),
            "TMPDIR": str(WORK / "tmp"),
            "CLOUD_VPN_WORK": str(WORK),
        }
    )
    return env


def prepare() -> list[str]:
    """Make the folders, the private HOME, and the link; return the hosts of package indexes, to be kept out of logs."""
    parent = LINK / "ansible_collections" / NAMESPACE
    for path in (HOME, WORK / "tmp", WORK / "logs", WORK / "junit", WORK / "cache", parent):
        path.mkdir(parents=True, exist_ok=True)
    link = parent / NAME
    if not link.is_symlink() or link.resolve() != ROOT:
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT)
    # A copy made by another user, or a checkout owned by one, is fine: everything here is ours to read.
    (HOME / ".gitconfig").write_text("[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n", encoding="utf-8")
    return write_pip_configuration()


def write_pip_configuration() -> list[str]:
    """Write the pip settings of the user and of the environment into the private HOME; return the hosts they name.

    ansible-test hands neither PIP_* nor REQUESTS_CA_BUNDLE on to the pip that it starts; a file it cannot filter.
    """
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False, timeout=60
    ).stdout
    config = configparser.RawConfigParser()
    hosts: list[str] = []
    for line in sorted(listing.splitlines(), key=lambda text: text.startswith(":env:")):
        key, _equals, value = line.partition("=")
        section, _dot, option = key.rpartition(".")
        try:
            text = str(ast.literal_eval(value))
        except (SyntaxError, ValueError):
            continue
        hosts += re.findall(r"://(?:[^/@\s]*@)?([^/\s]+)", text)
        if option in ("cache-dir", "config-file", "no-cache-dir"):
            continue
        section = "global" if section == ":env:" else section
        if not config.has_section(section):
            config.add_section(section)
        config.set(section, option, text)
    bundle = next((os.environ[key] for key in TRUST if os.environ.get(key) and key != "SSL_CERT_DIR"), None)
    if bundle and not config.has_option("global", "cert"):
        if not config.has_section("global"):
            config.add_section("global")
        config.set("global", "cert", bundle)
    path = HOME / ".config" / "pip" / "pip.conf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8") as stream:
        config.write(stream)
    return hosts


def core_requirement() -> str:
    """Return what to install as ansible-core: ANSIBLE_CORE=2.18 takes another release than the newest one."""
    wanted = os.environ.get("ANSIBLE_CORE", "")
    if wanted and not re.fullmatch(r"2\.\d+", wanted):
        raise SystemExit(f"ANSIBLE_CORE={wanted}: a release such as 2.18 is expected")
    return (
        f"ansible-core ~= {wanted}.0\n" if wanted else (ROOT / ".ci/requirements/core.txt").read_text(encoding="utf-8")
    )


def venv_dir(name: str) -> Path:
    """The folder of a virtual environment; that of another ansible-core than the usual one is a place of its own."""
    core = os.environ.get("ANSIBLE_CORE")
    return WORK / "venv" / (f"{name}-{core}-python{CONTROLLER}" if core else name)


def make_venv(run: Run, name: str) -> Path:
    """Make the virtual environment ``name`` unless it is there and up to date, and return its folder."""
    requirements = ROOT / ".ci" / "requirements"
    core = core_requirement()
    files = [
        ROOT / "requirements.txt",
        *sorted(requirements.glob("*.txt")),
        *sorted((ROOT / "tests").glob("*/requirements.txt")),
    ]
    files += sorted((ROOT / "tests").glob("*/*/requirements.txt"))
    wanted = "\n".join([sys.executable, str(ROOT), core, *(file.read_text(encoding="utf-8") for file in files)])
    stamp = hashlib.sha256(wanted.encode()).hexdigest()[:16]
    venv = venv_dir(name)
    done = venv / f"made-{stamp}"
    if done.exists():
        return venv
    shutil.rmtree(venv, ignore_errors=True)
    env = environment(trust=True)
    run([sys.executable, "-m", "venv", str(venv)], env=env)
    constraint = WORK / "tmp" / f"core-{name}.txt"
    constraint.write_text(core, encoding="utf-8")
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run([*pip, "-r", str(constraint), "-r", str(requirements / f"{name}.txt")], env=env)
    done.touch()
    return venv


def get_axe(run: Run, venv: Path) -> Path:
    """Return axe.min.js, the accessibility checker: taken out of the wheel that carries it, not installed with its browser."""
    script = WORK / "cache" / f"{AXE}.min.js"
    if not script.exists():
        with tempfile.TemporaryDirectory(dir=WORK / "tmp") as folder:
            pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
            run([*pip, "--no-deps", "--dest", folder, AXE], env=environment(trust=True))
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
                script.write_bytes(wheel.read("axe_playwright_python/axe.min.js"))
    return script


def listed_files() -> list[str]:
    """Return what git would commit: tracked and new files, without the ignored ones and the deleted ones."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    output = subprocess.run(command, capture_output=True, text=True, check=True, env=environment(), timeout=60).stdout
    return sorted(name for name in output.split("\0") if name and (ROOT / name).is_file())


def copy_tree(run: Run, name: str, shipped: Path | None = None) -> Path:
    """Copy the checkout to .work/tree/NAME/ansible_collections/netops/cloud_vpn and return that folder.

    With ``shipped``, the folder of an installed collection, only the tests are the checkout's.

    ansible-test wants to stand in such a tree, and lists the files by git: below a checkout that ignores the copy
    it would find none and pass, so that the copy gets a repository of its own. Its tests/output stays between runs:
    it holds the virtual environments of ansible-test.
    """
    target = WORK / "tree" / name / "ansible_collections" / NAMESPACE / NAME
    target.mkdir(parents=True, exist_ok=True)
    if not (target / ".git").exists():
        run(["git", "init", "--quiet", str(target)], env=environment())
    wanted = {Path(file): ROOT / file for file in listed_files() if shipped is None or file.startswith("tests/")}
    if shipped is not None:
        wanted.update({path.relative_to(shipped): path for path in shipped.rglob("*") if path.is_file()})
    for folder, folders, files in os.walk(target):
        here = Path(folder).relative_to(target)
        folders[:] = [name for name in folders if (here / name).as_posix() not in (".git", "tests/output")]
        for file in files:
            if here / file not in wanted:
                (target / here / file).unlink()
    for relative, source in wanted.items():
        copy = target / relative
        copy.parent.mkdir(parents=True, exist_ok=True)
        fresh = copy.exists() and (copy.stat().st_mtime_ns, copy.stat().st_size) == (
            source.stat().st_mtime_ns,
            source.stat().st_size,
        )
        if not fresh:
            shutil.copy2(source, copy)
    return target


def offer_get_pip(venv: Path) -> None:
    """Put the stand-in for the get-pip script where ansible-test looks before it asks a web site."""
    found = next(venv.glob("lib/python3*/site-packages/ansible_test/_internal/python_requirements.py"))
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in set(re.findall(r"\bpip='([0-9.]+)'", found.read_text(encoding="utf-8"))):
        shutil.copyfile(ROOT / ".ci" / "get_pip.py", cache / f"get_pip_{version.replace('.', '_')}.py")
