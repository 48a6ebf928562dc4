"""The words used everywhere: Array, Key, Params, State, Shape; and JAX, imported when first used.

Reading, refusing and describing a model file needs NumPy only. Modules that merely *may* compute therefore take
`jax` and `jnp` from here: the first attribute that is asked for imports the real module.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import jax
    import jax.numpy as jnp

    Array: TypeAlias = jax.Array
    Key: TypeAlias = jax.Array
else:

    class _LazyModule:
        """Stands for a module until one of its attributes is asked for."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> Any:
            value = getattr(importlib.import_module(self._name), attribute)
            setattr(self, attribute, value)
            return value

    jax = _LazyModule("jax")
    jnp = _LazyModule("jax.numpy")
    Array = Any
    Key = Any

Shape: TypeAlias = tuple[int, ...]
"""The lengths of an array's axes. Layers see the shape of one example: without the batch axis."""

Params: TypeAlias = Mapping[str, Any]
"""The learnt arrays: a tree of mappings whose leaves are arrays, `{"0": {"weight": ..., "bias": ...}}`."""

State: TypeAlias = Mapping[str, Any]
"""Arrays that outlive a batch without being learnt (running mean and variance), as a tree like Params."""

Numpy: TypeAlias = NDArray[Any]
"""An array of the host: raw data, decoded pictures, predictions."""


class Rows(Protocol):
    """Examples of one shape, in memory or on disk: rows[start:stop] and rows[places] are arrays of the host."""

    @property
    def shape(self) -> Shape:
        """(examples, ...)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the numbers."""

    def __len__(self) -> int: ...

    def __getitem__(self, places: Any, /) -> Any: ...


__all__ = ["Array", "Key", "Numpy", "Params", "Rows", "Shape", "State", "jax", "jnp", "np"]
