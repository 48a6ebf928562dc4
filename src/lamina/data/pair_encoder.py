"""Pairs of texts as tokens: the source's, then the target's, each filled up with 0 to a length of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import ClassVar

import numpy as np

from lamina.arrays import Array, Numpy, Shape, jnp
from lamina.data.byte_pairs import BytePairs
from lamina.data.encoders import Decoded, Encoder
from lamina.data.inputs import Inputs, RawExample, Skipped
from lamina.data.pairs import Pairs
from lamina.data.text_encoder import unknown_word
from lamina.data.tokenizer import PADDING
from lamina.errors import DataError, SettingError
from lamina.recipes import recipe

MERGES = 4_000
"""Joined pairs on each side: with 2,000 BLEU is lower, since more words fall apart."""
LONGEST = 128
"""Tokens of a source or a target, at most."""
WHOLE_SHARE = 0.995
"""The lengths are such that this share of the training texts stays whole."""
MADE_UP_PAIRS = 1_000
ASKED = 4
"""So many made-up sources come without a target, so that the proof holds what is written for them."""
NOTHING = "there is no text in it"


@recipe
class PairEncoder(Encoder):
    """A pair as tokens (source_length + target_length,): 0 fills up, and behind a whole target stands its end.

    A target that is not known is all 0: it is the network's to write.

    Args:
        source, target: their pieces of words were fitted on the training pairs.
        source_length, target_length: tokens; longer texts lose their end.
        column: what the sources are called.

    Raises:
        SettingError: a length that is not possible.

    Example:
        >>> english, french = BytePairs.fit(["go now"]), BytePairs.fit(["va va"])
        >>> PairEncoder(english, french, 4, 4, "English").encode_raw(("no", "va")).tolist()
        [5, 2, 0, 0, 5, 6, 0, 0]
    """

    source: BytePairs
    target: BytePairs
    source_length: int
    target_length: int
    column: str

    unit: ClassVar[str] = "tokens"

    def __post_init__(self) -> None:
        for length in (self.source_length, self.target_length):
            if not 1 <= length <= LONGEST:
                raise SettingError(f"PairEncoder needs lengths from 1 to {LONGEST} tokens; got {length}")

    @property
    def input_shape(self) -> Shape:
        """(source_length + target_length,)."""
        return (self.source_length + self.target_length,)

    @property
    def end(self) -> int:
        """The token behind a target: the one after the target's own."""
        return self.target.entries

    def encode(self, inputs: Inputs) -> tuple[Numpy, Numpy, tuple[Skipped, ...]]:
        """The pairs that have a source, as tokens."""
        if not isinstance(inputs, Pairs):
            raise DataError(f"the model takes pairs of texts; got {type(inputs).__name__.lower()}")
        skipped = tuple(
            Skipped(inputs.names[row], NOTHING, row) for row, source in enumerate(inputs.sources) if not source.strip()
        )
        kept = np.setdiff1d(np.arange(len(inputs)), [one.row for one in skipped]).astype(np.int64)
        encoded = np.full((len(kept), *self.input_shape), PADDING, np.int32)
        for place, row in enumerate(kept.tolist()):
            encoded[place] = self.tokens(inputs.sources[row], inputs.targets[row])
        return encoded, kept, skipped

    def encode_raw(self, example: RawExample) -> Numpy:
        """A source, or a pair of a source and its target."""
        pair = (example, "") if isinstance(example, str) else example
        match pair:
            case (str(source), str(target)):
                return self.tokens(source, target)
        raise DataError("the model takes a text, or a text and its answer")

    def tokens(self, source: str, target: str) -> Numpy:
        """A pair's tokens; without a target, its part is empty."""
        found = np.full(self.input_shape, PADDING, np.int32)
        given = self.source.encode(source)[: self.source_length]
        answer = [*self.target.encode(target), self.end] if target else []
        found[: len(given)] = given
        found[self.source_length :][: len(answer)] = answer[: self.target_length]
        return found

    def asked(self, encoded: Numpy) -> Numpy:
        """Encoded pairs without their targets: what the network is asked when it shall answer."""
        blank = encoded.copy()
        blank[:, self.source_length :] = PADDING
        return blank

    def on_device(self, x: Array) -> Array:
        """The tokens as they are."""
        return jnp.asarray(x)

    def made_up(self) -> list[RawExample]:
        """Pairs that hold each entry of both vocabularies, unknown words and texts too long; and a few sources without
        a target."""
        sources, targets = (_held(side, length) for side, length in self._sides())
        count = min(MADE_UP_PAIRS, max(len(sources), len(targets)))
        pairs = zip(cycle(sources), cycle(targets), strict=False)
        return [*islice(pairs, count), *sources[:ASKED]]

    def notes(self, inputs: Inputs, target: str) -> list[str]:
        """How many texts lose their end."""
        if not isinstance(inputs, Pairs):
            return []
        notes = []
        columns = ((self.column, inputs.sources), (target, inputs.targets))
        for (side, length), (column, texts) in zip(self._sides(), columns, strict=True):
            cut = sum(len(side.encode(text)) > length for text in texts)
            if cut:
                share = 100 * cut / len(texts)
                notes.append(
                    f"{cut:,} texts of {column} ({share:.1f} %) are longer than {length} tokens; their end is left out"
                )
        return notes

    def _sides(self) -> tuple[tuple[BytePairs, int], tuple[BytePairs, int]]:
        return (self.source, self.source_length), (self.target, self.target_length - 1)  # which keeps room for the end


@dataclass(eq=False)
class DecodedPairs(Decoded):
    """Pairs as they are; what is too long is known when the vocabularies are fitted."""

    inputs: Pairs
    kept: Numpy
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    def fit(self, training: Numpy) -> tuple[Encoder, Numpy]:
        """The pieces of words of the training pairs, and all pairs as tokens."""
        known = self.inputs.subset(training)
        source, target = (BytePairs.fit(texts, MERGES) for texts in (known.sources, known.targets))
        lengths = (_length(source, known.sources), min(LONGEST, 1 + _length(target, known.targets)))
        encoder = PairEncoder(source, target, *lengths, known.column)
        self.notes = tuple(encoder.notes(self.inputs, "the answers"))
        return encoder, encoder.encode(self.inputs)[0]


def decode_pairs(inputs: Pairs) -> DecodedPairs:
    """Nothing to read: every pair is kept."""
    return DecodedPairs(inputs, np.arange(len(inputs)))


def _length(side: BytePairs, texts: Sequence[str]) -> int:
    """As many tokens as nearly all texts have at most."""
    counts = [len(side.encode(text)) for text in texts]
    return int(min(LONGEST, max(1, np.ceil(np.quantile(counts, WHOLE_SHARE)))))


def _held(side: BytePairs, length: int) -> list[str]:
    """Texts that hold an unknown word, more than fits, and each entry of one side once."""
    entries = side.vocabulary_texts()
    hand = max(1, length // 2)  # what keeps an entry apart from the next is a token too
    dealt = ["".join(entries[start : start + hand]) for start in range(0, len(entries), hand)]
    return [f"{unknown_word(side)} {entries[-1]}", "".join(entries[-length - 1 :]), *dealt]
