"""Tables from the command line: trained on, predicted for, evaluated, with everything said that was assumed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.program import Outcome, error_of, lamina
from tests.data.makers import csv_of, passengers, write

ROWS = passengers(240)
NEW = passengers(12, seed=5)
MODEL = "ship.safetensors"


@pytest.fixture(scope="module")
def ship(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A folder with a table, the model trained on it and a table of new rows; and what the training said."""
    folder = tmp_path_factory.mktemp("ship")
    write(folder, {"ship.csv": csv_of(ROWS), "new.csv": csv_of(NEW, ("Survived",))})
    return folder, lamina(folder, "train", "ship.csv", "--target", "Survived", "--epochs", "15")


def predicted(folder: Path, data: bytes, *words: str, name: str = "some.csv") -> Outcome:
    """What `lamina predict` says for a table."""
    write(folder, {name: data})
    return lamina(folder, "predict", MODEL, name, *words)


def rows_of(path: Path) -> list[dict[str, str]]:
    """A CSV file's rows."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_training_says_what_was_assumed(ship: tuple[Path, Outcome]) -> None:
    folder, outcome = ship
    assert outcome.status == 0
    assert "note: PassengerId: id: a number of its own in every row: left out" in outcome.err
    assert "note: Ship: constant: the same value in every row" in outcome.err
    assert "note: Fare: number: numbers with the unit £" in outcome.err
    assert (folder / MODEL).is_file()
    assert "predicting Survived, one of 2 classes" in outcome.out or "Survived" in outcome.out


@pytest.mark.slow
def test_predictions_in_a_file_whose_name_says_the_form(ship: tuple[Path, Outcome]) -> None:
    folder, _ = ship
    outcome = lamina(folder, "predict", MODEL, "new.csv", "-o", "predictions.csv")
    assert (outcome.status, outcome.out, outcome.err) == (0, "saved  predictions.csv\n", "")
    found = rows_of(folder / "predictions.csv")
    assert list(found[0]) == ["PassengerId", "Survived", "probability of no", "probability of yes", "error"]
    assert [row["PassengerId"] for row in found] == [row["PassengerId"] for row in NEW]
    for row in found:
        assert float(row["probability of no"]) + float(row["probability of yes"]) == pytest.approx(1, abs=1e-5)
        assert float(row[f"probability of {row['Survived']}"]) >= 0.5
    lamina(folder, "predict", MODEL, "new.csv", "-o", "predictions.JSON")
    told = json.loads((folder / "predictions.JSON").read_text())
    assert [row["PassengerId"] for row in told] == [row["PassengerId"] for row in NEW]
    assert [row["Survived"] for row in told] == [row["Survived"] for row in found]
    lamina(folder, "predict", MODEL, "new.csv", "--json", "-o", "predictions.txt")
    assert json.loads((folder / "predictions.txt").read_text()) == told


def test_columns_are_found_by_name_in_any_order(ship: tuple[Path, Outcome]) -> None:
    folder, _ = ship
    expected = lamina(folder, "predict", MODEL, "new.csv").out
    turned = [dict(reversed(row.items())) for row in NEW]
    assert predicted(folder, csv_of(turned, ("Survived", "Ship"))).out == expected
    assert predicted(folder, csv_of(NEW)).out == expected
    tabs = csv_of(NEW).replace(b",", b"\t")
    assert predicted(folder, tabs, name="new.tsv").out == expected
    assert expected.splitlines()[0].split()[0] == "892"


def test_rows_without_an_id_are_named_by_their_line(ship: tuple[Path, Outcome]) -> None:
    folder, _ = ship
    alone = predicted(folder, csv_of(NEW[:2], ("PassengerId",))).out
    assert [line.split("  ")[0] for line in alone.splitlines()] == ["line 2", "line 3"]
    twice = [{**row, "PassengerId": "7"} for row in NEW[:2]]
    assert predicted(folder, csv_of(twice)).out.startswith("line 2")
    both = lamina(folder, "predict", MODEL, "new.csv", "new.csv", "--csv")
    assert len(both.out.splitlines()) == 1 + 2 * len(NEW)


def test_what_is_new_is_said_once(ship: tuple[Path, Outcome]) -> None:
    folder, _ = ship
    rows = [
        {**row, "Embarked": "Belfast" if place < 3 else row["Embarked"], "Deck": "A"} for place, row in enumerate(NEW)
    ]
    outcome = predicted(folder, csv_of(rows))
    assert outcome.status == 0
    assert outcome.err.splitlines() == [
        "note: not used, since the model does not know them: Deck",
        "note: 3 rows have values of Embarked never seen in training, such as 'Belfast'",
    ]
    assert len(outcome.out.splitlines()) == len(NEW)


def test_a_missing_column_is_refused(ship: tuple[Path, Outcome]) -> None:
    folder, _ = ship
    said = error_of(predicted(folder, csv_of(NEW, ("Sex", "Age"))))
    assert said.startswith("the model needs the columns Sex, Age, Fare, Embarked, Boarded, Note; there is no Sex, Age")


def test_a_row_that_cannot_be_read_gets_its_error_and_the_others_answers(ship: tuple[Path, Outcome]) -> None:
    folder, _ = ship
    rows = [dict(row) for row in NEW]
    rows[1]["Age"], rows[4]["Boarded"] = "old", "14.4.1912"
    outcome = predicted(folder, csv_of(rows), "-o", "some-out.csv")
    assert outcome.status == 1
    assert outcome.err.splitlines() == [
        "error: PassengerId 893: Age needs a number; got 'old'",
        "error: PassengerId 896: Boarded needs dates such as 1970-01-01; got '14.4.1912'",
    ]
    found = rows_of(folder / "some-out.csv")
    assert len(found) == len(NEW)
    assert [row["PassengerId"] for row in found if row["error"]] == ["893", "896"]
    assert all(bool(row["Survived"]) != bool(row["error"]) for row in found)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "some.csv is empty: a table needs a line of column names"),
        (csv_of(NEW[:1]).splitlines()[0], "has a line of column names and no rows below it"),
        (csv_of(NEW[:1]) + b"1,2\n", "the first line has 9 fields, but line 3 has 2"),
        (b"\x00\x01", "byte 0 is NUL"),
    ],
)
def test_tables_that_cannot_be_read(ship: tuple[Path, Outcome], data: bytes, complaint: str) -> None:
    assert complaint in error_of(predicted(ship[0], data))


def test_evaluation_reads_the_target_by_its_name(ship: tuple[Path, Outcome]) -> None:
    folder, _ = ship
    write(folder, {"known.csv": csv_of(passengers(60, seed=9))})
    found = json.loads(lamina(folder, "evaluate", MODEL, "known.csv", "--json").out)
    assert found["examples"] == 60
    assert found["accuracy"] > 0.7
    assert error_of(lamina(folder, "evaluate", MODEL, "new.csv")).startswith("there is no column 'Survived'")


@pytest.mark.slow
def test_numbers_are_learnt_too(tmp_path: Path) -> None:
    write(tmp_path, {"fares.csv": csv_of(ROWS), "new.csv": csv_of(NEW, ("Fare",))})
    outcome = lamina(tmp_path, "train", "fares.csv", "--target", "Fare", "--epochs", "2", "-o", "fares.safetensors")
    assert outcome.status == 0
    lamina(tmp_path, "predict", "fares.safetensors", "new.csv", "-o", "p.csv")
    assert all(float(row["Fare"]) > -1000 for row in rows_of(tmp_path / "p.csv"))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "ship: which column shall be predicted? Give --target COLUMN; the columns are PassengerId, Survived"),
        (("--target", "Alive"), "there is no column 'Alive'"),
        (
            ("--target", "Survived", "--kinds", "Age"),
            "--kinds needs pairs such as \"zip=category,name=drop\"; got 'Age'",
        ),
        (
            ("--target", "Survived", "--kinds", "Age=num"),
            "--kinds needs one of number, category, text, date, picture, sound, id, group",
        ),
        (("--target", "Survived", "--kinds", "Deck=text"), "--kinds names Deck, which is no input column"),
        (("--target", "Ship"), "a classification needs at least two classes"),
        (("--target", "Survived", "--delimiter", ",,"), '--delimiter needs one character such as ";"'),
        (("--target", "Survived", "--encoding", "utf-99"), "--encoding needs a known one such as utf-8"),
    ],
)
def test_what_cannot_be_trained_is_refused(words: tuple[str, ...], complaint: str, tmp_path: Path) -> None:
    write(tmp_path, {"ship.csv": csv_of(ROWS[:30])})
    assert complaint in error_of(lamina(tmp_path, "train", "ship.csv", *words))


@pytest.mark.slow
def test_a_table_without_a_line_of_names(tmp_path: Path) -> None:
    lines = [f"{row['Survived']}\t{row['Note']} {n}\n" for n, row in enumerate(ROWS)]
    write(tmp_path, {"notes.tsv": "".join(lines).encode(), "new.tsv": b"crew sea late\ndeck cat\nsea sea deck\n"})
    assert lamina(tmp_path, "train", "notes.tsv", "--epochs", "1").status == 0
    outcome = lamina(tmp_path, "predict", "notes.safetensors", "new.tsv", "-o", "p.csv")
    assert outcome.status == 0, outcome
    assert [row["name"] for row in rows_of(tmp_path / "p.csv")] == ["line 1", "line 2", "line 3"]
