"""What the results tell beyond the noise: which curves still fall, and whether the network is ahead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.comparing.plan import GUESSING, NETWORK, Contestant
from lamina.comparing.results import Found, Result
from lamina.training.records import format_number

CONFIDENCE = 0.95
LEAST_SEEDS = 2
"""A spread needs so many."""

Pair = tuple[Result, Result]
"""Two contestants' results of one seed."""


@dataclass(frozen=True)
class Difference:
    """One error less another, over the seeds that both have, with the interval of many more seeds and examples.

    Args:
        mean: below 0 where the first error is the lower.
        low, high: of the 95 % interval.
    """

    mean: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether the interval leaves no doubt about the sign."""
        return self.low > 0 or self.high < 0


def difference(
    first: Sequence[Result], second: Sequence[Result], drawn: bool, measure: str = "error"
) -> Difference | None:
    """The errors of the first less those of the second, seed by seed; None for fewer than two common seeds.

    The test parts of different seeds share examples, and so do the training parts, so that the plain interval of a
    mean would be too short. Where each seed draws its own test part, the variance of the differences is multiplied by
    1/seeds + test/training examples; where all seeds have one test part, what that part leaves open is added:
    (s1² + s2²) / examples, with the deviations s from example to example. Few seeds may agree by chance: the interval
    is never shorter than a test part of this size leaves it (`least_variance`).

    Source:
        Nadeau and Bengio, Inference for the Generalization Error (2003), section 3.
    """
    pairs = _pairs(first, second)
    if len(pairs) < LEAST_SEEDS:
        return None
    apart = np.array([one.error - other.error for one, other in pairs])
    half = max(_half_of_seeds(pairs, apart, drawn), _half_of_examples(pairs, apart, drawn, measure))
    return Difference(float(apart.mean()), float(apart.mean()) - half, float(apart.mean()) + half)


def _pairs(first: Sequence[Result], second: Sequence[Result]) -> list[Pair]:
    """The results of the seeds that both have."""
    others = {one.seed: one for one in second}
    return [(one, others[one.seed]) for one in first if one.seed in others]


def _half_of_seeds(pairs: Sequence[Pair], apart: Numpy, drawn: bool) -> float:
    """Half of the interval, from how the differences spread over the seeds."""
    spread = float(apart.var(ddof=1))
    if drawn:
        variance = spread * _share_of_one(pairs)
    else:
        left_open = np.mean([(one.deviation**2 + other.deviation**2) / one.tested for one, other in pairs])
        variance = spread / len(pairs) + float(left_open)
    return _quantile(len(pairs) - 1) * math.sqrt(variance)


def _half_of_examples(pairs: Sequence[Pair], apart: Numpy, drawn: bool, measure: str) -> float:
    """Half of the interval where the seeds agree: a bound, not estimated from few seeds, so without freedom."""
    variance = least_variance(pairs, apart, measure) * (_share_of_one(pairs) if drawn else 1.0)
    return _quantile(math.inf) * math.sqrt(variance)


def least_variance(pairs: Sequence[Pair], apart: Numpy, measure: str) -> float:
    """The variance of a seed's difference that comes at least from which examples its test part happens to hold.

    Of shares: where they differ by d, at least as many examples are judged differently, (|d| - d²) / examples. Of
    numbers: (s1 - s2)² / examples, with the deviations s from example to example. In any case as if one example told
    the two apart.
    """
    tested = float(np.mean([one.tested for one, _ in pairs]))
    least, one_example = 0.0, 1.0
    if measure == "error":
        least = float(np.mean(np.abs(apart) - apart**2))
    elif measure == "mean absolute error":
        deviations = np.array([(one.deviation, other.deviation) for one, other in pairs])
        least = float(np.mean(np.diff(deviations) ** 2))
        one_example = float(np.mean(deviations**2))
    return max(least, one_example / tested) / tested


def _share_of_one(pairs: Sequence[Pair]) -> float:
    """How much of one seed's variance the mean over all has, where their parts share examples."""
    tested = float(np.mean([one.tested for one, _ in pairs]))
    learnt = float(np.mean([max(one.rows, other.rows) for one, other in pairs]))
    return 1 / len(pairs) + tested / learnt


def _quantile(freedom: float) -> float:
    """Of Student's t; of the normal distribution for a freedom without end."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


@dataclass(frozen=True)
class Curve:
    """Whether a contestant's error still falls between the last two amounts of data.

    Args:
        who: in words.
        sizes: the two, in percent; empty where there are not two with two seeds each.
        change: of the error, below 0 where it falls.
    """

    who: str
    sizes: tuple[float, ...] = ()
    change: Difference | None = None

    @property
    def word(self) -> str:
        """In one word or two: falls, rises, open, unknown."""
        if self.change is None:
            return "unknown"
        if not self.change.certain:
            return "open"
        return "still falls" if self.change.mean < 0 else "rises"


def curve(found: Found, who: Contestant) -> Curve:
    """How a contestant's curve ends."""
    sizes = found.sizes_of(who, LEAST_SEEDS)
    if len(sizes) < 2:
        return Curve(str(who))
    change = difference(found.of(who, sizes[-1]), found.of(who, sizes[-2]), found.header.drawn, found.header.measure)
    return Curve(str(who), (sizes[-2], sizes[-1]), change)


def best_rival(found: Found, size: float, least: int = 1) -> Contestant | None:
    """The flat algorithm with the lowest error beside the network's, among those with so many common seeds with it.

    Each is measured by the seeds that it shares with the network: means over other seeds would rank the seeds.
    """
    rivals = [who for who in found.contestants if who.name not in (NETWORK, GUESSING)]
    gaps = {who: _gaps(found, size, who) for who in rivals}
    there = [who for who in rivals if len(gaps[who]) >= least]
    return max(there, key=lambda who: np.mean(gaps[who]), default=None)


def _gaps(found: Found, size: float, who: Contestant) -> list[float]:
    """The network's errors less a contestant's, of the seeds that both have."""
    pairs = _pairs(found.of(Contestant(NETWORK), size), found.of(who, size))
    return [one.error - other.error for one, other in pairs]


def compared_at(found: Found) -> float | None:
    """The largest amount of data with results of the network and a flat algorithm, of two common seeds if possible."""
    for least in (LEAST_SEEDS, 1):
        sizes = [size for size in found.header.sizes if best_rival(found, size, least) is not None]
        if sizes:
            return sizes[-1]
    return None


def verdict(found: Found) -> str:
    """What came out, in one sentence with its uncertainty."""
    size = compared_at(found)
    if size is None:
        return (
            "nothing can be said: there is no amount of data with results of both the network and a flat algorithm "
            "with the same seed"
        )
    who = best_rival(found, size, LEAST_SEEDS) or best_rival(found, size)
    parts = [_more_data(found), _guessing(found, size), _ranking(found, size, who) if who is not None else ""]
    told = "; ".join(part for part in parts if part)
    if size != found.header.sizes[-1]:
        told += f" (with {size:g} % of the data, the most that both could learn from)"
    return told


def _more_data(found: Found) -> str:
    ended = curve(found, Contestant(NETWORK))
    if ended.change is None:
        return "whether more data would help the network is not known: that needs two amounts with two seeds each"
    told = (
        f"from {ended.sizes[0]:g} to {ended.sizes[1]:g} % of the data its error went "
        f"{'down' if ended.change.mean < 0 else 'up'} by {_amount(found, abs(ended.change.mean))}, "
        f"{_interval(found, ended.change, -1 if ended.change.mean < 0 else 1)}"
    )
    words = {
        "still falls": "more data would still help the network",
        "rises": "more data did not help the network",
        "open": "whether more data would help the network is open",
    }
    return f"{words[ended.word]} ({told})"


def _guessing(found: Found, size: float) -> str:
    """Said only where the network is no better."""
    gaps = _gaps(found, size, Contestant(GUESSING))
    if not gaps or np.mean(gaps) < 0:
        return ""
    return "the network is no better than guessing"


def _ranking(found: Found, size: float, who: Contestant) -> str:
    """The network beside the best flat algorithm."""
    apart = difference(
        found.of(Contestant(NETWORK), size), found.of(who, size), found.header.drawn, found.header.measure
    )
    if apart is None:
        gap = float(np.mean(_gaps(found, size, who)))
        leader, other = (str(who), "the network") if gap > 0 else ("the network", str(who))
        told = (
            f"{leader} is ahead of {other} by {_amount(found, abs(gap))}" if gap else f"{leader} and {other} are even"
        )
        return f"{told} with fewer than two common seeds, which tells nothing about the noise"
    if apart.mean == 0 and not apart.certain:
        return f"the network and {who} are even ({_interval(found, apart, 1)})"
    leader, other = (str(who), "the network") if apart.mean > 0 else ("the network", str(who))
    interval = _interval(found, apart, 1 if apart.mean > 0 else -1)
    if not apart.certain:
        return (
            f"{leader} and {other} cannot be told apart ({leader} is ahead by {_amount(found, abs(apart.mean))}, "
            f"within the noise, {interval})"
        )
    return f"{leader} is ahead of {other} by {_amount(found, abs(apart.mean))}, beyond the noise ({interval})"


def _amount(found: Found, value: float) -> str:
    """A difference of errors in words: points of percents, or the target's unit."""
    return f"{_plain(found, value)}{' points' if found.header.measure == 'error' else ''}"


def _plain(found: Found, value: float) -> str:
    return f"{100 * value:.1f}" if found.header.measure == "error" else f"{value:.4g}"


def _interval(found: Found, apart: Difference, sign: int) -> str:
    """The interval, counted in the direction that is told."""
    sides = sorted((sign * apart.low, sign * apart.high))
    return f"95 % interval {_plain(found, sides[0])} to {_plain(found, sides[1])}"


def conclude(found: Found) -> dict[str, Any]:
    """The verdict, and each contestant's curve, as plain values."""
    curves = [_curve_values(found, who) for who in found.contestants]
    return {"verdict": verdict(found), "curves": curves}


def _curve_values(found: Found, who: Contestant) -> dict[str, Any]:
    ended, sizes = curve(found, who), found.sizes_of(who)
    errors = [found.errors(who, size) for size in sizes]
    return {
        "name": who.name,
        "view": who.view,
        "sizes": sizes,
        "rows": [found.rows(size) for size in sizes],
        "means": [float(np.mean(one)) for one in errors],
        "deviations": [deviation(one) for one in errors],
        "ends": ended.word,
        "change": None if ended.change is None else asdict(ended.change),
    }


def deviation(errors: Sequence[float]) -> float | None:
    """The standard deviation from seed to seed; None for one seed."""
    return float(np.std(errors, ddof=1)) if len(errors) >= LEAST_SEEDS else None


def shown(found: Found, value: float) -> str:
    """An error as a person reads it."""
    return format_number(found.header.measure, value)
