"""The line between processes: values in order, questions, and what happens when one is gone."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from lamina.processes import line as module
from lamina.processes.line import Line

QUICK = 0.05


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(module, "BEAT_SECONDS", QUICK)
    monkeypatch.setattr(module, "LOST_SECONDS", 10 * QUICK)
    yield
    for pair in PAIRS:
        for end in pair:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
    PAIRS.clear()


PAIRS: list[tuple[socket.socket, socket.socket]] = []


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a connection, closed after the test."""
    PAIRS.append(socket.socketpair())
    return PAIRS[-1]


class Three:
    """Lines of three processes, and what each was told when the run could not go on."""

    def __init__(self) -> None:
        pairs = {number: pair() for number in (1, 2)}
        self.said: list[queue.Queue[str]] = [queue.Queue() for _ in range(3)]
        self.sockets = pairs
        self.lines = [
            Line(0, 3, {number: ends[0] for number, ends in pairs.items()}, self.said[0].put),
            *(Line(number, 3, {0: ends[1]}, self.said[number].put) for number, ends in pairs.items()),
        ]


def test_process_0_decides_and_gathers() -> None:
    first, second, third = Three().lines
    assert first.tell({"last": 7}) == second.tell("not looked at") == third.tell() == {"last": 7}
    assert second.gather("b") == third.gather("c") == []
    assert first.gather("a") == ["a", "b", "c"]
    assert [first.tell(number) for number in range(3)] == [second.tell() for _ in range(3)] == [0, 1, 2]


def test_numbers_come_as_they_are() -> None:
    first, second, _ = Three().lines
    first.tell({"loss": 0.1 + 0.2})
    assert second.tell() == {"loss": 0.1 + 0.2}


def test_a_question_reaches_process_0() -> None:
    first, _, third = Three().lines
    third.ask("SIGTERM")
    until = time.monotonic() + 5
    while not first.asked and time.monotonic() < until:
        time.sleep(QUICK)
    assert first.asked == "SIGTERM"


def test_a_closed_connection_ends_all() -> None:
    three = Three()
    three.sockets[1][1].shutdown(socket.SHUT_RDWR)
    for number in (0, 2):
        assert three.said[number].get(timeout=5) == "process 1 of 3 has ended before the run did"


def test_silence_ends_all() -> None:
    here, _ = pair()
    said: queue.Queue[str] = queue.Queue()
    Line(0, 2, {1: here}, said.put)
    assert said.get(timeout=5) == "process 1 of 2 has not been heard of for 0.5 seconds"


def test_beats_are_enough() -> None:
    three = Three()
    time.sleep(1.5)
    assert all(said.empty() for said in three.said)


@pytest.mark.parametrize("sent", [b"no JSON\n", b'{"value"\n'])
def test_nonsense_ends_the_run(sent: bytes) -> None:
    here, there = pair()
    said: queue.Queue[str] = queue.Queue()
    Line(0, 2, {1: here}, said.put)
    there.sendall(sent)
    assert said.get(timeout=5) == "the connection to process 1 of 2 is broken"


def test_why_one_failed_is_told_to_all() -> None:
    three = Three()
    three.lines[2].fail("process 2 of 3 could not go on: pets.zip: no such file")
    for number in (0, 1):
        assert three.said[number].get(timeout=5) == "process 2 of 3 could not go on: pets.zip: no such file"
    assert three.said[2].empty()


def test_who_is_done_is_not_lost() -> None:
    three = Three()
    threads = [threading.Thread(target=line.close) for line in three.lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert not any(thread.is_alive() for thread in threads)
    for ends in three.sockets.values():
        for end in ends:
            end.close()
    time.sleep(3 * QUICK)
    assert all(said.empty() for said in three.said)


def test_process_0_lost_while_the_others_wait_for_it() -> None:
    three = Three()
    threading.Thread(target=three.lines[1].close, daemon=True).start()
    time.sleep(3 * QUICK)
    three.sockets[1][0].shutdown(socket.SHUT_RDWR)
    assert three.said[1].get(timeout=5) == "process 0 of 3 has ended before the run did"


def test_a_connection_that_is_closed_before_anybody_listens_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    here, _ = pair()

    class Late(threading.Thread):
        def start(self) -> None:
            here.close()
            super().start()

    monkeypatch.setattr(module.threading, "Thread", Late)
    said: queue.Queue[str] = queue.Queue()
    Line(0, 2, {1: here}, said.put)
    assert said.get(timeout=5) == "the connection to process 1 of 2 is broken"
