"""Class folders: `birds/crow/1.jpg` is an example of the class crow; `train/` and `test/` above them are parts."""

from __future__ import annotations

import os

import numpy as np

from lamina.data.dataset import Dataset
from lamina.data.members import Members
from lamina.data.pictures import PictureFiles
from lamina.errors import DataError

SUFFIXES = {
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm",
}  # fmt: skip
BEGINNINGS = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"RIFF",
    b"P4",
    b"P5",
    b"P6",
)
PARTS = {
    "train": "train", "training": "train", "test": "test", "testing": "test", "t10k": "test",
    "val": "validation", "valid": "validation", "validation": "validation",
}  # fmt: skip


def picture_rows(members: Members) -> tuple[list[int], list[str]]:
    """The places of the members that are pictures by suffix or content, and the names of the others."""
    rows, others = [], []
    for row, name in enumerate(members.names):
        known = os.path.splitext(name)[1].lower() in SUFFIXES
        if known or members.load(row)[:16].startswith(BEGINNINGS):
            rows.append(row)
        else:
            others.append(name)
    return rows, others


def read_class_folders(name: str, members: Members) -> Dataset:
    """A Dataset of pictures whose class is the folder they are in.

    Raises:
        DataError: no pictures, or pictures that are in no class folder.
    """
    rows, others = picture_rows(members)
    if not rows:
        raise DataError(
            f"{members.source} holds no pictures{_named(others)}. It needs a folder for each class with pictures in it, "
            f"such as {name}/cat/1.png"
        )
    steps = _without_common_top([members.names[row].split("/") for row in rows])
    parts = None
    if all(len(one) > 2 and one[0].lower() in PARTS for one in steps):
        parts = np.array([PARTS[one[0].lower()] for one in steps])
        steps = [one[1:] for one in steps]
    loose = [members.names[row] for row, one in zip(rows, steps, strict=True) if len(one) < 2]
    if loose:
        raise DataError(
            f"{members.source}: {len(loose):,} pictures are in no class folder, such as {loose[0]}. Put each picture "
            f"into a folder named after its class"
        )
    inputs = PictureFiles(members.load, np.array(rows), tuple(members.names[row] for row in rows))
    notes = _notes(others, parts)
    return Dataset(name, inputs, np.array([one[0] for one in steps]), "class", parts, notes)


def _without_common_top(steps: list[list[str]]) -> list[list[str]]:
    """Drop folders above the class folders that all pictures share."""
    while all(len(one) > 2 for one in steps) and len({one[0] for one in steps}) == 1:
        if len({one[1] for one in steps}) == 1 and all(len(one) == 3 for one in steps):
            break  # one class only: its folder stays, and is complained of later
        steps = [one[1:] for one in steps]
    return steps


def _notes(others: list[str], parts: np.ndarray[tuple[int], np.dtype[np.str_]] | None) -> tuple[str, ...]:
    notes = []
    if others:
        notes.append(f"{len(others):,} files are no examples and are left out{_named(others)}")
    if parts is not None and len(set(parts)) > 1:
        counts = ", ".join(f"{int((parts == part).sum()):,} {part}" for part in sorted(set(parts)))
        notes.append(f"the source has its own parts ({counts}); they are kept. --split 80/20 draws others")
    return tuple(notes)


def _named(names: list[str]) -> str:
    if not names:
        return ""
    return f" ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
