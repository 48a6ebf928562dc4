"""Spectrograms varied by chance while training, so that a network learns what stays the same."""

from __future__ import annotations

import math
from typing import ClassVar

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError
from lamina.layers.base import Layer, Variables, require_key
from lamina.layers.convolution import require_pictures
from lamina.recipes import recipe


@recipe
class VarySpectrogram(Layer):
    """While training, move each spectrogram, make it louder or softer and noisy, and hide stripes of moments and bands.

    h = m (x moved + g + u n): moved by whole moments and bands, its border repeated; g uniform from -gain to gain and u
    from 0 to noise, one number an example each; n normal, one a place; m = 0 in the two stripes, else 1. All is drawn
    anew for each example in each step. Outside training h = x.

    Shapes:
        x: (batch, moments, bands, channels). Output: the same.

    Args:
        moved: by up to so many (moments, bands).
        gain: the most that is added or taken away; in a spectrogram of logarithms that is loudness.
        hidden: the stripes are up to so many (moments, bands) wide.
        noise: its standard deviation is up to this.

    Raises:
        SettingError: negative settings; training without a key.
        ShapeError: no pictures.

    Source:
        Park et al., SpecAugment (2019), section 2: hiding. Hidden places become 0, the mean of a standardized
        spectrogram. Moving is as in Simard, Steinkraus and Platt (2003), section 2.

    Example:
        >>> import lamina
        >>> lamina.VarySpectrogram((4, 2)).output_shape((40, 40, 1))
        (40, 40, 1)
    """

    moved: tuple[int, int] = (0, 0)
    gain: float = 0.0
    hidden: tuple[int, int] = (0, 0)
    noise: float = 0.0

    added_fields: ClassVar[tuple[str, ...]] = ("noise",)

    def __post_init__(self) -> None:
        pairs = (self.moved, self.hidden)
        if not all(
            isinstance(p, tuple) and len(p) == 2 and all(type(n) is int and 0 <= n <= 10_000 for n in p) for p in pairs
        ):
            raise SettingError(
                f"VarySpectrogram needs moved and hidden as two whole numbers from 0; got {self.moved!r}, "
                f"{self.hidden!r}"
            )
        for name, value in (("gain", self.gain), ("noise", self.noise)):
            if type(value) not in (int, float) or not (math.isfinite(value) and value >= 0):
                raise SettingError(f"VarySpectrogram needs a {name} from 0; got {value!r}")

    def output_shape(self, shape: Shape) -> Shape:
        """The same."""
        require_pictures(self, shape)
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
        """m (x moved + g + u n) while training, else x."""
        self.output_shape(x.shape[1:])
        if not training:
            return x, state
        key = require_key(self, key)
        keys = jax.random.split(key, 5)
        for axis in (1, 2):
            x = _moved(keys[axis - 1], x, axis, self.moved[axis - 1])
        x = x + self.gain * jax.random.uniform(keys[2], (len(x), 1, 1, 1), x.dtype, -1.0)
        if self.noise:
            x = x + _noise(jax.random.fold_in(key, 5), x, self.noise)
        for axis in (1, 2):
            x = jnp.where(_hidden(keys[axis + 2], x, axis, self.hidden[axis - 1]), 0, x)
        return x, state


def _moved(key: Key, x: Array, axis: int, most: int) -> Array:
    """Each example moved along an axis by up to `most` places, its border repeated."""
    if most == 0:
        return x
    offsets = jax.random.randint(key, (len(x), 1), -most, most + 1)
    places = jnp.clip(jnp.arange(x.shape[axis]) + offsets, 0, x.shape[axis] - 1)
    moved: Array = jax.vmap(lambda example, chosen: jnp.take(example, chosen, axis - 1))(x, places)
    return moved


def _noise(key: Key, x: Array, most: float) -> Array:
    """Normal noise of the shape of x, in each example with a standard deviation of up to `most`."""
    level_key, noise_key = jax.random.split(key)
    level = most * jax.random.uniform(level_key, (len(x), 1, 1, 1), x.dtype)
    return level * jax.random.normal(noise_key, x.shape, x.dtype)


def _hidden(key: Key, x: Array, axis: int, most: int) -> Array:
    """Where a stripe of up to `most` places along an axis covers an example."""
    width_key, start_key = jax.random.split(key)
    width = jax.random.randint(width_key, (len(x), 1), 0, most + 1)
    start = jnp.floor(jax.random.uniform(start_key, (len(x), 1)) * (x.shape[axis] - width + 1))
    places = jnp.arange(x.shape[axis])
    covered = (places >= start) & (places < start + width)
    return covered.reshape((len(x), -1, 1, 1) if axis == 1 else (len(x), 1, -1, 1))
