"""Raw inputs without answers, for prediction: files, folders, archives, tables, arrays."""

from __future__ import annotations

import csv
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.data.encoders import Encoder
from lamina.data.file_kinds import PICTURES, SOUNDS, TEXTS, FileKind
from lamina.data.inputs import Inputs, Numbers, Sound, numbers
from lamina.data.members import Members, archive_members, folder_members, is_archive, read_file
from lamina.data.number_encoder import NumberEncoder, parse_number
from lamina.data.pair_encoder import PairEncoder
from lamina.data.pairs import questions, questions_from_file
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.passages import prompt_passages
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.picture_tables import pictures_of_table, read_any_table
from lamina.data.pictures import pictures_from_array
from lamina.data.series import Windows
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.series_reading import last_window
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.sounds import sounds_from_list
from lamina.data.table import Table, join_tables, texts_of
from lamina.data.table_encoder import TableEncoder
from lamina.data.table_reading import SUFFIXES as TABLE_SUFFIXES
from lamina.data.table_reading import TableForm, read_table_file, table_from_frame
from lamina.data.table_target import named_by_kind
from lamina.data.table_text import to_utf8
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
        names += [str(path) if alone else f"{path}/{members.names[row]}" for row in rows]

    def load(row: int) -> bytes:
        members, place = places[row]
        return members.load(place)

    return kind.inputs(load, np.arange(len(places)), tuple(names))


def _picture_files(paths: list[Path]) -> Inputs:
    """Pictures among paths, or those that a table names."""
    if len(paths) == 1 and paths[0].is_file() and paths[0].name.lower().endswith(TABLE_SUFFIXES):
        return pictures_of_table(paths[0])
    return read_files(paths, PICTURES)


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


def _table_files(paths: list[Path], encoder: TableEncoder) -> Table:
    """The rows of one or more tables, each named by its line, or by its ID where the training table had IDs."""
    form = TableForm(columns=tuple(column.name for column in encoder.columns))
    tables = [read_any_table(path, form) if encoder.pictures else read_table_file(path, form) for path in paths]
    for path, found in zip(paths, tables, strict=True):
        for skipped in found.skipped:
            raise DataError(f"{path}, {skipped.name}: {skipped.reason}")
    several = len(paths) > 1
    named = [
        _named_rows(_named_columns(one.table, encoder), encoder, f"{path}, " if several else "")
        for path, one in zip(paths, tables, strict=True)
    ]
    return join_tables(named)


def _table_values(source: Any, encoder: TableEncoder) -> Table:
    """Rows from a DataFrame, a mapping of columns, a list of mappings, or rows of values in the model's order."""
    import pandas

    rows = [source] if isinstance(source, Mapping) and not any(map(_is_column, source.values())) else source
    try:
        frame = pandas.DataFrame(rows)
    except (TypeError, ValueError) as error:
        raise DataError(f"the model takes a data frame, mappings or rows of values; these are none ({error})") from None
    names = [column.name for column in encoder.columns]
    if not isinstance(source, Mapping) and not any(isinstance(one, str) for one in frame.columns):
        if len(frame.columns) != len(names):
            raise DataError(
                f"the model takes rows of {len(names)} values ({', '.join(names)}); got {len(frame.columns)}"
            )
        frame.columns = pandas.Index(names)
    return _named_rows(table_from_frame(frame), encoder, "")


def _named_columns(table: Table, encoder: TableEncoder) -> Table:
    """A table without a line of names, its columns named as the model's: by their order where there are as many."""
    if table.header or len(table.columns) != len(encoder.columns):
        return named_by_kind(table)
    values = table.columns.values()
    return replace(table, columns={one.name: own for one, own in zip(encoder.columns, values, strict=True)})


def _named_rows(table: Table, encoder: TableEncoder, source: str) -> Table:
    """The table with its rows named by the ID column, where there is one with a different value in each."""
    ids = texts_of(table.columns[encoder.identifier]) if encoder.identifier in table.columns else []
    if ids and "" not in ids and len(set(ids)) == len(ids):
        return replace(table, names=tuple(ids), title=encoder.identifier)
    return replace(table, names=tuple(f"{source}{name}" for name in table.names))


def _series_files(paths: list[Path], encoder: SeriesEncoder) -> Windows:
    """The end of the one series that is to go on."""
    if len(paths) != 1:
        raise DataError(f"a forecast goes on from one series; got {len(paths)} files")
    found = read_table_file(paths[0])
    for skipped in found.skipped:
        raise DataError(f"{paths[0]}, {skipped.name}: {skipped.reason}")
    return last_window(found.table, str(paths[0]), encoder)


def _series_values(source: Any, encoder: SeriesEncoder) -> Windows:
    """The end of a series given as a DataFrame or a mapping of columns."""
    import pandas

    try:
        return last_window(table_from_frame(pandas.DataFrame(source)), "the series", encoder)
    except (TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"the model takes a data frame or a mapping of columns; this is none ({error})") from None


def _is_column(value: Any) -> bool:
    return isinstance(value, list | tuple | np.ndarray) or (hasattr(value, "dtype") and getattr(value, "ndim", 0) == 1)


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


READERS: dict[type[Encoder], Reader] = {
    NumberEncoder: Reader(_read_tables, _rows),
    PairEncoder: Reader(_question_files, _questions, strings_are_examples=True),
    PassageEncoder: Reader(_prompt_files, _prompts, strings_are_examples=True),
    TableEncoder: Reader(_table_files, _table_values),
    SeriesEncoder: Reader(_series_files, _series_values),
    PictureEncoder: Reader(lambda paths, _: _picture_files(paths), _pictures),
    SoundEncoder: Reader(lambda paths, _: read_files(paths, SOUNDS), _sounds),
    TextEncoder: Reader(lambda paths, _: read_files(paths, TEXTS), _texts, strings_are_examples=True),
}
"""Kind of encoder -> how examples for it are read."""
