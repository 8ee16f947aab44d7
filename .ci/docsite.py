# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation site as a collection's site is made, offline, with every warning an error."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path

from runner import Job, StepFailed
from workspace import COLLECTION, WORK

SITE = WORK / "site"
PAGES = SITE / "build" / "html"
# What our pages refer to in the documentation of ansible-core. A site that is built online finds these labels in the
# inventory of that documentation; any other label that is not ours is a mistake.
OUTSIDE = {
    "ansible_collections.ansible.builtin.set_fact_module": (
        "collections/ansible/builtin/set_fact_module.html",
        "set_fact",
    ),
    "ansible_configuration_settings": ("reference_appendices/config.html", "Ansible Configuration Settings"),
    "common_return_values": ("reference_appendices/common_return_values.html", "Return Values"),
}


def build(job: Job, env: Mapping[str, str], tree: Path) -> str:
    """Make .work/site from ``tree``, and return how many pages it has."""
    shutil.rmtree(SITE, ignore_errors=True)
    SITE.mkdir(parents=True)
    SITE.chmod(0o755)  # antsibull-docs refuses a folder that others can write to
    options = ["--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", str(SITE)]
    options += ["--project", COLLECTION, "--copyright", f"Contributors to the {COLLECTION} collection"]
    title = f"{COLLECTION} documentation"
    job.run(["antsibull-docs", "sphinx-init", *options, "--title", title, COLLECTION], env=env, cwd=WORK)
    inventory = SITE / "outside.inv"
    inventory.write_bytes(_inventory())
    mapping = {"core": ("https://docs.ansible.com/projects/ansible/devel/", str(inventory))}
    with (SITE / "conf.py").open("a", encoding="utf-8") as settings:
        settings.write(f"\nintersphinx_mapping = {mapping!r}\n")
    job.run(["bash", "build.sh"], env=env, cwd=SITE)
    return _count(tree)


def _inventory() -> bytes:
    lines = [
        f"{label} std:label -1 {page}#{label.replace('_', '-')} {title}\n" for label, (page, title) in OUTSIDE.items()
    ]
    head = (
        "# Sphinx inventory version 2\n# Project: core\n# Version: devel\n# The remainder is compressed using zlib.\n"
    )
    return head.encode() + zlib.compress("".join(lines).encode())


def _count(tree: Path) -> str:
    """Every plugin, role, and guide has a page; sphinx does not miss what it was never told of."""
    kinds = {"modules": "module", "lookup": "lookup", "filter": "filter", "test": "test"}
    wanted = {
        f"{path.stem}_{kind}" for folder, kind in kinds.items() for path in (tree / "plugins" / folder).glob("[!_]*.py")
    }
    wanted |= {f"{path.name}_role" for path in (tree / "roles").iterdir()}
    wanted |= {f"docsite/{path.stem}" for path in (tree / "docs" / "docsite" / "rst").glob("*.rst")}
    missing = sorted(name for name in wanted if not (PAGES / f"{name}.html").exists())
    if missing:
        raise StepFailed(f"the site has no page for {', '.join(missing)}")
    return f"{len(wanted)} pages without a warning: .work/site/build/html/index.html"
