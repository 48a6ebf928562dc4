"""Tables whose rows a model shall answer for: files, data frames and rows of values, matched by the columns' names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.file_tables import read_any_table
from lamina.data.inputs import Numbers
from lamina.data.number_encoder import NumberEncoder, parse_number
from lamina.data.series import Windows
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.series_reading import last_window
from lamina.data.table import Table, is_numeric, join_tables, texts_of
from lamina.data.table_encoder import TableEncoder
from lamina.data.table_reading import ReadTable, TableForm, read_table_file, table_from_frame
from lamina.data.table_target import named_by_kind
from lamina.errors import DataError


def number_files(paths: list[Path], encoder: NumberEncoder, form: TableForm) -> Numbers:
    """The model's columns of one or more tables, all of them numbers.

    Raises:
        DataError: a column that is not there, a value that is missing or no number; names the line.
    """
    form = replace(form, columns=encoder.columns)
    return number_rows([(str(path), read_table_file(path, form).table) for path in paths], encoder)


def number_rows(tables: Sequence[tuple[str, Table]], encoder: NumberEncoder) -> Numbers:
    """The same of tables that were read, each with the name of its file."""
    values = [_numbers(path, table, encoder.columns) for path, table in tables]
    names = tuple(f"{path}, {name}" for path, table in tables for name in table.names)
    return Numbers(np.concatenate(values), encoder.columns, names)


def _numbers(path: str, table: Table, columns: tuple[str, ...]) -> Numpy:
    """(rows, columns), float64."""
    lacking = [name for name in columns if name not in table.columns]
    if lacking:
        raise DataError(
            f"{path}: the model needs the columns {', '.join(columns)}; there is no {lacking[0]} among "
            f"{', '.join(list(table.columns)[:20])}"
        )
    return np.stack([_column(path, table, name) for name in columns], axis=1)


def _column(path: str, table: Table, name: str) -> Numpy:
    values = table.columns[name]
    if is_numeric(values) and np.isfinite(values).all():
        return values
    numbers = np.zeros(len(values))
    for row, text in enumerate(texts_of(values)):
        try:
            numbers[row] = parse_number(text, name)
        except DataError as error:
            raise DataError(f"{path}, {table.names[row]}: {error}") from None
    return numbers


def table_files(paths: list[Path], encoder: TableEncoder, form: TableForm) -> Table:
    """The rows of one or more tables, each named by its line, or by its ID where the training table had IDs."""
    form = replace(form, columns=tuple(column.name for column in encoder.columns))
    tables = [read_any_table(path, form) if encoder.pictures else read_table_file(path, form) for path in paths]
    return table_rows(list(zip(map(str, paths), tables, strict=True)), encoder)


def table_rows(tables: Sequence[tuple[str, ReadTable]], encoder: TableEncoder) -> Table:
    """The same of tables that were read, each with the name of its file."""
    for path, found in tables:
        for skipped in found.skipped:
            raise DataError(f"{path}, {skipped.name}: {skipped.reason}")
    several = len(tables) > 1
    return join_tables(
        [
            _named_rows(_named_columns(one.table, encoder), encoder, f"{path}, " if several else "")
            for path, one in tables
        ]
    )


def table_values(source: Any, encoder: TableEncoder) -> Table:
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


def series_files(paths: list[Path], encoder: SeriesEncoder, form: TableForm) -> Windows:
    """The end of the one series that is to go on."""
    if len(paths) != 1:
        raise DataError(f"a forecast goes on from one series; got {len(paths)} files")
    return series_end(str(paths[0]), read_table_file(paths[0], form), encoder)


def series_end(path: str, found: ReadTable, encoder: SeriesEncoder) -> Windows:
    """The same of a table that was read, with the name of its file."""
    for skipped in found.skipped:
        raise DataError(f"{path}, {skipped.name}: {skipped.reason}")
    return last_window(found.table, path, encoder)


def series_values(source: Any, encoder: SeriesEncoder) -> Windows:
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
