"""How one column of a table becomes numbers: on the host one number a value (or a few), in the program its features.

NumberColumn      standardized, piecewise linear between quantiles, and whether it is missing
CategoryColumn    one-hot, with a slot for values never seen and one for missing ones
DateColumn        year and time standardized; month, weekday and hour as points on a circle

Texts stand in text_columns.py, pictures in picture_column.py.
"""

from __future__ import annotations

import abc
import math
from collections import Counter
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy, jax, jnp
from lamina.data.number_forms import PLAIN, NumberForm, shown, unstandardized
from lamina.data.table import texts_of
from lamina.errors import DataError, SettingError
from lamina.recipes import describe, recipe

MOST_VALUES = 10_000
"""More values of a category than this share the unknown slot: the file's header holds them."""
RARE = "(rare)"
DAY = 86_400.0
CIRCLES = ((DAY, 0.0), (7 * DAY, 4 * DAY), (365.2425 * DAY, 0.0))
"""Seconds of a day, a week and a year, and where each is taken to begin (1970 began on a Thursday)."""


class Column(abc.ABC):
    """A recipe for one column, with what was fitted on the training rows."""

    name: str

    @property
    def width(self) -> int:
        """How many numbers the host keeps of a value."""
        return 1

    @property
    @abc.abstractmethod
    def features(self) -> int:
        """How many numbers the network sees of a value."""

    @abc.abstractmethod
    def encode(self, values: Numpy) -> Numpy:
        """Values of the column (rows,), numbers or texts, as float32 (rows, width).

        Raises:
            DataError: a value that is of another kind; says which.
        """

    @abc.abstractmethod
    def expand(self, x: Array) -> Array:
        """(batch, width) -> (batch, features), inside the compiled program."""

    @abc.abstractmethod
    def values_of(self, features: Numpy) -> list[Any]:
        """The values whose features are nearest to these (rows, features), None for a missing one."""

    @abc.abstractmethod
    def made_up(self) -> list[str]:
        """Texts for the proof, such that each fitted number matters."""

    @abc.abstractmethod
    def describe(self) -> str:
        """What is done to a value, in a few words."""

    def __repr__(self) -> str:
        return describe(self)


@recipe
class NumberColumn(Column):
    """A number: (x - mean) / scale, where it lies between the training quantiles, and whether it is missing.

    Between two neighboring edges a feature rises from 0 to 1; below it is 0, above it is 1. A network can so learn a
    different slope in each range. A missing value is taken as the mean and as the middle of the quantiles.

    Source:
        Gorishniy et al., On Embeddings for Numerical Features in Tabular Deep Learning (2022), equation 1.
    """

    name: str
    mean: float
    scale: float
    edges: tuple[float, ...] = ()
    can_miss: bool = False
    form: NumberForm = PLAIN

    def __post_init__(self) -> None:
        finite = all(map(math.isfinite, (self.mean, self.scale, *self.edges)))
        if not finite or self.scale <= 0:
            raise SettingError(f"the column {self.name} needs finite numbers and a positive scale")
        if any(a >= b for a, b in zip(self.edges, self.edges[1:], strict=False)):
            raise SettingError(f"the column {self.name} needs edges that rise")

    @property
    def features(self) -> int:
        """The number, its places between the edges, and a mark where values can be missing."""
        return 1 + max(0, len(self.edges) - 1) + self.can_miss

    def encode(self, values: Numpy) -> Numpy:
        """Standardized; NaN where missing."""
        numbers = self.form.read(values, self.name)
        with np.errstate(over="ignore"):
            standardized = ((numbers - self.mean) / self.scale).astype(np.float32)
        if np.isinf(standardized).any():
            far = shown(float(numbers[np.isinf(standardized)][0]))
            raise DataError(f"{self.name} is {far}, too far from the numbers of training (mean {self.mean:.4g})")
        return standardized[:, None]

    def expand(self, x: Array) -> Array:
        """The number, its piecewise linear places, and the mark."""
        lacking = jnp.isnan(x)
        known = jnp.where(lacking, 0.0, x)
        parts = [known]
        if len(self.edges) > 1:
            edges = jnp.asarray((np.asarray(self.edges) - self.mean) / self.scale, jnp.float32)
            places = (known - edges[:-1]) / (edges[1:] - edges[:-1])
            parts.append(jnp.clip(places, 0.0, 1.0))
        return jnp.concatenate([*parts, lacking.astype(x.dtype)] if self.can_miss else parts, axis=1)

    def values_of(self, features: Numpy) -> list[Any]:
        """Numbers to a hundredth of the deviation, written in their form where that is not the plain one."""
        numbers = unstandardized(features[:, 0], self.mean, self.scale)
        lacking = features[:, -1] > 0.5 if self.can_miss else np.zeros(len(features), bool)
        written = numbers if self.form == PLAIN else [self.form.write(number) for number in numbers]
        return [None if mark else value for value, mark in zip(written, lacking, strict=True)]

    def describe(self) -> str:
        """Mean, deviation, bins, form."""
        told = f"number: less {self.mean:.4g}, over {self.scale:.4g}"
        told += f"; {len(self.edges) - 1} bins" if len(self.edges) > 1 else ""
        told += "; a mark where missing" if self.can_miss else ""
        return told + (f"; {self.form.describe()}" if self.form.describe() else "")

    def made_up(self) -> list[str]:
        """Numbers around the mean and between the edges, and a missing one."""
        middles = [0.4 * a + 0.6 * b for a, b in zip(self.edges, self.edges[1:], strict=False)]
        numbers = [self.mean + step * self.scale for step in (-0.7, 0.3, 1.1)] + middles
        return [self.form.write(number) for number in numbers] + ([""] if self.can_miss else [])


@recipe
class CategoryColumn(Column):
    """One of a few values: a feature for each, and one that the rare values share.

    Missing values are a value of their own, written "". A value never seen in training is taken as a rare one; where
    training had none, as equal parts of all values.
    """

    name: str
    values: tuple[str, ...]
    rare: bool = False

    def __post_init__(self) -> None:
        if not self.values or len(set(self.values)) < len(self.values) or len(self.values) > MOST_VALUES:
            raise SettingError(f"the column {self.name} needs 1 to {MOST_VALUES:,} values that differ")

    @property
    def features(self) -> int:
        """One a value, and one for the rare."""
        return len(self.values) + self.rare

    def encode(self, values: Numpy) -> Numpy:
        """1, 2, 3 ... for the values; 0 for what was never seen."""
        places = {value: float(place) for place, value in enumerate(self.values, 1)}
        return np.array([places.get(text, 0.0) for text in texts_of(values)], np.float32)[:, None]

    def unknown(self, values: Numpy) -> list[str]:
        """The values that are none of those of training, missing ones left out."""
        known = {"", *self.values}
        return [text for text in texts_of(values) if text not in known]

    def expand(self, x: Array) -> Array:
        """One-hot."""
        places = x[:, 0].astype(jnp.int32)
        if self.rare:
            return jax.nn.one_hot(places, self.features, dtype=x.dtype)
        hot = jax.nn.one_hot(places - 1, self.features, dtype=x.dtype)
        return jnp.where(places[:, None] == 0, 1.0 / self.features, hot)

    def values_of(self, features: Numpy) -> list[Any]:
        """The value of the largest feature; of those that all rare values share, RARE."""
        named = (RARE, *self.values) if self.rare else self.values
        return [named[place] or None for place in features.argmax(axis=1)]

    def describe(self) -> str:
        """The values."""
        shown_values = ", ".join(value or "(missing)" for value in self.values[:8])
        more = " ..." if len(self.values) > 8 else ""
        return f"category: one of {len(self.values):,}{' or a rare one' if self.rare else ''}: {shown_values}{more}"

    def made_up(self) -> list[str]:
        """Some of the values, and one that is none of them."""
        step = -(-len(self.values) // 8)
        return [*self.values[::step], "never seen" if "never seen" not in self.values else "never seen before"]


@recipe
class DateColumn(Column):
    """A moment: how long ago, standardized; the time of day, the day of the week and of the year on circles."""

    name: str
    form: str
    mean: float
    scale: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.scale) and self.scale > 0):
            raise SettingError(f"the column {self.name} needs a finite mean and a positive scale")

    @property
    def width(self) -> int:
        """All of it: float32 cannot hold seconds."""
        return self.features

    @property
    def features(self) -> int:
        """The time, two numbers a circle, and a mark for missing ones."""
        return 2 + 2 * len(CIRCLES)

    def encode(self, values: Numpy) -> Numpy:
        """Everything, on the host; zeros and a mark where missing."""
        from lamina.data.dates import read_dates

        seconds = read_dates(values, self.form, self.name)
        lacking = np.isnan(seconds)
        seconds = np.where(lacking, 0.0, seconds)
        parts = [(seconds - self.mean) / self.scale]
        for period, start in CIRCLES:
            angle = 2 * np.pi * ((seconds - start) % period) / period
            parts += [np.sin(angle), np.cos(angle)]
        return np.stack([*(np.where(lacking, 0.0, part) for part in parts), lacking], axis=1).astype(np.float32)

    def expand(self, x: Array) -> Array:
        """As it is."""
        return x

    def values_of(self, features: Numpy) -> list[Any]:
        """Moments, from the time alone."""
        from lamina.data.dates import write_date

        moments = [write_date(self.mean + self.scale * float(x), self.form) for x in features[:, 0]]
        return [None if mark > 0.5 else moment for moment, mark in zip(moments, features[:, -1], strict=True)]

    def describe(self) -> str:
        """The form."""
        return f"date ({self.form}): time, and day, week and year as points on circles"

    def made_up(self) -> list[str]:
        """Moments around the mean, and a missing one."""
        from lamina.data.dates import write_date

        return [*(write_date(self.mean + step * self.scale, self.form) for step in (-0.6, 0.2, 1.3)), ""]


def fit_number(name: str, numbers: Numpy, bins: int, form: NumberForm) -> NumberColumn:
    """Mean, deviation and quantiles of the numbers that are there."""
    known = numbers[~np.isnan(numbers)]
    known = known if len(known) else np.zeros(1)
    largest = float(np.abs(known).max()) or 1.0  # squares of huge numbers would be infinite
    mean, spread = float((known / largest).mean()) * largest, float((known / largest).std()) * largest
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1))) if bins else np.zeros(0)
    small = 1e-12 * max(1.0, largest)
    edges = edges[np.concatenate([[True], np.diff(edges) > max(small, 1e-6 * spread)])] if len(edges) else edges
    can_miss = bool(np.isnan(numbers).any())
    return NumberColumn(
        name, mean, spread if spread > small else 1.0, tuple(edges.tolist()) if len(edges) > 2 else (), can_miss, form
    )


def fit_category(name: str, values: Numpy, least: int) -> CategoryColumn:
    """The values that come at least so often; the rarer ones share a feature."""
    counts = Counter(texts_of(values))
    often = [value for value, count in counts.most_common(MOST_VALUES) if count >= least] or [max(counts)]
    return CategoryColumn(name, tuple(sorted(often)), len(often) < len(counts))


def fit_date(name: str, values: Numpy, form: str) -> DateColumn:
    """Mean and deviation of the moments."""
    from lamina.data.dates import read_dates

    seconds = read_dates(values, form, name)
    known = seconds[~np.isnan(seconds)]
    known = known if len(known) else np.zeros(1)
    return DateColumn(name, form, float(known.mean()), float(known.std()) or DAY)
