"""A comparison under way: cheap cells first, half of the time for the network, nothing that the time does not allow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lamina.comparing.cells import Runner
from lamina.comparing.clock import MARGIN, OutOfTimeError, StoppedError
from lamina.comparing.plan import NETWORK, Cell
from lamina.comparing.results import Found, Header, LeftOut, Result, save_found
from lamina.comparing.verdict import conclude
from lamina.errors import LaminaError

SAVE_SECONDS = 1.0
"""What was done since the last save is lost where the process is killed."""


class Contest:
    """A comparison under way; iterate over it for its results. Leave the loop, or call `stop`, to end early.

    Args:
        runner: runs the cells of a plan.
        header: what is compared.
        path: where the results are kept while it runs.
        done: what an earlier comparison found.
    """

    def __init__(self, runner: Runner, header: Header, path: Path | None = None, done: Found | None = None) -> None:
        self.runner, self.header, self.path, self.clock = runner, header, path, runner.clock
        self.results = list(done.results) if done is not None else []
        self._before, self._began, self._saved = done.seconds if done is not None else 0.0, time.perf_counter(), 0.0
        known = {result.cell for result in self.results}
        self._waiting = [cell for cell in runner.plan.cells if cell not in known]
        self._refused: dict[Cell, str] = {}
        self._too_long: dict[Cell, str] = {}
        self._spent = {True: 0.0, False: 0.0}
        for result in self.results:
            runner.remember(result)

    def __iter__(self) -> Iterator[Result]:
        """The results as they come; what is done is kept in the file however the loop ends."""
        try:
            while cells := self._next():
                yield from self._tried(cells)
                self._save_when_due()
        finally:
            self.save()

    def stop(self, reason: str) -> None:
        """End as soon as possible; what is done is kept."""
        self.clock.stopped = reason

    @property
    def found(self) -> Found:
        """What was found so far."""
        seconds = self._before + time.perf_counter() - self._began
        notes = (*self.runner.source.notes, *self.runner.folds.notes)
        return Found(self.header, tuple(self.results), tuple(self._left_out()), round(seconds, 1), notes)

    def save(self) -> None:
        """Write what was found so far, where a file was named."""
        if self.path is not None:
            found = self.found
            save_found(self.path, found, conclude(found))
            self._saved = time.perf_counter()

    def _save_when_due(self) -> None:
        if time.perf_counter() - self._saved > SAVE_SECONDS:
            self.save()

    def _next(self) -> list[Cell]:
        """What is run next: of the side that has had less time the cheapest cell, if there is time for it."""
        for is_network in sorted(self._spent, key=lambda side: self._spent[side]):
            waiting = [cell for cell in self._waiting if (cell.contestant.name == NETWORK) == is_network]
            if not waiting or self.clock.stopped:
                continue
            seconds = {cell: self.runner.foreseen(cell) for cell in waiting}
            cell = min(waiting, key=lambda one: (seconds[one], one.size, one.seed))
            if MARGIN * seconds[cell] <= self.clock.left:
                return self.runner.with_other_seeds(cell, waiting, MARGIN * seconds[cell]) if is_network else [cell]
            self._too_long |= {one: _too_long(seconds[one], self.clock.left) for one in waiting}
        return []

    def _tried(self, cells: list[Cell]) -> list[Result]:
        """The results of cells; none where the time did not suffice, an algorithm refused, or somebody asked to
        stop."""
        is_network, began = cells[0].contestant.name == NETWORK, time.perf_counter()
        try:
            return self._kept(cells, self.runner.run(cells))
        except OutOfTimeError as error:
            self._out_of_time(cells, error.seconds)
        except StoppedError:
            pass
        except ValueError as error:
            if is_network or isinstance(error, LaminaError):
                raise
            self._give_up(cells, f"it refuses these examples: {_first_line(error)}")
        finally:
            self._spent[is_network] += time.perf_counter() - began
        return []

    def _kept(self, cells: list[Cell], found: list[Result]) -> list[Result]:
        """The results that are numbers."""
        self._waiting = [cell for cell in self._waiting if cell not in cells]
        good = [result for result in found if np.isfinite([result.error, result.deviation]).all()]
        for result in found:
            if result not in good:
                self._refused[result.cell] = "its answers are no finite numbers"
        self.results += good
        return good

    def _out_of_time(self, cells: list[Cell], seconds: float) -> None:
        """Networks of several seeds that take too long together are given up but for the first: alone it may do."""
        each, rows = seconds / len(cells), self.runner.folds.rows(cells[0].size)
        self.runner.costs.measured(cells[0].contestant, rows, each)
        left = self.clock.left
        self._give_up(
            cells[1:] or cells,
            f"{seconds:,.1f} s more were needed, and {left:,.1f} s were left" if left > 0 else "the time was over",
        )

    def _give_up(self, cells: list[Cell], why: str) -> None:
        for cell in cells:
            self._waiting.remove(cell)
            self._refused[cell] = why

    def _left_out(self) -> Iterator[LeftOut]:
        """Every cell of the plan without a result, with the reason."""
        for size, why in self.runner.plan.left_out:
            for seed in range(self.runner.plan.seeds):
                yield from (LeftOut(who.name, who.view, size, seed, why) for who in self.runner.plan.contestants)
        waiting = [(cell, self._why(cell)) for cell in self._waiting]
        for cell, why in [*self._refused.items(), *waiting]:
            yield LeftOut(cell.contestant.name, cell.contestant.view, cell.size, cell.seed, why)

    def _why(self, cell: Cell) -> str:
        if self.clock.stopped:
            return f"stopped by {self.clock.stopped}"
        if self.clock.left <= 0:
            return "the time was over"
        return self._too_long.get(cell, "its turn had not come")


def _too_long(seconds: float, left: float) -> str:
    """Why a cell is not begun, by the rule that refuses it."""
    needed = f"it is foreseen to take about {seconds:,.1f} s, and is begun only where {MARGIN:g} times as much is left"
    return f"{needed}; {max(0.0, left):,.1f} s were"


def _first_line(error: Exception) -> str:
    """What another library says, without the advice that follows."""
    return next(iter(str(error).splitlines()), type(error).__name__)
