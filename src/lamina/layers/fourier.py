"""Random Fourier features: waves in random directions, whose products are near a Gaussian kernel."""

from __future__ import annotations

import math

from lamina.arrays import Array, Key, Params, Shape, State, jnp
from lamina.errors import SettingError
from lamina.layers.base import Layer, Variable, Variables, require_positive, require_rank
from lamina.recipes import recipe


@recipe
class RandomFourier(Layer):
    """Cosines in fixed random directions, h = sqrt(2 / features) cos(x W + b): h(x) h(y) is near exp(-gamma |x - y|^2).

    W is normal with variance 2 gamma, b uniform from 0 to 2 pi; neither is learnt. A linear layer behind it is near a
    kernel machine, at a cost that grows with the examples and not with their square.

    Shapes:
        x: (batch, inputs). Output: (batch, features). direction (inputs, features), phase (features,): fixed.

    Args:
        features: how many cosines.
        gamma: how fast the kernel falls; None takes 1 / inputs, right for standardized inputs.

    Raises:
        SettingError: no features, or a gamma that is not positive.
        ShapeError: no rows of numbers.

    Source:
        Rahimi and Recht, Random Features for Large-Scale Kernel Machines (2007), algorithm 1.

    Example:
        >>> import lamina
        >>> lamina.RandomFourier(500).output_shape((64,))
        (500,)
    """

    features: int = 2_000
    gamma: float | None = None

    def __post_init__(self) -> None:
        require_positive("RandomFourier", features=self.features)
        gamma = self.gamma
        if gamma is not None and (type(gamma) not in (int, float) or not (math.isfinite(gamma) and gamma > 0)):
            raise SettingError(f"RandomFourier needs a positive gamma, or None; got {gamma!r}")

    def output_shape(self, shape: Shape) -> Shape:
        """(features,)."""
        require_rank(self, shape, 1, "rows of shape (batch, inputs)")
        return (self.features,)

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def memory(self, shape: Shape) -> Variables:
        """`direction` (inputs, features) and `phase` (features,)."""
        return {
            "direction": Variable((shape[-1], self.features), "unit_normal"),
            "phase": Variable((self.features,), "angles"),
        }

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
        """sqrt(2 / features) cos(sqrt(2 gamma) x direction + phase)."""
        self.output_shape(x.shape[1:])
        gamma = 1 / x.shape[-1] if self.gamma is None else self.gamma
        angle = math.sqrt(2 * gamma) * (x @ state["direction"]) + state["phase"]
        return math.sqrt(2 / self.features) * jnp.cos(angle), state
