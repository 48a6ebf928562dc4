"""What a person says about how a source is to be read; everything else is found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from lamina.data.table_reading import TableForm


@dataclass(frozen=True)
class Reading:
    """How a source is read; None is found out.

    Args:
        target: the column to predict.
        task: classification or regression, where the target leaves it open.
        kinds: what columns are: number, category, text, date, id, constant or drop, by name.
        delimiter, encoding, header, skip_bad_rows: how a table file is written.
    """

    target: str | None = None
    task: str | None = None
    kinds: Mapping[str, str] | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header: bool | None = None
    skip_bad_rows: bool = False

    @property
    def form(self) -> TableForm:
        """How a table file is written."""
        return TableForm(self.delimiter, self.encoding, self.header, self.skip_bad_rows)


READING_OPTIONS = frozenset(field.name for field in fields(Reading))
