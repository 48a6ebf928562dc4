"""Optimizers against PyTorch and Keras, against their equations, and against Optax's own with a rate."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from numpy import sqrt
from numpy.typing import NDArray

from lamina.errors import SettingError
from lamina.training.optimizers import DEFAULT_LEARNING_RATES, descend, make_optimizer
from lamina.training.settings import Settings

RECORDED = json.loads((Path(__file__).parents[1] / "reference" / "training.json").read_text())
NAMES = tuple(DEFAULT_LEARNING_RATES)
Float64 = NDArray[np.float64]
Tree = Mapping[str, jax.Array]


def start() -> Tree:
    return {name: jnp.asarray(value, jnp.float32) for name, value in RECORDED["start"].items()}


def gradients() -> list[Tree]:
    return [{name: jnp.asarray(v, jnp.float32) for name, v in step.items()} for step in RECORDED["gradients"]]


def run(optimizer: optax.GradientTransformation, rate: float) -> dict[str, list[jax.Array]]:
    """The parameters after each step."""

    @jax.jit
    def step(params: Tree, state: Any, gradient: Tree) -> tuple[Tree, Any]:
        return descend(optimizer, gradient, state, params, jnp.float32(rate))

    params, state = start(), optimizer.init(start())
    history: dict[str, list[jax.Array]] = {"weight": [], "bias": []}
    for gradient in gradients():
        params, state = step(params, state, gradient)
        for name in history:
            history[name].append(params[name])
    return history


def same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for name in ("weight", "bias"):
        np.testing.assert_allclose(np.array(found[name]), np.array(expected[name]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", RECORDED["optimizers"])
def test_recorded_steps(name: str) -> None:
    optimizer, _, setting = name.partition(": weight_decay ")
    recorded = RECORDED["optimizers"][name]
    same(run(make_optimizer(optimizer, weight_decay=float(setting or 0)), recorded["rate"]), recorded)


# Optax's own optimizers, as its users call them.
OPTAX: dict[str, Callable[[float], optax.GradientTransformation]] = {
    "gradient_descent": optax.sgd,
    "momentum": partial(optax.sgd, momentum=0.9),
    "nesterov": partial(optax.sgd, momentum=0.9, nesterov=True),
    "adagrad": optax.adagrad,
    "adadelta": partial(optax.adadelta, rho=0.95),
    "rmsprop": optax.rmsprop,
    "adam": optax.adam,
    "adamax": optax.adamax,
    "nadam": optax.nadam,
    "amsgrad": optax.amsgrad,
    "adamw": partial(optax.adamw, mask={"weight": True, "bias": False}),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_rate_outside_is_the_rate_inside(name: str) -> None:
    """Updates are proportional to the rate: Optax's optimizer built with a rate makes the same steps."""
    rate = 0.3 * DEFAULT_LEARNING_RATES[name]
    same(run(make_optimizer(name), rate), run(OPTAX[name](rate), 1.0))


def moments(g: list[Float64], b1: float = 0.9, b2: float = 0.999) -> Iterator[tuple[int, Float64, Float64, Float64]]:
    """Step, gradient, and the running means of gradient and squared gradient, not yet corrected."""
    m = v = np.zeros_like(g[0])
    for t, now in enumerate(g, start=1):
        m, v = b1 * m + (1 - b1) * now, b2 * v + (1 - b2) * now**2
        yield t, now, m, v


def plain(g: list[Float64]) -> list[Float64]:
    return g


def momentum(g: list[Float64], ahead: bool = False) -> list[Float64]:
    velocity, steps = np.zeros_like(g[0]), []
    for now in g:
        velocity = 0.9 * velocity + now
        steps.append(now + 0.9 * velocity if ahead else velocity)
    return steps


def adagrad(g: list[Float64]) -> list[Float64]:
    return [now / sqrt(0.1 + sum(past**2 for past in g[: t + 1]) + 1e-7) for t, now in enumerate(g)]


def adadelta(g: list[Float64], rho: float = 0.95, eps: float = 1e-6) -> list[Float64]:
    s = d = np.zeros_like(g[0])
    steps = []
    for now in g:
        s = rho * s + (1 - rho) * now**2
        steps.append(sqrt(d + eps) / sqrt(s + eps) * now)
        d = rho * d + (1 - rho) * steps[-1] ** 2
    return steps


def rmsprop(g: list[Float64]) -> list[Float64]:
    return [now / sqrt(v + 1e-8) for _, now, _, v in moments(g, b2=0.9)]


def adam(g: list[Float64]) -> list[Float64]:
    return [m / (1 - 0.9**t) / (sqrt(v / (1 - 0.999**t)) + 1e-8) for t, _, m, v in moments(g)]


def adamax(g: list[Float64]) -> list[Float64]:
    u, steps = np.zeros_like(g[0]), []
    for t, now, m, _ in moments(g):
        u = np.maximum(0.999 * u, np.abs(now) + 1e-8)
        steps.append(m / (1 - 0.9**t) / u)
    return steps


def nadam(g: list[Float64]) -> list[Float64]:
    return [
        (0.9 * m / (1 - 0.9 ** (t + 1)) + 0.1 * now / (1 - 0.9**t)) / (sqrt(v / (1 - 0.999**t)) + 1e-8)
        for t, now, m, v in moments(g)
    ]


def amsgrad(g: list[Float64]) -> list[Float64]:
    largest, steps = np.zeros_like(g[0]), []
    for t, _, m, v in moments(g):
        largest = np.maximum(largest, v / (1 - 0.999**t))
        steps.append(m / (1 - 0.9**t) / (sqrt(largest) + 1e-8))
    return steps


EQUATIONS: dict[str, Callable[[list[Float64]], list[Float64]]] = {
    "gradient_descent": plain,
    "momentum": momentum,
    "nesterov": partial(momentum, ahead=True),
    "adagrad": adagrad,
    "adadelta": adadelta,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamax": adamax,
    "nadam": nadam,
    "amsgrad": amsgrad,
    "adamw": adam,
}


@pytest.mark.parametrize("name", NAMES)
def test_the_equations_in_float64(name: str) -> None:
    """The equations of docs/training.md, written out with NumPy."""
    rate, expected = DEFAULT_LEARNING_RATES[name], {}
    for leaf in ("weight", "bias"):
        steps = EQUATIONS[name]([np.array(g[leaf], np.float64) for g in RECORDED["gradients"]])
        w = np.array(RECORDED["start"][leaf])
        decay = 1e-4 if name == "adamw" and leaf == "weight" else 0.0
        expected[leaf] = [w := w - rate * (step + decay * w) for step in steps]
    same(run(make_optimizer(name), rate), expected)


@pytest.mark.parametrize("name", NAMES)
def test_weight_decay_shrinks_weights_and_nothing_else(name: str) -> None:
    params = {"0": {"weight": jnp.full((2, 2), 3.0), "bias": jnp.ones(2)}, "1": {"scale": jnp.ones(2)}}
    nothing = jax.tree.map(jnp.zeros_like, params)
    optimizer = make_optimizer(name, weight_decay=0.5)
    updates, _ = optimizer.update(nothing, optimizer.init(params), params)
    np.testing.assert_allclose(updates["0"]["weight"], -1.5)
    assert not np.any(updates["0"]["bias"])
    assert not np.any(updates["1"]["scale"])


@pytest.mark.parametrize("name", NAMES)
def test_the_usual_rate_goes_downhill(name: str) -> None:
    """From every weight to the valley of sum (w - 1)^2 / 2."""
    optimizer, rate = make_optimizer(name), DEFAULT_LEARNING_RATES[name]

    @jax.jit
    def walk(params: Tree) -> Tree:
        def body(_: int, carry: Any) -> Any:
            params, state = carry
            updates, state = optimizer.update({"weight": params["weight"] - 1}, state, params)
            return {"weight": params["weight"] + rate * updates["weight"]}, state

        return jax.lax.fori_loop(0, 500, body, (params, optimizer.init(params)))[0]

    begin = np.array([-2.0, 0.0, 4.0])
    end = np.asarray(walk({"weight": jnp.asarray(begin, jnp.float32)})["weight"])
    assert (np.abs(end - 1) < np.abs(begin - 1)).all()


def test_impossible_optimizers() -> None:
    with pytest.raises(SettingError, match=r"the optimizer must be one of gradient_descent, .*adamw; got 'sgd'"):
        make_optimizer("sgd")
    for decay in (-0.1, float("nan"), float("inf")):
        with pytest.raises(SettingError, match="weight_decay must be a number of at least 0; got"):
            make_optimizer("adam", weight_decay=decay)


@pytest.mark.parametrize("name", ["momentum", "adam", "adamax", "nadam", "amsgrad", "adamw"])
def test_momentum_is_how_much_of_the_earlier_direction_stays(name: str) -> None:
    """With none of it, a step against the last one's direction goes wholly back; with more, less far."""
    weights = {"weight": jnp.zeros(1)}

    def second(momentum: float) -> float:
        optimizer = make_optimizer(name, momentum=momentum)
        state = optimizer.init(weights)
        for slope in (1.0, -1.0):
            updates, state = optimizer.update({"weight": jnp.full(1, slope)}, state, weights)
        return float(updates["weight"][0])

    assert second(0.0) > second(0.5) > second(0.9)


def test_a_momentum_of_one_or_more_is_refused() -> None:
    for momentum in (-0.1, 1.0):
        with pytest.raises(SettingError, match="momentum must be a number from 0 to below 1; got"):
            make_optimizer("adam", momentum=momentum)
        with pytest.raises(SettingError, match="momentum must be a number from 0 to below 1; got"):
            Settings(momentum=momentum)


def test_reading_the_names_imports_neither_jax_nor_optax() -> None:
    modules = "losses, metrics, optimizers, regularization, schedules"
    found = "'jax' in sys.modules or 'optax' in sys.modules"
    code = f"import sys; from lamina.training import {modules}; sys.exit({found})"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
