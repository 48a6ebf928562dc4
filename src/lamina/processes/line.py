"""The line between process 0 and each of the others: short messages in order, and knowing at once that one is gone.

Each message is one line of JSON. Every second each side sends a beat; a side that closes the connection before it has
said that it is done, or is silent for ten seconds, is lost, and so is the run.
"""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

BEAT_SECONDS = 1.0
LOST_SECONDS = 10.0
"""A process that was not heard of for so long is lost."""
LONGEST_MESSAGE = 64 * 1024**2

Lost = Callable[[str], None]
"""What is done when the run cannot go on, with the reason in words; called by a thread of the line."""


class Line:
    """One end of the line: process 0's has all the others as peers, and every other's has process 0 alone.

    Args:
        own: the number of this process.
        count: of all processes.
        peers: connected sockets, by the number of the process at the other end.
        lost: called once, when a peer is lost or has given up.

    Example:
        >>> alone = Line(0, 1, {}, print)
        >>> alone.tell("go")
        'go'
        >>> alone.close()
    """

    def __init__(self, own: int, count: int, peers: Mapping[int, socket.socket], lost: Lost) -> None:
        self.own, self.count = own, count
        self.asked = ""
        self._peers, self._lost = dict(peers), lost
        self._inbox: dict[int, queue.Queue[Any]] = {peer: queue.Queue() for peer in peers}
        self._done: dict[int, threading.Event] = {peer: threading.Event() for peer in peers}
        self._sending, self._ending = threading.Lock(), threading.Lock()
        self._closed = threading.Event()
        for peer, connection in peers.items():
            connection.settimeout(LOST_SECONDS)
            threading.Thread(target=self._listen, args=(peer,), daemon=True, name=f"line {peer}").start()
        threading.Thread(target=self._beat, daemon=True, name="beat").start()

    def tell(self, value: Any = None) -> Any:
        """Process 0's value, in every process; it must be JSON. What the others bring is not looked at."""
        if self.own:
            return self._inbox[0].get()
        self._send_all({"value": value})
        return value

    def gather(self, value: Any) -> list[Any]:
        """In process 0 everybody's values by their numbers; nothing in the others, which send theirs."""
        if self.own:
            self._send_all({"value": value})
            return []
        return [value, *(self._inbox[peer].get() for peer in sorted(self._inbox))]

    def ask(self, what: str) -> None:
        """Ask process 0 for something, such as to stop; it finds it in `asked`."""
        self._send_all({"ask": what})

    def fail(self, why: str) -> None:
        """Tell the others that the run cannot go on; what comes from them is of no interest any more."""
        self._closed.set()
        self._send_all({"failed": why})

    def close(self) -> None:
        """Say that this process is done, and wait until every peer is."""
        self._send_all({"done": True})
        for event in self._done.values():
            event.wait()
        self._closed.set()

    def _send_all(self, message: Mapping[str, Any]) -> None:
        for peer in self._peers:
            self._send(peer, message)

    def _send(self, peer: int, message: Mapping[str, Any]) -> None:
        try:
            with self._sending:
                self._peers[peer].sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            return  # the listening thread sees the same, and says so

    def _beat(self) -> None:
        while not self._closed.wait(BEAT_SECONDS):
            self._send_all({})

    def _listen(self, peer: int) -> None:
        """Take what comes from a peer until it is done or lost."""
        try:
            with self._peers[peer].makefile("rb") as messages:
                while line := messages.readline(LONGEST_MESSAGE):
                    if self._take(peer, json.loads(line)):
                        return
            self._end(f"process {peer} of {self.count} has ended before the run did")
        except TimeoutError:
            self._end(f"process {peer} of {self.count} has not been heard of for {LOST_SECONDS:g} seconds")
        except ConnectionError:
            self._end(f"process {peer} of {self.count} has ended before the run did")
        except (OSError, ValueError):
            self._end(f"the connection to process {peer} of {self.count} is broken")

    def _take(self, peer: int, message: dict[str, Any]) -> bool:
        """Take one message; whether it was the last."""
        if "value" in message:
            self._inbox[peer].put(message["value"])
        elif "ask" in message:
            self.asked = str(message["ask"])
        elif "failed" in message:
            self._end(str(message["failed"]))
            return True
        elif "done" in message:
            self._done[peer].set()
            return True
        return False

    def _end(self, why: str) -> None:
        """Tell the others why, and end this process's part too; the first reason counts."""
        if self._closed.is_set() or not self._ending.acquire(blocking=False):
            return
        self.fail(why)
        self._lost(why)


def hello(connection: socket.socket, seconds: float) -> dict[str, Any]:
    """The first message at a connection, which must come soon.

    Raises:
        OSError, ValueError: nothing came, or no message.
    """
    connection.settimeout(seconds)
    until, taken = time.monotonic() + seconds, b""
    while not taken.endswith(b"\n") and len(taken) < 65_536 and time.monotonic() < until:
        piece = connection.recv(1)
        if not piece:
            break
        taken += piece
    found = json.loads(taken)
    if not isinstance(found, dict):
        raise ValueError("a message must be an object")
    return found
