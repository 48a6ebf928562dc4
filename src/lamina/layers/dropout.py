"""Dropout: neurons that are silent by chance while training."""

from __future__ import annotations

import numpy as np

from lamina.arrays import Array, Key, Params, Shape, State, jnp
from lamina.errors import SettingError
from lamina.kernels.chance import random_bits
from lamina.layers.base import Layer, Variables, require_key
from lamina.recipes import recipe


@recipe
class Dropout(Layer):
    """While training, each number is 0 with probability `rate`, and the others are divided by 1 - rate.

    h = x m / (1 - rate), m = 0 with probability rate, else 1; outside training h = x. The expected value
    stays the same, so that nothing has to be scaled when predicting (the original paper scales the weights
    then).

    Shapes:
        x: any. Output: the same.

    Raises:
        SettingError: a rate below 0, or of 1 and above; training without a key.

    Source:
        Srivastava et al., Dropout (2014), section 4 and, for the division, section 10.

    Example:
        >>> import jax, jax.numpy as jnp, lamina
        >>> y, _ = lamina.Dropout(0.5).apply({}, {}, jnp.ones((1, 4)), key=jax.random.key(0), training=True)
        >>> sorted(set(y.ravel().tolist()))
        [0.0, 2.0]
    """

    rate: float

    def __post_init__(self) -> None:
        if isinstance(self.rate, bool) or not isinstance(self.rate, int | float) or not 0 <= self.rate < 1:
            raise SettingError(f"Dropout needs a rate from 0 to below 1; got {self.rate!r}")

    def output_shape(self, shape: Shape) -> Shape:
        """The same."""
        return tuple(shape)

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def memory(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

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
        """x m / (1 - rate) while training, else x."""
        if not training or self.rate == 0:
            return x, state
        key = require_key(self, key)
        kept = random_bits(key, x.shape) >= np.uint32(self.rate * 2**32)
        return jnp.where(kept, x / (1 - self.rate), 0), state
