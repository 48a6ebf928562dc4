"""One request and its answer, as an app sees them (ASGI): `receive` gives the body, `send` takes the answer."""

from __future__ import annotations

import asyncio
import http
import logging
from typing import Protocol

from starlette.types import ASGIApp, Message, Scope

from lamina.errors import RequestError
from lamina.web.framing import Chunked, Measured
from lamina.web.heads import Head

CLOSE = (b"connection", b"close")
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode("ascii") for status in http.HTTPStatus
}
BODILESS = (204, 304)
"""What has no body, and tells no length of one."""
MOST_BYTES = 65_536
"""So much of a body waits for an app that does not read it; what comes behind it waits on its way."""
log = logging.getLogger(__name__)


class Wire(Protocol):
    """What an exchange needs of its connection."""

    def usual_headers(self) -> list[tuple[bytes, bytes]]:
        """What every answer has."""

    async def drained(self) -> None:
        """Wait for a client that reads slowly."""

    def write(self, data: bytes) -> None:
        """Send."""

    def go_on_reading(self) -> None:
        """The app has taken what came of the body."""

    def answered(self) -> None:
        """The answer is complete."""

    def refuse(self, error: RequestError) -> None:
        """There will be no answer but this one."""

    def close(self) -> None:
        """Send what was written, and leave."""


class Exchange:
    """A request that is being answered.

    Args:
        head: of the request.
        scope: what the app is told of it.
        wire: of its connection.
        last: whether nothing more is taken on the connection.

    What goes over the connection goes in one piece where the app gives its answer in one: the head waits for the body.
    """

    def __init__(self, head: Head, scope: Scope, wire: Wire, last: bool) -> None:
        self.last = last
        self.begun = self.ended = self.gone = False
        """Whether some of the answer was sent, all of it was, or the client is no longer there."""
        self._method, self._waits, self._scope, self._wire = head.method, head.waits, scope, wire
        self._body = Chunked() if head.length is None else Measured(head.length)
        self._came, self._given = bytearray(), False
        self._news = asyncio.Event()
        self._start: Message | None = None

    @property
    def whole(self) -> bool:
        """Whether all of the request has come."""
        return self._body.whole

    def feed(self, data: bytearray) -> bool:
        """Take what belongs to the body out of the data; whether there is room for more.

        Raises:
            RequestError: 400: chunks that are none.
        """
        self._came += self._body.take(data)
        self._news.set()
        return len(self._came) <= MOST_BYTES

    def leave(self) -> None:
        """The client has gone, or has been told that there is no answer."""
        self.gone = True
        self._news.set()

    def start(self, app: ASGIApp) -> asyncio.Task[None]:
        """Let the app answer; where it does not, say so."""
        task = asyncio.get_running_loop().create_task(self._run(app))
        task.add_done_callback(self._look)
        return task

    async def _run(self, app: ASGIApp) -> None:
        await app(self._scope, self._receive, self._send)

    def _look(self, task: asyncio.Task[None]) -> None:
        """See how the app has ended."""
        if task.cancelled():
            self._fail(RequestError(503, "the server ends: ask again in a second"))
            self._wire.close()
            return
        error = task.exception()
        if error is None and not (self.ended or self.gone):
            error = RuntimeError("the app has given no whole answer")
        if error is not None:
            log.error("a request was not answered", exc_info=error)
            self._fail(RequestError(500, "the server has made a mistake, which its log tells"))

    def _fail(self, error: RequestError) -> None:
        if not (self.ended or self.gone):
            self._wire.refuse(error)

    async def _receive(self) -> Message:
        if self._waits and not (self.whole or self.begun):
            self._waits = False
            self._wire.write(CONTINUE)
        while not (self._came or (self.whole and not self._given) or self.ended or self.gone):
            self._news.clear()
            await self._news.wait()
        if self.ended or self.gone:
            return {"type": "http.disconnect"}
        body, self._came = bytes(self._came), bytearray()
        self._given = self.whole
        self._wire.go_on_reading()
        return {"type": "http.request", "body": body, "more_body": not self.whole}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        await self._wire.drained()
        if self.gone:
            return
        if self._start is None or self.ended:
            raise RuntimeError("an answer has one beginning and one end")
        body, more = message.get("body", b""), message.get("more_body", False)
        data = b"" if self._method == "HEAD" else body
        if not self.begun:
            data = self._head(self._start, None if more else len(body)) + data
            self.begun = True
        self._wire.write(data)
        if not more:
            self.ended = True
            self._news.set()
            self._wire.answered()

    def _head(self, start: Message, length: int | None) -> bytes:
        """The head of the answer; where its length is not known, the end of the connection is its end."""
        headers = [*self._wire.usual_headers(), *start.get("headers", ())]
        if start["status"] not in BODILESS and not any(name == b"content-length" for name, _ in headers):
            self.last = self.last or length is None
            headers += [] if length is None else [(b"content-length", b"%d" % length)]
        if self.last:
            headers.append(CLOSE)
        head = STATUS_LINES[start["status"]] + b"".join([b"%b: %b\r\n" % one for one in headers])
        if not head.count(b"\n") == head.count(b"\r") == len(headers) + 1:
            raise RuntimeError("a header of the answer has a line end in it")
        return head + b"\r\n"
