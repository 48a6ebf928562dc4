"""The loop: the same numbers whatever the chunks, the short last batch, the best weights, patience."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lamina import BatchNorm, Dense, Dropout, Sequential
from lamina.errors import DataError, NonFiniteError, SettingError
from lamina.layers.base import Layer
from lamina.tasks.classification import Classification
from lamina.training.loop import Trainer, means_of, train
from lamina.training.outputs import Outputs, forward_of, to_device
from lamina.training.schedules import Constant
from lamina.training.settings import Settings
from lamina.training.step import Data, Objective
from lamina.training.windows import epoch_order


def blobs(count: int = 70, seed: int = 0) -> Data:
    chance = np.random.default_rng(seed)
    classes = chance.integers(0, 3, count)
    inputs = chance.normal(size=(count, 4)) + 4 * classes[:, None] * np.array([1, -1, 0.5, 0])
    return Data(to_device(inputs), to_device(classes), to_device(np.ones(count)))


def objective() -> Objective:
    loss, measures = Classification("class", ("a", "b", "c")).objective()
    return Objective(loss, measures)


def network() -> Sequential:
    return Sequential(Dense(8, "tanh"), BatchNorm(), Dropout(0.2), Dense(3))


def trainer(settings: Settings, net: Layer | None = None, data: Data | None = None, **options: object) -> Trainer:
    return Trainer(net or network(), objective(), settings, data or blobs(), blobs(20, 1), **options)


def final(made: Trainer) -> list[np.ndarray]:
    progress = made.start()
    while not made.finished(progress):
        progress = made.advance(progress)
    return [np.asarray(leaf) for leaf in jax.tree.leaves((progress.train, progress.best))]


@pytest.mark.parametrize(("step", "chunk"), [(0.01, 1.0), (0.5, 2.0), (2.0, 4.0), (10.0, 5.0)])
def test_few_long_steps_may_take_longer_than_a_chunk(step: float, chunk: float) -> None:
    """Each chunk takes its memory anew: one of four steps is cheaper than four of one."""
    made = trainer(Settings(epochs=1, batch_size=8), chunk_seconds=1.0)
    assert made.seconds_of_chunk() == 0.0
    made._seconds_per_step = step
    assert made.seconds_of_chunk() == chunk


@pytest.mark.slow
def test_the_length_of_a_chunk_changes_no_bit() -> None:
    settings = Settings(epochs=3, batch_size=16, seed=3)
    long, short = trainer(settings), trainer(settings, chunk_seconds=0.0)
    for a, b in zip(final(long), final(short), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.slow
def test_the_short_last_batch_counts_once_and_only_its_real_rows() -> None:
    """Plain gradient descent on 5 rows in batches of 3 against the same written out by hand."""
    data = blobs(5)
    settings = Settings(epochs=1, batch_size=3, optimizer="gradient_descent", learning_rate=0.1, schedule=Constant())
    made = trainer(settings, Dense(3), data)
    progress = made.start()
    weight = np.asarray(progress.train.params["weight"], np.float64)
    bias = np.zeros(3)
    order = epoch_order(0, 0, 5, 3)
    total = 0.0
    for rows in (order[:3], order[3:5]):
        x, y = np.asarray(data.inputs, np.float64)[rows], np.asarray(data.targets)[rows]
        logits = x @ weight + bias
        shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        total -= np.log(shares[np.arange(len(rows)), y]).sum()
        delta = (shares - np.eye(3)[y]) / len(rows)
        weight, bias = weight - 0.1 * x.T @ delta, bias - 0.1 * delta.sum(0)
    while not made.finished(progress):
        progress = made.advance(progress)
    np.testing.assert_allclose(progress.train.params["weight"], weight, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(progress.train.params["bias"], bias, rtol=1e-5, atol=1e-6)
    assert progress.history[0]["loss"] == pytest.approx(total / 5, rel=1e-5)


def test_every_epoch_sees_every_example_once_in_another_order() -> None:
    first, second = epoch_order(7, 0, 10, 4), epoch_order(7, 1, 10, 4)
    assert sorted(first[:10]) == sorted(second[:10]) == list(range(10))
    assert first.tolist() != second.tolist()
    assert first.tolist() == epoch_order(7, 0, 10, 4).tolist()
    assert len(first) == 12


@pytest.mark.slow
def test_learning_lowers_the_error() -> None:
    epochs = list(train(trainer(Settings(epochs=30, batch_size=16, learning_rate=0.02))))
    assert [epoch.number for epoch in epochs] == list(range(1, 31))
    assert epochs[-1]["validation error"] < 0.1 < epochs[0]["validation error"]
    assert epochs[-1]["loss"] < epochs[0]["loss"]
    assert epochs[-1].learning_rate < epochs[0].learning_rate


@pytest.mark.slow
def test_patience_stops_and_the_best_weights_are_kept() -> None:
    settings = Settings(epochs=200, batch_size=16, learning_rate=0.5, schedule=Constant(), patience=4, seed=1)
    made = trainer(settings)
    progress = made.start()
    while not made.finished(progress):
        progress = made.advance(progress)
    losses = [epoch["validation loss"] for epoch in progress.history]
    assert len(losses) < 200
    assert progress.best is not None
    assert progress.best.epoch == int(np.argmin(losses)) + 1 == len(losses) - 4
    again = made.measure(progress.best.params, progress.best.state, blobs(20, 1))
    assert again["loss"] == pytest.approx(min(losses), rel=1e-5)


@pytest.mark.slow
def test_sample_weights_scale_each_examples_loss() -> None:
    data = blobs(6)
    twice = Data(*(jnp.concatenate([column, column[:1]]) for column in data))
    weighted = data._replace(weights=data.weights.at[0].set(2.0) * 6 / 7)
    settings = Settings(epochs=1, batch_size=7, optimizer="gradient_descent", learning_rate=0.1, schedule=Constant())
    params = []
    for rows in (twice, weighted):
        made = trainer(settings, Dense(3), rows)
        params.append(made.advance(made.start()).train.params["weight"])
    np.testing.assert_allclose(params[0], params[1], rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_a_custom_optimizer_gives_what_the_same_one_by_name_gives() -> None:
    named = final(trainer(Settings(epochs=2, optimizer="adam", learning_rate=0.001, schedule=Constant())))
    custom = Settings(epochs=2, optimizer="custom", schedule=Constant())
    made = final(trainer(custom, optimizer=optax.adam(0.001)))
    for a, b in zip(named[:4], made[:4], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_custom_optimizer_must_be_given() -> None:
    with pytest.raises(SettingError, match='"custom" needs the Optax transformation itself'):
        trainer(Settings(optimizer="custom"))


def test_no_examples_is_an_error() -> None:
    with pytest.raises(DataError, match="at least one example"):
        trainer(Settings(), data=blobs(0))


@pytest.mark.parametrize("changed", [{"shift": 1}, {"flip": True}, {"crop": 0.1}, {"brightness": 0.1}], ids=str)
def test_changes_of_pictures_are_for_pictures(changed: dict[str, Any]) -> None:
    name = next(iter(changed))
    with pytest.raises(SettingError, match=f"{name} changes pictures; these examples are none: .* set {name} to 0"):
        trainer(Settings(**changed))


@pytest.mark.slow
def test_infinite_rate_names_epoch_step_and_layer() -> None:
    settings = Settings(epochs=3, batch_size=16, optimizer="gradient_descent", learning_rate=1e30, schedule=Constant())
    made = trainer(settings, Sequential(Dense(8, "relu"), Dense(3)))
    with pytest.raises(NonFiniteError, match=r"in epoch 1, step \d of 5; it began in .*layer \d of 2, Dense"):
        list(train(made))


@pytest.mark.slow
def test_a_bad_input_is_named_as_such() -> None:
    data = blobs(32)
    bad = data._replace(inputs=data.inputs.at[3, 0].set(jnp.nan))
    with pytest.raises(NonFiniteError, match=r"epoch 1, step [12] of 2; it began in the inputs"):
        list(train(trainer(Settings(epochs=1, batch_size=16), Dense(3), bad)))


def test_outputs_do_not_depend_on_how_many_are_asked_for() -> None:
    net = Sequential(Dense(8, "tanh"), Dense(3))
    params, state = net.init(jax.random.key(0), jnp.ones((1, 4)))
    outputs, x = Outputs(forward_of(net)), np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    everything = np.asarray(outputs(params, state, x))
    for count in (1, 5, 16, 17, 256, 300):
        np.testing.assert_allclose(outputs(params, state, x[:count]), everything[:count], atol=1e-6)


def test_total_steps_can_change_without_a_second_compilation() -> None:
    made = trainer(Settings(epochs=4, batch_size=16))
    progress = made.advance(made.start())
    seconds = made.compile_seconds
    made.advance(replace(progress, total_steps=5))
    assert made.compile_seconds == seconds


@pytest.mark.slow
def test_single_steps_are_those_of_the_chunks() -> None:
    settings = Settings(epochs=2, batch_size=16, seed=3)
    made, progress = trainer(settings), trainer(settings).start()
    while not made.finished(progress):
        progress = made.advance(progress, 1)
    stepped = [np.asarray(leaf) for leaf in jax.tree.leaves((progress.train, progress.best))]
    for a, b in zip(final(trainer(settings)), stepped, strict=True):
        assert a.tobytes() == b.tobytes()


def test_a_step_on_chosen_examples_is_that_of_a_batch_of_them() -> None:
    settings = Settings(epochs=2, batch_size=16, seed=3)
    made = trainer(settings)
    progress = made.start()
    rows = epoch_order(3, 0, 70, 16)[:16]
    by_hand, sums = made.step_on(progress, rows)
    batch = made.advance(progress, 1)
    assert float(sums["count"]) == 16
    for a, b in zip(jax.tree.leaves(by_hand.params), jax.tree.leaves(batch.train.params), strict=True):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
    one, sums = made.step_on(progress, rows[:1])
    assert (float(sums["count"]), int(one.step)) == (1, 1)


@pytest.mark.parametrize("count", [0, 17])
def test_a_step_takes_as_many_examples_as_a_batch(count: int) -> None:
    made = trainer(Settings(epochs=1, batch_size=16))
    with pytest.raises(SettingError, match=f"a step takes 1 to 16 examples that are in memory; got {count}"):
        made.step_on(made.start(), np.zeros(count, np.int32))


def test_a_trainer_says_whether_its_program_is_there() -> None:
    made = trainer(Settings(epochs=1, batch_size=16))
    assert not made.compiled
    made.advance(made.start())
    assert made.compiled


@pytest.mark.slow
def test_means_are_weighted_as_rows_that_come_more_than_once() -> None:
    chance = np.random.default_rng(0)
    outputs, counts = jnp.asarray(chance.normal(size=(6, 3))), np.array([1, 0, 3, 2, 1, 4])
    classes = jnp.asarray(chance.integers(0, 3, 6))
    weighted = means_of(objective(), outputs, classes, jnp.asarray(counts, jnp.float32))
    repeated = means_of(objective(), outputs.repeat(counts, axis=0), classes.repeat(counts))
    assert weighted.keys() == repeated.keys() == {"loss", "error"}
    for name, value in repeated.items():
        assert float(weighted[name]) == pytest.approx(float(value), rel=1e-6)


def test_a_measure_is_the_mean_of_the_examples_that_have_it() -> None:
    values = jnp.array([1.0, jnp.nan, 4.0, jnp.nan])
    both = Objective(lambda outputs, targets: outputs, {"some": lambda outputs, targets: targets})
    found = means_of(both, jnp.array([1.0, 2.0, 3.0, 4.0]), values, jnp.array([1.0, 5.0, 2.0, 0.0]))
    assert float(found["some"]) == pytest.approx((1 + 2 * 4) / 3)
    assert float(found["loss"]) == pytest.approx((1 + 10 + 6) / 8)
    assert np.isnan(float(means_of(both, values, jnp.full(4, jnp.nan))["loss"]))
    assert np.isnan(float(means_of(both, jnp.ones(4), jnp.full(4, jnp.nan))["some"]))
