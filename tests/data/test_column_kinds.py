"""What columns are taken for, and that it is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lamina.data.column_kinds import KINDS, guess_as, guess_kind, guess_kinds
from lamina.data.number_forms import NumberForm
from lamina.data.table import Table, column_of
from lamina.errors import DataError, SettingError

CHANCE = np.random.default_rng(0)
RED = ["red", "green", "blue", "red"]


def texts(*values: Any) -> Any:
    """A column of texts."""
    return np.array([*values], object)


def kind(name: str, values: Any) -> tuple[str, str]:
    """The kind of a column, and the reason."""
    found = guess_kind(name, column_of(np.asarray(values)) if not isinstance(values, list) else texts(*values))
    return found.kind, found.reason


@pytest.mark.parametrize(
    ("name", "values", "expected", "reason"),
    [
        ("age", [1.5, 2.0, 2.5], "number", ""),
        ("age", [1.0, np.nan, 2.0], "number", ""),
        ("year", np.arange(2000.0, 2010).repeat(3), "number", ""),
        ("size", np.array([1.0, 2.0] * 20), "number", ""),
        ("n", [7.0, 7.0, 7.0], "constant", "the same value in every row: left out, nothing can be learnt from it"),
        ("n", [7.0, np.nan, 7.0], "category", "one value or none"),
        ("n", [np.nan, np.nan], "constant", "every value is missing"),
        ("PassengerId", np.arange(1.0, 30), "id", "a number of its own in every row: left out"),
        ("anything", np.arange(5.0, 40), "id", "a number of its own in every row"),
        ("order id", CHANCE.permutation(50).astype(float), "id", "a number of its own in every row"),
        ("weight", CHANCE.permutation(50).astype(float), "number", ""),
        ("weight", np.arange(9.0), "number", ""),
        ("zip", np.array([1010.0, 2020.0] * 9), "category", "2 whole numbers that its name calls codes"),
        ("zip_code", np.arange(100.0).repeat(2), "number", ""),
        ("MSSubClass", np.array([20.0, 60.0] * 9), "number", ""),
    ],
)
def test_columns_of_numbers(name: str, values: Any, expected: str, reason: str) -> None:
    found, why = kind(name, np.asarray(values, np.float64))
    assert (found, reason in why, bool(why)) == (expected, True, bool(reason))


@pytest.mark.parametrize(
    ("values", "expected", "reason"),
    [
        (RED, "category", ""),
        ([*RED, None], "category", ""),
        (["x", "x "], "constant", "the same value in every row"),
        (["x", None], "category", "one value or none"),
        ([None, None], "constant", "every value is missing"),
        (["1,5", "2,5", "3,25"], "number", "numbers with decimal comma"),
        (["$1,000.50", "$2"], "number", "numbers with thousands divided by ',', the unit $"),
        (["unknown", *map(str, range(30))], "number", "one text in it is no number and taken as missing: 'unknown'"),
        (["x0", "x1", *map(str, range(60))], "number", "2 texts in it are no numbers and taken as missing: 'x0', 'x1'"),
        ([str(n) for n in range(20)], "id", "a number of its own in every row: left out"),
        (["7 kg", "7.0 kg"], "constant", "the same value in every row"),
        (["007", "008", "009"], "category", ""),
        (["12345678901234567", "12345678901234568"], "category", ""),
        (["2020-01-01", "2020-01-03"], "date", "dates in the form of 2000-02-08"),
        (["1/2/2020", "3/4/2020"], "date", "the day first; 02/08/2000 would fit as well"),
        (["31/2/2020", "3/4/2020"], "category", ""),
        ([f"name {n} of many words" for n in range(60)], "text", "5 words a value"),
        ([f"k{n}" for n in range(60)], "id", "a text of its own in every row: left out"),
        (
            [*[f"k{n}" for n in range(60)], "k1"],
            "drop",
            "60 different values in 61 rows: left out, too few rows share one",
        ),
        ([f"k{n}" for n in range(30)] * 3, "category", ""),
        ([f"k{n}" for n in range(9)], "category", ""),
    ],
)
def test_columns_of_texts(values: list[Any], expected: str, reason: str) -> None:
    found, why = kind("column", values)
    assert (found, reason in why, bool(why)) == (expected, True, bool(reason))


def test_a_person_says_what_a_column_is() -> None:
    zips = np.array([1010.0, 2020.0])
    assert guess_as("zip", zips, "category").kind == "category"
    assert guess_as("n", texts("1,5", "2"), "number").number_form == NumberForm(",")
    assert guess_as("day", np.array([20200131.0, 20201231.0]), "date").date_form == "%Y%m%d"
    with pytest.raises(SettingError, match=r"--kinds color=number: its values are no numbers, such as .'red'."):
        guess_as("color", texts(*RED), "number")
    with pytest.raises(SettingError, match="--kinds color=date: its values are no dates of a known form, such as"):
        guess_as("color", texts(*RED), "date")


def test_kinds_of_a_table() -> None:
    table = Table({"a": np.array([1.0, 2.0]), "b": texts("x", "y")}, ("row 1", "row 2"))
    assert {name: guess.kind for name, guess in guess_kinds(table, {"b": "drop"}).items()} == {
        "a": "number",
        "b": "drop",
    }
    with pytest.raises(SettingError, match=f"--kinds needs one of {', '.join(KINDS)} for a; got 'numbr'"):
        guess_kinds(table, {"a": "numbr"})
    with pytest.raises(DataError, match="there is no column 'c'; the columns are a, b"):
        guess_kinds(table, {"c": "number"})
