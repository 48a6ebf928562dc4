"""Texts: a list of strings, or files that are decoded when they are needed."""

from __future__ import annotations

import abc
import codecs
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.files import Files
from lamina.data.inputs import Inputs
from lamina.data.table_text import to_utf8
from lamina.errors import DataError

MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
"""What a file may begin with to tell its encoding; UTF-32's mark begins with UTF-16's."""
UTF8, GUESS = "UTF-8", "Windows-1252"
CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1f\x7f]")
CONTROL_SHARE = 0.02
"""A file with more control characters than this is no text."""


class Texts(Inputs):
    """Texts, whatever they come from."""

    @abc.abstractmethod
    def text(self, place: int) -> tuple[str, str]:
        """One text, and the name of its encoding; a DataError where it cannot be read."""


@dataclass(frozen=True, eq=False)
class TextList(Texts):
    """Texts that are strings already."""

    texts: tuple[str, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def subset(self, rows: Numpy) -> TextList:
        """The texts at these places."""
        return TextList(tuple(self.texts[row] for row in rows), tuple(self.names[row] for row in rows))

    def hashes(self) -> list[bytes]:
        """SHA-256 of each text in UTF-8."""
        return [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in self.texts]

    def text(self, place: int) -> tuple[str, str]:
        """The text at a place."""
        return self.texts[place], UTF8


@dataclass(frozen=True, eq=False)
class TextFiles(Files, Texts):
    """Texts in files or archives."""

    def text(self, place: int) -> tuple[str, str]:
        """The decoded file at a place."""
        return decode_text(self.data(place))


def texts_from_list(texts: Sequence[str], names: tuple[str, ...] = ()) -> TextList:
    """Texts from strings.

    Raises:
        DataError: something that is no string; names its place.
    """
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(f"texts need a list of strings; number {place + 1} is of type {type(text).__name__}")
    plain = tuple(str(text) for text in texts)
    return TextList(plain, names or tuple(f"text {place + 1}" for place in range(len(plain))))


def lines_of(path: Path) -> TextList:
    """The lines of a text that are not empty, named by their numbers.

    Raises:
        DataError: a file that cannot be read.
    """
    try:
        text = to_utf8(path.read_bytes(), str(path))[0].decode()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    return TextList(tuple(line for _, line in lines), tuple(f"line {number}" for number, _ in lines))


def as_list(given: Any, needs: str = "the model takes a list of texts") -> list[Any]:
    """Examples given in Python as a list.

    Raises:
        DataError: what is no list; `needs` says who needs what.
    """
    try:
        return list(given.tolist() if isinstance(given, np.ndarray) else given)
    except TypeError:
        raise DataError(f"{needs}; got {type(given).__name__}") from None


def decode_text(data: bytes) -> tuple[str, str]:
    """The text in a file's bytes, and the name of its encoding.

    A byte order mark decides (UTF-8, UTF-16, UTF-32); without one it is UTF-8, and where that fails Windows-1252.

    Raises:
        DataError: bytes that are no text.

    Example:
        >>> decode_text(b"caf\\xc3\\xa9"), decode_text(b"caf\\xe9")
        (('café', 'UTF-8'), ('café', 'Windows-1252'))
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _decode_marked(data, mark, encoding)
    if b"\x00" in data:
        raise DataError(f"it is no text: byte {data.index(0)} is NUL")
    controls = len(CONTROLS.findall(data))
    if controls > CONTROL_SHARE * len(data):
        raise DataError(f"it is no text: {controls:,} of its {len(data):,} bytes are control characters")
    try:
        return data.decode(), UTF8
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), GUESS
    except UnicodeDecodeError as error:
        raise DataError(f"byte {error.start} is neither {UTF8} nor {GUESS}: save it as {UTF8}") from None


def _decode_marked(data: bytes, mark: bytes, encoding: str) -> tuple[str, str]:
    try:
        if encoding == "utf-8":
            return data[len(mark) :].decode(), UTF8
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        named = encoding.upper()
        raise DataError(f"its mark says {named}, and byte {error.start} is none: save it as {UTF8}") from None
    return text, encoding.upper()
