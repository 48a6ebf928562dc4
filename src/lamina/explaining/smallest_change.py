"""The smallest change of an example, as far as one is found, after which the model gives another answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy, jax, jnp
from lamina.data.encoders import Encoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.errors import SettingError
from lamina.explaining.columns import EncodedColumn, encoded_columns
from lamina.explaining.example import one_example
from lamina.model.model import Model
from lamina.tasks.base import Prediction
from lamina.tasks.classification import Classification

STEPS = 200
HALVINGS = 24
BEYOND = 1.02
"""How much further than the border a step aims."""
CAUTION = (
    "It is the smallest change that was found by walking downhill, seldom one that would happen in the world; that it "
    "is small says that the border between the classes is near."
)


@dataclass(frozen=True, eq=False)
class Change:
    """An example before and after, as the encoder gives it.

    Args:
        before, after: encoded.
        was, now: the model's answers, the second one recomputed.
        told: what has changed, a line each, the largest first.
    """

    before: Numpy
    after: Numpy
    was: Prediction
    now: Prediction
    told: tuple[str, ...]


def smallest_change(model: Model, x: Any, to: str, example: int = 0) -> Change:
    """The smallest change found that makes the model answer `to`, and that answer recomputed.

    Pixels may change between black and white, numbers of a table within what the model can take; categories stay.
    Steps lead to the border as if the network were linear there; then the way is halved until it is just crossed.

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
    was = model.answers(before[None])[0]
    if was.value == to:
        raise SettingError(f"the model's answer is {to} already: take another class than its answer")
    free, low, high = _free(model.encoder, before)
    after = _over_the_border(model, before.astype(np.float32), wanted, free, low, high)
    after = np.clip(np.rint(after), low, high).astype(before.dtype) if before.dtype == np.uint8 else after
    now = model.answers(after[None])[0]
    if now.value != to:
        raise SettingError(f"no change was found that makes the model answer {to}; its answer came to {now.value}")
    return Change(before, after, was, now, tuple(_told(model.encoder, before, after)))


def _class_number(model: Model, to: str) -> int:
    if not isinstance(model.task, Classification):
        raise SettingError("the smallest change leads to another class; this model tells none")
    if to not in model.task.classes:
        raise SettingError(f"the classes of this model are {', '.join(model.task.classes[:20])}; got {to!r}")
    return model.task.classes.index(to)


def _free(encoder: Encoder, x: Numpy) -> tuple[Numpy, float, float]:
    """Which encoded numbers may change, and between what."""
    if isinstance(encoder, PictureEncoder):
        return np.ones(x.shape, np.float32), 0.0, 255.0
    marks = [column.scale > 0 for column in encoded_columns(encoder) for _ in range(column.width)]
    if any(marks):
        return np.asarray(marks, np.float32) * ~np.isnan(x), -10.0, 10.0
    raise SettingError("the smallest change is looked for in pictures and in the numbers of a table; here are none")


def _over_the_border(model: Model, x: Numpy, to: int, free: Numpy, low: float, high: float) -> Numpy:
    """The point just beyond the border."""

    def margin(x: Array) -> Array:
        outputs = model.network.apply(model.params, model.state, model.encoder.on_device(x[None]))[0]
        outputs = model.task.combine(outputs) if outputs.ndim > 2 else outputs
        others = jnp.where(jnp.arange(outputs.shape[-1]) == to, -jnp.inf, outputs[0])
        return outputs[0, to] - others.max()

    slopes = jax.value_and_grad(margin)

    def nearer(carried: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        place, _, step = carried
        value, slope = slopes(place)
        slope = jnp.where(free > 0, jnp.nan_to_num(slope), 0.0)
        length = BEYOND * jnp.maximum(-value, 1e-4) / jnp.maximum(jnp.sum(slope**2), 1e-12)
        moved = jnp.where(free > 0, jnp.clip(place + length * slope, low, high), place)
        return jnp.where(value > 0, place, moved), value, step + 1

    def going(carried: tuple[Array, Array, Array]) -> Array:
        return (carried[1] <= 0) & (carried[2] < STEPS)

    def search(x: Array) -> Array:
        far, _, _ = jax.lax.while_loop(going, nearer, (x, jnp.float32(-1), jnp.int32(0)))
        apart = jnp.where(free > 0, far - x, 0.0)

        def halve(_: int, share: tuple[Array, Array]) -> tuple[Array, Array]:
            below, above = share
            middle = (below + above) / 2
            over = margin(jnp.where(free > 0, x + middle * apart, x)) > 0
            return jnp.where(over, below, middle), jnp.where(over, middle, above)

        above = jax.lax.fori_loop(0, HALVINGS, halve, (jnp.float32(0), jnp.float32(1)))[1]
        return jnp.where(free > 0, x + jnp.minimum(1.0, above * 1.001) * apart, x)

    return np.asarray(jax.jit(search)(jnp.asarray(x)))


def _told(encoder: Encoder, before: Numpy, after: Numpy) -> list[str]:
    apart = np.abs(after.astype(np.float64) - before)
    changed = int((apart > 0).sum())
    if isinstance(encoder, PictureEncoder):
        told = (
            f"by {apart[apart > 0].mean() if changed else 0.0:.1f} of 255 on average and by {apart.max():.0f} at most"
        )
        return [f"{changed:,} of {apart.size:,} pixels change, {told}"]
    moved = [column for column in encoded_columns(encoder) if apart[column.start] > 0]
    return [
        f"{column.name}: {_value(column, before)} -> {_value(column, after)}"
        for column in sorted(moved, key=lambda column: -apart[column.start])
    ]


def _value(column: EncodedColumn, row: Numpy) -> str:
    return f"{column.mean + column.scale * float(row[column.start]):.6g}"
