"""Ports and addresses, and an end that loses nothing that was accepted."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import threading
import time

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lamina.errors import SettingError
from lamina.web.limits import Limits
from lamina.web.running import address_of, listen, require_token
from tests.web.live import ask, live, read_all, status


async def slow(request: Request) -> Response:
    await asyncio.sleep(0.4)
    return JSONResponse({"slow": True})


async def quick(request: Request) -> Response:
    return JSONResponse({"quick": True})


APP = Starlette(routes=[Route("/slow", slow), Route("/quick", quick)])
ASKED = b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_a_port_that_is_taken_is_said() -> None:
    with contextlib.closing(listen("127.0.0.1", 0)) as opened:
        port = opened.getsockname()[1]
        assert address_of(opened) == f"http://127.0.0.1:{port}"
        with pytest.raises(
            SettingError, match=rf"127\.0\.0\.1, port {port}, cannot be used \(.*\): give another --port"
        ):
            listen("127.0.0.1", port)


def test_all_addresses_are_told_as_this_machines() -> None:
    with contextlib.closing(listen("0.0.0.0", 0)) as opened:
        assert address_of(opened).startswith("http://127.0.0.1:")


def test_who_can_be_reached_from_elsewhere_needs_a_token() -> None:
    require_token("127.0.0.1", None)
    require_token("0.0.0.0", "a-token-that-is-long-enough")
    with pytest.raises(SettingError, match=r"0\.0\.0\.0 can be reached from other machines: give --token"):
        require_token("0.0.0.0", None)


def test_what_is_under_way_is_answered_and_told_to_be_the_last() -> None:
    with live(APP) as server, server.opened() as opened:
        opened.sendall(ASKED)
        time.sleep(0.1)
        server.server.stop()
        answer = read_all(opened)
        assert status(answer) == 200
        assert b"connection: close" in answer.lower()
        server.thread.join(10)
        assert not server.thread.is_alive()
        with pytest.raises(ConnectionError):
            server.ask("GET", "/quick")


def test_a_request_on_its_way_on_a_quiet_connection_is_answered() -> None:
    with live(APP) as server, contextlib.closing(server.connection()) as connection:
        assert ask(connection, "GET", "/quick").status == 200
        server.server.stop()
        time.sleep(0.25)  # the server no longer listens
        answer = ask(connection, "GET", "/quick")
        assert answer.status == 200
        assert answer.headers["connection"] == "close"


def test_the_end_comes_where_an_answer_does_not() -> None:
    async def endless(request: Request) -> Response:
        await asyncio.sleep(60)
        return JSONResponse({})

    app = Starlette(routes=[Route("/slow", endless)])
    began = time.monotonic()
    with live(app, Limits(drain_seconds=0.5)) as server, server.opened() as opened:
        opened.sendall(ASKED)
        time.sleep(0.1)
        server.server.stop()
        server.thread.join(10)
        assert not server.thread.is_alive()
    assert time.monotonic() - began < 5


def test_under_load_every_answer_that_was_begun_ends() -> None:
    """Clients that ask as fast as they can: an answer for each request, until the server says that it was the last."""
    counts, failures = [], []

    def client(port: int) -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            for count in range(100_000):
                try:
                    answer = ask(connection, "GET", "/quick")
                except (OSError, http.client.HTTPException) as error:
                    failures.append(error)
                    return
                if answer.headers.get("connection") == "close":
                    counts.append(count)
                    return

    with live(APP) as server:
        threads = [threading.Thread(target=client, args=(server.port,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        server.server.stop()
        for thread in threads:
            thread.join(20)
    assert failures == []
    assert len(counts) == 8
    assert min(counts) > 3
