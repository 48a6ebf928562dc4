"""LaminaClusterer: groups that are there, their labels, and what it refuses."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import lamina
from lamina import LaminaClusterer
from lamina.errors import DataError, SettingError

pytestmark = pytest.mark.slow

X, Y = make_blobs(120, centers=10 * np.eye(4)[:3], cluster_std=0.5, random_state=0)
QUICK = {"network": lamina.autoencoder((4,), 2, (16,)), "epochs": 100, "learning_rate": 0.01, "random_state": 0}


@functools.cache
def fitted() -> LaminaClusterer:
    return LaminaClusterer(**QUICK, groups=3).fit(X)


def test_it_finds_the_groups() -> None:
    assert adjusted_rand_score(Y, fitted().labels_) > 0.9
    np.testing.assert_array_equal(fitted().predict(X), fitted().labels_)
    assert sorted(set(fitted().labels_.tolist())) == [0, 1, 2]


def test_a_weight_is_the_row_so_many_times_in_whatever_order() -> None:
    """The centers and what comes of them, to the bit."""
    chosen = {**QUICK, "epochs": 3, "groups": 4}
    weights = np.random.default_rng(0).integers(0, 5, len(X))
    order = np.random.default_rng(1).permutation(weights.sum())
    weighted = LaminaClusterer(**chosen).fit(X, sample_weight=weights)
    repeated = LaminaClusterer(**chosen).fit(X.repeat(weights, axis=0)[order])
    assert weighted.model_.task == repeated.model_.task
    np.testing.assert_array_equal(weighted.predict(X), repeated.predict(X))
    assert LaminaClusterer(**chosen).fit(X).model_.task != weighted.model_.task


def test_its_model_calls_them_by_the_same_numbers() -> None:
    names = [str(answer.value) for answer in fitted().model_.predict(X)]
    assert names == [f"group {label + 1}" for label in fitted().labels_]


def test_it_finds_how_many_fit_best_and_takes_its_place_in_a_pipeline() -> None:
    pipeline = make_pipeline(StandardScaler(), LaminaClusterer(**QUICK))
    assert adjusted_rand_score(Y, pipeline.fit_predict(X)) > 0.9
    again = clone(fitted()).fit(X, Y)
    np.testing.assert_array_equal(again.labels_, fitted().labels_)


@pytest.mark.slow
def test_a_model_file_becomes_an_estimator_again(tmp_path: Path) -> None:
    path = fitted().model_.save(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(LaminaClusterer.from_model(path).predict(X), fitted().labels_)


def test_what_it_does_not_do() -> None:
    with pytest.raises(SettingError, match="clustering needs 2 to 1,000 groups; got 1"):
        LaminaClusterer(groups=1).fit(X)
    with pytest.raises(DataError, match="clustering into 9 groups needs 9 different examples or more"):
        LaminaClusterer(groups=9).fit(X[:5])
    with pytest.raises(
        SettingError, match="LaminaClusterer learns groups; this network or model is for something else"
    ):
        LaminaClusterer.from_model(lamina.fit("iris", "mlp", epochs=1))
