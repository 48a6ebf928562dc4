"""The TransformerTranslator: what it is taught by the book, and that writing by kept keys and values is the same."""

from __future__ import annotations

import functools
import math
from typing import Any

import jax
import numpy as np
import pytest

import lamina as la
from lamina.arrays import Numpy
from lamina.errors import SettingError, ShapeError

ENTRIES, SOURCE, STEPS, FEATURES, HEADS, HIDDEN = 7, 4, 5, 4, 2, 3
END = ENTRIES - 1
PAIRS = np.array([[2, 3, 0, 0, 4, 2, END, 0, 0], [5, 1, 4, 2, 3, 3, 5, 2, END]], np.int32)


def network(beam: int = 3, depth: int = 2) -> la.TransformerTranslator:
    encoder = la.Embedding(6, 3, padding=True)
    return la.TransformerTranslator(encoder, SOURCE, ENTRIES, FEATURES, HEADS, HIDDEN, depth, beam=beam)


@functools.cache
def params(depth: int = 2) -> Any:
    chance = np.random.default_rng(3)
    declared = network(depth=depth).parameters((SOURCE + STEPS,))
    return jax.tree.map(
        lambda one: chance.normal(size=one.shape).astype(np.float32), declared, is_leaf=lambda v: hasattr(v, "shape")
    )


@functools.cache
def compiled(beam: int) -> Any:
    return jax.jit(lambda x: network(beam).apply(params(), {}, x)[0])


def normalized(p: Any, x: Numpy) -> Numpy:
    centered = x - x.mean(axis=-1, keepdims=True)
    return (
        centered / np.sqrt((centered**2).mean(axis=-1, keepdims=True) + la.LayerNorm().epsilon) * p["scale"] + p["bias"]
    )


def softmax(scores: Numpy) -> Numpy:
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def looked(queries: Numpy, keys: Numpy, values: Numpy) -> Numpy:
    """The heads' means side by side, for one step."""
    size = FEATURES // HEADS
    cut = [slice(head * size, (head + 1) * size) for head in range(HEADS)]
    return np.concatenate([softmax(keys[:, c] @ queries[c] / math.sqrt(size)) @ values[:, c] for c in cut])


def by_the_book(pair: Numpy) -> Numpy:
    """log p of every token at each step of one pair, step by step, in float64."""
    p = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), params())
    read = np.array([p["encoder"]["weight"][token] for token in pair[:SOURCE] if token])
    before = [0, *pair[SOURCE:-1]]
    rows = [0 * p["places"][0] if token == 0 else math.sqrt(FEATURES) * p["embedding"][token] for token in before]
    x = np.array(rows) + p["places"]
    erf = np.vectorize(math.erf)
    for number in range(2):
        own, after = p["blocks"][str(number)], []
        seen = normalized(own["attention_norm"], x) @ own["attention"]["weight"] + own["attention"]["bias"]
        queries, keys, values = np.split(seen, 3, axis=1)
        both = read @ own["source"]["key_value"]
        for place in range(STEPS):
            joined = looked(queries[place], keys[: place + 1], values[: place + 1])
            y = x[place] + joined @ own["attention"]["output_weight"] + own["attention"]["output_bias"]
            query = normalized(own["source_norm"], y) @ own["source"]["query"]
            joined = looked(query, both[:, :FEATURES], both[:, FEATURES:])
            z = y + joined @ own["source"]["output_weight"] + own["source"]["output_bias"]
            inside = normalized(own["hidden_norm"], z) @ own["hidden"]["weight"] + own["hidden"]["bias"]
            gelu = inside * (1 + erf(inside / math.sqrt(2))) / 2
            after.append(z + gelu @ own["output"]["weight"] + own["output"]["bias"])
        x = np.array(after)
    logits = normalized(p["norm"], x) @ p["embedding"].T + p["bias"]
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


@pytest.mark.slow
def test_what_is_taught_is_the_formula() -> None:
    given = np.asarray(compiled(3)(PAIRS))
    for pair, got in zip(PAIRS, given, strict=True):
        target = pair[SOURCE:]
        count = int((target != 0).sum())
        wanted = by_the_book(pair)[:count]
        np.testing.assert_array_equal(got[:count, 0], target[:count])
        np.testing.assert_allclose(got[:count, 1], wanted[np.arange(count), target[:count]], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(got[:count, 2], wanted.max(axis=1), rtol=1e-3, atol=1e-4)
        assert not got[count:].any()


@pytest.mark.slow
@pytest.mark.parametrize("beam", [1, 3])
def test_what_is_written_is_as_likely_as_it_says(beam: int) -> None:
    asked = PAIRS.copy()
    asked[:, SOURCE:] = 0
    written = np.asarray(compiled(beam)(asked))
    told = asked.copy()
    told[:, SOURCE:] = written[..., 0]
    np.testing.assert_allclose(compiled(beam)(told), written, rtol=1e-3, atol=1e-4)
    assert (written[..., 0] != 0).any(axis=1).all()


@pytest.mark.slow
def test_training_sees_the_same_as_teaching() -> None:
    taught, _ = jax.jit(lambda x: network().apply(params(), {}, x, training=True))(PAIRS)
    np.testing.assert_allclose(taught, compiled(3)(PAIRS), rtol=1e-4, atol=1e-5)


def test_what_is_refused() -> None:
    embedding = la.Embedding(6, 3, padding=True)
    with pytest.raises(
        SettingError, match="TransformerTranslator needs features that are a multiple of heads=3; got 4"
    ):
        la.TransformerTranslator(embedding, 4, 7, 4, 3, 8)
    with pytest.raises(SettingError, match="TransformerTranslator needs a layer as its encoder; got 'gru'"):
        la.TransformerTranslator("gru", 4, 7, 4, 2, 8)
    with pytest.raises(ShapeError, match="needs an encoder that gives each of 4 steps"):
        la.TransformerTranslator(la.Flatten(), 4, 7, 4, 2, 8).output_shape((9,))
