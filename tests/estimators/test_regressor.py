"""LaminaRegressor: what it learns and how well, weights as copies, going on, the tools around it."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score

from lamina import Dense, LaminaRegressor, Sequential
from lamina.errors import DataError, SettingError

pytestmark = pytest.mark.slow

X = np.linspace(-2, 2, 120)[:, None] * np.ones((1, 2)) + np.random.default_rng(0).normal(0, 0.1, (120, 2))
Y = 1_000_000 + 100 * X[:, 0] ** 2
QUICK = {"network": Sequential(Dense(16, "tanh"), Dense(1)), "epochs": 60, "learning_rate": 0.02, "random_state": 0}


@functools.cache
def fitted() -> LaminaRegressor:
    return LaminaRegressor(**QUICK).fit(X, Y)


def test_it_learns_numbers_in_their_own_unit() -> None:
    assert fitted().score(X, Y) > 0.95
    assert fitted().predict(X).dtype == np.float64
    np.testing.assert_allclose(fitted().predict(X), [one.value for one in fitted().model_.predict(X)], rtol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_a_weight_is_the_row_so_many_times_in_whatever_order(share: float) -> None:
    chance = np.random.default_rng(3)
    weights, order = chance.integers(0, 4, len(X)), chance.permutation(len(X))
    chosen = {**QUICK, "epochs": 5, "validation_share": share}
    weighted = LaminaRegressor(**chosen).fit(X[order], Y[order], sample_weight=weights[order])
    repeated = LaminaRegressor(**chosen).fit(X.repeat(weights, axis=0), Y.repeat(weights))
    np.testing.assert_array_equal(weighted.predict(X), repeated.predict(X))


def test_an_answer_does_not_depend_on_those_beside_it() -> None:
    one_by_one = np.concatenate([fitted().predict(row[None]) for row in X[:20]])
    np.testing.assert_array_equal(one_by_one, fitted().predict(X)[:20])


def test_an_epoch_at_a_time() -> None:
    learning = LaminaRegressor(**{**QUICK, "epochs": None})
    for _ in range(40):
        learning.partial_fit(X, Y)
    assert learning.n_iter_ == 40
    assert learning.score(X, Y) > 0.9
    unit = learning.model_.task
    learning.partial_fit(X[:3], [5.0, 6.0, 7.0])
    assert learning.model_.task == unit, "what the first call settled"


def test_another_optimizer_in_between_is_told_of() -> None:
    learning = LaminaRegressor(**QUICK).partial_fit(X, Y)
    learning.set_params(optimizer="gradient_descent")
    with pytest.raises(SettingError, match="the optimizer gradient_descent remembers something else"):
        learning.partial_fit(X, Y)


def test_it_works_inside_of_others() -> None:
    whole = TransformedTargetRegressor(LaminaRegressor(**QUICK), func=np.log, inverse_func=np.exp).fit(X, Y)
    assert whole.score(X, Y) > 0.9


def test_several_networks_answer_as_one() -> None:
    several = LaminaRegressor(**{**QUICK, "epochs": 20}, seeds=2, validation_share=0.2).fit(X, Y)
    answers = several.model_.predict(X[:5])
    np.testing.assert_allclose(several.predict(X[:5]), [one.value for one in answers], rtol=1e-6)
    assert answers[0].interval is not None


def test_it_is_as_good_as_what_one_knows() -> None:
    cells, found = load_diabetes(return_X_y=True)
    own = cross_val_score(LaminaRegressor(random_state=0), cells, found, cv=5).mean()
    linear = cross_val_score(Ridge(0.1), cells, found, cv=5).mean()
    assert own > linear - 0.1


@pytest.mark.slow
def test_a_model_file_becomes_an_estimator_again(tmp_path: Path) -> None:
    path = fitted().model_.save(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(LaminaRegressor.from_model(path).predict(X), fitted().predict(X))
    assert clone(LaminaRegressor.from_model(path, epochs=3)).epochs == 3


def test_what_it_does_not_learn() -> None:
    with pytest.raises(DataError, match="LaminaRegressor learns numbers; y holds values such as 'a'"):
        LaminaRegressor().fit(X, ["a"] * 120)
    with pytest.raises(DataError, match="every example has the same target, 1: there is nothing to learn"):
        LaminaRegressor().fit(X, np.ones(120))
    with pytest.raises(SettingError, match="LaminaRegressor learns numbers; this network or model is for something"):
        LaminaRegressor("autoencoder", epochs=1).fit(X, Y)
