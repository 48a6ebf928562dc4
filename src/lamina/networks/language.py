"""A network for language: what comes next, after each step."""

from __future__ import annotations

from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.dense import Dense
from lamina.layers.dropout import Dropout
from lamina.layers.embedding import Embedding
from lamina.layers.recurrent import LSTM


def language_model(entries: int, units: int = 512, depth: int = 1, dropout: float = 0.4) -> Sequential:
    """An embedding, LSTM layers that give every state, and a linear Dense on each.

    Args:
        entries: size of the vocabulary; as many numbers come out for each step.
        units: of each LSTM layer.
        depth: how many LSTM layers.
        dropout: share of each layer's states that is silenced while training.

    Source:
        Mikolov et al., Recurrent neural network based language model (2010), with LSTM for the simple network.

    Example:
        >>> language_model(65).output_shape((100,))
        (100, 65)
    """
    layers: list[Layer] = [Embedding(entries, min(64, entries))]
    for _ in range(depth):
        layers += (
            [LSTM(units, return_sequence=True), Dropout(dropout)] if dropout else [LSTM(units, return_sequence=True)]
        )
    return Sequential(*layers, Dense(entries))
