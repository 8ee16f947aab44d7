# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user would write instead: the clouds' own SDK in a loop, and our own code without Ansible around it.

``competitors.py alibaba READY ID SINCE UNTIL`` or ``competitors.py {huawei|ours} READY ID...``; prints how many lines came
and how many seconds it took after all imports.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Loop = Callable[[], int]


def alibaba(ready: dict[str, Any], connection: str, since: str, until: str) -> Loop:
    from alibabacloud_tea_openapi.models import Config
    from alibabacloud_tea_util.models import RuntimeOptions
    from alibabacloud_vpc20160428.client import Client
    from alibabacloud_vpc20160428.models import DescribeVpnConnectionLogsRequest

    def loop() -> int:
        cloud = ready["alibaba"]
        config = Config(
            access_key_id=cloud["access_key_id"],
            access_key_secret=cloud["access_key_secret"],
            endpoint=cloud["https"].partition("://")[2],
        )
        client, runtime = Client(config), RuntimeOptions(ca=ready["ca_file"])
        lines: list[str] = []
        page = 0
        while True:
            page += 1
            request = DescribeVpnConnectionLogsRequest(
                region_id=cloud["region"],
                vpn_connection_id=connection,
                from_=int(since),
                to=int(until),
                page_number=page,
                page_size=50,
            )
            logs = client.describe_vpn_connection_logs_with_options(request, runtime).body.data.logs
            lines += logs
            if len(logs) < 50:
                return len(lines)

    return loop


def huawei(ready: dict[str, Any], *connections: str) -> Loop:
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkcore.http.http_config import HttpConfig
    from huaweicloudsdkcore.region.region import Region
    from huaweicloudsdkvpn.v5 import ShowVpnConnectionLogRequest, VpnClient

    def loop() -> int:
        cloud = ready["huawei"]
        config = HttpConfig.get_default_config()
        config.ssl_ca_cert = ready["ca_file"]
        credentials = BasicCredentials(cloud["access_key"], cloud["secret_key"], cloud["project_id"])
        builder = VpnClient.new_builder().with_http_config(config).with_credentials(credentials)
        client = builder.with_region(Region(cloud["region"], cloud["https"])).build()
        answers = [client.show_vpn_connection_log(ShowVpnConnectionLogRequest(one)) for one in connections]
        return sum(len(answer.logs) for answer in answers)

    return loop


def ours(ready: dict[str, Any], *connections: str) -> Loop:
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._collect import collect
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.api import HuaweiProvider
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._session import open_provider
    from ansible_collections.netops.cloud_vpn.plugins.module_utils._validate import validate

    def loop() -> int:
        cloud = ready["huawei"]
        given = {name: cloud[name] for name in ("access_key", "secret_key", "project_id", "region")}
        numbers = {"limit": 1000, "timeout": 30, "deadline": 300, "max_retries": 5, "concurrency": 8}
        given.update(numbers, endpoint=cloud["https"], ca_path=ready["ca_file"], validate_certs=True)
        options = validate({**given, "vpn_connection_ids": list(connections)}, "huawei", {}, time.time())
        with open_provider(HuaweiProvider, options, {}) as provider:
            records = collect(provider, options, warn=lambda text: None)
        return sum(record["count"] for record in records.values())

    return loop


def main() -> None:
    make = {"alibaba": alibaba, "huawei": huawei, "ours": ours}[sys.argv[1]]
    loop = make(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")), *sys.argv[3:])
    began = time.monotonic()
    print(loop(), time.monotonic() - began)


if __name__ == "__main__":
    main()
