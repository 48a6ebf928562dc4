"""Ctrl-C and SIGTERM: the first ends the run after the chunk under way, the second ends the program at once."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}


class Interruption:
    """While entered, calls `stop` with the signal's name instead of ending the program."""

    def __init__(self, stop: Callable[[str], None]) -> None:
        self._stop = stop
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruption:
        for number in NAMES:
            self._before[number] = signal.signal(number, self._received)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _received(self, number: int, frame: FrameType | None) -> None:
        self._stop(NAMES[signal.Signals(number)])
        signal.signal(number, signal.SIG_DFL)  # the second one ends the program

    @staticmethod
    def status(name: str) -> int:
        """The exit status of a program that a signal ended: 130 or 143."""
        return 128 + next(int(number) for number, known in NAMES.items() if known == name)
