"""Changes of the training examples that keep their meaning, made inside the compiled step."""

from __future__ import annotations

from lamina.arrays import Array, Key, jax, jnp


def random_shift(key: Key, pictures: Array, pixels: int) -> Array:
    """Move each picture by up to `pixels` rows and columns; its border is repeated outwards.

    Shapes:
        pictures: (batch, height, width, channels). Output: the same.

    Source:
        Simard, Steinkraus and Platt, Best Practices for Convolutional Neural Networks (2003), section 2.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> random_shift(jax.random.key(0), jnp.ones((2, 8, 8, 1)), 1).shape
        (2, 8, 8, 1)
    """
    count, height, width = pictures.shape[:3]
    row_key, column_key = jax.random.split(key)
    rows = _moved_places(row_key, count, height, pixels)
    columns = _moved_places(column_key, count, width, pixels)
    moved: Array = jax.vmap(lambda picture, r, c: picture[r][:, c])(pictures, rows, columns)
    return moved


def _moved_places(key: Key, count: int, length: int, pixels: int) -> Array:
    """For each picture, which row (or column) of the original stands at each place."""
    offsets = jax.random.randint(key, (count, 1), -pixels, pixels + 1)
    return jnp.clip(jnp.arange(length) + offsets, 0, length - 1)
