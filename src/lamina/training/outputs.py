"""What a trained network gives for many examples, in batches of a few compiled sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from lamina.arrays import Array, Numpy, Params, State
from lamina.layers.base import Layer

SIZES = (1, 16, 256)
"""The batch sizes that are compiled: a batch is filled up to the next one, so that few programs serve every count."""


Forward: TypeAlias = Callable[[Params, State, Array], Array]
"""What is computed of a batch with given arrays."""


def forward_of(network: Layer, prepare: Callable[[Array], Array] = lambda x: x) -> Forward:
    """The network's outputs in inference mode, for inputs that are prepared first."""

    def forward(params: Params, state: State, inputs: Array) -> Array:
        return network.apply(params, state, prepare(inputs))[0]

    return forward


class Outputs:
    """What a function gives for many examples; it is compiled.

    Example:
        >>> import jax, lamina
        >>> network = lamina.Dense(3)
        >>> params, state = network.init(jax.random.key(0), np.ones((1, 4)))
        >>> Outputs(forward_of(network))(params, state, np.ones((5, 4), np.float32)).shape
        (5, 3)
    """

    def __init__(self, forward: Forward, sizes: Sequence[int] = SIZES) -> None:
        self._forward, self._sizes = jax.jit(forward), sizes

    def __call__(self, params: Params, state: State, inputs: Any) -> Any:
        """Outputs for all examples, in their order: on the host where the inputs are, on the device otherwise.

        On the host nothing but the function is compiled, however many examples there are.
        """
        on_host = not isinstance(inputs, jax.Array)
        library: Any = np if on_host else jnp
        count = inputs.shape[0]
        size = next((size for size in self._sizes if count <= size), self._sizes[-1])
        parts = []
        for start in range(0, count, size):
            batch = inputs[start : start + size]
            real = batch.shape[0]
            if real < size:
                batch = library.concatenate([batch, library.zeros((size - real, *batch.shape[1:]), batch.dtype)])
            outputs = self._forward(params, state, batch)
            parts.append((np.asarray(outputs) if on_host else outputs)[:real])
        return library.concatenate(parts) if len(parts) > 1 else parts[0]


def to_device(array: Any) -> Array:
    """An array of the host on the device, 64-bit numbers as 32-bit ones."""
    if isinstance(array, jax.Array):
        return array
    return jnp.asarray(narrowed(array))


def narrowed(array: Any) -> Numpy:
    """An array of the host, 64-bit numbers as 32-bit ones."""
    array = np.asarray(array)
    narrow_array: Numpy = array.astype(narrow(array.dtype), copy=False)
    return narrow_array


def narrow(dtype: Any) -> Any:
    """The type of numbers on the device: 32 bits for 64."""
    return {np.dtype(np.float64): np.float32, np.dtype(np.int64): np.int32}.get(np.dtype(dtype), dtype)
