"""What layers have in common that learn what examples look like: terms of a loss of their own, and new examples."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError
from lamina.layers.base import Layer, known_range

TOLERANCE = 1e-3
"""So far beyond 0 and 1 a value is taken for rounding."""


@runtime_checkable
class Generative(Protocol):
    """A layer that gives, for each example, the terms of its loss, and what is watched behind them.

    While training, the gradient of the terms is the layer's own rule of learning. Outside of it, the same numbers tell
    how well the layer knows an example.
    """

    @property
    def terms(self) -> tuple[str, ...]:
        """The names of the outputs that are minimized."""

    @property
    def watched(self) -> tuple[str, ...]:
        """The names of the outputs behind them."""

    def generate(self, params: Params, state: State, key: Key, shape: Shape, count: int) -> Array:
        """New examples (count, *shape), as the network sees them."""


@runtime_checkable
class Coding(Protocol):
    """A layer that holds a code of its input inside, which its outputs do not show."""

    def encode(self, params: Params, state: State, x: Array) -> Array:
        """The code of each example, (batch, numbers)."""


def with_slope_of(value: Array, sloped: Array) -> Array:
    """The value, with the gradient of something else.

    Example:
        >>> import jax
        >>> value, slope = jax.value_and_grad(lambda x: with_slope_of(jax.lax.stop_gradient(x**2), 5 * x))(3.0)
        >>> float(value), float(slope)
        (9.0, 5.0)
    """
    return value + sloped - jax.lax.stop_gradient(sloped)


def between_zero_and_one(layer: Layer, x: Array) -> Array:
    """The inputs of a layer whose neurons are 0 or 1; NaN for others, in a compiled program.

    Raises:
        SettingError: values outside 0 to 1.
    """
    low, high = known_range(x) or (0, 1)
    if not (low >= -TOLERANCE and high <= 1 + TOLERANCE):
        cure = "Take visible='gaussian' for others." if hasattr(layer, "visible") else "Bring them there."
        raise SettingError(f"{layer!r} needs values from 0 to 1; got {low:g} to {high:g}. {cure}")
    return jnp.where((x >= -TOLERANCE) & (x <= 1 + TOLERANCE), x, jnp.nan)
