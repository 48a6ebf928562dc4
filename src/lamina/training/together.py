"""Many runs at once: networks of one design, each with its own seed and learning rate, in one compiled program."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from lamina.arrays import Array, Numpy, Params, Shape, State
from lamina.errors import NonFiniteError, SettingError
from lamina.layers.base import Layer
from lamina.layers.convolution import Conv1D, Conv2D
from lamina.layers.walking import layers_with_shapes
from lamina.training.loop import Trainer, means_of
from lamina.training.outputs import SIZES
from lamina.training.records import Progress
from lamina.training.settings import Settings
from lamina.training.step import Data, Objective, TrainState, dials_for, make_advance, zero_sums
from lamina.training.windows import HostData, epoch_order

OWN = ("seed", "learning_rate")
"""Settings in which runs of one program may differ."""
MOST_WEIGHTS = 50_000
"""Of each network of one program. Of 30 networks with 24,000 weights one program took 0.75 times the processor's time
of side by side, and with 37,000 less too; of 16 with 102,000 it took 1.7 times as much: there the fixed cost of a step
is small, and the products of many small matrices at once are slower than one after another."""
Examples: TypeAlias = tuple[Data, Data | None]
"""What a network learns from, and what it is watched on."""
Require: TypeAlias = Callable[[float], None]
"""Raises where so many seconds are too many."""


def unlimited(seconds: float) -> None:
    """There is time for everything."""


def train_together(
    first: Trainer, runs: Sequence[Settings], each: Sequence[Examples] | None = None, require: Require = unlimited
) -> list[Progress]:
    """Train all runs to their ends; where each has come to, as by itself but for rounding.

    Each has its own weights, order of the examples and chance. Small networks are one program and cost little more
    together than one alone, since the fixed cost of a step is paid once. Others go side by side: as many runs as there
    are cores at a time, each by itself.

    A run whose loss becomes NaN or infinite stays where its last finite epoch ended, and does not disturb the others.

    Args:
        first: the trainer of the first run, which holds network, objective and examples.
        runs: the settings of each, the first one's too.
        each: the examples of each, all of one shape, where they differ.
        require: asked after each epoch whether there is time for what is to come.

    Raises:
        SettingError: no runs, or runs that differ in more than seed and learning rate.

    Example:
        >>> import lamina
        >>> data = Data(jnp.ones((4, 2)), jnp.ones((4, 1)), jnp.ones(4))
        >>> squared = Objective(lambda answers, wanted: jnp.square(answers - wanted)[:, 0])
        >>> runs = [Settings(epochs=2, seed=seed) for seed in range(3)]
        >>> ended = train_together(Trainer(lamina.Dense(1), squared, runs[0], data), runs)
        >>> [progress.epochs_done for progress in ended]
        [2, 2, 2]
    """
    _require_alike(runs)
    if go_together(first.network, first.seen_shape):
        return Together(first, runs, each).train(require)
    return side_by_side(first, runs, each, require)


def go_together(network: Layer, shape: Shape) -> bool:
    """Whether several of these networks are faster as one program than side by side; on an accelerator they always are.

    Example:
        >>> import lamina
        >>> go_together(lamina.Dense(4), (64,)), go_together(lamina.Dense(1000), (1000,))
        (True, False)
    """
    if jax.default_backend() != "cpu":
        return True
    convolves = any(isinstance(layer, Conv1D | Conv2D) for layer, _, _ in layers_with_shapes(network, shape))
    leaves = jax.tree.leaves(network.parameters(shape), is_leaf=lambda leaf: hasattr(leaf, "shape"))
    return not convolves and sum(math.prod(leaf.shape) for leaf in leaves) <= MOST_WEIGHTS


def side_by_side(
    first: Trainer, runs: Sequence[Settings], each: Sequence[Examples] | None = None, require: Require = unlimited
) -> list[Progress]:
    """Each run by itself, as many at a time as there are cores."""
    first.compile(first.start())
    cores = os.cpu_count() or 1
    siblings = [first.sibling(run, *(each[place] if each else ())) for place, run in enumerate(runs)]
    waves = [math.ceil((len(runs) - place) / cores) for place in range(len(runs))]
    with ThreadPoolExecutor(cores) as pool:
        return list(pool.map(lambda trainer, left: _alone(trainer, left, require), siblings, waves))


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


@dataclass(frozen=True)
class Places:
    """Where several runs have come to.

    Args:
        train: weights, states and steps of all, a row a run, as the program takes them.
        each: the position of each run, with its own rows.
        lost: the runs, by number, whose loss is no longer finite.
    """

    train: TrainState
    each: tuple[Progress, ...]
    lost: frozenset[int] = frozenset()


class Together:
    """One compiled program for several runs.

    Args:
        first: the trainer of the first run, which holds network, objective and data.
        runs: the settings of each, the first one's too.
        each: the training and the validation examples of each run, all of one shape, where they differ.

    Raises:
        SettingError: examples that are not on the device.
    """

    def __init__(self, first: Trainer, runs: Sequence[Settings], each: Sequence[Examples] | None = None) -> None:
        if not isinstance(first.training, Data) or isinstance(first.validation, HostData):
            raise SettingError("training together needs all examples on the device; these are streamed")
        self._data, self._validation = first.training, first.validation
        self._count = first.training.examples
        if each is not None:
            self._data, self._validation = _stacked(each)
        axis = None if each is None else 0
        self.members = [first.sibling(settings) for settings in runs]
        network, objective = first.network, first.objective
        advance = make_advance(network, objective, first.optimizer, runs[0])
        self._advance = jax.jit(jax.vmap(advance, (0, 0, axis, 0, None, None, None, 0)))
        self._start = jax.jit(jax.vmap(first.fresh))
        self._measure = jax.jit(jax.vmap(partial(_means, network, objective), (0, 0, axis)))
        self._dials = _stacked([dials_for(own, own.epochs * first.batches) for own in runs])
        self._zero = _stacked([zero_sums(objective) for _ in runs])

    def train(self, require: Require = unlimited) -> list[Progress]:
        """Where all have come to in the end."""
        places = self.start()
        epochs, began = self.members[0].settings.epochs, time.perf_counter()
        for done in range(1, epochs + 1):
            require(0.0)
            places = self.advance(places)
            if done == 1:
                began = time.perf_counter()  # the first epoch compiles
            if done == 2:
                require((time.perf_counter() - began) * (epochs - done))
            if not self.running(places):
                break
        return list(places.each)

    def start(self) -> Places:
        """The positions before the first step."""
        train = self._start(np.array([member.settings.seed for member in self.members], np.uint32))
        rows = jax.device_get(train)
        return Places(train, tuple(member.at_start(_row(rows, n)) for n, member in enumerate(self.members)))

    def running(self, places: Places) -> list[int]:
        """The runs that have not come to their end."""
        pairs = enumerate(zip(self.members, places.each, strict=True))
        return [number for number, (member, own) in pairs if number not in places.lost and not member.finished(own)]

    def advance(self, places: Places) -> Places:
        """The positions after one more epoch; those that have ended stay."""
        epoch, batches = max(own.epochs_done for own in places.each), self.members[0].batches
        counts = (np.int32(self._count), np.int32(0), np.int32(batches))
        train, sums = self._advance(places.train, self._zero, self._data, self._orders(epoch), *counts, self._dials)
        rows, sums = jax.device_get((train, sums))
        measured, each, lost = self._measured(train), list(places.each), set(places.lost)
        for number in self.running(places):
            own = replace(each[number], train=_row(rows, number), sums=_row(sums, number), batch=batches)
            if own.sums["bad_step"] >= 0 or not np.isfinite(list(measured[number].values())).all():
                lost.add(number)
            else:
                each[number] = self.members[number].end_epoch(own, measured[number])
        return Places(train, tuple(each), frozenset(lost))

    def _orders(self, epoch: int) -> Numpy:
        """The order of the examples of each run, a row a run."""
        count, settings = self._count, [member.settings for member in self.members]
        return np.stack([epoch_order(own.seed, epoch, count, own.batch_size) for own in settings])

    def _measured(self, train: TrainState) -> list[dict[str, float]]:
        """Of each run, loss and measures of the validation part; without those that no example has."""
        if self._validation is None:
            return [{} for _ in self.members]
        means = jax.device_get(self._measure(train.params, train.state, self._validation))
        objective = self.members[0].objective
        names, count = ("loss", *objective.measures), len(self.members)
        each = [{name: objective.in_units(name, float(means[name][one])) for name in names} for one in range(count)]
        return [{name: value for name, value in own.items() if name == "loss" or not np.isnan(value)} for own in each]


def _means(network: Layer, objective: Objective, params: Params, state: State, data: Data) -> dict[str, Array]:
    """The mean loss and measures of all examples by their weights, the outputs a few at a time."""

    def outputs(inputs: Array) -> Array:
        return network.apply(params, state, objective.prepare(inputs))[0]

    size = min(SIZES[-1], data.examples)
    filled = jnp.concatenate([data.inputs, jnp.repeat(data.inputs[:1], -data.examples % size, axis=0)])
    parts = jax.lax.map(outputs, filled.reshape(-1, size, *filled.shape[1:]))
    predictions = parts.reshape(-1, *parts.shape[2:])[: data.examples]
    return means_of(objective, predictions, data.targets, data.weights)


def _stacked(trees: Sequence[Any]) -> Any:
    """One tree whose arrays hold those of all in rows; on the host where they are there."""

    def stack(*rows: Any) -> Any:
        return (np if isinstance(rows[0], np.ndarray | np.generic) else jnp).stack(rows)

    return jax.tree.map(stack, *trees)


def _row(tree: Any, number: int) -> Any:
    return jax.tree.map(lambda leaf: leaf[number], tree)


def _require_alike(runs: Sequence[Settings]) -> None:
    if not runs:
        raise SettingError("training together needs the settings of one run or more")
    shared = [field.name for field in fields(Settings) if field.name not in OWN]
    for name in shared:
        values = {getattr(settings, name) for settings in runs}
        if len(values) > 1:
            told = " and ".join(map(repr, sorted(values, key=repr)[:2]))
            raise SettingError(
                f"runs that are trained together may differ in {' and '.join(OWN)} only; {name} is {told}"
            )
