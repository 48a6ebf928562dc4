"""The functions of layers that translate in Keras: a target is judged, or written by a beam."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

from keras import ops

from lamina.exporting.functions.keras_layers import Tensor, dense, gelu, layer_norm, softmax
from lamina.exporting.functions.keras_sequences import gru_step, real_steps

States: TypeAlias = list[Tensor]
Advance: TypeAlias = Callable[[States, Tensor, int], tuple[States, Tensor]]
"""(states, the last tokens, place) -> states, log p of each next token: all of them (examples, beginnings, ...)."""
FAR_BELOW = -1e30


def log_softmax(z: Tensor) -> Tensor:
    """z - log sum_j exp(z_j) over the last axis."""
    return ops.log_softmax(z, axis=-1)


def rows_of(embedding: Tensor, tokens: Tensor) -> Tensor:
    """sqrt(features) E of tokens; zeros for 0."""
    rows = math.sqrt(embedding.shape[1]) * ops.take(embedding, ops.cast(tokens, "int32"), axis=0)
    return ops.where(ops.expand_dims(ops.equal(tokens, 0), -1), 0.0, rows)


def judge(advance: Advance, states: States, target: Tensor) -> Tensor:
    """Each token of a target, its log p, and that of the likeliest; zeros behind its end."""
    before, told = ops.zeros_like(target[:, :1]), []
    for place in range(target.shape[1]):
        states, logarithms = advance(states, before, place)
        before = target[:, place : place + 1]
        own = ops.take_along_axis(logarithms[:, 0], ops.cast(before, "int32"), axis=1)
        best = ops.max(logarithms[:, 0], axis=1, keepdims=True)
        told.append(ops.concatenate([ops.cast(before, own.dtype), own, best], axis=1))
    return ops.where(ops.expand_dims(ops.not_equal(target, 0), -1), ops.stack(told, axis=1), 0.0)


def of_parent(values: Tensor, parent: Tensor) -> Tensor:
    """What belongs to the beginning that was grown: values (batch, beam, ...) at places (batch, beam)."""
    places = ops.reshape(parent, (*parent.shape, *[1] * (len(values.shape) - 2)))
    return ops.take_along_axis(values, ops.broadcast_to(places, values.shape), axis=1)


def write(advance: Advance, states: States, steps: int, beam: int) -> Tensor:
    """The likeliest target a token, as far as the beam sees: token, log p, and that of the likeliest token there."""
    batch = states[0].shape[0]
    states = [ops.repeat(one, beam, axis=1) for one in states]
    tokens, lengths = ops.zeros((batch, beam)), ops.zeros((batch, beam))
    told: list[Tensor] = []
    scores = ops.concatenate([ops.zeros((batch, 1)), ops.full((batch, beam - 1), FAR_BELOW)], axis=1)
    for place in range(steps):
        states, logarithms = advance(states, tokens, place)
        entries = logarithms.shape[-1]
        token, ended = ops.arange(entries), ops.expand_dims(ops.logical_and(ops.equal(tokens, 0), place > 0), -1)
        possible = ops.where(token < 2, FAR_BELOW, logarithms)
        added = ops.where(ended, ops.where(ops.equal(token, 0), 0.0, FAR_BELOW), possible)
        total = ops.reshape(ops.expand_dims(scores, -1) + added, (batch, -1))
        scores, found = ops.top_k(total, beam)
        parent, chosen = found // entries, found % entries
        own = ops.take_along_axis(ops.reshape(added, (batch, -1)), found, axis=1)
        new = ops.stack([ops.cast(chosen, own.dtype), own, of_parent(ops.max(logarithms, axis=-1), parent)], axis=-1)
        states, told = [of_parent(one, parent) for one in states], [of_parent(one, parent) for one in told]
        told.append(ops.where(ops.expand_dims(ops.not_equal(chosen, 0), -1), new, 0.0))
        lengths = of_parent(lengths, parent) + ops.cast(ops.not_equal(chosen, 0), lengths.dtype)
        tokens = ops.where(ops.equal(chosen, entries - 1), 0, chosen)
    chosen = ops.one_hot(ops.argmax(scores / ops.maximum(lengths, 1.0), axis=1), beam)[:, :, None, None]
    return ops.sum(ops.stack(told, axis=2) * chosen, axis=1)


def judged_or_written(advance: Advance, states: States, source: Tensor, target: Tensor, beam: int) -> Tensor:
    """Judged where a target comes in, written where none does, zeros where there is no source."""
    given, asked = (ops.any(ops.not_equal(side, 0), axis=1)[:, None, None] for side in (target, source))
    written = ops.where(asked, write(advance, states, target.shape[1], beam), 0.0)
    return ops.where(given, judge(advance, states, target), written)


def translate(
    source: Tensor, target: Tensor, read: Tensor, embedding: Tensor, bias: Tensor, cell: Sequence[Tensor],
    looking: Sequence[Tensor], beam: int,
) -> Tensor:  # fmt: skip
    """h_t = GRU([sqrt(features) E y_(t-1), s], h_(t-1)), which looks at the steps M that were read, of which s is the
    mean: g_t = tanh([h_t, softmax(h_t W (M V)^T) M] C + c); log p(y_t) = log softmax(g_t E^T + b)."""
    weight, back, cell_bias, back_bias = cell
    query, key, combine, combine_bias = looking
    real = real_steps(read)
    count = ops.sum(ops.cast(real, read.dtype), axis=1)
    mean = ops.expand_dims(ops.sum(read, axis=1) / ops.maximum(count, 1.0), 1)

    def advance(states: States, tokens: Tensor, place: int) -> tuple[States, Tensor]:
        rows = rows_of(embedding, tokens)
        both = ops.concatenate([rows, ops.repeat(mean, rows.shape[1], axis=1)], axis=-1)
        h = gru_step(states[0], dense(both, weight, cell_bias), back, back_bias)
        scores = ops.matmul(ops.matmul(h, query), ops.swapaxes(ops.matmul(read, key), 1, 2))
        scores = ops.where(ops.swapaxes(real, 1, 2), scores, FAR_BELOW)
        both = ops.concatenate([h, ops.matmul(softmax(scores), read)], axis=-1)
        return [h], log_softmax(dense(ops.tanh(dense(both, combine, combine_bias)), ops.transpose(embedding), bias))

    start = ops.zeros((read.shape[0], 1, back.shape[0]), read.dtype)
    return judged_or_written(advance, [start], source, target, beam)


def norm_of(x: Tensor, learnt: Sequence[Tensor]) -> Tensor:
    """A LayerNorm by its scale and bias."""
    scale, bias = learnt
    return layer_norm(x, scale, bias, 1e-5)


def look(queries: Tensor, read: Sequence[Tensor], seen: Tensor) -> Tensor:
    """The values, weighted by how well their keys fit; of each head, side by side."""
    keys, values = read
    scores = ops.sum(ops.expand_dims(queries, -2) * keys, axis=-1) / math.sqrt(queries.shape[-1])
    weights = softmax(ops.where(seen, scores, FAR_BELOW))
    joined = ops.sum(ops.expand_dims(weights, -1) * values, axis=-2)
    return ops.reshape(joined, (*joined.shape[:2], -1))


def translate_by_blocks(
    source: Tensor, target: Tensor, read: Tensor, embedding: Tensor, places: Tensor, bias: Tensor,
    norm: Sequence[Tensor], blocks: Sequence[Sequence[Sequence[Tensor]]], heads: int, beam: int,
) -> Tensor:  # fmt: skip
    """h^0_t = sqrt(features) E y_(t-1) + P_t; each block looks at earlier steps, then at those that were read, and has
    two Dense layers, each behind a norm and added; log p(y_t) = log softmax(norm(h_t) E^T + b)."""
    batch, (steps, features) = read.shape[0], places.shape
    size, real = features // heads, ops.expand_dims(ops.swapaxes(real_steps(read), 1, 2), 1)

    def parted(x: Tensor, parts: int) -> list[Tensor]:
        whole = ops.reshape(x, (*x.shape[:2], parts, heads, size))
        return [whole[:, :, part] for part in range(parts)]

    def of_source(block: Sequence[Sequence[Tensor]]) -> list[Tensor]:
        both = parted(ops.matmul(read, block[3][1]), 2)
        return [ops.expand_dims(ops.swapaxes(one, 1, 2), 1) for one in both]

    looked_at = [of_source(block) for block in blocks]

    def advance(states: States, tokens: Tensor, place: int) -> tuple[States, Tensor]:
        x, after, number = rows_of(embedding, tokens) + places[place], [], ops.arange(steps)
        here = ops.expand_dims(ops.equal(number, place), -1)
        for place_of, (first, own, second, other, third, hidden, output) in enumerate(blocks):
            queries, key, value = parted(dense(norm_of(x, first), own[0], own[1]), 3)
            kept = zip(states[2 * place_of :], (key, value), strict=False)
            keys, values = (ops.where(here, ops.expand_dims(new, -2), old) for old, new in kept)
            x = x + dense(look(queries, (keys, values), number <= place), own[2], own[3])
            (queries,) = parted(ops.matmul(norm_of(x, second), other[0]), 1)
            x = x + dense(look(queries, looked_at[place_of], real), other[2], other[3])
            x = x + dense(gelu(dense(norm_of(x, third), *hidden)), *output)
            after += [keys, values]
        return after, log_softmax(dense(norm_of(x, norm), ops.transpose(embedding), bias))

    room = ops.zeros((batch, 1, heads, steps, size), read.dtype)
    return judged_or_written(advance, [room] * (2 * len(blocks)), source, target, beam)
