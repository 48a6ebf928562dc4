"""Perfect play of small games: the value of every board by minimax, once, on the host."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import SettingError
from lamina.games.base import Game
from lamina.games.known import GAMES, game_by_name

MOST_FIELDS = 9
"""All boards of so many fields, 19,683, are looked at."""


def code_of(boards: Any) -> Any:
    """A number from 0 for each board: its fields as digits of base 3, the first one the least; for NumPy and JAX."""
    powers = (3 ** np.arange(boards.shape[-2] * boards.shape[-1])).reshape(boards.shape[-2:])
    return ((boards + 1) * powers).sum(axis=(-2, -1)).astype(np.int32)


def can_be_solved(name: str) -> bool:
    """Whether perfect play of a game is known here."""
    return GAMES[name].fields <= MOST_FIELDS


@functools.cache
def best_moves(name: str) -> Numpy:
    """(boards, moves), 1 where a move is among the best of the board with that code: it keeps the best result.

        value(board) = -1                      where the other player has a line
                     = 0                       where no field is free
                     = max_m -value(play(board, m))

    Raises:
        SettingError: a game with too many boards.

    Example:
        >>> int(best_moves("tic_tac_toe")[code_of(GAMES["tic_tac_toe"].start())].sum())  # whatever begins: a draw
        9
    """
    game = game_by_name(name)
    if not can_be_solved(name):
        solved = ", ".join(known for known in GAMES if can_be_solved(known))
        raise SettingError(f"perfect play is known of {solved} alone; {name} has too many boards. Play against random")
    codes = np.arange(3**game.fields)
    boards = (codes[:, None] // 3 ** np.arange(game.fields) % 3 - 1.0).reshape(-1, *game.shape)
    values, best = np.where(game.won(boards), -1.0, 0.0), np.zeros((len(codes), game.moves), np.float32)
    for stones in range(game.fields - 1, -1, -1):  # a board's successors have one stone more
        rows = codes[(np.abs(boards).sum(axis=(1, 2)) == stones) & ~game.over(boards)]
        after = _values_after(game, boards[rows], values)
        values[rows] = after.max(axis=1)
        best[rows] = after == values[rows][:, None]
    return best


def _values_after(game: Game, boards: Numpy, values: Numpy) -> Numpy:
    """What each move comes to for the player who makes it, (boards, moves); -inf where it is not free."""
    legal, found = game.legal(boards), np.full((len(boards), game.moves), -np.inf)
    for move in range(game.moves):
        free = np.flatnonzero(legal[:, move])
        after = game.play(boards[free], np.full(len(free), move))
        found[free, move] = -values[code_of(after)]
    return found
