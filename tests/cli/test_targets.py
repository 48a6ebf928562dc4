"""Several targets, and pictures beside columns, from the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import lamina as library
from lamina.data.picture_encoder import PictureEncoder
from lamina.errors import DataError, LaminaError
from tests.cli.program import Outcome, lamina
from tests.data.makers import csv_of, write, write_picture_table
from tests.trained import quietly

TRAIN = (
    "train",
    "rides.csv",
    "--target",
    "price,kind",
    "--epochs",
    "15",
    "--layers",
    "8 tanh",
    "--learning-rate",
    "0.02",
)


def rides(count: int = 150) -> list[dict[str, str]]:
    """Rows with a price and a kind that follow from the distance; some lack one of them, one lacks both."""
    chance, rows = np.random.default_rng(0), []
    for number, distance in enumerate(chance.uniform(1, 9, count).tolist()):
        price = "" if number % 15 == 0 else f"{2 * distance + chance.normal(0, 0.3):.3f}"
        kind = "" if number % 15 == 7 or number == 30 else "far" if distance > 5 else "near"
        rows.append({"distance": f"{distance:.3f}", "noise": f"{chance.normal():.3f}", "price": price, "kind": kind})
    return rows


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    folder = write(tmp_path_factory.mktemp("rides"), {"rides.csv": csv_of(rides())})
    write(folder, {"new.csv": csv_of(rides(4), ("price", "kind"))})
    return folder, lamina(folder, *TRAIN)


@pytest.mark.slow
def test_what_is_missing_is_said_for_each_target(trained: tuple[Path, Outcome]) -> None:
    _, outcome = trained
    assert outcome.status == 0
    assert "note: 10 rows have no price and are not learnt from for it (line 2, line 17," in outcome.err
    assert "note: 11 rows have no kind and are not learnt from for it" in outcome.err
    assert "note: 1 row has none of the targets and is left out" in outcome.err
    assert "149 examples" in outcome.out
    assert "predicting price, a number" in outcome.out
    assert "test   loss" in outcome.out
    for name in ("price mean absolute error", "kind error"):
        assert f"{name} " in outcome.out.splitlines()[-2]


@pytest.mark.slow
def test_every_target_has_its_answer_its_column_and_its_probabilities(trained: tuple[Path, Outcome]) -> None:
    folder, _ = trained
    lines = lamina(folder, "predict", "rides.safetensors", "new.csv").out.splitlines()
    assert all(" price " in line and "; kind " in line and " %" in line for line in lines)
    lamina(folder, "predict", "rides.safetensors", "new.csv", "-o", "answers.csv")
    with (folder / "answers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "name", "price", "kind", "probability of kind far", "probability of kind near", "error",
    ]  # fmt: skip
    plain = json.loads(lamina(folder, "predict", "rides.safetensors", "new.csv", "--json").out)
    for row, answer in zip(rows, plain, strict=True):
        assert float(row["price"]) == answer["price"]["value"]
        assert row["kind"] == answer["kind"]["value"]
        assert float(row["probability of kind far"]) == answer["kind"]["probabilities"]["far"]


def test_a_row_that_cannot_be_read_has_empty_cells(trained: tuple[Path, Outcome]) -> None:
    folder, _ = trained
    write(folder, {"bad.csv": b"distance,noise\n1.5,0\nfar,0\n"})
    outcome = lamina(folder, "predict", "rides.safetensors", "bad.csv", "--csv")
    assert outcome.status == 1
    assert outcome.out.splitlines()[2].startswith("line 3,,,,,")


def test_each_target_is_evaluated_on_the_rows_that_have_it(trained: tuple[Path, Outcome]) -> None:
    folder, _ = trained
    outcome = lamina(folder, "evaluate", "rides.safetensors", "rides.csv")
    plain = json.loads(lamina(folder, "evaluate", "rides.safetensors", "rides.csv", "--json").out)
    assert plain["examples"] == plain["targets"]["price"]["examples"] == 30
    assert "price, 30 examples" in outcome.out
    assert f"kind, {plain['targets']['kind']['examples']} examples" in outcome.out
    assert plain["targets"]["kind"]["error"] < 0.3


def test_show_tells_what_guessing_reaches_for_each(trained: tuple[Path, Outcome]) -> None:
    folder, _ = trained
    shown = lamina(folder, "show", "rides.safetensors").out
    line = next(line for line in shown.splitlines() if line.startswith("guessing"))
    assert "price mean absolute error" in line
    assert "kind error" in line


def test_check_tells_of_each_target(trained: tuple[Path, Outcome]) -> None:
    folder, _ = trained
    shown = lamina(folder, "check", "rides.csv", "--target", "price,kind").out
    assert "predicting price, numbers from" in shown
    assert "; kind, 2 values: " in shown
    assert "price mean absolute error" in shown


@pytest.mark.slow
def test_a_target_that_the_inputs_do_not_tell_is_named(tmp_path: Path) -> None:
    rows = [
        {**row, "luck": str(value)}
        for row, value in zip(rides(), np.random.default_rng(3).normal(size=150), strict=True)
    ]
    write(tmp_path, {"rides.csv": csv_of(rows)})
    words = ("--target", "price,luck", "--kinds", "kind=drop", "--epochs", "30", "--layers", "16 tanh")
    said = lamina(tmp_path, "train", "rides.csv", *words, "--learning-rate", "0.02").err
    assert "the model is no better than guessing: its luck mean absolute error" in said
    assert "its price mean absolute error" not in said


@pytest.mark.slow
def test_a_model_of_one_target_can_go_on_to_several(trained: tuple[Path, Outcome]) -> None:
    folder, _ = trained
    again = lamina(folder, *TRAIN[:4], "--epochs", "1", "--from", "rides.safetensors", "-o", "again.safetensors")
    assert again.status == 0
    assert "going on from rides.safetensors" in again.err
    other = library.train(folder / "rides.csv", target="kind", base=folder / "rides.safetensors", epochs=1)
    assert other.model.task.outputs == 2


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"target": "price,weight"}, "there is no column 'weight'; the columns are distance, noise, price, kind"),
        ({"target": "price,price"}, "--target names a column more than once: price,price"),
        ({"target": "price,kind", "task": "regression,classification,regression"}, "names 3 tasks for 2 targets"),
        ({"target": "price,kind", "task": "regression"}, "--task regression needs numbers; kind holds texts"),
        ({"target": "price,kind", "loss": "huber"}, "loss is for one target; several"),
        ({"target": "price,kind", "class_weights": "balanced"}, "class_weights is for one target"),
    ],
)
def test_what_cannot_be_learnt_together_is_refused(
    options: dict[str, str], complaint: str, trained: tuple[Path, Outcome]
) -> None:
    with pytest.raises(LaminaError, match=complaint):
        library.train(trained[0] / "rides.csv", **options)


def test_a_task_for_each_target(trained: tuple[Path, Outcome]) -> None:
    found = library.read(trained[0] / "rides.csv", target="distance,kind", task="classification, classification")
    assert {name: found.targets[name].dtype.kind for name in found.targets.dtype.names or ()} == {
        "distance": "U",
        "kind": "U",
    }


def test_a_model_of_several_targets_refuses_another_datasets(trained: tuple[Path, Outcome]) -> None:
    model = library.Model.load(trained[0] / "rides.safetensors")
    other = library.read(trained[0] / "rides.csv", target="price")
    with pytest.raises(DataError, match="the model predicts price,kind; rides was read for price"):
        model.evaluate(other)


@pytest.mark.slow
def test_pictures_beside_a_number_from_the_command_line(tmp_path: Path, models: Path) -> None:
    write_picture_table(tmp_path)
    (tmp_path / "shown/3.png").write_bytes(b"no picture")
    model = models / "pictured.safetensors"
    checked = lamina(tmp_path, "check", "digits.csv", "--target", "digit", "--task", "classification").out
    assert "picture  picture   yes" in checked
    assert "- left out line 5, shown/3.png: not a picture in a known format" in checked
    answers = lamina(tmp_path, "predict", model, "digits.csv")
    assert answers.status == 1
    assert len(answers.out.splitlines()) == 99
    assert "line 5: not a picture in a known format" in answers.err
    shown = lamina(tmp_path, "show", model).out
    assert "picture  picture: 8 x 8, grey, drawings framed as in training" in shown
    assert "proof       holds" in shown
    (tmp_path / "shown/3.png").unlink()
    evaluated = lamina(tmp_path, "evaluate", model, "digits.csv")
    assert "left out line 5, shown/3.png: there is no such file" in evaluated.err
    assert "digits: 99 examples" in evaluated.out


@pytest.mark.slow
def test_a_source_with_broken_pictures_is_measured_on_what_was_held_out_too(tmp_path: Path) -> None:
    table = write_picture_table(tmp_path, 60)
    (tmp_path / "shown/3.png").unlink()
    network = library.Sequential(library.Flatten(), library.Dense(10))
    options = {"target": "digit", "task": "classification", "kinds": {"near": "drop"}, "epochs": 2}
    model = quietly(table, network, **options)
    assert isinstance(model.encoder, PictureEncoder)
    found = model.evaluate(table)
    assert found.examples == model.record.test < 15
    assert found.notes == ()
