"""idx files: the format of MNIST. A big-endian header (type, number of axes, lengths), then the bytes; often gzipped."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.data.pictures import pictures_from_array
from lamina.errors import DataError

UNSIGNED_BYTES = 8
MAX_BYTES = 4 * 1024**3
PARTS = {"train": "train", "t10k": "test", "test": "test", "validation": "validation", "valid": "validation"}


def is_idx(path: Path) -> bool:
    """Whether a file begins as an idx file of bytes with one or three axes, gzipped or not."""
    head = _read(path, 4)
    return head[:3] == b"\x00\x00\x08" and head[3:] in (b"\x01", b"\x03")


def read_idx(path: Path) -> Numpy:
    """The array in an idx file.

    Raises:
        DataError: not the bytes that its header promises.
    """
    data = _read(path, MAX_BYTES)
    axes = data[3] if len(data) >= 4 else 0
    start = 4 + 4 * axes
    if len(data) < start or data[2] != UNSIGNED_BYTES:
        raise DataError(f"{path}: not an idx file of unsigned bytes")
    shape = struct.unpack(f">{axes}I", data[4:start])
    expected = int(np.prod(shape, dtype=object))
    if len(data) - start != expected:
        raise DataError(
            f"{path}: the header promises {expected:,} bytes ({' x '.join(map(str, shape))}), the file has "
            f"{len(data) - start:,}: it is truncated or damaged"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def read_idx_files(name: str, paths: list[Path]) -> Dataset:
    """Pictures and labels from idx files, paired by their names: `train-images...` goes with `train-labels...`.

    Raises:
        DataError: pictures without labels, or labels without pictures, or other counts.
    """
    pictures = {_part(path): path for path in paths if _axes(path) == 3}
    labels = {_part(path): path for path in paths if _axes(path) == 1}
    if not pictures or pictures.keys() != labels.keys():
        missing = sorted(pictures.keys() ^ labels.keys()) or ["pictures"]
        found = ", ".join(path.name for path in paths)
        raise DataError(
            f"{name}: pictures and labels do not pair; found {found}; one is missing for: {missing[0]}"
        )
    images, targets, parts = [], [], []
    for part, path in sorted(pictures.items(), key=lambda item: item[0] != "train"):
        image, label = read_idx(path), read_idx(labels[part])
        if len(image) != len(label):
            raise DataError(
                f"{path.name} has {len(image):,} pictures, {labels[part].name} has {len(label):,} labels"
            )
        images.append(image)
        targets.append(label)
        parts.append(np.full(len(label), part))
    return _joined(name, images, targets, parts)


def _joined(name: str, images: list[Numpy], targets: list[Numpy], parts: list[Numpy]) -> Dataset:
    if len({image.shape[1:] for image in images}) > 1:
        raise DataError(f"{name}: the parts have pictures of different sizes")
    own = [str(part[0]) for part in parts if len(part)]
    notes: tuple[str, ...] = ()
    if len(own) > 1:
        counts = ", ".join(f"{len(part):,} {part[0]}" for part in parts)
        notes = (f"the source has its own parts ({counts}); they are kept. --split 80/20 draws others",)
    pixels = images[0] if len(images) == 1 else np.concatenate(images)
    names = tuple(f"{part[0]} {place + 1}" for part in parts for place in range(len(part)))
    labels = np.concatenate(targets).astype(str)
    own_parts = np.concatenate(parts) if len(own) > 1 else None
    return Dataset(name, pictures_from_array(pixels, names), labels, "digit", own_parts, notes)


def _part(path: Path) -> str:
    lower = path.name.lower()
    return next((part for word, part in PARTS.items() if word in lower), "train")


def _axes(path: Path) -> int:
    return _read(path, 4)[3]


def _read(path: Path, count: int) -> bytes:
    """The first bytes of a file, unpacked where it is gzipped."""
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else path.open("rb") as content:
            return content.read(count)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        if count == 4:
            return b"\x00\x00\x00\x00"
        raise DataError(f"{path}: the gzip data is damaged ({error})") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
