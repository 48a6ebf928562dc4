"""Features of a plane: chosen products and waves of two numbers, which a network without hidden layers can add up."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from lamina.arrays import Array, Params, Shape, jnp
from lamina.errors import SettingError, ShapeError
from lamina.layers.base import PureLayer, Variables
from lamina.recipes import recipe

PLANE_FEATURES: Mapping[str, Callable[[Array, Array], Array]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1^2": lambda x1, x2: x1 * x1,
    "x2^2": lambda x1, x2: x2 * x2,
    "x1*x2": lambda x1, x2: x1 * x2,
    "sin(x1)": lambda x1, x2: jnp.sin(math.pi * x1),
    "sin(x2)": lambda x1, x2: jnp.sin(math.pi * x2),
}
"""Every feature by its name. The inputs are standardized: a wave of sin(pi x) is two standard deviations long."""


@recipe
class PlaneFeatures(PureLayer):
    """Chosen features of rows of two numbers: x1, x2, x1^2, x2^2, x1*x2, sin(x1) = sin(pi x1) and sin(x2).

    Shapes:
        x: (batch, 2). Output: (batch, features).

    Args:
        features: their names, in the order in which they are passed on.

    Raises:
        SettingError: no feature, one twice, or an unknown one.
        ShapeError: rows that are not of two numbers.

    Example:
        >>> import jax.numpy as jnp, lamina
        >>> lamina.PlaneFeatures(("x1", "x1*x2")).forward({}, jnp.array([[2.0, 3.0]])).tolist()
        [[2.0, 6.0]]
    """

    features: tuple[str, ...] = ("x1", "x2")

    def __post_init__(self) -> None:
        known = ", ".join(PLANE_FEATURES)
        if not self.features or len(set(self.features)) < len(self.features):
            raise SettingError(f"PlaneFeatures needs features that differ, one or more of {known}; got {self.features}")
        unknown = [name for name in self.features if name not in PLANE_FEATURES]
        if unknown:
            raise SettingError(f"PlaneFeatures needs features out of {known}; got {unknown[0]!r}")

    def output_shape(self, shape: Shape) -> Shape:
        """(features,)."""
        if tuple(shape) != (2,):
            raise ShapeError(repr(self), "rows of two numbers, shape (batch, 2)", shape)
        return (len(self.features),)

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """Each feature of each row."""
        return jnp.stack([PLANE_FEATURES[name](x[:, 0], x[:, 1]) for name in self.features], axis=-1)
