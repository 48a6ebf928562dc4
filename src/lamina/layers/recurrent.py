"""Recurrent layers: a state that is carried along a sequence, step by step.

The inputs' products are one matrix product for all steps; only what depends on the state is left inside the loop,
which is one `lax.scan` (unrolling it made training no faster, so it is not unrolled).
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias

from lamina.arrays import Array, Params, Shape, jax, jnp
from lamina.errors import SettingError
from lamina.kernels.lstm import lstm_cell, lstm_sequence
from lamina.kernels.product import product
from lamina.layers.activations import activate, require_activation
from lamina.layers.base import Layer, PureLayer, Variable, Variables, require_positive
from lamina.layers.convolution import require_sequences
from lamina.layers.padding import real_steps
from lamina.recipes import recipe

Carried: TypeAlias = tuple[Array, ...]
"""What goes from step to step; the first array is the state that the layer gives."""


@recipe
class Recurrent(PureLayer):
    """A layer whose output goes back in at the next step: h_t = f(x_t W + h_(t-1) U + b), h_0 = 0.

    Shapes:
        x: (batch, steps, features). Output: (batch, units), the last state, or every state,
        (batch, steps, units). input_weight W: (features, units). recurrent_weight U: (units, units). bias: (units,).

    Args:
        units: numbers in the state.
        activation: f, by name.
        return_sequence: whether every step's state is given, or the last one only.
        reverse: whether the sequence is read from its end. States still stand at the step they belong to (as in
            PyTorch's second direction; Keras' go_backwards turns them around).
        skip_padding: whether steps that are all zero count as filled up: they leave the state as it is, and give
            zeros where every state is given.

    Raises:
        SettingError: units below 1, an unknown activation.
        ShapeError: no sequences.

    Source:
        Elman, Finding Structure in Time (1990). U starts orthogonal, as in Keras (PyTorch: uniform), and there is
        one bias (PyTorch has two, of which only the sum matters).

    Example:
        >>> import lamina
        >>> lamina.Recurrent(32).output_shape((50, 8))
        (32,)
    """

    units: int
    activation: str = "tanh"
    return_sequence: bool = False
    reverse: bool = False
    skip_padding: bool = False

    def __post_init__(self) -> None:
        require_positive("Recurrent", units=self.units)
        require_activation("Recurrent", self.activation)

    def output_shape(self, shape: Shape) -> Shape:
        """(units,) or (steps, units)."""
        return _output_shape(self, shape)

    def parameters(self, shape: Shape) -> Variables:
        """`input_weight`, `recurrent_weight` and `bias`."""
        return _weights(shape, self.units, 1, "zeros")

    def forward(self, params: Params, x: Array) -> Array:
        """The last state or all of them."""
        return _along(self, params, x)

    def start(self, batch: int) -> Carried:
        """h_0."""
        return (jnp.zeros((batch, self.units)),)

    def step(self, params: Params, carried: Carried, z: Array) -> Carried:
        """h_t from h_(t-1) and z = x_t W + b: for those who go step by step themselves."""
        return (activate(self.activation, z + carried[0] @ params["recurrent_weight"]),)


@recipe
class LSTM(PureLayer):
    """Long short-term memory: a cell c that gates write to, erase and read.

    With [i, f, g, o] = x_t W + h_(t-1) U + b, s the sigmoid, h_0 = c_0 = 0:
    c_t = s(f) c_(t-1) + s(i) tanh(g); h_t = s(o) tanh(c_t).

    Shapes:
        x: (batch, steps, features). Output: (batch, units), the last h, or every h, (batch, steps, units).
        input_weight W: (features, 4 units). recurrent_weight U: (units, 4 units). bias: (4 units,).

    Args:
        units: numbers in h and in c.
        return_sequence, reverse, skip_padding: as in Recurrent.

    Raises:
        SettingError: units below 1.
        ShapeError: no sequences.

    Source:
        Hochreiter and Schmidhuber, Long Short-Term Memory (1997); the forget gate f by Gers, Schmidhuber and
        Cummins (2000). Its bias starts at 1, so that memories last at first (Jozefowicz, Zaremba and Sutskever,
        2015), as in Keras; PyTorch starts it at random, and has two biases, of which only the sum matters.

    Example:
        >>> import lamina
        >>> lamina.LSTM(32, return_sequence=True).output_shape((50, 8))
        (50, 32)
    """

    units: int
    return_sequence: bool = False
    reverse: bool = False
    skip_padding: bool = False

    def __post_init__(self) -> None:
        require_positive("LSTM", units=self.units)

    def output_shape(self, shape: Shape) -> Shape:
        """(units,) or (steps, units)."""
        return _output_shape(self, shape)

    def parameters(self, shape: Shape) -> Variables:
        """`input_weight`, `recurrent_weight` and `bias`, their columns in the order i, f, g, o."""
        return _weights(shape, self.units, 4, "forget_gate")

    def forward(self, params: Params, x: Array) -> Array:
        """The last h or all of them."""
        require_sequences(self, x.shape[1:])
        z = product(x, params["input_weight"]) + params["bias"]
        real = real_steps(x) if self.skip_padding else jnp.ones((*x.shape[:2], 1), z.dtype)
        states = lstm_sequence(z, params["recurrent_weight"], real[..., 0], self.reverse)
        if self.return_sequence:
            return jnp.where(real > 0, states, 0) if self.skip_padding else states
        return states[:, 0 if self.reverse else -1]

    def start(self, batch: int) -> Carried:
        """h_0 and c_0."""
        return (jnp.zeros((batch, self.units)), jnp.zeros((batch, self.units)))

    def step(self, params: Params, carried: Carried, z: Array) -> Carried:
        """h_t and c_t from those before and z = x_t W + b."""
        h, c = carried
        return lstm_cell(z + h @ params["recurrent_weight"], c)


@recipe
class GRU(PureLayer):
    """Gated recurrent unit: one gate resets the state, one mixes the old state with a new one.

    With [r, u, n] = x_t W + b, [r', u', n'] = h_(t-1) U, s the sigmoid, h_0 = 0:
    R = s(r + r'); Z = s(u + u'); N = tanh(n + R (n' + b')); h_t = (1 - Z) N + Z h_(t-1).
    This is the form of PyTorch and of Keras' reset_after=True, where R acts after the product with U.

    Shapes:
        x: (batch, steps, features). Output: (batch, units), the last h, or every h, (batch, steps, units).
        input_weight W: (features, 3 units). recurrent_weight U: (units, 3 units). bias b: (3 units,).
        recurrent_bias b': (units,).

    Args:
        units: numbers in h.
        return_sequence, reverse, skip_padding: as in Recurrent.

    Raises:
        SettingError: units below 1.
        ShapeError: no sequences.

    Source:
        Cho et al., Learning Phrase Representations using RNN Encoder-Decoder (2014), equations 5 to 8, where R acts
        before the product and Z stands on the other side. PyTorch and Keras have biases for r' and u' too, which
        add nothing to those of r and u; Keras' columns stand in the order u, r, n.

    Example:
        >>> import lamina
        >>> lamina.GRU(32).output_shape((50, 8))
        (32,)
    """

    units: int
    return_sequence: bool = False
    reverse: bool = False
    skip_padding: bool = False

    def __post_init__(self) -> None:
        require_positive("GRU", units=self.units)

    def output_shape(self, shape: Shape) -> Shape:
        """(units,) or (steps, units)."""
        return _output_shape(self, shape)

    def parameters(self, shape: Shape) -> Variables:
        """`input_weight`, `recurrent_weight`, `bias` with columns in the order r, u, n, and `recurrent_bias`."""
        return {**_weights(shape, self.units, 3, "zeros"), "recurrent_bias": Variable((self.units,), "zeros")}

    def forward(self, params: Params, x: Array) -> Array:
        """The last h or all of them."""
        return _along(self, params, x)

    def start(self, batch: int) -> Carried:
        """h_0."""
        return (jnp.zeros((batch, self.units)),)

    def step(self, params: Params, carried: Carried, z: Array) -> Carried:
        """h_t from h_(t-1) and z = x_t W + b."""
        (h,) = carried
        back = h @ params["recurrent_weight"]
        gates = jax.nn.sigmoid(z[..., : 2 * self.units] + back[..., : 2 * self.units])
        reset, keep = jnp.split(gates, 2, axis=-1)
        new = jnp.tanh(z[..., 2 * self.units :] + reset * (back[..., 2 * self.units :] + params["recurrent_bias"]))
        return (new + keep * (h - new),)


@recipe
class Bidirectional(PureLayer):
    """A recurrent layer twice, with weights of its own each: forwards and backwards, outputs side by side.

    Shapes:
        x: (batch, steps, features). Output: (batch, 2 units) or (batch, steps, 2 units), forwards first.
        Parameters stand under "forward" and "backward".

    Args:
        layer: a Recurrent, LSTM or GRU that reads forwards.

    Raises:
        SettingError: another layer, or one that reads backwards already.
        ShapeError: no sequences.

    Source:
        Schuster and Paliwal, Bidirectional Recurrent Neural Networks (1997).

    Example:
        >>> import lamina
        >>> lamina.Bidirectional(lamina.LSTM(32)).output_shape((50, 8))
        (64,)
    """

    layer: Layer

    def __post_init__(self) -> None:
        if not isinstance(self.layer, Recurrent | LSTM | GRU) or self.layer.reverse:
            raise SettingError(f"Bidirectional needs a Recurrent, LSTM or GRU without reverse; got {self.layer!r}")

    def directions(self) -> dict[str, Any]:
        """The layer forwards and backwards, by the names of their parameters."""
        layer: Any = self.layer
        return {"forward": layer, "backward": dataclasses.replace(layer, reverse=True)}

    def output_shape(self, shape: Shape) -> Shape:
        """The layer's shape with twice the units."""
        *steps, units = self.layer.output_shape(shape)
        return (*steps, 2 * units)

    def parameters(self, shape: Shape) -> Variables:
        """The layer's, under `forward` and `backward`."""
        return {name: layer.parameters(shape) for name, layer in self.directions().items()}

    def forward(self, params: Params, x: Array) -> Array:
        """Both outputs side by side."""
        return jnp.concatenate([layer.forward(params[name], x) for name, layer in self.directions().items()], axis=-1)


def _output_shape(layer: Recurrent | LSTM | GRU, shape: Shape) -> Shape:
    require_sequences(layer, shape)
    return (shape[0], layer.units) if layer.return_sequence else (layer.units,)


def _weights(shape: Shape, units: int, gates: int, bias: str) -> dict[str, Variable]:
    return {
        "input_weight": Variable((shape[-1], gates * units), "glorot_uniform"),
        "recurrent_weight": Variable((units, gates * units), "orthogonal"),
        "bias": Variable((gates * units,), bias),
    }


def _along(layer: Recurrent | GRU, params: Params, x: Array) -> Array:
    """The states along x."""
    time_first = jnp.swapaxes(x, 0, 1)
    z = product(time_first, params["input_weight"]) + params["bias"]
    real = real_steps(time_first) if layer.skip_padding else None
    start = tuple(array.astype(z.dtype) for array in layer.start(x.shape[0]))

    def advance(carried: Carried, now: tuple[Array, Array | None]) -> tuple[Carried, Array | None]:
        z, real = now
        after = layer.step(params, carried, z)
        given = after[0]
        if real is not None:
            after = tuple(jnp.where(real, new, old) for new, old in zip(after, carried, strict=True))
            given = jnp.where(real, given, 0)
        return after, given if layer.return_sequence else None

    last, states = jax.lax.scan(advance, start, (z, real), reverse=layer.reverse)
    return last[0] if states is None else jnp.swapaxes(states, 0, 1)
