"""Layers, activations and initializers beside PyTorch's: the numbers that record_layers.py recorded in float64."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina as la
from lamina import Layer
from lamina.arrays import Numpy
from lamina.layers.activations import ACTIVATIONS, activate
from lamina.layers.initializers import initialize
from lamina.recipes import describe, from_json, to_json

RECORDED = json.loads(Path(__file__).with_name("layers.json").read_text(encoding="utf-8"))


def draw(seed: int, shapes: dict[str, list[int]]) -> dict[str, Numpy]:
    """What the recording drew, which float32 holds exactly."""
    chance = np.random.default_rng(seed)
    return {name: chance.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def build(name: str, settings: dict[str, Any]) -> Any:
    """Our layer with the recorded settings."""
    plain = {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}
    layer = getattr(la, name)(**plain)
    return from_json(to_json(layer), Layer, "recorded")


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """{"hidden.bias": b} -> {"hidden": {"bias": b}}."""
    found: dict[str, Any] = {}
    for name, value in flat.items():
        *parents, last = name.split(".")
        place = found
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return found


def flat(tree: dict[str, Any], before: str = "") -> dict[str, Any]:
    """The way back."""
    found: dict[str, Any] = {}
    for name, value in tree.items():
        found.update(flat(value, f"{before}{name}.") if isinstance(value, dict) else {before + name: value})
    return found


def assert_recorded(actual: Any, expected: Any) -> None:
    """The tolerance that layers are held to in float32."""
    size = max(1.0, np.abs(np.asarray(expected)).max())
    np.testing.assert_allclose(actual, np.asarray(expected), rtol=1e-5, atol=1e-6 * size)


def label(one: dict[str, Any]) -> str:
    return describe(build(one["layer"], one["settings"])).replace(" ", "") + str(len(one["shapes"]["x"]))


@pytest.mark.parametrize("one", RECORDED["layers"], ids=label)
def test_outputs_and_gradients(one: dict[str, Any]) -> None:
    layer = build(one["layer"], one["settings"])
    drawn = draw(one["seed"], one["shapes"])
    x = drawn.pop("x")
    params = nested(drawn)
    memory = layer.memory(x.shape[1:])
    state = {name: jnp.zeros(variable.shape) for name, variable in memory.items()}

    def number(params: Any, x: Any) -> Any:
        y, _ = layer.apply(params, state, x, training=True)
        return jnp.sum(y * jnp.cos(jnp.arange(y.size)).reshape(y.shape)), y

    gradients, y = jax.jit(jax.grad(number, argnums=(0, 1), has_aux=True))(params, x)
    assert_recorded(y, one["output"])
    found = {**flat(gradients[0]), "x": gradients[1]}
    assert found.keys() == one["gradients"].keys()
    for name, expected in one["gradients"].items():
        assert_recorded(found[name], expected)


def test_batch_norm_over_time() -> None:
    one = RECORDED["batch_norm_over_time"]
    layer = la.BatchNorm(one["momentum"], one["epsilon"])
    batches = draw(one["seed"], {str(number): [one["rows"], 3] for number in range(4)})
    params, state = layer.init(jax.random.key(0), batches["0"])
    for number in range(3):
        _, state = layer.apply(params, state, jnp.asarray(batches[str(number)]), training=True)
    assert_recorded(state["mean"], one["mean"])
    assert_recorded(state["variance"], one["variance"])
    y, after = layer.apply(params, state, jnp.asarray(batches["3"]))
    assert_recorded(y, one["output"])
    assert after is state


def test_embedding() -> None:
    one = RECORDED["embedding"]
    weight = draw(one["seed"], {"weight": [6, 2]})["weight"]
    places = jnp.array(one["places"])

    def number(weight: Any) -> Any:
        y, _ = la.Embedding(6, 2).apply({"weight": weight}, {}, places)
        return jnp.sum(y * jnp.cos(jnp.arange(y.size)).reshape(y.shape)), y

    gradient, y = jax.grad(number, has_aux=True)(weight)
    assert_recorded(y, one["output"])
    assert_recorded(gradient, one["gradient"])


@pytest.mark.parametrize("name", sorted(ACTIVATIONS.keys() - {"binary_step"}))
def test_activations(name: str) -> None:
    one = RECORDED["activations"][name]
    z = jnp.array(RECORDED["activations"]["points"])

    def number(z: Any) -> Any:
        y = activate(name, z)
        return jnp.sum(y * jnp.cos(jnp.arange(33))), y

    gradient, y = jax.jit(jax.grad(number, has_aux=True))(z)
    assert_recorded(y, one["output"])
    assert_recorded(gradient, one["gradient"])


def test_gelu_is_the_exact_one() -> None:
    z = jnp.array(RECORDED["activations"]["points"])
    by_tanh = np.asarray(RECORDED["activations"]["gelu by tanh"]["output"])
    assert 1e-4 < np.abs(activate("gelu", z) - by_tanh).max() < 1e-3


@pytest.mark.parametrize("name", sorted(RECORDED["initializers"]))
def test_initializers_have_the_same_spread(name: str) -> None:
    one = RECORDED["initializers"][name]
    shapes = {"weight": (1000, 1000), "filters": (3, 3, 64, 128)}
    for kind, shape in shapes.items():
        assert float(initialize(name, jax.random.key(0), shape).std()) == pytest.approx(one[kind], rel=0.01)
