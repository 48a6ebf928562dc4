"""The rules as array functions, against the same games played slowly."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina import SettingError
from lamina.arrays import Numpy
from lamina.games.known import GAMES, game_by_name
from lamina.games.notation import write_board
from tests.games import by_the_book


def seen(board: by_the_book.Board) -> Numpy:
    """A board as the player to move sees it."""
    own = by_the_book.turn_of(board)
    return np.array([[0 if field == "." else 1 if field == own else -1 for field in row] for row in board], np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("name", GAMES)
@given(choices=st.lists(st.integers(0, 1_000), min_size=42, max_size=42))
def test_random_games_go_as_by_the_book(name: str, choices: list[int]) -> None:
    game, board, array = GAMES[name], by_the_book.empty(name), GAMES[name].start()
    for choice in choices:
        np.testing.assert_array_equal(array, seen(board))
        assert write_board(array) == "/".join(board)
        free = by_the_book.free_moves(name, board)
        assert np.flatnonzero(game.legal(array)).tolist() == free
        assert bool(game.stands(array))
        assert bool(game.won(array)) == bool(by_the_book.winner(name, board))
        assert bool(game.over(array)) == (not free or bool(by_the_book.winner(name, board)))
        if game.over(array):
            return
        move = free[choice % len(free)]
        board, array = by_the_book.after(name, board, move), game.play(array, np.array(move))


@pytest.mark.slow
@pytest.mark.parametrize("name", GAMES)
def test_a_batch_in_jax_is_its_boards_one_by_one_in_numpy(name: str) -> None:
    game, chance = GAMES[name], np.random.default_rng(0)
    boards = np.stack([game.start()] * 5)
    for _ in range(4):
        moves = (chance.random((5, game.moves)) * game.legal(boards)).argmax(axis=1)
        together = game.play(jnp.asarray(boards), jnp.asarray(moves))
        alone = [game.play(board, move) for board, move in zip(boards, moves, strict=True)]
        np.testing.assert_array_equal(together, alone)
        for rule in (game.legal, game.won, game.over, game.stands):
            np.testing.assert_array_equal(_of(rule, jnp.asarray(boards)), [rule(board) for board in boards])
        boards = np.asarray(together)


def _of(rule: Any, boards: Any) -> Any:
    return rule(boards)


@pytest.mark.parametrize(("name", "lines"), [("tic_tac_toe", 8), ("connect_four", 69)])
def test_there_are_as_many_lines_as_the_book_says(name: str, lines: int) -> None:
    assert GAMES[name].lines.shape == (GAMES[name].fields, lines)
    assert set(GAMES[name].lines.sum(axis=0)) == {GAMES[name].length}


def test_a_stone_hangs_above_a_free_field() -> None:
    board = GAMES["connect_four"].start()
    board[4, 2] = 1
    assert not GAMES["connect_four"].stands(board)


def test_an_unknown_game_is_refused() -> None:
    with pytest.raises(SettingError, match=r"the game must be one of tic_tac_toe, connect_four; got 'chess'"):
        game_by_name("chess")
