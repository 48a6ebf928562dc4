"""Texts: tokens of one length on the host; what is short is filled up with 0, what is long loses its middle."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import ClassVar

import numpy as np

from lamina.arrays import Array, Numpy, Shape, jnp
from lamina.data.encoders import Decoded, Encoder
from lamina.data.inputs import Inputs, RawExample, Skipped
from lamina.data.texts import GUESS, UTF8, Texts
from lamina.data.tokenizer import PADDING, UNKNOWN, Tokenizer, Words, words_of
from lamina.errors import DataError, SettingError
from lamina.recipes import recipe

MAX_LENGTH = 100_000
SHORTEST, LONGEST = 32, 1_000
"""The length that is chosen for texts: as many words as 99 of 100 texts have at most, within these."""
WHOLE_SHARE = 0.99
MADE_UP_WORDS = 100
"""Words in a made-up text, at most."""
MADE_UP_TEXTS = 1_000


@recipe
class TextEncoder(Encoder):
    """Texts as tokens (length,): 0 where a short text is filled up; a long one loses its middle.

    Args:
        tokenizer: its vocabulary was fitted on the training texts.
        length: tokens of an example; of a longer text the first and the last half of it are taken.

    Raises:
        SettingError: a length below 1 or above 100,000.

    Source:
        Sun et al., How to Fine-Tune BERT for Text Classification? (2019), section 5.3.1: head and tail.

    Example:
        >>> TextEncoder(Words(("good", "film")), 4).encode_raw("Good film").tolist()
        [2, 3, 0, 0]
    """

    tokenizer: Tokenizer
    length: int

    unit: ClassVar[str] = "tokens"

    def __post_init__(self) -> None:
        if not 1 <= self.length <= MAX_LENGTH:
            raise SettingError(f"TextEncoder needs a length from 1 to {MAX_LENGTH:,} tokens; got {self.length:,}")

    @property
    def input_shape(self) -> Shape:
        """(length,)."""
        return (self.length,)

    def encode(self, inputs: Inputs) -> tuple[Numpy, Numpy, tuple[Skipped, ...]]:
        """The texts that can be read, as tokens."""
        if not isinstance(inputs, Texts):
            raise DataError(f"the model takes texts; got {type(inputs).__name__.lower()}")
        found = decode_all(inputs)
        return self.encode_texts(found.texts), found.kept, found.skipped

    def encode_texts(self, texts: Sequence[str]) -> Numpy:
        """Texts as tokens (texts, length), int32."""
        encoded = np.full((len(texts), self.length), PADDING, np.int32)
        for row, text in enumerate(texts):
            encoded[row] = self.encode_raw(text)
        return encoded

    def encode_raw(self, example: RawExample) -> Numpy:
        """One text, filled up or cut."""
        if not isinstance(example, str):
            raise DataError("the model takes texts")
        tokens = self.tokenizer.encode(example)
        if len(tokens) > self.length:
            head = (self.length + 1) // 2
            tokens = tokens[:head] + tokens[len(tokens) - (self.length - head) :]
        return np.array(tokens + [PADDING] * (self.length - len(tokens)), np.int32)

    def on_device(self, x: Array) -> Array:
        """The tokens as they are."""
        return jnp.asarray(x)

    def made_up(self) -> list[RawExample]:
        """Texts that hold each entry of the vocabulary twice; unknown words, no word at all, and a text too long.

        The texts are dealt in two ways, so that no two entries share both of theirs: exchanged entries show.
        """
        entries = self.tokenizer.vocabulary_texts()
        side = max(1, min(self.length, MADE_UP_WORDS, math.isqrt(len(entries))))
        hands = -(-len(entries) // side)
        straight: list[list[str]] = [[] for _ in range(hands)]
        slanted: list[list[str]] = [[] for _ in range(hands)]
        for place, entry in enumerate(entries):  # at most as many in a hand as there are hands
            straight[place // side].append(entry)
            slanted[(place // side + place % side) % hands].append(entry)
        dealt = ["".join(hand) for pair in zip(straight, slanted, strict=True) for hand in pair if hand]
        unknown = unknown_word(self.tokenizer)
        return [*dealt[:MADE_UP_TEXTS], unknown, f"{entries[0]}{unknown} {entries[-1]}", "", self._too_long(entries)]

    def _too_long(self, entries: list[str]) -> str:
        """Every other entry up to half the length, the others beyond its end: where it is cut shows."""
        first = islice(cycle(entries[::2]), self.length // 2)
        rest = islice(cycle(entries[1::2] or entries), self.length + 1)
        return "".join([*first, *rest])


@dataclass(frozen=True, eq=False)
class DecodedTexts(Decoded):
    """Texts that were decoded once, and the length that suits them."""

    texts: tuple[str, ...]
    length: int
    kept: Numpy
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]

    def fit(self, training: Numpy) -> tuple[Encoder, Numpy]:
        """The words of the training texts, and all texts as tokens."""
        encoder = TextEncoder(Words.fit(self.texts[row] for row in training), self.length)
        return encoder, encoder.encode_texts(self.texts)


@dataclass(frozen=True)
class Found:
    """What decoding gave: the texts, where they come from, and their encodings."""

    texts: tuple[str, ...]
    kept: Numpy
    skipped: tuple[Skipped, ...]
    encodings: tuple[str, ...]


def decode_all(inputs: Texts) -> Found:
    """Decode every text; those that cannot be read are named."""
    texts, encodings, kept, skipped = [], [], [], []
    for place in range(len(inputs)):
        try:
            text, encoding = inputs.text(place)
        except DataError as error:
            skipped.append(Skipped(inputs.names[place], str(error), place))
            continue
        texts.append(text)
        encodings.append(encoding)
        kept.append(place)
    return Found(tuple(texts), np.array(kept, np.int64), tuple(skipped), tuple(encodings))


def decode_texts(inputs: Texts) -> DecodedTexts:
    """Decode every text, choose a length, and say what was assumed."""
    found = decode_all(inputs)
    counts = np.array([len(words_of(text)) for text in found.texts], np.int64)
    length = choose_length(counts)
    notes = (*_encoding_notes(found, inputs.names), *_length_notes(counts, length))
    return DecodedTexts(found.texts, length, found.kept, found.skipped, notes)


def choose_length(counts: Numpy) -> int:
    """How many words of each text are taken, from the number of words that the texts have."""
    if not len(counts):
        return SHORTEST
    most = int(np.ceil(np.quantile(counts, WHOLE_SHARE)))
    return max(SHORTEST, min(most, LONGEST))


def _encoding_notes(found: Found, names: Sequence[str]) -> list[str]:
    notes = []
    for encoding, count in Counter(found.encodings).most_common():
        if encoding == UTF8:
            continue
        example = names[found.kept[found.encodings.index(encoding)]]
        how = "a guess, since they are not UTF-8" if encoding == GUESS else "as their first bytes say"
        notes.append(f"{count:,} texts are read as {encoding}, {how} (such as {example})")
    return notes


def _length_notes(counts: Numpy, length: int) -> list[str]:
    notes = []
    cut, empty = int((counts > length).sum()), int((counts == 0).sum())
    if cut:
        share = 100 * cut / len(counts)
        notes.append(f"{cut:,} texts ({share:.1f} %) have more than {length:,} words; their middle is left out")
    if empty:
        notes.append(f"{empty:,} texts have no word: nothing can be told from them")
    return notes


def unknown_word(tokenizer: Tokenizer) -> str:
    """A word that a vocabulary does not hold."""
    return next(text for text in _strange_words() if set(tokenizer.encode(text)) == {UNKNOWN})


def _strange_words() -> Iterator[str]:
    """Words of one Korean syllable, rare ones first: more of them than a vocabulary may have entries."""
    return map(chr, range(0xD7A3, 0xABFF, -1))
