"""Boards and moves as a person writes them: `x.o/.x./...`, rows from above, x begins, a point is a free field."""

from __future__ import annotations

import re

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import DataError
from lamina.games.base import Game

STONES = ("x", "o")
FREE = "."
SHOWN = 60
"""The most characters of a wrong text that an error repeats."""


def read_board(game: Game, text: str) -> Numpy:
    """The board (rows, columns) as the player to move sees it; rows are divided by `/` or line feeds.

    Raises:
        DataError: no such board, one that cannot be, or one without a move left; says why.

    Example:
        >>> from lamina.games.known import GAMES
        >>> read_board(GAMES["tic_tac_toe"], "x.o/.x./...").tolist()
        [[-1.0, 0.0, 1.0], [0.0, -1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    board = _fields(game, text)
    crosses, circles = int((board == 1).sum()), int((board == -1).sum())
    if crosses - circles not in (0, 1):
        raise DataError(
            f"{crosses} x and {circles} o cannot be: x begins, so that there are as many x as o or one more"
        )
    if not game.stands(board):
        raise DataError("a stone cannot lie above a free field: it falls down")
    own = board if crosses == circles else 0 - board
    _require_open(game, own)
    return own


def _fields(game: Game, text: str) -> Numpy:
    """1 for x, -1 for o, 0 for a free field."""
    rows = [row.strip().lower() for row in re.split(r"[/\n]", text.strip())]
    if [len(row) for row in rows] != [game.columns] * game.rows or set("".join(rows)) - {*STONES, FREE}:
        example = "/".join([FREE * game.columns] * (game.rows - 1) + [f"x{FREE * (game.columns - 2)}o"])
        raise DataError(
            f"a board of {game.name} needs {game.rows} rows of {game.columns} fields, each x, o or {FREE}, such as "
            f"{example}; got {text[:SHOWN]!r}"
        )
    values = {STONES[0]: 1.0, STONES[1]: -1.0, FREE: 0.0}
    return np.array([[values[field] for field in row] for row in rows], np.float32)


def _require_open(game: Game, board: Numpy) -> None:
    """Raise a DataError where a game has ended."""
    own, other = STONES if is_first(board) else STONES[::-1]
    if game.won(-board):
        raise DataError(f"{own} has {game.length} in a row and yet it is the turn of {own}: that cannot be")
    if game.won(board):
        raise DataError(f"{other} has {game.length} in a row: the game is over, and no move is left")
    if not game.legal(board).any():
        raise DataError(f"no {game.place} is free: the game is over, and no move is left")


def is_first(board: Numpy) -> bool:
    """Whether the player to move is the one who began."""
    return float(board.sum()) == 0


def _symbols(board: Numpy) -> list[list[str]]:
    """Every field as its stone."""
    own, other = STONES if is_first(board) else STONES[::-1]
    return [[own if field > 0 else other if field < 0 else FREE for field in row] for row in board.tolist()]


def write_board(board: Numpy) -> str:
    """The board on one line.

    Example:
        >>> import numpy as np
        >>> write_board(np.array([[0, 0], [-1, 0]]))
        '../x.'
    """
    return "/".join("".join(row) for row in _symbols(board))


def draw_board(game: Game, board: Numpy) -> list[str]:
    """The board as lines for a terminal, with the names of its free moves.

    Example:
        >>> from lamina.games.known import GAMES
        >>> for line in draw_board(GAMES["tic_tac_toe"], GAMES["tic_tac_toe"].start()):
        ...     print(line)
         1 2 3
         4 5 6
         7 8 9
    """
    symbols = _symbols(board)
    if game.moves == game.fields:  # a name in each free field
        names = np.array(game.names).reshape(game.shape).tolist()
        symbols = [
            [name if field == FREE else field for field, name in zip(*both, strict=True)]
            for both in zip(symbols, names, strict=True)
        ]
        return [f" {' '.join(row)}" for row in symbols]
    free = game.legal(board).tolist()
    names = [name if open_ else " " for name, open_ in zip(game.names, free, strict=True)]
    return [f" {' '.join(row)}" for row in [*symbols, names]]


def read_move(game: Game, board: Numpy, text: str) -> int:
    """The number of a move by its name.

    Raises:
        DataError: no move, or one that is not free; tells those that are.
    """
    if text not in game.names:
        raise DataError(f"a move is the number of a {game.place}, 1 to {game.moves}; got {text[:SHOWN]!r}")
    move = game.names.index(text)
    free = game.legal(board)
    if not free[move]:
        named = ", ".join(name for name, open_ in zip(game.names, free.tolist(), strict=True) if open_)
        raise DataError(f"{game.place} {text} is {game.taken}; free are {named}")
    return move
