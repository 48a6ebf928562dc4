"""What every layer is: a recipe that declares its parameters and says what it computes.

    Layer       everything: memory (state), chance (key), the padded rows of a batch (mask)
    PureLayer   layers without memory or chance: `forward(params, x)` reads like the equation

A layer declares what it learns (`parameters`) and what leaves it (`output_shape`) from the shape of one example,
without JAX: a model file is checked, counted and described before anything is computed. That `output_shape` is what
`apply` gives is a law that the contract table tests for every layer.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from lamina.arrays import Array, Key, Params, Shape, State, jax
from lamina.errors import SettingError, ShapeError
from lamina.layers.initializers import initialize
from lamina.recipes import describe


@dataclass(frozen=True)
class Variable:
    """One array of a layer: its shape and how it starts (the name of an initializer)."""

    shape: Shape
    initializer: str


Variables: TypeAlias = Mapping[str, Any]
"""A tree of mappings whose leaves are Variable; containers nest their layers' variables under "0", "1", ..."""


class Layer(abc.ABC):
    """A recipe for a computation with learnt parameters. Holds settings only, never arrays."""

    @abc.abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """The shape of one example after the layer; a ShapeError where the layer cannot take `shape`."""

    @abc.abstractmethod
    def parameters(self, shape: Shape) -> Variables:
        """What the layer learns, for examples of this shape."""

    @abc.abstractmethod
    def memory(self, shape: Shape) -> Variables:
        """What the layer remembers between batches without learning it, for examples of this shape."""

    @abc.abstractmethod
    def apply(
        self,
        params: Params,
        state: State,
        x: Array,
        *,
        key: Key | None = None,
        training: bool = False,
        mask: Array | None = None,
    ) -> tuple[Array, State]:
        """The layer's output for a batch `x`, and its state afterwards.

        Args:
            key: randomness; needed by Dropout while training.
            training: whether chance and batch statistics are used.
            mask: (batch,), 1 where an example is real and 0 where it only fills up the batch.
        """

    def init(self, key: Key, x: Any) -> tuple[Params, State]:
        """Fresh parameters and state for a batch `x`, or for its jax.ShapeDtypeStruct.

        Example:
            >>> import jax, lamina
            >>> params, state = lamina.Dense(3).init(jax.random.key(0), jax.ShapeDtypeStruct((1, 4), "float32"))
            >>> params["weight"].shape
            (4, 3)
        """
        shape = tuple(x.shape[1:])
        self.output_shape(shape)
        return fill(self.parameters(shape), key), fill(self.memory(shape), key)

    def __repr__(self) -> str:
        return describe(self)

    def _repr_html_(self) -> str:
        from lamina.layers.notebook import layer_html

        return layer_html(self)


class PureLayer(Layer):
    """A layer without memory or chance."""

    @abc.abstractmethod
    def forward(self, params: Params, x: Array) -> Array:
        """The layer's output for a batch `x`."""

    def memory(self, shape: Shape) -> Variables:
        """Nothing."""
        return {}

    def apply(
        self,
        params: Params,
        state: State,
        x: Array,
        *,
        key: Key | None = None,
        training: bool = False,
        mask: Array | None = None,
    ) -> tuple[Array, State]:
        """`forward`, after a check of the shape; the state stays as it is."""
        self.output_shape(x.shape[1:])
        return self.forward(params, x), state


def fill(variables: Variables, key: Key) -> dict[str, Any]:
    """Arrays for declared variables; entry "3" of a container gets the key fold_in(key, 3)."""
    arrays: dict[str, Any] = {}
    for index, (name, variable) in enumerate(variables.items()):
        own_key = jax.random.fold_in(key, int(name) if name.isdigit() else index)
        if isinstance(variable, Variable):
            arrays[name] = initialize(variable.initializer, own_key, variable.shape)
        else:
            arrays[name] = fill(variable, own_key)
    return arrays


def require_rank(layer: Layer, shape: Shape, rank: int, needs: str) -> None:
    """Raise a ShapeError unless one example has `rank` axes, none of them empty."""
    if len(shape) != rank or 0 in shape:
        raise ShapeError(repr(layer), needs, shape)


def require_key(layer: Layer, key: Key | None) -> Key:
    """The key of a layer that takes chances; a SettingError where there is none."""
    if key is None:
        raise SettingError(f"{layer!r} needs a key while training: apply(..., key=jax.random.key(0))")
    return key


def known_range(x: Array) -> tuple[float, float] | None:
    """The smallest and the largest of values that can be looked at; None of none, and of those not yet computed.

    Example:
        >>> import jax.numpy as jnp
        >>> known_range(jnp.array([3, 1, 2])), known_range(jnp.zeros(0))
        ((1, 3), None)
    """
    if isinstance(x, jax.core.Tracer) or not x.size:
        return None
    values = np.asarray(x)  # where a program holds x as a constant, JAX's own min would be a part of that program
    return values.min().item(), values.max().item()


def require_positive(layer: str, **settings: Any) -> None:
    """Raise a SettingError unless each setting is a positive integer, or a tuple of them, of sensible size."""
    for name, value in settings.items():
        values = value if isinstance(value, tuple) else (value,)
        if not values or any(type(v) is not int or not 1 <= v <= MAX_SETTING for v in values):
            raise SettingError(f"{layer} needs {name} from 1 to {MAX_SETTING:,}; got {value!r}")


MAX_SETTING = 16_777_216
"""The largest number of units, filters or places that a layer accepts; beyond it a setting is a slip."""
