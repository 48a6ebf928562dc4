"""Optimizers by name, through Optax; docs/training.md has the equation of each.

Each is built with the learning rate 1: the step multiplies its updates by the scheduled rate, which is the
same, since the updates of all of them are proportional to the rate. Optax is imported when an optimizer is
made, so that reading a model file does without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lamina.arrays import Array, Params, jax
from lamina.errors import SettingError
from lamina.kernels.adam import adam_step
from lamina.training.regularization import weight_mask

if TYPE_CHECKING:
    import optax

DEFAULT_LEARNING_RATES = {
    "gradient_descent": 0.1,
    "momentum": 0.05,
    "nesterov": 0.05,
    "adagrad": 0.05,
    "adadelta": 1.0,
    "rmsprop": 0.001,
    "adam": 0.001,
    "adamax": 0.002,
    "nadam": 0.002,
    "amsgrad": 0.001,
    "adamw": 0.001,
}
"""Every optimizer by its name, with the learning rate that is taken where none is given."""

MOMENTUM = 0.9


def make_optimizer(name: str, weight_decay: float = 0.0, momentum: float = MOMENTUM) -> optax.GradientTransformation:
    """The optimizer of this name at the learning rate 1.

    The new weights are w + rate * update. gradient_descent takes the step -gradient: with a batch of all
    examples it is batch gradient descent, with one example a step stochastic, with anything between
    mini-batch. The others remember earlier gradients.

    Args:
        name: one of DEFAULT_LEARNING_RATES.
        weight_decay: each step also takes rate * weight_decay * w from each weight, but not from biases and
            scales; 0 means what `decay_of` gives.
        momentum: how much of the earlier direction stays at each step, for the optimizers that remember one: the
            decay of momentum and nesterov, b1 of adam and its kin. Two networks in a game take 0.5.

    Raises:
        SettingError: an unknown name, a negative weight_decay, a momentum outside 0 to below 1.

    Source:
        The papers, and where other libraries differ, stand in docs/training.md. Decay: Loshchilov and Hutter,
        Decoupled Weight Decay Regularization (2017).

    Example:
        >>> import jax.numpy as jnp
        >>> optimizer = make_optimizer("gradient_descent")
        >>> weight = {"weight": jnp.array(5.0)}
        >>> updates, _ = optimizer.update({"weight": jnp.array(8.0)}, optimizer.init(weight), weight)
        >>> round(5.0 + 0.1 * float(updates["weight"]), 6)
        4.2
    """
    import optax

    if name not in DEFAULT_LEARNING_RATES:
        raise SettingError(f"the optimizer must be one of {', '.join(DEFAULT_LEARNING_RATES)}; got {name!r}")
    if not 0 <= weight_decay < float("inf"):
        raise SettingError(f"weight_decay must be a number of at least 0; got {weight_decay!r}")
    if not 0 <= momentum < 1:
        raise SettingError(f"momentum must be a number from 0 to below 1; got {momentum!r}")
    direction = {
        "gradient_descent": optax.identity,
        "momentum": lambda: optax.trace(decay=momentum),
        "nesterov": lambda: optax.trace(decay=momentum, nesterov=True),
        "adagrad": lambda: optax.scale_by_rss(initial_accumulator_value=0.1, eps=1e-7),
        "adadelta": lambda: optax.scale_by_adadelta(rho=0.95, eps=1e-6),
        "rmsprop": lambda: optax.scale_by_rms(decay=0.9, eps=1e-8),
        "adam": lambda: optax.scale_by_adam(b1=momentum),
        "adamax": lambda: optax.scale_by_adamax(b1=momentum),
        "nadam": lambda: optax.scale_by_adam(b1=momentum, nesterov=True),
        "amsgrad": lambda: optax.scale_by_amsgrad(b1=momentum),
        "adamw": lambda: optax.scale_by_adam(b1=momentum),
    }[name]()
    decay = decay_of(name, weight_decay)
    decayed = [optax.add_decayed_weights(decay, mask=weight_mask)] if decay else []
    made = optax.chain(direction, *decayed, optax.scale(-1.0))
    return made._replace(update=AdamUpdate(made.update, momentum)) if name == "adam" and not decay else made


def decay_of(name: str, weight_decay: float = 0.0) -> float:
    """The weight decay that an optimizer works with: 0 means 0.0001 for adamw, whose point it is, else none.

    Example:
        >>> decay_of("adamw"), decay_of("adam"), decay_of("adam", 0.01)
        (0.0001, 0.0, 0.01)
    """
    return weight_decay or (1e-4 if name == "adamw" else 0.0)


@dataclass(frozen=True)
class AdamUpdate:
    """Optax's update of Adam, with what `descend` must know to make it one pass over the weights."""

    update: Any
    momentum: float

    def __call__(self, *arguments: Any, **others: Any) -> Any:
        """What Optax gives."""
        return self.update(*arguments, **others)


def descend(
    optimizer: optax.GradientTransformation, gradients: Params, state: Any, params: Params, rate: Array
) -> tuple[Params, Any]:
    """The weights after a step, w + rate * update, and what the optimizer remembers.

    Example:
        >>> import jax.numpy as jnp
        >>> optimizer, weight = make_optimizer("adam"), {"weight": jnp.array(5.0)}
        >>> after, _ = descend(optimizer, {"weight": jnp.array(8.0)}, optimizer.init(weight), weight, 0.1)
        >>> round(float(after["weight"]), 4)
        4.9
    """
    if isinstance(optimizer.update, AdamUpdate):
        adam, *others = state
        step, momentum = adam.count + 1, optimizer.update.momentum
        params, mu, nu = adam_step(params, adam.mu, adam.nu, gradients, rate, step, momentum)
        return params, (adam._replace(count=step, mu=mu, nu=nu), *others)
    updates, state = optimizer.update(gradients, state, params)
    return jax.tree.map(lambda weight, update: weight + rate * update, params, updates), state
