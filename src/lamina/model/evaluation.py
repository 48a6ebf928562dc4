"""How good a model is on examples whose answers are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lamina.data.dataset import Dataset
from lamina.data.inputs import Skipped
from lamina.data.memory import memory_from
from lamina.data.read import read
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.split import IN_TIME, OWN_PARTS
from lamina.data.table_encoder import TableEncoder
from lamina.errors import DataError
from lamina.model.model import Model
from lamina.model.preparation import targets_of
from lamina.tasks.base import Task
from lamina.tasks.clustering import Clustering
from lamina.tasks.language import Language
from lamina.tasks.reconstruction import Reconstruction

UNLABELLED: dict[type[Task], str] = {Clustering: "clustering", Reconstruction: "reconstruction", Language: "language"}
"""Tasks without targets, and how a source is read for them."""


@dataclass(frozen=True)
class Evaluation:
    """The figures of a model on a source.

    Args:
        source: the source's name, with the part that was used.
        examples: how many were evaluated.
        loss: the task's loss, averaged.
        metrics: every metric of the task: plain numbers and lists.
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

    def to_json(self) -> dict[str, Any]:
        """All figures as plain data."""
        skipped = [{"name": item.name, "reason": item.reason} for item in self.skipped]
        return {
            "source": self.source, "examples": self.examples, "loss": self.loss, **self.metrics, "skipped": skipped,
            "notes": list(self.notes),
        }  # fmt: skip

    def __str__(self) -> str:
        numbers = {name: value for name, value in self.metrics.items() if isinstance(value, float)}
        told = "  ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in numbers.items())
        return f"{self.source}, {self.examples:,} examples: loss {self.loss:.4f}  {told}"


def evaluate(model: Model, source: Any, **reading: Any) -> Evaluation:
    """Loss and metrics; a source with a test part of its own is evaluated on that part."""
    from lamina.training.loop import average
    from lamina.training.outputs import to_device
    from lamina.training.step import Objective

    dataset = source if isinstance(source, Dataset) else _read_for(model, source, reading)
    notes = _notes(model, dataset)
    dataset, name = _test_part(dataset)
    encoded, kept, skipped = model.encoder.encode_within(dataset.inputs, memory_from(None))
    notes = (*notes, *model.encoder.notes(dataset.inputs, model.task.target))
    dataset.require_few_skipped(skipped)
    targets = dataset.targets[kept]
    if isinstance(model.task, Reconstruction | Language):
        unlabelled = replace(dataset, task=UNLABELLED[type(model.task)])
        targets = targets_of(unlabelled, model.encoder, np.asarray(encoded[:]))
    if len(targets) == 0:
        raise DataError(f"{dataset.name} has no examples to evaluate on")
    _require_same_kind(model, dataset)
    outputs = model.outputs(encoded)
    loss, _ = model.task.objective()
    found = average(Objective(loss), outputs, to_device(model.task.encode(targets)))["loss"]
    metrics = model.task.metrics(outputs, targets)
    return Evaluation(name, len(targets), found, metrics, (*dataset.skipped, *skipped), notes)


def _read_for(model: Model, source: Any, reading: dict[str, Any]) -> Dataset:
    """The source read with the model's own target, where it is a table, and for what the model has learnt."""
    said = {name: value for name, value in reading.items() if value is not None}
    if isinstance(model.encoder, SeriesEncoder):
        return _read_series(model.encoder, model.record.test, source)
    if type(model.task) in UNLABELLED:
        return read(source, **{"task": UNLABELLED[type(model.task)], **said})
    if not isinstance(model.encoder, TableEncoder):
        return read(source, **said)
    task = "classification" if hasattr(model.task, "classes") else "regression"
    return read(source, **{"target": model.task.target, "task": task, **said})


def _read_series(encoder: SeriesEncoder, tested: int, source: Any) -> Dataset:
    """The windows that the model takes, with as many steps in the test part as in training."""
    kinds = dict.fromkeys(encoder.columns, "number") | ({encoder.date: "date"} if encoder.date else {})
    return read(
        source, task="forecasting", target=",".join(encoder.columns[: encoder.targets]), kinds=kinds,
        horizon=encoder.horizon, window=encoder.steps, test_steps=tested + encoder.horizon - 1 if tested else None,
    )  # fmt: skip


def _notes(model: Model, dataset: Dataset) -> tuple[str, ...]:
    """A model flatters on what it was trained on; where the source has no test part of its own, that must be said."""
    record = model.record
    if dataset.fingerprint != record.fingerprint or record.split in (OWN_PARTS, IN_TIME):
        return ()
    known = "".join(f"; its {one.name} on the {record.test:,} others is {one.value:.4f}" for one in record.results[:2])
    return (f"the model was trained on {record.training:,} of these examples, so that the figures flatter{known}",)


def _test_part(dataset: Dataset) -> tuple[Dataset, str]:
    if dataset.parts is None or not (dataset.parts == "test").any():
        return dataset, dataset.name
    return dataset.subset(np.flatnonzero(dataset.parts == "test")), f"{dataset.name} (its test part)"


def _require_same_kind(model: Model, dataset: Dataset) -> None:
    if type(model.task) in UNLABELLED:
        return
    classes = dataset.targets.dtype.kind in "US"
    if classes != hasattr(model.task, "classes"):
        kinds = ("class names", "numbers")
        raise DataError(
            f"the model predicts {model.task.target}, {kinds[classes]}; the {dataset.target} of {dataset.name} are "
            f"{kinds[not classes]}. Evaluate it on data of the kind it was trained on."
        )
