"""Convolutional layers: one small set of weights looks at every place."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina.arrays import Array, Params, Shape
from lamina.errors import SettingError, ShapeError
from lamina.kernels.convolution import conv2d
from lamina.kernels.patches import Padding, output_length
from lamina.layers.activations import activate, require_activation
from lamina.layers.base import Layer, PureLayer, Variable, Variables, require_positive, require_rank
from lamina.layers.initializers import require_initializer
from lamina.recipes import recipe

MAX_SIZE = 1_024
"""The largest side of a filter or a pool."""


@recipe
class Conv2D(PureLayer):
    """Filters that slide over pictures: z[i, j, f] = sum_abc x[i s + a d, j s + b d, c] w[a, b, c, f] + b[f].

    What other texts call convolution turns the filter around first; like all libraries, this one does not. With groups,
    channels and filters are cut into as many equal parts, and the filters of a part see its channels alone.

    Shapes:
        x: (batch, height, width, channels). Output: (batch, rows, columns, filters).
        weight: (size, size, channels / groups, filters). bias: (filters,).
        rows = (height - (size - 1) dilation - 1) // stride + 1 with "valid",
        rows = ceil(height / stride) with "same".

    Args:
        filters: how many features are looked for.
        size: side of a filter, or (height, width).
        activation: by name.
        stride: places between two looks, or (rows, columns).
        padding: "valid" stays inside the picture; "same" adds zeros around it, what is odd at the end (as in
            Keras; PyTorch's padding=1 with stride 2 adds it on both sides, as Pad2D in front of "valid" does).
        dilation: places between two weights of a filter, or (rows, columns).
        bias: whether one is learnt; it starts at zero.
        initializer: how the weights start.
        groups: into how many parts channels and filters are cut. As many as there are channels is a depthwise
            convolution: each filter sees one channel.

    Raises:
        SettingError: a setting out of its range or of an unknown name, or filters that groups does not divide.
        ShapeError: no pictures, pictures smaller than the filter, or channels that groups does not divide.

    Source:
        LeCun et al., Backpropagation Applied to Handwritten Zip Code Recognition (1989). Groups: Krizhevsky et al.,
        ImageNet Classification with Deep Convolutional Neural Networks (2012).

    Example:
        >>> import lamina
        >>> lamina.Conv2D(16, 3, "relu").output_shape((28, 28, 1))
        (26, 26, 16)
        >>> lamina.Conv2D(32, 3, groups=16).parameters((28, 28, 16))["weight"].shape
        (3, 3, 1, 32)
    """

    filters: int
    size: int | tuple[int, int] = 3
    activation: str = "linear"
    stride: int | tuple[int, int] = 1
    padding: str = "valid"
    dilation: int | tuple[int, int] = 1
    bias: bool = True
    initializer: str = "glorot_uniform"
    groups: int = 1

    added_fields: ClassVar[tuple[str, ...]] = ("groups",)

    def __post_init__(self) -> None:
        require_windows("Conv2D", 2, self.size, stride=self.stride, dilation=self.dilation)
        _require_others(self)
        require_sides("Conv2D", 1, groups=self.groups)
        if self.filters % self.groups:
            raise SettingError(f"Conv2D needs filters to be a multiple of groups={self.groups}; got {self.filters}")

    def output_shape(self, shape: Shape) -> Shape:
        """(rows, columns, filters)."""
        require_pictures(self, shape)
        if shape[-1] % self.groups:
            needs = f"pictures whose channels are a multiple of groups={self.groups}"
            raise ShapeError(repr(self), needs, shape, f"Take groups that divide {shape[-1]}, or 1.")
        return (*places(self, shape, self.size, self.stride, self.padding, self.dilation), self.filters)

    def parameters(self, shape: Shape) -> Variables:
        """`weight` (height, width, channels / groups, filters) and, unless switched off, `bias` (filters,)."""
        weight = Variable((*pair(self.size), shape[-1] // self.groups, self.filters), self.initializer)
        bias = {"bias": Variable((self.filters,), "zeros")} if self.bias else {}
        return {"weight": weight, **bias}

    def forward(self, params: Params, x: Array) -> Array:
        """f(x * w + b)."""
        slide = pair(self.stride), padding_of(self.padding), pair(self.dilation)
        z = conv2d(x, params["weight"], *slide, self.groups)
        return activate(self.activation, z + params["bias"] if self.bias else z)


@recipe
class Conv1D(PureLayer):
    """Filters that slide along a sequence: z[t, f] = sum_ac x[t s + a d, c] w[a, c, f] + b[f].

    Shapes:
        x: (batch, time, channels). Output: (batch, places, filters). weight: (size, channels, filters).

    Args:
        filters: how many features are looked for.
        size, stride, dilation: steps in time.
        activation, padding, bias, initializer: as in Conv2D.

    Raises:
        SettingError: a setting out of its range or of an unknown name.
        ShapeError: no sequences, or sequences shorter than the filter.

    Source:
        Waibel et al., Phoneme Recognition Using Time-Delay Neural Networks (1989).

    Example:
        >>> import lamina
        >>> lamina.Conv1D(8, 5).output_shape((100, 3))
        (96, 8)
    """

    filters: int
    size: int = 3
    activation: str = "linear"
    stride: int = 1
    padding: str = "valid"
    dilation: int = 1
    bias: bool = True
    initializer: str = "glorot_uniform"

    def __post_init__(self) -> None:
        require_windows("Conv1D", 1, self.size, stride=self.stride, dilation=self.dilation)
        _require_others(self)

    def output_shape(self, shape: Shape) -> Shape:
        """(places, filters)."""
        require_sequences(self, shape)
        return (*places(self, shape, self.size, self.stride, self.padding, self.dilation), self.filters)

    def parameters(self, shape: Shape) -> Variables:
        """`weight` (size, channels, filters) and, unless switched off, `bias` (filters,)."""
        weight = Variable((self.size, shape[-1], self.filters), self.initializer)
        bias = {"bias": Variable((self.filters,), "zeros")} if self.bias else {}
        return {"weight": weight, **bias}

    def forward(self, params: Params, x: Array) -> Array:
        """f(x * w + b), as a picture of height 1."""
        settings = ((1, self.stride), padding_of(self.padding), (1, self.dilation))
        z = conv2d(x[:, None], params["weight"][None], *settings)[:, 0]
        return activate(self.activation, z + params["bias"] if self.bias else z)


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """3 -> (3, 3)."""
    return (value, value) if isinstance(value, int) else value


def require_windows(layer: str, axes: int, size: Any, **settings: Any) -> None:
    """Raise a SettingError unless size (at most MAX_SIZE) and settings fit windows along one axis or two."""
    require_sides(layer, axes, size=size, **settings)
    if max(pair(size)) > MAX_SIZE:
        raise SettingError(f"{layer} needs a size of at most {MAX_SIZE:,}; got {size!r}")


def require_sides(layer: str, axes: int, **settings: Any) -> None:
    """Raise a SettingError unless each setting is a positive whole number or, for two axes, a pair."""
    for name, value in settings.items():
        if type(value) is not int and not (axes == 2 and isinstance(value, tuple) and len(value) == 2):
            wanted = "a whole number" if axes == 1 else "a whole number or a pair of them"
            raise SettingError(f"{layer} needs {name} to be {wanted}; got {value!r}")
    require_positive(layer, **settings)


def require_pictures(layer: Layer, shape: Shape) -> None:
    """Raise a ShapeError unless one example is a picture (height, width, channels)."""
    needs = "pictures of shape (batch, height, width, channels)"
    if len(shape) == 2 and 0 not in shape:
        cure = "Give them a channel axis: x[..., None], or Reshape((height, width, 1)) before it."
        raise ShapeError(repr(layer), needs, shape, cure)
    require_rank(layer, shape, 3, needs)


def require_sequences(layer: Layer, shape: Shape) -> None:
    """Raise a ShapeError unless one example is a sequence (time, channels)."""
    needs = "sequences of shape (batch, time, channels)"
    if len(shape) == 1 and 0 not in shape:
        cure = "Give them a channel axis: x[..., None], or Reshape((time, 1)) before it."
        raise ShapeError(repr(layer), needs, shape, cure)
    require_rank(layer, shape, 2, needs)


def places(
    layer: Layer, shape: Shape, size: int | tuple[int, int], stride: int | tuple[int, int], padding: str,
    dilation: int | tuple[int, int] = 1,
) -> Shape:  # fmt: skip
    """How many places a window has along each axis but the last; a ShapeError where it fits nowhere."""
    windows = list(zip(shape[:-1], pair(size), pair(stride), pair(dilation), strict=False))
    found = tuple(output_length(length, side, step, padding_of(padding), gap) for length, side, step, gap in windows)
    if min(found) < 1:
        sides = " x ".join(str((side - 1) * gap + 1) for _, side, _, gap in windows)
        what = f"examples of at least {sides} places for its window, with their channels"
        raise ShapeError(repr(layer), what, shape, "Take a smaller size, or fewer poolings before it.")
    return found


def padding_of(name: str) -> Padding:
    """A padding by its name."""
    return "same" if name == "same" else "valid"


def _require_others(layer: Conv1D | Conv2D) -> None:
    name = type(layer).__name__
    require_sides(name, 1, filters=layer.filters)
    require_activation(name, layer.activation)
    require_initializer(name, layer.initializer)
    if layer.padding not in ("valid", "same"):
        raise SettingError(f'{name} needs the padding "valid" or "same"; got {layer.padding!r}')
    if type(layer.bias) is not bool:
        raise SettingError(f"{name} needs bias to be True or False; got {layer.bias!r}")
