"""Tables with a column of sounds: their recordings are learnt from alone, wherever the table and the files are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina.data.fitting import decode_inputs
from lamina.data.prediction_inputs import read_inputs
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.sounds import SoundFiles
from lamina.errors import DataError, SettingError
from tests.data.makers import csv_of, write, zipped
from tests.data.sound_makers import sound_folders


def files(rows: int = 12) -> dict[str, bytes]:
    """A table of clips with what else is known of them, and the clips."""
    sounds = {f"clips/{name.replace('/', '-')}": data for name, data in sound_folders(rows // 2).items()}
    said = [
        {"clip": name, "seconds": 0.1 * place, "take": "ab"[place % 2], "pitch": name.split("/")[1].split("-")[0]}
        for place, name in enumerate(sounds)
    ]
    return {"clips.csv": csv_of(said), **sounds}


def test_the_recordings_are_learnt_from_and_the_rest_is_left_out_and_said(tmp_path: Path) -> None:
    write(tmp_path, files())
    found = lamina.read(tmp_path / "clips.csv", target="pitch")
    assert isinstance(found.inputs, SoundFiles)
    assert sorted(set(found.targets.tolist())) == ["high", "low"]
    assert "clip: sound: its values name sounds that are there (--kinds gives it another kind)" in found.notes
    for column in ("seconds", "take"):
        told = (
            f"{column}: drop: left out, since the sounds of clip are learnt from alone (--kinds clip=drop for the rest)"
        )
        assert told in found.notes


@pytest.mark.parametrize("where", ["folder", "archive"])
def test_the_same_in_a_folder_or_an_archive(tmp_path: Path, where: str) -> None:
    write(tmp_path / "set", files())
    expected = lamina.read(tmp_path / "set" / "clips.csv", target="pitch")
    source = tmp_path / "set" if where == "folder" else zipped(tmp_path / "set.zip", files())
    found = lamina.read(source, target="pitch")
    assert (found.targets == expected.targets).all()
    assert found.inputs.hashes() == expected.inputs.hashes()


def test_rows_are_kept_together_by_a_group(tmp_path: Path) -> None:
    write(tmp_path, files())
    found = lamina.read(tmp_path / "clips.csv", target="pitch", group="take")
    assert isinstance(found.inputs, SoundFiles)
    assert found.groups is not None
    assert len(set(np.asarray(found.groups).tolist())) == 2


def test_the_other_columns_instead(tmp_path: Path) -> None:
    write(tmp_path, files())
    found = lamina.read(tmp_path / "clips.csv", target="pitch", kinds={"clip": "drop"})
    assert {name for name, guess in found.inputs.kinds.items() if guess.kind != "drop"} == {"seconds", "take"}


def test_a_table_names_the_sounds_to_answer_for(tmp_path: Path) -> None:
    write(tmp_path, files())
    found = lamina.read(tmp_path / "clips.csv", target="pitch")
    encoder, rows = decode_inputs(found.inputs).fit(np.arange(12))
    assert isinstance(encoder, SoundEncoder)
    asked = read_inputs(tmp_path / "clips.csv", encoder)
    assert asked.names[:2] == ("line 2, clips/low-0.wav", "line 3, clips/low-1.wav")
    np.testing.assert_array_equal(encoder.encode(asked)[0], rows)
    write(tmp_path, {"none.csv": b"a,b\n1,2\n3,4\n"})
    with pytest.raises(DataError, match="the model takes sounds, and 0 columns of the table name sounds"):
        read_inputs(tmp_path / "none.csv", encoder)


@pytest.mark.slow
def test_a_model_of_a_table_is_evaluated_on_a_table(tmp_path: Path) -> None:
    write(tmp_path, files(40))
    run = lamina.train(tmp_path / "clips.csv", "cnn", target="pitch", epochs=1)
    list(run)
    assert run.model.evaluate(tmp_path / "clips.csv").examples == len(run.prepared.split.test)


def test_a_missing_recording_takes_its_row_out_by_name(tmp_path: Path) -> None:
    made = files(40)
    del made["clips/low-3.wav"]
    write(tmp_path, made)
    decoded = decode_inputs(lamina.read(tmp_path / "clips.csv", target="pitch").inputs)
    assert [(one.name, one.reason) for one in decoded.skipped] == [("line 5, clips/low-3.wav", "there is no such file")]


def test_two_columns_of_sounds_are_one_too_many(tmp_path: Path) -> None:
    made = files()
    table = made["clips.csv"].decode().splitlines()
    both = "\n".join([f"other,{table[0]}", *(f"{line.split(',')[0]},{line}" for line in table[1:])])
    write(tmp_path, {**made, "clips.csv": both.encode()})
    with pytest.raises(SettingError, match="other and clip name sounds; one is taken: --kinds clip=drop"):
        lamina.read(tmp_path / "clips.csv", target="pitch")
