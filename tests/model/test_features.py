"""Features: the numbers of any layer, for any source."""

from __future__ import annotations

import csv
import functools
import re
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import BatchNorm, Dense, Model, Parallel, Residual, Sequential, SettingError
from lamina.model.features import save_features
from tests.trained import iris, quietly

SOURCE = "iris"


def test_the_last_layer_s_output_is_what_the_model_gives() -> None:
    model = iris()
    dataset = lamina.read(SOURCE)
    count = len(model.network.layers)
    found = lamina.features(model, dataset, count)
    encoded, _, _ = model.encoder.encode(dataset.inputs)
    np.testing.assert_array_equal(found.values, model.outputs(encoded))
    assert len(found.names) == len(found.values) == 150


def test_a_layer_by_hand() -> None:
    model = iris()
    found = lamina.features(model, SOURCE, 2)
    encoded, _, _ = model.encoder.encode(lamina.read(SOURCE).inputs)
    x = np.asarray(model.encoder.on_device(encoded))
    own = model.params["1"]
    expected = np.maximum(x @ np.asarray(own["weight"]) + np.asarray(own["bias"]), 0)
    np.testing.assert_allclose(found.values, expected, rtol=1e-4, atol=1e-5)
    assert found.layer.startswith("2, Dense(")


def test_without_a_number_it_is_the_last_but_one() -> None:
    model = iris()
    count = len(model.network.layers)
    np.testing.assert_array_equal(
        lamina.features(model, SOURCE).values, lamina.features(model, SOURCE, count - 1).values
    )


def test_a_table_of_features_holds_every_digit(tmp_path: Path) -> None:
    found = lamina.features(iris(), SOURCE)
    save_features(found, tmp_path / "features.csv")
    with (tmp_path / "features.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:2] == ["example", "feature 1"]
    assert [row[0] for row in rows[1:]] == list(found.names)
    np.testing.assert_array_equal(np.array([row[1:] for row in rows[1:]], np.float32), found.values)
    save_features(found, tmp_path / "features.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "features.npy"), found.values)


@pytest.mark.parametrize("layer", [0, -1, 99, "body", ""])
def test_layers_that_there_are_not(layer: int | str) -> None:
    with pytest.raises(SettingError, match="--layer needs a number from 1 to"):
        lamina.features(iris(), SOURCE, layer)


@functools.cache
def with_ways_around() -> Model:
    inside = Sequential(Dense(6, "tanh"), BatchNorm(), Dense(5))
    network = Sequential(Dense(5, "relu"), Residual(inside), Parallel(Dense(2), Dense(3)), Dense(3))
    return lamina.fit(SOURCE, network, epochs=1, seed=2)


@pytest.mark.parametrize(
    ("place", "numbers"), [("2.body.1", 6), ("2.body.2", 6), ("2.body", 5), ("3.1", 2), ("3.2", 3)]
)
def test_a_layer_inside_another(place: str, numbers: int) -> None:
    model = with_ways_around()
    found = lamina.features(model, SOURCE, place)
    assert found.values.shape == (150, numbers)
    assert found.layer.startswith(f"{place}, ")


def test_what_stands_inside_adds_up_to_what_stands_around() -> None:
    model = with_ways_around()
    around, body, before = (lamina.features(model, SOURCE, place).values for place in ("2", "2.body", 1))
    np.testing.assert_allclose(around, body + before, rtol=1e-5, atol=1e-6)
    sides = [lamina.features(model, SOURCE, place).values for place in ("3.1", "3.2", "3")]
    np.testing.assert_allclose(np.concatenate(sides[:2], axis=1), sides[2], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("2.1", "--layer needs 2.body; got 2.1"),
        ("2.body.9", "--layer needs a number from 2.body.1 to 2.body.3, as `lamina show` counts; got 2.body.9"),
        ("1.1", "--layer needs a layer that has others inside before the point; 1 is Dense; got 1.1"),
    ],
)
def test_places_that_there_are_not(place: str, message: str) -> None:
    with pytest.raises(SettingError, match=f"^{re.escape(message)}$"):
        lamina.features(with_ways_around(), SOURCE, place)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vae", "boltzmann"])
def test_of_layers_that_draw_it_is_the_code(name: str) -> None:
    model = quietly("iris", name, epochs=1)
    encoded, _, _ = model.encoder.encode(lamina.read(SOURCE).inputs)
    x = np.asarray(model.encoder.on_device(encoded))
    *before, last = getattr(model.network, "layers", (model.network,))
    for number, layer in enumerate(before):
        x, _ = layer.apply(model.params.get(str(number), {}), model.state.get(str(number), {}), x)
    place = str(len(before))
    own = [tree.get(place, {}) if before else tree for tree in (model.params, model.state)]
    code = last.encode(*own, x)
    found = lamina.features(model, SOURCE, len(before) + 1)
    np.testing.assert_allclose(found.values, code, rtol=1e-4, atol=1e-5)
    assert found.values.shape[1] != model.outputs(encoded).shape[1]


def test_of_no_examples_there_are_as_many_columns() -> None:
    none = lamina.read(SOURCE).subset(np.arange(0))
    assert lamina.features(iris(), none).values.shape == (0, lamina.features(iris(), SOURCE).values.shape[1])
