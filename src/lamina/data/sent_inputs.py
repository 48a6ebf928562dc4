"""Examples that a stranger sends: one file's bytes, or values. Nothing in them leads to a file of this machine.

`prediction_inputs` reads what the user of this machine names. Here a text is a text even where it is the name of a
file, a column of a table names nothing, and what unpacks to many times its size is not taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.board_encoder import BoardEncoder
from lamina.data.boards import boards_from_list
from lamina.data.encoders import Encoder
from lamina.data.file_kinds import PICTURES, SOUNDS, TEXTS, FileKind
from lamina.data.inputs import Inputs, Sound, numbers
from lamina.data.number_encoder import NumberEncoder
from lamina.data.pair_encoder import PairEncoder
from lamina.data.pairs import questions
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.passages import prompt_passages
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.pictures import pictures_from_array
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.sounds import sounds_from_list
from lamina.data.table_encoder import TableEncoder
from lamina.data.table_inputs import number_rows, series_end, series_values, table_rows, table_values
from lamina.data.table_reading import ReadTable, TableForm, read_table
from lamina.data.text_encoder import TextEncoder
from lamina.data.texts import decode_text, texts_from_list
from lamina.errors import DataError

KINDS: dict[type[Encoder], FileKind] = {PictureEncoder: PICTURES, SoundEncoder: SOUNDS, TextEncoder: TEXTS}
"""Encoders of which a file is one example."""
PACKED = (b"PK", b"\x1f\x8b", b"PAR1", b"BZh", b"\xfd7zXZ")
"""How files begin that are unpacked before they are read: archives, spreadsheets, Parquet."""

LARGEST = 1e18
"""Numbers of a row that are sent as values are no larger: what is taken can then be told to every client."""


def sent_file(name: str, data: bytes, encoder: Encoder) -> Inputs:
    """The examples in one file.

    Args:
        name: what it is called in names and messages; nothing is opened by it.
        data: its bytes: a picture, a sound, a text, or a table of text.
        encoder: the model's.

    Raises:
        DataError: nothing there for this model.

    Example:
        >>> encoder = NumberEncoder(("length",), (0.0,), (1.0,))
        >>> sent_file("sizes.csv", b"length\\n2.5\\n", encoder).names
        ('sizes.csv, line 2',)
    """
    if type(encoder) in KINDS:
        return KINDS[type(encoder)].inputs(lambda row: data, np.arange(1), (name,))
    match encoder:
        case PassageEncoder():
            return prompt_passages([_text(name, data).removesuffix("\n")], encoder.steps)
        case PairEncoder():
            return questions(*_lines(name, data))
        case BoardEncoder():
            return boards_from_list(encoder.game, *_lines(name, data))
        case NumberEncoder():
            return number_rows([(name, _table(name, data, encoder.columns).table)], encoder)
        case TableEncoder():
            columns = tuple(column.name for column in _plain(encoder).columns)
            return table_rows([(name, _table(name, data, columns))], encoder)
        case SeriesEncoder():
            return series_end(name, _table(name, data, ()), encoder)
    raise DataError(f"examples for {type(encoder).__name__} cannot be sent as a file")


def sent_values(values: Any, encoder: Encoder) -> Inputs:
    """Examples as values.

    Args:
        values: pictures (examples, height, width[, channels]) as bytes; sounds; texts; rows of numbers; rows of a
            table as mappings, lists or a mapping of columns; a series as a mapping of columns.
        encoder: the model's.

    Raises:
        DataError: values of another kind.

    Example:
        >>> encoder = NumberEncoder(("length",), (0.0,), (1.0,))
        >>> sent_values([[2.5], [3]], encoder).values.tolist()
        [[2.5], [3.0]]
    """
    match encoder:
        case PictureEncoder():
            return pictures_from_array(_bytes(values))
        case SoundEncoder():
            return sounds_from_list(_sounds(values))
        case NumberEncoder():
            return _number_rows(values, encoder)
        case TableEncoder():
            return table_values(values, _plain(encoder))
        case SeriesEncoder():
            return series_values(values, encoder)
        case PassageEncoder():
            return prompt_passages(list(texts_from_list(values).texts), encoder.steps)
        case PairEncoder():
            return questions(values)
        case BoardEncoder():
            return boards_from_list(encoder.game, values)
    return texts_from_list(values)


def can_be_sent(encoder: Encoder) -> bool:
    """Whether examples can be sent at all: not those of a table whose columns name pictures."""
    return not (isinstance(encoder, TableEncoder) and encoder.pictures)


def _plain(encoder: TableEncoder) -> TableEncoder:
    if not can_be_sent(encoder):
        named = ", ".join(column.name for column in encoder.pictures)
        raise DataError(f"the model takes rows whose {named} names pictures, and no file is opened for what is sent")
    return encoder


def _number_rows(values: Any, encoder: NumberEncoder) -> Inputs:
    """Rows in the order of the columns, or by the columns' names, where others may stand beside, as in a table."""
    if isinstance(values, Sequence) and values and all(isinstance(row, dict) for row in values):
        for place, row in enumerate(values):
            lacking = [name for name in encoder.columns if name not in row]
            if lacking:
                raise DataError(f"row {place + 1} has no {lacking[0]}; the model needs {', '.join(encoder.columns)}")
        values = [[row[name] for name in encoder.columns] for row in values]
    rows = _array(values)
    if rows.dtype.kind not in "iuf":
        raise DataError(f"the model takes rows of numbers ({', '.join(encoder.columns)})")
    rows = np.atleast_2d(rows)
    with np.errstate(invalid="ignore"):
        large = np.argwhere(np.abs(rows.astype(np.float64)) > LARGEST)
    if len(large):
        raise DataError(f"row {large[0][0] + 1} has a number above {LARGEST:g}")
    return numbers(rows, encoder.columns if rows.shape[-1] == len(encoder.columns) else ())


def _array(values: Any) -> Numpy:
    if _has_truth(values):
        raise DataError("the examples need numbers; got true or false among them")
    try:
        return np.asarray(values)
    except ValueError:
        raise DataError("the examples need arrays of one shape; those given differ in length") from None


def _has_truth(values: Any) -> bool:
    """Whether true or false stands in lists, which NumPy would take for 1 and 0."""
    if isinstance(values, list | tuple):
        return (
            any(map(_has_truth, values)) if any(isinstance(one, list) for one in values) else bool in map(type, values)
        )
    return isinstance(values, bool)


def _bytes(values: Any) -> Numpy:
    """Pixels from 0 to 255 as bytes, whatever type of whole numbers they have."""
    pixels = _array(values)
    whole = pixels.dtype.kind in "iuf" and pixels.size > 0 and bool((np.rint(pixels) == pixels).all())
    return pixels.astype(np.uint8) if whole and 0 <= pixels.min() <= pixels.max() <= 255 else pixels


def _sounds(values: Any) -> list[Sound]:
    if not all(isinstance(one, Sound) for one in values):
        raise DataError("the model takes sounds")
    return list(values)


def _table(name: str, data: bytes, columns: tuple[str, ...]) -> ReadTable:
    if data.startswith(PACKED) or name.lower().endswith(".xlsx"):
        raise DataError(f"{name} is packed: send the table as text, .csv or .jsonl")
    return read_table(data, name, TableForm(columns=columns))


def _text(name: str, data: bytes) -> str:
    try:
        return decode_text(data)[0]
    except DataError as error:
        raise DataError(f"{name}: {error}") from None


def _lines(name: str, data: bytes) -> tuple[list[str], tuple[str, ...]]:
    """The lines that are not empty, and their names."""
    lines = [(number, line.strip()) for number, line in enumerate(_text(name, data).split("\n"), 1) if line.strip()]
    if not lines:
        raise DataError(f"{name} has no text: one on each line is needed")
    return [line for _, line in lines], tuple(f"line {number}" for number, _ in lines)
