"""Layers that translate: they judge a target token by token, or write one where none comes in."""

from __future__ import annotations

from lamina.exporting.forms import Place, Value, Weight
from lamina.layers.transformer_translation import TransformerTranslator
from lamina.layers.translation import Translator


def translator(place: Place, layer: Translator, x: Value) -> Value:
    """A recurrent decoder that looks back at the encoder's steps."""
    source, target, read = _sides(place, layer, x)
    inner = place.inner("cell", (1, 1))
    cell = tuple(map(inner.weight, ("input_weight", "recurrent_weight", "bias", "recurrent_bias")))
    looking = tuple(map(place.weight, ("query", "key", "combine", "combine_bias")))
    arrays = {"embedding": place.weight("embedding"), "bias": place.weight("bias"), "cell": cell, "looking": looking}
    return place.call("translate", source, target, read, **arrays, beam=layer.beam)


def transformer_translator(place: Place, layer: TransformerTranslator, x: Value) -> Value:
    """Blocks of attention to earlier tokens and to the source."""
    source, target, read = _sides(place, layer, x)
    inner = place.inner("blocks", (1, 1))
    blocks = tuple(_block(inner.inner(str(number), (1, 1))) for number in range(layer.depth))
    arrays = {name: place.weight(name) for name in ("embedding", "places", "bias")}
    settings = {"norm": _pair(place, "norm", "scale"), "blocks": blocks, "heads": layer.heads, "beam": layer.beam}
    return place.call("translate_by_blocks", source, target, read, **arrays, **settings)


def _sides(place: Place, layer: Translator | TransformerTranslator, x: Value) -> tuple[Value, Value, Value]:
    """The source's tokens, the target's, and what the encoder makes of the source."""
    border, total = layer.source_steps, place.shape[0]
    source = place.form.keep(place.call("cut", x, start=0, stop=border, axis=1))
    target = place.form.keep(place.call("cut", x, start=border, stop=total, axis=1))
    return source, target, place.inner("encoder", (border,)).write(layer.encoder, source)


def _block(place: Place) -> tuple[tuple[Weight, ...], ...]:
    """A block's arrays: three norms, two attentions and two Dense layers in the order in which they are taken."""
    attention, source = place.inner("attention", (1, 1)), place.inner("source", (1, 1))
    return (
        _pair(place, "attention_norm", "scale"),
        tuple(map(attention.weight, ("weight", "bias", "output_weight", "output_bias"))),
        _pair(place, "source_norm", "scale"),
        tuple(map(source.weight, ("query", "key_value", "output_weight", "output_bias"))),
        _pair(place, "hidden_norm", "scale"),
        _pair(place, "hidden", "weight"),
        _pair(place, "output", "weight"),
    )


def _pair(place: Place, name: str, first: str) -> tuple[Weight, Weight]:
    inner = place.inner(name, (1, 1))
    return inner.weight(first), inner.weight("bias")
