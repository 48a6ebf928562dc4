"""What waits to be sent to the page: messages in their order, of each run at most one frame."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Message: TypeAlias = Mapping[str, Any] | bytes
MOST_WAITING = 1_000
"""A page that takes nothing is left behind: the oldest messages are forgotten."""


class Outbox:
    """Messages from the thread that trains to whoever sends them.

    Args:
        wake: called, from any thread, when there is something.
    """

    def __init__(self, wake: Callable[[], object] = lambda: None) -> None:
        self.wake = wake
        self._lock = threading.Lock()
        self._waiting: deque[tuple[str, Message]] = deque(maxlen=MOST_WAITING)
        self.closed = False

    def put(self, message: Message, frame_of: str = "") -> None:
        """Add a message, or a frame of a run."""
        with self._lock:
            self._waiting.append((frame_of, message))
        self.wake()

    def close(self) -> None:
        """Nothing more will come."""
        self.closed = True
        self.wake()

    def has_frame(self, run: str) -> bool:
        """Whether a frame of the run waits still: another one would only make the page late."""
        with self._lock:
            return any(frame_of == run for frame_of, _ in self._waiting)

    def take(self) -> list[Message]:
        """All that waits."""
        with self._lock:
            found = [message for _, message in self._waiting]
            self._waiting.clear()
        return found
