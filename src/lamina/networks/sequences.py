"""Networks for sequences: recurrent ones and Transformers, for examples of (steps, features).

Whole numbers, such as words, become features by an Embedding in front:
`Sequential(Embedding(1000, 32, padding=True), *lstm((50, 32), 2, skip_padding=True).layers)`.
"""

from __future__ import annotations

from collections.abc import Callable

from lamina.arrays import Shape
from lamina.errors import SettingError, ShapeError
from lamina.layers.attention import PositionalEmbedding, TransformerBlock
from lamina.layers.base import Layer, require_positive
from lamina.layers.combining import Sequential
from lamina.layers.dense import Dense, Linear
from lamina.layers.dropout import Dropout
from lamina.layers.feedback import Feedback
from lamina.layers.global_pooling import GlobalAveragePool1D
from lamina.layers.normalization import LayerNorm
from lamina.layers.recurrent import GRU, LSTM, Bidirectional, Recurrent


def rnn(
    shape: Shape, outputs: int, units: int = 64, depth: int = 1, bidirectional: bool = False, dropout: float = 0.0,
    skip_padding: bool = False, feedback: tuple[str, ...] = (),
) -> Sequential:  # fmt: skip
    """Recurrent layers, and a linear Dense that gives the outputs from the last state.

    Args:
        shape: (steps, features) of one sequence.
        outputs: numbers an example.
        units: numbers in each state.
        depth: how many recurrent layers; all but the last give every state to the next one.
        bidirectional: whether each reads the sequence from both ends.
        dropout: share of each layer's output that is silenced while training.
        skip_padding: whether steps that are all zero count as filled up.
        feedback: of all layers together, out of direct, lateral and indirect; () is direct and lateral in each.

    Raises:
        SettingError: a setting that the layers refuse, a depth below 1, or feedback of one's own in both directions.
        ShapeError: examples that are not sequences.

    Source:
        Elman, Finding Structure in Time (1990).

    Example:
        >>> rnn((50, 8), 3).output_shape((50, 8))
        (3,)
        >>> rnn((50, 8), 3, depth=2, feedback=("direct", "indirect")).output_shape((50, 8))
        (3,)
    """
    _require("rnn", shape, depth)
    if feedback:
        if bidirectional:
            raise SettingError("rnn takes feedback of one's own in one direction only: bidirectional=False")
        last = [Dropout(dropout)] if dropout else []
        return Sequential(Feedback((units,) * depth, feedback, skip_padding=skip_padding), *last, Dense(outputs))

    def layer(every: bool) -> Layer:
        return Recurrent(units, return_sequence=every, skip_padding=skip_padding)

    return _stack(layer, outputs, depth, bidirectional, dropout)


def lstm(
    shape: Shape, outputs: int, units: int = 64, depth: int = 1, bidirectional: bool = False, dropout: float = 0.0,
    skip_padding: bool = False,
) -> Sequential:  # fmt: skip
    """LSTM layers, and a linear Dense that gives the outputs from the last state. Settings as in `rnn`.

    Source:
        Hochreiter and Schmidhuber, Long Short-Term Memory (1997).

    Example:
        >>> lstm((50, 8), 3, depth=2, bidirectional=True).output_shape((50, 8))
        (3,)
    """
    _require("lstm", shape, depth)

    def layer(every: bool) -> Layer:
        return LSTM(units, return_sequence=every, skip_padding=skip_padding)

    return _stack(layer, outputs, depth, bidirectional, dropout)


def gru(
    shape: Shape, outputs: int, units: int = 64, depth: int = 1, bidirectional: bool = False, dropout: float = 0.0,
    skip_padding: bool = False,
) -> Sequential:  # fmt: skip
    """GRU layers, and a linear Dense that gives the outputs from the last state. Settings as in `rnn`.

    Source:
        Cho et al., Learning Phrase Representations using RNN Encoder-Decoder (2014).

    Example:
        >>> gru((50, 8), 3).output_shape((50, 8))
        (3,)
    """
    _require("gru", shape, depth)

    def layer(every: bool) -> Layer:
        return GRU(units, return_sequence=every, skip_padding=skip_padding)

    return _stack(layer, outputs, depth, bidirectional, dropout)


def transformer(
    shape: Shape, outputs: int, features: int = 64, heads: int = 4, hidden: int = 128, depth: int = 2,
    dropout: float = 0.1, skip_padding: bool = False,
) -> Sequential:  # fmt: skip
    """A Transformer that reads a sequence: blocks of attention, the mean over all steps, and a linear Dense.

    Args:
        shape: (steps, features) of one sequence.
        outputs: numbers an example.
        features: numbers a step inside, a multiple of `heads`.
        heads: of each block's attention.
        hidden: neurons of each block's hidden layer.
        depth: how many blocks.
        dropout: share that is silenced while training.
        skip_padding: whether steps that are all zero count as filled up.

    Raises:
        SettingError: a setting that the layers refuse, or a depth below 1.
        ShapeError: examples that are not sequences.

    Source:
        Vaswani et al., Attention Is All You Need (2017): its encoder, with learnt places and norms in front.

    Example:
        >>> transformer((50, 8), 3).output_shape((50, 8))
        (3,)
    """
    _require("transformer", shape, depth)
    blocks = [TransformerBlock(heads, hidden, dropout, skip_padding=skip_padding) for _ in range(depth)]
    return Sequential(
        Linear(features, bias=False),  # without a bias, filled-up steps stay zero
        PositionalEmbedding(shape[0], skip_padding), *blocks,
        GlobalAveragePool1D(skip_padding), LayerNorm(), Dense(outputs),
    )  # fmt: skip


def _stack(layer: Callable[[bool], Layer], outputs: int, depth: int, bidirectional: bool, dropout: float) -> Sequential:
    """`depth` recurrent layers; `layer` makes one that gives every state, or the last one only."""
    layers: list[Layer] = []
    for number in range(depth):
        one = layer(number < depth - 1)
        layers.append(Bidirectional(one) if bidirectional else one)
        if dropout:
            layers.append(Dropout(dropout))
    return Sequential(*layers, Dense(outputs))


def _require(name: str, shape: Shape, depth: int) -> None:
    require_positive(name, depth=depth)
    if len(shape) != 2:
        raise ShapeError(name, "sequences of shape (batch, steps, features)", shape, "Take mlp or cnn instead.")
