# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of options, the fragments, and the documents of modules and lookup say the same.

Kept with the lookup because only a controller has the means to read documents.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import (
    INI_SECTION,
    OPTIONS,
    PROVIDERS,
    lookup_aliases,
    options_of,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._session import VERSION

PLUGINS = "ansible_collections.netops.cloud_vpn.plugins."
COLLECTION = Path(__file__).resolve().parents[4]


def merge(target, source):
    """As ansible-core merges a fragment: what is there already wins, one level deep."""
    for key, value in source.items():
        if key in target:
            value = dict(value, **target[key])
        target[key] = value


def document(kind, name):
    doc = yaml.safe_load(importlib.import_module(PLUGINS + kind + "." + name).DOCUMENTATION)
    doc.setdefault("attributes", {})
    for reference in doc.get("extends_documentation_fragment", []):
        _ns, _collection, fragment, *section = reference.split(".")
        module = importlib.import_module(PLUGINS + "doc_fragments." + fragment)
        text = getattr(module.ModuleDocFragment, section[0].upper() if section else "DOCUMENTATION")
        part = yaml.safe_load(text)
        merge(doc["options"], part.get("options") or {})
        merge(doc["attributes"], part.get("attributes") or {})
        doc.setdefault("notes", []).extend(part.get("notes", []))
    return doc


def module_doc(provider):
    return document("modules", provider + "_vpn_connection_logs_facts")


CASES = [(provider, option) for provider in PROVIDERS for option in options_of(provider)]


@pytest.mark.parametrize("provider, option", CASES, ids=lambda value: getattr(value, "name", value))
def test_module_options(provider, option):
    doc = module_doc(provider)["options"][option.name]
    assert doc["type"] == option.type
    assert doc.get("default") == option.default
    assert tuple(doc.get("choices", ())) == option.choices
    assert set(doc.get("aliases", ())) == set(option.all_aliases(provider))
    assert doc.get("elements") == option.elements
    assert doc.get("required", False) == option.required
    for sub in option.suboptions:
        assert doc["suboptions"][sub.name]["type"] == sub.type
        assert doc["suboptions"][sub.name].get("required", False) == sub.required
        assert tuple(doc["suboptions"][sub.name].get("aliases", ())) == sub.aliases
    assert set(doc.get("suboptions", {})) == {sub.name for sub in option.suboptions}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_module_documents_nothing_else(provider):
    doc = module_doc(provider)
    assert set(doc["options"]) == {option.name for option in options_of(provider)}
    assert doc["attributes"]["check_mode"]["support"] == "full"
    assert doc["attributes"]["action_group"]["membership"] == ["netops.cloud_vpn.all", "netops.cloud_vpn." + provider]


@pytest.mark.parametrize(
    "option", [option for option in OPTIONS if not option.required], ids=lambda option: option.name
)
def test_lookup_options(option):
    doc = document("lookup", "vpn_connection_logs")["options"][option.name]
    assert doc["type"] == option.type
    assert doc.get("default") == option.default
    assert tuple(doc.get("choices", ())) == option.choices
    assert doc.get("elements") == option.elements
    assert set(doc.get("aliases", ())) == set(lookup_aliases(option))
    assert [source["name"] for source in doc.get("env", [])] == ([option.env] if option.env else [])
    assert doc["ini"] == [{"section": INI_SECTION, "key": option.name}]
    assert doc["vars"] == [{"name": option.var}]


def test_lookup_documents_nothing_else():
    doc = document("lookup", "vpn_connection_logs")["options"]
    assert set(doc) - {"_terms", "provider"} == {option.name for option in OPTIONS if not option.required}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_well_known_variables_are_documented(provider):
    doc = module_doc(provider)["options"]
    lookup = document("lookup", "vpn_connection_logs")["options"]
    for option in options_of(provider):
        for name in option.well_known.get(provider, ()):
            assert f"E({name})" in str(doc[option.name]["description"]), name
            assert f"E({name})" in str(lookup[option.name]["description"]), name


def leaves(part, path=()):
    for name, value in part.items():
        inside = value.get("contains")
        if inside:
            yield from leaves(inside, path + (name,))
        else:
            yield path + (name,), value


@pytest.mark.parametrize(
    "kind, name",
    [
        ("modules", "alibaba_vpn_connection_logs_facts"),
        ("modules", "huawei_vpn_connection_logs_facts"),
        ("lookup", "vpn_connection_logs"),
        ("filter", "vpn_parse"),
        ("filter", "vpn_health"),
        ("filter", "vpn_timeline"),
        ("test", "vpn_up"),
    ],
)
def test_every_leaf_of_the_return_values_has_a_sample(kind, name):
    returned = yaml.safe_load(importlib.import_module(PLUGINS + kind + "." + name).RETURN)
    for path, value in leaves(returned):
        assert "sample" in value, path
        assert value["type"], path
    yaml.safe_load(importlib.import_module(PLUGINS + kind + "." + name).EXAMPLES)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_sample_record_has_the_fields_of_the_documented_record(provider):
    module = importlib.import_module(PLUGINS + "modules." + provider + "_vpn_connection_logs_facts")
    facts = yaml.safe_load(module.RETURN)["ansible_facts"]["contains"][provider + "_vpn_connection_logs"]["sample"]
    lookup = importlib.import_module(PLUGINS + "lookup.vpn_connection_logs")
    documented = yaml.safe_load(lookup.RETURN)["_raw"]["contains"]
    (record,) = facts.values()
    assert set(record) == set(documented) - {"query_result"}
    assert set(record["health"]) == set(documented["health"]["contains"])
    assert set(record["logs"][0]) == set(documented["logs"]["contains"])


def test_the_version_is_that_of_the_collection():
    version = re.search(r"^version: *(.*)$", (COLLECTION / "galaxy.yml").read_text(), re.M)
    assert version and version.group(1).strip("\"'") == VERSION


def test_routing_and_groups():
    runtime = yaml.safe_load((COLLECTION / "meta" / "runtime.yml").read_text())
    for provider in PROVIDERS:
        name = provider + "_vpn_connection_logs"
        assert runtime["plugin_routing"]["modules"][name]["redirect"] == "netops.cloud_vpn." + name + "_facts"
        assert runtime["action_groups"][provider] == [name + "_facts"]
    extended = runtime["action_groups"]["all"][0]["metadata"]["extend_group"]
    assert extended == ["netops.cloud_vpn." + provider for provider in PROVIDERS]
