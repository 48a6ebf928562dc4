"""A server on a port of this machine while a test runs, and what goes over a connection to it byte by byte."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

from lamina.web.limits import Limits
from lamina.web.running import Server, listen

SECONDS = 30.0
"""Nothing here takes nearly as long."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The reason of a refusal, which is all that it says."""
        document = self.json
        assert set(document) == {"error"}, document
        return str(document["error"])


@dataclass(frozen=True)
class Live:
    """A server that runs."""

    port: int
    server: Server
    thread: threading.Thread

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """One request on a connection of its own; what is no bytes goes as JSON."""
        with contextlib.closing(self.connection()) as connection:
            return ask(connection, method, path, body, headers)

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)

    def raw(self, data: bytes, seconds: float = SECONDS) -> bytes:
        """Send bytes as they are, and read until the server closes."""
        with self.opened() as opened:
            opened.settimeout(seconds)
            with contextlib.suppress(ConnectionError):
                opened.sendall(data)
            return read_all(opened)

    def opened(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:  # fmt: skip
    given = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body, given = json.dumps(body).encode(), {"Content-Type": "application/json", **given}
    connection.request(method, path, body, given)
    answer = connection.getresponse()
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def read_all(opened: socket.socket) -> bytes:
    """Everything until the other side closes."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := opened.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def read_answer(opened: socket.socket) -> bytes:
    """One answer with its body, of a connection that stays open."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = opened.recv(65_536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < length:
        body += opened.recv(65_536)
    return head + b"\r\n\r\n" + body


def status(data: bytes) -> int:
    """Of an answer as it came."""
    assert data.startswith(b"HTTP/1.1 "), data[:100]
    return int(data[9:12])


@contextlib.contextmanager
def live(
    app: ASGIApp, limits: Limits | None = None, websockets: str = "none",
    on_refusal: Callable[[int], None] = lambda status: None,
) -> Iterator[Live]:  # fmt: skip
    """A server in a thread of this process."""
    opened = listen("127.0.0.1", 0)
    server = Server(app, limits or Limits(), websockets=websockets, on_refusal=on_refusal)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
    thread.start()
    until(lambda: server.started)
    try:
        yield Live(opened.getsockname()[1], server, thread)
    finally:
        server.stop()
        thread.join(SECONDS)
        assert not thread.is_alive()


def until(true: Any, seconds: float = SECONDS) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)
