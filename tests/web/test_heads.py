"""Heads of requests: what two programs could read differently is refused, with the status that says why."""

from __future__ import annotations

import pytest

from lamina.errors import RequestError
from lamina.web.heads import MOST_HEADERS, Head, read_head
from lamina.web.limits import Limits

LIMITS = Limits(body_bytes=1_000, header_bytes=2_000, target_bytes=500)


def head(*lines: str, first: str = "POST /predict HTTP/1.1") -> bytes:
    return "\r\n".join([first, "Host: localhost", *lines, "", ""]).encode("latin-1")


def refused(data: bytes) -> tuple[int, str] | None:
    try:
        read_head(data, LIMITS)
    except RequestError as error:
        return error.status, error.why
    return None


@pytest.mark.parametrize(
    "data",
    [
        head(),
        head("Content-Length: 1000"),
        head("Content-Length:5", "Accept: */*", "Accept: text/html", "X-Empty:"),
        head("Transfer-Encoding: chunked"),
        head("transfer-encoding: Chunked"),
        head("X-Name: caf\xe9 \t and more"),
        head(first="OPTIONS * HTTP/1.1"),
        head(first="GET /v2/models/..%2f%00?a=b HTTP/1.0"),
        head() + b"a body\n with line feeds",
        b"",
        b"GE",
        b"GET /",
        b"GET / HTTP/1.1\r",
        b"GET / HTTP/1.1\r\nHost: loc",
    ],
)
def test_what_is_sound_passes(data: bytes) -> None:
    assert refused(data) is None


TWICE = "the length of a body is told by content-length, or by transfer-encoding: chunked"
LINE = "the first line of a request needs a method, a path and HTTP/1.1"
ENDS = "the lines of a head end with a carriage return and a line feed"


@pytest.mark.parametrize(
    ("data", "status", "why"),
    [
        (head("Content-Length: 5", "Transfer-Encoding: chunked"), 400, TWICE),
        (head("Transfer-Encoding: gzip, chunked"), 400, TWICE),
        (head("Transfer-Encoding: xchunked"), 400, TWICE),
        (head("Transfer-Encoding: chunked", first="POST / HTTP/1.0"), 400, TWICE),
        (head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), 400, "transfer-encoding may come once"),
        (head("Content-Length: 5", "Content-Length: 5"), 400, "the header content-length may come once"),
        (head("Content-Length: 5, 5"), 400, "content-length needs a number of bytes"),
        (head("Content-Length: -5"), 400, "content-length needs a number of bytes"),
        (head("Content-Length: +5"), 400, "content-length needs a number of bytes"),
        (head("Content-Length: 0x5"), 400, "content-length needs a number of bytes"),
        (head("Content-Length: " + "9" * 20), 400, "content-length needs a number of bytes"),
        (head("Content-Length: \xb2"), 400, "content-length needs a number of bytes"),
        (head("Content-Length: 1001"), 413, "the body of a request may have 1,000 bytes"),
        (head("Host: localhost"), 400, "the header host may come once"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "a request needs the header host"),
        (b"GET / HTTP/1.0\r\nAccept: */*\r\n\r\n", 400, "a request needs the header host"),
        (head(first="GET http://evil.com/ HTTP/1.1"), 400, LINE),
        (head(first="GET @evil.com HTTP/1.1"), 400, LINE),
        (head(first="CONNECT evil.com:443 HTTP/1.1"), 400, LINE),
        (head(first="GET /a b HTTP/1.1"), 400, LINE),
        (head(first="GET /\x00 HTTP/1.1"), 400, LINE),
        (head(first="GET /caf\xe9 HTTP/1.1"), 400, LINE),
        (head(first="GET / HTTP/2.0"), 400, LINE),
        (head(first="GET /"), 400, LINE),
        (head(first="get / HTTP/1.1"), 400, LINE),
        (b"\r\n" + head(), 400, LINE),
        (b"\x16\x03\x01\x02\x00\x01\r\n", 400, LINE),
        (head("X-Folded: a", " b"), 400, "a line of the head is no header"),
        (head("X Name: a"), 400, "a line of the head is no header"),
        (head("X-Name : a"), 400, "a line of the head is no header"),
        (head(": a"), 400, "a line of the head is no header"),
        (head("no colon"), 400, "a line of the head is no header"),
        (head("X-Nul: a\x00b"), 400, "a line of the head is no header"),
        (head("X-A: a\nX-B: b"), 400, ENDS),
        (head("X-A: a\rX-B: b"), 400, ENDS),
        (b"GET / HTTP/1.1\nHost: localhost\n\n", 400, ENDS),
        (head(first="GET /" + "a" * 600 + " HTTP/1.1"), 414, "the address of a request may have 500 bytes"),
        (b"GET /" + b"a" * 600, 414, "the address of a request may have 500 bytes"),
        (head("X-Long: " + "a" * 2_000), 431, "the head of a request may have 2,000 bytes"),
        (head("X-Long: " + "a" * 2_000)[:-4], 431, "the head of a request may have 2,000 bytes"),
        (head(*["A:"] * MOST_HEADERS), 431, f"the head of a request may have {MOST_HEADERS} lines"),
    ],
)
def test_what_leaves_room_for_doubt_is_refused(data: bytes, status: int, why: str) -> None:
    found = refused(data)
    assert found is not None
    assert found[0] == status
    assert why in found[1]


def test_what_a_head_says() -> None:
    data = head("Content-Length: 5", "X-Name:  a b\t", "Connection: Keep-Alive, Upgrade", "UPGRADE: WebSocket")
    assert read_head(data + b"hello", LIMITS) == Head(
        "POST", b"/predict", "1.1",
        [
            (b"host", b"localhost"), (b"content-length", b"5"), (b"x-name", b"a b"),
            (b"connection", b"Keep-Alive, Upgrade"), (b"upgrade", b"WebSocket"),
        ],
        size=len(data), length=5, stays=True, waits=False, socket=True,
    )  # fmt: skip


def test_what_was_understood_is_a_head_again() -> None:
    found = read_head(head("X-Name:  a b\t", "COOKIE:a=b", "X-Empty:"), LIMITS)
    assert found is not None
    data = found.as_bytes()
    assert data == b"POST /predict HTTP/1.1\r\nhost: localhost\r\nx-name: a b\r\ncookie: a=b\r\nx-empty: \r\n\r\n"
    again = read_head(data, LIMITS)
    assert again is not None
    assert again.headers == found.headers


@pytest.mark.parametrize(
    ("lines", "first", "length", "stays", "waits"),
    [
        ([], "GET /?a=b HTTP/1.1", 0, True, False),
        ([], "GET /?a=b HTTP/1.0", 0, False, False),
        (["Connection: keep-alive"], "GET /?a=b HTTP/1.0", 0, False, False),
        (["Connection: foo ,  Close"], "GET /?a=b HTTP/1.1", 0, False, False),
        (["Connection: closed"], "GET /?a=b HTTP/1.1", 0, True, False),
        (["Transfer-Encoding: chunked", "Expect: 100-Continue"], "POST /?a=b HTTP/1.1", None, True, True),
    ],
)
def test_how_a_connection_goes_on(lines: list[str], first: str, length: int | None, stays: bool, waits: bool) -> None:
    found = read_head(head(*lines, first=first), LIMITS)
    assert found is not None
    assert (found.target, found.length, found.stays, found.waits) == (b"/?a=b", length, stays, waits)
    assert not found.socket


def test_every_beginning_of_a_sound_head_is_waited_for() -> None:
    whole = head("Content-Length: 5", "X-Name: a")
    assert [place for place in range(len(whole)) if refused(whole[:place]) is not None] == []
