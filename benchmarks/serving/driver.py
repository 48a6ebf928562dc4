"""The driver: connections that ask again when they are answered, and check each answer against the offline one."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence

TOLERANCE = 1e-6
TOO_MUCH = (429, 503)


@dataclasses.dataclass(frozen=True)
class Question:
    """A request as it goes over the connection, and what is wrong with the body of its answer, "" where nothing is."""

    data: bytes
    wrong: Callable[[bytes], str]


@dataclasses.dataclass
class Load:
    """What came of a load.

    Args:
        statuses: how many answers had which status.
        seconds: of each answer with 200, from when it was to be asked.
        wrong: answers that are not right, and requests that were sent whole and never answered.
        wall_seconds: of the whole load.
    """

    statuses: Counter[int] = dataclasses.field(default_factory=Counter)
    seconds: list[float] = dataclasses.field(default_factory=list)
    wrong: list[str] = dataclasses.field(default_factory=list)
    wall_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return self.statuses[200] / self.wall_seconds

    def milliseconds(self, share: float) -> float:
        """The latency below which this share of the answers stayed."""
        ordered = sorted(self.seconds)
        return 1e3 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


class Asker(asyncio.Protocol):
    """One connection: it sends a request, and sets the answer's status and body where somebody waits."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None
        self.closed = self.last = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("closed without an answer"))

    def data_received(self, data: bytes) -> None:
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end < 0 or self._answer is None:
            return
        head = bytes(self._data[:end]).lower()
        place = head.find(b"content-length:")
        length = int(head[place + 15 :].split(b"\r\n", 1)[0])
        if len(self._data) < end + 4 + length:
            return
        body = bytes(self._data[end + 4 : end + 4 + length])
        self._data.clear()
        self.last = b"connection: close" in head
        if not self._answer.done():
            self._answer.set_result((int(head[9:12]), body))

    def ask(self, data: bytes) -> asyncio.Future[tuple[int, bytes]]:
        """Send a request."""
        self._answer = asyncio.get_running_loop().create_future()
        if self._transport is None or self.closed:
            self._answer.set_exception(ConnectionError("closed before it was asked"))
        else:
            self._transport.write(data)
        return self._answer

    def close(self) -> None:
        """Leave."""
        if self._transport is not None:
            self._transport.close()


async def load(
    port: int, questions: Sequence[Question], connections: int, seconds: float, rate: float = 0.0, ends: bool = False
) -> Load:
    """Ask for some time.

    Args:
        port: of the server.
        questions: asked in turn.
        connections: at the same time.
        seconds: how long.
        rate: requests a second of all connections together; 0 asks again as soon as an answer is there.
        ends: the server ends meanwhile: a connection that cannot be opened is the end and no mistake.
    """
    found, began = Load(), time.perf_counter()
    each = connections / rate if rate else 0.0

    async def one(number: int) -> None:
        due = began + each * number / connections
        asker: Asker | None = None
        place = number
        while time.perf_counter() - began < seconds:
            if each:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if asker is None or asker.closed or asker.last:
                asker = await _opened(port, found, ends)
                if asker is None:
                    return
            await _ask(asker, questions[place % len(questions)], due if each else time.perf_counter(), found)
            place, due = place + connections, due + each
        if asker is not None:
            asker.close()

    await asyncio.gather(*map(one, range(connections)))
    found.wall_seconds = time.perf_counter() - began
    return found


async def _opened(port: int, found: Load, ends: bool) -> Asker | None:
    try:
        _, asker = await asyncio.get_running_loop().create_connection(Asker, "127.0.0.1", port)
    except OSError as error:
        if not ends:
            found.wrong.append(f"no connection: {error}")
        return None
    return asker


async def _ask(asker: Asker, question: Question, due: float, found: Load) -> None:
    try:
        status, body = await asker.ask(question.data)
    except ConnectionError as error:
        found.wrong.append(str(error))
        return
    found.statuses[status] += 1
    if status == 200:
        found.seconds.append(time.perf_counter() - due)
        why = question.wrong(body)
        if why:
            found.wrong.append(why)
    elif status not in TOO_MUCH:
        found.wrong.append(f"status {status}: {body[:200]!r}")


def request(path: str, document: object) -> bytes:
    """A POST of JSON as bytes."""
    body = json.dumps(document).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
