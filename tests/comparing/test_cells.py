"""Cells that are run for themselves: how settings are chosen, and what is remembered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lamina import Dataset
from lamina.comparing.cells import Choice, Runner
from lamina.comparing.clock import Clock
from lamina.comparing.folds import TUNING_ROWS, Folds
from lamina.comparing.plan import GUESSING, NETWORK, Cell, Contestant, Plan
from lamina.comparing.preparing import Source
from lamina.comparing.rivals import SETTINGS
from lamina.data.inputs import numbers

LINEAR = Contestant("logistic regression")


def runner_of(classes: list[str]) -> Runner:
    values = np.random.default_rng(0).normal(size=(len(classes), 2))
    source = Source(Dataset("made", numbers(values), np.array(classes), "kind"))
    plan = Plan((Contestant(NETWORK), Contestant(GUESSING), LINEAR, Contestant("SVM")), (100.0,), 1)
    return Runner(source, Folds(source.dataset, 1), plan, Clock())


@pytest.fixture
def rare() -> Runner:
    return runner_of(["a"] * 7997 + ["b"] * 3)


def test_a_class_too_rare_for_choosing_leaves_the_usual_setting(rare: Runner) -> None:
    """Among the first thousand examples, on which settings are chosen, there is one class alone."""
    assert rare.folds.why_not(TUNING_ROWS).endswith('have the same kind, "a"')
    assert rare.folds.why_not(rare.folds.rows(100.0)) == ""
    (found,) = rare.run([Cell(LINEAR, 100.0, 0)])
    assert (found.choice, found.tried) == (0, 1)
    assert found.error < 0.01
    assert rare._rate(Cell(Contestant(NETWORK), 100.0, 0)) == Choice()


def test_no_time_is_foreseen_for_a_choice_that_cannot_be_made(rare: Runner) -> None:
    cell, usual = Cell(Contestant("SVM"), 100.0, 0), runner_of(["a", "b"] * 4000)
    assert rare.foreseen(cell) < usual.foreseen(cell)


def test_only_what_was_tried_is_remembered() -> None:
    """A cell that had no time to choose leaves the choice to later ones, as after resuming with more time."""
    runner = runner_of(["a", "b"] * 100)
    cell = Cell(LINEAR, 100.0, 0)
    (found,) = runner.run([cell])
    assert found.tried == SETTINGS
    later = runner_of(["a", "b"] * 100)
    later.remember(replace(found, choice=0, tried=1))
    assert later.run([cell])[0].tried == SETTINGS
    later = runner_of(["a", "b"] * 100)
    later.remember(replace(found, choice=3))
    (again,) = later.run([cell])
    assert (again.choice, again.tuning_seconds < found.tuning_seconds) == (3, True)
