"""Folds: the same for all, nested, with nothing of the test part or of the validation part among what is learnt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import lamina
from lamina import DataError, Dataset
from lamina.comparing.folds import Folds, mixed
from lamina.data.inputs import numbers


@pytest.fixture(scope="module")
def folds() -> Folds:
    return Folds(lamina.read("iris"), 3)


def dataset(classes: list[str], copies: int = 1) -> Dataset:
    rows = np.repeat(np.arange(len(classes) // copies), copies)[:, None].astype(float)
    return Dataset("made", numbers(np.hstack([rows, rows**2])), np.array(classes), "kind")


def test_the_parts_of_a_fold_share_nothing(folds: Folds) -> None:
    for size in (10, 50, 100):
        for fold in folds.of(folds.rows(size)):
            assert len(np.unique(fold.places)) == len(fold.places)
            assert fold.rows == folds.rows(size)


def test_smaller_shares_are_parts_of_larger_ones_and_the_test_part_stays(folds: Folds) -> None:
    small, large = folds.of(folds.rows(25)), folds.of(folds.rows(100))
    for few, many in zip(small, large, strict=True):
        share = np.concatenate([few.fit, few.validation])
        assert np.isin(share, np.concatenate([many.fit, many.validation])).all()
        np.testing.assert_array_equal(few.test, many.test)
    assert len({fold.test.tobytes() for fold in large}) == 3, "each seed draws its own test part"


def test_folds_of_a_size_have_parts_of_the_same_lengths(folds: Folds) -> None:
    for size in (7, 33, 100):
        assert len({(len(one.fit), len(one.validation), len(one.test)) for one in folds.of(folds.rows(size))}) == 1


def test_each_beginning_has_the_classes_in_their_proportion() -> None:
    made = dataset(["a"] * 80 + ["b"] * 40)
    order = mixed(made, np.arange(120), 1)
    for count in (6, 30, 90):
        assert abs((made.targets[order[:count]] == "a").sum() - 2 * count / 3) <= 1
    assert sorted(order.tolist()) == list(range(120))
    assert order.tolist() != mixed(made, np.arange(120), 2).tolist()
    np.testing.assert_array_equal(order, mixed(made, np.arange(120), 1))


def test_copies_are_on_one_side() -> None:
    made = dataset((["a"] * 4 + ["b"] * 4) * 15, copies=4)
    for fold in Folds(made, 3).of(80):
        rows = made.inputs.hashes()
        parts = [{rows[place] for place in part} for part in (fold.fit, fold.validation, fold.test)]
        assert not parts[0] & parts[2]
        assert not parts[1] & parts[2]


def test_the_fingerprint_tells_who_learns_from_what() -> None:
    made = dataset(["a", "b"] * 60)
    grouped = replace(made, groups=np.array([str(row // 4) for row in range(120)]))
    tested = np.array(["train"] * 80 + ["test"] * 40)
    known = Folds(made, 2).fingerprint(90)
    assert known == Folds(made, 2).fingerprint(90)
    others = [
        Folds(made, 3).fingerprint(90),
        Folds(made, 2).fingerprint(80),
        Folds(grouped, 2).fingerprint(90),
        Folds(replace(made, parts=tested), 2).fingerprint(80),
        Folds(replace(grouped, parts=tested), 2).fingerprint(80),
    ]
    assert len({known, *others}) == 6


def test_too_few_rows_for_the_folds() -> None:
    with pytest.raises(DataError, match="made has 12 examples, too few for 20 folds"):
        Folds(dataset(["a", "b"] * 6), 20)
    with pytest.raises(DataError, match="made has 6 examples, too few for 2 folds"):
        Folds(dataset(["a", "b"] * 3), 2)


def test_one_class_in_the_test_part() -> None:
    with pytest.raises(DataError, match=r'all \d+ examples of the test part of seed 0 have the kind "a"'):
        Folds(dataset(["a"] * 30 + ["b"]), 2)


def test_an_empty_test_part() -> None:
    with pytest.raises(DataError, match="the test part of seed 0 has none of the 20 examples of made"):
        Folds(dataset(["a", "b"] * 10, copies=20), 2)


def test_why_nobody_can_learn_from_a_size() -> None:
    made = Folds(dataset(["a"] * 90 + ["b"] * 10), 2)
    assert made.why_not(5) == "5 examples are too few to learn from; 10 are needed"
    assert made.why_not(60) == ""
    lopsided = Folds(dataset(["a"] * 192 + ["b"] * 8), 2)
    assert lopsided.why_not(10) == 'with seed 0 all 10 examples have the same kind, "a"' or lopsided.why_not(10) == ""


def test_a_source_with_its_own_test_part_keeps_it() -> None:
    made = dataset(["a", "b"] * 50)
    parts = np.array(["train"] * 70 + ["test"] * 30)
    own = Dataset("made", made.inputs, made.targets, "kind", parts)
    folds = Folds(own, 3)
    assert not folds.drawn
    for fold in folds.of(folds.rows(100)):
        np.testing.assert_array_equal(fold.test, np.arange(70, 100))
    assert Folds(made, 3).drawn
