"""Adversarial networks: the games against their formulas, and who is moved by which term."""

from __future__ import annotations

import itertools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import Adversarial, Dense, SettingError, ShapeError
from lamina.layers.adversarial import GAMES

SIGNS = np.array(list(itertools.product((-1.0, 1.0), repeat=2)))
X = 2 * jax.random.normal(jax.random.key(1), (64, 3))
KEY = jax.random.key(2)


def started(game: str) -> tuple[Adversarial, Any, Any]:
    layer = Adversarial(Dense(3), Dense(1), 2, game)
    params, state = layer.init(jax.random.key(0), X)
    params["discriminator"]["bias"] = jnp.array([0.3])
    return layer, params, state


def softplus(x: Any) -> Any:
    return np.log1p(np.exp(np.asarray(x, np.float64)))


@pytest.mark.parametrize("game", list(GAMES))
def test_the_terms_are_those_of_the_game(game: str) -> None:
    layer, params, state = started(game)
    found, _ = layer.apply(params, state, X, key=KEY, training=True)
    noise = jax.random.rademacher(jax.random.split(KEY, 5)[0], (64, 2), float)
    drawn = noise @ params["generator"]["weight"] + params["generator"]["bias"]
    weight = params["discriminator"]["weight"]
    real, score = (np.asarray(one @ weight + 0.3, np.float64)[:, 0] for one in (X, drawn))
    against, generator = {
        "original": (softplus(-real) + softplus(score), -softplus(score)),
        "non_saturating": (softplus(-real) + softplus(score), softplus(-score)),
        "hinge": (np.maximum(0, 1 - real) + np.maximum(0, 1 + score), -score),
        # A linear discriminator has the same slope everywhere: its weight.
        "wasserstein": (score - real + 10 * (float(jnp.linalg.norm(weight)) - 1) ** 2, -score),
    }[game]
    np.testing.assert_allclose(found[:, 0], against, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[:, 1], generator, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("game", list(GAMES))
def test_each_term_moves_its_own_side_alone(game: str) -> None:
    layer, params, state = started(game)

    def terms(params: Any) -> Any:
        return layer.apply(params, state, X, key=KEY, training=True)[0].sum(axis=0)

    slopes = jax.jit(jax.jacrev(terms))(params)
    for place, (moved, held) in enumerate((("discriminator", "generator"), ("generator", "discriminator"))):
        slope = jax.tree.map(lambda one, place=place: one[place], slopes)
        assert np.any(np.asarray(slope[moved]["weight"]) != 0)
        assert all((np.asarray(array) == 0).all() for array in slope[held].values())
    assert all((np.asarray(array[2]) == 0).all() for array in jax.tree.leaves(slopes))


@pytest.mark.slow
def test_the_spread_falls_to_nothing_where_all_drawn_examples_are_the_same() -> None:
    layer, params, state = started("hinge")
    spread = float(layer.apply(params, state, X, key=KEY, training=True)[0][0, 2])
    assert spread > 0.1
    params["generator"]["weight"] = jnp.zeros((2, 3))
    found, after = layer.apply(params, state, X, key=KEY, training=True)
    assert float(found[0, 2]) < 1e-3
    assert float(after["deviation"][0]) == pytest.approx(0.9 + 0.1 * 2, rel=0.05)
    assert float(layer.apply(params, after, X)[0][0, 2]) < 1e-3


@pytest.mark.slow
def test_outside_training_an_example_is_judged_by_itself() -> None:
    layer, params, state = started("non_saturating")
    together = layer.apply(params, state, X)[0]
    alone = jnp.concatenate([layer.apply(params, state, X[row : row + 1])[0] for row in range(4)])
    np.testing.assert_allclose(alone, together[:4], rtol=1e-5)
    assert layer.generate(params, state, KEY, (3,), 7).shape == (7, 3)


def test_parts_of_other_shapes() -> None:
    with pytest.raises(ShapeError, match="which its generator gives"):
        Adversarial(Dense(2), Dense(1), 2).output_shape((3,))
    with pytest.raises(ShapeError, match="a discriminator that gives one number"):
        Adversarial(Dense(3), Dense(2), 2).output_shape((3,))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"game": "chess"},
            "Adversarial needs a game out of original, non_saturating, hinge, wasserstein",
        ),
        ({"penalty": -1.0}, "Adversarial needs a penalty from 0; got -1.0"),
        ({"noise": 0}, "Adversarial needs noise"),
        ({"generator": None}, "Adversarial needs layers as generator and discriminator"),
    ],
)
def test_settings_that_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Adversarial(**{"generator": Dense(3), "discriminator": Dense(1), **settings})


def test_it_needs_a_key_while_training() -> None:
    layer, params, state = started("hinge")
    with pytest.raises(SettingError, match="needs a key while training"):
        layer.apply(params, state, X, training=True)


@pytest.mark.slow
def test_what_draws_is_the_mean_of_the_weights_over_the_steps() -> None:
    layer = Adversarial(Dense(4, bias=False), Dense(1), noise=2)
    x = jnp.zeros((3, 4))
    params, state = layer.init(jax.random.key(0), x)
    weights = [jnp.full((2, 4), number) for number in (1.0, 2.0, 5.0)]
    for weight in weights:
        _, state = layer.apply(
            {**params, "generator": {"weight": weight}}, state, x, key=jax.random.key(1), training=True
        )
    shares = np.array([0.999**2, 0.999, 1.0])
    mean = sum(share * weight for share, weight in zip(shares / shares.sum(), weights, strict=True))
    drawn = layer.generate(params, state, jax.random.key(7), (4,), 100)
    for row in drawn:
        assert any(np.allclose(row, signs @ mean, rtol=1e-4) for signs in SIGNS)


@pytest.mark.slow
def test_before_the_first_step_the_generator_draws_as_it_is() -> None:
    layer = Adversarial(Dense(4), Dense(1), noise=2)
    params, state = layer.init(jax.random.key(0), jnp.zeros((3, 4)))
    drawn = layer.generate(params, state, jax.random.key(7), (4,), 100)
    for row in drawn:
        assert any(np.allclose(row, signs @ params["generator"]["weight"], rtol=1e-4) for signs in SIGNS)


@pytest.mark.slow
@pytest.mark.parametrize(("game", "candidates"), [("original", 8), ("non_saturating", 8), ("hinge", 1)])
def test_what_looks_real_is_chosen_by_its_odds(game: str, candidates: int) -> None:
    layer = Adversarial(Dense(1, bias=False), Dense(1, bias=False), noise=1, game=game)
    _, state = layer.init(jax.random.key(0), jnp.zeros((1, 1)))
    params = {"generator": {"weight": jnp.ones((1, 1))}, "discriminator": {"weight": jnp.full((1, 1), 0.5)}}
    drawn = layer.generate(params, state, jax.random.key(3), (1,), 10_000)
    odds = math.exp(0.5), math.exp(-0.5)
    share = sum(  # of ones, where so many of the candidates are
        math.comb(candidates, ones) / 2**candidates * ones * odds[0] / (ones * odds[0] + (candidates - ones) * odds[1])
        for ones in range(candidates + 1)
    )
    assert abs((drawn > 0).mean() - share) < 0.02
    assert set(np.unique(drawn)) == {-1.0, 1.0}


@pytest.mark.slow
def test_the_first_examples_do_not_depend_on_how_many_follow() -> None:
    layer = Adversarial(Dense(4), Dense(1), noise=20)
    params, state = layer.init(jax.random.key(0), jnp.zeros((3, 4)))
    few, many = (layer.generate(params, state, jax.random.key(7), (4,), count) for count in (3, 150))
    np.testing.assert_array_equal(few, many[:3])
    assert many.shape == (150, 4)
    assert len(np.unique(many, axis=0)) == 150
