"""A connection over which HTTP/1.1 is spoken: heads that are checked, deadlines, a last answer, a soft close.

Each refusal has its status, each wait an end: for a head, for a body, for a client that does not read, for the next
request. A server that stops answers what is on its way, and says that this answer is the last.
"""

from __future__ import annotations

import asyncio
import urllib.parse
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import Scope
from uvicorn.server import ServerState

from lamina.errors import RequestError
from lamina.web.deadlines import Deadline
from lamina.web.exchanges import Exchange
from lamina.web.heads import Head, read_head
from lamina.web.limits import Limits
from lamina.web.places import QUIET_SECONDS, Places
from lamina.web.refusing import raw_refusal

ASGI = {"version": "3.0", "spec_version": "2.3"}
LINGER_SECONDS = 2.0
"""A client that still sends reads its answer late: for so long, what it sends is thrown away; then comes the end."""
LAST_SECONDS = 0.5
"""A server that stops waits for so long for a request that is on its way."""
MOST_PASSING = 2_048
"""So many connections without a place are told why; more are closed without a word."""


class Connection(asyncio.Protocol):
    """One connection of uvicorn's server; `limited` gives the class for a server with its limits.

    What was received and not yet understood waits in one place; it is a head where no exchange is under way, and
    the body or a request behind it where one is.
    """

    limits = Limits()
    places = Places(limits.connections)
    on_refusal: Callable[[int], None] = staticmethod(lambda status: None)
    _transport: asyncio.Transport

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._loop = _loop or asyncio.get_running_loop()
        self._config, self._server, self._app_state = config, server_state, app_state
        self._connections: set[Any] = server_state.connections
        self._exchange: Exchange | None = None
        self._data = bytearray()
        self._comes_by, self._is_read_by = Deadline(self._loop), Deadline(self._loop)
        self._drained = asyncio.Event()
        self._drained.set()
        self._since = self._loop.time()
        self._leaving = self._lingers = self._has_heard_all = False

    # What the event loop calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one of these
        """Take a place, where one is left or a quiet connection gives its own."""
        self._transport = transport
        self._peers = {name: _address(transport, name) for name in ("sockname", "peername")}
        self._connections.add(self)
        if not self.places.take(self, self._connections) and len(self.places.passing) > MOST_PASSING:
            transport.abort()
        self._comes_by.set(self.limits.head_seconds, self._end_of_patience)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._connections.discard(self)
        self.places.passing.discard(self)
        self._comes_by.close()
        self._is_read_by.close()
        self._drained.set()
        if self._exchange is not None:
            self._exchange.leave()

    def data_received(self, data: bytes) -> None:
        """Take bytes; of a client that was answered for the last time, none."""
        if self._lingers:
            return
        begins = self._exchange is None and not self._data
        if begins:
            self._since = self._loop.time()
        self._data += data
        self._go_on()
        if begins and self._has_begun_head:
            self._comes_by.set(self.limits.head_seconds, self._end_of_patience)

    def eof_received(self) -> bool:
        """The client sends nothing more; what it has asked is answered."""
        self._has_heard_all = True
        return self._exchange is not None and self._exchange.whole and not self._lingers

    def pause_writing(self) -> None:
        """A client that does not read its answer is waited for as long as for any request."""
        self._drained.clear()
        self._is_read_by.set(self.limits.request_seconds, self._transport.abort)

    def resume_writing(self) -> None:
        """It reads again."""
        self._drained.set()
        self._is_read_by.clear()

    # What uvicorn's server and the places call.

    def shutdown(self) -> None:
        """Answer what was asked, and what is on its way, and say that it is the last answer."""
        self._leaving = True
        if self._exchange is not None:
            self._exchange.last = True
        else:
            self._loop.call_later(LAST_SECONDS, self._leave)

    @property
    def quiet_seconds(self) -> float:
        """For how long nothing was asked on it."""
        return self._loop.time() - self._since if self._exchange is None and not self._lingers else 0.0

    def give_way(self) -> None:
        """Leave the place to others, unless something is asked by then."""
        self._loop.call_later(0, self._give_way)  # a timer comes after what has been received by then

    # What an exchange calls.

    def usual_headers(self) -> list[tuple[bytes, bytes]]:
        """The date."""
        return self._server.default_headers

    async def drained(self) -> None:
        """Wait for a client that reads slowly."""
        if not self._drained.is_set():
            await self._drained.wait()

    def write(self, data: bytes) -> None:
        """Send."""
        self._transport.write(data)

    def go_on_reading(self) -> None:
        """There is room for more of the body."""
        if self._exchange is not None and not self._exchange.whole:
            self._transport.resume_reading()

    def answered(self) -> None:
        """Wait for the next request; where none may follow, or the client still sends this one, close."""
        exchange = self._exchange
        self._since = self._loop.time()
        if exchange is None or self._transport.is_closing():
            return
        if not exchange.whole or (exchange.last and self._data):
            self._linger()
        elif exchange.last:
            self.close()
        else:
            self._exchange = None
            self._transport.resume_reading()
            self._comes_by.set(self.limits.idle_seconds, self._end_of_patience)
            if self._data or self._has_heard_all:
                self._go_on()
            if self._has_begun_head:
                self._comes_by.set(self.limits.head_seconds, self._end_of_patience)

    def refuse(self, error: RequestError) -> None:
        """Answer what has no other answer, and close."""
        if self._exchange is not None:
            self._exchange.leave()
        if self._transport.is_closing():
            return
        if self._exchange is not None and self._exchange.begun:
            self._transport.abort()
            return
        self.write(raw_refusal(error))
        self.on_refusal(error.status)
        self._linger()

    def close(self) -> None:
        """Close it softly: what was written is sent."""
        self._transport.close()

    @property
    def _has_begun_head(self) -> bool:
        """Whether a part of a head has come and the rest is waited for."""
        return self._exchange is None and bool(self._data) and not self._lingers

    def _go_on(self) -> None:
        """Understand what has been received, as far as that goes."""
        try:
            if self._exchange is None:
                self._begin()
            elif not self._exchange.whole:
                self._feed(self._exchange)
            if self._data and self._exchange is not None and self._exchange.whole:
                self._transport.pause_reading()  # what comes behind a request waits until that is answered
        except RequestError as error:
            self.refuse(error)

    def _begin(self) -> None:
        """Begin to answer the request whose head has come, if one has."""
        head = read_head(self._data, self.limits)
        if head is None:
            if self._has_heard_all:
                self.close()
            return
        if self in self.places.passing and not self.places.take(self, self._connections):
            raise RequestError(503, f"{self.limits.connections} connections are open: ask again in a second")
        if head.socket and self._config.ws_protocol_class is not None:
            self._hand_over(head, self._config.ws_protocol_class)
            return
        del self._data[: head.size]
        self._exchange = Exchange(head, self._scope(head), self, self._leaving or not head.stays)
        self._feed(self._exchange)
        if not self._exchange.whole:
            self._comes_by.set(self.limits.body_seconds, self._body_is_late)
        task = self._exchange.start(self._config.loaded_app)
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    def _feed(self, exchange: Exchange) -> None:
        if not exchange.feed(self._data):
            self._transport.pause_reading()
        if exchange.whole:
            self._comes_by.clear()

    def _scope(self, head: Head) -> Scope:
        path, _, query = head.target.partition(b"?")
        return {
            "type": "http", "asgi": ASGI, "http_version": head.version, "scheme": "http", "method": head.method,
            "server": self._peers["sockname"], "client": self._peers["peername"], "root_path": "",
            "path": urllib.parse.unquote(path.decode("ascii")), "raw_path": path, "query_string": query,
            "headers": head.headers, "state": self._app_state.copy(),
        }  # fmt: skip

    def _hand_over(self, head: Head, protocol_class: Any) -> None:
        """Let uvicorn talk over this connection as a WebSocket, from the head on: that which was checked."""
        self._connections.discard(self)
        self._comes_by.close()
        protocol = protocol_class(config=self._config, server_state=self._server, app_state=self._app_state)
        protocol.connection_made(self._transport)
        self._transport.set_protocol(protocol)
        protocol.data_received(head.as_bytes() + self._data[head.size :])
        self._data.clear()

    def _linger(self) -> None:
        """Say that nothing more comes, throw away what still arrives, then close."""
        self._lingers = True
        self._data.clear()
        self.places.passing.add(self)
        self._transport.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._comes_by.set(LINGER_SECONDS, self.close)

    def _end_of_patience(self) -> None:
        """A head that has not come in time: 408 where it has begun, nothing where nobody said a word."""
        if self._has_begun_head:
            self.refuse(RequestError(408, "the head of the request did not come in time"))
        else:
            self.close()

    def _body_is_late(self) -> None:
        self.refuse(RequestError(408, f"the body of a request must come within {self.limits.body_seconds:g} seconds"))

    def _leave(self) -> None:
        if self._exchange is None and not self._data:
            self.close()

    def _give_way(self) -> None:
        if self.quiet_seconds > QUIET_SECONDS:
            self._end_of_patience()
        elif not self._lingers:
            self.places.passing.discard(self)


def _address(transport: asyncio.Transport, name: str) -> tuple[str, int] | None:
    found = transport.get_extra_info(name)
    return found[:2] if isinstance(found, tuple) else None


def limited(limits: Limits, on_refusal: Callable[[int], None]) -> type[Connection]:
    """Connections with these limits, and with places of their own; they tell the status of what no app has answered."""
    own = {"limits": limits, "places": Places(limits.connections), "on_refusal": staticmethod(on_refusal)}
    return type("LimitedConnection", (Connection,), own)
