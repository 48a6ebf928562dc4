"""Batches: each request gets its own answers, whatever else is asked, given up or slow."""

from __future__ import annotations

import asyncio
import random
import threading
import time

import numpy as np
import pytest

from lamina.arrays import Numpy
from lamina.errors import DataError, RequestError
from lamina.web.batching import Batcher
from lamina.web.refusing import within

THREADED = 1.0
"""Seconds that a batch is said to take, so that a thread computes it."""


def squares(rows: Numpy) -> list[float]:
    return [float(one) for one in (rows**2).sum(axis=1)]


@pytest.mark.parametrize("seconds", [0.0, THREADED], ids=["where it is gathered", "in a thread"])
def test_each_gets_its_own_answers(seconds: float) -> None:
    async def many() -> int:
        batcher = Batcher(squares, largest=16, queue=1_000, seconds=seconds)
        chance = random.Random(0)

        async def one(number: int) -> None:
            rows = np.full((chance.randint(1, 20), 3), float(number))
            await asyncio.sleep(chance.random() / 50)
            assert list(await batcher.ask(rows)) == [3.0 * number**2] * len(rows)

        await asyncio.gather(*map(one, range(300)))
        batcher.close()
        assert batcher.waiting == 0
        return batcher.batches

    assert asyncio.run(many()) < 300


def test_what_waits_is_computed_together() -> None:
    sizes: list[int] = []

    def compute(rows: Numpy) -> list[float]:
        sizes.append(len(rows))
        return squares(rows)

    async def ask() -> None:
        batcher = Batcher(compute, largest=8, queue=100)
        await asyncio.gather(*(batcher.ask(np.ones((2, 1))) for _ in range(10)), batcher.ask(np.ones((20, 1))))
        assert (batcher.batches, batcher.examples) == (len(sizes), 40)

    asyncio.run(ask())
    assert sizes == [8, 8, 4, 20]


def test_one_more_than_may_wait_is_refused() -> None:
    async def ask() -> list[object]:
        batcher = Batcher(squares, queue=3)
        return list(await asyncio.gather(*(batcher.ask(np.ones((1, 1))) for _ in range(5)), return_exceptions=True))

    found = asyncio.run(ask())
    errors = [one for one in found if isinstance(one, RequestError)]
    assert [error.status for error in errors] == [429, 429]
    assert str(errors[0]) == "3 requests wait already: ask again in a second"
    assert [one for one in found if isinstance(one, list)] == [[1.0]] * 3


def test_an_error_is_that_of_everyone_in_the_batch_and_of_nobody_else() -> None:
    def compute(rows: Numpy) -> list[float]:
        if (rows < 0).any():
            raise DataError("below zero")
        return squares(rows)

    async def ask() -> list[object]:
        batcher = Batcher(compute)
        both = await asyncio.gather(batcher.ask(-np.ones((1, 1))), batcher.ask(np.ones((1, 1))), return_exceptions=True)
        return [*both, await batcher.ask(np.ones((1, 1)))]

    first, second, third = asyncio.run(ask())
    assert isinstance(first, DataError)
    assert first is second
    assert third == [1.0]


def test_a_slow_batch_is_given_up_and_those_behind_it_are_answered() -> None:
    go_on, computed = threading.Event(), []

    def compute(rows: Numpy) -> list[float]:
        computed.append(float(rows[0, 0]))
        if rows[0, 0] == 0:
            go_on.wait(20)
        return squares(rows)

    async def ask() -> None:
        batcher = Batcher(compute, largest=1, seconds=THREADED)
        with pytest.raises(RequestError, match="too long") as caught:
            async with within(0.1, 504, "the answer took too long"):
                await batcher.ask(np.zeros((1, 1)))
        assert caught.value.status == 504
        given_up = asyncio.create_task(batcher.ask(np.full((1, 1), 7.0)))
        waits = asyncio.create_task(batcher.ask(np.full((1, 1), 2.0)))
        await asyncio.sleep(0.05)
        given_up.cancel()
        go_on.set()
        assert await waits == [4.0]
        batcher.close()

    began = time.monotonic()
    asyncio.run(ask())
    assert time.monotonic() - began < 10
    assert computed == [0.0, 2.0]  # what nobody waited for any more was left out
