"""Tables: columns of numbers or texts, as they were read."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.inputs import Inputs
from lamina.data.named_files import NamedFiles
from lamina.data.number_forms import PLAIN, NumberForm, shown
from lamina.data.pictures import PictureFiles
from lamina.data.sounds import SoundFiles
from lamina.data.stored_columns import LineNames, StoredColumns
from lamina.errors import DataError

MISSING_MARKS = frozenset(("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "?"))
"""What stands for a value that is not there."""
USED_KINDS = ("number", "category", "text", "date")
"""What a network learns from, beside pictures."""
MANY = 10_000
"""So many rows are worth the import of pandas."""
LARGEST_WHOLE = 2**53
"""Beyond it a float64 is no longer exact: such a column is a column of codes."""


@dataclass(frozen=True)
class Guess:
    """What a column is taken for.

    Args:
        kind: number, category, text, date, picture, sound, id, group, constant or drop.
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
        names: of the rows: "line 7" of a file, "row 7" of a frame, "892" where an ID names them.
        header: whether the names of the columns are the file's own.
        kinds: what each column was taken for when the table was read to learn from it.
        marks: (rows,) a number for each whole record as it was read, the same for equal records.
        title: the column that names the rows, "" where none does.
        files: those that a column may name.
    """

    columns: Mapping[str, Numpy]
    names: Sequence[str]
    header: bool = True
    kinds: Mapping[str, Guess] = field(default_factory=dict)
    marks: Numpy | None = field(default=None)
    title: str = ""
    files: NamedFiles | None = None

    def __len__(self) -> int:
        return len(self.names)

    def subset(self, rows: Numpy) -> Table:
        """The rows at these places."""
        if isinstance(self.columns, StoredColumns) and isinstance(self.names, LineNames):
            columns, names = self.columns.subset(rows), self.names.subset(rows)
            return replace(self, columns=columns, names=names, marks=self.records[rows])
        cells = {name: values[rows] for name, values in self.columns.items()}
        called = tuple(self.names[row] for row in np.asarray(rows).tolist())
        return replace(self, columns=cells, names=called, marks=self.records[rows])

    def part(self, name: str, rows: Numpy) -> Numpy:
        """Some rows of a column."""
        if isinstance(self.columns, StoredColumns):
            return self.columns.part(name, rows)
        return np.asarray(self.columns[name][rows])

    def renamed(self, names: Mapping[str, str]) -> Table:
        """These columns alone, by other names (the old one and the new one); the records keep their marks."""
        if isinstance(self.columns, StoredColumns):
            return replace(self, columns=self.columns.renamed(names), marks=self.records)
        columns = {new: self.columns[old] for old, new in names.items()}
        return replace(self, columns=columns, marks=self.records)

    def called(self, row: int) -> str:
        """A row in words: "line 7", "PassengerId 892"."""
        return f"{self.title} {self.names[row]}".strip()

    def hashes(self) -> list[bytes]:
        """A mark of each whole record: two rows are copies where every field is the same, those left out too.

        A picture counts by its content and not by its name.
        """
        if not self.pictured:
            return [mark.tobytes() for mark in self.records]
        used = [name for name, guess in self.kinds.items() if guess.kind in USED_KINDS and name in self.columns]
        rest = replace(self, columns={name: self.columns[name] for name in used}, marks=None).records
        pairs = zip(rest, self.contents, strict=True)
        return [hashlib.sha256(mark.tobytes() + content).digest() for mark, content in pairs]

    def kept_together(self) -> list[bytes] | None:
        """Rows that show the same picture."""
        return self.contents if self.pictured else None

    @property
    def pictured(self) -> tuple[str, ...]:
        """The columns that name pictures."""
        return tuple(name for name, guess in self.kinds.items() if guess.kind == "picture" and name in self.columns)

    @cached_property
    def contents(self) -> list[bytes]:
        """A hash of each row's pictures."""
        columns = [self.pictures(name).hashes() for name in self.pictured]
        return [hashlib.sha256(b"".join(row)).digest() for row in zip(*columns, strict=True)]

    def pictures(self, name: str) -> PictureFiles:
        """The pictures that a column names."""
        return PictureFiles(*self.named_files(name, "pictures"))

    def sounds(self, name: str) -> SoundFiles:
        """The sounds that a column names."""
        return SoundFiles(*self.named_files(name, "sounds"))

    def named_files(self, name: str, plural: str) -> tuple[Callable[[int], bytes], Numpy, tuple[str, ...]]:
        """How to load the files that a column names, their places, and what they are called.

        Raises:
            DataError: tables of several folders, below each other.
        """
        files, paths = self.files, texts_of(self.column(name))
        if files is None:
            raise DataError(f"{name} names {plural}; tables of different folders with {plural} are taken one at a time")
        called = [f"{self.called(row)}, {path or name}" for row, path in enumerate(paths)]
        return lambda row: files.load(paths[row]), np.arange(len(paths)), tuple(called)

    def select(self, names: Sequence[str]) -> Table:
        """These columns alone; the records keep their marks."""
        return self.renamed({name: name for name in names})

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
        return np.array(["False", "True"], object)[values.astype(np.int64)]
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
    titles, places = {table.title for table in tables}, {table.files.where for table in tables if table.files}
    files = tables[0].files if len(places) == 1 else None
    names = tuple(name for table in tables for name in table.names)
    if len(titles) == 1:
        return Table(columns, names, title=titles.pop(), files=files)
    named = tuple(table.called(row) for table in tables for row in range(len(table)))
    return Table(columns, named, files=files)


def is_numeric(values: Numpy) -> bool:
    """Whether a column holds numbers."""
    return values.dtype.kind == "f"


def missing(values: Numpy) -> Numpy:
    """(rows,) whether each value is missing."""
    return np.isnan(values) if is_numeric(values) else np.array([value is None for value in values.tolist()], bool)


def distinct(values: Numpy) -> tuple[list[Any], Numpy]:
    """The different values in the order in which they first come, and the place of each row's among them."""
    cells = values.tolist()
    plain = set(map(type, cells)) <= {str, type(None)}
    if plain and len(cells) >= MANY:
        from pandas import factorize

        places, found = factorize(values, use_na_sentinel=False)
        return [None if cell != cell else cell for cell in found.tolist()], places
    keys = cells if plain else [(type(cell), cell) for cell in cells]  # since 1 == True
    first: dict[Any, int] = {}
    places = np.array([first.setdefault(key, len(first)) for key in keys], np.int64)
    return list(first) if plain else [cell for _, cell in first], places


def texts_of(values: Numpy) -> list[str]:
    """The values as texts without blanks around them; "" where missing; whole numbers without a point."""
    if is_numeric(values):
        return ["" if math.isnan(value) else shown(value) for value in values.tolist()]
    return ["" if value is None else value.strip() for value in values.tolist()]


def _from_objects(values: Numpy, texts: bool) -> Numpy:
    """Numbers where all are, texts otherwise; each different value is looked at once."""
    if set(map(type, values.tolist())) <= {str, float}:
        values = np.where(np.asarray(values != values, bool), np.array(None), values)  # what pandas left empty
    found, places = distinct(values)
    cells = [None if _is_missing(value) else value for value in found]
    if not texts and cells == found and set(map(type, cells)) <= {str, type(None)}:
        return values
    numbers = _as_numbers(cells, texts)
    if numbers is not None:
        return numbers[places]
    return np.array([None if cell is None else str(cell) for cell in cells], object)[places]


def _as_numbers(cells: list[Any], texts: bool) -> Numpy | None:
    """The cells as numbers, NaN where missing; None where they are texts, codes or too long."""
    there = [cell for cell in cells if cell is not None]
    if not there or (texts and any(_is_code(cell) for cell in there)):
        return None
    if not texts and not all(type(cell) is float or _is_exact(cell) for cell in there):
        return None
    try:
        return np.array([np.nan if cell is None else float(cell) for cell in cells])
    except ValueError:
        return None


def _is_exact(cell: Any) -> bool:
    """Whether a float64 can hold this whole number."""
    return type(cell) is int and abs(cell) <= LARGEST_WHOLE


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip() in MISSING_MARKS
    return value is None or str(value) in ("nan", "NaN", "NaT", "<NA>")


def _is_code(cell: str) -> bool:
    """Digits that begin with a zero, or too many to be a number: a code."""
    digits = cell.strip()
    return digits.isdigit() and ((len(digits) > 1 and digits[0] == "0") or len(digits) > 15)


def _hashed(values: Numpy) -> Numpy:
    """64 bits for each value."""
    if is_numeric(values):
        return _mixed((values + 0.0).view(np.uint64).copy())  # + 0.0: minus zero is zero
    found, places = distinct(values)
    texts = [b"" if text is None else b"=" + text.encode("utf-8", "surrogatepass") for text in found]
    digests = b"".join(hashlib.blake2b(text, digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, "<u8").astype(np.uint64)[places]


def _mixed(bits: Numpy) -> Numpy:
    """The finalizer of MurmurHash3: every bit depends on every other."""
    bits = bits ^ (bits >> np.uint64(33))
    bits = bits * np.uint64(0xFF51AFD7ED558CCD)
    bits = bits ^ (bits >> np.uint64(33))
    bits = bits * np.uint64(0xC4CEB9FE1A85EC53)
    return np.asarray(bits ^ (bits >> np.uint64(33)))


def _as_texts(values: Numpy) -> Numpy:
    return np.array([text or None for text in texts_of(values)], object)
