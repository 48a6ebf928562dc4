"""The loop: a compiled program, called in chunks, that turns one Progress into the next.

    trainer = Trainer(network, objective, settings, training, validation)
    progress = trainer.start()
    while not trainer.finished(progress):
        progress = trainer.advance(progress)      # about 0.2 seconds of training, or the end of an epoch

Whoever calls it decides between two chunks: to print, to save a checkpoint, to stop. There are no callbacks.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lamina.arrays import Array, Numpy, Params, State
from lamina.errors import DataError, SettingError
from lamina.layers.base import Layer
from lamina.processes.together import ALONE, Together
from lamina.training.augmentation import changes_pictures
from lamina.training.devices import devices_for
from lamina.training.diagnosis import explain_non_finite
from lamina.training.layer_states import LayerWatch, is_recorded
from lamina.training.optimizers import make_optimizer
from lamina.training.outputs import Outputs, forward_of, narrow, to_device
from lamina.training.records import Epoch, LayerState, Measure, Progress
from lamina.training.settings import Settings
from lamina.training.step import (
    Data,
    Objective,
    Sums,
    TrainState,
    counted_name,
    dials_for,
    make_advance,
    share_done,
    start_state,
    take_batch,
    zero_sums,
)
from lamina.training.transfer import Beginning
from lamina.training.windows import HostData, Streamed, windows_of

CHUNK_SECONDS = 0.2
FEW_STEPS, FEW_CHUNKS = 4, 5
"""Where a chunk would be fewer than 4 steps, it may take 5 times as long: each takes its memory from the system anew,
which costs a ResNet on CPUs as much as a third of a step."""


class Trainer:
    """One run's compiled programs and data.

    Args:
        network: what is trained.
        objective: the loss, the measures and the preparation on the device.
        settings: how it is trained.
        training, validation: encoded examples, on the device or not (HostData); validation may have none.
        optimizer: an Optax transformation of one's own, where settings.optimizer is "custom".
        chunk_seconds: how long a chunk may take; it changes no number.
        beginning: weights that were learnt before.
        together: the processes that share each batch; of several, `training` is on the host of each.

    Raises:
        DataError: no training examples.
        SettingError: a custom optimizer without its transformation, changes of pictures for what is none.
    """

    def __init__(
        self,
        network: Layer,
        objective: Objective,
        settings: Settings,
        training: Data | HostData,
        validation: Data | HostData | None = None,
        optimizer: optax.GradientTransformation | None = None,
        chunk_seconds: float = CHUNK_SECONDS,
        beginning: Beginning | None = None,
        together: Together = ALONE,
    ) -> None:
        if training.examples == 0:
            raise DataError("training needs at least one example; the training part has none")
        self.network, self.objective, self.settings = network, objective, settings
        self.together, self.devices = together, devices_for(settings, together)
        self.training, self.validation = training, validation
        self.optimizer = _optimizer(settings, optimizer)
        self.beginning = beginning
        if beginning is not None:
            self.optimizer = beginning.slowed(self.optimizer, settings.body_rate)
        self.chunk_seconds = chunk_seconds
        self.batches = -(-training.examples // settings.batch_size)
        self._windows = windows_of(training, settings, self.devices)
        self._means = jax.jit(partial(means_of, objective))
        share = self.devices.local.share
        self.outputs = Outputs(forward_of(network, lambda inputs: objective.prepare(share(inputs))))
        self.compile_seconds = 0.0
        example = self._example()
        self.seen_shape = tuple(example.shape[1:])
        self.fresh = partial(start_state, network, self.optimizer, example)
        self._start = jax.jit(self.fresh)
        self._factor = jax.jit(lambda step, total: settings.schedule.factor(share_done(step, total)))
        self._watch = LayerWatch(network, objective, settings) if settings.record_layers else None
        self._programs: dict[tuple[int, int], Any] = {}
        self._program: Any = None
        self._seconds_per_step: float | None = None
        _require_pictures(settings, example.shape)

    def start(self) -> Progress:
        """The position before the first step."""
        return self.at_start(self._start(np.uint32(self.settings.seed)))

    def at_start(self, train: TrainState) -> Progress:
        """The position before the first step from fresh weights, or from those that the run begins with."""
        if self.beginning is not None:
            params, state = self.beginning.put_into(train.params, train.state)
            train = train._replace(params=params, state=state)
        total = max(1, self.settings.epochs * self.batches)
        return Progress(
            self.devices.everywhere(self.together.same(train)), zero_sums(self.objective), 0, (), None, total
        )

    def finished(self, progress: Progress) -> bool:
        """Whether all epochs are done, or patience has run out."""
        patience = self.settings.patience
        waited = patience is not None and progress.batch == 0 and progress.epochs_since_best() >= patience
        return waited or progress.epochs_done >= self.settings.epochs

    def advance(self, progress: Progress, most: int | None = None) -> Progress:
        """One chunk of steps; where an epoch ends, its record and the best weights too.

        Args:
            progress: the position.
            most: so many steps at the most, instead of as many as fit into a chunk.

        Raises:
            NonFiniteError: the loss became NaN or infinite; names the epoch, the step and the layer.
        """
        self.compile(progress)
        began = time.perf_counter()
        window = self._windows.at(progress.epochs_done, progress.batch)
        last = self.together.tell(min(window.last, progress.batch + (most or self._chunk_steps())))
        train, sums = self.run(progress, last)
        bad_step = int(sums["bad_step"])  # waits for the chunk to end
        self._seconds_per_step = (time.perf_counter() - began) / (last - progress.batch)
        if bad_step >= 0:
            raise explain_non_finite(self, progress, bad_step)
        after = replace(progress, train=train, sums=sums, batch=last)
        return self.end_epoch(after, self._validated(after)) if last == self.batches else after

    def run(self, progress: Progress, last: int) -> tuple[TrainState, Sums]:
        """The steps from progress.batch to batch `last` of the epoch under way, which are of one window."""
        after: tuple[TrainState, Sums] = self.compile(progress)(*self._arguments(progress, last))
        return after

    def step_on(self, progress: Progress, places: Numpy) -> tuple[TrainState, Sums]:
        """One step on these examples of the training part as a batch of their own; the place in the epoch stays.

        Args:
            progress: the position.
            places: 1 to batch_size of them.

        Raises:
            SettingError: more examples than a batch holds, or none; data that is streamed.
            NonFiniteError: the loss became NaN or infinite.
        """
        size = self.settings.batch_size
        if not 1 <= len(places) <= size or not isinstance(self.training, Data):
            raise SettingError(f"a step takes 1 to {size} examples that are in memory; got {len(places)}")
        window = self._windows.at(progress.epochs_done, progress.batch)
        order = np.zeros(window.order.shape, np.int32)
        order[: len(places)] = places
        numbers = (jnp.asarray(order), jnp.int32(len(places)), jnp.int32(0), jnp.int32(1))
        given = (progress.train, progress.sums, window.data, *numbers, dials_for(self.settings, progress.total_steps))
        train, sums = self.compile(progress)(*self.devices.everywhere(given))
        if int(sums["bad_step"]) >= 0:
            raise explain_non_finite(self, progress, int(sums["bad_step"]))
        return train, sums

    def compile(self, progress: Progress) -> Any:
        """The compiled program, one for siblings with as many rows; the call that makes it sets `compile_seconds`."""
        if self._program is None:
            began = time.perf_counter()
            arguments = self._arguments(progress, 0)
            rows = (arguments[2].examples, len(arguments[3]))
            if rows not in self._programs:
                advance = make_advance(self.network, self.objective, self.optimizer, self.settings, self.devices)
                whole = self.devices.whole if self.together.count > 1 else None
                self._programs[rows] = jax.jit(advance, out_shardings=whole).lower(*arguments).compile()
                self.compile_seconds = time.perf_counter() - began
            self._program = self._programs[rows]
        return self._program

    @property
    def compiled(self) -> bool:
        """Whether the program is there already."""
        return self._program is not None

    def batch(self, progress: Progress, number: int) -> tuple[Data, Array]:
        """Batch `number` of the epoch under way, and its mask."""
        if self.together.count > 1 and isinstance(self._windows, Streamed):
            return self._windows.batch(progress.epochs_done, number)
        window = self._windows.at(progress.epochs_done, number)
        place = jnp.int32(number - window.first)
        return take_batch(window.data, window.order, place, self.settings.batch_size, window.real)

    def sibling(self, settings: Settings, training: Data | None = None, validation: Data | None = None) -> Trainer:
        """A trainer of the same design with another seed and rate; they share their compiled programs.

        Args:
            settings: of the other run.
            training, validation: its examples, each of the same shape; this one's without them.
        """
        made = copy.copy(self)
        if training is not None:
            made.training, made.validation, made._program = training, validation, None
            made.batches = -(-training.examples // settings.batch_size)
        made.settings, made._windows = settings, windows_of(made.training, settings, self.devices)
        return made

    def measure(self, params: Params, state: State, data: Data | HostData) -> dict[str, float]:
        """Loss and measures over examples, without training."""
        if data.examples == 0:
            return {}
        params, state = self.devices.here((params, state))
        predictions = self.outputs(params, state, data.inputs)
        means = self._means(predictions, *map(to_device, (data.targets, data.weights)))
        names = ("loss", *self.objective.measures)
        named = {name: self.objective.in_units(name, float(means[name])) for name in names}
        return {name: mean for name, mean in named.items() if name == "loss" or not np.isnan(mean)}

    def seconds_per_step(self) -> float | None:
        """How long a step takes, measured on the last chunk; None before the first."""
        return self._seconds_per_step

    def seconds_of_chunk(self) -> float:
        """How long the next chunk takes, 0 before the first; a step that took longer than a chunk may was disturbed."""
        return min(self._chunk_steps() * (self._seconds_per_step or 0.0), FEW_CHUNKS * self.chunk_seconds)

    def end_epoch(self, progress: Progress, validation: Mapping[str, float]) -> Progress:
        """The position after an epoch whose last step is done, with its record; the validation part gave these numbers.

        Raises:
            NonFiniteError: one of the epoch's numbers is NaN or infinite.
        """
        sums = {name: float(value) for name, value in progress.sums.items()}
        counted = {"loss": sums["count"], **{name: sums[counted_name(name)] for name in self.objective.measures}}
        means = {name: self.objective.in_units(name, sums[name] / count) for name, count in counted.items() if count}
        training = tuple(Measure(name, mean) for name, mean in means.items())
        if not np.isfinite([measure.value for measure in training] + list(validation.values())).all():
            raise explain_non_finite(self, progress, int(progress.train.step))
        rate = self.settings.rate * float(
            self._factor(self.devices.here(progress.train.step) - 1, progress.total_steps)
        )
        measures = tuple(Measure(name, value) for name, value in validation.items())
        epoch = Epoch(progress.epochs_done + 1, training, measures, rate, self._layers(progress))
        return progress.ended(epoch, zero_sums(self.objective), self.objective.ranks)

    def _layers(self, progress: Progress) -> tuple[LayerState, ...]:
        """How the layers fare at the end of an epoch; nothing where that is not asked for."""
        if self._watch is None or not is_recorded(progress.epochs_done + 1):
            return ()
        return self._watch(
            self.devices.here(progress.train), *self.batch(progress, max(0, self.batches - 2))
        )  # the last that is full

    def _validated(self, progress: Progress) -> dict[str, float]:
        if self.validation is None:
            return {}
        measured: dict[str, float] = self.measure(progress.train.params, progress.train.state, self.validation)
        told: dict[str, float] = self.together.tell(measured)
        return told

    def _arguments(self, progress: Progress, last: int) -> tuple[Any, ...]:
        window = self._windows.at(progress.epochs_done, progress.batch)
        places = (jnp.int32(progress.batch - window.first), jnp.int32(max(0, last - window.first)))
        beside = self.devices.everywhere((*places, dials_for(self.settings, progress.total_steps)))
        # Already there but for a position from a checkpoint and the sums of a new epoch.
        train, sums = self.devices.everywhere((progress.train, progress.sums))
        return (train, sums, window.data, window.order, window.real, *beside)

    def _chunk_steps(self) -> int:
        if self._seconds_per_step is None:
            return 1  # the first step tells how long one takes
        steps = self.chunk_seconds / max(self._seconds_per_step, 1e-7)
        return max(1, int(steps), min(FEW_STEPS, int(FEW_CHUNKS * steps)))

    def _example(self) -> Any:
        """What the network sees of one batch, as a shape."""
        inputs = self.training.inputs
        batch = jax.ShapeDtypeStruct((1, *inputs.shape[1:]), narrow(inputs.dtype))
        return jax.eval_shape(self.objective.prepare, batch)


def train(trainer: Trainer, progress: Progress | None = None) -> Iterator[Epoch]:
    """The epochs of a run, one record each; leave the loop to stop early."""
    progress = progress or trainer.start()
    while not trainer.finished(progress):
        done = progress.epochs_done
        progress = trainer.advance(progress)
        if progress.epochs_done > done:
            yield progress.history[-1]


def means_of(objective: Objective, predictions: Any, targets: Array, weights: Array | None = None) -> dict[str, Array]:
    """The mean loss and measures of predictions, by the examples' weights; NaN for a measure that no example has."""
    predictions = jnp.asarray(predictions)
    counts = jnp.ones(predictions.shape[0]) if weights is None else weights

    def mean(values: Array, counted: Array) -> Array:
        return jnp.sum(values * counted) / jnp.sum(counted)

    means = {"loss": mean(objective.loss(predictions, targets), counts)}
    for name, measure in objective.measures.items():
        values = measure(predictions, targets)
        lacking = jnp.isnan(values)
        means[name] = mean(jnp.where(lacking, 0.0, values), jnp.where(lacking, 0.0, counts))
    return means


def _require_pictures(settings: Settings, shape: tuple[int, ...]) -> None:
    if changes_pictures(settings) and len(shape) != 4:
        names = [name for name in ("shift", "flip", "crop", "brightness") if getattr(settings, name)]
        raise SettingError(
            f"{names[0]} changes pictures; these examples are none: leave it out, or set {names[0]} to 0"
        )


def _optimizer(settings: Settings, custom: optax.GradientTransformation | None) -> optax.GradientTransformation:
    if (settings.optimizer == "custom") != (custom is not None):
        raise SettingError(
            'a run with optimizer "custom" needs the Optax transformation itself, and no other run takes one: '
            f"got optimizer={settings.optimizer!r} and transformation={custom!r}"
        )
    made = custom or make_optimizer(settings.optimizer, settings.weight_decay, settings.momentum)
    return optax.chain(optax.clip_by_global_norm(settings.clip_norm), made) if settings.clip_norm else made
