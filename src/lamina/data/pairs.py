"""Pairs of texts: a sentence and its translation, a question and its answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import TRANSLATION, Dataset
from lamina.data.inputs import Inputs, Skipped
from lamina.data.table import Table, is_numeric, texts_of
from lamina.data.table_reading import ReadTable, TableForm, is_table, read_table_file
from lamina.data.texts import as_list, lines_of, texts_from_list
from lamina.data.tokenizer import tidy
from lamina.errors import DataError

SOURCE, TARGET = "source", "target"
SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")
LONGEST_GROUP = 200
"""So many characters tell whether two sources are the same."""


@dataclass(frozen=True, eq=False)
class Pairs(Inputs):
    """Sources and their targets.

    Args:
        sources: the texts that are given.
        targets: the texts that are to be answered with, "" where they are asked for.
        names: "line 7".
        column: what the sources are called.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    names: tuple[str, ...]
    column: str = SOURCE

    def __len__(self) -> int:
        return len(self.sources)

    def subset(self, rows: Numpy) -> Pairs:
        """The pairs at these places."""
        places = np.asarray(rows).tolist()
        sources, targets, names = (
            tuple(texts[row] for row in places) for texts in (self.sources, self.targets, self.names)
        )
        return Pairs(sources, targets, names, self.column)

    def hashes(self) -> list[bytes]:
        """SHA-256 of each pair in UTF-8."""
        pairs = zip(self.sources, self.targets, strict=True)
        return [hashlib.sha256("\x00".join(pair).encode("utf-8", "surrogatepass")).digest() for pair in pairs]

    def references(self) -> dict[str, list[str]]:
        """Every source once, with all of its targets, in their order."""
        found: dict[str, list[str]] = {}
        for source, target in zip(self.sources, self.targets, strict=True):
            found.setdefault(source, []).append(target)
        return found


def questions(texts: Sequence[str], names: tuple[str, ...] = ()) -> Pairs:
    """Sources whose targets are asked for.

    Raises:
        DataError: something that is no string; names its place.
    """
    plain = texts_from_list(texts, names)
    return Pairs(plain.texts, ("",) * len(plain), plain.names)


def questions_from_file(path: Path, column: str) -> Pairs:
    """Sources whose targets are asked for: a column of a table, or the lines of a text.

    Args:
        path: a table with a column of that name, with one column, or without a line of names; or a text.
        column: what the sources are called; of a table without a line of names the first is taken.

    Raises:
        DataError: a file that cannot be read, without a text in it, or without that column.
    """
    if is_table(path):
        table = read_table_file(path, TableForm(columns=(column,))).table
        if column not in table.columns and not table.header:
            column = next(iter(table.columns))
        return questions(texts_of(table.column(column)), tuple(table.names))
    lines = lines_of(path)
    if not lines.texts:
        raise DataError(f"{path} has no text: a sentence on each line is needed")
    return questions(lines.texts, lines.names)


def pairs_from_lists(given: Sequence[Any]) -> Dataset:
    """A Dataset of pairs from a pair of lists: sources and targets.

    Raises:
        DataError: not two lists of strings of the same length.
    """
    if len(given) != 2:
        raise DataError(f"pairs of texts are given as (sources, targets); got {len(given)} things")
    sources, targets = (
        texts_from_list(as_list(texts, "pairs of texts need lists of strings")).texts for texts in given
    )
    if len(sources) != len(targets):
        raise DataError(f"each source needs its target; got {len(sources):,} sources and {len(targets):,} targets")
    names = tuple(f"pair {place + 1}" for place in range(len(sources)))
    return pairs_dataset(Pairs(sources, targets, names), "model", TARGET)


def read_pairs_file(path: Path, form: TableForm) -> ReadTable:
    """A table file; a first line of sentences is a pair and no line of names.

    Raises:
        DataError: a file that is no table; names the line.
    """
    found = read_table_file(path, form)
    sentences = found.table.header and any(name.endswith(SENTENCE_ENDS) for name in found.table.columns)
    return read_table_file(path, replace(form, header=False)) if sentences and form.header is None else found


def pairs_from_table(found: ReadTable, name: str, target: str | None) -> Dataset:
    """A Dataset of pairs from the rows of a table.

    Args:
        found: the table; the first column of texts that is not the target is the source.
        name: of the Dataset.
        target: the column to answer with; the second one of texts where none is named.

    Raises:
        DataError: fewer than two columns, no such target.
    """
    table = found.table
    columns = [column for column, values in table.columns.items() if not is_numeric(values)]
    target = target or (columns[1] if len(columns) > 1 else "")
    source = next((column for column in columns if column != target), "")
    if not (target and source):
        raise DataError(
            f"{name} has too few columns of texts ({', '.join(columns) or 'none'}); pairs need two: what is given, and "
            f"what is answered"
        )
    answers = texts_of(table.column(target))
    inputs = Pairs(tuple(texts_of(table.column(source))), tuple(answers), tuple(table.names), source)
    return pairs_dataset(inputs, name, target, (*found.notes, *_told(table, source, target)), found.skipped)


def pairs_dataset(
    inputs: Pairs, name: str, target: str, notes: tuple[str, ...] = (), skipped: tuple[Skipped, ...] = ()
) -> Dataset:
    """A Dataset of pairs: equal sources are one group, whatever the case of their letters."""
    groups = np.array([" ".join(tidy(source).casefold().split())[:LONGEST_GROUP] for source in inputs.sources])
    found = Dataset(
        name, inputs, np.full(len(inputs), ""), target, None, notes, skipped, task=TRANSLATION,
        groups=groups, group=f"text of {inputs.column}",
    )  # fmt: skip
    return found.without(_one_sided(inputs, target))


def _one_sided(inputs: Pairs, target: str) -> tuple[Skipped, ...]:
    """The pairs that lack a side."""
    sides = ((inputs.column, inputs.sources), (target, inputs.targets))
    return tuple(
        Skipped(name, f"it has no {column}", row)
        for row, name in enumerate(inputs.names)
        for column, texts in sides
        if not texts[row].strip() and (column == inputs.column or inputs.sources[row].strip())
    )


def _told(table: Table, source: str, target: str) -> list[str]:
    others = [column for column in table.columns if column not in (source, target)]
    told = [f"{target} is learnt as the answer to {source} (--target names another column)"]
    if table.header:
        told.append("the first line is taken for names of columns (--no-header takes it for a pair)")
    if others:
        told.append(f"other columns are left out: {', '.join(others[:5])}{', ...' if others[5:] else ''}")
    return told
