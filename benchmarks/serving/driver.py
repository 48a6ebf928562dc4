"""The driver: connections that ask again when they are answered, and check each answer against the offline one.

It shares the machine with the server, so that it must be cheap: plain sockets, one send and one receive a request, and
an answer that is to the byte one that was found right before is right.
"""

from __future__ import annotations

import contextlib
import dataclasses
import heapq
import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence

TOLERANCE = 1e-6
TOO_MUCH = (429, 503)
CHUNK = 65_536
LOOK_SECONDS = 0.05
"""So often it is looked whether the time is over."""
PATIENCE_SECONDS = 15.0
"""So long after the last question its answer is waited for."""


@dataclasses.dataclass(frozen=True)
class Question:
    """A request as it goes over the connection, and how its answer is checked.

    Args:
        data: of the request.
        wrong: what is wrong with the body of an answer; "" where nothing is.
        right: bodies in which nothing was.
    """

    data: bytes
    wrong: Callable[[bytes], str]
    right: set[bytes] = dataclasses.field(default_factory=set)

    def check(self, body: bytes) -> str:
        """What is wrong with the body of an answer."""
        if body in self.right:
            return ""
        why = self.wrong(body)
        if not why:
            self.right.add(body)
        return why


@dataclasses.dataclass
class Load:
    """What came of a load.

    Args:
        statuses: how many answers had which status.
        seconds: of each answer with 200, from when it was to be asked.
        wrong: answers that are not right, and requests that were sent whole and never answered.
        wall_seconds: of the whole load.
        processor_seconds: of the driver.
    """

    statuses: Counter[int] = dataclasses.field(default_factory=Counter)
    seconds: list[float] = dataclasses.field(default_factory=list)
    wrong: list[str] = dataclasses.field(default_factory=list)
    wall_seconds: float = 0.0
    processor_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return self.statuses[200] / self.wall_seconds

    def milliseconds(self, share: float) -> float:
        """The latency below which this share of the answers stayed."""
        ordered = sorted(self.seconds)
        return 1e3 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    def take(self, status: int, body: bytes, question: Question, seconds: float) -> None:
        """Count an answer."""
        self.statuses[status] += 1
        if status == 200:
            self.seconds.append(seconds)
            why = question.check(body)
            if why:
                self.wrong.append(why)
        elif status not in TOO_MUCH:
            self.wrong.append(f"status {status}: {body[:200]!r}")


class Asker:
    """One connection: it is opened where there is none, sends a question, and reads until the answer is whole.

    Args:
        port: of the server.
        selector: tells when it can go on.
        turn: which question comes first.
    """

    def __init__(self, port: int, selector: selectors.BaseSelector, turn: int) -> None:
        self.turn, self.due = turn, 0.0
        self.question: Question | None = None
        """The one that waits for its answer."""
        self._port, self._selector = port, selector
        self._socket: socket.socket | None = None
        self._data = b""

    def ask(self, question: Question, due: float) -> None:
        """Send a question; where no connection is open, once that is."""
        self.question, self.due = question, due
        if self._socket is not None:
            self._socket.sendall(question.data)
            return
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._selector.register(self._socket, selectors.EVENT_WRITE, self)
        with contextlib.suppress(BlockingIOError):
            self._socket.connect(("127.0.0.1", self._port))

    def go_on(self) -> tuple[int, bytes] | None:
        """What can be done without waiting: the status and body of the answer, where it is whole.

        Raises:
            OSError: no connection, or it was closed before the answer came.
        """
        if self._socket is None:
            return None
        if self._selector.get_key(self._socket).events == selectors.EVENT_WRITE:
            self._begin(self._socket)
            return None
        data = self._socket.recv(CHUNK)
        if not data:
            raise ConnectionError("closed without an answer")
        self._data = self._data + data if self._data else data
        return self._answer()

    def close(self) -> None:
        """Leave."""
        if self._socket is not None:
            self._selector.unregister(self._socket)
            self._socket.close()
        self._socket, self._data, self.question = None, b"", None

    def _begin(self, opened: socket.socket) -> None:
        error = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, "no connection")
        if self.question is not None:
            opened.sendall(self.question.data)
        self._selector.modify(opened, selectors.EVENT_READ, self)

    def _answer(self) -> tuple[int, bytes] | None:
        head, end, body = self._data.partition(b"\r\n\r\n")
        lower = head.lower()
        place = lower.find(b"content-length: ")
        if not end or len(body) < int(lower[place + 16 :].split(b"\r\n", 1)[0]):
            return None
        self._data, self.question = b"", None
        if b"connection: close" in lower:
            self.close()
        return int(head[9:12]), body


class _Loading:
    """A load that is under way; whoever is to ask waits in a heap for the time at which that is due."""

    def __init__(self, port: int, questions: Sequence[Question], connections: int, rate: float, ends: bool) -> None:
        self.found = Load()
        self._questions, self._rate, self._ends = questions, rate, ends
        self._selector = selectors.DefaultSelector()
        self._askers = [Asker(port, self._selector, number) for number in range(connections)]
        self._due: list[tuple[float, int]] = []
        self._listens = True

    def run(self, seconds: float) -> None:
        """Ask until the time is over or nobody listens, then wait for what was asked."""
        began, processor = time.perf_counter(), time.process_time()
        self._due = [
            (began + number / self._rate if self._rate else began, number) for number in range(len(self._askers))
        ]
        while (now := time.perf_counter()) < began + seconds and (self._listens or self._waits):
            while self._due and self._due[0][0] <= now:
                self._ask(*heapq.heappop(self._due))
            self._listen(min(LOOK_SECONDS, self._due[0][0] - now) if self._due else LOOK_SECONDS)
        self.found.wall_seconds = time.perf_counter() - began
        self.found.processor_seconds = time.process_time() - processor
        self._due.clear()
        while self._waits and time.perf_counter() < now + PATIENCE_SECONDS:
            self._listen(LOOK_SECONDS)
        self.found.wrong += ["no answer"] * self._waits

    def close(self) -> None:
        """Leave."""
        for asker in self._askers:
            asker.close()
        self._selector.close()

    @property
    def _waits(self) -> int:
        """How many questions wait for their answers."""
        return sum(asker.question is not None for asker in self._askers)

    def _ask(self, due: float, number: int) -> None:
        if not self._listens:
            return
        asker = self._askers[number]
        question = self._questions[asker.turn % len(self._questions)]
        asker.turn += len(self._askers)
        try:
            asker.ask(question, due if self._rate else time.perf_counter())
        except OSError as error:
            self._lose(number, error)

    def _listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(max(0.0, seconds)):
            asker: Asker = key.data
            question, number = asker.question, asker.turn % len(self._askers)
            try:
                answer = asker.go_on()
            except OSError as error:
                self._lose(number, error)
                continue
            if answer is not None and question is not None:
                now = time.perf_counter()
                self.found.take(*answer, question, now - asker.due)
                self._later(number, now)

    def _later(self, number: int, now: float) -> None:
        """Let an asker ask again."""
        due = self._askers[number].due + len(self._askers) / self._rate if self._rate else now
        heapq.heappush(self._due, (due, number))

    def _lose(self, number: int, error: OSError) -> None:
        """A question without an answer; where nobody listens any more, it was never taken."""
        asked = self._askers[number].question is not None
        self._askers[number].close()
        if isinstance(error, ConnectionRefusedError) and self._ends:
            self._listens = False
        elif asked:
            self.found.wrong.append(str(error))
            self._later(number, time.perf_counter())


def load(
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
    with contextlib.closing(_Loading(port, questions, connections, rate, ends)) as loading:
        loading.run(seconds)
    return loading.found


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
