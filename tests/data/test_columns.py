"""Columns as numbers: what the host keeps of a value, and what the network sees of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.data.columns import (
    CategoryColumn,
    Column,
    DateColumn,
    NumberColumn,
    fit_category,
    fit_date,
    fit_number,
)
from lamina.data.number_forms import PLAIN, NumberForm
from lamina.data.text_columns import MOST_WORDS, WordsColumn, fit_tokens, fit_words
from lamina.errors import DataError, SettingError
from lamina.recipes import from_json, to_json

DAY = 86_400.0


def texts(*values: Any) -> Any:
    """A column of texts."""
    return np.array([*values], object)


def seen(column: Column, values: Any) -> Any:
    """What the network sees of values."""
    encoded = column.encode(values)
    assert encoded.shape == (len(values), column.width)
    assert encoded.dtype == np.float32
    features = np.asarray(column.expand(encoded))
    assert features.shape == (len(values), column.features)
    assert np.isfinite(features).all()
    return features


def test_a_number_is_standardized_and_placed_between_edges() -> None:
    column = NumberColumn("x", 10.0, 4.0, (2.0, 6.0, 14.0), can_miss=True)
    found = seen(column, np.array([2.0, 4.0, 6.0, 10.0, 14.0, 100.0, np.nan]))
    expected = [
        [-2.0, 0.0, 0.0, 0.0],
        [-1.5, 0.5, 0.0, 0.0],
        [-1.0, 1.0, 0.0, 0.0],
        [0.0, 1.0, 0.5, 0.0],
        [1.0, 1.0, 1.0, 0.0],
        [22.5, 1.0, 1.0, 0.0],
        [0.0, 1.0, 0.5, 1.0],
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_number_as_text_is_the_number() -> None:
    column = NumberColumn("x", 1.0, 2.0, form=NumberForm(",", "."))
    np.testing.assert_array_equal(seen(column, texts("1.001,5", "3")), seen(column, np.array([1001.5, 3.0])))


@pytest.mark.slow
@given(st.lists(st.floats(-1e300, 1e300) | st.just(math.nan), min_size=1, max_size=40), st.integers(0, 8))
def test_any_numbers_can_be_fitted_and_seen(numbers: list[float], bins: int) -> None:
    """No warning, no infinity, no NaN, whatever the numbers: huge, equal, missing, a hair apart."""
    values = np.array(numbers)
    column = fit_number("x", values, bins, PLAIN)
    seen(column, values)
    assert column.can_miss == np.isnan(values).any()


def test_a_fit_is_the_mean_and_the_deviation() -> None:
    values = np.random.default_rng(0).normal(7.0, 3.0, 1000)
    column = fit_number("x", np.append(values, np.nan), 4, PLAIN)
    assert column.mean == pytest.approx(values.mean(), rel=1e-12)
    assert column.scale == pytest.approx(values.std(), rel=1e-12)
    np.testing.assert_allclose(column.edges, np.quantile(values, [0, 0.25, 0.5, 0.75, 1]))
    constant = fit_number("x", np.full(5, 0.1 + 0.2), 4, PLAIN)
    assert (constant.scale, constant.edges, constant.can_miss) == (1.0, (), False)
    assert fit_number("x", np.array([np.nan]), 4, PLAIN).mean == 0.0


def test_a_number_far_from_those_of_training_is_refused() -> None:
    column = fit_number("price", np.array([1.0, 2.0]), 0, PLAIN)
    for far in (1e300, np.inf, -np.inf):
        with pytest.raises(DataError, match=r"price is .*, too far from the numbers of training \(mean 1\.5\)"):
            column.encode(np.array([far]))


def test_categories() -> None:
    column = fit_category("color", texts("red", "blue ", "blue", None), 1)
    assert column == CategoryColumn("color", ("", "blue", "red"))
    expected = [[0, 1, 0], [0, 0, 1], [1, 0, 0], [1 / 3, 1 / 3, 1 / 3]]
    np.testing.assert_allclose(seen(column, texts("blue", " red", None, "green")), expected, rtol=1e-6)
    assert column.unknown(texts("blue", None, "green", "green")) == ["green", "green"]


def test_rare_values_share_a_feature_with_those_never_seen() -> None:
    column = fit_category("color", texts(*["red"] * 3, *["blue"] * 3, "green", "pink"), 3)
    assert column == CategoryColumn("color", ("blue", "red"), rare=True)
    np.testing.assert_array_equal(
        seen(column, texts("green", "blue", "red", "new")), [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    )
    assert fit_category("color", texts("a", "b"), 3) == CategoryColumn("color", ("b",), rare=True)


def test_codes_are_the_same_as_numbers_and_as_texts() -> None:
    column = fit_category("zip", np.array([1010.0, 2020.0, np.nan]), 1)
    assert column.values == ("", "1010", "2020")
    np.testing.assert_array_equal(seen(column, np.array([2020.0])), seen(column, texts("2020")))


def test_dates() -> None:
    column = fit_date("day", texts("1970-01-01", "1970-01-03", None), "%Y-%m-%d")
    assert (column.mean, column.scale) == (DAY, DAY)
    thursday, monday, missing = seen(column, texts("1970-01-01", "1970-01-05", None))
    np.testing.assert_allclose(thursday[[0, 1, 2, 5, 6, 7]], [-1, 0, 1, 0, 1, 0], atol=1e-6)
    week = 2 * np.pi * (0 - 4) / 7
    np.testing.assert_allclose(thursday[[3, 4]], [np.sin(week), np.cos(week)], atol=1e-6)
    np.testing.assert_allclose(monday[[0, 3, 4]], [3, 0, 1], atol=1e-6)
    np.testing.assert_array_equal(missing, [0, 0, 0, 0, 0, 0, 0, 1])
    assert fit_date("day", texts(None), "%Y-%m-%d").scale == DAY
    assert fit_date("day", texts("2020-01-01"), "%Y-%m-%d").scale == DAY


def test_words() -> None:
    column = fit_words("note", texts("Red car", "red van", "a VAN", None), 2)
    assert column.words == ("red", "van")
    np.testing.assert_array_equal(
        seen(column, texts("RED red!", "van-car", None, "x")), [[1, 0], [0, 1], [0, 0], [0, 0]]
    )
    assert fit_words("note", texts("x", "y"), 2).words == ("",)
    many = fit_words("note", texts(*[" ".join(f"w{n}" for n in range(k, 400)) for k in range(400)]), 2)
    assert len(many.words) == MOST_WORDS


COLUMNS: list[Column] = [
    NumberColumn("x", 10.0, 4.0, (2.0, 6.0, 14.0), True, NumberForm(",", ".", absent=("unknown",))),
    CategoryColumn("color", ("", "blue", "red")),
    CategoryColumn("color", tuple(f"v{n}" for n in range(100)), rare=True),
    DateColumn("day", "%d/%m/%Y %H:%M", 1.5e9, 1e7),
    DateColumn("ever", "%Y-%m-%d", 2.4e11, 1e11),
    WordsColumn("note", ("red", "van")),
    WordsColumn("note", ("",)),
]


@pytest.mark.parametrize("column", COLUMNS)
def test_columns_are_recipes_and_their_made_up_texts_can_be_read(column: Column) -> None:
    assert from_json(to_json(column), Column, "column") == column
    assert column.describe()
    made = column.made_up()
    assert all(isinstance(text, str) for text in made)
    seen(column, texts(*(text or None for text in made)))


@pytest.mark.parametrize("column", COLUMNS)
def test_rows_do_not_depend_on_each_other(column: Column) -> None:
    values = texts(*(text or None for text in column.made_up()))
    alone = np.concatenate([seen(column, values[row : row + 1]) for row in range(len(values))])
    np.testing.assert_array_equal(seen(column, values), alone)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: NumberColumn("x", math.nan, 1.0), "the column x needs finite numbers and a positive scale"),
        (lambda: NumberColumn("x", 0.0, 0.0), "the column x needs finite numbers and a positive scale"),
        (lambda: NumberColumn("x", 0.0, 1.0, (2.0, 2.0)), "the column x needs edges that rise"),
        (lambda: CategoryColumn("x", ()), "the column x needs 1 to 10,000 values that differ"),
        (lambda: CategoryColumn("x", ("a", "a")), "the column x needs 1 to 10,000 values that differ"),
        (lambda: DateColumn("x", "%Y", 0.0, -1.0), "the column x needs a finite mean and a positive scale"),
        (lambda: WordsColumn("x", ("a", "a")), "the column x needs 1 to 256 words that differ"),
    ],
)
def test_columns_that_are_none(make: Any, complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        make()


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (fit_number("age", np.array([22.0, 38, 26, np.nan]), 2, PLAIN), ["22", "38", None]),
        (fit_number("price", np.array([1.5, 4, 2]), 0, NumberForm(",", behind=" EUR")), ["1,5 EUR", "4,0 EUR"]),
        (fit_category("port", np.array(["S", "C", "S", "", "Q"]), 1), ["Q", "S", None]),
        (fit_date("day", np.array(["2024-02-29", "2025-01-01"]), "%Y-%m-%d"), ["2024-02-29", None, "2025-01-01"]),
        (fit_words("note", np.array(["new red", "red old", "blue"]), 1), ["red old", "blue"]),
        (fit_tokens("story", np.array(["a red fox", "a red hen"])), ["a red", "red a"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_features_tell_their_values(column: Column, texts: list[str | None]) -> None:
    features = np.asarray(column.expand(column.encode(np.array(texts, object))))
    again = column.values_of(features)
    assert [None if value is None else str(value).removesuffix(".0") for value in again] == texts


def test_a_feature_that_rare_values_share_tells_none_of_them() -> None:
    column = fit_category("port", np.array(["S", "S", "Q"]), 2)
    assert column.values_of(np.array([[0.2, 0.9], [0.8, 0.1]])) == ["S", "(rare)"]


@pytest.mark.parametrize("rare", [False, True])
def test_features_of_categories_tell_the_values_they_were_made_of(rare: bool) -> None:
    """One-hot and back, with a value that training never saw where rare ones share a feature."""
    values = ["", "C", "Q", "S"]
    column = CategoryColumn("port", tuple(values), rare=rare)
    given = [*values, "Z"] if rare else values
    features = np.asarray(column.expand(column.encode(np.array(given, object))))
    assert column.values_of(features) == [None, "C", "Q", "S", "(rare)"][: len(given)]
