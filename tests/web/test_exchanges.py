"""An exchange alone: what goes over the wire for what an app does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lamina.errors import RequestError
from lamina.web.exchanges import Exchange
from lamina.web.heads import read_head
from lamina.web.limits import Limits


class Recorded:
    """A wire that keeps what happens to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.events: list[object] = []

    def usual_headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"date", b"today")]

    async def drained(self) -> None:
        await asyncio.sleep(0)

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def go_on_reading(self) -> None:
        self.events.append("read")

    def answered(self) -> None:
        self.events.append("answered")

    def refuse(self, error: RequestError) -> None:
        self.events.append((error.status, error.why))

    def close(self) -> None:
        self.events.append("closed")


def exchanged(
    app: ASGIApp, method: str = "GET", pieces: Sequence[bytes] = (), head: bytes = b"", last: bool = False
) -> Recorded:
    """What went over the wire, where the body comes in pieces."""
    wire = Recorded()
    data = method.encode() + b" / HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n"

    async def run() -> None:
        found = read_head(data, Limits())
        assert found is not None
        exchange = Exchange(found, {"type": "http"}, wire, last)
        task = exchange.start(app)
        for piece in pieces:
            await asyncio.sleep(0.01)
            exchange.feed(bytearray(piece))
        await asyncio.wait({task}, timeout=5)

    asyncio.run(run())
    return wire


def answering(*bodies: bytes, status: int = 200, headers: Sequence[tuple[bytes, bytes]] = ()) -> ASGIApp:
    """An app that gives its answer in so many parts."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        for place, body in enumerate(bodies):
            await send({"type": "http.response.body", "body": body, "more_body": place + 1 < len(bodies)})

    return app


def test_an_answer_goes_in_one_piece() -> None:
    wire = exchanged(answering(b"hello", headers=[(b"content-type", b"text/plain")]))
    assert wire.written == [
        b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello"
    ]
    assert wire.events == ["answered"]


def test_the_length_that_an_app_tells_stays() -> None:
    (data,) = exchanged(answering(b"hello", headers=[(b"content-length", b"5")])).written
    assert data.count(b"content-length") == 1


def test_of_a_head_alone_the_body_is_left_out() -> None:
    (data,) = exchanged(answering(b"hello"), "HEAD").written
    assert data.endswith(b"content-length: 5\r\n\r\n")


def test_the_last_answer_says_so() -> None:
    (data,) = exchanged(answering(b""), last=True).written
    assert b"\r\nconnection: close\r\n" in data


def test_an_answer_of_unknown_length_ends_with_the_connection() -> None:
    wire = exchanged(answering(b"a", b"b", b"c"))
    assert wire.written[0].endswith(b"\r\nconnection: close\r\n\r\na")
    assert wire.written[1:] == [b"b", b"c"]
    assert b"content-length" not in wire.written[0]


def test_what_has_no_body_tells_no_length() -> None:
    (data,) = exchanged(answering(b"", status=204)).written
    assert data == b"HTTP/1.1 204 No Content\r\ndate: today\r\n\r\n"


def test_a_body_is_given_as_it_comes_and_then_its_end() -> None:
    messages: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while not messages or messages[-1].get("more_body"):
            messages.append(await receive())
        await answering(b"")(scope, receive, send)
        messages.append(await receive())

    wire = exchanged(app, "POST", [b"ab", b"cd"], b"Content-Length: 4\r\n")
    assert [(one.get("body"), one.get("more_body")) for one in messages] == [
        (b"ab", True), (b"cd", False), (None, None)
    ]  # fmt: skip
    assert messages[-1]["type"] == "http.disconnect"
    assert wire.events == ["read", "read", "answered"]


def test_who_waits_for_leave_to_send_a_body_gets_it_once() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["body"] == b"ab"
        assert (await receive())["body"] == b"cd"
        await answering(b"")(scope, receive, send)

    wire = exchanged(app, "POST", [b"ab", b"cd"], b"Content-Length: 4\r\nExpect: 100-continue\r\n")
    assert wire.written[0] == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert len(wire.written) == 2


@pytest.mark.parametrize(
    "app",
    [
        answering(),
        answering(b"a", headers=[(b"x", b"a\r\nset-cookie: b")]),
        answering(b"a", headers=[(b"x", b"a\nb")]),
        answering(b"a", headers=[(b"x", b"a\rb")]),
    ],
    ids=["no answer", "two headers in one", "a line feed", "a carriage return"],
)
def test_an_app_that_goes_wrong_is_a_mistake_of_the_server(app: ASGIApp, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        wire = exchanged(app)
    assert wire.written == []
    assert wire.events == [(500, "the server has made a mistake, which its log tells")]
    assert "a request was not answered" in caplog.text


def test_an_error_goes_into_the_log_and_not_over_the_wire(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError("secret")

    with caplog.at_level(logging.ERROR):
        wire = exchanged(app)
    assert "secret" in caplog.text
    assert "secret" not in f"{wire.written} {wire.events}"


def test_two_answers_are_one_too_many(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answering(b"a")(scope, receive, send)
        await answering(b"b")(scope, receive, send)

    with caplog.at_level(logging.ERROR):
        wire = exchanged(app)
    assert len(wire.written) == 1
    assert "an answer has one beginning and one end" in caplog.text


def test_a_server_that_ends_answers_what_it_gives_up() -> None:
    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(60)

    async def run() -> Recorded:
        wire: Any = Recorded()
        head = read_head(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", Limits())
        assert head is not None
        task = Exchange(head, {"type": "http"}, wire, False).start(endless)
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task}, timeout=5)
        return wire

    assert asyncio.run(run()).events == [(503, "the server ends: ask again in a second"), "closed"]


def test_who_has_gone_is_told_nothing() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "http.disconnect"
        await answering(b"a")(scope, receive, send)

    async def run() -> Recorded:
        wire = Recorded()
        head = read_head(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n", Limits())
        assert head is not None
        exchange = Exchange(head, {"type": "http"}, wire, False)
        task = exchange.start(app)
        await asyncio.sleep(0.01)
        exchange.leave()
        await asyncio.wait({task}, timeout=5)
        return wire

    assert asyncio.run(run()).written == []
