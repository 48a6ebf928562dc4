"""Lamina's default network in a fold: as many learning rates are tried as a flat algorithm may try settings.

The networks of all rates, and of several seeds where they are alike, train as one compiled program; those with
convolutions, or with very many weights, go side by side.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
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
from lamina.layers.base import Layer
from lamina.model.defaults import choose_network, choose_settings
from lamina.tasks.regression import Regression
from lamina.training.cache import use_compilation_cache
from lamina.training.loop import Trainer
from lamina.training.outputs import SIZES, to_device
from lamina.training.records import Progress
from lamina.training.settings import Settings
from lamina.training.step import Data, Objective
from lamina.training.together import Examples, go_together, train_together

RATES = (1.0, 0.5, 2.0, 0.25, 4.0, 8.0)
"""The settings that are tried: times the default learning rate, the usual one first."""


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
        """The place of the rate with the lowest error on the validation part; of equal ones that of the lowest loss."""
        found = [(self._validated(one), math.inf if one.best is None else one.best.loss) for one in self.positions]
        return found.index(min(found))

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
    """Whether the networks of these folds are one design, but for columns of zeros, and fit for one program."""
    designs = [Design.of(one) for one in folds]
    same = {(one.network, replace(one.settings, seed=0)) for one in designs}
    shapes = {one.inputs.shape for one in folds}
    if len(same) > 1 or (len(shapes) > 1 and not _may_be_wider(folds[0])):
        return False
    shape = (max(one.inputs.shape[1] for one in folds), *folds[0].inputs.shape[2:])
    return go_together(designs[0].network, shape)


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
    ended = train_together(first, runs, each, lambda seconds: clock.require(seconds, share))
    seconds = (time.perf_counter() - began) / len(runs)
    count = len(rates)
    return [
        Trained(fold, tuple(rates), tuple(ended[count * n : count * (n + 1)]), first, seconds, width)
        for n, fold in enumerate(folds)
    ]


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
