"""Cells that are run for themselves: how settings are chosen, and what is remembered."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import Dataset
from lamina.comparing.cells import Choice, Runner
from lamina.comparing.clock import Clock
from lamina.comparing.folds import TUNING_ROWS, Folds
from lamina.comparing.plan import GUESSING, NETWORK, Cell, Contestant, Plan
from lamina.comparing.preparing import Source
from lamina.data.inputs import numbers

LINEAR = Contestant("logistic regression")


def runner_of(classes: list[str]) -> Runner:
    values = np.random.default_rng(0).normal(size=(len(classes), 2))
    source = Source(Dataset("made", numbers(values), np.array(classes), "kind"))
    plan = Plan((Contestant(NETWORK), Contestant(GUESSING), LINEAR, Contestant("SVM")), (100.0,), 1)
    return Runner(source, Folds(source.dataset, 1), plan, Clock())


@pytest.fixture(scope="module")
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
