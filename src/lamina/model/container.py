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
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import ModelFileError

FORMAT_VERSION = 1
MAX_HEADER = 16 * 1024**2
MAX_TENSORS = 20_000
MAX_RANK = 8
MAX_NAME = 512
MAX_DEPTH = 200
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
    b"\x89PNG": "a PNG picture", b"\x93NUMPY": "a NumPy array", b"\x08": "an ONNX graph", b"BZh": "a bzip2 file",
}  # fmt: skip


@dataclass(frozen=True)
class Container:
    """What a file holds: our JSON document and the tensors by name."""

    document: dict[str, Any]
    tensors: dict[str, Numpy]


class _RefusedError(Exception):
    """Why a container is refused, before the file's name is known."""


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
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    metadata = {"format_version": str(FORMAT_VERSION), "lamina": text, "sha256": ZEROS}
    header = json.dumps({"__metadata__": metadata, **entries}, separators=(",", ":")).encode("ascii")
    header += b" " * (-len(header) % 8)
    if len(header) > MAX_HEADER:
        raise ModelFileError(f"the header would have {len(header):,} bytes; at most {MAX_HEADER:,} are taken")
    data = b"".join([struct.pack("<Q", len(header)), header, *parts])
    start = _digits_place(data[: 8 + len(header)])
    return data[:start] + _checksum(data, start).encode("ascii") + data[start + 64 :]


def read_container(path: Path) -> Container:
    """Read a file once, check all of it, and return what it holds.

    Raises:
        ModelFileError: not a whole file of this form; says what was found and what is needed.
    """
    return read_from_bytes(_read(path), str(path))


def read_from_bytes(data: bytes, name: str) -> Container:
    """The same for the bytes of a file."""
    try:
        return _parse(data)
    except _RefusedError as refused:
        raise ModelFileError(f"{name}: {refused}") from None


def _read(path: Path) -> bytes:
    """The bytes of a regular file, read once from one descriptor; pipes and devices are refused without waiting."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {error.strerror}") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise ModelFileError(f"{path}: not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        head = file.read(min(8, status.st_size))
        try:
            _header_length(head, status.st_size)
        except _RefusedError as refused:
            raise ModelFileError(f"{path}: {refused}") from None
        rest = file.read(status.st_size - len(head))
    return head + rest


def _parse(data: bytes) -> Container:
    length = _header_length(data[:8], len(data))
    text = _text(data[8 : 8 + length])
    count = text.count("data_offsets")
    if count > MAX_TENSORS:  # known before each of them is parsed
        refuse(f"{count:,} tensors; at most {MAX_TENSORS:,} are taken")
    header = _parse_json(text, "header")
    metadata = header.pop("__metadata__", None)
    if not isinstance(metadata, dict) or metadata.keys() != {"format_version", "lamina", "sha256"}:
        refuse("not a model of this program: a safetensors file without Lamina's metadata")
    if not all(isinstance(value, str) for value in metadata.values()):
        refuse("__metadata__: its values must be texts")
    _check_version(metadata["format_version"])
    _check_checksum(data, 8 + length, metadata["sha256"])
    tensors = _tensors(header, memoryview(data)[8 + length :])
    return Container(_parse_json(metadata["lamina"], "document"), tensors)


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


def _parse_json(text: str, where: str) -> dict[str, Any]:
    """An object of JSON, stricter than Python's parser: no key twice, no NaN, no endless numbers or nesting."""
    if _depth(text) > MAX_DEPTH:
        refuse(f"{where}: nested more than {MAX_DEPTH} deep")
    try:
        found = json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant, parse_int=_integer,
                           parse_float=_number)  # fmt: skip
    except json.JSONDecodeError as error:
        refuse(f"{where}: not JSON: {error.msg} at {error.pos}")
    if not isinstance(found, dict):
        refuse(f"{where}: expected an object")
    return found


def _depth(text: str) -> int:
    """How deep brackets nest outside strings."""
    depth = deepest = 0
    quoted = escaped = False
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0
    for character in text:
        if quoted:
            quoted = escaped or character != '"'
            escaped = not escaped and character == "\\"
        elif character == '"':
            quoted = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            refuse(f"{shown(key)} stands twice in one object")
        found[key] = value
    return found


def _no_constant(text: str) -> NoReturn:
    refuse(f"{text} is not a number that a model may have")


def _integer(text: str) -> int:
    if len(text) > 20 or text == "-0":
        refuse(f"{shown(text)} is not a number that a model may have")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or len(text) > 40:
        refuse(f"{shown(text)} is not a number that a model may have")
    return value


def _check_version(text: str) -> None:
    if not text.isascii() or not text.isdigit() or len(text) > 20 or str(int(text)) != text or text == "0":
        refuse(f"format_version must be a whole number from 1; found {shown(text)}")
    if int(text) > FORMAT_VERSION:
        refuse(f"it has format version {shown(text)}; this Lamina reads up to {FORMAT_VERSION}. Install a newer Lamina")


def _check_checksum(data: bytes, end: int, digits: str) -> None:
    if len(digits) != 64 or not all(digit in "0123456789abcdef" for digit in digits):
        refuse("sha256 must be 64 digits 0-9, a-f")
    start = _digits_place(data[:end])
    if data[start : start + 64] != digits.encode("ascii") or _checksum(data, start) != digits:
        refuse("the checksum does not fit: the file is damaged, or was changed after it was saved")


def _digits_place(header: bytes) -> int:
    """Where the checksum's digits stand: after the only `"sha256":"` of the header that is not within a text."""
    mark = b'"sha256":"'
    if header.count(mark) != 1:
        refuse("the header must hold one sha256")
    return header.index(mark) + len(mark)


def _checksum(data: bytes, start: int) -> str:
    view = memoryview(data)
    total = hashlib.sha256(view[:start])
    total.update(view[start + 64 :])
    return total.hexdigest()


def _tensors(entries: Mapping[str, Any], body: memoryview) -> dict[str, Numpy]:
    place, found = 0, {}
    for name, entry in sorted(entries.items(), key=lambda item: _begin(*item)):
        dtype, shape, end = _entry(name, entry, place)
        if end > len(body):
            refuse(f"tensor {shown(name)} ends at byte {end:,} of {len(body):,}: the file is truncated")
        array = np.frombuffer(body[place:end], dtype).reshape(shape)
        if dtype.kind == "f" and not np.isfinite(array).all():
            refuse(f"tensor {shown(name)} holds NaN or infinity")
        found[name], place = array.astype(dtype.newbyteorder("="), copy=False), end
    if place != len(body):
        refuse(f"{len(body) - place:,} bytes after the last tensor")
    return found


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


def refuse(why: str) -> NoReturn:
    """Stop reading."""
    raise _RefusedError(why)


def shown(value: Any) -> str:
    """Something from a file, short and without control characters."""
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
