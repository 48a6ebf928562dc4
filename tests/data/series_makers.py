"""Series as tables, for the tests of what reads them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy


def months(count: int, start: int = 1990) -> list[str]:
    """1990-01, 1990-02 ..."""
    return [f"{start + place // 12}-{place % 12 + 1:02}" for place in range(count)]


def days(count: int, start: str = "2001-01-01") -> list[str]:
    """2001-01-01, 2001-01-02 ..."""
    first = datetime.date.fromisoformat(start)
    return [str(first + datetime.timedelta(place)) for place in range(count)]


def wave(count: int, season: int = 12, noise: float = 0.0, trend: float = 0.1) -> Numpy:
    """A sine on a rising line."""
    place = np.arange(count)
    chance = np.random.default_rng(0)
    return np.asarray(20 + trend * place + 5 * np.sin(2 * np.pi * place / season) + noise * chance.normal(size=count))


def write_table(path: Path, **columns: Iterable[Any]) -> Path:
    """A CSV file with these columns."""
    values = [list(column) for column in columns.values()]
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*values, strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
