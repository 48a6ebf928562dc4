"""Compiled programs that are kept for the next run: one of the same design begins at once, with other numbers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, TypeVar

import jax
import optax

from lamina.layers.base import Layer
from lamina.training.loop import Trainer
from lamina.training.outputs import SIZES, Forward, Outputs
from lamina.training.settings import Settings
from lamina.training.step import Data, Objective
from lamina.training.transfer import Beginning
from lamina.training.windows import HostData, filled_up, room_for

Thing = TypeVar("Thing")

MOST_DESIGNS = 32


class Kept:
    """The things that were asked for last, by what they were made for.

    Args:
        most: so many are kept.

    Example:
        >>> kept = Kept(2)
        >>> first = kept.get("a design", list)
        >>> kept.get("a design", list) is first
        True
    """

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._things: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, design: Hashable, make: Callable[[], Thing]) -> Thing:
        """The thing of this design, made now where there is none; what has no hash is never kept."""
        try:
            hash(design)
        except TypeError:
            return make()
        with self._lock:
            found: Thing = self._things[design] if design in self._things else make()
            self._things[design] = found
            self._things.move_to_end(design)
            while len(self._things) > self._most:
                self._things.popitem(last=False)
        return found


_OUTPUTS, _TRAINERS = Kept(MOST_DESIGNS), Kept(MOST_DESIGNS)


def shared_outputs(design: Hashable, forward: Forward, sizes: tuple[int, ...] = SIZES) -> Outputs:
    """What a function gives for many examples; compiled once for all functions of a design.

    Args:
        design: what decides the function.
        forward: the function.
        sizes: the batch sizes that are compiled.

    Example:
        >>> import lamina
        >>> from lamina.training.outputs import forward_of
        >>> first, second = (shared_outputs(lamina.Dense(3), forward_of(lamina.Dense(3))) for _ in range(2))
        >>> first is second
        True
    """
    return _OUTPUTS.get((design, sizes), lambda: Outputs(forward, sizes))


def shared_trainer(
    network: Layer,
    objective: Objective,
    settings: Settings,
    training: Data | HostData,
    validation: Data | HostData | None = None,
    optimizer: optax.GradientTransformation | None = None,
    beginning: Beginning | None = None,
) -> Trainer:
    """A Trainer with the compiled programs of the last one of its design; takes what `Trainer` takes.

    Where nothing says what an objective does, or what cannot be compared takes part, it is one of its own.

    Example:
        >>> import jax.numpy as jnp, lamina
        >>> data = Data(jnp.ones((4, 2)), jnp.ones((4, 1)), jnp.ones(4))
        >>> squared = Objective(lambda answers, wanted: jnp.square(answers - wanted)[:, 0], design="squared")
        >>> first, second = (shared_trainer(lamina.Dense(1), squared, Settings(seed=seed), data) for seed in (0, 1))
        >>> first.outputs is second.outputs
        True
    """
    own = objective.design is None or optimizer is not None or beginning is not None
    if own or not isinstance(training, Data) or isinstance(validation, HostData):
        return Trainer(network, objective, settings, training, validation, optimizer, beginning=beginning)
    validation = None if validation is None else filled_up(validation, room_for(validation))
    # These settings are arguments of the programs, or decide how often they are called.
    same = replace(settings, seed=0, epochs=0, learning_rate=None, patience=None)
    design = (network, objective.design, same, _alike(training))
    first = _TRAINERS.get(design, lambda: _without_examples(Trainer(network, objective, settings, training)))
    trainer = first.sibling(settings, training, validation)
    trainer.objective = objective  # the same but for its units
    return trainer


def _alike(data: Data) -> Hashable:
    """What examples must have in common: the shape and the type of one."""
    return tuple((column.shape[1:], str(column.dtype)) for column in data)


def _without_examples(trainer: Trainer) -> Trainer:
    """What is kept of a trainer: its programs, and none of its data."""
    nothing = jax.tree.map(lambda column: column[:0], trainer.training)
    return trainer.sibling(trainer.settings, nothing)
