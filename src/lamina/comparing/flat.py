"""A flat algorithm in a fold: its setting is chosen on the validation part, then it learns from the whole share."""

from __future__ import annotations

import pickle
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.comparing.plan import GUESSING, Contestant
from lamina.comparing.preparing import PreparedFold
from lamina.comparing.rivals import Given, rival
from lamina.comparing.scoring import Learnt, distances, scored
from lamina.tasks.classification import Classification

FEW_NUMBERS = 1_000_000
"""Of fewer numbers one thread is done before several have agreed."""


def validated(who: Contestant, prepared: PreparedFold, place: int) -> float:
    """The error on the validation part that the setting at this place reaches after learning from the other rows."""
    with _quietly(prepared, who):
        model = _fitted(who, prepared, "fit", place)
        answers = model.predict(prepared.view(who.view)[prepared.part("validation")])
    return float(distances(prepared.task, answers, prepared.targets[prepared.part("validation")]).mean())


def learnt(who: Contestant, prepared: PreparedFold, place: int) -> Learnt:
    """What the setting at this place reaches on the test part after learning from the whole share."""
    if who.name == GUESSING:
        return _guessed(prepared)
    tested = prepared.view(who.view)[prepared.part("test")]
    with _quietly(prepared, who):
        began = time.perf_counter()
        model = _fitted(who, prepared, "share", place)
        fitted = time.perf_counter()
        answers = model.predict(tested)
        answered = time.perf_counter()
    setting = ", ".join(f"{name} {value}" for name, value in rival(who.name).settings[place].items())
    return scored(prepared, answers, seconds=(fitted - began, answered - fitted), size=size_of(model), setting=setting)


def size_of(model: Any) -> int:
    """How many bytes a fitted model takes when it is saved as scikit-learn's are."""

    class Counter:
        """Takes bytes and keeps their number alone."""

        size = 0

        def write(self, data: Any) -> int:
            count = memoryview(data).nbytes
            self.size += count
            return count

    counter = Counter()
    pickle.dump(model, counter, protocol=5)
    return counter.size


def _fitted(who: Contestant, prepared: PreparedFold, part: str, place: int) -> Any:
    chosen = rival(who.name)
    rows = prepared.part(part)
    values = prepared.view(who.view)[rows]
    sparse = not isinstance(values, np.ndarray)
    negative = not sparse or values.min() < 0
    classes = isinstance(prepared.task, Classification)
    given = Given(classes, values.shape[0], values.shape[1], sparse, negative, prepared.fold.seed)
    return chosen.build(given, chosen.settings[place]).fit(values, _flat(prepared.targets[rows]))


def _flat(targets: Numpy) -> Numpy:
    return targets.reshape(-1)


def _guessed(prepared: PreparedFold) -> Learnt:
    """The commonest class of the share, or the median."""
    targets = _flat(prepared.targets[prepared.part("share")])
    classes = isinstance(prepared.task, Classification)
    answer = np.bincount(targets).argmax() if classes else np.median(targets)
    answers = np.full(len(prepared.fold.test), answer)
    return scored(prepared, answers, seconds=(0.0, 0.0), size=answers.itemsize)


@contextmanager
def _quietly(prepared: PreparedFold, who: Contestant) -> Iterator[None]:
    """Without warnings of steps that did not suffice, and without threads that wait for each other on little work."""
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    values = prepared.view(who.view)
    little = values.shape[0] * values.shape[1] < FEW_NUMBERS
    with warnings.catch_warnings(), threadpool_limits(1 if little else None):
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
