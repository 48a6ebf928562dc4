"""What an experiment gives: a section of RESULTS.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lamina
from benchmarks.commands import data_set
from lamina.model.run import Run


@dataclass(frozen=True)
class Section:
    """A title, what was measured in words, and a table."""

    title: str
    what: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]


def finished(source: Any, network: Any = None, **options: Any) -> Run:
    """A run at its end, with a line for each epoch that took long."""
    run = lamina.train(source, network, **options)
    for epoch in run:
        if epoch.seconds > 5:
            print(epoch, flush=True)
    return run


def mnist() -> Path:
    """The folder of MNIST."""
    return data_set("mnist")


def percent(share: float) -> str:
    """A share of one as a percentage."""
    return f"{100 * share:.2f} %"
