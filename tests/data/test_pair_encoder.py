"""Pairs as tokens: what comes out, what is cut, and that the made-up pairs hold all that was fitted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.data.byte_pairs import BytePairs
from lamina.data.pair_encoder import PairEncoder, decode_pairs
from lamina.data.pairs import Pairs, questions
from lamina.data.texts import texts_from_list
from lamina.errors import DataError, SettingError

ENGLISH = ["I am cold.", "I am here.", "Go on!", "She is here.", "Stop!"] * 3
FRENCH = ["J'ai froid.", "Je suis ici.", "Continue\u202f!", "Elle est ici.", "Arrête\u202f!"] * 3
PAIRS = Pairs(tuple(ENGLISH), tuple(FRENCH), tuple(f"line {n}" for n in range(15)), "english")
TRAINING = np.arange(10)
FITTED, ENCODED = decode_pairs(PAIRS).fit(TRAINING)
assert isinstance(FITTED, PairEncoder)
ENCODER: PairEncoder = FITTED


def test_a_pair_is_its_tokens_and_the_end() -> None:
    assert isinstance(ENCODER, PairEncoder)
    row = ENCODED[0]
    source, target = row[: ENCODER.source_length], row[ENCODER.source_length :]
    assert [token for token in source if token] == ENCODER.source.encode(ENGLISH[0])
    assert [token for token in target if token] == [*ENCODER.target.encode(FRENCH[0]), ENCODER.end]
    text = "".join(ENCODER.target.piece(token) for token in target[: np.argmax(target == ENCODER.end)])
    assert text == FRENCH[0], "nothing is lost on the way to tokens"


def test_a_target_that_is_asked_for_is_empty() -> None:
    assert isinstance(ENCODER, PairEncoder)
    asked, kept, skipped = ENCODER.encode(questions([ENGLISH[0], "   ", "Go on!"]))
    assert kept.tolist() == [0, 2]
    assert [(one.name, one.reason, one.row) for one in skipped] == [("text 2", "there is no text in it", 1)]
    assert not asked[:, ENCODER.source_length :].any()
    np.testing.assert_array_equal(asked, ENCODER.asked(ENCODED[[0, 2]]))
    np.testing.assert_array_equal(asked[0], ENCODER.encode_raw(ENGLISH[0]))
    np.testing.assert_array_equal(ENCODED[0], ENCODER.encode_raw((ENGLISH[0], FRENCH[0])))


def test_only_the_training_part_is_fitted() -> None:
    assert isinstance(ENCODER, PairEncoder)
    strange = replace(PAIRS, sources=(*ENGLISH[:10], *["Ω ж"] * 5), targets=(*FRENCH[:10], *["Ω ж ю"] * 5))
    fitted, encoded = decode_pairs(strange).fit(TRAINING)
    assert fitted == ENCODER
    assert (encoded[10] == 1).sum() >= 4, "what was never seen is unknown"


def test_what_is_too_long_loses_its_end_and_that_is_said() -> None:
    long = replace(PAIRS, sources=("a b c d " * 90, *ENGLISH[1:]), targets=("oui non " * 90, *FRENCH[1:]))
    decoded = decode_pairs(long)
    encoder, encoded = decoded.fit(np.arange(1, 15))
    assert isinstance(encoder, PairEncoder)
    assert (encoded[0] != 0).all()
    assert encoder.end not in encoded[0]
    assert decoded.notes == (
        f"1 texts of english (6.7 %) are longer than {encoder.source_length} tokens; their end is left out",
        f"1 texts of the answers (6.7 %) are longer than {encoder.target_length - 1} tokens; their end is left out",
    )
    assert encoder.notes(texts_from_list(["a"]), "french") == []


@given(st.lists(st.text(min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=4))
def test_every_text_has_a_token_and_the_lengths_hold(texts: list[str]) -> None:
    assert isinstance(ENCODER, PairEncoder)
    encoded, _, _ = ENCODER.encode(questions(texts))
    assert encoded.shape == (len(texts), *ENCODER.input_shape)
    assert (encoded[:, 0] > 0).all()
    assert (encoded[:, : ENCODER.source_length] < ENCODER.source.entries).all()


def test_made_up_pairs_hold_every_token_and_a_few_questions() -> None:
    assert isinstance(ENCODER, PairEncoder)
    made = ENCODER.made_up()
    rows = np.stack([ENCODER.encode_raw(one) for one in made])
    source, target = np.split(rows, [ENCODER.source_length], axis=1)
    whole = {token for text in ENCODER.source.vocabulary_texts() for token in ENCODER.source.encode(text)}
    assert whole <= set(source.ravel().tolist())
    assert {ENCODER.end, 1} <= set(target.ravel().tolist())
    assert sum(isinstance(one, str) for one in made) == 4
    assert made == ENCODER.made_up()


@pytest.mark.parametrize("side", ["source", "target"])
def test_every_merge_and_character_matters_to_a_made_up_pair(side: str) -> None:
    own: BytePairs = getattr(ENCODER, side)
    before = [ENCODER.encode_raw(one).tolist() for one in ENCODER.made_up()]
    swapped = own.vocabulary[1] + own.vocabulary[0] + own.vocabulary[2:]
    changes = [replace(own, vocabulary=swapped), replace(own, merges=own.merges[:-1])]
    changes += [
        replace(own, merges=(*own.merges[:n], (2, 2), *own.merges[n + 1 :])) for n in range(0, len(own.merges), 5)
    ]
    for changed in changes:
        other = replace(ENCODER, **{side: changed})
        assert [other.encode_raw(one).tolist() for one in ENCODER.made_up()] != before


def test_what_is_refused() -> None:
    assert isinstance(ENCODER, PairEncoder)
    with pytest.raises(SettingError, match="PairEncoder needs lengths from 1 to 128 tokens; got 0"):
        replace(ENCODER, target_length=0)
    with pytest.raises(DataError, match="the model takes pairs of texts; got textlist"):
        ENCODER.encode(texts_from_list(["a"]))
    with pytest.raises(DataError, match="the model takes a text, or a text and its answer"):
        ENCODER.encode_raw(("a", "b", "c"))
