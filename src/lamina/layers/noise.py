"""Noise: inputs that are disturbed while training, so that what is learnt does not hang on single numbers."""

from __future__ import annotations

import math

from lamina.arrays import Array, Key, Params, Shape, State, jax
from lamina.errors import SettingError
from lamina.layers.base import Layer, Variables, require_key
from lamina.recipes import recipe


@recipe
class Noise(Layer):
    """While training, each number gets a normal one added: h = x + deviation n; outside training h = x.

    Shapes:
        x: any. Output: the same.

    Raises:
        SettingError: a deviation below 0; training without a key.

    Source:
        Vincent et al., Stacked Denoising Autoencoders (2010), section 3.3, as Keras' GaussianNoise.

    Example:
        >>> import jax, jax.numpy as jnp, lamina
        >>> y, _ = lamina.Noise(0.5).apply({}, {}, jnp.zeros((1, 400)), key=jax.random.key(0), training=True)
        >>> 0.4 < float(y.std()) < 0.6
        True
    """

    deviation: float

    def __post_init__(self) -> None:
        if type(self.deviation) not in (int, float) or not (math.isfinite(self.deviation) and self.deviation >= 0):
            raise SettingError(f"Noise needs a deviation from 0; got {self.deviation!r}")

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
        """x + deviation n while training, else x."""
        if not training or self.deviation == 0:
            return x, state
        key = require_key(self, key)
        return x + self.deviation * jax.random.normal(key, x.shape, x.dtype), state
