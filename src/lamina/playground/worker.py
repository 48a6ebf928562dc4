"""The thread on which a session lives: commands as they come, training in between."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from lamina.errors import LaminaError
from lamina.playground.session import Session

Result = TypeVar("Result")
Task = Callable[[Session], None]


class Worker:
    """Carries out tasks on a session, one after the other, and trains while there are none.

    Args:
        session: nobody else may touch it once the worker has started.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="playground", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it still works."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the task under way."""
        self._tasks.put(None)
        self._thread.join()

    def post(self, task: Task) -> None:
        """Have something done."""
        self._tasks.put(task)

    def ask(self, question: Callable[[Session], Result]) -> Future[Result]:
        """Have something done whose result, or error, is waited for."""
        answer: Future[Result] = Future()

        def task(session: Session) -> None:
            try:
                answer.set_result(question(session))
            except LaminaError as error:
                answer.set_exception(error)
            except BaseException as error:
                answer.set_exception(error)
                raise

        self.post(task)
        return answer

    def _work(self) -> None:
        session, pause = self._session, 0.0
        try:
            while True:
                try:
                    task = self._tasks.get(timeout=pause) if session.running else self._tasks.get()
                except queue.Empty:
                    pause = session.train()
                    continue
                if task is None:
                    return
                task(session)
        finally:
            session.outbox.close()
