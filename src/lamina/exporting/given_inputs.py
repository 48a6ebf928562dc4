"""Raw examples as the arrays that an exported model takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.columns import CategoryColumn, Column, DateColumn, NumberColumn
from lamina.data.encoders import Encoder
from lamina.data.inputs import RawExample
from lamina.data.number_encoder import NumberEncoder, parse_number
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.picture_column import PictureColumn
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.table import texts_of
from lamina.data.table_encoder import TableEncoder

Given = dict[str, Numpy]


def given_inputs(encoder: Encoder, examples: Sequence[RawExample]) -> Given:
    """Each input of an exported model by its name, for raw examples: (examples, ...).

    Example:
        >>> encoder = NumberEncoder(("length",), (2.0,), (0.5,))
        >>> given_inputs(encoder, [("3.0",), ("2.5",)])["rows"].tolist()
        [[3.0], [2.5]]
    """
    if isinstance(encoder, TableEncoder):
        rows: Any = zip(*examples, strict=True)
        return {column.name: _of_column(column, row) for column, row in zip(encoder.columns, rows, strict=True)}
    if isinstance(encoder, SeriesEncoder):
        return _of_series(encoder, np.stack([np.asarray(example, np.float64) for example in examples]))
    if isinstance(encoder, NumberEncoder):
        texts = [zip(map(str, example), encoder.columns, strict=True) for example in examples]  # type: ignore[arg-type]  # rows are tuples
        return {"rows": np.array([[parse_number(*cell) for cell in row] for row in texts], np.float64)}
    encoded = np.stack([encoder.encode_raw(example) for example in examples])
    match encoder:
        case PictureEncoder():
            return {"pictures": encoded}
        case SoundEncoder():
            return {"samples": encoded}
        case PassageEncoder():
            return {"characters": encoded[:, :-1]}
    return {"tokens": encoded} if encoder.unit == "tokens" else {"boards": encoded.astype(np.float32)}


def _of_series(encoder: SeriesEncoder, windows: Numpy) -> Given:
    columns = len(encoder.columns)
    values = {"values": windows[..., :columns]}
    return {**values, "days": windows[..., columns]} if encoder.calendar else values


def _of_column(column: Column, values: Sequence[Any]) -> Numpy:
    """A column's raw values: texts, or pictures."""
    if isinstance(column, PictureColumn):
        return np.stack([column.encoder.encode_raw(value) for value in values])
    cells = np.array([text or None for text in values], object)
    match column:
        case NumberColumn():
            return np.asarray(column.form.read(cells, column.name), np.float64)
        case CategoryColumn():
            return np.array(texts_of(cells), object)
        case DateColumn():
            from lamina.data.dates import read_dates

            return read_dates(cells, column.form, column.name)
    return column.encode(cells)
