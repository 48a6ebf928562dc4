"""What file names tell: patterns, guesses, groups and the test part, and every slip in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lamina
from lamina.data.names import Naming, fields_of, guess_classes, meets
from lamina.data.split import split
from lamina.errors import DataError, SettingError
from tests.data.makers import class_files, write, zipped
from tests.data.sound_makers import sound_folders, spoken

PATTERN = "{class}_{speaker}_{take}"
WORDS = st.text("abz09.", min_size=1, max_size=5).filter(lambda word: not word.startswith("."))


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=5))
def test_what_was_written_is_read(rows: list[tuple[str, str, str]]) -> None:
    paths = [f"somewhere/{a}_{b}-{c}.wav" for a, b, c in rows]
    fields = Naming("{class}_{who}-{take}").read(paths, "here")
    assert list(zip(*(fields[name].tolist() for name in ("class", "who", "take")), strict=True)) == rows


def test_folders_may_be_part_of_a_pattern() -> None:
    fields = Naming("{speaker}/{class}-{take}").read(["x/ann/yes-1.wav", "x/bob/no-2.wav"], "here")
    assert {name: values.tolist() for name, values in fields.items()} == {
        "speaker": ["ann", "bob"], "class": ["yes", "no"], "take": ["1", "2"],
    }  # fmt: skip


def test_names_that_do_not_fit() -> None:
    message = r'archive: the names "{class}_{take}" do not fit 2 of 3 files \(b.wav, a_b_3.wav\). A field holds none'
    with pytest.raises(DataError, match=message):
        Naming("{class}_{take}").read(["a_1.wav", "b.wav", "a_b_3.wav"], "archive")


@pytest.mark.parametrize("pattern", ["", "class_take", "{class}_{class}", "{a b}_{c}", "{}_{c}", "{1}"])
def test_patterns_without_fields(pattern: str) -> None:
    with pytest.raises(SettingError, match="names needs a pattern with fields of different names in braces"):
        Naming(pattern)


@pytest.mark.parametrize("pattern", ["{class}{take}", "{class}_{take", "{class}}"])
def test_patterns_with_stray_braces(pattern: str) -> None:
    with pytest.raises(SettingError, match="names needs something between two fields, and braces around fields only"):
        Naming(pattern)


def test_fields_that_are_not_there() -> None:
    assert fields_of(PATTERN) == ("class", "speaker", "take")
    with pytest.raises(SettingError, match=r'group needs a field of the file names; "room" is not among \[\'class\''):
        Naming(PATTERN, group="room")
    with pytest.raises(
        SettingError, match=r'test_where needs a field .* "take" is not among \[\]. Give names, such as'
    ):
        Naming(None, test_where="take<5")
    with pytest.raises(SettingError, match='test_where needs a condition such as "take<5"'):
        Naming(PATTERN, test_where="take")


@pytest.mark.parametrize(("condition", "expected"), [
    ("take<5", [1, 1, 0, 0]), ("take <= 5", [1, 1, 1, 0]), ("take>5", [0, 0, 0, 1]), ("take>=5", [0, 0, 1, 1]),
    ("take=5", [0, 0, 1, 0]), ("take=0,10", [1, 0, 0, 1]), ("who=ann, bob", [1, 1, 0, 0]), ("who=nobody", [0] * 4),
])  # fmt: skip
def test_conditions(condition: str, expected: list[int]) -> None:
    fields = {"take": np.array(["0", "4", "5", "10"]), "who": np.array(["ann", "bob", "cid", "cid"])}
    assert meets(condition, fields).astype(int).tolist() == expected


def test_texts_are_not_compared_as_numbers() -> None:
    fields = {"take": np.array(["1", "2"]), "who": np.array(["1", "bob"])}
    with pytest.raises(SettingError, match=r'"who<5" compares numbers; who has "bob". Compare texts with ='):
        meets("who<5", fields)
    with pytest.raises(SettingError, match='"take<many" compares numbers; take has "many"'):
        meets("take<many", fields)


def test_a_guess_needs_few_first_parts_that_repeat() -> None:
    guess = guess_classes(["x/7_ann_1.wav", "x/7_bob_2.wav", "x/8_ann_1.wav", "x/8_cid_1.wav"])
    assert guess is not None
    assert guess[0].tolist() == ["7", "7", "8", "8"]
    assert '"7" in 7_ann_1; --names "{class}_{part2}_{part3}" says so' in guess[1]
    assert guess_classes(["a-1.wav", "a-2.wav", "b-1.wav", "b-2.wav"]) is not None
    for paths in (
        ["1_a.wav", "2_a.wav"],  # each first part once
        ["a_1.wav", "a_2.wav"],  # one class
        ["a_1.wav", "a_2.wav", "b_1_1.wav", "b_2.wav"],  # other counts of parts
        ["a.wav", "b.wav"],  # one part
        ["_1.wav", "_2.wav", "b_1.wav", "b_2.wav"],  # an empty part
        [f"{number}_{take}.wav" for number in range(51) for take in range(2)],  # too many
    ):
        assert guess_classes(paths) is None


def test_a_flat_archive_is_labelled_by_its_names_and_that_is_said(tmp_path: Path) -> None:
    for top in ("", "recordings/", "set-main/recordings/"):
        path = zipped(tmp_path / "spoken.zip", {top + name: data for name, data in spoken().items()})
        dataset = lamina.read(path)
        assert sorted(set(dataset.targets.tolist())) == ["0", "1", "2"]
        assert dataset.parts is None
        assert any("no class folders: the class is the first part of the file names" in note for note in dataset.notes)


def test_pictures_have_names_too(tmp_path: Path) -> None:
    files = {name.replace("/", "_"): data for name, data in class_files(3).items()}
    assert sorted(set(lamina.read(write(tmp_path, files)).targets.tolist())) == ["cat", "dog"]


def test_names_that_tell_nothing_need_a_pattern(tmp_path: Path) -> None:
    files = {f"{number}.wav": data for number, data in enumerate(spoken().values())}
    with pytest.raises(
        DataError, match=r'are in no class folder .* where their names have it: --names "{class}_{speaker}'
    ):
        lamina.read(write(tmp_path, files))


def test_a_pattern_gives_class_test_part_and_groups(tmp_path: Path) -> None:
    write(tmp_path, spoken())
    dataset = lamina.read(tmp_path, names="{take}_{class}_{digit}", test_where="take=0")
    assert set(dataset.targets.tolist()) == {"ann", "bob", "cid", "dan"}
    assert dataset.parts is not None
    assert (dataset.parts == "test").sum() == 12
    assert dataset.notes == ("the test part is where take=0: 12 of 36 files",)
    grouped = lamina.read(tmp_path, names=PATTERN, group="speaker")
    assert grouped.groups is not None
    assert grouped.subset(np.array([0, 4])).groups is not None
    parts = split(grouped, seed=1)
    sides = [set(grouped.groups[rows].tolist()) for rows in (parts.train, parts.validation, parts.test)]
    assert [len(side) for side in sides] == [2, 1, 1]
    assert len(set.union(*sides)) == 4
    assert parts.description == "by speaker 80/20, seed 1"


def test_without_a_class_in_the_pattern_the_folder_is_the_class(tmp_path: Path) -> None:
    files = {f"{name[0]}/{name}": data for name, data in spoken().items()}
    dataset = lamina.read(write(tmp_path, files), names="{digit}_{speaker}_{take}", group="speaker")
    assert set(dataset.targets.tolist()) == {"0", "1", "2"}
    assert dataset.group == "speaker"


def test_own_parts_that_divide_a_group_are_not_kept(tmp_path: Path) -> None:
    files = {f"{'test' if name[-5] == '0' else 'train'}/{name[0]}/{name}": data for name, data in spoken().items()}
    write(tmp_path, files)
    assert lamina.read(tmp_path, names=PATTERN).parts is not None
    dataset = lamina.read(tmp_path, names=PATTERN, group="speaker")
    assert dataset.parts is None
    assert dataset.notes == (
        "the source's own parts are not kept: speaker ann, bob, cid, ... is in training and in another of them",
    )


def test_contradictions_and_empty_parts(tmp_path: Path) -> None:
    write(tmp_path, spoken())
    with pytest.raises(
        SettingError, match=r"group and test_where contradict each other: speaker ann, bob, cid, ... is"
    ):
        lamina.read(tmp_path, names=PATTERN, group="speaker", test_where="take<1")
    whole = lamina.read(tmp_path, names=PATTERN, group="speaker", test_where="speaker=ann")
    assert "each speaker is on one side: test ann; validation" in " ".join(split(whole, 0).notes)
    for condition in ("speaker=eve", "take<9"):
        with pytest.raises(DataError, match=r"is true of (0|36) of 36 files; a test part needs some, not all"):
            lamina.read(tmp_path, names=PATTERN, test_where=condition)


def test_only_files_have_names(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="names tell of files that are examples; iris has none"):
        lamina.read("iris", names=PATTERN)
    assert len(lamina.read(write(tmp_path, sound_folders(2)), names="{take}")) == 4
