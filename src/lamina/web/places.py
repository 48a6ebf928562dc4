"""Places of a server: so many connections are served at a time, and those on which nothing is asked give theirs up."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Protocol, runtime_checkable

QUIET_SECONDS = 1.0
"""Where all places are taken, connections on which nothing was asked for so long give way."""
LOOK_SECONDS = 0.1
"""So long after they were looked for, they are looked for again."""


@runtime_checkable
class Guest(Protocol):
    """A connection, as its place sees it."""

    @property
    def quiet_seconds(self) -> float:
        """For how long nothing was asked on it."""

    def give_way(self) -> None:
        """Leave soon, unless something is asked by then."""


class Places:
    """Who has a place.

    Args:
        most: how many there are.

    Those in `passing` have none: they are refused when they ask, or were answered for the last time.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.passing: set[Guest] = set()
        self._looked = 0.0

    def take(self, guest: Guest, connections: Collection[object]) -> bool:
        """Take a place, where one is left or a quiet connection gives its own; whether there was one.

        Args:
            guest: is one of the connections.
            connections: all that are open.
        """
        self.passing.discard(guest)
        if self._are_full(connections):
            self._send_quiet_ones_away(guest, connections)
        if self._are_full(connections):
            self.passing.add(guest)
        return guest not in self.passing

    def _are_full(self, connections: Collection[object]) -> bool:
        return len(connections) - len(self.passing) > self.most

    def _send_quiet_ones_away(self, guest: Guest, connections: Collection[object]) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        for one in list(connections):
            if isinstance(one, Guest) and one is not guest and one.quiet_seconds > QUIET_SECONDS:
                self.passing.add(one)
                one.give_way()
