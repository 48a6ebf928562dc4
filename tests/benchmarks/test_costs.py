"""The arithmetic of the benchmarks of cost, and their picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import growth, time_to_error
from benchmarks.steps.__main__ import _ratios
from benchmarks.steps.picture import draw


def test_the_slope_is_the_exponent_between_the_last_three_sizes() -> None:
    assert growth.slope([1, 10, 100, 1000], [5.0, 3.0, 300.0, 30_000.0]) == pytest.approx(2.0)


def test_of_rows_the_epoch_counts_and_of_other_sizes_the_step() -> None:
    costs = [growth.Cost(0.1, 2.0, 300.0), growth.Cost(0.2, 5.0, 300.0)]
    assert growth._times("rows", costs) == [2.0, 5.0]
    assert growth._times("width", costs) == [0.1, 0.2]


def test_the_better_pytorch_is_what_others_are_held_against() -> None:
    step = {"Lamina": 2.0, "PyTorch": 6.0, "PyTorch, channels last": 4.0, "Keras on JAX": 8.0}
    assert _ratios(step) == {"Lamina": 2.0, "Keras on JAX": 0.5}
    assert _ratios({"Lamina": 2.0, "PyTorch": 1.0}) == {"Lamina": 0.5}


def test_the_picture_names_every_network_and_library(tmp_path: Path) -> None:
    draw({"LeNet-5": {"Lamina": 2.0, "Keras on JAX": 0.5}, "LSTM": {"Lamina": 1.2}}, [1.8, 1.2], tmp_path / "steps.svg")
    drawn = (tmp_path / "steps.svg").read_text()
    assert drawn.count("<svg") == 1
    for words in ("LeNet-5", "LSTM", "Lamina", "Keras on JAX"):
        assert f">{words}</text>" in drawn


def test_time_to_an_error_tells_medians_and_the_worst() -> None:
    row = time_to_error._row("x", [(39.0, 0.009), (41.0, 0.011), (40.0, 0.010)])
    assert row == ("x", "40.0", "41.0", "1.00 %", "1.10 %", "2 of 3")
