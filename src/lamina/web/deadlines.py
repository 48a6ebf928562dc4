"""A time at which something is done unless it was moved before: cheap to move, as every request moves it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

Act = Callable[[], object]


class Deadline:
    """One time and what is done then.

    A timer that goes off too early looks at the time again: moving a deadline to later, or taking it away, sets none.

    Example:
        >>> import asyncio
        >>> async def wait():
        ...     done, deadline = asyncio.Event(), Deadline(asyncio.get_running_loop())
        ...     deadline.set(0.01, done.set)
        ...     await done.wait()
        ...     return "done"
        >>> asyncio.run(wait())
        'done'
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._time = 0.0
        self._act: Act | None = None

    def set(self, seconds: float, act: Act) -> None:
        """Do something in so many seconds, in place of what was to be done."""
        self._time, self._act = self._loop.time() + seconds, act
        if self._timer is not None:
            if self._timer.when() <= self._time:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(self._time, self._look)

    def clear(self) -> None:
        """Do nothing."""
        self._act = None

    def close(self) -> None:
        """Do nothing ever."""
        self.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        if self._act is None:
            return
        if self._time > self._loop.time():
            self._timer = self._loop.call_at(self._time, self._look)
            return
        act, self._act = self._act, None
        act()
