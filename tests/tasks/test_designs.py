"""Designs: what a task shares with all that differ from it in fitted numbers and names alone."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from lamina.data.encoders import Encoder
from lamina.data.number_encoder import NumberEncoder
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Task
from lamina.tasks.classification import Classification
from lamina.tasks.reconstruction import Reconstruction
from lamina.tasks.regression import Regression
from lamina.tasks.several import Several
from tests.trained import MODELS_AND_TABLES

CHANCE = np.random.default_rng(0)
CLASSES, NUMBERS = jnp.asarray(CHANCE.integers(0, 3, 20)), jnp.asarray(CHANCE.normal(size=(20, 1)))
WORDS, PRICE = Classification("word", ("a", "b", "c")), Regression("price", 5.0, 200.0)


@pytest.mark.parametrize(
    ("task", "other", "outputs", "targets"),
    [
        (WORDS, Classification("number", ("1", "2", "10")), (20, 3), CLASSES),
        (
            Classification("word", ("a", "b", "c"), "hinge"),
            Classification("x", ("1", "2", "3"), "hinge"),
            (20, 3),
            CLASSES,
        ),
        (PRICE, Regression("size", -1.0, 0.01), (20, 1), NUMBERS),
        (Averaging(PRICE, 2), Averaging(Regression("size", 1.0, 3.0), 2, 1.0, 0.5, 0.1), (20, 2, 1), NUMBERS),
        (Averaging(WORDS, 2), Averaging(WORDS, 2, temperature=2.0), (20, 2, 3), CLASSES),
    ],
    ids=["classes", "hinge", "numbers", "several networks for numbers", "several networks for classes"],
)
def test_a_design_has_the_objective_of_its_tasks_but_for_their_units(
    task: Task, other: Task, outputs: tuple[int, ...], targets: Any
) -> None:
    assert task.design == other.design
    assert hash(task.design) == hash(other.design)
    assert task.design.design == task.design
    predictions = jnp.asarray(CHANCE.normal(size=outputs))
    (loss, measures), (plain, counted) = task.objective(), task.design.objective()
    np.testing.assert_allclose(plain(predictions, targets), loss(predictions, targets), rtol=1e-6)
    assert measures.keys() == counted.keys()
    for name, measure in measures.items():
        unit = task.units.get(name, 1.0)
        np.testing.assert_allclose(unit * counted[name](predictions, targets), measure(predictions, targets), rtol=1e-6)


@pytest.mark.parametrize(
    "other",
    [
        Classification("word", ("a", "b")), Classification("word", ("a", "b", "c"), "hinge"),
        Classification("word", ("a", "b", "c"), label_smoothing=0.1), Averaging(WORDS, 2), PRICE,
    ],
    ids=str,
)  # fmt: skip
def test_what_changes_the_objective_is_another_design(other: Task) -> None:
    assert other.design != WORDS.design


@pytest.mark.parametrize("task", [Reconstruction((4,)), Several((WORDS, PRICE))], ids=str)
def test_a_task_that_says_nothing_is_its_own_design(task: Task) -> None:
    assert task.design is task
    assert task.units == {}


def test_rows_of_numbers_are_alike_on_the_device_and_other_encoders_by_their_numbers() -> None:
    one, other = NumberEncoder(("a",), (1.0,), (2.0,)), NumberEncoder(("b", "c"), (0.0, 0.0), (1.0, 3.0))
    assert one.design == other.design


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS_AND_TABLES)
def test_every_encoder_has_a_design_that_can_be_looked_up(name: str) -> None:
    encoder: Encoder = MODELS_AND_TABLES[name]().encoder
    assert {encoder.design: name}[encoder.design] == name
