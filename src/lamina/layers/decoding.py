"""A Transformer's decoder: blocks that look at earlier steps of their own, and at all steps of what was read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from lamina.arrays import Array, Params, jax, jnp
from lamina.kernels.product import product
from lamina.layers.attention import FAR_BELOW, Attention, Kept, cut_into_heads
from lamina.layers.base import Variable, Variables
from lamina.layers.dense import Dense
from lamina.layers.normalization import LayerNorm

Silence = Callable[[Array, int], Array]
"""What dropout makes of the n-th thing that a block adds."""


@dataclass(frozen=True)
class DecoderBlock:
    """Attention to earlier steps, attention to the source, and two Dense layers, each added behind a LayerNorm.

    y = x + attention(norm(x)); z = y + look(norm'(y), source); h = z + output(hidden(norm''(z))).

    Args:
        features: of a step, a multiple of `heads`.
        heads: of both attentions.
        hidden: neurons of the hidden Dense layer.

    Source:
        Vaswani et al., Attention Is All You Need (2017), section 3.1, with the norms in front (Xiong et al., 2020).
    """

    features: int
    heads: int
    hidden: int

    def parameters(self, steps: int, read_features: int) -> Variables:
        """Of each part; `source` has a query, and a key and a value side by side."""
        shape = (steps, self.features)
        norm = LayerNorm().parameters(shape)
        return {
            "attention_norm": norm,
            "attention": self._attention.parameters(shape),
            "source_norm": norm,
            "source": {
                "query": Variable((self.features, self.features), "glorot_uniform"),
                "key_value": Variable((read_features, 2 * self.features), "glorot_uniform"),
                "output_weight": Variable((self.features, self.features), "glorot_uniform"),
                "output_bias": Variable((self.features,), "zeros"),
            },
            "hidden_norm": norm,
            "hidden": Dense(self.hidden, "gelu").parameters(shape),
            "output": Dense(self.features).parameters((steps, self.hidden)),
        }

    @property
    def _attention(self) -> Attention:
        return Attention(self.heads, causal=True)

    def source(self, params: Params, read: Array) -> Kept:
        """Keys and values of what was read: (batch, heads, source steps, size of a head) each."""
        keys, values = cut_into_heads(product(read, params["source"]["key_value"]), 2, self.heads)
        return keys, values

    def forward(self, params: Params, x: Array, source: Kept, real: Array, silence: Silence) -> Array:
        """All steps of x (batch, steps, features) at once; `real` (batch, source steps) is true where there is a
        source."""
        seen, _ = self._attention.apply(params["attention"], {}, LayerNorm().forward(params["attention_norm"], x))
        return self._rest(params, x + silence(seen, 0), source, real, silence)

    def step(self, params: Params, kept: Kept, x: Array, source: Kept, real: Array, place: Array) -> tuple[Kept, Array]:
        """One step of several beginnings, x (batch, beam, features); `kept` is (batch, beam, heads, steps, size)."""
        batch, beam, features = x.shape
        flat = tuple(array.reshape(batch * beam, *array.shape[2:]) for array in kept)
        normalized = LayerNorm().forward(params["attention_norm"], x).reshape(batch * beam, features)
        after, seen = self._attention.step(params["attention"], (flat[0], flat[1]), normalized, place)
        keys, values = (array.reshape(batch, beam, *array.shape[1:]) for array in after)
        y = x + seen.reshape(x.shape)
        return (keys, values), self._rest(params, y, source, real, lambda added, number: added)

    def start(self, batch: int, beam: int, steps: int) -> Kept:
        """Room for the keys and the values of all steps."""
        keys, values = self._attention.start(batch * beam, (steps, self.features))
        return keys.reshape(batch, beam, *keys.shape[1:]), values.reshape(batch, beam, *values.shape[1:])

    def _rest(self, params: Params, y: Array, source: Kept, real: Array, silence: Silence) -> Array:
        """What each step does by itself: looking at the source, and the Dense layers."""
        z = y + silence(self._look(params["source"], LayerNorm().forward(params["source_norm"], y), source, real), 1)
        hidden = Dense(self.hidden, "gelu").forward(params["hidden"], LayerNorm().forward(params["hidden_norm"], z))
        return z + silence(Dense(self.features).forward(params["output"], hidden), 2)

    def _look(self, params: Params, y: Array, source: Kept, real: Array) -> Array:
        """The source's values, weighted by how well their keys fit each row of y (batch, rows, features)."""
        keys, values = source
        size = self.features // self.heads
        [queries] = cut_into_heads(product(y, params["query"]), 1, self.heads)
        scores = queries @ jnp.swapaxes(keys, -1, -2) / math.sqrt(size)
        weights = jax.nn.softmax(jnp.where(real[:, None, None], scores, FAR_BELOW), axis=-1)
        joined = jnp.swapaxes(weights @ values, 1, 2).reshape(y.shape)
        seen: Array = product(joined, params["output_weight"]) + params["output_bias"]
        return seen
