"""The figure of a search: each trial at its loss, the lowest so far, what mattered."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lamina.plots.style import save
from lamina.plots.tuned import last_loss, tuning_picture

optuna = pytest.importorskip("optuna")
RATE = optuna.distributions.FloatDistribution(0.001, 1.0, log=True)
WIDTH = optuna.distributions.IntDistribution(1, 64)


def study(count: int) -> Any:
    """A study whose loss depends on the rate alone; every fourth trial was given up."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    made, chance = optuna.create_study(study_name="$made$", direction="minimize"), np.random.default_rng(0)
    for number in range(count):
        rate, width = float(10 ** chance.uniform(-3, 0)), int(chance.integers(1, 65))
        loss, given_up = 0.1 + math.log10(rate) ** 2, number % 4 == 3
        made.add_trial(
            optuna.trial.create_trial(
                params={"rate": rate, "width": width}, distributions={"rate": RATE, "width": WIDTH},
                state=optuna.trial.TrialState.PRUNED if given_up else optuna.trial.TrialState.COMPLETE,
                value=loss, intermediate_values={1: 2 * loss, 2: loss},
                user_attrs={"default": number == 0},
            )
        )  # fmt: skip
    return made


@pytest.mark.parametrize("dark", [False, True])
def test_what_stands_on_the_axes(dark: bool) -> None:
    found = study(40)
    trials, shares = tuning_picture(found, dark=dark).axes
    lines = {line.get_label(): line for line in trials.lines}
    assert list(lines) == ["to the end", "given up", "lowest so far"]
    ended = [trial for trial in found.trials if trial.state.name == "COMPLETE"]
    np.testing.assert_allclose(lines["to the end"].get_ydata(), [trial.value for trial in ended])
    np.testing.assert_allclose(lines["given up"].get_xdata(), range(3, 40, 4))
    lowest = np.asarray(lines["lowest so far"].get_ydata(), float)
    assert lowest[-1] == min(trial.value for trial in ended)
    assert (np.diff(lowest) <= 0).all()
    widths = [bar.get_width() for bar in shares.patches]
    names = [label.get_text() for label in shares.get_yticklabels()]
    assert names[int(np.argmax(widths))] == "rate"
    assert sum(widths) == pytest.approx(100)


def test_losses_within_a_decade_have_plain_marks() -> None:
    assert tuning_picture(study(40)).axes[0].get_yscale() == "log"
    close = optuna.create_study(study_name="close")
    for loss in (0.34, 0.41, 0.36):
        close.add_trial(optuna.trial.create_trial(value=loss))
    assert tuning_picture(close).axes[0].get_yscale() == "linear"


def test_few_trials_have_no_shares(tmp_path: Path) -> None:
    made = tuning_picture(study(3))
    assert len(made.axes) == 1
    assert ">$made$<" in save(made, tmp_path / "x.svg").read_text(encoding="utf-8")
    assert last_loss(study(4).trials[3]) == pytest.approx(study(4).trials[3].intermediate_values[2])
