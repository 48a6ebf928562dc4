"""A deep belief network: a classifier that begins with what machines learnt without classes."""

from __future__ import annotations

import re

import numpy as np
import pytest

import lamina
from lamina import Dense, Flatten, Sequential, SettingError
from lamina.model.preparation import Choices, prepare
from lamina.model.pretraining import pretrained


@pytest.mark.slow
def test_the_layers_begin_with_the_machines_weights_and_learn_on() -> None:
    run = lamina.train("digits", "deep_belief", epochs=3)
    beginning = run.prepared.beginning
    assert beginning is not None
    assert {name: sorted(own) for name, own in beginning.params.items()} == {
        "1": ["bias", "weight"],
        "2": ["bias", "weight"],
    }
    started = run.progress.train.params
    np.testing.assert_array_equal(started["1"]["weight"], beginning.params["1"]["weight"])
    told = "2 Boltzmann machines learnt the training inputs without classes for 50 epochs each"
    (note,) = (note for note in run.prepared.notes if told in note)
    errors = re.findall(r"([\d.]+) to ([\d.]+)", note)
    assert len(errors) == 2
    assert all(float(last) < float(first) for first, last in errors)
    list(run)
    assert not np.array_equal(run.progress.train.params["1"]["weight"], beginning.params["1"]["weight"])
    assert run.model.evaluate("digits")["error"] < 0.5
    assert lamina.train("digits", lamina.deep_belief(10), epochs=0).prepared.beginning is None


@pytest.mark.slow
def test_the_same_seed_gives_the_same_machines() -> None:
    first, again = (prepare("iris", Choices("deep_belief", {"seed": 4})).beginning for _ in range(2))
    assert first is not None
    assert again is not None
    np.testing.assert_array_equal(first.params["1"]["weight"], again.params["1"]["weight"])


def test_layers_that_are_no_sigmoids() -> None:
    prepared = prepare("iris", Choices("mlp"))
    network = Sequential(Flatten(), Dense(4, "relu"), Dense(3))
    with pytest.raises(SettingError, match="deep_belief needs a Sequential with Dense layers of sigmoids"):
        pretrained(network, prepared.encoder, prepared.inputs, prepared.split.train, 0)
