"""A table from a file: header, records and values, with every line accounted for."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.inputs import Skipped
from lamina.data.named_files import files_beside
from lamina.data.table import LARGEST_WHOLE, MISSING_MARKS, Table, column_of
from lamina.data.table_text import (
    LOOKED_AT,
    NAMES,
    Structure,
    find_delimiter,
    line_of,
    settle_quotes,
    split_record,
    to_utf8,
)
from lamina.data.watching import tell
from lamina.errors import DataError

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".txt.gz", ".jsonl", ".ndjson", ".jsonl.gz", ".xlsx", ".parquet")
LEADING_ZERO = re.compile(rb"(?<![\w.+:/-])0\d+(?![\w.:/-])")
LIKE_A_NAME = re.compile(r"[^\W\d][\w \-/()%.#°:$€²³µ\[\]]*", re.UNICODE)
NAMELESS = re.compile(r"column \d+|text|label")
"""What columns are called that have no names in the file."""
NUMBER = re.compile(r"\s*[+-]?[\d.,]+([eE][+-]?\d+)?\s*", re.ASCII)
BAD_LINES_SHOWN = 5
DAMAGED = (ValueError, OSError, KeyError, RuntimeError, EOFError, SyntaxError, zipfile.BadZipFile, zlib.error)
"""What the libraries for sheets and Parquet raise for a file that is damaged, locked or none (SyntaxError: its XML)."""
READING = "reading the table, step"
STEPS = 5
"""What is told while a table is read: its bytes, its text, its lines, its values, what is read again, its columns."""
LINES_SEEN = 200
"""So many lines tell whether the first one names the columns."""


@dataclass(frozen=True)
class TableForm:
    """How a table file is written, where a person says so; None is found out.

    Args:
        delimiter: one character between fields.
        encoding: of the text.
        header: whether the first line names the columns.
        skip_bad_rows: leave out lines with another number of fields, instead of refusing the file.
        columns: the model's names, of which a line of names has at least one.
    """

    delimiter: str | None = None
    encoding: str | None = None
    header: bool | None = None
    skip_bad_rows: bool = False
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadTable:
    """A table with what was assumed while reading it, and the lines that were left out."""

    table: Table
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = field(default=())


def is_table(path: Path) -> bool:
    """Whether a file is a table: by its suffix, or by text in its first bytes that is divided evenly."""
    if path.name.lower().endswith(SUFFIXES):
        return True
    try:
        with path.open("rb") as file:
            head = file.read(LOOKED_AT)
        if head[:4] == b"PAR1":
            return True
        text, _ = to_utf8(head[: head.rfind(b"\n") + 1], path.name)
    except (OSError, DataError):
        return False
    structure, _, _ = settle_quotes(text, find_delimiter(text))
    return len(structure.fields) > 2 and structure.even and int(structure.fields[0]) > 1


def read_table_file(path: Path, form: TableForm | None = None) -> ReadTable:
    """Read .csv, .tsv (also .gz), JSON lines, .xlsx or .parquet.

    Raises:
        DataError: a file that is no table, or lines that do not fit; names the line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    found = read_table(data, path.name, form or TableForm())
    return replace(found, table=replace(found.table, files=files_beside(path.parent)))


def read_table(data: bytes, name: str, form: TableForm) -> ReadTable:
    """Read the bytes of a table file.

    Raises:
        DataError: no table, or lines that do not fit; names the line.
    """
    if data[:4] == b"PAR1":
        return ReadTable(_from_pandas(data, name, "parquet"))
    if name.lower().endswith(".xlsx"):
        return ReadTable(_from_pandas(data, name, "excel"))
    tell(READING, 0, STEPS)
    text, notes = to_utf8(data, name, form.encoding)
    tell(READING, 1, STEPS)
    if not text.strip():
        raise DataError(f"{name} is empty: a table needs a line of column names and rows below it")
    if text.lstrip()[:1] == b"{":
        return _json_lines(text, name)
    found = _read_text(text, name, form)
    return ReadTable(found.table, (*notes, *found.notes), found.skipped)


def _read_text(data: bytes, name: str, form: TableForm) -> ReadTable:
    delimiter = find_delimiter(data, form.delimiter)
    structure, quotes, notes = settle_quotes(data, delimiter)
    if structure.stray >= 0:
        raise stray_quote(name, line_of(data, structure.stray))
    first = cells_of(data, structure, 0, delimiter, quotes)
    header = has_header(data, structure, delimiter, quotes, form)
    notes = [said_of_form(delimiter, len(first), header, form), *notes]
    data, structure, skipped = _without_bad_lines(data, structure, name, form.skip_bad_rows)
    names = column_names(first, name, header)
    rows = structure.lines[1:] if header else structure.lines
    if len(rows) == 0:
        raise DataError(f"{name} has a line of column names and no rows below it")
    columns = _parse(data[int(structure.starts[1]) :] if header else data, names, delimiter, quotes)
    counts = {len(values) for values in columns.values()}
    if counts != {len(rows)}:
        raise broken_quotes(name, len(rows), counts)
    table = Table(columns, tuple(f"line {line}" for line in rows.tolist()), header=header)
    return ReadTable(table, tuple(note for note in notes if note), skipped)


def stray_quote(name: str, line: int) -> DataError:
    """What is said of a quote in the wrong place."""
    return DataError(
        f'{name}, line {line}: a quote (") stands inside a field or is never closed: enclose the whole field in quotes '
        f"and write each quote within it twice"
    )


def broken_quotes(name: str, rows: int, counts: object) -> DataError:
    """What is said where lines and fields do not agree."""
    return DataError(f"{name} has {rows:,} rows by its lines and {counts} by its fields: its quotes are broken")


def has_header(data: bytes, structure: Structure, delimiter: bytes, quotes: bool, form: TableForm) -> bool:
    """Whether the first line names the columns: a person says so, a model knows one, or it looks like it."""
    if form.header is not None:
        return form.header
    first = {cell.strip() for cell in cells_of(data, structure, 0, delimiter, quotes)}
    nameless = len(form.columns) > 0 and all(NAMELESS.fullmatch(column) for column in form.columns)
    known = not first.isdisjoint(form.columns)
    return known or (not nameless and looks_like_header(data, structure, delimiter, quotes))


def looks_like_header(data: bytes, structure: Structure, delimiter: bytes, quotes: bool) -> bool:
    """Whether the first line names the columns: none a number, numbers below it, or names unlike the values below."""
    first = [cell.strip() for cell in cells_of(data, structure, 0, delimiter, quotes)]
    if any(NUMBER.fullmatch(cell) for cell in first):
        return False
    rows = [
        cells_of(data, structure, row, delimiter, quotes) for row in range(1, min(len(structure.lines), LINES_SEEN))
    ]
    below = [[row[place].strip() for row in rows if len(row) == len(first)] for place in range(len(first))]
    if any(_are_numbers(cells) for cells in below):
        return True
    if len(set(first)) < len(first) or any(cell in cells for cell, cells in zip(first, below, strict=True)):
        return False
    return all(LIKE_A_NAME.fullmatch(cell) for cell in first if cell)


def _are_numbers(cells: list[str]) -> bool:
    """Whether most of the cells that are not empty are numbers."""
    there = [cell for cell in cells if cell not in MISSING_MARKS]
    return 2 * sum(NUMBER.fullmatch(cell) is not None for cell in there) > len(there)


def said_of_form(delimiter: bytes, count: int, header: bool, form: TableForm) -> str:
    """What was assumed about the delimiter and the first line."""
    told = []
    if delimiter != b"," and form.delimiter is None and count > 1:
        told.append(f"fields are taken to be divided by {NAMES.get(delimiter, 'this')} (--delimiter names another)")
    if not header and form.header is None:
        told.append("the first line is taken for data, not for names of columns (--header says otherwise)")
    return "; ".join(told)


def cells_of(data: bytes, structure: Structure, row: int, delimiter: bytes, quotes: bool) -> list[str]:
    """The fields of one record as texts."""
    return split_record(data[int(structure.starts[row]) : int(structure.ends[row])], delimiter, quotes)


def _without_bad_lines(
    data: bytes, structure: Structure, name: str, skip: bool
) -> tuple[bytes, Structure, tuple[Skipped, ...]]:
    """The records that have as many fields as the first; the others are refused, or skipped and named."""
    wanted = int(structure.fields[0])
    bad = np.flatnonzero(structure.fields != wanted)
    if len(bad) == 0:
        return data, structure, ()
    skipped = bad_lines(name, wanted, structure.lines[bad], structure.fields[bad], skip)
    good = np.setdiff1d(np.arange(len(structure.lines)), bad)
    kept = joined_records(data, structure, good)
    sizes = structure.ends[good] - structure.starts[good] + 1
    starts = np.cumsum(sizes) - sizes
    return kept, Structure(starts, starts + sizes - 1, structure.lines[good], structure.fields[good], -1), skipped


def bad_lines(name: str, wanted: int, lines: Numpy, fields: Numpy, skip: bool) -> tuple[Skipped, ...]:
    """The lines with another number of fields than the first, named.

    Raises:
        DataError: there are some, and they are not to be skipped.
    """
    found = list(zip(lines.tolist(), fields.tolist(), strict=True))
    if found and not skip:
        told = "; ".join(f"line {line} has {count}" for line, count in found[:BAD_LINES_SHOWN])
        raise DataError(
            f"{name}: the first line has {wanted} fields, but {told}{'; ...' if found[BAD_LINES_SHOWN:] else ''} "
            f"({len(found):,} such lines). Mend them, name the --delimiter, or leave them out with --skip-bad-rows"
        )
    return tuple(Skipped(f"line {line}", f"it has {count} fields, not {wanted}") for line, count in found)


def joined_records(data: bytes, structure: Structure, rows: Numpy) -> bytes:
    """The records at these places, a line each."""
    return b"".join(data[int(structure.starts[row]) : int(structure.ends[row])] + b"\n" for row in rows)


def column_names(cells: list[str], name: str, header: bool) -> tuple[str, ...]:
    """The columns' names, each its own; one without a name is called by its place."""
    if not header:
        return tuple(f"column {place + 1}" for place in range(len(cells)))
    names = [cell.strip() or f"column {place + 1}" for place, cell in enumerate(cells)]
    twice = sorted(one for one, count in Counter(names).items() if count > 1)
    if twice:
        raise DataError(f"{name} has the column {twice[0]} more than once: give each column a name of its own")
    return tuple(names)


def _parse(data: bytes, names: tuple[str, ...], delimiter: bytes, quotes: bool) -> dict[str, Numpy]:
    """The columns: numbers where all values are plain numbers, texts otherwise.

    What may be no number although it looks like one (codes with leading zeros, whole numbers that a float64 cannot
    hold, yes and no in any writing) is read a second time as text.
    """
    tell(READING, 2, STEPS)
    frame = frame_of(data, len(names), delimiter, quotes)
    tell(READING, 3, STEPS)
    doubtful = [place for place in frame.columns if may_be_texts(frame[place].to_numpy())]
    whole = [place for place in frame.columns if is_whole(frame[place].to_numpy())]
    if whole and LEADING_ZERO.search(data):
        doubtful = sorted({*doubtful, *whole})
    again = frame_of(data, len(names), delimiter, quotes, doubtful) if doubtful else frame
    tell(READING, 4, STEPS)
    columns = {
        name: column_of((again if place in doubtful else frame)[place].to_numpy(), texts=place in doubtful)
        for place, name in enumerate(names)
    }
    tell(READING, STEPS, STEPS)
    return columns


def frame_of(data: bytes, width: int, delimiter: bytes, quotes: bool, texts: list[int] | None = None) -> Any:
    """Records as a pandas frame whose columns are called by their places: all, or these as they are written."""
    import pandas

    return pandas.read_csv(
        io.BytesIO(data), sep=delimiter.decode(), header=None, names=list(range(width)), usecols=texts,
        index_col=False, quoting=0 if quotes else 3, dtype=None if texts is None else object, keep_default_na=False,
        na_values=sorted(MISSING_MARKS), encoding="utf-8", low_memory=False, skip_blank_lines=True,
        lineterminator="\n",
    )  # fmt: skip


def is_whole(values: Numpy) -> bool:
    """Whether all are whole numbers, some of which may be missing."""
    if values.dtype.kind == "f":
        there = values[np.isfinite(values)]
        return bool((there == np.round(there)).all())
    return values.dtype.kind in "iu"


def may_be_texts(values: Numpy) -> bool:
    """Whether what was read as numbers or as true and false must be looked at as it is written."""
    if values.dtype.kind in "iuf":
        whole = values[np.isfinite(values)] if values.dtype.kind == "f" else values
        return len(whole) > 0 and max(abs(whole.max().item()), abs(whole.min().item())) > LARGEST_WHOLE
    return values.dtype.kind == "b" or bool in set(map(type, values.tolist()))


def _json_lines(data: bytes, name: str) -> ReadTable:
    """One object a line; a name that a line lacks is a missing value."""
    rows: list[Mapping[str, Any]] = []
    lines = [(number, line) for number, line in enumerate(data.splitlines(), 1) if line.strip()]
    for number, line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{name}, line {number}: no JSON object ({error})") from None
        if not isinstance(row, dict):
            raise DataError(f"{name}, line {number}: a JSON object is needed, with a value for each column")
        rows.append(row)
    names = list(dict.fromkeys(key for row in rows for key in row))
    for (number, _), row in zip(lines, rows, strict=True):
        nested = [key for key, value in row.items() if isinstance(value, dict | list)]
        if nested:
            raise DataError(f"{name}, line {number}: {nested[0]} holds a list or an object; a table needs plain values")
    columns = {key: column_of(np.array([row.get(key) for row in rows], object)) for key in names}
    return ReadTable(Table(columns, tuple(f"line {number}" for number, _ in lines)))


def _from_pandas(data: bytes, name: str, kind: str) -> Table:
    """A sheet or a Parquet file, by the libraries that read them."""
    import pandas

    extra = {"excel": "openpyxl", "parquet": "pyarrow"}[kind]
    try:
        frame = (pandas.read_excel if kind == "excel" else pandas.read_parquet)(io.BytesIO(data))
    except ImportError:
        raise DataError(f'{name} needs the library {extra}: pip install "lamina[tables]"') from None
    except DAMAGED as error:
        raise DataError(f"{name}: cannot be read as {kind} ({error})") from None
    return table_from_frame(frame)


def table_from_frame(frame: Any) -> Table:
    """A table from a pandas DataFrame, its rows named by their place."""
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        raise DataError("the data frame has two columns of the same name: give each a name of its own")
    columns = {}
    for place, name in enumerate(names):
        try:
            columns[name] = column_of(frame.iloc[:, place].to_numpy())
        except TypeError:  # what is no plain value cannot be compared with others
            raise DataError(f"the column {name} holds a list or the like; a table needs plain values") from None
    return Table(columns, tuple(f"row {place + 1}" for place in range(len(frame))), files=files_beside(Path()))
