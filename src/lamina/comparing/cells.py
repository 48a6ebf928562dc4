"""Running cells: a flat algorithm, networks of one or several seeds, groups; and what each is going to take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from lamina.comparing import deep, flat, groups
from lamina.comparing.clock import Clock, Costs, Work
from lamina.comparing.folds import TUNING_ROWS, Folds
from lamina.comparing.plan import GUESSING, NETWORK, Cell, Contestant, Plan
from lamina.comparing.preparing import PreparedFold, Source
from lamina.comparing.results import Result
from lamina.comparing.rivals import SETTINGS, rival
from lamina.comparing.scoring import Learnt
from lamina.data.dataset import CLUSTERING

NETWORK_SECONDS = 1e-4
"""About, for an example in an epoch, before anything was measured."""


class Runner:
    """Runs cells, remembers what they took and which settings were chosen.

    Args:
        source: the examples.
        folds: who learns from which of them.
        plan: the cells.
        clock: the time that is left.
    """

    def __init__(self, source: Source, folds: Folds, plan: Plan, clock: Clock) -> None:
        self.source, self.folds, self.plan, self.clock = source, folds, plan, clock
        self._is_clustering = source.dataset.task == CLUSTERING
        self.costs = Costs({who: self._work(who) for who in plan.contestants})
        self._groups = self._how_many_groups() if self._is_clustering else 0
        self._choices: dict[tuple[Contestant, int, int], int] = {}

    def run(self, cells: Sequence[Cell]) -> list[Result]:
        """The results of one cell, or of networks of several seeds that train together.

        Raises:
            OutOfTimeError: they would take longer than is left.
            StoppedError: somebody asked to stop.
        """
        if self._is_clustering:
            return [self._grouped(cells[0])]
        return self._networks(cells) if cells[0].contestant.name == NETWORK else [self._rival(cells[0])]

    def remember(self, result: Result) -> None:
        """What a cell took, and the setting that it chose, for the cells to come."""
        self.costs.measured(result.contestant, result.rows, result.fit_seconds + result.predict_seconds)
        self._choices[result.contestant, result.seed, min(result.rows, TUNING_ROWS)] = result.choice

    def foreseen(self, cell: Cell) -> float:
        """Seconds that a cell is going to take, with the choice of its setting where that is still to be made."""
        who, rows = cell.contestant, self.folds.rows(cell.size)
        if who.name == GUESSING:
            return 0.0
        few = min(rows, TUNING_ROWS)
        chosen = (who, cell.seed, few) in self._choices
        learning = self.costs.foreseen(who, rows)
        if self._is_clustering:
            return learning
        tuning = 0.0 if chosen else SETTINGS * self.costs.foreseen(who, few)
        is_tried_one = who.name == NETWORK and rows == few  # one of the networks that were tried is taken as it is
        return tuning if is_tried_one else tuning + learning

    def with_other_seeds(self, cell: Cell, waiting: Sequence[Cell], seconds: float) -> list[Cell]:
        """The cell, and those of other seeds that train with it in one program, as far as there is time for them."""
        if self._is_clustering or self.folds.rows(cell.size) > TUNING_ROWS:
            return [cell]
        cells = [one for one in waiting if one.size == cell.size]
        if seconds * len(cells) > self.clock.left:
            return [cell]
        return cells if deep.alike([self._prepared(one) for one in cells]) else [cell]

    def _prepared(self, cell: Cell, most: int | None = None) -> PreparedFold:
        rows = self.folds.rows(cell.size)
        return self.source.prepared(self.folds.of(min(rows, most or rows))[cell.seed])

    def _work(self, who: Contestant) -> Work:
        """How a contestant's time grows with the examples."""
        if who.name == GUESSING:
            return Work(float, 0.0)
        first = self.source.prepared(self.folds.of(self.folds.rows(self.plan.sizes[0]))[0])
        if who.name == NETWORK:
            return Work(lambda rows: deep.work_of(first, rows), NETWORK_SECONDS)
        features = max(10, first.view(who.view).shape[1])
        if self._is_clustering:
            return Work(float, 1e-5 * features)
        known = rival(who.name)
        return Work(lambda rows: float(rows**known.growth), known.seconds * features / 100 / 1000**known.growth)

    def _rival(self, cell: Cell) -> Result:
        """A flat algorithm's result."""
        who, prepared = cell.contestant, self._prepared(cell)
        began = time.perf_counter()
        place = self._choice(cell)
        tuned = time.perf_counter() - began
        rows = prepared.fold.rows
        self.clock.require(self.costs.foreseen(who, rows) if who.name != GUESSING else 0.0)
        learnt = flat.learnt(who, prepared, place)
        result = self._result(cell, prepared, learnt, tuned, place)
        self.remember(result)
        return result

    def _choice(self, cell: Cell) -> int:
        """The setting with the lowest error on the validation part; of equal ones the first."""
        who, prepared = cell.contestant, self._prepared(cell, TUNING_ROWS)
        key = (who, cell.seed, prepared.fold.rows)
        if who.name == GUESSING or not len(prepared.fold.validation):
            return 0
        if key not in self._choices:
            errors: list[float] = []
            while len(errors) < SETTINGS:
                began = time.perf_counter()
                errors.append(flat.validated(who, prepared, len(errors)))
                took = time.perf_counter() - began
                self.costs.measured(who, prepared.fold.rows, took)
                self.clock.require(took * (SETTINGS - len(errors)))
            self._choices[key] = int(np.argmin(errors))
        return self._choices[key]

    def _networks(self, cells: Sequence[Cell]) -> list[Result]:
        """The network's results: those of several seeds at once where they are one program."""
        folds = [self._prepared(cell) for cell in cells]
        began = time.perf_counter()
        few = folds[0].fold.rows <= TUNING_ROWS
        rates = deep.RATES if few else (self._rate(cells[0]),)
        tuned = 0.0 if few else time.perf_counter() - began
        found = []
        for cell, fold, trained in zip(cells, folds, deep.train(folds, rates, self.clock), strict=True):
            place = trained.best()
            result = self._result(
                cell, fold, trained.learnt(place), tuned or len(rates) * trained.seconds,
                place if few else deep.RATES.index(rates[0]),
            )  # fmt: skip
            self.remember(result)
            found.append(result)
        return found

    def _rate(self, cell: Cell) -> float:
        """The learning rate for more examples than it is chosen on."""
        fold = self._prepared(cell, TUNING_ROWS)
        key = (cell.contestant, cell.seed, fold.fold.rows)
        if key not in self._choices:
            trained = deep.train([fold], deep.RATES, self.clock)[0]
            self.costs.measured(cell.contestant, fold.fold.rows, trained.seconds)
            self._choices[key] = trained.best()
        return deep.RATES[self._choices[key]]

    def _how_many_groups(self) -> int:
        largest = self.folds.of(self.folds.rows(self.plan.sizes[-1]))[0]
        return groups.groups_for(self.source.dataset, self.source.prepared(largest))

    def _grouped(self, cell: Cell) -> Result:
        """The groups that somebody finds."""
        prepared, dataset, began = self._prepared(cell), self.source.dataset, time.perf_counter()
        if cell.contestant.name == NETWORK:
            learnt = groups.grouped_by_network(dataset, prepared, self._groups, self.clock)
        else:
            learnt = groups.grouped(cell.contestant, dataset, prepared, self._groups)
        self.costs.measured(cell.contestant, prepared.fold.rows, time.perf_counter() - began)
        return self._result(cell, prepared, learnt, 0.0, 0)

    def _result(self, cell: Cell, prepared: PreparedFold, learnt: Learnt, tuned: float, choice: int) -> Result:
        who, fold = cell.contestant, prepared.fold
        return Result(
            who.name, who.view, cell.size, cell.seed, fold.rows, len(fold.test), tuning_seconds=tuned, choice=choice,
            **asdict(learnt),
        )  # fmt: skip
