"""The same folds for all: a test part by seed, and growing shares of the rest, each with a validation part of its own.

A smaller share is always a part of the larger ones of its seed. The validation part lies within the share: settings
are chosen on it, and the test part is looked at once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.data.split import OWN_PARTS, Split, split
from lamina.errors import DataError

TUNING_ROWS = 1_000
"""Settings are chosen on so many training examples at most; what is chosen there serves larger shares too."""
LEAST_ROWS = 10
VALIDATION_SHARE, LARGE_VALIDATION_SHARE = 0.2, 0.1
"""Of a share; the second for shares that are larger than what settings are chosen on."""


@dataclass(frozen=True, eq=False)
class Fold:
    """The places of the examples of one seed and one amount of data.

    Args:
        seed: of the draw.
        fit, validation: together the share of the training examples.
        test: never learnt from, the same for all shares of a seed.
    """

    seed: int
    fit: Numpy
    validation: Numpy
    test: Numpy

    @property
    def rows(self) -> int:
        """How many examples the share has."""
        return len(self.fit) + len(self.validation)

    @property
    def places(self) -> Numpy:
        """All examples of the fold: fit, validation, test."""
        return np.concatenate([self.fit, self.validation, self.test])


class Folds:
    """The folds of all seeds.

    Args:
        dataset: what is learnt from.
        seeds: how many.

    Raises:
        DataError: too few examples for so many folds.
    """

    def __init__(self, dataset: Dataset, seeds: int) -> None:
        if len(dataset) < max(LEAST_ROWS, seeds):
            raise DataError(
                f"{dataset.name} has {len(dataset):,} examples, too few for {seeds} folds that are learnt from and "
                f"tested on: add examples, or take fewer seeds"
            )
        splits = [split(dataset, seed) for seed in range(seeds)]
        for seed, one in enumerate(splits):
            _require_test(dataset, one, seed)
        self.dataset, self.seeds = dataset, seeds
        self.drawn = splits[0].description != OWN_PARTS
        self.notes = splits[0].notes
        self._tests = [one.test for one in splits]
        self._pools = [mixed(dataset, np.concatenate([one.train, one.validation]), n) for n, one in enumerate(splits)]
        self._most = min(map(len, self._pools))
        self._made: dict[int, list[Fold]] = {}

    def rows(self, size: float) -> int:
        """How many examples a size in percent has: the same number for every seed."""
        return max(1, round(size / 100 * self._most))

    def of(self, rows: int) -> list[Fold]:
        """The folds of all seeds with so many examples; their parts have the same lengths."""
        if rows not in self._made:
            drawn = [self._validation(seed, pool[:rows]) for seed, pool in enumerate(self._pools)]
            count = min(map(len, drawn))
            self._made[rows] = [
                self._fold(seed, self._pools[seed][:rows], validation[:count]) for seed, validation in enumerate(drawn)
            ]
        return self._made[rows]

    def why_not(self, rows: int) -> str:
        """Why nobody can learn from so many examples; "" where all can."""
        if rows < LEAST_ROWS:
            return f"{rows:,} examples are too few to learn from; {LEAST_ROWS} are needed"
        for fold in self.of(rows):
            targets = self.dataset.targets[fold.fit]
            if not self.dataset.task and len(np.unique(targets)) < 2:
                return (
                    f'with seed {fold.seed} all {rows:,} examples have the same {self.dataset.target}, "{targets[0]}"'
                )
        return ""

    def fingerprint(self, rows: int) -> str:
        """The beginning of the SHA-256 of all places in the folds with so many examples."""
        total = hashlib.sha256()
        for fold in self.of(rows):
            for part in (fold.fit, fold.validation, fold.test):
                total.update(len(part).to_bytes(8, "little") + part.astype("<i8").tobytes())
        return total.hexdigest()[:16]

    def _validation(self, seed: int, share: Numpy) -> Numpy:
        """The validation part of a share, in the share's order; copies and groups stay on one side."""
        part = VALIDATION_SHARE if len(share) <= TUNING_ROWS else LARGE_VALIDATION_SHARE
        inner = split(self.dataset.subset(share), seed, part)
        return np.asarray(share[inner.test])

    def _fold(self, seed: int, share: Numpy, validation: Numpy) -> Fold:
        return Fold(seed, share[~np.isin(share, validation)], validation, self._tests[seed])


def mixed(dataset: Dataset, rows: Numpy, seed: int) -> Numpy:
    """The rows shuffled so that each beginning of them has every class in its proportion.

    The k-th of the n examples of a class stands at (k + 1/2) / n of the way.
    """
    chance = np.random.Philox(key=np.array([seed, 0xC0FFEE], np.uint64))
    shuffled = rows[np.argsort(chance.random_raw(len(rows)), kind="stable")]
    if dataset.task or dataset.targets.dtype.kind not in "US":
        return np.asarray(shuffled)
    classes = dataset.targets[shuffled]
    places = np.empty(len(rows))
    for name in np.unique(classes):
        members = np.flatnonzero(classes == name)
        places[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.asarray(shuffled[np.argsort(places, kind="stable")])


def _require_test(dataset: Dataset, parts: Split, seed: int) -> None:
    """Raise a DataError for a test part on which nothing can be measured."""
    if not len(parts.test):
        raise DataError(
            f"the test part of seed {seed} has none of the {len(dataset):,} examples of {dataset.name}: they are too "
            f"few, or copies of each other, or of too few groups. Add examples"
        )
    tested = dataset.targets[parts.test]
    if dataset.targets.dtype.kind in "US" and not dataset.task and len(np.unique(tested)) < 2:
        raise DataError(
            f'all {len(tested):,} examples of the test part of seed {seed} have the {dataset.target} "{tested[0]}": '
            f"nothing can be compared on them. Add examples of the other classes"
        )
