"""Lamina's default network in a fold: as many learning rates are tried as a flat algorithm may try settings.

The networks of all rates, and of several seeds where they are alike, train as one compiled program; those with
convolutions, or with very many weights, go side by side.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from lamina.arrays import Numpy
from lamina.comparing.clock import Clock
from lamina.comparing.preparing import PreparedFold
from lamina.comparing.scoring import Learnt, scored
from lamina.data.number_encoder import NumberEncoder
from lamina.data.table_encoder import TableEncoder
from lamina.errors import NonFiniteError
from lamina.layers.base import Layer
from lamina.layers.convolution import Conv1D, Conv2D
from lamina.model.defaults import choose_network, choose_settings
from lamina.model.size import layers_with_shapes
from lamina.tasks.regression import Regression
from lamina.training.cache import use_compilation_cache
from lamina.training.loop import Trainer
from lamina.training.outputs import SIZES, to_device
from lamina.training.records import Progress
from lamina.training.settings import Settings
from lamina.training.step import Data, Objective
from lamina.training.together import Together

RATES = (1.0, 0.5, 2.0, 0.25, 4.0, 8.0)
"""The settings that are tried: times the default learning rate, the usual one first."""
MOST_WEIGHTS = 4_000_000
"""Of all networks of one program. Up to there one program was faster: on penguins (30 networks, 0.6 million weights) by
three times, on titanic (30, 1.1 million) nearly by two."""


@dataclass(frozen=True)
class Design:
    """The default network and its settings for a fold."""

    network: Layer
    settings: Settings

    @classmethod
    def of(cls, prepared: PreparedFold) -> Design:
        """What `lamina train` takes for so many examples of this kind."""
        examples = len(prepared.fold.fit)
        network = choose_network(prepared.encoder, prepared.task, examples)
        settings = choose_settings(prepared.encoder, prepared.task, examples, {"seed": prepared.fold.seed})
        return cls(network, settings)

    def run(self, rate: float) -> Settings:
        """The settings with a multiple of the default learning rate."""
        return replace(self.settings, learning_rate=rate * self.settings.rate)


def work_of(prepared: PreparedFold, rows: int) -> float:
    """How many examples a network sees while it learns from so many rows."""
    settings = choose_settings(prepared.encoder, prepared.task, rows, {})
    return float(settings.epochs * rows)


@dataclass(frozen=True)
class Trained:
    """Networks that were trained on a fold, one a rate.

    Args:
        prepared: the fold.
        rates: times the default learning rate.
        positions: where each has come to.
        trainer: computes their outputs.
        seconds: what training took, a network.
        width: numbers of an example, filled up with zeros.
    """

    prepared: PreparedFold
    rates: tuple[float, ...]
    positions: tuple[Progress, ...]
    trainer: Trainer
    seconds: float
    width: int

    def best(self) -> int:
        """The place of the rate with the lowest error on the validation part; of equal ones the first."""
        return int(np.argmin([self._validated(one) for one in self.positions]))

    def learnt(self, place: int) -> Learnt:
        """What the network at this place reaches on the test part."""
        params, state = self._weights(self.positions[place])
        tested = filled_up(self.prepared.inputs[self.prepared.part("test")], self.width)
        self.trainer.outputs(params, state, tested[: SIZES[-1]])  # compiles
        began = time.perf_counter()
        outputs = np.asarray(self.trainer.outputs(params, state, tested))
        took = time.perf_counter() - began
        answers = outputs[:, 0] if isinstance(self.prepared.task, Regression) else outputs.argmax(axis=-1)
        size = sum(np.asarray(leaf).nbytes for leaf in jax.tree.leaves((params, state)))
        setting = f"learning rate x {self.rates[place]:g}"
        return scored(self.prepared, answers, seconds=(self.seconds, took), size=size, setting=setting)

    def _validated(self, position: Progress) -> float:
        if position.best is None:
            return math.inf
        numbers = position.history[position.best.epoch - 1].numbers
        return numbers.get(f"validation {self.prepared.task.measure}", 0.0)

    def _weights(self, position: Progress) -> tuple[Any, Any]:
        best = position.best
        return (position.train.params, position.train.state) if best is None else (best.params, best.state)


def alike(folds: Sequence[PreparedFold]) -> bool:
    """Whether the networks of these folds are one design, but for columns of zeros, and few enough for one program."""
    designs = [Design.of(one) for one in folds]
    same = {(one.network, replace(one.settings, seed=0)) for one in designs}
    shapes = {one.inputs.shape for one in folds}
    if len(same) > 1 or (len(shapes) > 1 and not _may_be_wider(folds[0])):
        return False
    shape = (max(one.inputs.shape[1] for one in folds), *folds[0].inputs.shape[2:])
    return go_together(designs[0].network, shape, len(folds) * len(RATES))


def go_together(network: Layer, shape: tuple[int, ...], runs: int) -> bool:
    """Whether so many networks are faster as one program than side by side."""
    convolves = any(isinstance(layer, Conv1D | Conv2D) for layer, _, _ in layers_with_shapes(network, shape))
    leaves = jax.tree.leaves(network.parameters(shape), is_leaf=lambda leaf: hasattr(leaf, "shape"))
    return not convolves and runs * sum(math.prod(leaf.shape) for leaf in leaves) <= MOST_WEIGHTS


def train(folds: Sequence[PreparedFold], rates: Sequence[float], clock: Clock, share: float = 1.0) -> list[Trained]:
    """The networks of alike folds, one a fold and rate, trained to their ends.

    Args:
        folds: that are learnt from.
        rates: times the default learning rate.
        clock: the time that is left.
        share: of that time, which they may take.

    Raises:
        OutOfTimeError: they would take longer than is left.
        StoppedError: somebody asked to stop.
    """
    use_compilation_cache()
    designs = [Design.of(one) for one in folds]
    runs = [design.run(rate) for design in designs for rate in rates]
    width = max(one.inputs.shape[1] for one in folds)
    each = [_data(fold, width) for fold in folds for _ in rates]
    loss, measures = folds[0].task.objective()
    objective = Objective(loss, measures, ranks=folds[0].task.ranks)
    began = time.perf_counter()
    first = Trainer(designs[0].network, objective, runs[0], *each[0])
    together = go_together(first.network, each[0][0].inputs.shape[1:], len(runs))
    way = _together if together else _side_by_side
    ended = way(first, runs, each, lambda seconds: clock.require(seconds, share))
    seconds = (time.perf_counter() - began) / len(runs)
    count = len(rates)
    return [
        Trained(fold, tuple(rates), tuple(ended[count * n : count * (n + 1)]), first, seconds, width)
        for n, fold in enumerate(folds)
    ]


Examples = tuple[Data, Data | None]
"""What a network learns from, and what it is watched on."""


Require = Callable[[float], None]
"""Raises where so many seconds are too many."""


def _together(first: Trainer, runs: Sequence[Settings], each: Sequence[Examples], require: Require) -> list[Progress]:
    """All runs as one program."""
    program = Together(first, runs, each)
    places = program.start()
    epochs, began = runs[0].epochs, time.perf_counter()
    for done in range(1, epochs + 1):
        require(0.0)
        places = program.advance(places)
        if done == 1:
            began = time.perf_counter()  # the first epoch compiles
        if done == 2:
            require((time.perf_counter() - began) * (epochs - done))
        if not program.running(places):
            break
    return list(places.each)


def _side_by_side(
    first: Trainer, runs: Sequence[Settings], each: Sequence[Examples], require: Require
) -> list[Progress]:
    """Each run by itself, as many at a time as there are cores."""
    first.compile(first.start())
    cores = os.cpu_count() or 1
    waves = [math.ceil((len(runs) - place) / cores) for place in range(len(runs))]
    with ThreadPoolExecutor(cores) as pool:
        return list(pool.map(lambda run, own, left: _alone(first.sibling(run, *own), left, require), runs, each, waves))


def _alone(trainer: Trainer, waves: int, require: Require) -> Progress:
    """One run to its end; where its loss is no longer finite, where its last finite epoch ended.

    Args:
        trainer: of the run.
        waves: how many runs follow each other from here on, this one included.
        require: raises where they take too long.
    """
    progress = ended = trainer.start()
    began = time.perf_counter()
    while not trainer.finished(progress):
        require(0.0)
        try:
            progress = trainer.advance(progress)
        except NonFiniteError:
            return ended
        if progress.batch == 0:
            ended, took, began = progress, time.perf_counter() - began, time.perf_counter()
            if progress.epochs_done == 2:  # the first one compiles
                require(took * (trainer.settings.epochs * waves - 2))
    return progress


def _data(prepared: PreparedFold, width: int) -> Examples:
    """A fold's examples on the device."""
    parts = [_part(prepared, name, width) for name in ("fit", "validation")]
    return parts[0], parts[1] if parts[1].examples else None


def _part(prepared: PreparedFold, name: str, width: int) -> Data:
    rows = prepared.part(name)
    inputs = filled_up(prepared.inputs[rows], width)
    return Data(*map(to_device, (inputs, prepared.targets[rows], np.ones(len(inputs), np.float32))))


def filled_up(inputs: Numpy, width: int) -> Numpy:
    """Rows of numbers with columns of zeros behind them, which tell nothing; others as they are."""
    missing = width - inputs.shape[1]
    return inputs if missing == 0 else np.pad(inputs, ((0, 0), (0, missing)))


def _may_be_wider(prepared: PreparedFold) -> bool:
    """Whether the network reads its columns alike, so that columns of zeros do no harm."""
    encoder = prepared.encoder
    if isinstance(encoder, TableEncoder):
        return not encoder.texts and not encoder.pictures
    return isinstance(encoder, NumberEncoder)
