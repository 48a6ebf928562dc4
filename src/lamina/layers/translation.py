"""From one sequence of tokens to another: an encoder, and a decoder that looks back at the encoder's steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError, ShapeError
from lamina.kernels.product import product
from lamina.layers.attention import FAR_BELOW
from lamina.layers.base import Layer, Variable, Variables, require_positive
from lamina.layers.dropout import Dropout
from lamina.layers.padding import real_steps
from lamina.layers.recurrent import GRU
from lamina.layers.writing import Writing, write
from lamina.recipes import recipe

CHANNELS = 3
"""What is given for each step: a token, its log-probability, and that of the likeliest token."""

FEWEST_ENTRIES = 3
"""Padding, unknown and the end."""


@recipe
class Translator(Layer):
    """Reads a source, and judges its target token by token, or writes one where none comes in.

    With M the encoder's steps and s their mean, E the rows of the target's tokens, y_0 a row of zeros:
    h_t = GRU([sqrt(features) E y_(t-1), s], h_(t-1)); A = softmax(h_t W (M V)^T); g_t = tanh([h_t, A M] C + c);
    log p(y_t) = log softmax(g_t E^T + b).

    Shapes:
        x: (batch, source_steps + steps) of tokens, 0 where a sequence is filled up; a target of zeros alone is one
        that shall be written. Output: (batch, steps, 3): the target's token, its log-probability, and that of the
        likeliest token; zeros behind its end. embedding E: (entries, features). bias b: (entries,). query W:
        (units, units). key V: (encoder's features, units). combine C: (units + encoder's features, features).
        combine_bias c: (features,). The encoder's and the GRU's parameters stand under "encoder" and "cell".

    Args:
        encoder: from tokens (source_steps,) to steps (source_steps, features) that are zero where the source is.
        source_steps: tokens of a source.
        entries: of the target's vocabulary; 0 is padding, 1 is unknown and never written, the last one is the end.
        features: numbers a token of the target becomes.
        units: of the GRU.
        dropout: share of E y and of g that is silenced while training.
        beam: how many beginnings of a target are kept while writing; 1 is greedy.

    Raises:
        SettingError: settings below 1, fewer than 3 entries, a dropout outside 0 to below 1, an encoder that is no
            layer; dropout while training without a key.
        ShapeError: no room for a target, an encoder that gives no steps.

    Source:
        Luong, Pham and Manning, Effective Approaches to Attention-based Neural Machine Translation (2015): global
        attention, equations 5 and 7, without feeding g back; the mean s as a lasting input as in Cho et al. (2014),
        equation 7. E is both read and written with (Press and Wolf, Using the Output Embedding, 2017), and read as in
        Vaswani et al. (2017), section 3.4, so that its rows are as large as the encoder's steps. While writing, a
        beginning's score is its log-probability over its length (Wu et al., 2016, equation 14, with alpha 1).

    Example:
        >>> import lamina
        >>> encoder = lamina.Sequential(lamina.Embedding(50, 8, padding=True), lamina.GRU(6, return_sequence=True))
        >>> lamina.Translator(encoder, source_steps=7, entries=40, features=8, units=6).output_shape((12,))
        (5, 3)
    """

    encoder: Layer
    source_steps: int
    entries: int
    features: int
    units: int
    dropout: float = 0.0
    beam: int = 4

    def __post_init__(self) -> None:
        sizes = {name: getattr(self, name) for name in ("source_steps", "entries", "features", "units", "beam")}
        require_positive("Translator", **sizes)
        require_translator("Translator", self.encoder, self.entries, self.beam, self.dropout)

    def output_shape(self, shape: Shape) -> Shape:
        """(steps, 3)."""
        self._memory_features()
        return answer_shape(self, self.source_steps, shape)

    def parameters(self, shape: Shape) -> Variables:
        """The encoder's, the GRU's, and those of the attention."""
        read = self._memory_features()
        cell = self.cell.parameters((shape[0], self.features + read))
        return {
            "encoder": self.encoder.parameters((self.source_steps,)),
            "embedding": Variable((self.entries, self.features), "normal"),
            "bias": Variable((self.entries,), "zeros"),
            "cell": cell,
            "query": Variable((self.units, self.units), "glorot_uniform"),
            "key": Variable((read, self.units), "glorot_uniform"),
            "combine": Variable((self.units + read, self.features), "glorot_uniform"),
            "combine_bias": Variable((self.features,), "zeros"),
        }

    def memory(self, shape: Shape) -> Variables:
        """The encoder's."""
        found = self.encoder.memory((self.source_steps,))
        return {"encoder": found} if found else {}

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
        """The target's tokens and how likely they are; while training every target is one that comes in."""
        self.output_shape(x.shape[1:])
        source, target = x[:, : self.source_steps], x[:, self.source_steps :]
        keys = [None] * 3 if key is None else list(jax.random.split(key, 3))
        read, after = source_read(self.encoder, params, state, source, key=keys[0], training=training, mask=mask)
        if training:
            return self._taught(params, read, target, keys[1:], True), after
        still = jax.lax.stop_gradient((params, read))  # a search has no derivative
        return judged_or_written(
            x, self.source_steps, lambda: self._taught(params, read, target, keys[1:], False),
            lambda: self._written(*still, target.shape[1]),
        ), after  # fmt: skip

    @property
    def cell(self) -> GRU:
        """The decoder's recurrent layer."""
        return GRU(self.units, return_sequence=True)

    def _memory_features(self) -> int:
        return features_read(self, self.encoder, self.source_steps)

    def _taught(self, params: Params, read: Array, target: Array, keys: list[Any], training: bool) -> Array:
        """How likely each token of a target is after those before it."""

        def silence(y: Array, key: Key | None) -> Array:
            return Dropout(self.dropout).apply({}, {}, y, key=key, training=training)[0]

        before = jnp.pad(target[:, :-1], ((0, 0), (1, 0)))
        rows = silence(rows_of(params["embedding"], before), keys[0])
        summary = jnp.broadcast_to(_mean(read)[:, None], (*rows.shape[:2], read.shape[-1]))
        states = self.cell.forward(params["cell"], jnp.concatenate([rows, summary], axis=-1))
        logarithms = self._logarithms(params, read, states, lambda y: silence(y, keys[1]))
        return judged(logarithms, target)

    def _written(self, params: Params, read: Array, steps: int) -> Array:
        """The target that is found by a beam, token by token."""
        own, summary = self.cell, _mean(read)[:, None]

        def advance(states: Array, tokens: Array, place: Array) -> tuple[Array, Array]:
            rows = rows_of(params["embedding"], tokens)
            wide = jnp.broadcast_to(summary, (*rows.shape[:2], read.shape[-1]))
            z = product(jnp.concatenate([rows, wide], axis=-1), params["cell"]["input_weight"]) + params["cell"]["bias"]
            (states,) = own.step(params["cell"], (states,), z)
            return states, self._logarithms(params, read, states)

        start = jnp.zeros((read.shape[0], self.beam, self.units), read.dtype)
        return write(Writing(advance, start, steps, end=self.entries - 1))

    def _logarithms(self, params: Params, read: Array, states: Array, silence: Any = lambda y: y) -> Array:
        """log p of every token: (batch, states that look, entries)."""
        scores = (states @ params["query"]) @ jnp.swapaxes(read @ params["key"], 1, 2)
        scores = jnp.where(real_steps(read)[..., 0][:, None], scores, FAR_BELOW)
        context = jax.nn.softmax(scores, axis=-1) @ read
        both = jnp.concatenate([states, context], axis=-1)
        seen = silence(jnp.tanh(product(both, params["combine"]) + params["combine_bias"]))
        return jax.nn.log_softmax(product(seen, jnp.swapaxes(params["embedding"], 0, 1)) + params["bias"], axis=-1)


def _mean(read: Array) -> Array:
    """The mean of the real steps."""
    count = jnp.sum(real_steps(read), axis=1)
    return jnp.sum(read, axis=1) / jnp.maximum(count, 1)


def require_translator(name: str, encoder: Layer, entries: int, beam: int, dropout: float) -> None:
    """Raise a SettingError unless the settings are those of a layer that translates."""
    if not isinstance(encoder, Layer):
        raise SettingError(f"{name} needs a layer as its encoder; got {encoder!r}")
    if entries < FEWEST_ENTRIES or beam >= entries:
        raise SettingError(
            f"{name} needs at least {FEWEST_ENTRIES} entries (padding, unknown, the end), and more than "
            f"its beam of {beam}; got {entries}"
        )
    Dropout(dropout)


def source_read(encoder: Layer, params: Params, state: State, source: Array, **options: Any) -> tuple[Array, State]:
    """What an encoder gives for a source, and the layer's state after it."""
    read, after = encoder.apply(params["encoder"], state.get("encoder", {}), source, **options)
    return read, {"encoder": after} if after else {}


def answer_shape(layer: Layer, source_steps: int, shape: Shape) -> Shape:
    """(steps, 3) for tokens of a source and a target."""
    if len(shape) != 1 or shape[0] <= source_steps:
        raise ShapeError(repr(layer), f"tokens of a source and a target, (batch, more than {source_steps})", shape)
    return (shape[0] - source_steps, CHANNELS)


def features_read(layer: Layer, encoder: Layer, source_steps: int) -> int:
    """How many numbers an encoder gives for each step of a source."""
    steps = encoder.output_shape((source_steps,))
    if len(steps) != 2 or steps[0] != source_steps:
        needs = f"an encoder that gives each of {source_steps} steps, such as a GRU with return_sequence"
        raise ShapeError(repr(layer), needs, steps)
    return steps[1]


def rows_of(embedding: Array, tokens: Array) -> Array:
    """sqrt(features) E of tokens; zeros for 0."""
    rows = jnp.asarray(embedding).at[tokens].get(mode="fill", fill_value=jnp.nan)
    return jnp.where(tokens[..., None] == 0, 0, math.sqrt(rows.shape[-1]) * rows)


def judged(logarithms: Array, target: Array) -> Array:
    """Each token of a target, its log p, and that of the likeliest; zeros behind the end: (batch, steps, 3)."""
    own = jnp.take_along_axis(logarithms, target[..., None], axis=-1, mode="fill")[..., 0]
    given = jnp.stack([target.astype(own.dtype), own, jnp.max(logarithms, axis=-1)], axis=-1)
    return jnp.where(target[..., None] != 0, given, 0)


def judged_or_written(x: Array, source_steps: int, judge: Callable[[], Array], write_one: Callable[[], Array]) -> Array:
    """What is judged where a target comes in, what is written where none does, and zeros where there is no source.

    Each of the two ways is gone only where an example of the batch needs it.
    """
    source, target = x[:, :source_steps], x[:, source_steps:]
    given = jnp.any(target != 0, axis=1)
    asked = ~given & jnp.any(source != 0, axis=1)
    nothing = jnp.zeros_like(jax.eval_shape(judge))
    taught = jax.lax.cond(jnp.any(given), judge, lambda: nothing)
    written = jax.lax.cond(jnp.any(asked), write_one, lambda: nothing)
    return jnp.where(given[:, None, None], taught, jnp.where(asked[:, None, None], written, 0))
