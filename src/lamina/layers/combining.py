"""Layers made of layers: a network is one of these, so there is no second concept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError, ShapeError
from lamina.layers.activations import activate, require_activation
from lamina.layers.base import Layer, Variables
from lamina.layers.dense import Dense, Linear
from lamina.layers.fusing import together
from lamina.layers.normalization import BatchNorm
from lamina.recipes import recipe


@recipe
class Sequential(Layer):
    """Layers one after another: the output of each is the input of the next.

    Shapes:
        x: what the first layer takes. Output: what the last layer gives.
        Parameters stand under "0", "1", ...: `params["0"]["weight"]` is the first layer's.

    Raises:
        SettingError: no layers, or something that is not a layer.
        ShapeError: two layers that do not fit; names the layer by its number and says what came before.

    Example:
        >>> import lamina
        >>> network = lamina.Sequential(lamina.Flatten(), lamina.Dense(32, "relu"), lamina.Dense(10))
        >>> network.output_shape((8, 8, 1))
        (10,)
    """

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer) -> None:
        object.__setattr__(self, "layers", layers)
        _require_layers("Sequential", layers)

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"

    def shapes(self, shape: Shape) -> list[Shape]:
        """The shape of one example before each layer, and after the last."""
        found = [shape]
        for number, layer in enumerate(self.layers):
            try:
                found.append(layer.output_shape(found[-1]))
            except ShapeError as error:
                raise error.at(*self._place(number, found)) from None
        return found

    def output_shape(self, shape: Shape) -> Shape:
        """What the last layer gives."""
        return self.shapes(shape)[-1]

    def parameters(self, shape: Shape) -> Variables:
        """Each layer's parameters under its place."""
        return self._collect(shape, lambda layer, before: layer.parameters(before))

    def memory(self, shape: Shape) -> Variables:
        """Each layer's memory under its place."""
        return self._collect(shape, lambda layer, before: layer.memory(before))

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
        """Each layer in turn; layer i gets the key fold_in(key, i)."""
        self.shapes(x.shape[1:])
        after: dict[str, Any] = {}
        number = 0
        while number < len(self.layers):
            name, layer, following = str(number), self.layers[number], self.layers[number + 1 : number + 2]
            both = together(layer, following[0], training) if following else None
            if both is None:
                x, own = apply_child(layer, name, params, state, x, key, number, training, mask)
            else:
                x, own = both(params.get(name, {}), state.get(name, {}), x, mask)
            if own:
                after[name] = own
            number += 1 if both is None else 2
        return x, after

    def _collect(self, shape: Shape, declare: Callable[[Layer, Shape], Variables]) -> Variables:
        befores = self.shapes(shape)[:-1]
        declared = {str(i): declare(layer, befores[i]) for i, layer in enumerate(self.layers)}
        return {name: variables for name, variables in declared.items() if variables}

    def _place(self, number: int, shapes: list[Shape]) -> tuple[str, str]:
        """Where a layer stands, and which layer before it took axes away."""
        place = f"layer {number + 1} of {len(self.layers)}"
        for before in range(number - 1, -1, -1):
            if len(shapes[before + 1]) < len(shapes[before]):
                name = type(self.layers[before]).__name__
                near = "The layer before it" if before == number - 1 else f"Layer {before + 1}"
                this = type(self.layers[number]).__name__
                return place, f"{near}, {name}, removed axes: put {name} after the last {this}."
        return place, ""


@recipe
class Residual(Layer):
    """A layer and a way around it: y = f(body(x) + shortcut(x)).

    Shapes:
        body and shortcut must give the same shape; without a shortcut, x itself is added.

    Args:
        body: what is learnt on top of x.
        shortcut: how x is brought to the body's output shape; None adds x as it is.
        activation: f, by name.

    Raises:
        ShapeError: body and shortcut give different shapes.

    Source:
        He et al., Deep Residual Learning for Image Recognition (2015), equations 1 and 2.

    Example:
        >>> import lamina
        >>> lamina.Residual(lamina.Dense(4, "relu")).output_shape((4,))
        (4,)
    """

    body: Layer
    shortcut: Layer | None = None
    activation: str = "linear"

    def __post_init__(self) -> None:
        _require_layers("Residual", self.branches())
        require_activation("Residual", self.activation)

    def output_shape(self, shape: Shape) -> Shape:
        """The body's output shape, which the shortcut must share."""
        after = self.body.output_shape(shape)
        around = self.shortcut.output_shape(shape) if self.shortcut is not None else shape
        if after != around:
            raise ShapeError(
                repr(self), f"a body that gives the shape of its shortcut, {('batch', *around)}", after,
                "Give it a shortcut that changes the shape in the same way, such as Linear or Conv2D(size=1).",
            )  # fmt: skip
        return after

    def parameters(self, shape: Shape) -> Variables:
        """`body` and `shortcut`, where they learn something."""
        return self._collect(lambda layer: layer.parameters(shape))

    def memory(self, shape: Shape) -> Variables:
        """`body` and `shortcut`, where they remember something."""
        return self._collect(lambda layer: layer.memory(shape))

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
        """f(body(x) + shortcut(x))."""
        self.output_shape(x.shape[1:])
        after: dict[str, Any] = {}
        around = x
        if self.shortcut is not None:
            around, after["shortcut"] = apply_child(self.shortcut, "shortcut", params, state, x, key, 1, training, mask)
        ends = ends_with_normalization(self.body) if training and self.activation in ("relu", "linear") else None
        if ends is None:
            y, own = apply_child(self.body, "body", params, state, x, key, 0, training, mask)
            y = activate(self.activation, y + around)
        else:
            begin, last, name = ends
            y, own = apply_child(begin, "body", params, state, x, key, 0, training, mask)
            mine = params["body"][name], state["body"][name]
            y, kept = last.normalize(*mine, y, mask, self.activation == "relu", around)
            own = {**own, name: kept}
        after["body"] = own
        return y, {name: kept for name, kept in after.items() if kept}

    def branches(self) -> tuple[Layer, ...]:
        """The body, and the shortcut where there is one."""
        return (self.body,) if self.shortcut is None else (self.body, self.shortcut)

    def _children(self) -> dict[str, Layer]:
        return dict(zip(("body", "shortcut"), self.branches(), strict=False))

    def _collect(self, declare: Callable[[Layer], Variables]) -> Variables:
        declared = {name: declare(layer) for name, layer in self._children().items()}
        return {name: variables for name, variables in declared.items() if variables}


@recipe
class Parallel(Layer):
    """Several layers on the same input, their outputs side by side: y = [a(x), b(x), ...].

    Shapes:
        The branches' outputs may differ in the last axis only, along which they are joined.

    Raises:
        SettingError: no layers.
        ShapeError: outputs that differ in another axis than the last.

    Source:
        Szegedy et al., Going Deeper with Convolutions (2014): filter concatenation.

    Example:
        >>> import lamina
        >>> lamina.Parallel(lamina.Dense(3), lamina.Dense(2, "relu")).output_shape((4,))
        (5,)
    """

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer) -> None:
        object.__setattr__(self, "layers", layers)
        _require_layers("Parallel", layers)

    def __repr__(self) -> str:
        return f"Parallel({', '.join(map(repr, self.layers))})"

    def output_shape(self, shape: Shape) -> Shape:
        """The branches' shapes joined along the last axis."""
        shapes = []
        for number, layer in enumerate(self.layers):
            try:
                shapes.append(layer.output_shape(shape))
            except ShapeError as error:
                raise error.at(f"branch {number + 1} of {len(self.layers)}") from None
            if not shapes[-1] or shapes[-1][:-1] != shapes[0][:-1]:
                needs = f"branches that agree in every axis but the last; branch 1 gives {('batch', *shapes[0])}"
                raise ShapeError(f"branch {number + 1} of {len(self.layers)}, {layer!r},", needs, shapes[-1])
        return (*shapes[0][:-1], sum(s[-1] for s in shapes))

    def parameters(self, shape: Shape) -> Variables:
        """Each branch's parameters under its place."""
        declared = {str(i): layer.parameters(shape) for i, layer in enumerate(self.layers)}
        return {name: variables for name, variables in declared.items() if variables}

    def memory(self, shape: Shape) -> Variables:
        """Each branch's memory under its place."""
        declared = {str(i): layer.memory(shape) for i, layer in enumerate(self.layers)}
        return {name: variables for name, variables in declared.items() if variables}

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
        """Every branch on the same x; branch i gets the key fold_in(key, i)."""
        self.output_shape(x.shape[1:])
        after: dict[str, Any] = {}
        outputs = []
        for number, layer in enumerate(self.layers):
            y, own = apply_child(layer, str(number), params, state, x, key, number, training, mask)
            outputs.append(y)
            if own:
                after[str(number)] = own
        return jnp.concatenate(outputs, axis=-1), after


def as_sequential(network: Layer, params: Params, state: State) -> tuple[Sequential, Params, State]:
    """A network as a row of layers, of one where it is none, with its arrays under the places of the row."""
    if isinstance(network, Sequential):
        return network, params, state
    return Sequential(network), {"0": params}, {"0": state}


def ends_with_normalization(body: Layer) -> tuple[Layer, BatchNorm, str] | None:
    """A Sequential without its last layer, that layer and its place, where it is a BatchNorm and not alone."""
    if not isinstance(body, Sequential) or len(body.layers) < 2 or not isinstance(last := body.layers[-1], BatchNorm):
        return None
    return Sequential(*body.layers[:-1]), last, str(len(body.layers) - 1)


def apply_child(
    layer: Layer, name: str, params: Params, state: State, x: Array,
    key: Key | None, number: int, training: bool, mask: Array | None,
) -> tuple[Array, State]:  # fmt: skip
    """A container's layer with its own part of the params, the state and the key."""
    own_key = None if key is None else jax.random.fold_in(key, number)
    return layer.apply(params.get(name, {}), state.get(name, {}), x, key=own_key, training=training, mask=mask)


def redundant_pairs(network: Layer) -> list[tuple[int, int]]:
    """Places (from 1) of neighbors in a Sequential that are both linear: together they equal one layer."""
    if not isinstance(network, Sequential):
        return []
    layers = network.layers
    return [(i + 1, i + 2) for i in range(len(layers) - 1) if _is_linear(layers[i]) and _is_linear(layers[i + 1])]


def _is_linear(layer: Layer) -> bool:
    return isinstance(layer, Linear) or (isinstance(layer, Dense) and layer.activation == "linear")


def _require_layers(container: str, layers: tuple[Any, ...]) -> None:
    if not layers:
        raise SettingError(f"{container} needs at least one layer; got none")
    for number, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            hint = f"; write {layer.__name__}(...) with its settings" if isinstance(layer, type) else ""
            raise SettingError(f"{container} needs layers; number {number + 1} is {layer!r}{hint}")
