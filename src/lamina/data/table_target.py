"""What is to be learnt from a table: the target column, whether it names classes or numbers, and the columns left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lamina.arrays import Numpy
from lamina.data.column_kinds import guess_kind, guess_kinds
from lamina.data.dataset import Dataset
from lamina.data.table import Guess, Table, is_numeric, missing, texts_of
from lamina.data.table_checks import leak_notes
from lamina.data.table_reading import ReadTable
from lamina.errors import DataError, SettingError

USUAL_TARGETS = ("target", "label", "class", "y")
SCALES = re.compile(r"rating|star|score|grade|mark|level|rank|count|number|age|year|quantity|qty|size|quality", re.I)
TASKS = ("classification", "regression")
MOST_CODES = 20
UNANSWERED_SHARE = 0.2


def dataset_from_table(
    found: ReadTable, name: str, target: str | None, task: str | None, kinds: Mapping[str, str] | None
) -> Dataset:
    """A Dataset whose inputs are all columns but the target.

    Raises:
        DataError: no such target, or too many rows without one.
        SettingError: a task that the target cannot be.
    """
    table, notes = named_by_kind(found.table), list(found.notes)
    target = target or usual_target(table, name)
    answers = table.column(target)
    kept, told = answered(answers, table, target)
    notes += told
    table, answers = table.subset(kept), answers[kept]
    task, why = settle_task(target, answers, task)
    notes += why
    inputs = table.without(target)
    if not inputs.columns:
        raise DataError(f"{name} has the column {target} alone: nothing to predict it from")
    unknown = sorted((kinds or {}).keys() - inputs.columns.keys())
    if unknown:
        raise SettingError(f"--kinds names {unknown[0]}, which is no input column; those are {_listed(inputs)}")
    guesses = guess_kinds(inputs, kinds)
    inputs = replace(inputs, kinds=guesses)
    targets = _class_names(answers) if task == "classification" else _numbers(answers, target)
    notes += kind_notes(guesses)
    notes += leak_notes(inputs, targets, target)
    return Dataset(name, inputs, targets, target, notes=tuple(notes), skipped=found.skipped)


def usual_target(table: Table, name: str) -> str:
    """The column whose name says that it is the target.

    Raises:
        DataError: there is none, or more than one.
    """
    found = [column for column in table.columns if column.lower() in USUAL_TARGETS]
    if len(found) == 1:
        return found[0]
    raise DataError(f"{name}: which column shall be predicted? Give --target COLUMN; the columns are {_listed(table)}")


def named_by_kind(table: Table) -> Table:
    """A table without a line of names: its one text column is called text, its one category label."""
    if table.header:
        return table
    kinds = {name: guess_kind(name, values).kind for name, values in table.columns.items()}
    names = {}
    for kind, called in (("text", "text"), ("category", "label")):
        of_kind = [name for name, found in kinds.items() if found == kind]
        if len(of_kind) == 1:
            names[of_kind[0]] = called
    columns = {names.get(name, name): values for name, values in table.columns.items()}
    return replace(table, columns=columns, marks=table.records)


def answered(answers: Numpy, table: Table, target: str) -> tuple[Numpy, list[str]]:
    """The rows that have a target, and what is said of the others.

    Raises:
        DataError: more than a fifth has none.
    """
    lacking = missing(answers)
    if not is_numeric(answers):
        lacking |= np.array([not text for text in texts_of(answers)])
    count = int(lacking.sum())
    if count > UNANSWERED_SHARE * len(answers):
        raise DataError(
            f"{count:,} of {len(answers):,} rows have no {target}, more than {UNANSWERED_SHARE:.0%}: fill them in or "
            f"remove those rows"
        )
    if not count:
        return np.arange(len(answers)), []
    names = ", ".join(table.names[row] for row in np.flatnonzero(lacking)[:5].tolist())
    told = (
        f"{count:,} {'row has' if count == 1 else 'rows have'} no {target} and {'is' if count == 1 else 'are'} left out"
    )
    return np.flatnonzero(~lacking), [f"{told} ({names}{', ...' if count > 5 else ''})"]


def settle_task(target: str, answers: Numpy, task: str | None) -> tuple[str, list[str]]:
    """Classification or regression, and why.

    Raises:
        SettingError: an unknown task, or numbers asked for where there are none.
    """
    if task is not None:
        if task not in TASKS:
            raise SettingError(f"--task for this table is one of {', '.join(TASKS)}; got {task!r}")
        if task == "regression" and not is_numeric(answers) and guess_kind(target, answers).kind != "number":
            raise SettingError(f"--task regression needs numbers; {target} holds texts such as {answers[0]!r}")
        return task, []
    if not is_numeric(answers):
        guess = guess_kind(target, answers)
        return ("regression", [f"{target}: {guess.reason}"]) if guess.kind == "number" else ("classification", [])
    return _task_of_numbers(target, answers)


def _task_of_numbers(target: str, answers: Numpy) -> tuple[str, list[str]]:
    """Whole numbers may be classes or points on a scale: whatever is taken is said."""
    values = np.unique(answers)
    whole = bool((values == np.round(values)).all())
    if not whole or len(values) > MOST_CODES:
        return "regression", []
    told = f"{target} has {len(values)} whole numbers from {values[0]:g} to {values[-1]:g}, taken for"
    in_a_row = values[0] in (0, 1) and len(values) == values[-1] - values[0] + 1
    if len(values) == 2 or (in_a_row and len(values) <= 10 and not SCALES.search(target)):
        return "classification", [f"{told} classes (--task regression predicts numbers)"]
    return "regression", [f"{told} a scale (--task classification predicts classes)"]


def kind_notes(guesses: Mapping[str, Guess]) -> list[str]:
    """What is said of each column that was guessed at."""
    return [f"{name}: {guess.kind}: {guess.reason}" for name, guess in guesses.items() if guess.reason]


def _class_names(answers: Numpy) -> Numpy:
    return np.array(texts_of(answers))


def _numbers(answers: Numpy, target: str) -> Numpy:
    return guess_kind(target, answers).number_form.read(answers, target).astype(np.float64)


def _listed(table: Table) -> str:
    names = list(table.columns)
    return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
