# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloud of our own whose logs grow, whose clock may differ, and that may be down."""

from __future__ import annotations

import time

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._provider import Batch, Fetched
from ansible_collections.netops.cloud_vpn.plugins.plugin_utils import _asking
from ansible_collections.netops.cloud_vpn.tests.unit.plugins.module_utils.events.stories import BASE, line

VCO, OTHER = "vco-m5e83sapxp88cgp5f", "vco-m5e1k3e22ya6n1nsk"
UUID = "4e3f0a6e-7a9a-4b0a-8a35-8f0e64a4bd0c"


class Cloud:
    """The provider, its factory, and its controls. `now` is seconds after BASE."""

    region = "eu-central-1"
    credentials_source = None

    def __init__(self, name="alibaba", default_since=600.0):
        self.name, self.default_since = name, default_since
        self.now = 100000.0
        self.clock_is_behind = 0.0
        self.logs = {}
        self.problems = {}
        self.asked = []
        self.opened = self.closed = 0

    def __call__(self, options, http, environ):
        self.opened += 1
        self.options = options
        return self

    def clock(self):
        return BASE + self.now

    def say(self, *texts, at=None, connection_id=VCO):
        at = self.now if at is None else at
        self.logs.setdefault(connection_id, []).extend((at, line(at, text)) for text in texts)

    def add(self, at, raws, connection_id=VCO):
        self.logs.setdefault(connection_id, []).extend((at, raw) for raw in raws)

    def prepare(self, deadline):
        problem = self.problems.get("sign-in")
        if problem:
            raise problem

    def fetch(self, connection_id, tunnel_id, window, deadline, arrive=None):
        problem = self.problems.get(connection_id)
        if problem:
            raise problem
        since = None if window.since is None else window.since - BASE
        self.asked.append((connection_id, since, window.until - BASE))
        lines = [
            raw
            for at, raw in sorted(self.logs.get(connection_id, []), key=lambda pair: pair[0])
            if (since is None or at >= int(since))
            and (self.default_since is None or at <= window.until - BASE)
            and at <= self.now - self.clock_is_behind
        ]
        return Fetched([Batch(window.since, window.until, lines)])

    def server_time(self):
        return BASE + self.now - self.clock_is_behind

    def close(self):
        self.closed += 1


@pytest.fixture
def cloud(monkeypatch):
    made = Cloud()
    monkeypatch.setattr(_asking, "factory_of", lambda _name: made)
    for name in ("CLOUD_VPN_REGION", "ALIBABA_CLOUD_REGION"):
        monkeypatch.delenv(name, raising=False)
    return made


@pytest.fixture
def live_cloud(cloud):
    """One whose clock is the real one."""
    type(cloud).now = property(lambda self: time.time() - BASE, lambda self, value: None)
    yield cloud
    del type(cloud).now
