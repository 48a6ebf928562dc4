"""What a board game is: which moves there are, what a board becomes by one of them, and when it is won.

Boards are arrays (..., rows, columns) as the player to move sees them: own stones 1, the other's -1, free fields 0. The
rules are written with operators that NumPy and JAX share: they run on one board or many, on the host or inside a
compiled program. The player who begins has the stones x, the other o.
"""

from __future__ import annotations

import abc
import functools
from typing import Any, ClassVar

import numpy as np

from lamina.arrays import Numpy, Shape

DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Rows and columns from one field of a line to the next."""


class Game(abc.ABC):
    """A game in which two players lay stones by turns, and whoever first has a line of `length` stones wins.

    Attributes:
        name: as sources and models call it.
        rows, columns: of the board.
        length: stones of a line that wins.
        moves: how many moves there are; they are numbered from 0 and named from "1".
        place: what a move names, in words.
        taken: what a place is that takes no stone any more, in words.
    """

    name: ClassVar[str]
    rows: ClassVar[int]
    columns: ClassVar[int]
    length: ClassVar[int]
    moves: ClassVar[int]
    place: ClassVar[str]
    taken: ClassVar[str]

    @abc.abstractmethod
    def legal(self, boards: Any) -> Any:
        """Which moves are free, (..., moves) of bool."""

    @abc.abstractmethod
    def stones(self, boards: Any, moves: Any) -> Any:
        """Where the stone of a free move (...,) comes to lie, (..., rows, columns) of bool."""

    @abc.abstractmethod
    def stands(self, boards: Any) -> Any:
        """Whether stones lie where stones can lie, (...,) of bool."""

    @property
    def shape(self) -> Shape:
        """(rows, columns)."""
        return (self.rows, self.columns)

    @property
    def fields(self) -> int:
        """The fields of the board; no game has more moves."""
        return self.rows * self.columns

    @property
    def names(self) -> tuple[str, ...]:
        """What the moves are called."""
        return tuple(str(move + 1) for move in range(self.moves))

    @functools.cached_property
    def lines(self) -> Numpy:
        """(fields, lines), 1 where a field is part of a line that wins."""
        found = []
        for row, column in np.ndindex(self.shape):
            for down, right in DIRECTIONS:
                steps = [(row + n * down, column + n * right) for n in range(self.length)]
                if all(0 <= r < self.rows and 0 <= c < self.columns for r, c in steps):
                    line = np.zeros(self.shape, np.float32)
                    line[tuple(zip(*steps, strict=True))] = 1
                    found.append(line.reshape(-1))
        return np.stack(found, axis=1)

    def start(self) -> Numpy:
        """The empty board."""
        return np.zeros(self.shape, np.float32)

    def play(self, boards: Any, moves: Any) -> Any:
        """The boards after a free move each, as the other player sees them."""
        return 0 - (boards + self.stones(boards, moves))  # and not -: there is no -0

    def won(self, boards: Any) -> Any:
        """Whether the player who moved last, whose stones are -1 here, has a line."""
        theirs = (boards == -1).reshape(*boards.shape[:-2], self.fields)
        return ((theirs @ self.lines) == self.length).any(axis=-1)

    def over(self, boards: Any) -> Any:
        """Whether the player who moved last has won, or no move is free."""
        return self.won(boards) | ~self.legal(boards).any(axis=-1)
