"""Rows of numbers, standardized."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy, Shape
from lamina.data.encoders import Decoded, Encoder
from lamina.data.inputs import Inputs, Numbers, RawExample, Skipped
from lamina.data.number_forms import unstandardized
from lamina.errors import DataError, SettingError
from lamina.recipes import recipe

NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*", re.ASCII)


@recipe
class NumberEncoder(Encoder):
    """Each column brought to mean 0 and standard deviation 1 on the training rows: (x - mean) / scale.

    Args:
        columns: their names, in order.
        means, scales: of each column; the scale of a constant column is 1.

    Raises:
        SettingError: lists of different lengths, a scale that is not positive, a column twice.

    Example:
        >>> encoder = NumberEncoder(("length",), (2.0,), (0.5,))
        >>> encoder.encode_raw(("3.0",)).tolist()
        [2.0]
    """

    columns: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.columns or not len(self.columns) == len(self.means) == len(self.scales):
            raise SettingError("NumberEncoder needs a mean and a scale for each of at least one column")
        if len(set(self.columns)) < len(self.columns):
            raise SettingError("NumberEncoder needs column names that differ; one comes twice")
        if not all(math.isfinite(scale) and scale > 0 for scale in self.scales):
            raise SettingError("NumberEncoder needs positive scales")
        if not all(map(math.isfinite, self.means)):
            raise SettingError("NumberEncoder needs finite means")

    @property
    def input_shape(self) -> Shape:
        """(columns,)."""
        return (len(self.columns),)

    def encode(self, inputs: Inputs) -> tuple[Numpy, Numpy, tuple[Skipped, ...]]:
        """Every row, standardized, float32."""
        if not isinstance(inputs, Numbers):
            raise DataError(f"the model takes rows of numbers; got {type(inputs).__name__.lower()}")
        if inputs.values.shape[1] != len(self.columns):
            raise DataError(f"{self._needs()}; got {inputs.values.shape[1]} columns")
        encoded = self._standardize(inputs.values)
        fits = np.isfinite(encoded).all(axis=1)
        why = "it has a number too large for the model"
        skipped = tuple(Skipped(inputs.names[row], why, row) for row in np.flatnonzero(~fits).tolist())
        return encoded[fits], np.flatnonzero(fits), skipped

    def encode_raw(self, example: RawExample) -> Numpy:
        """A row of texts, standardized."""
        if not isinstance(example, tuple) or len(example) != len(self.columns):
            raise DataError(self._needs())
        values = [parse_number(str(text), name) for text, name in zip(example, self.columns, strict=True)]
        return np.asarray(self._standardize(np.array([values]))[0])

    def on_device(self, x: Array) -> Array:
        """x as it is."""
        return x

    @property
    def design(self) -> Hashable:
        """All of them alike: what was fitted is applied on the host."""
        return NumberEncoder

    def columns_of(self, x: Numpy) -> dict[str, list[Any]]:
        """Standardized rows as each column's numbers, to a hundredth of its deviation."""
        fitted = zip(self.columns, self.means, self.scales, strict=True)
        return {name: unstandardized(x[:, place], mean, scale) for place, (name, mean, scale) in enumerate(fitted)}

    def made_up(self) -> list[RawExample]:
        """Rows of a few scales around the means, so that each mean and scale changes the answers."""
        raw = np.random.Philox(key=[1, len(self.columns)]).random_raw(8 * len(self.columns))
        draws = (raw >> np.uint64(11)).reshape(8, -1) / 2.0**51 - 2
        with np.errstate(over="ignore"):
            rows = np.asarray(self.means) + np.asarray(self.scales) * draws
        rows = np.where(np.isfinite(rows), rows, np.asarray(self.means))
        return [tuple(map(repr, row)) for row in rows.tolist()]

    def _standardize(self, values: Numpy) -> Numpy:
        with np.errstate(over="ignore"):
            return np.asarray(((values - np.asarray(self.means)) / np.asarray(self.scales)).astype(np.float32))

    def _needs(self) -> str:
        return f"the model takes rows of {len(self.columns)} numbers ({self._named()})"

    def _named(self) -> str:
        return ", ".join(self.columns[:6]) + (" ..." if len(self.columns) > 6 else "")


@dataclass(frozen=True, eq=False)
class DecodedNumbers(Decoded):
    """Rows of numbers as they are."""

    inputs: Numbers
    kept: Numpy
    skipped: tuple[Skipped, ...] = ()

    def fit(self, training: Numpy) -> tuple[Encoder, Numpy]:
        """Means and scales of the training rows."""
        encoder = fit_numbers(self.inputs, training)
        return encoder, encoder.encode(self.inputs)[0]


def decode_numbers(inputs: Numbers) -> DecodedNumbers:
    """Nothing to read: every row is kept."""
    return DecodedNumbers(inputs, np.arange(len(inputs)))


def fit_numbers(inputs: Numbers, rows: Numpy) -> NumberEncoder:
    """The encoder with means and standard deviations of these rows.

    Raises:
        DataError: numbers so large that they have no standard deviation in double precision; names the column.
    """
    values = inputs.values[rows]
    with np.errstate(over="ignore", invalid="ignore"):
        spreads = values.std(axis=0)
    for place in np.flatnonzero(~np.isfinite(spreads)).tolist():
        most = np.abs(values[:, place]).max()
        raise DataError(
            f"{inputs.columns[place]} holds numbers up to {most:.3g}, too large to learn from: scale it down"
        )
    scales = np.where(spreads > 1e-12 * np.maximum(1.0, np.abs(values).max(axis=0)), spreads, 1.0)
    return NumberEncoder(inputs.columns, tuple(values.mean(axis=0).tolist()), tuple(scales.tolist()))


def parse_number(text: str, column: str) -> float:
    """A finite number from a text, written with a point: `-1.5`, `2e3`.

    Raises:
        DataError: no number; names the column and the text.
    """
    if NUMBER.fullmatch(text) is None:
        hint = ". Write it with a point: 1.5" if COMMA.fullmatch(text) else ""
        raise DataError(f"{column} needs a number; got {text[:60]!r}{hint}")
    value = float(text)
    if not math.isfinite(value):
        raise DataError(f"{column} needs a finite number; got {text[:60]!r}")
    return value
