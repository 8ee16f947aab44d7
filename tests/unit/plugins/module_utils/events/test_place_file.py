# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state file: who may read it, and what happens when something is wrong with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.place import Place, Sightings, Verdict
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.place_file import PlaceFile

A, B = "vco-a", "vco-b"
PLACE = Place(5.5, {"m": Sightings(2, 5.0)}, {"": Verdict("id", "up", None, None, None, None)}, 3.0)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "state.json")


@pytest.fixture
def state(path):
    made = PlaceFile(path)
    yield made
    made.close()


def test_what_is_saved_is_loaded(state, path):
    assert state.load([A]) == {}
    state.save({A: PLACE, B: Place(1.0)})
    assert state.load([A, B]) == {A: PLACE, B: Place(1.0)}
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert sorted(os.listdir(os.path.dirname(path))) == ["state.json", "state.json.lock"]


def test_a_connection_that_is_new_has_no_place(state):
    state.save({A: PLACE})
    assert state.load([A, B]) == {A: PLACE}
    assert state.load([A]) == {A: PLACE}


def test_a_file_of_other_connections_is_left_alone(state, path):
    state.save({A: PLACE})
    with pytest.raises(OptionsError, match="is of other VPN connections \\(vco-a\\), not of vco-b"):
        state.load([B])
    assert state.load([A]) == {A: PLACE}


@pytest.mark.parametrize(
    "content, words",
    [
        ("", "is damaged"),
        ('{"format": "netops.cloud_vpn places", "version": 1, "conn', "is damaged"),
        ("\xff\xfe", "is damaged"),
        ("[" * 100000, "is damaged"),
        ("[]", "is something else"),
        ('{"connections": {}}', "is something else"),
        ('{"format": "netops.cloud_vpn places", "version": 2}', "has version 2, and this release"),
        ('{"format": "netops.cloud_vpn places", "version": 1}', "is damaged"),
        ('{"format": "netops.cloud_vpn places", "version": 1, "connections": {"vco-a": {"since": "x"}}}', "is damaged"),
    ],
)
def test_a_damaged_file_is_an_error_and_stays_as_it_is(state, path, content, words):
    with open(path, "w", encoding="latin-1") as stream:
        stream.write(content)
    with pytest.raises(OptionsError) as caught:
        state.load([A])
    assert words in caught.value.message and path in caught.value.message
    with open(path, encoding="latin-1") as stream:
        assert stream.read() == content


def test_a_file_that_others_can_change_is_not_believed(state, path):
    state.save({A: PLACE})
    os.chmod(path, 0o666)
    with pytest.raises(OptionsError, match="can be changed by others \\(mode 0666\\)"):
        state.load([A])


def test_a_link_is_not_followed(state, path, tmp_path):
    os.symlink(tmp_path / "elsewhere", path)
    (tmp_path / "elsewhere").write_text("{}")
    with pytest.raises(OptionsError, match="cannot be read"):
        state.load([A])


def test_one_process_at_a_time(state, path):
    with pytest.raises(OptionsError, match="is in use by another event source"):
        PlaceFile(path)
    state.close()
    PlaceFile(path).close()


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(OptionsError, match="cannot be locked \\(No such file or directory\\)"):
        PlaceFile(str(tmp_path / "no" / "state.json"))


def test_a_write_that_fails_leaves_the_old_file(state, path, monkeypatch):
    state.save({A: PLACE})

    def fail(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OptionsError, match="cannot be written \\(No space left on device\\)"):
        state.save({A: Place(9.0)})
    monkeypatch.undo()
    assert state.load([A]) == {A: PLACE}
    assert sorted(os.listdir(os.path.dirname(path))) == ["state.json", "state.json.lock"]


WRITER = """
import sys
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.place import Place, Sightings
from ansible_collections.netops.cloud_vpn.plugins.module_utils._events.place_file import PlaceFile
state = PlaceFile(sys.argv[1])
print("begun", flush=True)
number = 0
while True:
    number += 1
    state.save({"vco-a": Place(float(number), {str(one): Sightings(1, float(number)) for one in range(3000)})})
"""


def test_a_kill_in_the_middle_leaves_a_whole_file(path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    for _turn in range(3):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, path], env=environment, stdout=subprocess.PIPE)
        assert writer.stdout.readline() == b"begun\n"
        while not os.path.exists(path):
            assert writer.poll() is None
        writer.kill()
        writer.communicate()
        with open(path, encoding="utf-8") as stream:
            assert len(json.load(stream)["connections"]["vco-a"]["seen"]) == 1
        state = PlaceFile(path)
        assert state.load([A])[A].since > 0
        state.close()
