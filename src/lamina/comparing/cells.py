"""Running cells: a flat algorithm, networks of one or several seeds, groups; and what each is going to take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from lamina.comparing import deep, flat, groups
from lamina.comparing.clock import Clock, Costs, OutOfTimeError, Work
from lamina.comparing.folds import TUNING_ROWS, Folds
from lamina.comparing.plan import GUESSING, NETWORK, Cell, Contestant, Plan
from lamina.comparing.preparing import PreparedFold, Source
from lamina.comparing.results import Result
from lamina.comparing.rivals import SETTINGS, rival
from lamina.comparing.scoring import Learnt
from lamina.data.dataset import CLUSTERING

TUNING_SHARE = 0.25
"""Where trying settings would take more of the time that is left, the usual one is taken."""
BESIDE_SECONDS = {True: 5.0, False: 0.2}
"""What a cell takes beside fitting and answering, by whether it is the network's: preparing, compiling. A first guess;
then what the last one took."""
NETWORK_SECONDS = 1e-4
"""About, for an example in an epoch, before anything was measured."""


@dataclass(frozen=True)
class Choice:
    """A setting by its place, and how many were tried; 0 where there is nothing to choose."""

    place: int = 0
    tried: int = 1


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
        self._beside = dict(BESIDE_SECONDS)
        self._choices: dict[tuple[Contestant, int, int], Choice] = {}
        self._possible: dict[int, bool] = {}

    def run(self, cells: Sequence[Cell]) -> list[Result]:
        """The results of one cell, or of networks of several seeds that train together.

        Raises:
            OutOfTimeError: they would take longer than is left.
            StoppedError: somebody asked to stop.
        """
        is_network, began = cells[0].contestant.name == NETWORK, time.perf_counter()
        if self._is_clustering:
            found = [self._grouped(cells[0])]
        else:
            found = self._networks(cells) if is_network else [self._rival(cells[0])]
        known = sum(one.fit_seconds + one.predict_seconds + one.tuning_seconds for one in found)
        self._beside[is_network] = max(0.0, time.perf_counter() - began - known) / len(found)
        return found

    def remember(self, result: Result) -> None:
        """What a cell took, and the setting that it chose, for the cells to come; one without time chose nothing
        for them."""
        self.costs.measured(result.contestant, result.rows, result.fit_seconds + result.predict_seconds)
        if result.tried != 1:
            key = (result.contestant, result.seed, min(result.rows, TUNING_ROWS))
            self._choices[key] = Choice(result.choice, result.tried)

    def foreseen(self, cell: Cell) -> float:
        """Seconds that a cell is going to take, with the choice of its setting where that is still to be made."""
        who, rows = cell.contestant, self.folds.rows(cell.size)
        if who.name == GUESSING:
            return 0.0
        few, learning = min(rows, TUNING_ROWS), self.costs.foreseen(who, rows) + self._beside[who.name == NETWORK]
        if self._is_clustering or (who, cell.seed, few) in self._choices or not self._can_choose(few):
            return learning
        tuning = SETTINGS * self.costs.foreseen(who, few, trial=True)
        if tuning > TUNING_SHARE * self.clock.left:
            return learning
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
        choice = self._choice(cell)
        tuned = time.perf_counter() - began
        if who.name != GUESSING:
            self.clock.require(self.costs.foreseen(who, prepared.fold.rows))
        return self._result(cell, prepared, flat.learnt(who, prepared, choice.place), tuned, choice)

    def _choice(self, cell: Cell) -> Choice:
        """The setting with the lowest error on the validation part, of equal ones the first; where there is nothing to
        choose on, or no time, the usual one."""
        who, prepared = cell.contestant, self._prepared(cell, TUNING_ROWS)
        key = (who, cell.seed, prepared.fold.rows)
        if who.name == GUESSING:
            return Choice(tried=0)
        if key not in self._choices:
            self._choices[key] = self._tried(who, prepared) if self._can_choose(prepared.fold.rows) else Choice()
        return self._choices[key]

    def _can_choose(self, rows: int) -> bool:
        """Whether so many examples allow a choice: with a validation part, and more than one class to learn."""
        if rows not in self._possible:
            validation = self.folds.of(rows)[0].validation
            self._possible[rows] = len(validation) > 0 and not self.folds.why_not(rows)
        return self._possible[rows]

    def _tried(self, who: Contestant, prepared: PreparedFold) -> Choice:
        """What comes of trying all settings, as far as there is time for it."""
        errors: list[float] = []
        rows, began = prepared.fold.rows, time.perf_counter()
        needed = self.costs.foreseen(who, rows, trial=True)
        while len(errors) < SETTINGS:
            if needed > TUNING_SHARE * self.clock.left:
                return Choice()
            self.clock.require()
            errors.append(flat.validated(who, prepared, len(errors)))
            each = (time.perf_counter() - began) / len(errors)
            needed = each * (SETTINGS - len(errors))
            self.costs.measured(who, rows, each, trial=True)
        return Choice(int(np.argmin(errors)), SETTINGS)

    def _networks(self, cells: Sequence[Cell]) -> list[Result]:
        """The network's results: those of several seeds at once where they are one program."""
        folds = [self._prepared(cell) for cell in cells]
        if folds[0].fold.rows > TUNING_ROWS:
            began = time.perf_counter()
            choice = self._rate(cells[0])
            tuned = time.perf_counter() - began
            trained = deep.train(folds, (deep.RATES[choice.place],), self.clock)[0]
            return [self._result(cells[0], folds[0], trained.learnt(0), tuned, choice)]
        found = []
        for cell, fold, one in zip(cells, folds, self._all_rates(folds), strict=True):
            choice = Choice(one.best(), len(one.rates))
            tuned = one.seconds * len(one.rates)
            self.costs.measured(cell.contestant, fold.fold.rows, one.seconds, trial=True)
            found.append(self._result(cell, fold, one.learnt(choice.place), tuned, choice))
        return found

    def _all_rates(self, folds: Sequence[PreparedFold]) -> list[deep.Trained]:
        """Networks of all learning rates, or of the usual one alone where there is no time for all."""
        try:
            rates = deep.RATES if len(folds[0].fold.validation) else deep.RATES[:1]
            return deep.train(folds, rates, self.clock, TUNING_SHARE)
        except OutOfTimeError:
            return deep.train(folds, deep.RATES[:1], self.clock)

    def _rate(self, cell: Cell) -> Choice:
        """The learning rate for more examples than it is chosen on."""
        fold = self._prepared(cell, TUNING_ROWS)
        key = (cell.contestant, cell.seed, fold.fold.rows)
        if key not in self._choices:
            can_choose = self._can_choose(fold.fold.rows)
            self._choices[key] = self._tried_rates(cell.contestant, fold) if can_choose else Choice()
        return self._choices[key]

    def _tried_rates(self, who: Contestant, fold: PreparedFold) -> Choice:
        """What comes of trying all learning rates, where there is time for it."""
        try:
            tried = deep.train([fold], deep.RATES, self.clock, TUNING_SHARE)[0]
        except OutOfTimeError:
            return Choice()
        self.costs.measured(who, fold.fold.rows, tried.seconds, trial=True)
        return Choice(tried.best(), len(deep.RATES))

    def _how_many_groups(self) -> int:
        largest = self.folds.of(self.folds.rows(self.plan.sizes[-1]))[0]
        return groups.groups_for(self.source.dataset, self.source.prepared(largest))

    def _grouped(self, cell: Cell) -> Result:
        """The groups that somebody finds."""
        prepared, dataset = self._prepared(cell), self.source.dataset
        if cell.contestant.name == NETWORK:
            learnt = groups.grouped_by_network(dataset, prepared, self._groups, self.clock)
        else:
            learnt = groups.grouped(cell.contestant, dataset, prepared, self._groups)
        return self._result(cell, prepared, learnt, 0.0, Choice(tried=0))

    def _result(self, cell: Cell, prepared: PreparedFold, learnt: Learnt, tuned: float, choice: Choice) -> Result:
        """A cell's result, which is remembered."""
        who, fold = cell.contestant, prepared.fold
        result = Result(
            who.name, who.view, cell.size, cell.seed, fold.rows, len(fold.test), tuning_seconds=tuned,
            choice=choice.place, tried=choice.tried, **asdict(learnt),
        )  # fmt: skip
        self.remember(result)
        return result
