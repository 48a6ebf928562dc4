"""Self-play: its slope against REINFORCE written down in NumPy, who is credited with what, and what is refused."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import BatchNorm, Dense, Flatten, SelfPlay, Sequential, SettingError, ShapeError
from lamina.arrays import Numpy
from lamina.games.known import GAMES
from lamina.games.match import Played, keys_of_rows, play_out
from lamina.games.notation import read_board

GAME = GAMES["tic_tac_toe"]
LAYER = SelfPlay(Sequential(Flatten(), Dense(10)), "tic_tac_toe", value=0.7, entropy=0.2, discount=0.9)
STARTS = np.stack([GAME.start(), *(read_board(GAME, text) for text in ("x.o/.x./...", "xo./.../..."))])
KEY = jax.random.key(3)


def started(layer: SelfPlay, seed: int = 0) -> Any:
    params, _ = layer.init(jax.random.key(seed), jnp.asarray(STARTS))
    return jax.tree.map(lambda array: jax.random.normal(jax.random.key(seed + array.size), array.shape), params)


def by_the_book(weight: Numpy, bias: Numpy, board: Numpy, move: int, result: float) -> Any:
    """A turn's part of what is minimized, and its gradient by the numbers z that a linear policy gives.

    With e = G - v: d/dz [-e log p(m)] = e (p - 1_m); d/du [value e^2] = -2 value e (1 - v^2); and
    d/dz [sum p log p] = p (log p + H).
    """
    seen = np.stack([board == 1, board == -1], axis=-1).reshape(-1).astype(np.float64)
    z = seen @ weight + bias
    free = (board == 0).reshape(-1)
    p = np.where(free, np.exp(z[:9] - z[:9][free].max()), 0)
    p /= p.sum()
    log_p = np.log(np.where(p > 0, p, 1))
    value, entropy = np.tanh(z[9]), -(p * log_p).sum()
    error = result - value
    slope = error * (p - (np.arange(9) == move)) + 0.2 * p * (log_p + entropy)
    told = -error * log_p[move] + 0.7 * error**2 - 0.2 * entropy
    return told, np.outer(seen, [*slope, -2 * 0.7 * error * (1 - value**2)]), np.array([*slope, 0.0])


@pytest.mark.slow
def test_the_slope_is_that_of_reinforce() -> None:
    params = started(LAYER)
    boards = jnp.asarray(STARTS)
    keys = keys_of_rows(KEY, boards)

    def total(params: Any) -> Any:
        each, _, _ = LAYER.learn(params, {}, boards, keys, KEY, None)
        return each.sum(), each

    (_, each), gradient = jax.jit(jax.value_and_grad(total, has_aux=True))(params)
    own = jax.tree.map(lambda array: np.asarray(array, np.float64), params["policy"]["1"])
    held = LAYER.player(params, {}, greedy=False)
    played = jax.jit(lambda: play_out(GAME, boards, held, held, keys))()
    expected, slopes = np.zeros(len(STARTS)), np.zeros_like(own["weight"])
    for game, turn in np.argwhere(np.asarray(played.playing)):
        last = int(played.playing[game].sum()) - 1
        sign = 1 if turn % 2 == 0 else -1
        result = float(played.results[game]) * sign * 0.9 ** (last - turn)
        board, move = np.asarray(played.boards[game, turn]), int(played.moves[game, turn])
        told, slope, _ = by_the_book(own["weight"], own["bias"], board, move, result)
        expected[game] += told
        slopes += slope
    np.testing.assert_allclose(each, expected, rtol=1e-4)
    np.testing.assert_allclose(gradient["policy"]["1"]["weight"], slopes, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_the_result_is_credited_to_the_side_that_moved() -> None:
    playing = jnp.array([[True] * 5 + [False] * 4, [True] * 6 + [False] * 3])
    played = Played(jnp.zeros((2, 9, 3, 3)), jnp.zeros((2, 9), int), playing, jnp.array([1.0, -1.0]))
    found = np.asarray(LAYER.returns(played))
    np.testing.assert_allclose(found[0, :5], [0.9**4, -(0.9**3), 0.9**2, -0.9, 1], rtol=1e-5)
    np.testing.assert_allclose(found[1, :6], [-(0.9**5), 0.9**4, -(0.9**3), 0.9**2, -0.9, 1], rtol=1e-5)


@pytest.mark.slow
def test_what_is_told_is_the_game_against_random_moves_and_the_slope_is_another() -> None:
    params = started(LAYER)
    boards = jnp.repeat(jnp.asarray(STARTS), 40, axis=0)
    found, again = jax.jit(
        lambda: (LAYER.apply(params, {}, boards, key=KEY, training=True)[0], LAYER.apply(params, {}, boards)[0])
    )()
    assert set(np.unique(np.round(np.asarray(found[:, 10]), 3))) <= {0, 0.5, 1}
    chances = np.asarray(found[:, :9])
    assert (chances[:, (STARTS == 0).reshape(3, 9)[0]] >= 0).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)
    assert (chances[boards.reshape(-1, 9) != 0] == 0).all(), "no chance for a field that is taken"
    np.testing.assert_allclose(found[:, :10], again[:, :10], rtol=1e-5)
    assert len(np.unique(np.asarray(again[:40, 10]))) == 1, "outside training the board alone decides"


@pytest.mark.slow
def test_a_policy_that_remembers() -> None:
    layer = SelfPlay(Sequential(Flatten(), Dense(10), BatchNorm()), "tic_tac_toe")
    params, state = layer.init(jax.random.key(0), jnp.asarray(STARTS))
    _, after = jax.jit(lambda: layer.apply(params, state, jnp.asarray(STARTS), key=KEY, training=True))()
    assert jax.tree.structure(after) == jax.tree.structure(state)
    moved = jax.tree.map(lambda one, other: bool(jnp.any(one != other)), state, after)
    assert all(jax.tree.leaves(moved))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: SelfPlay(Dense(10), "chess"), "the game must be one of tic_tac_toe, connect_four; got 'chess'"),
        (lambda: SelfPlay("mlp", "tic_tac_toe"), "SelfPlay needs a layer as its policy"),
        (lambda: SelfPlay(Dense(10), "tic_tac_toe", value=-1.0), r"SelfPlay needs value from 0; got -1\.0"),
        (lambda: SelfPlay(Dense(10), "tic_tac_toe", entropy=float("nan")), "SelfPlay needs entropy from 0; got nan"),
        (lambda: SelfPlay(Dense(10), "tic_tac_toe", discount=1.5), r"a discount above 0 and at most 1; got 1\.5"),
        (lambda: LAYER.apply({}, {}, jnp.asarray(STARTS), training=True), "needs a key while training"),
    ],
)
def test_settings_that_are_not_possible(make: Any, why: str) -> None:
    with pytest.raises(SettingError, match=why):
        make()


def test_shapes_that_do_not_fit() -> None:
    with pytest.raises(
        ShapeError, match=r"needs a policy that gives 9 \+ 1 numbers, for the moves and the result; got"
    ):
        SelfPlay(Sequential(Flatten(), Dense(9)), "tic_tac_toe").output_shape((3, 3))
    with pytest.raises(ShapeError, match=r"needs boards of shape \('batch', 6, 7\); got \(batch, 3, 3\)"):
        SelfPlay(Sequential(Flatten(), Dense(8)), "connect_four").output_shape((3, 3))
