"""Embedding: a learnt row of numbers for each entry of a vocabulary."""

from __future__ import annotations

import numpy as np

from lamina.arrays import Array, Key, Params, Shape, State, jax, jnp
from lamina.errors import SettingError
from lamina.layers.base import Layer, Variable, Variables, require_positive
from lamina.layers.initializers import require_initializer
from lamina.recipes import recipe


@recipe
class Embedding(Layer):
    """Looks up a learnt row for each whole number: h = W[x].

    Shapes:
        x: (batch, ...) of whole numbers from 0 to entries - 1. Output: (batch, ..., units). weight: (entries, units).

    Args:
        entries: size of the vocabulary.
        units: numbers an entry.
        initializer: how the rows start.

    Raises:
        SettingError: entries or units below 1; numbers that are not whole or out of range. Inside a compiled program
            ranges cannot be checked: there an entry that does not exist gives NaN, never another entry's row.

    Source:
        Bengio et al., A Neural Probabilistic Language Model (2003): the matrix C.

    Example:
        >>> import lamina
        >>> lamina.Embedding(1000, 16).output_shape((20,))
        (20, 16)
    """

    entries: int
    units: int
    initializer: str = "normal"

    def __post_init__(self) -> None:
        require_positive("Embedding", entries=self.entries, units=self.units)
        require_initializer("Embedding", self.initializer)

    def output_shape(self, shape: Shape) -> Shape:
        """(..., units)."""
        return (*shape, self.units)

    def parameters(self, shape: Shape) -> Variables:
        """`weight` (entries, units)."""
        return {"weight": Variable((self.entries, self.units), self.initializer)}

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
        """W[x]."""
        if not jnp.issubdtype(x.dtype, jnp.integer):
            raise SettingError(f"{self!r} needs whole numbers; got {x.dtype}. Convert them: x.astype('int32')")
        if not isinstance(x, jax.core.Tracer) and x.size:
            low, high = int(np.min(x)), int(np.max(x))
            if low < 0 or high >= self.entries:
                raise SettingError(f"{self!r} needs numbers from 0 to {self.entries - 1}; got {low} to {high}")
        wrapped = jnp.where(x < 0, self.entries, x)  # negative places would count from the end
        return jnp.take(params["weight"], wrapped, axis=0, mode="fill", fill_value=jnp.nan), state
