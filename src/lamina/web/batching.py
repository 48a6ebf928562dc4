"""Examples of many requests gathered into batches: what waits while one batch is computed is the next."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

import numpy as np

from lamina.arrays import Numpy
from lamina.web.refusing import refuse

Answer = TypeVar("Answer")
SHORT_SECONDS = 0.005
"""A batch that takes less is computed where it was gathered: two threads would wait for each other for longer."""


@dataclasses.dataclass(frozen=True, eq=False)
class _Job(Generic[Answer]):
    """The examples of one request, and where their answers are awaited."""

    rows: Numpy
    answers: asyncio.Future[Sequence[Answer]]


class Batcher(Generic[Answer]):
    """Gathers examples, computes them together, and gives each request its own answers.

    Nothing waits for a batch to fill: a batch is what came while the one before was computed. A request that nobody
    waits for any more is left out; one that was computed too long does not stop those behind it.

    Args:
        compute: (examples, ...) -> an answer for each example.
        largest: about so many examples are computed at a time.
        queue: so many requests may wait; one more is refused.
        seconds: what a full batch takes; where that is little, no thread is used.

    Example:
        >>> import asyncio, numpy as np
        >>> async def ask():
        ...     batcher = Batcher(lambda rows: rows.sum(axis=1).tolist())
        ...     return await asyncio.gather(batcher.ask(np.ones((1, 3))), batcher.ask(np.zeros((2, 3))))
        >>> asyncio.run(ask())
        [[3.0], [0.0, 0.0]]
    """

    def __init__(
        self,
        compute: Callable[[Numpy], Sequence[Answer]],
        largest: int = 64,
        queue: int = 64,
        seconds: float = 0.0,
    ) -> None:
        self._compute, self._largest, self._queue = compute, largest, queue
        self._pool = None if seconds < SHORT_SECONDS else ThreadPoolExecutor(1, "batches")
        self._waiting: deque[_Job[Answer]] = deque()
        self._works = False
        self.batches = self.examples = 0

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return len(self._waiting)

    async def ask(self, rows: Numpy) -> Sequence[Answer]:
        """An answer for each example.

        Raises:
            RequestError: 429 where too many wait already.
        """
        if len(self._waiting) >= self._queue:
            refuse(429, f"{self._queue} requests wait already: ask again in a second")
        loop = asyncio.get_running_loop()
        job = _Job[Answer](rows, loop.create_future())
        self._waiting.append(job)
        if not self._works:
            self._works = True
            loop.call_soon(self._work, loop)  # whoever asks in the same turn of the loop comes first
        return await job.answers

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Compute what waits, about `largest` examples of it."""
        batch = self._take()
        if not batch:
            self._works = False
            return
        if self._pool is None:
            computing: asyncio.Future[Sequence[Answer]] = loop.create_task(self._computed_here(batch))
        else:
            computing = loop.run_in_executor(self._pool, self._computed, batch)
        computing.add_done_callback(functools.partial(self._hand_out, loop, batch))

    def _take(self) -> list[_Job[Answer]]:
        """The next requests, about `largest` examples of them; those that were given up are left out."""
        batch: list[_Job[Answer]] = []
        count = 0
        while self._waiting and (not batch or count + len(self._waiting[0].rows) <= self._largest):
            job = self._waiting.popleft()
            if not job.answers.done():
                batch.append(job)
                count += len(job.rows)
        self.batches, self.examples = self.batches + bool(batch), self.examples + count
        return batch

    def _computed(self, batch: list[_Job[Answer]]) -> Sequence[Answer]:
        return self._compute(batch[0].rows if len(batch) == 1 else np.concatenate([job.rows for job in batch]))

    async def _computed_here(self, batch: list[_Job[Answer]]) -> Sequence[Answer]:
        return self._computed(batch)

    def _hand_out(
        self, loop: asyncio.AbstractEventLoop, batch: list[_Job[Answer]], computed: asyncio.Future[Sequence[Answer]]
    ) -> None:
        """Give each request its own answers, or what went wrong with the batch; then go on."""
        error = computed.exception()
        start = 0
        for job in batch:
            end = start + len(job.rows)
            if job.answers.done():
                pass  # given up while it was computed
            elif error is not None:
                job.answers.set_exception(error)
            else:
                job.answers.set_result(computed.result()[start:end])
            start = end
        loop.call_soon(self._work, loop)

    def close(self) -> None:
        """Let its thread go."""
        if self._pool is not None:
            self._pool.shutdown(wait=False)
