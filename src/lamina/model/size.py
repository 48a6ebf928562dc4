"""How large a network's activations are, from its recipe alone: a file that asks for terabytes is refused."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lamina.arrays import Shape
from lamina.errors import SettingError
from lamina.layers.attention import Attention, TransformerBlock
from lamina.layers.base import Layer
from lamina.layers.combining import Parallel, Residual, Sequential
from lamina.layers.recurrent import Bidirectional
from lamina.layers.self_play import SelfPlay
from lamina.layers.transformer_translation import TransformerTranslator
from lamina.layers.translation import Translator

MAX_ACTIVATION = 2**28
"""The most numbers that a layer may give for one example: 1 GiB as float32."""

MAX_LAYERS = 10_000


def layers_with_shapes(network: Layer, shape: Shape) -> Iterator[tuple[Layer, Shape, Shape]]:
    """Every layer of a network, inner ones too, with its shape before and after."""
    yield network, shape, network.output_shape(shape)
    if isinstance(network, Sequential):
        shapes = network.shapes(shape)
        for layer, before in zip(network.layers, shapes[:-1], strict=True):
            yield from layers_with_shapes(layer, before)
    elif isinstance(network, Residual | Parallel):
        for layer in network.layers if isinstance(network, Parallel) else network.branches():
            yield from layers_with_shapes(layer, shape)
    elif isinstance(network, Bidirectional):
        for layer in network.directions().values():
            yield from layers_with_shapes(layer, shape)
    elif isinstance(network, Translator | TransformerTranslator):
        yield from layers_with_shapes(network.encoder, (network.source_steps,))
    elif isinstance(network, SelfPlay):
        yield from layers_with_shapes(network.policy, network.planes)
    elif isinstance(network, TransformerBlock):
        for layer, before in network.parts(shape).values():
            yield from layers_with_shapes(layer, before)


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
