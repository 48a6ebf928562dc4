"""Tables from files: each odd or damaged one is read as it should be, or refused with the line and what to do."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.data.table import MISSING_MARKS
from lamina.data.table_reading import ReadTable, TableForm, is_table, read_table_file, table_from_frame
from lamina.errors import DataError


def read(folder: Path, data: str | bytes, form: TableForm | None = None, name: str = "t.csv") -> ReadTable:
    """A table from the content of its file."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_table_file(path, form)


def values(found: ReadTable) -> dict[str, list[Any]]:
    """The columns as lists, with None where a value is missing."""
    return {
        name: [None if value is None or value != value else value for value in column.tolist()]
        for name, column in found.table.columns.items()
    }


ODD: dict[str, tuple[str | bytes, dict[str, list[Any]]]] = {
    "numbers": ("a,b\n1,2.5\n-3,4e2\n", {"a": [1, -3], "b": [2.5, 400]}),
    "texts": ("a,b\nx,y\n1,z\n", {"a": ["x", "1"], "b": ["y", "z"]}),
    "missing": ("a,b\n1,x\n,NA\n?, \n", {"a": [1, None, None], "b": ["x", None, None]}),
    "None is a text": ("a,b\n1,None\n2,none\n", {"a": [1, 2], "b": ["None", "none"]}),
    "blanks around": ("a , b\n 1 , 2\n 3 , NA \n", {"a": [1, 3], "b": [" 2", None]}),
    "leading zeros": ("zip,n\n01234,1\n99999,2\n", {"zip": ["01234", "99999"], "n": [1, 2]}),
    "leading zero in the first field": ("a,b\n007,1\n008,2\n", {"a": ["007", "008"], "b": [1, 2]}),
    "zeros that are numbers": ("a,b\n0,0.5\n10,05.5\n", {"a": [0, 10], "b": [0.5, 5.5]}),
    "long codes": ("a,b\n12345678901234567,1\n,2\n", {"a": ["12345678901234567", None], "b": [1, 2]}),
    "longer than any integer": ("a,b\n123456789012345678901234,1\n2,2\n", {"a": ["123456789012345678901234", "2"]}),
    "huge numbers": ("a,b\n1e300,1\n-1e30,2\n", {"a": [1e300, -1e30]}),
    "infinity": ("a,b\n1e999,1\n-inf,2\n", {"a": [math.inf, -math.inf]}),
    "yes and no as written": ("a,b\ntrue,1\nfalse,2\n", {"a": ["true", "false"]}),
    "YES and no as written": ("a,b\nTRUE,1\n,2\nFALSE,3\n", {"a": ["TRUE", None, "FALSE"]}),
    "underscores are no numbers": ("a,b\n1_000,1\n2_000,2\n", {"a": ["1_000", "2_000"]}),
    "hexadecimal is no number": ("a,b\n0x10,1\n0x20,2\n", {"a": ["0x10", "0x20"]}),
    "quoted comma": ('a,b\n"x,y",1\n"p, q",2\n', {"a": ["x,y", "p, q"]}),
    "quoted line break": ('a,b\n"x\ny",1\nz,2\n', {"a": ["x\ny", "z"], "b": [1, 2]}),
    "doubled quotes": ('a,b\n"say ""hi""",1\nz,2\n', {"a": ['say "hi"', "z"]}),
    "only quotes": ('a,b\n"""",1\n"""""",2\n', {"a": ['"', '""']}),
    "quoted empty": ('a,b\n"",1\nz,2\n', {"a": [None, "z"]}),
    "quotes as inches": ('a\tb\n5" pipe\t1\n6" pipe\t2\n', {"a": ['5" pipe', '6" pipe']}),
    "semicolons and decimal commas": ("a;b\n1,5;x\n2,5;y\n", {"a": ["1,5", "2,5"]}),
    "tabs": ("a\tb\n1\tx, y\n", {"a": [1], "b": ["x, y"]}),
    "bars": ("a|b\n1|2\n", {"a": [1], "b": [2]}),
    "byte order mark": (b"\xef\xbb\xbfa,b\n1,2\n", {"a": [1], "b": [2]}),
    "utf-16": ("a,b\n1,é\n".encode("utf-16"), {"a": [1], "b": ["é"]}),
    "western": ("a,b\n1,é\n".encode("cp1252"), {"a": [1], "b": ["é"]}),
    "mac line ends": (b"a,b\r1,2\r3,4\r", {"a": [1, 3]}),
    "mixed line ends": (b"a,b\r\n1,2\n3,4\r\n", {"a": [1, 3]}),
    "a lone return inside": (b"a,b\nx\ry,2\nz,4\n", {"a": ["x\ry", "z"]}),
    "blank lines": ("a,b\n\n1,2\n\n\n3,4\n\n", {"a": [1, 3]}),
    "no last line end": ("a,b\n1,2", {"a": [1]}),
    "one column": ("a\n1\n2\n", {"a": [1, 2]}),
    "one row": ("a,b\n1,x\n", {"a": [1], "b": ["x"]}),
    "unnamed column": (",b\n0,x\n1,y\n", {"column 1": [0, 1], "b": ["x", "y"]}),
    "no line of names": ("1,x\n2,y\n", {"column 1": [1, 2], "column 2": ["x", "y"]}),
    "names that are years": ("2019,2020\n1,2\n", {"column 1": [2019, 1]}),
    "texts without names": ("ham\tsee you!\nspam\twin now!\nham\tok\n", {"column 1": ["ham", "spam", "ham"]}),
    "a number among texts without names": ("ham\tsee you!\nspam\t645\nham\tok\n", {"column 1": ["ham", "spam", "ham"]}),
    "names above texts": ("kind\ttext\nham\tsee you!\nspam\twin now!\n", {"kind": ["ham", "spam"]}),
    "names above texts with markup": ("a,b\n<b>,'x'\n", {"a": ["<b>"]}),
    "other alphabets": ("größe,城市\n1,東京\n", {"größe": [1], "城市": ["東京"]}),
    "formulas stay texts": ("a,b\n=1+1,x\n@sum,y\n", {"a": ["=1+1", "@sum"]}),
    "json lines": ('{"a": 1, "b": "x"}\n{"a": 2.5}\n', {"a": [1, 2.5], "b": ["x", None]}),
    "json with yes and one": ('{"a": true}\n{"a": 1}\n', {"a": ["True", "1"]}),
    "json with long numbers": ('{"a": 12345678901234567}\n', {"a": ["12345678901234567"]}),
    "json with null and blank lines": ('{"a": null}\n\n{"a": 3}\n', {"a": [None, 3]}),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_table_is_read_as_it_is_meant(name: str, tmp_path: Path) -> None:
    data, expected = ODD[name]
    found = values(read(tmp_path, data))
    assert {column: found[column] for column in expected} == expected


DAMAGED: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "t.csv is empty: a table needs a line of column names and rows below it"),
    "blank": ("\n\n  \n", "t.csv is empty"),
    "names alone": ("a,b\n", "t.csv has a line of column names and no rows below it"),
    "short row": ("a,b\n1,2\n3\n", r"the first line has 2 fields, but line 3 has 1 \(1 such lines\). Mend them"),
    "long row": ("a,b\n1,2\n3,4,5\n", "but line 3 has 3"),
    "many bad rows": ("a,b\n" + "1\n" * 9, r"line 2 has 1; .*; line 6 has 1; \.\.\. \(9 such lines\)"),
    "a row in quotes that swallow": ('a,b\n"x,y",1\n"z,2\n3,4\n', r"line 3: a quote \(\"\) stands inside a field or"),
    "open quote": ('a,b\n"x,y",1\n2,"z\n3,w\n', "line 3: a quote .* is never closed: enclose the whole field"),
    "a quote within": ('a,b\n"x,y",1\n5" pipe,2\n', "line 3: a quote"),
    "names twice": ("a,b,a\n1,2,3\n", "t.csv has the column a more than once: give each column a name of its own"),
    "NUL": (b"a,b\n1,\x00\n", "byte 6 is NUL"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "byte 8 is NUL: this is no text"),
    "an archive": (b"PK\x03\x04\x14\x00\x00\x00", "byte 5 is NUL: this is no text"),
    "json that ends early": ('{"a": 1}\n{"a": \n', "t.csv, line 2: no JSON object"),
    "json with a list": ('{"a": 1}\n[1]\n', "line 2: a JSON object is needed, with a value for each column"),
    "json in json": ('{"a": {"b": 1}}\n', "line 1: a holds a list or an object; a table needs plain values"),
    "json too deep": ('{"a": ' + "[" * 100_000 + "\n", "line 1: no JSON object"),
    "parquet that is none": (b"PAR1 and so on", "cannot be read as parquet|needs the library pyarrow"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_table_is_refused_in_words(name: str, tmp_path: Path) -> None:
    data, complaint = DAMAGED[name]
    with pytest.raises(DataError, match=complaint):
        read(tmp_path, data)


def test_bad_rows_can_be_left_out_and_are_named(tmp_path: Path) -> None:
    found = read(tmp_path, 'a,b\n1,"x\ny"\n2\n3,z\n4,5,6\n', TableForm(skip_bad_rows=True))
    assert values(found) == {"a": [1, 3], "b": ["x\ny", "z"]}
    assert found.table.names == ("line 2", "line 5")
    assert [(one.name, one.reason) for one in found.skipped] == [
        ("line 4", "it has 1 fields, not 2"), ("line 6", "it has 3 fields, not 2"),
    ]  # fmt: skip


@pytest.mark.slow
@given(st.lists(st.integers(1, 4), min_size=3, max_size=20))
def test_rows_in_are_rows_used_and_rows_named(tmp_path_factory: pytest.TempPathFactory, counts: list[int]) -> None:
    lines = ["a,b,c", "x,1,2", *(",".join(["x"] * count) for count in counts)]
    folder = tmp_path_factory.getbasetemp()
    found = read(folder, "\n".join(lines), TableForm(skip_bad_rows=True, delimiter=",", header=True))
    assert len(found.table) + len(found.skipped) == len(lines) - 1
    assert {*found.table.names, *(one.name for one in found.skipped)} == {f"line {n}" for n in range(2, len(lines) + 1)}


CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r"), max_size=12)
ROWS = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8)
)


@pytest.mark.slow
@given(ROWS, st.sampled_from(",;\t|"), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_every_cell_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str, quoting: Any
) -> None:
    """Numbers as numbers, whatever else as it was written; a last column keeps a row of nothing from being blank."""
    rows = [[*row, "end"] for row in rows]
    text = io.StringIO()
    names = [f"c{place}" for place in range(len(rows[0]))]
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows([names, *rows])
    found = read(tmp_path_factory.getbasetemp(), text.getvalue(), TableForm(delimiter=delimiter, header=True))
    assert len(found.table) == len(rows)
    for place, name in enumerate(names):
        for cell, value in zip((row[place] for row in rows), found.table.columns[name].tolist(), strict=True):
            assert_same(cell, value)


def assert_same(cell: str, value: Any) -> None:
    """A cell as written, and as it was read."""
    if cell.strip() in MISSING_MARKS:
        assert value is None or math.isnan(value)
    elif isinstance(value, float):
        assert value == float(cell)
    else:
        assert value == cell


def test_what_was_assumed_is_said(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n1,2\n").notes == ()
    assert read(tmp_path, "a;b\n1;2\n").notes == (
        "fields are taken to be divided by semicolon (--delimiter names another)",
    )
    assert read(tmp_path, "1,2\n3,4\n").notes == (
        "the first line is taken for data, not for names of columns (--header says otherwise)",
    )
    assert read(tmp_path, "1;2\n3;4\n", TableForm(";", header=False)).notes == ()


def test_a_person_has_the_last_word(tmp_path: Path) -> None:
    assert values(read(tmp_path, "2019,2020\n1,2\n", TableForm(header=True))) == {"2019": [1], "2020": [2]}
    assert values(read(tmp_path, "a,b\nx,y\n", TableForm(header=False))) == {
        "column 1": ["a", "x"],
        "column 2": ["b", "y"],
    }
    assert values(read(tmp_path, "a:b\n1:2\n", TableForm(":"))) == {"a": [1], "b": [2]}
    assert values(read(tmp_path, "a,b\nжук,2\n".encode("koi8-r"), TableForm(encoding="koi8-r")))["a"] == ["жук"]


def test_names_that_are_known_make_a_line_of_names(tmp_path: Path) -> None:
    text = "1,2\n3,4\n"
    assert not read(tmp_path, text).table.header
    assert read(tmp_path, text, TableForm(columns=("2",))).table.header


@pytest.mark.slow
def test_a_wide_table_and_a_long_cell(tmp_path: Path) -> None:
    names = ",".join(f"c{n}" for n in range(10_000))
    wide = read(tmp_path, f"{names}\n{','.join(['1'] * 10_000)}\n")
    assert len(wide.table.columns) == 10_000
    long = read(tmp_path, f'a,b\n"{"x," * 1_000_000}",1\n')
    assert len(long.table.columns["a"][0]) == 2_000_000


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("t.csv", b"\x89PNG", True),
        ("T.CSV.GZ", b"", True),
        ("t.dat", b"a,b\n1,2\n3,4\n", True),
        ("t", b"PAR1...", True),
        ("t.txt", b"a;b\n1;2\n3;4\n", True),
        ("t.txt", b"A letter, to you.\nIt has lines,\nand more, and more.\nBye\n", False),
        ("t.txt", b"one\ntwo\nthree\n", False),
        ("t.bin", b"\x00\x01\x02\x03" * 100, False),
        ("t.gz", b"\x1f\x8b\x08\x00", False),
        ("t.dat", b"", False),
    ],
)
def test_what_a_table_is(name: str, data: bytes, expected: bool, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert is_table(tmp_path / name) == expected


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no\.csv: cannot be read \(No such file"):
        read_table_file(tmp_path / "no.csv")
    assert not is_table(tmp_path / "no.dat")


def test_frames() -> None:
    import pandas

    frame = pandas.DataFrame(
        {
            "whole": pandas.array([1, None, 3], "Int64"),
            "yes": pandas.array([True, None, False], "boolean"),
            "text": ["a", None, "NA"],
            "code": ["007", "1", "2"],
            "kind": pandas.Categorical(["x", "y", "x"]),
            "when": pandas.to_datetime(["2020-01-02", None, "2020-01-03 04:05:06"], format="ISO8601"),
            "zone": pandas.to_datetime(["2020-01-02", "2020-01-02", "2020-01-03"], utc=True),
            "mixed": [1, "x", 2.5],
        }
    )
    table = table_from_frame(frame)
    found = values(ReadTable(table))
    assert table.names == ("row 1", "row 2", "row 3")
    assert found["whole"] == [1, None, 3]
    assert found["yes"] == ["True", None, "False"]
    assert found["text"] == ["a", None, None]
    assert found["code"] == ["007", "1", "2"]
    assert found["kind"] == ["x", "y", "x"]
    assert found["when"] == ["2020-01-02T00:00:00", None, "2020-01-03T04:05:06"]
    assert found["zone"][0] == "2020-01-02 00:00:00+00:00"
    assert found["mixed"] == ["1", "x", "2.5"]
    with pytest.raises(DataError, match="two columns of the same name"):
        table_from_frame(pandas.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(DataError, match="holds a list"):
        table_from_frame(pandas.DataFrame({"a": [[1], [2]]}))


def test_equal_records_have_equal_marks_and_others_do_not(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b,c\n1,x,2020\n1,x,2020\n1,,2020\n-0,x,2020\n0,x,2020\nx,1,2020\n").table
    marks = table.hashes()
    assert marks[0] == marks[1]
    assert len(set(marks)) == 5
    assert table.without("b").hashes() == marks
    assert table.subset(np.array([1, 2])).hashes() == marks[1:3]


def test_suffixes_of_other_forms_need_their_libraries(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t\.xlsx: cannot be read as excel|needs the library openpyxl"):
        read(tmp_path, json.dumps([1]), name="t.xlsx")
