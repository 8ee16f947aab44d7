# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP client against real sockets: what it sends, and what it makes of every kind of answer."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import typing as t
import zlib
from email.utils import formatdate

import pytest

from ansible_collections.netops.cloud_vpn.plugins.module_utils._deadline import Deadline
from ansible_collections.netops.cloud_vpn.plugins.module_utils._errors import (
    ApiError,
    AuthError,
    CloudVpnError,
    DeadlineError,
    OptionsError,
    ProtocolError,
    ThrottledError,
    TransportError,
)
from ansible_collections.netops.cloud_vpn.plugins.module_utils._http import HttpClient, HttpRequest, HttpResponse

from .http_fixtures import RawServer, answer, reset

Client = t.Callable[..., HttpClient]
Serve = t.Callable[..., RawServer]
SECRET = "sEcReT-sIgNaTuRe"


def ask(
    http: HttpClient,
    url: str,
    check: t.Callable[[HttpResponse], None] = lambda response: None,
    deadline: Deadline | None = None,
    **request: t.Any,
) -> HttpResponse:
    wanted = {"method": "POST", "url": url, "headers": {}, **request}
    return http.send(lambda: HttpRequest(**wanted), check, deadline or Deadline(10), "service.example.com")


def test_the_url_leaves_byte_for_byte(serve: Serve, client: Client) -> None:
    server = serve(lambda connection, request, number: connection.sendall(answer()))
    target = "/a//b/?x=%2B%20%7E~&y=%E9%98%BF&Signature=a%2Fb%3D&empty=&z=%41"
    ask(client(), server.url + target, headers={"Host": "vpc.example.com", "X-Token": "t"})
    head = server.requests[0].split(b"\r\n\r\n")[0].decode().split("\r\n")
    assert head[0] == f"POST {target} HTTP/1.1"
    assert "Host: vpc.example.com" in head and "Content-Length: 0" in head and "Accept-Encoding: identity" in head
    assert "User-Agent: netops.cloud_vpn" in head


def test_a_body_is_sent_and_the_connection_is_used_again(serve: Serve, client: Client) -> None:
    server = serve(lambda connection, request, number: connection.sendall(answer(b'{"a": 1}')))
    http = client()
    for _number in range(3):
        assert ask(http, server.url + "/", body=b"x=1").json() == {"a": 1}
    assert [request.split(b"\r\n\r\n")[1] for request in server.requests] == [b"x=1"] * 3
    assert (server.connections, http.requests_sent) == (1, 3)


def test_every_attempt_is_built_anew(serve: Serve, client: Client) -> None:
    server = serve(
        lambda connection, request, number: connection.sendall(answer(status="503 Busy") if number < 3 else answer())
    )
    built: list[int] = []

    def build() -> HttpRequest:
        built.append(len(built))
        return HttpRequest("GET", f"{server.url}/?nonce={len(built)}")

    def check(response: HttpResponse) -> None:
        if response.status != 200:
            raise ApiError("busy", retryable=True)

    client().send(build, check, Deadline(5), "s")
    assert [request.split()[1] for request in server.requests] == [b"/?nonce=1", b"/?nonce=2", b"/?nonce=3"]


def test_what_cannot_heal_is_sent_once(serve: Serve, client: Client) -> None:
    server = serve(lambda connection, request, number: connection.sendall(answer(status="401 No")))

    def check(response: HttpResponse) -> None:
        raise AuthError("wrong password")

    with pytest.raises(AuthError) as caught:
        ask(client(), server.url + "/", check)
    assert (len(server.requests), caught.value.attempts, caught.value.service) == (1, 1, "service.example.com")


def half(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


def broken_chunks(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{")


FAULTS: dict[str, t.Callable[[socket.socket], None]] = {
    "closed without an answer": lambda connection: connection.close(),
    "reset": reset,
    "reset in the body": lambda connection: (half(connection), time.sleep(0.02), reset(connection))[0],
    "short body": lambda connection: (half(connection), connection.close())[0],
    "short chunk": lambda connection: (broken_chunks(connection), connection.close())[0],
    "not http": lambda connection: connection.sendall(b"SSH-2.0-server\r\n\r\n") or connection.close(),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("healing", [True, False])
def test_transport_faults(serve: Serve, client: Client, fault: str, healing: bool) -> None:
    def script(connection: socket.socket, request: bytes, number: int) -> None:
        if healing and number == 3:
            connection.sendall(answer(b'{"a": 2}'))
        else:
            FAULTS[fault](connection)

    server = serve(script)
    url = f"{server.url}/?Signature={SECRET}"
    if healing:
        assert ask(client(), url).json() == {"a": 2}
        return
    with pytest.raises(TransportError) as caught:
        ask(client(max_retries=2), url)
    error = caught.value.as_dict()
    assert (error["kind"], error["attempts"], error["retryable"]) == ("transport", 3, True)
    assert SECRET not in str(caught.value) and "Signature" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert len(server.requests) == 3


def test_refused(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TransportError, match="connection refused") as caught:
        ask(client(max_retries=1), f"http://127.0.0.1:{port}/?Signature={SECRET}")
    assert caught.value.attempts == 2 and SECRET not in str(caught.value)


def test_an_unknown_name_is_not_tried_again(client: Client) -> None:
    with pytest.raises(TransportError, match="name cannot be resolved"):
        ask(client(max_retries=0), "http://nothing.invalid/")


def test_a_stall_ends_with_the_timeout(serve: Serve, client: Client) -> None:
    server = serve(lambda connection, request, number: time.sleep(3))
    started = time.monotonic()
    with pytest.raises(TransportError, match="no answer within the timeout"):
        ask(client(timeout=0.1, max_retries=1), server.url + "/")
    assert time.monotonic() - started < 1


def trickle(first: bytes, byte: bytes) -> t.Callable[[socket.socket, bytes, int], None]:
    def script(connection: socket.socket, request: bytes, number: int) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(byte)
            time.sleep(0.03)

    return script


@pytest.mark.parametrize(
    ("first", "byte"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
    ],
    ids=["status line", "header", "body", "chunk size", "body without an end"],
)
def test_a_trickle_ends_with_the_deadline(serve: Serve, client: Client, first: bytes, byte: bytes) -> None:
    server = serve(trickle(first, byte))
    http = client()
    started = time.monotonic()
    with pytest.raises(DeadlineError, match=r"deadline of 0.2 s") as caught:
        ask(http, server.url + "/", deadline=Deadline(0.2))
    assert 0.15 < time.monotonic() - started < 0.6
    assert caught.value.attempts == 1


def test_the_deadline_also_ends_retries(serve: Serve, client: Client) -> None:
    server = serve(lambda connection, request, number: connection.close())
    started = time.monotonic()
    with pytest.raises(DeadlineError, match=r"The last failure before that: .* cannot be reached"):
        ask(client(max_retries=1000, backoff=lambda attempt: 0.05), server.url + "/", deadline=Deadline(0.2))
    assert time.monotonic() - started < 0.6


def test_close_ends_a_request_in_flight(serve: Serve, client: Client) -> None:
    server = serve(lambda connection, request, number: time.sleep(5))
    http = client(max_retries=9)
    before = threading.active_count()
    errors: list[CloudVpnError] = []

    def run() -> None:
        try:
            ask(http, server.url + "/")
        except CloudVpnError as exc:
            errors.append(exc)

    worker = threading.Thread(target=run)
    worker.start()
    while not server.requests:
        time.sleep(0.005)
    http.close()
    worker.join(1)
    assert not worker.is_alive() and errors[0].kind == "transport"
    assert (
        not any(thread.name == "cloud_vpn-deadline" and thread.is_alive() for thread in threading.enumerate()) or before
    )


def test_retry_after_is_honored_but_not_past_the_deadline(serve: Serve, client: Client) -> None:
    server = serve(lambda connection, request, number: connection.sendall(answer()))

    def check(response: HttpResponse) -> None:
        raise ThrottledError("Too fast.", retry_after=30.0)

    started = time.monotonic()
    with pytest.raises(ThrottledError, match="asks to wait 30 s, longer than the deadline leaves"):
        ask(client(), server.url + "/", check, Deadline(2))
    assert time.monotonic() - started < 0.5


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Again", "308 For ever"])
def test_redirects_are_not_followed(serve: Serve, client: Client, status: str) -> None:
    other = serve(lambda connection, request, number: connection.sendall(answer()))
    location = f"http://user:pw@localhost:{other.port}/steal?token={SECRET}"
    server = serve(
        lambda connection, request, number: connection.sendall(answer(b"x" * 10, status, {"Location": location}))
    )
    with pytest.raises(ProtocolError, match="redirect .* to localhost, which is not followed") as caught:
        ask(client(), server.url + "/", headers={"X-Auth-Token": SECRET})
    assert SECRET not in str(caught.value) and "pw" not in str(caught.value)
    assert (len(server.requests), other.requests) == (1, [])


def stream(head: bytes, piece: bytes) -> t.Callable[[socket.socket, bytes, int], None]:
    def script(connection: socket.socket, request: bytes, number: int) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return script


@pytest.mark.parametrize("head", [b"Content-Length: 1073741824\r\n\r\n", b"\r\n"])
def test_a_huge_body_is_refused(serve: Serve, client: Client, head: bytes) -> None:
    server = serve(stream(b"HTTP/1.1 200 OK\r\n" + head, b" " * 65536))
    with pytest.raises(ProtocolError, match="longer than 1 MiB"):
        ask(client(max_body=1024 * 1024), server.url + "/")
    assert len(server.requests) == 1


def test_a_bomb_is_refused_and_honest_compression_is_read(serve: Serve, client: Client) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    packed = {
        b"/bomb": (bomb, "gzip"),
        b"/gzip": (gzip.compress(b'{"a": 3}'), "gzip"),
        b"/z": (zlib.compress(b"[]"), "deflate"),
    }

    def script(connection: socket.socket, request: bytes, number: int) -> None:
        body, encoding = packed[request.split()[1]]
        connection.sendall(answer(body, headers={"Content-Encoding": encoding}))

    server = serve(script)
    http = client(max_body=1024 * 1024)
    assert len(bomb) < 100_000
    with pytest.raises(ProtocolError, match="longer than 1 MiB"):
        ask(http, server.url + "/bomb")
    assert ask(http, server.url + "/gzip").json() == {"a": 3}
    assert ask(http, server.url + "/z").json() == []


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"", "an empty body"), (b" <html>", "HTML"), (b"{", "application/json"), (b"\xff\xfe", "bytes")],
)
def test_what_is_not_json_is_told(serve: Serve, client: Client, body: bytes, words: str) -> None:
    server = serve(lambda connection, request, number: connection.sendall(answer(body)))
    with pytest.raises(ProtocolError, match=words) as caught:
        ask(client(), server.url + "/").json()
    assert caught.value.retryable


def test_server_time_is_the_newest_date(serve: Serve, client: Client) -> None:
    dates = [1671004344, 1671004350, 1671004340]
    server = serve(
        lambda connection, request, number: connection.sendall(
            answer(headers={"Date": formatdate(dates[number - 1], usegmt=True) if number < 4 else "soon"})
        )
    )
    http = client()
    assert http.server_time is None
    assert [ask(http, server.url + "/").date for _number in range(4)] == [*dates, None]
    assert http.server_time == 1671004350


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\x00b", "ä"])
def test_a_header_cannot_be_split(serve: Serve, client: Client, value: str) -> None:
    server = serve(lambda connection, request, number: connection.sendall(answer()))
    with pytest.raises(OptionsError, match="X-Auth-Token") as caught:
        ask(client(), server.url + "/", headers={"X-Auth-Token": value})
    assert value not in str(caught.value)
    with pytest.raises(OptionsError, match="not allowed in a URL"):
        ask(client(), server.url + "/\r\nX: y")
    assert server.requests == []
