"""What an evaluation is of, and what it says besides its figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import lamina
from tests import trained


def test_the_data_of_training_is_measured_on_its_test_part() -> None:
    model = trained.iris()
    found = model.evaluate("iris")
    assert found.source == "iris (the part that the model was tested on)"
    assert (found.examples, found.notes) == (30, ())
    results = {measure.name: measure.value for measure in model.record.results}
    assert found["error"] == pytest.approx(results["error"])
    assert found["loss"] == pytest.approx(results["loss"], rel=1e-5)


def test_figures_on_the_training_data_are_said_to_flatter() -> None:
    model = trained.iris()
    other = replace(model, record=replace(model.record, split="by hand 80/20, seed 0"))
    found = other.evaluate("iris")
    assert found.examples == 150
    assert len(found.notes) == 1
    assert "trained on 108 of these examples, so that the figures flatter; its loss on the 30 others" in found.notes[0]
    assert found.to_json()["notes"] == list(found.notes)


def test_other_data_is_evaluated_without_a_word() -> None:
    dataset = lamina.read("iris")
    found = trained.iris().evaluate(dataset.subset(range(0, 150, 2)))
    assert (found.source, found.examples, found.notes) == ("iris", 75, ())


@pytest.mark.slow
def test_rows_that_cannot_be_read_do_not_hide_that_it_is_the_same_data(tmp_path: Path) -> None:
    rows = [f"{n * 37 % 210 / 8},{n % 3},{'ab'[n * 37 % 210 > 90]}" for n in range(210)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["x,y,label", *rows, "1,2,3,a"]) + "\n")
    model = lamina.fit(path, target="label", skip_bad_rows=True, epochs=40, learning_rate=0.01)
    found = model.evaluate(path, skip_bad_rows=True)
    assert found.examples == model.record.test
    assert [one.name for one in found.skipped] == ["line 212"]


@pytest.mark.slow
def test_parts_are_those_of_training_without_saying_them_again(tmp_path: Path) -> None:
    rows = [f"p{n // 5},{n % 7}.5,{n % 3},{'ab'[n % 7 > 3]}" for n in range(100)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["patient,x,y,label", *rows]) + "\n")
    model = lamina.fit(path, target="label", group="patient", epochs=40, learning_rate=0.01)
    assert model.record.reading == (("group", "patient"),)
    found = model.evaluate(path)
    assert found.source == "t (the part that the model was tested on)"
    assert found.examples == model.record.test == 20
