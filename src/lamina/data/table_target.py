"""What is to be learnt from a table: the target column, whether it names classes or numbers, and the columns left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lamina.arrays import Numpy
from lamina.data.column_kinds import NAMED_KINDS, guess_kind, guess_kinds
from lamina.data.dataset import Dataset
from lamina.data.inputs import Inputs
from lamina.data.number_forms import PLAIN, NumberForm
from lamina.data.table import USED_KINDS, Guess, Table, is_numeric, missing, texts_of
from lamina.data.table_checks import leak_notes
from lamina.data.table_reading import ReadTable
from lamina.errors import DataError, SettingError

USUAL_TARGETS = ("target", "label", "class", "y")
SCALES = re.compile(r"rating|star|score|grade|mark|level|rank|count|number|age|year|quantity|qty|size|quality", re.I)
TASKS = ("classification", "regression")
MOST_CODES = 20
UNANSWERED_SHARE = 0.2


def dataset_from_table(
    found: ReadTable,
    name: str,
    target: str | None,
    task: str | None,
    kinds: Mapping[str, str] | None,
    group: str | None = None,
) -> Dataset:
    """A Dataset whose inputs are all columns but the target, and the group where there is one.

    Raises:
        DataError: no such target, or too many rows without one.
        SettingError: a task that the target cannot be.
    """
    table, notes = named_by_kind(found.table), list(found.notes)
    chosen = target_names(table, target or usual_target(table, name))
    table, answers, told = answers_of(table, chosen, task)
    notes += told
    inputs, target = table.without(*chosen), ",".join(chosen)
    if group is not None:
        inputs.column(group)
        kinds = {**(kinds or {}), group: "group"}
    if not inputs.columns:
        raise DataError(f"{name} has the column {target} alone: nothing to predict it from")
    unknown = sorted((kinds or {}).keys() - inputs.columns.keys())
    if unknown:
        raise SettingError(f"--kinds names {unknown[0]}, which is no input column; those are {_listed(inputs)}")
    guesses = guess_kinds(inputs, kinds)
    inputs = replace(inputs, kinds=guesses)
    refuse_infinite(inputs)
    notes += kind_notes(guesses)
    groups, called = group_rows(inputs)
    for one, targets in answers.items():
        known = np.flatnonzero(targets != "" if targets.dtype.kind == "U" else ~np.isnan(targets))
        looked_at = inputs if len(known) == len(inputs) else inputs.subset(known)
        notes += [note for note in leak_notes(looked_at, targets[known], one) if note not in notes]
    return Dataset(
        name, files_alone(inputs), side_by_side(answers), target, notes=tuple(notes), skipped=found.skipped,
        groups=groups, group=called,
    )  # fmt: skip


def files_alone(table: Table) -> Inputs:
    """The pictures or sounds of a table that has nothing else to learn from; any other table as it is."""
    used = [name for name, guess in table.kinds.items() if guess.kind in (*USED_KINDS, *NAMED_KINDS)]
    if len(used) == 1 and table.kinds[used[0]].kind == "sound":
        return table.sounds(used[0])
    return table.pictures(used[0]) if len(used) == 1 and table.pictured else table


def target_names(table: Table, target: str) -> list[str]:
    """The columns that a target names: one of that name, or several with commas between them.

    Raises:
        DataError: there is no such column.
        SettingError: one is named twice.
    """
    names = [target] if target in table.columns else [name.strip() for name in target.split(",")]
    for name in names:
        table.column(name)
    if len(set(names)) < len(names):
        raise SettingError(f"--target names a column more than once: {target}")
    return names


def answers_of(table: Table, names: list[str], task: str | None) -> tuple[Table, dict[str, Numpy], list[str]]:
    """The rows that have a target, each target's values there (NaN or "" where one of several is missing), and notes.

    Raises:
        DataError: more than a fifth of the rows lack a target, or one is infinite.
        SettingError: a task that a target cannot be, or not one for each of them.
    """
    tasks = [task] * len(names) if task is None or "," not in task else [one.strip() for one in task.split(",")]
    if len(tasks) != len(names):
        raise SettingError(f"--task names {len(tasks)} tasks for {len(names)} targets: give one, or one for each")
    notes, found, rows = [], {}, np.zeros(len(table), bool)
    for name, wanted in zip(names, tasks, strict=True):
        values = table.column(name)
        settled, form, why = settle_task(name, values, wanted)
        kept, told = answered(values, table, name, form)
        rows[kept] = True
        lacking = np.isin(np.arange(len(table)), kept, invert=True)
        known = _class_names(values) if settled == "classification" else form.read(values, name)
        found[name] = np.where(lacking, "" if settled == "classification" else np.nan, known)
        if len(names) > 1:
            told = [note.replace("left out", "not learnt from for it") for note in told]
        notes += [*told, *why]
    if len(names) > 1 and not rows.all():
        count = int((~rows).sum())
        words = "row has none of the targets and is" if count == 1 else "rows have none of the targets and are"
        notes.append(f"{count:,} {words} left out")
    return table.subset(np.flatnonzero(rows)), {name: values[rows] for name, values in found.items()}, notes


def side_by_side(answers: Mapping[str, Numpy]) -> Numpy:
    """One target's values as they are; several as fields of one array of records."""
    if len(answers) == 1:
        return next(iter(answers.values()))
    records = np.zeros(len(next(iter(answers.values()))), [(name, values.dtype) for name, values in answers.items()])
    for name, values in answers.items():
        records[name] = values
    return records


def unlabelled_table(
    found: ReadTable, name: str, task: str, target: str | None, kinds: Mapping[str, str] | None
) -> Dataset:
    """A Dataset without targets; a target that is named is kept out of the inputs, and compared with in the end."""
    table = named_by_kind(found.table)
    targets = np.full(len(table), "") if target is None else _class_names(table.column(target))
    inputs = table if target is None else table.without(target)
    guesses = guess_kinds(inputs, kinds)
    notes = (*found.notes, *kind_notes(guesses))
    shown = files_alone(replace(inputs, kinds=guesses))
    return Dataset(name, shown, targets, target or task, None, notes, found.skipped, task=task)


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
    return table.renamed({name: names.get(name, name) for name in table.columns})


def answered(answers: Numpy, table: Table, target: str, form: NumberForm = PLAIN) -> tuple[Numpy, list[str]]:
    """The rows that have a target, and what is said of the others.

    Raises:
        DataError: more than a fifth has none, or one is infinite.
    """
    lacking = missing(answers)
    if is_numeric(answers):
        _refuse_infinite(answers, table, target)
    else:
        lacking |= np.isin(np.array(texts_of(answers)), ["", *form.absent])
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


def settle_task(target: str, answers: Numpy, task: str | None) -> tuple[str, NumberForm, list[str]]:
    """Classification or regression, how the numbers are written, and why.

    Raises:
        SettingError: an unknown task, or numbers asked for where there are none.
    """
    if task not in (None, *TASKS):
        raise SettingError(f"--task for this table is one of {', '.join(TASKS)}; got {task!r}")
    if is_numeric(answers):
        return (task, PLAIN, []) if task else _task_of_numbers(target, answers[~np.isnan(answers)])
    guess = guess_kind(target, answers)
    if task == "regression" and guess.kind != "number":
        such = next((text for text in texts_of(answers) if text), "")
        raise SettingError(f"--task regression needs numbers; {target} holds texts such as {such!r}")
    if task == "classification" or guess.kind != "number":
        return "classification", PLAIN, []
    return "regression", guess.number_form, [f"{target}: {guess.reason}"] if guess.reason else []


def _task_of_numbers(target: str, answers: Numpy) -> tuple[str, NumberForm, list[str]]:
    """Whole numbers may be classes or points on a scale: whatever is taken is said."""
    values = np.unique(answers)
    whole = bool((values == np.round(values)).all())
    if not whole or len(values) > MOST_CODES:
        return "regression", PLAIN, []
    told = f"{target} has {len(values)} whole numbers from {values[0]:g} to {values[-1]:g}, taken for"
    in_a_row = values[0] in (0, 1) and len(values) == values[-1] - values[0] + 1
    if len(values) == 2 or (in_a_row and len(values) <= 10 and not SCALES.search(target)):
        return "classification", PLAIN, [f"{told} classes (--task regression predicts numbers)"]
    return "regression", PLAIN, [f"{told} a scale (--task classification predicts classes)"]


def kind_notes(guesses: Mapping[str, Guess]) -> list[str]:
    """What is said of each column that was guessed at."""
    return [f"{name}: {guess.kind}: {guess.reason}" for name, guess in guesses.items() if guess.reason]


def refuse_infinite(inputs: Table) -> None:
    """Raise a DataError where a column of numbers holds an infinite one; names its row."""
    for name, values in inputs.columns.items():
        if is_numeric(values) and inputs.kinds[name].kind == "number":
            _refuse_infinite(values, inputs, name)


def group_rows(inputs: Table) -> tuple[Numpy | None, str]:
    """The texts of the column of the kind group, and its name; rows without one stand alone.

    Raises:
        SettingError: more than one column of that kind.
    """
    names = [name for name, guess in inputs.kinds.items() if guess.kind == "group"]
    if len(names) > 1:
        raise SettingError(f"--kinds names {len(names)} columns as groups; rows can be kept together by one of them")
    if not names:
        return None, ""
    texts = texts_of(inputs.columns[names[0]])
    return np.array([text or f"(none in {name})" for text, name in zip(texts, inputs.names, strict=True)]), names[0]


def _refuse_infinite(values: Numpy, table: Table, name: str) -> None:
    places = np.flatnonzero(np.isinf(values))
    if len(places):
        raise DataError(
            f"{table.called(int(places[0]))} has an infinite number in {name}: write a finite one or leave it empty"
        )


def _class_names(answers: Numpy) -> Numpy:
    return np.array(texts_of(answers))


def _listed(table: Table) -> str:
    names = list(table.columns)
    return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
