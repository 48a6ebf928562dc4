"""Networks for tables in which texts and pictures stand beside numbers and categories."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lamina.arrays import Shape
from lamina.layers.base import Layer
from lamina.layers.combining import Parallel, Sequential
from lamina.layers.dense import Dense
from lamina.layers.dropout import Dropout
from lamina.layers.embedding import Embedding
from lamina.layers.global_pooling import GlobalAveragePool1D
from lamina.layers.reshaping import Reshape, Slice
from lamina.networks.pictures import cnn

Place = tuple[int, int, int]
"""The first feature of a text column, the one behind its last, and the entries of its vocabulary."""
PicturePlace = tuple[int, Shape]
"""The first feature of a column of pictures, and their (height, width, channels)."""


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


def picture_table(
    plain: int,
    texts: Sequence[Place],
    pictures: Sequence[PicturePlace],
    outputs: int,
    hidden: int = 128,
    filters: tuple[int, ...] = (32, 64),
    dropout: float = 0.3,
) -> Sequential:
    """A small convolutional network on each picture, beside a Dense layer on the other columns and the words of texts.

    Args:
        plain: features of the columns that are neither texts nor pictures; they come first.
        texts: where each text's tokens stand, and how many tokens there are.
        pictures: where each picture's pixels stand; they come last.
        outputs: numbers an example.
        hidden: neurons on each picture, on the plain features, and on all of them together.
        filters: of each convolution.
        dropout: share of the values silenced before each Dense layer while training.

    Example:
        >>> picture_table(5, [], [(5, (8, 8, 1))], 2).output_shape((69,))
        (2,)
    """
    branches: list[Layer] = []
    if plain:
        branches.append(Sequential(Slice(0, plain), Dense(hidden, "relu", initializer="he_normal")))
    branches += [text_branch(place, hidden // 4) for place in texts]
    for start, shape in pictures:
        seen = cnn(shape, outputs, filters, hidden, dropout).layers[:-1]  # all but the linear Dense at its end
        branches.append(Sequential(Slice(start, start + math.prod(shape)), Reshape(shape), *seen))
    together: tuple[Layer, ...] = (Parallel(*branches), Dense(hidden, "relu", initializer="he_normal"))
    return Sequential(*together, Dropout(dropout), Dense(outputs))


def text_branch(place: Place, units: int) -> Sequential:
    """The mean of the rows of a text's words."""
    start, stop, entries = place
    words = Embedding(entries, units, padding=True, from_floats=True)
    return Sequential(Slice(start, stop), words, GlobalAveragePool1D(skip_padding=True))
