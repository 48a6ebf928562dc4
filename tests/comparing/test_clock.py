"""What a cell is going to take, and the time that is left."""

from __future__ import annotations

import math
import time

import pytest

from lamina.comparing.clock import Clock, Costs, OutOfTimeError, StoppedError, Work
from lamina.comparing.plan import Contestant

SVM = Contestant("SVM")


@pytest.fixture
def costs() -> Costs:
    return Costs({SVM: Work(lambda rows: float(rows**2), 1e-6)})


def test_before_anything_was_measured(costs: Costs) -> None:
    assert costs.foreseen(SVM, 1_000) == pytest.approx(1.0)


def test_larger_amounts_grow_at_least_as_the_work_does(costs: Costs) -> None:
    costs.measured(SVM, 100, 2.0)
    costs.measured(SVM, 100, 4.0)
    assert costs.foreseen(SVM, 100) == 3.0
    assert costs.foreseen(SVM, 200) == pytest.approx(12.0)
    assert costs.foreseen(SVM, 50) == 3.0, "less data takes no longer"


def test_what_grew_faster_is_expected_to_go_on_so(costs: Costs) -> None:
    costs.measured(SVM, 100, 1.0)
    costs.measured(SVM, 200, 8.0)
    assert costs.foreseen(SVM, 400) == pytest.approx(64.0)


def test_a_jump_is_not_taken_for_a_law(costs: Costs) -> None:
    costs.measured(SVM, 100, 0.1)
    costs.measured(SVM, 200, 8.0)
    assert costs.foreseen(SVM, 400) == pytest.approx(64.0), "no steeper than the third power"


def test_noise_is_no_growth(costs: Costs) -> None:
    """Milliseconds grow with the work alone, and one time among many that the machine was busy for is no measure."""
    costs.measured(SVM, 100, 0.001)
    for seconds in (0.002, 0.002, 9.0):
        costs.measured(SVM, 200, seconds)
    assert costs.foreseen(SVM, 400) == pytest.approx(0.008)


def test_sixty_thousand_rows_are_seen_coming(costs: Costs) -> None:
    """A kernel on MNIST: what takes seconds on 3,000 rows takes the best part of an hour on all."""
    costs.measured(SVM, 1_000, 0.5)
    costs.measured(SVM, 3_000, 6.0)
    assert costs.foreseen(SVM, 60_000) > 2_400


def test_trials_answer_for_fewer_examples_and_are_no_measure_of_the_others(costs: Costs) -> None:
    costs.measured(SVM, 100, 0.1, trial=True)
    assert costs.foreseen(SVM, 100) == 0.1, "nothing else is known"
    costs.measured(SVM, 200, 8.0)
    assert costs.foreseen(SVM, 400) == pytest.approx(32.0), "not the jump from a trial to the first whole answer"
    assert costs.foreseen(SVM, 100, trial=True) == 0.1


def test_the_clock() -> None:
    assert Clock().left == math.inf
    clock = Clock(time.perf_counter() + 100)
    assert 99 < clock.left <= 100
    clock.require(50)
    clock.require(20, share=0.25)
    with pytest.raises(OutOfTimeError, match=r"30\.0 s"):
        clock.require(30, share=0.25)
    with pytest.raises(OutOfTimeError, match=r"200\.0 s"):
        clock.require(200)
    clock.stopped = "Ctrl-C"
    with pytest.raises(StoppedError, match="Ctrl-C"):
        clock.require()
