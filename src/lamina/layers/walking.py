"""Every layer of a network, those inside of others too."""

from __future__ import annotations

from collections.abc import Iterator

from lamina.arrays import Shape
from lamina.layers.attention import TransformerBlock
from lamina.layers.base import Layer
from lamina.layers.combining import Parallel, Residual, Sequential
from lamina.layers.recurrent import Bidirectional
from lamina.layers.self_play import SelfPlay
from lamina.layers.transformer_translation import TransformerTranslator
from lamina.layers.translation import Translator


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
