"""Attention against its formula, written again as loops in float64, and what its settings promise."""

from __future__ import annotations

import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina as la
from lamina import SettingError
from lamina.arrays import Numpy

STEPS, FEATURES, HEADS = 5, 4, 2


def drawn(layer: la.Layer, seed: int = 0) -> dict[str, Numpy]:
    chance = np.random.default_rng(seed)
    return {name: chance.normal(size=v.shape) for name, v in layer.parameters((STEPS, FEATURES)).items()}


def formula(p: dict[str, Numpy], x: Numpy, causal: bool) -> Numpy:
    """The output for one sequence: every step, every head, by itself."""
    q, k, v = np.split(x @ p["weight"] + p["bias"], 3, axis=-1)
    size = FEATURES // HEADS
    outputs = np.zeros_like(x)
    for head in range(HEADS):
        own = slice(head * size, (head + 1) * size)
        for t in range(STEPS):
            seen = range(t + 1) if causal else range(STEPS)
            fits = [math.exp(float(q[t, own] @ k[s, own]) / math.sqrt(size)) for s in seen]
            for fit, s in zip(fits, seen, strict=True):
                outputs[t, own] += fit / sum(fits) * v[s, own]
    mixed: Numpy = outputs @ p["output_weight"] + p["output_bias"]
    return mixed


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_that_of_the_formula(causal: bool) -> None:
    layer = la.Attention(HEADS, causal)
    params, x = drawn(layer), np.random.default_rng(1).normal(size=(2, STEPS, FEATURES))
    with jax.enable_x64(True):
        y, _ = layer.apply(params, {}, jnp.asarray(x))
    np.testing.assert_allclose(y, [formula(params, one, causal) for one in x], rtol=1e-11)


@pytest.mark.parametrize("layer", [la.Attention(2, causal=True), la.TransformerBlock(2, 3, causal=True)])
def test_a_causal_layer_does_not_see_what_comes_later(layer: la.Layer) -> None:
    x = jax.random.normal(jax.random.key(0), (1, STEPS, FEATURES))
    params, _ = layer.init(jax.random.key(1), x)
    y, changed = jax.jit(lambda *many: [layer.apply(params, {}, x)[0] for x in many])(x, x.at[:, 3:].set(9.0))
    np.testing.assert_array_equal(y[:, :3], changed[:, :3])
    assert not np.allclose(y[:, 3:], changed[:, 3:])


@pytest.mark.slow
def test_attention_does_not_know_places_until_they_are_added() -> None:
    x = jax.random.normal(jax.random.key(0), (1, STEPS, FEATURES))
    attention, places = la.Attention(2), la.PositionalEmbedding(STEPS)
    params, _ = attention.init(jax.random.key(1), x)
    turned = attention.apply(params, {}, x[:, ::-1])[0][:, ::-1]
    np.testing.assert_allclose(turned, attention.apply(params, {}, x)[0], atol=1e-6)
    rows = {"weight": jax.random.normal(jax.random.key(2), (STEPS, FEATURES))}
    np.testing.assert_array_equal(places.forward(rows, x), x + rows["weight"])
    np.testing.assert_array_equal(places.forward(rows, x[:, :2]), x[:, :2] + rows["weight"][:2])


@pytest.mark.slow
def test_a_block_adds_to_what_comes_in() -> None:
    x = jax.random.normal(jax.random.key(0), (1, STEPS, FEATURES))
    layer = la.TransformerBlock(2, 3)
    params, _ = layer.init(jax.random.key(1), x)
    silent = jax.tree.map(jnp.zeros_like, {"attention": params["attention"], "output": params["output"]})
    np.testing.assert_array_equal(layer.apply({**params, **silent}, {}, x)[0], x)


@pytest.mark.slow
@pytest.mark.parametrize("layer", [la.Attention(2, dropout=0.5), la.TransformerBlock(2, 3, 0.5)])
def test_dropout_needs_a_key_while_training(layer: la.Layer) -> None:
    x = jnp.ones((1, STEPS, FEATURES))
    params, _ = layer.init(jax.random.key(1), x)
    with pytest.raises(SettingError, match=re.escape("Dropout(rate=0.5) needs a key while training")):
        layer.apply(params, {}, x, training=True)
    quiet = layer.apply(params, {}, x, key=jax.random.key(0))[0]
    np.testing.assert_array_equal(quiet, layer.apply(params, {}, x)[0])


@pytest.mark.slow
def test_dropout_of_attention_keeps_the_expected_value() -> None:
    layer, x = la.Attention(2, dropout=0.3), jax.random.normal(jax.random.key(0), (1, STEPS, FEATURES))
    params, _ = layer.init(jax.random.key(1), x)
    once = jax.vmap(lambda key: layer.apply(params, {}, x, key=key, training=True)[0])
    many = jax.jit(once)(jax.random.split(jax.random.key(2), 1000))
    error = 5 * many.std(axis=0) / math.sqrt(1000) + 1e-6
    assert bool((jnp.abs(many.mean(axis=0) - layer.apply(params, {}, x)[0]) < error).all())
