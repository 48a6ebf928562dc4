"""Examples that are files: read when they are needed, on several threads."""

from __future__ import annotations

import hashlib
import os
import time
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from typing import Self, TypeVar

from lamina.arrays import Numpy
from lamina.data.inputs import Inputs
from lamina.data.watching import tell
from lamina.errors import DataError

CHUNK = 64
"""So many examples go to a thread at a time."""
SHORT_SECONDS = 0.0003

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Files(Inputs):
    """Examples in files or archives; `load` gives the bytes of the file at a place of the original list."""

    load: Callable[[int], bytes]
    rows: Numpy
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def subset(self, rows: Numpy) -> Self:
        """The files at these places."""
        return replace(self, rows=self.rows[rows], names=tuple(self.names[row] for row in rows))

    def data(self, place: int) -> bytes:
        """The bytes of the file at a place; a DataError where it cannot be read."""
        return self.load(int(self.rows[place]))

    def hashes(self) -> list[bytes]:
        """SHA-256 of each file's bytes; of one that cannot be read, of its name."""
        return in_threads(self._hash, range(len(self)), "looking for copies")

    def _hash(self, place: int) -> bytes:
        try:
            return hashlib.sha256(self.data(place)).digest()
        except DataError:
            return hashlib.sha256(self.names[place].encode("utf-8", "surrogatepass")).digest()


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


def evenly(count: int, most: int) -> int:
    """Every how many-th of `count` things is taken, so that at most `most` are."""
    return -(-count // most) or 1
