"""A position that can also stand inside of a batch, and the ways forward from it: an example, a batch, an epoch."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import jax.numpy as jnp
import numpy as np

from lamina.arrays import Numpy
from lamina.errors import SettingError
from lamina.training.loop import Trainer
from lamina.training.records import Progress
from lamina.training.windows import epoch_order

UNITS = ("example", "batch", "epoch")
PACES = (*UNITS, "fast")


@dataclass(frozen=True, eq=False)
class Position:
    """Where a run is.

    Args:
        progress: as the trainer keeps it.
        taken: so many examples of the batch under way were trained on one by one.
    """

    progress: Progress
    taken: int = 0

    @property
    def step(self) -> int:
        """How many steps were done."""
        return int(self.progress.train.step)

    @property
    def epoch(self) -> int:
        """How many epochs are complete."""
        return self.progress.epochs_done


def step_example(trainer: Trainer, now: Position) -> Position:
    """One step on the next example alone; a batch of which all examples were taken so is done."""
    rows = _batch_rows(trainer, now.progress)
    after = _stepped(trainer, now.progress, rows[now.taken : now.taken + 1])
    if now.taken + 1 < len(rows):
        return Position(after, now.taken + 1)
    return Position(_next_batch(trainer, after))


def step_batch(trainer: Trainer, now: Position) -> Position:
    """One step on the next batch, or on what steps by example left of it."""
    if not now.taken:
        return Position(trainer.advance(now.progress, 1))
    rows = _batch_rows(trainer, now.progress)
    return Position(_next_batch(trainer, _stepped(trainer, now.progress, rows[now.taken :])))


def step_epoch(trainer: Trainer, now: Position) -> Position:
    """All steps to the end of the epoch under way."""
    epoch = now.epoch
    now = step_batch(trainer, now) if now.taken else now
    while now.epoch == epoch:
        now = Position(trainer.advance(now.progress))
    return now


def step(trainer: Trainer, now: Position, unit: str) -> Position:
    """One step of this unit.

    Raises:
        SettingError: another unit, or no epoch left.
        NonFiniteError: the loss became NaN or infinite.
    """
    if unit not in UNITS:
        raise SettingError(f"a step is an {', '.join(UNITS)}; got {unit!r}")
    if trainer.finished(now.progress):
        raise SettingError(f"{now.epoch:,} epochs are as many as a model file can tell of: start again")
    return {"example": step_example, "batch": step_batch, "epoch": step_epoch}[unit](trainer, now)


def train_for(trainer: Trainer, now: Position, seconds: float, pace: str) -> Position:
    """Train for a moment: one unit, an epoch that takes longer than this in parts, or at "fast" all that fits."""
    if pace in ("example", "batch"):
        return step(trainer, now, pace)
    began, epoch = time.perf_counter(), now.epoch
    now = step_batch(trainer, now) if now.taken else now
    while not trainer.finished(now.progress):
        now = Position(trainer.advance(now.progress))
        if time.perf_counter() - began >= seconds or (pace == "epoch" and now.epoch > epoch):
            break
    return now


def in_batches_of(now: Position, before: int, size: int) -> Position:
    """The same place of the epoch under way where batches have another size: no example comes twice or is left out.

    Example:
        >>> progress = Progress(None, None, 3, (), None, 1)
        >>> moved = in_batches_of(Position(progress, 2), 10, 15)
        >>> moved.progress.batch, moved.taken
        (2, 2)
    """
    seen = now.progress.batch * before + now.taken
    return Position(replace(now.progress, batch=seen // size), seen % size)


def edited(now: Position, array: str, index: tuple[int, ...], value: float) -> Position:
    """The position with one weight or bias of another value.

    Args:
        now: the position.
        array: its path in the params, such as "1/weight".
        index: in the array.
        value: any finite number.

    Raises:
        SettingError: no such array or place, or no finite number.
    """
    if not np.isfinite(value):
        raise SettingError(f"a weight needs a finite number; got {value!r}")
    params = _with(now.progress.train.params, array, tuple(array.split("/")), index, value)
    return replace(now, progress=replace(now.progress, train=now.progress.train._replace(params=params)))


def _with(
    params: dict[str, object], array: str, names: tuple[str, ...], index: tuple[int, ...], value: float
) -> object:
    """The tree of arrays with one number changed."""
    first, *rest = names
    child = params.get(first)
    if rest and isinstance(child, dict):
        return {**params, first: _with(child, array, tuple(rest), index, value)}
    if rest or child is None or isinstance(child, dict):
        raise SettingError(f"there is no array {array!r} in this network")
    numbers: Numpy = np.array(child)
    if len(index) != numbers.ndim or any(not 0 <= one < size for one, size in zip(index, numbers.shape, strict=True)):
        raise SettingError(f"{array} has the shape {numbers.shape}; it has no place {list(index)}")
    numbers[index] = value
    return {**params, first: jnp.asarray(numbers)}


def _batch_rows(trainer: Trainer, progress: Progress) -> Numpy:
    """The places of the examples of the batch under way."""
    size, count = trainer.settings.batch_size, trainer.training.examples
    order = epoch_order(trainer.settings.seed, progress.epochs_done, count, size)
    return order[progress.batch * size : min((progress.batch + 1) * size, count)]


def _stepped(trainer: Trainer, progress: Progress, rows: Numpy) -> Progress:
    train, sums = trainer.step_on(progress, rows)
    return replace(progress, train=train, sums=sums)


def _next_batch(trainer: Trainer, progress: Progress) -> Progress:
    """The position behind a batch; behind the last one the epoch ends."""
    after = replace(progress, batch=progress.batch + 1)
    if after.batch < trainer.batches:
        return after
    train, data = after.train, trainer.validation
    return trainer.end_epoch(after, {} if data is None else trainer.measure(train.params, train.state, data))
