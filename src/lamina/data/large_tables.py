"""Tables larger than the memory they may take: read in blocks of whole records, kept on disk column by column.

The rules are those of `table_text` and `table_reading`, whose functions work on a block here as they do there on the
whole; what depends on all of a file (whether quotes enclose fields, whether a column holds numbers) is settled after a
pass over all blocks. Plain UTF-8 with line feeds is read so, gzipped or not; anything else is read as a whole.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.store import Scratch, StoredRows
from lamina.data.stored_columns import LineNames, StoredColumns, StoredTexts
from lamina.data.table import MISSING_MARKS, Table, column_of, is_numeric
from lamina.data.table_reading import (
    LEADING_ZERO,
    ReadTable,
    TableForm,
    bad_lines,
    broken_quotes,
    cells_of,
    column_names,
    frame_of,
    has_header,
    is_whole,
    joined_records,
    may_be_texts,
    said_of_form,
    stray_quote,
)
from lamina.data.table_text import NEWLINE, QUOTE, QUOTES_ARE_TEXT, UTF_16, Structure, find_delimiter, find_structure
from lamina.data.watching import tell
from lamina.errors import DataError

BLOCK_BYTES = 8 * 1024**2
LONGEST_RECORD = 16
"""In blocks: a record that is longer has a quote that is never closed."""


def read_large_table(path: Path, form: TableForm) -> ReadTable | None:
    """The table with its columns on disk; None where it is not plain UTF-8 and must be read as a whole.

    Raises:
        DataError: lines that do not fit; names them.
        SaveError: too little room on disk.
    """
    text = plain_text(path) if form.encoding in (None, "utf-8", "utf8") else None
    if text is None:
        return None
    head = next(text.blocks(quotes=False))
    delimiter = find_delimiter(head, form.delimiter)
    found, quotes, notes = _settle_quotes(text, delimiter)
    if found.stray:
        raise stray_quote(path.name, found.stray)
    block = next(text.blocks(quotes))
    structure = find_structure(block, delimiter, quotes)
    first = cells_of(block, structure, 0, delimiter, quotes)
    header = has_header(block, structure, delimiter, quotes, form)
    bad = (np.array([line for line, _ in found.bad]), np.array([count for _, count in found.bad]))
    skipped = bad_lines(path.name, found.width, *bad, form.skip_bad_rows)
    names = column_names(first, path.name, header)
    lines = found.all_lines()[1:] if header else found.all_lines()
    if len(lines) == 0:
        raise DataError(f"{path.name} has a line of column names and no rows below it")
    columns = Columns(text, delimiter, quotes, len(names), len(lines), header).read(path.name)
    notes = [said_of_form(delimiter, len(first), header, form), *notes]
    table = Table(StoredColumns(dict(zip(names, columns, strict=True))), LineNames(lines), header=header)
    return ReadTable(table, tuple(note for note in notes if note), skipped)


class DiskText:
    """A table's text on disk, as `to_utf8` would give it: UTF-8 with plain line feeds, one at the end."""

    def __init__(self, expected: int) -> None:
        self.size, self.quoted = 0, False
        self._scratch = Scratch(expected)

    def add(self, data: bytes) -> None:
        """Write more text; blank lines at the end are none yet."""
        start = self._scratch.append(memoryview(data))
        if kept := len(data.rstrip(b"\n")):
            self.size = start + kept + 1
        self.quoted = self.quoted or b'"' in data

    def blocks(self, quotes: bool) -> Iterator[bytes]:
        """The text in blocks of whole records."""
        start, count = 0, BLOCK_BYTES
        while start < self.size:
            count = min(count, self.size - start)
            data = bytearray(count)
            self._scratch.read_into(memoryview(data), start)
            last = start + count == self.size
            cut = count if last else _last_break(data, quotes) + 1
            if not cut and count < LONGEST_RECORD * BLOCK_BYTES:
                count *= 2
                continue
            cut = cut or data.rfind(b"\n") + 1 or count
            yield bytes(data[:cut])
            start, count = start + cut, BLOCK_BYTES


def plain_text(path: Path) -> DiskText | None:
    """A file's text on disk; None where it is no plain UTF-8 with line feeds, or no delimited text at all."""
    text, decoder, held, breaks = DiskText(path.stat().st_size), codecs.getincrementaldecoder("utf-8")(), b"", False
    try:
        for number, data in enumerate(_read(path)):
            if number == 0:
                if data.startswith((*UTF_16, b"PAR1", b"PK")) or data.lstrip()[:1] in (b"{", b""):
                    return None
                data = data.removeprefix(codecs.BOM_UTF8)
            decoder.decode(data)
            if b"\0" in data:
                return None
            data, held = (held + data[:-1], b"\r") if data.endswith(b"\r") else (held + data, b"")
            breaks = breaks or b"\n" in data
            text.add(data.replace(b"\r\n", b"\n"))
        decoder.decode(b"", final=True)
    except (UnicodeDecodeError, OSError, EOFError, zlib.error):
        return None
    text.add(held + b"\n")
    return text if breaks else None


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    with gzip.open(path) if zipped else path.open("rb") as file:
        while data := file.read(BLOCK_BYTES):
            yield data


def _last_break(data: bytearray, quotes: bool) -> int:
    """The last line feed that ends a record; -1 where there is none."""
    if not quotes:
        return data.rfind(b"\n")
    symbols = np.frombuffer(data, np.uint8)
    inside = np.cumsum(symbols == QUOTE, dtype=np.uint8) & 1
    ends = np.flatnonzero((symbols == NEWLINE) & (inside == 0))
    return int(ends[-1]) if len(ends) else -1


@dataclass
class Survey:
    """What a pass over the records told.

    Args:
        width: how many fields the first has.
        lines: of all records with so many fields, block by block.
        bad: line and number of fields of the others.
        stray: the line of the first quote in a wrong place, 0 for none.
        breaks, records: how many line feeds and records there are.
    """

    width: int = 0
    lines: list[Numpy] = field(default_factory=list)
    bad: list[tuple[int, int]] = field(default_factory=list)
    stray: int = 0
    breaks: int = 0
    records: int = 0

    def add(self, block: bytes, structure: Structure) -> None:
        """Take the records of the next block into account."""
        if not self.records and len(structure.fields):
            self.width = int(structure.fields[0])
        if structure.stray >= 0 and not self.stray:
            self.stray = self.breaks + block.count(b"\n", 0, structure.stray) + 1
        lines, odd = structure.lines + self.breaks, structure.fields != self.width
        self.lines.append(lines[~odd].astype(np.int32))
        self.bad += zip(lines[odd].tolist(), structure.fields[odd].tolist(), strict=True)
        self.breaks += block.count(b"\n")
        self.records += len(structure.lines)

    def all_lines(self) -> Numpy:
        """The lines of all records with as many fields as the first."""
        return np.concatenate(self.lines)


def _survey(text: DiskText, delimiter: bytes, quotes: bool) -> Survey:
    found = Survey()
    for block in text.blocks(quotes):
        found.add(block, find_structure(block, delimiter, quotes))
    return found


def _settle_quotes(text: DiskText, delimiter: bytes) -> tuple[Survey, bool, list[str]]:
    """The same as `settle_quotes` of a text in memory."""
    plain = _survey(text, delimiter, quotes=False)
    if not text.quoted:
        return plain, False, []
    quoted = _survey(text, delimiter, quotes=True)
    if not plain.bad and (quoted.bad or quoted.stray):
        return plain, False, [QUOTES_ARE_TEXT]
    several = quoted.breaks - quoted.records
    notes = [f"{several:,} line breaks stand inside quotes or are blank lines"] if several > 0 else []
    return quoted, True, notes


@dataclass
class Seen:
    """What the blocks told of a column so far.

    Args:
        numbers, integers, whole: whether all are numbers, all written without a point and none missing, all whole.
        rounded, exact: whether some are beyond what a float64 holds, as floats and as integers.
    """

    numbers: bool = True
    integers: bool = True
    whole: bool = True
    rounded: bool = False
    exact: bool = False

    @property
    def doubtful(self) -> bool:
        """Whether they must be looked at as they are written."""
        return self.rounded or (self.integers and self.exact)

    def add(self, values: Numpy) -> None:
        """Take a block's values into account."""
        self.numbers = self.numbers and values.dtype.kind in "iuf"
        if self.numbers:
            self.whole = self.whole and is_whole(values)
            self.integers = self.integers and values.dtype.kind in "iu"
            self.rounded = self.rounded or may_be_texts(values.astype(np.float64))
            self.exact = self.exact or may_be_texts(values)


@dataclass
class Columns:
    """The columns of a text, read in two passes: numbers first, then what is no number, or perhaps a code."""

    text: DiskText
    delimiter: bytes
    quotes: bool
    width: int
    rows: int
    header: bool

    def read(self, name: str) -> list[StoredRows | StoredTexts]:
        """Each column on disk: float64 where all values are plain numbers, texts otherwise."""
        numbers = Scratch(8 * self.width * self.rows)
        columns: list[StoredRows | StoredTexts] = [
            StoredRows((self.rows,), np.dtype(np.float64), numbers, 8 * place * self.rows)
            for place in range(self.width)
        ]
        seen = [Seen() for _ in columns]
        zeros, start = False, 0
        for block in self._blocks():
            frame = frame_of(block, self.width, self.delimiter, self.quotes)
            if start + len(frame) > self.rows:
                raise broken_quotes(name, self.rows, start + len(frame))
            for place, one in enumerate(seen):
                values = frame[place].to_numpy()
                one.add(values)
                if one.numbers:
                    columns[place][start : start + len(frame)] = values.astype(np.float64)  # type: ignore[index]  # numbers
            zeros = zeros or LEADING_ZERO.search(block) is not None
            start += len(frame)
            tell("reading rows", start, self.rows)
        if start != self.rows:
            raise broken_quotes(name, self.rows, start)
        texts = [i for i, one in enumerate(seen) if not one.numbers or one.doubtful or (zeros and one.whole)]
        for place, column in self._texts(texts).items():
            settled = column_of(column[:], texts=True) if seen[place].numbers else None
            if settled is None or not is_numeric(settled):
                columns[place] = column
        return columns

    def _texts(self, places: list[int]) -> dict[int, StoredTexts]:
        """These columns as they are written; None where a value is missing."""
        scratch = Scratch(self.text.size if places else 0)
        columns = {place: StoredTexts(scratch) for place in places}
        for block in self._blocks() if places else ():
            frame = frame_of(block, self.width, self.delimiter, self.quotes, places)
            for place, column in columns.items():
                column.add([_text_or_none(cell) for cell in frame[place].tolist()])
        return columns

    def _blocks(self) -> Iterator[bytes]:
        """The records as lines, without the line of names and those that do not fit."""
        width, header = 0, self.header
        for block in self.text.blocks(self.quotes):
            structure = find_structure(block, self.delimiter, self.quotes)
            if not len(structure.fields):
                continue
            width = width or int(structure.fields[0])
            good = np.flatnonzero(structure.fields == width)
            rows = good[1:] if header else good
            header = False
            if len(rows) < len(structure.fields):
                block = joined_records(block, structure, rows)
            if block:
                yield block


def _text_or_none(cell: Any) -> str | None:
    """A text; what pandas left empty, and what only stands for a missing value, is None."""
    return cell if isinstance(cell, str) and cell.strip() not in MISSING_MARKS else None
