# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The asyncio half of the event source: what it puts when, what it keeps, and how it ends."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time

import pytest

from ansible_collections.netops.cloud_vpn.extensions.eda.plugins.event_source import vpn_connection_logs as source
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    AuthError,
    OptionsError,
    TransportError,
)
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils._watcher import plan_of
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.events.stories import NOISE, PROBE

from .cloud import UUID, VCO, cloud, live_cloud

__all__ = ["cloud", "live_cloud"]


class Engine:
    """What ansible-rulebook hands over, and takes events from: a queue for one event, wrapped."""

    def __init__(self):
        self.queue = asyncio.Queue(1)
        self.taken = []

    async def put(self, event):
        await self.queue.put(event)

    async def take(self, count=None):
        while count is None or count > 0:
            self.taken.append((await self.queue.get())["vpn"])
            count = None if count is None else count - 1

    def kinds(self):
        return [event["type"] for event in self.taken]


@pytest.fixture
def quick(monkeypatch):
    """Looks follow each other without the second that is the least `delay`."""
    monkeypatch.setattr(source, "plan_of", lambda args, now: plan_of(args, now)._replace(delay=0.02, max_delay=0.04))


def arguments(tmp_path=None, **more):
    state = {"state_file": str(tmp_path / "state.json")} if tmp_path else {}
    return {"vpn_connection_ids": [VCO], "region": "eu-central-1", "history": "10m", **state, **more}


def until(condition, seconds=10):
    async def wait():
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not happen"
            await asyncio.sleep(0.01)

    return wait()


async def run(args, during, engine=None, taking=True):
    """Run the event source while `during` runs, and stop it as ansible-rulebook does."""
    engine = engine or Engine()
    running = asyncio.create_task(source.main(engine, args))
    taker = asyncio.create_task(engine.take()) if taking else None
    try:
        await during(engine)
    finally:
        running.cancel()
        ended = await asyncio.gather(running, return_exceptions=True)
        if taker:
            taker.cancel()
    assert isinstance(ended[0], asyncio.CancelledError), ended
    return engine


def test_events_go_on_after_a_restart(live_cloud, quick, tmp_path):
    async def first(engine):
        await until(lambda: engine.taken)
        live_cloud.say(NOISE, NOISE)
        await until(lambda: len(engine.taken) == 3)

    async def second(engine):
        live_cloud.say(PROBE)
        await until(lambda: engine.taken)
        await asyncio.sleep(0.1)

    before = asyncio.run(run(arguments(tmp_path), first))
    live_cloud.say(NOISE)
    after = asyncio.run(run(arguments(tmp_path), second))
    assert before.kinds() == ["verdict", "entry", "entry"]
    assert after.kinds() == ["entry", "entry"]
    assert len({event["id"] for event in before.taken + after.taken}) == 5


@pytest.mark.parametrize("taken", range(6))
def test_what_was_not_taken_is_sent_again(live_cloud, quick, tmp_path, taken):
    """The engine takes some events, one more waits in its queue, and then it is stopped."""
    live_cloud.say(*[f"{NOISE} {number}" for number in range(4)])

    async def during(engine):
        await engine.take(taken)
        await until(lambda: engine.queue.qsize() == (1 if taken < 5 else 0))
        await asyncio.sleep(0.05)

    async def again(engine):
        await until(lambda: len(engine.taken) >= 5 - taken)
        await asyncio.sleep(0.1)

    args = arguments(tmp_path, since="1m")
    first = asyncio.run(run(args, during, taking=False))
    rest = asyncio.run(run(args, again))
    ids = [event["id"] for event in first.taken + rest.taken]
    assert len(first.taken) == taken and len(ids) == len(set(ids)) == 5


def test_the_place_is_kept_while_many_events_are_sent(live_cloud, quick, tmp_path, monkeypatch):
    monkeypatch.setattr(source, "KEEP", 0.0)
    live_cloud.say(*[f"{NOISE} {number}" for number in range(9)])

    async def during(engine):
        await engine.take(5)
        await until(lambda: engine.queue.qsize() == 1)
        await asyncio.sleep(0.1)
        (place,) = json.loads((tmp_path / "state.json").read_text())["connections"].values()
        # The verdict and four entries were taken; the sixth event waits in the queue.
        assert place["verdicts"][""]["state"] == "unknown"
        assert sum(len(marks) for marks in place["seen"].values()) in (3, 4)

    asyncio.run(run(arguments(tmp_path, since="1m"), during, taking=False))


def test_a_verdict_is_announced_before_it_is_sent(live_cloud, quick, tmp_path):
    """Whoever finds the file after a crash here sends a verdict, also if it is the old one again."""

    async def during(engine):
        await until(lambda: engine.queue.qsize() == 1)
        (place,) = json.loads((tmp_path / "state.json").read_text())["connections"].values()
        assert (place["unsure"], place["verdicts"]) == ([""], {})

    asyncio.run(run(arguments(tmp_path), during, taking=False))


def test_a_crash_sends_again_with_the_same_id(live_cloud, quick, tmp_path, monkeypatch):
    monkeypatch.setattr(source.PlaceFile, "save", lambda self, places: None)
    live_cloud.say(NOISE)

    async def during(engine):
        await until(lambda: len(engine.taken) == 2)

    args = arguments(tmp_path, since="1m")
    first, second = (asyncio.run(run(args, during)) for _turn in range(2))
    assert [event["id"] for event in first.taken] == [event["id"] for event in second.taken]


def test_with_feedback_an_event_counts_when_it_is_confirmed(live_cloud, quick, tmp_path):
    live_cloud.say(NOISE)

    async def story():
        confirmed = asyncio.Queue()
        args = arguments(tmp_path, since="1m", feedback=True, eda_feedback_queue=confirmed)

        async def during(engine):
            await until(lambda: len(engine.taken) == 1)
            await asyncio.sleep(0.1)
            assert len(engine.taken) == 1
            confirmed.put_nowait({"meta": {"uuid": "of another event"}})
            confirmed.put_nowait({"meta": {"uuid": engine.taken[0]["id"]}})
            await until(lambda: len(engine.taken) == 2)

        first = await run(args, during)

        async def again(engine):
            await until(lambda: engine.taken)

        return first, await run({**args, "feedback": False, "eda_feedback_queue": None}, again)

    first, second = asyncio.run(story())
    assert second.taken == [first.taken[1]]


def test_blind_and_sighted(live_cloud, quick, caplog):
    async def during(engine):
        await until(lambda: engine.taken)
        live_cloud.problems[VCO] = TransportError("The connection was refused.")
        await until(lambda: engine.kinds()[-1] == "blind")
        await asyncio.sleep(0.2)
        live_cloud.say(NOISE)
        live_cloud.problems.clear()
        await until(lambda: engine.kinds()[-1] == "entry")

    engine = asyncio.run(run(arguments(), during))
    assert engine.kinds() == ["verdict", "blind", "sighted", "entry"]
    assert caplog.text.count("The connection was refused.") == 1


def test_both_clouds_side_by_side(live_cloud, quick):
    async def during(engine):
        await until(lambda: len(engine.taken) == 2)
        live_cloud.problems[UUID] = TransportError("It is gone.")
        await until(lambda: len(engine.taken) == 3)
        live_cloud.say(NOISE)
        await until(lambda: len(engine.taken) == 4)

    engine = asyncio.run(run(arguments(vpn_connection_ids=[VCO, UUID]), during))
    assert [(event["type"], event["connection_id"]) for event in engine.taken[2:]] == [("blind", UUID), ("entry", VCO)]


def test_the_loop_is_never_blocked_and_the_end_is_quick(live_cloud, quick):
    entered, release = threading.Event(), threading.Event()
    fetch = live_cloud.fetch

    def slow(*args):
        entered.set()
        release.wait(30)
        return fetch(*args)

    live_cloud.fetch, live_cloud.close = slow, release.set

    async def during(engine):
        await until(entered.is_set)
        before = time.monotonic()
        for _turn in range(50):
            await asyncio.sleep(0.002)
        assert time.monotonic() - before < 5

    before = time.monotonic()
    asyncio.run(run(arguments(), during))
    assert time.monotonic() - before < 10


@pytest.mark.parametrize(
    "args, words",
    [
        ({"vpn_connection_ids": [VCO], "intervall": 5}, "'intervall' is no option of this event source; did you mean"),
        ({"vpn_connection_ids": [VCO], "state_file": "/nowhere/x"}, "state_file: '/nowhere/x' cannot be locked"),
    ],
)
def test_wrong_arguments_end_it_before_any_request(cloud, args, words):
    with pytest.raises(OptionsError) as caught:
        asyncio.run(source.main(Engine(), args))
    assert words in str(caught.value)
    assert cloud.opened == 0


def test_a_wrong_key_ends_it(live_cloud, quick, tmp_path):
    live_cloud.problems["sign-in"] = AuthError("The key is wrong.")
    with pytest.raises(AuthError, match="The key is wrong."):
        asyncio.run(source.main(Engine(), arguments(tmp_path)))
    live_cloud.problems.clear()

    async def during(engine):
        await until(lambda: engine.taken)

    asyncio.run(run(arguments(tmp_path), during))


def test_a_state_that_cannot_be_written_is_no_reason_to_look_away(live_cloud, quick, tmp_path, monkeypatch, caplog):
    async def during(engine):
        await until(lambda: engine.taken)

        def fail(self, places):
            raise OptionsError("state_file: 'x' cannot be written (No space left on device).")

        monkeypatch.setattr(source.PlaceFile, "save", fail)
        live_cloud.say(NOISE)
        await until(lambda: len(engine.taken) == 2)
        live_cloud.say(PROBE)
        await until(lambda: len(engine.taken) == 3)

    asyncio.run(run(arguments(tmp_path), during))
    assert "Events will be repeated after a restart." in caplog.text


def test_two_event_sources_do_not_share_a_file(live_cloud, quick, tmp_path):
    async def during(engine):
        await until(lambda: engine.taken)
        with pytest.raises(OptionsError, match="is in use by another event source"):
            await source.main(Engine(), arguments(tmp_path))

    asyncio.run(run(arguments(tmp_path), during))


def test_urls_are_not_logged(live_cloud, quick, monkeypatch):
    monkeypatch.setattr(logging.getLogger("urllib3"), "level", logging.DEBUG)

    async def during(engine):
        await until(lambda: engine.taken)

    asyncio.run(run(arguments(), during))
    assert not logging.getLogger("urllib3.connectionpool").isEnabledFor(logging.DEBUG)


def test_events_are_plain_json(live_cloud, quick):
    live_cloud.say(NOISE)

    async def during(engine):
        await until(lambda: len(engine.taken) == 2)

    for event in asyncio.run(run(arguments(since="1m"), during)).taken:
        assert json.loads(json.dumps(event)) == event
