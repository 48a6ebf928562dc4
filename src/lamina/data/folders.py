"""Class folders: `birds/crow/1.jpg` is an example of the class crow; `train/` and `test/` above them are parts."""

from __future__ import annotations

import os

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset, settle_parts
from lamina.data.members import Members
from lamina.data.pictures import PictureFiles
from lamina.errors import DataError

SUFFIXES = {
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm",
}  # fmt: skip
"""A hint beside the content: a file of such a name that is no picture is a bad example, not another file."""
BEGINNINGS = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*")
PARTS = {
    "train": "train", "training": "train", "test": "test", "testing": "test", "t10k": "test",
    "val": "validation", "valid": "validation", "validation": "validation",
}  # fmt: skip


def picture_rows(members: Members) -> tuple[list[int], list[str]]:
    """The places of the members that are pictures by suffix or content, and the names of the others."""
    rows, others = [], list(members.ignored)
    for row, name in enumerate(members.names):
        known = os.path.splitext(name)[1].lower() in SUFFIXES
        if known or begins_as_picture(members.begin(row)):
            rows.append(row)
        else:
            others.append(name)
    return rows, others


def begins_as_picture(head: bytes) -> bool:
    """Whether a file's first bytes are those of a picture."""
    if head.startswith(BEGINNINGS):
        return True
    bitmap = head[:2] == b"BM" and head[6:10] == bytes(4)
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    return bitmap or webp or (head[:2] in (b"P4", b"P5", b"P6") and head[2:3].isspace() and head[3:4].isdigit())


def read_class_folders(name: str, members: Members) -> Dataset:
    """A Dataset of pictures whose class is the folder they are in.

    Raises:
        DataError: no pictures, pictures that are in no class folder, or in no part where others are.
    """
    rows, others = picture_rows(members)
    if not rows:
        raise DataError(
            f"{members.source} holds no pictures{named(others)}. It needs a folder for each class with pictures "
            f"in it, such as {name}/cat/1.png"
        )
    steps = _without_common_top([members.names[row].split("/") for row in rows])
    parts = _parts(steps, members.source)
    told: list[str] = []
    if parts is not None:
        steps = [one[1:] for one in steps]
        parts, told = settle_parts(parts)
    loose = [members.names[row] for row, one in zip(rows, steps, strict=True) if len(one) < 2]
    if loose:
        raise DataError(
            f"{members.source}: {len(loose):,} pictures are in no class folder{named(loose)}. Put each picture into a "
            f"folder named after its class"
        )
    inputs = PictureFiles(members.load, np.array(rows), tuple(members.names[row] for row in rows))
    notes = [f"{len(others):,} files are no examples and are left out{named(others)}"] if others else []
    return Dataset(name, inputs, np.array([one[0] for one in steps]), "class", parts, (*notes, *told))


def named(names: list[str]) -> str:
    """A few of the names, in brackets."""
    return f" ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})" if names else ""


def _parts(steps: list[list[str]], source: str) -> Numpy | None:
    """The part of each picture by its outermost folder; None where no folder is named so.

    A class may be called "test"; it is one where no other part is there and pictures lie directly in it.
    """
    found = [PARTS.get(one[0].lower()) if len(one) > 1 else None for one in steps]
    if "train" not in found or len(set(found)) == 1:
        return None
    outside = ["/".join(one) for one, part in zip(steps, found, strict=True) if part is None]
    if outside:
        raise DataError(
            f"{source} has the folder train, and pictures that are in no part{named(outside)}. Put all pictures "
            f"below train, validation or test, or none"
        )
    return np.array(found)


def _without_common_top(steps: list[list[str]]) -> list[list[str]]:
    """Drop the folders above the class folders that all pictures share."""
    while all(len(one) > 2 for one in steps) and len({one[0] for one in steps}) == 1:
        steps = [one[1:] for one in steps]
    return steps
