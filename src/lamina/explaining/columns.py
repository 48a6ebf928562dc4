"""Where the columns of rows and tables stand in an encoded example."""

from __future__ import annotations

from dataclasses import dataclass

from lamina.data.columns import NumberColumn
from lamina.data.encoders import Encoder
from lamina.data.number_encoder import NumberEncoder
from lamina.data.table_encoder import TableEncoder


@dataclass(frozen=True)
class EncodedColumn:
    """A column's numbers in an encoded row.

    Args:
        name: of the column.
        start, width: where its numbers stand.
        mean, scale: of a column of numbers, which is encoded as (x - mean) / scale; a scale of 0 for other columns.
    """

    name: str
    start: int
    width: int
    mean: float = 0.0
    scale: float = 0.0


def encoded_columns(encoder: Encoder) -> list[EncodedColumn]:
    """The columns in their order; none for what is no row and no table, or holds pictures too.

    Example:
        >>> encoded_columns(NumberEncoder(("length",), (2.0,), (0.5,)))[0].name
        'length'
    """
    if isinstance(encoder, NumberEncoder):
        fitted = zip(encoder.columns, encoder.means, encoder.scales, strict=True)
        return [EncodedColumn(name, place, 1, mean, scale) for place, (name, mean, scale) in enumerate(fitted)]
    if not isinstance(encoder, TableEncoder) or encoder.pictures:
        return []
    found, start = [], 0
    for column in encoder.plain:
        fitted_numbers = (column.mean, column.scale) if isinstance(column, NumberColumn) else (0.0, 0.0)
        found.append(EncodedColumn(column.name, start, column.width, *fitted_numbers))
        start += column.width
    return found
