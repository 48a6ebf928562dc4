"""Features: the numbers of any layer, for any source."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import SettingError
from lamina.model.features import save_features
from tests.trained import iris, quietly

SOURCE = "iris"


def test_the_last_layer_s_output_is_what_the_model_gives() -> None:
    model = iris()
    dataset = lamina.read(SOURCE)
    count = len(model.network.layers)  # type: ignore[attr-defined]  # a Sequential
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
    count = len(model.network.layers)  # type: ignore[attr-defined]  # a Sequential
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


@pytest.mark.parametrize("layer", [0, -1, 99])
def test_layers_that_there_are_not(layer: int) -> None:
    with pytest.raises(SettingError, match="--layer needs a number from 1 to"):
        lamina.features(iris(), SOURCE, layer)


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
