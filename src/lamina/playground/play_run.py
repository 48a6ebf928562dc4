"""A run on the page: the library's own training, stepped, edited, gone back in, given other settings."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from lamina.arrays import Numpy, Params, State
from lamina.errors import SettingError
from lamina.layers.combining import as_sequential
from lamina.model.model import Model
from lamina.model.preparation import Choices, Prepared, prepare
from lamina.model.record import Record
from lamina.model.run import Run
from lamina.playground.carrying import carried
from lamina.playground.settings import LEARNING, WITHOUT_COMPILING, PageSettings, differing, in_words, why_anew
from lamina.playground.snapshots import Snapshots
from lamina.playground.sources import Sources
from lamina.playground.stepping import Position, edited, in_batches_of, step, train_for
from lamina.playground.viewed import Viewed, viewed
from lamina.tasks.classification import Classification
from lamina.tasks.regression import Regression
from lamina.training.records import Best

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Kept:
    """What a change of settings left of what was learnt: "rate" for all, "weights", "some weights", "nothing"; why."""

    kept: str
    why: str = ""


class PlayRun:
    """One run.

    Args:
        sources: where the data comes from.
        settings: of the page.

    Raises:
        DataError, SettingError, ShapeError: what cannot be learnt, set, or connected.

    Example:
        >>> with Sources() as sources:
        ...     run = PlayRun(sources, PageSettings(examples=40, network="2 tanh"))
        ...     run.step("epoch")
        ...     run.position.epoch
        1
    """

    run: Run
    settings: PageSettings
    position: Position
    start: Position

    def __init__(self, sources: Sources, settings: PageSettings) -> None:
        self._sources = sources
        self.remarks: tuple[str, ...] = ()
        self.snapshots = Snapshots()
        self.shown: int | None = None
        self._begin(settings, _run(sources, settings))

    @property
    def prepared(self) -> Prepared:
        """Data, encoder, task and network."""
        return self.run.prepared

    @property
    def name(self) -> str:
        """Of the data."""
        return self.prepared.dataset.name

    @property
    def params(self) -> Params:
        """The weights that are shown."""
        found: Params = self.position.progress.train.params
        return found

    @property
    def state(self) -> State:
        """What the layers remember there."""
        found: State = self.position.progress.train.state
        return found

    @property
    def viewed(self) -> Viewed:
        """The network with the weights that are shown."""
        prepared = self.prepared
        return viewed(prepared.encoder, prepared.network, prepared.task, self.params, self.state)

    @property
    def notes(self) -> list[str]:
        """What the library and the page say about the data and the run."""
        return [*self.prepared.notes, *self.remarks]

    @property
    def answering(self) -> Model:
        """The weights that are shown as a model for answers: unlike `model` it was measured on nothing."""
        prepared = self.prepared
        if not isinstance(prepared.task, Classification | Regression):
            return self.model()  # its task is fitted to the outputs
        record = Record(self.name, "", 0, 0, 0, "", prepared.settings, (), self.position.epoch, (), None, (), ())
        return Model(prepared.encoder, prepared.network, prepared.task, self.params, self.state, record)

    def part(self, name: str) -> Numpy:
        """The places of the examples of a part."""
        found: Numpy = getattr(self.prepared.split, name)
        return found

    def measured(self, name: str) -> dict[str, float]:
        """Loss and measures of the weights that are shown on a part."""
        return self.run.trainer.measure(self.params, self.state, self._data[name])

    def outputs(self, name: str) -> Numpy:
        """The network's outputs for a part."""
        return np.asarray(self.run.trainer.outputs(self.params, self.state, self._data[name].inputs))

    def step(self, unit: str, count: int = 1) -> None:
        """So many examples, batches or epochs further.

        Raises:
            SettingError: another unit, or no epoch left.
            NonFiniteError: the loss became NaN or infinite; the last good position stays.
        """
        for _ in range(count):
            self.position = step(self.run.trainer, self._from_here(), unit)

    def train(self, seconds: float, pace: str) -> None:
        """Train for a moment, see `train_for`."""
        trainer = self.run.trainer
        trainer.chunk_seconds = seconds
        self.position = train_for(trainer, self._from_here(), seconds, pace)

    @property
    def finished(self) -> bool:
        """Whether no epoch is left."""
        return self.run.trainer.finished(self.position.progress)

    def reset(self) -> None:
        """The same start again."""
        self.remarks = ()
        self._start_at(self.start)

    def edit(self, array: str, index: Sequence[int], value: float) -> None:
        """Give one weight or bias another value.

        Raises:
            SettingError: no such weight, no finite number.
        """
        self.position = edited(self._from_here(), array, tuple(index), value)
        self._remark(f"a weight was set by hand after step {self.position.step:,}")

    def rewind(self, number: int) -> None:
        """Show a snapshot.

        Raises:
            SettingError: there is none of this number.
        """
        found = self.snapshots.at(number)
        if found.run is not self.run:
            self._take(found.settings, found.run)
        self.position, self.shown = found.position, number

    def forked(self, number: int | None = None) -> PlayRun:
        """Another run that goes on from a snapshot, or from what is shown; they share what is compiled."""
        made = copy.copy(self)
        if number is not None:
            made.rewind(number)
        made._start_at(made.position)
        return made

    def keep_snapshot(self, loss: float) -> None:
        """Keep where the run is, unless it is there already."""
        if self.shown is None and (not len(self.snapshots) or self.snapshots.last.position is not self.position):
            self.snapshots.add(self.position, loss, self.run, self.settings)

    def change(self, settings: PageSettings) -> Kept:
        """Take other settings, and keep of the training what can be kept.

        Raises:
            DataError, SettingError, ShapeError: as at the beginning; nothing has changed then.
        """
        names, before = differing(self.settings, settings), self.settings
        if not names - set(WITHOUT_COMPILING):
            self.run, self.settings = self.run.with_rate(settings.learning_rate), settings
            return Kept("rate")
        run, why = _run(self._sources, settings), why_anew(before, settings)
        if why:
            self.remarks = ()
            self._begin(settings, run)
            return Kept("nothing", why)
        self._remark(f"{in_words(names)} changed after step {self.position.step:,}")
        return self._carry_on(settings, run)

    def begin_with(self, model: Model) -> None:
        """Go on from a model's weights, with its history.

        Raises:
            SettingError: a model of another network or another preparation of the data.
        """
        prepared = self.prepared
        if (model.network, model.encoder, model.task) != (prepared.network, prepared.encoder, prepared.task):
            raise SettingError(
                "the data is not prepared as it was for the model: it goes on with what it was trained on alone"
            )
        train = self.position.progress.train._replace(params=model.params, state=model.state)
        history = tuple(model.record.epochs)
        self._start_at(Position(replace(self.position.progress, train=train, history=history)))

    def model(self, which: str = "shown") -> Model:
        """The model as it is shown, or with the weights of its lowest validation loss; as `lamina.fit` makes it.

        Raises:
            SettingError: another word.
        """
        if which not in ("shown", "best"):
            raise SettingError(f'a model is saved as "shown" or "best"; got {which!r}')
        progress, prepared = self.position.progress, self.prepared
        if which == "shown" or progress.best is None:
            best = Best(self.position.epoch, 0.0, progress.train.params, progress.train.state)
            progress = replace(progress, best=best)
        run = self.run.at(progress)
        settings = replace(prepared.settings, epochs=self.position.epoch)
        run.prepared = replace(prepared, settings=settings, notes=(*prepared.notes, *self.remarks))
        return run.model

    def _begin(self, settings: PageSettings, run: Run) -> None:
        self._take(settings, run)
        self._start_at(Position(run.progress))

    def _take(self, settings: PageSettings, run: Run) -> None:
        self.settings, self.run = settings, run
        self._data = {name: run.data(getattr(run.prepared.split, name)) for name in PARTS}

    def _start_at(self, position: Position) -> None:
        self.start = self.position = position
        self.snapshots, self.shown = Snapshots(), None

    def _carry_on(self, settings: PageSettings, run: Run) -> Kept:
        """Go on in a run of another design with all that fits of the weights."""
        before, old, fresh = self.settings, self.viewed, run.progress.train
        row, fresh_params, fresh_state = as_sequential(run.prepared.network, fresh.params, fresh.state)
        params, whole = carried(old.network, old.params, row, fresh_params)
        state, _ = carried(old.network, old.state, row, fresh_state)
        single = row is not run.prepared.network
        train = fresh._replace(params=params["0"] if single else params, state=state.get("0", {}) if single else state)
        position = in_batches_of(self.position, before.batch_size, settings.batch_size)
        memory = self.position.progress.train.optimizer_state
        same = before.optimizer == settings.optimizer and before.weight_decay == settings.weight_decay
        structures: list[Any] = [jax.tree.structure(one) for one in (memory, fresh.optimizer_state)]
        remembers = whole and same and structures[0] == structures[1]
        if remembers:
            train = train._replace(optimizer_state=memory)
        train = train._replace(step=self.position.progress.train.step)
        self._take(settings, run)
        best = position.progress.best if whole and before.loss == settings.loss else None
        self.position = Position(replace(position.progress, train=train, best=best), position.taken)
        self.start = self._start_of(run) if whole else Position(run.progress)
        if not whole:
            return Kept("some weights", "what was added starts fresh; all else was kept")
        return Kept("weights", "" if remembers else "the optimizer begins without its memory")

    def _start_of(self, run: Run) -> Position:
        """The same start in a run of the same weights, whose optimizer may be another."""
        old = self.start.progress
        train = run.progress.train._replace(params=old.train.params, state=old.train.state)
        return Position(replace(run.progress, train=train, history=old.history))

    def _from_here(self) -> Position:
        """Where the run goes on: what came after a snapshot that is shown is forgotten."""
        if self.shown is not None:
            self.snapshots.cut_after(self.shown)
            self.shown = None
        return self.position

    def _remark(self, text: str) -> None:
        self.remarks = (*self.remarks, text)


def _run(sources: Sources, settings: PageSettings) -> Run:
    """The library's run of these settings."""
    learning = settings.learning()
    chosen = {name: getattr(learning, name) for name in ("epochs", "schedule", *LEARNING)}
    choices = Choices(settings.words, chosen, loss=settings.loss or None, test_share=settings.test_share)
    return Run(prepare(sources.read(settings), choices))
