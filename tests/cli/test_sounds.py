"""Sounds through the commands: from a flat archive of recordings to answers for new ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cli.program import Outcome, error_of, lamina
from tests.data.makers import write, zipped
from tests.data.sound_makers import sound_file, tone


def recordings() -> dict[str, bytes]:
    """Low and high tones by four speakers."""
    return {
        f"{word}_{speaker}_{take}.wav": sound_file(tone(0.08 + 0.01 * take, pitch_hz=pitch + 29 * number + 7 * take))
        for word, pitch in (("low", 250), ("high", 1_500))
        for number, speaker in enumerate(("ann", "bob", "cid", "dan"))
        for take in range(8)
    }


NAMES = ("--names", "{class}_{speaker}_{take}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    zipped(folder / "tones.zip", {f"set/recordings/{name}": data for name, data in recordings().items()})
    return folder


@pytest.fixture(scope="module")
def trained(folder: Path) -> Outcome:
    return lamina(folder, "train", "tones.zip", *NAMES, "--test-where", "take<2", "--epochs", "6")


@pytest.mark.slow
def test_train(trained: Outcome, folder: Path) -> None:
    assert trained.status == 0, trained.err
    assert "note: the test part is where take<2: 16 of 64 files" in trained.err
    assert "predicting class, one of 2 classes: high, low" in trained.out
    assert "VarySpectrogram(" in trained.out
    assert "test   loss" in trained.out
    assert "(16 examples never trained on)" in trained.out
    assert (folder / "tones.safetensors").exists()


@pytest.mark.slow
def test_predict_a_file_an_archive_and_a_bad_one(trained: Outcome, folder: Path) -> None:
    write(folder, {"new.flac": sound_file(tone(0.3, 22_050, 300), 22_050, "FLAC"), "bad.wav": b"x"})
    found = lamina(folder, "predict", "tones.safetensors", "new.flac", "bad.wav", "tones.zip", "--json")
    answers = json.loads(found.out)
    assert found.status == 1
    assert len(answers) == 66
    assert answers[0]["class"] == "low"
    assert answers[1] == {"name": "bad.wav", "error": "not a sound in a known format"}
    assert sum(answer["name"].split("/")[-1].split("_")[0] == answer["class"] for answer in answers[2:]) > 60
    assert "bad.wav: not a sound in a known format" in found.err


@pytest.mark.slow
def test_evaluate_on_the_test_part(trained: Outcome, folder: Path) -> None:
    found = lamina(folder, "evaluate", "tones.safetensors", "tones.zip", *NAMES, "--test-where", "take<2", "--json")
    figures = json.loads(found.out)
    assert figures["examples"] == 16
    assert f"error {100 * figures['error']:.2f} %" in trained.out


@pytest.mark.slow
def test_the_spectrogram_that_the_network_sees(trained: Outcome, folder: Path) -> None:
    write(folder, {"high.wav": sound_file(tone(0.1, pitch_hz=3_000))})
    shown = lamina(folder, "predict", "tones.safetensors", "high.wav", "--save-prepared", "seen.png")
    assert shown.status == 0, shown.err
    with Image.open(folder / "seen.png") as picture:
        assert picture.size[1] == 40  # bands, high ones at the top
        column: list[Any] = [picture.getpixel((picture.size[0] // 2, row)) for row in range(40)]
    assert column.index(max(column)) < 12


@pytest.mark.slow
def test_groups_and_guesses_are_said(folder: Path) -> None:
    words: tuple[str, ...] = ("--group", "speaker", "--epochs", "1", "--network", "mlp", "-o", "grouped.safetensors")
    grouped = lamina(folder, "train", "tones.zip", *NAMES, *words)
    assert grouped.status == 0, grouped.err
    assert "note: each speaker is on one side: test" in grouped.err
    assert "by speaker 80/20, seed 0: 32 training, 16 validation, 16 test" in grouped.out
    words = ("--epochs", "1", "--network", "mlp", "-o", "guessed.safetensors")
    guessed = lamina(folder, "train", "tones.zip", *words)
    assert 'note: no class folders: the class is the first part of the file names, "high" in high_ann_0;' in guessed.err


@pytest.mark.parametrize(("words", "message"), [
    (("--group", "speaker"), 'group needs a field of the file names; "speaker" is not among []. Give names, such as '),
    (("--names", "{class}-{take}"), 'the names "{class}-{take}" do not fit 64 of 64 files'),
    ((*NAMES, "--test-where", "take"), 'test_where needs a condition such as "take<5"'),
])  # fmt: skip
def test_slips(words: tuple[str, ...], message: str, folder: Path) -> None:
    assert message in error_of(lamina(folder, "train", "tones.zip", *words))


@pytest.mark.slow
def test_a_network_for_sequences_reads_sounds_frame_by_frame(folder: Path) -> None:
    found = lamina(folder, "train", "tones.zip", *NAMES, "--network", "gru", "--epochs", "1", "-o", "read.safetensors")
    assert found.status == 0, found.err
    assert "GRU(units=64)" in found.out
    answers = json.loads(lamina(folder, "predict", "read.safetensors", "tones.zip", "--json").out)
    assert {answer["class"] for answer in answers} <= {"high", "low"}
