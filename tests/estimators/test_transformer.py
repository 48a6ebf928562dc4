"""LaminaTransformer: the layer it gives, with and without targets, as arrays and data frames."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pandas
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import lamina
from lamina import Dense, LaminaTransformer, Sequential
from lamina.errors import DataError, SettingError

X, Y = load_iris(return_X_y=True)
NETWORK = Sequential(Dense(8, "tanh"), Dense(5, "tanh"), Dense(3))
LEARNT = {"network": NETWORK, "task": "classification", "epochs": 20, "learning_rate": 0.02, "random_state": 0}


@functools.cache
def fitted() -> LaminaTransformer:
    return LaminaTransformer(**LEARNT).fit(X, Y)


@pytest.mark.slow
def test_it_gives_the_layer_before_the_last() -> None:
    found = fitted().transform(X)
    assert found.shape == (150, 5)
    np.testing.assert_allclose(found, lamina.features(fitted().model_, X).values, atol=1e-6)
    assert fitted().get_feature_names_out().tolist() == [f"laminatransformer{place}" for place in range(5)]


@pytest.mark.parametrize(("layer", "width"), [(1, 8), ("2", 5), (3, 3)])
def test_any_layer_can_be_asked_for(layer: int | str, width: int) -> None:
    asked = LaminaTransformer.from_model(fitted().model_, layer=layer)
    assert asked.transform(X).shape == (150, width)
    assert len(asked.get_feature_names_out()) == width


def test_features_tell_classes_apart() -> None:
    pipeline = make_pipeline(LaminaTransformer(**LEARNT), LogisticRegression())
    assert pipeline.fit(X, Y).score(X, Y) > 0.93


@pytest.mark.slow
def test_without_targets_the_code_of_an_autoencoder_comes_out() -> None:
    plain = LaminaTransformer(epochs=5, random_state=0)
    first, second = plain.fit_transform(X), clone(plain).fit_transform(X, Y)
    assert first.shape == (150, 2)
    np.testing.assert_array_equal(first, second)
    weights = np.arange(150) % 3
    weighted = clone(plain).fit(X, sample_weight=weights).transform(X)
    np.testing.assert_array_equal(weighted, clone(plain).fit(X.repeat(weights, axis=0)).transform(X))


@pytest.mark.slow
def test_numbers_as_targets() -> None:
    numbers = LaminaTransformer(Sequential(Dense(4, "tanh"), Dense(1)), task="regression", epochs=2, random_state=0)
    assert numbers.fit(X, X[:, 0]).transform(X).shape == (150, 4)


def test_data_frames_in_and_out() -> None:
    frame = pandas.DataFrame(X, columns=list("abcd"), index=np.arange(150) + 7)
    told = clone(fitted()).set_output(transform="pandas").fit(frame, Y).transform(frame)
    assert isinstance(told, pandas.DataFrame)
    assert told.columns.tolist() == [f"laminatransformer{place}" for place in range(5)]
    assert told.index.equals(frame.index)
    np.testing.assert_array_equal(told.to_numpy(), fitted().transform(X))


def test_float32_stays_float32() -> None:
    assert fitted().transform(X.astype(np.float32)).dtype == np.float32
    assert fitted().transform(X).dtype == np.float64


def test_a_model_file_becomes_an_estimator_again(tmp_path: Path) -> None:
    path = fitted().model_.save(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(LaminaTransformer.from_model(path).transform(X), fitted().transform(X))


def test_what_it_does_not_do() -> None:
    with pytest.raises(SettingError, match="needs a task of reconstruction, classification, regression; got 'fun'"):
        LaminaTransformer(task="fun").fit(X)
    with pytest.raises(DataError, match="This LaminaTransformer requires y to be passed"):
        LaminaTransformer(task="classification").fit(X)
    with pytest.raises(SettingError, match="needs a number from 1 to 3, as `lamina show` counts; got 7"):
        LaminaTransformer(**LEARNT, layer=7).fit(X, Y)
