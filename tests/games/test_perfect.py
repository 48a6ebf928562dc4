"""Perfect play: its values by plain recursion, and that it never loses, in all games there are."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import SettingError
from lamina.arrays import Numpy
from lamina.games.known import GAMES
from lamina.games.match import keys_of_boards, keys_of_rows, perfect_player, play_out, random_player
from lamina.games.notation import read_board
from lamina.games.perfect import best_moves, code_of
from tests.games import by_the_book

GAME = GAMES["tic_tac_toe"]
BEST = best_moves("tic_tac_toe")


@pytest.mark.slow
def test_the_best_moves_are_those_of_a_plain_recursion() -> None:
    known: dict[by_the_book.Board, int] = {}
    assert by_the_book.value(by_the_book.empty("tic_tac_toe"), known) == 0
    assert len(known) == 5_478, "all positions that games can reach"
    for board, value in known.items():
        free = by_the_book.free_moves("tic_tac_toe", board)
        if not free or by_the_book.winner("tic_tac_toe", board):
            continue
        best = [move for move in free if -known[by_the_book.after("tic_tac_toe", board, move)] == value]
        code = code_of(read_board(GAME, "/".join(board)))
        assert np.flatnonzero(BEST[code]).tolist() == best


def all_games(board: Numpy, perfect: int, turn: int = 0) -> set[str]:
    """How all games end, seen from the player with the turns `perfect`, who makes every best move in turn."""
    if GAME.won(board):
        return {"lost" if turn % 2 == perfect else "won"}
    free = np.flatnonzero(GAME.legal(board))
    if not len(free):
        return {"drawn"}
    moves = np.flatnonzero(BEST[code_of(board)]) if turn % 2 == perfect else free
    return set().union(*(all_games(GAME.play(board, move), perfect, turn + 1) for move in moves))


@pytest.mark.slow
@pytest.mark.parametrize("perfect", [0, 1])
def test_perfect_play_never_loses_whatever_the_other_does(perfect: int) -> None:
    assert all_games(GAME.start(), perfect) == {"won", "drawn"}


def test_perfect_play_is_known_of_small_games_alone() -> None:
    with pytest.raises(SettingError, match=r"perfect play is known of tic_tac_toe alone; connect_four has too many"):
        best_moves("connect_four")


@pytest.mark.slow
def test_games_inside_a_program() -> None:
    """Perfect play never loses to random moves and draws with itself; the turns are games by the rules."""
    boards = jnp.zeros((300, 3, 3))
    keys = keys_of_rows(jax.random.key(0), boards)
    perfect, chance = perfect_player(GAME), random_player(GAME)
    even, first, second = jax.jit(
        lambda: [play_out(GAME, boards, *both, keys) for both in ((perfect,) * 2, (perfect, chance), (chance, perfect))]
    )()
    assert set(np.asarray(even.results)) == {0}
    assert np.asarray(first.results).min() == 0
    assert np.asarray(first.results).mean() > 0.9
    assert np.asarray(second.results).max() == 0
    for row in range(20):
        board, result = GAME.start(), 0
        for turn in range(9):
            if not first.playing[row, turn]:
                assert GAME.over(board)
                break
            np.testing.assert_array_equal(first.boards[row, turn], board)
            move = int(first.moves[row, turn])
            assert GAME.legal(board)[move]
            board = GAME.play(board, np.array(move))
            result = (1 if turn % 2 == 0 else -1) * int(GAME.won(board))
        assert result == first.results[row]


@pytest.mark.slow
def test_random_moves_are_drawn_evenly() -> None:
    boards, chance = jnp.zeros((4_000, 3, 3)), random_player(GAME)
    played = jax.jit(lambda: play_out(GAME, boards, chance, chance, keys_of_rows(jax.random.key(1), boards)))()
    counts = np.bincount(np.asarray(played.moves[:, 0]), minlength=9)
    assert np.square(counts - 4_000 / 9).sum() / (4_000 / 9) < 26.1, "chi squared, 8 degrees of freedom, 1 in 1,000"
    won, lost = (np.asarray(played.results) == 1).mean(), (np.asarray(played.results) == -1).mean()
    assert abs(won - 0.585) < 0.025, "737 of 1,260 of random games are won by the one who begins"
    assert abs(lost - 0.288) < 0.025, "121 of 420 by the other"


@pytest.mark.slow
def test_the_key_of_a_board_is_its_own() -> None:
    boards = jnp.asarray(np.stack([GAME.start(), read_board(GAME, "x../.../..."), read_board(GAME, ".x./.../...")]))
    found = jax.random.key_data(keys_of_boards(jax.random.key(0), boards))
    assert len({tuple(np.asarray(key)) for key in found}) == 3
    alone = jax.random.key_data(keys_of_boards(jax.random.key(0), boards[2:]))
    np.testing.assert_array_equal(found[2:], alone)
