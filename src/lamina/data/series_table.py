"""From a table to a series: the dates found by content, sorted, put on a regular grid; what is missing is filled.

Nothing looks ahead: a missing value takes the one before it, since a value between its neighbors would know the next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.data.column_kinds import guess_as, guess_kind
from lamina.data.dates import find_date_form, read_dates, write_date
from lamina.data.series import Series
from lamina.data.table import Guess, Table, is_numeric, missing, texts_of
from lamina.data.time_steps import TimeStep, find_grid
from lamina.errors import DataError, SettingError

MOST_MISSING = 0.5
YEARS = (1000, 2500)
SHOWN = 3
DAY_OR_MONTH_FIRST = {"%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"}


@dataclass(frozen=True)
class Dates:
    """The column of dates, how it is written, and what is to be said of that; "" where there is none."""

    name: str = ""
    form: str = ""
    words: str = ""


@dataclass(frozen=True)
class Rows:
    """Rows of numbers in the order of time, NaN where one is missing, each with a moment and a name."""

    values: Numpy
    seconds: Numpy
    names: tuple[str, ...]


def series_from_table(
    table: Table, target: str | None, kinds: Mapping[str, str], step: TimeStep | None = None
) -> tuple[Series, list[str]]:
    """The series in a table, and what was assumed.

    Args:
        table: as it was read.
        target: the column to predict, or several with commas between them; None where there is only one.
        kinds: what columns are, by name: "date" names the dates, "drop" leaves a column out.
        step: that the dates must follow; None finds one.

    Raises:
        DataError: no such target, dates that come twice or follow another step, columns that hold no numbers.
    """
    dates = find_dates(table, kinds)
    columns, targets, notes = number_columns(table, target, dates.name, kinds)
    names, values = tuple(columns), np.stack(list(columns.values()), axis=1)
    if not dates.name:
        values, told = filled(values, names, table.names)
        alone = "there is no column of dates: the rows are taken for steps of equal length, in their order"
        return Series(values, names, targets), [alone, *notes, *told]
    rows, sorting = in_order(table, values, dates)
    rows, step, fitting = on_grid(rows, dates, step)
    values, told = filled(rows.values, names, rows.names)
    seconds = rows.seconds[len(rows.seconds) - len(values) :]
    found = Series(values, names, targets, seconds, step, dates.name, dates.form)
    said = [f"{dates.name}: {dates.words}"] if dates.words else []
    return found, [*said, *notes, *sorting, *fitting, *told]


def find_dates(table: Table, kinds: Mapping[str, str]) -> Dates:
    """The column that a person calls a date; else the first of dates, or of years that rise row by row."""
    for name, kind in kinds.items():
        if kind == "date":
            guess_as(name, table.column(name), kind)
            return _dates(name, table.column(name))
    for name, values in table.columns.items():
        if name not in kinds and not is_numeric(values):
            guess = guess_kind(name, values)
            if guess.kind == "date":
                return _dates(name, values)
    for name, values in table.columns.items():
        if name not in kinds and _are_years(values):
            return Dates(name, "%Y")
    return Dates()


def number_columns(
    table: Table, target: str | None, date: str, kinds: Mapping[str, str]
) -> tuple[dict[str, Numpy], int, list[str]]:
    """The columns of numbers by name, the targets first; how many those are; and what was left out."""
    guesses = {
        name: guess_as(name, values, kinds[name]) if name in kinds else guess_kind(name, values)
        for name, values in table.columns.items()
        if name != date
    }
    numeric = {name: guess for name, guess in guesses.items() if _is_number(table, name, guess)}
    targets = _targets(table, target, list(numeric), date)
    for name in targets:
        if name not in numeric:
            raise DataError(f"a forecast needs numbers; {name} holds {_example(table, name)}")
    others = [name for name in numeric if name not in targets and guesses[name].kind == "number"]
    columns = {name: numeric[name].number_form.read(table.columns[name], name) for name in [*targets, *others]}
    left = [name for name in guesses if name not in columns]
    notes = [f"further columns of numbers are seen beside the target: {', '.join(others[:5])}"] if others else []
    notes += [f"left out of the series, no numbers that change: {', '.join(left[:5])}"] if left else []
    return columns, len(targets), notes


def in_order(table: Table, values: Numpy, dates: Dates) -> tuple[Rows, list[str]]:
    """The rows sorted by time.

    Raises:
        DataError: a row without a date, or two with the same.
    """
    column = table.columns[dates.name]
    if is_numeric(column):
        column = np.array([None if value != value else f"{value:.0f}" for value in column.tolist()], object)
    seconds = read_dates(column, dates.form, dates.name)
    lacking = np.flatnonzero(np.isnan(seconds))
    if len(lacking):
        raise DataError(f"{table.names[lacking[0]]} has no {dates.name}: fill it in or leave the row out")
    order = np.argsort(seconds, kind="stable")
    seconds = seconds[order]
    twice = np.flatnonzero(np.diff(seconds) == 0)
    if len(twice):
        first, second = (table.names[order[twice[0] + more]] for more in (0, 1))
        raise DataError(
            f"{write_date(float(seconds[twice[0]]), dates.form)} comes more than once in {dates.name} ({first} and "
            f"{second}; {len(twice):,} such rows): a series needs one row for each date. Add them up or leave some out"
        )
    notes = [] if (np.diff(order) > 0).all() else [f"the rows are not in the order of {dates.name}; they are sorted"]
    names = tuple(write_date(second, dates.form) for second in seconds.tolist())
    return Rows(values[order], seconds, names), notes


def on_grid(rows: Rows, dates: Dates, step: TimeStep | None) -> tuple[Rows, TimeStep | None, list[str]]:
    """The rows with an empty one for each date that is left out, and the step.

    Raises:
        DataError: dates that do not follow the step that they must follow.
    """
    grid = find_grid(rows.seconds, step)
    if grid is None and step is not None:
        raise DataError(f"{dates.name} must go on {step.words()}, as in training; here it does not")
    if grid is None:
        told = f"{dates.name} follows no step: each row is taken for one step, and forecasts get no dates"
        return rows, None, [told]
    count = int(grid.places[-1]) + 1
    gaps = np.setdiff1d(np.arange(count), grid.places)
    notes = [f"{dates.name} goes on {grid.step.words()}, from {rows.names[0]} to {rows.names[-1]}"]
    if not len(gaps):
        return rows, grid.step, notes
    values = np.full((count, rows.values.shape[1]), np.nan)
    values[grid.places] = rows.values
    seconds = np.empty(count)
    seconds[grid.places] = rows.seconds
    seconds[gaps] = [grid.step.after(float(rows.seconds[0]), place) for place in gaps.tolist()]
    names = tuple(write_date(second, dates.form) for second in seconds.tolist())
    notes.append(f"{dates.name} leaves out {len(gaps):,} dates ({_few([names[gap] for gap in gaps.tolist()])})")
    return Rows(values, seconds, names), grid.step, notes


def filled(values: Numpy, columns: tuple[str, ...], names: Sequence[str]) -> tuple[Numpy, list[str]]:
    """Each missing value as the one before it; rows before all columns have one are left out.

    Raises:
        DataError: a column of which more than half is missing.
    """
    lacking = np.isnan(values)
    for column, share in zip(columns, lacking.mean(axis=0).tolist(), strict=True):
        if share > MOST_MISSING:
            raise DataError(f"{column} is missing in {share:.0%} of the steps: too many to go on from")
    notes = []
    for column, bad in zip(columns, lacking.T, strict=True):
        if bad.any():
            where = _few([names[row] for row in np.flatnonzero(bad).tolist()])
            notes.append(f"{int(bad.sum()):,} missing values of {column} take the one before them ({where})")
    last = np.maximum.accumulate(np.where(lacking, -1, np.arange(len(values))[:, None]), axis=0)
    begin = int(np.argmax((last >= 0).all(axis=1)))
    if begin:
        notes.append(f"the first {begin:,} rows are left out: there is no value before them")
    return np.take_along_axis(values, last[begin:], axis=0), notes


def _targets(table: Table, wanted: str | None, numeric: list[str], date: str) -> list[str]:
    """The columns to predict: by their names, whatever the case; the only one of numbers where none is named."""
    if wanted is None:
        if len(numeric) == 1:
            return numeric
        raise DataError(f"which column shall be predicted? Give --target COLUMN; of numbers are {', '.join(numeric)}")
    names = [wanted] if wanted in table.columns else [name.strip() for name in wanted.split(",")]
    found = []
    for name in names:
        alike = [column for column in table.columns if column.lower() == name.lower()]
        found.append(alike[0] if name not in table.columns and len(alike) == 1 else name)
        table.column(found[-1])
    if date in found or len(set(found)) < len(found):
        raise SettingError(f"--target needs different columns of numbers; got {wanted!r}")
    return found


def _is_number(table: Table, name: str, guess: Guess) -> bool:
    """Whether a column can be a series; one that looks like codes or an ID can where a person names it."""
    if guess.kind == "number":
        return True
    return is_numeric(table.columns[name]) and guess.kind != "drop" and not bool(missing(table.columns[name]).all())


def _dates(name: str, values: Numpy) -> Dates:
    """How dates are written; where day and month may have changed places, the form in which they follow a step."""
    forms = [form for form in find_date_form([text for text in texts_of(values) if text]) or ("%Y",) if form]
    if len(forms) == 1 or not {*forms} & DAY_OR_MONTH_FIRST:
        return Dates(name, forms[0])
    even = [form for form in forms if _follow_a_step(read_dates(values, form, name))]
    form = even[0] if even else forms[0]
    first = "day" if form.startswith("%d") else "month"
    other = "month" if first == "day" else "day"
    return Dates(name, form, f"the {first} is taken to stand first; the dates could be read with the {other} first too")


def _follow_a_step(seconds: Numpy) -> bool:
    return find_grid(np.unique(seconds[~np.isnan(seconds)])) is not None


def _are_years(values: Numpy) -> bool:
    if not is_numeric(values) or len(values) < 3 or missing(values).any():
        return False
    whole = bool((values == np.round(values)).all())
    return whole and YEARS[0] <= values.min() and values.max() <= YEARS[1] and bool((np.diff(values) == 1).all())


def _example(table: Table, name: str) -> str:
    there = [value for value in table.columns[name].tolist() if value is not None and value == value]
    return repr(there[0])[:60] if there else "nothing"


def _few(names: list[str]) -> str:
    return re.sub(r"[\x00-\x1f]", " ", ", ".join(names[:SHOWN])) + (", ..." if len(names) > SHOWN else "")
