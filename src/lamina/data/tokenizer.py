"""Tokenizers: a text as whole numbers, by a vocabulary that was fitted on the training texts.

Characters      each character is a token
Words           words and signs, lower-cased
BytePairs       pieces of words, joined from characters by how often they stand together (see byte_pairs.py)

Token 0 is padding and never comes out of a text; token 1 is what the vocabulary does not hold.
"""

from __future__ import annotations

import abc
import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from lamina.errors import SettingError
from lamina.recipes import describe, recipe

PADDING, UNKNOWN, FIRST = 0, 1, 2
"""The two tokens that every vocabulary has, and the first of its own."""
MAX_ENTRIES = 10_000
"""Entries that a vocabulary may have: it stands in the header of the model file."""
MAX_CHARACTERS = 64
"""Characters that an entry may have; longer words are unknown."""
ALONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Kana and Chinese characters: written without blanks, each is a word of its own."""


class Tokenizer(abc.ABC):
    """A recipe for the way from a text to tokens."""

    @property
    @abc.abstractmethod
    def entries(self) -> int:
        """How many tokens there are, padding and unknown included: what an Embedding needs."""

    @abc.abstractmethod
    def encode(self, text: str) -> list[int]:
        """The tokens of a text, without padding."""

    @abc.abstractmethod
    def vocabulary_texts(self) -> list[str]:
        """A text for each entry of the vocabulary that holds it, with an end that keeps it apart from others."""

    def __repr__(self) -> str:
        return describe(self, without=("vocabulary", "merges"))


def tidy(text: str) -> str:
    """The text with accents joined to their letters (Unicode's form NFC), so that equal looks are equal."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def words_of(text: str) -> list[str]:
    """Words and signs in their order, lower-cased.

    Example:
        >>> words_of("Don't PANIC, Zoë!")
        ["don't", 'panic', ',', 'zoë', '!']
    """
    return _word_pattern(text.isascii()).findall(tidy(text.lower()))


@functools.cache
def _word_pattern(ascii_only: bool) -> re.Pattern[str]:
    """A word with its apostrophes, a character that is a word of its own, or one sign.

    Vowel signs and accents that stand alone (Hindi, Arabic) belong to their word; Python's \\w leaves them out.
    """
    if ascii_only:
        return re.compile(r"\w+(?:'\w+)*|[^\w\s]")
    marks = "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code))[0] == "M")
    letter = rf"(?:[^\W{ALONE}]|[{marks}])"
    return re.compile(rf"{letter}+(?:['’]{letter}+)*|\S")


def commonest(counts: Counter[str], most: int, least: int = 1) -> tuple[str, ...]:
    """Up to `most` keys that were counted at least `least` times, the commonest first, equal ones by alphabet."""
    found = [key for key, count in counts.items() if count >= least]
    return tuple(sorted(found, key=lambda key: (-counts[key], key))[:most])


@recipe
class Characters(Tokenizer):
    """Each character is a token.

    Args:
        vocabulary: the characters, the commonest first.

    Raises:
        SettingError: no character, one twice, or more than 9,998.

    Example:
        >>> Characters("ab").encode("bac")
        [3, 2, 1]
    """

    vocabulary: str

    def __post_init__(self) -> None:
        require_vocabulary("Characters", self.vocabulary)

    @classmethod
    def fit(cls, texts: Iterable[str], most: int = MAX_ENTRIES - FIRST) -> Characters:
        """The commonest characters of these texts."""
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(tidy(text))
        return cls("".join(commonest(counts, most)) or " ")

    @property
    def entries(self) -> int:
        """The characters, padding and unknown."""
        return FIRST + len(self.vocabulary)

    def encode(self, text: str) -> list[int]:
        """A token for each character."""
        places = self._places
        return [places.get(character, UNKNOWN) for character in tidy(text)]

    def vocabulary_texts(self) -> list[str]:
        """The characters."""
        return list(self.vocabulary)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {character: place for place, character in enumerate(self.vocabulary, FIRST)}


@recipe
class Words(Tokenizer):
    """Words and signs, lower-cased.

    Args:
        vocabulary: the words, the commonest first.

    Raises:
        SettingError: no word, one twice, or more than 9,998.

    Example:
        >>> Words(("good", "film")).encode("Good, good film!")
        [2, 1, 2, 3, 1]
    """

    vocabulary: tuple[str, ...]

    def __post_init__(self) -> None:
        require_vocabulary("Words", self.vocabulary)

    @classmethod
    def fit(cls, texts: Iterable[str], most: int = MAX_ENTRIES - FIRST, least: int = 2) -> Words:
        """The words that stand in the most of these texts, and in at least `least` of them."""
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update({word for word in words_of(text) if len(word) <= MAX_CHARACTERS})
        return cls(commonest(counts, most, least) or commonest(counts, most) or ("the",))

    @property
    def entries(self) -> int:
        """The words, padding and unknown."""
        return FIRST + len(self.vocabulary)

    def encode(self, text: str) -> list[int]:
        """A token for each word."""
        places = self._places
        return [places.get(word, UNKNOWN) for word in words_of(text)]

    def vocabulary_texts(self) -> list[str]:
        """The words, each with a blank behind it."""
        return [f"{word} " for word in self.vocabulary]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.vocabulary, FIRST)}


def require_vocabulary(who: str, vocabulary: Sequence[str]) -> None:
    """Raise a SettingError where entries are missing, empty, twice there, too long or too many."""
    if not 1 <= len(vocabulary) <= MAX_ENTRIES - FIRST:
        raise SettingError(
            f"{who} needs a vocabulary of 1 to {MAX_ENTRIES - FIRST:,} entries, since it stands in the model file's "
            f"header; got {len(vocabulary):,}"
        )
    if len(set(vocabulary)) != len(vocabulary) or "" in tuple(vocabulary):
        raise SettingError(f"{who} needs a vocabulary without empty entries and without one that comes twice")
    if max(map(len, vocabulary)) > MAX_CHARACTERS:
        raise SettingError(f"{who} needs entries of at most {MAX_CHARACTERS} characters")
