"""Byte pairs: pieces of words, joined from characters by how often they stand together."""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

from lamina.data.tokenizer import FIRST, MAX_ENTRIES, UNKNOWN, Tokenizer, commonest, require_vocabulary, tidy
from lamina.errors import SettingError
from lamina.recipes import recipe

CHUNK = re.compile(r" ?\w{1,64}| ?[^\w\s]{1,64}|\s{1,64}")
"""Pieces never reach across these: a word or signs with the blank before it, or other blanks."""
KEPT_CHUNKS = 65_536
CHARACTERS = 1_000
MERGES = 2_000

Pair: TypeAlias = tuple[int, int]


@recipe
class BytePairs(Tokenizer):
    """Pieces of words: characters, and the pairs that were joined, the commonest first.

    Nothing is lost: the pieces of known characters, side by side, are the text.

    Args:
        vocabulary: the characters, the commonest first; tokens from 2 on.
        merges: which two tokens are joined to the next new token.

    Raises:
        SettingError: characters missing or twice, a merge of tokens that come later, more than 10,000 entries.

    Source:
        Sennrich, Haddow and Birch, Neural Machine Translation of Rare Words with Subword Units (2016), section 3.2,
        with the blank at a word's beginning (Radford et al., 2019) instead of a mark at its end.

    Example:
        >>> pairs = BytePairs.fit(["low low lower"], merges=2)
        >>> [pairs.piece(token) for token in pairs.encode("low slow")]
        ['low', ' ', '', 'low']
    """

    vocabulary: str
    merges: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        require_vocabulary("BytePairs", self.vocabulary)
        if self.entries > MAX_ENTRIES:
            raise SettingError(f"BytePairs takes at most {MAX_ENTRIES:,} entries; got {self.entries:,}")
        for place, pair in enumerate(self.merges):
            if not all(FIRST <= token < FIRST + len(self.vocabulary) + place for token in pair):
                raise SettingError(f"BytePairs joins earlier tokens; merge {place + 1} has {pair}")

    @classmethod
    def fit(cls, texts: Iterable[str], merges: int = MERGES, characters: int = CHARACTERS) -> BytePairs:
        """The commonest characters of these texts, and up to `merges` joined pairs."""
        chunks: Counter[str] = Counter()
        for text in texts:
            chunks.update(CHUNK.findall(tidy(text)))
        counts: Counter[str] = Counter()
        for chunk, count in chunks.items():
            for character in chunk:
                counts[character] += count
        vocabulary = "".join(commonest(counts, characters)) or " "
        return cls(vocabulary, tuple(learn_merges(chunks, vocabulary, merges)))

    @property
    def entries(self) -> int:
        """Characters and joined pairs, padding and unknown."""
        return FIRST + len(self.vocabulary) + len(self.merges)

    def encode(self, text: str) -> list[int]:
        """The pieces of each word, the earliest merges first."""
        found: list[int] = []
        for chunk in CHUNK.findall(tidy(text)):
            pieces = self._known.get(chunk)
            if pieces is None:
                pieces = self._encode_chunk(chunk)
                if len(self._known) < KEPT_CHUNKS:
                    self._known[chunk] = pieces
            found += pieces
        return found

    def vocabulary_texts(self) -> list[str]:
        """Every piece."""
        return self._pieces[FIRST:]

    def piece(self, token: int) -> str:
        """The text of a token; nothing for padding and unknown."""
        return self._pieces[token]

    @cached_property
    def _pieces(self) -> list[str]:
        pieces = ["", "", *self.vocabulary]
        for left, right in self.merges:
            pieces.append(pieces[left] + pieces[right])
        return pieces

    @cached_property
    def _places(self) -> dict[str, int]:
        return {character: place for place, character in enumerate(self.vocabulary, FIRST)}

    @cached_property
    def _joined(self) -> dict[Pair, int]:
        """What each pair becomes; a smaller number was learnt earlier and is joined earlier."""
        start = FIRST + len(self.vocabulary)
        return {pair: place for place, pair in reversed(list(enumerate(self.merges, start)))}

    @cached_property
    def _known(self) -> dict[str, list[int]]:
        """The pieces of words that came before: most words come back."""
        return {}

    def _encode_chunk(self, chunk: str) -> list[int]:
        tokens = [self._places.get(character, UNKNOWN) for character in chunk]
        while len(tokens) > 1:
            token = min(self._joined.get(pair, MAX_ENTRIES) for pair in pairwise(tokens))
            if token == MAX_ENTRIES:
                break
            tokens = join(tokens, self.merges[token - FIRST - len(self.vocabulary)], token)
        return tokens


def join(tokens: list[int], pair: Pair, token: int) -> list[int]:
    """The tokens with each occurrence of a pair, from the left, replaced by one token."""
    joined, place = [], 0
    while place < len(tokens):
        if place + 1 < len(tokens) and (tokens[place], tokens[place + 1]) == pair:
            joined.append(token)
            place += 2
        else:
            joined.append(tokens[place])
            place += 1
    return joined


def learn_merges(chunks: Counter[str], vocabulary: str, most: int) -> list[Pair]:
    """The commonest pairs of neighbors, joined one after the other; equal ones in the order of their tokens.

    Counts are kept up to date where a merge changes them; a heap with outdated counts gives the next pair.
    """
    places = {character: place for place, character in enumerate(vocabulary, FIRST)}
    words = [[places.get(character, UNKNOWN) for character in chunk] for chunk in chunks]
    times = list(chunks.values())
    counts: Counter[Pair] = Counter()
    where: defaultdict[Pair, set[int]] = defaultdict(set)
    for number, word in enumerate(words):
        _count(word, times[number], number, counts, where)
    heap = [(-count, pair) for pair, count in counts.items()]
    heapq.heapify(heap)
    merges: list[Pair] = []
    while heap and len(merges) < min(most, MAX_ENTRIES - FIRST - len(vocabulary)):
        count, pair = heapq.heappop(heap)
        if -count != counts[pair]:
            if counts[pair] > 1:
                heapq.heappush(heap, (-counts[pair], pair))
            continue
        if -count < 2:
            break
        merges.append(pair)
        changed = _merge(pair, FIRST + len(vocabulary) + len(merges) - 1, words, times, counts, where)
        for other in changed:
            heapq.heappush(heap, (-counts[other], other))
    return merges


def _merge(
    pair: Pair, token: int, words: list[list[int]], times: list[int], counts: Counter[Pair],
    where: defaultdict[Pair, set[int]],
) -> set[Pair]:  # fmt: skip
    """Join a pair in every word that has it; the pairs that are there since then."""
    changed: set[Pair] = set()
    for number in sorted(where[pair]):
        before = words[number]
        for other in neighbors(before):
            counts[other] -= times[number]
        words[number] = after = join(before, pair, token)
        _count(after, times[number], number, counts, where)
        changed.update(other for other in neighbors(after) if token in other)
    del counts[pair], where[pair]
    return changed


def _count(word: list[int], times: int, number: int, counts: Counter[Pair], where: defaultdict[Pair, set[int]]) -> None:
    for pair in neighbors(word):
        counts[pair] += times
        where[pair].add(number)


def neighbors(tokens: list[int]) -> list[Pair]:
    """Each token with the next one, where both are known."""
    return [pair for pair in pairwise(tokens) if UNKNOWN not in pair]
