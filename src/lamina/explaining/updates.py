"""What the first step of an optimizer makes of a gradient, as a formula that can be done by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lamina.arrays import Array, Params, jax, jnp
from lamina.errors import ExplanationError
from lamina.explaining.programs import quickly_compiled
from lamina.training.optimizers import decay_of, descend, make_optimizer
from lamina.training.settings import Settings


@dataclass(frozen=True)
class Rule:
    """The first step of an optimizer that remembers nothing yet.

    Args:
        formula: of the step that is taken times the learning rate, with g for the gradient.
        step: (gradient, momentum) -> the step.
    """

    formula: str
    step: Callable[[float, float], float]


def _sign(g: float, _: float) -> float:
    return g / (abs(g) + 1e-8)


RULES: Mapping[str, Rule] = {
    "gradient_descent": Rule("g", lambda g, _: g),
    "momentum": Rule("g", lambda g, _: g),
    "nesterov": Rule("g + momentum g", lambda g, b: g + b * g),
    "adagrad": Rule("g / sqrt(0.1 + g^2)", lambda g, _: g / math.sqrt(0.1 + g * g + 1e-7)),
    "adadelta": Rule(
        "g sqrt(1e-6) / sqrt(0.05 g^2 + 1e-6)", lambda g, _: g * math.sqrt(1e-6) / math.sqrt(0.05 * g * g + 1e-6)
    ),
    "rmsprop": Rule("g / sqrt(0.1 g^2 + 1e-8)", lambda g, _: g / math.sqrt(0.1 * g * g + 1e-8)),
    "adam": Rule("g / (|g| + 1e-8)", _sign),
    "adamax": Rule("g / (|g| + 1e-8)", _sign),
    "nadam": Rule(
        "(1 + momentum / (1 + momentum)) g / (|g| + 1e-8)", lambda g, b: (1 + b / (1 + b)) * g / (abs(g) + 1e-8)
    ),
    "amsgrad": Rule("g / (|g| + 1e-8)", _sign),
    "adamw": Rule("g / (|g| + 1e-8)", _sign),
}
"""Each optimizer's step at t = 1, when its means are those of one gradient alone."""


@dataclass(frozen=True)
class Update:
    """One weight's step.

    Args:
        before, after: the weight.
        gradient: of the loss by it.
        step: what the learning rate is multiplied with.
    """

    before: float
    gradient: float
    step: float
    after: float


@dataclass(frozen=True, eq=False)
class FirstStep:
    """The step that an optimizer would take from where the weights are.

    Args:
        name: of the optimizer.
        rate: the learning rate.
        formula: of the step.
        after: the weights after it.
        momentum: the optimizer's.
        shortened: what all gradients are multiplied by, where they are longer than allowed.
        decay: how much of each weight is taken off.
    """

    name: str
    rate: float
    formula: str
    after: Params
    momentum: float
    shortened: float
    decay: float

    def of(self, before: float, gradient: float, after: float, decays: bool) -> Update:
        """One weight's step, compared with what the optimizer did.

        Raises:
            ExplanationError: the optimizer did something else.
        """
        g = gradient * self.shortened
        step = RULES[self.name].step(g, self.momentum) + (self.decay * before if decays else 0.0)
        again = before - self.rate * step
        if not abs(again - after) <= 1e-5 * max(1.0, abs(after)) + 2e-3 * abs(after - before):
            raise ExplanationError(f"the step of {self.name} leads to {again:.7g} by hand, but to {after:.7g}")
        return Update(before, gradient, step, after)


def first_step(settings: Settings, params: Params, gradients: Params) -> FirstStep | None:
    """One step of the run's optimizer from its beginning; None where it is one of a user's own."""
    if settings.optimizer not in RULES:
        return None
    optimizer = make_optimizer(settings.optimizer, settings.weight_decay, settings.momentum)

    def step(params: Params, gradients: Params) -> tuple[Params, Array]:
        shortened = _shortened(settings.clip_norm, gradients)
        clipped = jax.tree.map(lambda gradient: gradient * shortened, gradients)
        return descend(optimizer, clipped, optimizer.init(params), params, jnp.float32(settings.rate))[0], shortened

    after, shortened = jax.device_get(quickly_compiled(step)(params, gradients))
    decay = decay_of(settings.optimizer, settings.weight_decay)
    formula = RULES[settings.optimizer].formula + (f" + {decay:g} w" if decay else "")
    return FirstStep(settings.optimizer, settings.rate, formula, after, settings.momentum, float(shortened), decay)


def _shortened(most: float | None, gradients: Params) -> Array:
    """What gradients longer than `most` are multiplied by."""
    import optax

    return jnp.float32(1) if most is None else most / jnp.maximum(optax.tree.norm(gradients), most)
