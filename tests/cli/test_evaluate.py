"""lamina evaluate: the figures of a model in words and as JSON, checked against a count by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import lamina as package
from lamina.data.split import split
from tests.cli.program import error_of, lamina
from tests.data.makers import class_files, encoded, noise, write
from tests.trained import digits, iris

pytestmark = pytest.mark.slow


def test_the_figures_are_those_of_a_count_by_hand(models: Path) -> None:
    found = json.loads(lamina(models, "evaluate", "digits.safetensors", "digits", "--json").out)
    dataset = package.read("digits")
    dataset = dataset.subset(split(dataset, digits().record.settings.seed).test)
    answers = np.array([prediction.value for prediction in digits().predict(dataset)])
    wrong = answers != dataset.targets
    assert found["examples"] == len(dataset) == 359
    assert found["error"] == pytest.approx(wrong.mean())
    assert found["accuracy"] == pytest.approx(1 - wrong.mean())
    matrix = np.array(found["confusion_matrix"])
    for row, name in enumerate(found["classes"]):
        of_class = answers[dataset.targets == name]
        assert matrix[row].tolist() == [(of_class == other).sum() for other in found["classes"]]
        assert found["recall"][row] == pytest.approx((of_class == name).mean())
        assert found["precision"][row] == pytest.approx((dataset.targets[answers == name] == name).mean())


def test_in_words(models: Path) -> None:
    outcome = lamina(models, "evaluate", "iris.safetensors", "iris")
    lines = outcome.out.splitlines()
    found = iris().evaluate("iris")
    assert outcome.status == 0
    assert lines[0] == "iris (the part that the model was tested on): 30 examples"
    assert lines[1] == f"loss      {found.loss:.4f}"
    assert f"error     {100 * found['error']:.2f} %" in lines
    heading = next(place for place, line in enumerate(lines) if "true \\ answered" in line)
    assert lines[heading].split()[-3:] == ["setosa", "versicolor", "virginica"]
    for row in range(3):
        shown = lines[heading + 1 + row].replace(".", "0").split()
        assert shown == [found["classes"][row], *map(str, found["confusion_matrix"][row])]
    assert lines[heading + 5].split() == ["class", "precision", "recall", "F1", "examples"]
    assert lines[heading + 6].split() == [
        "setosa", *(f"{found[name][0]:.4f}" for name in ("precision", "recall", "f1")), "10"
    ]  # fmt: skip


def test_a_model_of_numbers(models: Path) -> None:
    found = json.loads(lamina(models, "evaluate", "diabetes.safetensors", "diabetes", "--json").out)
    assert found.keys() == {
        "source", "examples", "loss", "mean_absolute_error", "mean_squared_error",
        "root_mean_squared_error", "r_squared", "skipped", "notes",
    }  # fmt: skip
    assert 0 < found["mean_absolute_error"] < 80
    assert "mean absolute error" in lamina(models, "evaluate", "diabetes.safetensors", "diabetes").out


def test_data_of_another_kind_is_refused(models: Path, tmp_path: Path) -> None:
    write(tmp_path / "birds", class_files())
    said = error_of(lamina(models, "evaluate", "iris.safetensors", tmp_path / "birds"))
    assert "the model takes rows of numbers" in said
    said = error_of(lamina(models, "evaluate", "digits.safetensors", tmp_path / "birds"))
    assert "the data has cat, dog besides" in said
    assert "takes rows of 4 numbers" in error_of(lamina(models, "evaluate", "iris.safetensors", "wine"))


def test_what_was_left_out_is_told(models: Path, tmp_path: Path) -> None:
    files = {f"{name}/{place}.png": encoded(noise(place)) for name in "01" for place in range(15)}
    write(tmp_path / "scans", {**files, "0/broken.png": b"\x89PNG\r\n\x1a\n and no more"})
    outcome = lamina(models, "evaluate", "digits.safetensors", tmp_path / "scans")
    assert outcome.status == 0
    assert "note: left out 0/broken.png: " in outcome.err
    assert outcome.out.startswith("scans: 30 examples\n")
    found = json.loads(lamina(models, "evaluate", "digits.safetensors", tmp_path / "scans", "--json").out)
    assert [skipped["name"] for skipped in found["skipped"]] == ["0/broken.png"]
