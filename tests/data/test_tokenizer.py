"""Tokenizers: vocabularies in their order, known words found, nothing lost where nothing may be lost."""

from __future__ import annotations

import time
import unicodedata
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.data.byte_pairs import CHUNK, BytePairs
from lamina.data.tokenizer import MAX_ENTRIES, Characters, Tokenizer, Words, words_of
from lamina.errors import SettingError
from lamina.recipes import from_json, to_json

TEXTS = ["the low tower", "the lower tower", "slow, slower", "the lowest of towers"]
TOKENIZERS = {
    "characters": Characters.fit(TEXTS),
    "words": Words.fit(TEXTS, least=1),
    "byte pairs": BytePairs.fit(TEXTS, merges=20),
}


@pytest.mark.parametrize("tokenizer", TOKENIZERS.values(), ids=TOKENIZERS)
class TestEveryTokenizer:
    def test_it_is_its_own_json(self, tokenizer: Tokenizer) -> None:
        assert from_json(to_json(tokenizer), Tokenizer, "tokenizer") == tokenizer

    def test_tokens_are_entries_and_never_padding(self, tokenizer: Tokenizer) -> None:
        for text in [*TEXTS, "", "überhaupt 日本", "\n\t", "x" * 200]:
            assert all(1 <= token < tokenizer.entries for token in tokenizer.encode(text))

    def test_texts_of_the_vocabulary_hold_each_entry(self, tokenizer: Tokenizer) -> None:
        for token, text in enumerate(tokenizer.vocabulary_texts(), 2):
            assert tokenizer.encode(text)[0] == token
            assert len(tokenizer.encode(text)) <= 2, "an entry and the end of a line"
        assert tokenizer.entries == 2 + len(tokenizer.vocabulary_texts())

    def test_accents_written_in_two_ways_are_one(self, tokenizer: Tokenizer) -> None:
        text = "Zoë läuft"
        assert tokenizer.encode(unicodedata.normalize("NFD", text)) == tokenizer.encode(text)

    def test_what_it_shows_is_short(self, tokenizer: Tokenizer) -> None:
        assert repr(tokenizer) == f"{type(tokenizer).__name__}()"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't PANIC!", ["don't", "panic", "!"]),
        ("L’été, 2024", ["l’été", ",", "2024"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("日本語 です", ["日", "本", "語", "で", "す"]),
        ("a👍b", ["a", "👍", "b"]),
        ("it''s 'so'", ["it", "'", "'", "s", "'", "so", "'"]),
        ("\u0130", ["i\u0307"]),
        (" \n\t", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text(max_size=40))
def test_words_of_words_are_the_same(text: str) -> None:
    """So that each word of a vocabulary is found where it stands alone."""
    for word in words_of(text):
        assert words_of(words_of(word)[0]) == [words_of(word)[0]]


def test_vocabularies_go_by_how_many_texts_have_a_word() -> None:
    texts = ["b b b b a", "a c", "c a", "d"]
    assert Words.fit(texts, least=1).vocabulary == ("a", "c", "b", "d")
    assert Words.fit(texts).vocabulary == ("a", "c")
    assert Words.fit(texts, most=1).vocabulary == ("a",)
    assert Words.fit(["x" * 65, "x" * 64], least=1).vocabulary == ("x" * 64,), "no word is endless"
    assert Words.fit(["x", "y"]).vocabulary == ("x", "y"), "where all words are rare, rare words are taken"
    assert Characters.fit(["aab", "b a"], most=2).vocabulary == "ab"


@pytest.mark.slow
def test_vocabularies_keep_the_header_of_a_file_small() -> None:
    texts = [f"word{number}" for number in range(12_000)] * 2
    assert Words.fit(texts).entries == MAX_ENTRIES
    assert BytePairs.fit(texts, merges=20_000, characters=9_000).entries <= MAX_ENTRIES


def naive_merges(texts: list[str], merges: int) -> list[str]:
    """Pieces by counting every pair anew each time, as strings; ties by the pieces' tokens."""
    chunks = Counter(chunk for text in texts for chunk in CHUNK.findall(text))
    words = {chunk: list(chunk) for chunk in chunks}
    characters = Counter(character for chunk, count in chunks.items() for character in chunk * count)
    pieces = sorted(characters, key=lambda character: (-characters[character], character))
    for _ in range(merges):
        pairs: Counter[tuple[str, str]] = Counter()
        for chunk, count in chunks.items():
            for pair in pairwise(words[chunk]):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pieces.index(pair[0]), pieces.index(pair[1])), default=None)
        if best is None or pairs[best] < 2:
            break
        pieces.append("".join(best))
        for chunk, word in words.items():
            words[chunk] = _joined(word, best)
    return pieces


def _joined(word: list[str], pair: tuple[str, str]) -> list[str]:
    joined: list[str] = []
    place = 0
    while place < len(word):
        width = 2 if tuple(word[place : place + 2]) == pair else 1
        joined.append("".join(word[place : place + width]))
        place += width
    return joined


@pytest.mark.slow
@given(st.lists(st.text("ab ,", max_size=30), min_size=1, max_size=4))
def test_byte_pairs_are_the_commonest_at_every_step(texts: list[str]) -> None:
    if any(texts):
        assert BytePairs.fit(texts, merges=12).vocabulary_texts() == [f"{one}\n" for one in naive_merges(texts, 12)]


@given(st.text(max_size=60))
def test_byte_pairs_of_known_characters_are_the_text(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    pairs = BytePairs.fit([text, *TEXTS], merges=30)
    assert "".join(map(pairs.piece, pairs.encode(text))) == text


def test_unknown_characters_stand_alone() -> None:
    pairs = BytePairs.fit(["low low low"], merges=2)
    assert [pairs.piece(token) for token in pairs.encode("lowXlow")] == ["low", "", "low"]
    assert pairs.encode("X") == [1]


@pytest.mark.slow
def test_two_thousand_merges_of_shakespeare_take_seconds(data_folder: Path) -> None:
    text = (data_folder / "tiny_shakespeare" / "input.txt").read_text()
    began = time.process_time()  # the processor's, whatever else runs
    pairs = BytePairs.fit([text], merges=2_000)
    assert time.process_time() - began < 10
    assert len(pairs.merges) == 2_000
    tokens = pairs.encode(text)
    assert len(tokens) < 0.4 * len(text)
    assert "".join(map(pairs.piece, tokens)) == text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Words(()), "Words needs a vocabulary of 1 to 9,998 entries.*got 0"),
        (lambda: Words(tuple(map(str, range(9_999)))), "since it stands in the model file's header; got 9,999"),
        (lambda: Words(("a", "a")), "without one that comes twice"),
        (lambda: Words(("a", "")), "without empty entries"),
        (lambda: Characters("aa"), "without one that comes twice"),
        (lambda: BytePairs("", ()), "BytePairs needs a vocabulary of 1 to"),
        (lambda: BytePairs("ab", ((2, 4),)), r"joins earlier tokens; merge 1 has \(2, 4\)"),
        (lambda: BytePairs("ab", ((1, 2),)), r"joins earlier tokens; merge 1 has \(1, 2\)"),
        (lambda: Words(("a" * 65,)), "Words needs entries of at most 64 characters"),
        (
            lambda: BytePairs("ab", tuple((n, n) for n in range(2, 90))),
            "BytePairs needs pieces of at most 64 characters",
        ),
        (lambda: BytePairs("ab", ((2, 3),) * 9_997), "at most 10,000 entries; got 10,001"),
    ],
)
def test_settings_that_are_not_possible(make: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        make()
