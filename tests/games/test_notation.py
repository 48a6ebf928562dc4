"""Boards and moves as texts, and what is said of those that cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import DataError
from lamina.games.known import GAMES
from lamina.games.notation import draw_board, read_board, read_move, write_board

SMALL, LARGE = GAMES["tic_tac_toe"], GAMES["connect_four"]


@pytest.mark.parametrize("text", ["x.o/.x./...", "X.O\n.X.\n...", " x.o / .x. / ... \n"])
def test_a_board_is_seen_by_the_player_to_move(text: str) -> None:
    board = read_board(SMALL, text)  # one x more: it is the turn of o
    assert board.tolist() == [[-1, 0, 1], [0, -1, 0], [0, 0, 0]]
    assert write_board(board) == "x.o/.x./..."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x.o/.x.", r"a board of tic_tac_toe needs 3 rows of 3 fields, each x, o or \., such as .*; got 'x\.o/\.x\.'"),
        ("x.o/.x./..", "needs 3 rows of 3 fields"),
        ("x.o/.x./..7", "each x, o or"),
        ("", r"got ''"),
        ("xxx/.../...", "3 x and 0 o cannot be: x begins"),
        ("oo./.x./...", "1 x and 2 o cannot be"),
        ("xxx/oo./...", "x has 3 in a row: the game is over, and no move is left"),
        ("ooo/xx./x..", "o has 3 in a row: the game is over"),
        ("xxx/oo./o..", "x has 3 in a row and yet it is the turn of x: that cannot be"),
        ("xxx/ooo/x..", "o has 3 in a row and yet it is the turn of o"),
        ("xox/xxo/oxo", "no field is free: the game is over"),
    ],
)
def test_a_board_that_cannot_be_is_refused(text: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_board(SMALL, text)


def test_a_stone_in_the_air_is_refused() -> None:
    with pytest.raises(DataError, match="a stone cannot lie above a free field: it falls down"):
        read_board(LARGE, "......./......./......./......./...x.../.......")


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_the_board_that_an_error_shows_can_be_read(game: object) -> None:
    with pytest.raises(DataError) as caught:
        read_board(game, "?")
    read_board(game, str(caught.value).split("such as ")[1].split(";")[0])


def test_free_moves_are_named_in_the_drawing() -> None:
    assert draw_board(SMALL, read_board(SMALL, "x.o/.x./...")) == [" x 2 o", " 4 x 6", " 7 8 9"]
    full = read_board(LARGE, "o....../x....../o....../x....../o....../x......")
    assert draw_board(LARGE, full)[-2:] == [" x . . . . . .", "   2 3 4 5 6 7"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1", "field 1 is taken; free are 2, 4, 6, 7, 8, 9"),
        ("0", "a move is the number of a field, 1 to 9; got '0'"),
        ("10", "got '10'"),
        ("middle", "got 'middle'"),
    ],
)
def test_a_move_that_is_not_free_is_refused(text: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_move(SMALL, read_board(SMALL, "x.o/.x./..."), text)


def test_a_full_column_is_refused() -> None:
    full = read_board(LARGE, "o....../x....../o....../x....../o....../x......")
    with pytest.raises(DataError, match="column 1 is full; free are 2, 3, 4, 5, 6, 7"):
        read_move(LARGE, full, "1")
    assert read_move(LARGE, np.asarray(full), "2") == 1
