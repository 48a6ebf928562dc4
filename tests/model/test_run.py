"""Training from raw data: what weighs, what is warned of, when it stops, and which weights are kept."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
import optax
import pytest

import lamina
from lamina import Dense, Model, Sequential
from lamina.errors import LaminaWarning, NonFiniteError, SettingError
from tests.trained import quietly

NETWORK = Sequential(Dense(8, "tanh"), Dense(3))


def leaves(model: Model) -> list[np.ndarray[Any, Any]]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(model.params)]


@pytest.mark.slow
def test_a_run_is_its_epochs_and_then_a_model() -> None:
    run = lamina.train("iris", NETWORK, epochs=4, seed=2, learning_rate=0.05)
    epochs = list(run)
    assert [epoch.number for epoch in epochs] == [1, 2, 3, 4]
    assert run.model is run.model
    assert run.model.record.epochs == tuple(epochs)
    assert list(run) == [], "a run that is over has no more epochs"


@pytest.mark.slow
def test_the_best_weights_are_kept_and_measured_on_the_test_part() -> None:
    run = lamina.train("iris", NETWORK, epochs=30, seed=1, learning_rate=1.0, schedule="constant")
    losses = [epoch["validation loss"] for epoch in run]
    model = run.model
    assert model.record.best_epoch == int(np.argmin(losses)) + 1
    parts = run.prepared.split
    test = run.prepared.dataset.subset(parts.test)
    found = model.evaluate(test)
    results = {measure.name: measure.value for measure in model.record.results}
    assert results["error"] == pytest.approx(found["error"])
    assert results["loss"] == pytest.approx(found.loss, rel=1e-5)


def test_leaving_the_loop_early_keeps_what_was_learnt() -> None:
    run = lamina.train("iris", NETWORK, epochs=50, seed=1, learning_rate=0.05)
    for epoch in run:
        if epoch.number == 3:
            break
    assert len(run.model.record.epochs) == 3
    assert next(iter(run)).number == 4


@pytest.mark.slow
def test_patience() -> None:
    model = quietly("iris", NETWORK, epochs=500, patience=5, learning_rate=0.5, schedule="constant", seed=1)
    assert len(model.record.epochs) == model.record.best_epoch + 5 < 500


def test_no_epochs_give_fresh_weights() -> None:
    model = quietly("iris", NETWORK, epochs=0)
    assert model.record.best_epoch == 0
    assert model.record.epochs == ()


@pytest.mark.slow
def test_worse_than_guessing_is_warned_of() -> None:
    rows = np.random.default_rng(0).normal(size=(200, 3))
    names = np.array(["a"] * 160 + ["b"] * 20 + ["c"] * 20)
    with pytest.warns(
        LaminaWarning, match=r"no better than guessing: its error on the test part is .*, guessing .* gives 0\.2\."
    ):
        model = lamina.fit((rows, names), NETWORK, epochs=1, learning_rate=1e-9, seed=0)
    assert "no better than guessing" in model.record.notes[-1]
    assert model.record.guess == pytest.approx(0.2)


def test_two_linear_layers_get_their_sentence() -> None:
    run = lamina.train("iris", Sequential(Dense(8), Dense(3)))
    sentence = "layers 1 and 2 are both linear with nothing between them: together they equal one linear layer"
    assert any(sentence in note for note in run.prepared.notes)
    assert not any("linear" in note for note in lamina.train("iris", NETWORK).prepared.notes)


@pytest.mark.slow
def test_infinity_names_its_place() -> None:
    with pytest.raises(NonFiniteError, match=r"epoch 1, step \d of 4; it began in .*layer \d of 2, Dense"):
        lamina.fit("iris", Sequential(Dense(8), Dense(3)), optimizer="gradient_descent", learning_rate=1e30)


def lopsided() -> tuple[Any, Any]:
    """90 examples of a class and 10 of another, which overlap."""
    chance = np.random.default_rng(3)
    rows = np.concatenate([chance.normal(0, 1, (180, 2)), chance.normal(1.2, 1, (20, 2))])
    return rows, np.array(["common"] * 180 + ["rare"] * 20)


def recall_of_rare(weights: str | Mapping[str, float] | None) -> float:
    model = quietly(lopsided(), Sequential(Dense(2)), epochs=60, learning_rate=0.05, class_weights=weights)
    found = model.evaluate(lopsided())
    return float(found["recall"][found["classes"].index("rare")])


@pytest.mark.slow
def test_class_weights_count_a_rare_class() -> None:
    plain, balanced = recall_of_rare(None), recall_of_rare("balanced")
    assert plain < 0.5 < balanced
    assert recall_of_rare({"common": 1.0, "rare": 9.0}) == pytest.approx(balanced, abs=0.11)


@pytest.mark.parametrize("weights", [{"common": 1.0}, {"common": 1.0, "rare": 2.0, "odd": 1.0}, {}])
def test_class_weights_need_every_class(weights: dict[str, float]) -> None:
    with pytest.raises(SettingError, match="class_weights needs a weight for each of common, rare"):
        lamina.train(lopsided(), class_weights=weights)


@pytest.mark.parametrize(
    "weights", [{"common": -1.0, "rare": 1.0}, {"common": 0.0, "rare": 0.0}, {"common": np.nan, "rare": 1.0}]
)
def test_class_weights_must_be_possible(weights: dict[str, float]) -> None:
    with pytest.raises(SettingError, match="class_weights needs finite weights that are not negative, not all zero"):
        lamina.train(lopsided(), class_weights=weights)


def test_class_weights_need_classes() -> None:
    with pytest.raises(SettingError, match="need classes; "):
        lamina.train("diabetes", class_weights="balanced")


@pytest.mark.slow
def test_an_example_of_weight_zero_teaches_nothing() -> None:
    """Wrong answers whose weight is 0 change no weight: the training equals one with other wrong answers."""
    inputs, names = lamina.read(lopsided()).inputs, lopsided()[1]
    parts = np.array(["train", "train", "train", "validation", "test"] * 40)
    weights = np.where(np.arange(200) % 5 == 0, 0.0, 1.0)
    found = []
    for wrong in ("common", "rare"):
        dataset = lamina.Dataset("rows", inputs, np.where(weights == 0, wrong, names), "name", parts)
        run = lamina.train(dataset, Sequential(Dense(2)), epochs=3, sample_weights=weights, seed=1)
        assert len(list(run)) == 3
        found.append([np.asarray(leaf) for leaf in jax.tree.leaves(run.progress.train.params)])
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))


@pytest.mark.slow
def test_samples_weigh_in_validation_too_classes_in_training_alone() -> None:
    inputs, names = lamina.read(lopsided()).inputs, lopsided()[1]
    parts = np.array(["train", "train", "train", "validation", "test"] * 40)
    dataset, weights = lamina.Dataset("rows", inputs, names, "name", parts), np.arange(200) % 7 + 0.5
    chosen = {"sample_weights": weights, "class_weights": {"common": 1.0, "rare": 9.0}, "epochs": 1, "seed": 1}
    run = lamina.train(dataset, Sequential(Dense(2)), **chosen)
    found = run.prepared.weights
    assert found[parts == "train"].mean() == pytest.approx(1)
    share = found[parts == "train"] / (weights * np.where(names == "rare", 9.0, 1.0))[parts == "train"]
    np.testing.assert_allclose(share, share[0], rtol=1e-6)
    np.testing.assert_array_equal(found[parts == "validation"], weights[parts == "validation"].astype(np.float32))
    assert (found[parts == "test"] == 1).all()
    unseen = np.where(parts == "validation", 0.0, 1.0)
    (epoch,) = lamina.train(dataset, Sequential(Dense(2)), epochs=1, sample_weights=unseen, seed=1)
    assert np.isfinite(epoch["validation loss"]), "where no example of a part counts, all count alike"


@pytest.mark.parametrize(
    "weights", [np.ones(149), np.ones((150, 1)), np.full(150, -1.0), np.zeros(150), np.full(150, np.nan), 1.0]
)
def test_sample_weights_that_are_none(weights: Any) -> None:
    with pytest.raises(SettingError, match="sample_weights needs 150 finite numbers that are not negative"):
        lamina.train("iris", sample_weights=weights)


@pytest.mark.slow
def test_label_smoothing_keeps_the_answers_from_certainty() -> None:
    options = {"epochs": 150, "learning_rate": 0.05, "seed": 1}
    sure, smooth = (quietly("iris", NETWORK, **options, label_smoothing=share) for share in (0.0, 0.3))
    rows = lamina.read("iris").inputs.values
    tops = [np.mean([max(p.probabilities.values()) for p in model.predict(rows)]) for model in (sure, smooth)]
    assert tops[1] < 0.9 < tops[0]
    assert smooth.task.label_smoothing == 0.3


@pytest.mark.slow
def test_an_optimizer_of_ones_own_is_recorded_as_such() -> None:
    own = quietly("iris", NETWORK, optimizer=optax.sgd(0.1), epochs=3, schedule="constant", seed=1)
    named = quietly(
        "iris", NETWORK, optimizer="gradient_descent", learning_rate=0.1, epochs=3, schedule="constant", seed=1
    )
    assert own.record.settings.optimizer == "custom"
    for a, b in zip(leaves(own), leaves(named), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_unknown_settings_are_named() -> None:
    with pytest.raises(SettingError, match="unknown settings batchsize; there are epochs, batch_size"):
        lamina.train("iris", batchsize=3)


@pytest.mark.slow  # it measures time: nothing may run beside it
def test_a_time_ends_the_run_and_its_schedule() -> None:
    began = time.perf_counter()
    run = lamina.train("iris", NETWORK, seconds=12.0, learning_rate=0.01)
    epochs = list(run)
    assert time.perf_counter() - began < 12.0
    assert len(epochs) > 3
    rates = [epoch.learning_rate for epoch in epochs]
    assert rates[-1] < 0.5 * max(rates)  # the first one may stand at any point of the warm-up


@pytest.mark.slow
def test_stop_ends_after_the_chunk_under_way() -> None:
    run = lamina.train("iris", NETWORK, epochs=100)
    for _ in run.chunks():
        run.stop("the test")
    assert run.stopped == "the test"
    assert len(run.progress.history) <= 1
    assert run.model.record.best_epoch == len(run.progress.history)


@pytest.mark.slow
def test_a_limit_of_epochs_that_no_counter_holds() -> None:
    """A million epochs of a hundred thousand steps each are more than 32 bits; a run with a time asks for them."""
    rows = np.random.default_rng(0).normal(size=(6000, 1))
    run = lamina.train((rows, rows[:, 0]), Sequential(Dense(1)), seconds=4.0, batch_size=1)
    next(iter(run.chunks()))
    assert int(run.progress.train.step) >= 1
