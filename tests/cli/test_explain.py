"""lamina explain: arithmetic for one example, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import lamina as library
from tests.cli.program import error_of, lamina
from tests.data.makers import csv_of, passengers, write, write_picture_table
from tests.data.sound_makers import sound_file, tone

ROW = "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)\n5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n"


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    path = tmp_path / "flowers.csv"
    path.write_text(ROW)
    return path


def test_both_ways(models: Path, flowers: Path) -> None:
    outcome = lamina(models, "explain", "iris.safetensors", str(flowers), "--target", "setosa", "--top", "3")
    assert outcome.status == 0
    assert "petal length (cm)" in outcome.out
    assert "the way back" in outcome.out
    assert "new weight[" in outcome.out


def test_each_line_of_the_arithmetic_is_a_line(models: Path, flowers: Path) -> None:
    outcome = lamina(models, "explain", "iris.safetensors", flowers, "--target", "setosa")
    model = library.Model.load(models / "iris.safetensors")
    told = str(library.explain(model, flowers, "setosa")).splitlines()
    assert outcome.out.splitlines() == told
    assert len(told) > 50


def test_a_file_is_called_by_its_own_name(models: Path, tmp_path: Path) -> None:
    write(tmp_path, {"in/there/low.wav": sound_file(tone(0.2, 2_000, 100), 2_000)})
    for source, name in (("in/there/low.wav", "low.wav"), ("in/there", "there/low.wav"), ("in", "in/there/low.wav")):
        for words in ([], ["--mattered", "gradient"]):
            outcome = lamina(models, "explain", "sounds.safetensors", tmp_path / source, *words)
            assert outcome.out.startswith(f"{name} -> "), outcome


def test_another_example_forwards(models: Path, flowers: Path) -> None:
    outcome = lamina(models, "explain", "iris.safetensors", str(flowers), "--example", "1")
    assert outcome.status == 0
    assert "virginica" in outcome.out.splitlines()[0]
    assert "note: without the right answer there is no loss" in outcome.out


def test_what_is_refused(models: Path, flowers: Path) -> None:
    for words, complaint in (
        (["--neuron", "7:1"], "layer:place"),
        (["--target", "rose"], "'rose' is no answer of this model"),
        (["--example", "5"], "example must be from 0 to 1; got 5"),
    ):
        assert complaint in error_of(lamina(models, "explain", "iris.safetensors", str(flowers), *words))


@pytest.mark.slow
def test_what_mattered_and_a_change(models: Path, flowers: Path, tmp_path: Path) -> None:
    outcome = lamina(models, "explain", "iris.safetensors", str(flowers), "--mattered", "integrated", "--top", "2")
    assert outcome.status == 0
    assert "integrated of the output setosa" in outcome.out
    assert "2 others together" in outcome.out
    assert "all together" in outcome.out
    assert "note: It is relative to an input of zeros" in outcome.out
    outcome = lamina(models, "explain", "iris.safetensors", str(flowers), "--until", "versicolor")
    assert "becomes  versicolor" in outcome.out
    for words, complaint in (
        (["--mattered", "magic"], "--mattered needs one of gradient, integrated, occlusion, permutation; got 'magic'"),
        (["--mattered", "gradient", "--until", "setosa"], "--mattered and --until ask different things: name one"),
        (["-o", "x.png"], "-o draws what --mattered or --until finds"),
        (["--mattered", "gradient", "-o", "nowhere/x.png"], "-o names a file; nowhere/x.png is in nowhere, a folder"),
        (["--until", "setosa", "-o", "x.gif"], "a figure is saved as .png, .svg, .pdf; got 'x.gif'"),
        (["--until", "rose"], "the classes of this model are setosa, versicolor, virginica; got 'rose'"),
    ):
        assert complaint in error_of(lamina(models, "explain", "iris.safetensors", str(flowers), *words))


def test_what_mattered_of_a_row_is_drawn(models: Path, flowers: Path, tmp_path: Path) -> None:
    words = ["iris.safetensors", flowers, "--mattered", "gradient", "-o", tmp_path / "row.svg"]
    outcome = lamina(models, "explain", *words)
    assert outcome.status == 0, outcome
    drawn = (tmp_path / "row.svg").read_text()
    assert ">petal length (cm)<" in drawn
    assert ">the output setosa: lower  |  higher<" in drawn


def test_a_change_of_a_row_is_drawn(models: Path, flowers: Path, tmp_path: Path) -> None:
    path = tmp_path / "change.svg"
    outcome = lamina(models, "explain", "iris.safetensors", flowers, "--until", "versicolor", "-o", path)
    assert outcome.status == 0, outcome
    first, largest, *_ = outcome.out.splitlines()
    assert outcome.out.splitlines()[-1] == f"saved  {path}"
    drawn = path.read_text()
    name, _, numbers = largest.strip().partition(": ")
    assert f">{name}<" in drawn
    assert f">{numbers.replace(' -> ', ' to ')}<" in drawn
    assert "becomes" in first


def test_columns_that_are_shuffled(models: Path, tmp_path: Path) -> None:
    write(tmp_path, {"ship.csv": csv_of(passengers(300, seed=5))})
    words = ["table.safetensors", tmp_path / "ship.csv", "--mattered", "permutation", "--top", "2"]
    outcome = lamina(models, "explain", *words, "-o", tmp_path / "columns.svg")
    assert outcome.status == 0, outcome
    first, second, *columns, left, caution, saved = outcome.out.splitlines()
    assert first.startswith("ship, 300 rows: error 0.")
    assert second == "how much the error rises where a column is shuffled, mean and spread of 5 times"
    assert columns[0].split()[0] == "Sex"
    assert len(columns) == 2
    assert left.endswith("others that matter less")
    assert caution.startswith("note: A column whose content stands in another one")
    assert saved == f"saved  {tmp_path / 'columns.svg'}"
    assert "Sex" in (tmp_path / "columns.svg").read_text()


@pytest.mark.slow
def test_what_mattered_in_a_sound_is_drawn(models: Path, tmp_path: Path) -> None:
    write(tmp_path, {"low.wav": sound_file(tone(0.2, 2_000, 100), 2_000)})
    words = ["sounds.safetensors", tmp_path / "low.wav", "-o", tmp_path / "low.svg"]
    outcome = lamina(models, "explain", *words, "--mattered", "gradient")
    assert outcome.status == 0, outcome
    assert outcome.out.splitlines()[-1] == f"saved  {tmp_path / 'low.svg'}"
    drawn = (tmp_path / "low.svg").read_text()
    assert "loudness, as the network sees it" in drawn
    assert ">low.wav -&gt; " in drawn  # without the folder
    answer = outcome.out.split()[2]
    outcome = lamina(models, "explain", *words, "--until", "low" if answer == "high" else "high")
    assert outcome.status == 0, outcome
    assert "dB quieter than the sound" in outcome.out
    assert "quieter  |  louder" in (tmp_path / "low.svg").read_text()


def test_columns_of_pictures_are_refused(models: Path) -> None:
    words = ["digits.safetensors", "digits", "--mattered", "permutation"]
    assert "asked of columns; this model takes no table" in error_of(lamina(models, "explain", *words))


def test_columns_beside_pictures_are_refused(models: Path, tmp_path: Path) -> None:
    words = ["pictured.safetensors", write_picture_table(tmp_path), "--mattered", "permutation"]
    complaint = "this model's table has pictures too, of which it cannot tell"
    assert complaint in error_of(lamina(models, "explain", *words))


@pytest.mark.slow
def test_pictures_are_drawn(models: Path, tmp_path: Path) -> None:
    from PIL import Image

    with Image.open(Path(__file__).parents[2] / "docs" / "images" / "photo.jpg") as photo:
        photo.save(tmp_path / "photo.png")
    for words in (["--mattered", "occlusion"], ["--until", "8"]):
        path = tmp_path / f"{words[0][2:]}.png"
        outcome = lamina(models, "explain", "digits.safetensors", str(tmp_path / "photo.png"), *words, "-o", str(path))
        assert outcome.status == 0, outcome
        with Image.open(path) as drawn:
            assert drawn.size[0] > 500
