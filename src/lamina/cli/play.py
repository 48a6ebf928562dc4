"""lamina play: a game against a model, or the score of many that it plays by itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from lamina.cli.chat import typed
from lamina.cli.console import complain, json_lines, remark, say
from lamina.errors import DataError, SettingError

if TYPE_CHECKING:
    from lamina.arrays import Numpy
    from lamina.games.base import Game
    from lamina.model.model import Model

MOST_SHOWN = 3


def play(
    model: Annotated[Path, typer.Argument(help="A model that has learnt a game: tic_tac_toe, connect_four.")],
    against: Annotated[str | None, typer.Option(help="Let it play by itself, against random or perfect.")] = None,
    games: Annotated[int | None, typer.Option(help="With --against: how many games; 1,000 without it.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="With --against: of the opponent's draws.")] = 0,
    second: Annotated[bool, typer.Option("--second", help="The model begins, you move second.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --against: print JSON.")] = False,
    allow_unproven: Annotated[bool, typer.Option(help="Go on where the model's proof does not hold.")] = False,
) -> None:
    """Play against a model: type the number of your move, quit to leave. Or let it play many games by itself.

    \b
    lamina train tic_tac_toe
    lamina play tic_tac_toe.safetensors
    lamina play tic_tac_toe.safetensors --against perfect --games 1000
    """
    from lamina.model.model import Model
    from lamina.model.playing import GAMES_OF_A_TEST, require_player
    from lamina.model.playing import play as play_games

    if against is None and (games is not None or as_json):
        raise SettingError("--games and --json are for games that the model plays by itself: give --against too")
    if against is not None and second:
        raise SettingError("--second is for a game against a person: leave it or --against out")
    loaded = Model.load(model, allow_unproven=allow_unproven)
    task, _ = require_player(loaded)
    if against is None:
        _play_with_person(loaded, task.rules, second)
        return
    score = play_games(loaded, against, GAMES_OF_A_TEST if games is None else games, seed)
    facts = {"against": against, "games": score.games, "won": score.won, "drawn": score.drawn, "lost": score.lost}
    say(*(json_lines(facts) if as_json else [str(score)]))


def _play_with_person(model: Model, game: Game, second: bool) -> None:
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
