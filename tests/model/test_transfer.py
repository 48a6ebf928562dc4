"""Going on from a model: what is kept, what is new, what moves and what does not."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

import lamina
from lamina import Dense, Model, Sequential
from lamina.errors import DataError, SettingError, ShapeError
from tests.trained import diabetes, digits, iris, quietly

pytestmark = pytest.mark.slow


def even_or_odd() -> Any:
    dataset = lamina.read("digits")
    names = np.where(dataset.targets.astype(int) % 2 == 0, "even", "odd")
    return dataset.inputs.pixels[:300], names[:300]


def arrays(tree: Any) -> list[Any]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]


def test_a_new_last_layer_on_kept_ones(tmp_path: Any) -> None:
    base = Model.load(digits().save(tmp_path / "digits.safetensors"))
    run = lamina.train(even_or_odd(), base=base, epochs=3, seed=1)
    assert run.prepared.encoder == base.encoder
    assert run.prepared.network.layers[:-1] == base.network.layers[:-1]
    assert run.prepared.network.layers[-1].units == 2
    assert "going on from digits.safetensors, trained on digits" in run.prepared.notes[-1]
    before = run.progress.train.params
    for name, tree in base.params.items():
        same = all(np.array_equal(a, b) for a, b in zip(arrays(tree), arrays(before[name]), strict=True))
        assert same == (name != "3")
    list(run)
    assert run.model.record.settings.body_rate == 0.1


@pytest.mark.parametrize(("body_rate", "moves"), [(0.0, False), (0.1, True)])
def test_frozen_layers_stay_to_the_bit(body_rate: float, moves: bool) -> None:
    base = digits()
    options = {"optimizer": "adamw", "weight_decay": 0.1, "learning_rate": 0.02, "seed": 1}
    model = quietly(even_or_odd(), base=base, epochs=8, body_rate=body_rate, **options)
    kept = zip(arrays(base.params["0"]), arrays(model.params["0"]), strict=True)
    assert all(np.array_equal(a, b) for a, b in kept) != moves
    assert model.evaluate(even_or_odd())["accuracy"] > 0.6


def test_slow_layers_move_by_their_share() -> None:
    """One step of plain gradient descent, with and without the share."""
    steps = []
    for rate in (1.0, 0.25):
        run = lamina.train(even_or_odd(), base=digits(), epochs=1, batch_size=300, optimizer="gradient_descent",
                           learning_rate=0.1, schedule="constant", body_rate=rate, seed=1)  # fmt: skip
        list(run)
        moved = run.progress.train.params["0"]["weight"] - digits().params["0"]["weight"]
        steps.append(np.asarray(moved))
    assert np.abs(steps[0]).max() > 0
    np.testing.assert_allclose(steps[1], 0.25 * steps[0], rtol=1e-3, atol=1e-8)


def test_the_same_answers_keep_the_last_layer_too() -> None:
    run = lamina.train("iris", base=iris(), epochs=1)
    for a, b in zip(arrays(run.progress.train.params), arrays(iris().params), strict=True):
        np.testing.assert_array_equal(a, b)


def test_from_a_file_by_the_command(tmp_path: Any) -> None:
    from tests.cli.program import lamina as command

    digits().save(tmp_path / "digits.safetensors")
    outcome = command(
        tmp_path, "train", "digits", "--from", "digits.safetensors", "--epochs", "1", "-o", "new.safetensors"
    )
    assert outcome.status == 0, outcome.err
    assert "going on from digits.safetensors" in outcome.err
    assert command(tmp_path, "train", "digits", "--from", "digits.safetensors", "--network", "mlp").status == 2


def test_what_does_not_fit() -> None:
    with pytest.raises(DataError, match="the model takes pictures"):
        lamina.train("iris", base=digits())
    with pytest.raises(SettingError, match="leave network, layers and seeds out"):
        lamina.train("digits", "mlp", base=digits())
    with pytest.raises(SettingError, match="leave network, layers and seeds out"):
        lamina.train("digits", base=digits(), seeds=2)
    odd = quietly("diabetes", Sequential(Dense(4, "tanh"), Sequential(Dense(1))), epochs=1)
    rows = lamina.read("diabetes").inputs.values
    with pytest.raises(ShapeError, match="a Sequential with a Dense at its end"):
        lamina.train((rows, rows[:, 0]), base=odd)
    assert diabetes().task.target == "disease progression"
