"""The perceptron and the support-vector machine: their rules, by themselves and through the whole of training."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.svm import SVC, LinearSVC

import lamina
from lamina import Linear, SettingError, perceptron, svm
from lamina.arrays import Numpy
from lamina.model.preparation import Choices, prepare
from lamina.networks import RULES
from lamina.training.losses import LOSSES
from lamina.training.optimizers import make_optimizer
from lamina.training.schedules import schedule_by_name
from lamina.training.settings import Settings
from lamina.training.step import Data, Objective, make_loss, make_step, start_state


@pytest.mark.slow
def test_the_perceptron_learns_by_rosenblatt_s_rule() -> None:
    chance = np.random.default_rng(0)
    x = chance.normal(size=(60, 2)).astype(np.float32)
    names = np.where(x @ [1.0, -2.0] > 0.3, "over", "under")
    run = lamina.train((x, names), "perceptron", epochs=3, seed=0)
    start = run.trainer.start().train.params["1"]
    weight, bias = np.asarray(start["weight"], np.float64), np.asarray(start["bias"], np.float64)
    prepared = run.prepared
    seen = np.asarray(prepared.encoder.on_device(prepared.inputs[prepared.split.train]), np.float64)
    answers = prepared.targets[prepared.split.train]
    for epoch in range(3):
        for row in lamina.training.windows.epoch_order(0, epoch, len(seen), 1):
            sign = np.where(np.arange(2) == answers[row], 1.0, -1.0)
            wrong = sign * (seen[row] @ weight + bias) <= 0
            weight += np.outer(seen[row], sign * wrong)
            bias += sign * wrong
    list(run)
    np.testing.assert_allclose(run.progress.train.params["1"]["weight"], weight, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(run.progress.train.params["1"]["bias"], bias, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "peer"), [("svm", SVC()), ("linear_svm", LinearSVC(loss="hinge", max_iter=50_000))])
def test_the_machine_is_near_scikit_learn_s(name: str, peer: object) -> None:
    errors = []
    for seed in range(3):
        run = lamina.train("digits", name, seed=seed)
        list(run)
        prepared, parts = run.prepared, run.prepared.split
        seen = np.asarray(prepared.encoder.on_device(jnp.asarray(prepared.inputs))).reshape(len(prepared.inputs), -1)
        peer.fit(seen[parts.train], prepared.targets[parts.train])
        own = {measure.name: measure.value for measure in run.model.record.results}["error"]
        others = 1 - peer.score(seen[parts.test], prepared.targets[parts.test])
        errors.append((own, others))
    own, others = np.mean(errors, axis=0)
    assert own <= others + (0.010 if name == "svm" else 0.005)


def test_a_design_brings_its_loss_and_settings_and_a_person_s_own_come_first() -> None:
    prepared = prepare("iris", Choices("svm"))
    assert prepared.task.loss == "hinge"
    assert prepared.settings.l2 == pytest.approx(1 / len(prepared.split.train))
    other = prepare("iris", Choices("svm", {"l2": 0.5, "epochs": 7}, loss="cross_entropy"))
    assert other.task.loss == "cross_entropy"
    assert (other.settings.l2, other.settings.epochs) == (0.5, 7)


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if "loss" in rule(100, False)])
def test_numbers_are_no_classes(name: str) -> None:
    with pytest.raises(SettingError, match=f"{name} learns one target of classes; disease progression is none"):
        prepare("diabetes", Choices(name))


def test_without_features_it_is_linear() -> None:
    assert [type(layer).__name__ for layer in svm(3, 0).layers] == ["Flatten", "Linear"]
    assert svm(3).layers[-1] == Linear(3)


def rosenblatt(x: Numpy, signs: Numpy) -> Iterator[tuple[Numpy, Numpy]]:
    """Weights and biases after each example: who is wrong about it, or undecided, moves towards its own sign."""
    weight, bias = np.zeros((x.shape[1], signs.shape[1])), np.zeros(signs.shape[1])
    for row, sign in zip(x, signs, strict=True):
        wrong = sign * (row @ weight + bias) <= 0
        weight, bias = weight + np.outer(row, sign * wrong), bias + sign * wrong
        yield weight, bias


def descended(x: Numpy, classes: Numpy, outputs: int) -> Iterator[tuple[Numpy, Numpy]]:
    """The same by the network, its loss and its rate, from weights of 0."""
    rule = dict(RULES["perceptron"](len(x), False))
    loss, schedule = LOSSES[rule.pop("loss")], schedule_by_name(rule.pop("schedule"))
    settings = Settings(**rule, schedule=schedule)
    network, optimizer = perceptron(outputs), make_optimizer(settings.optimizer)
    step = jax.jit(make_step(network, Objective(loss), optimizer, settings))
    now = start_state(network, optimizer, jax.ShapeDtypeStruct((1, x.shape[1]), "float32"), 0)
    now = now._replace(params=jax.tree.map(jnp.zeros_like, now.params))
    for row, answer in zip(x.astype(np.float32), classes.astype(np.int32), strict=True):
        batch = Data(jnp.asarray(row[None]), jnp.asarray(answer[None]), jnp.ones(1))
        now, _ = step(now, batch, jnp.ones(1), jnp.float32(settings.rate), jax.random.key(0))
        yield np.asarray(now.params["1"]["weight"]), np.asarray(now.params["1"]["bias"])


def test_after_every_example_the_weights_are_rosenblatt_s() -> None:
    """Whole numbers, so that nothing is rounded."""
    chance = np.random.default_rng(5)
    x, classes = chance.integers(-3, 4, (60, 4)).astype(float), chance.integers(0, 3, 60)
    signs = np.where(np.arange(3) == classes[:, None], 1.0, -1.0)
    for (weight, bias), (found, offset) in zip(rosenblatt(x, signs), descended(x, classes, 3), strict=True):
        np.testing.assert_array_equal(found, weight)
        np.testing.assert_array_equal(offset, bias)


def test_what_can_be_divided_is_divided_after_as_many_mistakes_as_novikoff_allows() -> None:
    """At most R^2 / margin^2 changes, and none after the examples are all right."""
    chance = np.random.default_rng(6)
    direction = np.array([0.6, -0.8])
    x = chance.normal(size=(200, 2))
    x = x[np.abs(x @ direction) > 0.5][:40]
    classes = (x @ direction < 0).astype(int)
    again = np.tile(x, (10, 1)), np.tile(classes, 10)
    weights = [np.append(weight[:, 0], bias[0]) for weight, bias in descended(*again, 2)]
    changes = [bool((now != before).any()) for before, now in zip([np.zeros(3), *weights], weights, strict=False)]
    longest, margin = np.square(x).sum(axis=1).max() + 1, np.abs(x @ direction).min()
    assert 0 < sum(changes) <= longest / margin**2
    assert not any(changes[-len(x) :])


def test_a_machine_minimizes_its_length_and_what_margins_miss() -> None:
    """(sum_j |w_j|^2 / 2 + C sum_ij max(0, 1 - s_ij z_ij)) / n with C = 1, each class against the rest."""
    prepared = prepare("iris", Choices("linear_svm"))
    rows = prepared.split.train
    x = np.asarray(prepared.encoder.on_device(prepared.inputs[rows]), np.float64)
    signs = np.where(np.arange(3) == prepared.targets[rows][:, None], 1.0, -1.0)
    chance = np.random.default_rng(7)
    weight, bias = chance.normal(size=(4, 3)).astype(np.float32), chance.normal(size=3).astype(np.float32)
    function = make_loss(prepared.network, Objective(prepared.task.objective()[0]), prepared.settings)
    batch = Data(jnp.asarray(x, jnp.float32), jnp.asarray(prepared.targets[rows]), jnp.ones(len(rows)))
    both = jax.jit(jax.value_and_grad(lambda p: function(p, {}, batch, jnp.ones(len(rows)), jax.random.key(0))[0]))
    value, slope = both({"1": {"weight": weight, "bias": bias}})
    missing = 1 - signs * (x @ weight + bias)
    expected = (np.square(weight).sum() / 2 + np.maximum(0, missing).sum()) / len(rows)
    assert float(value) == pytest.approx(expected, rel=1e-5)
    inside = signs * (missing > 0)
    np.testing.assert_allclose(slope["1"]["weight"], (weight - x.T @ inside) / len(rows), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(slope["1"]["bias"], -inside.mean(axis=0), rtol=1e-4, atol=1e-5)
