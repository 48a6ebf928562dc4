"""Rows of numbers: standardized by the training rows, parsed strictly, found by their columns' names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lamina
from lamina.data.fitting import decode_inputs
from lamina.data.inputs import numbers
from lamina.data.number_encoder import NumberEncoder, fit_numbers, parse_number
from lamina.data.pictures import pictures_from_array
from lamina.data.prediction_inputs import read_inputs
from lamina.errors import DataError, SettingError
from lamina.recipes import from_json, to_json
from tests.data.makers import noise

ENCODER = NumberEncoder(("a", "b"), (1.0, 2.0), (0.5, 4.0))


def test_training_rows_get_mean_0_and_deviation_1() -> None:
    inputs = lamina.read("wine").inputs
    rows = np.arange(0, 178, 2)
    encoder, encoded = decode_inputs(inputs).fit(rows)
    assert encoded.dtype == np.float32
    assert encoded[rows].mean(axis=0) == pytest.approx(np.zeros(13), abs=1e-5)
    assert encoded[rows].std(axis=0) == pytest.approx(np.ones(13), abs=1e-5)
    assert from_json(to_json(encoder), NumberEncoder, "encoder") == encoder


def test_a_constant_column_is_not_blown_up() -> None:
    encoder = fit_numbers(numbers([[0.1, 1e9], [0.1, 1e9], [0.1, 1e9]]), np.arange(3))
    assert encoder.scales == (1.0, 1.0)
    assert np.isfinite(encoder.encode(numbers([[5.0, 0.0]]))[0]).all()


@given(st.lists(st.floats(-1e30, 1e30), min_size=2, max_size=2))
def test_raw_rows_are_what_arrays_are(row: list[float]) -> None:
    raw = ENCODER.encode_raw(tuple(map(repr, row)))
    assert np.array_equal(raw, ENCODER.encode(numbers([row]))[0][0])


def test_numbers_beyond_float32_are_skipped_and_named() -> None:
    encoded, kept, skipped = ENCODER.encode(numbers([[1.0, 2.0], [1e300, 2.0]]))
    assert kept.tolist() == [0]
    assert encoded.tolist() == [[0.0, 0.0]]
    assert (skipped[0].name, skipped[0].row, skipped[0].reason) == (
        "row 2",
        1,
        "it has a number too large for the model",
    )


def test_numbers_without_a_deviation_are_named() -> None:
    """Their squares are beyond double precision."""
    rows = numbers([[1.0, -1e200], [2.0, 3e200]], ("length", "mass"))
    with pytest.raises(DataError, match=r"mass holds numbers up to 3e\+200, too large to learn from: scale it down"):
        fit_numbers(rows, np.arange(2))


def test_made_up_rows_feel_every_number() -> None:
    def encoded(encoder: NumberEncoder) -> Any:
        return np.stack([encoder.encode_raw(row) for row in ENCODER.made_up()])

    assert ENCODER.made_up() == ENCODER.made_up()
    for place in range(2):
        for field in ("means", "scales"):
            values = list(getattr(ENCODER, field))
            values[place] *= 1.05
            changed = NumberEncoder(
                **{"columns": ENCODER.columns, "means": ENCODER.means, "scales": ENCODER.scales}
                | {field: tuple(values)}
            )
            assert np.abs(encoded(changed) - encoded(ENCODER))[:, place].max() > 1e-2


@pytest.mark.parametrize("text", ["1", "-1.5", "+.5", "2.", "1e-3", " 7 ", "1E+2"])
def test_numbers_as_texts(text: str) -> None:
    assert parse_number(text, "a") == float(text)


@pytest.mark.parametrize("text", ["", "x", "1_000", "nan", "inf", "0x10", "1 2", "١", "1,5", "1.000,5", "--1", "e5"])
def test_texts_that_are_no_numbers(text: str) -> None:
    with pytest.raises(DataError, match=r"^a needs a number; got") as caught:
        parse_number(text, "a")
    assert ("Write it with a point" in str(caught.value)) == (text == "1,5")


def test_a_number_beyond_all_bounds() -> None:
    with pytest.raises(DataError, match="a needs a finite number; got '1e999'"):
        parse_number("1e999", "a")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (((), (), ()), "at least one column"),
        ((("a",), (1.0, 2.0), (1.0,)), "a mean and a scale for each"),
        ((("a", "a"), (1.0, 2.0), (1.0, 1.0)), "one comes twice"),
        ((("a",), (1.0,), (0.0,)), "positive scales"),
        ((("a",), (1.0,), (float("nan"),)), "positive scales"),
        ((("a",), (float("inf"),), (1.0,)), "finite means"),
    ],
)
def test_impossible_settings(settings: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        NumberEncoder(*settings)


def test_tables_are_read_by_their_columns_names(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes('\ufeffb,more,a\r\n2,x,1\r\n\r\n"-4","y\nz",0.5\r\n'.encode())
    inputs = read_inputs(path, ENCODER)
    assert inputs.names == (f"{path}, line 2", f"{path}, line 4")
    assert inputs.values.tolist() == [[1.0, 2.0], [0.5, -4.0]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "rows.csv is empty: a table needs a line of column names"),
        (b"a,b\n", "rows.csv has a line of column names and no rows below it"),
        (b"a,c\n1,2\n", "needs the columns a, b; there is no b among a, c"),
        (b"a,b,a\n1,2,3\n", "has the column a more than once"),
        (b"a,b\n1,2\n1\n", "the first line has 2 fields, but line 3 has 1"),
        (b"a,b\n1,two\n", "line 2: b needs a number; got 'two'"),
        (b"a,b\n1,\xff\n", "line 2: b needs a number; got 'ÿ'"),
        (b'a,b\n1,"2\n', "line 2: b needs a number; got '\"2'"),
    ],
)
def test_faults_of_tables(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message):
        read_inputs(path, ENCODER)


def test_other_faults(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none.csv: cannot be read \(No such file"):
        read_inputs(tmp_path / "none.csv", ENCODER)
    with pytest.raises(DataError, match=r"takes rows of 2 numbers \(a, b\); got 3 columns"):
        ENCODER.encode(read_inputs([[1, 2, 3]], ENCODER))
    with pytest.raises(DataError, match="takes rows of numbers; got picturearray"):
        ENCODER.encode(pictures_from_array(noise(1, (1, 4, 4))))
    with pytest.raises(DataError, match=r"takes rows of 2 numbers \(a, b\)"):
        ENCODER.encode_raw(("1",))
    with pytest.raises(DataError, match="those given differ in length"):
        read_inputs([[1, 2], [3]], ENCODER)


def test_one_row_alone() -> None:
    assert ENCODER.encode(read_inputs([1.0, 2.0], ENCODER))[0].tolist() == [[0.0, 0.0]]


def test_made_up_rows_of_the_largest_numbers_are_finite() -> None:
    encoder = NumberEncoder(("a",), (1e308,), (1e308,))
    rows = encoder.made_up()
    assert all(np.isfinite(float(text)) for row in rows for text in row)
    assert len(set(rows)) > 1
