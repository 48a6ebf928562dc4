"""The examples that a model is measured on: those that it was not trained on, where that can be told."""

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
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.read import read
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.split import IN_TIME, OWN_PARTS, Split, split
from lamina.data.store import select
from lamina.data.table import Table
from lamina.data.table_encoder import TableEncoder
from lamina.errors import DataError
from lamina.model.model import Model
from lamina.model.preparation import targets_of
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


@dataclass(frozen=True, eq=False)
class Examples:
    """Examples whose answers are known, raw and as the network takes them.

    Args:
        dataset: the examples.
        encoded: the same as the model's encoder gives them.
        targets: their answers as the task takes them.
        whole: all that the source holds and that could be read; `dataset` is a part of it or all of it.
        skipped: examples that could not be read.
        notes: what must be known about figures on these examples.
    """

    dataset: Dataset
    encoded: Rows
    targets: Numpy
    whole: Dataset
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.targets)

    def evenly(self, most: int) -> Examples:
        """At most so many of them, spread over all."""
        if len(self) <= most:
            return self
        rows = spread(len(self), most)
        return replace(self, dataset=self.dataset.subset(rows), encoded=select(self.encoded, rows),
                       targets=self.targets[rows])  # fmt: skip


def held_out_examples(model: Model, source: Any, **reading: Any) -> Examples:
    """What a model is measured on: the test part of a source that has one, or of the data of the training; else all.

    Raises:
        DataError: a source that cannot be read, holds no example, or is of another kind than the model's.

    Example:
        >>> import lamina
        >>> model = lamina.fit("iris", "mlp", epochs=1)
        >>> len(held_out_examples(model, "iris"))
        30
    """
    dataset = source if isinstance(source, Dataset) else _read_as_trained(model, source, reading)
    found = _test_part(model, dataset)
    notes = (*found.notes, *model.encoder.notes(found.dataset.inputs, model.task.target))
    found = replace(found, notes=notes, targets=_targets(model, found.dataset, found.encoded))
    if len(found) == 0:
        raise DataError(f"{found.dataset.name} has no examples to evaluate on")
    _require_same_kind(model, found.dataset)
    return found


def training_examples(model: Model, whole: Dataset, most: int) -> Examples | None:
    """Examples that the model was trained on, evenly chosen; None where it cannot be told which those are.

    Args:
        model: a trained model.
        whole: the data of its training, as `Examples.whole` has it.
        most: how many are taken.
    """
    rows = _training_rows(model, whole)
    if rows is None or not len(rows):
        return None
    dataset = whole.subset(rows[spread(len(rows), most)])
    encoded, _, skipped = model.encoder.encode_within(dataset.inputs, memory_from(None))
    dataset = dataset.without(skipped)
    return Examples(dataset, encoded, _targets(model, dataset, encoded), whole, skipped)


def spread(count: int, most: int) -> Numpy:
    """Places of at most so many of `count` things, evenly over all of them.

    Example:
        >>> spread(10, 4).tolist(), spread(3, 4).tolist()
        ([0, 3, 6, 9], [0, 1, 2])
    """
    return np.linspace(0, count - 1, min(count, most)).round().astype(np.int64)


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


def _targets(model: Model, dataset: Dataset, encoded: Rows) -> Numpy:
    """Raw targets; where the input is the target, as the network sees it."""
    if not isinstance(model.task, Reconstruction | Language | Translation):
        return dataset.targets
    return targets_of(replace(dataset, task=UNLABELLED[type(model.task)]), model.encoder, np.asarray(encoded[:]))


def _test_part(model: Model, dataset: Dataset) -> Examples:
    """What is measured: a source's own test part; of the data of training, what was the test part then."""
    whole, own = dataset, dataset.parts is not None and bool((dataset.parts == "test").any())
    if own and model.record.split in (OWN_PARTS, IN_TIME):
        dataset, own = _own_part(dataset), False
    encoded, _, skipped = model.encoder.encode_within(dataset.inputs, memory_from(None))
    dataset.require_few_skipped(skipped)
    part = whole is not dataset
    dataset, skipped = dataset.without(skipped), (*dataset.skipped, *skipped)
    every = Examples(dataset, encoded, dataset.targets, whole if part else dataset, skipped)
    if dataset.fingerprint == model.record.fingerprint:
        drawn = _drawn_again(model, dataset)
        if drawn is None:
            return replace(every, notes=(_flattering(model),))
        tested = replace(dataset.subset(drawn.test), name=f"{dataset.name} (the part that the model was tested on)")
        return replace(every, dataset=tested, encoded=select(encoded, drawn.test))
    if own:
        rows = np.flatnonzero(np.asarray(dataset.parts) == "test")
        return replace(every, dataset=_own_part(dataset), encoded=select(encoded, rows))
    return every


def _training_rows(model: Model, whole: Dataset) -> Numpy | None:
    """The places of what was learnt from; a validation part that was drawn from a source's own training part counts."""
    if whole.fingerprint != model.record.fingerprint:
        return None
    if model.record.split in (OWN_PARTS, IN_TIME) and whole.parts is not None:
        return np.flatnonzero(np.asarray(whole.parts) == "train")
    drawn = _drawn_again(model, whole)
    return None if drawn is None else drawn.train


def _own_part(dataset: Dataset) -> Dataset:
    part = dataset.subset(np.flatnonzero(np.asarray(dataset.parts) == "test"))
    return replace(part, name=f"{dataset.name} (its test part)")


def _drawn_again(model: Model, dataset: Dataset) -> Split | None:
    """The parts of the model's own data, drawn again; None where they cannot be drawn the same."""
    record = model.record
    drawn = DRAWN.search(record.split)
    if not drawn or not record.test:
        return None
    parts = split(dataset, record.settings.seed, int(drawn[1]) / 100)
    sizes = (len(parts.train), len(parts.validation), len(parts.test))
    same = parts.description == record.split and sizes == (record.training, record.validation, record.test)
    return parts if same else None


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
