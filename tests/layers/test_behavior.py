"""What single layers promise beyond the laws of all layers."""

from __future__ import annotations

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina as la
from lamina import SettingError
from lamina.layers.base import known_range
from lamina.layers.embedding import Embedding
from lamina.layers.fusing import together
from lamina.recipes import from_json, to_json


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_keeps_the_expected_value(rate: float) -> None:
    y, _ = la.Dropout(rate).apply({}, {}, jnp.ones((200, 1000)), key=jax.random.key(0), training=True)
    silent = float((y == 0).mean())
    assert silent == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / y.size) + 1e-5)
    np.testing.assert_allclose(y[y != 0], 1 / (1 - rate), rtol=1e-4)
    assert float(y.mean()) == pytest.approx(1, abs=5 * np.sqrt(rate / (1 - rate) / y.size))


@pytest.mark.slow
def test_dropout_of_nearly_everything_is_finite() -> None:
    y, _ = la.Dropout(0.9999999).apply({}, {}, jnp.ones((100, 100)), key=jax.random.key(0), training=True)
    assert bool(jnp.isfinite(y).all())


def test_dropout_does_nothing_outside_training_and_at_rate_0() -> None:
    x = jnp.arange(4.0)[None]
    assert la.Dropout(0.5).apply({}, {}, x)[0] is x
    assert la.Dropout(0.0).apply({}, {}, x, training=True)[0] is x


def test_dropout_needs_a_key_while_training() -> None:
    message = "Dropout(rate=0.5) needs a key while training: apply(..., key=jax.random.key(0))"
    with pytest.raises(SettingError, match=re.escape(message)):
        la.Dropout(0.5).apply({}, {}, jnp.ones((1, 2)), training=True)


@pytest.mark.slow
def test_embedding_looks_up_rows() -> None:
    weight = jnp.arange(600.0).reshape(300, 2)
    for dtype in ("uint8", "int8", "int16", "int32", "uint32"):
        y, _ = Embedding(300, 2).apply({"weight": weight}, {}, jnp.array([[0, 5], [127, 1]], dtype))
        assert y[..., 0].tolist() == [[0, 10], [254, 2]]


def test_embedding_refuses_what_it_does_not_have() -> None:
    layer, params = Embedding(4, 2), {"weight": jnp.ones((4, 2))}
    for numbers, range_said in (([0, 4], "0 to 4"), ([-1, 3], "-1 to 3")):
        message = f"Embedding(entries=4, units=2) needs numbers from 0 to 3; got {range_said}"
        with pytest.raises(SettingError, match=re.escape(message)):
            layer.apply(params, {}, jnp.array([numbers]))
    with pytest.raises(SettingError, match=r"needs whole numbers; got float32. Convert them: x.astype\('int32'\)\."):
        layer.apply(params, {}, jnp.ones((1, 2)))


def test_embedding_gives_no_other_row_inside_a_compiled_program() -> None:
    params = {"weight": jnp.ones((4, 2))}
    lookup = jax.jit(lambda x: Embedding(4, 2).apply(params, {}, x)[0])
    assert jnp.isnan(lookup(jnp.array([-1, 4, 100, 3], "int8"))).any(axis=-1).tolist() == [True, True, True, False]


def test_values_are_looked_at_where_they_are_known() -> None:
    x = jnp.array([[2.0, -1.0, 7.0]])
    assert known_range(x) == (-1.0, 7.0)
    assert known_range(x[:0]) is None
    assert np.isnan(known_range(x.at[0, 0].set(jnp.nan))).all()
    found: list[Any] = []
    jax.jit(lambda own: found.append((known_range(own), known_range(x))))(x)
    assert found == [(None, (-1.0, 7.0))]


@pytest.mark.slow
def test_batch_norm_normalizes_and_remembers() -> None:
    x = 5 + 3 * jax.random.normal(jax.random.key(0), (64, 7, 2))
    layer = la.BatchNorm(momentum=0.75)
    params, state = layer.init(jax.random.key(1), x)
    y, after = layer.apply(params, state, x, training=True)
    np.testing.assert_allclose(y.mean(axis=(0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(axis=(0, 1)), 1, atol=1e-4)
    numbers = np.asarray(x, np.float64)
    np.testing.assert_allclose(after["mean"], 0.25 * numbers.mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(after["variance"], 0.75 + 0.25 * numbers.var(axis=(0, 1)), rtol=1e-5)


def test_batch_norm_stays_exact_far_from_zero() -> None:
    x = np.asarray(1e4 + jax.random.normal(jax.random.key(0), (64, 2)))
    layer = la.BatchNorm()
    y, _ = layer.apply(*layer.init(jax.random.key(1), x), jnp.asarray(x), training=True)
    numbers = x.astype(np.float64)
    expected = (numbers - numbers.mean(axis=0)) / np.sqrt(numbers.var(axis=0) + 1e-5)
    np.testing.assert_allclose(y, expected, atol=2e-3)


@pytest.mark.slow
def test_layer_norm_does_not_mind_scale_or_shift() -> None:
    x = jax.random.normal(jax.random.key(0), (5, 16))
    layer = la.LayerNorm()
    params, _ = layer.init(jax.random.key(1), x)
    np.testing.assert_allclose(layer.forward(params, 100 * x + 7), layer.forward(params, 100 * x), atol=1e-4)


def test_up_sampling_repeats_rows_and_columns() -> None:
    x = jnp.array([[[[1.0], [2.0]]]])
    assert la.UpSample2D((2, 3)).forward({}, x)[0, :, :, 0].tolist() == [[1, 1, 1, 2, 2, 2]] * 2


def test_a_frame_is_above_below_left_and_right() -> None:
    x = jnp.array([[[[1.0], [2.0]]]])
    assert la.Pad2D((1, 0), (0, 2)).forward({}, x)[0, :, :, 0].tolist() == [[0, 0, 0, 0], [1, 2, 0, 0]]
    assert la.Pad2D((0, 1), (1, 0), -3).forward({}, x)[0, :, :, 0].tolist() == [[-3, 1, 2], [-3, -3, -3]]


def test_a_frame_of_zeros_and_valid_are_same() -> None:
    """Where "same" adds as much on both sides."""
    x = jax.random.normal(jax.random.key(0), (2, 5, 7, 3))
    same, valid = la.Conv2D(4, 3, padding="same"), la.Conv2D(4, 3)
    params, _ = same.init(jax.random.key(1), x)
    framed = la.Pad2D((1, 1), (1, 1)).forward({}, x)
    np.testing.assert_allclose(valid.forward(params, framed), same.forward(params, x), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_average_pooling_undoes_up_sampling() -> None:
    x = jax.random.normal(jax.random.key(0), (2, 3, 4, 2))
    np.testing.assert_allclose(la.AveragePool2D(2).forward({}, la.UpSample2D(2).forward({}, x)), x, rtol=1e-6)


def test_reshape_undoes_flatten() -> None:
    x = jax.random.normal(jax.random.key(0), (2, 3, 4, 2))
    np.testing.assert_array_equal(la.Reshape((3, 4, 2)).forward({}, la.Flatten().forward({}, x)), x)


@pytest.mark.slow
def test_a_convolution_of_one_place_is_a_dense_layer_at_each_place() -> None:
    x = jax.random.normal(jax.random.key(0), (2, 5, 4, 3))
    weight, bias = jax.random.normal(jax.random.key(1), (3, 6)), jnp.arange(6.0)
    dense = la.Dense(6, "tanh").forward({"weight": weight, "bias": bias}, x)
    convolved = la.Conv2D(6, 1, "tanh").forward({"weight": weight[None, None], "bias": bias}, x)
    np.testing.assert_allclose(convolved, dense, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_a_convolution_moves_with_its_picture() -> None:
    x = jnp.zeros((1, 12, 12, 1)).at[0, 3:6, 3:6, 0].set(jax.random.normal(jax.random.key(0), (3, 3)))
    layer = la.Conv2D(4, 3, "relu")
    params, _ = layer.init(jax.random.key(1), x)
    moved = layer.forward(params, jnp.roll(x, (2, 3), axis=(1, 2)))
    np.testing.assert_allclose(moved, jnp.roll(layer.forward(params, x), (2, 3), axis=(1, 2)), atol=1e-6)


@pytest.mark.slow
def test_filters_of_a_group_see_its_channels_alone() -> None:
    x = jax.random.normal(jax.random.key(0), (2, 6, 5, 4))
    layer = la.Conv2D(6, 3, "tanh", padding="same", groups=2)
    params, _ = layer.init(jax.random.key(1), x)
    assert params["weight"].shape == (3, 3, 2, 6)
    whole = layer.forward(params, x)
    for part, (first, last) in enumerate(((0, 3), (3, 6))):
        own = {"weight": params["weight"][..., first:last], "bias": params["bias"][first:last]}
        alone = la.Conv2D(3, 3, "tanh", padding="same").forward(own, x[..., 2 * part : 2 * part + 2])
        np.testing.assert_allclose(whole[..., first:last], alone, rtol=1e-5, atol=1e-6)


def test_a_convolution_from_before_there_were_groups_has_one() -> None:
    document = to_json(la.Conv2D(4, 3))
    del document["groups"]
    assert from_json(document, la.Layer, "network") == la.Conv2D(4, 3)


def test_a_convolution_with_groups_is_not_pooled_at_once() -> None:
    pool = la.MaxPool2D(2)
    assert together(la.Conv2D(4, 3, "relu"), pool, training=True) is not None
    assert together(la.Conv2D(4, 3, "relu", groups=2), pool, training=True) is None


def test_a_residual_adds_and_a_parallel_joins() -> None:
    x = jnp.array([[1.0, -2.0]])
    weight, bias = jnp.array([[1.0, 0.0], [0.0, 1.0]]), jnp.array([0.5, 0.5])
    residual = la.Residual(la.Dense(2), activation="relu")
    assert residual.apply({"body": {"weight": weight, "bias": bias}}, {}, x)[0].tolist() == [[2.5, 0.0]]
    parallel = la.Parallel(la.Activation("relu"), la.Dense(2))
    joined = parallel.apply({"1": {"weight": weight, "bias": bias}}, {}, x)[0]
    assert joined.tolist() == [[1.0, 0.0, 1.5, -1.5]]


@pytest.mark.slow
@pytest.mark.parametrize(
    "layer",
    [
        la.LSTM(3, skip_padding=True), la.GRU(3, skip_padding=True), la.Recurrent(3, skip_padding=True),
        la.Bidirectional(la.LSTM(3, skip_padding=True)), la.Feedback((3,), skip_padding=True),
        la.Attention(2, skip_padding=True), la.TransformerBlock(2, 6, skip_padding=True),
        la.GlobalAveragePool1D(skip_padding=True), la.GlobalMaxPool1D(skip_padding=True),
    ],
    ids=repr,
)  # fmt: skip
def test_a_sequence_of_padding_alone_has_finite_outputs_and_slopes(layer: la.Layer) -> None:
    x = jnp.zeros((2, 5, 4)).at[0].set(1.0)  # one real sequence beside it

    def output_and_slopes(x: jax.Array) -> Any:
        params, state = layer.init(jax.random.key(0), x)

        def total(params: Any, x: jax.Array) -> Any:
            y = layer.apply(params, state, x)[0]
            return jnp.sum(y**2), y

        return jax.value_and_grad(total, argnums=(0, 1), has_aux=True)(params, x)

    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(jax.jit(output_and_slopes)(x)))
