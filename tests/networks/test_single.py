"""The perceptron and the support-vector machine: their rules, by themselves and through the whole of training."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.svm import SVC, LinearSVC

import lamina
from lamina import Linear, SettingError, svm
from lamina.model.preparation import Choices, prepare
from lamina.networks import RULES


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
        peer.fit(seen[parts.train], prepared.targets[parts.train])  # type: ignore[attr-defined]  # scikit-learn's
        own = {measure.name: measure.value for measure in run.model.record.results}["error"]
        others = 1 - peer.score(seen[parts.test], prepared.targets[parts.test])  # type: ignore[attr-defined]
        errors.append((own, others))
    own, others = np.mean(errors, axis=0)
    assert own <= others + (0.010 if name == "svm" else 0.005)


def test_a_design_brings_its_loss_and_settings_and_a_person_s_own_come_first() -> None:
    prepared = prepare("iris", Choices("svm"))
    assert prepared.task.loss == "hinge"  # type: ignore[attr-defined]  # a Classification
    assert prepared.settings.l2 == pytest.approx(1 / len(prepared.split.train))
    other = prepare("iris", Choices("svm", {"l2": 0.5, "epochs": 7}, loss="cross_entropy"))
    assert other.task.loss == "cross_entropy"  # type: ignore[attr-defined]  # a Classification
    assert (other.settings.l2, other.settings.epochs) == (0.5, 7)


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if "loss" in rule(100)])
def test_numbers_are_no_classes(name: str) -> None:
    with pytest.raises(SettingError, match=f"{name} learns one target of classes; disease progression is none"):
        prepare("diabetes", Choices(name))


def test_without_features_it_is_linear() -> None:
    assert [type(layer).__name__ for layer in svm(3, 0).layers] == ["Flatten", "Linear"]
    assert svm(3).layers[-1] == Linear(3)
