"""Networks for tables in which texts stand beside numbers and categories."""

from __future__ import annotations

from collections.abc import Sequence

from lamina.layers.base import Layer
from lamina.layers.combining import Parallel, Sequential
from lamina.layers.dense import Dense
from lamina.layers.dropout import Dropout
from lamina.layers.embedding import Embedding
from lamina.layers.global_pooling import GlobalAveragePool1D
from lamina.layers.reshaping import Slice

Place = tuple[int, int, int]
"""The first feature of a text column, the one behind its last, and the entries of its vocabulary."""


def text_table(
    plain: int, texts: Sequence[Place], outputs: int, hidden: int = 128, units: int = 32, dropout: float = 0.5
) -> Sequential:
    """Each text as the mean of its words' rows, beside a Dense layer on the other columns, and a Dense on all of them.

    Args:
        plain: features of the columns that are no texts; they come first.
        texts: where each text's tokens stand, and how many tokens there are.
        outputs: numbers an example.
        hidden: neurons on the plain features.
        units: numbers a word becomes.
        dropout: share of the means, and of the hidden layer, that is silenced while training.

    Source:
        Iyyer et al., Deep Unordered Composition Rivals Syntactic Methods for Text Classification (2015).

    Example:
        >>> text_table(5, [(5, 25, 100)], 2).output_shape((25,))
        (2,)
    """
    branches = [text_branch(place, units) for place in texts]
    if plain:
        branches.append(Sequential(Slice(0, plain), Dense(hidden, "relu", initializer="he_normal")))
    seen = branches[0].layers if len(branches) == 1 else (Parallel(*branches),)
    behind: list[Layer] = [Dropout(dropout)]
    if plain:
        behind += [Dense(hidden, "relu", initializer="he_normal"), Dropout(dropout / 2)]
    return Sequential(*seen, *behind, Dense(outputs))


def text_branch(place: Place, units: int) -> Sequential:
    """The mean of the rows of a text's words."""
    start, stop, entries = place
    words = Embedding(entries, units, padding=True, from_floats=True)
    return Sequential(Slice(start, stop), words, GlobalAveragePool1D(skip_padding=True))
