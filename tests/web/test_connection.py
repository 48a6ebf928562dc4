"""Connections, byte by byte: deadlines, limits and the status of what never becomes a request."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lamina.web.bodies import read_body
from lamina.web.limits import Limits
from lamina.web.refusing import HANDLERS
from tests.web.live import Live, ask, live, read_all, read_answer, status

LIMITS = Limits(
    body_bytes=100_000, head_seconds=0.4, body_seconds=0.4, idle_seconds=0.4, request_seconds=1.0, connections=20
)
HOST = b"Host: localhost\r\n"


async def length(request: Request) -> Response:
    return JSONResponse({"length": len(await read_body(request, LIMITS))})


async def deaf(request: Request) -> Response:
    """Answers without reading the body."""
    return JSONResponse({"heard": False})


async def much(request: Request) -> Response:
    return Response(bytes(60_000_000))


ROUTES = [Route("/", length, methods=["GET", "POST"]), Route("/deaf", deaf, methods=["POST"]), Route("/much", much)]


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live(Starlette(routes=ROUTES, exception_handlers=HANDLERS), LIMITS) as found:
        yield found


def post(size: int, *headers: bytes, path: bytes = b"/") -> bytes:
    return b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"".join(headers) + b"Content-Length: %d\r\n\r\n" % size


def test_a_connection_serves_one_request_after_the_other(server: Live) -> None:
    with contextlib.closing(server.connection()) as connection:
        for size in (0, 1, 70_000, 100_000):
            assert ask(connection, "POST", "/", bytes(size)).json == {"length": size}


def test_requests_that_are_sent_without_waiting_are_answered_in_order(server: Live) -> None:
    last = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    answers = server.raw(post(3) + b"abc" + post(5) + b"abcde" + last)
    assert re.findall(rb'\{"length":(\d)\}', answers) == [b"3", b"5", b"0"]


def test_what_follows_a_request_is_checked_too(server: Live) -> None:
    answers = server.raw(post(3) + b"abc" + b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n")
    assert [int(found) for found in re.findall(rb"HTTP/1\.1 (\d+)", answers)] == [200, 400]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),  # TLS
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400),
        (b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 100_000 + b"\r\n", 431),
        (post(100_001) + bytes(100_001), 413),
        (post(9 * 1024**2), 413),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", 408),
        (b"G", 408),
        (post(10) + b"12345", 408),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", 408),
    ],
)
def test_the_status_tells_why_and_the_connection_is_closed(server: Live, data: bytes, expected: int) -> None:
    answer = server.raw(data)
    assert status(answer) == expected
    assert answer.count(b"HTTP/1.1 ") == 1
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/json" in head
    assert body.startswith(b'{"error":')


def test_a_chunked_body_is_cut_off_where_it_is_too_large(server: Live) -> None:
    with server.opened() as opened:
        opened.sendall(b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(1_000):
                opened.sendall(b"10000\r\n" + bytes(65_536) + b"\r\n")
        assert status(read_all(opened)) == 413


def test_a_client_that_says_nothing_is_let_go(server: Live) -> None:
    began = time.monotonic()
    assert server.raw(b"") == b""
    assert 0.2 < time.monotonic() - began < 5


def test_a_connection_on_which_nothing_more_is_asked_is_let_go(server: Live) -> None:
    assert status(server.raw(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")) == 200


@pytest.mark.parametrize("path", [b"/", b"/deaf"])
def test_a_byte_now_and_then_does_not_hold_a_connection(server: Live, path: bytes) -> None:
    began = time.monotonic()
    with server.opened() as opened, contextlib.suppress(ConnectionError):
        opened.sendall(post(1_000, path=path))
        while time.monotonic() - began < 8:
            opened.sendall(b"a")
            time.sleep(0.05)
    assert time.monotonic() - began < 6


def test_a_head_byte_by_byte_does_not_either(server: Live) -> None:
    began = time.monotonic()
    with server.opened() as opened, contextlib.suppress(ConnectionError):
        for byte in b"GET / HTTP/1.1\r\nX-Slow: " + b"a" * 1_000:
            opened.sendall(bytes([byte]))
            time.sleep(0.02)
    assert time.monotonic() - began < 6


def test_a_client_that_does_not_read_is_let_go(server: Live) -> None:
    with server.opened() as opened:
        opened.sendall(b"GET /much HTTP/1.1\r\n" + HOST + b"\r\n")
        time.sleep(2.0)
        assert len(read_all(opened)) < 60_000_000


def test_who_closes_half_is_no_trouble(server: Live) -> None:
    with server.opened() as opened:
        opened.sendall(post(10) + b"123")
        opened.shutdown(socket.SHUT_WR)
        read_all(opened)
    assert server.ask("POST", "/", b"1234").json == {"length": 4}


def test_who_has_asked_and_sends_nothing_more_is_answered(server: Live) -> None:
    with server.opened() as opened:
        opened.sendall(post(2) + b"ab" + post(3) + b"abc")
        opened.shutdown(socket.SHUT_WR)
        answers = read_all(opened)
    assert re.findall(rb'\{"length":(\d)\}', answers) == [b"2", b"3"]


def test_who_waits_for_leave_to_send_a_body_gets_it(server: Live) -> None:
    with server.opened() as opened:
        opened.sendall(post(3, b"Expect: 100-continue\r\n"))
        assert opened.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        opened.sendall(b"abc")
        assert read_answer(opened).endswith(b'{"length":3}')


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_who_wants_no_more_is_told_that_it_was_the_last(server: Live, version: bytes) -> None:
    wish = b"" if version == b"1.0" else b"Connection: close\r\n"
    answer = server.raw(b"GET / HTTP/" + version + b"\r\n" + HOST + wish + b"\r\n")
    assert status(answer) == 200
    assert b"\r\nconnection: close\r\n" in answer


def test_a_body_in_chunks_comes_out_whole(server: Live) -> None:
    with contextlib.closing(server.connection()) as connection:
        for size in (0, 1, 99_999):
            parts = [bytes(size)] if size else []
            connection.request("POST", "/", iter(parts), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
            assert connection.getresponse().read() == b'{"length":%d}' % size


@pytest.mark.parametrize("behind", [b"3\r\nabcd\r\n", b"zz\r\n", b"1" * 2_000])
def test_a_damaged_body_is_told_so_at_once(server: Live, behind: bytes) -> None:
    answer = server.raw(b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + behind)
    assert status(answer) == 400
    assert b"the body is damaged" in answer


def test_idle_connections_give_way_to_those_that_ask(server: Live) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(server.opened())
        found = []
        for _ in range(20):
            found.append(server.ask("GET", "/").status)
            if found[-1] == 200:
                break
            time.sleep(0.2)
        assert found[-1] == 200
        assert set(found) <= {200, 503}


def test_too_many_that_ask_are_told_to_come_back(server: Live) -> None:
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(server.opened()) for _ in range(25)]
        for one in opened:
            one.sendall(post(10) + b"12345")
        for one in opened:
            one.sendall(b"12345")
        answers = [read_answer(one) for one in opened]
    found = [status(one) for one in answers]
    assert found.count(200) == 20
    assert found.count(503) == 5
    assert all(b"Retry-After: 1" in one for one in answers if status(one) == 503)
