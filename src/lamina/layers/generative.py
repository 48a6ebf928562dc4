"""What layers have in common that learn what examples look like: terms of a loss of their own, and new examples."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from lamina.arrays import Array, Key, Params, Shape, State


@runtime_checkable
class Generative(Protocol):
    """A layer that gives, for each example, the terms of its loss, and what is watched behind them.

    While training, the gradient of the terms is the layer's own rule of learning. Outside of it, the same numbers tell
    how well the layer knows an example.
    """

    @property
    def terms(self) -> tuple[str, ...]:
        """The names of the outputs that are minimized."""

    @property
    def watched(self) -> tuple[str, ...]:
        """The names of the outputs behind them."""

    def generate(self, params: Params, state: State, key: Key, shape: Shape, count: int) -> Array:
        """New examples (count, *shape), as the network sees them."""
