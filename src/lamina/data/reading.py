"""What a person says about how a source is to be read; everything else is found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from lamina.data.table import Table
from lamina.data.table_reading import TableForm
from lamina.errors import SettingError


@dataclass(frozen=True)
class Reading:
    """How a source is read; None is found out.

    Args:
        target: the column to predict.
        task: classification or regression, where the target leaves it open; recommendation, clustering or
            reconstruction.
        user, item: the columns of a recommendation.
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
    user: str | None = None
    item: str | None = None

    @property
    def form(self) -> TableForm:
        """How a table file is written."""
        return TableForm(self.delimiter, self.encoding, self.header, self.skip_bad_rows)


READING_OPTIONS = frozenset(field.name for field in fields(Reading))

UNLABELLED = ("clustering", "reconstruction")
"""Tasks that need no target."""


def ratings_reading(reading: Reading, table: Table) -> Reading:
    """A recommendation as what it is: a number to predict from two categories, all other columns left out.

    Raises:
        SettingError: the columns are not named.
    """
    if reading.user is None or reading.item is None or reading.target is None:
        raise SettingError(
            "--task recommendation needs --user, --item and --target; the columns are "
            f"{', '.join(list(table.columns)[:20])}"
        )
    kinds = {name: "drop" for name in table.columns if name != reading.target}
    for name in (reading.user, reading.item):
        table.column(name)
        kinds[name] = "category"
    return replace(reading, task="regression", kinds={**kinds, **(reading.kinds or {})})
