"""The preparation of raw examples, as far as other programs can hold it; what stays outside is said in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.data.board_encoder import BoardEncoder
from lamina.data.columns import CIRCLES, CategoryColumn, Column, DateColumn, NumberColumn
from lamina.data.encoders import Encoder
from lamina.data.number_encoder import NumberEncoder
from lamina.data.number_forms import PLAIN
from lamina.data.pair_encoder import PairEncoder
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.picture_column import PictureColumn
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.series_encoder import CIRCLES as CALENDAR
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.spectrogram import hann, mel_filters
from lamina.data.table_encoder import TableEncoder
from lamina.data.text_columns import TokensColumn, WordsColumn
from lamina.data.text_encoder import TextEncoder
from lamina.errors import ExportError
from lamina.exporting.forms import Form, Input, Value, Weight


def write_preparation(form: Form, encoder: Encoder) -> Value:
    """What the network sees of the inputs, written in a form.

    Raises:
        ExportError: an encoder of another kind than there are writers for.
    """
    write = ENCODERS.get(type(encoder))
    if write is None:
        raise ExportError(
            f"{type(encoder).__name__} is none of the preparations that can be exported; take the network alone: "
            f"prepare=False"
        )
    return form.keep(write(form, encoder))


def write_without_preparation(form: Form, encoder: Encoder) -> Value:
    """The inputs as the network sees them."""
    kind = "int32" if encoder.unit in ("tokens", "characters") else "float32"
    return form.input(Input("inputs", kind, encoder.input_shape, "what the network sees of each example"))


def left_outside(encoder: Encoder) -> list[str]:
    """What is to be done before, a sentence each."""
    match encoder:
        case PictureEncoder():
            return _of_pictures("pictures", encoder)
        case SoundEncoder():
            seconds = encoder.length / encoder.rate_hz
            return [
                f"Sounds must be brought to {encoder.rate_hz:,} Hz, one channel and {encoder.length:,} samples "
                f"({seconds:.2f} s) with the largest at 32,767 before: it reads no sound files."
            ]
        case TableEncoder():
            return [sentence for column in encoder.columns for sentence in _of_column(column)]
        case TextEncoder():
            return [f"Texts must be split into {encoder.length} tokens before: {encoder.tokenizer.entries:,} entries."]
        case PassageEncoder():
            return ["Characters must be numbered before: 1 for the first of `characters`, 0 for one that is not there."]
        case PairEncoder():
            return ["Texts must be split into tokens before."]
        case SeriesEncoder() if encoder.date:
            return [f"Dates of {encoder.date} must be given as days since 1970, with a part for the time of day."]
    return []


def _pictures(form: Form, encoder: PictureEncoder) -> Value:
    size = f"{encoder.height} x {encoder.width}"
    pictures = form.input(Input("pictures", "uint8", encoder.input_shape, f"pictures of {size}, values from 0 to 255"))
    return _scaled(form, pictures, encoder)


def _scaled(form: Form, pictures: Value, encoder: PictureEncoder) -> Value:
    return form.call("picture", pictures, factor=1 / (255 * encoder.scale), shift=-encoder.mean / encoder.scale)


def _sounds(form: Form, encoder: SoundEncoder) -> Value:
    told = f"sounds at {encoder.rate_hz:,} Hz, values from -32,768 to 32,767"
    samples = form.input(Input("samples", "int16", (encoder.length,), told))
    window = 2 * encoder.step
    filters = mel_filters(encoder.rate_hz, window, encoder.bands)
    fixed = {"window": hann(window), "bands": filters}
    arrays = (Weight(f"sound/{name}", one.astype(np.float32), learnt=False) for name, one in fixed.items())
    numbers = {"floor": encoder.floor, "mean": encoder.mean, "scale": encoder.scale}
    return form.call("spectrogram", samples, *arrays, **numbers)


def _rows(form: Form, encoder: NumberEncoder) -> Value:
    rows = form.input(Input("rows", "float64", encoder.input_shape, f"rows of {', '.join(encoder.columns[:8])}"))
    return form.call("standardize", rows, means=encoder.means, scales=encoder.scales)


def _series(form: Form, encoder: SeriesEncoder) -> Value:
    shape = (encoder.steps, len(encoder.columns))
    values = form.input(Input("values", "float64", shape, f"windows of {', '.join(encoder.columns[:8])}"))
    seen = form.call("standardize_series", values, means=encoder.means, scales=encoder.scales, logs=encoder.logs)
    if not encoder.calendar:
        return seen
    days = form.input(Input("days", "float64", (encoder.steps,), f"{encoder.date} in days since 1970"))
    periods = tuple(CALENDAR[part] for part in encoder.calendar)
    return form.call("join", seen, form.call("points_on_circles", days, periods=periods))


def _tokens(form: Form, encoder: TextEncoder | PairEncoder) -> Value:
    return form.input(Input("tokens", "int32", encoder.input_shape, "texts as tokens, 0 where one is filled up"))


def _characters(form: Form, encoder: PassageEncoder) -> Value:
    return form.input(Input("characters", "int32", encoder.input_shape, "characters by their numbers, from 1"))


def _boards(form: Form, encoder: BoardEncoder) -> Value:
    return form.input(Input("boards", "float32", encoder.input_shape, "own stones 1, the other's -1, free fields 0"))


def _table(form: Form, encoder: TableEncoder) -> Value:
    return form.call("join", *(form.keep(COLUMNS[type(column)](form, column)) for column in encoder.columns))


def _number(form: Form, column: NumberColumn) -> Value:
    missing = ", NaN where missing" if column.can_miss else ""
    numbers = form.input(Input(column.name, "float64", (), f"numbers{missing}"))
    edges = ((np.asarray(column.edges) - column.mean) / column.scale).astype(np.float32)
    settings = {"edges": tuple(edges.tolist()), "can_miss": column.can_miss}
    return form.call("number_column", numbers, mean=column.mean, scale=column.scale, **settings)


def _category(form: Form, column: CategoryColumn) -> Value:
    texts = form.input(Input(column.name, "str", (), 'texts, "" where missing'))
    return form.call("category_column", texts, values=column.values, rare=column.rare)


def _date(form: Form, column: DateColumn) -> Value:
    seconds = form.input(Input(column.name, "float64", (), "seconds since 1970, NaN where missing"))
    return form.call("date_column", seconds, mean=column.mean, scale=column.scale, circles=CIRCLES)


def _words(form: Form, column: WordsColumn) -> Value:
    return form.input(Input(column.name, "float32", (column.width,), "1 for each of its words that a text has, else 0"))


def _tokens_column(form: Form, column: TokensColumn) -> Value:
    return form.input(Input(column.name, "float32", (column.width,), "texts as tokens, 0 where one is filled up"))


def _picture_column(form: Form, column: PictureColumn) -> Value:
    shape = column.encoder.input_shape
    pictures = form.input(Input(column.name, "uint8", shape, "pictures, values from 0 to 255"))
    return form.call("reshape", _scaled(form, pictures, column.encoder), shape=(column.width,))


ENCODERS: dict[type[Encoder], Callable[[Form, Any], Value]] = {
    BoardEncoder: _boards,
    NumberEncoder: _rows,
    PairEncoder: _tokens,
    PassageEncoder: _characters,
    PictureEncoder: _pictures,
    SeriesEncoder: _series,
    SoundEncoder: _sounds,
    TableEncoder: _table,
    TextEncoder: _tokens,
}
"""How each kind of preparation is written."""
COLUMNS: dict[type[Column], Callable[[Form, Any], Value]] = {
    CategoryColumn: _category,
    DateColumn: _date,
    NumberColumn: _number,
    PictureColumn: _picture_column,
    TokensColumn: _tokens_column,
    WordsColumn: _words,
}
"""How each kind of column is written."""


def _of_pictures(who: str, encoder: PictureEncoder) -> list[str]:
    kind = "grey" if encoder.channels == 1 else "color"
    framed = ", drawings inverted and framed as those of training" if encoder.ink is not None else ""
    return [
        f"{who[0].upper()}{who[1:]} must be {encoder.height} x {encoder.width} in {kind}{framed}, before: it changes "
        f"no sizes."
    ]


def _of_column(column: Column) -> list[str]:
    """What stays outside of one column."""
    match column:
        case PictureColumn():
            return _of_pictures(f"pictures of {column.name}", column.encoder)
        case DateColumn():
            return [f"Dates of {column.name} must be given as seconds since 1970, NaN where missing."]
        case WordsColumn():
            return [f"Texts of {column.name} must be given as 0 and 1 for its {len(column.words)} words."]
        case TokensColumn():
            return [f"Texts of {column.name} must be split into {column.width} tokens before."]
        case NumberColumn() if column.form != PLAIN:
            return [f"Numbers of {column.name} must be given as numbers ({column.form.describe() or 'with a point'})."]
    return []
