"""Convolution against loops written from its formula, in both of its forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lamina.arrays import Numpy
from lamina.errors import ShapeError
from lamina.kernels import convolution
from lamina.kernels.convolution import MAX_SLICES, conv2d
from lamina.kernels.patches import (
    conv2d_by_patches,
    conv2d_by_xla,
    input_gradient_by_xla,
    output_length,
    same_padding,
    weight_gradient_by_xla,
)

FORMS = [conv2d_by_patches, conv2d_by_xla]


def by_loops(x: Numpy, weight: Numpy, stride: Any, pads: Any, dilation: Any, groups: int = 1) -> Numpy:
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
            channel = f * groups // weight.shape[3] * weight.shape[2] + c
            place = (n, i * stride[0] + a * dilation[0], j * stride[1] + b * dilation[1], channel)
            y[n, i, j, f] += padded[place] * weight[a, b, c, f]
    return y


sides = st.tuples(st.integers(1, 6), st.integers(1, 6))
small = st.tuples(st.integers(1, 3), st.integers(1, 3))
pads = st.tuples(st.integers(0, 2), st.integers(0, 2))
channels = st.sampled_from([(2, 3, 1), (4, 6, 2), (3, 6, 3)])
"""Channels, filters, groups: of the whole, of parts, and of each channel."""


def drawn(side: Any, size: Any, stride: Any, dilation: Any, pads: Any, count: Any) -> tuple[Numpy, Numpy]:
    """Pictures and filters, where they fit."""
    around = [s + sum(p) - (k - 1) * d for s, p, k, d in zip(side, pads, size, dilation, strict=True)]
    assume(min(around) >= 1)
    chance = np.random.default_rng(len(side) + sum(size))
    channels, filters, groups = count
    return chance.normal(size=(2, *side, channels)), chance.normal(size=(*size, channels // groups, filters))


@pytest.mark.slow
@given(sides, small, small, small, st.tuples(pads, pads), channels)
@settings(max_examples=12)
def test_both_forms_follow_the_formula(
    side: Any, size: Any, stride: Any, dilation: Any, pads: Any, count: tuple[int, int, int]
) -> None:
    x, weight = drawn(side, size, stride, dilation, pads, count)
    expected = by_loops(x, weight, stride, pads, dilation, count[2])
    with jax.enable_x64(True):
        both = jax.jit(lambda x, w: [form(x, w, stride, list(pads), dilation, count[2]) for form in FORMS])
        for y in both(x, weight):
            np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.slow
@given(sides, small, small, small, st.tuples(pads, pads), channels)
@settings(max_examples=12)
def test_the_gradients_in_xlas_own_order_are_those_of_the_convolution(
    side: Any, size: Any, stride: Any, dilation: Any, pads: Any, count: tuple[int, int, int]
) -> None:
    x, weight = drawn(side, size, stride, dilation, pads, count)
    slide = {"stride": stride, "pads": list(pads), "dilation": dilation, "groups": count[2]}

    def gradients(x: Any, weight: Any) -> Any:
        y, back = jax.vjp(partial(conv2d_by_xla, **slide), x, weight)
        dy = jnp.cos(jnp.arange(y.size, dtype=y.dtype)).reshape(y.shape)
        by_xla = input_gradient_by_xla(dy, weight, side, **slide), weight_gradient_by_xla(x, dy, size, **slide)
        return by_xla, back(dy)

    with jax.enable_x64(True):
        found, expected = jax.jit(gradients)(x, weight)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("transformation", [jax.grad, jax.jacfwd])
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_both_forms_have_the_same_derivatives(padding: Any, transformation: Callable[..., Any], groups: int) -> None:
    chance = np.random.default_rng(0)
    x, weight = chance.normal(size=(2, 7, 6, 4)), chance.normal(size=(3, 2, 4 // groups, 4))
    around = [(0, 0), (0, 0)] if padding == "valid" else [same_padding(7, 3, 2), same_padding(6, 2, 1)]

    def number(x: Any, weight: Any, form: Any) -> Any:
        return jnp.sum(jnp.sin(form(x, weight)))

    def one(form: Any) -> Any:
        return lambda x, w: form(x, w, (2, 1), around, (1, 1), groups)

    def public(x: Any, weight: Any) -> Any:
        return conv2d(x, weight, (2, 1), padding, groups=groups)

    with jax.enable_x64(True):
        first, second, third = (
            jax.jit(transformation(partial(number, form=form), argnums=(0, 1)))(x, weight)
            for form in (*map(one, FORMS), public)
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


@pytest.mark.parametrize("settings", [{"groups": 2}, {"dilation": (2, 2)}], ids=str)
def test_groups_and_dilation_take_the_pure_form(settings: Any) -> None:
    x, weight = jnp.zeros((1, 9, 9, 4)), jnp.zeros((3, 3, 4 // settings.get("groups", 1), 6))

    def number(x: Any, weight: Any) -> Any:
        return jnp.sum(jnp.sin(conv2d(x, weight, **settings)))

    traced = jax.jit(jax.grad(number, argnums=(0, 1))).trace(x, weight)
    assert "custom_call" not in traced.lower(lowering_platforms=("cpu",)).as_text()
    assert "stablehlo.convolution" in traced.lower(lowering_platforms=("cuda",)).as_text()


@pytest.mark.parametrize(("channels", "filters", "groups"), [(4, 6, 1), (5, 6, 2), (4, 5, 2)])
def test_channels_that_are_not_those_of_the_filters_are_refused(channels: int, filters: int, groups: int) -> None:
    needs = (
        f"conv2d needs pictures of {2 * groups} channels for a weight of shape (3, 3, 2, {filters}) in groups={groups}"
    )
    with pytest.raises(ShapeError, match=re.escape(needs)):
        conv2d(jnp.zeros((1, 5, 5, channels)), jnp.zeros((3, 3, 2, filters)), groups=groups)


ORDER = re.compile(r"dim_numbers = (\[[^]]*\]x\[[^]]*\]->\[[^]]*\])")


def test_gradients_of_very_large_filters_are_in_the_order_that_is_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution, "MAX_SLICES", 0)
    x, weight = jnp.zeros((2, 9, 8, 3)), jnp.zeros((3, 2, 3, 4))

    def orders(form: Callable[..., Any]) -> set[str]:
        slope = jax.jit(jax.grad(lambda x, w: jnp.sum(jnp.sin(form(x, w))), argnums=(0, 1)))
        return set(ORDER.findall(slope.trace(x, weight).lower(lowering_platforms=("cpu",)).as_text()))

    assert orders(lambda x, w: conv2d(x, w, (2, 1))) == {"[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]"}
    assert len(orders(lambda x, w: conv2d_by_xla(x, w, (2, 1), [(0, 0), (0, 0)], (1, 1)))) == 3


@pytest.mark.slow
def test_very_large_filters_have_derivatives_of_every_order(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(0)
    x, weight = chance.normal(size=(2, 6, 5, 4)), chance.normal(size=(3, 2, 2, 4))

    def slopes(x: Any, w: Any) -> Any:
        number = jax.grad(lambda x, w: jnp.sum(jnp.sin(conv2d(x, w, (2, 1), "same", groups=2))), argnums=(0, 1))
        return jnp.sum(number(x, w)[0] ** 2) + jnp.sum(number(x, w)[1] ** 2)

    def second() -> Any:
        def both(x: Any, w: Any) -> Any:
            return (jax.grad(slopes, argnums=(0, 1))(x, w), jax.jvp(slopes, (x, w), (x, w))[1])

        return jax.jit(both)(x, weight)

    with jax.enable_x64(True):
        expected, _ = second()
        monkeypatch.setattr(convolution, "MAX_SLICES", 0)
        found, ahead = second()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)
    np.testing.assert_allclose(ahead, np.vdot(expected[0], x) + np.vdot(expected[1], weight), rtol=1e-9)


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
