"""Activation functions, each with its formula, range and derivative; and the layer that applies one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from lamina.arrays import Array, Params, Shape, jax, jnp
from lamina.errors import SettingError, ShapeError
from lamina.layers.base import PureLayer, Variables
from lamina.recipes import recipe

LEAK = 0.01
"""The slope of leaky ReLU below zero."""
SCALE = 1.7159
SIX = 6.0
"""Where ReLU6 stops growing."""


def linear(z: Array) -> Array:
    """h = z."""
    return z


def binary_step(z: Array) -> Array:
    """h = 1 where z > 0, else 0.

    Its true derivative is 0 everywhere, so that nothing could be learnt through it: the gradient is passed
    straight through instead, as if h were z. Source: Bengio, Leonard and Courville (2013), section 4.
    """
    nothing = z - jax.lax.stop_gradient(z)  # 0 exactly, with the derivative 1
    return jnp.where(z > 0, 1 + nothing, nothing)


def sigmoid(z: Array) -> Array:
    """h = 1 / (1 + exp(-z))."""
    return jax.nn.sigmoid(z)


def tanh(z: Array) -> Array:
    """h = tanh z."""
    return jnp.tanh(z)


def scaled_tanh(z: Array) -> Array:
    """h = 1.7159 tanh(2 z / 3): about 1 at 1. Source: LeCun et al., Efficient BackProp (1998), section 4.4."""
    return SCALE * jnp.tanh(2 * z / 3)


def arctan(z: Array) -> Array:
    """h = arctan z."""
    return jnp.arctan(z)


def relu(z: Array) -> Array:
    """h = max(0, z); its derivative at 0 is taken as 0."""
    return jax.nn.relu(z)


def relu6(z: Array) -> Array:
    """h = min(max(0, z), 6); its derivative at 0 and at 6 is taken as 0.

    Source: Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10 (2010), section 2.2.
    """
    return jnp.where(z >= SIX, SIX, jax.nn.relu(z))


def leaky_relu(z: Array) -> Array:
    """h = z where z > 0, else 0.01 z."""
    return jnp.where(z > 0, z, LEAK * z)


def elu(z: Array) -> Array:
    """h = z where z > 0, else exp(z) - 1. Source: Clevert, Unterthiner and Hochreiter (2015)."""
    return jax.nn.elu(z)


def gelu(z: Array) -> Array:
    """h = z P(Z <= z) for a standard normal Z; exact, not the approximation by tanh.

    Source: Hendrycks and Gimpel (2016), section 2.
    """
    return 0.5 * z * jax.lax.erfc(-z * math.sqrt(0.5))


def silu(z: Array) -> Array:
    """h = z / (1 + exp(-z))."""
    return jax.nn.silu(z)


def softplus(z: Array) -> Array:
    """h = log(1 + exp z)."""
    return jax.nn.softplus(z)


def softmax(z: Array) -> Array:
    """h_i = exp(z_i) / sum_j exp(z_j), over the last axis."""
    return jax.nn.softmax(z, axis=-1)


@dataclass(frozen=True)
class Formula:
    """What an activation is, for people: formula, range and derivative; and both as functions.

    The derivative is of one neuron's activation by its own weighted sum.
    """

    function: Callable[[Array], Array]
    formula: str
    range: str
    derivative_formula: str
    derivative: Callable[[Array], Array]


def _ones(z: Array) -> Array:
    return jnp.ones_like(z)


def _normal_density(z: Array) -> Array:
    return jnp.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


ACTIVATIONS: dict[str, Formula] = {
    "linear": Formula(linear, "z", "(-inf, inf)", "1", _ones),
    "binary_step": Formula(binary_step, "1 if z > 0 else 0", "{0, 1}", "1 (straight through)", _ones),
    "sigmoid": Formula(
        sigmoid, "1 / (1 + exp(-z))", "(0, 1)", "h (1 - h)", lambda z: sigmoid(z) * (1 - sigmoid(z))
    ),
    "tanh": Formula(tanh, "tanh z", "(-1, 1)", "1 - h^2", lambda z: 1 - jnp.tanh(z) ** 2),
    "scaled_tanh": Formula(
        scaled_tanh, "1.7159 tanh(2 z / 3)", "(-1.7159, 1.7159)", "2 / 3 (1.7159 - h^2 / 1.7159)",
        lambda z: 2 / 3 * SCALE * (1 - jnp.tanh(2 * z / 3) ** 2),
    ),
    "arctan": Formula(arctan, "arctan z", "(-pi/2, pi/2)", "1 / (1 + z^2)", lambda z: 1 / (1 + z * z)),
    "relu": Formula(relu, "max(0, z)", "[0, inf)", "1 if z > 0 else 0", lambda z: jnp.where(z > 0, 1.0, 0.0)),
    "relu6": Formula(
        relu6, "min(max(0, z), 6)", "[0, 6]", "1 if 0 < z < 6 else 0",
        lambda z: jnp.where((z > 0) & (z < SIX), 1.0, 0.0),
    ),
    "leaky_relu": Formula(
        leaky_relu, "z if z > 0 else 0.01 z", "(-inf, inf)", "1 if z > 0 else 0.01",
        lambda z: jnp.where(z > 0, 1.0, LEAK),
    ),
    "elu": Formula(
        elu, "z if z > 0 else exp(z) - 1", "(-1, inf)", "1 if z > 0 else exp(z)",
        lambda z: jnp.where(z > 0, 1.0, jnp.exp(jnp.minimum(z, 0.0))),
    ),
    "gelu": Formula(
        gelu, "z P(Z <= z), Z standard normal", "[-0.17, inf)", "P(Z <= z) + z p(z)",
        lambda z: 0.5 * jax.lax.erfc(-z * math.sqrt(0.5)) + z * _normal_density(z),
    ),
    "silu": Formula(
        silu, "z / (1 + exp(-z))", "[-0.28, inf)", "s + h (1 - s), s = sigmoid z",
        lambda z: sigmoid(z) + silu(z) * (1 - sigmoid(z)),
    ),
    "softplus": Formula(softplus, "log(1 + exp z)", "(0, inf)", "sigmoid z", sigmoid),
    "softmax": Formula(
        softmax, "exp(z_i) / sum_j exp(z_j)", "(0, 1), adding up to 1", "h_i (1 - h_i)",
        lambda z: softmax(z) * (1 - softmax(z)),
    ),
}  # fmt: skip
"""Every activation by its name."""


RECTIFIED = ("relu", "relu6", "leaky_relu", "elu", "gelu", "silu")
"""ReLU and its kin, whose weights start as he_normal draws them."""


def activate(name: str, z: Array) -> Array:
    """The activation of this name.

    Example:
        >>> import jax.numpy as jnp
        >>> activate("relu", jnp.array([-1.0, 2.0])).tolist()
        [0.0, 2.0]
    """
    return ACTIVATIONS[name].function(z)


def require_activation(who: str, name: str) -> None:
    """Raise a SettingError unless there is an activation of this name."""
    if name not in ACTIVATIONS:
        raise SettingError(f"{who} needs an activation out of {', '.join(ACTIVATIONS)}; got {name!r}")


@recipe
class Activation(PureLayer):
    """An activation function as a layer of its own: h = f(z).

    Shapes:
        x: any. Output: the same.

    Raises:
        SettingError: an unknown name.
        ShapeError: softmax for examples without an axis.

    Example:
        >>> import lamina
        >>> lamina.Activation("tanh").output_shape((3, 4))
        (3, 4)
    """

    name: str

    def __post_init__(self) -> None:
        require_activation("Activation", self.name)

    def output_shape(self, shape: Shape) -> Shape:
        """The same."""
        if self.name == "softmax" and not shape:
            raise ShapeError(repr(self), "examples of shape (batch, ..., classes)", shape)
        return tuple(shape)

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """f(x)."""
        return activate(self.name, x)
