"""How large a network's activations are, from its recipe alone: a file that asks for terabytes is refused."""

from __future__ import annotations

import math

from lamina.arrays import Shape
from lamina.errors import SettingError
from lamina.layers.attention import Attention
from lamina.layers.base import Layer
from lamina.layers.transformer_translation import TransformerTranslator
from lamina.layers.translation import Translator
from lamina.layers.walking import layers_with_shapes

MAX_ACTIVATION = 2**28
"""The most numbers that a layer may give for one example: 1 GiB as float32."""

MAX_LAYERS = 10_000


def require_moderate(network: Layer, shape: Shape) -> None:
    """Raise a SettingError for a network with too many layers or too large an activation."""
    for count, (layer, before, after) in enumerate(layers_with_shapes(network, shape)):
        if count >= MAX_LAYERS:
            raise SettingError(f"the network has more than {MAX_LAYERS:,} layers")
        numbers = _largest(layer, before, after)
        if numbers > MAX_ACTIVATION:
            raise SettingError(
                f"{layer!r} would give {numbers:,} numbers for one example; at most {MAX_ACTIVATION:,} are taken"
            )


def _largest(layer: Layer, before: Shape, after: Shape) -> int:
    """Numbers of the largest array that one example becomes: the output; in attention, each step by each step; where
    a text is written, each step or each beginning by each entry."""
    looks = layer.heads * before[0] ** 2 if isinstance(layer, Attention) else 0
    if isinstance(layer, TransformerTranslator):
        looks = layer.heads * after[0] * max(after[0], layer.source_steps)
    chosen = 0
    if isinstance(layer, Translator | TransformerTranslator):
        chosen = max(after[0], layer.beam) * layer.entries
    return max(math.prod(after), looks, chosen)
