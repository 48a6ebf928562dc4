"""Networks for language: what comes next, after each step."""

from __future__ import annotations

from collections.abc import Callable

from lamina.errors import SettingError
from lamina.layers.attention import PositionalEmbedding, TransformerBlock
from lamina.layers.base import Layer, require_positive
from lamina.layers.combining import Sequential
from lamina.layers.dense import Dense
from lamina.layers.dropout import Dropout
from lamina.layers.embedding import Embedding
from lamina.layers.normalization import LayerNorm
from lamina.layers.recurrent import GRU, LSTM, Recurrent

CELLS: dict[str, Callable[[int], Layer]] = {
    "rnn": lambda units: Recurrent(units, return_sequence=True),
    "lstm": lambda units: LSTM(units, return_sequence=True),
    "gru": lambda units: GRU(units, return_sequence=True),
}


def language_model(
    entries: int, units: int = 512, depth: int = 1, dropout: float = 0.4, cell: str = "lstm"
) -> Sequential:
    """An embedding, recurrent layers that give every state, and a linear Dense on each.

    Args:
        entries: size of the vocabulary; as many numbers come out for each step.
        units: of each recurrent layer.
        depth: how many recurrent layers.
        dropout: share of each layer's states that is silenced while training.
        cell: "lstm", "gru" or "rnn".

    Raises:
        SettingError: an unknown cell, or settings that the layers refuse.

    Source:
        Mikolov et al., Recurrent neural network based language model (2010), with LSTM for the simple network.

    Example:
        >>> language_model(65).output_shape((100,))
        (100, 65)
    """
    if cell not in CELLS:
        raise SettingError(f"language_model needs a cell out of {', '.join(CELLS)}; got {cell!r}")
    layers: list[Layer] = [Embedding(entries, min(64, entries))]
    for _ in range(depth):
        layers += [CELLS[cell](units), Dropout(dropout)] if dropout else [CELLS[cell](units)]
    return Sequential(*layers, Dense(entries))


def language_transformer(
    entries: int, steps: int, features: int = 192, heads: int = 6, hidden: int = 768, depth: int = 4,
    dropout: float = 0.2,
) -> Sequential:  # fmt: skip
    """A Transformer's decoder: blocks of attention in which a step sees itself and earlier ones only.

    Args:
        entries: size of the vocabulary; as many numbers come out for each step.
        steps: of a sequence, at most.
        features: numbers an entry becomes, a multiple of `heads`.
        heads: of each block's attention.
        hidden: neurons of each block's hidden layer.
        depth: how many blocks.
        dropout: share that is silenced while training.

    Raises:
        SettingError: settings that the layers refuse.

    Source:
        Vaswani et al., Attention Is All You Need (2017): its decoder without a source, as in Radford et al., Improving
        Language Understanding by Generative Pre-Training (2018), with the norms in front.

    Example:
        >>> language_transformer(65, 100).output_shape((100,))
        (100, 65)
    """
    require_positive("language_transformer", depth=depth)
    blocks = [TransformerBlock(heads, hidden, dropout, causal=True) for _ in range(depth)]
    return Sequential(Embedding(entries, features), PositionalEmbedding(steps), *blocks, LayerNorm(), Dense(entries))


LANGUAGE_NETWORKS: dict[str, Callable[[int, int], Layer]] = {
    "rnn": lambda entries, steps: language_model(entries, cell="rnn"),
    "lstm": lambda entries, steps: language_model(entries),
    "gru": lambda entries, steps: language_model(entries, cell="gru"),
    "transformer": language_transformer,
}
"""Name -> (entries of the vocabulary, steps) -> network."""


def language_network_by_name(name: str, entries: int, steps: int) -> Layer:
    """The design of this name for language.

    Raises:
        SettingError: an unknown name, or one for other data.

    Example:
        >>> language_network_by_name("gru", 65, 100).output_shape((100,))
        (100, 65)
    """
    if name not in LANGUAGE_NETWORKS:
        raise SettingError(f"the network for a long text must be one of {', '.join(LANGUAGE_NETWORKS)}; got {name!r}")
    return LANGUAGE_NETWORKS[name](entries, steps)
