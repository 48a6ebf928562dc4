"""The smallest change of an example, as far as one is found, after which the model gives another answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy, jax, jnp
from lamina.data.encoders import Encoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sound_encoder import PEAK, SoundEncoder
from lamina.data.table_encoder import TableEncoder
from lamina.errors import SettingError
from lamina.explaining.columns import EncodedColumn, encoded_columns
from lamina.explaining.example import as_seen, one_example
from lamina.model.model import Model
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Prediction
from lamina.tasks.classification import Classification

STEPS = 200
HALVINGS = 24
BEYOND = 1.02
"""How much further than the border a step aims."""
FURTHER = (1.001, 1.02, 1.1, 1.5)
"""How far the way to the border is gone: the shortest that is still over it where pixels and samples are rounded."""
CAUTION = (
    "It is the smallest change that was found by walking downhill, seldom one that would happen in the world; that it "
    "is small says that the border between the classes is near."
)


@dataclass(frozen=True)
class Moved:
    """A number of a table that changes.

    Args:
        column: its name.
        before, after: the number, as it stands in the table.
        by: how far, in standard deviations of the column in training.
    """

    column: str
    before: float
    after: float
    by: float

    def __str__(self) -> str:
        return f"{self.column}: {self.before:.6g} -> {self.after:.6g}"


@dataclass(frozen=True, eq=False)
class Change:
    """An example before and after, as the encoder gives it.

    Args:
        before, after: encoded.
        was, now: the model's answers, the second one recomputed.
        told: what has changed, a line each, the largest first.
        columns: of a row the numbers that change, the largest change first.
        spectrograms: of a sound (moments, bands), before and after, as the network sees them.
        step_seconds: from one moment to the next.
    """

    before: Numpy
    after: Numpy
    was: Prediction
    now: Prediction
    told: tuple[str, ...] = ()
    columns: tuple[Moved, ...] = ()
    spectrograms: tuple[Numpy, Numpy] | None = None
    step_seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Free:
    """Which encoded numbers may change, and between what; the others stay as they are."""

    marks: Numpy
    low: Numpy | float
    high: Numpy | float


def smallest_change(model: Model, x: Any, to: str, example: int = 0) -> Change:
    """The smallest change found that makes the model answer `to`, and that answer recomputed.

    Pixels may change between black and white, the samples of a sound between its loudest, numbers of a table within
    what the model can take; categories stay. Steps lead to the border as if the network were linear there; then the way
    is halved until it is just crossed.

    Raises:
        SettingError: no classification, an unknown class, inputs that cannot be changed a little, the answer already,
            or no way found.

    Source:
        Moosavi-Dezfooli, Fawzi and Frossard, DeepFool (2016), equation 8, towards one class.

    Example:
        >>> import lamina
        >>> model = lamina.fit("iris", network="mlp", epochs=20)
        >>> smallest_change(model, [[5.1, 3.5, 1.4, 0.2]], "versicolor").now.value
        'versicolor'
    """
    wanted = _class_number(model, to)
    before = one_example(model, x, example)[1]
    was = now = model.answers(before[None])[0]
    if was.value == to:
        raise SettingError(f"the model's answer is {to} already: take another class than its answer")
    for after in _over_the_border(model, before, wanted, _free(model.encoder, before)):
        now = model.answers(after[None])[0]
        if now.value == to:
            return _described(model, Change(before, after, was, now))
    raise SettingError(f"no change was found that makes the model answer {to}; its answer came to {now.value}")


def _class_number(model: Model, to: str) -> int:
    task = model.task.task if isinstance(model.task, Averaging) else model.task
    if not isinstance(task, Classification):
        raise SettingError("the smallest change leads to another class; this model tells none")
    if to not in task.classes:
        raise SettingError(f"the classes of this model are {', '.join(task.classes[:20])}; got {to!r}")
    return task.classes.index(to)


def _free(encoder: Encoder, x: Numpy) -> Free:
    """What may change of an encoded example."""
    if isinstance(encoder, PictureEncoder):
        return Free(np.ones(x.shape, bool), 0.0, 255.0)
    if isinstance(encoder, SoundEncoder):
        return Free(np.ones(x.shape, bool), -PEAK, PEAK)
    if isinstance(encoder, TableEncoder) and encoder.pictures:
        raise SettingError("the smallest change is looked for in pictures or in the numbers of a table; the rows of "
                           "this model hold pictures beside other columns, and are not changed")  # fmt: skip
    marks = [column.scale > 0 for column in encoded_columns(encoder) for _ in range(column.width)]
    if any(marks):
        return Free(np.asarray(marks) & ~np.isnan(x), np.fmin(-10.0, x), np.fmax(10.0, x))
    raise SettingError(
        "the smallest change is looked for in pictures, sounds and the numbers of a table; this model takes none"
    )


def _over_the_border(model: Model, before: Numpy, to: int, free: Free) -> Iterator[Numpy]:
    """Examples beyond the border on the straight way to it, the nearest first, encoded as the one before is."""
    apart = _way_to_the_border(_margin(model, to), before.astype(np.float32), free)
    for share in FURTHER:
        moved = np.clip(before + share * apart, free.low, free.high)
        moved = np.rint(moved) if before.dtype.kind in "ui" else moved
        yield np.where(free.marks, moved, before).astype(before.dtype)


def _margin(model: Model, to: int) -> Callable[[Array], Array]:
    """By how much the output of a class is above all others, of one encoded example."""

    def margin(x: Array) -> Array:
        outputs = model.network.apply(model.params, model.state, model.encoder.on_device(x[None]))[0]
        if isinstance(model.task, Averaging):
            outputs = model.task.task.combine(outputs)
        others = jnp.where(jnp.arange(outputs.shape[-1]) == to, -jnp.inf, outputs[0])
        apart: Array = outputs[0, to] - others.max()
        return apart

    return margin


def _way_to_the_border(margin: Callable[[Array], Array], x: Numpy, free: Free) -> Numpy:
    """What must be added to an example until the margin is 0; zeros where it may not change."""
    slopes, marks = jax.value_and_grad(margin), jnp.asarray(free.marks)

    def nearer(carried: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        place, _, step = carried
        value, slope = slopes(place)
        slope = jnp.where(marks, jnp.nan_to_num(slope), 0.0)
        length = BEYOND * jnp.maximum(-value, 1e-4) / jnp.maximum(jnp.sum(slope**2), 1e-12)
        moved = jnp.where(marks, jnp.clip(place + length * slope, free.low, free.high), place)
        return jnp.where(value > 0, place, moved), value, step + 1

    def going(carried: tuple[Array, Array, Array]) -> Array:
        return (carried[1] <= 0) & (carried[2] < STEPS)

    def search(x: Array) -> Array:
        far, _, _ = jax.lax.while_loop(going, nearer, (x, jnp.float32(-1), jnp.int32(0)))
        apart = jnp.where(marks, far - x, 0.0)

        def halve(_: int, share: tuple[Array, Array]) -> tuple[Array, Array]:
            below, above = share
            middle = (below + above) / 2
            over = margin(jnp.where(marks, x + middle * apart, x)) > 0
            return jnp.where(over, below, middle), jnp.where(over, middle, above)

        above: Array = jax.lax.fori_loop(0, HALVINGS, halve, (jnp.float32(0), jnp.float32(1)))[1]
        return above * apart

    return np.asarray(jax.jit(search)(jnp.asarray(x)))


def _described(model: Model, change: Change) -> Change:
    """A change with what is told and drawn of it."""
    encoder, apart = model.encoder, change.after.astype(np.float64) - change.before
    if isinstance(encoder, PictureEncoder):
        return replace(change, told=(_amount(apart, "pixels", 255),))
    if isinstance(encoder, SoundEncoder):
        before, after = (as_seen(model, one)[..., 0] for one in (change.before, change.after))
        told = _amount(apart, "samples", PEAK) + _loudness(change.before.astype(np.float64), apart)
        return replace(change, told=(told,), spectrograms=(before, after), step_seconds=encoder.step / encoder.rate_hz)
    columns = [_moved(column, change) for column in encoded_columns(encoder) if abs(apart[column.start]) > 0]
    columns.sort(key=lambda one: -abs(one.by))
    return replace(change, told=tuple(map(str, columns)), columns=tuple(columns))


def _moved(column: EncodedColumn, change: Change) -> Moved:
    before, after = (float(row[column.start]) for row in (change.before, change.after))
    return Moved(column.name, in_unit(column, before), in_unit(column, after), after - before)


def in_unit(column: EncodedColumn, value: float) -> float:
    """An encoded number as it stands in the table, without what float32 adds to it.

    Example:
        >>> in_unit(EncodedColumn("children", 0, 1, 0.4, 0.8), -0.49999997)
        0.0
    """
    digits = 5 - math.floor(math.log10(column.scale))
    return round(column.mean + column.scale * value, digits) + 0.0


def _amount(apart: Numpy, plural: str, most: int) -> str:
    sizes = np.abs(apart[apart != 0])
    return (
        f"{len(sizes):,} of {apart.size:,} {plural} change, by {sizes.mean():.1f} of {most:,} on average and by "
        f"{sizes.max():.0f} at most"
    )


def _loudness(sound: Numpy, apart: Numpy) -> str:
    """How much quieter the change is than the sound; nothing of silence."""
    own, added = float(np.square(sound).sum()), float(np.square(apart).sum())
    return f"; the change is {10 * np.log10(own / added):.0f} dB quieter than the sound" if own > added > 0 else ""
