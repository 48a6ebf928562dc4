"""BLEU against figures worked out by hand, and its laws."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.errors import DataError
from lamina.training.bleu import corpus_bleu, words_and_signs

TEXTS = st.lists(st.sampled_from(["le", "chat", "noir", "dort", "!"]), min_size=1, max_size=9).map(" ".join)


def test_the_example_of_the_paper() -> None:
    """Papineni et al. (2002), example 2: `the` counts as often as in the reference that has it most, 2 of 7."""
    answer, right = "the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"]
    wanted = (2 / 7 * (0 + 1) / (6 + 1) * (0 + 1) / (5 + 1) * (0 + 1) / (4 + 1)) ** 0.25
    assert corpus_bleu([answer], [right]) == pytest.approx(100 * wanted)


def test_a_corpus_by_hand() -> None:
    answers = ["le chat dort", "il est là !"]
    right = [["le chat noir dort"], ["il est ici !", "le voilà"]]
    shares = [(3 + 3) / 7, (1 + 1 + 1) / (2 + 3 + 1), (0 + 0 + 1) / (1 + 2 + 1), (0 + 1) / (0 + 1 + 1)]
    brevity = math.exp(1 - (4 + 4) / 7)
    assert corpus_bleu(answers, right) == pytest.approx(100 * brevity * math.prod(shares) ** 0.25)


def test_the_reference_nearest_in_length_counts_and_of_two_the_shorter() -> None:
    long = corpus_bleu(["a b c d"], [["a b c d e", "a b c"]])
    assert long == pytest.approx(100), "r is 3, so that nothing is taken off"


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_what_is_right_gets_100_and_more_references_never_less(texts: list[str]) -> None:
    assert corpus_bleu(texts, [[text] for text in texts]) == pytest.approx(100)
    assert corpus_bleu(texts, [[text, "le chien"] for text in texts]) == pytest.approx(100)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_it_lies_between_0_and_100_whatever_the_order(pairs: list[tuple[str, str]]) -> None:
    answers, right = [a for a, _ in pairs], [[b] for _, b in pairs]
    found = corpus_bleu(answers, right)
    assert 0 <= found <= 100 + 1e-9
    assert corpus_bleu(answers[::-1], right[::-1]) == pytest.approx(found)


def test_nothing_right_is_0_and_case_counts() -> None:
    assert corpus_bleu([""], [["oui"]]) == 0
    assert corpus_bleu(["Oui"], [["oui"]]) == 0


def test_words_and_signs_are_told_apart() -> None:
    assert words_and_signs("Qu'est-ce\u202f? 3,5") == ["Qu", "'", "est", "-", "ce", "?", "3", ",", "5"]


@pytest.mark.parametrize(("answers", "right"), [([], []), (["a"], []), (["a"], [[]])])
def test_answers_without_references_are_refused(answers: list[str], right: list[list[str]]) -> None:
    with pytest.raises(DataError, match="BLEU needs answers with one or more references each"):
        corpus_bleu(answers, right)
