"""Points of a plane: what is drawn, how it is named, what is refused."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest

import lamina
from lamina import DataError, SettingError
from lamina.data.points import POINT_SETS, is_points, points, points_csv, points_name, points_of


@pytest.mark.parametrize("name", POINT_SETS)
def test_a_seed_draws_the_same_points_and_another_one_others(name: str) -> None:
    first, again, other = (points(name, 60, 0.2, seed) for seed in (3, 3, 4))
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])
    assert np.abs(first[0]).max() <= 6


@pytest.mark.parametrize("name", ["circle", "exclusive_or", "gauss", "spiral"])
def test_both_classes_are_there_and_about_even(name: str) -> None:
    _, answers = points(name, 400, 0.0)
    assert 0.4 < (answers == "blue").mean() < 0.6
    assert set(answers.tolist()) == {"blue", "orange"}


def test_without_noise_the_answers_follow_from_the_places() -> None:
    places, answers = points("circle", 300, 0.0)
    assert np.array_equal(np.linalg.norm(places, axis=1) < 3, answers == "blue")
    places, answers = points("exclusive_or", 300, 0.0)
    assert np.array_equal(places[:, 0] * places[:, 1] >= 0, answers == "blue")
    assert np.abs(places).min() >= 0.3
    places, values = points("plane", 300, 0.0)
    assert np.allclose(values, places.sum(axis=1) / 12, atol=2e-4)
    places, values = points("multi_gauss", 300, 0.0)
    near = np.linalg.norm(places - [4, 2.5], axis=1) < 1
    assert (values[near] > 0.4).all()


def test_the_arms_of_the_spiral_are_each_others_mirror() -> None:
    places, answers = points("spiral", 100, 0.0)
    assert np.allclose(places[answers == "blue"], -places[answers == "orange"], atol=1e-4)


def test_noise_moves_the_places_and_not_the_answers() -> None:
    clean, noisy = points("spiral", 400, 0.0), points("spiral", 400, 0.5)
    assert np.array_equal(clean[1], noisy[1])
    assert (noisy[0] - clean[0]).std() == pytest.approx(0.5, rel=0.15)


def test_points_are_a_data_set_by_its_name() -> None:
    found = lamina.read("spiral-examples40-seed2")
    assert (found.name, len(found), found.target) == ("spiral-examples40-seed2", 40, "class")
    assert np.array_equal(found.inputs.values, points("spiral", 40, 0.1, 2)[0])
    assert lamina.read("plane").targets.dtype.kind == "f"
    assert lamina.read("spiral").fingerprint == lamina.read("spiral-noise0.1").fingerprint


@pytest.mark.parametrize(
    ("said", "name"),
    [(("gauss", 500, 0.1, 0), "gauss"), (("gauss", 20, 0.0, 7), "gauss-examples20-noise0.0-seed7")],
)
def test_a_name_says_what_is_unusual_and_is_read_again(said: tuple[str, int, float, int], name: str) -> None:
    assert points_name(*said) == name
    assert points_of(name) == said


@pytest.mark.parametrize(
    "word", ["spirals", "spiral-", "spiral-noise", "spiral-seed1-noise0.1", "Spiral", "spiral:seed=1"]
)
def test_what_names_no_points(word: str) -> None:
    assert not is_points(word)
    with pytest.raises(
        DataError, match=re.escape(f"points are named as spiral, or spiral-examples1000-noise0.3-seed1; got {word!r}")
    ):
        points_of(word)


@pytest.mark.parametrize(
    "word", ["spiral-examples9", "spiral-examples5001", "spiral-noise0.6", "spiral-seed4294967296"]
)
def test_numbers_out_of_range_are_told(word: str) -> None:
    with pytest.raises(DataError, match=f"{word}: points need 10 to 5,000 examples, a noise from 0 to 0.5"):
        lamina.read(word)


def test_an_unknown_set() -> None:
    with pytest.raises(SettingError, match=r"points are drawn as circle, exclusive_or, .*; got 'moons'"):
        points("moons")


def test_the_table_of_points_holds_them_all() -> None:
    rows = list(csv.DictReader(io.StringIO(points_csv("circle", 25, 0.3, 1))))
    places, answers = points("circle", 25, 0.3, 1)
    assert [[float(row["x1"]), float(row["x2"])] for row in rows] == places.tolist()
    assert [row["class"] for row in rows] == answers.tolist()
