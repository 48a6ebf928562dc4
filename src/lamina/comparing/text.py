"""A comparison in words: the table, the curves, what was not run, the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lamina.comparing.plan import GUESSING, Contestant
from lamina.comparing.results import Found
from lamina.comparing.verdict import compared_at, curve, deviation, shown, verdict

NOTHING = "-"


def lines_of(found: Found) -> list[str]:
    """Everything that a person reads of a comparison."""
    size = compared_at(found) or max((one.size for one in found.results), default=None)
    lines = []
    if size is not None:
        lines += [f"{found.header.measure} with {size:g} % of the training examples ({found.rows(size):,}):", ""]
        lines += [*table(found, size), "", f"{found.header.measure} by the share of the training examples:", ""]
        lines += [*curves(found), ""]
    return [*lines, *not_chosen(found), *not_run(found), f"verdict: {verdict(found)}"]


def table(found: Found, size: float) -> list[str]:
    """A row a contestant with one amount of data, the lowest mean error first; those without results at the end."""
    order = sorted(found.contestants, key=lambda who: _last_if_nan(found.mean(who, size)))
    head = ["", found.header.measure, "spread", "fit", "1,000 answers", "size", "seeds"]
    return aligned([head, *(_row(found, who, size) for who in order)])


def _row(found: Found, who: Contestant, size: float) -> list[str]:
    results = found.of(who, size)
    if not results:
        return [str(who), *[NOTHING] * 5, f"0 of {found.header.seeds}"]
    errors = [one.error for one in results]
    spread = deviation(errors)
    answer = float(np.mean([1000 * one.predict_seconds / one.tested for one in results]))
    return [
        str(who), shown(found, float(np.mean(errors))), NOTHING if spread is None else f"± {shown(found, spread)}",
        in_seconds(float(np.mean([one.fit_seconds for one in results]))), in_seconds(answer),
        in_bytes(float(np.mean([one.bytes for one in results]))), f"{len(results)} of {found.header.seeds}",
    ]  # fmt: skip


def curves(found: Found) -> list[str]:
    """A row a contestant: its mean error with each amount of data, and how the curve ends."""
    sizes = found.header.sizes
    head = ["", *(f"{size:g} %" for size in sizes), "at its end"]
    order = sorted(found.contestants, key=lambda who: _last_if_nan(found.mean(who, sizes[-1])))
    return aligned(
        [head, *([str(who), *(_mean(found, who, size) for size in sizes), end(found, who)] for who in order)]
    )


def _mean(found: Found, who: Contestant, size: float) -> str:
    mean = found.mean(who, size)
    return NOTHING if math.isnan(mean) else shown(found, mean)


def end(found: Found, who: Contestant) -> str:
    """Whether a contestant's error still falls between its last two amounts of data, with the interval."""
    if who.name == GUESSING:
        return ""
    ended = curve(found, who)
    if ended.change is None:
        return "unknown: needs two amounts with two seeds each"
    low, high = (
        f"{'-' if side < 0 else '+'}{shown(found, abs(side))}" for side in (ended.change.low, ended.change.high)
    )
    return f"{ended.word} ({low} to {high}, {ended.sizes[0]:g} to {ended.sizes[1]:g} %)"


def not_run(found: Found) -> list[str]:
    """The cells that were not run, a line a contestant, with the reason for the smallest."""
    if not found.left_out:
        return []
    lines = [f"not run, {len(found.left_out):,} of {len(found.left_out) + len(found.results):,} cells:"]
    for who in found.contestants:
        left = sorted((one for one in found.left_out if one.contestant == who), key=lambda one: (one.size, one.seed))
        if left:
            sizes = {size: [one.seed for one in left if one.size == size] for size in (one.size for one in left)}
            told = ", ".join(_size_and_seeds(found, size, seeds) for size, seeds in sizes.items())
            lines.append(f"  {who}: {told}; {left[0].size:g} %: {left[0].why}")
    return [*lines, ""]


def _size_and_seeds(found: Found, size: float, seeds: Sequence[int]) -> str:
    """`5 %`, or `5 % (seeds 1 to 4)` where others of its seeds were run."""
    return f"{size:g} %" if len(seeds) == found.header.seeds else f"{size:g} % (seeds {numbers(seeds)})"


def not_chosen(found: Found) -> list[str]:
    """Who took the usual setting since others could not be tried, and with how much of the data."""
    told = []
    for who in found.contestants:
        sizes = sorted({one.size for one in found.results if one.contestant == who and one.tried == 1})
        if sizes:
            told.append(f"{who} ({', '.join(f'{size:g} %' for size in sizes)})")
    if not told:
        return []
    return [f"with the usual setting, since there was no time, or nothing, to try others on: {', '.join(told)}", ""]


def numbers(values: Sequence[int]) -> str:
    """Whole numbers in short.

    Example:
        >>> numbers([4, 0, 1, 2])
        '0 to 2, 4'
    """
    runs: list[list[int]] = []
    for value in sorted(values):
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns of one width: the first and the last to the left, numbers to the right.

    Example:
        >>> aligned([["", "error", "x"], ["tree", "10.5 %", "a"]])
        ['       error  x', 'tree  10.5 %  a']
    """
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True)),
             row[-1]]
        ).rstrip()
        for row in rows
    ]  # fmt: skip


def in_seconds(seconds: float) -> str:
    """A time as a person reads it.

    Example:
        >>> in_seconds(0.0123), in_seconds(2.345), in_seconds(150)
        ('12 ms', '2.3 s', '150 s')
    """
    if seconds < 1:
        return f"{1000 * seconds:.{0 if seconds >= 0.01 else 1}f} ms"
    return f"{seconds:.{1 if seconds < 100 else 0}f} s"


def in_bytes(size: float) -> str:
    """Bytes as a person reads them.

    Example:
        >>> in_bytes(512), in_bytes(2048), in_bytes(5 * 1024**2)
        ('512 B', '2 KiB', '5.0 MiB')
    """
    if size < 1024:
        return f"{size:.0f} B"
    return f"{size / 1024:.0f} KiB" if size < 1024**2 else f"{size / 1024**2:.1f} MiB"


def _last_if_nan(value: float) -> float:
    return math.inf if math.isnan(value) else value
