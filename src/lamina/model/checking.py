"""What is in a source, what is wrong with it, and what would be learnt: all that can be said before training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.column_kinds import NAMED_KINDS
from lamina.data.dataset import Dataset, fields_of
from lamina.data.number_forms import shown
from lamina.data.table import USED_KINDS, Table, is_numeric, missing, texts_of
from lamina.model.preparation import GUESSING, Choices, Guess, Prepared, prepare
from lamina.model.summary import network_table
from lamina.tasks.several import known_rows

MOST_SHOWN = 4
WIDEST_NAME = 30


@dataclass(frozen=True)
class ColumnFacts:
    """One column: its kind, whether it is used, how many values are missing, and what is in it."""

    name: str
    kind: str
    used: bool
    missing: int
    holds: str


@dataclass(frozen=True)
class Check:
    """What was found in a source.

    Args:
        source: its name.
        examples: that can be used.
        predicting: the target and its values, in words.
        guessing: the measure and what is reached on the test part without a network.
        without_network: how that is reached.
        parts: training, validation and test examples.
        columns: of a table.
        notes: what was assumed, left out, or looks wrong.
        skipped: examples that cannot be used, with the reason.
        network: the default network's layers, a line each.

    Example:
        >>> import lamina
        >>> lamina.check("iris").parts
        {'training': 108, 'validation': 12, 'test': 30}
    """

    source: str
    examples: int
    predicting: str
    guessing: str
    parts: dict[str, int]
    columns: tuple[ColumnFacts, ...]
    notes: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    network: tuple[str, ...]
    without_network: str = GUESSING

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Everything as a person reads it."""
        parts = ", ".join(f"{count:,} {name}" for name, count in self.parts.items())
        lines = [f"{self.source}: {self.examples:,} examples ({parts})", f"predicting {self.predicting}"]
        lines += [f"{self.without_network}: {self.guessing}"]
        if self.columns:
            lines += ["", *_column_lines(self.columns)]
        lines += ["", *(f"- {note}" for note in self.notes)] if self.notes else []
        lines += [f"- left out {name}: {reason}" for name, reason in self.skipped]
        return [*lines, "", *self.network]


def check(source: Any, choices: Choices | None = None) -> Check:
    """Read, split and prepare a source as training would, and tell what was found.

    Raises:
        DataError: a source that cannot be read or learnt from.

    Example:
        >>> import lamina
        >>> lamina.check("iris").examples
        150
    """
    prepared = prepare(source, choices or Choices())
    dataset, split = prepared.dataset, prepared.split
    parts = {"training": len(split.train), "validation": len(split.validation), "test": len(split.test)}
    skipped = tuple((item.name, item.reason) for item in dataset.skipped)
    network = tuple(network_table(prepared.network, prepared.encoder.input_shape))
    guesses = prepared.guesses()
    words = [guess.words for guess in guesses.values()]
    return Check(
        dataset.name, len(dataset), describe_target(prepared), _guessing(guesses), parts,
        column_facts(dataset), prepared.notes, skipped, network, words[0] if words else GUESSING,
    )  # fmt: skip


def describe_target(prepared: Prepared) -> str:
    """The target with how often each class comes, or the range of its numbers."""
    if prepared.dataset.task:
        return prepared.task.describe()
    fields = fields_of(prepared.dataset.targets)
    return "; ".join(_values(name or prepared.task.target, values) for name, values in fields.items())


def _values(name: str, values: Numpy) -> str:
    values = values[known_rows(values)]
    if values.dtype.kind in "US":
        return f"{name}, {_commonest(values)}"
    return f"{name}, numbers from {shown(float(values.min()))} to {shown(float(values.max()))}"


def column_facts(dataset: Dataset) -> tuple[ColumnFacts, ...]:
    """What is in each column of a table; nothing for other sources."""
    table = dataset.inputs
    if not isinstance(table, Table):
        return ()
    return tuple(_facts(table, name, values) for name, values in table.columns.items())


def _facts(table: Table, name: str, values: Numpy) -> ColumnFacts:
    kind = table.kinds[name].kind
    used = kind in (*USED_KINDS, *NAMED_KINDS)
    return ColumnFacts(name, kind, used, int(missing(values).sum()), _holds(values))


def _holds(values: Numpy) -> str:
    there = values[~missing(values)]
    if len(there) == 0:
        return "nothing"
    if is_numeric(values):
        middle = f", mean {there.mean():.4g}" if len(np.unique(there)) > 2 else ""
        return f"{shown(float(there.min()))} to {shown(float(there.max()))}{middle}"
    return _commonest(np.array(texts_of(there)))


def _commonest(values: Numpy) -> str:
    names, counts = np.unique(values, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MOST_SHOWN]
    if counts[order[0]] == 1:
        return f"{len(names):,} values, each once, such as {names[0][:40]!r}"
    told = ", ".join(f"{names[place][:40]} ({counts[place]:,})" for place in order)
    return f"{len(names):,} values: {told}{', ...' if len(names) > len(order) else ''}"


def _guessing(guesses: Mapping[str, Guess]) -> str:
    if not guesses:
        return "not known, since no example is left for the test part"
    shares = {name: name.endswith("error") and "absolute" not in name for name in guesses}
    told = {name: f"{100 * one.value:.2f} %" if shares[name] else f"{one.value:.4g}" for name, one in guesses.items()}
    return ", ".join(f"{name} {value}" for name, value in told.items())


def _column_lines(columns: tuple[ColumnFacts, ...]) -> list[str]:
    width = min(WIDEST_NAME, max(6, *(len(column.name) for column in columns)))
    lines = [f"{'column':{width}}  kind      used  missing  holds"]
    for column in columns:
        name, used = column.name[:width], "yes" if column.used else "no"
        lines.append(f"{name:{width}}  {column.kind:8}  {used:4}  {column.missing or '':>7}  {column.holds}")
    return lines
