"""X and y as scikit-learn hands them over: what each becomes, and what is refused in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.exceptions import DataConversionWarning

from lamina import LaminaClassifier, LaminaRegressor
from lamina.data.dataset import Dataset
from lamina.data.inputs import Numbers, numbers
from lamina.data.pictures import PictureArray
from lamina.data.table import Table
from lamina.data.texts import TextList
from lamina.errors import DataError, SettingError
from lamina.estimators.examples import numbers_of, once_each, seed_of, targets_of, weights_of
from lamina.estimators.given import inputs_to_learn_from

FRAME = pandas.DataFrame({"size": [1.5, 2.5, 3.5], "kind": ["a", "b", "a"]})


@pytest.mark.parametrize(
    ("examples", "kind"),
    [
        ([[1, 2], [3, 4]], Numbers),
        (np.array([[True, False], [False, True]]), Numbers),
        (FRAME[["size"]], Numbers),
        (np.array([[1.0, np.nan], [3.0, 4.0]]), Table),
        (FRAME[["size"]].replace(2.5, np.nan), Table),
        (FRAME, Table),
        (np.zeros((3, 8, 8), np.uint8), PictureArray),
        (np.zeros((3, 8, 8, 3), np.uint8), PictureArray),
        (["a text", "another text"], TextList),
        (pandas.Series(["a text", "another text"]), TextList),
    ],
    ids=str,
)
def test_what_the_examples_become(examples: Any, kind: type) -> None:
    found = inputs_to_learn_from(LaminaClassifier(), examples)
    assert isinstance(found, kind)
    assert len(found) == len(examples)


def test_columns_keep_their_names() -> None:
    estimator = LaminaClassifier()
    found = inputs_to_learn_from(estimator, FRAME[["size"]])
    assert isinstance(found, Numbers)
    assert found.columns == ("size",)
    assert estimator.feature_names_in_.tolist() == ["size"]
    mixed = inputs_to_learn_from(estimator, FRAME)
    assert isinstance(mixed, Table)
    assert {name: guess.kind for name, guess in mixed.kinds.items()} == {"size": "number", "kind": "category"}
    assert estimator.n_features_in_ == 2
    unnamed = inputs_to_learn_from(estimator, np.ones((3, 2)))
    assert isinstance(unnamed, Numbers)
    assert unnamed.columns == ("column 1", "column 2")
    assert not hasattr(estimator, "feature_names_in_")


@pytest.mark.parametrize(
    "examples", [["one text"], np.zeros((1, 8, 8), np.uint8), FRAME[:1]], ids=["text", "picture", "row"]
)
def test_one_example_is_not_enough(examples: Any) -> None:
    with pytest.raises(DataError, match="LaminaClassifier needs 2 examples or more to learn from; got 1"):
        inputs_to_learn_from(LaminaClassifier(), examples)


@pytest.mark.parametrize(
    ("examples", "why"),
    [
        ([[np.inf, 1.0], [0.0, 1.0]], "Input X contains infinity"),
        ([1.0, 2.0, 3.0], "Expected 2D array, got 1D array"),
        (np.zeros((3, 2, 2)), "Found array with dim 3"),
        ([["a", "b"], ["c", "d"]], "could not convert string to float"),
    ],
)
def test_what_scikit_learn_refuses(examples: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        inputs_to_learn_from(LaminaClassifier(), examples)


def rows(count: int) -> Numbers:
    return numbers(np.arange(float(count))[:, None])


def test_targets() -> None:
    assert targets_of(LaminaClassifier(), rows(2), ["a", "b"]).tolist() == ["a", "b"]
    with pytest.warns(DataConversionWarning, match="column-vector"):
        assert targets_of(LaminaClassifier(), rows(2), [["a"], ["b"]]).tolist() == ["a", "b"]
    assert numbers_of(LaminaRegressor(), rows(2), [1, 2]).dtype == np.float64
    with pytest.raises(DataError, match="LaminaRegressor learns numbers; y holds values such as 'a'"):
        numbers_of(LaminaRegressor(), rows(2), ["a", "b"])
    with pytest.raises(DataError, match="X has 2 examples and y 3 targets; each example needs one"):
        targets_of(LaminaRegressor(), rows(2), [1, 2, 3])
    with pytest.raises(DataError, match="This LaminaRegressor requires y to be passed, but the target y is None"):
        targets_of(LaminaRegressor(), rows(2), None)
    with pytest.raises(ValueError, match="Input y contains NaN"):
        targets_of(LaminaRegressor(), rows(2), [1.0, np.nan])


@pytest.mark.parametrize("weights", [[1, 2], [1, 2, -1], [0, 0, 0], [1, 2, np.inf], [[1], [2], [3]], "heavy", 3.0])
def test_weights_that_are_none(weights: Any) -> None:
    with pytest.raises(SettingError, match="sample_weight needs 3 finite numbers, one for each example, none below"):
        weights_of(rows(3), weights)


def test_weights() -> None:
    assert weights_of(rows(3), None).tolist() == [1, 1, 1]
    assert weights_of(rows(3), pandas.Series([1, 0, 2])).tolist() == [1, 0, 2]


def test_examples_once_each_whatever_their_order() -> None:
    """Against counting by hand: what comes more than once, what weighs nothing, one input with two targets."""
    chance = np.random.default_rng(0)
    values, targets = chance.integers(0, 3, (60, 2)).astype(float), chance.integers(0, 2, 60).astype(float)
    weights = chance.integers(0, 4, 60).astype(float)
    expected: dict[tuple[float, ...], float] = {}
    for row, target, weight in zip(values.tolist(), targets.tolist(), weights.tolist(), strict=True):
        if weight:
            expected[(*row, target)] = expected.get((*row, target), 0.0) + weight
    orders = [np.arange(60), chance.permutation(60)]
    found = [once_each(Dataset("rows", numbers(values[one]), targets[one]), weights[one]) for one in orders]
    for dataset, sums in found:
        assert isinstance(dataset.inputs, Numbers)
        cells = zip(dataset.inputs.values.tolist(), dataset.targets.tolist(), sums.tolist(), strict=True)
        assert {(*row, target): weight for row, target, weight in cells} == expected
    assert found[0][0].fingerprint == found[1][0].fingerprint, "in the same order"


def test_a_seed_is_the_random_state_or_drawn_from_it() -> None:
    assert [seed_of(one) for one in (0, np.int64(7), 2**31)] == [0, 7, 2**31]
    state = np.random.RandomState(3)
    assert seed_of(state) != seed_of(state)
    np.random.seed(5)
    first = seed_of(None)
    np.random.seed(5)
    assert seed_of(None) == first
    with pytest.raises(ValueError, match="cannot be used to seed"):
        seed_of("chance")
