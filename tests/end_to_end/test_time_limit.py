"""--time keeps its word, from the start of the process to the saved file."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lamina import Model
from tests.cli.program import run


@pytest.mark.slow  # it measures time: nothing may run beside it
def test_the_model_is_saved_by_then_and_has_learnt(tmp_path: Path) -> None:
    began = time.monotonic()
    outcome = run(tmp_path, "train", "digits", "--network", "mlp", "--time", "12s")
    took = time.monotonic() - began
    assert outcome.status == 0
    assert took <= 12
    assert "too short" not in outcome.err
    record = Model.load(tmp_path / "digits.safetensors").record
    results = {measure.name: measure.value for measure in record.results}
    assert len(record.epochs) >= 5
    assert results["error"] < 0.2
    assert record.epochs[-1].learning_rate < 0.35 * record.epochs[0].learning_rate, "the schedule ends when time does"
