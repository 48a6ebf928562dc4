"""Layers along a sequence: embeddings, recurrent ones, attention."""

from __future__ import annotations

import numpy as np

from lamina.exporting.forms import Function, Place, Value
from lamina.layers.attention import Attention, PositionalEmbedding, TransformerBlock
from lamina.layers.embedding import Embedding
from lamina.layers.feedback import Feedback
from lamina.layers.recurrent import GRU, LSTM, Bidirectional, Recurrent


def embedding(place: Place, layer: Embedding, x: Value) -> Value:
    """W[x]; NaN for an entry that does not exist."""
    return place.call("embedding", x, place.weight("weight"), padding=layer.padding)


def recurrent(place: Place, layer: Recurrent, x: Value) -> Value:
    """h_t = f(x_t W + h_(t-1) U + b)."""
    weights = (place.weight(name) for name in ("input_weight", "recurrent_weight", "bias"))
    return place.call("recurrent", x, *weights, activation=Function(layer.activation), **_ways(layer))


def lstm(place: Place, layer: LSTM, x: Value) -> Value:
    """A cell with gates; columns in the order i, f, g, o."""
    weights = (place.weight(name) for name in ("input_weight", "recurrent_weight", "bias"))
    return place.call("lstm", x, *weights, **_ways(layer))


def gru(place: Place, layer: GRU, x: Value) -> Value:
    """Two gates; columns in the order r, u, n."""
    weights = (place.weight(name) for name in ("input_weight", "recurrent_weight", "bias", "recurrent_bias"))
    return place.call("gru", x, *weights, **_ways(layer))


def bidirectional(place: Place, layer: Bidirectional, x: Value) -> Value:
    """Forwards and backwards, side by side."""
    both = [place.inner(name, place.shape).write(one, x) for name, one in layer.directions().items()]
    return place.call("join", *both)


def feedback(place: Place, layer: Feedback, x: Value) -> Value:
    """Layers in time; what the kinds of feedback do not allow is zero in the matrix."""
    matrix = place.made("feedback_weight", np.asarray(place.params["feedback_weight"]) * layer.connections())
    inner = [place.inner(str(number), place.shape) for number in range(len(layer.units))]
    layers = [(one.weight("input_weight"), one.weight("bias")) for one in inner]
    settings = {"return_sequence": layer.return_sequence, "skip_padding": layer.skip_padding}
    return place.call("feedback", x, matrix, layers=layers, activation=Function(layer.activation), **settings)


def attention(place: Place, layer: Attention, x: Value) -> Value:
    """Each step looks at all steps."""
    weights = (place.weight(name) for name in ("weight", "bias", "output_weight", "output_bias"))
    settings = {"heads": layer.heads, "causal": layer.causal, "skip_padding": layer.skip_padding}
    return place.call("attention", x, *weights, **settings)


def positional_embedding(place: Place, layer: PositionalEmbedding, x: Value) -> Value:
    """x + P, of as many rows as there are steps."""
    rows = place.made("weight", place.params["weight"][: place.shape[0]])
    y = place.call("affine", x, 1.0, rows)
    return place.call("keep_real", y, x) if layer.skip_padding else y


def transformer_block(place: Place, layer: TransformerBlock, x: Value) -> Value:
    """y + output(hidden(norm'(y))) with y = x + attention(norm(x))."""
    parts = layer.parts(place.shape)

    def part(name: str, x: Value) -> Value:
        inner, shape = parts[name]
        return place.inner(name, shape).write(inner, x)

    normalized = part("attention_norm", x)
    if layer.skip_padding:
        normalized = place.form.keep(place.call("keep_real", normalized, x))
    y = place.form.keep(place.call("add", x, part("attention", normalized)))
    h = place.call("add", y, part("output", part("hidden", part("hidden_norm", y))))
    return place.call("keep_real", h, x) if layer.skip_padding else h


def _ways(layer: Recurrent | LSTM | GRU) -> dict[str, bool]:
    names = ("return_sequence", "reverse", "skip_padding")
    return {name: getattr(layer, name) for name in names}
