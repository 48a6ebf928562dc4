"""Texts: their encodings told right or said aloud, and what is no text is named."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lamina
from lamina.data.inputs import Inputs
from lamina.data.prediction_inputs import read_inputs
from lamina.data.text_encoder import TextEncoder
from lamina.data.texts import TextFiles, TextList, Texts, decode_text, texts_from_list
from lamina.data.tokenizer import Words
from lamina.errors import DataError, LaminaWarning
from tests.data.makers import class_files, tarred, write, zipped

ENCODER = TextEncoder(Words(("good", "bad")), 4)


def text_files(top: str = "") -> dict[str, bytes]:
    """Three reviews of each class."""
    return {
        f"{top}{name}/{n}.txt": f"a {word} film, number {n}".encode()
        for name, word in (("neg", "bad"), ("pos", "good"))
        for n in range(3)
    }


def all_texts(inputs: Inputs) -> list[str]:
    assert isinstance(inputs, Texts)
    return [inputs.text(place)[0] for place in range(len(inputs))]


# Words with an accent, so that the encodings differ.
@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("Zoë €5".encode(), "UTF-8"),
        (codecs.BOM_UTF8 + "Zoë €5".encode(), "UTF-8"),
        (codecs.BOM_UTF16_LE + "Zoë €5".encode("utf-16-le"), "UTF-16"),
        (codecs.BOM_UTF16_BE + "Zoë €5".encode("utf-16-be"), "UTF-16"),
        (codecs.BOM_UTF32_LE + "Zoë €5".encode("utf-32-le"), "UTF-32"),
        (codecs.BOM_UTF32_BE + "Zoë €5".encode("utf-32-be"), "UTF-32"),
        (b"Zo\xeb \x805", "Windows-1252"),
    ],
)
def test_encodings(data: bytes, encoding: str) -> None:
    assert decode_text(data) == ("Zoë €5", encoding)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))))
def test_utf_8_comes_back(text: str) -> None:
    if not text.startswith("\ufeff"):
        assert decode_text(text.encode()) == (text, "UTF-8")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"abc\x00def", "no text: byte 3 is NUL"),
        (bytes(range(1, 32)) * 3, "control characters"),
        (b"caf\x81 \xe9", "byte 3 is neither UTF-8 nor Windows-1252: save it as UTF-8"),
        (codecs.BOM_UTF8 + b"\xff", "mark says UTF-8, and byte 0 is none"),
        (codecs.BOM_UTF16_LE + b"a", "mark says UTF-16"),
    ],
)
def test_what_is_no_text_is_named(data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        decode_text(data)


@pytest.mark.parametrize("archive", [None, zipped, tarred])
def test_class_folders_of_texts(archive: object, tmp_path: Path) -> None:
    """Files about the others stand beside them, as they do in most archives."""
    files = text_files("reviews/") | {"reviews/README.txt": b"about", "reviews/neg/LICENSE.txt": b"free"}
    path = archive(tmp_path / "reviews.zip", files) if callable(archive) else write(tmp_path / "r", files)
    dataset = lamina.read(path)
    assert sorted(set(all_texts(dataset.inputs))) == sorted(data.decode() for data in text_files().values())
    assert dataset.targets.tolist() == ["neg"] * 3 + ["pos"] * 3
    assert "2 files are no examples and are left out" in dataset.notes[0]
    assert len(set(dataset.hashes)) == 6
    assert all_texts(dataset.subset(np.array([5, 0])).inputs) == ["a good film, number 2", "a bad film, number 0"]


def test_the_kind_with_the_most_files_is_read(tmp_path: Path) -> None:
    dataset = lamina.read(write(tmp_path, class_files(4) | text_files()))
    assert not isinstance(dataset.inputs, Texts)
    assert "6 files are no examples" in dataset.notes[0]


def test_lists_of_strings() -> None:
    dataset = lamina.read((["good", "bad", "good"], ["yes", "no", "yes"]))
    assert isinstance(dataset.inputs, TextList)
    assert dataset.inputs.names == ("text 1", "text 2", "text 3")
    assert dataset.hashes[0] == dataset.hashes[2] != dataset.hashes[1]
    assert all_texts(dataset.subset(np.array([1])).inputs) == ["bad"]


def test_what_is_no_string_is_named() -> None:
    mixed: list[Any] = ["a", 2.0]
    with pytest.raises(DataError, match=r"texts need a list of strings; number 2 is of type float"):
        texts_from_list(mixed)
    with pytest.raises(DataError, match="the model takes a list of texts; got int"):
        read_inputs(5, ENCODER)


def test_for_a_model_of_texts_strings_are_texts_and_paths_are_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path, text_files() | {"review.txt": b"bad"}))
    assert all_texts(read_inputs("good film", ENCODER)) == ["good film"]
    assert all_texts(read_inputs(["good", "bad"], ENCODER)) == ["good", "bad"]
    assert all_texts(read_inputs(np.array(["good", "bad"]), ENCODER)) == ["good", "bad"]
    assert all_texts(read_inputs(Path("review.txt"), ENCODER)) == ["bad"]
    found = read_inputs([Path("pos"), Path("review.txt")], ENCODER)
    assert isinstance(found, TextFiles)
    assert [name.split("/")[-1] for name in found.names] == ["0.txt", "1.txt", "2.txt", "review.txt"]
    with pytest.warns(LaminaWarning, match=r"'review.txt' is taken for a text.*give Path\('review.txt'\) for the file"):
        assert all_texts(read_inputs("review.txt", ENCODER)) == ["review.txt"]
