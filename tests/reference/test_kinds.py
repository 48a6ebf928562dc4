"""Stacks, whole networks and losses of their own beside PyTorch's: the numbers that record_kinds.py recorded.

Both sides compute in float64, so that the tolerance is that of the nine recorded digits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina as la
from lamina import Adversarial, Dense, Sequential, Variational
from lamina.arrays import Numpy
from tests.reference.test_layers import draw, flat, nested

RECORDED = json.loads(Path(__file__).with_name("kinds.json").read_text(encoding="utf-8"))
Apply = Callable[[Any, Any], Any]


def drawn(one: dict[str, Any]) -> dict[str, Numpy]:
    """What the recording drew."""
    return {name: value.astype(np.float64) for name, value in draw(one["seed"], one["shapes"]).items()}


def learnt(one: dict[str, Any]) -> dict[str, Any]:
    """The parameters among it: what has a gradient."""
    found: dict[str, Any] = nested({name: value for name, value in drawn(one).items() if name in one["gradients"]})
    return found


def derived(apply: Apply, params: Any, x: Any) -> tuple[Any, dict[str, Any]]:
    """The output, and the gradients of its sum with cosines by everything."""

    def number(params: Any, x: Any) -> Any:
        y = apply(params, x)
        return jnp.sum(y * jnp.cos(jnp.arange(y.size)).reshape(y.shape)), y

    gradients, y = jax.jit(jax.grad(number, argnums=(0, 1), has_aux=True))(params, x)
    return y, {**flat(gradients[0]), "x": gradients[1]}


def assert_recorded(actual: Any, expected: Any) -> None:
    size = max(1.0, np.abs(np.asarray(expected)).max())
    np.testing.assert_allclose(actual, np.asarray(expected), rtol=1e-7, atol=1e-8 * size)


def assert_agrees(one: dict[str, Any], apply: Apply, x: Any = None) -> None:
    """Outputs and gradients are the recorded ones, for the recording's inputs or for these."""
    params = learnt(one)
    own = params.pop("x")
    with jax.enable_x64(True):
        y, gradients = derived(apply, params, own if x is None else x)
    assert_recorded(y, one["output"])
    assert gradients.keys() == one["gradients"].keys()
    for name, expected in one["gradients"].items():
        assert_recorded(gradients[name], expected)


def filled_up(one: dict[str, Any], lengths: list[int] | None) -> Numpy:
    """The sequences with zeros behind their ends."""
    x = drawn(one)["x"]
    if lengths is not None:
        for row, length in enumerate(lengths):
            x[row, length:] = 0
    return x


def label(one: dict[str, Any]) -> str:
    return "-".join([one["layer"], *(f"{name}={value}" for name, value in one["settings"].items())]).replace(" ", "")


def in_stack(one: dict[str, Any]) -> Sequential:
    """Our layers on top of each other."""
    settings, kind, layers = one["settings"], getattr(la, one["layer"]), []
    for number in range(settings["depth"]):
        every = settings["every"] or number < settings["depth"] - 1
        layer = kind(2, return_sequence=every, skip_padding=settings["lengths"] is not None)
        layers.append(la.Bidirectional(layer) if settings["both"] else layer)
    return Sequential(*layers)


@pytest.mark.parametrize("one", RECORDED["stacks"], ids=label)
def test_stacks_of_recurrent_layers(one: dict[str, Any]) -> None:
    network = in_stack(one)
    lengths = one["settings"]["lengths"]
    assert_agrees(one, lambda params, x: network.apply(params, {}, x)[0], filled_up(one, lengths))


@pytest.mark.parametrize("one", RECORDED["attention"], ids=label)
def test_attention_to_sequences_of_different_lengths(one: dict[str, Any]) -> None:
    layer = getattr(la, one["layer"])(**one["settings"])
    assert_agrees(one, lambda params, x: layer.apply(params, {}, x)[0], filled_up(one, one["lengths"]))


@pytest.mark.slow
@pytest.mark.parametrize("one", RECORDED["resnets"], ids=label)
def test_a_residual_network_is_one_of_basic_blocks(one: dict[str, Any]) -> None:
    network, training = la.resnet((9, 9, 2), 3, depth=8, filters=2), one["settings"]["training"]
    remembered = {name.removeprefix("memory."): value for name, value in drawn(one).items() if "memory." in name}
    positive = {n: np.abs(v) + 0.5 if n.endswith("variance") else v for n, v in remembered.items()}
    state = nested(positive)

    def apply(params: Any, x: Any) -> Any:
        return network.apply(params, state, x, training=training)[0]

    assert_agrees(one, apply)


def test_lenet5_in_its_common_form() -> None:
    one = RECORDED["lenet5"]
    scaled = {name: value / 8 for name, value in drawn(one).items()}
    x, network = scaled.pop("x"), la.lenet5()
    with jax.enable_x64(True):
        y, gradients = derived(lambda params, x: network.apply(params, {}, x)[0], nested(scaled), x)
    assert_recorded(y, one["output"])
    assert gradients.keys() == one["gradients"].keys()
    for name, (summed, length) in one["gradients"].items():
        gradient = np.asarray(gradients[name])
        assert np.linalg.norm(gradient) == pytest.approx(length, rel=1e-7)
        assert np.vdot(gradient, np.cos(np.arange(gradient.size))) == pytest.approx(summed, rel=1e-6, abs=1e-8 * length)


def chance_gives(monkeypatch: pytest.MonkeyPatch, numbers: Mapping[str, Any]) -> None:
    """Let jax.random draw these."""
    for name, array in numbers.items():
        monkeypatch.setattr(jax.random, name, lambda key, shape, dtype, array=array: jnp.asarray(array).reshape(shape))


@pytest.mark.parametrize("one", RECORDED["variational"], ids=label)
def test_the_terms_of_a_variational_autoencoder(one: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Variational(Dense(4), Dense(3), 2, one["settings"]["beta"])
    chance_gives(monkeypatch, {"normal": drawn(one)["noise"]})

    def apply(params: Any, x: Any) -> Any:
        return layer.apply(params, {}, x, key=jax.random.key(0), training=one["settings"]["training"])[0]

    assert_agrees(one, apply)


@pytest.mark.parametrize("one", RECORDED["games"], ids=label)
def test_the_terms_of_each_game_and_who_learns_from_them(one: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The gradient of the penalty goes through a derivative of the discriminator."""
    layer = Adversarial(Dense(3), Sequential(Dense(4, "tanh"), Dense(1)), 2, one["settings"]["game"])
    found = drawn(one)
    state = layer.init(jax.random.key(0), jnp.zeros((1, 3)))[1]
    chance_gives(monkeypatch, {"rademacher": found["noise"], "uniform": np.abs(found["share"]) % 1})

    def apply(params: Any, x: Any) -> Any:
        return layer.apply(params, state, x, key=jax.random.key(0), training=True)[0][:, :2]

    assert_agrees(one, apply)
