"""What is compared: who learns from what view of the data, from how much of it, with which seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lamina.errors import SettingError

NETWORK, GUESSING = "network", "guessing"
RAW = "raw values"
SIZES = (5.0, 10.0, 25.0, 50.0, 100.0)
SEEDS = 5
MOST_SEEDS = 100
SECONDS = 600.0


@dataclass(frozen=True)
class Contestant:
    """Who learns, and what it sees of the examples.

    Args:
        name: "network", "guessing", or a flat algorithm's.
        view: raw values, or what is computed from them: HOG, MFCC, TF-IDF.

    Example:
        >>> str(Contestant("SVM", "HOG")), str(Contestant("SVM"))
        ('SVM on HOG', 'SVM')
    """

    name: str
    view: str = RAW

    def __str__(self) -> str:
        return self.name if self.view == RAW else f"{self.name} on {self.view}"


@dataclass(frozen=True)
class Cell:
    """One contestant, one amount of data in percent of the training examples, one seed."""

    contestant: Contestant
    size: float
    seed: int

    def __str__(self) -> str:
        return f"{self.contestant}, {self.size:g} %, seed {self.seed}"


@dataclass(frozen=True)
class Plan:
    """All cells of a comparison.

    Args:
        contestants: in the order of the table.
        sizes: percents of the training examples, growing.
        seeds: how many; each draws a split of its own.
        left_out: sizes that nobody can learn from, each with the reason.
    """

    contestants: tuple[Contestant, ...]
    sizes: tuple[float, ...]
    seeds: int
    left_out: tuple[tuple[float, str], ...] = ()

    @property
    def cells(self) -> list[Cell]:
        """Small amounts first."""
        return [Cell(who, size, seed) for size in self.sizes for seed in range(self.seeds) for who in self.contestants]


def check_sizes(sizes: Sequence[float]) -> tuple[float, ...]:
    """Percents of the training examples in growing order, each once.

    Raises:
        SettingError: none, or one that is no percentage.

    Example:
        >>> check_sizes([100, 10])
        (10.0, 100.0)
    """
    found = tuple(sorted({float(size) for size in sizes}))
    if not found or not all(0 < size <= 100 for size in found):
        told = ", ".join(f"{size:g}" for size in found) or "none"
        raise SettingError(f"sizes are percents of the training examples, above 0 and up to 100; got {told}")
    return found


def sizes_from(text: str) -> tuple[float, ...]:
    """The sizes in a text: `5,10,25`.

    Raises:
        SettingError: no such numbers.

    Example:
        >>> sizes_from("5, 50,100")
        (5.0, 50.0, 100.0)
    """
    try:
        return check_sizes([float(one) for one in text.replace("%", "").split(",")])
    except ValueError as error:
        if isinstance(error, SettingError):
            raise
        raise SettingError(f"--sizes needs percents such as 5,10,25,50,100; got {text!r}") from None


def check_seeds(seeds: int) -> int:
    """How many seeds.

    Raises:
        SettingError: none, or very many.
    """
    if type(seeds) is not int or not 1 <= seeds <= MOST_SEEDS:
        raise SettingError(f"seeds must be a whole number from 1 to {MOST_SEEDS}; got {seeds!r}")
    return seeds
