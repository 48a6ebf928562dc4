"""The container of a model file: a strict reader and writer of the safetensors form.

    8 bytes          length of the header, little-endian
    header           JSON: {"__metadata__": {...}, name: {"dtype", "shape", "data_offsets"}, ...}, padded with spaces
    tensors          their bytes, one after another, sorted by name, without holes

`__metadata__` holds three texts: "format_version", "lamina" (our JSON document) and "sha256", a checksum over every
byte of the file but its own 64 digits. Reading needs NumPy only, allocates nothing that the file's size does not
justify, and runs nothing that the file says.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import ModelFileError
from lamina.model.strict_json import RefusedError, read_json, refuse, write_json
from lamina.model.strict_json import shown as shown

FORMAT_VERSION = 1
MAX_HEADER = 16 * 1024**2
MAX_TENSORS = 20_000
MAX_RANK = 8
MAX_NAME = 512
DTYPES: dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "I32": np.dtype("<i4"),
    "U32": np.dtype("<u4"),
    "U8": np.dtype("u1"),
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
ZEROS = "0" * 64
LOOKS_LIKE = {
    b"PK\x03\x04": "a zip archive (or .pt, .keras, .npz)", b"\x80\x02": "a pickle", b"\x80\x04": "a pickle",
    b"\x80\x05": "a pickle", b"\x89HDF": "an HDF5 file", b"\x1f\x8b": "a gzip file", b"\xff\xd8\xff": "a JPEG picture",
    b"\x89PNG": "a PNG picture", b"\x93NUMPY": "a NumPy array", b"BZh": "a bzip2 file",
    **{bytes((8, version, 18)): "an ONNX graph" for version in range(3, 16)},
}  # fmt: skip

Place: TypeAlias = tuple[np.dtype[Any], tuple[int, ...], int, int]
"""A tensor's type and shape, and its first and last byte after the header."""


@dataclass(frozen=True)
class Container:
    """What a file holds: our JSON document and the tensors by name."""

    document: dict[str, Any]
    tensors: dict[str, Numpy]


def to_bytes(document: Mapping[str, Any], tensors: Mapping[str, Numpy]) -> bytes:
    """A whole file as bytes.

    Raises:
        ModelFileError: a tensor of a type that files do not hold, or a header that would be too large.
    """
    entries: dict[str, Any] = {}
    parts, place = [], 0
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name]).reshape(tensors[name].shape)
        dtype = array.dtype.newbyteorder("<")
        if dtype not in NAMES:
            raise ModelFileError(f"tensor {name} is {array.dtype}; a model file holds {', '.join(DTYPES)}")
        parts.append(array.astype(dtype, copy=False).tobytes())
        entries[name] = {
            "data_offsets": [place, place + len(parts[-1])], "dtype": NAMES[dtype], "shape": list(array.shape),
        }  # fmt: skip
        place += len(parts[-1])
    text = write_json(document)
    metadata = {"format_version": str(FORMAT_VERSION), "lamina": text, "sha256": ZEROS}
    header = json.dumps({"__metadata__": metadata, **entries}, separators=(",", ":")).encode("ascii")
    header += b" " * (-len(header) % 8)
    if len(header) > MAX_HEADER:
        raise ModelFileError(f"the header would have {len(header):,} bytes; at most {MAX_HEADER:,} are taken")
    before, after = _around_digits(struct.pack("<Q", len(header)) + header)
    digits = _checksum(before, after, *parts).encode("ascii")
    return b"".join([before, digits, after, *parts])


def read_container(path: Path) -> Container:
    """Read a file once, check all of it, and return what it holds.

    Raises:
        ModelFileError: not a whole file of this form; says what was found and what is needed.
    """
    try:
        with open_regular_file(path) as file:
            return _parse(file.read, os.fstat(file.fileno()).st_size)
    except RefusedError as refused:
        raise ModelFileError(f"{path}: {refused}") from None
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {error.strerror}") from None


def read_from_bytes(data: bytes, name: str) -> Container:
    """The same for the bytes of a file."""
    view, place = memoryview(data), 0

    def read(count: int) -> memoryview:
        nonlocal place
        place += count
        return view[place - count : place]

    try:
        return _parse(read, len(data))
    except RefusedError as refused:
        raise ModelFileError(f"{name}: {refused}") from None


def open_regular_file(path: Path) -> BinaryIO:
    """A regular file, opened once; pipes and devices are refused without waiting.

    Raises:
        RefusedError: something else.
        OSError: a file that cannot be opened.
    """
    if "\0" in str(path):
        refuse("cannot be read: no file has such a name")
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        refuse("not a regular file")
    return os.fdopen(descriptor, "rb")


def _parse(read: Callable[[int], bytes | memoryview], size: int) -> Container:
    """Everything is checked against the size before the first tensor is read."""
    head = bytes(read(min(8, size)))
    length = _header_length(head, size)
    raw = bytes(read(length))
    header = _header(raw)
    metadata = _metadata(header)
    document = read_json(metadata["lamina"], "document")
    places = _places(header, size - 8 - length)
    body = read(size - 8 - length)
    if len(head) + len(raw) + len(body) != size:
        refuse("it changed while it was read")
    _check_checksum(head + raw, body, metadata["sha256"])
    tensors = {name: _tensor(name, place, memoryview(body)) for name, place in places.items()}
    return Container(document, tensors)


def _header(raw: bytes) -> dict[str, Any]:
    text = _text(raw)
    count = text.count("{") - text.count('{\\"') - 2  # within the document, which is a text, each quote is escaped
    if count > MAX_TENSORS:  # known before one of them is parsed
        refuse(f"{count:,} tensors; at most {MAX_TENSORS:,} are taken")
    return read_json(text, "header")


def _metadata(header: dict[str, Any]) -> dict[str, str]:
    """Take the three texts out of the header."""
    metadata = header.pop("__metadata__", None)
    if not isinstance(metadata, dict) or metadata.keys() != {"format_version", "lamina", "sha256"}:
        refuse("not a model of this program: a safetensors file without Lamina's metadata")
    if not all(isinstance(value, str) for value in metadata.values()):
        refuse("__metadata__: its values must be texts")
    _check_version(metadata["format_version"])
    return metadata


def _header_length(head: bytes, size: int) -> int:
    if size < 10 or len(head) < 8:
        refuse(f"too short for a model: {size:,} bytes")
    length = int(struct.unpack("<Q", head[:8])[0])
    if length + 8 > size or length > MAX_HEADER or length < 2:
        for beginning, kind in LOOKS_LIKE.items():
            if head.startswith(beginning):
                refuse(f"not a model of this program: it looks like {kind}")
        refuse(
            f"not a model of this program, or a truncated one: its header should have {length:,} bytes, in a file of "
            f"{size:,}; at most {MAX_HEADER:,} are taken"
        )
    return length


def _text(header: bytes) -> str:
    if not header.startswith(b"{"):
        refuse("not a model of this program: its header does not begin with {")
    try:
        return header.decode("ascii")
    except UnicodeDecodeError as error:
        refuse(f"the header has a byte that is not ASCII at {error.start}")


def _check_version(text: str) -> None:
    if not text.isascii() or not text.isdigit() or len(text) > 20 or str(int(text)) != text or text == "0":
        refuse(f"format_version must be a whole number from 1; found {shown(text)}")
    if int(text) > FORMAT_VERSION:
        refuse(f"it has format version {shown(text)}; this Lamina reads up to {FORMAT_VERSION}. Install a newer Lamina")


def _check_checksum(beginning: bytes, body: bytes | memoryview, digits: str) -> None:
    if len(digits) != 64 or not all(digit in "0123456789abcdef" for digit in digits):
        refuse("sha256 must be 64 digits 0-9, a-f")
    before, after = _around_digits(beginning)
    if beginning[len(before) :][:64] != digits.encode("ascii") or _checksum(before, after, body) != digits:
        refuse("the checksum does not fit: the file is damaged, or was changed after it was saved")


def _around_digits(beginning: bytes) -> tuple[bytes, bytes]:
    """What stands before and after the checksum's digits: they follow the only `"sha256":"` that is not in a text."""
    mark = b'"sha256":"'
    if beginning.count(mark) != 1:
        refuse("the header must hold one sha256")
    start = beginning.index(mark) + len(mark)
    return beginning[:start], beginning[start + 64 :]


def _checksum(*pieces: bytes | memoryview) -> str:
    total = hashlib.sha256()
    for piece in pieces:
        total.update(piece)
    return total.hexdigest()


def _places(entries: Mapping[str, Any], size: int) -> dict[str, Place]:
    """Type, shape, begin and end of every tensor: one after another, from the first byte to the last."""
    place, found = 0, {}
    for name, entry in sorted(entries.items(), key=lambda item: _begin(*item)):
        dtype, shape, end = _entry(name, entry, place)
        if end > size:
            refuse(f"tensor {shown(name)} ends at byte {end:,} of {size:,}: the file is truncated")
        found[name], place = (dtype, shape, place, end), end
    if place != size:
        refuse(f"{size - place:,} bytes after the last tensor")
    return found


def _tensor(name: str, place: Place, body: memoryview) -> Numpy:
    dtype, shape, begin, end = place
    array = np.frombuffer(body[begin:end], dtype).reshape(shape)
    if dtype.kind == "f" and not np.isfinite(array).all():
        refuse(f"tensor {shown(name)} holds NaN or infinity")
    return array.astype(dtype.newbyteorder("="), copy=False)


def _begin(name: str, entry: Any) -> tuple[int, int]:
    """Where a tensor begins and ends, for sorting; checked in full later."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        refuse(f"tensor {shown(name)} needs dtype, shape and data_offsets")
    offsets = entry["data_offsets"]
    if not isinstance(offsets, list) or len(offsets) != 2 or any(type(o) is not int or o < 0 for o in offsets):
        refuse(f"tensor {shown(name)}: data_offsets must be two whole numbers; found {shown(offsets)}")
    return offsets[0], offsets[1]


def _entry(name: str, entry: Mapping[str, Any], place: int) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """Type, shape and end of a tensor that must begin at `place`."""
    if not 0 < len(name) <= MAX_NAME or not name.isascii() or not name.isprintable():
        refuse(f"tensor name {shown(name)} must have 1 to {MAX_NAME} printable ASCII characters")
    if not isinstance(entry["dtype"], str) or entry["dtype"] not in DTYPES:
        refuse(f"tensor {shown(name)}: the type must be one of {', '.join(DTYPES)}; found {shown(entry['dtype'])}")
    shape = entry["shape"]
    if not isinstance(shape, list) or len(shape) > MAX_RANK or any(type(n) is not int or n < 1 for n in shape):
        refuse(f"tensor {shown(name)}: the shape must be at most {MAX_RANK} lengths from 1; found {shown(shape)}")
    dtype = DTYPES[entry["dtype"]]
    begin, end = entry["data_offsets"]
    if begin != place:
        refuse(f"tensor {shown(name)} begins at byte {begin:,}, {place:,} is due: tensors overlap or leave a hole")
    if math.prod(shape) * dtype.itemsize != end - begin:
        refuse(f"tensor {shown(name)}: its shape {shown(shape)} does not fit its {end - begin:,} bytes")
    return dtype, tuple(shape), end
