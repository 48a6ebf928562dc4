"""Several devices of one machine: each holds the weights, and the examples of a batch are shared out among them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from lamina.arrays import Array
from lamina.errors import SettingError
from lamina.training.settings import Settings

BATCH = "batch"


@dataclass(frozen=True)
class Devices:
    """The first `count` devices of the machine.

    Every program then runs on all of them: what works on an example runs where the example is, and sums over a batch
    (the loss, a gradient, the statistics of batch normalization) are added up between the devices. The numbers are
    those of one device but for the order of these sums.

    Args:
        count: how many devices.

    Example:
        >>> Devices(1).share(np.ones((4, 2))).shape
        (4, 2)
    """

    count: int

    def everywhere(self, tree: Any) -> Any:
        """Arrays as copies on every device."""
        return tree if self.count == 1 else jax.device_put(tree, NamedSharding(self._mesh, PartitionSpec()))

    def share(self, tree: Any) -> Any:
        """Inside a program: arrays with the rows of a batch shared out; those whose rows do not divide stay whole."""
        return tree if self.count == 1 else jax.tree.map(self._shared, tree)

    def _shared(self, rows: Array) -> Array:
        if rows.shape[0] % self.count:
            return rows
        shared: Array = jax.lax.with_sharding_constraint(rows, NamedSharding(self._mesh, PartitionSpec(BATCH)))
        return shared

    @cached_property
    def _mesh(self) -> Mesh:
        return Mesh(np.array(jax.local_devices()[: self.count]), (BATCH,))


def devices_for(settings: Settings) -> Devices:
    """The devices that a run asks for.

    Raises:
        SettingError: more than there are, or a batch that cannot be shared out evenly.
    """
    count, found = settings.devices, jax.local_devices()
    if count > len(found):
        kinds = f"{len(found)} ({found[0].device_kind})"
        raise SettingError(f"devices={count}, but this machine has {kinds}: take at most {len(found)}")
    if settings.batch_size % count:
        raise SettingError(
            f"a batch of {settings.batch_size} examples cannot be shared out evenly among {count} devices: "
            f"take a batch_size that {count} divides"
        )
    return Devices(count)
