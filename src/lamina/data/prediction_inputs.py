"""Raw inputs without answers, for prediction: files, folders, archives, tables, arrays."""

from __future__ import annotations

import csv
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.data.encoders import Encoder
from lamina.data.file_kinds import PICTURES, TEXTS, FileKind
from lamina.data.inputs import Inputs, Numbers, numbers
from lamina.data.members import Members, archive_members, folder_members, is_archive, read_file, readable
from lamina.data.number_encoder import NumberEncoder, parse_number
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.pictures import pictures_from_array
from lamina.data.text_encoder import TextEncoder
from lamina.data.texts import texts_from_list
from lamina.errors import DataError, LaminaWarning

LONGEST_PATH = 4_096


@dataclass(frozen=True)
class Reader:
    """How examples for one kind of encoder are read.

    Args:
        files: from paths.
        values: from arrays or lists.
        strings_are_examples: whether a string is an example itself; files are then given as Path objects.
    """

    files: Callable[[list[Path], Any], Inputs]
    values: Callable[[Any, Any], Inputs]
    strings_are_examples: bool = False


def read_inputs(source: Any, encoder: Encoder) -> Inputs:
    """The examples of a source that a model with this encoder shall answer for.

    Args:
        source: a path or several, an array of pictures or rows, a list of rows, or a Dataset. For a model of texts a
            string is a text, and only a Path is a file.
        encoder: the model's.

    Raises:
        DataError: nothing there for this model.
    """
    if isinstance(source, Dataset):
        return source.inputs
    reader = READERS[type(encoder)]
    paths = Path if reader.strings_are_examples else str | Path
    if isinstance(source, paths):
        source = [source]
    if isinstance(source, Sequence) and source and all(isinstance(one, paths) for one in source):
        return reader.files([Path(one) for one in source], encoder)
    return reader.values(source, encoder)


def read_files(paths: list[Path], kind: FileKind) -> Inputs:
    """Every file of a kind among paths: files themselves, and those in folders and archives."""
    sources = [_members(path) for path in paths]
    places: list[tuple[Members, int]] = []
    names: list[str] = []
    for path, members in zip(paths, sources, strict=True):
        alone = members.names == ("",)
        rows = [0] if alone else kind.rows(members)[0]
        if not rows:
            raise DataError(f"{path} holds no {kind.plural}")
        places += [(members, row) for row in rows]
        names += [readable(str(path)) + ("" if alone else f"/{members.names[row]}") for row in rows]

    def load(row: int) -> bytes:
        members, place = places[row]
        return members.load(place)

    return kind.inputs(load, np.arange(len(places)), tuple(names))


def _pictures(source: Any, encoder: PictureEncoder) -> Inputs:
    array = as_array(source)
    single = array.ndim == 2 or (array.ndim == 3 and array.shape[-1] in (1, 3) and array.shape[-2] > 3)
    return pictures_from_array(array[None] if single else array)


def _rows(source: Any, encoder: NumberEncoder) -> Inputs:
    rows = np.atleast_2d(as_array(source))
    return numbers(rows, encoder.columns if rows.shape[-1] == len(encoder.columns) else ())


def _texts(source: Any, encoder: TextEncoder) -> Inputs:
    """Strings are texts; one that is also the name of a file is said aloud."""
    texts = texts_from_list([source] if isinstance(source, str) else as_list(source))
    named = next((text for text in texts.texts if len(text) < LONGEST_PATH and os.path.isfile(text)), None)
    if named is not None:
        warnings.warn(
            f"{named!r} is taken for a text, and a file of that name exists: give Path({named!r}) for the file",
            LaminaWarning, stacklevel=4,
        )  # fmt: skip
    return texts


def as_list(source: Any) -> list[Any]:
    """Examples given in Python as a list."""
    try:
        return list(source.tolist() if isinstance(source, np.ndarray) else source)
    except TypeError:
        raise DataError(f"the model takes a list of texts; got {type(source).__name__}") from None


def as_array(source: Any) -> Numpy:
    """Examples given in Python as one array."""
    try:
        return np.asarray(source)
    except ValueError:
        raise DataError("the examples need arrays of one shape; those given differ in length") from None


def _members(path: Path) -> Members:
    if path.is_dir():
        return folder_members(path)
    if path.is_file() and is_archive(path):
        return archive_members(path)
    return Members(str(path), ("",), lambda row: read_file(path), lambda row: b"")


def _read_tables(paths: list[Path], encoder: NumberEncoder) -> Numbers:
    tables = [_read_table(path, encoder) for path in paths]
    values = np.concatenate([table.values for table in tables])
    return Numbers(values, encoder.columns, tuple(name for table in tables for name in table.names))


def _read_table(path: Path, encoder: NumberEncoder) -> Numbers:
    """The model's columns of a CSV file, found by their names in its first line."""
    lines = _lines(path)
    head = [name.strip() for name in lines[0][1]] if lines else []
    for column in encoder.columns:
        if head.count(column) != 1:
            fault = "more than once" if column in head else "not"
            raise DataError(
                f"{path}: the model needs the columns {', '.join(encoder.columns)}; the first line names {column} "
                f"{fault}"
            )
    places = [head.index(column) for column in encoder.columns]
    rows = []
    for number, line in lines[1:]:
        if len(line) != len(head):
            raise DataError(f"{path}, line {number}: {len(line)} values; the first line names {len(head)} columns")
        try:
            rows.append([parse_number(line[p], c) for p, c in zip(places, encoder.columns, strict=True)])
        except DataError as error:
            raise DataError(f"{path}, line {number}: {error}") from None
    if not rows:
        raise DataError(f"{path} has no rows below its first line")
    return Numbers(np.array(rows), encoder.columns, tuple(f"{path}, line {number}" for number, _ in lines[1:]))


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """The lines of a CSV file with their numbers, blank ones left out."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            return [(reader.line_num, line) for line in reader if line]
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: byte {error.start} is not UTF-8: save the table as UTF-8") from None
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: {error}") from None


READERS: dict[type[Encoder], Reader] = {
    NumberEncoder: Reader(_read_tables, _rows),
    PictureEncoder: Reader(lambda paths, _: read_files(paths, PICTURES), _pictures),
    TextEncoder: Reader(lambda paths, _: read_files(paths, TEXTS), _texts, strings_are_examples=True),
}
"""Kind of encoder -> how examples for it are read."""
