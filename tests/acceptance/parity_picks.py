# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which key is picked in a given place: by the collection's chain, and by the vendor's own library.

A program: jobs as JSON on stdin, picks as JSON on stdout. Each job runs in a fork with its own environment and folder,
since the libraries read the environment when they are imported (they are imported anew), and keep what they found.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
from typing import Any

# Loaded once for all forks.
import alibabacloud_credentials.client
import certifi
import huaweicloudsdkcore.auth.provider
import openstack.config.loader
import requests.adapters
from alibabacloud_credentials.utils import auth_constant, auth_util

from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.chain import CredentialChain
from ansible_collections.netops.cloud_vpn.plugins.module_utils._alibaba.client import Clock
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import Deadline, HttpClient
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.chain import sources_for
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.credentials import resolve
from ansible_collections.netops.cloud_vpn.plugins.module_utils._huawei.endpoints import iam_url
from ansible_collections.netops.cloud_vpn.plugins.module_utils._options import with_environment

Pick = dict[str, Any]


def ours_alibaba(job: Pick) -> Pick:
    http = HttpClient(ca_path=job["ca_file"], timeout=5, max_retries=0)
    chain = CredentialChain(
        job["options"],
        os.environ,
        http,
        Clock(),
        "https://sts.eu-central-1.aliyuncs.com",
        metadata_url=job["metadata"],
        on_ecs=lambda: bool(job["on_ecs"]),
    )
    found = chain.resolve(Deadline(10))
    return {"key": found.access_key_id, "secret": found.access_key_secret, "token": found.security_token}


def theirs_alibaba(job: Pick) -> Pick:
    certifi.where = lambda: job["ca_file"]
    requests.adapters.DEFAULT_CA_BUNDLE_PATH = job["ca_file"]
    for module in (auth_util, auth_constant):
        importlib.reload(module)
    found = alibabacloud_credentials.client.Client().get_credential()
    return {"key": found.access_key_id, "secret": found.access_key_secret, "token": found.security_token or None}


def _ours(job: Pick) -> Any:
    os.environ["CLOUD_VPN_METADATA_URL"] = job["metadata"] if job["on_ecs"] else "off"
    options = with_environment(job["options"], "huawei", os.environ)
    return resolve(sources_for(options, os.environ), Deadline(10))


def ours_huawei(job: Pick) -> Pick:
    found = _ours(job)
    return {
        "key": found.access_key,
        "secret": found.secret_key,
        "token": found.security_token,
        "project_id": found.project_id,
        "auth_url": _plain_url(found.auth_url),
    }


def theirs_huawei(job: Pick) -> Pick:
    if not job["on_ecs"]:
        os.environ["HTTP_PROXY"] = os.environ["http_proxy"] = "http://127.0.0.1:9"  # nobody answers as metadata service
    found = huaweicloudsdkcore.auth.provider.CredentialProviderChain.get_basic().get_credentials()
    return {
        "key": found.ak,
        "secret": found.sk,
        "token": found.security_token or None,
        "project_id": found.project_id or None,
        "auth_url": _plain_url(os.environ.get("HUAWEICLOUD_SDK_IAM_ENDPOINT") or found.iam_endpoint),
    }


def ours_openstack(job: Pick) -> Pick:
    found = _ours(job)
    return {
        "key": found.access_key,
        "user": found.username or found.user_id,
        "password": found.password,
        "token": found.token,
        "domain": found.domain_id or found.domain_name,
        "project": found.project_id or found.project_name,
        "project_domain": found.project_domain_id or found.project_domain_name or found.domain_id or found.domain_name,
        "region": found.region,
        "auth_url": _plain_url(iam_url(found.region, found.auth_url)),
    }


def theirs_openstack(job: Pick) -> Pick:
    importlib.reload(openstack.config.loader)
    region = openstack.config.loader.OpenStackConfig().get_one(cloud=job["options"].get("cloud"))
    auth = region.config["auth"]
    user = auth.get("username") or auth.get("user_id")
    if not (user or auth.get("token") or auth.get("ak")):
        raise LookupError("nobody to sign in as")
    return {
        "key": auth.get("ak") or region.config.get("ak"),
        "user": user,
        "password": auth.get("password"),
        "token": auth.get("token"),
        "domain": auth.get("user_domain_id") or auth.get("user_domain_name"),
        "project": auth.get("project_id") or auth.get("project_name"),
        "project_domain": auth.get("project_domain_id") or auth.get("project_domain_name"),
        "region": region.region_name or None,
        "auth_url": _plain_url(auth.get("auth_url", "").format(**region.config)),
    }


def _plain_url(url: str | None) -> str | None:
    """How a URL is spelled is no difference."""
    return re.sub(r"^https://|/v3/?$", "", url) if url else None


PICKERS = {
    name: globals()[name]
    for name in (
        "ours_alibaba",
        "theirs_alibaba",
        "ours_huawei",
        "theirs_huawei",
        "ours_openstack",
        "theirs_openstack",
    )
}


def in_a_fork(job: Pick) -> Pick:
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receive)
        try:
            os.chdir(job["folder"])
            os.environ.clear()
            os.environ.update(job["env"])
            answer = {"pick": PICKERS[job["who"]](job)}
        except BaseException as problem:  # noqa: BLE001  (libraries raise what they like, and all of it is an answer)
            answer = {"pick": None, "error": f"{type(problem).__name__}: {problem}"}
        with os.fdopen(send, "w") as stream:
            json.dump(answer, stream)
        os._exit(0)
    os.close(send)
    with os.fdopen(receive) as stream:
        text = stream.read()
    os.waitpid(child, 0)
    return json.loads(text)  # type: ignore[no-any-return]


def main() -> None:
    jobs = json.load(sys.stdin)
    answers = [in_a_fork(job) for job in jobs]
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
