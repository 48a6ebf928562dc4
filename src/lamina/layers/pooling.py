"""Pooling layers: the largest or the mean of each window, or of everything."""

from __future__ import annotations

from lamina.arrays import Array, Params, Shape
from lamina.kernels.pooling import average_pool2d, max_pool2d
from lamina.layers.base import PureLayer, Variables
from lamina.layers.convolution import pair, places, require_pictures, require_sequences, require_windows
from lamina.recipes import recipe


@recipe
class MaxPool2D(PureLayer):
    """The largest number of each window and channel.

    Shapes:
        x: (batch, height, width, channels). Output: (batch, rows, columns, channels), where
        rows = (height - size) // stride + 1: places that fill no whole window are left out.

    Args:
        size: side of a window, or (height, width).
        stride: places between two windows; None sets them side by side.

    Raises:
        SettingError: a size or stride below 1.
        ShapeError: no pictures, or pictures smaller than the window.

    Source:
        Riesenhuber and Poggio, Hierarchical models of object recognition in cortex (1999).

    Example:
        >>> import lamina
        >>> lamina.MaxPool2D(2).output_shape((28, 28, 16))
        (14, 14, 16)
    """

    size: int | tuple[int, int] = 2
    stride: int | tuple[int, int] | None = None

    def __post_init__(self) -> None:
        require_windows("MaxPool2D", 2, self.size, stride=self.size if self.stride is None else self.stride)

    def output_shape(self, shape: Shape) -> Shape:
        """(rows, columns, channels)."""
        require_pictures(self, shape)
        return (*places(self, shape, self.size, self.stride or self.size, "valid"), shape[-1])

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """The maximum over each window."""
        return max_pool2d(x, pair(self.size), pair(self.stride or self.size))


@recipe
class AveragePool2D(PureLayer):
    """The mean of each window and channel.

    Shapes:
        x: (batch, height, width, channels). Output: (batch, rows, columns, channels), as in MaxPool2D.

    Args:
        size: side of a window, or (height, width).
        stride: places between two windows; None sets them side by side.

    Raises:
        SettingError: a size or stride below 1.
        ShapeError: no pictures, or pictures smaller than the window.

    Source:
        LeCun et al., Gradient-Based Learning Applied to Document Recognition (1998): subsampling.

    Example:
        >>> import lamina
        >>> lamina.AveragePool2D(2).output_shape((28, 28, 6))
        (14, 14, 6)
    """

    size: int | tuple[int, int] = 2
    stride: int | tuple[int, int] | None = None

    def __post_init__(self) -> None:
        require_windows("AveragePool2D", 2, self.size, stride=self.size if self.stride is None else self.stride)

    def output_shape(self, shape: Shape) -> Shape:
        """(rows, columns, channels)."""
        require_pictures(self, shape)
        return (*places(self, shape, self.size, self.stride or self.size, "valid"), shape[-1])

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """The mean over each window."""
        return average_pool2d(x, pair(self.size), pair(self.stride or self.size))


@recipe
class MaxPool1D(PureLayer):
    """The largest number of each stretch of a sequence, by channel.

    Shapes:
        x: (batch, time, channels). Output: (batch, places, channels), where
        places = (time - size) // stride + 1: what fills no whole window is left out.

    Args:
        size: places of a window.
        stride: places between two windows; None sets them side by side.

    Raises:
        SettingError: a size or stride below 1.
        ShapeError: no sequences, or sequences shorter than the window.

    Example:
        >>> import lamina
        >>> lamina.MaxPool1D(2).output_shape((9, 3))
        (4, 3)
    """

    size: int = 2
    stride: int | None = None

    def __post_init__(self) -> None:
        require_windows("MaxPool1D", 1, self.size, stride=self.size if self.stride is None else self.stride)

    def output_shape(self, shape: Shape) -> Shape:
        """(places, channels)."""
        require_sequences(self, shape)
        return (*places(self, shape, self.size, self.stride or self.size, "valid"), shape[-1])

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """The maximum over each stretch."""
        return max_pool2d(x[:, None], (1, self.size), (1, self.stride or self.size))[:, 0]


@recipe
class AveragePool1D(PureLayer):
    """The mean of each stretch of a sequence, by channel.

    Shapes:
        x: (batch, time, channels). Output: (batch, places, channels).

    Args:
        size: places of a window.
        stride: places between two windows; None sets them side by side.

    Raises:
        SettingError: a size or stride below 1.
        ShapeError: no sequences, or sequences shorter than the window.

    Example:
        >>> import lamina
        >>> lamina.AveragePool1D(2).output_shape((9, 3))
        (4, 3)
    """

    size: int = 2
    stride: int | None = None

    def __post_init__(self) -> None:
        require_windows("AveragePool1D", 1, self.size, stride=self.size if self.stride is None else self.stride)

    def output_shape(self, shape: Shape) -> Shape:
        """(places, channels)."""
        require_sequences(self, shape)
        return (*places(self, shape, self.size, self.stride or self.size, "valid"), shape[-1])

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """The mean over each stretch."""
        return average_pool2d(x[:, None], (1, self.size), (1, self.stride or self.size))[:, 0]
