"""Global pooling: one number a channel, whatever the size of a picture or the length of a sequence."""

from __future__ import annotations

from typing import ClassVar

from lamina.arrays import Array, Params, Shape, jnp
from lamina.kernels.pooling import largest
from lamina.layers.base import PureLayer, Variables
from lamina.layers.convolution import require_pictures, require_sequences
from lamina.layers.padding import real_steps
from lamina.recipes import recipe


@recipe
class GlobalMaxPool2D(PureLayer):
    """The largest number of each channel of a picture.

    Shapes:
        x: (batch, height, width, channels). Output: (batch, channels).

    Raises:
        ShapeError: no pictures.

    Example:
        >>> import lamina
        >>> lamina.GlobalMaxPool2D().output_shape((7, 7, 64))
        (64,)
    """

    def output_shape(self, shape: Shape) -> Shape:
        """(channels,)."""
        require_pictures(self, shape)
        return shape[-1:]

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """The maximum over height and width."""
        return largest(x.reshape(len(x), x.shape[1] * x.shape[2], x.shape[3]), 1)


@recipe
class GlobalAveragePool2D(PureLayer):
    """The mean of each channel of a picture.

    Shapes:
        x: (batch, height, width, channels). Output: (batch, channels).

    Raises:
        ShapeError: no pictures.

    Source:
        Lin, Chen and Yan, Network in Network (2013), section 3.2.

    Example:
        >>> import lamina
        >>> lamina.GlobalAveragePool2D().output_shape((7, 7, 64))
        (64,)
    """

    def output_shape(self, shape: Shape) -> Shape:
        """(channels,)."""
        require_pictures(self, shape)
        return shape[-1:]

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """The mean over height and width."""
        return x.mean(axis=(1, 2))


@recipe
class GlobalMaxPool1D(PureLayer):
    """The largest number of each channel of a sequence.

    Shapes:
        x: (batch, time, channels). Output: (batch, channels).

    Args:
        skip_padding: whether steps that are all zero count as filled up and are left out; where every step is,
            the output is 0.

    Raises:
        ShapeError: no sequences.

    Example:
        >>> import lamina
        >>> lamina.GlobalMaxPool1D().output_shape((100, 8))
        (8,)
    """

    skip_padding: bool = False

    added_fields: ClassVar[tuple[str, ...]] = ("skip_padding",)

    def output_shape(self, shape: Shape) -> Shape:
        """(channels,)."""
        require_sequences(self, shape)
        return shape[-1:]

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """The maximum over time."""
        if not self.skip_padding:
            return largest(x, 1)
        real = real_steps(x)
        return jnp.where(real.any(axis=1), largest(jnp.where(real, x, -jnp.inf), 1), 0)


@recipe
class GlobalAveragePool1D(PureLayer):
    """The mean of each channel of a sequence.

    Shapes:
        x: (batch, time, channels). Output: (batch, channels).

    Args:
        skip_padding: whether steps that are all zero count as filled up and are left out; where every step is,
            the output is 0.

    Raises:
        ShapeError: no sequences.

    Example:
        >>> import lamina
        >>> lamina.GlobalAveragePool1D().output_shape((100, 8))
        (8,)
    """

    skip_padding: bool = False

    added_fields: ClassVar[tuple[str, ...]] = ("skip_padding",)

    def output_shape(self, shape: Shape) -> Shape:
        """(channels,)."""
        require_sequences(self, shape)
        return shape[-1:]

    def parameters(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def forward(self, params: Params, x: Array) -> Array:
        """The mean over time."""
        if not self.skip_padding:
            return x.mean(axis=1)
        return x.sum(axis=1) / jnp.maximum(real_steps(x).sum(axis=1), 1)  # what is left out is zero
