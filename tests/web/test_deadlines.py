"""Deadlines: the last one that was set is kept, at its time, and with few timers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from lamina.web.deadlines import Deadline


def done_of(work: Callable[[Deadline, list[str]], Awaitable[None]]) -> list[str]:
    """What a deadline has done in the end."""

    async def run() -> list[str]:
        done: list[str] = []
        deadline = Deadline(asyncio.get_running_loop())
        await work(deadline, done)
        deadline.close()
        return done

    return asyncio.run(run())


def test_what_is_set_is_done_once_and_not_before() -> None:
    async def work(deadline: Deadline, done: list[str]) -> None:
        deadline.set(0.05, lambda: done.append("a"))
        await asyncio.sleep(0.02)
        assert done == []
        await asyncio.sleep(0.1)

    assert done_of(work) == ["a"]


@pytest.mark.parametrize(("first", "second"), [(0.02, 0.06), (0.06, 0.02)], ids=["later", "sooner"])
def test_the_last_one_counts(first: float, second: float) -> None:
    async def work(deadline: Deadline, done: list[str]) -> None:
        deadline.set(first, lambda: done.append("first"))
        began = time.monotonic()
        deadline.set(second, lambda: done.append(f"{time.monotonic() - began >= second - 0.005}"))
        await asyncio.sleep(0.15)

    assert done_of(work) == ["True"]


def test_what_is_taken_away_is_not_done() -> None:
    async def work(deadline: Deadline, done: list[str]) -> None:
        deadline.set(0.01, lambda: done.append("a"))
        deadline.clear()
        await asyncio.sleep(0.03)
        deadline.set(0.01, lambda: done.append("b"))
        deadline.close()
        await asyncio.sleep(0.03)

    assert done_of(work) == []


def test_moving_it_to_later_sets_no_timer() -> None:
    async def work(deadline: Deadline, done: list[str]) -> None:
        deadline.set(0.01, lambda: None)
        timer = deadline._timer
        for _ in range(100):
            deadline.clear()
            deadline.set(0.05, lambda: done.append("a"))
            assert deadline._timer is timer
        await asyncio.sleep(0.1)

    assert done_of(work) == ["a"]
