"""Fully connected layers."""

from __future__ import annotations

from lamina.arrays import Array, Params, Shape
from lamina.errors import ShapeError
from lamina.kernels.product import product
from lamina.layers.activations import activate, require_activation
from lamina.layers.base import PureLayer, Variable, Variables, require_positive
from lamina.layers.initializers import require_initializer
from lamina.recipes import recipe


@recipe
class Dense(PureLayer):
    """Every input is connected with every neuron: h = f(x W + b).

    Shapes:
        x: (batch, ..., inputs). Output: (batch, ..., units). weight: (inputs, units). bias: (units,).

    Args:
        units: number of neurons.
        activation: f, by name; "linear" by default, so that a last Dense gives logits.
        bias: whether b is learnt; it starts at zero.
        initializer: how the weights start.

    Raises:
        SettingError: units below 1, an unknown activation or initializer.
        ShapeError: an example without an axis.

    Source:
        Rosenblatt, The Perceptron (1958), with any activation. Keras calls it Dense; PyTorch's Linear has no
        activation and keeps its weights as (units, inputs).

    Example:
        >>> import lamina
        >>> lamina.Dense(3, "relu").output_shape((4,))
        (3,)
    """

    units: int
    activation: str = "linear"
    bias: bool = True
    initializer: str = "glorot_uniform"

    def __post_init__(self) -> None:
        require_positive("Dense", units=self.units)
        require_activation("Dense", self.activation)
        require_initializer("Dense", self.initializer)

    def output_shape(self, shape: Shape) -> Shape:
        """The last axis becomes `units`."""
        if not shape or 0 in shape:
            raise ShapeError(repr(self), "examples of shape (batch, ..., inputs)", shape)
        return (*shape[:-1], self.units)

    def parameters(self, shape: Shape) -> Variables:
        """`weight` (inputs, units) and, unless switched off, `bias` (units,)."""
        weight = Variable((shape[-1], self.units), self.initializer)
        return {"weight": weight, "bias": Variable((self.units,), "zeros")} if self.bias else {"weight": weight}

    def forward(self, params: Params, x: Array) -> Array:
        """f(x W + b)."""
        z = product(x, params["weight"])
        return activate(self.activation, z + params["bias"] if self.bias else z)


@recipe
class Linear(PureLayer):
    """A Dense without activation: z = x W + b. Two of them with nothing between equal one.

    Shapes:
        x: (batch, ..., inputs). Output: (batch, ..., units). weight: (inputs, units). bias: (units,).

    Raises:
        SettingError: units below 1 or an unknown initializer.
        ShapeError: an example without an axis.

    Example:
        >>> import lamina
        >>> lamina.Linear(3).output_shape((4,))
        (3,)
    """

    units: int
    bias: bool = True
    initializer: str = "glorot_uniform"

    def __post_init__(self) -> None:
        require_positive("Linear", units=self.units)
        require_initializer("Linear", self.initializer)

    def output_shape(self, shape: Shape) -> Shape:
        """The last axis becomes `units`."""
        if not shape or 0 in shape:
            raise ShapeError(repr(self), "examples of shape (batch, ..., inputs)", shape)
        return (*shape[:-1], self.units)

    def parameters(self, shape: Shape) -> Variables:
        """`weight` (inputs, units) and, unless switched off, `bias` (units,)."""
        return self._dense().parameters(shape)

    def forward(self, params: Params, x: Array) -> Array:
        """x W + b."""
        return self._dense().forward(params, x)

    def _dense(self) -> Dense:
        return Dense(self.units, "linear", self.bias, self.initializer)
