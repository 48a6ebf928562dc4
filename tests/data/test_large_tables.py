"""Tables in blocks: the same columns, names, notes and complaints as of the whole, wherever the blocks end."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import lamina
from lamina.data import large_tables
from lamina.data.column_kinds import guess_kinds
from lamina.data.large_tables import read_large_table
from lamina.data.stored_columns import LineNames, StoredColumns
from lamina.data.table import Table
from lamina.data.table_encoder import decode_table
from lamina.data.table_reading import TableForm, read_table_file
from lamina.errors import DataError

CELLS = st.sampled_from([
    "1", "2.5", "", "NA", "-3e4", "007", "12345678901234567890", "True", "False", "red", "grün", "a b", " x ", "?",
    '"a,b"', '"two\nlines"', '"say ""no"""', "2020-01-31", "1e300", "inf", "9007199254740993",
])  # fmt: skip
FORMS = (TableForm(), TableForm(header=True), TableForm(header=False), TableForm(skip_bad_rows=True))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path / "cache"))


def told(read: Any, path: Path, form: TableForm) -> Any:
    """All that a reader gives: columns, names, notes, lines left out; or its complaint."""
    try:
        found = read(path, form)
    except DataError as error:
        return str(error)
    if found is None:
        return None
    table = found.table
    columns = [(name, values.dtype.kind, repr(values.tolist())) for name, values in table.columns.items()]
    return columns, tuple(table.names), table.header, found.notes, found.skipped, table.hashes()


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=12), st.sampled_from(FORMS),
    st.integers(12, 60), st.sampled_from(["\n", "\r\n"]), st.booleans(),
)  # fmt: skip
@example([["1", "x"], ["2", 'y"'], ["3", "z"]], FORMS[1], 12, "\n", True)
@example([["1", "2"], ["3"], ["4", "5", "6"], ["7", "8"]], FORMS[1], 12, "\n", True)
@example([["1", "2"], ["3"], ["4", "5", "6"], ["7", "8"]], FORMS[3], 12, "\n", True)
@example([["True", "1"], ["yes", "2"], ["False", "007"]], FORMS[1], 12, "\n", False)
def test_blocks_of_any_size_tell_the_same(
    tmp_path: Path, rows: list[list[str]], form: TableForm, block: int, end: str, last: bool
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(end.join(["a,b", *(",".join(row) for row in rows)]).encode() + (end.encode() if last else b""))
    expected = told(read_table_file, path, form)
    before, large_tables.BLOCK_BYTES = large_tables.BLOCK_BYTES, block
    try:
        assert told(read_large_table, path, form) == expected
    finally:
        large_tables.BLOCK_BYTES = before


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\r1,2\r", "a,b\n1,ü\n".encode("utf-16"), "a,b\n1,ü\n".encode("cp1252"), b'{"a": 1}\n', b"a,b\n1,\x00\n",
        b"PAR1 and more", b"\x1f\x8bno gzip", b"", b"a,b\n1,\xe2\x82",
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_other_reader(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    assert read_large_table(path, TableForm()) is None


def test_a_gzipped_table_with_a_mark_of_its_encoding(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbfa;b\n\n1;x\n2;y\n\n\n"))
    found = told(read_large_table, path, TableForm())
    assert found == told(read_table_file, path, TableForm())
    assert found[1] == ("line 3", "line 4")


def test_a_quote_that_is_never_closed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,2\n" * 40 + '3,"4\n' + "5\n" * 100)
    monkeypatch.setattr(large_tables, "BLOCK_BYTES", 16)
    monkeypatch.setattr(large_tables, "LONGEST_RECORD", 4)
    with pytest.raises(DataError, match=r't.csv, line 42: a quote \("\) stands inside a field or is never closed'):
        read_large_table(path, TableForm())


def large(folder: Path, count: int = 200) -> Table:
    chance = np.random.default_rng(1)
    lines = [f"{chance.normal():.5f},{'rgb'[chance.integers(3)]},{place % 7}" for place in range(count)]
    path = folder / "t.csv"
    path.write_text("\n".join(["x,color,n", *lines]))
    found = read_large_table(path, TableForm())
    assert found is not None
    return found.table


def test_parts_of_parts_stay_on_disk(tmp_path: Path) -> None:
    table = large(tmp_path)
    whole = read_table_file(tmp_path / "t.csv").table
    rows = np.array([5, 3, 190, 4, 5])
    for stored, kept in (
        (table.subset(rows), whole.subset(rows)),
        (table.subset(rows).subset(np.array([2, 0])), whole.subset(rows[[2, 0]])),
        (table.without("x").subset(rows), whole.without("x").subset(rows)),
        (table.renamed({"x": "z"}), whole.renamed({"x": "z"})),
    ):
        assert isinstance(stored.columns, StoredColumns)
        assert isinstance(stored.names, LineNames)
        assert list(stored.columns) == list(kept.columns)
        assert all(stored.columns[name].tolist() == kept.columns[name].tolist() for name in kept.columns)
        assert tuple(stored.names) == kept.names
        assert stored.hashes() == kept.hashes()
    assert table.part("color", rows).tolist() == whole.part("color", rows).tolist()
    assert "missing" not in table.columns


def test_the_encoder_is_fitted_with_the_same_numbers(tmp_path: Path) -> None:
    table, training = large(tmp_path), np.arange(0, 200, 2)
    whole = read_table_file(tmp_path / "t.csv").table
    assert guess_kinds(table) == guess_kinds(whole)
    (encoder, encoded), (expected, rows) = (decode_table(one).fit(training) for one in (table, whole))
    assert encoder == expected
    assert np.asarray(encoded).tobytes() == np.asarray(rows).tobytes()


def test_a_table_larger_than_memory_is_read_so(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,class\n" + "".join(f"{place}.25,{'ab'[place % 2]}\n" for place in range(20_000)))
    stored, kept = (lamina.read(path, target="class", memory=memory) for memory in ("1MB", "1GB"))
    assert isinstance(stored.inputs, Table)
    assert isinstance(stored.inputs.columns, StoredColumns)
    assert isinstance(kept.inputs, Table)
    assert isinstance(kept.inputs.columns, dict)
    assert stored.fingerprint == kept.fingerprint
    assert stored.notes == kept.notes
