"""The container: what is written is read again, by others too; and every refusal says what is wrong."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lamina.arrays import Numpy
from lamina.errors import ModelFileError
from lamina.model import container
from lamina.model.container import MAX_HEADER, read_container, read_from_bytes, to_bytes
from tests.model.hostile.forging import signed, with_header

NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40).filter(
    lambda name: name != "__metadata__"
)
TYPES = st.sampled_from([np.dtype(kind) for kind in ("<f4", "<i4", "<u4", "u1")])
SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, max_side=4)
FINITE = {"allow_nan": False, "allow_infinity": False}
TENSORS = st.dictionaries(NAMES, arrays.arrays(TYPES, SHAPES, elements=FINITE), max_size=5)
ONE = {"weight": np.arange(6, dtype=np.float32).reshape(2, 3)}


def same(found: dict[str, Numpy], wanted: dict[str, Numpy]) -> bool:
    return found.keys() == wanted.keys() and all(
        found[name].dtype == wanted[name].dtype and np.array_equal(found[name], wanted[name]) for name in wanted
    )


@given(TENSORS)
def test_what_is_written_is_read_again(tensors: dict[str, Numpy]) -> None:
    document = {"kind": "model", "names": list(tensors)}
    data = to_bytes(document, tensors)
    found = read_from_bytes(data, "x")
    assert found.document == document
    assert same(found.tensors, tensors)
    assert to_bytes(found.document, found.tensors) == data


@given(TENSORS)
def test_the_safetensors_library_reads_the_same(tensors: dict[str, Numpy]) -> None:
    assert same(safetensors.numpy.load(to_bytes({}, tensors)), tensors)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype=np.float32).reshape(3, 4).T,
        np.arange(12, dtype=np.float32)[::-2],
        np.arange(6, dtype=">f4"),
        np.float32(3).reshape(()),
        np.broadcast_to(np.float32(1), (2, 3)),
    ],
    ids=["transposed", "every other", "big-endian", "one number", "broadcast"],
)
def test_however_an_array_lies_in_memory(array: Numpy) -> None:
    data = to_bytes({}, {"a": array})
    np.testing.assert_array_equal(read_from_bytes(data, "x").tensors["a"], array)
    np.testing.assert_array_equal(safetensors.numpy.load(data)["a"], array)


def test_the_header_is_as_the_page_says() -> None:
    data = to_bytes({"b": 1, "a": "é"}, {"z": np.zeros(2, np.uint8), "a": np.zeros(1, np.float32)})
    length = int.from_bytes(data[:8], "little")
    header = data[8 : 8 + length].decode("ascii")
    assert length % 8 == 0
    assert len(data) == 8 + length + 6
    assert r'"lamina":"{\"a\":\"\\u00e9\",\"b\":1}"' in header
    assert header.index('"a":{') < header.index('"z":{"data_offsets":[4,6],"dtype":"U8","shape":[2]}')


@pytest.mark.parametrize("kind", [np.float64, np.int64, np.float16, np.complex64, np.bool_, object])
def test_other_types_are_not_written(kind: Any) -> None:
    with pytest.raises(ModelFileError, match=r"tensor a is .*; a model file holds F32, I32, U32, U8"):
        to_bytes({}, {"a": np.zeros(2, kind)})


def test_a_header_that_no_reader_takes_is_not_written() -> None:
    with pytest.raises(ModelFileError, match=r"the header would have 16,777,\d{3} bytes; at most 16,777,216"):
        to_bytes({"a": "x" * MAX_HEADER}, {})


def test_every_refusal_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(to_bytes({}, ONE)[:-1])
    with pytest.raises(
        ModelFileError, match=r"^.*model\.safetensors: tensor 'weight' ends at byte 24 of 23: .*truncated"
    ):
        read_container(path)
    with pytest.raises(ModelFileError, match=r"^name: too short for a model: 3 bytes$"):
        read_from_bytes(b"abc", "name")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"dtype": "F64"}, "tensor 'weight': the type must be one of F32, I32, U32, U8; found 'F64'"),
        ({"shape": [3, 3]}, r"tensor 'weight': its shape \[3, 3\] does not fit its 24 bytes"),
        ({"shape": [1] * 9}, "the shape must be at most 8 lengths from 1"),
        ({"data_offsets": [8, 32]}, "begins at byte 8, 0 is due: tensors overlap or leave a hole"),
        ({"data_offsets": [0, 24, 24]}, "data_offsets must be two whole numbers"),
        ({"more": 1}, "tensor 'weight' needs dtype, shape and data_offsets"),
    ],
)
def test_an_entry_that_is_wrong_is_told(changes: dict[str, Any], why: str) -> None:
    forged = with_header(to_bytes({}, ONE), lambda header: header["weight"].update(changes))
    with pytest.raises(ModelFileError, match=why):
        read_from_bytes(forged, "x")


@pytest.mark.parametrize("name", ["", "a\nb", "é", "x" * 513])
def test_an_odd_name_is_refused(name: str) -> None:
    forged = with_header(to_bytes({}, ONE), lambda header: header.update({name: header.pop("weight")}))
    with pytest.raises(ModelFileError, match="must have 1 to 512 printable ASCII characters"):
        read_from_bytes(forged, "x")


def test_another_programs_file_is_not_read_to_be_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its header tells, whether kilobytes or forty gigabytes of weights follow."""
    path = tmp_path / "other.safetensors"
    safetensors.numpy.save_file({"weight": np.zeros(100_000, np.float32)}, path)
    read: list[int] = []

    def counted(file: Any, count: int) -> bytes:
        read.append(count)
        return file.read(count)

    spied_on(monkeypatch, counted)
    with pytest.raises(ModelFileError, match="a safetensors file without Lamina's metadata"):
        read_container(path)
    assert sum(read) < 200


def test_a_file_that_shrinks_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """54: what was measured is not there any more."""
    path = tmp_path / "model.safetensors"
    whole = to_bytes({}, {"weight": np.zeros(100_000, np.float32)})

    def truncate(file: BinaryIO, count: int) -> bytes:
        os.truncate(path, 1_000 if count > 1_000 else len(whole))
        return file.read(count)

    path.write_bytes(whole)
    spied_on(monkeypatch, truncate)
    with pytest.raises(ModelFileError, match="it changed while it was read"):
        read_container(path)


def test_a_file_that_is_replaced_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """54: the one that was opened is read to its end."""
    path = tmp_path / "model.safetensors"
    path.write_bytes(to_bytes({"is": "old"}, ONE))

    def replace(file: BinaryIO, count: int) -> bytes:
        (tmp_path / "new").write_bytes(to_bytes({"is": "new"}, {}))
        os.replace(tmp_path / "new", path)
        return file.read(count)

    spied_on(monkeypatch, replace)
    assert read_container(path).document == {"is": "old"}


def test_a_disk_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(to_bytes({}, ONE))

    def fail(file: BinaryIO, count: int) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    spied_on(monkeypatch, fail)
    with pytest.raises(ModelFileError, match=f"cannot be read: {os.strerror(errno.EIO)}"):
        read_container(path)


def test_the_checksum_must_stand_in_its_place() -> None:
    good = to_bytes({}, ONE)
    for old, new in ((b'"sha256":"', b'"sha256": "'), (b'"sha256"', b'"sh\\u0061256"')):
        length = int.from_bytes(good[:8], "little")
        header = good[8 : 8 + length].replace(old, new)
        with pytest.raises(ModelFileError, match="the header must hold one sha256"):
            read_from_bytes(signed(header, good[8 + length :]), "x")


def spied_on(monkeypatch: pytest.MonkeyPatch, read: Any) -> None:
    """Let every read of an opened file go through `read(file, count)`."""
    opened = container.open_regular_file

    class Spied(io.RawIOBase):
        def __init__(self, path: Path) -> None:
            self.file = opened(path)

        def read(self, count: int = -1) -> bytes:
            found: bytes = read(self.file, count)
            return found

        def fileno(self) -> int:
            return self.file.fileno()

        def close(self) -> None:
            self.file.close()
            super().close()

    monkeypatch.setattr(container, "open_regular_file", Spied)
