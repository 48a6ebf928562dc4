"""A step of Adam over all arrays at once, against Optax, in both forms."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lamina.kernels import adam, native

SHAPES = {"large": (41, 1000), "row": (17,), "number": (), "nothing": (0, 3)}
STEPS = 3


def numbers(seed: int) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    return {name: jnp.asarray(chance.normal(size=shape), jnp.float32) for name, shape in SHAPES.items()}


def by_optax(rate: float, momentum: float) -> Any:
    optimizer, weights = optax.adam(rate, b1=momentum), numbers(0)
    state = optimizer.init(weights)
    for step in range(STEPS):
        updates, state = optimizer.update(numbers(1 + step), state, weights)
        weights = optax.apply_updates(weights, updates)
    return weights, state[0].mu, state[0].nu


def by_lamina(rate: Any, momentum: float) -> Any:
    weights = numbers(0)
    means = squares = jax.tree.map(jnp.zeros_like, weights)
    step = jax.jit(partial(adam.adam_step, momentum=momentum))
    for number in range(STEPS):
        weights, means, squares = step(weights, means, squares, numbers(1 + number), rate, number + 1)
    return weights, means, squares


def assert_same(found: Any, wanted: Any) -> None:
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize("momentum", [0.9, 0.5])
@pytest.mark.parametrize("form", ["native", "pure"])
def test_it_is_optax_s_adam(form: str, momentum: float, monkeypatch: pytest.MonkeyPatch) -> None:
    if form == "native" and not native.build():
        pytest.skip(f"no native kernels: {native.reason()}")
    if form == "pure":
        monkeypatch.setattr(native, "build", lambda: "")
    assert_same(by_lamina(0.01, momentum), by_optax(0.01, momentum))


@pytest.mark.slow
def test_many_runs_at_once_have_their_own_rates() -> None:
    rates = jnp.array([0.0, 0.01, 0.1], jnp.float32)
    weights, gradients = numbers(0), numbers(1)
    nothing = jax.tree.map(jnp.zeros_like, weights)
    many = jax.jit(jax.vmap(lambda rate: adam.adam_step(weights, nothing, nothing, gradients, rate, 1)))(rates)
    for run, rate in enumerate(rates):
        own = jax.tree.map(lambda rows, run=run: rows[run], many)
        assert_same(own, adam.adam_step(weights, nothing, nothing, gradients, rate, 1))
    assert_same(jax.tree.map(lambda rows: rows[0], many[0]), weights)


def test_what_comes_in_stays_as_it_is() -> None:
    weights, gradients = numbers(0), numbers(1)
    nothing = jax.tree.map(jnp.zeros_like, weights)
    jax.jit(adam.adam_step)(weights, nothing, nothing, gradients, 0.1, 1)
    assert_same((weights, nothing), (numbers(0), jax.tree.map(jnp.zeros_like, weights)))


def test_a_network_without_weights_stays_one() -> None:
    assert adam.adam_step({}, {}, {}, {}, 0.1, 1) == ({}, {}, {})


def test_a_whole_run_in_double_precision_keeps_it() -> None:
    with jax.enable_x64(True):
        one = {"weight": jnp.array([5.0])}
        after = adam.adam_step(one, one, one, one, 0.1, 1)[0]["weight"]
    assert after.dtype == jnp.float64
