"""Pooling against loops written from its definition."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamina.arrays import Numpy
from lamina.kernels.pooling import average_pool2d, larger, largest, max_pool2d
from lamina.layers.activations import ACTIVATIONS, activate

POOLS = {"max": (max_pool2d, np.max), "average": (average_pool2d, np.mean)}
small = st.tuples(st.integers(1, 3), st.integers(1, 3))


def by_loops(x: Numpy, size: Any, stride: Any, of_window: Any) -> Numpy:
    """Each whole window by itself."""
    tops = range(0, x.shape[1] - size[0] + 1, stride[0])
    lefts = range(0, x.shape[2] - size[1] + 1, stride[1])
    rows = [[of_window(x[:, t : t + size[0], s : s + size[1]], axis=(1, 2)) for s in lefts] for t in tops]
    return np.stack([np.stack(row, axis=1) for row in rows], axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", POOLS)
@given(st.tuples(st.integers(3, 7), st.integers(3, 7)), small, st.none() | small, st.integers(0, 99))
@settings(max_examples=20)
def test_pools_follow_the_definition(name: str, side: Any, size: Any, stride: Any, seed: int) -> None:
    pool, of_window = POOLS[name]
    stride = stride or size
    x = np.random.default_rng(seed).normal(size=(2, *side, 3))
    with jax.enable_x64(True):
        y = jax.jit(lambda x: pool(x, size, stride))(x)
    np.testing.assert_allclose(y, by_loops(x, size, stride, of_window), rtol=1e-12, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("stride", [(2, 2), (1, 1)])
def test_a_missing_number_is_passed_on(stride: Any) -> None:
    x = jnp.zeros((1, 4, 4, 1)).at[0, 1, 1, 0].set(jnp.nan)
    for pool, _ in POOLS.values():
        assert bool(jnp.isnan(pool(x, (2, 2), stride)[0, 0, 0, 0]))
        assert not bool(jnp.isnan(pool(x, (2, 2), stride)[0, -1, -1, 0]))


@pytest.mark.slow
def test_the_largest_numbers_of_a_window_share_its_gradient() -> None:
    gradient = jax.grad(lambda x: max_pool2d(x, (2, 2), (2, 2)).sum())(jnp.zeros((1, 4, 4, 1)))
    np.testing.assert_allclose(gradient, 0.25)
    overlapping = jax.grad(lambda x: max_pool2d(x, (2, 2), (1, 1)).sum())(jnp.zeros((1, 3, 3, 1)))
    np.testing.assert_allclose(overlapping[0, :, :, 0], [[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]])


@pytest.mark.slow
@pytest.mark.parametrize("stride", [(2, 2), (1, 2)])
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_no_gradient_is_lost_inside_a_compiled_program(name: str, stride: Any) -> None:
    # A compiler may compute the numbers before a maximum twice; if they differed by a digit, no place would be
    # found the largest, and its gradient would vanish or be divided by zero.
    def moved(shift: Any, z: Any, factor: Any) -> Any:
        return max_pool2d(activate(name, z * factor + 0.1) + shift, (2, 2), stride)

    z = np.random.default_rng(1).normal(size=(16, 12, 13, 5)).astype(np.float32)
    factor = np.linspace(0.5, 2, 5, dtype=np.float32)
    gradient = jax.jit(jax.grad(lambda *inputs: moved(*inputs).sum()))(np.zeros_like(z), z, factor)
    windows = jax.eval_shape(moved, z, z, factor).size
    np.testing.assert_allclose(np.asarray(gradient).sum(dtype=np.float64), windows, rtol=1e-6)


@pytest.mark.slow
@given(st.integers(1, 9), st.integers(0, 99))
@settings(max_examples=20)
def test_the_largest_along_an_axis(length: int, seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(2, length, 3)).astype(np.float32)
    np.testing.assert_array_equal(largest(jnp.asarray(x), 1), x.max(1))
    slope = jax.grad(lambda x: largest(x, 1).sum())(x)
    np.testing.assert_array_equal(slope, x == x.max(1, keepdims=True))


@pytest.mark.slow
def test_the_slopes_of_a_comparison() -> None:
    numbers = (jnp.array([1.0, 2.0, 2.0, jnp.inf]), jnp.array([2.0, 1.0, 2.0, 0.0]))
    slopes = jax.grad(lambda pair: larger(*pair).sum())(numbers)
    assert [slope.tolist() for slope in slopes] == [[0, 1, 0.5, 1], [1, 0, 0.5, 0]]
    assert bool(jnp.isnan(larger(jnp.array(jnp.nan), jnp.array(1.0))))


@pytest.mark.slow
def test_no_gradient_is_lost_behind_a_normalization_in_a_program_that_is_hardly_optimized() -> None:
    # Here XLA does compute the numbers twice: with a search for the places that equal the maximum, NaN came out.
    program = """
import jax, numpy as np
import lamina as la
network = la.Sequential(la.BatchNorm(), la.Activation("relu"), la.{pool}, la.Flatten())
x = np.random.default_rng(0).normal(size=(32, 9, 40, 16)).astype(np.float32)
params, state = network.init(jax.random.key(0), x)
mask = (np.arange(32) < 12).astype(np.float32)
def loss(x):
    y, _ = network.apply(params, state, x, training=True, mask=mask)
    return (jax.numpy.sin(y) * mask[:, None]).sum()
eager, compiled = jax.grad(loss)(x), jax.jit(jax.grad(loss))(x)
np.testing.assert_allclose(compiled, eager, rtol=1e-4, atol=1e-5)
assert (np.asarray(eager)[:12] != 0).mean() > 0.005
"""
    environment = {**os.environ, "XLA_FLAGS": "--xla_backend_optimization_level=0"}
    for pool in ("MaxPool2D(2)", "MaxPool2D(2, 1)", "GlobalMaxPool2D()"):
        done = subprocess.run(
            [sys.executable, "-c", program.replace("{pool}", pool)], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
