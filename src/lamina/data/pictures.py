"""Pictures: an array of one size, or files that are decoded when they are needed, on several threads."""

from __future__ import annotations

import abc
import hashlib
import os
import time
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

import numpy as np

from lamina.arrays import Numpy
from lamina.data.decoding import decode, read_shape
from lamina.data.inputs import Inputs
from lamina.data.watching import tell
from lamina.errors import DataError

CHUNK = 64
"""So many examples go to a thread at a time."""
SHORT_SECONDS = 0.0003

Item = TypeVar("Item")
Result = TypeVar("Result")


class Pictures(Inputs):
    """Pictures, whatever they come from."""

    @abc.abstractmethod
    def picture(self, place: int) -> Numpy:
        """The pixels of one picture, bytes (height, width, 1 or 3); a DataError where it cannot be read."""

    @abc.abstractmethod
    def shapes(self, most: int) -> list[tuple[int, int, int]]:
        """(height, width, channels) of up to `most` pictures, evenly chosen, without decoding them."""


@dataclass(frozen=True, eq=False)
class PictureArray(Pictures):
    """Pictures of one size that are decoded already: (examples, height, width, channels), bytes."""

    pixels: Numpy
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.pixels)

    def subset(self, rows: Numpy) -> PictureArray:
        """The pictures at these places."""
        return PictureArray(self.pixels[rows], tuple(self.names[row] for row in rows))

    def hashes(self) -> list[bytes]:
        """SHA-256 of each picture's bytes."""
        return [hashlib.sha256(picture.tobytes()).digest() for picture in self.pixels]

    def picture(self, place: int) -> Numpy:
        """The pixels at a place."""
        return np.asarray(self.pixels[place])

    def shapes(self, most: int) -> list[tuple[int, int, int]]:
        """The one shape."""
        height, width, channels = self.pixels.shape[1:]
        return [(height, width, channels)]


@dataclass(frozen=True, eq=False)
class PictureFiles(Pictures):
    """Pictures in files or archives; `load` gives the bytes of the file at a place of the original list."""

    load: Callable[[int], bytes]
    rows: Numpy
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def subset(self, rows: Numpy) -> PictureFiles:
        """The pictures at these places."""
        return PictureFiles(self.load, self.rows[rows], tuple(self.names[row] for row in rows))

    def hashes(self) -> list[bytes]:
        """SHA-256 of each file's bytes; of one that cannot be read, of its name."""
        return in_threads(self._hash, range(len(self)), "looking for copies")

    def picture(self, place: int) -> Numpy:
        """The decoded file at a place."""
        return decode(self.load(int(self.rows[place])))

    def shapes(self, most: int) -> list[tuple[int, int, int]]:
        """(height, width, channels) of up to `most` pictures, evenly chosen, from their headers alone."""
        chosen = self.rows[:: -(-len(self.rows) // most) or 1].tolist()
        return [shape for shape in in_threads(self._shape, chosen) if shape is not None]

    def _hash(self, place: int) -> bytes:
        try:
            return hashlib.sha256(self.load(int(self.rows[place]))).digest()
        except DataError:
            return hashlib.sha256(self.names[place].encode()).digest()

    def _shape(self, row: int) -> tuple[int, int, int] | None:
        try:
            return read_shape(self.load(row))
        except DataError:
            return None


def pictures_from_array(pixels: Numpy, names: tuple[str, ...] = ()) -> PictureArray:
    """Pictures from bytes (examples, height, width) or (examples, height, width, 1 or 3).

    Raises:
        DataError: another shape or type.
    """
    shaped = pixels[..., None] if pixels.ndim == 3 else pixels
    right_shape = shaped.ndim == 4 and shaped.shape[-1] in (1, 3) and 0 not in shaped.shape[1:]
    if not right_shape or shaped.dtype != np.uint8:
        raise DataError(
            f"pictures need an array of uint8 (examples, height, width) or (examples, height, width, 1 or 3); "
            f"got {pixels.dtype} of shape {pixels.shape}"
        )
    return PictureArray(shaped, names or tuple(f"picture {place + 1}" for place in range(len(shaped))))


def in_threads(function: Callable[[Item], Result], items: Iterable[Item], words: str = "") -> list[Result]:
    """The function's results in order, computed on as many threads as there are cores, some tens at a time.

    What takes less than SHORT_SECONDS is done by one thread: there, threads cost more than they bring, since they wait
    for each other. Where `words` say what is done, whoever watches is told how far it is. What Pillow warns of on the
    way is refused or mended by us; the filter is set here, once for all threads.
    """
    everything = list(items)
    chunks = [everything[start : start + CHUNK] for start in range(0, len(everything), CHUNK)]

    def work(chunk: list[Item]) -> list[Result]:
        return [function(item) for item in chunk]

    with warnings.catch_warnings(), ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        warnings.simplefilter("ignore")
        results: list[Result] = []
        first = list(map(work, chunks[:1]))  # what the first one waits for, such as an import, says nothing
        began = time.perf_counter()
        second = list(map(work, chunks[1:2]))
        short = time.perf_counter() - began < SHORT_SECONDS * CHUNK
        rest = chunks[2:]
        for part in chain(first, second, map(work, rest) if short else pool.map(work, rest)):
            results += part
            if words:
                tell(words, len(results), len(everything))
        return results
