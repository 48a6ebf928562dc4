"""The Translator by the book: what it is taught, what it writes, and how a beam searches."""

from __future__ import annotations

import functools
import itertools
import math
import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina as la
from lamina.arrays import Numpy
from lamina.errors import SettingError, ShapeError
from lamina.layers.writing import Writing, write

ENTRIES, SOURCE, STEPS = 7, 4, 5
END = ENTRIES - 1
NETWORK = la.Translator(la.Embedding(6, 3, padding=True), SOURCE, ENTRIES, features=2, units=3, beam=3)
GREEDY = la.Translator(la.Embedding(6, 3, padding=True), SOURCE, ENTRIES, features=2, units=3, beam=1)
PAIRS = np.array(
    [[2, 3, 0, 0, 4, 2, END, 0, 0], [5, 1, 4, 2, 3, 3, 5, 2, END], [3, 0, 0, 0, END, 0, 0, 0, 0]], np.int32
)


@functools.cache
def params() -> Any:
    """Weights that make some tokens clearly likelier than others."""
    chance = np.random.default_rng(5)
    declared = NETWORK.parameters((SOURCE + STEPS,))
    return jax.tree.map(
        lambda one: chance.normal(size=one.shape).astype(np.float32), declared, is_leaf=lambda v: hasattr(v, "shape")
    )


@functools.cache
def compiled(network: la.Translator) -> Any:
    """The network in inference mode."""
    return jax.jit(lambda x: network.apply(params(), {}, x)[0])


def answer(network: la.Translator, x: Numpy) -> Numpy:
    """What the network gives for up to three pairs: of one size, so that it is compiled once."""
    filled = np.concatenate([x, np.zeros((3 - len(x), x.shape[1]), np.int32)])
    return np.asarray(compiled(network)(filled))[: len(x)]


def sigmoid(z: Numpy) -> Numpy:
    return np.asarray(1 / (1 + np.exp(-z)))


def by_the_book(pair: Numpy) -> Numpy:
    """log p of every token at each step of one pair: (steps, entries), in float64, step by step."""
    p = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), params())
    source, target = pair[:SOURCE], pair[SOURCE:]
    read = np.array([p["encoder"]["weight"][token] for token in source if token])
    h, rows, found = np.zeros(3), np.zeros(2), []
    for token in target:
        z = np.concatenate([rows, read.mean(axis=0)]) @ p["cell"]["input_weight"] + p["cell"]["bias"]
        back = h @ p["cell"]["recurrent_weight"]
        reset, keep = sigmoid(z[:3] + back[:3]), sigmoid(z[3:6] + back[3:6])
        h = (1 - keep) * np.tanh(z[6:] + reset * (back[6:] + p["cell"]["recurrent_bias"])) + keep * h
        scores = np.exp(h @ p["query"] @ (read @ p["key"]).T)
        seen = np.concatenate([h, scores / scores.sum() @ read])
        logits = np.tanh(seen @ p["combine"] + p["combine_bias"]) @ p["embedding"].T + p["bias"]
        found.append(logits - np.log(np.exp(logits).sum()))
        rows = math.sqrt(2) * p["embedding"][token]
    return np.array(found)


@pytest.mark.slow
def test_what_is_taught_is_the_formula() -> None:
    given = answer(NETWORK, PAIRS)
    for pair, got in zip(PAIRS, given, strict=True):
        target = pair[SOURCE:]
        count = int((target != 0).sum())
        wanted = by_the_book(pair)[:count]
        np.testing.assert_array_equal(got[:count, 0], target[:count])
        np.testing.assert_allclose(got[:count, 1], wanted[np.arange(count), target[:count]], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(got[:count, 2], wanted.max(axis=1), rtol=1e-4, atol=1e-5)
        assert not got[count:].any()


@pytest.mark.slow
def test_training_sees_the_same_as_teaching() -> None:
    taught, _ = jax.jit(lambda x: NETWORK.apply(params(), {}, x, training=True))(PAIRS)
    np.testing.assert_allclose(taught, answer(NETWORK, PAIRS), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("network", [GREEDY, NETWORK])
def test_what_is_written_is_as_likely_as_it_says(network: la.Translator) -> None:
    asked = PAIRS.copy()
    asked[:, SOURCE:] = 0
    written = answer(network, asked)
    told = asked.copy()
    told[:, SOURCE:] = written[..., 0]
    np.testing.assert_allclose(answer(network, told), written, rtol=1e-4, atol=1e-5)
    assert not np.isin(written[..., 0], [1]).any(), "unknown is never written"
    assert (written[..., 0] != 0).any(axis=1).all()


def test_greedy_takes_the_likeliest_that_can_be_written() -> None:
    asked = PAIRS[:1].copy()
    asked[:, SOURCE:] = 0
    written = answer(GREEDY, asked)[0, :, 0].astype(int)
    logarithms = by_the_book(np.concatenate([PAIRS[0, :SOURCE], written]))
    count = int((written != 0).sum())
    assert written[:count].tolist() == (2 + np.argmax(logarithms[:count, 2:], axis=1)).tolist()
    assert count == STEPS or written[count - 1] == END


def test_nothing_is_written_where_nothing_is_asked() -> None:
    assert not answer(NETWORK, np.zeros((2, SOURCE + STEPS), np.int32)).any()


def test_pairs_and_questions_in_one_batch_do_not_mix() -> None:
    mixed = PAIRS.copy()
    mixed[1, SOURCE:] = 0
    together = answer(NETWORK, mixed)
    np.testing.assert_allclose(together[[0, 2]], answer(NETWORK, PAIRS)[[0, 2]], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(together[1:2], answer(NETWORK, mixed[1:2]), rtol=1e-5, atol=1e-6)


def chain(seed: int, entries: int) -> Numpy:
    """log p of each token after each token, drawn."""
    logits = np.random.default_rng(seed).normal(scale=2, size=(entries, entries)).astype(np.float32)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def best_of_all(table: Numpy, steps: int) -> list[int]:
    """The sequence with the best mean log p, by looking at every one."""
    end = len(table) - 1
    words = range(2, end)
    found = [(*body, end) for size in range(steps) for body in itertools.product(words, repeat=size)]
    found += list(itertools.product(words, repeat=steps))

    def score(tokens: tuple[int, ...]) -> float:
        return float(np.mean([table[a, b] for a, b in itertools.pairwise((0, *tokens))]))

    return list(max(found, key=score))


@pytest.mark.parametrize("seed", [0, 3])
def test_a_wide_beam_finds_the_best_of_all_sequences(seed: int) -> None:
    table = chain(seed, 5)

    def advance(states: jax.Array, tokens: jax.Array, place: jax.Array) -> Any:
        return states, jnp.asarray(table)[tokens]

    found = write(Writing(advance, jnp.zeros((1, 16, 1)), steps=3, end=4))[0]
    wanted = best_of_all(table, 3)
    np.testing.assert_array_equal(found[:, 0], [*wanted, *[0] * (3 - len(wanted))])


@pytest.mark.slow
def test_more_padding_of_the_source_changes_nothing() -> None:
    wider = la.Translator(la.Embedding(6, 3, padding=True), SOURCE + 2, ENTRIES, features=2, units=3, beam=3)
    spread = np.insert(PAIRS, [SOURCE, SOURCE], 0, axis=1)
    np.testing.assert_allclose(answer(wider, spread), answer(NETWORK, PAIRS), rtol=1e-5, atol=1e-6)


def test_what_is_refused() -> None:
    embedding: Any = la.Embedding(6, 3, padding=True)
    with pytest.raises(SettingError, match="Translator needs a layer as its encoder; got 'gru'"):
        la.Translator("gru", 4, 7, 2, 3)
    with pytest.raises(SettingError, match=r"Translator needs units from 1 to .*; got 0"):
        la.Translator(embedding, 4, 7, 2, 0)
    with pytest.raises(SettingError, match=r"at least 3 entries \(padding, unknown, the end\), and more than its beam"):
        la.Translator(embedding, 4, 4, 2, 3, beam=4)
    with pytest.raises(SettingError, match="Dropout needs"):
        la.Translator(embedding, 4, 7, 2, 3, dropout=1.0)
    needs = re.escape("needs tokens of a source and a target, (batch, more than 4); got (batch, 4).")
    with pytest.raises(ShapeError, match=needs):
        NETWORK.output_shape((4,))
    last_alone = la.Translator(la.Sequential(embedding, la.GRU(2)), 4, 7, 2, 3)
    with pytest.raises(ShapeError, match=r"needs an encoder that gives each of 4 steps, .*; got \(batch, 2\)"):
        last_alone.output_shape((9,))
