"""Attention: every step of a sequence looks at every other one; and the block that Transformers are made of."""

from __future__ import annotations

import math
from typing import TypeAlias

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError, ShapeError
from lamina.kernels.product import product
from lamina.kernels.written import written
from lamina.layers.base import Layer, PureLayer, Variable, Variables, require_positive
from lamina.layers.convolution import require_sequences
from lamina.layers.dense import Dense
from lamina.layers.dropout import Dropout
from lamina.layers.initializers import require_initializer
from lamina.layers.normalization import LayerNorm
from lamina.layers.padding import real_steps
from lamina.recipes import recipe

Kept: TypeAlias = tuple[Array, Array]
"""The keys and the values of earlier steps."""
FAR_BELOW = -1e30
"""The score of a step that must not be looked at: exp of it is 0, and it is finite where there is no other."""


@recipe
class Attention(Layer):
    """Multi-head self-attention: each step takes the mean of all steps, weighted by how well they fit.

    For each head, with [Q, K, V] = x W + b cut into heads of size d = features / heads:
    A = softmax(Q K^T / sqrt(d)); h = A V; the heads' h side by side, times W' plus b', are the output.

    Shapes:
        x: (batch, steps, features). Output: the same. weight W: (features, 3 features), its columns in the order
        Q, K, V. bias b: (3 features,). output_weight W': (features, features). output_bias b': (features,).

    Args:
        heads: how many means are taken side by side; features must be a multiple of it.
        causal: whether a step sees itself and earlier steps only.
        dropout: share of A that is silenced while training.
        skip_padding: whether steps that are all zero count as filled up: nobody sees them, and they give zeros.

    Raises:
        SettingError: heads below 1, a dropout outside 0 to below 1; dropout while training without a key.
        ShapeError: no sequences, or features that are no multiple of heads.

    Source:
        Vaswani et al., Attention Is All You Need (2017), equation 1 and section 3.2.2, with biases as in PyTorch's
        MultiheadAttention.

    Example:
        >>> import lamina
        >>> lamina.Attention(heads=4).output_shape((50, 32))
        (50, 32)
    """

    heads: int
    causal: bool = False
    dropout: float = 0.0
    skip_padding: bool = False

    def __post_init__(self) -> None:
        require_positive("Attention", heads=self.heads)
        _require_rate("Attention", self.dropout)

    def output_shape(self, shape: Shape) -> Shape:
        """The same."""
        return _require_heads(self, shape, self.heads)

    def parameters(self, shape: Shape) -> Variables:
        """`weight`, `bias`, `output_weight`, `output_bias`."""
        features = shape[-1]
        return {
            "weight": Variable((features, 3 * features), "glorot_uniform"),
            "bias": Variable((3 * features,), "zeros"),
            "output_weight": Variable((features, features), "glorot_uniform"),
            "output_bias": Variable((features,), "zeros"),
        }

    def memory(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def apply(
        self,
        params: Params,
        state: State,
        x: Array,
        *,
        key: Key | None = None,
        training: bool = False,
        mask: Array | None = None,
    ) -> tuple[Array, State]:
        """The heads' means, brought together."""
        self.output_shape(x.shape[1:])
        real = real_steps(x) if self.skip_padding else None
        queries, keys, values = _heads(params, x, self.heads)
        weights = _look(queries, keys, self.causal, real)
        weights, _ = Dropout(self.dropout).apply({}, {}, weights, key=key, training=training)
        joined = jnp.swapaxes(weights @ values, 1, 2).reshape(x.shape)
        return _zero_padding(product(joined, params["output_weight"]) + params["output_bias"], real), state

    def start(self, batch: int, shape: Shape) -> Kept:
        """Room for the keys and the values of all steps: (batch, heads, steps, size of a head) each."""
        steps, features = shape
        room = jnp.zeros((batch, self.heads, steps, features // self.heads))
        return room, room

    def step(self, params: Params, kept: Kept, x: Array, place: Array) -> tuple[Kept, Array]:
        """The output at one place, x (batch, features), of a causal attention: earlier keys and values are kept."""
        query, key, value = _heads(params, x[:, None], self.heads)
        keys, values = (jax.lax.dynamic_update_slice_in_dim(old, new.astype(old.dtype), place, axis=2)
                        for old, new in zip(kept, (key, value), strict=True))  # fmt: skip
        scores = query @ jnp.swapaxes(keys, -1, -2) / math.sqrt(query.shape[-1])
        seen = jnp.arange(keys.shape[2]) <= place
        weights = jax.nn.softmax(jnp.where(seen, scores, FAR_BELOW), axis=-1)
        joined = jnp.swapaxes(weights @ values, 1, 2).reshape(x.shape)
        return (keys, values), joined @ params["output_weight"] + params["output_bias"]


@recipe
class PositionalEmbedding(PureLayer):
    """A learnt row for each place of a sequence, added to what stands there: h_t = x_t + P_t.

    Shapes:
        x: (batch, steps, features), with at most as many steps as there are rows. Output: the same.
        weight P: (steps, features).

    Args:
        steps: how many places have a row.
        skip_padding: whether steps that are all zero count as filled up and stay zero.
        initializer: how the rows start.

    Raises:
        SettingError: steps below 1 or an unknown initializer.
        ShapeError: no sequences, or longer ones.

    Source:
        Gehring et al., Convolutional Sequence to Sequence Learning (2017), section 3.1. The sines of Vaswani et al.
        (2017) are not learnt.

    Example:
        >>> import lamina
        >>> lamina.PositionalEmbedding(100).output_shape((50, 32))
        (50, 32)
    """

    steps: int
    skip_padding: bool = False
    initializer: str = "normal"

    def __post_init__(self) -> None:
        require_positive("PositionalEmbedding", steps=self.steps)
        require_initializer("PositionalEmbedding", self.initializer)

    def output_shape(self, shape: Shape) -> Shape:
        """The same."""
        require_sequences(self, shape)
        if shape[0] > self.steps:
            raise ShapeError(repr(self), f"sequences of at most {self.steps:,} steps", shape)
        return tuple(shape)

    def parameters(self, shape: Shape) -> Variables:
        """`weight` (steps, features)."""
        return {"weight": Variable((self.steps, shape[-1]), self.initializer)}

    def forward(self, params: Params, x: Array) -> Array:
        """x + P."""
        y: Array = x + params["weight"][: x.shape[1]]
        return _zero_padding(y, real_steps(x) if self.skip_padding else None)


@recipe
class TransformerBlock(Layer):
    """Attention, then two Dense layers at every step, each on top of what came in and behind a LayerNorm.

    y = x + attention(norm(x)); h = y + output(hidden(norm'(y))), with hidden = gelu and output linear.

    Shapes:
        x: (batch, steps, features). Output: the same.
        Parameters stand under "attention_norm", "attention", "hidden_norm", "hidden" and "output".

    Args:
        heads: of the attention; features must be a multiple of it.
        hidden: neurons of the hidden Dense layer, at every step.
        dropout: share of A, and of what is added to x and to y, that is silenced while training.
        causal: whether a step sees itself and earlier steps only.
        skip_padding: whether steps that are all zero count as filled up: nobody sees them, and they stay zero.

    Raises:
        SettingError: heads or hidden below 1, a dropout outside 0 to below 1; dropout while training without a key.
        ShapeError: no sequences, or features that are no multiple of heads.

    Source:
        Vaswani et al., Attention Is All You Need (2017), section 3.1, with the norms before instead of behind
        (Xiong et al., On Layer Normalization in the Transformer Architecture, 2020) and gelu. PyTorch's
        TransformerEncoderLayer(norm_first=True, activation="gelu") also silences hidden neurons.

    Example:
        >>> import lamina
        >>> lamina.TransformerBlock(heads=4, hidden=64).output_shape((50, 32))
        (50, 32)
    """

    heads: int
    hidden: int
    dropout: float = 0.0
    causal: bool = False
    skip_padding: bool = False

    def __post_init__(self) -> None:
        require_positive("TransformerBlock", heads=self.heads, hidden=self.hidden)
        _require_rate("TransformerBlock", self.dropout)

    @property
    def attention(self) -> Attention:
        """The block's own."""
        return Attention(self.heads, self.causal, self.dropout, self.skip_padding)

    def parts(self, shape: Shape) -> dict[str, tuple[Layer, Shape]]:
        """The layers that it is made of and what each takes, by the names of their parameters."""
        steps, features = shape
        return {
            "attention_norm": (LayerNorm(), shape),
            "attention": (self.attention, shape),
            "hidden_norm": (LayerNorm(), shape),
            "hidden": (Dense(self.hidden, "gelu"), shape),
            "output": (Dense(features), (steps, self.hidden)),
        }

    def output_shape(self, shape: Shape) -> Shape:
        """The same."""
        return _require_heads(self, shape, self.heads)

    def parameters(self, shape: Shape) -> Variables:
        """Those of each part."""
        return {name: layer.parameters(taken) for name, (layer, taken) in self.parts(shape).items()}

    def memory(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def apply(
        self,
        params: Params,
        state: State,
        x: Array,
        *,
        key: Key | None = None,
        training: bool = False,
        mask: Array | None = None,
    ) -> tuple[Array, State]:
        """y + output(hidden(norm'(y))) with y = x + attention(norm(x))."""
        self.output_shape(x.shape[1:])
        real = real_steps(x) if self.skip_padding else None
        parts = self.parts(x.shape[1:])
        keys = [None, None, None] if key is None else list(jax.random.split(key, 3))

        def part(name: str, x: Array, key: Key | None = None) -> Array:
            return parts[name][0].apply(params[name], {}, x, key=key, training=training)[0]

        def silence(y: Array, key: Key | None) -> Array:
            return Dropout(self.dropout).apply({}, {}, y, key=key, training=training)[0]

        normalized = _zero_padding(part("attention_norm", x), real)  # so that the attention knows them again
        y = written(x + silence(part("attention", normalized, keys[0]), keys[1]))
        added = part("output", part("hidden", part("hidden_norm", y)))
        return written(_zero_padding(y + silence(added, keys[2]), real)), state

    def step(self, params: Params, kept: Kept, x: Array, place: Array) -> tuple[Kept, Array]:
        """The output at one place, x (batch, features), of a causal block; `kept` is the attention's."""
        norm, dense = LayerNorm(), (Dense(self.hidden, "gelu"), Dense(x.shape[-1]))
        kept, seen = self.attention.step(params["attention"], kept, norm.forward(params["attention_norm"], x), place)
        y = x + seen
        hidden = dense[0].forward(params["hidden"], norm.forward(params["hidden_norm"], y))
        return kept, y + dense[1].forward(params["output"], hidden)


def _look(queries: Array, keys: Array, causal: bool, real: Array | None) -> Array:
    """A: (batch, heads, steps that look, steps that are looked at); `real` is false at steps that nobody sees."""
    scores = queries @ jnp.swapaxes(keys, -1, -2) / math.sqrt(queries.shape[-1])
    if causal:
        places = jnp.arange(scores.shape[-1])
        scores = jnp.where(places[:, None] >= places, scores, FAR_BELOW)
    if real is not None:
        scores = jnp.where(real[:, None, None, :, 0], scores, FAR_BELOW)
    return jax.nn.softmax(scores, axis=-1)


def _heads(params: Params, x: Array, heads: int) -> tuple[Array, Array, Array]:
    """Q, K and V as (batch, heads, steps, size of a head)."""
    queries, keys, values = cut_into_heads(product(x, params["weight"]) + params["bias"], 3, heads)
    return queries, keys, values


def cut_into_heads(together: Array, parts: int, heads: int) -> list[Array]:
    """What stands side by side in (batch, steps, parts * features), each as (batch, heads, steps, size of a head).

    Part by part: of one transposition of all parts, XLA's way back takes several times as long.
    """
    shape = (*together.shape[:2], heads, together.shape[2] // (parts * heads))
    return [jnp.swapaxes(part.reshape(shape), 1, 2) for part in jnp.split(together, parts, axis=-1)]


def _zero_padding(y: Array, real: Array | None) -> Array:
    return y if real is None else jnp.where(real, y, 0)


def _require_heads(layer: Layer, shape: Shape, heads: int) -> Shape:
    require_sequences(layer, shape)
    if shape[-1] % heads:
        raise ShapeError(repr(layer), f"sequences whose features are a multiple of heads={heads}", shape)
    return tuple(shape)


def _require_rate(who: str, rate: float) -> None:
    if type(rate) not in (int, float) or not 0 <= rate < 1:
        raise SettingError(f"{who} needs a dropout from 0 to below 1; got {rate!r}")
