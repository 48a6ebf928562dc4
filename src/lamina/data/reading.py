"""What a person says about how a source is to be read; everything else is found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from lamina.data.series_reading import Forecast
from lamina.data.table_reading import TableForm
from lamina.errors import SettingError


@dataclass(frozen=True)
class Reading:
    """How a source is read; None is found out.

    Args:
        target: the column to predict.
        task: classification or regression, where the target leaves it open; or forecasting.
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
