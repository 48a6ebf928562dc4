"""lamina check: a source told about, nothing trained, nothing written."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.program import error_of, lamina
from tests.data.makers import class_files, csv_of, passengers, write

ROWS = passengers(120)


def test_a_table_is_told_about(tmp_path: Path) -> None:
    write(tmp_path, {"ship.csv": csv_of(ROWS)})
    outcome = lamina(tmp_path, "check", "ship.csv", "--target", "Survived")
    assert (outcome.status, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].startswith("ship: 120 examples (")
    assert lines[1].startswith("predicting Survived, 2 values: ")
    assert lines[2].startswith("guessing without looking at the inputs: error ")
    columns = {line.split()[0]: line.split()[1:4] for line in lines[5:13]}
    assert columns["PassengerId"][:2] == ["id", "no"]
    assert columns["Age"] == ["number", "yes", "14"]
    assert columns["Sex"][:2] == ["category", "yes"]
    assert columns["Boarded"][:2] == ["date", "yes"]
    assert columns["Ship"][:2] == ["constant", "no"]
    assert "- PassengerId: id: a number of its own in every row: left out (--kinds gives it another kind)" in lines
    assert any("Dense" in line for line in lines)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ship.csv"]


def test_the_same_as_json(tmp_path: Path) -> None:
    write(tmp_path, {"ship.csv": csv_of(ROWS) + b"1,2\n"})
    words = ("check", "ship.csv", "--target", "Survived", "--skip-bad-rows", "--kinds", "Sex=drop")
    found = json.loads(lamina(tmp_path, *words, "--json").out)
    assert found["examples"] == 120
    assert sum(found["parts"].values()) == 120
    assert found["skipped"] == [["line 122", "it has 2 fields, not 9"]]
    assert {column["name"]: column["kind"] for column in found["columns"]}["Sex"] == "drop"
    assert "- left out line 122: it has 2 fields, not 9" in lamina(tmp_path, *words).out


def test_leaks_groups_and_scales_are_said(tmp_path: Path) -> None:
    rows = [
        {**row, "Alive": {"yes": "1", "no": "0"}[row["Survived"]], "Family": f"f{n // 3}"} for n, row in enumerate(ROWS)
    ]
    write(tmp_path, {"ship.csv": csv_of(rows)})
    said = lamina(tmp_path, "check", "ship.csv", "--target", "Survived").out
    assert "- Alive alone tells the Survived in every row." in said
    assert "- several rows share their Family: " in said
    assert (
        "- Alive has 2 whole numbers from 0 to 1, taken for classes"
        in lamina(tmp_path, "check", "ship.csv", "--target", "Alive").out
    )
    grouped = lamina(tmp_path, "check", "ship.csv", "--target", "Survived", "--kinds", "Alive=drop,Family=group").out
    assert "alone tells" not in grouped
    assert "- each Family is on one side: " in grouped
    scale = [{**row, "Stars": str(n % 5 + 1)} for n, row in enumerate(ROWS)]
    write(tmp_path, {"ship.csv": csv_of(scale)})
    assert "taken for a scale" in lamina(tmp_path, "check", "ship.csv", "--target", "Stars").out


def test_names_and_values_cannot_steer_a_terminal(tmp_path: Path) -> None:
    write(tmp_path, {"t.csv": "a\x1b[2J,y\nx\x1b]0;z\x07,p\nw\u202ev,q\nx,p\n".encode()})
    outcome = lamina(tmp_path, "check", "t.csv", "--target", "y", "--header")
    assert outcome.status == 0
    assert (
        "guessing without looking at the inputs: not known, since no example is left for the test part" in outcome.out
    )
    assert not set("\x1b\x07\u202e") & set(outcome.out + outcome.err)


def test_pictures_and_bundled_sets(tmp_path: Path) -> None:
    write(tmp_path / "pets", class_files(6))
    found = json.loads(lamina(tmp_path, "check", "pets", "--json").out)
    assert (found["examples"], found["columns"]) == (12, [])
    assert lamina(tmp_path, "check", "iris").out.startswith("iris: 150 examples (108 training, 12 validation, 30 test)")


def test_what_cannot_be_learnt_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"t.csv": b"x,y\n1,a\n2,a\n3,a\n"})
    assert "a classification needs at least two classes" in error_of(
        lamina(tmp_path, "check", "t.csv", "--target", "y")
    )
    write(tmp_path, {"t.csv": b"x,z\n1,a\n2,a\n3,a\n"})
    assert "which column shall be predicted" in error_of(lamina(tmp_path, "check", "t.csv"))
