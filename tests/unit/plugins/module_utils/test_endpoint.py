# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._endpoint import service_url
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import OptionsError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vpc.eu-central-1.aliyuncs.com", "https://vpc.eu-central-1.aliyuncs.com"),
        (" HTTPS://VPN.Example.com/ ", "https://vpn.example.com"),
        ("https://iam.example.com:8443/v3/", "https://iam.example.com:8443/v3"),
        ("iam.example.com/v3", "https://iam.example.com/v3"),
        ("localhost:8080", "https://localhost:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.5:1", "http://127.0.0.5:1"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
        ("192.0.2.1", "https://192.0.2.1"),
        ("https://example.com.", "https://example.com."),
        ("https://example.com:0443", "https://example.com:443"),
    ],
)
def test_accepted(text: str, expected: str) -> None:
    assert service_url(text, "endpoint") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://vpc.example.com",
        "http://192.0.2.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://0.0.0.0",
        "ftp://example.com",
        "https://",
        "https:///path",
        "https://user:pw@example.com",
        "https://example.com@evil.example",
        "https://example.com\\@evil.example",
        "https://example.com?x=1",
        "https://example.com#x",
        "https://example.com/../x",
        "https://example.com/a//b",
        "https://example.com/%2e%2e",
        "https://exa mple.com",
        "https://example.com\r\nHost: evil.example",
        "https://example.com:0",
        "https://example.com:65536",
        "https://example.com:",
        "https://example.com:8o",
        "https://[::1",
        "https://[::1]x",
        "https://[fe80::1%25eth0]",
        "https://[not]",
        "https://::1",
        "https://127.1",
        "https://0x7f000001",
        "https://2130706433",
        "https://-example.com",
        "https://example..com",
        "https://exämple.com",
        "https://" + "a" * 64 + ".com",
        "javascript:alert(1)",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(OptionsError) as caught:
        service_url(text, "auth_url")
    assert str(caught.value).startswith("auth_url: ")
    assert "https://service.example.com" in str(caught.value)


def test_a_password_in_the_address_is_not_repeated() -> None:
    with pytest.raises(OptionsError) as caught:
        service_url("https://user:s3cret-pw@example.com", "endpoint")
    assert "s3cret-pw" not in str(caught.value)
