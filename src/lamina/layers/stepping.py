"""One step at a time: what a network gives for the newest step of a sequence, from what it kept of the earlier ones.

Writing a text of n characters this way costs n steps; reading all that stands before each character again costs n^2.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from lamina.arrays import Array, Params, Shape
from lamina.errors import SettingError
from lamina.layers.activations import Activation
from lamina.layers.attention import PositionalEmbedding, TransformerBlock
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.dense import Dense, Linear
from lamina.layers.dropout import Dropout
from lamina.layers.embedding import Embedding
from lamina.layers.normalization import LayerNorm
from lamina.layers.recurrent import GRU, LSTM, Recurrent

EACH_BY_ITSELF = (Activation, Dense, Dropout, Embedding, LayerNorm, Linear)
"""Layers that do the same at every step and look at no other."""
Kept: TypeAlias = Any
"""What is kept of earlier steps: a tree of arrays."""


def steps_alone(layer: Layer) -> bool:
    """Whether each step's output hangs on earlier steps alone, and can be found from what was kept of them.

    Example:
        >>> from lamina import GRU, LSTM, Bidirectional
        >>> steps_alone(LSTM(4, return_sequence=True)), steps_alone(Bidirectional(GRU(4, return_sequence=True)))
        (True, False)
    """
    if isinstance(layer, Sequential):
        return all(map(steps_alone, layer.layers))
    if isinstance(layer, Recurrent | LSTM | GRU):
        return layer.return_sequence and not layer.reverse and not layer.skip_padding
    if isinstance(layer, TransformerBlock):
        return layer.causal and not layer.skip_padding
    return isinstance(layer, (PositionalEmbedding, *EACH_BY_ITSELF))


def begin(layer: Layer, batch: int, shape: Shape) -> Kept:
    """What is kept before the first step, of sequences of this shape: (steps,) or (steps, features).

    Raises:
        SettingError: a layer that looks at later steps.
    """
    if not steps_alone(layer):
        raise SettingError(f"going step by step needs layers that look at earlier steps only; got {layer!r}")
    if isinstance(layer, Sequential):
        kept = []
        for inner in layer.layers:
            kept.append(begin(inner, batch, shape))
            shape = inner.output_shape(shape)
        return tuple(kept)
    if isinstance(layer, Recurrent | LSTM | GRU):
        return layer.start(batch)
    return layer.attention.start(batch, shape) if isinstance(layer, TransformerBlock) else ()


def advance(layer: Layer, params: Params, kept: Kept, x: Array, place: Array) -> tuple[Kept, Array]:
    """The output at step `place`, and what is kept after it.

    Shapes:
        x: (batch,) of entries, or (batch, features). Output: (batch, features).

    Example:
        >>> import jax, jax.numpy as jnp, lamina
        >>> layer, x = lamina.GRU(4, return_sequence=True), jnp.ones((1, 3, 2))
        >>> params, _ = layer.init(jax.random.key(0), x)
        >>> kept = begin(layer, 1, (3, 2))
        >>> for place in range(3):
        ...     kept, y = advance(layer, params, kept, x[:, place], place)
        >>> bool(jnp.allclose(y, layer.forward(params, x)[:, -1], atol=1e-6))
        True
    """
    if isinstance(layer, Sequential):
        after = []
        for number, inner in enumerate(layer.layers):
            now, x = advance(inner, params.get(str(number), {}), kept[number], x, place)
            after.append(now)
        return tuple(after), x
    if isinstance(layer, Recurrent | LSTM | GRU):
        carried = layer.step(params, kept, x @ params["input_weight"] + params["bias"])
        return carried, carried[0]
    if isinstance(layer, TransformerBlock):
        return layer.step(params, kept, x, place)
    if isinstance(layer, PositionalEmbedding):
        return kept, x + params["weight"][place]
    return kept, layer.apply(params, {}, x[:, None])[0][:, 0]
