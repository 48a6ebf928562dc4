"""The way that a run has come, as positions to go back to; older ones thin out evenly where there are too many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import jax

from lamina.errors import SettingError
from lamina.model.run import Run
from lamina.playground.settings import PageSettings
from lamina.playground.stepping import Position

MOST = 240
MOST_BYTES = 256 * 2**20
"""Positions of large networks are kept within this."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A position that can be gone back to.

    Args:
        number: counted up, never given twice in a run.
        position: weights, optimizer and place in the epoch.
        loss: of the training part there.
        run, settings: those that it was made with.
    """

    number: int
    position: Position
    loss: float
    run: Run
    settings: PageSettings


class Snapshots:
    """The snapshots of a run, the oldest first; the first one is its start.

    Args:
        most: so many are kept; None takes as many as memory allows.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._kept: list[Snapshot] = []
        self._stride = 1
        self._given = 0

    def __iter__(self) -> Iterator[Snapshot]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def last(self) -> Snapshot:
        """The newest one."""
        return self._kept[-1]

    def add(self, position: Position, loss: float, run: Run, settings: PageSettings) -> Snapshot:
        """Keep a position, and what leads on from it."""
        made = Snapshot(self._given, position, loss, run, settings)
        self._given += 1
        limit = self._limit(position)
        while len(self._evenly()) >= limit:
            self._stride *= 2
        self._kept = [*self._evenly(), made]
        return made

    def at(self, number: int) -> Snapshot:
        """The snapshot of this number.

        Raises:
            SettingError: there is none, or none any more.
        """
        found = next((one for one in self._kept if one.number == number), None)
        if found is None:
            raise SettingError(f"there is no snapshot {number} any more; choose another place of the slider")
        return found

    def cut_after(self, number: int) -> None:
        """Forget what came after a snapshot: the run goes on from there."""
        self._kept = [one for one in self._kept if one.number <= number]

    def _evenly(self) -> list[Snapshot]:
        """Those at even distances: every one, every second, every fourth ..."""
        return [one for one in self._kept if one.number % self._stride == 0]

    def _limit(self, position: Position) -> int:
        if self._most is not None:
            return self._most
        size = sum(leaf.nbytes for leaf in jax.tree.leaves(position.progress.train))
        return max(4, min(MOST, MOST_BYTES // max(1, int(size))))
