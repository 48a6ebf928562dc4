"""From a source to everything that a run needs: encoder, task, network, settings, and arrays split in three parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from lamina.arrays import Numpy, Rows
from lamina.data.dataset import CLUSTERING, GENERATION, LANGUAGE, PLAYING, Dataset, fields_of
from lamina.data.encoders import Encoder
from lamina.data.fitting import decode_inputs
from lamina.data.memory import UNLIMITED, Memory, memory_from
from lamina.data.pair_encoder import PairEncoder
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.read import read
from lamina.data.series import Windows
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.split import Split, split, split_without_test
from lamina.errors import DataError, SettingError
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential, redundant_pairs
from lamina.layers.ensemble import Ensemble
from lamina.model.defaults import choose_network, choose_settings, named_network, photo_notes, with_own_rate
from lamina.model.generating import dataset_for, encoder_for, generation_task
from lamina.model.grouping import half_of, require_groups
from lamina.model.model import Model, check_outputs
from lamina.model.playing import playing_task, require_self_play
from lamina.model.pretraining import pretrained
from lamina.model.transfer import beginning_from, decode_for, network_from, transfer_note
from lamina.networks import RULES
from lamina.tasks.base import Task
from lamina.tasks.classification import Classification
from lamina.tasks.forecasting import Forecasting
from lamina.tasks.generation import Generation
from lamina.tasks.language import Language
from lamina.tasks.playing import Playing
from lamina.tasks.reconstruction import Reconstruction
from lamina.tasks.regression import Regression
from lamina.tasks.several import Several, known_rows, measure_name, with_members
from lamina.tasks.similarity import LOSSES as SIMILARITY_LOSSES
from lamina.tasks.similarity import Similarity
from lamina.tasks.translation import Translation
from lamina.training.outputs import to_device
from lamina.training.settings import Settings
from lamina.training.transfer import Beginning

ClassWeights = Mapping[str, float] | Literal["balanced"] | None


@dataclass(frozen=True)
class Choices:
    """What the user decides about a run; None leaves it to the data.

    Args:
        network: layers, the name of a known design, or layers in words.
        settings: of the training, by name; the others take the defaults for this data.
        loss: by name.
        label_smoothing: share of the certainty spread over all classes.
        test_share: 0.2 redraws an 80/20 split even where the source has parts of its own.
        class_weights: "balanced", or a weight by class name.
        sample_weights: a weight for each example of the source.
        members: how many networks are trained together and answer as one.
        groups: of a clustering; None takes as many as fit best.
        base: a trained model to go on from.
        memory: how much examples may take, such as "2GB"; None for half of what is free.
        validation_share: of examples whose test part is kept elsewhere, the share that is watched, 0 for none; None
            draws a test part too.
        classes: all that there may be, where the examples need not have each of them.
    """

    network: Layer | str | None = None
    settings: Mapping[str, Any] | None = None
    loss: str | None = None
    label_smoothing: float = 0.0
    test_share: float | None = None
    class_weights: ClassWeights = None
    sample_weights: Numpy | None = None
    members: int = 1
    groups: int | None = None
    base: Model | None = None
    memory: str | int | None = None
    validation_share: float | None = None
    classes: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.network, Layer | str | None):
            needs = 'a layer, such as Sequential(Dense(3)), the name of a design, or layers in words, such as "64 relu"'
            raise SettingError(f"network needs {needs}; got {self.network!r}")
        if type(self.members) is not int or self.members < 1:
            raise SettingError(f"seeds must be a whole number from 1; got {self.members!r}")


EMBEDDING = 32
"""Numbers of an embedding, where nobody says."""
IN_MEMORY = "for {} all examples are kept in memory, since they are its targets too; --memory changes nothing"
GUESSING = "guessing without looking at the inputs"


@dataclass(frozen=True)
class Guess:
    """The task's measure on the test part that is reached without a network, and how."""

    value: float
    words: str


@dataclass(frozen=True)
class Prepared:
    """Everything that a run needs, on the host."""

    dataset: Dataset
    encoder: Encoder
    task: Task
    network: Layer
    settings: Settings
    split: Split
    inputs: Rows
    targets: Numpy
    weights: Numpy
    notes: tuple[str, ...]
    groups: int | None = None
    beginning: Beginning | None = None
    memory: Memory = UNLIMITED
    embedded: bool = False

    def raw_targets(self, rows: Numpy) -> Numpy:
        """The targets of rows as the source has them; where the input is the target, as the network sees it."""
        if isinstance(self.task, Reconstruction | Language | Translation):
            return np.asarray(self.targets[rows])
        return np.asarray(self.dataset.targets[rows])

    def guesses(self) -> dict[str, Guess]:
        """What needs no network, for each measure that it is compared with: one, or one a target."""
        if not isinstance(self.task, Several):
            guess = self.guess()
            return {} if guess is None else {self.task.measure: guess}
        training, test = (self.raw_targets(rows) for rows in (self.split.train, self.split.test))
        found = {}
        for task in self.task.tasks:
            known, there = (values[task.target][known_rows(values[task.target])] for values in (training, test))
            if len(there):
                found[measure_name(task, task.measure)] = Guess(task.guess(known, there), GUESSING)
        return found

    def guess(self) -> Guess | None:
        """What needs no network: the best of always the same answer and, of a series, what was there before; None for
        several targets, which have one each."""
        rows = self.split.test
        if not len(rows) or isinstance(self.task, Several | Generation):
            return None
        truth = self.raw_targets(rows)
        found = [Guess(self.task.guess(self.raw_targets(self.split.train), truth), GUESSING)]
        if isinstance(self.dataset.inputs, Windows):
            naive = self.dataset.inputs.subset(rows).guesses()
            found += [Guess(float(np.abs(answers - truth).mean()), words) for words, answers in naive.items()]
        return min(found, key=lambda one: one.value)


def prepare(source: Any, choices: Choices) -> Prepared:
    """Read, encode and split a source; choose what the user left open.

    Raises:
        DataError: a source that cannot be read or learnt from.
        SettingError: choices that are not possible.
        ShapeError: a network that does not fit the data.
    """
    memory = memory_from(choices.memory)
    dataset = dataset_for(source if isinstance(source, Dataset) else read(source), choices.network)
    if dataset.task:
        memory = Memory(UNLIMITED.limit, [] if choices.memory is None else [IN_MEMORY.format(dataset.task)])
    weights = _sample_weights(choices.sample_weights, len(dataset))
    base = choices.base
    inputs = dataset.inputs
    decoded = decode_inputs(inputs, memory) if base is None else decode_for(base, inputs, memory)
    dataset.require_few_skipped(decoded.skipped)
    dataset = dataset.without(decoded.skipped)
    settings_seed = int((choices.settings or {}).get("seed", 0))
    parts = _parts(dataset, settings_seed, choices)
    encoder, encoded = decoded.fit(parts.train)
    encoder = encoder_for(encoder, choices.network)
    require_groups(dataset, parts.train, choices.groups)
    choices = with_rule(choices, dataset, len(parts.train), isinstance(encoder, PictureEncoder))
    task = make_task(dataset, parts, choices, encoder)
    network = _network(choices, encoder, task, len(parts.train))
    settings = choose_settings(encoder, task, len(parts.train), choices.settings or {}, network)
    if isinstance(task, Similarity) and settings.batch_size < 2:
        raise SettingError("similarity compares the examples of a batch: it needs a batch_size of 2 or more; got 1")
    varied = photo_notes(encoder, task, len(parts.train), choices.settings or {})
    check_outputs(network, encoder, task)
    if dataset.task == CLUSTERING:
        half_of(network, encoder.input_shape)
    weights = _weights(weights[decoded.kept], _class_weights(choices.class_weights, dataset, parts, task), parts)
    if choices.members > 1:
        _require_mean(dataset)
        network, task = Ensemble(network, choices.members), with_members(task, choices.members)
    notes = (*dataset.notes, *decoded.notes, *parts.notes, *network_notes(network), *varied)
    beginning = None
    if choices.network == "deep_belief" and isinstance(network, Sequential):
        beginning, told = pretrained(network, encoder, encoded, parts.train, settings_seed)
        notes = (*notes, told)
    if base is not None:
        beginning, notes = beginning_from(base, network, task), (*notes, transfer_note(base, settings.body_rate))
    return Prepared(
        dataset, encoder, task, network, settings, parts, encoded, task.encode(targets_of(dataset, encoder, encoded)),
        weights.astype(np.float32), notes, choices.groups, beginning, memory,
        choices.network == "deep_clustering",
    )  # fmt: skip


def with_rule(choices: Choices, dataset: Dataset, examples: int, pictures: bool) -> Choices:
    """The choices with the loss and the settings that a design brings; what a person said comes first.

    Raises:
        SettingError: a design that learns classes, for other targets.
    """
    if not isinstance(choices.network, str) or choices.network not in RULES:
        return choices
    rule = dict(RULES[choices.network](examples, pictures))
    loss = rule.pop("loss", None)
    if loss is not None and (dataset.task or dataset.targets.dtype.kind not in "US"):
        raise SettingError(f"{choices.network} learns one target of classes; {dataset.target} is none")
    return replace(choices, loss=choices.loss or loss, settings=with_own_rate(rule, choices.settings or {}))


def _require_mean(dataset: Dataset) -> None:
    """Raise a SettingError where answers of several networks have no mean."""
    if dataset.task:
        raise SettingError(f"seeds: several networks as one answer with classes or numbers; {dataset.task} takes one")


def targets_of(dataset: Dataset, encoder: Encoder, encoded: Rows) -> Numpy:
    """The raw targets; for a dataset without any, its inputs as the network sees them, or what follows them."""
    if dataset.task == LANGUAGE:
        return np.asarray(encoded[:, 1:])
    if isinstance(encoder, PairEncoder):
        return np.asarray(encoded[:, encoder.source_length :])
    if dataset.task in ("", GENERATION, PLAYING):
        return dataset.targets
    return np.asarray(encoder.on_device(to_device(encoded)))


def make_task(dataset: Dataset, parts: Split, choices: Choices, encoder: Encoder) -> Task:
    """Class names are classified, numbers are predicted; a series goes on; where there are no targets, the
    input is given again, and a text is answered with a text."""
    if isinstance(encoder, PairEncoder):
        return _translation(dataset.target, encoder, choices)
    if dataset.task and (choices.loss is not None or choices.label_smoothing or choices.class_weights is not None):
        raise SettingError(
            f"loss, label_smoothing and class_weights are for targets: leave them out for {dataset.task}"
        )
    if isinstance(encoder, PassageEncoder):
        return Language(encoder.characters, encoder.steps)
    if dataset.task == PLAYING:
        return playing_task(dataset, encoder)
    if dataset.task == GENERATION:
        return generation_task(choices.network, encoder)
    if dataset.task:
        return Reconstruction(encoder.input_shape)
    if dataset.targets.dtype.names is not None:
        return make_several(dataset, parts, choices)
    if choices.network == "siamese" or choices.loss in SIMILARITY_LOSSES:
        return similarity_task(dataset, choices, encoder)
    if dataset.targets.dtype.kind in "US":
        names = dataset.targets if choices.classes is None else np.array(choices.classes)
        return Classification.fit(dataset.target, names, choices.loss, choices.label_smoothing)
    if choices.label_smoothing or choices.class_weights is not None:
        raise SettingError(f"label_smoothing and class_weights need classes; {dataset.target} is a number")
    if isinstance(encoder, SeriesEncoder):
        return forecasting(dataset.target, encoder, choices.loss)
    return Regression.fit(dataset.target, dataset.targets[parts.train], choices.loss)


def make_several(dataset: Dataset, parts: Split, choices: Choices) -> Several:
    """A task for each target, fitted on the examples that have it.

    Raises:
        SettingError: what can be said of one target only.
    """
    said = {"loss": choices.loss, "label_smoothing": choices.label_smoothing, "class_weights": choices.class_weights}
    given = [name for name, value in said.items() if value]
    if given:
        raise SettingError(f"{given[0]} is for one target; several ({dataset.target}) take the usual losses")
    tasks: list[Task] = []
    for name, values in fields_of(dataset.targets).items():
        known = known_rows(values)
        if values.dtype.kind == "U":
            tasks.append(Classification.fit(name, values[known]))
        else:
            tasks.append(Regression.fit(name, values[parts.train][known[parts.train]]))
    return Several(tuple(tasks))


def similarity_task(dataset: Dataset, choices: Choices, encoder: Encoder) -> Similarity:
    """Examples of one class near each other, in as many numbers as the network gives.

    Raises:
        SettingError: targets that are no classes, or settings of classes alone.
        DataError: one class, or none with two examples.
    """
    if dataset.targets.dtype.kind not in "US":
        raise SettingError(f"similarity needs classes, which say what is alike; {dataset.target} is a number")
    if choices.label_smoothing or choices.class_weights is not None:
        raise SettingError("label_smoothing and class_weights are not for similarity: leave them out")
    names, counts = np.unique(dataset.targets.astype(str), return_counts=True)
    if len(names) < 2 or counts.max() < 2:
        same = f'every example has the same {dataset.target}, "{names[0]}"' if len(names) else "there is no example"
        found = same if len(names) < 2 else f"no two examples have the same {dataset.target}"
        raise DataError(f"{found}: similarity needs two classes or more, and several examples of a class")
    given = choices.network.output_shape(encoder.input_shape)[0] if isinstance(choices.network, Layer) else EMBEDDING
    return Similarity(dataset.target, given, choices.loss or "triplet")


def _translation(target: str, encoder: PairEncoder, choices: Choices) -> Translation:
    """The task that answers with the encoder's targets; it has one loss."""
    if choices.loss is not None or choices.label_smoothing or choices.class_weights is not None:
        raise SettingError("loss, label_smoothing and class_weights are not for pairs of texts: leave them out")
    return Translation(target, encoder.target, encoder.target_length)


def forecasting(target: str, encoder: SeriesEncoder, loss: str | None) -> Forecasting:
    """The task that learns targets as the encoder shows them."""
    first = slice(encoder.targets)
    task = Forecasting(target, encoder.horizon, encoder.means[first], encoder.scales[first], encoder.logs[first])
    return task if loss is None else replace(task, loss=loss)


def network_notes(network: Layer) -> list[str]:
    """Sentences about a network that can be said before it is trained."""
    return [
        f"layers {a} and {b} are both linear with nothing between them: together they equal one linear layer. Give "
        f"layer {a} an activation."
        for a, b in redundant_pairs(network)
    ]


def _network(choices: Choices, encoder: Encoder, task: Task, examples: int) -> Layer:
    choice = choices.network
    if choices.base is not None:
        if choice is not None or choices.members > 1:
            raise SettingError("a run that goes on from a model has its network; leave network, layers and seeds out")
        return network_from(choices.base, task)
    if isinstance(choice, Layer):
        return require_self_play(choice) if isinstance(task, Playing) else choice
    if choice is None:
        return choose_network(encoder, task, examples)
    return named_network(choice, encoder, task)


def _parts(dataset: Dataset, seed: int, choices: Choices) -> Split:
    if choices.validation_share is None:
        return split(dataset, seed, choices.test_share)
    return split_without_test(dataset, seed, choices.validation_share)


def _weights(of_samples: Numpy, of_classes: Numpy, parts: Split) -> Numpy:
    """How much each example counts: 1 on average in training, where classes weigh too; 1 in the test part."""
    weights = np.ones(len(of_samples))
    weights[parts.train] = (of_samples * of_classes)[parts.train]
    weights[parts.train] /= weights[parts.train].mean()
    if of_samples[parts.validation].any():
        weights[parts.validation] = of_samples[parts.validation]
    return weights


def _sample_weights(weights: Numpy | None, count: int) -> Numpy:
    if weights is None:
        return np.ones(count)
    weights = np.asarray(weights, np.float64)
    if weights.shape != (count,) or not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() == 0:
        raise SettingError(
            f"sample_weights needs {count} finite numbers that are not negative, one for each example of the source; "
            f"got an array of shape {weights.shape}"
        )
    return weights


def _class_weights(choice: ClassWeights, dataset: Dataset, parts: Split, task: Task) -> Numpy:
    """The weight of each row by its class; "balanced" gives every class the same sum."""
    if choice is None:
        return np.ones(len(dataset))
    if not isinstance(task, Classification):
        raise SettingError(f"class_weights needs classes; {task.target} is a number")
    places = task.encode(dataset.targets)
    if choice == "balanced":
        counts = np.bincount(places[parts.train], minlength=task.outputs)
        return np.asarray(1.0 / np.maximum(counts, 1))[places]
    if set(choice) != set(task.classes):
        raise SettingError(f"class_weights needs a weight for each of {', '.join(task.classes)}; got {list(choice)}")
    weights = np.array([float(choice[name]) for name in task.classes])
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise SettingError(
            f"class_weights needs finite weights that are not negative, not all zero; got {weights.tolist()}"
        )
    return weights[places]
