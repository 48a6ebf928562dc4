"""What the first LeNet-5 was made of: filters that see some of the maps, and subsampling that is learnt."""

from __future__ import annotations

from lamina.arrays import Array, Params, Shape, jnp
from lamina.errors import SettingError, ShapeError
from lamina.kernels.convolution import conv2d
from lamina.kernels.pooling import average_pool2d
from lamina.layers.activations import activate, require_activation
from lamina.layers.base import PureLayer, Variable, Variables
from lamina.layers.convolution import pair, places, require_pictures, require_windows
from lamina.recipes import recipe

LENET5_TABLE = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip
"""Which of the six maps each of LeNet-5's sixteen filters in C3 sees: table I of LeCun et al. (1998)."""


@recipe
class TableConv2D(PureLayer):
    """Filters that slide over pictures, each over its own channels: z[i, j, f] = sum_(a b, c in table f) x w + b[f].

    Shapes:
        x: (batch, height, width, channels). Output: (batch, height - size + 1, width - size + 1, filters).
        weight: (size, size, connections), those of the first filter first. bias: (filters,).

    Args:
        table: for each filter the channels that it sees.
        size: side of a filter.
        activation: by name.

    Raises:
        SettingError: a filter that sees nothing, or a channel twice.
        ShapeError: no pictures, pictures smaller than the filter, or without a channel of the table.

    Source:
        LeCun et al., Gradient-Based Learning Applied to Document Recognition (1998), section II.B and table I.

    Example:
        >>> import lamina
        >>> lamina.TableConv2D(((0, 1), (1, 2), (0, 2)), 5).output_shape((14, 14, 3))
        (10, 10, 3)
    """

    table: tuple[tuple[int, ...], ...]
    size: int = 5
    activation: str = "linear"

    def __post_init__(self) -> None:
        require_windows("TableConv2D", 2, self.size)
        require_activation("TableConv2D", self.activation)
        seen = all(row and len(set(row)) == len(row) and min(row) >= 0 for row in self.table)
        if not self.table or not seen:
            raise SettingError("TableConv2D needs for each filter the channels that it sees, each once")

    def output_shape(self, shape: Shape) -> Shape:
        """(rows, columns, filters)."""
        require_pictures(self, shape)
        highest = max(max(row) for row in self.table)
        if highest >= shape[-1]:
            raise ShapeError(repr(self), f"pictures of {highest + 1} channels or more, which its table names", shape)
        return (*places(self, shape, self.size, 1, "valid"), len(self.table))

    def parameters(self, shape: Shape) -> Variables:
        """`weight` (size, size, connections) and `bias` (filters,)."""
        connections = sum(map(len, self.table))
        weight = Variable((self.size, self.size, connections), "glorot_uniform")
        return {"weight": weight, "bias": Variable((len(self.table),), "zeros")}

    def forward(self, params: Params, x: Array) -> Array:
        """The weights at their channels, zeros elsewhere, and an ordinary convolution."""
        channels = jnp.array([channel for row in self.table for channel in row])
        filters = jnp.array([number for number, row in enumerate(self.table) for _ in row])
        shape = (self.size, self.size, x.shape[-1], len(self.table))
        weight = jnp.zeros(shape, x.dtype).at[:, :, channels, filters].set(params["weight"])
        return activate(self.activation, conv2d(x, weight, (1, 1), "valid") + params["bias"])


@recipe
class Subsample2D(PureLayer):
    """The mean of each window, times a coefficient of its channel, plus a bias: h = f(w_c mean x + b_c).

    Shapes:
        x: (batch, height, width, channels). Output: (batch, height // size, width // size, channels).
        weight, bias: (channels,).

    Args:
        size: side of a window, or (height, width); windows lie side by side.
        activation: by name.

    Raises:
        SettingError: a size below 1, or an unknown activation.
        ShapeError: no pictures, or pictures smaller than the window.

    Source:
        LeCun et al., Gradient-Based Learning Applied to Document Recognition (1998), section II.B, layers S2 and S4;
        there the sum instead of the mean: w is then a quarter of ours.

    Example:
        >>> import lamina
        >>> lamina.Subsample2D(2).output_shape((28, 28, 6))
        (14, 14, 6)
    """

    size: int | tuple[int, int] = 2
    activation: str = "linear"

    def __post_init__(self) -> None:
        require_windows("Subsample2D", 2, self.size)
        require_activation("Subsample2D", self.activation)

    def output_shape(self, shape: Shape) -> Shape:
        """(rows, columns, channels)."""
        require_pictures(self, shape)
        return (*places(self, shape, self.size, self.size, "valid"), shape[-1])

    def parameters(self, shape: Shape) -> Variables:
        """`weight` and `bias` (channels,)."""
        return {"weight": Variable(shape[-1:], "ones"), "bias": Variable(shape[-1:], "zeros")}

    def forward(self, params: Params, x: Array) -> Array:
        """f(w mean x + b)."""
        mean = average_pool2d(x, pair(self.size), pair(self.size))
        return activate(self.activation, params["weight"] * mean + params["bias"])
