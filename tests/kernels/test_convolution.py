"""Convolution against loops written from its formula, in both of its forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lamina.arrays import Numpy
from lamina.kernels.convolution import (
    MAX_SLICES,
    conv2d,
    conv2d_by_patches,
    conv2d_by_xla,
    output_length,
    same_padding,
)

FORMS = [conv2d_by_patches, conv2d_by_xla]


def by_loops(x: Numpy, weight: Numpy, stride: Any, pads: Any, dilation: Any) -> Numpy:
    """y[i, j, f] = sum over a, b, c of x[i s + a d, j s + b d, c] w[a, b, c, f], one number after the other."""
    (top, bottom), (left, right) = pads
    batch, height, width, channels = x.shape
    padded = np.zeros((batch, top + height + bottom, left + width + right, channels))
    padded[:, top : top + height, left : left + width] = x
    rows, columns = (
        len([s for s in range(0, side, step) if s + (size - 1) * gap < side])
        for side, size, step, gap in zip(padded.shape[1:3], weight.shape[:2], stride, dilation, strict=True)
    )
    y = np.zeros((batch, rows, columns, weight.shape[3]))
    for n, i, j, f in np.ndindex(y.shape):
        for a, b, c in np.ndindex(weight.shape[:3]):
            place = (n, i * stride[0] + a * dilation[0], j * stride[1] + b * dilation[1], c)
            y[n, i, j, f] += padded[place] * weight[a, b, c, f]
    return y


sides = st.tuples(st.integers(1, 6), st.integers(1, 6))
small = st.tuples(st.integers(1, 3), st.integers(1, 3))
pads = st.tuples(st.integers(0, 2), st.integers(0, 2))


@given(sides, small, small, small, st.tuples(pads, pads), st.integers(0, 99))
@settings(max_examples=10)
def test_both_forms_follow_the_formula(side: Any, size: Any, stride: Any, dilation: Any, pads: Any, seed: int) -> None:
    around = [s + sum(p) - (k - 1) * d for s, p, k, d in zip(side, pads, size, dilation, strict=True)]
    assume(min(around) >= 1)
    chance = np.random.default_rng(seed)
    x, weight = chance.normal(size=(2, *side, 2)), chance.normal(size=(*size, 2, 3))
    expected = by_loops(x, weight, stride, pads, dilation)
    with jax.enable_x64(True):
        for form in FORMS:
            y = jax.jit(lambda x, w, form=form: form(x, w, stride, list(pads), dilation))(x, weight)
            np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("transformation", [jax.grad, jax.jacfwd])
def test_both_forms_have_the_same_derivatives(padding: Any, transformation: Callable[..., Any]) -> None:
    chance = np.random.default_rng(0)
    x, weight = chance.normal(size=(2, 7, 6, 2)), chance.normal(size=(3, 2, 2, 3))
    around = [(0, 0), (0, 0)] if padding == "valid" else [same_padding(7, 3, 2), same_padding(6, 2, 1)]

    def number(x: Any, weight: Any, form: Any) -> Any:
        return jnp.sum(jnp.sin(form(x, weight)))

    def one(form: Any) -> Any:
        return lambda x, w: form(x, w, (2, 1), around, (1, 1))

    def public(x: Any, weight: Any) -> Any:
        return conv2d(x, weight, (2, 1), padding)

    with jax.enable_x64(True):
        first, second, third = (
            transformation(number, argnums=(0, 1))(x, weight, form) for form in (*map(one, FORMS), public)
        )
    for others in (second, third):
        for a, b in zip(first, others, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_cpus_get_patches_and_other_devices_their_own_convolution() -> None:
    def programs(size: int) -> dict[str, str]:
        x, weight = jnp.zeros((1, 40, 40, 1)), jnp.zeros((size, size, 1, 2))
        traced = jax.jit(conv2d).trace(x, weight)
        return {device: traced.lower(lowering_platforms=(device,)).as_text() for device in ("cpu", "cuda")}

    found = programs(3)
    assert "stablehlo.convolution" not in found["cpu"]
    assert "stablehlo.convolution" in found["cuda"]
    assert "stablehlo.convolution" in programs(33)["cpu"], f"more than {MAX_SLICES} slices are too many"


def test_filters_of_one_place_need_no_patches() -> None:
    form = jax.jit(lambda x, weight: conv2d_by_patches(x, weight, (1, 1), [(0, 0), (0, 0)], (1, 1)))
    text = form.lower(jnp.zeros((2, 5, 5, 3)), jnp.zeros((1, 1, 3, 4))).as_text()
    assert "dot_general" in text
    assert "slice" not in text
    assert "concatenate" not in text


@given(st.integers(1, 50), st.integers(1, 9), st.integers(1, 5), st.integers(1, 4))
def test_same_padding_gives_as_many_places_as_steps(length: int, size: int, stride: int, dilation: int) -> None:
    before, after = same_padding(length, size, stride, dilation)
    assert 0 <= before <= after <= before + 1
    places = output_length(length, size, stride, "same", dilation)
    assert places == -(-length // stride)
    assert output_length(length + before + after, size, stride, "valid", dilation) == places


@given(st.integers(1, 50), st.integers(1, 9), st.integers(1, 5), st.integers(1, 4))
def test_the_number_of_places_is_counted(length: int, size: int, stride: int, dilation: int) -> None:
    starts = [s for s in range(0, length, stride) if s + (size - 1) * dilation < length]
    assert max(0, output_length(length, size, stride, "valid", dilation)) == len(starts)
