"""From one sequence of tokens to another by attention alone."""

from __future__ import annotations

import functools
from typing import Any

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError
from lamina.kernels.product import product
from lamina.layers.base import Layer, Variable, Variables, require_positive
from lamina.layers.decoding import DecoderBlock
from lamina.layers.dropout import Dropout
from lamina.layers.normalization import LayerNorm
from lamina.layers.padding import real_steps
from lamina.layers.translation import (
    answer_shape,
    features_read,
    judged,
    judged_or_written,
    require_translator,
    rows_of,
    source_read,
)
from lamina.layers.writing import Writing, write
from lamina.recipes import recipe


@recipe
class TransformerTranslator(Layer):
    """Reads a source, and judges its target token by token, or writes one where none comes in, by blocks of attention.

    With M the encoder's steps, E the rows of the target's tokens, P those of its places, y_0 a row of zeros:
    h^0_t = sqrt(features) E y_(t-1) + P_t; h^l = block(h^(l-1), M), each step looking at earlier ones and at M;
    log p(y_t) = log softmax(norm(h_t) E^T + b). While writing, the keys and values of earlier steps are kept.

    Shapes:
        x: (batch, source_steps + steps) of tokens, 0 where a sequence is filled up; a target of zeros alone is one
        that shall be written. Output: (batch, steps, 3): the target's token, its log-probability, and that of the
        likeliest token; zeros behind its end. embedding E: (entries, features). places P: (steps, features). bias b:
        (entries,). The encoder's parameters stand under "encoder", the blocks' under "0", "1" ... of "blocks".

    Args:
        encoder: from tokens (source_steps,) to steps (source_steps, features) that are zero where the source is.
        source_steps: tokens of a source.
        entries: of the target's vocabulary; 0 is padding, 1 is unknown and never written, the last one is the end.
        features: numbers a token of the target becomes, a multiple of `heads`.
        heads: of each attention.
        hidden: neurons of each block's hidden layer.
        depth: how many blocks.
        dropout: share of h^0 and of what each part of a block adds that is silenced while training.
        beam: how many beginnings of a target are kept while writing; 1 is greedy.

    Raises:
        SettingError: settings below 1, features that are no multiple of heads, fewer than 3 entries, a dropout outside
            0 to below 1, an encoder that is no layer; dropout while training without a key.
        ShapeError: no room for a target, an encoder that gives no steps.

    Source:
        Vaswani et al., Attention Is All You Need (2017), figure 1, with learnt places, the norms in front (Xiong et
        al., 2020), and E read and written with (section 3.4 there; Press and Wolf, 2017).

    Example:
        >>> import lamina
        >>> encoder = lamina.Sequential(
        ...     lamina.Embedding(50, 8, padding=True), lamina.TransformerBlock(2, 16, skip_padding=True))
        >>> lamina.TransformerTranslator(encoder, 7, entries=40, features=8, heads=2, hidden=16).output_shape((12,))
        (5, 3)
    """

    encoder: Layer
    source_steps: int
    entries: int
    features: int
    heads: int
    hidden: int
    depth: int = 2
    dropout: float = 0.0
    beam: int = 4

    def __post_init__(self) -> None:
        names = ("source_steps", "entries", "features", "heads", "hidden", "depth", "beam")
        require_positive("TransformerTranslator", **{name: getattr(self, name) for name in names})
        require_translator("TransformerTranslator", self.encoder, self.entries, self.beam, self.dropout)
        if self.features % self.heads:
            needs = f"features that are a multiple of heads={self.heads}"
            raise SettingError(f"TransformerTranslator needs {needs}; got {self.features}")

    def output_shape(self, shape: Shape) -> Shape:
        """(steps, 3)."""
        features_read(self, self.encoder, self.source_steps)
        return answer_shape(self, self.source_steps, shape)

    def parameters(self, shape: Shape) -> Variables:
        """The encoder's, the tokens', the places' and the blocks'."""
        steps, read = shape[0] - self.source_steps, features_read(self, self.encoder, self.source_steps)
        block = self._block.parameters(steps, read)
        return {
            "encoder": self.encoder.parameters((self.source_steps,)),
            "embedding": Variable((self.entries, self.features), "normal"),
            "places": Variable((steps, self.features), "normal"),
            "blocks": {str(number): block for number in range(self.depth)},
            "norm": LayerNorm().parameters((steps, self.features)),
            "bias": Variable((self.entries,), "zeros"),
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
        keys = (None, None) if key is None else jax.random.split(key)
        read, after = source_read(self.encoder, params, state, source, key=keys[0], training=training, mask=mask)
        if training:
            return self._taught(params, read, target, keys[1], True), after
        still = jax.lax.stop_gradient((params, read))  # a search has no derivative
        return judged_or_written(
            x, self.source_steps, lambda: self._taught(params, read, target, None, False),
            lambda: self._written(*still, target.shape[1]),
        ), after  # fmt: skip

    @property
    def _block(self) -> DecoderBlock:
        return DecoderBlock(self.features, self.heads, self.hidden)

    def _taught(self, params: Params, read: Array, target: Array, key: Key | None, training: bool) -> Array:
        """How likely each token of a target is after those before it."""

        def silence(y: Array, number: int, block: int = 0) -> Array:
            own = None if key is None else jax.random.fold_in(jax.random.fold_in(key, block), number)
            return Dropout(self.dropout).apply({}, {}, y, key=own, training=training)[0]

        before = jnp.pad(target[:, :-1], ((0, 0), (1, 0)))
        x, real = silence(rows_of(params["embedding"], before) + params["places"], 0), real_steps(read)[..., 0]
        for number in range(self.depth):
            own = params["blocks"][str(number)]
            added = functools.partial(silence, block=number + 1)
            x = self._block.forward(own, x, self._block.source(own, read), real, added)
        return judged(self._logarithms(params, x), target)

    def _written(self, params: Params, read: Array, steps: int) -> Array:
        """The target that is found by a beam, token by token."""
        block, blocks, real = (
            self._block,
            [params["blocks"][str(n)] for n in range(self.depth)],
            real_steps(read)[..., 0],
        )
        sources = [block.source(own, read) for own in blocks]

        def advance(states: Any, tokens: Array, place: Array) -> tuple[Any, Array]:
            x, after = rows_of(params["embedding"], tokens) + params["places"][place], []
            for own, source, kept in zip(blocks, sources, states, strict=True):
                now, x = block.step(own, kept, x, source, real, place)
                after.append(now)
            return tuple(after), self._logarithms(params, x)

        start = tuple(block.start(read.shape[0], self.beam, steps) for _ in blocks)
        return write(Writing(advance, start, steps, end=self.entries - 1))

    def _logarithms(self, params: Params, x: Array) -> Array:
        """log p of every token after each row of x."""
        seen = LayerNorm().forward(params["norm"], x)
        return jax.nn.log_softmax(product(seen, jnp.swapaxes(params["embedding"], 0, 1)) + params["bias"], axis=-1)
