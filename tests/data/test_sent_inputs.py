"""What a stranger sends is read as what the user names, and leads to no file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lamina.data.board_encoder import BoardEncoder
from lamina.data.inputs import Inputs, Numbers
from lamina.data.number_encoder import NumberEncoder
from lamina.data.pairs import Pairs
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.prediction_inputs import read_inputs
from lamina.data.sent_inputs import can_be_sent, sent_file, sent_values
from lamina.data.texts import TextList
from lamina.errors import DataError
from tests import pair_models, trained
from tests.data.makers import csv_of, encoded, noise, passengers

LENGTH = NumberEncoder(("length",), (0.0,), (1.0,))
PICTURE = PictureEncoder(6, 5, 1)


def encoded_by(encoder: Any, inputs: Inputs) -> Any:
    return encoder.encode(inputs)[0].tolist()


@pytest.mark.parametrize("kind", ["digits", "iris", "sounds", "table"])
def test_a_file_is_read_as_one_that_is_named(kind: str, tmp_path: Path) -> None:
    import soundfile

    encoder = trained.MODELS_AND_TABLES[kind]().encoder
    path = tmp_path / {"digits": "x.png", "sounds": "x.wav"}.get(kind, "x.csv")
    if kind == "digits":
        path.write_bytes(encoded(noise(1, (8, 8))))
    elif kind == "sounds":
        soundfile.write(path, trained.made_sounds(1)[0].samples, 2_000)
    elif kind == "iris":
        path.write_text("petal width (cm),sepal length (cm),sepal width (cm),petal length (cm)\n0.2,5.1,3.5,1.4\n")
    else:
        path.write_bytes(csv_of(passengers(5)))
    sent = sent_file("x", path.read_bytes(), encoder)
    named = encoder.encode(read_inputs([path], encoder))[0]
    np.testing.assert_array_equal(encoder.encode(sent)[0], named)  # NaN is as good as NaN


def test_lines_and_texts() -> None:
    pairs = sent_file("x.txt", b"The red cat.\n\nThe dog.\n", pair_models.encoder())
    assert isinstance(pairs, Pairs)
    assert (pairs.sources, pairs.names) == (("The red cat.", "The dog."), ("line 1", "line 3"))
    boards = sent_file("x.txt", b"x../.../...\n", BoardEncoder("tic_tac_toe"))
    assert boards.names == ("line 1",)
    passage = PassageEncoder("abc", 2)
    assert encoded_by(passage, sent_file("x", b"ab\n", passage)) == encoded_by(passage, sent_values(["ab"], passage))


@pytest.mark.parametrize(
    ("data", "encoder", "why"),
    [
        (b"PK\x03\x04", LENGTH, "x is packed: send the table as text"),
        (b"\x1f\x8b\x08", LENGTH, "x is packed"),
        (b"PAR1", LENGTH, "x is packed"),
        (b"", LENGTH, "x is empty"),
        (b"\n \n", BoardEncoder("tic_tac_toe"), "x has no text: one on each line is needed"),
        (b"\x00\x01", PassageEncoder("abc", 2), "x: it is no text: byte 0 is NUL"),
        (b"width\n1\n", LENGTH, "x: the model needs the columns length"),
    ],
)
def test_files_that_are_refused(data: bytes, encoder: Any, why: str) -> None:
    with pytest.raises(DataError) as caught:
        sent_file("x", data, encoder)
    assert why in str(caught.value)


def test_rows_by_place_and_by_name() -> None:
    by_name = [{"length": 2.5}, {"width": 7, "length": 3}]  # what stands beside is left alone, as in a table
    for values in ([[2.5], [3]], by_name, np.array([[2.5], [3.0]])):
        found = sent_values(values, LENGTH)
        assert isinstance(found, Numbers)
        assert found.values.tolist() == [[2.5], [3.0]]


def test_pixels_are_bytes_whatever_their_type() -> None:
    pixels = noise(2)
    assert encoded_by(PICTURE, sent_values([pixels.tolist()], PICTURE)) == [pixels[..., None].tolist()]


@pytest.mark.parametrize(
    ("values", "encoder", "why"),
    [
        ([[True]], LENGTH, "the examples need numbers; got true or false among them"),
        ([[[1, True]]], PICTURE, "got true or false among them"),
        ([["1"]], LENGTH, "the model takes rows of numbers (length)"),
        ([[None]], LENGTH, "the model takes rows of numbers (length)"),
        ([{"width": 1}], LENGTH, "row 1 has no length; the model needs length"),
        ([[1], [1, 2]], LENGTH, "differ in length"),
        ([[1e19]], LENGTH, "row 1 has a number above 1e+18"),
        ([[float("nan")]], LENGTH, "row 1 has nan in length"),
        ([[[256]]], PICTURE, "pictures need an array of uint8"),
        ([[[0.5]]], PICTURE, "pictures need an array of uint8"),
        ("x.png", PICTURE, "pictures need an array of uint8"),
        (["a"], trained.sounds, "the model takes sounds"),
        ([1], PassageEncoder("abc", 2), "texts need a list of strings"),
    ],
)
def test_values_that_are_refused(values: Any, encoder: Any, why: str) -> None:
    with pytest.raises(DataError) as caught:
        sent_values(values, encoder().encoder if callable(encoder) else encoder)
    assert why in str(caught.value)


@pytest.mark.slow
def test_a_text_that_is_a_files_name_stays_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what the user names, that would be a warning."""
    from tests.serving.servers import texts

    (tmp_path / "secret.txt").write_text("good")
    monkeypatch.chdir(tmp_path)
    found = sent_values(["secret.txt"], texts().encoder)
    assert isinstance(found, TextList)
    assert found.texts == ("secret.txt",)


def test_columns_that_name_pictures_cannot_be_sent() -> None:
    encoder = trained.pictured().encoder
    assert not can_be_sent(encoder)
    assert can_be_sent(trained.table().encoder)
    sends: list[Callable[[], object]] = [
        lambda: sent_values([{"file": "/etc/passwd"}], encoder),
        lambda: sent_file("x", b"file\n/etc/passwd\n", encoder),
    ]
    for send in sends:
        with pytest.raises(DataError, match="names pictures, and no file is opened for what is sent"):
            send()
