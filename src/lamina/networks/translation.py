"""A network for pairs of texts: one is read, the other is written."""

from __future__ import annotations

from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.dropout import Dropout
from lamina.layers.embedding import Embedding
from lamina.layers.recurrent import GRU, Bidirectional
from lamina.layers.translation import Translator


def translator(
    source_entries: int, entries: int, source_steps: int, features: int = 256, units: int = 256, dropout: float = 0.4
) -> Translator:
    """A GRU that reads the source in both directions, and one that writes, looking back at each step of the source.

    Args:
        source_entries: of the source's vocabulary, padding and unknown included.
        entries: of the target's vocabulary, padding, unknown and the end included.
        source_steps: tokens of a source.
        features: numbers a token becomes.
        units: of the GRU that writes; each direction of the one that reads has half of them.
        dropout: share of the rows, and of what is read out, that is silenced while training.

    Source:
        Bahdanau, Cho and Bengio, Neural Machine Translation by Jointly Learning to Align and Translate (2015), its
        reader; the attention is that of Luong, Pham and Manning (2015).

    Example:
        >>> translator(50, 40, source_steps=7).output_shape((12,))
        (5, 3)
    """
    layers: list[Layer] = [Embedding(source_entries, features, "unit_normal", padding=True)]
    if dropout:
        layers.append(Dropout(dropout))
    reader = Bidirectional(GRU(max(1, units // 2), return_sequence=True, skip_padding=True))
    return Translator(Sequential(*layers, reader), source_steps, entries, features, units, dropout)
