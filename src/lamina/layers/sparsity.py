"""Sparsity: few neurons of a layer speak at a time."""

from __future__ import annotations

from lamina.arrays import Array, Params, Shape, jax, jnp
from lamina.errors import ShapeError
from lamina.layers.base import PureLayer, Variables, require_positive
from lamina.recipes import recipe


@recipe
class KeepLargest(PureLayer):
    """The `count` largest numbers of the last axis stay, the others become 0: h_i = x_i if x_i >= the k-th largest.

    Of equal numbers at the border all stay. The gradient goes through those that stay.

    Shapes:
        x: (..., features), with at least `count` features. Output: the same.

    Raises:
        SettingError: a count below 1.
        ShapeError: fewer features.

    Source:
        Makhzani and Frey, k-Sparse Autoencoders (2014), section 2.1. There a larger k is taken outside training; here
        the same one.

    Example:
        >>> import jax.numpy as jnp, lamina
        >>> lamina.KeepLargest(2).forward({}, jnp.array([[3.0, 1.0, 2.0]])).tolist()
        [[3.0, 0.0, 2.0]]
    """

    count: int

    def __post_init__(self) -> None:
        require_positive("KeepLargest", count=self.count)

    def output_shape(self, shape: Shape) -> Shape:
        """The same."""
        if not shape or shape[-1] < self.count:
            raise ShapeError(repr(self), f"at least {self.count} features", shape)
        return tuple(shape)

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """x where it is among the largest."""
        border = jax.lax.top_k(x, self.count)[0][..., -1:]
        return jnp.where(x >= jax.lax.stop_gradient(border), x, 0)
