"""The functions of layers that translate in PyTorch: a target is judged, or written by a beam."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch

from lamina.exporting.functions.torch_layers import Tensor, dense, gelu, layer_norm, softmax
from lamina.exporting.functions.torch_sequences import gru_step

States: TypeAlias = list[Tensor]
Advance: TypeAlias = Callable[[States, Tensor, int], tuple[States, Tensor]]
"""(states, the last tokens, place) -> states, log p of each next token: all of them (examples, beginnings, ...)."""
FAR_BELOW = -1e30


def log_softmax(z: Tensor) -> Tensor:
    """z - log sum_j exp(z_j) over the last axis."""
    return torch.log_softmax(z, dim=-1)


def rows_of(embedding: Tensor, tokens: Tensor) -> Tensor:
    """sqrt(features) E of tokens; zeros for 0."""
    return torch.where(tokens[..., None] == 0, 0.0, math.sqrt(embedding.shape[1]) * embedding[tokens.long()])


def judge(advance: Advance, states: States, target: Tensor) -> Tensor:
    """Each token of a target, its log p, and that of the likeliest; zeros behind its end."""
    before, told = target.new_zeros(len(target), 1), []
    for place in range(target.shape[1]):
        states, logarithms = advance(states, before, place)
        before = target[:, place, None]
        own = logarithms[:, 0].gather(1, before.long())
        told.append(torch.cat([before.to(own.dtype), own, logarithms[:, 0].amax(dim=1, keepdim=True)], dim=1))
    return torch.where(target[..., None] != 0, torch.stack(told, dim=1), 0.0)


def write(advance: Advance, states: States, steps: int, beam: int) -> Tensor:
    """The likeliest target a token, as far as the beam sees: token, log p, and that of the likeliest token there."""
    batch, rows = len(states[0]), torch.arange(len(states[0]))[:, None]
    states = [one.repeat_interleave(beam, dim=1) for one in states]
    tokens, lengths = torch.zeros(batch, beam), torch.zeros(batch, beam)
    scores, written = torch.full((batch, beam), FAR_BELOW), torch.zeros(batch, beam, steps, 3)
    scores[:, 0] = 0
    for place in range(steps):
        states, logarithms = advance(states, tokens, place)
        entries, ended = logarithms.shape[-1], (tokens == 0)[..., None] & (place > 0)
        token = torch.arange(entries)
        staying = torch.where(token == 0, 0.0, FAR_BELOW).expand_as(logarithms)
        added = torch.where(ended, staying, torch.where(token < 2, FAR_BELOW, logarithms))
        total = (scores[..., None] + added).reshape(batch, -1)
        found = torch.sort(total, dim=1, descending=True, stable=True).indices[:, :beam]
        parent, chosen = found // entries, found % entries
        own, likeliest = added.reshape(batch, -1)[rows, found], logarithms.amax(dim=-1)[rows, parent]
        new = torch.stack([chosen.to(own.dtype), own, likeliest], dim=-1)
        states, written = [one[rows, parent] for one in states], written[rows, parent]
        written[:, :, place] = torch.where(chosen[..., None] != 0, new, 0.0)
        scores, lengths = total[rows, found], lengths[rows, parent] + (chosen != 0)
        tokens = torch.where(chosen == entries - 1, 0, chosen)
    best = torch.argmax(scores / lengths.clamp(min=1), dim=1)
    return written[rows[:, 0], best]


def judged_or_written(advance: Advance, states: States, source: Tensor, target: Tensor, beam: int) -> Tensor:
    """Judged where a target comes in, written where none does, zeros where there is no source."""
    given, asked = ((side != 0).any(dim=1)[:, None, None] for side in (target, source))
    told = torch.where(given, judge(advance, states, target), 0.0)
    if given.all():
        return told
    return torch.where(asked & ~given, write(advance, states, target.shape[1], beam), told)


def translate(
    source: Tensor, target: Tensor, read: Tensor, embedding: Tensor, bias: Tensor, cell: Sequence[Tensor],
    looking: Sequence[Tensor], beam: int,
) -> Tensor:  # fmt: skip
    """h_t = GRU([sqrt(features) E y_(t-1), s], h_(t-1)), which looks at the steps M that were read, of which s is the
    mean: g_t = tanh([h_t, softmax(h_t W (M V)^T) M] C + c); log p(y_t) = log softmax(g_t E^T + b)."""
    weight, back, cell_bias, back_bias = cell
    query, key, combine, combine_bias = looking
    real = (read != 0).any(dim=-1)
    mean = read.sum(dim=1) / real.sum(dim=1, keepdim=True).clamp(min=1)

    def advance(states: States, tokens: Tensor, place: int) -> tuple[States, Tensor]:
        rows = rows_of(embedding, tokens)
        wide = mean[:, None].expand(*rows.shape[:2], -1)
        h = gru_step(states[0], dense(torch.cat([rows, wide], dim=-1), weight, cell_bias), back, back_bias)
        scores = torch.where(real[:, None], (h @ query) @ (read @ key).transpose(1, 2), FAR_BELOW)
        seen = torch.tanh(dense(torch.cat([h, softmax(scores) @ read], dim=-1), combine, combine_bias))
        return [h], log_softmax(dense(seen, embedding.T, bias))

    start = read.new_zeros(len(read), 1, len(back))
    return judged_or_written(advance, [start], source, target, beam)


def norm_of(x: Tensor, learnt: Sequence[Tensor]) -> Tensor:
    """A LayerNorm by its scale and bias."""
    scale, bias = learnt
    return layer_norm(x, scale, bias, 1e-5)


def look(queries: Tensor, read: Sequence[Tensor], seen: Tensor) -> Tensor:
    """The values, weighted by how well their keys fit; of each head, side by side."""
    keys, values = read
    scores = (queries[..., None, :] * keys).sum(dim=-1) / math.sqrt(queries.shape[-1])
    weights = softmax(torch.where(seen, scores, FAR_BELOW))
    return (weights[..., None] * values).sum(dim=-2).flatten(2)


def translate_by_blocks(
    source: Tensor, target: Tensor, read: Tensor, embedding: Tensor, places: Tensor, bias: Tensor,
    norm: Sequence[Tensor], blocks: Sequence[Sequence[Sequence[Tensor]]], heads: int, beam: int,
) -> Tensor:  # fmt: skip
    """h^0_t = sqrt(features) E y_(t-1) + P_t; each block looks at earlier steps, then at those that were read, and has
    two Dense layers, each behind a norm and added; log p(y_t) = log softmax(norm(h_t) E^T + b)."""
    batch, (steps, features) = len(read), places.shape
    size, real = features // heads, (read != 0).any(dim=-1)[:, None, None]

    def parted(x: Tensor, parts: int) -> Tensor:
        return x.reshape(*x.shape[:2], parts, heads, size).movedim(2, 0)

    of_source = [parted(read @ block[3][1], 2).transpose(2, 3)[:, :, None] for block in blocks]

    def advance(states: States, tokens: Tensor, place: int) -> tuple[States, Tensor]:
        x, after, number = rows_of(embedding, tokens) + places[place], [], torch.arange(steps)
        for place_of, (first, own, second, other, third, hidden, output) in enumerate(blocks):
            queries, key, value = parted(dense(norm_of(x, first), own[0], own[1]), 3)
            kept = zip(states[2 * place_of :], (key, value), strict=False)
            keys, values = (torch.where((number == place)[:, None], new[..., None, :], old) for old, new in kept)
            x = x + dense(look(queries, (keys, values), number <= place), own[2], own[3])
            (queries,) = parted(norm_of(x, second) @ other[0], 1)
            x = x + dense(look(queries, of_source[place_of], real), other[2], other[3])
            x = x + dense(gelu(dense(norm_of(x, third), *hidden)), *output)
            after += [keys, values]
        return after, log_softmax(dense(norm_of(x, norm), embedding.T, bias))

    room = read.new_zeros(batch, 1, heads, steps, size)
    return judged_or_written(advance, [room] * (2 * len(blocks)), source, target, beam)
