"""Similarity: an embedding for classes never seen as well, and the most similar examples out of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina import DataError, Model, SettingError
from lamina.tasks.similarity import Similarity, nearest_others
from tests.trained import iris


@pytest.fixture(scope="module")
def model() -> Model:
    run = lamina.train("digits", "siamese", epochs=4)
    list(run)
    return run.model


@pytest.mark.slow
def test_it_learns_who_is_alike_and_says_how_often_the_nearest_is_not(model: Model, tmp_path: Path) -> None:
    assert model.task == Similarity("digit", 32)
    assert model.evaluate("digits")["neighbor_error"] < 0.1
    loaded = Model.load(model.save(tmp_path / "m.safetensors"))
    assert loaded.evaluate("digits").metrics == model.evaluate("digits").metrics


@pytest.mark.slow
def test_the_most_similar_examples(model: Model) -> None:
    digits = lamina.read("digits")
    asked = digits.subset(np.arange(40))
    found = lamina.nearest(model, asked, "digits", 3)
    assert len(found) == 40
    names = list(digits.inputs.names)
    right = 0
    for row, one in enumerate(found):
        assert one.name not in one.names  # itself is left out, though it is among them
        assert list(one.distances) == sorted(one.distances)
        right += digits.targets[names.index(one.names[0])] == digits.targets[row]
    assert right >= 36


def test_without_another_source_the_examples_are_compared_with_each_other() -> None:
    rows = lamina.read("iris").subset(np.arange(30))
    assert lamina.nearest(iris(), rows, count=2) == lamina.nearest(iris(), rows, rows, 2)


def test_a_model_of_classes_compares_what_its_last_layer_but_one_gives() -> None:
    rows = lamina.read("iris")
    [one] = lamina.nearest(iris(), rows.subset(np.array([7])), "iris", 1)
    assert str(one) == f"row 8: {one.names[0]} ({one.distances[0]:.3f})"
    found = lamina.features(iris(), rows).values.astype(np.float64)
    distances = np.sqrt(np.square(found - found[7]).sum(axis=1))
    assert one.distances[0] == pytest.approx(np.sort(distances)[1], abs=1e-4)


@pytest.mark.slow
def test_classes_that_were_never_seen_are_embedded_too(model: Model) -> None:
    digits = lamina.read("digits")
    assert model.task.encode(np.array(["x", "y", "x"])).tolist() == [0, 1, 0]
    assert len(model.predict(digits.subset(np.arange(3)))) == 3


def test_the_nearest_other_of_many() -> None:
    places = np.random.default_rng(0).normal(size=(2_500, 4))
    found = nearest_others(places)
    for row in (0, 1_999, 2_000, 2_499):
        distance = np.square(places - places[row]).sum(axis=1)
        distance[row] = np.inf
        assert found[row] == distance.argmin()


def test_what_cannot_be_alike() -> None:
    with pytest.raises(SettingError, match="similarity needs classes, which say what is alike; disease progression"):
        lamina.train("diabetes", "siamese")
    with pytest.raises(SettingError, match="label_smoothing and class_weights are not for similarity"):
        lamina.train("iris", "siamese", class_weights="balanced")
    with pytest.raises(SettingError, match="the loss of a similarity must be one of triplet, contrastive"):
        Similarity("x", 3, "hinge")
    with pytest.raises(SettingError, match="similarity needs 1 to 10,000 numbers of an embedding; got 0"):
        Similarity("x", 0)
    with pytest.raises(SettingError, match="nearest needs a count of 1 or more; got 0"):
        lamina.nearest(iris(), "iris", "iris", 0)
    with pytest.raises(DataError, match="row 3 alone has nothing to be compared with; say where to look"):
        lamina.nearest(iris(), lamina.read("iris").subset(np.array([2])))
    with pytest.raises(DataError, match="there is no example to look for"):
        lamina.nearest(iris(), lamina.read("iris").subset(np.zeros(0, int)), "iris")


@pytest.mark.slow
def test_a_loss_over_pairs_is_for_any_network() -> None:
    network = lamina.Sequential(lamina.Dense(8, "relu"), lamina.Linear(2))
    run = lamina.train("iris", network, loss="contrastive", epochs=2)
    list(run)
    assert run.model.task == Similarity("class", 2, "contrastive")
