# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the event source says of itself is so: its options, its examples, and the shape of its events."""

from __future__ import annotations

import re
import time
from pathlib import Path

import yaml

from ansible_collections.netops.cloud_vpn.extensions.eda.plugins.event_source import vpn_connection_logs as source
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import TransportError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.shape import Source
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.steps import lose_sight
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import (
    BY_NAME,
    EVENT_OPTIONS,
    NOT_FOR_EVENTS,
    event_names,
)
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._watcher import plan_of
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.events.stories import (
    BASE,
    FAILED,
    NEGOTIATE,
    NOISE,
    VCO,
    Watch,
    ends,
    line,
    stands,
)

COLLECTION = Path(__file__).resolve().parents[4]


def test_its_own_options_are_documented():
    documented = yaml.safe_load(source.DOCUMENTATION)["options"]
    own = {option.name: option for option in (*EVENT_OPTIONS, BY_NAME["vpn_connection_ids"], BY_NAME["since"])}
    assert set(documented) == set(own)
    for name, option in own.items():
        doc = documented[name]
        assert (doc["type"], doc.get("default"), doc.get("required", False)) == (
            option.type,
            option.default,
            option.required,
        ), name
        assert tuple(doc.get("choices", ())) == option.choices, name
        assert tuple(doc.get("aliases", ())) == option.aliases, name


def test_the_other_options_are_those_of_the_lookup():
    names = set(event_names().values())
    assert names == (set(BY_NAME) - set(NOT_FOR_EVENTS)) | {option.name for option in EVENT_OPTIONS}
    assert set(NOT_FOR_EVENTS) < set(BY_NAME)
    notes = " ".join(yaml.safe_load(source.DOCUMENTATION)["notes"])
    assert all(f"C({name})" in notes for name in NOT_FOR_EVENTS if not name.startswith("wait_"))


def test_the_examples_are_valid():
    examples = yaml.safe_load(source.EXAMPLES)
    found = [example for example in examples if "sources" not in example]
    found += [one for example in examples for one in example.get("sources", [])]
    assert len(found) == 3
    for example in found:
        (arguments,) = example.values()
        plan_of({**arguments, "vpn_connection_ids": [VCO]}, time.time())


def shape(value):
    """Keys down to the leaves; lists by their first element."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return None


def samples():
    """The events in the comments of EXAMPLES: by type, and the keys that all of them have."""
    comments = re.findall(r"^# ?(.*)$|^(?!#)", source.EXAMPLES, re.MULTILINE)
    blocks = [block for block in "\n".join(comments).split("\n\n") if block.startswith("vpn:")]
    loaded = [yaml.safe_load(block)["vpn"] for block in blocks]
    return loaded[0], {one["type"]: one for one in loaded[1:]}


def test_events_have_the_shape_that_is_shown():
    common, shown = samples()
    watch = Watch()
    events = watch.look(stands(5), 10)
    events += watch.look([*stands(5), *ends(20), line(21, NEGOTIATE), line(22, FAILED)], 30)
    events += watch.look([line(500, NOISE)], 510, complete=False)
    step = lose_sight(watch.place, Source("alibaba", VCO, None), TransportError("no"), BASE + 600)
    watch.place = step.place
    events += [item.event["vpn"] for item in step.items] + watch.look([], 700)
    assert {event["type"] for event in events} == set(shown) == {"verdict", "entry", "gap", "blind", "sighted"}
    for event in events:
        if event["type"] == "verdict" and event["health"]["state"] == "unknown":
            continue  # it has no evidence to show
        assert shape(event) == shape({**common, **shown[event["type"]]}), event["type"]


def test_it_is_announced_to_galaxy():
    extensions = yaml.safe_load((COLLECTION / "meta" / "extensions.yml").read_text())["extensions"]
    (folder,) = [extension["args"]["ext_dir"] for extension in extensions]
    assert Path(source.__file__).resolve().parent == COLLECTION / "extensions" / folder


def test_the_rulebook_asks_for_what_there_is():
    book = yaml.safe_load((COLLECTION / "extensions" / "eda" / "rulebooks" / "vpn_tickets.yml").read_text())
    for ruleset in book:
        for one in ruleset["sources"]:
            assert set(one["netops.cloud_vpn.vpn_connection_logs"]) <= set(event_names())
        for rule in ruleset["rules"]:
            action = rule["action"].get("run_playbook", {})
            if action:
                assert (COLLECTION / "playbooks" / (action["name"].rpartition(".")[2] + ".yml")).exists()
