"""Tables with a column of pictures: found, read, prepared beside the numbers, kept on one side of a split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pandas
import pytest

import lamina
from lamina.data import raw_examples
from lamina.data.column_kinds import guess_kinds
from lamina.data.dataset import Dataset
from lamina.data.encoders import Encoder
from lamina.data.fitting import decode_inputs
from lamina.data.named_files import files_beside
from lamina.data.picture_column import PictureColumn
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.pictures import PictureFiles
from lamina.data.prediction_inputs import read_inputs
from lamina.data.split import split
from lamina.data.table import Table
from lamina.data.table_encoder import TableEncoder
from lamina.data.table_reading import read_table_file
from lamina.errors import DataError, SettingError
from lamina.model.preparation import Choices, prepare
from lamina.recipes import from_json, to_json
from tests.data.makers import csv_of, encoded, noise, picture_rows, write, write_picture_table, zipped


def read(source: Any, **options: Any) -> Dataset:
    return lamina.read(source, **{"target": "digit", "task": "classification", **options})


def fitted(dataset: Dataset) -> tuple[TableEncoder, Any]:
    encoder, rows = decode_inputs(dataset.inputs).fit(np.arange(len(dataset)))
    assert isinstance(encoder, TableEncoder)
    return encoder, rows


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_picture_table(tmp_path_factory.mktemp("shown"), 60)


def kinds_of(path: Path) -> dict[str, str]:
    return {name: guess.kind for name, guess in guess_kinds(read_table_file(path).table).items()}


def test_a_column_of_pictures_is_found_and_said(table: Path) -> None:
    found = read(table)
    assert kinds_of(table) == {"picture": "picture", "near": "number", "digit": "number"}
    assert any(note.startswith("picture: picture: its values name pictures that are there") for note in found.notes)


def test_names_without_pictures_are_no_pictures_and_that_is_said(tmp_path: Path) -> None:
    rows, _ = picture_rows(40)
    write(tmp_path, {"digits.csv": csv_of(rows)})
    found = read(tmp_path / "digits.csv")
    assert kinds_of(tmp_path / "digits.csv")["picture"] == "drop"
    assert any("there are none such as shown/0.png in " in note for note in found.notes)


def test_a_person_may_say_that_it_is_none(table: Path) -> None:
    encoder, rows = fitted(read(table, kinds={"picture": "drop"}))
    assert not encoder.pictures
    assert rows.dtype == np.float32


@pytest.mark.slow
def test_numbers_and_bytes_lie_in_one_array_and_come_out_as_they_went_in(table: Path) -> None:
    found = read(table)
    encoder, rows = fitted(found)
    assert rows.dtype == np.uint8
    assert rows.shape == (60, 4 + 64)
    seen = np.asarray(encoder.on_device(jnp.asarray(rows)))
    assert seen.shape == (60, *encoder.input_shape) == (60, 65)
    assert isinstance(found.inputs, Table)
    near = found.inputs.columns["near"]
    np.testing.assert_allclose(seen[:, 0], (near - near.mean()) / near.std(), rtol=1e-5, atol=1e-6)
    own, column = decode_inputs(found.inputs.pictures("picture")).fit(np.arange(60))
    np.testing.assert_allclose(seen[:, 1:], np.asarray(own.on_device(jnp.asarray(column))).reshape(60, 64), atol=1e-6)


def test_new_rows_are_prepared_like_those_of_training(table: Path) -> None:
    encoder, rows = fitted(read(table))
    again, kept, skipped = encoder.encode(read_inputs(table, encoder))
    np.testing.assert_array_equal(again, rows)
    assert len(kept) == 60
    assert not skipped


def test_rows_of_a_frame_name_pictures_from_the_working_folder(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(table.parent)
    frame = pandas.read_csv(table)
    encoder, rows = fitted(read(frame))
    np.testing.assert_array_equal(encoder.encode(read_inputs(frame.head(3), encoder))[0], rows[:3])


def test_a_table_in_an_archive_or_a_folder_with_its_pictures(table: Path, tmp_path: Path) -> None:
    files = {str(path.relative_to(table.parent)): path.read_bytes() for path in table.parent.rglob("*.*")}
    archive = zipped(tmp_path / "things.zip", {f"top/{name}": data for name, data in files.items()})
    _, expected = fitted(read(table))
    for source in (archive, table.parent):
        found = read(source)
        encoder, rows = fitted(found)
        np.testing.assert_array_equal(rows, expected)
        np.testing.assert_array_equal(encoder.encode(read_inputs(source, encoder))[0], expected)
        assert any(note.startswith("reading the table ") for note in found.notes)


def test_class_folders_beside_a_table_that_names_no_target_stay_class_folders(tmp_path: Path) -> None:
    pictures = {f"{name}/{place}.png": encoded(noise(place)) for name in ("cat", "dog") for place in range(3)}
    write(tmp_path, {**pictures, "about.csv": csv_of([{"file": name, "by": "me"} for name in pictures])})
    assert isinstance(lamina.read(tmp_path).inputs, PictureFiles)
    assert lamina.read(tmp_path).target == "class"


def test_two_tables_that_name_pictures_are_refused(table: Path, tmp_path: Path) -> None:
    rows, pictures = picture_rows(20)
    write(tmp_path, {"a.csv": csv_of(rows), "b.csv": csv_of(rows), **pictures})
    with pytest.raises(DataError, match=r"holds 2 tables \(a.csv, b.csv\): name one of them"):
        read(tmp_path)


def test_of_several_tables_without_pictures_the_one_with_the_target_is_taken(tmp_path: Path) -> None:
    ratings = "".join(f"{n % 5},{n % 7},{n % 3}.5\n" for n in range(30))
    files = {
        "set/README.txt": b"about",
        "set/films.csv": b"film,title\n" + b"".join(b"%d,Film %d\n" % (n, n) for n in range(9)),
        "set/ratings.csv": f"user,film,stars\n{ratings}".encode(),
    }  # fmt: skip
    archive = zipped(tmp_path / "set.zip", files)
    found = lamina.read(archive, target="stars")
    assert (len(found), found.target) == (30, "stars")
    assert "reading the table set/ratings.csv" in found.notes
    recommended = lamina.read(archive, task="recommendation", user="user", item="film", target="stars")
    assert len(recommended) == 30
    write(tmp_path / "folder", files)
    assert len(lamina.read(tmp_path / "folder", target="stars")) == 30
    with pytest.raises(DataError, match=r"holds 2 tables \(set/films.csv, set/ratings.csv\): name one of them"):
        lamina.read(archive)
    alone = zipped(tmp_path / "alone.zip", {"ratings.csv": files["set/ratings.csv"]})
    assert len(lamina.read(alone, task="clustering")) == 30


def test_pictures_that_cannot_be_read_take_their_rows_out_by_name(tmp_path: Path) -> None:
    rows, pictures = picture_rows(60)
    rows[5]["picture"] = ""
    del pictures["shown/2.png"]
    write(tmp_path, {"digits.csv": csv_of(rows), **pictures, "shown/9.png": b"no picture"})
    found = read(tmp_path / "digits.csv")
    decoded = decode_inputs(found.inputs)
    assert {one.name: one.reason for one in decoded.skipped} == {
        "line 4, shown/2.png": "there is no such file",
        "line 7, picture": "no file is named",
        "line 11, shown/9.png": "not a picture in a known format",
    }
    assert decoded.kept.tolist() == [row for row in range(60) if row not in (2, 5, 9)]
    encoder, encoded_rows = decoded.fit(np.arange(57))
    again, kept, skipped = encoder.encode(found.inputs)
    np.testing.assert_array_equal(again, encoded_rows)
    assert kept.tolist() == decoded.kept.tolist()
    assert len(skipped) == 3


def test_a_bad_number_and_a_bad_picture_both_take_their_rows_out(tmp_path: Path, table: Path) -> None:
    encoder, _ = fitted(read(table))
    rows, pictures = picture_rows(12)
    del pictures["shown/3.png"]
    rows[8]["near"] = "much"
    write(tmp_path, {"new.csv": csv_of(rows), **pictures})
    encoded_rows, kept, skipped = encoder.encode(read_inputs(tmp_path / "new.csv", encoder))
    assert len(encoded_rows) == len(kept) == 10
    assert [one.row for one in skipped] == [3, 8]


def test_pictures_alone_are_ordinary_pictures(table: Path) -> None:
    found = read(table, kinds={"near": "drop"})
    assert isinstance(found.inputs, PictureFiles)
    encoder, rows = decode_inputs(found.inputs).fit(np.arange(60))
    assert isinstance(encoder, PictureEncoder)
    assert encoder.ink is not None
    names = read_inputs(table, encoder).names
    assert names[:2] == ("line 2, shown/0.png", "line 3, shown/1.png")
    np.testing.assert_array_equal(encoder.encode(read_inputs(table, encoder))[0], rows)


def test_a_table_without_pictures_for_a_model_of_pictures(tmp_path: Path, table: Path) -> None:
    encoder, _ = decode_inputs(read(table, kinds={"near": "drop"}).inputs).fit(np.arange(60))
    write(tmp_path, {"no.csv": b"a,b\n1,2\n3,4\n"})
    with pytest.raises(DataError, match="the model takes pictures, and 0 columns of the table name pictures"):
        read_inputs(tmp_path / "no.csv", encoder)


def test_rows_with_the_same_picture_stay_on_one_side(tmp_path: Path) -> None:
    rows, pictures = picture_rows(60)
    copies = {f"other/{place}.png": pictures[f"shown/{place}.png"] for place in range(60)}
    twice = [
        {**row, "picture": str(row["picture"]).replace("shown", "other"), "near": place}
        for place, row in enumerate(rows)
    ]
    write(tmp_path, {"digits.csv": csv_of([*rows, *twice]), **pictures, **copies})
    parts = split(read(tmp_path / "digits.csv"), seed=0)
    training, test = (set((rows % 60).tolist()) for rows in (parts.train, parts.test))
    assert len(test) >= 8
    assert not training & test
    assert "60 examples are copies of others; copies are kept on one side of the split" in parts.notes


def test_the_fingerprint_tells_of_pictures_and_of_numbers(tmp_path: Path) -> None:
    rows, pictures = picture_rows(20)
    prints = set()
    for place, (near, seed) in enumerate([(1.0, 0), (2.0, 0), (1.0, 1)]):
        own = write(tmp_path / str(place), {**pictures, "shown/0.png": encoded(noise(seed, (8, 8)))})
        write(own, {"digits.csv": csv_of([{**rows[0], "near": near}, *rows[1:]])})
        prints.add(read(own / "digits.csv").fingerprint)
    assert len(prints) == 3


def test_made_up_rows_hold_texts_and_pictures_and_survive_the_file(table: Path) -> None:
    encoder, _ = fitted(read(table))
    for example in encoder.made_up():
        document, tensor = raw_examples.to_json(example), raw_examples.tensor_of(example)
        assert tensor is not None
        assert raw_examples.expected_tensor(document, "here") == (tensor.shape, "uint8")
        again = raw_examples.rebuild(document, tensor)
        np.testing.assert_array_equal(encoder.encode_raw(again), encoder.encode_raw(example))


@pytest.mark.parametrize("row", [[[1, 2]], [[0, 2, 1]], [["a"]], [None], [[2000, 2000, 1]], [[1.0, 2, 3]], [{}]])
def test_rows_of_a_file_with_other_cells_are_refused(row: Any) -> None:
    with pytest.raises(SettingError, match="expected a row of texts"):
        raw_examples.expected_tensor({"row": row}, "here")


def test_raw_rows_of_another_kind_are_refused(table: Path) -> None:
    encoder, _ = fitted(read(table))
    picture = noise(0, (8, 8, 1))
    with pytest.raises(DataError, match="the column picture needs a picture's pixels; got str"):
        encoder.encode_raw(("1.5", "shown/0.png"))
    with pytest.raises(DataError, match="the model takes texts for near"):
        encoder.encode_raw((picture, picture))
    with pytest.raises(DataError, match=r"rows of 2 values \(near, picture\)"):
        encoder.encode_raw(("1.5",))


def test_pictures_stand_behind_all_other_columns(table: Path) -> None:
    encoder, _ = fitted(read(table))
    assert from_json(to_json(encoder), Encoder, "encoder") == encoder
    with pytest.raises(SettingError, match="needs its columns of pictures behind all others"):
        TableEncoder(encoder.columns[::-1])


@pytest.mark.slow
def test_two_columns_of_pictures_and_nothing_else() -> None:
    small = PictureEncoder(2, 2, 1)
    encoder = TableEncoder((PictureColumn("left", small), PictureColumn("right", small)))
    row = encoder.encode_raw((np.full((2, 2, 1), 255, np.uint8), np.zeros((2, 2, 1), np.uint8)))
    np.testing.assert_allclose(encoder.on_device(jnp.asarray(row[None]))[0], [1] * 4 + [0] * 4)


def test_tables_of_two_folders_are_taken_one_at_a_time(table: Path, tmp_path: Path) -> None:
    encoder, _ = fitted(read(table))
    other = write_picture_table(tmp_path, 10)
    with pytest.raises(DataError, match="tables of different folders with pictures are taken one at a time"):
        encoder.encode(read_inputs([table, other], encoder))
    write(other.parent, {"more.csv": other.read_bytes()})
    assert len(encoder.encode(read_inputs([other, other.parent / "more.csv"], encoder))[0]) == 20


def test_names_may_be_written_as_on_another_system_and_be_too_long(table: Path) -> None:
    files = files_beside(table.parent)
    assert files.has("shown\\3.png")
    assert not files.has("x" * 5000)
    with pytest.raises(DataError, match=r"it cannot be read|there is no such file"):
        files.load("x" * 5000 + ".png")


def test_a_mix_of_texts_and_pictures_has_a_branch_for_each(tmp_path: Path) -> None:
    rows, pictures = picture_rows(60)
    said = [{**row, "words": f"this one here looks {'even' if row['digit'] % 2 == 0 else 'odd'} to me"} for row in rows]
    write(tmp_path, {"digits.csv": csv_of(said), **pictures})
    found = read(tmp_path / "digits.csv", kinds={"words": "text"})
    prepared = prepare(found, Choices())
    assert isinstance(prepared.encoder, TableEncoder)
    assert [column.name for column in prepared.encoder.columns] == ["near", "words", "picture"]
    assert prepared.network.output_shape(prepared.encoder.input_shape) == (10,)
    mixed = prepared.network.layers[0]
    starts = [branch.layers[0].start for branch in mixed.layers]
    assert starts == [prepared.encoder.places()[name][0] for name in ("near", "words", "picture")]
    with pytest.raises(SettingError, match="cnn: a table with texts takes its own network"):
        prepare(found, Choices("cnn"))
