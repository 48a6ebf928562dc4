"""Tables: columns of numbers or texts, as they were read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.inputs import Inputs
from lamina.data.number_forms import PLAIN, NumberForm
from lamina.errors import DataError

MISSING_MARKS = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "?")
"""What stands for a value that is not there."""
LARGEST_WHOLE = 2**53
"""Beyond it a float64 is no longer exact: such a column is a column of codes."""


@dataclass(frozen=True)
class Guess:
    """What a column is taken for.

    Args:
        kind: number, category, text, date, id, constant or drop.
        reason: why, in words; "" where there is nothing to say.
        number_form, date_form: how its values are written.
    """

    kind: str
    reason: str = ""
    number_form: NumberForm = PLAIN
    date_form: str = ""


@dataclass(frozen=True, eq=False)
class Table(Inputs):
    """Columns by name, each an array of float64 (NaN where a value is missing) or of texts (None where missing).

    Args:
        columns: in their order.
        names: of the rows: "line 7" of a file, "row 7" of a frame.
        header: whether the names of the columns are the file's own.
        kinds: what each column was taken for when the table was read to learn from it.
        marks: (rows,) a number for each whole record as it was read, the same for equal records.
    """

    columns: Mapping[str, Numpy]
    names: tuple[str, ...]
    header: bool = True
    kinds: Mapping[str, Guess] = field(default_factory=dict)
    marks: Numpy | None = field(default=None)

    def __len__(self) -> int:
        return len(self.names)

    def subset(self, rows: Numpy) -> Table:
        """The rows at these places."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        names = tuple(self.names[row] for row in np.asarray(rows).tolist())
        return replace(self, columns=columns, names=names, marks=self.records[rows])

    def hashes(self) -> list[bytes]:
        """A mark of each whole record: two rows are copies where every field is the same, those left out too."""
        return [mark.tobytes() for mark in self.records]

    def select(self, names: Sequence[str]) -> Table:
        """These columns alone; the records keep their marks."""
        return replace(self, columns={name: self.columns[name] for name in names}, marks=self.records)

    def without(self, *names: str) -> Table:
        """All columns but these."""
        return self.select([name for name in self.columns if name not in names])

    def column(self, name: str) -> Numpy:
        """The values of a column.

        Raises:
            DataError: there is none of that name; names those that are there.
        """
        if name not in self.columns:
            raise DataError(f"there is no column {name!r}; the columns are {', '.join(list(self.columns)[:20])}")
        return self.columns[name]

    @cached_property
    def records(self) -> Numpy:
        """(rows,) 16 bytes for each record."""
        if self.marks is not None:
            return self.marks
        total = np.zeros((len(self), 2), np.uint64)
        for place, (name, values) in enumerate(self.columns.items()):
            start = int.from_bytes(hashlib.sha256(f"{place} {name}".encode()).digest()[:8], "little")
            hashed = _hashed(values)
            total[:, 0] = _mixed(total[:, 0] * np.uint64(31) + hashed + np.uint64(start))
            total[:, 1] = _mixed(total[:, 1] ^ (hashed * np.uint64(0x9E3779B97F4A7C15)) ^ np.uint64(start))
        return np.frombuffer(total.tobytes(), "V16")


def column_of(values: Numpy, texts: bool = False) -> Numpy:
    """A column from values of any kind: float64 where all are plain numbers, texts otherwise.

    Args:
        values: as a reader gave them.
        texts: whether numbers were left as texts on purpose; they become numbers unless one begins with a zero.
    """
    if values.dtype.kind == "b":
        return np.array(["True" if value else "False" for value in values], object)
    if values.dtype.kind in "iu":
        if len(values) and (int(values.max()) > LARGEST_WHOLE or int(values.min()) < -LARGEST_WHOLE):
            return values.astype(str).astype(object)
        return values.astype(np.float64)
    if values.dtype.kind == "f":
        return values.astype(np.float64)
    if values.dtype.kind == "M":
        return np.array(
            [None if value == "NaT" else value for value in values.astype("datetime64[s]").astype(str)], object
        )
    return _from_objects(values, texts)


def join_tables(tables: Sequence[Table]) -> Table:
    """Tables below each other, by the first one's columns.

    Raises:
        DataError: one lacks a column.
    """
    if len(tables) == 1:
        return tables[0]
    columns = {}
    for name in tables[0].columns:
        parts = [table.column(name) for table in tables]
        same = len({part.dtype for part in parts}) == 1
        columns[name] = np.concatenate(parts if same else [_as_texts(part) for part in parts])
    return Table(columns, tuple(name for table in tables for name in table.names))


def is_numeric(values: Numpy) -> bool:
    """Whether a column holds numbers."""
    return values.dtype.kind == "f"


def missing(values: Numpy) -> Numpy:
    """(rows,) whether each value is missing."""
    return np.isnan(values) if is_numeric(values) else np.array([value is None for value in values], bool)


def _from_objects(values: Numpy, texts: bool) -> Numpy:
    cells = [None if _is_missing(value) else value for value in values.tolist()]
    there = [cell for cell in cells if cell is not None]
    if texts and there and not any(_is_code(cell) for cell in there):
        try:
            return np.array([np.nan if cell is None else float(cell) for cell in cells])
        except ValueError:
            pass  # texts it is
    if there and not texts and all(type(cell) in (int, float) for cell in there):
        return np.array([np.nan if cell is None else float(cell) for cell in cells])
    return np.array([None if cell is None else str(cell) for cell in cells], object)


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip() in MISSING_MARKS
    return value is None or value != value or str(value) in ("NaT", "<NA>")


def _is_code(cell: str) -> bool:
    """Digits that begin with a zero, or too many to be a number: a code."""
    digits = cell.strip()
    return digits.isdigit() and ((len(digits) > 1 and digits[0] == "0") or len(digits) > 15)


def _hashed(values: Numpy) -> Numpy:
    """64 bits for each value."""
    if is_numeric(values):
        return _mixed((values + 0.0).view(np.uint64).copy())  # + 0.0: minus zero is zero
    found: dict[str, int] = {}
    return np.array([found.setdefault(str(value), _text_hash(str(value))) for value in values], np.uint64)


def _text_hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _mixed(bits: Numpy) -> Numpy:
    """The finalizer of MurmurHash3: every bit depends on every other."""
    bits = bits ^ (bits >> np.uint64(33))
    bits = bits * np.uint64(0xFF51AFD7ED558CCD)
    bits = bits ^ (bits >> np.uint64(33))
    bits = bits * np.uint64(0xC4CEB9FE1A85EC53)
    return np.asarray(bits ^ (bits >> np.uint64(33)))


def _as_texts(values: Numpy) -> Numpy:
    return np.array([None if value is None or value != value else str(value) for value in values.tolist()], object)
