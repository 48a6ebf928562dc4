"""Which examples a model is looked at with, and which it was trained on."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina.errors import DataError
from lamina.model.examples import held_out_examples, training_examples
from tests import trained


def test_held_out_and_training_examples_never_meet() -> None:
    model = trained.iris()
    tested = held_out_examples(model, "iris")
    learnt = training_examples(model, tested.whole, 1000)
    assert learnt is not None
    assert (len(tested), len(learnt), len(tested.whole)) == (30, 108, 150)
    assert not set(tested.dataset.inputs.names) & set(learnt.dataset.inputs.names)
    expected, _, _ = model.encoder.encode(learnt.dataset.inputs)
    np.testing.assert_array_equal(learnt.encoded, expected)
    np.testing.assert_array_equal(learnt.targets, learnt.dataset.targets)


def test_fewer_are_taken_evenly() -> None:
    model = trained.iris()
    tested = held_out_examples(model, "iris")
    some = tested.evenly(4)
    assert some.dataset.inputs.names == tuple(tested.dataset.inputs.names[row] for row in (0, 10, 19, 29))
    np.testing.assert_array_equal(some.encoded, np.asarray(tested.encoded)[[0, 10, 19, 29]])
    np.testing.assert_array_equal(some.targets, some.dataset.targets)
    assert tested.evenly(30) is tested
    learnt = training_examples(model, tested.whole, 10)
    assert learnt is not None
    assert len(learnt) == 10


def test_of_other_data_nobody_knows_what_was_learnt() -> None:
    whole = lamina.read("iris").subset(np.arange(0, 150, 2))
    assert training_examples(trained.iris(), whole, 10) is None


@pytest.mark.slow
def test_an_own_test_part_leaves_the_training_part() -> None:
    x = np.random.default_rng(0).normal(size=(60, 3))
    parts = np.array(["train"] * 40 + ["test"] * 20)
    from dataclasses import replace

    dataset = replace(lamina.read((x, np.where(x[:, 0] > 0, "a", "b"))), parts=parts)
    model = trained.quietly(dataset, "mlp", epochs=2)
    tested = held_out_examples(model, dataset)
    learnt = training_examples(model, tested.whole, 100)
    assert learnt is not None
    assert tested.dataset.inputs.names == tuple(f"row {n}" for n in range(41, 61))
    assert set(learnt.dataset.inputs.names) <= {f"row {n}" for n in range(1, 41)}


def test_no_examples_are_refused() -> None:
    with pytest.raises(DataError, match="has no examples to evaluate on"):
        held_out_examples(trained.iris(), lamina.read("iris").subset(np.arange(0)))
