"""What is to be learnt from a table: target, task, rows that count, columns that are left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.data.dataset import Dataset
from lamina.data.table import Table
from lamina.errors import DataError, SettingError


def dataset(folder: Path, text: str, **options: Any) -> Dataset:
    """What is read from a table of this text."""
    path = folder / "t.csv"
    path.write_text(text)
    return lamina.read(path, **options)


def said(found: Dataset) -> str:
    """All notes as one text."""
    return "\n".join(found.notes)


COLORS = "x,color\n1,red\n2,blue\n3,red\n"


def test_the_target_is_a_column_and_no_input(tmp_path: Path) -> None:
    found = dataset(tmp_path, COLORS, target="color")
    assert (found.name, found.target, found.targets.tolist()) == ("t", "color", ["red", "blue", "red"])
    assert isinstance(found.inputs, Table)
    assert list(found.inputs.columns) == ["x"]
    assert dataset(tmp_path, COLORS.replace("color", "Class")).target == "Class"


@pytest.mark.parametrize(
    ("text", "options", "complaint"),
    [
        (COLORS, {}, "t: which column shall be predicted. Give --target COLUMN; the columns are x, color"),
        ("y,label\n1,2\n", {}, "which column shall be predicted"),
        (COLORS, {"target": "colour"}, "there is no column 'colour'; the columns are x, color"),
        ("color\nred\nblue\n", {"target": "color"}, "t has the column color alone: nothing to predict it from"),
        (COLORS, {"target": "color", "task": "clusters"}, "--task for this table is one of classification, regres"),
        (COLORS, {"target": "color", "task": "regression"}, "--task regression needs numbers; color holds texts such"),
        (COLORS, {"target": "color", "kinds": {"z": "drop"}}, "--kinds names z, which is no input column; those are x"),
        (COLORS, {"target": "color", "kinds": {"color": "text"}}, "--kinds names color, which is no input column"),
        (COLORS, {"target": "color", "column": "x"}, "there is no option column of reading; there are delimiter, enc"),
        ("x,y\n1,\n2,3\n", {"target": "y"}, "1 of 2 rows have no y, more than 20%: fill them in or remove those rows"),
        ("x,y\n1,inf\n2,3\n", {"target": "y"}, "line 2 has an infinite number in y: write a finite one or leave it em"),
        ("x,y\n1,0\n1e999,1\n", {"target": "y"}, "line 3 has an infinite number in x"),
        ("a,b,y\n1,1,0\n2,2,1\n", {"target": "y", "kinds": {"a": "group", "b": "group"}}, "--kinds names 2 columns"),
    ],
)  # fmt: skip
def test_what_cannot_be_learnt(text: str, options: dict[str, Any], complaint: str, tmp_path: Path) -> None:
    with pytest.raises((DataError, SettingError), match=complaint):
        dataset(tmp_path, text, **options)


def column(values: Any, name: str = "y") -> str:
    """A table with one input and these targets."""
    return f"x,{name}\n" + "".join(f'{row % 7}.5,"{value}"\n' for row, value in enumerate(values))


@pytest.mark.parametrize(
    ("name", "values", "kind", "note"),
    [
        ("y", [0, 1] * 5, "U", "y has 2 whole numbers from 0 to 1, taken for classes (--task regression predicts num"),
        ("y", [3, 7] * 5, "U", "y has 2 whole numbers from 3 to 7, taken for classes"),
        ("digit", [*range(10)] * 2, "U", "digit has 10 whole numbers from 0 to 9, taken for classes"),
        ("kind", [1, 2, 3] * 5, "U", "taken for classes"),
        (
            "rating",
            [1, 2, 3, 4, 5] * 5,
            "f",
            "rating has 5 whole numbers from 1 to 5, taken for a scale (--task classifi",
        ),
        ("rooms", [2, 4, 6] * 5, "f", "rooms has 3 whole numbers from 2 to 6, taken for a scale"),
        ("n", [*range(15)], "f", "n has 15 whole numbers from 0 to 14, taken for a scale"),
        ("n", [*range(30)], "f", ""),
        ("n", [0.5, 1.5] * 5, "f", ""),
        ("n", ["a", "b"] * 5, "U", ""),
        ("n", ["yes", "no"] * 5, "U", ""),
        ("price", ["$1.50", "$2"] * 5, "f", "price: numbers with the unit $"),
    ],
)
def test_classes_or_a_scale(name: str, values: Any, kind: str, note: str, tmp_path: Path) -> None:
    found = (
        dataset(tmp_path, column(values, name)) if name == "y" else dataset(tmp_path, column(values, name), target=name)
    )
    assert found.targets.dtype.kind == kind
    assert note in said(found)
    assert ("taken for" in said(found)) == ("taken for" in note)


def test_a_person_decides_the_task(tmp_path: Path) -> None:
    assert dataset(tmp_path, column([1, 2, 3] * 3), task="regression").targets.tolist() == [1, 2, 3] * 3
    assert dataset(tmp_path, column([1, 2, 3] * 3), task="classification").targets.tolist() == ["1", "2", "3"] * 3
    assert dataset(tmp_path, column(["$1", "$2"] * 5), task="regression").targets.tolist() == [1.0, 2.0] * 5
    assert dataset(tmp_path, column(["$1", "$2"] * 5), task="classification").targets.tolist() == ["$1", "$2"] * 5


@pytest.mark.parametrize(
    ("values", "told", "left"),
    [
        ([*range(30), ""], r"1 row has no y and is left out (line 32)", 30),
        ([*"ab" * 15, "NA", "?"], r"2 rows have no y and are left out (line 32, line 33)", 30),
        ([*(f"{n},5" for n in range(30)), "soon"], r"1 row has no y and is left out (line 32)", 30),
        (
            [*range(50), *[""] * 7],
            "7 rows have no y and are left out (line 52, line 53, line 54, line 55, line 56, ...)",
            50,
        ),
    ],
)
def test_rows_without_a_target_are_left_out_and_named(values: Any, told: str, left: int, tmp_path: Path) -> None:
    found = dataset(tmp_path, column(values), target="y")
    assert told in said(found)
    assert len(found) == left


def test_a_table_without_names_of_texts_and_labels(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text(
        "".join(f"{'ham' if n % 3 else 'spam'}\tsome words and number {n}\n" for n in range(60))
    )
    found = lamina.read(tmp_path / "t.tsv")
    assert (found.target, sorted(set(found.targets.tolist()))) == ("label", ["ham", "spam"])
    assert isinstance(found.inputs, Table)
    assert {name: guess.kind for name, guess in found.inputs.kinds.items()} == {"text": "text"}


def test_groups_are_kept_on_one_side(tmp_path: Path) -> None:
    from lamina.data.split import split

    rows = "".join(f"p{n // 4},{n % 5}.5,{'ab'[n % 2]}\n" for n in range(200))
    found = dataset(tmp_path, f"patient,x,y\n{rows},1.5,a\n,2.5,b\n", kinds={"patient": "group"})
    assert found.group == "patient"
    assert found.groups is not None
    assert len(set(found.groups.tolist())) == 52
    assert "rows of one may be on both sides" not in said(found)
    parts = split(found, seed=0)
    assert "by patient" in parts.description
    assert isinstance(found.inputs, Table)
    patients = found.inputs.columns["patient"]
    sides = [set(patients[part]) - {None} for part in (parts.train, parts.validation, parts.test)]
    assert not sides[0] & sides[1] | sides[0] & sides[2] | sides[1] & sides[2]
    assert len(parts.test) in (40, 41)  # a group of four, or a row that is a group of its own, more or less
    assert len(parts.train) + len(parts.validation) + len(parts.test) == 202


def test_frames_are_tables() -> None:
    import pandas

    found = lamina.read(pandas.DataFrame({"x": [1.5, 2.5], "y": ["a", "b"]}), target="y")
    assert (found.name, found.targets.tolist(), len(found)) == ("model", ["a", "b"], 2)


def test_whole_numbers_stay_whole_as_classes(tmp_path: Path) -> None:
    found = dataset(tmp_path, column([0, 1, "", 1, 0, 1, 0, 1]))
    assert sorted(set(found.targets.tolist())) == ["0", "1"]
    assert np.array_equal(found.targets[:2], ["0", "1"])
