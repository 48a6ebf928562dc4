"""The functions of layers that translate in plain NumPy: a target is judged, or written by a beam."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from lamina.exporting.functions.numpy_layers import Array, dense, gelu, layer_norm, softmax
from lamina.exporting.functions.numpy_sequences import gru_step

States: TypeAlias = list[Array]
Advance: TypeAlias = Callable[[States, Array, int], tuple[States, Array]]
"""(states, the last tokens, place) -> states, log p of each next token: all of them (examples, beginnings, ...)."""
FAR_BELOW = -1e30


def log_softmax(z: Array) -> Array:
    """z - log sum_j exp(z_j) over the last axis."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def rows_of(embedding: Array, tokens: Array) -> Array:
    """sqrt(features) E of tokens; zeros for 0."""
    rows = math.sqrt(embedding.shape[1]) * embedding[tokens.astype(int)]
    return np.where(tokens[..., None] == 0, 0, rows).astype(embedding.dtype)


def judge(advance: Advance, states: States, target: Array) -> Array:
    """Each token of a target, its log p, and that of the likeliest; zeros behind its end."""
    before, told = np.zeros((len(target), 1), int), []
    for place in range(target.shape[1]):
        states, logarithms = advance(states, before, place)
        before = target[:, place, None]
        own = np.take_along_axis(logarithms[:, 0], before.astype(int), axis=1)
        told.append(np.concatenate([before, own, logarithms[:, 0].max(axis=1, keepdims=True)], axis=1))
    return np.where(target[..., None] != 0, np.stack(told, axis=1), 0)


def write(advance: Advance, states: States, steps: int, beam: int) -> Array:
    """The likeliest target a token, as far as the beam sees: token, log p, and that of the likeliest token there."""
    batch, rows = len(states[0]), np.arange(len(states[0]))[:, None]
    states = [np.repeat(one, beam, axis=1) for one in states]
    tokens, lengths = np.zeros((batch, beam), int), np.zeros((batch, beam))
    scores, written = np.full((batch, beam), FAR_BELOW), np.zeros((batch, beam, steps, 3))
    scores[:, 0] = 0
    for place in range(steps):
        states, logarithms = advance(states, tokens, place)
        entries, ended = logarithms.shape[-1], (tokens == 0)[..., None] & (place > 0)
        token = np.arange(entries)
        added = np.where(ended, np.where(token == 0, 0, FAR_BELOW), np.where(token < 2, FAR_BELOW, logarithms))
        total = (scores[..., None] + added).reshape(batch, -1)
        found = np.argsort(-total, axis=1, kind="stable")[:, :beam]
        parent, chosen = found // entries, found % entries
        new = np.stack([chosen, added.reshape(batch, -1)[rows, found], logarithms.max(-1)[rows, parent]], axis=-1)
        states, written = [one[rows, parent] for one in states], written[rows, parent]
        written[:, :, place] = np.where(chosen[..., None] != 0, new, 0)
        scores, lengths = total[rows, found], lengths[rows, parent] + (chosen != 0)
        tokens = np.where(chosen == entries - 1, 0, chosen)
    best = np.argmax(scores / np.maximum(lengths, 1), axis=1)
    return np.asarray(written[rows[:, 0], best])


def judged_or_written(advance: Advance, states: States, source: Array, target: Array, beam: int) -> Array:
    """Judged where a target comes in, written where none does, zeros where there is no source."""
    given, asked = (np.any(side != 0, axis=1)[:, None, None] for side in (target, source))
    told: Any = np.zeros((*target.shape, 3))
    told = np.where(given, judge(advance, states, target), told) if given.any() else told
    told = np.where(asked & ~given, write(advance, states, target.shape[1], beam), told) if not given.all() else told
    return told.astype(states[0].dtype)


def translate(
    source: Array, target: Array, read: Array, embedding: Array, bias: Array, cell: Sequence[Array],
    looking: Sequence[Array], beam: int,
) -> Array:  # fmt: skip
    """h_t = GRU([sqrt(features) E y_(t-1), s], h_(t-1)), which looks at the steps M that were read, of which s is the
    mean: g_t = tanh([h_t, softmax(h_t W (M V)^T) M] C + c); log p(y_t) = log softmax(g_t E^T + b)."""
    weight, back, cell_bias, back_bias = cell
    query, key, combine, combine_bias = looking
    real = np.any(read != 0, axis=-1)
    mean = read.sum(axis=1) / np.maximum(real.sum(axis=1, keepdims=True), 1).astype(read.dtype)

    def advance(states: States, tokens: Array, place: int) -> tuple[States, Array]:
        rows = rows_of(embedding, tokens)
        wide = np.broadcast_to(mean[:, None], (*rows.shape[:2], read.shape[-1]))
        h = gru_step(states[0], dense(np.concatenate([rows, wide], axis=-1), weight, cell_bias), back, back_bias)
        scores = np.where(real[:, None], (h @ query) @ (read @ key).swapaxes(1, 2), FAR_BELOW)
        seen = np.tanh(dense(np.concatenate([h, softmax(scores) @ read], axis=-1), combine, combine_bias))
        return [h], log_softmax(dense(seen, embedding.T, bias))

    start = np.zeros((len(read), 1, len(back)), read.dtype)
    return judged_or_written(advance, [start], source, target, beam)


def norm_of(x: Array, learnt: Sequence[Array]) -> Array:
    """A LayerNorm by its scale and bias."""
    scale, bias = learnt
    return layer_norm(x, scale, bias, 1e-5)


def look(queries: Array, read: Sequence[Array], seen: Array) -> Array:
    """The values, weighted by how well their keys fit; of each head, side by side."""
    keys, values = read
    scores = (queries[..., None, :] * keys).sum(axis=-1) / math.sqrt(queries.shape[-1])
    weights = softmax(np.where(seen, scores, FAR_BELOW))
    return np.asarray((weights[..., None] * values).sum(axis=-2)).reshape(*queries.shape[:2], -1)


def translate_by_blocks(
    source: Array, target: Array, read: Array, embedding: Array, places: Array, bias: Array, norm: Sequence[Array],
    blocks: Sequence[Sequence[Sequence[Array]]], heads: int, beam: int,
) -> Array:  # fmt: skip
    """h^0_t = sqrt(features) E y_(t-1) + P_t; each block looks at earlier steps, then at those that were read, and has
    two Dense layers, each behind a norm and added; log p(y_t) = log softmax(norm(h_t) E^T + b)."""
    batch, (steps, features) = len(read), places.shape
    size, real = features // heads, np.any(read != 0, axis=-1)[:, None, None]

    def parted(x: Array, parts: int) -> Array:
        return np.moveaxis(x.reshape(*x.shape[:2], parts, heads, size), 2, 0)

    of_source = [parted(read @ block[3][1], 2).swapaxes(2, 3)[:, :, None] for block in blocks]

    def advance(states: States, tokens: Array, place: int) -> tuple[States, Array]:
        x, after, number = rows_of(embedding, tokens) + places[place], [], np.arange(steps)
        for place_of, (first, own, second, other, third, hidden, output) in enumerate(blocks):
            queries, key, value = parted(dense(norm_of(x, first), own[0], own[1]), 3)
            kept = zip(states[2 * place_of :], (key, value), strict=False)
            keys, values = (np.where((number == place)[:, None], new[..., None, :], old) for old, new in kept)
            x = x + dense(look(queries, (keys, values), number <= place), own[2], own[3])
            (queries,) = parted(norm_of(x, second) @ other[0], 1)
            x = x + dense(look(queries, of_source[place_of], real), other[2], other[3])
            x = x + dense(gelu(dense(norm_of(x, third), *hidden)), *output)
            after += [keys, values]
        return after, log_softmax(dense(norm_of(x, norm), embedding.T, bias))

    room = np.zeros((batch, 1, heads, steps, size), read.dtype)
    return judged_or_written(advance, [room] * (2 * len(blocks)), source, target, beam)
