"""Tables: each column by its own recipe, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy, Rows, Shape, jax, jnp
from lamina.data.column_kinds import guess_kinds
from lamina.data.columns import CategoryColumn, Column, fit_category, fit_date, fit_number
from lamina.data.encoders import Decoded, Encoder
from lamina.data.inputs import Inputs, RawExample, Skipped
from lamina.data.memory import UNLIMITED, Memory
from lamina.data.picture_column import PictureColumn
from lamina.data.picture_encoder import DecodedPictures, decode_pictures, fit_pictures
from lamina.data.store import select
from lamina.data.table import Guess, Table, texts_of
from lamina.data.text_columns import TokensColumn, fit_tokens, fit_words, words_of
from lamina.errors import DataError, SettingError
from lamina.recipes import recipe

MAX_FEATURES = 100_000
ROWS_AT_ONCE = 65_536
BYTES_AT_ONCE = 2**26
"""A table is encoded in parts of so many rows, or so many encoded bytes."""
LONG_TEXT = 6
"""Texts of more words than this, on average, are read in full; of shorter ones it is seen which words they have."""


@recipe
class TableEncoder(Encoder):
    """The columns of a table side by side: what each keeps of a row, and in the program what the network sees of it.

    Args:
        columns: a recipe for each column that is used.
        ignored: columns of the training table that are not, so that nothing is said of them again.
        identifier: the column that names the rows, "" for none.

    Raises:
        SettingError: no columns, a name twice, or too many features.
    """

    columns: tuple[Column, ...]
    ignored: tuple[str, ...] = ()
    identifier: str = ""

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if not names or len(set(names)) < len(names):
            raise SettingError("TableEncoder needs columns with names that differ")
        if self.columns[len(self.plain) :] != self.pictures:
            raise SettingError("TableEncoder needs its columns of pictures behind all others")
        if sum(column.features for column in self.columns) > MAX_FEATURES:
            raise SettingError(f"TableEncoder makes at most {MAX_FEATURES:,} features of a row")

    @property
    def input_shape(self) -> Shape:
        """(features,)."""
        return (sum(column.features for column in self.columns),)

    @property
    def pictures(self) -> tuple[PictureColumn, ...]:
        """The columns that are pictures; they stand last."""
        return tuple(column for column in self.columns if isinstance(column, PictureColumn))

    @property
    def plain(self) -> tuple[Column, ...]:
        """All other columns."""
        return tuple(column for column in self.columns if not isinstance(column, PictureColumn))

    @property
    def texts(self) -> tuple[tuple[int, int, int], ...]:
        """The first token of each text, the one behind its last, and the entries of its vocabulary."""
        places = self.places()
        return tuple(
            (*places[column.name], column.encoder.tokenizer.entries)
            for column in self.columns
            if isinstance(column, TokensColumn)
        )

    def places(self) -> dict[str, tuple[int, int]]:
        """The first feature of each column, and the one behind its last."""
        ends = np.cumsum([column.features for column in self.columns]).tolist()
        return {column.name: (end - column.features, end) for column, end in zip(self.columns, ends, strict=True)}

    def encode(self, inputs: Inputs) -> tuple[Numpy, Numpy, tuple[Skipped, ...]]:
        """Every row; a value that cannot be read takes its row out, named."""
        encoded, kept, skipped = self.encode_within(inputs, UNLIMITED)
        return np.asarray(encoded), kept, skipped

    def encode_within(self, inputs: Inputs, memory: Memory) -> tuple[Rows, Numpy, tuple[Skipped, ...]]:
        """The same, on disk where they are larger than the memory they may take."""
        if not isinstance(inputs, Table):
            raise DataError(f"the model takes tables; got {type(inputs).__name__.lower()}")
        lacking = [column.name for column in self.columns if column.name not in inputs.columns]
        if lacking:
            raise DataError(
                f"the model needs the columns {self._named()}; there is no {', '.join(lacking[:5])} among "
                f"{', '.join(list(inputs.columns)[:20])}"
            )
        shown = {
            column.name: column.encoder.encode_within(inputs.pictures(column.name), memory) for column in self.pictures
        }
        rows, unread = readable_rows(inputs, [(kept, skipped) for _, kept, skipped in shown.values()])
        pixels = [select(pictures, np.flatnonzero(np.isin(own, rows))) for pictures, own, _ in shown.values()]
        encoded, kept, skipped = self.encode_rows(inputs, rows, pixels, memory)
        return encoded, kept, (*unread, *skipped)

    def encode_rows(
        self, table: Table, rows: Numpy, pixels: Sequence[Rows], memory: Memory
    ) -> tuple[Rows, Numpy, tuple[Skipped, ...]]:
        """Some rows of a table, a part of them at a time.

        Args:
            table: the rows' texts and numbers.
            rows: their places.
            pixels: for each column of pictures those of the rows.
            memory: what they may take; on disk where that is less.
        """
        width, dtype = self._row
        encoded = memory.rows((len(rows), width), dtype)
        good, skipped = np.zeros(len(rows), bool), list[Skipped]()
        step = max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE // (width * np.dtype(dtype).itemsize)))
        for part in (slice(start, start + step) for start in range(0, len(rows), step)):
            numbers, kept, bad = self._numbers(table, rows[part])
            good[part] = np.isin(rows[part], kept)
            placed: Numpy = np.zeros((len(good[part]), width), dtype)
            placed[good[part]] = self._beside(numbers, [shown[part][good[part]] for shown in pixels])
            encoded[part] = placed
            skipped += bad
        return select(encoded, np.flatnonzero(good)) if skipped else encoded, rows[good], tuple(skipped)

    def encode_raw(self, example: RawExample) -> Numpy:
        """A row of texts, and pictures where columns name some."""
        if not isinstance(example, tuple) or len(example) != len(self.columns):
            raise DataError(f"the model takes rows of {len(self.columns)} values ({self._named()})")
        cells, pixels = example[: len(self.plain)], example[len(self.plain) :]
        if not all(isinstance(cell, str) for cell in cells):
            raise DataError(f"the model takes texts for {', '.join(column.name for column in self.plain[:8])}")
        values = [np.array([text or None], object) for text in cells]
        parts = [column.encode(cell) for column, cell in zip(self.plain, values, strict=True)]
        numbers = np.concatenate([np.zeros((1, 0), np.float32), *parts], axis=1)
        shown = [column.encode_picture(one) for column, one in zip(self.pictures, pixels, strict=True)]
        return np.asarray(self._beside(numbers, shown)[0])

    def on_device(self, x: Array) -> Array:
        """What each column makes of its numbers, side by side."""
        parts, start = [], 0
        if self.pictures:
            width = 4 * sum(column.width for column in self.plain)
            parted = x[:, :width].reshape(x.shape[0], width // 4, 4)
            numbers, x = jax.lax.bitcast_convert_type(parted, jnp.float32), x[:, width:]
        else:
            numbers, x = x, x[:, :0]
        for column in self.plain:
            parts.append(column.expand(numbers[:, start : start + column.width]))
            start += column.width
        start = 0
        for column in self.pictures:
            parts.append(column.expand(x[:, start : start + column.width]))
            start += column.width
        return jnp.concatenate(parts, axis=1)

    def columns_of(self, x: Numpy) -> dict[str, list[Any]]:
        """The values of each column whose features are nearest to these (rows, features)."""
        places = self.places()
        return {column.name: column.values_of(x[:, slice(*places[column.name])]) for column in self.columns}

    def made_up(self) -> list[RawExample]:
        """Rows in which each column goes through its own made-up texts, each column at another pace."""
        texts = [column.made_up() for column in self.plain]
        count = min(1000, max([*map(len, texts), 2 + 2 * len(self.pictures)]) + 2)
        shown = [column.made_up_pictures(count) for column in self.pictures]
        return [
            (
                *(one[(row + row // len(one) + i) % len(one)] for i, one in enumerate(texts)),
                *(one[row] for one in shown),
            )
            for row in range(count)
        ]

    def lines(self) -> list[str]:
        """A line for each column, and one for those that are ignored."""
        width = max(len(column.name) for column in self.columns)
        lines = [f"{column.name:{width}}  {column.describe()}" for column in self.columns]
        return lines + ([f"ignored: {', '.join(self.ignored)}"] if self.ignored else [])

    def notes(self, inputs: Inputs, target: str) -> list[str]:
        """Columns that the model does not know, and values of categories that it has never seen."""
        if not isinstance(inputs, Table):
            return []
        known = {target, *target.split(","), self.identifier, *self.ignored, *(column.name for column in self.columns)}
        more = [name for name in inputs.columns if name not in known]
        notes = [f"not used, since the model does not know them: {', '.join(more[:10])}"] if more else []
        for column in self.columns:
            if not isinstance(column, CategoryColumn):
                continue
            if unknown := column.unknown(inputs.columns[column.name]):
                such = ", ".join(repr(text[:30]) for text in list(dict.fromkeys(unknown))[:3])
                rows = "1 row has a value" if len(unknown) == 1 else f"{len(unknown):,} rows have values"
                seldom = "never or hardly ever" if column.rare else "never"
                notes.append(f"{rows} of {column.name} {seldom} seen in training, such as {such}")
        return notes

    @property
    def _row(self) -> tuple[int, type]:
        """How many numbers an encoded row has, and of which kind."""
        numbers = sum(column.width for column in self.plain)
        pixels = sum(column.width for column in self.pictures)
        return (4 * numbers + pixels, np.uint8) if self.pictures else (numbers, np.float32)

    def _beside(self, numbers: Numpy, pixels: Sequence[Numpy]) -> Numpy:
        """Encoded rows: the numbers alone, or as their four bytes each with the bytes of the pictures behind them."""
        if not self.pictures:
            return numbers
        shown = [column.encode(one) for column, one in zip(self.pictures, pixels, strict=True)]
        return np.concatenate([np.ascontiguousarray(numbers, "<f4").view(np.uint8), *shown], axis=1)

    def _numbers(self, table: Table, rows: Numpy) -> tuple[Numpy, Numpy, tuple[Skipped, ...]]:
        """The columns but pictures, the rows' places, and those with a value that cannot be read: found by halving."""
        try:
            parts = [column.encode(table.part(column.name, rows)) for column in self.plain]
            return np.concatenate([np.zeros((len(rows), 0), np.float32), *parts], axis=1), rows, ()
        except DataError as error:
            if len(rows) == 1:
                width = sum(column.width for column in self.plain)
                skipped = Skipped(table.called(rows[0]), str(error), int(rows[0]))
                return np.zeros((0, width), np.float32), rows[:0], (skipped,)
        halves = [self._numbers(table, half) for half in np.array_split(rows, 2)]
        encoded, kept = (np.concatenate([half[place] for half in halves]) for place in (0, 1))
        return encoded, kept, halves[0][2] + halves[1][2]

    def _named(self) -> str:
        names = [column.name for column in self.columns]
        return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")


@dataclass(frozen=True, eq=False)
class DecodedTable(Decoded):
    """A table with what each of its columns is."""

    table: Table
    kinds: Mapping[str, Guess]
    kept: Numpy
    memory: Memory
    skipped: tuple[Skipped, ...] = ()
    pictures: Mapping[str, DecodedPictures] = field(default_factory=dict)

    def fit(self, training: Numpy) -> tuple[Encoder, Rows]:
        """Each column's recipe fitted on the training rows."""
        shown = [
            PictureColumn(name, fit_pictures(one.size, select(one.pixels, training), one.one_size))
            for name, one in self.pictures.items()
        ]
        encoder = fit_table(self.table, self.kinds, training, shown)
        pixels = [one.pixels for one in self.pictures.values()]
        encoded, _, skipped = encoder.encode_rows(self.table, np.arange(len(self.table)), pixels, self.memory)
        for one in skipped:
            one.complain()
        return encoder, encoded


def decode_table(inputs: Table, memory: Memory = UNLIMITED) -> DecodedTable:
    """The pictures that columns name; the kinds of columns were guessed when the table was read, or are now."""
    kinds = inputs.kinds or guess_kinds(inputs)
    pictured = [name for name, guess in kinds.items() if guess.kind == "picture"]
    if not pictured:
        return DecodedTable(inputs, kinds, np.arange(len(inputs)), memory)
    found = {name: decode_pictures(inputs.pictures(name), memory) for name in pictured}
    kept, skipped = readable_rows(inputs, [(one.kept, one.skipped) for one in found.values()])
    shown = {
        name: replace(one, pixels=select(one.pixels, np.flatnonzero(np.isin(one.kept, kept))))
        for name, one in found.items()
    }
    return DecodedTable(inputs.subset(kept), kinds, kept, memory, skipped, shown)


def readable_rows(
    table: Table, found: Sequence[tuple[Numpy, tuple[Skipped, ...]]]
) -> tuple[Numpy, tuple[Skipped, ...]]:
    """The rows whose pictures can all be read, and the others, each once.

    Args:
        table: whose columns name pictures.
        found: for each column the rows that can be read, and those that cannot.
    """
    lacking = {one.row: one for _, skipped in found for one in skipped}
    return np.setdiff1d(np.arange(len(table)), list(lacking)), tuple(lacking[row] for row in sorted(lacking))


def fit_table(
    table: Table, kinds: Mapping[str, Guess], training: Numpy, pictures: Sequence[PictureColumn] = ()
) -> TableEncoder:
    """The encoder with what was found in these rows, and the columns of pictures that are fitted already.

    Raises:
        DataError: no column is left to learn from.
    """
    columns: list[Column] = []
    for name, guess in kinds.items():
        values = table.part(name, training)
        column = fit_column(name, values, guess, len(training))
        if column is not None:
            columns.append(column)
    if not columns and not pictures:
        raise DataError(
            "no column is left to learn from: each is constant, an ID or too varied. --kinds NAME=KIND keeps one"
        )
    columns.sort(key=lambda column: isinstance(column, TokensColumn))  # tokens stand last: see networks/tables.py
    columns += pictures
    used = {column.name for column in columns}
    identifier = next((name for name, guess in kinds.items() if guess.kind == "id"), "")
    return TableEncoder(tuple(columns), tuple(name for name in kinds if name not in used), identifier)


def fit_column(name: str, values: Numpy, guess: Guess, rows: int) -> Column | None:
    """One column's recipe; None where it is left out."""
    if guess.kind == "number":
        numbers = guess.number_form.read(values, name)
        return fit_number(name, numbers, bins_for(rows), guess.number_form)
    if guess.kind == "category":
        return fit_category(name, values, 1 if rows < 200 else 3)
    if guess.kind == "date":
        return fit_date(name, values, guess.date_form)
    if guess.kind == "text":
        words = np.mean([len(words_of(text)) for text in texts_of(values[:2000])])
        return fit_tokens(name, values) if words > LONG_TEXT else fit_words(name, values, max(3, rows // 200))
    return None


def bins_for(rows: int) -> int:
    """Quantile bins a number: few where there is little to place them by."""
    return int(np.clip(rows // 100, 0, 32)) if rows >= 400 else 0
