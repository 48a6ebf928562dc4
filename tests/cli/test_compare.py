"""lamina compare: whole comparisons, what is refused, what a stop leaves."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lamina.comparing.results import load_found
from tests.cli.program import TIMEOUT, error_of, lamina, start


def write_table(path: Path, rows: int = 80, kinds: int = 2) -> Path:
    chance = np.random.default_rng(0)
    values = chance.normal(size=(rows, 3))
    places = (values[:, 0] > 0).astype(int) if kinds == 2 else np.zeros(rows, int)
    lines = [f"{a:.3f},{b:.3f},{c:.3f},{'xy'[kind]}" for (a, b, c), kind in zip(values, places, strict=True)]
    path.write_text("\n".join(["a,b,c,kind", *lines]) + "\n")
    return path


def cells(path: Path) -> Any:
    document = json.loads(path.read_text())
    return [(one["name"], one["view"], one["size"], one["seed"]) for one in document["results"] + document["left_out"]]


@pytest.mark.slow
def test_a_table_of_classes(tmp_path: Path) -> None:
    write_table(tmp_path / "made.csv")
    outcome = lamina(tmp_path, "compare", "made.csv", "--target", "kind", "--sizes", "30,100", "--seeds", "2",
                     "--figure", "curve.svg")  # fmt: skip
    assert outcome.status == 0, outcome
    for part in ("made: 80 examples; 9 contestants x 2 sizes x 2 seeds = 36 cells", "gradient boosting", "± ",
                 "verdict: ", "saved  made.comparison.json", "drawn  curve.svg"):  # fmt: skip
        assert part in outcome.out
    assert "not run" not in outcome.out
    found = load_found(tmp_path / "made.comparison.json")
    assert len(found.results) == 36
    by_name = {one.name: one.error for one in found.results if one.size == 100 and one.seed == 0}
    assert by_name["network"] < by_name["guessing"]
    assert by_name["decision tree"] <= 0.2
    assert "<svg" in (tmp_path / "curve.svg").read_text()
    again = error_of(lamina(tmp_path, "compare", "made.csv", "--target", "kind"))
    assert again == "made.comparison.json exists already: --resume goes on with it, and -o names another file"


@pytest.mark.slow
def test_a_time_that_is_too_short_names_every_cell_and_resuming_ends_the_work(tmp_path: Path) -> None:
    write_table(tmp_path / "made.csv")
    words = ("compare", "made.csv", "--target", "kind", "--sizes", "100", "--seeds", "2", "-o", "found.json")
    began = time.perf_counter()
    outcome = lamina(tmp_path, *words, "--time", "1s")
    assert outcome.status == 0
    assert time.perf_counter() - began < 20
    assert "not run, " in outcome.out
    every = cells(tmp_path / "found.json")
    assert len(every) == len(set(every)) == 18
    done = load_found(tmp_path / "found.json").results
    outcome = lamina(tmp_path, *words, "--resume", "--time", "5m")
    assert outcome.status == 0
    found = load_found(tmp_path / "found.json")
    assert len(found.results) == 18
    assert found.left_out == ()
    assert set(done) <= set(found.results), "what was done stays as it was"
    other = error_of(lamina(tmp_path, *words[:-2], "-o", "found.json", "--resume", "--task", "classification",
                            "--seeds", "3"))  # fmt: skip
    assert "found.json was made with another seeds (2 instead of 3)" in other


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stop_at_any_moment_keeps_what_is_done(tmp_path: Path, number: signal.Signals) -> None:
    write_table(tmp_path / "made.csv", 600)
    process = start(tmp_path, "compare", "made.csv", "--target", "kind")
    path = tmp_path / "made.comparison.json"
    for _ in range(2400):
        if path.exists() and len(load_found(path).results) > 20:
            break
        time.sleep(0.1)
    process.send_signal(number)
    out, err = process.communicate(timeout=TIMEOUT)
    found = load_found(path)
    assert 20 < len(found.results) < 225
    assert len(found.results) + len(found.left_out) == 225
    if number == signal.SIGINT:
        assert process.returncode == 130, err
        assert "stopped by Ctrl-C; --resume goes on" in out
        assert "stopped by Ctrl-C" in {one.why for one in found.left_out}


@pytest.mark.slow
def test_numbers_and_pictures_and_groups(tmp_path: Path) -> None:
    outcome = lamina(tmp_path, "compare", "diabetes", "--sizes", "50", "--seeds", "2")
    assert outcome.status == 0
    assert "mean absolute error with 50 % of the training examples" in outcome.out
    assert "linear regression" in outcome.out
    assert "naive Bayes" not in outcome.out
    outcome = lamina(tmp_path, "compare", "digits", "--sizes", "10", "--seeds", "1", "--time", "4m")
    assert outcome.status == 0
    assert "SVM on HOG" in outcome.out
    outcome = lamina(tmp_path, "compare", "iris", "--task", "clustering", "--sizes", "50,100", "--seeds", "2",
                     "-o", "groups.json")  # fmt: skip
    assert outcome.status == 0, outcome
    assert "1 - adjusted Rand index" in outcome.out
    by_name = {one.name: one.error for one in load_found(tmp_path / "groups.json").results if one.size == 100}
    assert by_name["k-means"] < 0.6 < by_name["guessing"]


def test_what_is_refused(tmp_path: Path) -> None:
    write_table(tmp_path / "made.csv")
    write_table(tmp_path / "few.csv", 6)
    (tmp_path / "taken").mkdir()
    made = ["made.csv", "--target", "kind"]
    for words, complaint in (
        (["made.csv"], "which column shall be predicted? Give --target COLUMN"),
        ([*made, "--sizes", "ten"], "--sizes needs percents such as 5,10,25,50,100; got 'ten'"),
        ([*made, "--time", "soon"], "--time needs a time such as 60s, 5m or 1h; got 'soon'"),
        ([*made, "--figure", "curve.gif"], "a figure is saved as .png, .svg, .pdf; got 'curve.gif'"),
        ([*made, "--figure", "nowhere/curve.svg"], "--figure names a file; nowhere/curve.svg is in nowhere"),
        ([*made, "-o", "taken"], "-o names the file of the results; taken is a folder"),
        ([*made, "--resume"], "made.comparison.json: cannot be read"),
        ([*made, "--sizes", "3"], "made: 2 examples are too few to learn from; 10 are needed. Add examples"),
        (["few.csv", "--target", "kind"], "few has 6 examples, too few for 5 folds"),
        (["made.csv", "--target", "a,kind"], "compare takes one target; got a,kind"),
        (["tic_tac_toe"], "compare is for classes, numbers and groups; tic_tac_toe is for playing"),
    ):
        assert complaint in error_of(lamina(tmp_path, "compare", *words)), words


def test_one_class_is_refused(tmp_path: Path) -> None:
    write_table(tmp_path / "one.csv", kinds=1)
    told = error_of(lamina(tmp_path, "compare", "one.csv", "--target", "kind"))
    assert "kind" in told
