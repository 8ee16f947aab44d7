# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the test playbooks: a call to the simulator's control port, or a file that is changed, between two tasks."""

from __future__ import annotations

import json
import os
import urllib.request

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        arguments = json.loads(json.dumps(self._task.args))
        if "chmod" in arguments:
            for path, mode in arguments["chmod"].items():
                os.chmod(path, int(mode, 8))
            return result
        if "look" in arguments:
            url = arguments["look"]
            if url is None:
                return {**result, "requests": [], "failures": {}}
            result["requests"] = _call("GET", f"{url}/requests")
            result["failures"] = _call("GET", f"{url}/state")["failures"]
            _call("DELETE", f"{url}/requests")
            return result
        result["answer"] = _call(arguments["method"], arguments["url"], arguments.get("body"))
        return result


def _call(method, url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as response:
        return json.load(response)
