"""The split as properties: nothing lost, nothing twice, no copy on both sides, the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lamina
from lamina.data.dataset import Dataset
from lamina.data.inputs import numbers
from lamina.data.split import Split, split, split_without_test
from lamina.errors import DataError, SettingError


def made(values: Any, targets: Any, parts: Any = None) -> Dataset:
    rows = numbers(np.asarray(values, float).reshape(-1, 1))
    return Dataset("made", rows, np.asarray(targets), "color", None if parts is None else np.asarray(parts))


def all_rows(parts: Split) -> list[int]:
    return sorted([*parts.train.tolist(), *parts.validation.tolist(), *parts.test.tolist()])


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from("abc")), min_size=4, max_size=60),
    st.integers(0, 2**64 - 1),
    st.sampled_from([None, 0.1, 0.5, 0.9]),
)
def test_nothing_is_lost_and_no_input_is_on_two_sides(
    rows: list[tuple[int, str]], seed: int, share: float | None
) -> None:
    values, targets = zip(*rows, strict=True)
    parts = split(made(values, targets), seed, share)
    assert all_rows(parts) == list(range(len(rows)))
    sides = [{values[row] for row in side.tolist()} for side in (parts.train, parts.validation, parts.test)]
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]
    assert set(targets) == {targets[row] for row in parts.train.tolist()}  # every class is learnt


@given(st.integers(0, 2**64 - 1))
def test_every_class_has_its_share_though_the_rows_are_sorted(seed: int) -> None:
    targets = np.repeat(["a", "b", "c"], [100, 50, 10])
    parts = split(made(np.arange(160), targets), seed)
    counts = {name: [int((targets[side] == name).sum()) for side in (parts.test, parts.validation)] for name in "abc"}
    assert counts == {"a": [20, 8], "b": [10, 4], "c": [2, 1]}


def test_the_same_seed_draws_the_same_and_another_another() -> None:
    dataset = made(np.arange(100), np.tile(["a", "b"], 50))
    first, again, other = split(dataset, 3), split(dataset, 3), split(dataset, 4)
    assert np.array_equal(first.test, again.test)
    assert np.array_equal(first.validation, again.validation)
    assert not np.array_equal(first.test, other.test)


def test_the_draw_stays_as_it_is_from_version_to_version() -> None:
    parts = split(made(np.arange(20), np.tile(["a", "b"], 10)), 0)
    assert (parts.test.tolist(), parts.validation.tolist()) == ([5, 8, 15, 18], [14, 19])


def test_own_parts_are_kept_and_validation_is_drawn_from_training() -> None:
    own = np.repeat(["train", "test"], [80, 20])
    dataset = made(np.arange(100), np.tile(["a", "b"], 50), own)
    parts = split(dataset, 0)
    assert parts.test.tolist() == list(range(80, 100))
    assert len(parts.validation) == 8
    assert parts.description == "its own parts"
    redrawn = split(dataset, 0, 0.2)
    assert redrawn.description == "shuffled, stratified 80/20, seed 0"
    assert set(redrawn.test.tolist()) - set(range(80, 100))


def test_own_validation_is_kept() -> None:
    own = np.repeat(["train", "validation", "test"], [60, 20, 20])
    parts = split(made(np.arange(100), np.tile(["a", "b"], 50), own), 0)
    assert parts.validation.tolist() == list(range(60, 80))
    assert parts.train.tolist() == list(range(60))


def test_copies_are_counted() -> None:
    notes = split(made([1, 1, 2, 3, 4, 5, 6, 7], ["a", "a", "b", "b", "a", "a", "b", "b"]), 0).notes
    assert notes[0] == "1 example is a copy of another; copies are kept on one side of the split"
    notes = split(made([1, 1, 2, 3, 4, 5, 6, 7], ["a", "b", "b", "b", "a", "a", "b", "b"]), 0).notes
    assert "1 inputs come with more than one color: no network can get those all right" in notes


def test_copies_between_own_parts_are_said() -> None:
    own = ["train", "train", "test", "test"]
    notes = split(made([1, 2, 2, 3], ["a", "b", "b", "a"], own), 0).notes
    assert "1 training examples are also in the source's own test or validation part" in notes[0]
    assert split(made([1, 2, 4, 3], ["a", "b", "b", "a"], own), 0).notes == ()


def test_a_class_with_one_example_is_kept_for_training() -> None:
    parts = split(made(range(21), ["a"] * 10 + ["rare"] + ["b"] * 10), 0)
    assert 10 in parts.train
    assert 'the test part has no example of "rare": too few; they are kept for training' in parts.notes


def test_numbers_are_not_stratified() -> None:
    parts = split(made(range(100), np.linspace(0, 1, 100)), 0)
    assert (len(parts.test), len(parts.validation), len(parts.train)) == (20, 8, 72)


def test_faults() -> None:
    with pytest.raises(DataError, match="made has 2 examples: too few to train on"):
        split(made([1, 2], ["a", "b"], ["test", "test"]), 0)
    with pytest.raises(SettingError, match="a share between 0 and 1; got 1"):
        split(lamina.read("iris"), 0, 1.0)
    with pytest.raises(SettingError, match="a seed needs to be 0 or more"):
        split(lamina.read("iris"), -1)


GROUPED = st.lists(st.tuples(st.integers(0, 20), st.sampled_from("uvwxyz")), min_size=6, max_size=60)


@given(GROUPED, st.integers(0, 2**64 - 1), st.sampled_from([None, 0.1, 0.5, 0.9]))
def test_no_group_and_no_copy_is_on_two_sides(rows: list[tuple[int, str]], seed: int, share: float | None) -> None:
    values, groups = map(list, zip(*rows, strict=True))
    colors = ["red" if value % 2 else "blue" for value in values]
    dataset = replace(made(values, colors), groups=np.array(groups), group="room")
    parts = split(dataset, seed, share)
    assert all_rows(parts) == list(range(len(rows)))
    for of in (values, groups):
        sides = [{of[row] for row in side.tolist()} for side in (parts.train, parts.validation, parts.test)]
        assert not sides[0] & sides[1]
        assert not (sides[0] | sides[1]) & sides[2]
    assert len(parts.train)


def test_groups_are_drawn_near_the_share_and_by_the_seed() -> None:
    dataset = replace(made(np.arange(100), ["a", "b"] * 50), groups=np.repeat(list("pqrstuvwxy"), 10), group="room")
    found = [split(dataset, seed) for seed in range(8)]
    assert {(len(one.train), len(one.validation), len(one.test)) for one in found} == {(70, 10, 20)}
    assert len({tuple(one.test.tolist()) for one in found}) > 3
    again = split(dataset, 3)
    assert again.test.tolist() == found[3].test.tolist()
    assert again.description == "by room 80/20, seed 3"
    assert any(note.startswith("each room is on one side: test ") for note in again.notes)


def test_too_few_groups_for_a_validation_part() -> None:
    dataset = replace(made(np.arange(20), ["a", "b"] * 10), groups=np.repeat(["u", "v"], 10), group="room")
    parts = split(dataset, 0)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (10, 0, 10)
    assert "there are too few of room for a part of its own; none is drawn for it" in parts.notes


@given(
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from("abc")), min_size=4, max_size=60),
    st.integers(0, 2**64 - 1),
    st.sampled_from([0.0, 0.1, 0.5]),
)
def test_without_a_test_part_everything_is_learnt_from_or_watched(
    rows: list[tuple[int, str]], seed: int, share: float
) -> None:
    values, targets = zip(*rows, strict=True)
    parts = split_without_test(made(values, targets), seed, share)
    assert len(parts.test) == 0
    assert all_rows(parts) == list(range(len(rows)))
    learnt, watched = ({values[row] for row in side.tolist()} for side in (parts.train, parts.validation))
    assert not learnt & watched
    assert set(targets) == {targets[row] for row in parts.train.tolist()}
    assert share > 0 or len(parts.validation) == 0


def test_a_share_for_validation_alone() -> None:
    dataset = made(np.arange(160), np.repeat(["a", "b", "c"], [100, 50, 10]))
    parts = split_without_test(dataset, 3, 0.1)
    assert (len(parts.train), len(parts.validation)) == (144, 16)
    assert parts.description == "10 % for validation, seed 3"
    assert split_without_test(dataset, 3, 0).description == "all for training"
    for share in (1.0, -0.1, float("nan"), "a tenth"):
        with pytest.raises(SettingError, match="validation_share needs a share from 0 to below 1; got"):
            split_without_test(dataset, 3, share)
