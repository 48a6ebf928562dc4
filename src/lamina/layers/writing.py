"""Writing a sequence token by token: a beam of the likeliest beginnings, all examples at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from lamina.arrays import Array, jax, jnp
from lamina.layers.attention import FAR_BELOW

States: TypeAlias = Any
"""What is carried from token to token: a tree of arrays."""
NEVER_WRITTEN = 2
"""The first tokens, padding and unknown, are none that can be written."""


class Writing(NamedTuple):
    """What is written with.

    Args:
        advance: (states, tokens, place) -> (states, log p of each next token): a tree of (batch, beam, ...) and
            (batch, beam) to such a tree and (batch, beam, entries).
        start: a tree of (batch, beam, ...), the states before the first token; token 0 comes before it.
        steps: the most tokens that are written.
        end: the token that ends a sequence.
    """

    advance: Callable[[States, Array, Array], tuple[States, Array]]
    start: States
    steps: int
    end: int


class Beam(NamedTuple):
    """The beginnings that are kept, the best first: (batch, beam, ...).

    Args:
        states: of the decoder after the last but one token.
        tokens: the last token, 0 where the sequence has ended.
        scores: the sum of log p of all tokens.
        lengths: how many tokens there are.
        written: (batch, beam, steps, 3): each token, its log p, and that of the likeliest token there.
    """

    states: States
    tokens: Array
    scores: Array
    lengths: Array
    written: Array


def write(writing: Writing) -> Array:
    """The likeliest sequence a token, as far as the beam sees: (batch, steps, 3), zeros behind the end.

    The score of a sequence is its log p over its number of tokens. One that has no end after `steps` tokens counts
    like one that has.

    Source:
        Graves, Sequence Transduction with Recurrent Neural Networks (2012), section 2.5; Sutskever, Vinyals and Le
        (2014), section 3.2: a beginning that ends leaves its place in the beam to none. The score is that of Wu et
        al., Google's Neural Machine Translation System (2016), equation 14, with alpha 1 and beta 0.
    """

    def step(beam: Beam, place: Array) -> tuple[Beam, None]:
        return _grown(writing, beam, place), None

    beam, _ = jax.lax.scan(step, _first(writing), jnp.arange(writing.steps))
    best = jnp.argmax(beam.scores / jnp.maximum(beam.lengths, 1), axis=1)
    found: Array = jnp.take_along_axis(beam.written, best[:, None, None, None], axis=1)[:, 0]
    return found


def _first(writing: Writing) -> Beam:
    """Nothing written; all places but the first count as impossible, so that the beam does not hold copies."""
    some = jax.tree.leaves(writing.start)[0]
    (batch, width), kind = some.shape[:2], some.dtype
    scores = jnp.where(jnp.arange(width) == 0, 0, FAR_BELOW).astype(kind)
    return Beam(
        writing.start, jnp.zeros((batch, width), jnp.int32), jnp.broadcast_to(scores, (batch, width)),
        jnp.zeros((batch, width), kind), jnp.zeros((batch, width, writing.steps, 3), kind),
    )  # fmt: skip


def _grown(writing: Writing, beam: Beam, place: Array) -> Beam:
    """The likeliest beginnings that are one token longer; those that have ended stay as they are."""
    states, logarithms = writing.advance(beam.states, beam.tokens, place)
    batch, width, entries = logarithms.shape
    ended = (beam.tokens == 0) & (place > 0)
    likeliest = jnp.max(logarithms, axis=-1)
    token = jnp.arange(entries)
    possible = jnp.where(token < NEVER_WRITTEN, FAR_BELOW, logarithms)
    staying = jnp.where(token == 0, jnp.zeros_like(logarithms), FAR_BELOW)
    added = jnp.where(ended[..., None], staying, possible)
    total = (beam.scores[..., None] + added).reshape(batch, width * entries)
    scores, found = jax.lax.top_k(total, width)
    parent, chosen = found // entries, found % entries

    def of_parent(values: Array) -> Array:
        return jnp.take_along_axis(values, parent.reshape(parent.shape + (1,) * (values.ndim - 2)), axis=1)

    own = jnp.take_along_axis(added.reshape(batch, width * entries), found, axis=1)
    new = jnp.stack([chosen.astype(own.dtype), own, of_parent(likeliest)], axis=-1)
    new = jnp.where((chosen != 0)[..., None], new, 0)
    here = jnp.arange(writing.steps)[:, None] == place
    written = jnp.where(here, new[..., None, :], of_parent(beam.written))
    tokens = jnp.where(chosen == writing.end, 0, chosen).astype(jnp.int32)
    return Beam(jax.tree.map(of_parent, states), tokens, scores, of_parent(beam.lengths) + (chosen != 0), written)
