"""The functions of layers that translate as ONNX nodes: two loops, one judges a target, one writes it by a beam.

What a step of a loop needs from outside goes along as a state that stays as it is: not every runtime lets a loop see
what stands around it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.exporting.forms import Value, Weight
from lamina.exporting.onnx_graph import Graph
from lamina.exporting.onnx_layers import dense, gelu, join, layer_norm
from lamina.exporting.onnx_sequences import TIME_FIRST, gru_step, real_steps
from lamina.layers.attention import FAR_BELOW
from lamina.layers.writing import NEVER_WRITTEN

EPSILON = 1e-5
FLOAT, INT64 = 1, 7

Advance = Callable[[Graph, list[Value], Value, list[Value], list[Value]], tuple[list[Value], Value]]
"""(graph, states, the last tokens, what stays, this place's rows) -> states, log p of each next token: (examples,
beginnings, ...)."""


@dataclass(frozen=True)
class Decoder:
    """What a target is judged or written with.

    Args:
        advance: one token further.
        sizes: of each state, behind (examples, beginnings).
        stays: what each step sees.
        rows: (steps, ...) of which each step sees its own.
        entries: of the vocabulary.
    """

    advance: Advance
    sizes: tuple[tuple[int, ...], ...]
    stays: list[Value]
    rows: list[Numpy]
    entries: int


def translate(
    g: Graph, source: Value, target: Value, read: Value, embedding: Weight, bias: Weight, cell: Sequence[Weight],
    looking: Sequence[Weight], beam: int,
) -> Value:  # fmt: skip
    """h_t = GRU([sqrt(features) E y_(t-1), s], h_(t-1)); log p from tanh([h_t, what it looks at] C + c) E^T + b."""
    weight, back, cell_bias, back_bias = cell
    query, key, combine, combine_bias = looking
    real = g.op("Cast", real_steps(g, read), to=FLOAT)
    count = g.op("Max", g.op("ReduceSum", real, [1], keepdims=1), 1.0)
    mean = g.op("Div", g.op("ReduceSum", read, [1], keepdims=1), count)
    turned = g.op("Transpose", g.op("MatMul", read, key), perm=[0, 2, 1])

    def advance(
        g: Graph, states: list[Value], tokens: Value, stays: list[Value], rows: list[Value]
    ) -> tuple[list[Value], Value]:
        read, real, mean, keys = stays
        own = _rows_of(g, embedding, tokens)
        shape = g.op("Concat", g.op("Shape", own, start=0, end=2), g.op("Shape", mean, start=2, end=3), axis=0)
        z = dense(g, join(g, own, g.op("Expand", mean, shape)), weight, cell_bias)
        h = gru_step(g, states[0], z, back, back_bias)
        scores = g.op("MatMul", g.op("MatMul", h, query), keys)
        seen = g.op("Greater", g.op("Transpose", real, perm=[0, 2, 1]), 0.5)
        shares = g.op("Softmax", g.op("Where", seen, scores, FAR_BELOW), axis=-1)
        both = dense(g, join(g, h, g.op("MatMul", shares, read)), combine, combine_bias)
        return [h], _logarithms(g, g.op("Tanh", both), embedding, bias)

    sizes, entries = ((len(back.array),),), len(embedding.array)
    decoder = Decoder(advance, sizes, [read, real, mean, turned], [], entries)
    return _judged_or_written(g, decoder, source, target, beam)


def translate_by_blocks(
    g: Graph, source: Value, target: Value, read: Value, embedding: Weight, places: Weight, bias: Weight,
    norm: Sequence[Weight], blocks: Sequence[Sequence[Sequence[Weight]]], heads: int, beam: int,
) -> Value:  # fmt: skip
    """Each block looks at earlier steps, then at those that were read, and has two Dense layers."""
    steps, features = places.array.shape
    size = features // heads
    real = g.op("Unsqueeze", g.op("Transpose", g.op("Cast", real_steps(g, read), to=FLOAT), perm=[0, 2, 1]), [1])

    def of_source(block: Sequence[Sequence[Weight]]) -> list[Value]:
        parts = g.op("Reshape", g.op("MatMul", read, block[3][1]), [0, 0, 2, heads, size])
        turned = g.op("Transpose", parts, perm=[2, 0, 3, 1, 4])
        return [g.op("Unsqueeze", g.op("Gather", turned, np.int64(part), axis=0), [1]) for part in range(2)]

    def advance(
        g: Graph, states: list[Value], tokens: Value, stays: list[Value], rows: list[Value]
    ) -> tuple[list[Value], Value]:
        row, here, earlier = rows
        x, after = g.op("Add", _rows_of(g, embedding, tokens), row), list[Value]()
        now, seen = g.op("Greater", g.op("Unsqueeze", here, [-1]), 0.5), g.op("Greater", earlier, 0.5)
        known = g.op("Greater", stays[0], 0.5)
        for number, (first, own, second, other, third, hidden, output) in enumerate(blocks):
            queries, *new = _parted(g, dense(g, _norm(g, x, first), own[0], own[1]), 3, heads, size)
            kept = [
                g.op("Where", now, g.op("Unsqueeze", one, [-2]), old)
                for one, old in zip(new, states[2 * number : 2 * number + 2], strict=True)
            ]
            x = g.op("Add", x, dense(g, _look(g, queries, kept, seen, size), own[2], own[3]))
            asked = g.op("MatMul", _norm(g, x, second), other[0])
            (queries,) = _parted(g, asked, 1, heads, size)
            read_here = stays[1 + 2 * number : 3 + 2 * number]
            x = g.op("Add", x, dense(g, _look(g, queries, read_here, known, size), other[2], other[3]))
            inner = gelu(g, dense(g, _norm(g, x, third), *hidden))
            x = g.op("Add", x, dense(g, inner, *output))
            after += kept
        return after, _logarithms(g, _norm(g, x, norm), embedding, bias)

    rows = [places.array, np.eye(steps, dtype=np.float32), np.tri(steps, dtype=np.float32)]
    stays = [real, *(one for block in blocks for one in of_source(block))]
    sizes = ((heads, steps, size),) * (2 * len(blocks))
    return _judged_or_written(g, Decoder(advance, sizes, stays, rows, len(embedding.array)), source, target, beam)


def _judged_or_written(g: Graph, decoder: Decoder, source: Value, target: Value, beam: int) -> Value:
    """Judged where a target comes in, written where none does, zeros where there is no source."""
    tokens = g.op("Cast", target, to=FLOAT)
    given, asked = (
        g.op("Greater", g.op("ReduceMax", g.op("Abs", g.op("Cast", side, to=FLOAT)), [1], keepdims=1), 0.0)
        for side in (target, source)
    )
    given, asked = (g.op("Unsqueeze", one, [2]) for one in (given, asked))
    written = g.op("Where", asked, _written(g, decoder, tokens, beam), 0.0)
    return g.op("Where", given, _judged(g, decoder, tokens), written)


def _judged(g: Graph, decoder: Decoder, target: Value) -> Value:
    """Each token of a target, its log p, and that of the likeliest; zeros behind its end."""
    now = g.op("Unsqueeze", g.op("Transpose", target, perm=[1, 0]), [2])
    start = [*_start(g, decoder, target, 1), _zeros(g, target, (1,))]

    def body(g: Graph, states: list[Value], now: list[Value]) -> tuple[list[Value], list[Value]]:
        count = len(decoder.sizes)
        stays = states[count + 1 :]
        after, logarithms = decoder.advance(g, states[:count], states[count], stays, now[1:])
        own = _picked(g, logarithms, now[0], decoder.entries)
        best = g.op("ReduceMax", logarithms, [2], keepdims=1)
        told = g.op("Concat", g.op("Unsqueeze", now[0], [2]), g.op("Unsqueeze", own, [2]), best, axis=2)
        told = g.op("Squeeze", told, [1])
        real = g.op("Not", g.op("Equal", now[0], 0.0))
        return [*after, now[0], *stays], [g.op("Where", real, told, 0.0)]

    _, every = g.scan([*start, *decoder.stays], [now, *map(g.name_of, decoder.rows)], body)
    return g.transpose(every[0], TIME_FIRST)


def _written(g: Graph, decoder: Decoder, target: Value, beam: int) -> Value:
    """The likeliest target a token, as far as the beam sees."""
    steps = g.op("Shape", target, start=1, end=2)
    one_hot = g.op("EyeLike", g.op("Expand", 0.0, g.op("Concat", steps, steps, axis=0)), dtype=FLOAT)
    first = np.where(np.arange(beam) == 0, 0, FAR_BELOW).astype(np.float32)
    shape = g.op("Concat", g.op("Shape", target, start=0, end=1), [beam], axis=0)
    room = g.op("Concat", shape, steps, [3], axis=0)
    start = [
        *_start(g, decoder, target, beam), _zeros(g, target, (beam,)), g.op("Expand", first[None], shape),
        _zeros(g, target, (beam,)), g.op("Expand", 0.0, room),
    ]  # fmt: skip

    def body(g: Graph, states: list[Value], now: list[Value]) -> tuple[list[Value], list[Value]]:
        count = len(decoder.sizes)
        stays = states[count + 4 :]
        after, logarithms = decoder.advance(g, states[:count], states[count], stays, now[1:])
        grown = _grown(g, decoder, after, states[count : count + 4], logarithms, now[0], beam)
        return [*grown, *stays], []

    last, _ = g.scan([*start, *decoder.stays], [one_hot, *map(g.name_of, decoder.rows)], body)
    _, scores, lengths, written = last[len(decoder.sizes) : len(decoder.sizes) + 4]
    mean = g.op("Div", scores, g.op("Max", lengths, 1.0))
    best = g.op("ArgMax", mean, axis=1, keepdims=1)
    return g.op("Squeeze", _of_parent(g, written, best, 4), [1])


def _grown(
    g: Graph, decoder: Decoder, states: list[Value], beam_now: list[Value], logarithms: Value, here: Value, beam: int
) -> list[Value]:
    """The likeliest beginnings that are one token longer; those that have ended stay as they are."""
    tokens, scores, lengths, written = beam_now
    token = np.arange(decoder.entries)
    staying = np.where(token == 0, 0, FAR_BELOW).astype(np.float32)
    is_first = g.op("Greater", g.op("Slice", here, [0], [1], [0]), 0.5)
    ended = g.op("And", g.op("Equal", tokens, 0.0), g.op("Not", is_first))
    possible = g.op("Where", token < NEVER_WRITTEN, FAR_BELOW, logarithms)
    added = g.op("Where", g.op("Unsqueeze", ended, [2]), staying, possible)
    total = g.op("Flatten", g.op("Add", g.op("Unsqueeze", scores, [2]), added), axis=1)
    scores, found = g.ops("TopK", 2, total, [beam], axis=1)
    parent, chosen = (g.op(kind, found, np.int64(decoder.entries)) for kind in ("Div", "Mod"))
    named = g.op("Cast", chosen, to=FLOAT)
    own = _picked(g, _of_parent(g, added, parent, 3), named, decoder.entries)
    likeliest = _of_parent(g, g.op("ReduceMax", logarithms, [2], keepdims=0), parent, 2)
    goes_on = g.op("Not", g.op("Equal", named, 0.0))
    new = g.op("Concat", *(g.op("Unsqueeze", one, [2]) for one in (named, own, likeliest)), axis=2)
    new = g.op("Where", g.op("Unsqueeze", goes_on, [2]), new, 0.0)
    now = g.op("Greater", g.op("Unsqueeze", here, [1]), 0.5)
    written = g.op("Where", now, g.op("Unsqueeze", new, [2]), _of_parent(g, written, parent, 4))
    lengths = g.op("Add", _of_parent(g, lengths, parent, 2), g.op("Cast", goes_on, to=FLOAT))
    tokens = g.op("Where", g.op("Equal", named, float(decoder.entries - 1)), 0.0, named)
    kept = [_of_parent(g, one, parent, 2 + len(size)) for one, size in zip(states, decoder.sizes, strict=True)]
    return [*kept, tokens, scores, lengths, written]


def _of_parent(g: Graph, values: Value, parent: Value, rank: int) -> Value:
    """values (batch, beam, ...) at the places parent (batch, some) of the second axis."""
    places = g.op("Unsqueeze", parent, list(range(2, rank))) if rank > 2 else parent
    if rank > 2:
        shape = g.op("Concat", g.op("Shape", parent), g.op("Shape", values, start=2), axis=0)
        places = g.op("Expand", places, shape)
    return g.op("GatherElements", values, places, axis=1)


def _picked(g: Graph, values: Value, places: Value, count: int) -> Value:
    """Of the last axis of values (examples, beginnings, count) the number at each place (examples, beginnings)."""
    chosen = g.op("Equal", np.arange(count, dtype=np.float32), g.op("Unsqueeze", places, [2]))
    return g.op("ReduceSum", g.op("Where", chosen, values, 0.0), [2], keepdims=0)


def _start(g: Graph, decoder: Decoder, target: Value, beam: int) -> list[Value]:
    return [_zeros(g, target, (beam, *size)) for size in decoder.sizes]


def _zeros(g: Graph, like: Value, sizes: tuple[int, ...]) -> Value:
    """Zeros for each example."""
    return g.op("Expand", 0.0, g.op("Concat", g.op("Shape", like, start=0, end=1), list(sizes), axis=0))


def _rows_of(g: Graph, embedding: Weight, tokens: Value) -> Value:
    """sqrt(features) E of tokens; zeros for 0."""
    rows = g.op("Gather", embedding, g.op("Cast", tokens, to=INT64), axis=0)
    empty = g.op("Unsqueeze", g.op("Equal", tokens, 0.0), [-1])
    return g.op("Where", empty, 0.0, g.op("Mul", rows, math.sqrt(embedding.array.shape[1])))


def _logarithms(g: Graph, seen: Value, embedding: Weight, bias: Weight) -> Value:
    """log softmax(seen E^T + b)."""
    turned = Weight(f"{embedding.name}_turned", np.ascontiguousarray(embedding.array.T))
    return g.op("LogSoftmax", dense(g, seen, turned, bias), axis=-1)


def _norm(g: Graph, x: Value, learnt: Sequence[Weight]) -> Value:
    """A LayerNorm by its scale and bias."""
    scale, bias = learnt
    return layer_norm(g, x, scale, bias, EPSILON)


def _parted(g: Graph, x: Value, parts: int, heads: int, size: int) -> list[Value]:
    """Queries, keys and values of each head: (examples, beginnings, heads, size)."""
    whole = g.op("Reshape", x, [0, 0, parts, heads, size])
    return [g.op("Gather", whole, np.int64(part), axis=2) for part in range(parts)]


def _look(g: Graph, queries: Value, keys_values: Sequence[Value], seen: Value, size: int) -> Value:
    """The values, weighted by how well their keys fit; of each head, side by side."""
    keys, values = keys_values
    scores = g.op("ReduceSum", g.op("Mul", g.op("Unsqueeze", queries, [-2]), keys), [-1], keepdims=0)
    scores = g.op("Where", seen, g.op("Div", scores, math.sqrt(size)), FAR_BELOW)
    shares = g.op("Unsqueeze", g.op("Softmax", scores, axis=-1), [-1])
    return g.op("Reshape", g.op("ReduceSum", g.op("Mul", shares, values), [-2], keepdims=0), [0, 0, -1])
