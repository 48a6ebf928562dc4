"""`compare`: is depth worth it on this data, and would more data help?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lamina.comparing.cells import Runner
from lamina.comparing.clock import Clock
from lamina.comparing.features import views_of
from lamina.comparing.folds import Folds
from lamina.comparing.groups import AGAINST_CLASSES, APART, K_MEANS, known_classes
from lamina.comparing.plan import (
    GUESSING,
    NETWORK,
    RAW,
    SECONDS,
    SEEDS,
    SIZES,
    Contestant,
    Plan,
    check_seeds,
    check_sizes,
)
from lamina.comparing.preparing import Source
from lamina.comparing.results import Found, Header, load_found, require_same
from lamina.comparing.rivals import rivals_for
from lamina.comparing.running import Contest
from lamina.data.dataset import CLUSTERING, Dataset
from lamina.data.encoders import Encoder
from lamina.data.table import Table
from lamina.errors import DataError, SettingError
from lamina.model.learning import read_with

FINISH_SECONDS = 1.0
"""What the last saving takes."""


def compare(source: Any, **options: Any) -> Found:
    """Compare Lamina's default network with flat algorithms and with guessing, on growing amounts of data.

    Everybody gets the same folds and the same preparation, fitted inside each fold, and chooses among six settings on a
    validation part of its own training examples.

    Args:
        source: as for `lamina.train`.
        options: sizes (percents of the training examples), seeds (splits), seconds (600 where nothing is said, None
            for no limit), path (where the results are kept as JSON while it runs), resume (go on with that file), and
            those of reading: target, task, kinds ...

    Raises:
        DataError: a source that cannot be read, or has too few examples or classes to compare anything on.
        SettingError: options that are not possible, or a task that has no flat algorithms to compare with.

    Example:
        >>> import lamina
        >>> found = lamina.compare("iris", sizes=[50], seeds=1, seconds=0)
        >>> len(found.results), len(found.left_out)
        (0, 9)
    """
    contest = start(source, **options)
    for _ in contest:
        pass
    return contest.found


def start(
    source: Any,
    *,
    sizes: Sequence[float] = SIZES,
    seeds: int = SEEDS,
    seconds: float | None = SECONDS,
    path: str | Path | None = None,
    resume: bool = False,
    **reading: Any,
) -> Contest:
    """A comparison that is ready to run: iterate over it for its results. Takes what `compare` takes."""
    began = time.perf_counter()
    sizes, seeds = check_sizes(sizes), check_seeds(seeds)
    if resume and path is None:
        raise SettingError("resume goes on with a saved comparison: give its file as path")
    done = load_found(Path(path)) if resume and path is not None else None
    dataset = read_with(source, reading)
    require_comparable(dataset)
    examples = Source(dataset)
    folds = Folds(examples.dataset, seeds)
    plan = plan_for(examples, folds, sizes)
    header = header_for(examples.dataset, folds, plan, sizes)
    if done is not None:
        require_same(Path(path or ""), done.header, header)
    deadline = None if seconds is None else began + max(0.0, seconds - FINISH_SECONDS)
    runner = Runner(examples, folds, plan, Clock(deadline))
    return Contest(runner, header, None if path is None else Path(path), done)


def require_comparable(dataset: Dataset) -> None:
    """Raise a SettingError for what has no flat algorithms to compare with."""
    if dataset.inputs.in_time:
        raise SettingError(
            f"{dataset.name} is a series: its parts are divided in time and cannot be drawn anew for each seed. "
            f"lamina train compares its forecasts with naive ones"
        )
    if dataset.task not in ("", CLUSTERING):
        raise SettingError(f"compare is for classes, numbers and groups; {dataset.name} is for {dataset.task}")
    if dataset.targets.dtype.names is not None:
        raise SettingError(f"compare takes one target; got {dataset.target}. Compare them one after the other")


def plan_for(source: Source, folds: Folds, sizes: Sequence[float]) -> Plan:
    """All contestants, and the sizes from which something can be learnt.

    Raises:
        DataError: there is no such size.
    """
    reasons = {size: folds.why_not(folds.rows(size)) for size in sizes}
    learnt = tuple(size for size in sizes if not reasons[size])
    left_out = tuple((size, why) for size, why in reasons.items() if why)
    if not learnt:
        raise DataError(f"{source.dataset.name}: {left_out[-1][1]}. Add examples, or compare with larger --sizes")
    encoder = source.prepared(folds.of(folds.rows(learnt[0]))[0]).encoder
    return Plan(contestants_for(source.dataset, encoder), learnt, folds.seeds, left_out)


def contestants_for(dataset: Dataset, encoder: Encoder) -> tuple[Contestant, ...]:
    """The network, guessing, and each flat algorithm on each view of the examples."""
    views = views_of(encoder)
    flat = (K_MEANS,) if dataset.task == CLUSTERING else rivals_for(dataset.targets.dtype.kind in "US")
    rivals = tuple(Contestant(name, view) for view in views for name in flat)
    return (Contestant(NETWORK, RAW), Contestant(GUESSING, RAW), *rivals)


def header_for(dataset: Dataset, folds: Folds, plan: Plan, sizes: Sequence[float]) -> Header:
    """What is compared, in the words of the file."""
    return Header(
        dataset.name, dataset.fingerprint, dataset.target, measure_for(dataset), tuple(sizes), plan.seeds,
        tuple((who.name, who.view) for who in plan.contestants), folds.drawn,
        ", ".join(f"{name}={value}" for name, value in sorted(dataset.reading.items())), kinds_of(dataset),
        folds.fingerprint(folds.rows(plan.sizes[-1])),
    )  # fmt: skip


def kinds_of(dataset: Dataset) -> tuple[str, ...]:
    """What each column of a table was taken for."""
    if not isinstance(dataset.inputs, Table):
        return ()
    return tuple(f"{name}={guess.kind}" for name, guess in dataset.inputs.kinds.items())


def measure_for(dataset: Dataset) -> str:
    """How errors are measured."""
    if dataset.task == CLUSTERING:
        return AGAINST_CLASSES if known_classes(dataset) else APART
    return "error" if np.asarray(dataset.targets).dtype.kind in "US" else "mean absolute error"
