"""Resizing of pictures, specified exactly, so that every reader of a model file can do the same.

A picture is resized along rows and columns by two matrices: output = R_rows picture R_columns^T. Row i of R holds
the triangle filter around the place of output i in the input, with s = input length / output length:

    R[i, j] ~ max(0, 1 - |j - ((i + 1/2) s - 1/2)| / max(s, 1)),    each row divided by its sum.

Enlarging is linear interpolation; shrinking widens the triangle, so that no pixel is passed over.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lamina.arrays import Numpy

BLOCK = 1024
"""So many rows are brought to float64 at a time: a photo of 64 million pixels fits in memory."""


@lru_cache(maxsize=256)
def resize_matrix(before: int, after: int) -> Numpy:
    """The matrix (after, before) that resizes one axis.

    Example:
        >>> resize_matrix(4, 2).round(3).tolist()
        [[0.429, 0.429, 0.143, 0.0], [0.0, 0.143, 0.429, 0.429]]
    """
    ratio = before / after
    centers = (np.arange(after) + 0.5) * ratio - 0.5
    distances = np.abs(np.arange(before) - centers[:, None]) / max(ratio, 1.0)
    weights = np.maximum(0.0, 1.0 - distances)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def resize(picture: Numpy, height: int, width: int) -> Numpy:
    """A picture (height, width, ...) in another size, as float64.

    Example:
        >>> import numpy as np
        >>> resize(np.array([[0.0, 2.0], [2.0, 4.0]]), 1, 1)
        array([[2.]])
    """
    if picture.shape[:2] == (height, width):
        return picture.astype(np.float64)
    rows, columns = resize_matrix(picture.shape[0], height), resize_matrix(picture.shape[1], width)
    tall = np.zeros((height, *picture.shape[1:]))
    for start in range(0, picture.shape[0], BLOCK):
        block = slice(start, start + BLOCK)
        tall += np.tensordot(rows[:, block], picture[block].astype(np.float64), axes=(1, 0))
    return np.asarray(np.moveaxis(np.tensordot(columns, tall, axes=(1, 1)), 0, 1))


def to_byte(values: Numpy) -> Numpy:
    """Numbers from 0 to 255 as bytes, halves rounded up: floor(value + 0.500001).

    The millionth makes a half that is off by a rounding error the same byte on every machine.

    Example:
        >>> import numpy as np
        >>> to_byte(np.array([-3.0, 1.49, 1.5, 300.0]))
        array([  0,   1,   2, 255], dtype=uint8)
    """
    return np.clip(np.floor(values + 0.500001), 0, 255).astype(np.uint8)
