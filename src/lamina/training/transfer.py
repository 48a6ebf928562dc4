"""Beginning with weights that were learnt before, some of which learn more slowly, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import optax

from lamina.arrays import Params, State


@dataclass(frozen=True)
class Beginning:
    """Weights to begin with.

    Args:
        params, state: of some of a container's layers, by their names; the others start fresh.
        slow: the names of the layers whose updates are multiplied by the settings' body_rate.
    """

    params: Params
    state: State
    slow: frozenset[str]

    def put_into(self, params: Params, state: State) -> tuple[Params, State]:
        """Fresh weights with the given ones in their places."""
        return {**params, **self.params}, {**state, **self.state}

    def slowed(self, optimizer: optax.GradientTransformation, rate: float) -> optax.GradientTransformation:
        """The optimizer with smaller updates for the slow layers; a rate of 0 freezes them."""

        def shrink(updates: Any, params: Any) -> Any:
            return {
                name: jax.tree.map(lambda update: rate * update, tree) if name in self.slow else tree
                for name, tree in updates.items()
            }

        return optax.chain(optimizer, optax.stateless(shrink))
