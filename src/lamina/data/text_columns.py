"""How one column of texts becomes numbers.

WordsColumn       which of the commonest words a text has
TokensColumn      the words in their order
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy
from lamina.data.columns import Column
from lamina.data.table import texts_of
from lamina.data.text_encoder import TextEncoder, choose_length
from lamina.data.tokenizer import FIRST, Words
from lamina.data.tokenizer import words_of as tokens_of
from lamina.errors import SettingError
from lamina.recipes import recipe

MOST_WORDS = 256
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


@recipe
class WordsColumn(Column):
    """A text: which of the commonest words of the training rows it has."""

    name: str
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.words) <= MOST_WORDS or len(set(self.words)) < len(self.words):
            raise SettingError(f"the column {self.name} needs 1 to {MOST_WORDS} words that differ")

    @property
    def width(self) -> int:
        """One a word."""
        return len(self.words)

    @property
    def features(self) -> int:
        """One a word."""
        return len(self.words)

    def encode(self, values: Numpy) -> Numpy:
        """1 where the text has the word."""
        encoded = np.zeros((len(values), len(self.words)), np.float32)
        places = {word: place for place, word in enumerate(self.words)}
        for row, text in enumerate(texts_of(values)):
            for word in words_of(text):
                if word in places:
                    encoded[row, places[word]] = 1.0
        return encoded

    def expand(self, x: Array) -> Array:
        """As it is."""
        return x

    def values_of(self, features: Numpy) -> list[Any]:
        """The words whose feature is above one half, in the order of how common they are."""
        return [" ".join(word for word, x in zip(self.words, row, strict=True) if x > 0.5) for row in features]

    def describe(self) -> str:
        """The commonest words."""
        more = " ..." if len(self.words) > 8 else ""
        return f"text: which of {len(self.words)} words it has: {', '.join(self.words[:8])}{more}"

    def made_up(self) -> list[str]:
        """Texts of some of the words each."""
        return [" ".join(self.words[start::3]) for start in range(min(3, len(self.words)))]


@recipe
class TokensColumn(Column):
    """A text as the tokens of its words, in their order, filled up with 0."""

    name: str
    encoder: TextEncoder

    @property
    def width(self) -> int:
        """One a token."""
        return self.encoder.length

    @property
    def features(self) -> int:
        """One a token: a network needs an Embedding for them."""
        return self.encoder.length

    def encode(self, values: Numpy) -> Numpy:
        """The tokens, as whole floats."""
        return self.encoder.encode_texts(texts_of(values)).astype(np.float32)

    def expand(self, x: Array) -> Array:
        """As they are."""
        return x

    def values_of(self, features: Numpy) -> list[Any]:
        """The words of the nearest tokens."""
        known = self.encoder.tokenizer.vocabulary_texts()
        tokens = np.clip(np.rint(features), 0, FIRST + len(known) - 1).astype(int)
        return ["".join(known[token - FIRST] for token in row if token >= FIRST).strip() for row in tokens.tolist()]

    def describe(self) -> str:
        """The size of the vocabulary, and the length."""
        return f"text: up to {self.encoder.length} words out of {self.encoder.tokenizer.entries - 2:,}"

    def made_up(self) -> list[str]:
        """Texts that hold every word of the vocabulary."""
        return [text for text in self.encoder.made_up() if isinstance(text, str)]


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return WORD.findall(text.lower())


def fit_tokens(name: str, values: Numpy) -> TokensColumn:
    """The words of these texts, and a length that holds nearly all of them whole."""
    texts = texts_of(values)
    counts = np.array([len(tokens_of(text)) for text in texts], np.int64)
    return TokensColumn(name, TextEncoder(Words.fit(texts), choose_length(counts)))


def fit_words(name: str, values: Numpy, least: int) -> WordsColumn:
    """The commonest words that come in at least so many texts, but not in all of them."""
    texts = texts_of(values)
    counts = Counter(word for text in texts for word in set(words_of(text)))
    often = [word for word, count in counts.most_common() if least <= count < len(texts)][:MOST_WORDS]
    return WordsColumn(name, tuple(often) or ("",))
