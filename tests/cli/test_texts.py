"""Texts through the commands: trained from class folders, predicted for files and for what is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import error_of, lamina
from tests.data.makers import write
from tests.model.test_text_models import model, reviews
from tests.trained import iris


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Class folders of texts, one of them no text and one not UTF-8, and a trained model."""
    texts, classes = reviews(80)
    files = {f"films/{name}/{n}.txt": text.encode() for n, (text, name) in enumerate(zip(texts, classes, strict=True))}
    files |= {"films/good/0.txt": b"caf\xe9 great fine", "films/bad/1.txt": b"\0\0", "films/README.txt": b"about"}
    model().save(tmp_path / "model.safetensors")
    return write(tmp_path, files)


@pytest.mark.slow
def test_train_evaluate_predict(folder: Path) -> None:
    trained = lamina(folder, "train", "films", "--epochs", "8", "--seed", "3")
    assert trained.status == 0
    assert "79 examples of 32 tokens" in trained.out
    assert "left out films/bad/1.txt: it is no text: byte 0 is NUL" in trained.err.replace(" bad/1", " films/bad/1")
    assert "1 texts are read as Windows-1252, a guess, since they are not UTF-8 (such as good/0.txt)" in trained.err
    assert "1 files are no examples and are left out (README.txt)" in trained.err
    evaluated = json.loads(lamina(folder, "evaluate", "films.safetensors", "films", "--json").out)
    assert evaluated["accuracy"] >= 0.9
    assert "tokenizer" not in trained.out
    shown = lamina(folder, "show", "films.safetensors")
    assert shown.status == 0
    assert "Embedding(entries=" in shown.out


@pytest.mark.slow
def test_predict_files_and_typed_texts(folder: Path) -> None:
    write(folder, {"new/1.txt": b"a great and moving film", "new/notes.md": b"dull"})
    outcome = lamina(
        folder, "predict", "model.safetensors", "new", "new/notes.md", "--text", "boring", "--text", "a lovely scene"
    )
    lines = [line.split() for line in outcome.out.splitlines()]
    assert [(line[0], line[1]) for line in lines[:2]] == [("new/1.txt", "good"), ("new/notes.md", "bad")]
    assert [line[:3] for line in lines[2:]] == [["text", "1", "bad"], ["text", "2", "good"]]


def test_a_word_on_the_command_line_is_a_file_and_never_a_text(folder: Path) -> None:
    outcome = lamina(folder, "predict", "model.safetensors", "boring")
    assert outcome.status == 1
    assert "boring: there is no such file" in outcome.err


def test_what_predict_refuses(folder: Path) -> None:
    nothing = lamina(folder, "predict", "model.safetensors")
    assert nothing.status == 2
    assert "it needs files or folders, or --text" in nothing.err
    iris().save(folder / "iris.safetensors")
    assert "this model takes none by themselves" in error_of(
        lamina(folder, "predict", "iris.safetensors", "--text", "good")
    )


def test_unknown_networks_for_texts_are_named(folder: Path) -> None:
    assert "the network for texts must be one of average, mlp, cnn" in error_of(
        lamina(folder, "train", "films", "--network", "lenet5")
    )
