"""How people write numbers: decimal comma, thousands, a unit before or behind."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import DataError, SettingError
from lamina.recipes import describe, recipe

CELL = re.compile(
    r"^\s*(?P<before>[^\w\s+\-.,]{0,3})\s*"
    r"(?P<number>[+-]?[\d.,'\u00a0\u202f ]*\d[.,]?(?:[eE][+-]?\d+)?)\s*"
    r"(?P<behind>[^\d\s.,][^\d]{0,11})?\s*$"
)
THOUSANDS = ("", ",", ".", "'", " ", "\u00a0", "\u202f")
GROUPED = re.compile(r"[+-]?\d{1,3}(_\d{3})+", re.ASCII)
LOOKED_AT = 500
NEARLY_ALL = 0.95
MOST_ABSENT = 100
LEAST_NUMBERS = 5
"""More different numbers than this are a column of numbers although one text is none."""
PLAIN_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@recipe
class NumberForm:
    """How the numbers of a column are written.

    Args:
        decimal: the decimal mark, "." or ",".
        thousands: what divides thousands, "" for nothing.
        before, behind: a unit, such as "$" or "kg".
        absent: texts of the training table that stand for a missing number, such as "unknown".
    """

    decimal: str = "."
    thousands: str = ""
    before: str = ""
    behind: str = ""
    absent: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.decimal not in (".", ",") or self.thousands not in THOUSANDS or self.decimal == self.thousands:
            raise SettingError(f"numbers need a decimal mark (. or ,) and another one for thousands; got {self!r}")

    def __repr__(self) -> str:
        return describe(self)

    def read(self, values: Numpy, name: str) -> Numpy:
        """Values as float64, NaN where missing.

        Raises:
            DataError: a value that is no number of this form.
        """
        if values.dtype.kind == "f":
            return np.asarray(values)
        found: dict[str | None, float] = {None: math.nan, **dict.fromkeys(self.absent, math.nan)}
        for value in values.tolist():
            if value not in found:
                found[value] = self._read_one(value, name)
        return np.array([found[value] for value in values.tolist()])

    def parse(self, text: str) -> float | None:
        """One text as a finite number; None where it is none."""
        bare = text.strip().removeprefix(self.before).removesuffix(self.behind).strip()
        if self.thousands and self.thousands in bare:
            if GROUPED.fullmatch(bare.partition(self.decimal)[0].replace(self.thousands, "_")) is None:
                return None
            bare = bare.replace(self.thousands, "")
        if self.decimal == ",":
            bare = "x" if "." in bare else bare.replace(",", ".")
        if PLAIN_NUMBER.fullmatch(bare) is None:
            return None
        number = float(bare)
        return number if math.isfinite(number) else None

    def write(self, number: float) -> str:
        """A number in this form."""
        text = repr(number).replace(".", self.decimal) if self.decimal == "," else repr(number)
        return f"{self.before}{text}{self.behind}"

    def describe(self) -> str:
        """The form in words, "" for the plain one."""
        told = ["decimal comma"] if self.decimal == "," else []
        told += [f"thousands divided by {self.thousands!r}"] if self.thousands else []
        told += [f"the unit {self.before or self.behind}"] if self.before or self.behind else []
        return ", ".join(told)

    def _read_one(self, value: str, name: str) -> float:
        if not value.strip() or value.strip() in self.absent:
            return math.nan
        number = self.parse(value)
        if number is None:
            raise DataError(f"{name} needs a number; got {value[:60]!r}")
        return number


PLAIN = NumberForm()


def find_form(texts: list[str]) -> NumberForm | None:
    """The form in which these texts are numbers; None where there is none.

    Up to a twentieth of the different texts, or one that holds no digit, may be none: they stand for missing numbers.
    """
    step = max(1, len(texts) // LOOKED_AT)
    if _find_form(list(dict.fromkeys(texts[::step]))) is None:
        return None
    return _find_form(list(dict.fromkeys(texts)))


def _find_form(texts: list[str]) -> NumberForm | None:
    cells = [CELL.match(text) for text in texts]
    found = [cell for cell in cells if cell is not None]
    if not found or _too_many(cells, texts):
        return None
    units = [Counter((cell[side] or "").strip() for cell in found).most_common(1)[0] for side in ("before", "behind")]
    if any(count < NEARLY_ALL * len(found) for _, count in units):
        return None
    before, behind = (unit for unit, _ in units)
    numbers = [cell["number"] for cell in found if (cell["before"] or "") == before]
    for decimal, thousands in _marks(numbers):
        form = NumberForm(decimal, thousands, before, behind)
        parsed = [form.parse(text) for text in texts]
        if not _too_many(parsed, texts):
            pairs = zip(texts, parsed, strict=True)
            return replace(form, absent=tuple(sorted({text.strip() for text, number in pairs if number is None})))
    return None


def _too_many(found: Sequence[object], texts: list[str]) -> bool:
    """Whether more texts than may be are no numbers."""
    odd = [text for text, one in zip(texts, found, strict=True) if one is None]
    if len(odd) == 1 and len(texts) > LEAST_NUMBERS and not any(character.isdigit() for character in odd[0]):
        return False
    return len(odd) > MOST_ABSENT or len(odd) > (1 - NEARLY_ALL) * len(texts)


def unstandardized(x: Numpy, mean: float, scale: float) -> list[float]:
    """mean + scale x, to a hundredth of the scale.

    Example:
        >>> unstandardized(np.array([0.0, 1.23456]), 5.0, 2.0)
        [5.0, 7.47]
    """
    digits = 2 - math.floor(math.log10(scale))
    return [round(mean + scale * float(number), digits) for number in x]


def shown(number: float) -> str:
    """A number as one writes it: whole ones without a point."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e16 else repr(number)


def _marks(numbers: list[str]) -> list[tuple[str, str]]:
    """Pairs (decimal mark, mark of thousands) that fit, the likeliest first."""
    both = next((number for number in numbers if "," in number and "." in number), None)
    if both is not None:
        return [(".", ",")] if both.rfind(".") > both.rfind(",") else [(",", ".")]
    odd = next((mark for mark in THOUSANDS[3:] if any(mark in number for number in numbers)), "")
    if odd:
        return [(".", odd), (",", odd)]
    if any("," in number for number in numbers):
        grouped = all(re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+|[+-]?\d+", number) for number in numbers)
        several = any(number.count(",") > 1 for number in numbers)
        return [(".", ",")] if grouped and (several or _look_grouped(numbers)) else [(",", "")]
    dotted = [number for number in numbers if number.count(".") > 1]
    grouped = bool(dotted) and all(re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+", number) for number in dotted)
    return [(",", ".")] if grouped else [(".", "")]  # 31.12.2001 is a date


def _look_grouped(numbers: list[str]) -> bool:
    """Whether three digits behind every comma are no chance: decimals of so many numbers would differ in length."""
    with_comma = [number for number in numbers if "," in number]
    return len(with_comma) >= 3 and not any(number.lstrip("+-").startswith("0,") for number in with_comma)
