"""What a comparison found, cell by cell, and the JSON that it is kept in."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from lamina.comparing.plan import Cell, Contestant
from lamina.errors import DataError, SettingError
from lamina.model.saving import save_atomically
from lamina.model.strict_json import RefusedError, read_json

FORMAT = 1


@dataclass(frozen=True)
class Result:
    """One contestant with one amount of data and one seed.

    Args:
        name, view: the contestant.
        size: percent of the training examples.
        seed: of the split and of all chance.
        rows, tested: how many examples the share and the test part have.
        error: the mean of the measure over the test part.
        deviation: its standard deviation from example to example.
        fit_seconds, predict_seconds: of the chosen setting on the whole share, of the test part.
        tuning_seconds: what choosing the setting took; 0 where it was chosen for a smaller share.
        bytes: what was learnt, in bytes.
        setting: that was chosen.
        choice: its place among those that there are, the usual one first.
        tried: how many were tried; 1 where the time, or the examples, did not allow to choose, 0 where nothing is to be
            chosen.
    """

    name: str
    view: str
    size: float
    seed: int
    rows: int
    tested: int
    error: float
    deviation: float
    fit_seconds: float
    predict_seconds: float
    tuning_seconds: float
    bytes: int
    setting: str
    choice: int
    tried: int

    @property
    def contestant(self) -> Contestant:
        """Who learnt."""
        return Contestant(self.name, self.view)

    @property
    def cell(self) -> Cell:
        """Its place in the plan."""
        return Cell(self.contestant, self.size, self.seed)


@dataclass(frozen=True)
class LeftOut:
    """A cell that was not run, and why."""

    name: str
    view: str
    size: float
    seed: int
    why: str

    @property
    def contestant(self) -> Contestant:
        """Who would have learnt."""
        return Contestant(self.name, self.view)


@dataclass(frozen=True)
class Header:
    """What is compared; two comparisons with the same header may share their cells.

    Args:
        source, fingerprint: of the examples.
        target, measure: what is predicted, and how its error is measured.
        sizes, seeds: of the plan.
        contestants: (name, view) in the order of the plan.
        drawn: whether each seed draws a test part of its own; otherwise the source's own is kept.
        reading: what was said of parts and groups when the source was read.
        kinds: of a table's columns, each as name=kind.
        folds: the fingerprint of who learns from what and is tested on what.
    """

    source: str
    fingerprint: str
    target: str
    measure: str
    sizes: tuple[float, ...]
    seeds: int
    contestants: tuple[tuple[str, str], ...]
    drawn: bool
    reading: str = ""
    kinds: tuple[str, ...] = ()
    folds: str = ""


@dataclass(frozen=True)
class Found:
    """A comparison as far as it has come.

    Args:
        header: what is compared.
        results: the cells that were run.
        left_out: those that were not.
        seconds: how long all of it took.
        notes: what must be known.
    """

    header: Header
    results: tuple[Result, ...]
    left_out: tuple[LeftOut, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        from lamina.comparing.text import lines_of

        return "\n".join(lines_of(self))

    @property
    def contestants(self) -> list[Contestant]:
        """All of them, whether they were run or not."""
        return [Contestant(name, view) for name, view in self.header.contestants]

    def of(self, who: Contestant, size: float) -> list[Result]:
        """A contestant's results with one amount of data, by seed."""
        found = [one for one in self.results if one.contestant == who and one.size == size]
        return sorted(found, key=lambda one: one.seed)

    def errors(self, who: Contestant, size: float) -> list[float]:
        """A contestant's errors with one amount of data, by seed."""
        return [one.error for one in self.of(who, size)]

    def mean(self, who: Contestant, size: float) -> float:
        """Their mean; NaN where no seed was run."""
        errors = self.errors(who, size)
        return float(np.mean(errors)) if errors else math.nan

    def sizes_of(self, who: Contestant, least: int = 1) -> list[float]:
        """The amounts of data with which at least so many seeds were run."""
        return [size for size in self.header.sizes if len(self.errors(who, size)) >= least]

    def rows(self, size: float) -> int:
        """How many examples a size has."""
        return next((one.rows for one in self.results if one.size == size), 0)


def save_found(path: Path, found: Found, more: Mapping[str, Any] | None = None) -> None:
    """Write the comparison as JSON; the old file stays until the new one is whole.

    Args:
        path: of the file.
        found: the comparison.
        more: what was concluded from it.

    Raises:
        SaveError: it could not be written.
    """
    document = {"format": FORMAT, **asdict(found), **(more or {})}
    save_atomically(path, (json.dumps(document, indent=1, allow_nan=False) + "\n").encode("ascii"), lambda data: None)


def load_found(path: Path) -> Found:
    """A comparison that was saved.

    Raises:
        DataError: no such file, or something else in it.
    """
    try:
        document = read_json(path.read_text(encoding="ascii"), str(path))
        if document["format"] != FORMAT:
            raise DataError(f"{path} has the format {document['format']}; this version of Lamina reads {FORMAT}")
        header = {**document["header"], "sizes": tuple(document["header"]["sizes"])}
        header["contestants"] = tuple((name, view) for name, view in header["contestants"])
        header["kinds"] = tuple(header.get("kinds", ()))
        results = tuple(Result(**one) for one in document["results"])
        left_out = tuple(LeftOut(**one) for one in document["left_out"])
        return Found(Header(**header), results, left_out, document["seconds"], tuple(document["notes"]))
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}); --resume goes on with a saved comparison"
        ) from None
    except (RefusedError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} is no comparison of Lamina's: {error}") from None


def require_same(path: Path, kept: Header, now: Header) -> None:
    """Raise a SettingError where a saved comparison is of something else."""
    for field in fields(Header):
        before, wanted = getattr(kept, field.name), getattr(now, field.name)
        if before != wanted:
            if field.name == "kinds":
                before, wanted = _without(before, wanted), _without(wanted, before)
            raise SettingError(
                f"{path} was made with another {field.name} ({before} instead of {wanted}): give the same source and "
                f"options to go on with it, or leave --resume out and name another file with -o"
            )


def _without(these: Sequence[str], others: Sequence[str]) -> str:
    """Those that are not among the others, in words."""
    return ", ".join(one for one in these if one not in others) or "none"
