"""Many runs at once: networks of one design, each with its own seed and learning rate, in one compiled program."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lamina.arrays import Array, Numpy, Params, State
from lamina.errors import NonFiniteError, SettingError
from lamina.layers.base import Layer
from lamina.training.loop import Trainer
from lamina.training.outputs import SIZES
from lamina.training.records import Progress
from lamina.training.settings import Settings
from lamina.training.step import Data, Objective, TrainState, dials_for, make_advance, zero_sums
from lamina.training.windows import HostData, epoch_order

OWN = ("seed", "learning_rate")
"""Settings in which runs of one program may differ."""
MOST_WEIGHTS = 200_000
"""With Adam's two numbers a weight, and their gradients, more of them do not fit into a core's cache."""


def train_together(
    network: Layer, objective: Objective, runs: Sequence[Settings], training: Data, validation: Data | None = None
) -> list[Progress]:
    """Train all runs to their ends; where each has come to, as by itself but for rounding.

    Each has its own weights, order of the examples and chance. Small networks are one program and cost little more
    together than one alone, since the fixed cost of a step is paid once. Networks with many weights would throw each
    other's out of a processor's cache: there as many runs as there are cores go on at a time, each by itself.

    A run whose loss becomes NaN or infinite stays where its last finite epoch ended, and does not disturb the others.

    Raises:
        SettingError: no runs, or runs that differ in more than seed and learning rate.

    Example:
        >>> import lamina
        >>> data = Data(jnp.ones((4, 2)), jnp.ones((4, 1)), jnp.ones(4))
        >>> squared = Objective(lambda answers, wanted: jnp.square(answers - wanted)[:, 0])
        >>> ended = train_together(lamina.Dense(1), squared, [Settings(epochs=2, seed=s) for s in range(3)], data)
        >>> [progress.epochs_done for progress in ended]
        [2, 2, 2]
    """
    _require_alike(runs)
    first = Trainer(network, objective, runs[0], training, validation)
    return Together(first, runs).train() if fit_in_cache(first, len(runs)) else side_by_side(first, runs)


def fit_in_cache(first: Trainer, runs: int) -> bool:
    """Whether the weights of all runs stay at hand; on an accelerator they always do."""
    weights = sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(first.fresh, np.uint32(0)).params))
    return jax.default_backend() != "cpu" or runs * weights <= MOST_WEIGHTS


def side_by_side(first: Trainer, runs: Sequence[Settings]) -> list[Progress]:
    """Each run by itself, as many at a time as there are cores."""
    first.compile(first.start())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda settings: _to_the_end(first.sibling(settings)), runs))


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

    def __init__(
        self, first: Trainer, runs: Sequence[Settings], each: Sequence[tuple[Data, Data | None]] | None = None
    ) -> None:
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

    def train(self) -> list[Progress]:
        """Where all have come to in the end."""
        places = self.start()
        while self.running(places):
            places = self.advance(places)
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
        names = ("loss", *self.members[0].objective.measures)
        each = [{name: float(means[name][number]) for name in names} for number in range(len(self.members))]
        return [{name: value for name, value in own.items() if name == "loss" or not np.isnan(value)} for own in each]


def _to_the_end(trainer: Trainer) -> Progress:
    """One run by itself."""
    progress = ended = trainer.start()
    while not trainer.finished(progress):
        try:
            progress = trainer.advance(progress)
        except NonFiniteError:
            return ended
        ended = progress if progress.batch == 0 else ended
    return progress


def _means(network: Layer, objective: Objective, params: Params, state: State, data: Data) -> dict[str, Array]:
    """The mean loss and measures of all examples, a few at a time; a measure over the examples that have it."""

    def outputs(inputs: Array) -> Array:
        return network.apply(params, state, objective.prepare(inputs))[0]

    size = min(SIZES[-1], data.examples)
    filled = jnp.concatenate([data.inputs, jnp.repeat(data.inputs[:1], -data.examples % size, axis=0)])
    parts = jax.lax.map(outputs, filled.reshape(-1, size, *filled.shape[1:]))
    predictions = parts.reshape(-1, *parts.shape[2:])[: data.examples]
    means = {name: jnp.nanmean(one(predictions, data.targets)) for name, one in objective.measures.items()}
    return {"loss": jnp.mean(objective.loss(predictions, data.targets)), **means}


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
