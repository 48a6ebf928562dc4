"""Whole tables as arrays: columns found by name, rows that cannot be read named, the proof's rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.data.columns import CategoryColumn, NumberColumn
from lamina.data.encoders import Encoder
from lamina.data.fitting import decode_inputs
from lamina.data.inputs import numbers
from lamina.data.table import Guess, Table, join_tables
from lamina.data.table_encoder import TableEncoder, bins_for, decode_table, fit_table
from lamina.data.text_columns import WordsColumn
from lamina.errors import DataError, SettingError
from lamina.recipes import from_json, to_json

COLUMNS = (
    NumberColumn("x", 1.0, 2.0, can_miss=True),
    CategoryColumn("color", ("blue", "red")),
    WordsColumn("note", ("new",)),
)
ENCODER = TableEncoder(COLUMNS, ("code",), "ID")


def table(**columns: Any) -> Table:
    """A table of these columns."""
    arrays = {n: np.array(v, object if any(type(c) is str for c in v) else np.float64) for n, v in columns.items()}
    return Table(arrays, tuple(f"line {row + 2}" for row in range(len(next(iter(arrays.values()))))))


def test_columns_stand_side_by_side() -> None:
    inputs = table(note=["new!", "old"], color=["red", "blue"], x=[3.0, math.nan])
    encoded, kept, skipped = ENCODER.encode(inputs)
    assert (encoded.shape, encoded.dtype, kept.tolist(), skipped) == ((2, 3), np.float32, [0, 1], ())
    expected = [[1, 0, 0, 1, 1], [0, 1, 1, 0, 0]]
    np.testing.assert_array_equal(ENCODER.on_device(encoded), expected)
    assert ENCODER.input_shape == (5,)
    assert ENCODER.places() == {"x": (0, 2), "color": (2, 4), "note": (4, 5)}


def test_a_row_of_texts_is_the_row() -> None:
    inputs = table(x=[3.0, math.nan], color=["red", "blue"], note=["new", "x"])
    rows = [ENCODER.encode_raw(row) for row in (("3", "red", "new"), ("", "blue", "x"))]
    np.testing.assert_array_equal(np.stack(rows), ENCODER.encode(inputs)[0])
    with pytest.raises(DataError, match=r"the model takes rows of 3 values \(x, color, note\)"):
        ENCODER.encode_raw(("3", "red"))
    with pytest.raises(DataError, match="the model takes rows of 3 values"):
        ENCODER.encode_raw("3")


def test_other_inputs_and_missing_columns_are_refused() -> None:
    with pytest.raises(DataError, match="the model takes tables; got numbers"):
        ENCODER.encode(numbers([[1.0, 2.0, 3.0]]))
    with pytest.raises(
        DataError, match="the model needs the columns x, color, note; there is no color, note among x, y"
    ):
        ENCODER.encode(table(x=[1.0], y=[2.0]))


@given(st.lists(st.sampled_from(["1", "2.5", "x", "1e999", "", "1,5"]), min_size=1, max_size=30))
def test_rows_that_cannot_be_read_are_named_and_the_others_answered(cells: list[str]) -> None:
    inputs = table(x=cells, color=["red"] * len(cells), note=["new"] * len(cells))
    encoded, kept, skipped = ENCODER.encode(inputs)
    bad = [row for row, cell in enumerate(cells) if cell in ("x", "1e999", "1,5")]
    assert [one.row for one in skipped] == bad
    assert [one.name for one in skipped] == [f"line {row + 2}" for row in bad]
    assert all(one.reason.startswith("x needs a number; got") for one in skipped)
    assert sorted([*kept.tolist(), *bad]) == list(range(len(cells)))
    assert encoded.shape == (len(cells) - len(bad), 3)
    if len(kept):
        np.testing.assert_array_equal(encoded, ENCODER.encode(inputs.subset(kept))[0])


def test_rows_are_called_by_their_id() -> None:
    inputs = Table(table(x=["y"], color=["red"], note=["n"]).columns, ("892",), title="PassengerId")
    assert ENCODER.encode(inputs)[2][0].name == "PassengerId 892"


def test_what_is_new_is_said_once() -> None:
    inputs = table(
        ID=[1.0, 2.0, 3.0], code=["a", "b", "c"], kind=["p", "q", "p"], more=[1.0, 2.0, 3.0], even=["", "x", "y"],
        x=[1.0, 2.0, 3.0], color=["green", "pink", "green"], note=["n", "n", "n"],
    )  # fmt: skip
    assert ENCODER.notes(inputs, "kind") == [
        "not used, since the model does not know them: more, even",
        "3 rows have values of color never seen in training, such as 'green', 'pink'",
    ]
    rare = TableEncoder((CategoryColumn("color", ("red",), rare=True),))
    assert rare.notes(table(color=["green"]), "kind")[0].startswith(
        "1 row has a value of color never or hardly ever seen"
    )
    known = table(x=[1.0], color=["red"], note=["n"], kind=["p"])
    assert ENCODER.notes(known, "kind") == []
    assert ENCODER.notes(table(x=[1.0], color=["green"], note=["n"]), "kind") == [
        "1 row has a value of color never seen in training, such as 'green'"
    ]
    assert ENCODER.notes(numbers([[1.0]]), "kind") == []


def test_fitted_on_the_training_rows_alone() -> None:
    inputs = table(x=[1.0, 3.0, 1000.0], color=["red", "blue", "green"], flat=[2.0, 2.0, 2.0], n=[1.0, 2.0, 3.0])
    decoded = decode_inputs(Table(inputs.columns, inputs.names, kinds={
        "x": Guess("number"), "color": Guess("category"), "flat": Guess("constant"), "n": Guess("id"),
    }))  # fmt: skip
    encoder, encoded = decoded.fit(np.array([0, 1]))
    assert isinstance(encoder, TableEncoder)
    number, color = encoder.columns
    assert isinstance(number, NumberColumn)
    assert (number.mean, number.scale) == (2.0, 1.0)
    assert isinstance(color, CategoryColumn)
    assert color.values == ("blue", "red")
    assert (encoder.ignored, encoder.identifier) == (("flat", "n"), "n")
    assert encoded.shape == (3, 2)
    assert decoded.kept.tolist() == [0, 1, 2]


def test_a_row_that_cannot_be_prepared_stops_the_fit() -> None:
    inputs = table(x=[1.0, 2.0, 1e300], y=["a", "b", "c"])
    with pytest.raises(DataError, match=r"line 4: x is 1e\+300, too far from the numbers of training"):
        decode_table(inputs).fit(np.array([0, 1]))


def test_nothing_left_to_learn_from() -> None:
    inputs = table(x=[1.0, 1.0, 1.0])
    with pytest.raises(DataError, match="no column is left to learn from: each is constant, an ID or too varied"):
        fit_table(inputs, {"x": Guess("constant")}, np.arange(3))


@pytest.mark.parametrize(("rows", "bins"), [(1, 0), (399, 0), (400, 4), (1000, 10), (100_000, 32)])
def test_more_rows_place_more_bins(rows: int, bins: int) -> None:
    assert bins_for(rows) == bins


def test_the_encoder_is_a_recipe() -> None:
    assert from_json(to_json(ENCODER), Encoder, "encoder") == ENCODER
    assert len(ENCODER.lines()) == 4
    assert ENCODER.lines()[-1] == "ignored: code"
    for wrong in ((), (NumberColumn("x", 0.0, 1.0),) * 2):
        with pytest.raises(SettingError, match="TableEncoder needs columns with names that differ"):
            TableEncoder(wrong)
    wide = tuple(CategoryColumn(f"c{n}", tuple(map(str, range(9999)))) for n in range(11))
    with pytest.raises(SettingError, match="TableEncoder makes at most 100,000 features of a row"):
        TableEncoder(wide)


def test_made_up_rows_can_be_read_and_reach_every_text() -> None:
    rows = ENCODER.made_up()
    assert 1 <= len(rows) <= 64
    for place, column in enumerate(ENCODER.columns):
        assert {row[place] for row in rows} == set(column.made_up())
    assert np.isfinite(np.asarray(ENCODER.on_device(np.stack([ENCODER.encode_raw(row) for row in rows])))).all()


def test_tables_below_each_other() -> None:
    one, two = table(x=[1.0], c=["007"]), table(c=[7.0], x=["y"], z=[1.0])
    joined = join_tables([one, two])
    assert joined.columns["x"].tolist() == ["1", "y"]
    assert joined.columns["c"].tolist() == ["007", "7"]
    assert joined.names == ("line 2", "line 2")
    with pytest.raises(DataError, match="there is no column 'c'"):
        join_tables([one, table(x=[1.0])])
