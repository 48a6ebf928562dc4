"""Going on with other examples: the steps are those of one run, the preparation and the answers stay."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

import lamina
from lamina import Dense, Model, Sequential
from lamina.data.dataset import Dataset
from lamina.data.inputs import numbers
from lamina.errors import DataError, SettingError
from lamina.model.document import load_model_bytes, model_bytes
from lamina.model.going_on import go_on, memory_of
from lamina.model.preparation import Choices, prepare
from lamina.model.run import Run
from lamina.training.schedules import Constant
from lamina.training.settings import Settings
from tests.trained import diabetes

NETWORK = Sequential(Dense(6, "tanh"), Dense(3))


def chosen(epochs: int, **others: Any) -> dict[str, Any]:
    return {"epochs": epochs, "batch_size": 64, "schedule": Constant(), "seed": 5, "optimizer": "momentum", **others}


def finished(run: Run) -> list[np.ndarray[Any, Any]]:
    for _ in run:
        pass
    return [np.asarray(leaf) for leaf in jax.tree.leaves(run.progress.train)]


def rows(count: int = 40) -> Dataset:
    chance = np.random.default_rng(1)
    classes = np.array(["a", "b", "c"])[np.arange(count) % 3]
    return Dataset("rows", numbers(chance.normal(size=(count, 4))), classes, "letter")


def first_run(epochs: int) -> Run:
    return Run(prepare(rows(), Choices(NETWORK, chosen(epochs), validation_share=0.0)))


@pytest.mark.slow
def test_two_runs_of_one_epoch_are_one_run_of_two() -> None:
    """A batch holds all examples, so that the order, which is the first epoch's again, changes rounding alone."""
    whole, first = finished(first_run(2)), first_run(1)
    finished(first)
    second = go_on(first.model, rows(), Settings(**chosen(1)), np.ones(40), memory_of(first))
    for a, b in zip(finished(second), whole, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    anew = go_on(first.model, rows(), Settings(**chosen(1)), np.ones(40))
    assert np.abs(finished(anew)[1] - whole[1]).max() > 1e-4, "without its memory the optimizer takes another step"


@pytest.mark.slow
def test_the_file_of_a_model_is_enough_to_go_on_from() -> None:
    first = first_run(1)
    finished(first)
    loaded = load_model_bytes(model_bytes(first.model), "a model")
    for model in (first.model, loaded):
        run = go_on(model, rows(20), Settings(**chosen(1)), np.arange(1.0, 21.0), memory_of(first))
        found = finished(run)
        assert (run.model.record.training, run.model.record.validation, run.model.record.test) == (20, 0, 0)
        assert run.model.encoder == first.model.encoder, "the preparation stays as it was fitted"
    assert int(found[-1]) == 2, "steps"


@pytest.mark.slow
def test_the_unit_of_the_answers_stays() -> None:
    model: Model = diabetes()
    other = Dataset("rows", numbers(np.zeros((5, 10))), np.array([1e6, 2e6, 3e6, 4e6, 5e6]), model.task.target)
    run = go_on(model, other, Settings(**chosen(1)), np.ones(5))
    assert run.prepared.task == model.task
    assert run.prepared.targets.max() > 1e4, "far outside of what was learnt, and not standardized anew"


@pytest.mark.slow
def test_faults() -> None:
    first = first_run(1)
    finished(first)
    wide = Dataset("rows", numbers(np.zeros((3, 5))), np.array(["a", "b", "c"]), "letter")
    with pytest.raises(DataError, match="the model takes rows of 4 numbers"):
        go_on(first.model, wide, Settings(**chosen(1)), np.ones(3))
    huge = Dataset("rows", numbers(np.full((2, 4), 1e300)), np.array(["a", "b"]), "letter")
    with pytest.raises(DataError, match="row 1: it has a number too large for the model"):
        go_on(first.model, huge, Settings(**chosen(1)), np.ones(2))
    plain = Settings(**chosen(1, optimizer="gradient_descent"))
    with pytest.raises(SettingError, match="the optimizer gradient_descent remembers something else"):
        go_on(first.model, rows(), plain, np.ones(40), memory_of(first))
    unknown = Dataset("rows", numbers(np.zeros((1, 4))), np.array(["d"]), "letter")
    with pytest.raises(DataError, match="the model knows the classes a, b, c; the data has d besides"):
        go_on(first.model, unknown, Settings(**chosen(1)), np.ones(1))


@pytest.mark.slow
def test_the_bytes_of_a_model_are_its_file(tmp_path: Any) -> None:
    model = lamina.fit(([[0.0], [1.0], [2.0], [3.0]] * 5, ["a", "b"] * 10), Sequential(Dense(2)), epochs=1, seed=0)
    assert model.save(tmp_path / "m.safetensors").read_bytes() == model_bytes(model)
    damaged = bytearray(model_bytes(model))
    damaged[-1] ^= 1
    with pytest.raises(lamina.ModelFileError, match="a model in a pickle: the checksum does not fit"):
        load_model_bytes(bytes(damaged), "a model in a pickle")
