"""Waiting for others within a stated time, whatever they wait for themselves."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from typing import Any, TypeVar

from lamina.errors import FetchError, LaminaError

Item = TypeVar("Item")
AHEAD = 2
"""So many items may wait to be taken."""
_END = object()


def in_time(steps: Iterator[Item], seconds: float) -> Generator[Item, None, None]:
    """The items of an iterator, which runs on a thread of its own; whoever leaves early ends it.

    Args:
        steps: what is waited for.
        seconds: the longest time for each item.

    Raises:
        FetchError: the next item did not come in time, or the iterator broke off.
        LaminaError, OSError: what the iterator raises.

    Example:
        >>> list(in_time(iter([1, 2, 3]), 5.0))
        [1, 2, 3]
    """
    found: queue.Queue[Any] = queue.Queue(AHEAD)
    left = threading.Event()

    def give(one: Any) -> None:
        while not left.is_set():
            try:
                return found.put(one, timeout=0.2)
            except queue.Full:
                continue

    def work() -> None:
        broken: Exception | None = FetchError("it broke off; try again")
        try:
            for one in steps:
                give((one, None))
                if left.is_set():
                    break
            broken = None
        except (LaminaError, OSError) as error:
            broken = error
        finally:
            if isinstance(steps, Generator):
                steps.close()
            give((_END, broken))

    threading.Thread(target=work, name="fetching", daemon=True).start()
    try:
        while True:
            try:
                item, error = found.get(timeout=seconds)
            except queue.Empty:
                raise FetchError(f"it said nothing for {seconds:g} seconds; try again") from None
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        left.set()
