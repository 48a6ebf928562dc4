"""Watching what takes long before training begins, such as reading a hundred thousand files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Watcher = Callable[[str, int, int], None]
"""Told from time to time: what is done, how many are done, of how many."""

_WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Within it, whoever goes through many examples tells the watcher.

    Example:
        >>> with watched(lambda words, done, total: print(words, done, "of", total)):
        ...     tell("reading pictures", 64, 128)
        reading pictures 64 of 128
    """
    before = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(before)


def tell(words: str, done: int, total: int) -> None:
    """Tell the watcher, if there is one, how far something is."""
    watcher = _WATCHER.get()
    if watcher is not None:
        watcher(words, done, total)
