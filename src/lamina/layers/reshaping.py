"""Layers that move numbers without computing: flat, in another shape, larger, a part of them, a frame around them."""

from __future__ import annotations

import math

import numpy as np

from lamina.arrays import Array, Params, Shape, jnp
from lamina.errors import SettingError, ShapeError
from lamina.layers.base import PureLayer, Variables, require_positive
from lamina.layers.convolution import MAX_SIZE, pair, require_pictures, require_windows
from lamina.recipes import recipe

LARGEST = float(np.finfo(np.float32).max)
"""The largest finite number of float32."""


@recipe
class Flatten(PureLayer):
    """All numbers of an example in one row.

    Shapes:
        x: (batch, ...). Output: (batch, numbers).

    Raises:
        ShapeError: an example with an empty axis.

    Example:
        >>> import lamina
        >>> lamina.Flatten().output_shape((5, 5, 16))
        (400,)
    """

    def output_shape(self, shape: Shape) -> Shape:
        """(numbers,)."""
        if 0 in shape:
            raise ShapeError(repr(self), "examples with at least one number", shape)
        return (math.prod(shape),)

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """One row an example."""
        return x.reshape(x.shape[0], math.prod(x.shape[1:]))


@recipe
class Reshape(PureLayer):
    """The same numbers in the same order, in another shape.

    Shapes:
        x: (batch, ...). Output: (batch, *shape).

    Raises:
        SettingError: no tuple, or a length below 1.
        ShapeError: another count of numbers.

    Example:
        >>> import lamina
        >>> lamina.Reshape((28, 28, 1)).output_shape((784,))
        (28, 28, 1)
    """

    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.shape, tuple):
            raise SettingError(f"Reshape needs a tuple of lengths, such as (28, 28, 1); got {self.shape!r}")
        require_positive("Reshape", shape=self.shape)

    def output_shape(self, shape: Shape) -> Shape:
        """The given shape."""
        if math.prod(shape) != math.prod(self.shape):
            raise ShapeError(repr(self), f"examples of {math.prod(self.shape):,} numbers", shape)
        return self.shape

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """The given shape."""
        return x.reshape(x.shape[0], *self.shape)


@recipe
class Slice(PureLayer):
    """A part of each example: what stands from `start` up to, not including, `stop` along one axis.

    With `Parallel`, the parts of an input that mixes kinds go different ways:
    `Parallel(Sequential(Slice(0, 20), ...), Sequential(Slice(20, 23), ...))`.

    Shapes:
        x: (batch, ...). Output: the same, with stop - start places along the axis.

    Args:
        start: the first place, from 0.
        stop: the place after the last one.
        axis: of one example, from 0; the batch axis does not count.

    Raises:
        SettingError: a negative start or axis, or a stop that is not behind the start.
        ShapeError: an example without that axis, or with fewer places.

    Example:
        >>> import lamina
        >>> lamina.Slice(2, 5).output_shape((8, 3))
        (3, 3)
    """

    start: int
    stop: int
    axis: int = 0

    def __post_init__(self) -> None:
        if type(self.start) is not int or type(self.stop) is not int or not 0 <= self.start < self.stop:
            raise SettingError(f"Slice needs places 0 <= start < stop; got {self.start!r} to {self.stop!r}")
        if type(self.axis) is not int or self.axis < 0:
            raise SettingError(f"Slice needs an axis of one example, from 0; got {self.axis!r}")

    def output_shape(self, shape: Shape) -> Shape:
        """stop - start places along the axis."""
        if len(shape) <= self.axis or shape[self.axis] < self.stop:
            raise ShapeError(repr(self), f"examples with at least {self.stop:,} places along axis {self.axis}", shape)
        return (*shape[: self.axis], self.stop - self.start, *shape[self.axis + 1 :])

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """x[start:stop] along the axis."""
        return x[(slice(None),) * (self.axis + 1) + (slice(self.start, self.stop),)]


@recipe
class UpSample2D(PureLayer):
    """Pictures made larger by repeating rows and columns.

    Shapes:
        x: (batch, height, width, channels). Output: (batch, height size, width size, channels).

    Args:
        size: how often each row and column is repeated, or (rows, columns).

    Raises:
        SettingError: a size below 1.
        ShapeError: no pictures.

    Example:
        >>> import lamina
        >>> lamina.UpSample2D(2).output_shape((7, 7, 64))
        (14, 14, 64)
    """

    size: int | tuple[int, int] = 2

    def __post_init__(self) -> None:
        require_windows("UpSample2D", 2, self.size)

    def output_shape(self, shape: Shape) -> Shape:
        """(height size, width size, channels)."""
        require_pictures(self, shape)
        rows, columns = pair(self.size)
        return (shape[0] * rows, shape[1] * columns, shape[2])

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """Each row and column repeated."""
        rows, columns = pair(self.size)
        return jnp.repeat(jnp.repeat(x, rows, axis=1), columns, axis=2)


@recipe
class Pad2D(PureLayer):
    """Pictures with rows and columns of one number around them.

    With "valid" behind it, a convolution sees exactly these: Pad2D((1, 1), (1, 1)) and Conv2D(8, 3, stride=2) are what
    PyTorch calls padding=1, where "same" may set all of its zeros at the end.

    Shapes:
        x: (batch, height, width, channels). Output: (batch, height + rows, width + columns, channels), where rows and
        columns are the sums of what is added on both sides.

    Args:
        rows: how many are added above and below, each at most 1,024.
        columns: how many are added to the left and to the right.
        value: what stands there.

    Raises:
        SettingError: no pairs of whole numbers from 0 to 1,024, or a value that float32 has no finite number for.
        ShapeError: no pictures.

    Example:
        >>> import lamina
        >>> lamina.Pad2D((1, 1), (0, 2)).output_shape((28, 28, 16))
        (30, 30, 16)
    """

    rows: tuple[int, int]
    columns: tuple[int, int]
    value: float = 0.0

    def __post_init__(self) -> None:
        for name, ends in (("rows", self.rows), ("columns", self.columns)):
            whole = isinstance(ends, tuple) and len(ends) == 2 and all(type(one) is int for one in ends)
            if not whole or not 0 <= min(ends) <= max(ends) <= MAX_SIZE:
                raise SettingError(f"Pad2D needs {name} as a pair of numbers from 0 to {MAX_SIZE:,}; got {ends!r}")
        if type(self.value) not in (int, float) or not abs(self.value) <= LARGEST:
            raise SettingError(f"Pad2D needs a finite value, as float32 has them; got {self.value!r}")

    def output_shape(self, shape: Shape) -> Shape:
        """(height + rows, width + columns, channels)."""
        require_pictures(self, shape)
        return (shape[0] + sum(self.rows), shape[1] + sum(self.columns), shape[2])

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """x with the value around."""
        around = ((0, 0), self.rows, self.columns, (0, 0))
        return jnp.pad(x, around, constant_values=jnp.asarray(self.value, x.dtype))
