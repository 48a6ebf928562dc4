"""Where NaN or infinity began: the epoch, the step and the layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from lamina.arrays import Array, Key, Params, State
from lamina.errors import NonFiniteError
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.training.records import Progress
from lamina.training.step import Data, TrainState, make_loss

if TYPE_CHECKING:
    from lamina.training.loop import Trainer


def explain_non_finite(trainer: Trainer, progress: Progress, bad_step: int) -> NonFiniteError:
    """Run again from the last good chunk up to the bad step, and look into it."""
    first = int(progress.train.step) - progress.batch  # the number of the epoch's first step
    batch = bad_step - first
    where = _find(trainer, progress, batch)
    return NonFiniteError(
        f"the loss is no longer a finite number in epoch {progress.epochs_done + 1}, step {batch + 1} of "
        f"{trainer.batches}; it began in {where}. Lower the learning rate (it was "
        f"{trainer.settings.rate:g}), clip the gradients (clip_norm=1), or look for huge values in the data."
    )


def _find(trainer: Trainer, progress: Progress, batch: int) -> str:
    """Go to the bad batch; if its weights are bad already, the step before it made them."""
    for candidate in (batch, batch - 1):
        if candidate < progress.batch:
            break
        before = trainer.run(progress, candidate)[0] if candidate > progress.batch else progress.train
        if candidate >= trainer.batches or not _finite(before.params):
            continue
        data, mask = trainer.batch(progress, candidate)
        return _look(trainer, trainer.devices.here(before), data, mask)
    return "the weights, which the step before had made infinite"


def _look(trainer: Trainer, train: TrainState, batch: Data, mask: Array) -> str:
    """The first layer whose output, or else the last whose gradient, is not finite."""
    key = jax.random.key(0)
    x = trainer.objective.prepare(batch.inputs)
    if not _finite(x):
        return "the inputs"
    forward = first_non_finite_layer(trainer.network, train.params, train.state, x, key, mask)
    if forward is not None:
        return forward
    loss = make_loss(trainer.network, trainer.objective, trainer.settings)
    gradients = jax.grad(lambda p: loss(p, train.state, batch, mask, key)[0])(train.params)
    bad = [name for name, part in gradients.items() if not _finite(part)]
    if not bad:
        return "the loss itself"
    return f"the gradient of {_name(trainer.network, bad[-1])}"


def first_non_finite_layer(network: Layer, params: Params, state: State, x: Array, key: Key, mask: Array) -> str | None:
    """The first layer of a Sequential whose output is not finite."""
    layers = network.layers if isinstance(network, Sequential) else (network,)
    for number, layer in enumerate(layers):
        own = (params.get(str(number), {}), state.get(str(number), {}))
        if not isinstance(network, Sequential):
            own = (params, state)
        x, _ = layer.apply(*own, x, key=jax.random.fold_in(key, number), training=True, mask=mask)
        if not _finite(x):
            return f"the output of {_name(network, str(number))}"
    return None


def _name(network: Layer, place: str) -> str:
    if isinstance(network, Sequential) and place.isdigit():
        number = int(place)
        return f"layer {number + 1} of {len(network.layers)}, {network.layers[number]!r}"
    return repr(network)


def _finite(tree: Any) -> bool:
    return all(bool(np.isfinite(leaf).all()) for leaf in jax.tree.leaves(tree))
