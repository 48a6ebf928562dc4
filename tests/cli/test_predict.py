"""lamina predict: every input gets its answer or its error, in words, JSON or CSV, and no name does harm."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lamina as package
from lamina.tasks.classification import Classification
from tests.cli.program import error_of, lamina
from tests.data.makers import encoded, write, zipped
from tests.trained import digits, iris

HOSTILE = "a\x1b[31m\u202egnp\x9b2J.png"


def picture(row: int = 0) -> bytes:
    """One of the digits as a file."""
    return encoded(package.read("digits").inputs.picture(row)[..., 0])


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder of three pictures and a text."""
    return write(tmp_path / "scans", {**{f"{n}.png": picture(n) for n in range(3)}, "notes.txt": b"mine"})


def answers(text: str) -> dict[str, str]:
    """Name -> class from the lines of `lamina predict`."""
    return {line.split()[0]: line.split()[1] for line in text.splitlines()}


def test_files_folders_and_archives_in_the_order_given(models: Path, scans: Path) -> None:
    zipped(scans.parent / "more.zip", {f"in/{n}.png": picture(n) for n in (3, 4)})
    outcome = lamina(scans.parent, "predict", models / "digits.safetensors", "scans/1.png", "scans", "more.zip")
    assert outcome.status == 0
    expected = digits().predict(package.read("digits").inputs.pixels[[1, 0, 1, 2, 3, 4]])
    names = ["scans/1.png", "scans/0.png", "scans/1.png", "scans/2.png", "more.zip/in/3.png", "more.zip/in/4.png"]
    lines = outcome.out.splitlines()
    assert [line.split()[0] for line in lines] == names
    assert [line.split()[1] for line in lines] == [prediction.value for prediction in expected]
    assert f"({100 * expected[0].probabilities[str(expected[0].value)]:.1f} %)" in lines[0]


def test_a_bad_file_among_good_ones(models: Path, scans: Path) -> None:
    (scans / "1.png").write_bytes(picture()[:60])
    outcome = lamina(scans, "predict", models / "digits.safetensors", "0.png", "1.png", "no.png", "2.png")
    assert outcome.status == 1
    assert list(answers(outcome.out)) == ["0.png", "2.png"]
    said = outcome.err.splitlines()
    assert len(said) == 2
    assert said[0].startswith("error: 1.png: ")
    assert said[1].startswith("error: no.png: ")
    found = json.loads(lamina(scans, "predict", models / "digits.safetensors", "0.png", "1.png", "--json").out)
    assert "error" not in found[0]
    assert found[1]["name"] == "1.png"
    assert found[1]["error"]


def test_only_bad_files(models: Path, tmp_path: Path) -> None:
    outcome = lamina(tmp_path, "predict", models / "digits.safetensors", "a.png", "b.png")
    assert (outcome.status, outcome.out) == (1, "")
    assert len(outcome.err.splitlines()) == 2


def test_json_has_every_probability(models: Path, scans: Path) -> None:
    found = json.loads(lamina(scans.parent, "predict", models / "digits.safetensors", "scans", "--json").out)
    assert [answer["name"] for answer in found] == [f"scans/{n}.png" for n in range(3)]
    for answer in found:
        shares = answer["probabilities"]
        assert sorted(shares) == [str(digit) for digit in range(10)]
        assert sum(shares.values()) == pytest.approx(1)
        assert answer["digit"] == max(shares, key=lambda name: shares[name]) == next(iter(shares))


def test_csv_has_a_column_a_class(models: Path, scans: Path) -> None:
    (scans / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    outcome = lamina(scans, "predict", models / "digits.safetensors", "0.png", "1.png", "--csv")
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    assert outcome.status == 1
    assert [row["name"] for row in rows] == ["0.png", "1.png"]
    shares = [float(rows[0][f"probability of {digit}"]) for digit in range(10)]
    assert sum(shares) == pytest.approx(1)
    assert rows[0]["digit"] == str(int(np.argmax(shares)))
    assert rows[1]["digit"] == ""
    assert rows[1]["error"]


def test_rows_of_a_table(models: Path, tmp_path: Path) -> None:
    dataset = package.read("iris")
    lines = [
        ",".join(dataset.inputs.columns),
        *(",".join(map(repr, row.tolist())) for row in dataset.inputs.values[::50]),
    ]
    (tmp_path / "flowers.csv").write_text("\n".join(lines), encoding="utf-8")
    outcome = lamina(tmp_path, "predict", models / "iris.safetensors", "flowers.csv")
    expected = [prediction.value for prediction in iris().predict(dataset)][::50]
    assert [line.split()[3] for line in outcome.out.splitlines()] == expected
    assert outcome.out.startswith("flowers.csv, line 2  ")
    (tmp_path / "bad.csv").write_text("\n".join([*lines, "1,2,x,4"]), encoding="utf-8")
    assert "bad.csv, line 5: petal length (cm) needs a number; got 'x'" in error_of(
        lamina(tmp_path, "predict", models / "iris.safetensors", "bad.csv")
    )


def test_a_number_as_the_answer(models: Path, tmp_path: Path) -> None:
    dataset = package.read("diabetes")
    text = "\n".join([",".join(dataset.inputs.columns), ",".join(map(repr, dataset.inputs.values[0].tolist()))])
    (tmp_path / "one.csv").write_text(text, encoding="utf-8")
    found = json.loads(lamina(tmp_path, "predict", models / "diabetes.safetensors", "one.csv", "--json").out)
    assert list(found[0]) == ["name", dataset.target]
    assert 20 < found[0][dataset.target] < 350


@pytest.mark.parametrize(("top", "names"), [(1, 1), (4, 4), (99, 10)])
def test_top_says_how_many_classes(top: int, names: int, models: Path, scans: Path) -> None:
    out = lamina(scans, "predict", models / "digits.safetensors", "0.png", "--top", top).out
    assert out.count(" %") == names


def test_output_goes_to_a_file_at_once(models: Path, scans: Path) -> None:
    arguments = ("predict", models / "digits.safetensors", "scans", "--csv")
    printed = lamina(scans.parent, *arguments)
    written = lamina(scans.parent, *arguments, "-o", "answers.csv")
    assert written.out == "saved  answers.csv\n"
    assert (scans.parent / "answers.csv").read_text(encoding="utf-8") == printed.out
    assert "answers.csv: cannot be saved: No such file" in error_of(
        lamina(scans.parent, *arguments, "-o", "no/answers.csv")
    )


def test_json_or_csv_but_not_both(models: Path, scans: Path) -> None:
    assert "give one of them" in error_of(
        lamina(scans, "predict", models / "digits.safetensors", "0.png", "--json", "--csv")
    )


def test_save_prepared_shows_what_the_network_sees(models: Path, scans: Path) -> None:
    drawing = np.full((120, 90), 255, np.uint8)
    drawing[20:100, 40:50] = 0
    Image.fromarray(drawing).convert("RGB").save(scans / "one.png")
    outcome = lamina(scans, "predict", models / "digits.safetensors", "one.png", "--save-prepared", "seen.png")
    assert outcome.status == 0
    with Image.open(scans / "seen.png") as seen:
        pixels = np.asarray(seen)
    assert pixels.shape == (8, 8)
    np.testing.assert_array_equal(pixels, digits().encoder.encode_raw(drawing[..., None])[..., 0])


def test_save_prepared_that_is_not_possible(models: Path, scans: Path) -> None:
    (scans / "flowers.csv").write_text("a\n1\n", encoding="utf-8")
    for words, complaint in (
        (
            ["iris.safetensors", "flowers.csv", "--save-prepared", "x.png"],
            "pictures and sounds; this model takes neither",
        ),
        (["digits.safetensors", "0.png", "--save-prepared", "no/x.png"], "no/x.png: cannot be saved: No such file"),
        (["digits.safetensors", "no.png", "--save-prepared", "x.png"], "no.png: "),
    ):
        said = error_of(lamina(scans, "predict", models / words[0], *words[1:]))
        assert complaint in said


def test_a_folder_without_pictures_is_an_error(models: Path, tmp_path: Path) -> None:
    write(tmp_path / "texts", {"a.txt": b"a"})
    assert "texts holds no pictures" in error_of(lamina(tmp_path, "predict", models / "digits.safetensors", "texts"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file names")
def test_hostile_names_are_shown_harmless(models: Path, tmp_path: Path) -> None:
    """Escape codes, reversed writing and line feeds in a file's name reach neither a terminal nor a report."""
    fake = "b\nerror: all is lost.png"
    write(tmp_path, {HOSTILE: picture(), fake: picture(), "c\x1b[31m.png": b"\x89PNG\r\n\x1a\n"})
    names = (HOSTILE, fake, "c\x1b[31m.png")
    words = lamina(tmp_path, "predict", models / "digits.safetensors", *names)
    assert words.out.isascii()
    assert "\x1b" not in words.out + words.err
    assert len(words.out.splitlines()) == 2
    assert words.out.startswith("a\\x1b[31m\\u202egnp\\x9b2J.png  ")
    assert words.err.startswith("error: c\\x1b[31m.png: ")
    table = lamina(tmp_path, "predict", models / "digits.safetensors", *names, "--csv").out
    assert "\x1b" not in table
    assert len(table.splitlines()) == 4
    found = json.loads(lamina(tmp_path, "predict", models / "digits.safetensors", *names, "--json").out)
    assert [answer["name"] for answer in found] == list(names)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names must be Unicode there")
def test_names_that_are_no_unicode(models: Path, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    (tmp_path / name).write_bytes(picture())
    for form in ("--json", "--csv"):
        outcome = lamina(tmp_path, "predict", models / "digits.safetensors", name, form, "-o", "answers")
        assert outcome.status == 0
        assert "caf\\udce9.png" in (tmp_path / "answers").read_text(encoding="utf-8")


def test_formulas_in_names_are_texts_for_a_spreadsheet(tmp_path: Path) -> None:
    """In names of files, of classes and of what is predicted."""
    formula = '=HYPERLINK("http://evil","x")'
    task = Classification(formula, ("+setosa", "-versicolor", "@virginica"))
    replace(iris(), task=task).save(tmp_path / "iris.safetensors")
    columns = iris().encoder.columns
    (tmp_path / "=1+1.csv").write_text(f"{','.join(columns)}\n5,3,1,0\n", encoding="utf-8")
    outcome = lamina(tmp_path, "predict", "iris.safetensors", "=1+1.csv", "--csv")
    heads, row = csv.reader(io.StringIO(outcome.out))
    assert heads[1] == f"'{formula}"
    assert heads[2] == "probability of +setosa"
    assert row[0] == "'=1+1.csv, line 2"
    assert row[1] in ("'+setosa", "'-versicolor", "'@virginica")
    assert not any(cell.lstrip()[:1] in ("=", "+", "-", "@") for cell in heads + row if cell)


def test_no_model_without_its_proof(models: Path, tmp_path: Path, scans: Path) -> None:
    from lamina.model.container import read_container, to_bytes

    container = read_container(models / "digits.safetensors")
    tensors = {**container.tensors, "params/0/weight": container.tensors["params/0/weight"] * np.float32(1.05)}
    (tmp_path / "changed.safetensors").write_bytes(to_bytes(container.document, tensors))
    refused = lamina(tmp_path, "predict", "changed.safetensors", "scans/0.png")
    assert "--allow-unproven" in error_of(refused)
    taken = lamina(tmp_path, "predict", "changed.safetensors", "scans/0.png", "--allow-unproven")
    assert taken.status == 0
    assert taken.err.startswith("warning: changed.safetensors: the proof does not hold.")
    assert list(answers(taken.out)) == ["scans/0.png"]


def test_how_a_table_is_written_may_be_said(models: Path, tmp_path: Path) -> None:
    names = "sepal length (cm);sepal width (cm);petal length (cm);petal width (cm)"
    (tmp_path / "odd.csv").write_text(f"{names}\n5.1;3.5;1.4;0.2\n".replace(";", "|"), encoding="utf-16")
    said = ("--delimiter", "|", "--encoding", "utf-16", "--header")
    outcome = lamina(models, "predict", "iris.safetensors", str(tmp_path / "odd.csv"), *said)
    assert "setosa" in outcome.out
    wrong = lamina(models, "predict", "iris.safetensors", str(tmp_path / "odd.csv"), "--delimiter", ",")
    assert "the model needs the columns sepal length (cm), sepal width (cm)" in error_of(wrong)
    refused = lamina(models, "predict", "digits.safetensors", "odd.png", "--delimiter", ",")
    assert "delimiter, encoding and header are of tables; this model takes none" in error_of(refused)
