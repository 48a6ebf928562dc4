"""Encoded examples on disk: a file without a name that is gone with the process, read by rows.

The file is not mapped into memory, since mapped pages count as the process's own; what the system keeps of it in
its cache is given up as soon as anybody needs the memory.
"""

from __future__ import annotations

import math
import os
import shutil
import tempfile
import threading
import weakref
from array import array
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy, Rows, Shape
from lamina.errors import SaveError
from lamina.user_folders import cache_folder

PIECE_BYTES = 8 * 1024**2
"""Passes over all rows take so many bytes at a time."""


class Scratch:
    """A file that only this process knows: it has no name, so that nothing is left of it even after a crash.

    Args:
        expected: how many bytes are going to be written.

    Raises:
        SaveError: no folder for it, not enough free disk, or a system (Windows) that keeps no nameless files.
    """

    def __init__(self, expected: int) -> None:
        if not hasattr(os, "preadv"):
            raise SaveError(
                "the examples are larger than the memory they may take, and this system cannot stream them from disk: "
                "give more --memory"
            )
        folder = scratch_folder()
        require_free(folder, expected)
        try:
            self._file, path = tempfile.mkstemp(dir=folder)
            os.unlink(path)
        except OSError as error:
            raise SaveError(f"{folder}: examples cannot be kept there ({error.strerror})") from None
        weakref.finalize(self, os.close, self._file)
        self._end = 0
        self._lock = threading.Lock()

    def write(self, data: memoryview, start: int) -> None:
        """Write all bytes from a place on."""
        while data.nbytes:
            try:
                written = os.pwrite(self._file, data, start)
            except OSError as error:
                raise SaveError(f"{scratch_folder()}: examples cannot be kept there ({error.strerror})") from None
            data, start = data[written:], start + written

    def append(self, data: memoryview) -> int:
        """Write all bytes behind what is there, from any thread; where they begin."""
        with self._lock:
            start, self._end = self._end, self._end + data.nbytes
        self.write(data, start)
        return start

    def read_into(self, data: memoryview, start: int) -> None:
        """Fill `data` with the bytes from a place on; what was never written is zero."""
        while data.nbytes:
            count = os.preadv(self._file, [data], start)
            if not count:
                data[:] = bytes(data.nbytes)
                return
            data, start = data[count:], start + count


class StoredRows:
    """Examples of one shape on disk, which are read and written by their places; at first all zero.

    Args:
        shape: (examples, ...).
        dtype: of the numbers.
        scratch, start: a file that is shared with others, and where in it the rows begin.

    Example:
        >>> rows = StoredRows((5, 2), np.dtype(np.uint8))
        >>> rows[3] = np.array([7, 8], np.uint8)
        >>> rows[np.array([3, 0])].tolist()
        [[7, 8], [0, 0]]
    """

    def __init__(self, shape: Shape, dtype: np.dtype[Any], scratch: Scratch | None = None, start: int = 0) -> None:
        self.shape, self.dtype, self._start = shape, np.dtype(dtype), start
        self._row_bytes = math.prod(shape[1:]) * self.dtype.itemsize
        self._scratch = scratch or Scratch(shape[0] * self._row_bytes)
        self._places: Numpy | None = None

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, places: Numpy | slice) -> Numpy:
        wanted = self._in_file(places)
        found = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        if found.size:
            self._read(wanted, found.reshape(-1).view(np.uint8).data)
        return found

    def __setitem__(self, places: int | slice, rows: Numpy) -> None:
        """Write a row, or rows side by side; several threads may do so at once."""
        start = places if isinstance(places, int) else places.indices(len(self))[0]
        data = np.ascontiguousarray(rows, self.dtype).reshape(-1)
        self._scratch.write(data.view(np.uint8).data, self._start + start * self._row_bytes)

    def select(self, places: Numpy) -> StoredRows:
        """The rows at these places, in this order, still on disk; they are only read."""
        chosen = StoredRows((len(places), *self.shape[1:]), self.dtype, self._scratch, self._start)
        chosen._places = self._in_file(places)
        return chosen

    def _in_file(self, places: Numpy | slice) -> Numpy:
        """The rows' places in the file."""
        if self._places is not None:
            return np.asarray(self._places[places])
        return np.arange(*places.indices(len(self))) if isinstance(places, slice) else np.asarray(places)

    def _read(self, wanted: Numpy, data: memoryview) -> None:
        """Rows that lie side by side are read at once."""
        starts = np.concatenate([[0], np.flatnonzero(np.diff(wanted) != 1) + 1, [len(wanted)]])
        size = self._row_bytes
        begins = (self._start + wanted[starts[:-1]].astype(np.int64) * size).tolist()
        ends = (starts * size).tolist()
        for place, begin in enumerate(begins):
            self._scratch.read_into(data[ends[place] : ends[place + 1]], begin)


class StoredList:
    """Arrays of one axis and different lengths on disk.

    Args:
        count: how many.
        dtype: of the numbers.
        expected: how many bytes they are going to take.

    Example:
        >>> sounds = StoredList(2, np.dtype(np.int16), 10)
        >>> sounds[1] = np.array([4, 5, 6], np.int16)
        >>> sounds[1].tolist(), sounds.lengths.tolist()
        ([4, 5, 6], [0, 3])
    """

    def __init__(self, count: int, dtype: np.dtype[Any], expected: int) -> None:
        self.dtype = np.dtype(dtype)
        self.lengths = np.zeros(count, np.int64)
        self._begins = np.zeros(count, np.int64)
        self._scratch = Scratch(expected)

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, place: int) -> Numpy:
        found = np.empty(self.lengths[place], self.dtype)
        if found.size:
            self._scratch.read_into(found.view(np.uint8).data, int(self._begins[place]))
        return found

    def __setitem__(self, place: int, row: Numpy) -> None:
        """Write an array; several threads may do so at once."""
        data = np.ascontiguousarray(row, self.dtype)
        self.lengths[place] = len(data)
        self._begins[place] = self._scratch.append(data.view(np.uint8).data) if len(data) else 0


class Spill:
    """Bytes one after the other: the first of them in memory, the others on disk.

    Args:
        in_memory: how many bytes are kept in memory.

    Example:
        >>> spill = Spill(4)
        >>> places = [spill.add(data) for data in (b"one", b"two", b"three")]
        >>> [spill.read(place) for place in places]
        [b'one', b'two', b'three']
    """

    def __init__(self, in_memory: int) -> None:
        self._left = in_memory
        self._kept: list[bytes] = []
        self._begins, self._sizes = array("q"), array("q")
        self._scratch: Scratch | None = None

    def add(self, data: bytes) -> int:
        """Keep the bytes; the number by which they are read again."""
        if len(data) <= self._left and self._scratch is None:
            self._left -= len(data)
            self._kept.append(data)
            return len(self._kept) - 1
        self._scratch = self._scratch or Scratch(len(data))
        self._begins.append(self._scratch.append(memoryview(data)))
        self._sizes.append(len(data))
        return len(self._kept) + len(self._sizes) - 1

    def read(self, number: int) -> bytes:
        """The bytes of a number."""
        if number < len(self._kept):
            return self._kept[number]
        place = number - len(self._kept)
        found = bytearray(self._sizes[place])
        if self._scratch is not None and found:
            self._scratch.read_into(memoryview(found), self._begins[place])
        return bytes(found)


def select(rows: Rows, places: Numpy) -> Rows:
    """The rows at these places: as an array of an array, on disk of what is on disk."""
    if isinstance(rows, StoredRows):
        return rows.select(places)
    return np.asarray(rows[places])


def pieces(rows: Rows) -> list[slice]:
    """Slices of a few megabytes that make up all rows.

    Example:
        >>> [len(np.zeros((5_000, 4_096), np.uint8)[piece]) for piece in pieces(np.zeros((5_000, 4_096), np.uint8))]
        [2048, 2048, 904]
    """
    step = max(1, PIECE_BYTES // max(1, bytes_of((1, *rows.shape[1:]), rows.dtype)))
    return [slice(start, start + step) for start in range(0, len(rows), step)]


def bytes_of(shape: Shape, dtype: np.dtype[Any]) -> int:
    """How many bytes an array takes."""
    return math.prod(shape) * np.dtype(dtype).itemsize


def scratch_folder() -> Path:
    """The folder of the cache in which examples are kept while a program runs; only its owner can enter."""
    folder = cache_folder() / "examples"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SaveError(
            f"{folder}: cannot be made ({error.strerror}), and the examples are larger than the memory they may take: "
            f"name another folder in LAMINA_CACHE, or give more --memory"
        ) from None
    return folder


def require_free(folder: Path, needed: int) -> None:
    """Raise a SaveError unless the folder's disk has room for so many bytes and some more."""
    free = shutil.disk_usage(folder).free
    if needed * 1.02 > free:
        raise SaveError(
            f"the examples need {needed / 1e9:,.2f} GB on disk, since they are larger than the memory they may take; "
            f"{folder} has {free / 1e9:,.2f} GB free. Make room, name a folder on another disk in LAMINA_CACHE, or "
            f"give more --memory"
        )
