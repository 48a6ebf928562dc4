"""idx files, the format of MNIST: a big-endian header (type, number of axes, lengths), then bytes; often gzipped."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from io import BufferedReader
from pathlib import Path

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset, settle_parts
from lamina.data.pictures import pictures_from_array
from lamina.errors import DataError

MAGIC = b"\x00\x00\x08"
"""Two zeros and the code of unsigned bytes; the number of axes follows."""
LABELS, PICTURES = 1, 3
MAX_BYTES = 4 * 1024**3
PARTS = {"train": "train", "t10k": "test", "test": "test", "valid": "validation"}


def count_axes(path: Path) -> int:
    """1 where a file begins as labels in idx form, 3 where it begins as pictures, gzipped or not; otherwise 0."""
    try:
        with _open(path) as file:
            head = file.read(4)
    except (OSError, EOFError, zlib.error):
        return 0
    return head[3] if head[:3] == MAGIC and head[3:] in (b"\x01", b"\x03") else 0


def read_idx(path: Path) -> Numpy:
    """The array in an idx file of unsigned bytes.

    Raises:
        DataError: not the bytes that its header promises.
    """
    try:
        with _open(path) as file:
            head = file.read(4)
            lengths = file.read(4 * head[3]) if head[:3] == MAGIC and len(head) == 4 else b""
            if not lengths or len(lengths) != 4 * head[3]:
                raise DataError(f"{path}: not an idx file of unsigned bytes")
            shape = struct.unpack(f">{head[3]}I", lengths)
            if math.prod(shape) > MAX_BYTES:
                raise DataError(
                    f"{path}: the header promises {math.prod(shape):,} bytes; at most {MAX_BYTES:,} are taken"
                )
            data = file.read(math.prod(shape) + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: the gzip data is truncated or damaged ({error})") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    if len(data) != math.prod(shape):
        more = "more" if len(data) > math.prod(shape) else f"{len(data):,}"
        raise DataError(
            f"{path}: the header promises {math.prod(shape):,} bytes ({' x '.join(map(str, shape))}), the file has "
            f"{more}: it is truncated or damaged"
        )
    return np.frombuffer(data, np.uint8).reshape(shape)


def read_idx_files(name: str, paths: list[Path]) -> Dataset:
    """Pictures and labels from idx files, paired by their names: `train-images...` goes with `train-labels...`.

    Raises:
        DataError: pictures without labels, or labels without pictures, or other counts.
    """
    pictures = _by_part(name, [path for path in paths if count_axes(path) == PICTURES])
    labels = _by_part(name, [path for path in paths if count_axes(path) == LABELS])
    alone = sorted(pictures.keys() ^ labels.keys())
    if alone:
        there, missing = ("pictures", "labels") if alone[0] in pictures else ("labels", "pictures")
        found = (pictures | labels)[alone[0]].name
        raise DataError(f"{name}: {found} holds {there}, and no idx file beside it holds their {missing}")
    order = sorted(pictures, key=lambda part: ("train", "validation", "test").index(part))
    images = [read_idx(pictures[part]) for part in order]
    targets = [read_idx(labels[part]) for part in order]
    for part, image, target in zip(order, images, targets, strict=True):
        if len(image) != len(target):
            raise DataError(
                f"{name}: {pictures[part].name} has {len(image):,} pictures, {labels[part].name} has "
                f"{len(target):,} labels"
            )
    return _joined(name, order, images, targets)


def _joined(name: str, order: list[str], images: list[Numpy], targets: list[Numpy]) -> Dataset:
    if len({image.shape[1:] for image in images}) > 1:
        sizes = ", ".join(
            f"{part} {image.shape[1]} x {image.shape[2]}" for part, image in zip(order, images, strict=True)
        )
        raise DataError(f"{name}: the parts have pictures of different sizes ({sizes})")
    parts, notes = None, list[str]()
    if len(order) > 1:
        parts, notes = settle_parts(np.repeat(order, [len(image) for image in images]))
    names = tuple(
        f"{part} {place + 1}" for part, image in zip(order, images, strict=True) for place in range(len(image))
    )
    pixels = images[0] if len(images) == 1 else np.concatenate(images)
    labels = np.concatenate(targets).astype(str)
    return Dataset(name, pictures_from_array(pixels, names), labels, "class", parts, tuple(notes))


def _by_part(name: str, paths: list[Path]) -> dict[str, Path]:
    """The file of each part, told by its name."""
    found: dict[str, Path] = {}
    for path in paths:
        lower = path.name.lower()
        part = next((part for word, part in PARTS.items() if word in lower), "train")
        if part in found:
            raise DataError(
                f"{name}: {found[part].name} and {path.name} are both of the part {part}: keep one set of idx files "
                f"in a folder"
            )
        found[part] = path
    return found


def _open(path: Path) -> BufferedReader | gzip.GzipFile:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")
