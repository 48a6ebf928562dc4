"""Losses against numbers of PyTorch and Keras, against formulas, and where shapes or numbers are extreme."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax.test_util import check_grads

from lamina.arrays import Array
from lamina.errors import SettingError, ShapeError
from lamina.training.losses import (
    LOSSES,
    binary_cross_entropy,
    cross_entropy,
    hinge,
    huber,
    label_smoothing,
    loss_by_name,
    mean_squared_error,
    perceptron,
    quadratic,
)

RECORDED = json.loads((Path(__file__).parents[1] / "reference" / "training.json").read_text())["losses"]
NUMERIC = ("quadratic", "mean_squared_error", "mean_absolute_error", "huber", "binary_cross_entropy")
OTHER_USES: dict[str, Callable[..., Array]] = {
    "huber: delta 0.5": partial(huber, delta=0.5),
    "cross_entropy: classes": cross_entropy,
    "cross_entropy: shares": cross_entropy,
    "cross_entropy: smoothed by 0.1": lambda z, t: cross_entropy(z, label_smoothing(t, 4, 0.1)),
}


def recorded(name: str) -> tuple[Array, Array]:
    predictions, targets = RECORDED[name]["predictions"], np.array(RECORDED[name]["targets"])
    dtype = jnp.int32 if targets.dtype.kind == "i" else jnp.float32
    return jnp.asarray(predictions, jnp.float32), jnp.asarray(targets, dtype)


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_losses_and_gradients(name: str) -> None:
    loss = OTHER_USES[name] if name in OTHER_USES else LOSSES[name]
    predictions, targets = recorded(name)
    losses, pull = jax.vjp(jax.jit(lambda y: loss(y, targets)), predictions)
    gradient = pull(jnp.ones(len(predictions)))[0]
    np.testing.assert_allclose(losses, RECORDED[name]["loss"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gradient, RECORDED[name]["gradient"], rtol=1e-5, atol=1e-6)


def test_every_loss_is_recorded() -> None:
    assert {name.split(":")[0] for name in RECORDED} == set(LOSSES)


def test_the_worked_example() -> None:
    """Weight 5, input 2, target 6, learning rate 0.1: loss 8, gradient 8, new weight 4.2."""
    value, gradient = jax.value_and_grad(lambda w: quadratic(w * jnp.array([[2.0]]), jnp.array([[6.0]]))[0])(5.0)
    assert (float(value), float(gradient)) == (8.0, 8.0)
    assert 5.0 - 0.1 * float(gradient) == pytest.approx(4.2, rel=1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_right_in_float64(name: str) -> None:
    key = name if name in RECORDED else f"{name}: classes"
    with jax.enable_x64(True):
        predictions = jnp.asarray(RECORDED[key]["predictions"])
        targets = jnp.asarray(RECORDED[key]["targets"])
        loss = jax.jit(lambda y: LOSSES[name](y, targets))
        check_grads(loss, (predictions,), order=2, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_one_number_an_example_and_the_same_compiled(name: str) -> None:
    key = name if name in RECORDED else f"{name}: classes"
    predictions, targets = recorded(key)
    losses = LOSSES[name](predictions, targets)
    assert losses.shape == (len(predictions),)
    np.testing.assert_allclose(jax.jit(LOSSES[name])(predictions, targets), losses, rtol=1e-6, atol=1e-6)
    alone = [LOSSES[name](predictions[i : i + 1], targets[i : i + 1])[0] for i in range(len(predictions))]
    np.testing.assert_allclose(alone, losses, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", NUMERIC)
def test_outputs_of_any_shape(name: str) -> None:
    predictions, targets = recorded(name)
    folded = LOSSES[name](predictions.reshape(-1, 2, 2), targets.reshape(-1, 2, 2))
    np.testing.assert_allclose(folded, LOSSES[name](predictions, targets), rtol=1e-6)
    assert LOSSES[name](predictions[:, 0], targets[:, 0]).shape == (len(predictions),)


@pytest.mark.parametrize("name", LOSSES)
def test_extreme_predictions_give_finite_losses_and_gradients(name: str) -> None:
    signs = jnp.array([[1.0, -1.0, 0.0], [-1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]])
    wanted = [jnp.ones((3, 3)), jnp.zeros((3, 3))]
    if name == "cross_entropy":
        wanted = [jnp.array([1, 0, 2]), jnp.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])]
    for targets in wanted:
        both = jax.jit(jax.value_and_grad(lambda y, t=targets: LOSSES[name](y, t).sum()))
        for size in (0.0, 1e-40, 1.0, 1e4):
            loss, gradient = both(size * signs)
            assert np.isfinite(loss)
            assert np.isfinite(gradient).all()


@pytest.mark.parametrize(("logit", "target"), [(17.0, 1.0), (-30.0, 0.0), (80.0, 1.0)])
def test_a_sure_and_right_answer_keeps_its_digits(logit: float, target: float) -> None:
    expected = np.log1p(np.exp(-abs(logit)))
    found = binary_cross_entropy(jnp.array([[logit]]), jnp.array([[target]]))
    np.testing.assert_allclose(found, [expected], rtol=1e-5, atol=0)


def test_an_undecided_network_still_learns() -> None:
    """At a logit of 0, where max and the absolute value have no derivative, the gradient is 1/2 - t."""
    for target in (0.0, 0.25, 1.0):
        gradient = jax.grad(lambda z, t=target: binary_cross_entropy(z, jnp.array([[t]]))[0])(jnp.zeros((1, 1)))
        assert float(gradient[0, 0]) == pytest.approx(0.5 - target)


@pytest.mark.parametrize("name", ["quadratic", "mean_squared_error", "mean_absolute_error", "huber"])
def test_a_right_answer_is_left_alone(name: str) -> None:
    gradient = jax.grad(lambda y: LOSSES[name](y, jnp.full((1, 2), 3.0))[0])(jnp.full((1, 2), 3.0))
    assert gradient.tolist() == [[0.0, 0.0]]


@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(0.01, 50))
def test_huber_is_its_two_branches(prediction: float, target: float, delta: float) -> None:
    y, t = np.float32(prediction), np.float32(target)
    d = abs(float(y) - float(t))
    expected = d * d / 2 if d < delta else delta * (d - delta / 2)
    found = float(huber(jnp.array([[y]]), jnp.array([[t]]), delta)[0])
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)


@given(st.lists(st.floats(-20, 20), min_size=4, max_size=4), st.floats(-1000, 1000))
def test_cross_entropy_is_no_less_than_zero_and_blind_to_a_common_shift(row: list[float], shift: float) -> None:
    logits = np.array([row] * 4, np.float32)
    here, moved = (cross_entropy(jnp.asarray(z, jnp.float32), jnp.arange(4)) for z in (logits, logits + shift))
    assert (np.asarray(here) >= 0).all()
    np.testing.assert_allclose(moved, here, atol=2e-3)


@pytest.mark.slow
def test_classes_of_any_whole_type_and_as_one_hot_agree() -> None:
    logits, classes = recorded("cross_entropy: classes")
    for loss, one_hot in ((cross_entropy, jnp.eye(4)[classes]), (hinge, 2 * jnp.eye(4)[classes] - 1)):
        expected = loss(logits, one_hot)
        for dtype in ("int32", "uint8", "int8"):
            np.testing.assert_allclose(loss(logits, classes.astype(dtype)), expected, rtol=1e-6)


def test_hinge_takes_whole_signs_as_signs() -> None:
    outputs = jnp.array([[0.25], [-2.0], [3.0]])
    signs = jnp.array([[-1], [-1], [1]])
    assert hinge(outputs, signs).tolist() == [1.25, 0.0, 0.0]
    assert hinge(outputs[:, 0], signs[:, 0]).tolist() == [1.25, 0.0, 0.0]


@pytest.mark.parametrize("function", [cross_entropy, hinge, lambda z, t: label_smoothing(t, 3, 0.1).sum(-1)])
@pytest.mark.parametrize("jit", [False, True])
def test_a_class_outside_of_the_outputs_is_nan_and_never_another_class(
    function: Callable[..., Array], jit: bool
) -> None:
    function = jax.jit(function) if jit else function
    found = function(jnp.ones((4, 3)), jnp.array([0, -1, 3, 2]))
    assert np.isnan(found).tolist() == [False, True, True, False]


def test_many_classes_and_few_bits() -> None:
    classes = jnp.array([0, 255], jnp.uint8)
    assert np.isfinite(cross_entropy(jnp.ones((2, 300)), classes)).all()
    assert np.isfinite(hinge(jnp.ones((2, 300)), classes)).all()


@given(st.floats(0, 0.99))
def test_smoothed_classes_are_probabilities(amount: float) -> None:
    smoothed = np.asarray(label_smoothing(jnp.arange(3), 3, amount))
    np.testing.assert_allclose(smoothed.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(smoothed.min(), amount / 3, rtol=1e-5, atol=1e-30)
    assert smoothed.argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.parametrize("amount", [-0.1, 1.0, float("nan")])
def test_impossible_smoothing(amount: float) -> None:
    with pytest.raises(SettingError, match="label_smoothing needs an amount from 0 to below 1; got"):
        label_smoothing(jnp.array([0]), 2, amount)


@pytest.mark.parametrize("delta", [0.0, -1.0, float("inf"), float("nan")])
def test_impossible_delta(delta: float) -> None:
    with pytest.raises(SettingError, match="huber needs a delta above 0; got"):
        huber(jnp.ones((1, 1)), jnp.ones((1, 1)), delta)


@pytest.mark.parametrize("name", NUMERIC)
def test_a_column_against_a_row_is_refused_with_the_cure(name: str) -> None:
    with pytest.raises(ShapeError) as raised:
        LOSSES[name](jnp.ones((3, 1)), jnp.ones(3))
    assert str(raised.value) == (
        f"{name} needs targets of the predictions' shape (batch, 1); got (batch). "
        f"Give the targets a last axis of 1: targets[:, None]."
    )


def shapes_refused() -> list[Any]:
    ones = np.ones
    return [
        (mean_squared_error, ones((3, 2)), ones((3, 4)), r"shape \(batch, 2\); got \(batch, 4\)\.$"),
        (mean_squared_error, ones((3, 2)), ones((4, 2)), "There are 3 predictions and 4 targets"),
        (mean_squared_error, ones(3), ones((3, 1)), r"shape \(batch\); got \(batch, 1\)\.$"),
        (mean_squared_error, ones((3, 1)), ones(()), r"got \(batch\)\.$"),
        (cross_entropy, ones((3, 2)), ones((3, 1), int), r"must lose its last axis: targets\[:, 0\]"),
        (
            cross_entropy,
            ones((3, 2)),
            ones(3),
            r"targets are float32: make them whole.*targets.astype\(int\)",
        ),
        (cross_entropy, ones((3, 2)), ones((3, 4)), r"predictions' shape \(batch, 2\); got \(batch, 4\)\.$"),
        (cross_entropy, ones((3, 2)), ones(5, int), "There are 3 predictions and 5 targets"),
        (cross_entropy, ones(3), ones(3, int), r"predictions of shape \(batch, classes\); got \(batch\)"),
        (cross_entropy, ones((3, 2, 2)), ones(3, int), r"\(batch, classes\); got \(batch, 2, 2\)"),
        (hinge, ones((3, 2)), ones((3, 1), int), r"must lose its last axis: targets\[:, 0\]"),
        (hinge, ones((3, 1)), ones(3), "These targets are float32"),
    ]


@pytest.mark.parametrize(("loss", "predictions", "targets", "message"), shapes_refused())
def test_shapes_that_do_not_fit(loss: Any, predictions: Any, targets: Any, message: str) -> None:
    with pytest.raises(ShapeError, match=message) as raised:
        loss(jnp.asarray(predictions), jnp.asarray(targets))
    assert str(raised.value).startswith(f"{loss.__name__} needs ")


def test_losses_by_name() -> None:
    assert loss_by_name("quadratic") is quadratic
    with pytest.raises(SettingError, match=r"the loss must be one of quadratic, .*, perceptron; got 'cross'"):
        loss_by_name("cross")


def test_the_perceptron_s_criterion_moves_only_what_is_wrong() -> None:
    outputs = jnp.array([[2.0, -1.0, 0.5], [0.0, 0.0, 0.0]])
    assert perceptron(outputs, jnp.array([0, 1])).tolist() == [0.5, 0.0]
    slope = jax.grad(lambda y: perceptron(y, jnp.array([0, 1])).sum())(outputs)
    # Class 2 is wrong in the first row; at 0 everything is wrong, so that weights of 0 can learn.
    assert slope.tolist() == [[0.0, 0.0, 1.0], [1.0, -1.0, 1.0]]
    signs = jnp.array([[1, -1, -1], [-1, 1, -1]])
    assert perceptron(outputs, signs).tolist() == [0.5, 0.0]
    assert np.isnan(perceptron(outputs, jnp.array([0, 7])))[1]
