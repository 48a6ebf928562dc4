"""Raw inputs: rows of numbers and pictures, one interface."""

from __future__ import annotations

import abc
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NoReturn, TypeAlias

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import DataError


@dataclass(frozen=True, eq=False)
class Sound:
    """A recording: samples (frames, channels) from -1 to 1, float32, and how many frames make a second.

    Example:
        >>> import numpy as np, lamina
        >>> silence = lamina.Sound(np.zeros((8_000, 1), np.float32), rate_hz=8_000)
    """

    samples: Numpy
    rate_hz: int


RawExample: TypeAlias = Numpy | tuple[str | Numpy, ...] | str | Sound
"""One example as a person would give it: a picture's pixels (height, width, channels) as bytes, a series (steps,
columns) as float32, a row of texts and pictures, a text, a sound."""


@dataclass(frozen=True)
class Skipped:
    """An example that could not be used: its name, why, and its place among the inputs that were tried."""

    name: str
    reason: str
    row: int = 0

    def complain(self) -> NoReturn:
        """Raise the DataError that says so."""
        raise DataError(f"{self.name}: {self.reason}")


class Inputs(abc.ABC):
    """Raw examples in their order, each with a name.

    `in_time`: whether their order is the order of time, so that parts are never drawn at random.
    """

    names: Sequence[str]
    title: str = ""
    """What a name is, such as an ID's column; "" for a file or a line."""
    in_time: ClassVar[bool] = False

    @abc.abstractmethod
    def __len__(self) -> int: ...

    @abc.abstractmethod
    def subset(self, rows: Numpy) -> Inputs:
        """The examples at these places, in this order."""

    @abc.abstractmethod
    def hashes(self) -> list[bytes]:
        """A hash of each example: the same for the same content."""

    def kept_together(self) -> list[bytes] | None:
        """A mark of each example, the same for those that must not be divided by a split; None where hashes tell."""
        return None


@dataclass(frozen=True, eq=False)
class Numbers(Inputs):
    """Rows of numbers.

    Args:
        values: (examples, columns), float64.
        columns: a name for each column.
        names: a name for each row.
    """

    values: Numpy
    columns: tuple[str, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.values)

    def subset(self, rows: Numpy) -> Numbers:
        """The rows at these places."""
        return Numbers(self.values[rows], self.columns, tuple(self.names[row] for row in rows))

    def hashes(self) -> list[bytes]:
        """SHA-256 of each row's numbers."""
        values = np.ascontiguousarray(self.values, "<f8")
        return [hashlib.sha256(row.tobytes()).digest() for row in values]


def numbers(values: object, columns: tuple[str, ...] = ()) -> Numbers:
    """Rows of numbers from an array (examples, columns), all of them finite.

    Raises:
        DataError: no numbers, NaN or infinity; names the row and the column.
    """
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise DataError("rows of numbers need an array of numbers (examples, columns); got something else") from None
    if array.ndim != 2:
        raise DataError(f"rows of numbers need an array (examples, columns); got one of shape {array.shape}")
    columns = columns or tuple(f"column {place + 1}" for place in range(array.shape[1]))
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        row, column = bad[0]
        raise DataError(f"row {row + 1} has {array[row, column]} in {columns[column]}: fill it in or leave the row out")
    return Numbers(array, columns, tuple(f"row {row + 1}" for row in range(len(array))))


def constant_columns_note(inputs: Numbers) -> tuple[str, ...]:
    """What is said of columns that have the same value in every row."""
    constant = [name for name, same in zip(inputs.columns, np.ptp(inputs.values, axis=0) == 0, strict=True) if same]
    if not constant or len(inputs) < 2:
        return ()
    told = ", ".join(constant[:5])
    return (f"the same value in every row, so that nothing can be learnt from it: {told}",)
