"""The program as a whole: help, version, and errors that are one text and exit status 2."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lamina as package
from tests.cli.program import error_of, lamina, run
from tests.data.makers import class_files, write


def test_help_names_every_command(tmp_path: Path) -> None:
    outcome = lamina(tmp_path, "--help")
    assert outcome.status == 0
    assert all(f"  {command} " in outcome.out for command in ("train", "predict", "evaluate", "show"))
    assert "lamina train digits" in outcome.out


def test_no_command_shows_the_help(tmp_path: Path) -> None:
    outcome = lamina(tmp_path)
    assert "Usage: lamina" in outcome.out + outcome.err


@pytest.mark.parametrize("command", ["train", "predict", "evaluate", "show"])
def test_every_command_has_examples_in_its_help(command: str, tmp_path: Path) -> None:
    outcome = lamina(tmp_path, command, "--help")
    assert outcome.status == 0
    assert f"lamina {command} " in outcome.out.split("Options:")[0].split("\n", 1)[1]


def test_version(tmp_path: Path) -> None:
    assert lamina(tmp_path, "--version").out == f"lamina {package.__version__}\n"


@pytest.mark.slow
def test_as_a_module_in_its_own_process(tmp_path: Path) -> None:
    outcome = run(tmp_path, "train", "nosuch")
    assert "there is no file or folder 'nosuch', and no data set of that name" in error_of(outcome)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["train", "nosuch"], "there is no file or folder 'nosuch'"),
        (["train", "digits", "--network", "resnet9"], "the network must be one of mlp, cnn, deep_cnn, photo_cnn, "),
        (["train", "digits", "--optimizer", "adan"], "optimizer must be one of "),
        (["train", "digits", "--schedule", "stairs"], "stairs"),
        (["train", "digits", "--loss", "huge"], "the loss of a classification must be one of "),
        (["train", "diabetes", "--loss", "hinge"], "the loss of a regression must be one of "),
        (["train", "diabetes", "--label-smoothing", "0.1"], "label_smoothing and class_weights need classes"),
        (["train", "diabetes", "--class-weights"], "label_smoothing and class_weights need classes"),
        (["train", "digits", "--label-smoothing", "1"], "label_smoothing needs a share from 0 to below 1"),
        (["train", "digits", "--epochs", "-1"], "epochs must be a whole number from 0"),
        (["train", "digits", "--batch-size", "0"], "batch_size must be a whole number from 1"),
        (["train", "digits", "--learning-rate", "fast"], '--learning-rate needs a number such as 0.001, or "find"'),
        (["train", "digits", "--learning-rate", "nan"], "learning_rate must be a positive number; got nan"),
        (["train", "digits", "--l2", "-1"], "l2 must be a non-negative number"),
        (["train", "digits", "--clip-norm", "0"], "clip_norm must be a positive number"),
        (["train", "iris", "--shift", "1"], "set shift to 0"),
        (["train", "digits", "--time", "soon"], "--time needs a time such as 60s, 5m or 1h; got 'soon'"),
        (["train", "digits", "--time", "0s"], "--time needs a time"),
        (["train", "digits", "--split", "80/30"], "--split needs two shares that make 100, such as 80/20; got '80/30'"),
        (["train", "digits", "--split", "100/0"], "--split needs two shares that make 100"),
        (["train", "digits", "-o", "no/such/model"], "is in no/such, a folder that does not exist"),
        (["train", "digits", "-o", "."], "is a folder"),
        (["train", "iris", "--network", "cnn"], "cnn needs pictures of shape (batch, height, width, channels)"),
        (["predict", "nosuch.safetensors", "a.png"], "nosuch.safetensors: cannot be read"),
        (["evaluate", "nosuch.safetensors", "digits"], "nosuch.safetensors: cannot be read"),
        (["predict", "nosuch.safetensors"], "nosuch.safetensors: cannot be read"),
        (["show", "nosuch.safetensors"], "nosuch.safetensors: cannot be read"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)  # fmt: skip
def test_what_is_not_possible_is_one_text(words: list[str], complaint: str, tmp_path: Path) -> None:
    assert complaint in error_of(lamina(tmp_path, *words))
    assert list(tmp_path.iterdir()) == [], "nothing may be left of a command that was refused"


@pytest.mark.parametrize("words", [["train"], ["train", "digits", "--epochs", "many"], ["predict"], ["tren", "a"]])
def test_a_command_that_is_typed_wrong_is_told_how(words: list[str], tmp_path: Path) -> None:
    outcome = lamina(tmp_path, *words)
    assert outcome.status == 2
    assert "Usage: lamina" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_network_that_does_not_fit_names_its_layer_and_the_cure(tmp_path: Path) -> None:
    """LeNet-5 on pictures of 8 x 8: its second convolution finds too few places."""
    said = error_of(lamina(tmp_path, "train", "digits", "--network", "lenet5"))
    assert "layer 3 of 8, Conv2D(filters=16, size=5" in said
    assert "(batch, 4, 4, 6)" in said


def test_folders_that_nothing_can_be_learnt_from(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path / "single", class_files(classes=("cat",)))
    write(tmp_path / "words", {"readme.txt": b"no pictures"})
    assert "is an empty folder" in error_of(lamina(tmp_path, "train", "empty"))
    assert "has the same class" in error_of(lamina(tmp_path, "train", "single"))
    assert "words holds no pictures or sounds or texts (readme.txt)" in error_of(lamina(tmp_path, "train", "words"))


@pytest.mark.slow
def test_files_that_are_no_models(models: Path, tmp_path: Path) -> None:
    whole = (models / "iris.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "flipped.safetensors").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    (tmp_path / "text.safetensors").write_text("a model, surely", encoding="ascii")
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "picture.png")
    for command in (["show"], ["predict", "x.csv"], ["evaluate", "iris"]):
        for name, complaint in {
            "cut.safetensors": "truncated",
            "flipped.safetensors": "the checksum does not fit: the file is damaged",
            "text.safetensors": "not a model of this program",
            "picture.png": "it looks like a PNG picture",
        }.items():
            said = error_of(lamina(tmp_path, command[0], name, *command[1:]))
            assert said.startswith(f"{name}: "), said
            assert complaint in said, said
