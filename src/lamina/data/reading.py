"""What a person says about how a source is to be read; everything else is found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from lamina.data.names import Naming
from lamina.data.series_reading import Forecast
from lamina.data.table import Table
from lamina.data.table_reading import TableForm
from lamina.errors import SettingError


@dataclass(frozen=True)
class Reading:
    """How a source is read; None is found out.

    Args:
        target: the column to predict.
        task: classification or regression, where the target leaves it open; forecasting, recommendation,
            translation, clustering, reconstruction or generation.
        names: what the names of files tell, such as "{class}_{speaker}_{take}".
        group: a field of the names, or a column: examples that share it are kept on one side of a drawn split.
        test_where: which files are the test part, such as "take<5" or "speaker=theo,lucas".
        memory: how much examples may take; a larger table is read in parts and kept on disk.
        user, item: the columns of a recommendation.
        kinds: what columns are: number, category, text, date, id, constant or drop, by name.
        delimiter, encoding, header, skip_bad_rows: how a table file is written.
        horizon, test_steps, window: of a forecast: how many steps are predicted, how many of the last ones are the
            test part, and how many are seen; the first makes a table a series.
    """

    target: str | None = None
    task: str | None = None
    kinds: Mapping[str, str] | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header: bool | None = None
    skip_bad_rows: bool = False
    horizon: int | None = None
    test_steps: int | None = None
    window: int | None = None
    names: str | None = None
    group: str | None = None
    test_where: str | None = None
    memory: str | int | None = None
    user: str | None = None
    item: str | None = None

    @property
    def naming(self) -> Naming:
        """What the names of files tell."""
        return Naming(self.names, self.group, self.test_where)

    @property
    def parts(self) -> dict[str, str]:
        """What was said of parts and groups, by option."""
        said = {name: getattr(self, name) for name in ("names", "group", "test_where")}
        return {name: value for name, value in said.items() if value is not None}

    @property
    def form(self) -> TableForm:
        """How a table file is written."""
        return TableForm(self.delimiter, self.encoding, self.header, self.skip_bad_rows)

    @property
    def forecast(self) -> Forecast | None:
        """What is to be predicted of a series; None where the rows of a table are examples of their own.

        Raises:
            SettingError: options of a forecast for another task.
        """
        asked = [name for name in ("horizon", "test_steps", "window") if getattr(self, name) is not None]
        if self.task == "forecasting" or (self.task is None and self.horizon is not None):
            horizon = 1 if self.horizon is None else self.horizon
            return Forecast(self.target, horizon, self.test_steps, self.window, self.kinds)
        if asked:
            option = asked[0].replace("_", "-")
            raise SettingError(f"--{option} is for a series: give --task forecasting, or --horizon and no other task")
        return None


READING_OPTIONS = frozenset(field.name for field in fields(Reading))


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
