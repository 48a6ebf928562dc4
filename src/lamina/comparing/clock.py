"""The time that is left, and what each cell is going to take: foreseen from what was measured on smaller amounts."""

from __future__ import annotations

import math
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from lamina.comparing.plan import Contestant

MARGIN = 1.5
"""What is foreseen may be wrong by so much."""
STEEPEST = 3.0
NOISE_SECONDS = 0.05
"""How shorter times grow tells nothing."""


class OutOfTimeError(Exception):
    """A cell would take longer than is left.

    Args:
        seconds: how long it would take.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.1f} s")
        self.seconds = seconds


class StoppedError(Exception):
    """Somebody asked to stop."""


@dataclass
class Clock:
    """The time that a comparison may take.

    Args:
        deadline: the time.perf_counter() at which it must end; None for no limit.
        stopped: why somebody asked to stop; "" while nobody did.
    """

    deadline: float | None = None
    stopped: str = ""

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return math.inf if self.deadline is None else self.deadline - time.perf_counter()

    def require(self, seconds: float = 0.0, share: float = 1.0) -> None:
        """Go on only where so many seconds are within this share of the time that is left.

        Raises:
            OutOfTimeError: they are not.
            StoppedError: somebody asked to stop.
        """
        if self.stopped:
            raise StoppedError(self.stopped)
        if seconds > share * self.left:
            raise OutOfTimeError(seconds)


@dataclass(frozen=True)
class Work:
    """How a contestant's time grows.

    Args:
        of: a number of examples as work.
        first: seconds for each piece of work, before anything was measured.
    """

    of: Callable[[int], float]
    first: float


Measured = dict[int, list[float]]
"""Seconds by the number of examples."""


class Costs:
    """What one fit and its answers take, by contestant and number of examples.

    Fits with which a setting is tried answer for the validation part alone; they tell what the others take only where
    nothing else does.

    Example:
        >>> costs = Costs({Contestant("tree"): Work(float, 0.001)})
        >>> costs.measured(Contestant("tree"), 100, 2.0)
        >>> costs.foreseen(Contestant("tree"), 200)
        4.0
    """

    def __init__(self, work: dict[Contestant, Work]) -> None:
        self._work = work
        self._fits: dict[Contestant, Measured] = defaultdict(lambda: defaultdict(list))
        self._trials: dict[Contestant, Measured] = defaultdict(lambda: defaultdict(list))

    def measured(self, who: Contestant, rows: int, seconds: float, *, trial: bool = False) -> None:
        """Remember what so many examples took."""
        (self._trials if trial else self._fits)[who][rows].append(seconds)

    def foreseen(self, who: Contestant, rows: int, *, trial: bool = False) -> float:
        """Seconds that so many examples are going to take.

        From the largest amount that was measured below, with the power of the last two, but no less than the
        contestant's own growth.
        """
        first, second = (self._trials, self._fits) if trial else (self._fits, self._trials)
        known, work = first[who] or second[who], self._work[who]
        below = sorted(one for one in known if one <= rows)
        if not below:
            smallest = min(known, default=None)
            return work.first * work.of(rows) if smallest is None else _usual(known[smallest])
        last = below[-1]
        growth = work.of(rows) / work.of(last)
        if len(below) > 1 and rows > last:
            growth = max(growth, (rows / last) ** _power(known, below[-2], last))
        return _usual(known[last]) * growth


def _power(known: Measured, fewer: int, more: int) -> float:
    """With which power of the number of examples the time grew."""
    ratio = max(NOISE_SECONDS, _usual(known[more])) / max(NOISE_SECONDS, _usual(known[fewer]))
    return min(STEEPEST, math.log(max(ratio, 1.0)) / math.log(more / fewer))


def _usual(seconds: list[float]) -> float:
    """The median: what else the machine does makes single times long."""
    return statistics.median(seconds)
