"""One step of training, and many steps as one compiled program.

`make_advance` compiles a loop whose first and last step are arguments: an epoch, a part of an epoch of any length,
or a single step all run the same program and give the same numbers to the bit. That is what makes a run that was
killed and resumed equal to one that was not.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from lamina.arrays import Array, Key, Params, State
from lamina.layers.base import Layer
from lamina.training.augmentation import augment, changes_pictures
from lamina.training.devices import Devices, devices_for
from lamina.training.optimizers import descend
from lamina.training.regularization import penalty
from lamina.training.settings import Settings

Sums = dict[str, Any]
"""What an epoch adds up: the loss and each measure over its examples, the number of examples, the first bad step."""

PerExample = Callable[[Array, Array], Array]
"""(predictions, targets) -> one number an example."""


class Data(NamedTuple):
    """Examples on the device: encoded inputs and targets, and each example's weight (1 on average)."""

    inputs: Array
    targets: Array
    weights: Array

    @property
    def examples(self) -> int:
        """How many examples."""
        return int(self.inputs.shape[0])


class TrainState(NamedTuple):
    """All that a step changes."""

    params: Params
    state: State
    optimizer_state: Any
    step: Array


class Dials(NamedTuple):
    """What differs between runs of one design: numbers that their one compiled program takes.

    Args:
        chance: the key of all that is drawn while training.
        rate: the largest learning rate.
        total_steps: of the whole run, for the schedule.
    """

    chance: Key
    rate: Array
    total_steps: Array


@dataclass(frozen=True)
class Objective:
    """What is minimized and what is watched.

    Args:
        loss: one number an example; its weighted mean is minimized.
        measures: further numbers an example, by name, averaged over an epoch (such as "error"); NaN for examples
            that have none, such as those without one of several targets.
        prepare: the encoder's part that runs on the device (bytes to numbers).
        ranks: whether a lower validation loss means a better network; where two play against each other it does not.
        design: what decides all of this: objectives of equal designs do the same; None is like no other.
        units: what measures are multiplied by once they are averaged, 1 where nothing is said; no part of the design.
    """

    loss: PerExample
    measures: Mapping[str, PerExample] = field(default_factory=dict)
    prepare: Callable[[Array], Array] = lambda x: x
    ranks: bool = True
    design: Hashable | None = None
    units: Mapping[str, float] = field(default_factory=dict)

    def in_units(self, name: str, mean: float) -> float:
        """The mean of a measure, or of the loss, as it is told."""
        return mean * self.units.get(name, 1.0)


def start_state(network: Layer, optimizer: optax.GradientTransformation, example: Any, seed: Array) -> TrainState:
    """Fresh weights for batches like `example` (an array or its ShapeDtypeStruct)."""
    params, state = network.init(jax.random.key(seed), example)
    return TrainState(params, state, optimizer.init(params), jnp.int32(0))


def dials_for(settings: Settings, total_steps: int) -> Dials:
    """The dials of a run with these settings."""
    return Dials(jax.random.key(settings.seed ^ 0x5EED), jnp.float32(settings.rate), jnp.int32(total_steps))


def zero_sums(objective: Objective) -> Sums:
    """The sums before the first step of an epoch."""
    names = ["loss", "count", *objective.measures, *map(counted_name, objective.measures)]
    return {**{name: np.float32(0) for name in names}, "bad_step": np.int32(-1)}


def counted_name(measure: str) -> str:
    """Where the sums keep how many examples a measure has."""
    return f"{measure} counted"


def make_loss(network: Layer, objective: Objective, settings: Settings) -> Callable[..., Any]:
    """The function that is differentiated: (params, state, batch, mask, key) -> (loss, (state, sums))."""

    def loss(params: Params, state: State, batch: Data, mask: Array, key: Key) -> tuple[Array, Any]:
        x = objective.prepare(batch.inputs)
        if changes_pictures(settings):
            key, own_key = jax.random.split(key)
            x = augment(own_key, x, settings)
        predictions, state = _forward(network, settings.compute_type, params, state, x, key, mask)
        weights = batch.weights * mask
        losses = objective.loss(predictions, batch.targets)
        sums = {"loss": jnp.sum(losses * weights), "count": jnp.sum(mask)}
        for name, measure in objective.measures.items():
            values = measure(predictions, batch.targets)
            counted = jnp.where(jnp.isnan(values), 0.0, mask)
            sums[name] = jnp.sum(jnp.where(counted > 0, values, 0.0))
            sums[counted_name(name)] = jnp.sum(counted)
        mean = sums["loss"] / jnp.maximum(sums["count"], 1)
        return mean + penalty(params, settings.l1, settings.l2), (state, sums)

    return loss


def _forward(
    network: Layer, compute_type: str, params: Params, state: State, x: Array, key: Key, mask: Array
) -> tuple[Array, State]:
    """The network's outputs and state while training, computed in this type of numbers, given in float32."""
    if compute_type == "float32":
        return network.apply(params, state, x, key=key, training=True, mask=mask)
    narrow = partial(_with_dtype, jnp.dtype(compute_type))
    outputs, after = network.apply(narrow(params), state, narrow(x), key=key, training=True, mask=mask)
    wide = partial(_with_dtype, jnp.dtype(jnp.float32))
    return wide(outputs), wide(after)


def _with_dtype(dtype: Any, tree: Any) -> Any:
    """A tree with its real numbers as this type; whole numbers stay."""
    return jax.tree.map(lambda leaf: leaf.astype(dtype) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf, tree)


def make_step(
    network: Layer, objective: Objective, optimizer: optax.GradientTransformation, settings: Settings
) -> Callable[[TrainState, Data, Array, Array, Key], tuple[TrainState, Sums]]:
    """One step: (train state, batch, mask, rate, key) -> (train state, what the batch adds to the sums)."""
    differentiate = jax.value_and_grad(make_loss(network, objective, settings), has_aux=True)

    def step(now: TrainState, batch: Data, mask: Array, rate: Array, key: Key) -> tuple[TrainState, Sums]:
        (loss, (state, sums)), gradients = differentiate(now.params, now.state, batch, mask, key)
        params, optimizer_state = descend(optimizer, gradients, now.optimizer_state, now.params, rate)
        sums["bad_step"] = jnp.where(jnp.isfinite(loss), -1, now.step)
        return TrainState(params, state, optimizer_state, now.step + 1), sums

    return step


def take_batch(data: Data, order: Array, number: Array, batch_size: int, real: Array) -> tuple[Data, Array]:
    """Batch `number` in the given order, and its mask: what comes after `real` examples fills up the last batch."""
    places = number * batch_size + jnp.arange(batch_size)
    rows = jax.lax.dynamic_slice(order, (number * batch_size,), (batch_size,))
    return jax.tree.map(lambda column: column[rows], data), (places < real).astype(jnp.float32)


def take_row(data: Data, order: Array, number: Array, batch_size: int, real: Array) -> tuple[Data, Array]:
    """The same of examples that lie in batches already, (batches, batch_size, ...): nothing moves between devices."""
    places = number * batch_size + jnp.arange(batch_size)
    batch = jax.tree.map(lambda column: jax.lax.dynamic_index_in_dim(column, number, keepdims=False), data)
    return batch, (places < real).astype(jnp.float32)


def share_done(step: Array, total_steps: Array) -> Array:
    """How far a run is in the middle of a step; at its beginning, a run of one step would have no rate at all."""
    return (step + 0.5) / total_steps


def make_advance(
    network: Layer,
    objective: Objective,
    optimizer: optax.GradientTransformation,
    settings: Settings,
    devices: Devices | None = None,
) -> Any:
    """The loop over batches `first` to `last` (exclusive) of an epoch, to be compiled.

    (train state, sums, data, order, real, first, last, dials) -> (train state, sums). `order` tells the rows of the
    batches, `real` of them, filled up to whole batches.
    """
    step = make_step(network, objective, optimizer, settings)
    devices = devices or devices_for(settings)
    take = take_batch if devices.together.count == 1 else take_row

    def advance(
        now: TrainState,
        sums: Sums,
        data: Data,
        order: Array,
        real: Array,
        first: Array,
        last: Array,
        dials: Dials,
    ) -> tuple[TrainState, Sums]:
        def body(number: Array, carry: tuple[TrainState, Sums]) -> tuple[TrainState, Sums]:
            now, sums = carry
            batch, mask = devices.share(take(data, order, number, settings.batch_size, real))
            factor = settings.schedule.factor(share_done(now.step, dials.total_steps))
            key = jax.random.fold_in(dials.chance, now.step)
            now, added = step(now, batch, mask, dials.rate * factor, key)
            return now, add_sums(sums, added)

        after: tuple[TrainState, Sums] = jax.lax.fori_loop(first, last, body, (now, sums))
        return after

    return advance


def add_sums(sums: Sums, added: Sums) -> Sums:
    """The sums with one batch more; of the bad steps the first stays."""
    total = {name: sums[name] + added[name] for name in sums if name != "bad_step"}
    total["bad_step"] = jnp.where(sums["bad_step"] >= 0, sums["bad_step"], added["bad_step"])
    return total
