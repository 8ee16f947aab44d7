# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clouds' own SDK clients work against the simulator, page by page: that is what makes it believable."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions
from alibabacloud_vpc20160428.client import Client
from alibabacloud_vpc20160428.models import DescribeVpnConnectionLogsRequest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkvpn.v5 import ShowVpnConnectionLogRequest, VpnClient

from simulator.client import Control

STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d( vco-\S+)?")
CORPUS = Path(__file__).resolve().parent.parent / "corpus"


def alibaba_client(ready: dict[str, Any], scheme: str, secret: str | None = None, **config: str) -> Client:
    cloud = ready["alibaba"]
    return Client(
        Config(
            **{
                "access_key_id": cloud["access_key_id"],
                "access_key_secret": secret or cloud["access_key_secret"],
                "endpoint": cloud[scheme].partition("://")[2],
                "protocol": scheme.upper(),
                **config,
            }
        )
    )


def all_pages(client: Client, ready: dict[str, Any], connection: str, since: int, until: int) -> tuple[list[str], int]:
    lines: list[str] = []
    page = 1
    while True:
        request = DescribeVpnConnectionLogsRequest(
            region_id=ready["alibaba"]["region"],
            vpn_connection_id=connection,
            page_number=page,
            page_size=50,
            from_=since,
            to=until,
        )
        body = client.describe_vpn_connection_logs_with_options(request, RuntimeOptions(ca=ready["ca_file"])).body
        assert body.page_number == page and body.is_completed is True
        lines += body.data.logs
        assert body.count == len(body.data.logs)
        if body.count < 50:
            return lines, page
        page += 1


@pytest.mark.parametrize("algorithm", ["v3", "v2"])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_alibaba_sdk_reads_a_session_page_by_page(simulator: Control, scheme: str, algorithm: str) -> None:
    connection = "vco-m5esdktest0000000001"
    name = "iked/v1_up_resp.debug"
    simulator.connection(id=connection, cloud="alibaba", history=[{"session": name, "ends": "-5s"}])
    extra = {"signature_algorithm": "v2"} if algorithm == "v2" else {}
    client = alibaba_client(simulator.ready, scheme, **extra)
    now = int(time.time())
    lines, pages = all_pages(client, simulator.ready, connection, now - 300, now)
    recorded = (CORPUS / f"{name}.log").read_text().splitlines()
    assert pages == len(recorded) // 50 + 1
    # All but stamp and connection is as the daemon printed it.
    assert [STAMP.sub("", line) for line in lines] == [STAMP.sub("", line) for line in recorded]
    assert {line.split(" ")[2] for line in lines} == {connection}
    log = simulator.requests(service="alibaba")
    assert {entry["scheme"] for entry in log} == {"v1" if algorithm == "v2" else "v3"}
    assert all(entry["verified"] and entry["status"] == 200 for entry in log)


def test_alibaba_sdk_with_sts_token(simulator: Control) -> None:
    client = alibaba_client(simulator.ready, "https", **simulator.ready["alibaba"]["sts"])
    now = int(time.time())
    lines, _pages = all_pages(client, simulator.ready, simulator.ready["alibaba"]["connections"][0], now - 600, now)
    assert lines


def test_alibaba_sdk_with_a_wrong_secret(simulator: Control) -> None:
    client = alibaba_client(simulator.ready, "https", secret="not-the-secret")
    now = int(time.time())
    with pytest.raises(Exception, match="SignatureDoesNotMatch"):
        all_pages(client, simulator.ready, simulator.ready["alibaba"]["connections"][0], now - 600, now)


def huawei_client(ready: dict[str, Any], secret: str | None = None, project: str | None = None) -> VpnClient:
    cloud = ready["huawei"]
    credentials = BasicCredentials(cloud["access_key"], secret or cloud["secret_key"], project).with_iam_endpoint(
        ready["iam"]["https"]
    )
    config = HttpConfig.get_default_config()
    config.ssl_ca_cert = ready["ca_file"]
    builder = VpnClient.new_builder().with_http_config(config).with_credentials(credentials)
    return builder.with_region(Region(cloud["region"], cloud["https"])).build()


def test_huawei_sdk_finds_the_project_and_reads_a_session(simulator: Control) -> None:
    ready = simulator.ready
    client = huawei_client(ready)
    connection = ready["huawei"]["connections"][0]
    answer = client.show_vpn_connection_log(ShowVpnConnectionLogRequest(vpn_connection_id=connection))
    held = simulator.lines(connection)
    assert [(log.time, log.raw_message) for log in answer.logs] == [(int(epoch), raw) for epoch, raw in held]
    assert len(held) == 4
    # Once a second client of the same key comes, the SDK has the project in its cache: only the first asks IAM.
    assert {entry["scheme"] for entry in simulator.requests(service="huawei")} == {"aksk"}


def test_huawei_sdk_with_a_wrong_secret(simulator: Control) -> None:
    ready = simulator.ready
    client = huawei_client(ready, secret="not-the-secret", project=ready["huawei"]["project_id"])
    request = ShowVpnConnectionLogRequest(vpn_connection_id=ready["huawei"]["connections"][0])
    with pytest.raises(ClientRequestException) as caught:
        client.show_vpn_connection_log(request)
    assert (caught.value.status_code, caught.value.error_code) == (401, "APIGW.0301")


def test_huawei_sdk_with_an_unknown_connection(simulator: Control) -> None:
    client = huawei_client(simulator.ready, project=simulator.ready["huawei"]["project_id"])
    request = ShowVpnConnectionLogRequest(vpn_connection_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(ClientRequestException) as caught:
        client.show_vpn_connection_log(request)
    assert (caught.value.status_code, caught.value.error_code) == (404, "VPN.0004")
