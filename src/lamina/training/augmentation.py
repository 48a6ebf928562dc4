"""Changes of the training pictures that keep their meaning, made anew for every step inside the compiled program.

All of them take standardized pictures (batch, height, width, channels) and give the same shape. Each has a key of its
own, so that one more of them leaves what the others draw as it was.
"""

from __future__ import annotations

from lamina.arrays import Array, Key, jax, jnp
from lamina.training.settings import Settings


def changes_pictures(settings: Settings) -> bool:
    """Whether training changes pictures at random."""
    return bool(settings.shift or settings.flip or settings.crop or settings.brightness)


def augment(key: Key, pictures: Array, settings: Settings) -> Array:
    """The pictures changed as the settings say, each picture in its own way.

    Shapes:
        pictures: (batch, height, width, channels). Output: the same.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> pictures = jnp.arange(8.0).reshape(2, 2, 2, 1)
        >>> bool((augment(jax.random.key(0), pictures, Settings()) == pictures).all())
        True
    """
    if settings.shift:
        pictures = random_shift(key, pictures, settings.shift)
    if settings.flip:
        pictures = random_flip(jax.random.fold_in(key, 1), pictures)
    if settings.crop:
        pictures = random_crop(jax.random.fold_in(key, 2), pictures, settings.crop)
    if settings.brightness:
        pictures = random_brightness(jax.random.fold_in(key, 3), pictures, settings.brightness)
    return pictures


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


def random_flip(key: Key, pictures: Array) -> Array:
    """Mirror each picture left to right with a chance of one half.

    Shapes:
        pictures: (batch, height, width, channels). Output: the same.

    Source:
        Krizhevsky, Sutskever and Hinton, ImageNet Classification with Deep Convolutional Neural Networks (2012),
        section 4.1.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> random_flip(jax.random.key(0), jnp.ones((2, 8, 8, 1))).shape
        (2, 8, 8, 1)
    """
    mirrored = jax.random.bernoulli(key, shape=(pictures.shape[0], 1, 1, 1))
    return jnp.where(mirrored, pictures[:, :, ::-1], pictures)


def random_crop(key: Key, pictures: Array, share: float) -> Array:
    """Enlarge a part of each picture to the whole: it may lack up to `share` of the height, and of the width.

    The value at output place i is `(1 - t) x[floor(p)] + t x[floor(p) + 1]` with `t = p - floor(p)` and the source
    place `p = start + (i + 1/2) s - 1/2`; `s` is uniform in [1 - share, 1], `start` uniform in [0, (1 - s) length],
    both drawn for rows and columns by themselves. Places beyond the border take the border.

    Shapes:
        pictures: (batch, height, width, channels). Output: the same.

    Source:
        Szegedy et al., Going Deeper with Convolutions (2014), section 6; there the area and the ratio of sides are
        drawn instead of the sides.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> random_crop(jax.random.key(0), jnp.ones((2, 8, 8, 1)), 0.2).shape
        (2, 8, 8, 1)
    """
    count, height, width = pictures.shape[:3]
    row_key, column_key = jax.random.split(key)
    rows = _enlarging(row_key, count, height, share)
    columns = _enlarging(column_key, count, width, share)
    return jnp.einsum("nih,nhwc,njw->nijc", rows, pictures, columns, precision="highest")


def random_brightness(key: Key, pictures: Array, share: float) -> Array:
    """Make each picture brighter or darker: one number, uniform in [-share, share], is added to all of it.

    The unit is the standard deviation of the training pixels, since pictures are standardized before.

    Shapes:
        pictures: (batch, height, width, channels). Output: the same.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> bool(jnp.abs(random_brightness(jax.random.key(0), jnp.zeros((2, 8, 8, 1)), 0.1)).max() <= 0.1)
        True
    """
    return pictures + jax.random.uniform(key, (pictures.shape[0], 1, 1, 1), minval=-share, maxval=share)


def _moved_places(key: Key, count: int, length: int, pixels: int) -> Array:
    """For each picture, which row (or column) of the original stands at each place."""
    offsets = jax.random.randint(key, (count, 1), -pixels, pixels + 1)
    return jnp.clip(jnp.arange(length) + offsets, 0, length - 1)


def _enlarging(key: Key, count: int, length: int, share: float) -> Array:
    """(count, length, length): the matrix that interpolates between the rows (or columns) of each picture."""
    size_key, start_key = jax.random.split(key)
    size = 1 - share * jax.random.uniform(size_key, (count, 1))
    start = jax.random.uniform(start_key, (count, 1)) * (1 - size) * length
    places = jnp.clip(start + (jnp.arange(length) + 0.5) * size - 0.5, 0, length - 1)
    return jnp.maximum(0, 1 - jnp.abs(places[:, :, None] - jnp.arange(length)))
