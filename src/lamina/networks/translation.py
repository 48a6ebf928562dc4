"""Networks for pairs of texts: one is read, the other is written."""

from __future__ import annotations

from collections.abc import Callable

from lamina.errors import SettingError
from lamina.layers.attention import PositionalEmbedding, TransformerBlock
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.dropout import Dropout
from lamina.layers.embedding import Embedding
from lamina.layers.recurrent import GRU, Bidirectional
from lamina.layers.transformer_translation import TransformerTranslator
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


def translation_transformer(
    source_entries: int, entries: int, source_steps: int, features: int = 256, heads: int = 4, hidden: int = 512,
    depth: int = 2, dropout: float = 0.2,
) -> TransformerTranslator:  # fmt: skip
    """A Transformer: blocks of attention that read the source, and blocks that write, looking back at it.

    Args:
        source_entries: of the source's vocabulary, padding and unknown included.
        entries: of the target's vocabulary, padding, unknown and the end included.
        source_steps: tokens of a source.
        features: numbers a token becomes, a multiple of `heads`.
        heads: of each attention.
        hidden: neurons of each block's hidden layer.
        depth: how many blocks on each side.
        dropout: share that is silenced while training.

    Source:
        Vaswani et al., Attention Is All You Need (2017), smaller, with learnt places and the norms in front.

    Example:
        >>> translation_transformer(50, 40, source_steps=7).output_shape((12,))
        (5, 3)
    """
    blocks = [TransformerBlock(heads, hidden, dropout, skip_padding=True) for _ in range(depth)]
    reader = Sequential(
        Embedding(source_entries, features, "unit_normal", padding=True),
        PositionalEmbedding(source_steps, skip_padding=True), *blocks,
    )  # fmt: skip
    return TransformerTranslator(reader, source_steps, entries, features, heads, hidden, depth, dropout)


TRANSLATORS: dict[str, Callable[[int, int, int], Layer]] = {"gru": translator, "transformer": translation_transformer}
"""Name -> (source's entries, target's entries, tokens of a source) -> network."""


def translator_by_name(name: str, source_entries: int, entries: int, source_steps: int) -> Layer:
    """The design of this name for pairs of texts.

    Raises:
        SettingError: an unknown name, or one for other data.

    Example:
        >>> translator_by_name("gru", 50, 40, 7).output_shape((12,))
        (5, 3)
    """
    if name not in TRANSLATORS:
        raise SettingError(f"the network for pairs of texts must be one of {', '.join(TRANSLATORS)}; got {name!r}")
    return TRANSLATORS[name](source_entries, entries, source_steps)
