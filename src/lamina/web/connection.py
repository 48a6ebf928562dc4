"""A connection of uvicorn's, with what it leaves open: heads that are checked, deadlines, a last answer, a soft close.

Uvicorn answers every damaged head with 400, waits without end for a head or for a client that does not read, and closes
connections at once when it stops, so that a request on its way is lost. Here each refusal has its status, each wait an
end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from lamina.errors import RequestError
from lamina.web.heads import why_refused
from lamina.web.limits import Limits
from lamina.web.refusing import raw_refusal

CLOSE = (b"connection", b"close")
READING, WRITING = "reading", "writing"
"""What a connection waits for, each with its own deadline."""
LINGER_SECONDS = 2.0
"""A client that still sends reads its answer late: for so long, what it sends is thrown away; then comes the end."""
LAST_SECONDS = 0.5
"""A server that stops waits for so long for a request that is on its way."""
QUIET_SECONDS = 1.0
"""Where all places are taken, connections on which nothing was asked for so long give way."""
LOOK_SECONDS = 0.1
"""So long after they were looked for, they are looked for again."""
MOST_PASSING = 2_048
"""So many connections without a place are told why; more are closed without a word."""


class Connection(H11Protocol):
    """One connection; `limited` gives the class for a server with its limits.

    Those in `passing` have no place: they are refused when they ask, or have been.
    """

    limits: ClassVar[Limits] = Limits()
    passing: ClassVar[set[Connection]] = set()
    looked: ClassVar[float] = 0.0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._since = self.loop.time()
        self._began = self._leaving = self._lingers = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take a place, where one is left or a quiet connection gives its own."""
        super().connection_made(transport)
        if not self._takes_place() and len(self.passing) > MOST_PASSING:
            transport.abort()
        self._after(READING, self.limits.head_seconds, self._end_of_patience)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self.passing.discard(self)
        self._after(READING)
        self._after(WRITING)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; of a client that was answered already, none."""
        if self._lingers:
            return
        if self.is_quiet and self.cycle is not None and not self._began:
            self._after(READING, self.limits.head_seconds, self._end_of_patience)
        self._began = True
        super().data_received(data)

    def handle_events(self) -> None:
        """Let uvicorn read a head only after it was checked."""
        if self.conn.their_state is h11.IDLE:
            error = self._wrong_head()
            if error is not None:
                self._refuse(error)
                return
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:  # a request has begun
            self._after(READING)
            self._began = False
            if self._leaving:
                self._say_last()
        elif self.transport.get_protocol() is not self:  # it has become a WebSocket
            self._after(READING)

    def on_response_complete(self) -> None:
        """Wait for the next request; where the client still sends this one, throw that away and close."""
        self._since = self.loop.time()
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self.conn.their_state is h11.SEND_BODY:
            self._linger()
        elif self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._began = True
            self._after(READING, self.limits.head_seconds, self._end_of_patience)

    def shutdown(self) -> None:
        """Answer what was asked, and what is on its way, and say that it is the last answer."""
        self._leaving = True
        if self.is_quiet:
            self.loop.call_later(LAST_SECONDS, self._leave)
        else:
            self._say_last()

    def pause_writing(self) -> None:
        """A client that does not read its answer is waited for as long as for any request."""
        super().pause_writing()
        self._after(WRITING, self.limits.request_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        self._after(WRITING)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is being asked on it."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def quiet_seconds(self) -> float:
        """For how long nothing was asked on it."""
        return self.loop.time() - self._since if self.is_quiet else 0.0

    def close(self) -> None:
        """Close it softly: what was written is sent."""
        if not self.transport.is_closing():
            self.transport.close()

    def _wrong_head(self) -> RequestError | None:
        data = self.conn.trailing_data[0]
        error = why_refused(data, self.limits) if data else None
        if error is None and self in self.passing and b"\r\n\r\n" in data and not self._takes_place():
            return RequestError(503, f"{self.limits.connections} connections are open: ask again in a second")
        return error

    def _refuse(self, error: RequestError) -> None:
        """Answer what never becomes a request, and close."""
        self.transport.write(raw_refusal(error))
        self._linger()

    def _linger(self) -> None:
        """Say that nothing more comes, throw away what still arrives, then close."""
        self._lingers = True
        self.passing.add(self)
        self._unset_keepalive_if_required()
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._after(READING, LINGER_SECONDS, self.close)

    def _end_of_patience(self) -> None:
        """A head that has not come in time: 408 where it has begun, nothing where nobody said a word."""
        if self._began and not self.transport.is_closing():
            seconds = f"{self.limits.head_seconds:g}"
            self._refuse(RequestError(408, f"the head of a request must come within {seconds} seconds"))
        else:
            self.close()

    def _say_last(self) -> None:
        """Make the answer under way the last one of this connection."""
        self.cycle.scope["headers"] = [*self.cycle.scope["headers"], CLOSE]  # uvicorn gives the answer the same
        self.cycle.keep_alive = False

    def _leave(self) -> None:
        if self.is_quiet and not self._began:
            self.close()

    def _takes_place(self) -> bool:
        """Take one of the places; connections that were quiet for a while give up theirs."""
        self.passing.discard(self)
        if self._taken() > self.limits.connections:
            self._send_quiet_ones_away()
        if self._taken() > self.limits.connections:
            self.passing.add(self)
        return self not in self.passing

    def _taken(self) -> int:
        return len(self.connections) - len(self.passing)

    def _send_quiet_ones_away(self) -> None:
        now = self.loop.time()
        if now - type(self).looked < LOOK_SECONDS:
            return
        type(self).looked = now
        for one in list(self.connections):
            if isinstance(one, Connection) and one is not self and one.quiet_seconds > QUIET_SECONDS:
                one.close()
                self.passing.add(one)

    def _after(self, what: str, seconds: float = 0.0, act: Callable[[], object] | None = None) -> None:
        """Do something later, in place of what was to be done; nothing where it is not said what."""
        if what in self._timers:
            self._timers.pop(what).cancel()
        if act is not None:
            self._timers[what] = self.loop.call_later(seconds, act)


def limited(limits: Limits) -> type[Connection]:
    """Connections with these limits."""
    return type("LimitedConnection", (Connection,), {"limits": limits, "passing": set(), "looked": 0.0})
