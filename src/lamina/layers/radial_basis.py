"""Radial basis outputs: how near an example comes to what stands for each class."""

from __future__ import annotations

from lamina.arrays import Array, Key, Params, Shape, State, jnp
from lamina.errors import SettingError, ShapeError
from lamina.layers.base import Layer, Variable, Variables, require_positive, require_rank
from lamina.layers.drawings import DIGIT_PIXELS, DIGITS
from lamina.recipes import recipe

CENTERS = ("digit_drawings", "signs")


@recipe
class RadialBasis(Layer):
    """Minus the squared distance to a fixed center for each unit: y_j = -sum_i (x_i - c_ij)^2.

    With `cross_entropy` behind it, the loss is distance_true + log sum_j exp(-distance_j): equation 9 of the source
    without the constant of its rubbish class.

    Shapes:
        x: (batch, features). Output: (batch, units). centers, never learnt: (features, units).

    Args:
        units: how many centers.
        centers: "digit_drawings", ten digits drawn with 7 x 12 pixels of -1 and 1, or "signs", drawn at random.

    Raises:
        SettingError: no such centers, or drawings for another number of units.
        ShapeError: no rows of numbers, or drawings for another number of features.

    Source:
        LeCun et al., Gradient-Based Learning Applied to Document Recognition (1998), equations 7 and 9 and figure 3;
        the drawings are our own.

    Example:
        >>> import lamina
        >>> lamina.RadialBasis(3, "signs").output_shape((84,))
        (3,)
    """

    units: int
    centers: str = "digit_drawings"

    def __post_init__(self) -> None:
        require_positive("RadialBasis", units=self.units)
        if self.centers not in CENTERS:
            raise SettingError(f"RadialBasis needs centers out of {', '.join(CENTERS)}; got {self.centers!r}")
        if self.centers == "digit_drawings" and self.units != DIGITS:
            raise SettingError(
                f"RadialBasis has drawings of {DIGITS} digits; got {self.units} units: take centers 'signs'"
            )

    def output_shape(self, shape: Shape) -> Shape:
        """(units,)."""
        require_rank(self, shape, 1, "rows of shape (batch, features)")
        if self.centers == "digit_drawings" and shape != (DIGIT_PIXELS,):
            raise ShapeError(repr(self), f"{DIGIT_PIXELS} features, one for each pixel of a drawing", shape)
        return (self.units,)

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def memory(self, shape: Shape) -> Variables:
        """`centers` (features, units)."""
        return {"centers": Variable((shape[-1], self.units), self.centers)}

    def apply(
        self,
        params: Params,
        state: State,
        x: Array,
        *,
        key: Key | None = None,
        training: bool = False,
        mask: Array | None = None,
    ) -> tuple[Array, State]:
        """Minus the squared distances."""
        self.output_shape(x.shape[1:])
        return -jnp.square(x[:, :, None] - state["centers"]).sum(axis=1), state
