"""The encoder of texts: filled up, cut in the middle, fitted on the training part, and said aloud."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lamina
from lamina.data.byte_pairs import BytePairs
from lamina.data.fitting import decode_inputs
from lamina.data.inputs import numbers
from lamina.data.text_encoder import LONGEST, SHORTEST, TextEncoder, choose_length
from lamina.data.texts import TextFiles, texts_from_list
from lamina.data.tokenizer import Characters, Words
from lamina.errors import DataError, SettingError

WORDS = Words(tuple(f"word{number}" for number in range(500)))
LETTERS = Characters("abcdefghij")


@given(st.text("abcdefghij", max_size=30), st.integers(1, 20))
def test_short_texts_are_filled_up_and_long_ones_lose_their_middle(text: str, length: int) -> None:
    tokens = LETTERS.encode(text)
    encoded = TextEncoder(LETTERS, length).encode_raw(text).tolist()
    assert len(encoded) == length
    if len(tokens) <= length:
        assert encoded == tokens + [0] * (length - len(tokens))
    else:
        head = -(-length // 2)
        assert encoded[:head] == tokens[:head]
        assert encoded[head:] == tokens[len(tokens) - length // 2 :]


def test_texts_are_encoded_alike_in_files_in_lists_and_one_by_one() -> None:
    texts = ["word1 word2", "", "Word499, word0"]
    files = TextFiles(lambda row: [*texts, "word3\0"][row].encode(), np.arange(4), ("a", "b", "c", "d"))
    encoder = TextEncoder(WORDS, 4)
    encoded, kept, skipped = encoder.encode(texts_from_list(texts))
    again, kept_files, skipped_files = encoder.encode(files)
    assert encoded.tolist() == [[3, 4, 0, 0], [0, 0, 0, 0], [501, 1, 2, 0]]
    np.testing.assert_array_equal(again, encoded)
    np.testing.assert_array_equal(np.stack([encoder.encode_raw(text) for text in texts]), encoded)
    assert kept.tolist() == kept_files.tolist() == [0, 1, 2]
    assert skipped == ()
    assert [(one.name, one.row, one.reason) for one in skipped_files] == [("d", 3, "it is no text: byte 5 is NUL")]
    assert encoder.encode(texts_from_list([]))[0].shape == (0, 4)
    assert encoded.dtype == np.int32


def test_only_training_texts_give_words() -> None:
    decoded = decode_inputs(texts_from_list(["red fox", "red hen", "blue fox", "blue sea"]))
    encoder, encoded = decoded.fit(np.array([0, 1]))
    assert isinstance(encoder, TextEncoder)
    assert encoder.tokenizer == Words(("red",))
    assert encoded[:, :2].tolist() == [[2, 1], [2, 1], [1, 1], [1, 1]]


@pytest.mark.parametrize(
    ("counts", "length"),
    [([], SHORTEST), ([3, 5], SHORTEST), ([50] * 99 + [60], 51), ([100] * 999 + [50_000], 100), ([5_000] * 9, LONGEST)],
)
def test_one_long_text_does_not_make_all_long(counts: list[int], length: int) -> None:
    assert choose_length(np.array(counts, np.int64)) == length


def test_what_was_assumed_is_said() -> None:
    data = [b"caf\xe9", b"\xff\xfea\0", b"tea", b"", b"tea " * 2_000]
    names = tuple(f"{number}.txt" for number in range(5))
    notes = decode_inputs(TextFiles(lambda row: data[row], np.arange(5), names)).notes
    assert notes == (
        "1 texts are read as Windows-1252, a guess, since they are not UTF-8 (such as 0.txt)",
        "1 texts are read as UTF-16, as their first bytes say (such as 1.txt)",
        "1 texts (20.0 %) have more than 1,000 words; their middle is left out",
        "1 texts have no word: nothing can be told from them",
    )
    assert decode_inputs(texts_from_list(["fine"])).notes == ()


@pytest.mark.parametrize("length", [1, 7, 40, 1_000])
@pytest.mark.parametrize(
    "tokenizer", [WORDS, LETTERS, BytePairs.fit(["low lower lowest slow"], merges=9), Words(("a",))]
)
def test_made_up_texts_hold_every_entry(tokenizer: Words | Characters | BytePairs, length: int) -> None:
    encoder = TextEncoder(tokenizer, length)
    made = encoder.made_up()
    assert made == encoder.made_up()
    encoded = np.stack([encoder.encode_raw(text) for text in made])
    assert set(encoded.ravel().tolist()) >= set(range(tokenizer.entries) if length > 1 else {0, 1})
    assert not encoded[-2].any(), "a text without a word"
    assert len(tokenizer.encode(str(made[-1]))) > length, "a text that is too long"
    assert len(made) <= 1_004


@pytest.mark.parametrize("length", [40, 1_000])
def test_no_two_words_share_all_of_their_made_up_texts(length: int) -> None:
    made = TextEncoder(WORDS, length).made_up()[:-1]
    places = {word: tuple(n for n, text in enumerate(made) if word in str(text).split()) for word in WORDS.vocabulary}
    assert min(map(len, places.values())) >= 2
    assert len(set(places.values())) == len(WORDS.vocabulary)


def test_a_vocabulary_of_every_strange_word_has_an_unknown_one() -> None:
    syllables = "".join(map(chr, range(0xD7A3, 0xD7A3 - 9_998, -1)))
    made = TextEncoder(Characters(syllables), 50).made_up()
    assert Characters(syllables).encode(str(made[-4])) == [1]


def test_what_an_encoder_refuses() -> None:
    with pytest.raises(SettingError, match="TextEncoder needs a length from 1 to 100,000 tokens; got 0"):
        TextEncoder(WORDS, 0)
    with pytest.raises(DataError, match="the model takes texts; got numbers"):
        TextEncoder(WORDS, 4).encode(numbers([[1.0]]))
    with pytest.raises(DataError, match="the model takes texts"):
        TextEncoder(WORDS, 4).encode_raw(("a", "b"))


def test_too_many_bad_files_stop_a_run() -> None:
    files = TextFiles(lambda row: b"\0" if row < 3 else b"fine text", np.arange(10), tuple(map(str, range(10))))
    dataset = lamina.Dataset("notes", files, np.array(["a", "b"] * 5))
    with pytest.raises(DataError, match="3 of 10 examples cannot be read, more than 5%: 0: it is no text"):
        lamina.train(dataset)
