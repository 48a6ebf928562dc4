"""Clustering: the nearest center, as many groups as there are, and what is said of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_score

import lamina
from lamina import Dense, Flatten, Reshape, Sequential
from lamina.errors import DataError, SettingError, ShapeError
from lamina.tasks.clustering import Clustering
from tests.trained import groups


def blobs(count: int, seed: int = 0) -> tuple[Any, Any]:
    """Points around centers that are far apart, and the number of each point's center."""
    chance = np.random.default_rng(seed)
    labels = np.sort(chance.integers(0, count, 300))
    angles = 2 * np.pi * labels / count
    return 5 * np.stack([np.cos(angles), np.sin(angles)], axis=1) + 0.4 * chance.normal(size=(300, 2)), labels


@pytest.mark.parametrize("count", [2, 3, 5])
def test_as_many_groups_as_there_are(count: int) -> None:
    codes, labels = blobs(count)
    task = Clustering.fit(codes, None, 0)
    assert len(task.centers) == count
    found = [answer.value for answer in task.decode(codes)]
    assert adjusted_rand_score(labels, found) == 1.0
    assert task.score == pytest.approx(silhouette_score(codes, labels))


def test_groups_are_numbered_by_their_size_and_shares_add_up() -> None:
    codes, _ = blobs(3)
    task = Clustering.fit(codes, 3, 0)
    answers = task.decode(codes)
    counts = [sum(answer.value == f"group {number}" for answer in answers) for number in (1, 2, 3)]
    assert counts == sorted(counts, reverse=True)
    assert all(sum(answer.probabilities.values()) == pytest.approx(1) for answer in answers)
    assert all(next(iter(answer.probabilities)) == answer.value for answer in answers)


def test_weights_pull_centers_and_order_the_groups() -> None:
    """Two groups on a line, of which the smaller one weighs more."""
    codes, weights = np.array([[0.0], [1.0], [0.5], [10.0], [12.0]]), np.array([1.0, 1.0, 1.0, 9.0, 1.0])
    assert Clustering.fit(codes, 2, 0).centers == ((0.5,), (11.0,))
    task = Clustering.fit(codes, 2, 0, weights)
    np.testing.assert_allclose(task.centers, [[10.2], [0.5]])
    assert task.width == pytest.approx((0.5 + 0.5 + 0.0 + 9 * 0.2 + 1.8) / 13)


def test_metrics_compare_with_classes_where_they_are_known() -> None:
    codes, labels = blobs(3)
    task = Clustering.fit(codes, 3, 0)
    found = task.metrics(codes, labels.astype(str))
    assert found["adjusted_rand"] == 1.0
    assert sum(found["sizes"]) == 300
    assert "adjusted_rand" not in task.metrics(codes, np.full(300, ""))


def test_more_groups_than_examples_are_refused() -> None:
    """Examples with the same code count once."""
    codes = np.repeat(np.arange(5.0), 3)[:, None]
    with pytest.raises(
        DataError, match=r"clustering into 9 groups needs 9 different examples or more .* there are 5\."
    ):
        Clustering.fit(codes, 9, 0)
    with pytest.raises(DataError, match="clustering into as many groups as fit best needs 3 different examples"):
        Clustering.fit(np.zeros((5, 2)), None, 0)
    assert len(Clustering.fit(codes, 5, 0).centers) == 5


@pytest.mark.parametrize(
    "settings",
    [(((1.0,),), 1.0, 0.0), (((1.0,), (1.0, 2.0)), 1.0, 0.0), (((1.0,), (2.0,)), 0.0, 0.0), (((), ()), 1.0, 0.0)],
)
def test_impossible_settings(settings: Any) -> None:
    with pytest.raises(SettingError, match="clustering needs"):
        Clustering(*settings)


@pytest.mark.slow
def test_flowers_fall_into_groups_like_their_species() -> None:
    model = groups()
    found = model.evaluate("iris")
    assert found["adjusted_rand"] > 0.4
    assert found["silhouette"] > 0.3
    names = {measure.name for measure in model.record.results}
    assert {"squared distance", "silhouette", "training silhouette"} <= names


def test_an_autoencoder_is_needed() -> None:
    with pytest.raises(ShapeError, match="predicting input needs"):
        lamina.train("iris", Sequential(Dense(2)), task="clustering")
    with pytest.raises(ShapeError, match=r"clustering needs an autoencoder: Sequential\(encoder, decoder\)"):
        lamina.train("iris", Sequential(Dense(2), Dense(3), Dense(4)), task="clustering")
    with pytest.raises(ShapeError, match=r"clustering needs a code that is a row of numbers; got \(batch, 2, 2\)"):
        lamina.train("iris", Sequential(Reshape((2, 2)), Flatten()), task="clustering")


@pytest.mark.slow
def test_reconstruction_is_a_task_of_its_own() -> None:
    model = lamina.fit("iris", task="reconstruction", epochs=40, learning_rate=0.01, seed=1)
    found = model.evaluate("iris")
    assert found["squared_distance"] < 0.4 < model.record.guess
    [answer] = model.predict(lamina.read("iris").inputs.values[:1])
    assert isinstance(answer.value, float)
    assert 0 <= answer.value < 0.4


@pytest.mark.slow
def test_deep_clustering_goes_on_from_the_autoencoder() -> None:
    """Encoder and centers learn together; on the digits the groups agree better with the classes than k-means' do."""
    dataset = lamina.read("digits")
    options: Any = {"task": "clustering", "groups": 10, "epochs": 15, "seed": 1}
    plain = lamina.fit("digits", lamina.autoencoder((8, 8, 1), 10, (256, 128)), **options)
    deep = lamina.fit("digits", "deep_clustering", **options)
    found = [
        adjusted_rand_score(dataset.targets, [one.value for one in model.predict(dataset)]) for model in (plain, deep)
    ]
    assert found[1] > found[0]
    assert isinstance(deep.task, Clustering)
    assert deep.task.score > plain.task.score


def test_more_groups_than_rows_are_refused_before_training() -> None:
    rows = np.random.default_rng(0).normal(size=(30, 3))
    with pytest.raises(
        DataError,
        match=r"clustering into 50 groups needs 50 different examples or more to learn from; there are \d+\. Take",
    ):
        lamina.fit((rows, np.zeros(30)), task="clustering", groups=50, epochs=1)
