"""Results that were made up, so that what is concluded from them is known beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lamina.comparing.plan import GUESSING, NETWORK, RAW
from lamina.comparing.results import Found, Header, LeftOut, Result

Errors = Mapping[str, Mapping[float, Sequence[float]]]


def result(name: str, size: float, seed: int, error: float, view: str = RAW, tested: int = 50) -> Result:
    """One cell: 1 % of the data is 4 examples."""
    return Result(name, view, size, seed, round(4 * size), tested, error, 0.3, 0.5, 0.01, 3.0, 2048, "C 1", 0, 6)


def found(
    errors: Errors, *, measure: str = "error", drawn: bool = True, seeds: int = 3, left_out: Sequence[LeftOut] = ()
) -> Found:
    """A comparison with these errors by contestant, size and seed."""
    sizes = tuple(sorted({size for one in errors.values() for size in one}))
    names = tuple((name, RAW) for name in errors)
    header = Header("flowers", "f" * 64, "kind", measure, sizes, seeds, names, drawn)
    results = [
        result(name, size, seed, error)
        for name, by_size in errors.items()
        for size, by_seed in by_size.items()
        for seed, error in enumerate(by_seed)
    ]
    return Found(header, tuple(results), tuple(left_out), 12.5)


FLOWERS: Errors = {
    NETWORK: {50.0: (0.20, 0.22, 0.21), 100.0: (0.10, 0.11, 0.12)},
    GUESSING: {50.0: (0.6, 0.6, 0.6), 100.0: (0.6, 0.6, 0.6)},
    "decision tree": {50.0: (0.30, 0.32, 0.30), 100.0: (0.30, 0.29, 0.31)},
    "random forest": {50.0: (0.20, 0.20, 0.24), 100.0: (0.151, 0.152, 0.171)},
}
