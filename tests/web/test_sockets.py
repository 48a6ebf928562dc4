"""WebSockets pass the same guard: by their Host, their Origin and the token; refused ones are never opened."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from lamina.web.access import PROTOCOL, Access, hosts_for
from lamina.web.guard import Guard
from lamina.web.limits import Limits
from tests.web.live import SECONDS, Live, live, read_answer, status

TOKEN = "a-token-that-is-long-enough"
LIMITS = Limits(body_bytes=10_000, head_seconds=0.4, idle_seconds=0.4)
opened_so_far: list[str] = []


async def echo(socket: WebSocket) -> None:
    opened_so_far.append(socket.url.path)
    await socket.accept(subprotocol=PROTOCOL if PROTOCOL in socket.scope["subprotocols"] else None)
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        return


def guarded(token: str | None) -> Any:
    return Guard(Starlette(routes=[WebSocketRoute("/socket", echo)]), Access(hosts_for("127.0.0.1"), token))


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live(guarded(TOKEN), LIMITS, websockets="websockets-sansio") as found:
        yield found


def opened(server: Live, *protocols: str, path: str = "/socket", **headers: str) -> ClientConnection:
    """A socket, with headers as `Origin="..."`."""
    return connect(
        f"ws://127.0.0.1:{server.port}{path}", compression=None, open_timeout=SECONDS, additional_headers=headers,
        subprotocols=protocols or None,
    )  # fmt: skip


def refused(server: Live, *protocols: str, **headers: str) -> int:
    """The status with which a socket is not opened."""
    before = len(opened_so_far)
    with pytest.raises(InvalidStatus) as caught:
        opened(server, *protocols, **headers)
    assert len(opened_so_far) == before, "the app has seen it"
    return caught.value.response.status_code


def handshake(server: Live, *lines: str) -> int:
    """The status of an opening written by hand, as a page's browser would send it."""
    key = base64.b64encode(bytes(16)).decode()
    head = [
        "GET /socket HTTP/1.1", "Upgrade: websocket", "Connection: keep-alive, Upgrade", "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}", *lines,
    ]  # fmt: skip
    with server.opened() as one:
        one.sendall("\r\n".join([*head, "", ""]).encode())
        return status(one.recv(65_536))


def test_who_may_talks(server: Live) -> None:
    with opened(server, PROTOCOL, TOKEN) as socket:
        assert socket.subprotocol == PROTOCOL
        for text in ("a", "é" * 1_000, ""):
            socket.send(text)
            assert socket.recv(SECONDS) == text


def test_a_program_may_show_the_token_as_in_any_request(server: Live) -> None:
    with opened(server, Authorization=f"Bearer {TOKEN}") as socket:
        socket.send("a")
        assert socket.recv(SECONDS) == "a"


@pytest.mark.parametrize(
    "protocols", [(), (PROTOCOL,), (PROTOCOL, "wrong"), ("other", TOKEN), (TOKEN,), (TOKEN, PROTOCOL)]
)
def test_without_the_token_it_is_not_opened(server: Live, protocols: tuple[str, ...]) -> None:
    assert refused(server, *protocols) == 403


@pytest.mark.parametrize("origin", ["http://evil.com", "null", "http://localhost:1", "https://127.0.0.1"])
def test_pages_of_other_sites_open_none(server: Live, origin: str) -> None:
    assert refused(server, PROTOCOL, TOKEN, Origin=origin) == 403


def test_its_own_page_does(server: Live) -> None:
    with opened(server, PROTOCOL, TOKEN, Origin=f"http://127.0.0.1:{server.port}") as socket:
        socket.send("a")
        assert socket.recv(SECONDS) == "a"


@pytest.mark.parametrize("host", ["evil.com", "127.0.0.1.evil.com", "0.0.0.0", "[::1]:8000", "LOCALHOST."])
def test_other_names_that_lead_here_open_none(server: Live, host: str) -> None:
    before = len(opened_so_far)
    known = f"Sec-WebSocket-Protocol: {PROTOCOL}, {TOKEN}"
    assert handshake(server, f"Host: {host}", known) == 403
    assert len(opened_so_far) == before
    assert handshake(server, "Host: localhost:8000", known) == 101
    assert len(opened_so_far) == before + 1


def test_a_head_that_leaves_room_for_doubt_is_refused_as_ever(server: Live) -> None:
    known = f"Sec-WebSocket-Protocol: {PROTOCOL}, {TOKEN}"
    assert handshake(server, "Host: localhost", "Host: localhost", known) == 400
    assert handshake(server, known) == 400


def test_a_socket_outlives_what_a_quiet_connection_may_take(server: Live) -> None:
    with opened(server, PROTOCOL, TOKEN) as socket:
        with pytest.raises(TimeoutError):
            socket.recv(3 * LIMITS.idle_seconds)
        socket.send("a")
        assert socket.recv(SECONDS) == "a"


def test_a_message_is_no_larger_than_a_body(server: Live) -> None:
    with opened(server, PROTOCOL, TOKEN) as socket:
        socket.send("a" * 10_001)
        with pytest.raises(ConnectionClosed) as caught:
            socket.recv(SECONDS)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1009


def test_without_a_token_the_names_are_checked_all_the_same() -> None:
    with live(guarded(None), websockets="websockets-sansio") as server:
        assert refused(server, Origin="http://evil.com") == 403
        with opened(server, PROTOCOL) as socket:
            socket.send("a")
            assert socket.recv(SECONDS) == "a"


def test_where_there_are_no_sockets_none_is_opened() -> None:
    """`lamina serve` has none: the request is one like any other, and there is nothing at its address."""
    with live(guarded(None)) as server, server.opened() as one:
        one.sendall(
            b"GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert status(read_answer(one)) == 404


def test_a_server_that_ends_tells_its_sockets() -> None:
    with live(guarded(None), websockets="websockets-sansio") as server, opened(server, PROTOCOL) as socket:
        server.server.stop()
        with pytest.raises(ConnectionClosed) as caught:
            socket.recv(SECONDS)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1012
        server.thread.join(SECONDS)
        assert not server.thread.is_alive()
