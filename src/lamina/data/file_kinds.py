"""The kinds of files that are examples, one a file: told by content, with the suffix as a hint."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from lamina.arrays import Numpy
from lamina.data.inputs import Inputs
from lamina.data.members import Members
from lamina.data.pictures import PictureFiles
from lamina.data.sound_decoding import begins_as_sound
from lamina.data.sounds import SoundFiles
from lamina.data.texts import TextFiles

PICTURE_SUFFIXES = frozenset({
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm",
})  # fmt: skip
"""A hint beside the content: a file of such a name that is no picture is a bad example, not another file."""
SOUND_SUFFIXES = frozenset({".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff"})
PICTURE_BEGINNINGS = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*")


@dataclass(frozen=True)
class FileKind:
    """Files that are examples of one kind.

    Args:
        plural: what they are called.
        suffixes: a file of such a name that is none of the kind is a bad example, not another file.
        begins: whether a file's first bytes are those of the kind.
        inputs: (load, places, names) -> Inputs.
        about: a file of such a name, whatever its suffix, tells of the others and is no example.
    """

    plural: str
    suffixes: frozenset[str]
    begins: Callable[[bytes], bool]
    inputs: Callable[[Callable[[int], bytes], Numpy, tuple[str, ...]], Inputs]
    about: frozenset[str] = frozenset()

    def rows(self, members: Members) -> tuple[list[int], list[str]]:
        """The places of the members that are of this kind, and the names of the others."""
        rows, others = [], list(members.ignored)
        for row, name in enumerate(members.names):
            stem, suffix = os.path.splitext(os.path.basename(name).lower())
            known = suffix in self.suffixes or self.begins(members.begin(row))
            if known and stem not in self.about:
                rows.append(row)
            else:
                others.append(name)
        return rows, others


def begins_as_picture(head: bytes) -> bool:
    """Whether a file's first bytes are those of a picture."""
    if head.startswith(PICTURE_BEGINNINGS):
        return True
    bitmap = head[:2] == b"BM" and head[6:10] == bytes(4)
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    return bitmap or webp or (head[:2] in (b"P4", b"P5", b"P6") and head[2:3].isspace() and head[3:4].isdigit())


PICTURES = FileKind("pictures", PICTURE_SUFFIXES, begins_as_picture, PictureFiles)
ABOUT = frozenset({"readme", "license", "licence", "copying", "changelog", "authors"})
SOUNDS = FileKind("sounds", SOUND_SUFFIXES, begins_as_sound, SoundFiles)
TEXTS = FileKind("texts", frozenset({".txt", ".text"}), lambda head: False, TextFiles, ABOUT)
FILE_KINDS = (PICTURES, SOUNDS, TEXTS)
"""In the order in which they are looked for: files that several would take go to the first with the most files."""
KNOWN_KINDS = " or ".join(kind.plural for kind in FILE_KINDS)


def choose_kind(members: Members) -> tuple[FileKind, list[int], list[str]]:
    """The kind that most of the files are of, the places of its files, and the names of the others."""
    found: list[tuple[FileKind, list[int], list[str]]] = []
    for kind in FILE_KINDS:
        rows, others = kind.rows(members)
        found.append((kind, rows, others))
        if len(rows) == len(members.names):  # no other kind has more: their beginnings need not be read
            break
    return max(found, key=lambda one: len(one[1]))
