"""Embedding: a learnt row of numbers for each entry of a vocabulary."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lamina.arrays import Array, Key, Params, Shape, State, jnp
from lamina.errors import SettingError
from lamina.layers.base import Layer, Variable, Variables, known_range, require_positive
from lamina.layers.initializers import require_initializer
from lamina.recipes import recipe

EXACT_IN_BFLOAT16 = 256
"""The largest whole number up to which it holds all."""


@recipe
class Embedding(Layer):
    """Looks up a learnt row for each whole number: h = W[x].

    Shapes:
        x: (batch, ...) of whole numbers from 0 to entries - 1. Output: (batch, ..., units).
        weight: (entries, units).

    Args:
        entries: size of the vocabulary.
        units: numbers an entry.
        initializer: how the rows start.
        padding: entry 0 is no entry but a filled-up place: it gives exact zeros and learns nothing.
        from_floats: whether whole numbers may come as floats, as they do where a `Slice` takes them out of an
            input that mixes kinds. Half numbers are refused.

    Raises:
        SettingError: entries or units below 1; numbers that are not whole or out of range. Inside a compiled
            program values cannot be checked: an entry that does not exist gives NaN, never another's row.

    Source:
        Bengio et al., A Neural Probabilistic Language Model (2003): the matrix C. `padding` is PyTorch's
        padding_idx=0; Keras' mask_zero passes a mask on instead of zeros.

    Example:
        >>> import lamina
        >>> lamina.Embedding(1000, 16).output_shape((20,))
        (20, 16)
    """

    entries: int
    units: int
    initializer: str = "normal"
    padding: bool = False
    from_floats: bool = False

    added_fields: ClassVar[tuple[str, ...]] = ("padding", "from_floats")

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
        self._require_whole_numbers(x)
        self._require_entries(x)
        places = x
        if not jnp.issubdtype(x.dtype, jnp.integer):
            places = jnp.where(x == jnp.round(x), x, -1).astype(jnp.int32)  # -1 is no entry and gives NaN
        rows = jnp.asarray(params["weight"]).at[places]
        found = rows.get(mode="fill", fill_value=jnp.nan, wrap_negative_indices=False)
        return (jnp.where(x[..., None] == 0, 0, found) if self.padding else found), state

    def _require_whole_numbers(self, x: Array) -> None:
        wanted = jnp.integer if not self.from_floats else jnp.number
        if not jnp.issubdtype(x.dtype, wanted):
            cure = "Convert them: x.astype('int32')."
            raise SettingError(f"{self!r} needs whole numbers; got {x.dtype}. {cure}")
        if x.dtype == jnp.bfloat16 and self.entries > EXACT_IN_BFLOAT16:
            raise SettingError(
                f"{self!r} needs numbers up to {self.entries - 1}; bfloat16 holds whole ones up to "
                f"{EXACT_IN_BFLOAT16} only. Train it in float32."
            )

    def _require_entries(self, x: Array) -> None:
        known = known_range(x)
        if known is None:
            return
        if not (known[0] >= 0 and known[1] < self.entries):
            raise SettingError(f"{self!r} needs numbers from 0 to {self.entries - 1}; got {known[0]} to {known[1]}")
        values = np.asarray(x)
        if np.any(values % 1):
            raise SettingError(f"{self!r} needs whole numbers; got {values[values % 1 > 0][0]}")
