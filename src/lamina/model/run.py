"""A run: training from raw data, an epoch at a time, that can be watched, stopped, killed and resumed."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import optax

from lamina.arrays import Numpy
from lamina.data.dataset import CLUSTERING
from lamina.data.pairs import Pairs
from lamina.data.store import select
from lamina.errors import NonFiniteError, SettingError
from lamina.model.agreeing import require_same
from lamina.model.checkpoint import Checkpoint, Position, position_of
from lamina.model.grouping import grouped
from lamina.model.model import Model
from lamina.model.playing import with_shares
from lamina.model.preparation import GUESSING, Guess, Prepared
from lamina.model.record import Record, current_versions
from lamina.model.translating import scored
from lamina.processes.together import ALONE, Together
from lamina.recipes import from_json, to_json
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Task
from lamina.tasks.playing import Playing
from lamina.tasks.reconstruction import Reconstruction
from lamina.tasks.several import Several, measure_name
from lamina.training.cache import use_compilation_cache
from lamina.training.loop import Trainer
from lamina.training.outputs import to_device
from lamina.training.programs import shared_trainer
from lamina.training.records import Best, Epoch, Measure, Progress
from lamina.training.step import Data, Objective
from lamina.training.windows import HostData

NEARLY = 1e-6
"""A result in float32 that is less than this below another is the same."""
FINISH_SECONDS = 1.5
"""What the proof, the file and the end of the process take, kept free before a time limit."""


class Run:
    """Training under way; iterate over it for its epochs, leave the loop to stop early, then take `model`.

    Args:
        prepared: data, encoder, task, network and settings.
        optimizer: an Optax transformation, where the settings say "custom".
        deadline: the time.perf_counter() at which the model must be saved.
        checkpoint: where to keep the position, so that a killed run can go on.
        shared: whether it takes the compiled programs of the last run of its design, and leaves its own for the next.
        together: the processes that train it; process 0 keeps the checkpoint.

    Raises:
        ProcessError: another process has other data, settings or versions.

    Example:
        >>> import lamina
        >>> run = lamina.train("iris", epochs=2)
        >>> [epoch.number for epoch in run]
        [1, 2]
        >>> run.model.task.classes
        ('setosa', 'versicolor', 'virginica')
    """

    def __init__(
        self,
        prepared: Prepared,
        optimizer: optax.GradientTransformation | None = None,
        deadline: float | None = None,
        checkpoint: Path | None = None,
        shared: bool = False,
        together: Together = ALONE,
    ) -> None:
        use_compilation_cache()
        self.prepared, self.optimizer, self.deadline, self.together = prepared, optimizer, deadline, together
        if together.count > 1:
            require_same(together, prepared)
        task, encoder = prepared.task, prepared.encoder
        designs = (task.design, encoder.design)
        objective = Objective(*task.design.objective(), encoder.on_device, task.ranks, designs, task.units)
        validation = self.data(prepared.split.validation)
        train = self.data(prepared.split.train) if together.count == 1 else self._shared(prepared.split.train)
        self.trainer = (shared_trainer if shared else partial(Trainer, together=together))(
            prepared.network,
            objective,
            prepared.settings,
            train,
            validation if validation.examples else None,
            optimizer,
            beginning=prepared.beginning,
        )
        self.checkpoint = Checkpoint(checkpoint, prepared) if checkpoint is not None else None
        self.progress = self.trainer.start()
        self.stopped = ""
        self._finished: tuple[Progress, Model] | None = None
        self._validation_seconds = 0.0

    def __iter__(self) -> Iterator[Epoch]:
        """The records of the epochs, as they end."""
        for before, after in self.chunks():
            if after.epochs_done > before.epochs_done:
                yield after.history[-1]

    def chunks(self) -> Iterator[tuple[Progress, Progress]]:
        """The positions before and after each chunk of about 0.2 seconds."""
        while self._goes_on():
            before = self._with_schedule(self.progress)
            self.progress = self._advance(before)
            if self.checkpoint is not None and self.together.writes:
                self.checkpoint.save_when_due(self.progress)
            yield before, self.progress
        if self.checkpoint is not None and self.stopped and self.together.writes:
            self.checkpoint.save(self.progress)
        self.together.finish()

    def stop(self, reason: str) -> None:
        """End the run, in all its processes, after the chunk under way."""
        if self.together.writes:
            self.stopped = reason
        else:
            self.together.ask(reason)

    def _goes_on(self) -> bool:
        """Whether there is another chunk: process 0 decides."""
        told = self.together.tell(self.stopped or self.together.asked)
        self.stopped = self.stopped or told  # a signal may have come meanwhile
        done = self.stopped or self.trainer.finished(self.progress) or self._out_of_time()
        return bool(self.together.tell(not done))

    def resume(self) -> Epoch | None:
        """Go on from the checkpoint; the last epoch that was done, if any.

        Raises:
            SettingError: the run keeps no checkpoint.
            ModelFileError: no whole checkpoint, or one of other data or settings.
        """
        if self.checkpoint is None:
            raise SettingError("resume needs the run's checkpoint file; give train(checkpoint=...)")
        self.progress = self._told(self.checkpoint) if self.together.count > 1 else self.checkpoint.load(self.progress)
        return self.progress.history[-1] if self.progress.history else None

    @property
    def model(self) -> Model:
        """The model with the best weights so far, evaluated on the test part."""
        if self._finished is None or self._finished[0] is not self.progress:
            self._finished = (self.progress, self._make_model())
        return self._finished[1]

    def at(self, progress: Progress) -> Run:
        """The same run at another of its positions."""
        made = copy.copy(self)
        made.progress = progress
        return made

    def with_rate(self, rate: float) -> Run:
        """The same run with another learning rate from here on; nothing is compiled again."""
        made, settings = copy.copy(self), replace(self.prepared.settings, learning_rate=rate)
        made.prepared, made.trainer = replace(self.prepared, settings=settings), self.trainer.sibling(settings)
        return made

    def _repr_html_(self) -> str:
        from lamina.training.notebook import history_html

        best = self.progress.best
        return history_html(self.progress.history, (), best.epoch if best is not None else 0)

    def _told(self, checkpoint: Checkpoint) -> Progress:
        """The position in process 0's checkpoint, in every process."""
        start = self.progress
        found = checkpoint.load(start) if self.together.writes else start
        position: Position = from_json(self.together.tell(to_json(position_of(found))), Position, "position")
        best = None if position.best is None else (position.best.epoch, position.best.loss)
        weights = (
            (start.train.params, start.train.state) if found.best is None else (found.best.params, found.best.state)
        )
        here = self.trainer.devices.here
        train, sums, weights = self.together.same(here((found.train, found.sums, weights)))
        told = Progress(train, sums, position.batch, position.history, None, position.total_steps)
        return replace(told, best=None if best is None else Best(*best, *weights))

    def _advance(self, before: Progress) -> Progress:
        began = time.perf_counter()
        after = self._watched(before)
        if after.epochs_done > before.epochs_done:
            steps = (self.trainer.seconds_per_step() or 0) * (self.trainer.batches - before.batch)
            self._validation_seconds = max(0.0, time.perf_counter() - began - steps)
        return after

    def _watched(self, before: Progress) -> Progress:
        """One chunk; every process comes to the same NaN by itself, so that none need be told of it."""
        try:
            with self.together.watched():
                return self.trainer.advance(before)
        except NonFiniteError:
            self.together.finish()
            raise

    def _with_schedule(self, progress: Progress) -> Progress:
        """Under a time limit, the schedule ends when time does."""
        seconds = self.trainer.seconds_per_step()
        if self.deadline is None or seconds is None:
            return progress
        return replace(progress, total_steps=self.together.tell(self._steps_in_time(progress, self.deadline, seconds)))

    def _steps_in_time(self, progress: Progress, deadline: float, seconds: float) -> int:
        left = max(0.0, deadline - time.perf_counter() - self._reserve())
        per_epoch = seconds * self.trainer.batches + self._validation_seconds
        steps = int(progress.train.step) + max(1, int(left / per_epoch * self.trainer.batches))
        most = self.prepared.settings.epochs * self.trainer.batches
        return min(steps, most)

    def _out_of_time(self) -> bool:
        if self.deadline is None:
            return False
        end = time.perf_counter() + self.trainer.seconds_of_chunk() + self._reserve()
        return end > self.deadline and int(self.progress.train.step) > 0

    def _reserve(self) -> float:
        """Seconds to keep for the last validation, the test part and the file."""
        parts = self.prepared.split
        share = (len(parts.test) + len(parts.validation)) / max(1, len(parts.validation))
        compiling = self.trainer.compile_seconds  # the model compiles its own outputs, about as long on any machine
        return FINISH_SECONDS + compiling + 1.2 * share * self._validation_seconds

    def data(self, rows: Numpy) -> Data | HostData:
        """The examples at these places: on the device where all fit into memory, otherwise to be brought there."""
        if self.prepared.memory.holds_all(self.prepared.inputs):
            return Data(*map(to_device, self._columns(rows)))
        return self._on_host(rows)

    def _on_host(self, rows: Numpy) -> HostData:
        """The same to be brought to the device a window at a time."""
        prepared = self.prepared
        window = prepared.memory.window(prepared.inputs, prepared.settings.batch_size)
        return HostData(*self._columns(rows), window)

    def _shared(self, rows: Numpy) -> HostData:
        """The same for several processes, in windows of the size that process 0 has room for."""
        found = self._on_host(rows)
        return replace(found, window=self.together.tell(found.window))

    def _columns(self, rows: Numpy) -> tuple[Any, Numpy, Numpy]:
        prepared = self.prepared
        return select(prepared.inputs, rows), prepared.targets[rows], prepared.weights[rows]

    def _weights(self) -> tuple[Any, Any, int]:
        """The best weights; of an epoch cut short, those it has come to where there are no others."""
        best, train = self.progress.best, self.progress.train
        found = (train.params, train.state, 0) if best is None else (best.params, best.state, best.epoch)
        here: tuple[Any, Any, int] = self.trainer.devices.here(found)
        return here

    def _make_model(self) -> Model:
        prepared, parts = self.prepared, self.prepared.split
        params, state, best_epoch = self._weights()
        results = self.trainer.measure(params, state, self.data(parts.test))
        guesses = prepared.guesses()
        record = Record(
            prepared.dataset.name, prepared.dataset.fingerprint, len(parts.train), len(parts.validation),
            len(parts.test), parts.description, prepared.settings, self.progress.history, best_epoch,
            tuple(Measure(name, value) for name, value in results.items()),
            guesses[prepared.task.measure].value if prepared.task.measure in guesses else None,
            current_versions(), (*prepared.notes, *self.warnings(results, guesses)),
            tuple(sorted(prepared.dataset.reading.items())),
            tuple(Measure(name, guess.value) for name, guess in guesses.items()),
        )  # fmt: skip
        task = self._calibrated(params, state)
        model = Model(prepared.encoder, prepared.network, task, params, state, record)
        if prepared.dataset.task == CLUSTERING:
            training, test = select(prepared.inputs, parts.train), select(prepared.inputs, parts.test)
            weights = prepared.weights[parts.train]
            return grouped(model, training, weights, test, prepared.groups, prepared.embedded)
        if isinstance(task, Playing):
            return with_shares(model)
        if isinstance(prepared.dataset.inputs, Pairs):
            return scored(model, prepared.dataset.inputs.subset(parts.test))
        return model

    def _calibrated(self, params: Any, state: Any) -> Task:
        """The task with what can only be fitted after the weights, on the validation part."""
        prepared = self.prepared
        if not isinstance(prepared.task, Averaging | Several | Reconstruction):
            return prepared.task
        rows = prepared.split.validation
        if isinstance(prepared.task, Several) and not len(rows):
            return prepared.task
        inputs = select(prepared.inputs, rows)
        outputs = np.asarray(self.trainer.outputs(params, state, inputs)) if len(rows) else rows
        return prepared.task.calibrated(outputs, prepared.raw_targets(rows))

    def warnings(self, results: dict[str, float], guesses: dict[str, Guess]) -> list[str]:
        """What must be said about the result, of each target on its own."""
        task = self.prepared.task
        targets = {measure_name(one, one.measure): one.target for one in task.targets}
        no_better = [
            f"the model is no better than {'guessing' if guess.words == GUESSING else guess.words}: its {measure} on "
            f"the test part is {results[measure]:.4g}, {guess.words} gives {guess.value:.4g}. Train longer, try "
            f"another learning rate or network, or the inputs do not tell the {targets.get(measure, task.target)}."
            for measure, guess in guesses.items()
            if np.isfinite(guess.value) and results.get(measure, 0.0) >= guess.value * (1 - NEARLY)
        ]
        return [*no_better, *task.doubts(results)]
