"""Raw inputs without answers, for prediction: files, folders, archives, tables, arrays."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.board_encoder import BoardEncoder
from lamina.data.boards import boards_from_file, boards_from_list
from lamina.data.dataset import Dataset
from lamina.data.encoders import Encoder
from lamina.data.file_kinds import PICTURES, SOUNDS, TEXTS, FileKind
from lamina.data.file_tables import files_of_table
from lamina.data.inputs import Inputs, Sound, numbers
from lamina.data.members import Members, archive_members, folder_members, is_archive, read_file
from lamina.data.number_encoder import NumberEncoder
from lamina.data.pair_encoder import PairEncoder
from lamina.data.pairs import questions, questions_from_file
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.passages import prompt_passages
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.pictures import pictures_from_array
from lamina.data.remote import local_path
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.sounds import sounds_from_list
from lamina.data.table_encoder import TableEncoder
from lamina.data.table_inputs import number_files, series_files, series_values, table_files, table_values
from lamina.data.table_reading import SUFFIXES as TABLE_SUFFIXES
from lamina.data.table_reading import TableForm
from lamina.data.table_text import to_utf8
from lamina.data.text_encoder import TextEncoder
from lamina.data.texts import as_list, texts_from_list
from lamina.errors import DataError, LaminaWarning, SettingError

LONGEST_PATH = 4_096


@dataclass(frozen=True)
class Reader:
    """How examples for one kind of encoder are read.

    Args:
        files: (paths, encoder) -> inputs; of tables (paths, encoder, form).
        values: from arrays or lists.
        strings_are_examples: whether a string is an example itself; files are then given as Path objects.
        of_tables: whether files are tables, of which a person may say how they are written.
    """

    files: Callable[..., Inputs]
    values: Callable[[Any, Any], Inputs]
    strings_are_examples: bool = False
    of_tables: bool = False


def read_inputs(source: Any, encoder: Encoder, form: TableForm | None = None) -> Inputs:
    """The examples of a source that a model with this encoder shall answer for.

    Args:
        source: a path or an address, or several, an array of pictures or rows, a list of rows, or a Dataset. For a
            model of texts a string is a text, and only a Path is a file.
        encoder: the model's.
        form: how table files are written; None is found out.

    Raises:
        DataError: nothing there for this model.
        SettingError: a form for what is no table.
    """
    if isinstance(source, Dataset):
        return source.inputs
    reader = READERS[type(encoder)]
    paths = Path if reader.strings_are_examples else str | Path
    if isinstance(source, paths):
        source = [source]
    if isinstance(source, Sequence) and source and all(isinstance(one, paths) for one in source):
        if form is not None and not reader.of_tables:
            raise SettingError("delimiter, encoding and header are of tables; this model takes none")
        files = [local_path(one) for one in source]
        return reader.files(files, encoder, form or TableForm()) if reader.of_tables else reader.files(files, encoder)
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
        names += [str(path) if alone else f"{path}/{members.names[row]}" for row in rows]

    def load(row: int) -> bytes:
        members, place = places[row]
        return members.load(place)

    return kind.inputs(load, np.arange(len(places)), tuple(names))


def _files_or_named(paths: list[Path], kind: FileKind) -> Inputs:
    """Pictures or sounds among paths, or those that a table names."""
    if len(paths) == 1 and paths[0].is_file() and paths[0].name.lower().endswith(TABLE_SUFFIXES):
        return files_of_table(paths[0], kind.plural)
    return read_files(paths, kind)


def _pictures(source: Any, encoder: PictureEncoder) -> Inputs:
    array = as_array(source)
    single = array.ndim == 2 or (array.ndim == 3 and array.shape[-1] in (1, 3) and array.shape[-2] > 3)
    return pictures_from_array(array[None] if single else array)


def _sounds(source: Any, encoder: SoundEncoder) -> Inputs:
    return sounds_from_list([source] if isinstance(source, Sound) else source)


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


def _prompts(source: Any, encoder: PassageEncoder) -> Inputs:
    return prompt_passages([source] if isinstance(source, str) else as_list(source), encoder.steps)


def _prompt_files(paths: list[Path], encoder: PassageEncoder) -> Inputs:
    texts = []
    for path in paths:
        try:
            texts.append(to_utf8(path.read_bytes(), str(path))[0].decode().removesuffix("\n"))
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    return replace(prompt_passages(texts, encoder.steps), names=tuple(map(str, paths)))


def _questions(source: Any, encoder: PairEncoder) -> Inputs:
    return questions([source] if isinstance(source, str) else as_list(source))


def _question_files(paths: list[Path], encoder: PairEncoder) -> Inputs:
    """The sources in files, one after the other; of several files each name begins with its own."""
    found = [questions_from_file(path, encoder.column) for path in paths]
    texts = [text for one in found for text in one.sources]
    before = [f"{path}, " if len(paths) > 1 else "" for path in paths]
    names = tuple(f"{start}{name}" for start, one in zip(before, found, strict=True) for name in one.names)
    return questions(texts, names)


def _boards(source: Any, encoder: BoardEncoder) -> Inputs:
    return boards_from_list(encoder.game, [source] if isinstance(source, str) else as_list(source, "boards are texts"))


def _board_files(paths: list[Path], encoder: BoardEncoder) -> Inputs:
    """The boards in files, one after the other; of several files each name begins with its own."""
    found = [boards_from_file(encoder.game, path) for path in paths]
    before = [f"{path}, " if len(paths) > 1 else "" for path in paths]
    names = tuple(f"{start}{name}" for start, one in zip(before, found, strict=True) for name in one.names)
    return boards_from_list(encoder.game, [text for one in found for text in one.texts], names)


READERS: dict[type[Encoder], Reader] = {
    BoardEncoder: Reader(_board_files, _boards, strings_are_examples=True),
    NumberEncoder: Reader(number_files, _rows, of_tables=True),
    PairEncoder: Reader(_question_files, _questions, strings_are_examples=True),
    PassageEncoder: Reader(_prompt_files, _prompts, strings_are_examples=True),
    TableEncoder: Reader(table_files, table_values, of_tables=True),
    SeriesEncoder: Reader(series_files, series_values, of_tables=True),
    PictureEncoder: Reader(lambda paths, _: _files_or_named(paths, PICTURES), _pictures),
    SoundEncoder: Reader(lambda paths, _: _files_or_named(paths, SOUNDS), _sounds),
    TextEncoder: Reader(lambda paths, _: read_files(paths, TEXTS), _texts, strings_are_examples=True),
}
"""Kind of encoder -> how examples for it are read."""
