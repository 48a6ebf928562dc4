"""Chance that costs little: random bits for large arrays, for which a cautious generator would take most of a step."""

from __future__ import annotations

import math

import numpy as np

from lamina.arrays import Array, Key, Shape, jax, jnp

GOLDEN = np.uint32(0x9E3779B9)
"""2^32 divided by the golden ratio: multiples of it are spread evenly."""


def random_bits(key: Key, shape: Shape) -> Array:
    """32 random bits for each place: its number and the key's two words, mixed twice.

    bits_i = mix(mix(a + i g) + b), with a and b the key's words and g odd. JAX's own bits (Threefry) take 20 rounds for
    two numbers. These are ten operations each, and XLA computes them where they are used: nothing is stored. They are
    good enough for silencing neurons, not for secrets.

    Args:
        key: of JAX; another one gives other bits.
        shape: of the array, of less than 2^32 places.

    Source:
        Wellons, Prospecting for Hash Functions (2018): the mixing with multipliers 0x7feb352d and 0x846ca68b.

    Example:
        >>> import jax
        >>> random_bits(jax.random.key(0), (2, 3)).dtype
        dtype('uint32')
    """
    words = jax.random.key_data(key)
    place = jnp.arange(math.prod(shape), dtype=jnp.uint32).reshape(shape)
    mixed: Array = _mix(_mix(words[..., 0] + place * GOLDEN) + words[..., -1])
    return mixed


def _mix(x: Array) -> Array:
    """Each bit of a number decides about every other one."""
    x = (x ^ (x >> 16)) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * np.uint32(0x846CA68B)
    return x ^ (x >> 16)
