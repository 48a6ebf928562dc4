"""Losses as arithmetic: the same number as the program's, line by line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import ExplanationError
from lamina.explaining.sums import ROUNDING, SMALLEST

DIGITS = 6


@dataclass(frozen=True)
class LossArithmetic:
    """A loss and its slope by each output.

    Args:
        name: of the loss.
        lines: how it is computed; empty where it cannot be shown.
        value: the loss, as the program computed it.
        slopes: its derivative by each output, as the program computed them.
    """

    name: str
    lines: tuple[str, ...]
    value: float
    slopes: tuple[float, ...]


Worked: TypeAlias = tuple[list[str], float, Numpy]
"""Lines, value, slopes."""


def cross_entropy(y: Numpy, t: Numpy, names: Sequence[str]) -> Worked:
    """p = e^y / sum e^y, L = -sum_c t_c ln p_c, slope p - t."""
    powers = np.exp(y - y.max())
    p = powers / powers.sum()
    value = float(-(t * np.log(np.maximum(p, 1e-300))).sum())
    lines = [
        "p = e^y / (the sum of all e^y); subtracting the largest y from all changes nothing",
        *_table(names, [("y", y), ("e^(y - largest)", powers), ("p", p), ("wanted", t), ("slope p - wanted", p - t)]),
        f"the sum of all e^(y - largest) = {number(powers.sum())}",
        f"L = -{_over(t, [f'ln {number(one)}' for one in p])} = {number(value)}",
    ]
    return lines, value, p - t


def quadratic(y: Numpy, t: Numpy, names: Sequence[str]) -> Worked:
    """L = 1/2 sum (y - t)^2, slope y - t."""
    value = float(0.5 * np.square(y - t).sum())
    squares = " + ".join(f"({number(a)} - {_bracket(b)})^2" for a, b in zip(y, t, strict=True))
    return [f"L = 1/2 ({_short(squares)}) = {number(value)}", *_slopes(names, y - t, "y - wanted")], value, y - t


def mean_squared_error(y: Numpy, t: Numpy, names: Sequence[str]) -> Worked:
    """L = mean (y - t)^2, slope 2 (y - t) / n."""
    value, slopes = float(np.square(y - t).mean()), 2 * (y - t) / len(y)
    squares = " + ".join(f"({number(a)} - {_bracket(b)})^2" for a, b in zip(y, t, strict=True))
    shown = f"({_short(squares)}) / {len(y)}" if len(y) > 1 else squares
    formula = "2 (y - wanted)" + (f" / {len(y)}" if len(y) > 1 else "")
    return [f"L = {shown} = {number(value)}", *_slopes(names, slopes, formula)], value, slopes


def mean_absolute_error(y: Numpy, t: Numpy, names: Sequence[str]) -> Worked:
    """L = mean |y - t|, slope sign(y - t) / n."""
    value, slopes = float(np.abs(y - t).mean()), np.sign(y - t) / len(y)
    parts = " + ".join(f"|{number(a)} - {_bracket(b)}|" for a, b in zip(y, t, strict=True))
    shown = f"({_short(parts)}) / {len(y)}" if len(y) > 1 else parts
    formula = "the sign of y - wanted" + (f", divided by {len(y)}" if len(y) > 1 else "")
    return [f"L = {shown} = {number(value)}", *_slopes(names, slopes, formula)], value, slopes


def huber(y: Numpy, t: Numpy, names: Sequence[str]) -> Worked:
    """L = mean (d^2 / 2 where d = |y - t| < 1, else d - 1/2), slope y - t held within -1 to 1."""
    d = np.abs(y - t)
    parts = np.where(d < 1, d * d / 2, d - 0.5)
    value, slopes = float(parts.mean()), np.clip(y - t, -1, 1) / len(y)
    lines = _table(names, [("y", y), ("wanted", t), ("d = |y - wanted|", d), ("d^2/2, or d - 1/2 from 1 on", parts),
                           ("slope", slopes)])  # fmt: skip
    return [*lines, f"L = the mean = {number(value)}"], value, slopes


def hinge(y: Numpy, t: Numpy, names: Sequence[str]) -> Worked:
    """L = sum max(0, 1 - s y), s = 1 for the class and -1 for the others; slope -s where 1 - s y > 0."""
    parts = np.maximum(0, 1 - t * y)
    slopes = np.where(parts > 0, -t, 0.0)
    lines = _table(names, [("y", y), ("s", t), ("max(0, 1 - s y)", parts), ("slope", slopes)])
    return [*lines, f"L = the sum = {number(parts.sum())}"], float(parts.sum()), slopes


ARITHMETIC: Mapping[str, Callable[[Numpy, Numpy, Sequence[str]], Worked]] = {
    "cross_entropy": cross_entropy,
    "quadratic": quadratic,
    "mean_squared_error": mean_squared_error,
    "mean_absolute_error": mean_absolute_error,
    "huber": huber,
    "hinge": hinge,
}


def loss_arithmetic(
    name: str, outputs: Numpy, target: Numpy | None, names: Sequence[str], value: float, slopes: Numpy
) -> LossArithmetic:
    """The loss of one example as lines.

    Args:
        name: of the loss.
        outputs: (outputs,) of the network.
        target: (outputs,), as the loss compares them; None where it compares something else.
        names: of the outputs.
        value, slopes: as the program computed them.

    Raises:
        ExplanationError: the lines lead to another number.

    Example:
        >>> import numpy as np
        >>> y, t = np.array([10.0]), np.array([6.0])
        >>> print(loss_arithmetic("quadratic", y, t, ["y"], 8.0, np.array([4.0])).lines[0])
        L = 1/2 ((10 - 6)^2) = 8
    """
    flat = tuple(float(one) for one in slopes.ravel())
    if target is None or name not in ARITHMETIC or outputs.ndim != 1:
        return LossArithmetic(name, (), value, flat)
    lines, again, own = ARITHMETIC[name](outputs.astype(np.float64), target.astype(np.float64), names)
    if not abs(again - value) <= ROUNDING * max(1.0, abs(value)) + SMALLEST:
        raise ExplanationError(f"the loss {name} is {again:.7g} by hand, but the program has {value:.7g}")
    if not np.abs(own - slopes).max(initial=0.0) <= ROUNDING * max(1.0, np.abs(own).max(initial=0.0)):
        raise ExplanationError(f"the slopes of the loss {name} are not those that the program has")
    return LossArithmetic(name, tuple(lines), value, flat)


def number(value: float) -> str:
    """A number with six digits.

    Example:
        >>> number(0.1 + 0.2), number(-0.0), number(1234567.0)
        ('0.3', '0', '1.23457e+06')
    """
    return f"{float(value) + 0.0:.{DIGITS}g}"


def _table(names: Sequence[str], columns: Sequence[tuple[str, Numpy]]) -> list[str]:
    """A row for each output: of many those with the largest slope."""
    order = sorted(range(len(names)), key=lambda row: -abs(columns[-1][1][row]))[:10]
    rows = [["", *(title for title, _ in columns)]]
    rows += [[names[row], *(number(values[row]) for _, values in columns)] for row in sorted(order)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ["  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
             for row in rows]  # fmt: skip
    left = len(names) - len(order)
    return lines + ([f"... and {left} others with smaller slopes"] if left else [])


def _slopes(names: Sequence[str], slopes: Numpy, formula: str) -> list[str]:
    return _table(names, [(f"slope {formula}", slopes)])


def _over(t: Numpy, logs: Sequence[str]) -> str:
    certain = np.flatnonzero(t == 1)
    if len(certain) == 1 and t.sum() == 1:
        return logs[int(certain[0])]
    return "(the sum of wanted x ln p)"


def _bracket(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _short(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most]} ..."
