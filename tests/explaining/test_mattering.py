"""What in the input mattered, against what is known of made-up networks; and the smallest change."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas
import pytest

import lamina
from lamina import Activation, Conv2D, Dense, Embedding, Flatten, Linear, Model, Pad2D, Sequential, Translator
from lamina.data.prediction_inputs import read_inputs
from lamina.errors import ExplanationError, SettingError
from lamina.explaining.answering import added_up, largest, largest_numbers, what_mattered
from lamina.explaining.columns import encoded_columns
from lamina.explaining.mattering import CAUTIONS, gradient, integrated_gradients, occlusion
from lamina.explaining.smallest_change import smallest_change
from tests import trained
from tests.data.makers import passengers, write_picture_table

FLOWER = [[5.1, 3.5, 1.4, 0.2]]


@pytest.fixture(scope="module")
def model() -> Model:
    return lamina.fit("iris", network="mlp", epochs=20, seed=0)


@pytest.fixture(scope="module")
def pictures() -> Model:
    chance = np.random.default_rng(0)
    x = chance.integers(0, 60, (120, 8, 8, 1)).astype(np.uint8)
    y = np.arange(120) % 2
    x[y == 1, 2:5, 2:5] += 150
    network = Sequential(Flatten(), Dense(8, "tanh"), Dense(2))
    return lamina.fit((x, np.where(y, "spot", "none")), network=network, epochs=15, seed=0)


def network() -> tuple[Sequential, Any]:
    layers = Sequential(Dense(6, "tanh"), Dense(3))
    return layers, layers.init(jax.random.key(0), np.ones((1, 4), np.float32))[0]


@pytest.mark.slow
def test_gradients_are_the_derivative() -> None:
    layers, params = network()
    x = np.array([0.3, -1.0, 0.5, 2.0], np.float32)
    found = gradient(layers, params, {}, x, 1)
    for place in range(4):
        step = np.zeros(4, np.float32)
        step[place] = 1e-2
        ahead, behind = (float(layers.apply(params, {}, one[None])[0][0, 1]) for one in (x + step, x - step))
        assert found.values[place] == pytest.approx((ahead - behind) / 2e-2, abs=1e-3)
    assert found.caution == CAUTIONS["gradient"]


@pytest.mark.slow
def test_integrated_gradients_add_up() -> None:
    layers, params = network()
    x = np.array([0.3, -1.0, 0.5, 2.0], np.float32)
    found = integrated_gradients(layers, params, {}, x, 2)
    here, nothing = (float(layers.apply(params, {}, one[None])[0][0, 2]) for one in (x, 0 * x))
    assert found.values.sum() == pytest.approx(here - nothing, abs=1e-3)


def test_a_network_that_jumps_is_refused() -> None:
    layers = Sequential(Dense(1, "binary_step", initializer="ones"))
    params, _ = layers.init(jax.random.key(0), np.ones((1, 1), np.float32))
    params = {"0": {"weight": np.full((1, 1), 30.0), "bias": np.full(1, -1.0)}}
    with pytest.raises(ExplanationError, match=r"add up to 30 instead of 1: the network jumps"):
        integrated_gradients(layers, params, {}, np.ones(1, np.float32), 0)


def test_occlusion_finds_the_spot() -> None:
    weight = np.zeros((25, 1), np.float32)
    weight[12] = 1.0
    x = np.random.default_rng(0).random((5, 5, 1)).astype(np.float32)
    x[2, 2] = 5.0
    layers = Sequential(Flatten(), Linear(1, bias=False))
    found = occlusion(layers, {"1": {"weight": weight}}, {}, x, 0, size=1)
    assert np.unravel_index(found.values.argmax(), found.values.shape)[:2] == (2, 2)
    assert found.values[2, 2, 0] == pytest.approx(5.0 - x.mean(), rel=1e-5)
    assert np.count_nonzero(found.values) == 1


@pytest.mark.slow
def test_what_is_asked_in_vain() -> None:
    layers = Sequential(Flatten(), Linear(1))
    params, _ = layers.init(jax.random.key(0), np.ones((1, 3), np.float32))
    with pytest.raises(SettingError, match=r"occlusion needs a picture \(height, width, channels\)"):
        occlusion(layers, params, {}, np.ones(3, np.float32), 0)
    with pytest.raises(SettingError, match="a square of 1 to 4 pixels; got 5"):
        occlusion(Conv2D(1), {}, {}, np.ones((4, 4, 1), np.float32), 0, size=5)
    translator = Translator(Embedding(5, 2, padding=True), 2, 5, 2, 2)
    entries = np.array([1, 2, 3, 4, 0], np.int32)
    with pytest.raises(
        SettingError, match="or of words for which an Embedding looks up rows; this network takes entries"
    ):
        gradient(translator, translator.init(jax.random.key(0), entries[None])[0], {}, entries, 0)
    framed = Sequential(Pad2D((1, 0), (0, 0)), Embedding(5, 2, from_floats=True), Flatten(), Linear(1))
    params, _ = framed.init(jax.random.key(0), np.ones((1, 2, 2, 1), np.float32))
    with pytest.raises(SettingError, match=r"those of layer 2 come out of layer 1, Pad2D\("):
        integrated_gradients(framed, params, {}, np.ones((2, 2, 1), np.float32), 0)
    moved = Sequential(Activation("relu"), Embedding(5, 2, from_floats=True), Flatten(), Linear(1))
    params, _ = moved.init(jax.random.key(0), np.ones((1, 3), np.float32))
    with pytest.raises(
        SettingError, match=r"words as they come in; those of layer 2 come out of layer 1, Activation\("
    ):
        integrated_gradients(moved, params, {}, np.ones(3, np.float32), 0)


@pytest.mark.slow
def test_for_a_model(model: Model, pictures: Model) -> None:
    found = what_mattered(model, FLOWER)
    assert found.of == "setosa"
    assert len(largest(found, 2)) == 2
    assert "petal" in " ".join(largest(found, 4))
    others, together = added_up(found, 3)
    shown = sum(value for _, value in largest_numbers(found, 3))
    assert others.startswith("1 others together  ")
    assert shown + float(others.split()[-1]) == pytest.approx(found.mattered.values.sum(), rel=1e-4)
    assert found.mattered.without is not None
    risen = found.mattered.output - found.mattered.without
    assert float(together.split()[2].rstrip(":")) == pytest.approx(risen, rel=0.05)
    assert together.endswith(f" to {found.mattered.output:.6g}")
    assert added_up(what_mattered(model, FLOWER, "gradient"), 3) == []
    spot = np.full((1, 8, 8, 1), 30, np.uint8)
    spot[0, 2:5, 2:5] = 200
    seen = np.abs(what_mattered(pictures, spot, "occlusion").mattered.values[..., 0])
    assert seen[2:5, 2:5].mean() > 2 * seen[6:].mean()
    with pytest.raises(SettingError, match="found by gradient, integrated, occlusion; got 'magic'"):
        what_mattered(model, FLOWER, "magic")


@pytest.mark.slow
def test_the_output_has_the_name_of_what_is_answered(tmp_path: Path) -> None:
    rows = np.zeros((1, 10), np.float32)
    assert what_mattered(trained.diabetes(), rows).of == "disease progression"
    both = what_mattered(trained.targets(), pandas.DataFrame({"size": [5.0], "wide": [True]}))
    assert both.of == f"{both.title.split(' -> kind ')[1].split()[0]} of the first of 2 networks"
    with pytest.raises(SettingError, match="gives a class, a number, a next character or a move; this model predicts"):
        what_mattered(trained.groups(), FLOWER)


@pytest.mark.slow
def test_the_smallest_change_of_a_row(model: Model) -> None:
    change = smallest_change(model, FLOWER, "versicolor")
    assert (change.was.value, change.now.value) == ("setosa", "versicolor")
    nearly = change.before + 0.97 * (change.after - change.before)
    assert model.answers(nearly[None])[0].value == "setosa"
    assert any("petal" in line and " -> " in line for line in change.told)


@pytest.mark.slow
def test_the_smallest_change_of_a_picture(pictures: Model) -> None:
    plain = np.full((1, 8, 8, 1), 30, np.uint8)
    change = smallest_change(pictures, plain, "spot")
    assert change.now.value == "spot"
    assert change.after.dtype == np.uint8
    assert "of 64 pixels change" in change.told[0]


@pytest.mark.slow
def test_the_smallest_change_of_a_sound() -> None:
    model = trained.sounds()
    low = trained.made_sounds(1)
    change = smallest_change(model, low, "high")
    assert (change.was.value, change.now.value) == ("low", "high")
    assert model.answers(change.after[None])[0].value == "high"
    assert change.after.dtype == change.before.dtype == np.int16
    assert "samples change, by " in change.told[0]
    assert change.spectrograms is not None
    assert change.spectrograms[0].shape == model.encoder.input_shape[:2]
    assert change.step_seconds == pytest.approx(0.016)
    quieter = re.search(r"the change is (\d+) dB quieter than the sound", change.told[0])
    own, added = (
        np.square(one.astype(float)).sum() for one in (change.before, change.after - change.before.astype(int))
    )
    assert quieter is not None
    assert int(quieter[1]) == round(10 * np.log10(own / added))


@pytest.mark.slow
def test_of_several_networks_as_one_their_common_answer_changes() -> None:
    several = trained.quietly("iris", "mlp", epochs=20, seed=0, seeds=3)
    found = what_mattered(several, FLOWER)
    assert found.of == "setosa of the first of 3 networks"
    seen = np.asarray(several.encoder.on_device(several.encoder.encode(read_inputs(FLOWER, several.encoder))[0]))
    each = several.network.apply(several.params, several.state, seen)[0]
    assert found.mattered.output == pytest.approx(float(each[0, 0, 0]), abs=1e-5)
    change = smallest_change(several, FLOWER, "versicolor")
    assert change.now.value == several.answers(change.after[None])[0].value == "versicolor"


@pytest.mark.slow
def test_what_changes_of_a_table_and_what_stays() -> None:
    model = trained.table()
    row = passengers(40, seed=3)[1:2]
    frame = pandas.DataFrame({name: [one[name] or None for one in row] for name in row[0]})
    was = model.answers(model.encoder.encode(read_inputs(frame, model.encoder))[0])[0].value
    (other,) = [name for name in model.task.classes if name != was]
    change = smallest_change(model, frame, other)
    numbers = {column.name for column in encoded_columns(model.encoder) if column.scale > 0}
    assert {one.column for one in change.columns} <= numbers
    for column in encoded_columns(model.encoder):
        places = slice(column.start, column.start + column.width)
        if column.name not in {one.column for one in change.columns}:
            np.testing.assert_array_equal(change.before[places], change.after[places])
    assert [abs(one.by) for one in change.columns] == sorted((abs(one.by) for one in change.columns), reverse=True)
    age = next(one for one in change.columns if one.column == "Age")
    assert str(age) == f"Age: {age.before:.6g} -> {age.after:.6g}"
    assert age.before == pytest.approx(float(row[0]["Age"]), abs=1e-4)


def test_of_tables_with_pictures_it_is_said_that_they_are_not_changed(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="hold pictures beside other columns, and are not changed"):
        smallest_change(trained.pictured(), write_picture_table(tmp_path), "1")


@pytest.mark.slow
def test_changes_that_are_not_possible(model: Model) -> None:
    with pytest.raises(SettingError, match="the model's answer is setosa already"):
        smallest_change(model, FLOWER, "setosa")
    with pytest.raises(SettingError, match="the classes of this model are setosa, versicolor, virginica; got 'rose'"):
        smallest_change(model, FLOWER, "rose")
    number = lamina.fit("diabetes", network=Sequential(Dense(4, "relu"), Dense(1)), epochs=20, learning_rate=0.01)
    with pytest.raises(SettingError, match="leads to another class; this model tells none"):
        smallest_change(number, [[0.0] * 10], "1")
