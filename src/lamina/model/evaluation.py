"""How good a model is on examples whose answers are known."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lamina.arrays import Numpy, Rows
from lamina.data.dataset import (
    CLUSTERING,
    GENERATION,
    LANGUAGE,
    PLAYING,
    RECONSTRUCTION,
    TRANSLATION,
    Dataset,
    fields_of,
)  # fmt: skip
from lamina.data.encoders import Encoder
from lamina.data.inputs import Skipped
from lamina.data.memory import memory_from
from lamina.data.pairs import Pairs
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.read import read
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.split import IN_TIME, OWN_PARTS, split
from lamina.data.store import select
from lamina.data.table import Table
from lamina.data.table_encoder import TableEncoder
from lamina.errors import DataError
from lamina.model.model import Model
from lamina.model.playing import shares
from lamina.model.preparation import targets_of
from lamina.model.translating import bleu_of
from lamina.tasks.base import Task
from lamina.tasks.clustering import Clustering
from lamina.tasks.generation import Generation
from lamina.tasks.language import Language
from lamina.tasks.playing import Playing
from lamina.tasks.reconstruction import Reconstruction
from lamina.tasks.similarity import Similarity
from lamina.tasks.translation import Translation

UNLABELLED: dict[type[Task], str] = {
    Generation: GENERATION, Clustering: CLUSTERING, Reconstruction: RECONSTRUCTION, Language: LANGUAGE,
    Playing: PLAYING, Translation: TRANSLATION,
}  # fmt: skip
"""Tasks without targets, and how a source is read for them."""
DRAWN = re.compile(r"/(\d+), seed")
"""The share of the test part, in percent, in the words of a split that was drawn."""


@dataclass(frozen=True)
class Evaluation:
    """The figures of a model on a source.

    Args:
        source: the source's name, with the part that was used.
        examples: how many were evaluated.
        loss: the task's loss, averaged.
        metrics: every metric of the task: plain numbers and lists; of several targets under "targets", by name.
        skipped: examples that could not be read.
        notes: what must be known about the figures.
    """

    source: str
    examples: int
    loss: float
    metrics: dict[str, Any]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:
        """The loss or a metric by its name."""
        return self.loss if name == "loss" else self.metrics[name]

    @property
    def numbers(self) -> dict[str, float]:
        """The metrics that are single numbers; of several targets each with its target's name in front."""
        of_targets = {
            f"{target} {name}": value
            for target, metrics in self.metrics.get("targets", {}).items()
            for name, value in metrics.items()
        }
        return {name: value for name, value in (self.metrics | of_targets).items() if isinstance(value, float)}

    def to_json(self) -> dict[str, Any]:
        """All figures as plain data."""
        skipped = [{"name": item.name, "reason": item.reason} for item in self.skipped]
        return {
            "source": self.source, "examples": self.examples, "loss": self.loss, **self.metrics, "skipped": skipped,
            "notes": list(self.notes),
        }  # fmt: skip

    def __str__(self) -> str:
        told = "  ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in self.numbers.items())
        return f"{self.source}, {self.examples:,} examples: loss {self.loss:.4f}  {told}"


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Examples that a model is measured on.

    Args:
        dataset: the source, or the part of it that is taken.
        encoded: its inputs, as the model's encoder gives them.
        targets: the raw answers.
        skipped: examples that could not be read.
        notes: what must be known about figures on them.
    """

    dataset: Dataset
    encoded: Rows
    targets: Numpy
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]


def evaluate(model: Model, source: Any, **reading: Any) -> Evaluation:
    """Loss and metrics, on what the model was not trained on.

    A source with a test part of its own is evaluated on that part; the data of training on what the test part was.
    """
    from lamina.training.loop import average
    from lamina.training.outputs import to_device
    from lamina.training.step import Objective

    found = held_out(model, source, **reading)
    outputs = model.outputs(found.encoded)
    loss, _ = model.task.objective()
    mean_loss = average(Objective(loss), outputs, to_device(model.task.encode(found.targets)))["loss"]
    metrics = model.task.metrics(outputs, found.targets)
    if isinstance(found.dataset.inputs, Pairs):
        metrics |= bleu_of(model, found.dataset.inputs)
    if isinstance(model.task, Playing):
        metrics |= shares(model)
    return Evaluation(found.dataset.name, len(found.targets), mean_loss, metrics, found.skipped, found.notes)


def held_out(model: Model, source: Any, **reading: Any) -> HeldOut:
    """The examples of a source that the model was not trained on, as far as that can be told, and their answers.

    Raises:
        DataError: no examples, or answers of another kind than the model's.
    """
    dataset = source if isinstance(source, Dataset) else _read_as_trained(model, source, reading)
    dataset, encoded, skipped, notes = _test_part(model, dataset)
    notes = (*notes, *model.encoder.notes(dataset.inputs, model.task.target))
    targets = dataset.targets
    if isinstance(model.task, Reconstruction | Language | Translation):
        unlabelled = replace(dataset, task=UNLABELLED[type(model.task)])
        targets = targets_of(unlabelled, model.encoder, np.asarray(encoded[:]))
    if len(targets) == 0:
        raise DataError(f"{dataset.name} has no examples to evaluate on")
    _require_same_kind(model, dataset)
    return HeldOut(dataset, encoded, targets, skipped, notes)


def _read_as_trained(model: Model, source: Any, reading: dict[str, Any]) -> Dataset:
    """The source; where it is the one of training and nothing else is said, with the parts that it had then."""
    said = {name: value for name, value in reading.items() if value is not None}
    dataset = _read_for(model, source, said)
    then = dict(model.record.reading)
    if then and dataset.name == model.record.source and not said.keys() & {"names", "group", "test_where"}:
        return _read_for(model, source, {**then, **said})
    return dataset


def _read_for(model: Model, source: Any, said: dict[str, Any]) -> Dataset:
    """The source read with the model's own target, where it is a table, and for what the model has learnt."""
    if isinstance(model.encoder, SeriesEncoder):
        return _read_series(model.encoder, model.record.test, source, said)
    if type(model.task) in UNLABELLED:
        return read(source, **{"task": UNLABELLED[type(model.task)], **said})
    if not isinstance(model.encoder, TableEncoder | PictureEncoder | SoundEncoder):
        return read(source, **said)
    return _pictures_of(model.encoder, _read_table(model, source, said))


def _pictures_of(encoder: Encoder, found: Dataset) -> Dataset:
    """For a model of pictures those that the one such column of a table names."""
    table = found.inputs
    if not isinstance(encoder, PictureEncoder) or not isinstance(table, Table) or len(table.pictured) != 1:
        return found
    return replace(found, inputs=table.pictures(table.pictured[0]))


def _read_table(model: Model, source: Any, said: dict[str, Any]) -> Dataset:
    """A source read for the model's targets, each as the classes or the numbers that it has learnt."""
    task = ",".join(
        "classification" if hasattr(one, "classes") or isinstance(one, Similarity) else "regression"
        for one in model.task.targets
    )
    return read(source, **{"target": model.task.target, "task": task, **said})


def _read_series(encoder: SeriesEncoder, tested: int, source: Any, said: dict[str, Any]) -> Dataset:
    """The windows that the model takes, with as many steps in the test part as in training."""
    kinds = dict.fromkeys(encoder.columns, "number") | ({encoder.date: "date"} if encoder.date else {})
    return read(
        source, task="forecasting", target=",".join(encoder.columns[: encoder.targets]), kinds=kinds,
        horizon=encoder.horizon, window=encoder.steps, test_steps=tested + encoder.horizon - 1 if tested else None,
        **said,
    )  # fmt: skip


def _test_part(model: Model, dataset: Dataset) -> tuple[Dataset, Rows, tuple[Skipped, ...], tuple[str, ...]]:
    """What is measured: a source's own test part; of the data of training, what was the test part then.

    Gives the dataset, its encoded inputs, what could not be read, and what must be known about the figures.
    """
    own = dataset.parts is not None and bool((dataset.parts == "test").any())
    if own and model.record.split in (OWN_PARTS, IN_TIME):
        dataset, own = _own_part(dataset), False
    encoded, _, skipped = model.encoder.encode_within(dataset.inputs, memory_from(None))
    dataset.require_few_skipped(skipped)
    dataset, skipped = dataset.without(skipped), (*dataset.skipped, *skipped)
    if dataset.fingerprint == model.record.fingerprint:
        rows = _rows_of_test(model, dataset)
        if rows is None:
            return dataset, encoded, skipped, (_flattering(model),)
        tested = replace(dataset.subset(rows), name=f"{dataset.name} (the part that the model was tested on)")
        return tested, select(encoded, rows), skipped, ()
    if own:
        return _own_part(dataset), select(encoded, np.flatnonzero(np.asarray(dataset.parts) == "test")), skipped, ()
    return dataset, encoded, skipped, ()


def _own_part(dataset: Dataset) -> Dataset:
    part = dataset.subset(np.flatnonzero(np.asarray(dataset.parts) == "test"))
    return replace(part, name=f"{dataset.name} (its test part)")


def _rows_of_test(model: Model, dataset: Dataset) -> Numpy | None:
    """The test part of the model's own data, drawn again; None where it cannot be drawn the same."""
    record = model.record
    drawn = DRAWN.search(record.split)
    if not drawn or not record.test:
        return None
    parts = split(dataset, record.settings.seed, int(drawn[1]) / 100)
    sizes = (len(parts.train), len(parts.validation), len(parts.test))
    same = parts.description == record.split and sizes == (record.training, record.validation, record.test)
    return parts.test if same else None


def _flattering(model: Model) -> str:
    record = model.record
    known = "".join(f"; its {one.name} on the {record.test:,} others is {one.value:.4f}" for one in record.results[:2])
    return f"the model was trained on {record.training:,} of these examples, so that the figures flatter{known}"


def _require_same_kind(model: Model, dataset: Dataset) -> None:
    if type(model.task) in UNLABELLED or isinstance(model.task, Similarity):
        return
    fields = fields_of(dataset.targets)
    tasks = model.task.targets
    if len(fields) + len(tasks) > 2 and list(fields) != [task.target for task in tasks]:
        raise DataError(f"the model predicts {model.task.target}; {dataset.name} was read for {dataset.target}")
    for task, values in zip(tasks, fields.values(), strict=True):
        classes = values.dtype.kind in "US"
        if classes != hasattr(task, "classes"):
            kinds = ("class names", "numbers")
            raise DataError(
                f"the model predicts {task.target}, {kinds[classes]}; the {dataset.target} of {dataset.name} are "
                f"{kinds[not classes]}. Evaluate it on data of the kind it was trained on."
            )
