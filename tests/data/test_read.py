"""Reading: every source that is promised, decided by content, and every fault in words."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.data.inputs import Numbers
from lamina.data.pictures import PictureArray, PictureFiles
from lamina.errors import DataError, SettingError
from tests.data.makers import class_files, encoded, idx, idx_files, noise, tarred, write, zipped


def said(dataset: lamina.Dataset) -> str:
    return " | ".join(dataset.notes)


@pytest.mark.parametrize(
    ("name", "count", "shape", "target"),
    [
        ("digits", 1797, (8, 8, 1), "digit"),
        ("iris", 150, (4,), "class"),
        ("wine", 178, (13,), "class"),
        ("breast_cancer", 569, (30,), "class"),
        ("diabetes", 442, (10,), "disease progression"),
    ],
)
def test_embedded_sets(name: str, count: int, shape: tuple[int, ...], target: str) -> None:
    dataset = lamina.read(name)
    array = dataset.inputs.pixels if isinstance(dataset.inputs, PictureArray) else dataset.inputs.values
    assert (len(dataset), array.shape[1:], dataset.target, dataset.name) == (count, shape, target, name)
    assert dataset.targets.dtype.kind == ("f" if name == "diabetes" else "U")


def test_embedded_digits_are_bytes_of_the_original_sixteenths() -> None:
    from sklearn.datasets import load_digits

    inputs = lamina.read("digits").inputs
    assert isinstance(inputs, PictureArray)
    assert np.array_equal(inputs.pixels[..., 0], np.floor(load_digits().images * 255 / 16 + 0.5))
    assert np.array_equal(lamina.read("digits").targets, load_digits().target.astype(str))


def test_a_path_wins_over_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path, class_files(top="digits/")))
    assert len(lamina.read("digits")) == 20


SOURCES = ["folder", "zip", "tar", "tar.gz", "no suffix"]


def source(kind: str, folder: Path, files: dict[str, bytes]) -> Path:
    if kind == "folder":
        return write(folder / "set", files)
    path = folder / ("set" if kind == "no suffix" else f"set.{kind}")
    return zipped(path, files) if kind in ("zip", "no suffix") else tarred(path, files, "w:gz" if "gz" in kind else "w")


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("top", ["", "birds/", "a/b/"])
def test_class_folders(kind: str, top: str, tmp_path: Path) -> None:
    files = class_files(3, ("crow", "Ärmelhuhn"), top) | {f"{top}README.md": b"about"}
    dataset = lamina.read(source(kind, tmp_path, files))
    assert dataset.name == "set"
    assert sorted(dataset.targets.tolist()) == ["crow"] * 3 + ["Ärmelhuhn"] * 3
    assert "1 files are no examples and are left out" in said(dataset)
    assert "README.md" in said(dataset)
    for place, name in enumerate(dataset.inputs.names):
        assert isinstance(dataset.inputs, PictureFiles)
        assert dataset.inputs.load(int(dataset.inputs.rows[place])) == files[name]
        assert dataset.targets[place] in name


@pytest.mark.parametrize("kind", SOURCES)
def test_parts_above_the_class_folders(kind: str, tmp_path: Path) -> None:
    files = class_files(4, top="x/train/") | class_files(2, top="x/test/") | class_files(1, top="x/valid/")
    dataset = lamina.read(source(kind, tmp_path, files))
    assert dataset.parts is not None
    counts = {part: int((dataset.parts == part).sum()) for part in ("train", "validation", "test")}
    assert counts == {"train": 8, "validation": 2, "test": 4}
    assert set(dataset.targets) == {"cat", "dog"}
    assert "the source has its own parts (8 train, 2 validation, 4 test); they are kept" in said(dataset)


def test_validation_without_test_is_the_test_part(tmp_path: Path) -> None:
    dataset = lamina.read(write(tmp_path, class_files(4, top="train/") | class_files(2, top="val/")))
    assert dataset.parts is not None
    assert set(dataset.parts) == {"train", "test"}
    assert "no test part; its validation part is taken for it" in said(dataset)


def test_a_class_may_be_called_test(tmp_path: Path) -> None:
    dataset = lamina.read(write(tmp_path, class_files(2, ("test", "control"))))
    assert dataset.parts is None
    assert set(dataset.targets) == {"test", "control"}


def test_pictures_outside_the_parts_are_refused(tmp_path: Path) -> None:
    files = class_files(2, top="train/") | class_files(2, top="test/") | {"extra/a.png": encoded(noise(1))}
    with pytest.raises(DataError, match=r"in no part \(extra/a.png\). Put all of them below train"):
        lamina.read(write(tmp_path, files))


def test_pictures_of_a_part_without_classes_are_refused(tmp_path: Path) -> None:
    files = class_files(2, top="train/") | {"test/1.png": encoded(noise(1))}
    with pytest.raises(DataError, match=r"1 pictures are in no class folder \(test/1.png\)"):
        lamina.read(write(tmp_path, files))


def test_files_of_systems_are_named_and_left_out(tmp_path: Path) -> None:
    others = {".DS_Store": b"x", "cat/Thumbs.db": b"x", "__MACOSX/cat/._1.png": b"x", "notes.txt": b"x"}
    for kind in ("zip", "folder"):
        dataset = lamina.read(source(kind, tmp_path, class_files(2) | others))
        assert len(dataset) == 4
        assert re.search(r"\d files are no examples and are left out \(.*\)", said(dataset))


def test_content_decides_and_not_the_suffix(tmp_path: Path) -> None:
    files = {
        "cat/upper.PNG": encoded(noise(1)),
        "cat/none": encoded(noise(2)),
        "cat/wrong.txt": encoded(noise(3), "JPEG"),
        "dog/a.jpg": encoded(noise(4), "BMP"),
        "dog/b.webp": encoded(noise(5), "GIF"),
        "dog/sound.wav": b"RIFF\x00\x00\x00\x00WAVEfmt ",
        "dog/text.md": b"BMX bikes, P5 and so on",
    }
    dataset = lamina.read(write(tmp_path, files))
    assert len(dataset) == 5
    assert "(dog/sound.wav, dog/text.md)" in said(dataset)


def test_links_in_a_circle_are_entered_once(tmp_path: Path) -> None:
    write(tmp_path, class_files(2))
    try:
        os.symlink(tmp_path, tmp_path / "cat" / "again", target_is_directory=True)
        os.symlink(tmp_path / "nowhere", tmp_path / "cat" / "dangling.png")
    except OSError:
        pytest.skip("this system lets no one make links")
    assert len(lamina.read(tmp_path)) == 4


def test_one_archive_in_a_folder_is_read(tmp_path: Path) -> None:
    zipped(tmp_path / "birds.zip", class_files(2))
    write(tmp_path, {"README.md": b"about"})
    dataset = lamina.read(tmp_path)
    assert len(dataset) == 4
    assert dataset.name == tmp_path.name
    assert "reading the archive birds.zip" in said(dataset)
    assert "left out (README.md)" in said(dataset)


@pytest.mark.parametrize("zip_them", [True, False])
def test_idx_files_with_parts(zip_them: bool, tmp_path: Path) -> None:
    write(tmp_path, idx_files({"train": 9, "t10k": 6}, zip_them) | {"README.md": b"about"})
    zipped(tmp_path / "other.zip", class_files(1))
    dataset = lamina.read(tmp_path)
    assert isinstance(dataset.inputs, PictureArray)
    assert dataset.parts is not None
    assert np.array_equal(dataset.inputs.pixels[:9, ..., 0], noise(0, (9, 4, 5)))
    assert np.array_equal(dataset.inputs.pixels[9:, ..., 0], noise(1, (6, 4, 5)))
    assert dataset.targets.tolist() == [str(n % 3) for n in [*range(9), *range(6)]]
    assert dataset.parts.tolist() == ["train"] * 9 + ["test"] * 6
    assert "2 files or folders beside it are left out (README.md, other.zip)" in said(dataset)


def test_one_idx_file_finds_its_partner(tmp_path: Path) -> None:
    write(tmp_path, idx_files({"train": 9}))
    dataset = lamina.read(tmp_path / "train-images-idx3-ubyte.gz")
    assert len(dataset) == 9
    assert dataset.parts is None
    assert dataset.name == tmp_path.name


def broken(files: dict[str, bytes], name: str, data: bytes | None) -> dict[str, bytes]:
    return {key: value for key, value in (files | {name: data}).items() if value is not None}


IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
GOOD = idx_files({"train": 9}, zip_them=False)
GOOD_GZ = idx_files({"train": 9})


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            broken(GOOD, IMAGES, GOOD[IMAGES][:-1]),
            r"promises 180 bytes \(9 x 4 x 5\), the file has 179: it is truncated",
        ),
        (broken(GOOD, IMAGES, GOOD[IMAGES] + b"x"), "the file has more: it is truncated or damaged"),
        (broken(GOOD, IMAGES, GOOD[IMAGES][:9]), "not an idx file of unsigned bytes"),
        (broken(GOOD, IMAGES, idx(noise(1, (8, 4, 5)))), "has 8 pictures, train-labels-idx1-ubyte has 9 labels"),
        (broken(GOOD, LABELS, None), "holds pictures, and no idx file beside it holds their labels"),
        (broken(GOOD, IMAGES, None), "holds labels, and no idx file beside it holds their pictures"),
        (broken(GOOD, IMAGES, b"\x00\x00\x0b" + GOOD[IMAGES][3:]), "no idx file beside it holds their pictures"),
        (broken(GOOD, IMAGES, b"\x00\x00\x08\x03" + b"\xff" * 12), r"promises [\d,]+ bytes; at most"),
        (broken(GOOD_GZ, f"{IMAGES}.gz", GOOD_GZ[f"{IMAGES}.gz"][:-20]), "the gzip data is truncated or damaged"),
        (GOOD | {"more-labels": GOOD[LABELS]}, "are both of the part train: keep one set"),
        (
            GOOD | {"t10k-images": idx(noise(1, (2, 7, 7))), "t10k-labels": idx(noise(1, (2,)))},
            r"pictures of different sizes \(train 4 x 5, test 7 x 7\)",
        ),
    ],
)
def test_faults_of_idx_files(files: dict[str, bytes], message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        lamina.read(write(tmp_path, files))


def test_faults_of_paths(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is an empty folder"):
        lamina.read(tmp_path)
    with pytest.raises(DataError, match=r"no file or folder 'digit', and no data set of that name; .* digits, iris"):
        lamina.read("digit")
    write(tmp_path, {"a/notes.md": b"x", "b.bin": b"1,2"})
    with pytest.raises(
        DataError, match=r"holds no pictures or sounds or texts \(a/notes.md, b.bin\). It needs a folder for each class"
    ):
        lamina.read(tmp_path)
    with pytest.raises(DataError, match="which column shall be predicted"):
        lamina.read(write(tmp_path, {"b.csv": b"1,2"}) / "b.csv")
    (tmp_path / "b.csv").unlink()
    write(tmp_path, {"loose.png": encoded(noise(1)), "a/1.png": encoded(noise(1))})
    with pytest.raises(DataError, match=r"1 pictures are in no class folder \(loose.png\)"):
        lamina.read(tmp_path)
    with pytest.raises(DataError, match="from a name, a path or a pair of arrays"):
        lamina.read(3)
    with pytest.raises(SettingError, match="bad_limit needs a share from 0 to 1; got 5"):
        lamina.read("iris", bad_limit=5)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="is neither a file nor a folder"):
        lamina.read(tmp_path / "pipe")
    write(tmp_path, class_files(2))
    assert len(lamina.read(tmp_path)) == 4


def test_arrays() -> None:
    pictures = lamina.read((noise(1, (4, 5, 6)), [0, 1, 0, 1]))
    assert isinstance(pictures.inputs, PictureArray)
    assert pictures.inputs.pixels.shape == (4, 5, 6, 1)
    assert pictures.targets.tolist() == ["0", "1", "0", "1"]
    rows = lamina.read(([[1, 2], [3, 4]], [[0.5], [1.5]]))
    assert isinstance(rows.inputs, Numbers)
    assert rows.targets.tolist() == [0.5, 1.5]
    assert rows.inputs.columns == ("column 1", "column 2")


def test_a_constant_column_is_said() -> None:
    dataset = lamina.read(([[1, 2], [3, 2]], ["a", "b"]))
    assert "nothing can be learnt from it: column 2" in said(dataset)
    assert lamina.read(([[1, 2], [3, 4]], ["a", "b"])).notes == ()


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (([[1.0, 2.0], [3.0, np.nan]], ["a", "b"]), "row 2 has nan in column 2: fill it in or leave the row out"),
        (([[1.0, np.inf]], ["a"]), "row 1 has inf in column 2"),
        (([["x", "y"]], ["a"]), "rows of numbers need an array of numbers"),
        (([1.0, 2.0], ["a", "b"]), r"need an array \(examples, columns\); got one of shape \(2,\)"),
        (([[1.0], [2.0]], ["a"]), "2 examples and 1 targets; each example needs one"),
        (([[1.0], [2.0]], np.eye(2)), r"targets need one value an example; got an array of shape \(2, 2\)"),
        (([[1.0], [2.0]], ["a", None]), "example 2 has no target"),
        ((np.zeros((2, 3, 3)), ["a", "b"]), "pictures need an array of uint8 .*; got float64"),
        ((np.zeros((2, 3, 3, 4), np.uint8), ["a", "b"]), r"got uint8 of shape \(2, 3, 3, 4\)"),
        (([[1.0]],), "given as a pair"),
    ],
)
def test_faults_of_arrays(pair: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        lamina.read(pair)


def test_fingerprints_tell_data_apart(tmp_path: Path) -> None:
    values, targets = np.arange(8.0).reshape(4, 2), np.array(["a", "b", "a", "b"])
    first = lamina.read((values, targets)).fingerprint
    assert lamina.read((values.copy(), targets.copy())).fingerprint == first
    changed = values.copy()
    changed[3, 1] += 1
    others = {lamina.read((changed, targets)).fingerprint, lamina.read((values, targets[::-1])).fingerprint}
    assert first not in others
    assert len(others) == 2
    write(tmp_path, class_files(2))
    before = lamina.read(tmp_path).fingerprint
    write(tmp_path, {"cat/0.png": encoded(noise(77))})
    assert lamina.read(tmp_path).fingerprint != before


@pytest.mark.slow
def test_mnist_as_idx_and_as_archive(mnist_folder: Path) -> None:
    dataset = lamina.read(mnist_folder)
    assert dataset.parts is not None
    assert (len(dataset), int((dataset.parts == "test").sum())) == (70_000, 10_000)
    assert "mnist-png-12k.zip" in said(dataset)
    assert isinstance(dataset.inputs, PictureArray)
    archive = lamina.read(mnist_folder / "mnist-png-12k.zip")
    one = np.flatnonzero(archive.targets == "7")[0]
    first = np.flatnonzero((dataset.targets == "7") & (dataset.parts == archive.parts[one]))[0]
    assert isinstance(archive.inputs, PictureFiles)
    assert np.array_equal(archive.inputs.picture(int(one)), dataset.inputs.pixels[first])


@pytest.mark.parametrize("task", ["generation", "reconstruction", "clustering"])
def test_pictures_need_no_class_folders_where_no_classes_are_learnt(tmp_path: Path, task: str) -> None:
    folder = write(tmp_path, {f"{number}.png": encoded(noise(number)) for number in range(6)})
    with pytest.raises(DataError, match="6 pictures are in no class folder"):
        lamina.read(folder)
    found = lamina.read(folder, task=task)
    assert len(found) == 6
    assert found.task == task
    assert set(found.targets.tolist()) == {""}
