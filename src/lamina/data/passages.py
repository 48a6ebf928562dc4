"""Passages: equal pieces of one long text, for learning how it goes on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import LANGUAGE, Dataset
from lamina.data.inputs import Inputs
from lamina.data.table_text import to_utf8
from lamina.errors import DataError

STEPS = 128
"""Characters a passage."""
TEST_SHARE = 0.1
VALIDATION_SHARE = 0.05
LEAST_PASSAGES = 20
MAX_TEXT = 512 * 1024**2
LOOKED_AT = 2**16


@dataclass(frozen=True, eq=False)
class Passages(Inputs):
    """Pieces of `steps` + 1 characters: each character but the last is followed by one that can be learnt.

    Args:
        text: the whole text, or a prompt.
        starts: where each passage begins; the last one may be shorter.
        names: of the passages: "characters 1 to 129".
        steps: characters that have a next one.
    """

    text: str
    starts: Numpy
    names: tuple[str, ...]
    steps: int

    def __len__(self) -> int:
        return len(self.starts)

    def subset(self, rows: Numpy) -> Passages:
        """The passages at these places."""
        return Passages(self.text, self.starts[rows], tuple(self.names[row] for row in rows), self.steps)

    def hashes(self) -> list[bytes]:
        """SHA-256 of each passage."""
        return [hashlib.sha256(self.passage(row).encode()).digest() for row in range(len(self))]

    def passage(self, row: int) -> str:
        """The characters of one passage."""
        start = int(self.starts[row])
        return self.text[start : start + self.steps + 1]


def is_text(path: Path) -> bool:
    """Whether a file begins with text in a known encoding."""
    try:
        with path.open("rb") as file:
            head = file.read(LOOKED_AT)
        text, _ = to_utf8(head[: head.rfind(b"\n") + 1] or head, path.name)
    except (OSError, DataError):
        return False
    return len(text.strip()) > 0


def read_passages(path: Path, name: str, encoding: str | None = None) -> Dataset:
    """A text file as passages: the first part to learn from, the last tenth never seen.

    Raises:
        DataError: no text, or too little of it.
    """
    if path.stat().st_size > MAX_TEXT:
        raise DataError(f"{path} has more than {MAX_TEXT:,} bytes; give a part of it")
    data, notes = to_utf8(path.read_bytes(), path.name, encoding)
    return passages_of(data.decode(), name, tuple(notes))


def passages_of(text: str, name: str, notes: tuple[str, ...] = ()) -> Dataset:
    """A text as a Dataset of passages, divided by place: train, then validation, then test."""
    count = (len(text) - 1) // STEPS
    if count < LEAST_PASSAGES:
        raise DataError(
            f"{name} has {len(text):,} characters; learning how a text goes on needs at least "
            f"{LEAST_PASSAGES * STEPS + 1:,}"
        )
    starts = np.arange(count) * STEPS
    names = tuple(f"characters {start + 1} to {start + STEPS + 1}" for start in starts.tolist())
    parts = np.full(count, "train", object)
    test, validation = round(TEST_SHARE * count), max(1, round(VALIDATION_SHARE * count))
    parts[count - test :] = "test"
    parts[count - test - validation : count - test] = "validation"
    told = f"a text without a target: learning how it goes on; its last {TEST_SHARE:.0%} is the test part"
    inputs = Passages(text, starts, names, STEPS)
    targets = np.full(count, "")
    return Dataset(name, inputs, targets, "next character", parts.astype(str), (*notes, told), task=LANGUAGE)


def prompt_passages(texts: list[str], steps: int) -> Passages:
    """Prompts as passages; what comes before the last `steps` characters of one is left out."""
    cut = [text[-steps:] for text in texts]
    lengths = np.array([0, *(steps + 1 for _ in cut)])[:-1]
    joined = "".join(text.ljust(steps + 1, "\0") for text in cut)
    return Passages(joined, np.cumsum(lengths), tuple(f"text {row + 1}" for row in range(len(cut))), steps)
