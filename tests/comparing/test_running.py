"""The order of the cells, the time that is kept, what a stop leaves: with cells whose cost is made up."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lamina.comparing.clock import Clock, Costs, OutOfTimeError, StoppedError, Work
from lamina.comparing.plan import GUESSING, NETWORK, Cell, Contestant, Plan
from lamina.comparing.results import Header, Result, load_found
from lamina.comparing.running import Contest
from tests.comparing.made import result

SECONDS = {GUESSING: 0.0, "tree": 1.0, "SVM": 20.0, NETWORK: 4.0}
"""What 100 % of the data takes; less takes as much less."""


class MadeUpClock(Clock):
    """Stands still but for what cells take."""

    now = 0.0

    @property
    def left(self) -> float:
        return math.inf if self.deadline is None else self.deadline - self.now


class MadeUpRunner:
    """Cells that take exactly what they should, on a clock that only they move."""

    def __init__(self, deadline: float | None, sizes: tuple[float, ...] = (10.0, 100.0), seeds: int = 2) -> None:
        contestants = tuple(map(Contestant, SECONDS))
        self.plan, self.clock = Plan(contestants, sizes, seeds), MadeUpClock(deadline)
        self.source = self.folds = SimpleNamespace(notes=(), rows=lambda size: round(4 * size))
        self.costs = Costs({who: Work(float, 1.0) for who in contestants})
        self.order: list[Cell] = []
        self.surprise: dict[str, BaseException] = {}

    def remember(self, done: Result) -> None:
        self.costs.measured(done.contestant, done.rows, 1.0)

    def foreseen(self, cell: Cell) -> float:
        return SECONDS[cell.contestant.name] * cell.size / 100

    def with_other_seeds(self, cell: Cell, waiting: Sequence[Cell], seconds: float) -> list[Cell]:
        return [cell]

    def run(self, cells: Sequence[Cell]) -> list[Result]:
        (cell,) = cells
        if cell.contestant.name in self.surprise:
            raise self.surprise[cell.contestant.name]
        self.clock.now += self.foreseen(cell)
        self.order.append(cell)
        return [result(cell.contestant.name, cell.size, cell.seed, 0.1)]


def contest(runner: Any, path: Path | None = None, done: Any = None) -> Contest:
    plan = runner.plan
    names = tuple((who.name, who.view) for who in plan.contestants)
    return Contest(runner, Header("made", "0", "kind", "error", plan.sizes, plan.seeds, names, True), path, done)


def test_every_cell_is_run_without_a_limit() -> None:
    runner = MadeUpRunner(None)
    found = contest(runner)
    assert len(list(found)) == 16
    assert found.found.left_out == ()
    assert {result.cell for result in found.results} == set(runner.plan.cells)


def test_cheap_cells_come_first_on_each_side() -> None:
    runner = MadeUpRunner(None)
    list(contest(runner))
    for is_network in (True, False):
        costs = [runner.foreseen(cell) for cell in runner.order if (cell.contestant.name == NETWORK) == is_network]
        assert costs == sorted(costs)


def test_the_time_is_kept_and_what_it_did_not_allow_is_named() -> None:
    runner = MadeUpRunner(14.0)
    under_way = contest(runner)
    list(under_way)
    found = under_way.found
    assert runner.clock.now <= 14.0
    assert len(found.left_out) + len(found.results) == len(runner.plan.cells)
    slow = [one for one in found.left_out if one.name == "SVM"]
    assert 100.0 in {one.size for one in slow}
    why = max(slow, key=lambda one: one.size).why
    assert re.fullmatch(
        r"it is foreseen to take about 20\.0 s, and is begun only where 1\.5 times as much is left; [\d.]+ s were", why
    )
    assert float(why.split()[-3]) < 1.5 * 20


def test_what_is_refused_by_the_margin_alone_says_so() -> None:
    """20 s are less than the 25 s that are left, but 1.5 x 20 s are not."""
    runner = MadeUpRunner(25.0, sizes=(100.0,), seeds=1)
    under_way = contest(runner)
    next(iter(under_way))
    runner.clock.now = 0.0
    under_way._waiting = [cell for cell in under_way._waiting if cell.contestant.name == "SVM"]
    assert under_way._next() == []
    (left,) = under_way.found.left_out[-1:]
    told = "about 20.0 s, and is begun only where 1.5 times as much is left; 25.0 s were"
    assert (left.name, left.why) == ("SVM", f"it is foreseen to take {told}")


def test_cells_whose_turn_had_not_come_are_named_so(tmp_path: Path) -> None:
    """In a file that was saved on the way nothing is said of time: there was enough of it."""
    path = tmp_path / "made.json"
    loop = iter(contest(MadeUpRunner(1000.0), path))
    next(loop)
    loop.close()
    assert {one.why for one in load_found(path).left_out} == {"its turn had not come"}


def test_a_cell_that_would_not_end_in_time_is_never_begun() -> None:
    runner = MadeUpRunner(19.0, sizes=(100.0,), seeds=1)
    list(contest(runner))
    assert "SVM" not in {cell.contestant.name for cell in runner.order}
    assert runner.order[-1].contestant.name in {"tree", NETWORK}


def test_the_network_has_half_of_the_time() -> None:
    """Where everything is slow, both sides have had about as much when it ends."""
    runner = MadeUpRunner(60.0, sizes=(50.0, 60.0, 70.0, 80.0, 90.0, 100.0), seeds=5)
    under_way = contest(runner)
    spent = {True: 0.0, False: 0.0}
    under_way._spent = spent  # the real clock moves hardly at all: what was made up counts
    for one in under_way:
        spent[one.name == NETWORK] += runner.foreseen(one.cell)
    assert spent[True] > 20
    assert spent[False] > 20


def test_no_time_at_all() -> None:
    runner = MadeUpRunner(-1.0)
    under_way = contest(runner)
    assert list(under_way) == []
    assert len(under_way.found.left_out) == 16


def test_what_turns_out_to_take_too_long_is_given_up() -> None:
    runner = MadeUpRunner(1000.0)
    runner.surprise = {"tree": OutOfTimeError(5000.0)}
    under_way = contest(runner)
    list(under_way)
    left = under_way.found.left_out
    assert {(one.name, one.size) for one in left} == {("tree", 10.0), ("tree", 100.0)}
    assert left[0].why.startswith("5,000.0 s more were needed, and ")


def test_where_all_seeds_are_too_many_one_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five networks as one program turn out to need 50 s of 30: the later ones are given up, the first has 10 s."""
    runner = MadeUpRunner(30.0, sizes=(100.0,), seeds=5)
    monkeypatch.setattr(runner, "with_other_seeds", lambda cell, waiting, seconds: list(waiting))
    plain, asked = runner.run, []

    def run(cells: Sequence[Cell]) -> list[Result]:
        if cells[0].contestant.name != NETWORK:
            return plain(cells)
        asked.append([cell.seed for cell in cells])
        if len(cells) > 1:
            raise OutOfTimeError(50.0)
        return plain(cells)

    monkeypatch.setattr(runner, "run", run)
    under_way = contest(runner)
    list(under_way)
    assert asked == [[0, 1, 2, 3, 4], [0]]
    assert runner.costs.foreseen(Contestant(NETWORK), 400) == 10.0, "what one of five takes"
    assert [one.seed for one in under_way.results if one.name == NETWORK] == [0]
    left = {one.seed: one.why for one in under_way.found.left_out if one.name == NETWORK}
    assert sorted(left) == [1, 2, 3, 4]
    assert left[4].startswith("50.0 s more were needed, and ")


def test_a_cell_during_which_the_time_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = MadeUpRunner(100.0)

    def run(cells: Sequence[Cell]) -> list[Result]:
        runner.clock.now = 101.0
        raise OutOfTimeError(0.0)

    monkeypatch.setattr(runner, "run", run)
    under_way = contest(runner)
    assert list(under_way) == []
    assert {one.why for one in under_way.found.left_out} == {"the time was over"}


def test_what_an_algorithm_refuses_is_named_and_the_others_go_on() -> None:
    runner = MadeUpRunner(None)
    runner.surprise = {"tree": ValueError("needs 2 classes,\nbut there is 1")}
    under_way = contest(runner)
    assert len(list(under_way)) == 12
    assert {(one.name, one.why) for one in under_way.found.left_out} == {
        ("tree", "it refuses these examples: needs 2 classes,")
    }
    runner = MadeUpRunner(None)
    runner.surprise = {NETWORK: ValueError("a defect")}
    with pytest.raises(ValueError, match="a defect"):
        list(contest(runner))


def test_answers_that_are_no_numbers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = MadeUpRunner(None)

    def run(cells: Sequence[Cell]) -> list[Result]:
        return [result(cells[0].contestant.name, cells[0].size, cells[0].seed, math.nan)]

    monkeypatch.setattr(runner, "run", run)
    under_way = contest(runner)
    assert list(under_way) == []
    assert {one.why for one in under_way.found.left_out} == {"its answers are no finite numbers"}


def test_a_stop_keeps_what_is_done_and_resuming_goes_on(tmp_path: Path) -> None:
    path, runner = tmp_path / "made.json", MadeUpRunner(None)
    under_way = contest(runner, path)
    for number, _ in enumerate(under_way):
        if number == 6:
            under_way.stop("Ctrl-C")
    kept = load_found(path)
    assert len(kept.results) == 7
    assert {one.why for one in kept.left_out} == {"stopped by Ctrl-C"}
    again = MadeUpRunner(None)
    list(contest(again, path, kept))
    assert len(again.order) == 9
    assert {one.cell for one in load_found(path).results} == set(runner.plan.cells)
    assert load_found(path).left_out == ()
    assert not {one.cell for one in kept.results} & set(again.order), "nothing is done twice"


def test_resuming_asks_again_for_what_was_refused(tmp_path: Path) -> None:
    """More time, or a newer scikit-learn, may do what was not possible before."""
    path, runner = tmp_path / "made.json", MadeUpRunner(None)
    runner.surprise = {"tree": ValueError("needs 2 classes"), "SVM": OutOfTimeError(50.0)}
    list(contest(runner, path))
    kept = load_found(path)
    assert {one.name for one in kept.left_out} == {"tree", "SVM"}
    again = MadeUpRunner(None)
    again.surprise = {"tree": ValueError("needs 2 classes")}
    list(contest(again, path, kept))
    assert {cell.contestant.name for cell in again.order} == {"SVM"}
    assert {(one.name, one.why) for one in load_found(path).left_out} == {
        ("tree", "it refuses these examples: needs 2 classes")
    }


def test_a_stop_within_a_cell(tmp_path: Path) -> None:
    path, runner = tmp_path / "made.json", MadeUpRunner(None)
    runner.surprise = {NETWORK: StoppedError("SIGTERM")}
    under_way = contest(runner, path)
    for number, _ in enumerate(under_way):
        if number == 2:
            under_way.stop("SIGTERM")
    assert len(load_found(path).results) == 3


def test_leaving_the_loop_keeps_what_is_done(tmp_path: Path) -> None:
    path = tmp_path / "made.json"
    loop = iter(contest(MadeUpRunner(None), path))
    for _ in range(3):
        next(loop)
    loop.close()
    assert len(load_found(path).results) == 3


def test_an_error_keeps_what_is_done(tmp_path: Path) -> None:
    path, runner = tmp_path / "made.json", MadeUpRunner(None)
    runner.surprise = {"SVM": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        list(contest(runner, path))
    assert len(load_found(path).results) > 2


def test_sizes_that_nobody_can_learn_from_are_named() -> None:
    runner = MadeUpRunner(None)
    runner.plan = Plan(runner.plan.contestants, (100.0,), 2, ((5.0, "4 examples are too few"),))
    under_way = contest(runner)
    list(under_way)
    left = under_way.found.left_out
    assert [(one.size, one.why) for one in left] == [(5.0, "4 examples are too few")] * 8
