"""Groups: how much an example belongs to each of several centers."""

from __future__ import annotations

from lamina.arrays import Array, Params, Shape, jnp
from lamina.layers.base import PureLayer, Variable, Variables, require_positive, require_rank
from lamina.recipes import recipe


@recipe
class SoftGroups(PureLayer):
    """The share of each group in an example, the larger the nearer its center: q_j ~ 1 / (1 + |x - c_j|^2).

    Shapes:
        x: (batch, features). Output: (batch, groups), rows that add up to 1. centers c: (groups, features).

    Args:
        groups: how many centers.

    Raises:
        SettingError: groups below 1.
        ShapeError: no rows of numbers.

    Source:
        Xie, Girshick and Farhadi, Unsupervised Deep Embedding for Clustering Analysis (2016), equation 1 with alpha 1:
        Student's t with one degree of freedom.

    Example:
        >>> import jax.numpy as jnp, lamina
        >>> params = {"centers": jnp.array([[0.0], [1.0]])}
        >>> print(lamina.SoftGroups(2).forward(params, jnp.array([[0.0]])))
        [[0.6666667  0.33333334]]
    """

    groups: int

    def __post_init__(self) -> None:
        require_positive("SoftGroups", groups=self.groups)

    def output_shape(self, shape: Shape) -> Shape:
        """(groups,)."""
        require_rank(self, shape, 1, "rows of shape (batch, features)")
        return (self.groups,)

    def parameters(self, shape: Shape) -> Variables:
        """`centers` (groups, features)."""
        return {"centers": Variable((self.groups, shape[-1]), "unit_normal")}

    def forward(self, params: Params, x: Array) -> Array:
        """q."""
        closeness = 1 / (1 + jnp.square(x[:, None] - params["centers"]).sum(axis=-1))
        return closeness / closeness.sum(axis=1, keepdims=True)
