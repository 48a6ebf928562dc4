"""The thread of a session: tasks in their order, training in between, errors that reach who asked."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from lamina import SettingError
from lamina.playground.outbox import MOST_WAITING, Outbox
from lamina.playground.worker import Worker


class Still:
    """A session that counts instead of training."""

    def __init__(self) -> None:
        self.outbox, self.running, self.trained = Outbox(), False, 0
        self.enough = threading.Event()

    def train(self) -> float:
        self.trained += 1
        if self.trained >= 3:
            self.enough.set()
        return 0.0


@pytest.fixture
def still() -> Any:
    return Still()


def test_tasks_come_before_training(still: Any) -> None:
    worker = Worker(still)
    worker.start()
    assert worker.ask(lambda session: session.trained).result(5) == 0

    def run(session: Any) -> None:
        session.running = True

    worker.post(run)
    assert still.enough.wait(5)
    worker.stop()
    assert not worker.alive
    assert still.outbox.closed


def test_an_error_reaches_who_asked_and_the_worker_goes_on(still: Any) -> None:
    worker = Worker(still)
    worker.start()

    def refuse(session: Any) -> None:
        raise SettingError("no")

    with pytest.raises(SettingError, match="no"):
        worker.ask(refuse).result(5)
    assert worker.ask(lambda session: 3).result(5) == 3
    worker.stop()


def test_the_outbox_keeps_the_order_and_forgets_the_oldest() -> None:
    woken: list[int] = []
    outbox = Outbox(lambda: woken.append(1))
    outbox.put({"kind": "state"})
    outbox.put(b"frame", frame_of="a")
    assert (outbox.has_frame("a"), outbox.has_frame("b")) == (True, False)
    assert outbox.take() == [{"kind": "state"}, b"frame"]
    assert not outbox.has_frame("a")
    for number in range(MOST_WAITING + 5):
        outbox.put({"number": number})
    assert outbox.take()[0] == {"number": 5}
    assert len(woken) == MOST_WAITING + 7
