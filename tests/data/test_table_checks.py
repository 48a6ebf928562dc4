"""Columns that give the target away and hidden groups: found where they are, and no false alarm on clean data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.data.table import Table
from lamina.data.table_checks import giving_away, hidden_groups, leak_notes

CHANCE = np.random.default_rng(0)
ROWS = 200
PRICE = CHANCE.normal(100, 20, ROWS)
KIND = np.array(["sick", "well"])[CHANCE.integers(0, 2, ROWS)]
LEVEL = np.array(["low", "middle", "high"])[np.clip((PRICE - 60) // 27, 0, 2).astype(int)]


def table(**columns: Any) -> Table:
    """Columns of numbers or texts."""
    arrays = {
        name: np.asarray(v, np.float64 if np.asarray(v).dtype.kind in "if" else object) for name, v in columns.items()
    }
    return Table(arrays, tuple(f"row {n}" for n in range(ROWS)))


@pytest.mark.parametrize(
    ("column", "targets"),
    [
        (PRICE * 1.19, PRICE),
        (-3 * PRICE + 7, PRICE),
        (np.where(np.arange(ROWS) % 4, PRICE, np.nan), PRICE),
        (np.where(KIND == "sick", "ill", "fine"), KIND),
        (np.where(KIND == "sick", 1.0, 0.0), KIND),
        (np.where(KIND == "sick", "S", "W").astype(object), KIND),
        (PRICE, LEVEL),
    ],
)
def test_a_column_that_tells_the_target_is_named(column: Any, targets: Any) -> None:
    inputs = table(other=CHANCE.normal(size=ROWS), result=column)
    assert list(giving_away(inputs, targets)) == ["result"]
    note = leak_notes(inputs, targets, "y")[0]
    assert note.startswith("result alone tells the y in every row. If it is not known when you predict, leave it out")
    assert '--kinds "result=drop"' in note


@pytest.mark.parametrize(
    ("column", "targets"),
    [
        (PRICE + CHANCE.normal(0, 2, ROWS), PRICE),
        (PRICE**2, PRICE),
        (np.full(ROWS, 3.0), PRICE),
        (np.where(np.arange(ROWS) % 4, np.nan, PRICE), PRICE),
        (CHANCE.normal(size=ROWS), KIND),
        (np.where(CHANCE.random(ROWS) < 0.9, KIND, "sick"), KIND),
        (np.array([f"name {n}" for n in range(ROWS)]), KIND),
        (np.where(np.arange(ROWS) == 7, 1.0, 0.0), KIND),
    ],
)
def test_a_column_that_only_helps_is_not(column: Any, targets: Any) -> None:
    assert list(giving_away(table(result=column), targets)) == []


def test_few_rows_tell_nothing() -> None:
    few = table(result=PRICE).subset(np.arange(29))
    assert list(giving_away(few, PRICE[:29])) == []


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("patient", [f"p{n // 4}" for n in range(ROWS)], True),
        ("Individual ID", [f"N{n // 2}A" for n in range(ROWS)], True),
        ("speaker_no", [float(n // 4) for n in range(ROWS)], True),
        ("CustomerId", [float(n // 4) for n in range(ROWS)], True),
        ("userid", [f"u{n // 3}" for n in range(ROWS)], True),
        ("patient", [f"p{n}" for n in range(ROWS)], False),
        ("patient", ["in", "out"] * 100, False),
        ("persons", [float(n // 4) for n in range(ROWS)], False),
        ("households", [float(n // 4) for n in range(ROWS)], False),
        ("personality", [f"p{n // 4}" for n in range(ROWS)], False),
        ("city", [f"c{n // 4}" for n in range(ROWS)], False),
    ],
)
def test_hidden_groups(name: str, values: Any, expected: bool) -> None:
    inputs = table(**{name: values})
    assert list(hidden_groups(inputs)) == [name] * expected
    assert (f'--group "{name}" keeps them together' in "".join(leak_notes(inputs, KIND, "y"))) == expected


CLEAN = [
    ("penguins/penguins.csv", "species"),
    ("penguins/penguins.csv", "sex"),
    ("titanic/titanic.csv", "Survived"),
    ("titanic/titanic.csv", "Fare"),
    ("california_housing/housing.csv", "median_house_value"),
    ("diamonds/diamonds.csv.gz", "price"),
    ("diamonds/diamonds.csv.gz", "cut"),
    ("taxis/taxis.csv.gz", "tip"),
    ("taxis/taxis.csv.gz", "payment"),
]


@pytest.mark.skipif("LAMINA_DATA" not in os.environ, reason="LAMINA_DATA names no folder of data sets")
@pytest.mark.parametrize(("file", "target"), CLEAN)
def test_no_false_alarm_on_clean_data(file: str, target: str) -> None:
    found = lamina.read(Path(os.environ["LAMINA_DATA"]) / file, target=target)
    assert isinstance(found.inputs, Table)
    assert leak_notes(found.inputs, found.targets, target) == []
