"""Settings against loss, and the page about a search: places on the axes, the best and the default, what is said."""

from __future__ import annotations

import html
import re
from pathlib import Path

import numpy as np
import pytest

from lamina.errors import SaveError, SettingError
from lamina.plots.report_tuned import answer, tuning_report
from lamina.plots.tuned_settings import scales_of, settings_picture
from tests import trained
from tests.plots.test_tuned import RATE, study

optuna = pytest.importorskip("optuna")
CHOICE = optuna.distributions.CategoricalDistribution(("a", "b", "<c>"))


def words_of(path: Path) -> str:
    """A page without its figures and marks."""
    text = re.sub(r"base64,[^\"]+", "", path.read_text(encoding="utf-8"))
    return html.unescape(" ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", text).split()))


def test_a_value_stands_where_its_scale_puts_it() -> None:
    found = study(8)
    scales = {scale.name: scale for scale in scales_of(found.trials)}
    assert list(scales) == ["rate", "width", "validation loss"]
    assert [scales["rate"].place(value) for value in (0.001, 0.1, 1.0)] == pytest.approx([0, 2 / 3, 1])
    assert scales["width"].place(1) == 0
    assert scales["width"].marks == (1, 32, 64)
    losses = sorted(trial.value for trial in found.trials)
    assert [scales["validation loss"].place(value) for value in (losses[0], losses[-1])] == pytest.approx([0, 1])
    chosen = optuna.trial.create_trial(params={"x": "b"}, distributions={"x": CHOICE}, value=-1.0)
    category, loss = scales_of([chosen])
    assert [category.place(value) for value in CHOICE.choices] == [0, 0.5, 1]
    assert loss.place(-1.0) == 0.5, "one loss alone stands in the middle"


@pytest.mark.parametrize("dark", [False, True])
def test_the_best_and_the_default_stand_out(dark: bool) -> None:
    found = study(20)
    [ax] = settings_picture(found, dark=dark).axes
    lines = {line.get_label(): line for line in ax.lines}
    best = min((t for t in found.trials if t.state.name == "COMPLETE"), key=lambda t: t.value)
    scales = scales_of(found.trials)
    expected = [
        scales[0].place(best.params["rate"]),
        scales[1].place(best.params["width"]),
        scales[2].place(best.value),
    ]
    np.testing.assert_allclose(np.asarray(lines["the best"].get_ydata(), float), expected)
    assert lines["the best"].get_linestyle() != lines["the default"].get_linestyle()
    assert [text.get_text() for text in ax.get_xticklabels()] == ["rate", "width", "validation loss"]
    assert len(ax.lines) == 20 + 2 + 3, "the trials, the two, and the axes"


def test_a_setting_that_only_some_trials_have_is_left_out_of_the_others() -> None:
    found = study(2)
    more = {"rate": 0.5, "x": "a"}
    found.add_trial(optuna.trial.create_trial(params=more, distributions={"rate": RATE, "x": CHOICE}, value=0.01))
    [ax] = settings_picture(found).axes
    [best] = [line for line in ax.lines if line.get_label() == "the best"]
    assert best.get_xdata().tolist() == [0, 2, 3], "rate, not width, x, the loss"


def test_the_answer_names_the_best_and_the_default() -> None:
    found = study(20)
    ended = [trial for trial in found.trials if trial.state.name == "COMPLETE"]
    best, default = min(trial.value for trial in ended), found.trials[0].value
    assert answer(found) == (
        f"The best of 20 trials has a loss of {best:.4f} on the examples to choose by; the default has {default:.4f}."
    )
    assert answer(study(1)).startswith("None of 1 trials was better than the default, which has a loss of ")
    assert answer(study(0)) == "None of 0 trials came to its last epoch: more time finds more."
    pruned = optuna.create_study(direction="minimize")
    for trial in found.trials[3:5]:
        pruned.add_trial(trial)
    assert answer(pruned).endswith("on the examples to choose by; the default did not come to its end.")


@pytest.mark.slow
def test_the_page_tells_every_trial_and_stands_alone(tmp_path: Path) -> None:
    found = study(12)
    text = words_of(tuning_report(found, trained.iris(), tmp_path / "x.html"))
    titles = ("The best and the default", "What mattered", "Settings against loss", "The trials", "How it was searched")
    assert all(title in text for title in titles)
    assert "12 trials: 9 to the end, 3 pruned." in text
    assert "What was found for $made$?" in text
    assert "Of 30 examples that it never saw while training, this model answers" in text
    assert all(f"{trial.value:.4f}" in text for trial in found.trials if trial.state.name == "COMPLETE")
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=\"(?!data:|#)", page)


def test_a_study_without_an_end_and_bad_paths(tmp_path: Path) -> None:
    text = words_of(tuning_report(study(0), trained.iris(), tmp_path / "x.html"))
    assert "No trial has come to its end." in text
    assert "What mattered can be said once 8 trials have come to their end." in text
    assert "Settings against loss" not in text
    with pytest.raises(SettingError, match=r"a report is written as \.html or \.htm; got 'x\.pdf'"):
        tuning_report(study(0), trained.iris(), tmp_path / "x.pdf")
    with pytest.raises(SaveError, match="a report is written into a folder that exists"):
        tuning_report(study(0), trained.iris(), tmp_path / "nowhere" / "x.html")
