# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS, CA bundles, proxies, and back-off of the HTTP client."""

from __future__ import annotations

import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import time
import typing as t

import pytest
import trustme

from ansible_collections.netops.cloud_vpn.plugins.module_utils import _http, _transport
from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    DeadlineError,
    DependencyError,
    OptionsError,
    TransportError,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpClient, HttpRequest, HttpResponse

from .http_fixtures import RawServer, answer, reset

Client = t.Callable[..., HttpClient]
Serve = t.Callable[..., RawServer]


class Authority(t.NamedTuple):
    context: ssl.SSLContext
    path: str
    other_path: str


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder: pathlib.Path = tmp_path_factory.mktemp("ca")
    ours, other = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.issue_cert("localhost").configure_cert(context)
    ours.cert_pem.write_to_path(str(folder / "ours.pem"))
    other.cert_pem.write_to_path(str(folder / "other.pem"))
    return Authority(context, str(folder / "ours.pem"), str(folder / "other.pem"))


def fine(connection: socket.socket, request: bytes, number: int) -> None:
    connection.sendall(answer(b'{"tls": true}'))


def ask(http: HttpClient, url: str, deadline: Deadline | None = None) -> HttpResponse:
    return http.send(
        lambda: HttpRequest("GET", url), lambda response: None, deadline or Deadline(5), "service.example.com"
    )


def test_ca_path_wins_over_the_environment(
    serve: Serve, client: Client, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.other_path)
    server = serve(fine, authority.context)
    assert ask(client(ca_path=authority.path), server.url + "/").json() == {"tls": True}


def test_validate_certs_false_wins_over_the_environment(
    serve: Serve, client: Client, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.other_path)
    server = serve(fine, authority.context)
    assert ask(client(validate_certs=False), server.url + "/").json() == {"tls": True}


def test_the_environment_replaces_the_default(
    serve: Serve, client: Client, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.path)
    server = serve(fine, authority.context)
    assert ask(client(), server.url + "/").json() == {"tls": True}


@pytest.mark.parametrize("bundle", ["default", "other"])
def test_an_unknown_certificate_is_refused_once(
    serve: Serve, client: Client, authority: Authority, bundle: str
) -> None:
    server = serve(fine, authority.context)
    http = client(ca_path=None if bundle == "default" else authority.other_path)
    with pytest.raises(TransportError, match="TLS certificate is not accepted: .*ca_path") as caught:
        ask(http, server.url + "/")
    assert (caught.value.retryable, caught.value.attempts, server.requests) == (False, 1, [])


def test_a_certificate_for_another_host_is_refused(serve: Serve, client: Client, authority: Authority) -> None:
    server = serve(fine, authority.context)
    with pytest.raises(TransportError, match="TLS certificate is not accepted"):
        ask(client(ca_path=authority.path), server.url.replace("localhost", "127.0.0.1") + "/")


def test_a_ca_path_that_cannot_work_is_an_option_error(client: Client, tmp_path: pathlib.Path) -> None:
    (tmp_path / "notes.pem").write_text("no certificate", "utf-8")
    (tmp_path / "empty.pem").touch()
    for name, words in (
        ("none.pem", "cannot be read .No such file or directory"),
        ("notes.pem", "holds no CA certificate in PEM form;"),
        ("empty.pem", "holds no CA certificate in PEM form;"),
        ("", "under the names that 'openssl rehash' makes"),
    ):
        path = str(tmp_path / name)
        with pytest.raises(OptionsError) as caught:
            client(ca_path=path)
        assert caught.value.message.startswith(f"ca_path: '{path}' ") and re.search(words, caught.value.message)
        client(ca_path=path, validate_certs=False)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
def test_a_directory_of_certificates(
    serve: Serve, client: Client, authority: Authority, tmp_path: pathlib.Path
) -> None:
    shutil.copy(authority.path, tmp_path / "ours.pem")
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True)
    server = serve(fine, authority.context)
    assert ask(client(ca_path=str(tmp_path)), server.url + "/").json() == {"tls": True}


def test_the_default_bundle_is_not_read_before_it_is_needed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(ssl, "SSLContext")
    client()


def test_https_to_a_plain_port(serve: Serve, client: Client) -> None:
    def plain(connection: socket.socket) -> bool:
        connection.recv(100)
        connection.sendall(answer(status="400 Bad Request"))
        return False

    server = serve(fine, on_connect=plain)
    with pytest.raises(TransportError, match="does not speak TLS|TLS failed") as caught:
        ask(client(max_retries=0, validate_certs=False), server.url.replace("http:", "https:") + "/")
    assert caught.value.attempts == 1


@pytest.mark.parametrize("after_handshake", [False, True])
def test_resets_around_the_handshake_are_repeated(
    serve: Serve, client: Client, authority: Authority, after_handshake: bool
) -> None:
    seen: list[int] = []

    def on_connect(connection: socket.socket) -> bool:
        seen.append(1)
        if len(seen) < 3 and not after_handshake:
            connection.recv(10)
            reset(connection)
            return False
        return True

    def script(connection: socket.socket, request: bytes, number: int) -> None:
        if after_handshake and number < 3:
            reset(connection)
        else:
            fine(connection, request, number)

    server = serve(script, authority.context, on_connect)
    assert ask(client(ca_path=authority.path), server.url + "/").json() == {"tls": True}
    assert len(seen) == 3


@pytest.mark.parametrize("where", ["handshake", "header", "body"])
def test_the_deadline_holds_over_tls(serve: Serve, client: Client, authority: Authority, where: str) -> None:
    def on_connect(connection: socket.socket) -> bool:
        if where == "handshake":
            time.sleep(2)
        return True

    def script(connection: socket.socket, request: bytes, number: int) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n" + (b"\r\n" if where == "body" else b"X: "))
        while True:
            connection.sendall(b"x")
            time.sleep(0.03)

    server = serve(script, authority.context, on_connect)
    started = time.monotonic()
    with pytest.raises(DeadlineError):
        ask(client(ca_path=authority.path), server.url + "/", Deadline(0.25))
    assert time.monotonic() - started < 0.8


def test_the_proxy_of_the_environment_is_used(serve: Serve, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(fine)
    monkeypatch.setenv("http_proxy", f"http://user:pa55@localhost:{proxy.port}")
    assert ask(client(), "http://service.example.com/?x=%2F").json() == {"tls": True}
    head = proxy.requests[0].decode()
    assert head.startswith("GET http://service.example.com/?x=%2F HTTP/1.1")
    assert "Proxy-Authorization: Basic" in head


def test_a_proxy_that_is_down_is_told_without_its_password(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://user:pa55@127.0.0.1:{port}")
    with pytest.raises(TransportError, match="connection refused") as caught:
        ask(client(max_retries=0), "https://service.example.com/")
    assert "pa55" not in str(caught.value)


def test_full_jitter_grows_and_is_capped() -> None:
    for attempt, most in ((1, 1.0), (2, 2.0), (4, 8.0), (9, 20.0)):
        waits = [_http.full_jitter(attempt) for _number in range(300)]
        assert 0 <= min(waits) < 0.2 * most and 0.8 * most < max(waits) <= most


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Wed, 14 Dec 2022 07:52:34 GMT"}, 10.0),
        ({"Retry-After": "Wed, 14 Dec 2022 07:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "\u00b2"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], expected: float | None) -> None:
    response = HttpResponse(503, headers, b"", 1671004344.0)
    assert _transport.retry_after(response) == expected


def test_without_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transport, "REQUESTS_IMPORT_ERROR", "Traceback: no module")
    with pytest.raises(DependencyError) as caught:
        HttpClient()
    assert (caught.value.code, caught.value.import_error) == ("requests", "Traceback: no module")
