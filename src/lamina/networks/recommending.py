"""A network for ratings: who, what, and how both meet."""

from __future__ import annotations

from collections.abc import Sequence

from lamina.layers.activations import Activation
from lamina.layers.combining import Parallel, Sequential
from lamina.layers.dense import Dense
from lamina.layers.dropout import Dropout
from lamina.layers.reshaping import Slice


def recommender(
    places: Sequence[tuple[int, int]], outputs: int = 1, units: int = 32, hidden: int = 64, dropout: float = 0.5
) -> Sequential:
    """An embedding for each category and a multi-layer perceptron on them, beside a bias for each value.

        y = W h(e_1, e_2, ...) + b_user + b_item + b

    Each category is one-hot, so that a Dense without a bias is its embedding.

    Args:
        places: (first, behind the last) feature of each category.
        outputs: numbers an example.
        units: of each embedding.
        hidden: neurons of the perceptron's layer.
        dropout: share of the embeddings and of the hidden layer that is silenced while training.

    Source:
        He et al., Neural Collaborative Filtering (2017); Cheng et al., Wide & Deep Learning for Recommender Systems
        (2016).

    Example:
        >>> recommender(((0, 5), (5, 12))).output_shape((12,))
        (1,)
    """
    last = max(stop for _, stop in places)
    embeddings = [
        Sequential(Slice(start, stop), Dense(units, bias=False, initializer="normal")) for start, stop in places
    ]
    deep = Sequential(
        Parallel(*embeddings), Dropout(dropout), Dense(hidden, "relu", initializer="he_normal"), Dropout(dropout),
    )  # fmt: skip
    wide = Sequential(Slice(0, last), Dense(outputs, initializer="zeros"), Activation("linear"))
    return Sequential(Parallel(wide, deep), Dense(outputs))
