"""The columns of a large table on disk: one column, or a part of one, is in memory at a time."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import overload

import numpy as np

from lamina.arrays import Numpy
from lamina.data.store import Scratch, StoredRows

MISSING = b"\0"
"""Stands for a text that is not there; no text of a table holds it."""


class StoredTexts:
    """Texts of UTF-8, or None, which are added at the end and read by their places.

    Example:
        >>> texts = StoredTexts(Scratch(100))
        >>> texts.add(["one", None, "", "two"])
        >>> texts[np.array([3, 1, 2])].tolist()
        ['two', None, '']
    """

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._begins, self._sizes = array("q"), array("l")

    def __len__(self) -> int:
        return len(self._sizes)

    def add(self, texts: Sequence[str | None]) -> None:
        """Write texts behind those that are there."""
        cells = [MISSING if text is None else text.encode("utf-8", "surrogatepass") for text in texts]
        sizes = [len(cell) for cell in cells]
        start = self._scratch.append(memoryview(b"".join(cells)))
        self._begins.extend((start + np.cumsum([0, *sizes])[:-1]).tolist())
        self._sizes.extend(sizes)

    def __getitem__(self, places: Numpy | slice) -> Numpy:
        wanted = np.arange(len(self))[places]
        begins, sizes = np.frombuffer(self._begins, np.int64)[wanted], np.asarray(self._sizes)[wanted]
        found = np.empty(len(wanted), object)
        known: dict[bytes, str | None] = {MISSING: None}
        breaks = np.flatnonzero(begins[1:] != (begins + sizes)[:-1]) + 1
        for run in np.split(np.arange(len(wanted)), breaks) if len(wanted) else []:
            start = int(begins[run[0]])
            data = bytearray(int(sizes[run].sum()))
            self._scratch.read_into(memoryview(data), start)
            for row, begin, size in zip(run.tolist(), (begins[run] - start).tolist(), sizes[run].tolist(), strict=True):
                cell = bytes(data[begin : begin + size])
                if cell not in known:
                    known[cell] = cell.decode("utf-8", "surrogatepass")
                found[row] = known[cell]
        return found


class StoredColumns(Mapping[str, Numpy]):
    """Columns by name, read from disk each time that they are asked for.

    Args:
        columns: numbers (rows,), NaN where missing, or texts.
        rows: the places that are in the table; None for all.
    """

    def __init__(self, columns: Mapping[str, StoredRows | StoredTexts], rows: Numpy | None = None) -> None:
        self._columns, self._rows = dict(columns), rows

    def __getitem__(self, name: str) -> Numpy:
        return self._columns[name][slice(None) if self._rows is None else self._rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def part(self, name: str, rows: Numpy) -> Numpy:
        """Some rows of a column."""
        return self._columns[name][rows if self._rows is None else self._rows[rows]]

    def subset(self, rows: Numpy) -> StoredColumns:
        """All columns at these places."""
        return StoredColumns(self._columns, np.asarray(rows) if self._rows is None else self._rows[rows])

    def renamed(self, names: Mapping[str, str]) -> StoredColumns:
        """These columns alone, by other names: the old one and the new one."""
        return StoredColumns({new: self._columns[old] for old, new in names.items()}, self._rows)


class LineNames(Sequence[str]):
    """The names of a table's rows, "line 7", made when they are asked for.

    Example:
        >>> LineNames(np.array([2, 3, 7]))[1:]
        ('line 3', 'line 7')
    """

    def __init__(self, lines: Numpy) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        if isinstance(place, slice):
            return tuple(f"line {line}" for line in self._lines[place].tolist())
        return f"line {self._lines[place]}"

    def subset(self, rows: Numpy) -> LineNames:
        """The names at these places."""
        return LineNames(self._lines[rows])
