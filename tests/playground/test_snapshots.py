"""Snapshots thin out evenly, the start and the newest one stay."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

from lamina.playground.snapshots import Snapshots


def test_many_snapshots_thin_out_evenly() -> None:
    kept = Snapshots(most=10)
    for number in range(200):
        made: Any = SimpleNamespace(step=number)
        kept.add(made, 0.0, made, made)
    numbers = [one.number for one in kept]
    assert len(numbers) <= 10
    assert (numbers[0], numbers[-1]) == (0, 199)
    gaps = [b - a for a, b in itertools.pairwise(numbers)]
    assert all(gap > 0 for gap in gaps)
    assert max(gaps) < 120
    kept.cut_after(numbers[-2])
    assert kept.last.number == numbers[-2]
