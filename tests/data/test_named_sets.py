"""Named data sets: the table, and the reading of small stand-ins of each form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

import lamina
from lamina.data.embedded import DESCRIPTIONS, EMBEDDED
from lamina.data.fetching import RemoteFile
from lamina.data.named_sets import CLOTHES, NAMED_SETS, THINGS, NamedSet, folder_of, read_named
from lamina.errors import DataError
from tests.data.makers import idx_files, noise, tarred
from tests.data.server import Served, serving


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMINA_DATASETS", str(tmp_path / "sets"))


def stand_in(name: str, address: str, files: Mapping[str, bytes]) -> dict[str, NamedSet]:
    """The table with small files of the same names in the place of those of one set."""
    remote = tuple(
        RemoteFile(one, (f"{address}/{one}",), len(data), hashlib.sha256(data).hexdigest())
        for one, data in files.items()
    )
    return {name: replace(NAMED_SETS[name], files=remote)}


def read_stand_in(name: str, files: Mapping[str, bytes]) -> lamina.Dataset:
    """What is read where a server has these files in the place of the set's own."""
    assert [file.name for file in NAMED_SETS[name].files] == list(files)
    with serving({f"/{one}": Served(data) for one, data in files.items()}) as server:
        return read_named(name, stand_in(name, server.address, files))


def in_order(files: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    return {file.name: files[file.name] for file in NAMED_SETS[name].files}


@pytest.mark.parametrize("name", NAMED_SETS)
def test_every_source_is_encrypted_and_known_to_the_byte(name: str) -> None:
    found = NAMED_SETS[name]
    for file in found.files:
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert file.size > 1000
        assert all(urlsplit(url).scheme == "https" and url.endswith("/" + file.name) for url in file.urls)
    assert found.size == sum(file.size for file in found.files)


def test_the_sums_of_mnist_are_those_of_the_files_at_hand(mnist_folder: Path) -> None:
    known = {file.name: file for file in NAMED_SETS["mnist"].files}
    for name in ("train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"):
        data = (mnist_folder / name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (known[name].size, known[name].sha256)


@pytest.mark.slow
def test_descriptions_of_bundled_sets_are_true() -> None:
    assert list(DESCRIPTIONS) == list(EMBEDDED)
    for name, found in DESCRIPTIONS.items():
        assert len(lamina.read(name)) == found.examples


def test_mnist_has_parts_and_its_name() -> None:
    found = read_stand_in("mnist", in_order(idx_files({"train": 7, "t10k": 3}), "mnist"))
    assert found.name == "mnist"
    assert found.parts is not None
    assert found.parts.tolist() == ["train"] * 7 + ["test"] * 3
    assert sorted(set(found.targets.tolist())) == ["0", "1", "2"]


def test_the_clothes_of_fashion_mnist_have_names() -> None:
    found = read_stand_in("fashion_mnist", in_order(idx_files({"train": 7, "t10k": 3}), "fashion_mnist"))
    assert found.name == "fashion_mnist"
    assert found.targets.tolist() == [CLOTHES[place % 3] for place in [*range(7), *range(3)]]


def records(classes: list[int], seed: int) -> tuple[bytes, np.ndarray]:
    """CIFAR-10's records of such classes, and their pictures."""
    pictures = noise(seed, (len(classes), 32, 32, 3))
    planes = pictures.transpose(0, 3, 1, 2).reshape(len(classes), -1)
    return b"".join(bytes([one]) + plane.tobytes() for one, plane in zip(classes, planes, strict=True)), pictures


def test_cifar10_is_read_from_records(tmp_path: Path) -> None:
    first, one = records([9, 0], 1)
    second, two = records([3], 2)
    test, three = records([8, 8], 3)
    top = "cifar-10-batches-bin/"
    members = {
        f"{top}readme.html": b"<html>", f"{top}data_batch_2.bin": second, f"{top}data_batch_1.bin": first,
        f"{top}test_batch.bin": test, f"{top}batches.meta.txt": b"airplane\n",
    }  # fmt: skip
    archive = tarred(tmp_path / "cifar.tar.gz", members)
    found = read_stand_in("cifar10", {"cifar-10-binary.tar.gz": archive.read_bytes()})
    assert found.targets.tolist() == ["truck", "airplane", "cat", "ship", "ship"]
    assert found.parts is not None
    assert found.parts.tolist() == ["train"] * 3 + ["test"] * 2
    pixels = np.stack([found.inputs.picture(place) for place in range(5)])
    np.testing.assert_array_equal(pixels, np.concatenate([one, two, three]))
    assert found.inputs.names == ("train 1", "train 2", "train 3", "test 1", "test 2")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\0" * 3000, "3,000 bytes are no whole number of records of 3,073"),
        (bytes([len(THINGS)]) + b"\0" * 3072, "there is no class 10; classes are 0 to 9"),
        (b"", "0 bytes are no whole number of records"),
    ],
)
def test_records_that_do_not_add_up(tmp_path: Path, data: bytes, message: str) -> None:
    archive = tarred(tmp_path / "cifar.tar.gz", {"data_batch_1.bin": data, "test_batch.bin": data})
    with pytest.raises(DataError, match=message):
        read_stand_in("cifar10", {"cifar-10-binary.tar.gz": archive.read_bytes()})


def test_imdb_is_its_labelled_reviews(tmp_path: Path) -> None:
    labelled = {
        f"aclImdb/{part}/{name}/{place}_8.txt": f"{part} {name} {place}".encode()
        for part in ("train", "test") for name in ("pos", "neg") for place in range(3)
    }  # fmt: skip
    others = {
        "aclImdb/train/unsup/0_0.txt": b"no label", "aclImdb/train/urls_pos.txt": b"http://",
        "aclImdb/README": b"about", "aclImdb/imdb.vocab": b"the", "aclImdb/test/labeledBow.feat": b"9 0:1",
    }  # fmt: skip
    archive = tarred(tmp_path / "imdb.tar.gz", {**others, **labelled})
    found = read_stand_in("imdb", {"aclImdb_v1.tar.gz": archive.read_bytes()})
    assert len(found) == 12
    assert sorted(set(found.targets.tolist())) == ["neg", "pos"]
    assert found.parts is not None
    assert sorted(found.parts.tolist()) == ["test"] * 6 + ["train"] * 6
    assert {found.inputs.text(place)[0] for place in range(12)} == {data.decode() for data in labelled.values()}


def test_a_path_of_the_same_name_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mnist"
    folder.mkdir()
    for name, data in idx_files({"train": 4, "t10k": 2}).items():
        (folder / name).write_bytes(data)
    assert len(lamina.read("mnist")) == 6


def test_where_sets_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder_of("mnist") == tmp_path / "sets" / "mnist"
    monkeypatch.delenv("LAMINA_DATASETS")
    monkeypatch.setenv("LAMINA_CACHE", str(tmp_path / "cache"))
    assert folder_of("mnist") == tmp_path / "cache" / "datasets" / "mnist"
