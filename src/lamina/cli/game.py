"""A board game between a person who types and a model."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from lamina.cli.chat import typed
from lamina.cli.console import complain, remark, say
from lamina.errors import DataError

if TYPE_CHECKING:
    from lamina.arrays import Numpy
    from lamina.games.base import Game
    from lamina.model.model import Model

MOST_SHOWN = 3


def play_with_person(model: Model, game: Game, second: bool) -> None:
    """A game to its end, drawn before each move of the person."""
    from lamina.games.notation import draw_board

    if sys.stdin.isatty():
        remark(f"you are {'o, the model x' if second else 'x, the model o'}; type the number of a {game.place}")
    lines, board, persons = typed(), game.start(), not second
    while not game.over(board):
        if persons:
            say(*draw_board(game, board))
            move = _asked(game, board, lines)
        else:
            move = _answered(model, game, board)
        if move is None:
            return
        board, persons = game.play(board, np.array(move)), not persons
    say(*draw_board(game, board))
    say(("the model has won" if persons else "you have won") if game.won(board) else "a draw")


def _asked(game: Game, board: Numpy, lines: Iterator[str]) -> int | None:
    """The person's move; what is none is said and asked for again; None where a person leaves."""
    from lamina.games.notation import read_move

    for line in lines:
        try:
            return read_move(game, board, line)
        except DataError as error:
            complain(str(error))
    if sys.stdin.isatty():
        return None
    raise DataError("the input ended before the game did: it needs a move on each line")


def _answered(model: Model, game: Game, board: Numpy) -> int:
    """The model's move, said with the chances that it gave to the likeliest ones."""
    from lamina.games.notation import write_board

    answer = model.predict(write_board(board))[0]
    likeliest = list(answer.probabilities.items())[:MOST_SHOWN]
    shown = ", ".join(f"{name} {100 * chance:.1f} %" for name, chance in likeliest)
    say(f"the model plays {game.place} {answer.value}   ({shown})")
    return game.names.index(str(answer.value))
