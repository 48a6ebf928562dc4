"""Waiting for others within a stated time."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lamina.data.timed import in_time


def test_an_iterator_that_breaks_off_is_no_silence() -> None:
    def steps() -> Any:
        yield 1
        raise ConnectionError("gone")

    found = in_time(steps(), 5.0)
    assert next(found) == 1
    with pytest.raises(ConnectionError, match="gone"):
        next(found)


def test_whoever_leaves_early_ends_the_iterator() -> None:
    ended: list[int] = []

    def steps() -> Any:
        try:
            while True:
                yield 1
        finally:
            ended.append(1)

    found = in_time(steps(), 5.0)
    next(found)
    found.close()
    deadline = time.monotonic() + 5
    while not ended and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ended == [1]
