"""Networks that generate: the same verbs as all others, and new examples out of the model file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lamina
from lamina import Adversarial, DataError, Dense, Flatten, Model, Reshape, Sequential, SettingError
from lamina.tasks.generation import Generation
from tests.trained import iris

NAMES = ("vae", "boltzmann")


@pytest.fixture(scope="module", params=[*NAMES, pytest.param("gan", marks=pytest.mark.slow)])
def model(request: pytest.FixtureRequest) -> Model:
    run = lamina.train("digits", request.param, epochs=2)
    list(run)
    return run.model


@pytest.mark.slow
def test_the_file_holds_it_all(model: Model, tmp_path: Path) -> None:
    path = model.save(tmp_path / "model.safetensors")
    loaded = Model.load(path)
    assert isinstance(loaded.task, Generation)
    np.testing.assert_array_equal(lamina.sample(loaded, 5, seed=3), lamina.sample(model, 5, seed=3))


@pytest.mark.slow
def test_samples_are_pictures_that_differ_and_come_again_with_their_seed(model: Model) -> None:
    first, again, other = (lamina.sample(model, 4, seed) for seed in (1, 1, 2))
    assert first.shape == (4, 8, 8, 1)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first[0], first[1])


@pytest.mark.slow
def test_it_is_evaluated_and_predicts_how_well_it_knows_an_example(model: Model) -> None:
    found = model.evaluate("digits")
    assert found.examples == 359
    assert isinstance(model.task, Generation)
    assert set(found.numbers) == {*model.task.terms, *model.task.watched}
    total = sum(found[name] for name in model.task.terms)
    assert found.loss == pytest.approx(total, rel=1e-4)
    answers = model.predict(lamina.read("digits"))
    assert all(np.isfinite(float(answer.value)) for answer in answers)


@pytest.mark.slow
def test_what_is_no_digit_is_known_less_well() -> None:
    run = lamina.train("digits", "vae", epochs=5)
    list(run)
    digits = np.asarray(lamina.read("digits").inputs.pixels)
    noise = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 1)).astype(np.uint8)
    known, unknown = (
        np.mean([float(answer.value) for answer in run.model.predict(pictures)]) for pictures in (digits[:20], noise)
    )
    assert unknown > 1.5 * known


def test_a_machine_sees_pictures_from_zero_to_one() -> None:
    run = lamina.train("digits", "boltzmann", epochs=1)
    assert (run.prepared.encoder.mean, run.prepared.encoder.scale) == (0.0, 1.0)


@pytest.mark.slow
def test_a_table_trains_a_machine_of_normal_neurons() -> None:
    run = lamina.train("iris", "boltzmann", epochs=2)
    list(run)
    assert "gaussian" in repr(run.model.network)
    drawn = lamina.sample(run.model, 7)
    assert list(drawn.columns) == [f"{part} {size} (cm)" for part in ("sepal", "petal") for size in ("length", "width")]
    assert drawn.shape == (7, 4)
    assert run.model.predict(drawn)


@pytest.mark.slow
def test_a_network_of_ones_own() -> None:
    network = Adversarial(
        Sequential(Dense(16, "relu"), Dense(64), Reshape((8, 8, 1))), Sequential(Flatten(), Dense(1)), 4, "hinge"
    )
    run = lamina.train("digits", network, epochs=1)
    list(run)
    assert run.model.task == Generation(("discriminator", "generator"), ("spread",))


@pytest.mark.slow
def test_of_a_game_the_last_weights_are_kept() -> None:
    run = lamina.train("digits", "gan", epochs=3)
    list(run)
    assert run.model.record.best_epoch == 3


@pytest.mark.slow
def test_a_collapsed_generator_is_told_of() -> None:
    network = Adversarial(Sequential(Dense(64, bias=False, initializer="zeros"), Reshape((8, 8, 1))), Sequential(
        Flatten(), Dense(1, initializer="zeros")
    ), 4)  # fmt: skip
    run = lamina.train("digits", network, epochs=1, learning_rate=1e-9)
    list(run)
    assert any("the generator has collapsed" in note for note in run.model.record.notes)


@pytest.mark.slow
def test_a_picture_of_samples(model: Model, tmp_path: Path) -> None:
    lamina.save_samples(model, tmp_path / "samples.png", 5)
    with Image.open(tmp_path / "samples.png") as picture:
        assert picture.size == (3 * 64 + 2 * 2, 2 * 64 + 2)  # 8 x 8 numbers, each as 8 x 8 pixels


@pytest.mark.slow
def test_what_draws_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="only a model that generates draws samples; this one predicts class"):
        lamina.sample(iris())
    with pytest.raises(SettingError, match="sample needs a count from 1 to 100,000; got 0"):
        lamina.sample(iris(), 0)
    run = lamina.train("iris", "vae", epochs=1)
    with pytest.raises(DataError, match=r"samples of this model are written as \.csv; got 's\.png'"):
        lamina.save_samples(run.model, tmp_path / "s.png", 3)
    text = lamina.train((["a b", "b c", "c d", "d a"] * 5, ["x", "y"] * 10), "vae", epochs=0).model
    with pytest.raises(DataError, match=r"samples of this model are numbers, tokens: take lamina\.sample\(model\)"):
        lamina.save_samples(text, tmp_path / "s.png", 3)


@pytest.mark.slow
def test_rows_that_are_drawn_are_a_table_that_the_model_reads(tmp_path: Path) -> None:
    lines = [f"{20 + row % 9},{'red' if row % 3 else 'blue'},{'' if row % 5 == 0 else row % 7}" for row in range(60)]
    (tmp_path / "people.csv").write_text("age,color,size\n" + "\n".join(lines) + "\n")
    run = lamina.train(tmp_path / "people.csv", "vae", epochs=40)
    list(run)
    lamina.save_samples(run.model, tmp_path / "new.csv", 50)
    head, *rows = (tmp_path / "new.csv").read_text().splitlines()
    assert head == "age,color,size"
    cells = [row.split(",") for row in rows]
    assert {color for _, color, _ in cells} == {"red", "blue"}
    assert 20 < np.mean([float(age) for age, _, _ in cells]) < 28
    assert len(run.model.predict(tmp_path / "new.csv")) == 50
