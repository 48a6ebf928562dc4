"""Networks for texts: for examples of (length,) tokens, 0 where a text is filled up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lamina.arrays import Shape
from lamina.errors import SettingError
from lamina.layers.base import Layer
from lamina.layers.combining import Parallel, Sequential
from lamina.layers.convolution import Conv1D
from lamina.layers.dense import Dense
from lamina.layers.dropout import Dropout
from lamina.layers.embedding import Embedding
from lamina.layers.global_pooling import GlobalAveragePool1D, GlobalMaxPool1D
from lamina.networks.sequences import gru, lstm, rnn, transformer

UNITS = 32
"""Numbers a word becomes."""


def text_average(
    entries: int, outputs: int, units: int = UNITS, hidden: tuple[int, ...] = (), dropout: float = 0.5
) -> Sequential:
    """A learnt row for each word, the mean of a text's rows, and Dense layers: the order of words is not seen.

    Args:
        entries: of the vocabulary, padding and unknown included.
        outputs: numbers an example.
        units: numbers a word.
        hidden: neurons of each hidden layer.
        dropout: share of the mean, and of each hidden layer, that is silenced while training.

    Source:
        Iyyer et al., Deep Unordered Composition Rivals Syntactic Methods for Text Classification (2015); without hidden
        layers Joulin et al., Bag of Tricks for Efficient Text Classification (2016), here without pairs of words.

    Example:
        >>> text_average(1000, 2).output_shape((50,))
        (2,)
    """
    layers: list[Layer] = [Embedding(entries, units, padding=True), GlobalAveragePool1D(skip_padding=True)]
    for neurons in hidden:
        layers += [Dropout(dropout), Dense(neurons, "relu", initializer="he_normal")]
    return Sequential(*layers, Dropout(dropout), Dense(outputs))


def text_cnn(
    entries: int, outputs: int, units: int = UNITS, filters: int = 64, sizes: tuple[int, ...] = (3, 4, 5),
    dropout: float = 0.5,
) -> Sequential:  # fmt: skip
    """Filters over a few neighboring words each, the strongest answer of each in the whole text, and a Dense layer.

    Args:
        entries: of the vocabulary, padding and unknown included.
        outputs: numbers an example.
        units: numbers a word.
        filters: of each size.
        sizes: how many neighboring words the filters see.
        dropout: share of the answers that is silenced while training.

    Source:
        Kim, Convolutional Neural Networks for Sentence Classification (2014): its CNN-rand.

    Example:
        >>> text_cnn(1000, 2).output_shape((50,))
        (2,)
    """
    branches = [
        Sequential(Conv1D(filters, size, "relu", padding="same", initializer="he_normal"), GlobalMaxPool1D())
        for size in sizes
    ]
    seen = Parallel(*branches) if len(branches) > 1 else branches[0]
    return Sequential(Embedding(entries, units, padding=True), seen, Dropout(dropout), Dense(outputs))


def _read_in_order(design: Callable[..., Sequential]) -> Callable[[int, int, int], Sequential]:
    """A design for sequences behind an Embedding."""

    def network(entries: int, length: int, outputs: int) -> Sequential:
        shape: Shape = (length, UNITS)
        behind = design(shape, outputs, skip_padding=True)
        return Sequential(Embedding(entries, UNITS, padding=True), *behind.layers)

    return network


TEXT_NETWORKS: dict[str, Callable[[int, int, int], Sequential]] = {
    "average": lambda entries, length, outputs: text_average(entries, outputs),
    "mlp": lambda entries, length, outputs: text_average(entries, outputs, hidden=(64,)),
    "cnn": lambda entries, length, outputs: text_cnn(entries, outputs),
    "rnn": _read_in_order(rnn),
    "lstm": _read_in_order(lstm),
    "gru": _read_in_order(gru),
    "transformer": _read_in_order(transformer),
}
"""Name -> (entries of the vocabulary, tokens of an example, number of outputs) -> network."""


def text_network_by_name(name: str, entries: int, length: int, outputs: int, from_floats: bool = False) -> Layer:
    """The design of this name for texts; from tokens as floats where they are the only column of a table.

    Raises:
        SettingError: an unknown name, or one for other data.

    Example:
        >>> text_network_by_name("gru", 1000, 50, 2).output_shape((50,))
        (2,)
    """
    if name not in TEXT_NETWORKS:
        raise SettingError(f"the network for texts must be one of {', '.join(TEXT_NETWORKS)}; got {name!r}")
    words, *behind = TEXT_NETWORKS[name](entries, length, outputs).layers
    if from_floats and isinstance(words, Embedding):
        words = replace(words, from_floats=True)
    return Sequential(words, *behind)
